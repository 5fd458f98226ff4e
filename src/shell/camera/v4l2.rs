//! Cameras of Linux (V4L2): USB cameras and whatever else has a `/dev/videoN`.
//!
//! The device itself is behind [`Stream`], so that plugging and unplugging can be tried without one. What the system does
//! is in `shell::sys`; it follows the kernel's documentation and has not been run on a real camera yet: the tests here use
//! a stand-in for the device. A device that is lost, or silent for three seconds, is opened again until it answers.

use super::pixels::Layout;
use super::{Camera, CameraError, Frame};
use crate::shell::clock::Clock;
use crate::shell::sys::video::Capture;
use brain::units::Now;
use std::io;
use std::time::Duration;

/// A running stream of one device.
pub trait Stream: Send {
    /// What it sends.
    fn layout(&self) -> Layout;

    /// Bytes of the newest frame and how long ago it was taken; waits for one at most `wait`. Older frames are gone.
    ///
    /// # Errors
    /// When the device does not answer any more.
    fn newest(&mut self, wait: Duration) -> io::Result<Option<(Vec<u8>, Duration)>>;
}

/// Opens the device anew.
type Opener = Box<dyn FnMut() -> Result<Box<dyn Stream>, CameraError> + Send>;

/// Time between two tries to open a lost device.
const RETRY: Duration = Duration::from_millis(500);
/// A device that sends nothing for so long is opened anew.
const SILENT: Duration = Duration::from_secs(3);

/// See the module.
pub struct V4l2 {
    source: String,
    clock: Clock,
    open: Opener,
    retry: Duration,
    stream: Option<Box<dyn Stream>>,
    /// When something was last tried or last came.
    last: Now,
    sequence: u64,
}

impl V4l2 {
    /// Opens a device such as `/dev/video0` and starts it at the size nearest to `size` (width, height), MJPEG before YUYV.
    ///
    /// # Errors
    /// When it cannot be opened, is no camera, or has no format that is understood.
    pub fn open(source: &str, size: (u32, u32), clock: Clock) -> Result<Self, CameraError> {
        let path = source.to_owned();
        let open = move || Capture::open(&path, size).map(|capture| Box::new(capture) as Box<dyn Stream>);
        Self::with(source, clock, RETRY, Box::new(open))
    }

    fn with(source: &str, clock: Clock, retry: Duration, mut open: Opener) -> Result<Self, CameraError> {
        let stream = Some(open()?);
        Ok(V4l2 {
            source: source.to_owned(),
            clock,
            open,
            retry,
            stream,
            last: clock.now(),
            sequence: 0,
        })
    }

    fn lost(&mut self, why: &str) -> CameraError {
        self.stream = None;
        self.last = self.clock.now();
        CameraError::Lost {
            at: self.source.clone(),
            why: why.to_owned(),
        }
    }
}

impl Camera for V4l2 {
    fn newest(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let Some(stream) = &mut self.stream else {
            let left = self
                .retry
                .saturating_sub(Duration::from_millis(self.clock.now().since(self.last)));
            std::thread::sleep(left.min(wait));
            if left <= wait {
                self.last = self.clock.now();
                self.stream = Some((self.open)()?);
                log::info!("camera {}: back", self.source);
            }
            return Ok(None);
        };
        match stream.newest(wait) {
            Err(error) => Err(self.lost(&error.to_string())),
            Ok(None) if self.clock.now().since(self.last) > SILENT.as_millis() as u64 => {
                Err(self.lost("it has sent nothing for three seconds"))
            }
            Ok(None) => Ok(None),
            Ok(Some((bytes, age))) => {
                let now = self.clock.now();
                self.last = now;
                self.sequence += 1;
                let taken = Now(now.0.saturating_sub(age.as_millis() as u64));
                let picture = stream.layout().unpack(&bytes);
                Ok(picture.map(|picture| Frame {
                    picture,
                    taken,
                    sequence: self.sequence,
                    head: None,
                }))
            }
        }
    }

    fn source(&self) -> &str {
        &self.source
    }
}

impl Stream for Capture {
    fn layout(&self) -> Layout {
        Capture::layout(self)
    }

    fn newest(&mut self, wait: Duration) -> io::Result<Option<(Vec<u8>, Duration)>> {
        Capture::newest(self, wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::camera::pixels::Packing;
    use std::collections::VecDeque;

    /// What happens at a device, in order: frames of one grey pixel pair, silence, the plug pulled.
    #[derive(Clone, Copy)]
    enum Happens {
        Frame(u8),
        Torn,
        Nothing,
        Pulled,
    }

    struct Fake(VecDeque<Happens>);

    impl Stream for Fake {
        fn layout(&self) -> Layout {
            Layout {
                packing: Packing::Yuyv,
                width: 2,
                height: 1,
                stride: 4,
            }
        }

        fn newest(&mut self, _wait: Duration) -> io::Result<Option<(Vec<u8>, Duration)>> {
            match self.0.pop_front().unwrap_or(Happens::Pulled) {
                Happens::Frame(y) => Ok(Some((vec![y, 128, y, 128], Duration::ZERO))),
                Happens::Torn => Ok(Some((vec![1], Duration::ZERO))),
                Happens::Nothing => Ok(None),
                Happens::Pulled => Err(io::Error::from_raw_os_error(19)), // ENODEV
            }
        }
    }

    /// What a reader sees of a device that is opened again and again: each inner list is one opening, `None` a failed one.
    fn seen(openings: &[Option<&[Happens]>]) -> Vec<String> {
        let mut plan: VecDeque<Option<VecDeque<Happens>>> = openings
            .iter()
            .map(|one| one.map(|happens| happens.iter().copied().collect()))
            .collect();
        let open = move || match plan.pop_front().flatten() {
            Some(happens) => Ok(Box::new(Fake(happens)) as Box<dyn Stream>),
            None => Err(CameraError::Missing {
                at: "/dev/video0".to_owned(),
            }),
        };
        let mut camera = V4l2::with("/dev/video0", Clock::start(), Duration::ZERO, Box::new(open)).unwrap();
        let calls: usize = openings
            .iter()
            .map(|one| one.map_or(1, |happens| happens.len() + 1))
            .sum();
        let told = (0..calls - 1).map(|_| match camera.newest(Duration::ZERO) {
            Ok(Some(frame)) => format!(
                "frame {} of {}",
                frame.sequence,
                frame.picture.get_pixel(0, 0).0[0]
            ),
            Ok(None) => "-".to_owned(),
            Err(CameraError::Lost { .. }) => "lost".to_owned(),
            Err(CameraError::Missing { .. }) => "missing".to_owned(),
            Err(other) => other.to_string(),
        });
        told.collect()
    }

    #[test]
    fn unplugged_and_plugged_in_again_it_goes_on() {
        use Happens::{Frame, Nothing, Pulled, Torn};
        let told = seen(&[
            Some(&[Frame(16), Nothing, Torn, Pulled]),
            None,
            None,
            Some(&[Frame(235)]),
        ]);
        assert_eq!(
            told,
            [
                "frame 1 of 0",
                "-",
                "-",
                "lost",
                "missing",
                "missing",
                "-",
                "frame 3 of 255"
            ]
        );
    }
}
