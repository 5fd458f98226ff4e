//! Conversations: what one utterance means after another, and what the robot says of itself.

use super::tests::{seen, sight};
use super::toy::Toy;
use crate::config::tests::demo;
use crate::message::{Event, StopCause};
use crate::reading::{Act, Outcome, Reason};
use crate::reply::Reply;
use crate::understand::packs::Pack;
use crate::understand::packs::tests::{barista, pack};

/// Says each line and compares outcome and words; a line that begins with `~` waits until the plan has ended.
fn check(toy: &mut Toy, lines: &[(&str, Outcome, &str)]) {
    for (said, outcome, expected) in lines {
        let (wait, said) = said.strip_prefix('~').map_or((false, *said), |rest| (true, rest));
        if wait {
            toy.finish();
            toy.run(0.1);
            toy.finish();
        }
        let reply = toy.say(said);
        let words = reply.say.clone().unwrap_or_default();
        assert_eq!(reply.outcome, *outcome, "{said}: {words}");
        assert!(
            words.contains(expected),
            "{said}: {words:?}, expected {expected:?}"
        );
    }
}

fn target<'a>(reply: &'a Reply, role: &str) -> Option<&'a str> {
    let roles = reply.goals.iter().flat_map(|goal| &goal.roles);
    let bound = roles
        .filter(|bound| bound.filler.role.name() == role)
        .find_map(|bound| bound.target.as_ref())?;
    bound.id.as_deref()
}

#[test]
fn it_tells_of_itself_from_its_state() {
    let mut toy = Toy::new(demo());
    check(
        &mut toy,
        &[
            ("what can you do", Outcome::Act, "I can go places"),
            ("it: che cosa sai fare", Outcome::Act, "So andare nei posti"),
            ("what is your name", Outcome::Act, "My name is"),
            ("where are you", Outcome::Act, "I am in the hall"),
            ("zh: 你在哪里", Outcome::Act, "我在"),
            ("what are you doing", Outcome::Act, "Nothing"),
            ("what did you just do", Outcome::Act, "not done anything"),
            ("what are you holding", Outcome::Act, "Nothing"),
            ("why did you stop", Outcome::Act, "not done anything"),
            ("what do you know", Outcome::Act, "kitchen"),
            ("is a bottle a drink", Outcome::Act, "Yes."),
            ("is the bottle a drink", Outcome::Act, "Yes."),
            (
                "what is in the living room",
                Outcome::Act,
                "In the living room: blue cup, ",
            ),
            ("what is in the bathroom", Outcome::Act, "Nothing that I know of"),
            ("what is a drink", Outcome::Act, "Drink, as far as I know: "),
            ("what do you see", Outcome::Act, "have not seen a picture"),
            ("do you see a cup", Outcome::Act, "have not seen a picture"),
            ("[motion go] [goal to the *kitchen]", Outcome::Act, ""),
        ],
    );
    toy.run(1.0);
    check(
        &mut toy,
        &[(
            "what are you doing",
            Outcome::Act,
            "Step 1 of 1: go to the kitchen",
        )],
    );
    assert!(toy.state.busy(), "a question does not stop the robot");
    check(
        &mut toy,
        &[("why did you stop", Outcome::Act, "I have not stopped")],
    );
    check(&mut toy, &[("stop", Outcome::Act, "")]);
    check(
        &mut toy,
        &[
            ("why did you stop", Outcome::Act, "Because you said stop."),
            ("it: perché ti sei fermato", Outcome::Act, "hai detto stop"),
            (
                "why did you do that",
                Outcome::Act,
                "Because you said: “go to the kitchen”.",
            ),
            ("[motion go] [goal to the *balcony]", Outcome::Refuse, "balcony"),
            ("why not", Outcome::Act, "balcony"),
            ("[motion go] [goal to the *kitchen]", Outcome::Act, ""),
            (
                "~what did you just do",
                Outcome::Act,
                "I did this: go to the kitchen",
            ),
            ("where are you", Outcome::Act, "I am in the kitchen."),
            (
                "why did you stop",
                Outcome::Act,
                "Because I was done: go to the kitchen.",
            ),
        ],
    );
    check(&mut toy, &[("[motion go] [goal to the *hall]", Outcome::Act, "")]);
    toy.run(0.5);
    toy.event(Event::Stop(StopCause::StaleCamera));
    check(
        &mut toy,
        &[(
            "why are you not moving",
            Outcome::Act,
            "the camera has no fresh picture",
        )],
    );
}

