//! The vocabulary of the wire: every message either side may send.
//!
//! A message is a postcard-encoded enum inside one frame (see [`crate::frame`]). Variants are only ever
//! appended, never reordered: postcard numbers them by position, so an old board still reads what it knows.
//!
//! Units are SI unless a name says otherwise: metres, radians, seconds as milliseconds (`_ms`), volts.
//! Angles are positive to the left and up, as in ROS REP 103.

use core::ops::RangeInclusive;
use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

/// Version of the wire. A peer of another major version is refused at the handshake; a minor one is accepted.
pub const PROTOCOL: Version = Version { major: 1, minor: 0 };

/// Most outputs a board may describe.
pub const MAX_OUTPUTS: usize = 8;

/// A version of the wire: same major numbers understand each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Changes when an existing message changes its meaning or its bytes.
    pub major: u8,
    /// Changes when messages or fields are appended.
    pub minor: u8,
}

/// Index of an output in the board's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutputId(pub u8);

/// What an output is, and therefore what its values mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputKind {
    /// A drive base that takes a linear and an angular velocity (setpoints).
    Base,
    /// A joint that takes an angle in radians (setpoints).
    Joint,
    /// A gripper that takes an opening in metres (commands); it holds what it grips.
    Gripper,
    /// A thing that is on or off: a light, a pump, a relay (commands).
    Switch,
    /// A buzzer or speaker that plays a numbered tone (commands).
    Tone,
}

/// What an output does by itself when it must be safe.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum SafeAction {
    /// Cut the drive at once.
    Off,
    /// Keep the present value: a gripper over a lap must not open.
    Hold,
    /// Ramp to zero with this deceleration (m/s² for a base, rad/s² for a joint).
    Ramp {
        /// Deceleration, positive.
        decel: f32,
    },
    /// Let go: the joint is free, the gripper opens.
    Release,
}

/// One output as the board describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Short name in lower case: `base`, `gripper`, `pan`, `tilt`, `light`.
    pub name: String<12>,
    /// What it is.
    pub kind: OutputKind,
    /// Lowest value: m/s, rad, m.
    pub min: f32,
    /// Highest value: m/s, rad, m.
    pub max: f32,
    /// Highest rate of change per second (m/s², rad/s, m/s).
    pub max_rate: f32,
    /// For a base the highest angular speed in rad/s; else 0.
    pub max_turn: f32,
    /// For a base the highest angular acceleration in rad/s²; else 0.
    pub max_turn_rate: f32,
    /// What it does when it must be safe.
    pub safe: SafeAction,
    /// Silence after which it takes its safe action by itself, in milliseconds.
    pub dead_man_ms: u16,
}

/// Dead-man time of an output that asks for no other, in milliseconds.
pub const DEAD_MAN_MS: u16 = 250;

impl Output {
    /// A drive base: speeds in m/s, acceleration in m/s², turning in rad/s and rad/s². When it must be safe it ramps
    /// down as fast as it may accelerate.
    pub fn base(name: &str, speeds: RangeInclusive<f32>, accel: f32, max_turn: f32, turn_accel: f32) -> Self {
        let safe = SafeAction::Ramp { decel: accel };
        Self {
            max_turn,
            max_turn_rate: turn_accel,
            ..Self::new(name, OutputKind::Base, speeds, accel, safe)
        }
    }

    /// A joint: angles in radians, rate in rad/s. When it must be safe it holds.
    pub fn joint(name: &str, angles: RangeInclusive<f32>, rate: f32) -> Self {
        Self::new(name, OutputKind::Joint, angles, rate, SafeAction::Hold)
    }

    /// A gripper: openings in metres, rate in m/s. When it must be safe it holds.
    pub fn gripper(name: &str, openings: RangeInclusive<f32>, rate: f32) -> Self {
        Self::new(name, OutputKind::Gripper, openings, rate, SafeAction::Hold)
    }

    /// A switch. When it must be safe it goes off.
    pub fn switch(name: &str) -> Self {
        Self::new(name, OutputKind::Switch, 0.0..=1.0, 0.0, SafeAction::Off)
    }

