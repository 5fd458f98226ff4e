//! The board's clock, widened: a 32-bit count of milliseconds wraps after 49.7 days, a robot may run longer.

/// Widens a wrapping millisecond count. Must see the time at least once in 24 days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    now: u64,
}

impl Clock {
    pub(crate) fn new(now_ms: u32) -> Self {
        // Far from zero, so that ages never reach before the beginning.
        Self {
            now: (1 << 32) | u64::from(now_ms),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// The wide time. A clock that steps back is taken as standing still.
    pub(crate) fn widen(&mut self, now_ms: u32) -> u64 {
        let step = now_ms.wrapping_sub(narrow(self.now));
        if step < 1 << 31 {
            self.now += u64::from(step);
        }
        self.now
    }
}

/// The time as it stands in messages.
pub(crate) fn narrow(time: u64) -> u32 {
    (time & u64::from(u32::MAX)) as u32
}

/// How long ago a stamp of a message was, in milliseconds; negative when it lies ahead.
pub(crate) fn age(now: u64, stamp: u32) -> i32 {
    narrow(now).wrapping_sub(stamp).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_when_the_count_wraps() {
        let mut clock = Clock::new(u32::MAX - 5);
        let before = clock.widen(u32::MAX - 1);
        let after = clock.widen(3);
        assert_eq!(after - before, 5);
        assert_eq!(clock.widen(1), after, "a step back is no time");
        assert_eq!(age(after, narrow(before)), 5);
        assert_eq!(age(before, narrow(after)), -5);
    }
}