#[test]
fn it_tells_what_is_in_the_newest_picture() {
    let mut toy = Toy::new(demo());
    let cup = |x: f32| seen("cup", "red", [x, 200.0, 40.0, 50.0], None);
    for _ in 0..3 {
        toy.event(sight(toy.now, vec![cup(100.0), cup(400.0)]));
    }
    check(
        &mut toy,
        &[
            ("what do you see", Outcome::Act, "I see 2 cups."),
            ("do you see any cups", Outcome::Act, "Yes, I see 2 cups."),
            ("can you see a dog", Outcome::Act, "No, I see no dog now."),
            ("it: vedi una tazza", Outcome::Act, "Sì, vedo 2 "),
        ],
    );
}

#[test]
fn questions_are_answered_from_packs_with_their_source() {
    let mut toy = Toy::new(demo());
    toy.event(Event::Packs(vec![barista()]));
    let reply = toy.say("What sizes do you have?");
    let answer = reply.reading.answer.clone().unwrap();
    assert_eq!(
        (reply.reading.act, answer.source.as_str()),
        (Act::Question, "menu")
    );
    check(
        &mut toy,
        &[
            ("what kinds of milk do you have", Outcome::Act, "soy milk"),
            ("what is a latte", Outcome::Act, "coffee"),
            ("is a latte a drink", Outcome::Act, "Yes."),
            ("is a mocha a fruit", Outcome::Act, "Not that I know."),
            ("where is the coffee machine", Outcome::Act, "in the kitchen"),
            ("what can you do", Outcome::Act, "take coffee orders"),
        ],
    );
    let unknown = toy.say("what is a flurble");
    assert!(
        unknown.outcome != Outcome::Act && unknown.reading.answer.is_none(),
        "{unknown:?}"
    );
}

#[test]
fn an_order_is_completed_by_the_answer() {
    let mut toy = Toy::new(demo());
    toy.event(Event::Packs(vec![barista()]));
    check(
        &mut toy,
        &[
            (
                "give me a large dark roast",
                Outcome::Ask,
                "Which drink would you like",
            ),
            ("what sizes do you have", Outcome::Act, "Small"),
            ("a cappuccino please", Outcome::Act, ""),
        ],
    );
    toy.finish();
    toy.run(0.2);
    assert!(
        toy.said().contains(&"One large dark roast cappuccino."),
        "{:?}",
        toy.said()
    );
    check(
        &mut toy,
        &[
            (
                "I want a latte with oat milk",
                Outcome::Ask,
                "I do not know “oat milk”",
            ),
            ("soy milk then", Outcome::Act, ""),
            ("get me a tea", Outcome::Ask, "I do not know “tea”"),
            ("never mind", Outcome::Act, ""),
        ],
    );
    toy.finish();
    assert!(
        toy.said().contains(&"One latte with soy milk."),
        "{:?}",
        toy.said()
    );
}

