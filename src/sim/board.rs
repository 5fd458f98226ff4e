//! The simulated robot as the device side of the wire sees it: a [`Board`] whose motors and sensors are
//! [`Robot`] and [`World`].
//!
//! Input: what the device drives, and time. Output: what the sensors measure, and [`What`] happened. It adds no
//! safety of its own beyond what a motor driver has, a watchdog: the device is what keeps a real robot safe, and
//! here too.

use super::event::{self, Value, What, rounded};
use super::robot::{self, Robot, STEP_MS};
use super::world::World;
use firmware_bridge::device::{Board, Drive, Notice, SafeReason, Senses};
use firmware_bridge::message::{BoardState, Command, Description, Fault, FaultCode, OutputId, OutputKind};
use firmware_bridge::seal::Key;
use std::collections::BTreeMap;

/// Silence of the board's loop after which the motor driver cuts the drive by itself.
const WATCHDOG_MS: u64 = 100;

/// How often a value that ramps is told.
const OUTPUT_EVERY_MS: u64 = 50;

/// How often the pose is told while the robot moves.
const POSE_EVERY_MS: u64 = 100;

/// Charge below which the supply sags too far for the motors.
const EMPTY: f64 = 0.02;

/// The robot, its surroundings and what they tell.
#[derive(Debug, Clone)]
pub struct SimBoard {
    /// The body.
    pub robot: Robot,
    /// The place around it.
    pub world: World,
    /// Somebody pushes the emergency-stop button.
    pub stop_input: bool,
    description: Description,
    boots: fastrand::Rng,
    boot: u32,
    now_ms: u64,
    fed_ms: u64,
    outputs: Vec<Told>,
    pose_told_ms: Option<u64>,
    at_rest: bool,
    state: BoardState,
    stopping: bool,
    last_fault: Option<Fault>,
    events: Vec<What>,
    key: Option<Key>,
}

/// What an output is at, and what was told of it.
#[derive(Debug, Clone)]
struct Told {
    value: Option<Value>,
    told: Option<Value>,
    told_ms: u64,
    changed: bool,
}

impl SimBoard {
    /// A board that has the outputs of `description`; `seed` makes its boots differ.
    #[must_use]
    pub fn new(description: Description, robot: Robot, world: World, seed: u64) -> Self {
        let told = Told {
            value: None,
            told: None,
            told_ms: 0,
            changed: false,
        };
        SimBoard {
            outputs: vec![told; description.outputs.len()],
            robot,
            world,
            stop_input: false,
            description,
            boots: fastrand::Rng::with_seed(seed),
            boot: 0,
            now_ms: 0,
            fed_ms: 0,
            pose_told_ms: None,
            at_rest: false,
            state: BoardState::Boot,
            stopping: false,
            last_fault: None,
            events: Vec::new(),
            key: None,
        }
    }

    /// The same, sharing `key` with its host.
    #[must_use]
    pub fn sealed(self, key: Option<Key>) -> Self {
        SimBoard { key, ..self }
    }

