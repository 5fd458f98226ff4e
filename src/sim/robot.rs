//! The body of the simulated robot: a disc with a differential drive, joints of a head, a gripper, a light, a
//! buzzer, a bumper, a distance sensor and a battery.
//!
//! Input: wishes (velocities, angles, openings) and time in fixed steps. Output: where everything is, and what
//! the sensors say. No wish ever moves a part faster, farther or more abruptly than the [`Body`] allows; the same
//! seed and the same wishes give the same run on every machine (`libm`, no platform maths).

use super::world::{Frame, Holder, World};
use brain::units::{Point, Pose, Radians};

/// Length of one step in milliseconds.
pub const STEP_MS: u64 = 5;

/// Length of one step in seconds.
const STEP_S: f64 = STEP_MS as f64 / 1000.0;

/// Gap to a solid or person at which the bumper touches, in metres.
const BUMPER_GAP_M: f64 = 0.005;

/// Standard deviation of the odometry of one step, as a share of the way: about 1 mm after ten metres at 0.5 m/s.
const ODOMETRY_NOISE: f64 = 0.005;

/// What the body can do. Speeds and accelerations are its limits: setpoints beyond them are cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Radius on the floor in metres.
    pub radius_m: f64,
    /// Fastest forward speed in m/s; backwards as well.
    pub linear_mps: f64,
    /// Change of the forward speed in m/s².
    pub accel_mps2: f64,
    /// Fastest turn in rad/s.
    pub turn_radps: f64,
    /// Change of the turning speed in rad/s².
    pub turn_accel_radps2: f64,
    /// Joints in the order of the board's outputs.
    pub joints: Vec<JointBody>,
    /// Widest opening of the gripper in metres.
    pub opening_m: f64,
    /// Speed of the gripper's fingers in m/s.
    pub gripper_mps: f64,
    /// How far ahead of the robot's middle its hand carries things, in metres.
    pub hand_m: f64,
    /// How far ahead of the robot's middle its arm reaches: from, to, in metres.
    pub reach_m: (f64, f64),
    /// How high it reaches: from, to, in metres above the floor.
    pub height_m: (f64, f64),
    /// How far to either side it reaches, in radians.
    pub reach_rad: f64,
    /// Farthest the distance sensor measures, in metres.
    pub range_m: f64,
    /// Hours the battery lasts: at rest, and driving at full speed.
    pub battery_h: (f64, f64),
}

/// One joint of the body.
#[derive(Debug, Clone, PartialEq)]
pub struct JointBody {
    /// Lowest angle in radians.
    pub min_rad: f64,
    /// Highest angle in radians.
    pub max_rad: f64,
    /// Fastest turn in rad/s.
    pub rate_radps: f64,
}

/// What the drive is wished to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drive {
    /// Drive with these velocities, within the body's acceleration.
    Velocity {
        /// m/s, forward.
        linear_mps: f64,
        /// rad/s, to the left.
        angular_radps: f64,
    },
    /// The power is cut: friction stops the wheels with the body's own acceleration.
    Off,
}

/// The robot at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Robot {
    body: Body,
    frame: Frame,
    odometry: Frame,
    linear_mps: f64,
    angular_radps: f64,
    drive: Drive,
    joints: Vec<Joint>,
    gripper_m: f64,
    grip: Grip,
    held: Option<usize>,
    bumper: bool,
    clearance_m: f64,
    battery: f64,
    noise: Noise,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Joint {
    angle: f64,
    wish: Option<f64>,
}

/// What the gripper is wished to do.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Grip {
    Hold,
    Open(f64),
}

impl Robot {
    /// A robot at rest at `start` on the map, gripper open, battery full. Its odometry starts at zero.
    #[must_use]
    pub fn new(body: Body, start: Pose, seed: u64) -> Self {
        let joints = vec![
            Joint {
                angle: 0.0,
                wish: None
            };
            body.joints.len()
        ];
        Robot {
            frame: Frame {
                x: start.at.x.into(),
                y: start.at.y.into(),
                heading: start.heading.0.into(),
            },
            odometry: Frame::default(),
            linear_mps: 0.0,
            angular_radps: 0.0,
            drive: Drive::Off,
            joints,
            gripper_m: body.opening_m,
            grip: Grip::Hold,
            held: None,
            bumper: false,
            clearance_m: body.range_m,
            battery: 1.0,
            noise: Noise(fastrand::Rng::with_seed(seed)),
            body,
        }
    }