/// A skill of one's own: what it does goes through the guard.
#[test]
fn a_taught_skill_is_done_and_guarded() {
    let mut night: Pack = pack(
        "name = \"home\"\n[[frame]]\nname = \"night\"\nphrases = [\"good night\"]\nsays = \"Sleep well.\"\n\
         does = [\"go to the kitchen\"]\n[[frame]]\nname = \"air\"\nphrases = [\"some fresh air\"]\ndoes = [\"go to the balcony\"]\n",
    );
    let read = |marked: &str| crate::understand::sketch::sketch(marked).tasks();
    night.frames[0].does[0].tasks = read("[motion go] [goal to the *kitchen]");
    night.frames[1].does[0].tasks = read("[motion go] [goal to the *balcony]");
    let mut toy = Toy::new(demo());
    toy.event(Event::Packs(vec![night]));
    let reply = toy.say("Good night!");
    assert_eq!(
        (reply.outcome, reply.reading.tasks[0].frame.name()),
        (Outcome::Act, "night")
    );
    toy.finish();
    assert_eq!(toy.said(), ["Sleep well.", "Done."]);
    let reply = toy.say("some fresh air");
    assert_eq!(
        (reply.outcome, reply.reason),
        (Outcome::Refuse, Some(Reason::Unsafe))
    );
    assert!(!toy.state.busy());
}

#[test]
fn it_and_there_and_him_are_what_was_spoken_of() {
    let mut toy = Toy::new(demo());
    toy.say("[taking take] [theme the *book]");
    toy.finish();
    let reply = toy.say("[bringing bring] [theme *it] [goal to the *kitchen]");
    assert_eq!(
        (target(&reply, "theme"), target(&reply, "goal")),
        (Some("book"), Some("kitchen"))
    );
    let reply = toy.say("[motion go] [goal *there]");
    assert_eq!(target(&reply, "goal"), Some("kitchen"));
    toy.say("[cotheme follow] [cotheme *Anna]");
    let reply = toy.say("[giving give] [theme the *book] [recipient to *her]");
    assert_eq!(
        target(&reply, "recipient"),
        target(&toy.say("[cotheme follow] [cotheme *Anna]"), "cotheme")
    );
}

#[test]
fn another_thing_joins_the_last_command() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[bringing bring] [beneficiary *me] [theme the red *cup]");
    assert_eq!(reply.outcome, Outcome::Act);
    toy.run(1.0);
    check(&mut toy, &[("and the blue cup too", Outcome::Act, "After this.")]);
    toy.finish();
    assert_eq!(toy.said(), ["Here you are.", "Done.", "Here you are.", "Done."]);
    // A stop ends what waits, too.
    toy.say("[motion go] [goal to the *kitchen]");
    toy.run(1.0);
    check(
        &mut toy,
        &[
            ("and the hall too", Outcome::Act, "After this."),
            ("stop", Outcome::Act, ""),
        ],
    );
    toy.run(0.5);
    assert!(!toy.state.busy() && toy.state.dialogue.next.is_none());
}

#[test]
fn a_drive_is_undone_by_going_back() {
    let mut toy = Toy::new(demo());
    let began = toy.pose().at;
    toy.say("[motion go] [goal to the *kitchen]");
    toy.finish();
    let reply = toy.say("undo that");
    assert_eq!(reply.outcome, Outcome::Act, "{:?}", reply.say);
    toy.finish();
    assert!(toy.pose().at.distance(began).0 < 0.2, "{:?}", toy.pose().at);
}

#[test]
fn what_still_runs_is_undone_before_what_has_ended() {
    let mut toy = Toy::new(demo());
    toy.say("[motion go] [goal to the *kitchen]");
    toy.finish();
    let began = toy.pose().at;
    toy.say("[motion go] [goal to the *hall]");
    for _ in 0..100 {
        if toy.pose().at.distance(began).0 < 1.0 {
            toy.run(0.1);
        }
    }
    assert!(toy.state.busy() && toy.pose().at.distance(began).0 >= 1.0);
    let reply = toy.say("undo that");
    assert_eq!(reply.outcome, Outcome::Act, "{:?}", reply.say);
    toy.finish();
    assert!(toy.pose().at.distance(began).0 < 0.2, "{:?}", toy.pose().at);
}

