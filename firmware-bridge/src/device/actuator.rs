//! One output at work: limits, ramps, dead-man time and safe action.
//!
//! Input: wishes that were found sound, and the time. Output: what the hardware shall do now ([`Drive`]).
//! It never goes faster or changes faster than its description allows, whatever is wished.

use super::board::{Current, Drive};
use crate::message::{Output, OutputKind, SafeAction};

/// Bounds of a dead-man time in milliseconds.
pub const DEAD_MAN_MS: core::ops::RangeInclusive<u16> = 50..=2000;

/// An output may draw more current than its limit for so long, because motors do when they start, in milliseconds.
pub const OVER_CURRENT_MS: u64 = 100;

/// The safe action begins this much before its time is over, because time passes in turns of a loop.
pub(super) const MARGIN_MS: u64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// In, or on its way to, its safe action.
    Safe,
    /// May move; nothing is wished.
    Ready,
    /// Follows a wish.
    Following,
}

/// State of one output. `first` is forward speed, angle or opening; `second` turning speed, or a joint's rate.
#[derive(Debug, Clone)]
pub(super) struct Actuator {
    phase: Phase,
    target: (f32, f32),
    value: (f32, f32),
    /// When the newest wish was made.
    wished: u64,
    /// When it ends to hold.
    until: u64,
    /// Number of the newest wish.
    pub(super) seq: u32,
    /// The hardware has been told that it rests.
    settled: bool,
    on: bool,
    /// Since when it draws too much current.
    over_since: Option<u64>,
}

