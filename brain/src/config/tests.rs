use super::*;
use crate::units::Metres;

/// The shipped demo robot: what most tests of the brain run on.
pub(crate) fn demo() -> Robot {
    toml::from_str(include_str!("../../../packs/demo/robot.toml")).expect("packs/demo/robot.toml parses")
}

#[test]
fn the_demo_robot_is_sound() {
    assert_eq!(demo().validate(), Vec::new());
}

#[test]
fn a_configuration_survives_the_journal() {
    let robot = demo();
    let bytes = postcard::to_stdvec(&robot).unwrap();
    assert_eq!(postcard::from_bytes::<Robot>(&bytes).unwrap(), robot);
}

#[test]
fn every_problem_is_named_with_its_remedy() {
    let check = |spoil: fn(&mut Robot), expect: &[&str]| {
        let mut robot = demo();
        spoil(&mut robot);
        let got: Vec<String> = robot.validate().iter().map(ToString::to_string).collect();
        assert_eq!(got, expect);
    };
    check(
        |r| r.thing[1].place = Some("kichen".into()),
        &[
            "thing[1] (red_cup).place: expected the name of a place, got \"kichen\"; did you mean \"kitchen\"?",
        ],
    );
    check(
        |r| {
            r.thing[2].id = "red_cup".into();
            r.policy.person_stop_m = Metres(2.0);
        },
        &[
            "thing[2].id: expected a name that thing[1] does not have already, got \"red_cup\"; rename one of the two",
            "policy.person_stop_m: expected more than 0 and less than person_slow_m, got 2; the robot must slow down \
             before it stops",
        ],
    );
}

#[test]
fn the_nearest_name_is_the_one_meant() {
    let known = ["max_speed_mps", "max_accel_mps2", "output"];
    assert_eq!(nearest("max_sped_mps", known), Some("max_speed_mps"));
    assert_eq!(nearest("outptu", known), Some("output"));
    assert_eq!(nearest("zzz", known), None);
}

#[test]
fn an_unknown_key_is_an_error() {
    let error = toml::from_str::<Robot>("name = \"x\"\n[board]\nbuad = 9600\n").unwrap_err();
    assert!(error.message().contains("unknown field `buad`"), "{error}");
}
