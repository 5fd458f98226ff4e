//! What the status light and the buzzer show.
//!
//! Input: how the daemon stands and the time. Output: on or off.

use super::{Output, Panel, Stands};
use brain::message::Latch;
use std::time::Duration;

/// How often the light is thought about.
const LOOK: Duration = Duration::from_millis(25);
/// How long the buzzer sounds at a stop that a person must clear.
const SOUND: Duration = Duration::from_millis(400);

/// Lit steadily: ready. Slow blinking: it may move. Fast: stopped. Faster: emergency stop. A short flash now and then: the
/// board is out of reach. Dark: no daemon.
fn lit(stands: Stands, time: Duration) -> bool {
    let (period, on) = match stands {
        Stands {
            latch: Latch::Emergency,
            ..
        } => (200, 100),
        Stands {
            latch: Latch::Halt | Latch::Protective,
            ..
        } => (500, 250),
        Stands { up: false, .. } => (2000, 100),
        Stands { active: true, .. } => (1500, 1000),
        _ => (1, 1),
    };
    time.as_millis() % period < on
}

fn must_be_cleared(latch: Latch) -> bool {
    matches!(latch, Latch::Protective | Latch::Emergency)
}

/// What is shown at present.
#[derive(Debug, Default)]
pub(super) struct Shown {
    next: Duration,
    light: bool,
    sounds: bool,
    stopped: bool,
    sounds_until: Duration,
}

impl Shown {
    /// Switches what has to change by now.
    pub(super) fn show(
        &mut self,
        panel: &impl Panel,
        time: Duration,
        light: &mut Option<Box<dyn Output>>,
        buzzer: &mut Option<Box<dyn Output>>,
    ) {
        if time < self.next {
            return;
        }
        self.next = time + LOOK;
        let stands = panel.stands();
        let stopped = must_be_cleared(stands.latch);
        if stopped && !self.stopped {
            self.sounds_until = time + SOUND;
        }
        self.stopped = stopped;
        switch(light, &mut self.light, lit(stands, time), "status light");
        switch(buzzer, &mut self.sounds, time < self.sounds_until, "buzzer");
    }
}

fn switch(output: &mut Option<Box<dyn Output>>, is: &mut bool, shall: bool, what: &str) {
    if *is == shall {
        return;
    }
    *is = shall;
    if let Some(Err(error)) = output.as_mut().map(|output| output.set(shall)) {
        log::warn!("the {what} cannot be switched any more: {error}");
        *output = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_a_pattern_of_its_own() {
        let check = |latch, up, active, share: u32| {
            let stands = Stands { latch, up, active };
            let lit = (0..6000)
                .filter(|ms| lit(stands, Duration::from_millis(*ms)))
                .count();
            let changes = (1..6000)
                .filter(|ms| lit_at(stands, *ms) != lit_at(stands, ms - 1))
                .count();
            assert_eq!(lit as u32 / 60, share, "{stands:?}");
            changes
        };
        let changes = [
            check(Latch::Open, true, false, 100),
            check(Latch::Open, true, true, 66),
            check(Latch::Open, false, false, 5),
            check(Latch::Halt, true, false, 50),
            check(Latch::Emergency, false, false, 50),
        ];
        assert_eq!(changes, [0, 7, 5, 23, 59]);
    }

    fn lit_at(stands: Stands, ms: u64) -> bool {
        lit(stands, Duration::from_millis(ms))
    }
}
