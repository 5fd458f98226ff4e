use super::Knows;
use super::toy::Toy;
use crate::act::Status;
use crate::config::tests::demo;
use crate::message::{Detection, Effect, Event, Latch, Sight, Source, StopCause, Utterance};
use crate::reading::{Outcome, Reason};
use crate::reply::Reply;
use crate::units::{Metres, Now, Radians, Score, UtteranceId};
use firmware_bridge::message::BoardState;

/// A reply in a few lines: what becomes of it, what was bound, what is planned.
fn told(reply: &Reply) -> String {
    let mut text = format!("{:?}", reply.outcome);
    if let Some(reason) = reply.reason {
        text.push_str(&format!(" ({reason:?})"));
    }
    if let Some(say) = &reply.say {
        text.push_str(&format!(": {say}"));
    }
    for goal in &reply.goals {
        for bound in &goal.roles {
            if let Some(target) = &bound.target {
                let id = target.id.as_deref().unwrap_or("-");
                text.push_str(&format!(
                    "\n  {} = {id} ({}; {})",
                    bound.filler.role.name(),
                    target.label,
                    target.chosen
                ));
            }
        }
    }
    if let Some(verdict) = &reply.verdict
        && !verdict.rules.is_empty()
    {
        text.push_str(&format!("\n  rules: {}", verdict.rules.join(", ")));
    }
    if let Some(plan) = &reply.plan {
        text.push('\n');
        text.push_str(&plan.to_string());
    }
    text
}

/// What a fresh robot would answer to each of these.
fn asked(all: &[&str]) -> String {
    all.iter().fold(String::new(), |mut text, marked| {
        let mut toy = Toy::new(demo());
        let reply = toy.tell(marked, Source::Typed, true);
        text.push_str(&format!("> {}\n{}\n\n", reply.reading.text, told(&reply)));
        text
    })
}

#[test]
fn plans_read_like_the_command() {
    insta::assert_snapshot!(asked(&[
        "[motion go] [goal to the *kitchen]",
        "[bringing bring] [beneficiary *me] [theme the red *cup]",
        "[bringing bring] [theme the *cup on the shelf] [goal to the *kitchen]",
        "[motion go] [goal to the *bedroom] and [taking take] [theme the *book]",
        "[change_operational_state turn on] [device the *light]",
        "[counting count] [theme the *chairs] [ground in the *kitchen]",
        "[giving give] [recipient *Anna] [theme the *book]",
        "[locating find] [sought_entity my *phone] [ground in the *bedroom]",
    ]));
}

#[test]
fn what_cannot_be_is_refused_and_what_is_unclear_is_asked() {
    insta::assert_snapshot!(asked(&[
        "[bringing bring] [beneficiary *me] [theme the *cup]",
        "[bringing bring] [beneficiary *me] [theme the *flurble]",
        "[bringing bring] [beneficiary *me] [theme the green *cup]",
        "[closure open] [containing_object the *fridge]",
        "[motion go] [goal to the *balcony]",
        "[giving give] [theme the *knife] [recipient to *Leo]",
        "[taking take] [theme the *vase]",
        "[taking take] [theme the *couch]",
        "[motion go] [direction forward] [distance 50 metres]",
        "[change_operational_state turn on] [device the *tv]",
    ]));
}

#[test]
fn a_command_drives_the_robot_to_the_kitchen() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[motion go] [goal to the *kitchen]");
    assert_eq!(reply.outcome, Outcome::Act);
    let seconds = toy.finish();
    let at = toy.pose().at;
    assert!(
        (at.x - 6.0).abs() < 0.15 && (at.y + 3.0).abs() < 0.15,
        "{at:?} after {seconds} s: {:?}",
        toy.said()
    );
    assert!(seconds < 45.0, "{seconds} s");
    assert_eq!(toy.said(), ["Done."]);
}

#[test]
fn an_ambiguous_cup_is_asked_for_fetched_and_brought() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[bringing bring] [beneficiary *me] [theme the *cup]");
    assert_eq!(
        (reply.outcome, reply.reason),
        (Outcome::Ask, Some(Reason::AmbiguousTarget))
    );
    assert!(!toy.state.busy());
    let reply = toy.say("the red one");
    assert_eq!(reply.outcome, Outcome::Act, "{}", told(&reply));
    toy.finish();
    assert_eq!(toy.said(), ["Here you are.", "Done."]);
    assert!(toy.held.is_none() && toy.state.held.is_none());
    let (_, range) = toy.pose().sight(crate::units::Point { x: -1.2, y: 0.0 });
    assert!((0.9..1.3).contains(&range.0), "{range:?} from the speaker");
}