impl Actuator {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Safe,
            target: (0.0, 0.0),
            value: (0.0, 0.0),
            wished: 0,
            until: 0,
            seq: 0,
            settled: true,
            on: false,
            over_since: None,
        }
    }

    pub(super) fn is_safe(&self) -> bool {
        self.phase == Phase::Safe
    }

    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// The host enabled the board. What still ramps down goes on doing so.
    pub(super) fn ready(&mut self) {
        if self.phase == Phase::Safe {
            self.phase = Phase::Ready;
        }
    }

    /// Begins the safe action; true when it was not in it already.
    pub(super) fn make_safe(&mut self) -> bool {
        let begins = self.phase != Phase::Safe;
        if begins {
            self.phase = Phase::Safe;
            self.settled = false;
        }
        begins
    }

    /// Whether it has drawn too much current for too long.
    pub(super) fn overloaded(&mut self, current: Option<Current>, now: u64) -> bool {
        if !current.is_some_and(Current::is_too_much) {
            self.over_since = None;
            return false;
        }
        now - *self.over_since.get_or_insert(now) >= OVER_CURRENT_MS
    }

    /// It draws too much current, for however short a time.
    pub(super) fn draws_too_much(&self) -> bool {
        self.over_since.is_some()
    }

    /// Its drive is cut, whatever its safe action is.
    pub(super) fn cut(&mut self, kind: OutputKind) -> Drive {
        self.phase = Phase::Safe;
        self.on = false;
        if kind == OutputKind::Base {
            self.value.0 = 0.0;
        }
        self.rest(Drive::Off)
    }

    /// A new wish for a base or joint, within limits from here on. `measured` is where a joint stands. Gives
    /// the target when it is another one than before.
    pub(super) fn wish(
        &mut self,
        spec: &Output,
        wish: (f32, f32),
        time: (u64, u64),
        measured: Option<f32>,
    ) -> Option<Drive> {
        let target = match spec.kind {
            OutputKind::Base => (
                clamp(wish.0, spec.min, spec.max),
                clamp(wish.1, -spec.max_turn, spec.max_turn),
            ),
            _ => (clamp(wish.0, spec.min, spec.max), 0.0),
        };
        let starts = self.phase != Phase::Following;
        if starts && spec.kind == OutputKind::Joint {
            // From where it is, never from where it was once told to be.
            self.value = (measured.unwrap_or(self.value.0), 0.0);
        }
        let changed = starts || target != self.target;
        self.phase = Phase::Following;
        self.settled = false;
        self.target = target;
        (self.wished, self.until) = time;
        changed.then(|| drive_of(spec.kind, target))
    }

    /// A gripper's opening or a switch's state was commanded.
    pub(super) fn command(&mut self, drive: Drive) {
        self.phase = Phase::Following;
        match drive {
            Drive::Opening(opening) => self.value.0 = opening,
            Drive::Switch(on) => self.on = on,
            _ => {}
        }
    }

    /// The host was heard last at `life`; true when the safe action must begin now, for silence of the host
    /// (`.0`) or because a wish grew too old while the output moves (`.1`).
    pub(super) fn overdue(&mut self, spec: &Output, life: u64, now: u64) -> (bool, bool) {
        if self.phase == Phase::Safe {
            return (false, false);
        }
        let patience = u64::from(spec.dead_man_ms);
        let silent = now + MARGIN_MS >= life + patience;
        let steered =
            matches!(spec.kind, OutputKind::Base | OutputKind::Joint) && self.phase == Phase::Following;
        let expired = steered && (now >= self.until || now + MARGIN_MS >= self.wished + patience);
        if expired && self.rests(spec.kind) && !silent {
            self.phase = Phase::Ready;
            return (false, false);
        }
        (silent, expired)
    }

    /// It is where it was wished to be, and stands still there.
    fn rests(&self, kind: OutputKind) -> bool {
        match kind {
            OutputKind::Base => self.value == (0.0, 0.0) && self.target == (0.0, 0.0),
            _ => self.value.0 == self.target.0,
        }
    }

    /// Lets `dt` seconds pass; gives what the hardware shall do, where there is something to do.
    pub(super) fn step(&mut self, spec: &Output, dt: f32) -> Option<Drive> {
        match (self.phase, spec.kind) {
            (Phase::Following, OutputKind::Base) => {
                self.value.0 = approach(self.value.0, self.target.0, spec.max_rate * dt);
                self.value.1 = approach(self.value.1, self.target.1, spec.max_turn_rate * dt);
                Some(drive_of(spec.kind, self.value))
            }
            (Phase::Following, OutputKind::Joint) => {
                let next = approach(self.value.0, self.target.0, spec.max_rate * dt);
                let rate = if next == self.target.0 {
                    0.0
                } else {
                    spec.max_rate.copysign(self.target.0 - next)
                };
                self.value = (next, rate);
                Some(drive_of(spec.kind, self.value))
            }
            (Phase::Safe | Phase::Ready, _) if !self.settled => Some(self.step_to_safe(spec, dt)),
            _ => None,
        }
    }

    fn step_to_safe(&mut self, spec: &Output, dt: f32) -> Drive {
        match (spec.kind, spec.safe) {
            (OutputKind::Base, SafeAction::Hold) => self.ramp_base(spec, spec.max_rate, dt),
            (OutputKind::Base, SafeAction::Ramp { decel }) => self.ramp_base(spec, decel, dt),
            (OutputKind::Joint, SafeAction::Ramp { decel }) => {
                let rate = approach(self.value.1, 0.0, decel * dt);
                let angle = clamp(self.value.0 + rate * dt, spec.min, spec.max);
                self.value = (angle, rate);
                self.settled = rate == 0.0;
                Drive::Angle(angle)
            }
            (OutputKind::Switch, SafeAction::Hold)
            | (OutputKind::Gripper, SafeAction::Hold | SafeAction::Ramp { .. }) => self.rest(Drive::Hold),
            (OutputKind::Joint, SafeAction::Hold) => self.rest(Drive::Hold),
            (OutputKind::Switch, _) => {
                self.on = false;
                self.rest(Drive::Switch(false))
            }
            (OutputKind::Base, _) => {
                self.value.0 = 0.0;
                self.rest(Drive::Off)
            }
            (OutputKind::Tone, _) => self.rest(Drive::Off),
            (_, SafeAction::Release) => self.rest(Drive::Release),
            (_, SafeAction::Off) => self.rest(Drive::Off),
        }
    }

    fn ramp_base(&mut self, spec: &Output, decel: f32, dt: f32) -> Drive {
        self.value.0 = approach(self.value.0, 0.0, decel * dt);
        self.value.1 = approach(self.value.1, 0.0, spec.max_turn_rate * dt);
        self.settled = self.value == (0.0, 0.0);
        drive_of(spec.kind, self.value)
    }

    fn rest(&mut self, drive: Drive) -> Drive {
        self.settled = true;
        self.value.1 = 0.0;
        drive
    }
}

fn drive_of(kind: OutputKind, value: (f32, f32)) -> Drive {
    match kind {
        OutputKind::Base => Drive::Velocity {
            linear_mps: value.0,
            angular_radps: value.1,
        },
        _ => Drive::Angle(value.0),
    }
}

/// `f32::clamp` that does not panic on limits in the wrong order: then there is no room at all.
fn clamp(value: f32, min: f32, max: f32) -> f32 {
    if min <= max { value.clamp(min, max) } else { 0.0 }
}

fn approach(value: f32, target: f32, step: f32) -> f32 {
    if (target - value).abs() <= step {
        target
    } else if step >= 0.0 {
        value + step.copysign(target - value)
    } else {
        value
    }
}
