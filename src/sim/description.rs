//! The simulated robot's body and its board's outputs, from the same `robot.toml` that describes a real one.
//!
//! What the description does not tell (how fast a servo turns, how long a battery lasts) is here, with a figure of
//! the class of hardware it stands for.

use super::robot::{Body, JointBody};
use super::world::{Person, Thing, World};
use brain::config::{Robot, Switch};
use brain::units::{Degrees, Point};
use firmware_bridge::message::{Description, Output, OutputKind, SafeAction};
use heapless::String;

/// Radius of the robot on the floor: a small domestic robot of 40 cm across.
const RADIUS_M: f64 = 0.2;

/// Turn of the head's servos: a common hobby servo does 60° in 0.2 s unloaded, here half of that.
const JOINT_RADPS: f32 = 2.6;

/// Speed of the gripper's fingers.
const GRIPPER_MPS: f32 = 0.1;

/// Silence after which an output becomes safe, so that it is so within 250 ms.
const DEAD_MAN_MS: u16 = 200;

/// How much more than it promises the drive can do, so that it keeps up with a ramp at the limit.
const DRIVE_MARGIN: f64 = 1.25;

/// Width of a thing whose description has none.
const THING_M: f32 = 0.06;

/// What the board says it has, in this order: base, pan, tilt, gripper, switches, buzzer.
#[must_use]
pub fn outputs(robot: &Robot) -> Description {
    let mut description = Description {
        firmware: String::try_from("coact-sim").unwrap_or_default(),
        outputs: heapless::Vec::new(),
    };
    let mut add =
        |name: &str, kind, [min, max]: [f32; 2], max_rate, [max_turn, max_turn_rate]: [f32; 2], safe| {
            // Validation keeps names and numbers of outputs within what a board can tell; the rest is left out.
            let Ok(name) = String::try_from(name) else { return };
            let dead_man_ms = DEAD_MAN_MS;
            let output = Output {
                name,
                kind,
                min,
                max,
                max_rate,
                max_turn,
                max_turn_rate,
                safe,
                dead_man_ms,
            };
            let _ = description.outputs.push(output);
        };
    let still = [0.0; 2];
    if let Some(base) = &robot.base {
        let (speed, accel) = (base.max_speed_mps.0, base.max_accel_mps2);
        let turn = base.max_turn_dps.radians().0;
        // Full turn is reached in the same time as full speed.
        let turning = [turn, turn * accel / speed];
        add(
            &base.output,
            OutputKind::Base,
            [-speed, speed],
            accel,
            turning,
            SafeAction::Ramp { decel: accel },
        );
    }
    if let Some(head) = &robot.head {
        let range = |degrees: [Degrees; 2]| degrees.map(|angle| angle.radians().0);
        add(
            &head.pan,
            OutputKind::Joint,
            range(head.pan_range_deg),
            JOINT_RADPS,
            still,
            SafeAction::Hold,
        );
        if let Some(tilt) = &head.tilt {
            add(
                tilt,
                OutputKind::Joint,
                range(head.tilt_range_deg),
                JOINT_RADPS,
                still,
                SafeAction::Hold,
            );
        }
    }
    if let Some(gripper) = &robot.gripper {
        let range = gripper.width_m.map(|width| width.0);
        add(
            &gripper.output,
            OutputKind::Gripper,
            range,
            GRIPPER_MPS,
            still,
            SafeAction::Hold,
        );
    }
    for Switch { output, .. } in &robot.switch {
        add(
            output,
            OutputKind::Switch,
            [0.0, 1.0],
            0.0,
            still,
            SafeAction::Hold,
        );
    }
    add(
        "buzzer",
        OutputKind::Tone,
        [0.0, 3.0],
        0.0,
        still,
        SafeAction::Off,
    );
    description
}