    /// The same hardware after a reset of its processor: the drive is off, nothing of the session is left.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.tell(What::Fault { code: "reset" });
        self.cut(SafeReason::Disconnect);
        self.state = BoardState::Boot;
        self.fed_ms = self.now_ms;
        self
    }

    /// Simulated time in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// State of the board, as the device last told it.
    #[must_use]
    pub fn state(&self) -> BoardState {
        self.state
    }

    /// The outputs that are on or off, by name, and how they are.
    #[must_use]
    pub fn switches(&self) -> BTreeMap<String, bool> {
        let named = self.description.outputs.iter().zip(&self.outputs);
        named
            .filter(|(output, _)| output.kind == OutputKind::Switch)
            .map(|(output, told)| (output.name.to_string(), told.value == Some(Value::On(true))))
            .collect()
    }

    /// One step of the world's time, after the device had its turn.
    pub fn step(&mut self) {
        self.now_ms += STEP_MS;
        if self.now_ms - self.fed_ms == WATCHDOG_MS + STEP_MS {
            self.cut(SafeReason::DeadMan);
        }
        self.robot.step(&mut self.world);
        self.tell_outputs();
        self.tell_pose();
    }

    /// Takes what happened since the last call.
    pub fn take_events(&mut self) -> std::vec::Drain<'_, What> {
        self.events.drain(..)
    }

    /// Adds something that happened outside the board.
    pub fn tell(&mut self, what: What) {
        self.events.push(what);
    }

    /// Cuts the power of everything that moves, without asking the firmware.
    fn cut(&mut self, reason: SafeReason) {
        let moving = !self.at_rest;
        self.robot.drive(robot::Drive::Off);
        self.robot.gripper(None);
        for joint in 0..self.robot.body().joints.len() {
            self.robot.joint(joint, None);
        }
        for index in self.bases() {
            if moving {
                self.tell_safe(index, reason);
            }
            self.set(
                index,
                Drive::Velocity {
                    linear_mps: 0.0,
                    angular_radps: 0.0,
                },
            );
        }
    }

    fn bases(&self) -> Vec<usize> {
        let outputs = self.description.outputs.iter().enumerate();
        outputs
            .filter(|(_, output)| output.kind == OutputKind::Base)
            .map(|(index, _)| index)
            .collect()
    }

    fn name(&self, index: usize) -> String {
        self.description
            .outputs
            .get(index)
            .map_or_else(String::new, |output| output.name.as_str().to_owned())
    }

    fn set(&mut self, index: usize, drive: Drive) {
        let value = match (self.nth(index).0, drive) {
            // They stay where they are: there is nothing to tell.
            (Some(OutputKind::Switch | OutputKind::Joint), Drive::Hold) => return,
            (Some(OutputKind::Switch), Drive::Off | Drive::Release) => Value::On(false),
            _ => drive.into(),
        };
        if let Some(output) = self.outputs.get_mut(index) {
            output.value = Some(value);
            output.changed = true;
        }
    }

    fn tell_outputs(&mut self) {
        for index in 0..self.outputs.len() {
            let name = self.name(index);
            let output = &mut self.outputs[index];
            let resting = !std::mem::take(&mut output.changed);
            let due = resting || self.now_ms >= output.told_ms + OUTPUT_EVERY_MS;
            let Some(value) = output
                .value
                .as_ref()
                .filter(|value| output.told.as_ref() != Some(*value))
            else {
                continue;
            };
            if due || !value.ramping() {
                output.told = Some(value.clone());
                output.told_ms = self.now_ms;
                self.events.push(What::Output {
                    name,
                    value: value.clone(),
                });
            }
        }
    }

    fn tell_pose(&mut self) {
        let at_rest = self.robot.velocity() == (0.0, 0.0);
        let due = self
            .pose_told_ms
            .is_none_or(|told| self.now_ms >= told + POSE_EVERY_MS);
        if at_rest != self.at_rest || due && !at_rest {
            let frame = self.robot.frame();
            self.events.push(What::Pose {
                x_m: rounded(frame.x),
                y_m: rounded(frame.y),
                heading_deg: rounded(frame.heading.to_degrees()),
            });
            self.pose_told_ms = Some(self.now_ms);
        }
        self.at_rest = at_rest;
    }

    fn tell_safe(&mut self, output: usize, reason: SafeReason) {
        let output = self.name(output);
        self.events.push(What::Safe {
            output,
            reason: event::reason_name(reason),
        });
    }

    fn enter(&mut self, state: BoardState) {
        let stopping = std::mem::take(&mut self.stopping);
        match state {
            BoardState::Stopped => self.events.push(What::Stopped { latched: true }),
            BoardState::Idle if stopping && self.state == BoardState::Active => {
                self.events.push(What::Stopped { latched: false });
            }
            _ => {}
        }
        self.state = state;
    }

    fn has(&self, kind: OutputKind) -> bool {
        self.description.outputs.iter().any(|output| output.kind == kind)
    }

    /// Place of an output among the outputs of its kind.
    fn nth(&self, index: usize) -> (Option<OutputKind>, usize) {
        let outputs = &self.description.outputs;
        let kind = outputs.get(index).map(|output| output.kind);
        let before = outputs
            .iter()
            .take(index)
            .filter(|output| Some(output.kind) == kind);
        (kind, before.count())
    }
}