#[test]
fn it_comes_back_to_where_it_was() {
    let back = "[motion come] [direction back]";
    for lines in [
        &["[motion go] [goal to the *kitchen]", back][..],
        &["[motion go] [goal to the *kitchen] then [motion come] [direction back]"],
        &[
            "[motion go] [goal to the *kitchen]",
            "it: [motion torna] [direction indietro]",
        ],
    ] {
        let mut toy = Toy::new(demo());
        let began = toy.pose().at;
        let mut farthest = 0.0_f32;
        for line in lines {
            let reply = toy.say(line);
            assert_eq!(reply.outcome, Outcome::Act, "{line}: {:?}", reply.say);
            while toy.state.busy() {
                toy.run(0.1);
                farthest = farthest.max(toy.pose().at.distance(began).0);
            }
        }
        assert!(farthest > 2.0, "it went: {farthest}");
        assert!(toy.pose().at.distance(began).0 < 0.3, "{:?}", toy.pose().at);
    }
}

#[test]
fn repeat_cancel_confirm_and_deny_mean_what_is_open() {
    let mut toy = Toy::new(demo());
    check(
        &mut toy,
        &[
            ("yes", Outcome::Ignore, "I did not ask anything."),
            ("no", Outcome::Ignore, "I did not ask anything."),
            ("say that again", Outcome::Act, "I did not ask anything."),
            ("[taking take] [theme the *cup]", Outcome::Ask, "the red cup"),
            ("say that again", Outcome::Act, "the red cup"),
            ("no", Outcome::Act, ""),
            ("[taking take] [theme the *cup]", Outcome::Ask, "the red cup"),
            ("the second one", Outcome::Act, ""),
            ("never mind", Outcome::Act, ""),
            ("[taking take] [theme the *vase]", Outcome::Ask, ""),
            ("yes", Outcome::Act, ""),
        ],
    );
}

#[test]
fn of_two_frames_that_tie_one_is_chosen() {
    use crate::message::{Source, Utterance};
    use crate::units::UtteranceId;
    let mut toy = Toy::new(demo());
    let sketch = crate::understand::sketch::sketch("[change_operational_state stop] [device the *light]");
    let sketch = sketch.rival(0, "taking");
    let utterance = Utterance {
        id: UtteranceId(90),
        text: sketch.text,
        source: Source::Typed,
        tags: Some(sketch.tags),
        dry_run: false,
        heard: None,
    };
    let effects = toy.event(Event::Utterance(utterance));
    let reply = effects.iter().find_map(|effect| match effect {
        crate::message::Effect::Reply(reply) => Some(reply.clone()),
        _ => None,
    });
    let reply = reply.unwrap();
    assert_eq!(reply.reason, Some(Reason::NearTie));
    assert_eq!(
        reply.say.as_deref(),
        Some("Do you want me to stop the light, or to take the light?")
    );
    let reply = toy.say("the second one");
    assert_eq!(reply.goals[0].frame.name(), "taking");
}

#[test]
fn of_what_may_have_been_said_the_first_that_makes_sense_is_taken() {
    use crate::message::{Alternative, Effect, Heard, Source, Utterance};
    use crate::understand::sketch::sketch;
    use crate::units::{Score, UtteranceId};
    let check = |best: &str, sure: f32, others: &[(&str, f32)], expect: (&str, Outcome)| {
        let mut toy = Toy::new(demo());
        let heard = sketch(best);
        let alternative = |(text, confidence): &(&str, f32)| {
            let other = sketch(text);
            Alternative {
                text: other.text,
                confidence: Score(*confidence),
                tags: Some(other.tags),
            }
        };
        let effects = toy.event(Event::Utterance(Utterance {
            id: UtteranceId(90),
            text: heard.text,
            source: Source::Spoken,
            tags: Some(heard.tags),
            dry_run: false,
            heard: Some(Box::new(Heard {
                confidence: Score(sure),
                alternatives: others.iter().map(alternative).collect(),
            })),
        }));
        let reply = effects.into_iter().find_map(|effect| match effect {
            Effect::Reply(reply) => Some(reply),
            _ => None,
        });
        let reply = reply.unwrap();
        assert_eq!(
            (reply.said.as_str(), reply.outcome),
            expect,
            "{best} or {others:?}"
        );
    };
    let kitchen = "[motion go] [goal to the *kitchen]";
    let bedroom = "[motion go] [goal to the *bedroom]";
    check(
        "a lovely day",
        0.9,
        &[(kitchen, 0.8)],
        ("go to the kitchen", Outcome::Act),
    );
    // Heard much worse: it was not said.
    check(
        "a lovely day",
        0.9,
        &[(kitchen, 0.4)],
        ("a lovely day", Outcome::Refuse),
    );
    // What makes sense as it was heard best stays.
    check(
        kitchen,
        0.9,
        &[(bedroom, 0.9)],
        ("go to the kitchen", Outcome::Act),
    );
    // A stop that was heard nearly as well always counts.
    check(kitchen, 0.9, &[("stop", 0.8)], ("stop", Outcome::Act));
    check(
        kitchen,
        0.9,
        &[("stop", 0.2)],
        ("go to the kitchen", Outcome::Act),
    );
}