    /// A buzzer. When it must be safe it is silent.
    pub fn tone(name: &str) -> Self {
        Self::new(name, OutputKind::Tone, 0.0..=0.0, 0.0, SafeAction::Off)
    }

    /// A name that is too long is cut.
    fn new(
        name: &str,
        kind: OutputKind,
        range: RangeInclusive<f32>,
        max_rate: f32,
        safe: SafeAction,
    ) -> Self {
        Self {
            name: short(name),
            kind,
            min: *range.start(),
            max: *range.end(),
            max_rate,
            max_turn: 0.0,
            max_turn_rate: 0.0,
            safe,
            dead_man_ms: DEAD_MAN_MS,
        }
    }
}

/// The beginning of a text, as much of it as fits.
fn short<const N: usize>(text: &str) -> String<N> {
    let mut short = String::new();
    let _ = text.chars().try_for_each(|letter| short.push(letter));
    short
}

impl Description {
    /// A board whose firmware has this name, with at most [`MAX_OUTPUTS`] outputs.
    pub fn new(firmware: &str, outputs: impl IntoIterator<Item = Output>) -> Self {
        Self {
            firmware: short(firmware),
            outputs: outputs.into_iter().take(MAX_OUTPUTS).collect(),
        }
    }
}

/// What the board is. The host learns it piece by piece at the start of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Name of the firmware, for people.
    pub firmware: String<16>,
    /// Its outputs; an [`OutputId`] is an index into this list.
    pub outputs: Vec<Output, MAX_OUTPUTS>,
}

impl Description {
    /// CRC-32 of its encoding, which names a configuration.
    pub fn config(&self) -> u32 {
        let mut digest = crate::frame::digest();
        let mut bytes = [0; 64];
        // Piece by piece, as a board has no room for the whole. No piece is longer than the room.
        digest.update(postcard::to_slice(&self.firmware, &mut bytes).unwrap_or_default());
        digest.update(&[self.outputs.len() as u8]);
        for output in &self.outputs {
            digest.update(postcard::to_slice(output, &mut bytes).unwrap_or_default());
        }
        digest.finalize()
    }

    /// The output of this name.
    pub fn output(&self, name: &str) -> Option<(OutputId, &Output)> {
        let index = self.outputs.iter().position(|output| output.name == name)?;
        Some((OutputId(u8::try_from(index).ok()?), &self.outputs[index]))
    }
}

impl Command {
    /// It lets something move, so it is not sent while a stop holds.
    pub fn moves(&self) -> bool {
        matches!(self, Self::Enable | Self::Gripper { .. } | Self::Switch { .. })
    }
}

/// Reliable commands: in order, executed exactly once within a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Let the outputs move: idle becomes active. Asks for fresh proof of life first.
    Enable,
    /// Back to idle: every output takes its safe action.
    Disable,
    /// Change what an output does when it must be safe, and when.
    Configure {
        /// Which output.
        output: OutputId,
        /// New safe action.
        safe: SafeAction,
        /// New dead-man time, kept within 50 to 2000 ms.
        dead_man_ms: u16,
    },
    /// Open or close a gripper to this opening.
    Gripper {
        /// Which output.
        output: OutputId,
        /// Opening in metres.
        opening_m: f32,
    },
    /// Switch something on or off.
    Switch {
        /// Which output.
        output: OutputId,
        /// On or off.
        on: bool,
    },
    /// Play a tone.
    Play {
        /// Which output.
        output: OutputId,
        /// Number of the tone: 0 acknowledge, 1 question, 2 refusal, 3 alarm.
        tone: u8,
    },
    /// Latch the emergency stop.
    EmergencyStop,
    /// Clear a latched stop or fault; refused while the cause is present.
    Clear,
}

/// What a board says of a command it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Executed, once.
    Done,
    /// The board's state does not allow it (stopped, fault, not enabled).
    WrongState,
    /// No such output, or one of another kind.
    NoSuchOutput,
    /// Outside the limits the board described.
    OutOfRange,
    /// A stop cannot be cleared while its cause is present.
    CauseRemains,
    /// A stop, or the end of the session, came between; not executed.
    Overtaken,
}