impl Board for SimBoard {
    fn boot_id(&mut self) -> u32 {
        self.boot = self.boots.u32(1..);
        self.boot
    }

    fn key(&self) -> Option<Key> {
        self.key
    }

    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn drive(&mut self, output: OutputId, drive: Drive) {
        let index = usize::from(output.0);
        self.set(index, drive);
        match (self.nth(index), drive) {
            (
                (Some(OutputKind::Base), _),
                Drive::Velocity {
                    linear_mps,
                    angular_radps,
                },
            ) => {
                self.robot.drive(robot::Drive::Velocity {
                    linear_mps: linear_mps.into(),
                    angular_radps: angular_radps.into(),
                });
            }
            ((Some(OutputKind::Base), _), _) => self.robot.drive(robot::Drive::Off),
            ((Some(OutputKind::Joint), joint), Drive::Angle(angle)) => {
                self.robot.joint(joint, Some(angle.into()))
            }
            ((Some(OutputKind::Joint), joint), _) => self.robot.joint(joint, None),
            ((Some(OutputKind::Gripper), _), Drive::Opening(opening)) => {
                self.robot.gripper(Some(opening.into()))
            }
            ((Some(OutputKind::Gripper), _), Drive::Release) => {
                let wide = self.robot.body().opening_m;
                self.robot.gripper(Some(wide));
            }
            ((Some(OutputKind::Gripper), _), _) => self.robot.gripper(None),
            // Switches and tones move nothing; their value is told as an output.
            _ => {}
        }
    }

    fn sense(&mut self) -> Senses {
        let odometry = self.robot.odometry();
        let (linear, angular) = self.robot.velocity();
        Senses {
            x_m: odometry.at.x,
            y_m: odometry.at.y,
            heading_rad: odometry.heading.0,
            linear_mps: linear as f32,
            angular_radps: angular as f32,
            joints_rad: self
                .robot
                .joints()
                .map(|angle| angle as f32)
                .take(firmware_bridge::message::MAX_JOINTS)
                .collect(),
            gripper_m: if self.has(OutputKind::Gripper) {
                self.robot.opening() as f32
            } else {
                -1.0
            },
            holding: self.robot.holding().is_some(),
            bumper: self.robot.bumper(),
            clearance_m: self.robot.clearance() as f32,
            battery: self.robot.battery() as f32,
        }
    }

    fn stop_input(&mut self) -> bool {
        self.stop_input
    }

    fn fault(&mut self) -> Option<FaultCode> {
        (self.robot.battery() < EMPTY).then_some(FaultCode::UnderVoltage)
    }

    fn record_fault(&mut self, fault: Fault) {
        self.last_fault = Some(fault);
    }

    fn last_fault(&mut self) -> Option<Fault> {
        self.last_fault
    }

    fn feed_watchdog(&mut self) {
        self.fed_ms = self.now_ms;
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Connected { session } => self.events.push(What::Connected { session }),
            Notice::Executed {
                session,
                seq,
                command,
                outcome,
            } => {
                // What becomes safe because the host is done was not stopped.
                self.stopping &= command != Command::Disable;
                let (name, outcome) = (event::command_name(&command), event::outcome_name(outcome));
                self.events.push(What::Command {
                    session,
                    seq,
                    name,
                    outcome,
                });
            }
            // Setpoints are seen in what the outputs do.
            Notice::Wished { .. } => {}
            Notice::Safe { output, reason } => {
                self.stopping |= reason == SafeReason::Stop;
                self.tell_safe(output.0.into(), reason);
            }
            Notice::State(state) => self.enter(state),
            Notice::Fault(fault) => self.events.push(What::Fault {
                code: event::fault_name(fault.code),
            }),
        }
    }
}
