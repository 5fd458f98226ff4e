//! The shell's steady clock: the only place where time is read for the brain.

use brain::units::Now;
use std::time::{Duration, Instant};

/// Milliseconds since the run began. It never goes back and does not follow changes of the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now, at zero.
    #[must_use]
    pub fn start() -> Self {
        Clock(Instant::now())
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Now {
        Now(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// How long until a moment; zero when it has passed.
    #[must_use]
    pub fn until(&self, moment: Now) -> Duration {
        Duration::from_millis(moment.since(self.now()))
    }
}
