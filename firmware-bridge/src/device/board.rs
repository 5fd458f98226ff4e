//! What a board must be able to do: the one trait a user writes for their hardware.
//!
//! Everything that makes the robot safe (limits, ramps, dead-man times, the stop latch) is done by
//! [`crate::device::Device`]; a board only moves what it is told to move and says what it measures.

use crate::message::{BoardState, Command, Description, Fault, FaultCode, MAX_JOINTS, Outcome, OutputId};
use crate::seal::Key;
use heapless::Vec;

/// The hardware behind a [`crate::device::Device`]. Every method must return at once.
pub trait Board {
    /// A number that differs from boot to boot: a counter in flash, or a random number. Asked once.
    fn boot_id(&mut self) -> u32;

    /// The outputs, their limits and their safe actions. Asked once, at the start.
    fn describe(&self) -> Description;

    /// Makes an output do this now. Velocities, angles and openings are already limited and ramped;
    /// called at every turn of the loop while a value changes, and once when it rests.
    fn drive(&mut self, output: OutputId, drive: Drive);

    /// What the sensors say now.
    fn sense(&mut self) -> Senses;

    /// The emergency-stop input is asserted. A broken wire must read as asserted.
    fn stop_input(&mut self) -> bool {
        false
    }

    /// Something is wrong with the hardware at this moment. The device latches it until it is gone and cleared.
    fn fault(&mut self) -> Option<FaultCode> {
        None
    }

    /// What an output draws now and the most it may, where the board measures it. An output that draws more for longer than
    /// [`super::OVER_CURRENT_MS`] is cut off, and the device latches [`FaultCode::OverCurrent`].
    fn current(&mut self, _output: OutputId) -> Option<Current> {
        None
    }

    /// Keeps a fault where it survives a reset; [`super::kept`] makes words of it.
    fn record_fault(&mut self, _fault: Fault) {}

    /// The newest fault kept, of this boot or an earlier one.
    fn last_fault(&mut self) -> Option<Fault> {
        None
    }

    /// The secret that this board shares with its host. With one, whatever bears no tag made with it is damage, so that
    /// nobody else on the line can give orders; [`Board::boot_id`] must then never come again in the board's life. Asked
    /// for every frame.
    fn key(&self) -> Option<Key> {
        None
    }

    /// Feeds the hardware watchdog. Called only while the loop is healthy.
    fn feed_watchdog(&mut self) {}

    /// Load of the processor in percent; 255 where it is not measured.
    fn load(&mut self) -> u8 {
        255
    }

    /// Something happened that an observer may want to print or blink. Never needed for safety.
    fn notice(&mut self, _notice: Notice) {}
}

/// What an output draws, in amperes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Current {
    /// Now; either sign. What is no number counts as too much.
    pub amps: f32,
    /// The most it may draw.
    pub limit: f32,
}

impl Current {
    pub(super) fn is_too_much(self) -> bool {
        !(-self.limit..=self.limit).contains(&self.amps)
    }
}

/// What one output shall do now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drive {
    /// A base: velocities, limited and ramped.
    Velocity {
        /// Forward speed in m/s.
        linear_mps: f32,
        /// Turning speed in rad/s, positive to the left.
        angular_radps: f32,
    },
    /// A joint: the angle in radians, limited and ramped.
    Angle(f32),
    /// A gripper: the opening in metres; the board moves there at its own speed.
    Opening(f32),
    /// A switch.
    Switch(bool),
    /// A tone by number, see [`Command::Play`].
    Tone(u8),
    /// Cut the drive.
    Off,
    /// Stay: keep the present position, grip or state.
    Hold,
    /// Let go: a joint is free, a gripper opens.
    Release,
}

/// What the sensors of a board say; a board leaves what it has not at its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Senses {
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
    /// Battery charge, 0 to 1; negative where it is not measured.
    pub battery: f32,
}

impl Default for Senses {
    /// A board without any sensor.
    fn default() -> Self {
        Self {
            x_m: 0.0,
            y_m: 0.0,
            heading_rad: 0.0,
            linear_mps: 0.0,
            angular_radps: 0.0,
            joints_rad: Vec::new(),
            gripper_m: -1.0,
            holding: false,
            bumper: false,
            clearance_m: -1.0,
            battery: -1.0,
        }
    }
}

/// Why an output takes its safe action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SafeReason {
    /// The host was silent for too long, or its wish grew too old.
    DeadMan,
    /// A stop, a fault, or the host disabled the outputs.
    Stop,
    /// The line hung up, or another session began.
    Disconnect,
}

/// Something that happened inside the device, for observers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice {
    /// A session began.
    Connected {
        /// Its number.
        session: u32,
    },
    /// A command was executed, or refused with its outcome: once for each, never for a duplicate.
    Executed {
        /// Session it belongs to.
        session: u32,
        /// Its number in the session, from 1.
        seq: u32,
        /// What was asked.
        command: Command,
        /// What became of it.
        outcome: Outcome,
    },
    /// A new wish of the host was taken (before limits in time, after limits in value).
    Wished {
        /// Which output.
        output: OutputId,
        /// The value it is going to.
        target: Drive,
    },
    /// An output begins its safe action.
    Safe {
        /// Which output.
        output: OutputId,
        /// Why.
        reason: SafeReason,
    },
    /// The board changed its state.
    State(BoardState),
    /// A fault was latched.
    Fault(Fault),
}