/// The body those outputs move.
#[must_use]
pub fn body(robot: &Robot) -> Body {
    let outputs = outputs(robot).outputs;
    let base = outputs.iter().find(|output| output.kind == OutputKind::Base);
    let limit = |of: fn(&Output) -> f32| base.map_or(0.0, |base| f64::from(of(base)));
    let joints = outputs.iter().filter(|output| output.kind == OutputKind::Joint);
    let reach = robot
        .gripper
        .as_ref()
        .map_or(0.0, |gripper| f64::from(gripper.reach_m.0));
    Body {
        radius_m: RADIUS_M,
        linear_mps: limit(|base| base.max),
        accel_mps2: limit(|base| base.max_rate) * DRIVE_MARGIN,
        turn_radps: limit(|base| base.max_turn),
        turn_accel_radps2: limit(|base| base.max_turn_rate) * DRIVE_MARGIN,
        joints: joints
            .map(|joint| JointBody {
                min_rad: joint.min.into(),
                max_rad: joint.max.into(),
                rate_radps: joint.max_rate.into(),
            })
            .collect(),
        opening_m: robot
            .gripper
            .as_ref()
            .map_or(0.0, |gripper| f64::from(gripper.width_m[1].0)),
        gripper_mps: GRIPPER_MPS.into(),
        hand_m: reach,
        // A light arm bends a forearm's length to either side of where it grips best.
        reach_m: ((reach - 0.3).max(RADIUS_M / 2.0), reach + 0.25),
        reach_rad: 0.5,
        height_m: robot.gripper.as_ref().map_or((0.0, 0.0), |gripper| {
            let [low, high] = gripper.height_m;
            (low.0.into(), high.0.into())
        }),
        range_m: 8.0,
        battery_h: (8.0, 3.0),
    }
}

impl World {
    /// What the robot's own map tells of its place: movable things and persons on an open floor.
    #[must_use]
    pub fn of(robot: &Robot) -> Self {
        let things = robot
            .thing
            .iter()
            .filter(|thing| thing.movable)
            .filter_map(|thing| {
                let [x, y, z] = thing.at?;
                Some(Thing {
                    id: thing.id.clone(),
                    class: thing.class.clone(),
                    at: Point { x, y },
                    z: z.into(),
                    grasp_m: thing.width_m.map_or(THING_M, |width| width.0).into(),
                    holder: None,
                })
            });
        let persons = robot.person.iter().filter_map(|person| {
            let [x, y] = person.at?;
            Some(Person::standing(&person.id, Point { x, y }))
        });
        World {
            things: things.collect(),
            persons: persons.collect(),
            ..World::default()
        }
    }

    /// This world with what `more` describes: a thing or person of the same id is replaced, the rest is added.
    #[must_use]
    pub fn with(mut self, more: World) -> Self {
        self.solids.extend(more.solids);
        self.photos.extend(more.photos);
        self.things
            .retain(|thing| more.things.iter().all(|other| other.id != thing.id));
        self.things.extend(more.things);
        self.persons
            .retain(|person| more.persons.iter().all(|other| other.id != person.id));
        self.persons.extend(more.persons);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Options, Simulation};

    #[test]
    fn the_demo_board_says_what_the_demo_robot_has() {
        let options = Options::demo().unwrap();
        let outputs = outputs(&options.robot).outputs;
        let said: Vec<_> = outputs
            .iter()
            .map(|output| {
                format!(
                    "{} {:?} {:.2}..{:.2} {:?}",
                    output.name, output.kind, output.min, output.max, output.safe
                )
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"), @"
base Base -0.50..0.50 Ramp { decel: 0.8 }
pan Joint -1.48..1.48 Hold
tilt Joint -0.52..0.52 Hold
gripper Gripper 0.00..0.10 Hold
light Switch 0.00..1.00 Hold
buzzer Tone 0.00..3.00 Off
");
    }

    #[test]
    fn the_demo_flat_can_be_driven_through() {
        let options = Options::demo().unwrap();
        let world = &options.world;
        let free = |from: (f32, f32), to: (f32, f32), what: &str| {
            for step in 0..=1000 {
                let t = f64::from(step) / 1000.0;
                let x = f64::from(from.0) + t * f64::from(to.0 - from.0);
                let y = f64::from(from.1) + t * f64::from(to.1 - from.1);
                assert!(
                    world.room(x, y) > RADIUS_M + 0.1,
                    "{what}: blocked at {x:.2}, {y:.2}"
                );
            }
        };
        free((0.0, 0.0), (12.0, 0.0), "12 m ahead of the start");
        let robot = &options.robot;
        let places = robot
            .place
            .iter()
            .map(|place| (&place.id, (place.x, place.y), &place.connects));
        let waypoints = robot
            .waypoint
            .iter()
            .map(|point| (&point.id, (point.x, point.y), &point.connects));
        let nodes: Vec<_> = places.chain(waypoints).collect();
        for (id, at, connects) in &nodes {
            for to in connects
                .iter()
                .filter_map(|to| nodes.iter().find(|(id, ..)| *id == to))
            {
                // The television stands before the balcony's door, which is forbidden anyway.
                if *id != "balcony" {
                    free(*at, to.1, &format!("{id} to {}", to.0));
                }
            }
        }
        for thing in &world.things {
            assert!(
                world.surface(thing.at) <= thing.z + 1e-6,
                "{} is inside of something",
                thing.id
            );
        }
        assert_eq!(Simulation::new(&options).board().world.things.len(), 6);
    }
}