    /// Wishes for the drive; the latest wins.
    pub fn drive(&mut self, drive: Drive) {
        self.drive = drive;
    }

    /// Wishes a joint to this angle in radians; `None` keeps it where it is.
    pub fn joint(&mut self, index: usize, wish: Option<f64>) {
        if let Some(joint) = self.joints.get_mut(index) {
            joint.wish = wish;
        }
    }

    /// Wishes the gripper to this opening in metres; `None` keeps it where it is.
    pub fn gripper(&mut self, wish: Option<f64>) {
        self.grip = wish.map_or(Grip::Hold, Grip::Open);
    }

    /// One step of time: moves every part towards its wish, then looks at the sensors.
    pub fn step(&mut self, world: &mut World) {
        self.step_drive(world);
        for (joint, body) in self.joints.iter_mut().zip(&self.body.joints) {
            if let Some(wish) = joint.wish {
                let wish = wish.clamp(body.min_rad, body.max_rad);
                joint.angle = approach(joint.angle, wish, body.rate_radps * STEP_S);
            }
        }
        self.step_gripper(world);
        let effort = (self.linear_mps / self.body.linear_mps).abs().min(1.0);
        let (rest_h, drive_h) = self.body.battery_h;
        let draw = 1.0 / rest_h + effort * (1.0 / drive_h - 1.0 / rest_h);
        self.battery = (self.battery - draw * STEP_S / 3600.0).max(0.0);
        self.bumper = world.room(self.frame.x, self.frame.y) <= self.body.radius_m + BUMPER_GAP_M;
        self.clearance_m = world
            .clearance(&self.frame, self.body.radius_m)
            .min(self.body.range_m);
    }

    fn step_drive(&mut self, world: &World) {
        let body = &self.body;
        let (linear, angular) = match self.drive {
            Drive::Velocity {
                linear_mps,
                angular_radps,
            } if self.battery > 0.0 => (linear_mps, angular_radps),
            Drive::Velocity { .. } | Drive::Off => (0.0, 0.0),
        };
        let linear = linear.clamp(-body.linear_mps, body.linear_mps);
        let angular = angular.clamp(-body.turn_radps, body.turn_radps);
        let (linear_before, angular_before) = (self.linear_mps, self.angular_radps);
        self.linear_mps = approach(linear_before, linear, body.accel_mps2 * STEP_S);
        self.angular_radps = approach(angular_before, angular, body.turn_accel_radps2 * STEP_S);
        let turn = (angular_before + self.angular_radps) / 2.0 * STEP_S;
        let mut way = (linear_before + self.linear_mps) / 2.0 * STEP_S;
        let to = self.frame.moved(way, turn);
        let room = world.room(to.x, to.y);
        if room < body.radius_m && room < world.room(self.frame.x, self.frame.y) {
            // It would push into something: it stands.
            way = 0.0;
            self.linear_mps = 0.0;
        }
        self.frame = self.frame.moved(way, turn);
        self.odometry = self.odometry.moved(
            way + way.abs() * ODOMETRY_NOISE * self.noise.normal(),
            turn + turn.abs() * ODOMETRY_NOISE * self.noise.normal(),
        );
    }

    fn step_gripper(&mut self, world: &mut World) {
        if let Grip::Open(wish) = self.grip {
            let stride = self.body.gripper_mps * STEP_S;
            let next = approach(self.gripper_m, wish.clamp(0.0, self.body.opening_m), stride);
            match self.held {
                Some(index) if next > world.things[index].grasp_m => self.put_down(world, index),
                Some(_) => {}
                None if next < self.gripper_m => self.held = self.grasp(world, next),
                None => {}
            }
            self.gripper_m = self.held.map_or(next, |index| world.things[index].grasp_m);
        }
        if let Some(index) = self.held {
            let thing = &mut world.things[index];
            thing.at = self.hand();
        }
    }

