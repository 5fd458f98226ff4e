//! What must hold whatever happens, in whatever order.

use super::toy::{description, telemetry};
use super::{State, step};
use crate::config::tests::demo;
use crate::message::{Detection, Effect, Event, Latch, Sight, Source, StopCause, Ticket, Utterance};
use crate::understand::Thresholds;
use crate::understand::sketch::{labels, sketch};
use crate::units::{Metres, Now, Radians, Score, UtteranceId};
use firmware_bridge::message::{BoardState, Outcome, Setpoint, Telemetry};
use proptest::prelude::*;

const LINES: &[&str] = &[
    "[motion go] [goal to the *kitchen]",
    "[bringing bring] [beneficiary *me] [theme the *cup]",
    "[bringing bring] [beneficiary *me] [theme the red *cup]",
    "the red one",
    "yes",
    "no",
    "stop",
    "never mind",
    "undo that",
    "say that again",
    "[change_direction turn] [direction left]",
    "[motion go] [direction forward] [distance two metres]",
    "[locating find] [sought_entity a *chair]",
    "[change_operational_state turn on] [device the *light]",
    "[counting count] [theme the *chairs]",
    "[taking take] [theme the *vase]",
    "[waiting wait] [duration five seconds]",
    "[greeting greet] [recipient *Anna]",
    "[being_in_category!description this is] [category the *office]",
    "[motion!prohibition don't go] [goal to the *kitchen]",
    "[perception_active look] [direction left]",
    "[releasing drop] [theme *it]",
    "what a day",
    "",
];

/// One thing that happens, and how much time passes before it.
#[derive(Clone)]
struct Happening(u64, Event);

impl std::fmt::Debug for Happening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.1 {
            // Logits tell nobody anything.
            Event::Utterance(said) => write!(f, "+{} ms {:?} dry {}", self.0, said.text, said.dry_run),
            event => write!(f, "+{} ms {event:?}", self.0),
        }
    }
}

fn any_telemetry() -> impl Strategy<Value = Telemetry> {
    let state = prop_oneof![
        8 => Just(BoardState::Active),
        2 => Just(BoardState::Idle),
        1 => Just(BoardState::Boot),
        1 => Just(BoardState::Stopped),
        1 => Just(BoardState::Fault),
    ];
    let place = (-3.0..12.0f32, -4.0..7.0f32, -3.2..3.2f32, 0u32..100_000);
    let senses = (
        -1.0..5.0f32,
        any::<bool>(),
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.05),
        -0.1..1.0f32,
    );
    (state, place, senses, any::<u8>()).prop_map(
        |(state, (x_m, y_m, heading_rad, board_ms), senses, switches)| {
            let (clearance_m, holding, bumper, stop_input, battery) = senses;
            Telemetry {
                board_ms,
                state,
                x_m,
                y_m,
                heading_rad,
                clearance_m,
                holding,
                bumper,
                stop_input,
                battery,
                switches,
                ..telemetry()
            }
        },
    )
}

fn any_sight() -> impl Strategy<Value = Sight> {
    let label = prop::sample::select(vec!["cup", "person", "chair", "bottle"]);
    let one = (
        label,
        -0.6..0.6f32,
        prop::option::of(0.2..5.0f32),
        prop::sample::select(vec!["red", "blue", "green"]),
    );
    (prop::collection::vec(one, 0..4), -1.4..1.4f32).prop_map(|(seen, pan)| Sight {
        taken: Now(0),
        size: (640, 480),
        pan: Radians(pan),
        tilt: Radians(0.0),
        detections: seen
            .into_iter()
            .map(|(label, bearing, range, color)| Detection {
                label: label.into(),
                score: Score(0.7),
                bbox: [320.0 - bearing * 400.0, 200.0, 40.0, 60.0],
                colors: vec![color.into()],
                bearing: Radians(bearing),
                elevation: Radians(0.0),
                range: range.map(Metres),
            })
            .collect(),
    })
}

fn any_event() -> impl Strategy<Value = Event> {
    let line = (
        prop::sample::select(LINES),
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(line, spoken, dry_run)| {
            let sketch = sketch(line);
            Event::Utterance(Utterance {
                id: UtteranceId(0),
                text: sketch.text,
                source: if spoken { Source::Spoken } else { Source::Typed },
                tags: Some(sketch.tags),
                dry_run,
                heard: None,
            })
        });
    let outcome = prop::sample::select(vec![
        Outcome::Done,
        Outcome::Done,
        Outcome::WrongState,
        Outcome::CauseRemains,
    ]);
    let cause = prop::sample::select(vec![
        StopCause::Halt,
        StopCause::StaleCamera,
        StopCause::Fault("a stage failed".into()),
        StopCause::Emergency("a key".into()),
    ]);
    prop_oneof![
        20 => Just(Event::Tick),
        10 => any_telemetry().prop_map(Event::Telemetry),
        8 => line,
        4 => any_sight().prop_map(Event::Sight),
        4 => (0u64..40, outcome).prop_map(|(t, outcome)| Event::Answered { ticket: Ticket(t), outcome }),
        2 => Just(Event::BoardUp { description: Box::new(description()), session: 2 }),
        1 => Just(Event::BoardDown("unplugged".into())),
        1 => (0u64..40).prop_map(|t| Event::InDoubt(Ticket(t))),
        1 => cause.prop_map(Event::Stop),
        3 => Just(Event::Resume),
        1 => Just(Event::Configure(Box::new(demo()))),
    ]
}

