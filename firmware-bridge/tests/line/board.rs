//! A board that writes down what it is told, and what a well-behaved board would have done.

use firmware_bridge::device::{Board, Current, Drive, Notice, Senses};
use firmware_bridge::message::{Description, Fault, FaultCode, Output, OutputId, OutputKind, SafeAction};

pub const BASE: OutputId = OutputId(0);
pub const GRIPPER: OutputId = OutputId(1);
pub const PAN: OutputId = OutputId(2);
pub const LIGHT: OutputId = OutputId(3);
pub const MAX_SPEED: f32 = 1.0;
pub const MAX_ACCEL: f32 = 1.0;
pub const DECEL: f32 = 2.0;
pub const MAX_AMPS: f32 = 3.0;

/// Records everything; `speed` is what the base is driven with.
#[derive(Debug, Default)]
pub struct Recorder {
    pub boot: u32,
    pub notices: Vec<Notice>,
    pub drives: Vec<(OutputId, Drive)>,
    pub speed: f32,
    pub angle: f32,
    pub stop_input: bool,
    pub fault: Option<FaultCode>,
    /// What the base draws.
    pub amps: f32,
    pub kept: Option<Fault>,
    pub fed: u32,
}

impl Board for Recorder {
    fn boot_id(&mut self) -> u32 {
        self.boot
    }

    fn describe(&self) -> Description {
        let output = |name: &str, kind, min, max, rate, safe| Output {
            name: name.try_into().expect("short name"),
            kind,
            min,
            max,
            max_rate: rate,
            max_turn: 2.0,
            max_turn_rate: 4.0,
            safe,
            dead_man_ms: 250,
        };
        Description {
            firmware: "recorder".try_into().expect("short name"),
            outputs: [
                output(
                    "base",
                    OutputKind::Base,
                    -0.5,
                    MAX_SPEED,
                    MAX_ACCEL,
                    SafeAction::Ramp { decel: DECEL },
                ),
                output("gripper", OutputKind::Gripper, 0.0, 0.1, 0.1, SafeAction::Hold),
                output("pan", OutputKind::Joint, -1.5, 1.5, 2.0, SafeAction::Hold),
                output("light", OutputKind::Switch, 0.0, 1.0, 0.0, SafeAction::Off),
            ]
            .into_iter()
            .collect(),
        }
    }

    fn drive(&mut self, output: OutputId, drive: Drive) {
        match drive {
            Drive::Velocity { linear_mps, .. } => self.speed = linear_mps,
            Drive::Off if output == BASE => self.speed = 0.0,
            Drive::Angle(angle) => self.angle = angle,
            _ => {}
        }
        self.drives.push((output, drive));
    }

    fn sense(&mut self) -> Senses {
        Senses {
            linear_mps: self.speed,
            joints_rad: [self.angle].into_iter().collect(),
            ..Senses::default()
        }
    }

    fn stop_input(&mut self) -> bool {
        self.stop_input
    }

    fn fault(&mut self) -> Option<FaultCode> {
        self.fault
    }

    fn current(&mut self, output: OutputId) -> Option<Current> {
        (output == BASE).then_some(Current {
            amps: self.amps,
            limit: MAX_AMPS,
        })
    }

    fn record_fault(&mut self, fault: Fault) {
        self.kept = Some(fault);
    }

    fn last_fault(&mut self) -> Option<Fault> {
        self.kept
    }

    fn feed_watchdog(&mut self) {
        self.fed += 1;
    }

    fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }
}
