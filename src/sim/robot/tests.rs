//! The body keeps its limits, repeats exactly, and does with the world what a body does.

use super::*;
use crate::sim::world::{Person, Solid, Thing};
use proptest::prelude::*;

fn body() -> Body {
    Body {
        radius_m: 0.22,
        linear_mps: 0.6,
        accel_mps2: 1.0,
        turn_radps: 1.5,
        turn_accel_radps2: 3.0,
        joints: vec![
            JointBody {
                min_rad: -1.5,
                max_rad: 1.5,
                rate_radps: 2.0,
            },
            JointBody {
                min_rad: -0.6,
                max_rad: 0.6,
                rate_radps: 2.0,
            },
        ],
        opening_m: 0.10,
        gripper_mps: 0.1,
        hand_m: 0.5,
        reach_m: (0.2, 0.8),
        height_m: (0.0, 1.2),
        reach_rad: 0.5,
        range_m: 8.0,
        battery_h: (8.0, 3.0),
    }
}

fn robot() -> Robot {
    Robot::new(body(), Pose::default(), 1)
}

fn velocity(linear_mps: f64, angular_radps: f64) -> Drive {
    Drive::Velocity {
        linear_mps,
        angular_radps,
    }
}

fn cup(x: f32, y: f32) -> Thing {
    let at = Point { x, y };
    Thing {
        id: "cup".into(),
        class: "cup".into(),
        at,
        z: 0.8,
        grasp_m: 0.07,
        holder: None,
    }
}

fn run(robot: &mut Robot, world: &mut World, seconds: f64) {
    for _ in 0..(seconds / STEP_S).round() as usize {
        robot.step(world);
    }
}

#[test]
fn drives_a_metre_and_stops_within_its_braking_distance() {
    let (mut robot, mut world) = (robot(), World::default());
    robot.drive(velocity(0.6, 0.0));
    run(&mut robot, &mut world, 2.0);
    // 0.6 s to full speed, then 1.4 s at it.
    assert!(
        (robot.frame().x - (0.18 + 0.84)).abs() < 1e-9,
        "{:?}",
        robot.frame()
    );
    let before = robot.frame().x;
    robot.drive(Drive::Off);
    run(&mut robot, &mut world, 1.0);
    let way = robot.frame().x - before;
    let braking = 0.6 * 0.6 / 2.0;
    assert!(
        (way - braking).abs() < 0.6 * STEP_S,
        "{way} to stop, not {braking}"
    );
    assert_eq!(robot.velocity(), (0.0, 0.0));
    let wheels = robot.odometry().at;
    assert!((f64::from(wheels.x) - robot.frame().x).abs() < 0.01);
    assert!(f64::from(wheels.x) != robot.frame().x, "odometry without noise");
}

#[test]
fn turns_on_the_spot_to_the_left() {
    let (mut robot, mut world) = (robot(), World::default());
    robot.drive(velocity(0.0, 9.0));
    run(&mut robot, &mut world, 1.0);
    // 0.5 s to 1.5 rad/s, then 0.5 s at it.
    assert!((robot.frame().heading - 1.125).abs() < 1e-9);
    assert_eq!((robot.frame().x, robot.frame().y), (0.0, 0.0));
}

#[test]
fn a_wall_stops_it_and_backing_off_frees_it() {
    let at = Point { x: 1.5, y: 0.0 };
    let wall = Solid {
        id: "wall".into(),
        at,
        length_m: 1.0,
        width_m: 1.0,
        height_m: 2.0,
    };
    let mut world = World {
        solids: vec![wall],
        ..World::default()
    };
    let mut robot = robot();
    robot.drive(velocity(0.5, 0.0));
    run(&mut robot, &mut world, 5.0);
    assert!(robot.bumper());
    assert!(
        robot.frame().x > 0.77 && robot.frame().x <= 0.78,
        "{:?}",
        robot.frame()
    );
    assert!(robot.clearance() < 0.01);
    robot.drive(velocity(-0.5, 0.0));
    run(&mut robot, &mut world, 1.0);
    assert!(!robot.bumper());
    assert!((robot.clearance() - (1.0 - robot.frame().x - 0.22)).abs() < 1e-6);
}