#[test]
fn a_yes_is_asked_for_what_breaks() {
    let mut toy = Toy::new(demo());
    assert_eq!(
        toy.say("[taking take] [theme the *vase]").reason,
        Some(Reason::NeedsConfirmation)
    );
    assert_eq!(toy.say("no").outcome, Outcome::Act);
    assert!(!toy.state.busy());
    assert_eq!(toy.say("yes").reason, Some(Reason::NothingOpen));
    toy.say("[taking take] [theme the *vase]");
    let reply = toy.say("yes");
    assert_eq!(
        reply.verdict.as_ref().map(|v| v.rules.join(",")),
        Some("fragile_needs_yes".into())
    );
    toy.finish();
    assert!(toy.held.is_some());
    assert_eq!(
        toy.state.held.as_ref().and_then(|t| t.id.as_deref()),
        Some("vase")
    );
}

#[test]
fn stop_ends_everything_and_the_next_command_goes_on() {
    let mut toy = Toy::new(demo());
    toy.say("[motion go] [goal to the *kitchen]");
    toy.run(3.0);
    assert!(toy.telemetry.linear_mps > 0.3);
    toy.say("stop");
    assert_eq!(toy.state.body.latch, Latch::Halt);
    assert!(!toy.state.busy());
    toy.run(0.5);
    assert_eq!(toy.telemetry.linear_mps, 0.0);
    let before = toy.pose();
    toy.run(5.0);
    assert_eq!(toy.pose(), before);
    toy.say("[change_direction turn] [direction left]");
    assert_eq!(toy.state.body.latch, Latch::Open);
    toy.finish();
    assert!(
        (toy.pose().heading.degrees() - before.heading.degrees() - 90.0).abs() < 3.0,
        "{:?}",
        toy.pose()
    );
}

#[test]
fn a_lost_link_drops_the_plan_for_good() {
    let mut toy = Toy::new(demo());
    toy.say("[motion go] [goal to the *kitchen]");
    toy.run(2.0);
    toy.connected = false;
    toy.event(Event::BoardDown("unplugged".into()));
    assert!(!toy.state.busy());
    assert_eq!(
        toy.say("[motion go] [goal to the *kitchen]").reason,
        Some(Reason::NoLink)
    );
    toy.run(0.5);
    toy.connect();
    let before = toy.pose();
    toy.run(3.0);
    assert_eq!(toy.pose(), before);
}

#[test]
fn a_bumper_stops_until_it_is_free_and_somebody_says_so() {
    let mut toy = Toy::new(demo());
    toy.say("[motion go] [goal to the *kitchen]");
    toy.run(2.0);
    toy.telemetry.bumper = true;
    toy.tick();
    assert_eq!(toy.state.body.latch, Latch::Protective);
    assert_eq!(
        toy.say("[motion go] [goal to the *kitchen]").reason,
        Some(Reason::Stopped)
    );
    toy.event(Event::Resume);
    assert_eq!(toy.state.body.latch, Latch::Protective);
    toy.telemetry.bumper = false;
    toy.tick();
    toy.event(Event::Resume);
    assert_eq!(toy.state.body.latch, Latch::Open);
    assert!(!toy.state.busy());
}

#[test]
fn an_emergency_stop_is_cleared_on_the_board_first() {
    let mut toy = Toy::new(demo());
    toy.say("[motion go] [goal to the *kitchen]");
    toy.run(2.0);
    toy.telemetry.stop_input = true;
    toy.tick();
    assert_eq!(
        (toy.state.body.latch, toy.telemetry.state),
        (Latch::Emergency, BoardState::Stopped)
    );
    toy.event(Event::Resume);
    assert_eq!(toy.state.body.latch, Latch::Emergency);
    assert_eq!(toy.say("yes").reason, Some(Reason::NothingOpen));
    toy.telemetry.stop_input = false;
    toy.tick();
    toy.event(Event::Stop(StopCause::Halt));
    assert_eq!(toy.state.body.latch, Latch::Emergency);
    toy.event(Event::Resume);
    toy.tick();
    assert_eq!(toy.state.body.latch, Latch::Open);
}

