//! The modelled robot: what coact's demo robot has, with motors that take a moment to follow.

use crate::hardware;
use crate::kept::Kept;
use firmware_bridge::device::{Board, Current, Drive, Senses};
use firmware_bridge::message::{Description, Fault, Output, OutputId};
use firmware_bridge::seal::Key;

/// The secret shared with the host, where one was given to the build: `COACT_KEY=$(cat board.key) cross/firmware.sh`.
const KEY: Option<Key> = match option_env!("COACT_KEY") {
    Some(digits) => Some(Key::from_hex(digits).expect("COACT_KEY must be 32 hexadecimal digits")),
    None => None,
};

const BASE: OutputId = OutputId(0);
const PAN: OutputId = OutputId(1);
const TILT: OutputId = OutputId(2);
const GRIPPER: OutputId = OutputId(3);

/// Time in which a motor covers two thirds of the way to a new speed, in seconds.
const MOTOR_LAG_S: f32 = 0.03;
/// Time that the model takes in one turn, below the lag so that it cannot overshoot.
const LONGEST_MS: u32 = 20;
/// A motor draws so much more for each m/s that it is slower than its voltage would have it, in amperes, and may draw so
/// much: a start takes a tenth of that, a motor that stands against a wall five times as much.
const AMPS_PER_MPS: f32 = 20.0;
const MAX_AMPS: f32 = 2.0;
/// Speed of the gripper's fingers in m/s.
const GRIPPER_MPS: f32 = 0.1;

/// Two wheels, a head, a gripper, a light and a buzzer.
pub struct Rover {
    now_ms: u32,
    kept: Kept,
    /// Speeds wished and reached: m/s, rad/s.
    wished: (f32, f32),
    speed: (f32, f32),
    /// Odometry: metres, radians, and the direction as cosine and sine.
    at: (f32, f32),
    heading: f32,
    facing: (f32, f32),
    head: [f32; 2],
    opening: (f32, f32),
}

impl Rover {
    /// One that stands at the origin.
    pub fn new(now_ms: u32) -> Self {
        Self {
            now_ms,
            kept: Kept::next_boot(),
            wished: (0.0, 0.0),
            speed: (0.0, 0.0),
            at: (0.0, 0.0),
            heading: 0.0,
            facing: (1.0, 0.0),
            head: [0.0; 2],
            opening: (0.1, 0.1),
        }
    }

    /// Lets the motors turn until `now_ms`.
    pub fn turn(&mut self, now_ms: u32) {
        let dt = now_ms.wrapping_sub(self.now_ms).min(LONGEST_MS) as f32 * 0.001;
        self.now_ms = now_ms;
        follow(&mut self.speed.0, self.wished.0, dt);
        follow(&mut self.speed.1, self.wished.1, dt);
        let (way, turn) = (self.speed.0 * dt, self.speed.1 * dt);
        let (cos, sin) = self.facing;
        self.at.0 += way * cos;
        self.at.1 += way * sin;
        self.heading += turn;
        // A small turn to second order, and one step towards length 1: no sine needed.
        let (cos, sin) = (
            cos - sin * turn - cos * turn * turn / 2.0,
            sin + cos * turn - sin * turn * turn / 2.0,
        );
        let length = (3.0 - cos * cos - sin * sin) / 2.0;
        self.facing = (cos * length, sin * length);
        let step = GRIPPER_MPS * dt;
        self.opening.0 += (self.opening.1 - self.opening.0).clamp(-step, step);
    }
}

/// A motor follows its wish with a lag, and reaches it.
fn follow(speed: &mut f32, wish: f32, dt: f32) {
    let away = wish - *speed;
    if (-0.001..=0.001).contains(&away) {
        *speed = wish;
    } else {
        *speed += away * dt * (1.0 / MOTOR_LAG_S);
    }
}

impl Board for Rover {
    fn boot_id(&mut self) -> u32 {
        self.kept.boot
    }

    fn key(&self) -> Option<Key> {
        KEY
    }

    fn describe(&self) -> Description {
        Description::new(
            "mps2-an385",
            [
                Output::base("base", -0.5..=0.5, 0.8, 1.396, 2.234),
                Output::joint("pan", -1.484..=1.484, 2.6),
                Output::joint("tilt", -0.524..=0.524, 2.6),
                Output::gripper("gripper", 0.0..=0.1, GRIPPER_MPS),
                Output::switch("light"),
                Output::tone("buzzer"),
            ],
        )
    }

    fn drive(&mut self, output: OutputId, drive: Drive) {
        match (output, drive) {
            (
                BASE,
                Drive::Velocity {
                    linear_mps,
                    angular_radps,
                },
            ) => self.wished = (linear_mps, angular_radps),
            (BASE, _) => self.wished = (0.0, 0.0),
            (PAN, Drive::Angle(angle)) => self.head[0] = angle,
            (TILT, Drive::Angle(angle)) => self.head[1] = angle,
            (GRIPPER, Drive::Opening(opening)) => self.opening.1 = opening,
            (GRIPPER, Drive::Hold | Drive::Off) => self.opening.1 = self.opening.0,
            (GRIPPER, Drive::Release) => self.opening.1 = 0.1,
            // The model has no light and no buzzer that anybody could see or hear.
            _ => {}
        }
    }

    fn sense(&mut self) -> Senses {
        Senses {
            x_m: self.at.0,
            y_m: self.at.1,
            heading_rad: self.heading,
            linear_mps: self.speed.0,
            angular_radps: self.speed.1,
            joints_rad: self.head.into_iter().collect(),
            gripper_m: self.opening.0,
            ..Senses::default()
        }
    }

    fn current(&mut self, output: OutputId) -> Option<Current> {
        (output == BASE).then(|| Current {
            amps: (self.wished.0 - self.speed.0) * AMPS_PER_MPS,
            limit: MAX_AMPS,
        })
    }

    fn record_fault(&mut self, fault: Fault) {
        self.kept.fault = Some(fault);
        self.kept.store();
    }

    fn last_fault(&mut self) -> Option<Fault> {
        self.kept.fault
    }

    fn feed_watchdog(&mut self) {
        hardware::feed_watchdog();
    }
}
