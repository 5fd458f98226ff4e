//! What needs the system's own calls and so `unsafe`: nothing else in the shell does.
//!
//! [`memory`] hands free memory back. [`priority`] puts a thread before others. [`video`] streams from a Linux video
//! device (V4L2) through mapped buffers. The structures are those of
//! `linux/videodev2.h`, whose layout is part of the kernel's interface and never changes.

#![allow(unsafe_code)]

/// What the allocator keeps.
pub mod memory {
    /// Lets all threads share two of the allocator's heaps: with one each, a dozen threads keep as much memory that is
    /// free as the models take. To be called before any thread starts. Does nothing where the C library is not GNU's.
    pub fn share_heaps() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: mallopt(3) takes the allocator's own locks and changes a number.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, 2);
        }
    }

    /// From now on until [`give_back`], large blocks lie apart, and go back to the system when they are freed. Loading
    /// frees many times what it keeps; in one heap with what it keeps, that would leave holes which runs then fill one
    /// after the other. Does nothing where the C library is not GNU's.
    pub fn keep_apart() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: mallopt(3) takes the allocator's own locks and changes a number.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
        }
    }

    /// Hands memory that is free, but kept by the allocator, back to the system: after loading that is more than the
    /// models themselves. Large blocks are kept in the heap again, so that each run finds the last one's. Does nothing
    /// where the C library is not GNU's.
    pub fn give_back() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        {
            // The most that the library takes.
            let most = if cfg!(target_pointer_width = "64") {
                32 << 20
            } else {
                512 << 10
            };
            // SAFETY: malloc_trim(3) takes the allocator's own locks and only gives back pages that nothing points into;
            // mallopt(3) takes them and changes a number.
            unsafe {
                libc::malloc_trim(0);
                libc::mallopt(libc::M_MMAP_THRESHOLD, most);
                libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * most);
            }
        }
        #[cfg(target_os = "linux")]
        let_go_of_code();
    }

    /// Lets go of the pages of the program's own code: most of what has run was for loading, and what runs again comes
    /// back from the file, at first call.
    #[cfg(target_os = "linux")]
    fn let_go_of_code() {
        use std::fs;
        let (Ok(program), Ok(maps)) = (
            fs::read_link("/proc/self/exe"),
            fs::read_to_string("/proc/self/maps"),
        ) else {
            return;
        };
        for (range, path) in maps.lines().filter_map(code) {
            if program.as_os_str() != path {
                continue;
            }
            // SAFETY: a mapping that can be executed and not written holds what its file holds, before and after; where
            // it is locked into memory the call does nothing.
            let _ = unsafe {
                rustix::mm::madvise(
                    std::ptr::with_exposed_provenance_mut(range.start),
                    range.len(),
                    rustix::mm::Advice::LinuxDontNeed,
                )
            };
        }
    }

    /// Where a line of `/proc/self/maps` has code of a file, and of which: "55d0c000-55d0f000 r-xp 0000c000 fe:01 7 PATH".
    #[cfg(target_os = "linux")]
    fn code(line: &str) -> Option<(std::ops::Range<usize>, &str)> {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let address = |digits| usize::from_str_radix(digits, 16).ok();
        let path = rest
            .strip_prefix("r-xp ")?
            .find('/')
            .map(|at| &rest["r-xp ".len() + at..])?;
        Some((address(start)?..address(end)?, path))
    }

    #[cfg(all(test, target_os = "linux"))]
    mod tests {
        use super::*;

        #[test]
        fn only_code_of_files_is_let_go_of() {
            let line = "55d0c000-55d0f000 r-xp 0000c000 fe:01 7    /opt/my robot/coact";
            assert_eq!(
                code(line),
                Some((0x55d0_c000..0x55d0_f000, "/opt/my robot/coact"))
            );
            for line in [
                "55d0c000-55d0f000 r--p 0000c000 fe:01 7    /opt/coact",
                "55d0c000-55d0f000 rw-p 0000c000 fe:01 7    /opt/coact",
                "7fff1000-7fff2000 r-xp 00000000 00:00 0    [vdso]",
                "7f001000-7f002000 r-xp 00000000 00:00 0",
                "",
            ] {
                assert_eq!(code(line), None, "{line}");
            }
        }

        #[test]
        fn what_was_let_go_of_comes_back_when_it_runs() {
            let resident = || {
                let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
                let program = std::fs::read_link("/proc/self/exe").unwrap();
                let mut ours = false;
                smaps.lines().fold(0, |sum: u64, line| match code(line) {
                    Some((_, path)) => {
                        ours = program.as_os_str() == path;
                        sum
                    }
                    None => match line.strip_prefix("Rss:").filter(|_| ours) {
                        Some(rest) => {
                            ours = false;
                            sum + rest.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
                        }
                        None => sum,
                    },
                })
            };
            let before = resident();
            give_back();
            let after = resident();
            assert!(after < before, "{before} kB of code before, {after} kB after");
        }
    }
}