#[test]
fn a_question_is_dropped_when_nobody_answers() {
    let mut toy = Toy::new(demo());
    toy.say("[bringing bring] [beneficiary *me] [theme the *cup]");
    toy.run(31.0);
    assert_eq!(toy.said(), ["Nobody answered, so I will leave it."]);
    assert_ne!(toy.say("the red one").outcome, Outcome::Act);
}

#[test]
fn what_was_done_can_be_undone() {
    let mut toy = Toy::new(demo());
    toy.say("[change_operational_state turn on] [device the *light]");
    toy.finish();
    assert_eq!(toy.telemetry.switches, 16);
    let reply = toy.say("undo that");
    toy.finish();
    assert_eq!(toy.telemetry.switches, 0, "{}", told(&reply));
}

/// One detection: label, colour, `[x, y, width, height]` in a picture of 640 by 480 with 62 degrees across, range.
pub(super) fn seen(label: &str, color: &str, bbox: [f32; 4], range: Option<f32>) -> Detection {
    let middle = bbox[0] + bbox[2] / 2.0;
    Detection {
        label: label.into(),
        score: Score(0.8),
        bbox,
        colors: vec![color.into()],
        bearing: Radians::from_degrees((320.0 - middle) / 640.0 * 62.0),
        elevation: Radians(0.0),
        range: range.map(Metres),
    }
}

/// A picture with these detections in it.
pub(super) fn sight(now: Now, detections: Vec<Detection>) -> Event {
    Event::Sight(Sight {
        taken: now,
        size: (640, 480),
        pan: Radians(0.0),
        tilt: Radians(0.0),
        detections,
    })
}