fn any_story() -> impl Strategy<Value = Vec<Happening>> {
    let time = prop_oneof![8 => Just(20u64), 2 => 0u64..100, 1 => 0u64..3000];
    let happening = (time, any_event()).prop_map(|(ms, event)| Happening(ms, event));
    prop::collection::vec(happening, 0..150)
}

fn fresh() -> State {
    let mut state = State::new(demo(), labels(), Thresholds::default(), 1);
    step(
        &mut state,
        Now(0),
        Event::BoardUp {
            description: Box::new(description()),
            session: 1,
        },
    );
    let live = Telemetry {
        state: BoardState::Active,
        ..telemetry()
    };
    step(&mut state, Now(0), Event::Telemetry(live));
    state
}

/// The event with its times put right.
fn at(now: Now, event: &Event) -> Event {
    match event {
        Event::Sight(sight) => Event::Sight(Sight {
            taken: now,
            ..sight.clone()
        }),
        other => other.clone(),
    }
}

fn moves(effect: &Effect) -> bool {
    match effect {
        Effect::Setpoint(
            Setpoint::Base {
                linear_mps,
                angular_radps,
                ..
            },
            _,
        ) => *linear_mps != 0.0 || *angular_radps != 0.0 || linear_mps.is_nan() || angular_radps.is_nan(),
        Effect::Setpoint(Setpoint::Joint { .. }, _) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Nothing moves without a plan that the guard approved, a live link, fresh telemetry, an active board and an open
    /// latch; and nothing moves faster than it may.
    #[test]
    fn nothing_moves_that_must_not(story in any_story()) {
        let mut state = fresh();
        let mut now = Now(0);
        for Happening(ms, event) in &story {
            now.0 += ms;
            let before = state.clone();
            let effects = step(&mut state, now, at(now, event));
            for effect in effects.iter().filter(|e| moves(e)) {
                prop_assert!(matches!(event, Event::Tick), "{effect:?} without a tick");
                prop_assert!(before.run.is_some(), "{effect:?} without a plan");
                prop_assert!(before.body.latch == Latch::Open && state.body.latch == Latch::Open, "{effect:?} while stopped");
                prop_assert!(before.body.board.is_some(), "{effect:?} without a link");
                let fresh = now.since(before.body.heard) <= u64::from(before.robot.policy.max_telemetry_age_ms);
                prop_assert!(fresh, "{effect:?} without proof of life");
                let board = before.body.telemetry.as_ref().map(|t| t.state);
                prop_assert_eq!(board, Some(BoardState::Active));
                if let Effect::Setpoint(Setpoint::Base { linear_mps, angular_radps, .. }, _) = effect {
                    prop_assert!(linear_mps.abs() <= 0.5 + 1e-4 && angular_radps.abs() <= 1.5, "{effect:?} is too fast");
                }
            }
            // A tripped latch leaves no plan behind that could move anything.
            let could_move = state.run.as_ref().is_some_and(|r| r.plan().steps.iter().any(|s| s.skill.needs_board()));
            prop_assert!(state.body.latch == Latch::Open || !could_move);
            // Every utterance has one answer.
            let replies = effects.iter().filter(|e| matches!(e, Effect::Reply(_))).count();
            prop_assert_eq!(replies, usize::from(matches!(event, Event::Utterance(_))));
        }
    }

    /// The same events give the same bytes, also when the state was written down and read back in between.
    #[test]
    fn replay_is_exact(story in any_story(), cut in 0usize..150) {
        let (mut one, mut two) = (fresh(), fresh());
        let mut now = Now(0);
        for (i, Happening(ms, event)) in story.iter().enumerate() {
            now.0 += ms;
            if i == cut {
                two = postcard::from_bytes(&postcard::to_stdvec(&two).unwrap()).unwrap();
            }
            let event = at(now, event);
            let again: Event = postcard::from_bytes(&postcard::to_stdvec(&event).unwrap()).unwrap();
            let effects = postcard::to_stdvec(&step(&mut one, now, event)).unwrap();
            prop_assert_eq!(effects, postcard::to_stdvec(&step(&mut two, now, again)).unwrap());
        }
        prop_assert_eq!(postcard::to_stdvec(&one).unwrap(), postcard::to_stdvec(&two).unwrap());
    }

    /// A dry run changes nothing that matters later.
    #[test]
    fn a_dry_run_leaves_no_trace(story in any_story(), line in prop::sample::select(LINES)) {
        let mut state = fresh();
        let mut now = Now(0);
        for Happening(ms, event) in &story {
            now.0 += ms;
            step(&mut state, now, at(now, event));
        }
        let before = state.clone();
        let sketch = sketch(line);
        let utterance =
            Utterance { id: UtteranceId(1), text: sketch.text, source: Source::Typed, tags: Some(sketch.tags), dry_run: true, heard: None };
        let effects = step(&mut state, now, Event::Utterance(utterance));
        prop_assert!(effects.iter().all(|e| matches!(e, Effect::Reply(_))));
        prop_assert_eq!(state, before);
    }
}