/// The latest value wished for an output that moves continuously.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Setpoint {
    /// Velocities of a drive base.
    Base {
        /// Which output.
        output: OutputId,
        /// Forward speed in m/s.
        linear_mps: f32,
        /// Turning speed in rad/s, positive to the left.
        angular_radps: f32,
    },
    /// Angle of a joint.
    Joint {
        /// Which output.
        output: OutputId,
        /// Target angle in radians.
        angle_rad: f32,
    },
}

/// State of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BoardState {
    /// Starting; no session yet.
    Boot,
    /// In a session; nothing may move.
    Idle,
    /// Outputs may move.
    Active,
    /// Emergency stop latched.
    Stopped,
    /// A fault is latched.
    Fault,
}

/// Most joints in one telemetry message.
pub const MAX_JOINTS: usize = 4;

/// What the board measures, sent at a steady rate within a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Telemetry {
    /// The board's clock in milliseconds since it booted.
    pub board_ms: u32,
    /// State of the board.
    pub state: BoardState,
    /// Odometry: position in metres, forward at boot is x, left is y.
    pub x_m: f32,
    /// See `x_m`.
    pub y_m: f32,
    /// Odometry: heading in radians, positive to the left.
    pub heading_rad: f32,
    /// Forward speed in m/s.
    pub linear_mps: f32,
    /// Turning speed in rad/s.
    pub angular_radps: f32,
    /// Angles of the joints in the order of their outputs, in radians.
    pub joints_rad: Vec<f32, MAX_JOINTS>,
    /// Opening of the gripper in metres; negative where there is none.
    pub gripper_m: f32,
    /// The gripper feels something between its fingers.
    pub holding: bool,
    /// Something touches the bumper.
    pub bumper: bool,
    /// Distance to the nearest obstacle ahead in metres; negative where it is not measured.
    pub clearance_m: f32,
    /// Bit per output: the switch is on.
    pub switches: u8,
    /// Battery charge, 0 to 1; negative where it is not measured.
    pub battery: f32,
    /// The emergency-stop input is asserted.
    pub stop_input: bool,
    /// Bit per output: it is in, or on its way to, its safe action.
    pub safe: u8,
}

/// How hard a stop frame stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopKind {
    /// Every output takes its safe action and the board goes idle; the next [`Command::Enable`] clears it.
    Halt,
    /// As a halt, and latched: only [`Command::Clear`] leads back to idle.
    Emergency,
}

/// What went wrong on a board, kept across resets where the board can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What it was.
    pub code: FaultCode,
    /// Boot in which it happened.
    pub boot: u32,
    /// The board's clock when it happened, in milliseconds since that boot.
    pub board_ms: u32,
}

/// Kinds of fault. All but [`FaultCode::WatchdogReset`] and [`FaultCode::SlowLoop`] latch the board in
/// [`BoardState::Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultCode {
    /// A motor drew more than its limit.
    OverCurrent,
    /// Something is too hot.
    OverTemperature,
    /// The supply is too low to move safely.
    UnderVoltage,
    /// A sensor that guards motion does not answer.
    Sensor,
    /// The last boot ended in a watchdog reset; reported, not latched.
    WatchdogReset,
    /// The board's main loop paused for longer than it may; reported, not latched.
    SlowLoop,
    /// One of the board's own; its manual says which.
    Other(u8),
}

/// Counters of the board's side of the line, sent every second. They wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Whole, sound frames received.
    pub frames: u32,
    /// Frames thrown away because they were damaged.
    pub damaged: u32,
    /// Sound frames that were not taken: another session, out of order, unknown.
    pub dropped: u32,
    /// Setpoints that came too late, twice or in the wrong order.
    pub stale: u32,
    /// Load of the processor in percent; 255 where it is not measured.
    pub load: u8,
    /// Longest pause between two turns of the board's loop in the last second, in milliseconds.
    pub slowest_ms: u16,
}
