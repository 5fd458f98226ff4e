//! Copying and clearing, a byte at a time.
//!
//! In: what the compiler calls for a copy or a fill. Those that come with it are unrolled for speed and take 1.6 KB of
//! the 16 KB that this firmware may have; frames of a hundred bytes do not need the speed. Bytes are written as volatile,
//! and nothing here is called `memcpy` itself: else the compiler sees that something copies, and makes of it a call of
//! this very function.

/// Copies `count` bytes that do not overlap.
unsafe fn copy(to: *mut u8, from: *const u8, count: usize) {
    for at in 0..count {
        // SAFETY: the caller gives `count` bytes at both places.
        unsafe { to.add(at).write_volatile(*from.add(at)) };
    }
}

/// Clears `count` bytes.
unsafe fn clear(to: *mut u8, count: usize) {
    for at in 0..count {
        // SAFETY: the caller gives `count` bytes.
        unsafe { to.add(at).write_volatile(0) };
    }
}

/// The names by which Arm's run-time ABI calls them, for each alignment that the caller may know of.
macro_rules! aeabi {
    ($($copies:ident $clears:ident)*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $copies(to: *mut u8, from: *const u8, count: usize) {
            // SAFETY: as the caller promises.
            unsafe { copy(to, from, count) };
        }
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $clears(to: *mut u8, count: usize) {
            // SAFETY: as the caller promises.
            unsafe { clear(to, count) };
        }
    )*};
}

aeabi! {
    __aeabi_memcpy __aeabi_memclr
    __aeabi_memcpy4 __aeabi_memclr4
    __aeabi_memcpy8 __aeabi_memclr8
}