#[test]
fn the_other_one_is_other_than_what_the_command_was_about() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[placing put] [theme the red *cup] [goal on the *table]");
    assert_eq!(target(&reply, "theme"), Some("red_cup"), "{:?}", reply.say);
    toy.run(0.5);
    let reply = toy.say("no, the other one");
    assert_eq!(reply.outcome, Outcome::Act, "{:?}", reply.say);
    assert_eq!(
        target(&reply, "theme"),
        Some("blue_cup"),
        "{:?} {:?}",
        reply.reading,
        reply.goals
    );
    assert_eq!(target(&reply, "goal"), Some("kitchen_table"));
}

#[test]
fn why_alone_asks_for_the_reason_and_again_for_the_same_once_more() {
    let mut toy = Toy::new(demo());
    check(
        &mut toy,
        &[
            ("why", Outcome::Act, ""),
            ("[motion go] [goal to the *kitchen]", Outcome::Act, ""),
            ("~why", Outcome::Act, "go to the kitchen"),
            ("[motion go] [goal to the *hall]", Outcome::Act, ""),
            ("~do it again", Outcome::Act, ""),
        ],
    );
    let mut fresh = Toy::new(demo());
    let reply = fresh.say("do it again");
    assert!(reply.plan.is_none(), "nothing was done before");
}

#[test]
fn several_things_are_taken_one_by_one() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[bringing bring] [beneficiary *me] [theme the red *cup and the blue cup]");
    let things: Vec<Option<&str>> = reply
        .goals
        .iter()
        .flat_map(|goal| &goal.roles)
        .filter(|bound| bound.filler.role.name() == "theme")
        .map(|bound| bound.target.as_ref().and_then(|target| target.id.as_deref()))
        .collect();
    assert_eq!(things.len(), 2, "{things:?}");
    assert_ne!(things[0], things[1]);
}

#[test]
fn what_was_not_understood_beside_a_task_is_told() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[motion go] [goal to the *kitchen] and wash the plates");
    assert_eq!(reply.outcome, Outcome::Act);
    assert_eq!(
        reply.say.as_deref(),
        Some("I do not know what to make of “wash the plates”.")
    );
}

#[test]
fn what_mandarin_leaves_out_is_what_was_taken() {
    let mut toy = Toy::new(demo());
    let reply = toy.say("[taking 拿] [theme *书]，[placing 放] [goal 在*桌子上]");
    assert_eq!(reply.outcome, Outcome::Act, "{:?}", reply.say);
    let placed = &reply.goals[1].roles;
    let theme = placed
        .iter()
        .find(|bound| bound.filler.role == crate::reading::Role::Theme);
    let id = theme
        .and_then(|bound| bound.target.as_ref())
        .and_then(|target| target.id.clone());
    assert_eq!(id.as_deref(), Some("book"), "{placed:?}");
    assert!(
        reply.reading.tasks[1]
            .roles
            .iter()
            .all(|filler| filler.role != crate::reading::Role::Theme)
    );
    // Nothing was taken before: it is asked for.
    let reply = toy.say("[placing 放] [goal 在*桌子上]");
    assert_eq!(reply.outcome, Outcome::Ask);
}
