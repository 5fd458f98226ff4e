use super::toy::Toy;
use crate::config::tests::demo;
use crate::message::{Event, Latch, Source, StopCause};
use crate::reading::{Outcome, Reason};
use crate::reply::Reply;
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
    assert!((0.6..1.0).contains(&range.0), "{range:?} from the speaker");
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