#[test]
fn words_are_bound_to_what_the_picture_shows() {
    let mut text = String::new();
    for marked in [
        "[taking take] [theme the red *cup]",
        "[taking take] [theme the *cup on the left]",
        "[taking take] [theme the *cup]",
        "[taking take] [theme a *cup]",
        "[taking take] [theme the *mug next to the bottle]",
        "[taking take] [theme the *cup on the table]",
        "[taking take] [theme the biggest *cup]",
        "[bringing bring] [beneficiary *me] [theme something to *drink]",
        "[taking take] [theme the *banana]",
        "[taking take] [theme the green *cup]",
        "[locating find] [sought_entity the *dog]",
        "[counting count] [theme the *cups]",
        "[motion go] [goal to the *person]",
        "it: [taking prendi] [theme la *tazza rossa]",
        "zh: [taking 拿] [theme 左边的杯子]",
    ] {
        let mut toy = Toy::new(demo());
        toy.state.knows = Knows::Picture;
        toy.event(sight(
            toy.now,
            vec![
                seen("dining table", "brown", [100.0, 250.0, 300.0, 200.0], Some(2.0)),
                seen("cup", "red", [150.0, 220.0, 40.0, 50.0], Some(1.8)),
                seen("cup", "blue", [450.0, 300.0, 70.0, 90.0], Some(1.5)),
                seen("bottle", "green", [540.0, 250.0, 40.0, 120.0], Some(1.6)),
                seen("person", "black", [600.0, 50.0, 40.0, 300.0], Some(3.0)),
            ],
        ));
        let reply = toy.tell(marked, Source::Typed, true);
        text.push_str(&format!("> {}\n{}\n\n", reply.reading.text, told(&reply)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn harm_is_refused_before_any_question() {
    let mut text = String::new();
    for marked in [
        "[bringing bring] [theme the *cup] [goal to the *balcony]",
        "[giving give] [recipient the *baby] [theme the *scissors]",
        "[pouring pour] [theme the hot *coffee] [goal over *Anna]",
        "[pouring pour] [theme the *water] [goal on the *laptop]",
        "[placing put] [theme the *fork] [goal in the *microwave]",
        "[manipulation hit] [entity the *dog]",
        "[manipulation throw] [entity the *vase]",
        "[bringing bring] [theme the *bleach] [beneficiary to the *child]",
        "[placing put] [theme the *gasoline] [goal next to the *stove]",
        "[taking take] [theme the *gun]",
        "[change_operational_state disable] [device the emergency *stop button]",
        "[motion go] [goal to the *kitchen] [speed at 3 metres per second]",
        // These are fine.
        "[taking take] [theme the *bottle]",
        "[giving give] [theme the *book] [recipient to *Leo]",
        "[placing put] [theme the *bottle] [goal on the *shelf]",
    ] {
        let mut toy = Toy::new(demo());
        let reply = toy.tell(marked, Source::Typed, true);
        let rules = reply
            .verdict
            .as_ref()
            .map(|v| v.rules.join(", "))
            .unwrap_or_default();
        text.push_str(&format!(
            "{}: {:?} [{rules}]\n",
            reply.reading.text, reply.outcome
        ));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn somebody_near_slows_it_and_somebody_close_stops_it() {
    let mut toy = Toy::new(demo());
    toy.say("[motion go] [goal to the *kitchen]");
    let look = |toy: &mut Toy, range: f32| {
        let event = sight(
            toy.now,
            vec![seen("person", "black", [300.0, 50.0, 40.0, 300.0], Some(range))],
        );
        toy.event(event);
    };
    let steps = |toy: &mut Toy, range: f32| {
        for _ in 0..100 {
            look(toy, range);
            toy.tick();
        }
    };
    steps(&mut toy, 4.0);
    assert!(toy.telemetry.linear_mps > 0.45);
    steps(&mut toy, 1.2);
    assert!(
        (0.1..0.16).contains(&toy.telemetry.linear_mps),
        "{}",
        toy.telemetry.linear_mps
    );
    steps(&mut toy, 0.4);
    assert_eq!(
        (toy.state.body.latch, toy.telemetry.linear_mps),
        (Latch::Protective, 0.0)
    );
    toy.event(Event::Resume);
    assert_eq!(toy.state.body.latch, Latch::Protective);
    steps(&mut toy, 3.0);
    assert_eq!(toy.say("yes").outcome, Outcome::Act);
    assert_eq!(toy.state.body.latch, Latch::Open);
}

#[test]
fn a_camera_that_goes_blind_stops_a_moving_robot() {
    let mut toy = Toy::new(demo());
    let see = |toy: &mut Toy| {
        let event = sight(toy.now, Vec::new());
        toy.event(event);
    };
    toy.say("[motion go] [goal to the *kitchen]");
    for _ in 0..6 {
        see(&mut toy);
        toy.run(0.4);
    }
    assert!(
        toy.telemetry.linear_mps > 0.45,
        "pictures in time slow nothing down"
    );
    // It stands by the time the picture is stale, and goes on when the next comes.
    toy.run(1.5);
    assert_eq!(
        (toy.state.body.latch, toy.telemetry.linear_mps),
        (Latch::Open, 0.0)
    );
    see(&mut toy);
    toy.run(0.4);
    assert!(toy.telemetry.linear_mps > 0.2);
    toy.run(6.5);
    assert_eq!(
        (toy.state.body.latch, toy.telemetry.linear_mps),
        (Latch::Protective, 0.0)
    );
}

#[test]
fn a_camera_that_never_delivers_keeps_the_robot_from_driving() {
    let mut toy = Toy::new(demo());
    toy.state.watches = true;
    let start = toy.pose();
    toy.say("[motion go] [goal to the *kitchen]");
    toy.run(6.5);
    assert_eq!(toy.pose(), start, "it drove without having seen anything");
    assert_eq!(toy.state.body.latch, Latch::Protective);
    assert_eq!(
        toy.state.body.cause.as_deref(),
        Some("the camera has no fresh picture")
    );
}

#[test]
fn a_thing_is_found_by_turning_the_head_and_given_up_with_words() {
    let mut toy = Toy::new(demo());
    toy.say("[locating find] [sought_entity the *dog]");
    let mut found = false;
    for tick in 0..3000 {
        if !toy.state.busy() {
            break;
        }
        // The dog sits 50 degrees to the left; the camera sees 62.
        let pan = toy.telemetry.joints_rad[0];
        let bearing = Radians::from_degrees(50.0).0 - toy.pose().heading.0 - pan;
        if tick % 10 == 0 {
            let mut dog = seen("dog", "brown", [300.0, 200.0, 40.0, 40.0], Some(2.0));
            dog.bearing = Radians(bearing);
            let detections = if bearing.abs() < 0.5 {
                vec![dog]
            } else {
                Vec::new()
            };
            found |= !detections.is_empty();
            let taken = toy.now;
            toy.event(Event::Sight(Sight {
                taken,
                size: (640, 480),
                pan: Radians(pan),
                tilt: Radians(0.0),
                detections,
            }));
        }
        toy.tick();
    }
    assert!(found);
    assert_eq!(toy.said(), ["I see a dog: 2.0 m away, to the left.", "Done."]);

    let mut toy = Toy::new(demo());
    toy.say("[locating find] [sought_entity the *dog]");
    toy.finish();
    insta::assert_snapshot!(toy.said().join("\n"), @"I could not do it (look for the dog): I looked around and see no dog.");
}

#[test]
fn a_failed_grip_is_tried_once_more() {
    let mut toy = Toy::new(demo());
    toy.things.clear();
    toy.say("[taking take] [theme the *bottle]");
    toy.finish();
    let recoveries = toy
        .effects
        .iter()
        .filter(|(_, e)| matches!(e, Effect::Progress(p) if p.status == Status::Recovering))
        .count();
    assert_eq!(recoveries, 1);
    insta::assert_snapshot!(toy.said().join("\n"), @"I could not do it (take the brown bottle): I gripped nothing.");
}

#[test]
fn it_remembers_what_was_said_and_what_it_was_told() {
    let mut toy = Toy::new(demo());
    toy.say("[taking take] [theme the *book]");
    toy.finish();
    let reply = toy.say("[placing put] [theme *it] [goal on the kitchen *table]");
    insta::assert_snapshot!(told(&reply));
    toy.finish();
    let reply = toy.tell(
        "[bringing bring] [theme the *book on the table]",
        Source::Typed,
        true,
    );
    assert_eq!(reply.outcome, Outcome::Act, "{}", told(&reply));
    toy.say("[motion go] [direction forward] [distance 1 metre]");
    toy.finish();
    toy.say("[being_in_category!description this is] [category the *workshop]");
    toy.finish();
    toy.say("[motion go] [goal to the *hall]");
    toy.finish();
    let reply = toy.say("[motion go] [goal to the *workshop]");
    assert_eq!(reply.outcome, Outcome::Act, "{}", told(&reply));
}

#[test]
fn it_answers_in_the_language_it_was_spoken_to() {
    let mut text = String::new();
    for marked in [
        "it: [bringing portami] [theme la *tazza]",
        "it: [motion vai] [goal in *cucina]",
        "it: [motion vai] [goal sul *balcone]",
        "zh: [bringing 拿] [theme 杯子]",
        "zh: [motion 去] [goal 厨房]",
    ] {
        let mut toy = Toy::new(demo());
        let reply = toy.tell(marked, Source::Typed, true);
        text.push_str(&format!("> {}\n{}\n\n", reply.reading.text, told(&reply)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_correction_changes_the_last_command() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[taking take] [theme the red *cup]");
    assert_eq!(reply.outcome, Outcome::Act);
    toy.run(1.0);
    let reply = toy.say("no, the blue cup");
    assert_eq!(reply.said, "no, the blue cup");
    assert_eq!(
        reply.goals[0].roles[0]
            .target
            .as_ref()
            .and_then(|t| t.id.as_deref()),
        Some("blue_cup"),
        "{}",
        told(&reply)
    );
    toy.finish();
    assert_eq!(
        toy.state.held.as_ref().and_then(|t| t.id.as_deref()),
        Some("blue_cup")
    );
}

#[test]
fn slowly_is_slow_and_fast_raises_no_limit() {
    let check = |marked: &str, low: f32, high: f32| {
        let mut toy = Toy::new(demo());
        toy.say(marked);
        toy.run(3.0);
        assert!(
            (low..=high).contains(&toy.telemetry.linear_mps),
            "{marked}: {}",
            toy.telemetry.linear_mps
        );
    };
    check("[motion go] [manner slowly] [goal to the *kitchen]", 0.15, 0.21);
    check("[motion go] [goal to the *kitchen]", 0.45, 0.5);
    check("[motion go] [manner quickly] [goal to the *kitchen]", 0.45, 0.5);
}

#[test]
fn a_yes_to_a_doubt_is_no_yes_to_a_danger() {
    let mut toy = Toy::new(demo());
    let mut reading = toy
        .tell("[taking take] [theme the *vase]", Source::Typed, true)
        .reading;
    reading.outcome = Outcome::Ask;
    reading.reason = Some(Reason::LowConfidence);
    let utterance = Utterance {
        id: UtteranceId(90),
        text: reading.text.clone(),
        source: Source::Typed,
        tags: None,
        dry_run: false,
        heard: None,
    };
    super::step_reading(&mut toy.state, toy.now, &utterance, reading);
    let reply = toy.say("yes");
    assert_eq!(reply.reason, Some(Reason::NeedsConfirmation), "{}", told(&reply));
    assert_eq!(toy.say("yes").outcome, Outcome::Act);
    assert!(toy.state.busy());
}