    /// The thing the fingers close on when they come to this opening, if one is in reach.
    fn grasp(&self, world: &mut World, opening: f64) -> Option<usize> {
        let (near, far) = self.body.reach_m;
        let reach = |at: Point| {
            let (x, y) = self.frame.local(at.x.into(), at.y.into());
            let distance = libm::hypot(x, y);
            ((near..=far).contains(&distance) && libm::atan2(y, x).abs() <= self.body.reach_rad)
                .then_some(distance)
        };
        let (_, index) = world
            .things
            .iter()
            .enumerate()
            .filter(|(_, thing)| thing.holder != Some(Holder::Robot))
            .filter(|(_, thing)| thing.grasp_m <= self.gripper_m && thing.grasp_m >= opening)
            .filter(|(_, thing)| thing.z >= self.body.height_m.0 && thing.z <= self.body.height_m.1)
            .filter_map(|(index, thing)| reach(thing.at).map(|distance| (distance, index)))
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        world.things[index].holder = Some(Holder::Robot);
        Some(index)
    }

    /// Lets go: into the hands of a person in reach, else onto what is below.
    fn put_down(&mut self, world: &mut World, index: usize) {
        self.held = None;
        let hand = self.hand();
        let person = world.persons.iter().position(|person| {
            let (x, y) = self.frame.local(person.at.x.into(), person.at.y.into());
            x > 0.0 && libm::hypot(x, y) <= self.body.reach_m.1 + super::world::PERSON_RADIUS_M
        });
        let z = world.surface(hand);
        let thing = &mut world.things[index];
        thing.holder = person.map(Holder::Person);
        thing.at = hand;
        thing.z = z;
    }

    fn hand(&self) -> Point {
        self.frame.ahead(self.body.hand_m, 0.0)
    }

    /// What it can do.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Where it really is, in full precision.
    #[must_use]
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Where it really is.
    #[must_use]
    pub fn pose(&self) -> Pose {
        self.frame.pose()
    }

    /// Where its wheels say it is.
    #[must_use]
    pub fn odometry(&self) -> Pose {
        self.odometry.pose()
    }

    /// Forward speed in m/s and turning speed in rad/s.
    #[must_use]
    pub fn velocity(&self) -> (f64, f64) {
        (self.linear_mps, self.angular_radps)
    }

    /// Angles of the joints in radians.
    pub fn joints(&self) -> impl Iterator<Item = f64> {
        self.joints.iter().map(|joint| joint.angle)
    }

    /// Opening of the gripper in metres.
    #[must_use]
    pub fn opening(&self) -> f64 {
        self.gripper_m
    }

    /// Place in [`World::things`] of what the gripper holds.
    #[must_use]
    pub fn holding(&self) -> Option<usize> {
        self.held
    }

    /// Something touches the robot.
    #[must_use]
    pub fn bumper(&self) -> bool {
        self.bumper
    }

    /// Free way ahead in metres, no farther than the sensor's range.
    #[must_use]
    pub fn clearance(&self) -> f64 {
        self.clearance_m
    }

    /// Charge of the battery, 0 to 1.
    #[must_use]
    pub fn battery(&self) -> f64 {
        self.battery
    }
}

impl Frame {
    /// The frame after a way along an arc: metres ahead, radians to the left.
    fn moved(&self, way: f64, turn: f64) -> Self {
        let (sin, cos) = libm::sincos(self.heading + turn / 2.0);
        let heading = libm::remainder(self.heading + turn, core::f64::consts::TAU);
        Frame {
            x: self.x + way * cos,
            y: self.y + way * sin,
            heading,
        }
    }

    /// The frame in the brain's units.
    #[must_use]
    pub fn pose(&self) -> Pose {
        Pose {
            at: Point {
                x: self.x as f32,
                y: self.y as f32,
            },
            heading: Radians(self.heading as f32),
        }
    }
}

fn approach(from: f64, to: f64, stride: f64) -> f64 {
    from + (to - from).clamp(-stride, stride)
}

/// Noise that the same seed repeats.
#[derive(Debug, Clone)]
struct Noise(fastrand::Rng);

impl Noise {
    /// About normally distributed: mean 0, deviation 1 (the sum of twelve even numbers, less six).
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.0.f64()).sum::<f64>() - 6.0
    }
}

impl PartialEq for Noise {
    fn eq(&self, other: &Self) -> bool {
        self.0.get_seed() == other.0.get_seed()
    }
}

#[cfg(test)]
mod tests;
