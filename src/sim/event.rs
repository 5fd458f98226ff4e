//! What the simulated robot tells its observer: one JSON object a line in `coact sim`, a value in tests.
//!
//! Input: notices of the device, values of the outputs, the pose. Output: [`Event`]s with the time since the
//! simulation began. The names and fields are a contract with scripts: append, never rename.

use firmware_bridge::device::{Drive, SafeReason};
use firmware_bridge::message::{Command, FaultCode, Outcome};
use serde::Serialize;

/// Something that happened in the simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Milliseconds of simulated time since the start.
    pub t_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// A session with a host began.
    Connected {
        /// Its number.
        session: u32,
    },
    /// A command was executed, or refused: once for each, never for a duplicate.
    Command {
        /// Session it belongs to.
        session: u32,
        /// Its number in the session, from 1.
        seq: u32,
        /// `enable`, `gripper`, `switch` …
        name: &'static str,
        /// `done`, or why not.
        outcome: &'static str,
    },
    /// An output was given another value. While a value ramps, every 50 ms and at its end.
    Output {
        /// Name of the output.
        name: String,
        /// The value.
        value: Value,
    },
    /// Where the robot really is: every 100 ms while it moves, and once when it has come to rest.
    Pose {
        /// Metres.
        x_m: f64,
        /// Metres.
        y_m: f64,
        /// Degrees, positive to the left.
        heading_deg: f64,
    },
    /// An output begins its safe action.
    Safe {
        /// Name of the output.
        output: String,
        /// Why: `dead_man`, `stop` or `disconnect`.
        reason: &'static str,
    },
    /// The board took a stop.
    Stopped {
        /// It is an emergency stop and holds until it is cleared.
        latched: bool,
    },
    /// Something is broken, or was broken on purpose.
    Fault {
        /// `reset` and `hang` are the simulator's own; the others are the board's.
        code: &'static str,
    },
}

/// Value of an output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Velocities of the drive base.
    Velocity {
        /// Forward speed in m/s.
        linear_mps: f64,
        /// Turning speed in rad/s, positive to the left.
        angular_radps: f64,
    },
    /// Radians of a joint, metres of a gripper, number of a tone.
    Number(f64),
    /// A switch.
    On(bool),
    /// `off`, `hold`, `release`.
    Mode(&'static str),
}

impl Value {
    /// It may be on a ramp: the next value follows within milliseconds.
    pub(super) fn ramping(&self) -> bool {
        match self {
            Value::Velocity {
                linear_mps,
                angular_radps,
            } => *linear_mps != 0.0 || *angular_radps != 0.0,
            Value::Number(_) => true,
            Value::On(_) | Value::Mode(_) => false,
        }
    }
}

impl From<Drive> for Value {
    fn from(drive: Drive) -> Self {
        match drive {
            Drive::Velocity {
                linear_mps,
                angular_radps,
            } => Value::Velocity {
                linear_mps: rounded(linear_mps.into()),
                angular_radps: rounded(angular_radps.into()),
            },
            Drive::Angle(value) | Drive::Opening(value) => Value::Number(rounded(value.into())),
            Drive::Tone(number) => Value::Number(number.into()),
            Drive::Switch(on) => Value::On(on),
            Drive::Off => Value::Mode("off"),
            Drive::Hold => Value::Mode("hold"),
            Drive::Release => Value::Mode("release"),
        }
    }
}

/// To a tenth of a millimetre or milliradian: more digits would only be noise to read.
pub(super) fn rounded(value: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (value * 1e4).round() / 1e4 + 0.0
}

/// Name of a command, as it stands in an event.
#[must_use]
pub fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Enable => "enable",
        Command::Disable => "disable",
        Command::Configure { .. } => "configure",
        Command::Gripper { .. } => "gripper",
        Command::Switch { .. } => "switch",
        Command::Play { .. } => "play",
        Command::EmergencyStop => "emergency_stop",
        Command::Clear => "clear",
    }
}

/// Name of an outcome, as it stands in an event.
#[must_use]
pub fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::WrongState => "wrong_state",
        Outcome::NoSuchOutput => "no_such_output",
        Outcome::OutOfRange => "out_of_range",
        Outcome::CauseRemains => "cause_remains",
        Outcome::Overtaken => "overtaken",
    }
}

/// Name of a reason, as it stands in an event.
#[must_use]
pub fn reason_name(reason: SafeReason) -> &'static str {
    match reason {
        SafeReason::DeadMan => "dead_man",
        SafeReason::Stop => "stop",
        SafeReason::Disconnect => "disconnect",
    }
}

/// Name of a fault, as it stands in an event.
#[must_use]
pub fn fault_name(code: FaultCode) -> &'static str {
    match code {
        FaultCode::OverCurrent => "over_current",
        FaultCode::OverTemperature => "over_temperature",
        FaultCode::UnderVoltage => "under_voltage",
        FaultCode::Sensor => "sensor",
        FaultCode::WatchdogReset => "watchdog_reset",
        FaultCode::SlowLoop => "slow_loop",
        FaultCode::Other(_) => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn events_are_lines_of_json() {
        let check = |what: What| serde_json::to_string(&Event { t_ms: 1250, what }).unwrap();
        let output = |name: &str, drive: Drive| What::Output {
            name: name.into(),
            value: drive.into(),
        };
        assert_snapshot!(check(What::Connected { session: 7 }), @r#"{"t_ms":1250,"event":"connected","session":7}"#);
        let name = command_name(&Command::Enable);
        let outcome = outcome_name(Outcome::Done);
        assert_snapshot!(check(What::Command { session: 7, seq: 1, name, outcome }), @r#"{"t_ms":1250,"event":"command","session":7,"seq":1,"name":"enable","outcome":"done"}"#);
        let drive = Drive::Velocity {
            linear_mps: 0.3,
            angular_radps: -0.0,
        };
        assert_snapshot!(check(output("base", drive)), @r#"{"t_ms":1250,"event":"output","name":"base","value":{"linear_mps":0.3,"angular_radps":0.0}}"#);
        assert_snapshot!(check(output("pan", Drive::Angle(0.5))), @r#"{"t_ms":1250,"event":"output","name":"pan","value":0.5}"#);
        assert_snapshot!(check(output("light", Drive::Switch(true))), @r#"{"t_ms":1250,"event":"output","name":"light","value":true}"#);
        assert_snapshot!(check(output("gripper", Drive::Hold)), @r#"{"t_ms":1250,"event":"output","name":"gripper","value":"hold"}"#);
        assert_snapshot!(check(What::Pose { x_m: 1.0, y_m: 0.0, heading_deg: 90.0 }), @r#"{"t_ms":1250,"event":"pose","x_m":1.0,"y_m":0.0,"heading_deg":90.0}"#);
        let reason = reason_name(SafeReason::DeadMan);
        assert_snapshot!(check(What::Safe { output: "base".into(), reason }), @r#"{"t_ms":1250,"event":"safe","output":"base","reason":"dead_man"}"#);
        assert_snapshot!(check(What::Stopped { latched: true }), @r#"{"t_ms":1250,"event":"stopped","latched":true}"#);
        assert_snapshot!(check(What::Fault { code: fault_name(FaultCode::SlowLoop) }), @r#"{"t_ms":1250,"event":"fault","code":"slow_loop"}"#);
    }
}