#[test]
fn grips_carries_and_hands_over() {
    let mut world = World {
        things: vec![cup(0.6, 0.1)],
        ..World::default()
    };
    let mut robot = robot();
    robot.gripper(Some(0.0));
    run(&mut robot, &mut world, 2.0);
    assert_eq!(robot.holding(), Some(0));
    assert_eq!(robot.opening(), 0.07);
    robot.drive(velocity(0.5, 0.0));
    run(&mut robot, &mut world, 3.0);
    robot.drive(Drive::Off);
    run(&mut robot, &mut world, 1.0);
    assert!(
        f64::from(world.things[0].at.x) > robot.frame().x,
        "the cup came along"
    );
    let in_front = robot.frame().ahead(0.7, 0.0);
    world.persons.push(Person::standing("anna", in_front));
    robot.gripper(Some(0.1));
    run(&mut robot, &mut world, 1.0);
    assert_eq!(robot.holding(), None);
    assert_eq!(world.things[0].holder, Some(Holder::Person(0)));
}

#[test]
fn closes_on_nothing_out_of_reach() {
    for (x, y) in [(1.2, 0.0), (0.3, 0.5), (-0.5, 0.0), (0.1, 0.0)] {
        let mut world = World {
            things: vec![cup(x, y)],
            ..World::default()
        };
        let mut robot = robot();
        robot.gripper(Some(0.0));
        run(&mut robot, &mut world, 2.0);
        assert_eq!((robot.holding(), robot.opening()), (None, 0.0), "cup at {x}, {y}");
    }
}

#[test]
fn an_empty_battery_stands() {
    let (mut robot, mut world) = (
        Robot::new(
            Body {
                battery_h: (0.001, 0.001),
                ..body()
            },
            Pose::default(),
            1,
        ),
        World::default(),
    );
    robot.drive(velocity(0.5, 0.0));
    run(&mut robot, &mut world, 6.0);
    assert_eq!((robot.battery(), robot.velocity().0), (0.0, 0.0));
}

proptest! {
    /// Whatever is wished: no part moves faster, farther or more abruptly than the body allows, and the robot
    /// never stands in a wall.
    #[test]
    fn limits_hold_for_any_wish(
        wishes in prop::collection::vec(
            (-5.0..5.0f64, -9.0..9.0f64, -4.0..4.0f64, -0.2..0.3f64, 1..60usize, any::<bool>()), 1..30),
        seed in any::<u64>(),
    ) {
        let at = Point { x: 1.0, y: 0.2 };
        let solid = Solid { id: "table".into(), at, length_m: 0.8, width_m: 1.5, height_m: 0.7 };
        let mut world = World { solids: vec![solid], things: vec![cup(0.5, 0.0)], ..World::default() };
        let body = body();
        let mut robot = Robot::new(body.clone(), Pose::default(), seed);
        for (linear, angular, angle, opening, steps, off) in wishes {
            robot.drive(if off { Drive::Off } else { velocity(linear, angular) });
            robot.joint(0, Some(angle));
            robot.joint(1, Some(-angle));
            robot.gripper(Some(opening));
            for _ in 0..steps {
                let before = robot.clone();
                robot.step(&mut world);
                let slack = 1e-9;
                let ((v0, w0), (v1, w1)) = (before.velocity(), robot.velocity());
                prop_assert!(v1.abs() <= body.linear_mps && w1.abs() <= body.turn_radps);
                prop_assert!((w1 - w0).abs() <= body.turn_accel_radps2 * STEP_S + slack);
                // Only a collision stops it more abruptly than its drive could.
                prop_assert!((v1 - v0).abs() <= body.accel_mps2 * STEP_S + slack || v1 == 0.0 && robot.bumper());
                let frame = robot.frame();
                let way = libm::hypot(frame.x - before.frame().x, frame.y - before.frame().y);
                prop_assert!(way <= body.linear_mps * STEP_S + slack);
                prop_assert!(world.room(frame.x, frame.y) >= body.radius_m - slack);
                for ((now, then), joint) in robot.joints().zip(before.joints()).zip(&body.joints) {
                    prop_assert!((now - then).abs() <= joint.rate_radps * STEP_S + slack);
                    prop_assert!((joint.min_rad..=joint.max_rad).contains(&now));
                }
                prop_assert!((0.0..=body.opening_m).contains(&robot.opening()));
            }
        }
    }

    /// The same seed and wishes give the same run, bit for bit.
    #[test]
    fn runs_repeat(linear in -1.0..1.0f64, angular in -2.0..2.0f64, seed in any::<u64>()) {
        let once = || {
            let (mut robot, mut world) = (Robot::new(body(), Pose::default(), seed), World::default());
            robot.drive(velocity(linear, angular));
            run(&mut robot, &mut world, 2.0);
            robot
        };
        prop_assert_eq!(once(), once());
    }
}