/// Which thread goes before which (sched(7)).
pub mod priority {
    use std::io;
    use std::time::Duration;

    /// Lets the ordinary thread with this number (gettid(2)) ask for the processor in turns this long: since Linux 6.12
    /// one that wakes for a short turn does not wait until another's long one is over. Older systems take the wish and do
    /// nothing. Needs no permission, and gives the thread no more time than it had.
    ///
    /// # Errors
    /// What the system says.
    pub fn in_turns_of(thread: i32, turn: Duration) -> io::Result<()> {
        // SAFETY: a structure of plain numbers, for which zero is a value.
        let mut wish: libc::sched_attr = unsafe { std::mem::zeroed() };
        let size = size_of::<libc::sched_attr>() as u32;
        // SAFETY: the structure outlives the call, which writes no more than the size it is told.
        let read = unsafe { libc::syscall(libc::SYS_sched_getattr, thread, &raw mut wish, size, 0) };
        if read != 0 {
            return Err(io::Error::last_os_error());
        }
        wish.size = size;
        wish.sched_runtime = turn.as_nanos() as u64;
        // SAFETY: the structure outlives the call, which only reads it.
        match unsafe { libc::syscall(libc::SYS_sched_setattr, thread, &raw const wish, 0) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Lets the thread with this number (gettid(2)) run before every thread that has no such level, until it waits
    /// by itself. Threads that it starts from then on do so, too.
    ///
    /// # Errors
    /// What the system says: above all that it is not allowed.
    pub fn first_in_first_out(thread: i32, level: i32) -> io::Result<()> {
        // SAFETY: a structure of plain numbers, for which zero is a value.
        let mut parameters: libc::sched_param = unsafe { std::mem::zeroed() };
        parameters.sched_priority = level;
        // SAFETY: the structure outlives the call, which only reads it.
        match unsafe { libc::sched_setscheduler(thread, libc::SCHED_FIFO, &raw const parameters) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// V4L2 capture with mapped buffers (kernel documentation: "Streaming I/O (Memory Mapping)").
pub mod video {
    use crate::shell::camera::CameraError;
    use crate::shell::camera::pixels::{Layout, Packing};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{Mode, OFlags};
    use rustix::ioctl::{Opcode, Setter, Updater, ioctl, opcode};
    use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
    use rustix::time::{ClockId, clock_gettime};
    use std::ffi::{c_int, c_long, c_ulong, c_void};
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    /// Buffers asked for: one is filled, one waits, one is read, one spare.
    const BUFFERS: u32 = 4;
    /// `V4L2_BUF_TYPE_VIDEO_CAPTURE`
    const CAPTURE: u32 = 1;
    /// `V4L2_MEMORY_MMAP`
    const MAPPED: u32 = 1;
    /// `V4L2_CAP_VIDEO_CAPTURE`, `V4L2_CAP_STREAMING`, `V4L2_CAP_DEVICE_CAPS`
    const CAN_CAPTURE: u32 = 0x1;
    const CAN_STREAM: u32 = 0x0400_0000;
    const HAS_DEVICE_CAPS: u32 = 0x8000_0000;
    /// `V4L2_BUF_FLAG_ERROR`, `V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC`
    const DAMAGED: u32 = 0x40;
    const MONOTONIC: u32 = 0x2000;

    const MJPG: u32 = u32::from_le_bytes(*b"MJPG");
    const JPEG: u32 = u32::from_le_bytes(*b"JPEG");
    const YUYV: u32 = u32::from_le_bytes(*b"YUYV");

    /// `struct v4l2_capability`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Capability {
        driver: [u8; 16],
        card: [u8; 32],
        bus: [u8; 32],
        version: u32,
        capabilities: u32,
        device: u32,
        reserved: [u32; 3],
    }

    /// `struct v4l2_fmtdesc`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Offer {
        index: u32,
        kind: u32,
        flags: u32,
        description: [u8; 32],
        pixels: u32,
        reserved: [u32; 4],
    }

    /// `struct v4l2_pix_format`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Pixels {
        width: u32,
        height: u32,
        format: u32,
        field: u32,
        stride: u32,
        size: u32,
        rest: [u32; 6],
    }

    /// The union in `struct v4l2_format`: 200 bytes, aligned like a pointer.
    #[repr(C)]
    #[derive(Clone, Copy)]
    union FormatOf {
        pixels: Pixels,
        raw: [c_ulong; 200 / size_of::<c_ulong>()],
    }

    /// `struct v4l2_format`
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Format {
        kind: u32,
        of: FormatOf,
    }

    /// `struct v4l2_requestbuffers`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Request {
        count: u32,
        kind: u32,
        memory: u32,
        capabilities: u32,
        flags: u32,
    }

    /// `struct v4l2_buffer`; the timestamp is a `struct timeval`, the union is 8 bytes where a pointer is.
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Buffer {
        index: u32,
        kind: u32,
        used: u32,
        flags: u32,
        field: u32,
        seconds: c_long,
        microseconds: c_long,
        timecode: [u32; 4],
        sequence: u32,
        memory: u32,
        offset: c_ulong,
        length: u32,
        reserved: u32,
        request: i32,
    }

    // The kernel finds the call by the size of its structure: a wrong layout would be refused, not misread.
    #[cfg(target_pointer_width = "64")]
    const _: () = {
        assert!(size_of::<Capability>() == 104);
        assert!(size_of::<Offer>() == 64);
        assert!(size_of::<Format>() == 208);
        assert!(size_of::<Request>() == 20);
        assert!(size_of::<Buffer>() == 88);
    };

    const QUERY_CAPABILITY: Opcode = opcode::read::<Capability>(b'V', 0);
    const LIST_FORMATS: Opcode = opcode::read_write::<Offer>(b'V', 2);
    const SET_FORMAT: Opcode = opcode::read_write::<Format>(b'V', 5);
    const REQUEST_BUFFERS: Opcode = opcode::read_write::<Request>(b'V', 8);
    const QUERY_BUFFER: Opcode = opcode::read_write::<Buffer>(b'V', 9);
    const QUEUE: Opcode = opcode::read_write::<Buffer>(b'V', 15);
    const TAKE: Opcode = opcode::read_write::<Buffer>(b'V', 17);
    const START: Opcode = opcode::write::<c_int>(b'V', 18);

    fn update<const CODE: Opcode, T: Copy>(device: &OwnedFd, value: &mut T) -> io::Result<()> {
        // SAFETY: every use below pairs a V4L2 code with the structure the kernel documents for it, whose size is part
        // of the code; the kernel reads and writes within that structure only.
        Ok(unsafe { ioctl(device, Updater::<CODE, T>::new(value)) }?)
    }

    /// A buffer of the device in our memory.
    struct Mapping {
        start: *mut c_void,
        length: usize,
    }

    // SAFETY: the mapping belongs to this value alone and is not tied to the thread that made it.
    unsafe impl Send for Mapping {}

    impl Mapping {
        fn new(device: &OwnedFd, length: usize, offset: u64) -> io::Result<Self> {
            // SAFETY: a new mapping at an address the kernel chooses; it is unmapped once, in `drop`.
            let start = unsafe {
                mmap(
                    std::ptr::null_mut(),
                    length,
                    ProtFlags::READ,
                    MapFlags::SHARED,
                    device,
                    offset,
                )
            }?;
            Ok(Mapping { start, length })
        }

        /// A copy of the first `used` bytes. Only for a buffer that was taken and not queued again: the device writes
        /// into the others.
        fn copy(&self, used: usize) -> Vec<u8> {
            // SAFETY: the mapping is `length` bytes long and lives as long as `self`; the device does not write now.
            unsafe { std::slice::from_raw_parts(self.start.cast::<u8>(), used.min(self.length)) }.to_vec()
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // SAFETY: start and length are those of the mapping made in `new`, and no slice of it is alive.
            if let Err(error) = unsafe { munmap(self.start, self.length) } {
                log::warn!("a video buffer could not be unmapped: {error}");
            }
        }
    }

    /// A video device that streams. Dropping it stops the stream, since that closes the device.
    pub struct Capture {
        // Dropped before the device is closed.
        mappings: Vec<Mapping>,
        device: OwnedFd,
        layout: Layout,
    }

    impl Capture {
        /// Opens the device and starts it at the size nearest to `size` (width, height), MJPEG before YUYV.
        ///
        /// # Errors
        /// When it cannot be opened, is no camera, has no format that is understood, or cannot be started.
        pub fn open(source: &str, size: (u32, u32)) -> Result<Self, CameraError> {
            let device = rustix::fs::open(
                source,
                OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC,
                Mode::empty(),
            )
            .map_err(|error| CameraError::opening(source, &error.into()))?;
            let foreign = |why: &str| CameraError::NotACamera {
                at: source.to_owned(),
                why: why.to_owned(),
            };
            let mut about = Capability::default();
            update::<QUERY_CAPABILITY, _>(&device, &mut about)
                .map_err(|_| foreign("it is no video device"))?;
            let can = if about.capabilities & HAS_DEVICE_CAPS == 0 {
                about.capabilities
            } else {
                about.device
            };
            if can & CAN_CAPTURE == 0 || can & CAN_STREAM == 0 {
                return Err(foreign("it is a video device without pictures"));
            }
            let offers = offers(&device);
            let (format, packing) = [
                (MJPG, Packing::Mjpeg),
                (JPEG, Packing::Mjpeg),
                (YUYV, Packing::Yuyv),
            ]
            .into_iter()
            .find(|(format, _)| offers.contains(format))
            .ok_or_else(|| CameraError::NoFormat {
                at: source.to_owned(),
                offers: names(&offers),
            })?;
            Self::start(device, size, format, packing).map_err(|error| CameraError::opening(source, &error))
        }

        fn start(device: OwnedFd, size: (u32, u32), format: u32, packing: Packing) -> io::Result<Self> {
            let pixels = Pixels {
                width: size.0,
                height: size.1,
                format,
                ..Pixels::default()
            };
            let mut of = FormatOf {
                raw: [0; 200 / size_of::<c_ulong>()],
            };
            of.pixels = pixels;
            let mut set = Format { kind: CAPTURE, of };
            update::<SET_FORMAT, _>(&device, &mut set)?;
            // SAFETY: for the kind CAPTURE the kernel fills this member, and any bytes are valid numbers.
            let chosen = unsafe { set.of.pixels };
            if chosen.format != format {
                return Err(io::Error::other("the device changed the format it had offered"));
            }
            let layout = Layout {
                packing,
                width: chosen.width,
                height: chosen.height,
                stride: chosen.stride as usize,
            };
            let mut request = Request {
                count: BUFFERS,
                kind: CAPTURE,
                memory: MAPPED,
                ..Request::default()
            };
            update::<REQUEST_BUFFERS, _>(&device, &mut request)?;
            let mut mappings = Vec::new();
            for index in 0..request.count {
                let mut buffer = Buffer {
                    index,
                    kind: CAPTURE,
                    memory: MAPPED,
                    ..Buffer::default()
                };
                update::<QUERY_BUFFER, _>(&device, &mut buffer)?;
                // The offset is a 32-bit number at the start of the union.
                let offset = u64::from(first_word(buffer.offset));
                mappings.push(Mapping::new(&device, buffer.length as usize, offset)?);
                update::<QUEUE, _>(&device, &mut buffer)?;
            }
            // SAFETY: START takes a pointer to an int, the kind of stream.
            unsafe { ioctl(&device, Setter::<START, c_int>::new(CAPTURE as c_int)) }?;
            Ok(Capture {
                mappings,
                device,
                layout,
            })
        }

        /// What it sends.
        #[must_use]
        pub fn layout(&self) -> Layout {
            self.layout
        }

        /// Bytes of the newest frame and how long ago it was taken; older ones are given back unread. Waits at most `wait`.
        ///
        /// # Errors
        /// When the device is gone or failed.
        pub fn newest(&mut self, wait: Duration) -> io::Result<Option<(Vec<u8>, Duration)>> {
            let mut ready = [PollFd::new(&self.device, PollFlags::IN)];
            let limit = Timespec {
                tv_sec: wait.as_secs() as i64,
                tv_nsec: i64::from(wait.subsec_nanos()) as _,
            };
            poll(&mut ready, Some(&limit))?;
            let state = ready[0].revents();
            if state.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
                return Err(io::Error::other("the device is gone"));
            }
            let mut newest: Option<Buffer> = None;
            while state.contains(PollFlags::IN) {
                let mut buffer = Buffer {
                    kind: CAPTURE,
                    memory: MAPPED,
                    ..Buffer::default()
                };
                match update::<TAKE, _>(&self.device, &mut buffer) {
                    Ok(()) => {
                        if let Some(mut older) = newest.replace(buffer) {
                            update::<QUEUE, _>(&self.device, &mut older)?;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
            let Some(mut buffer) = newest else { return Ok(None) };
            let whole = buffer.flags & DAMAGED == 0;
            let mapping = self.mappings.get(buffer.index as usize).filter(|_| whole);
            let bytes = mapping.map(|mapping| mapping.copy(buffer.used as usize));
            let age = age(&buffer);
            update::<QUEUE, _>(&self.device, &mut buffer)?;
            Ok(bytes.map(|bytes| (bytes, age)))
        }
    }

    /// The first 32 bits in memory of a pointer-sized number.
    fn first_word(value: c_ulong) -> u32 {
        let bytes = value.to_ne_bytes();
        u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// How long ago a frame was taken; zero where the device's clock is another.
    fn age(buffer: &Buffer) -> Duration {
        if buffer.flags & MONOTONIC == 0 {
            return Duration::ZERO;
        }
        let now = clock_gettime(ClockId::Monotonic);
        let now = Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32);
        let taken = Duration::from_secs(u64::try_from(buffer.seconds).unwrap_or(0))
            + Duration::from_micros(u64::try_from(buffer.microseconds).unwrap_or(0));
        now.saturating_sub(taken)
    }

    /// Codes of the formats the device has.
    fn offers(device: &OwnedFd) -> Vec<u32> {
        (0..64)
            .map_while(|index| {
                let mut offer = Offer {
                    index,
                    kind: CAPTURE,
                    ..Offer::default()
                };
                update::<LIST_FORMATS, _>(device, &mut offer)
                    .ok()
                    .map(|()| offer.pixels)
            })
            .collect()
    }

    fn names(offers: &[u32]) -> String {
        let name = |code: &u32| String::from_utf8_lossy(&code.to_le_bytes()).trim_end().to_owned();
        if offers.is_empty() {
            "no format".to_owned()
        } else {
            offers.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn formats_are_named_by_their_letters() {
            let codes = [b"H264", b"RGB3"].map(|letters| u32::from_le_bytes(*letters));
            assert_eq!(
                (names(&codes).as_str(), names(&[]).as_str()),
                ("H264, RGB3", "no format")
            );
        }

        #[test]
        fn calls_are_those_of_the_kernel() {
            // From linux/videodev2.h on 64-bit machines.
            #[cfg(target_pointer_width = "64")]
            for (ours, kernel) in [
                (QUERY_CAPABILITY, 0x8068_5600),
                (LIST_FORMATS, 0xc040_5602),
                (SET_FORMAT, 0xc0d0_5605),
                (REQUEST_BUFFERS, 0xc014_5608),
                (QUERY_BUFFER, 0xc058_5609),
                (QUEUE, 0xc058_560f),
                (TAKE, 0xc058_5611),
                (START, 0x4004_5612),
            ] {
                assert_eq!(ours, kernel, "{ours:#x}");
            }
        }
    }
}
