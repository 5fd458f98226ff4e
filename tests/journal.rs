//! The journal and its replay: the same events recorded twice give the same bytes, and the brain gives them again.

use brain::message::{Event, Labels, Source, StopCause, Utterance};
use brain::step::{State, step};
use brain::understand::Thresholds;
use brain::units::{Now, UtteranceId};
use coact::shell::config;
use coact::shell::journal::{Journal, Limits, Step};
use coact::shell::replay::replay;
use std::path::{Path, PathBuf};

/// A run without devices: things said, a stop, time passing.
fn events() -> Vec<(u64, Event)> {
    let mut events = Vec::new();
    let says = ["stop", "yes", "never mind", "what a day", "halt!", "no"];
    for (index, text) in says.iter().enumerate() {
        let at = 1000 * (index as u64 + 1);
        events.push((at, Event::Tick));
        let utterance = Utterance {
            id: UtteranceId(index as u64 + 1),
            text: (*text).to_owned(),
            source: Source::Typed,
            tags: None,
            dry_run: false,
            heard: None,
        };
        events.push((at + 7, Event::Utterance(utterance)));
    }
    events.push((9000, Event::Stop(StopCause::Emergency("a test".into()))));
    events.push((9100, Event::Resume));
    events.push((9200, Event::BoardDown("unplugged".into())));
    events
}

/// Runs the brain over the events and records it, as the brain thread does.
fn record(folder: &Path) -> PathBuf {
    let robot = config::demo().unwrap();
    let mut state = State::new(robot, Labels::default(), Thresholds::default(), 1);
    let versions = vec![("code".to_owned(), coact::VERSION.to_owned())];
    let (journal, mut tap) = Journal::open(folder, Limits::default(), versions).unwrap();
    for (now, event) in events() {
        let bytes = postcard::to_stdvec(&event).unwrap();
        let snapshot = tap
            .wants_snapshot(now)
            .then(|| postcard::to_stdvec(&state).unwrap());
        let effects = step(&mut state, Now(now), event);
        let effects = postcard::to_stdvec(&effects).unwrap();
        tap.step(
            Step {
                now,
                event: bytes,
                effects,
            },
            snapshot,
        );
    }
    tap.end();
    drop(journal);
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn recorded_twice_and_replayed_all_is_byte_identical() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (record(one.path()), record(two.path()));
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap());
    let found = replay(&first).unwrap();
    assert!(found.identical() && found.ended, "{found:?}");
    assert_eq!(found.steps, events().len());
    assert!(found.effects > 0, "a run in which nothing happens proves nothing");
}

#[test]
fn the_first_difference_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = record(folder.path());
    // Another recording of the same run in which the brain is said to have done nothing at step 3.
    let altered = tempfile::tempdir().unwrap();
    let back = coact::shell::journal::read(&path).unwrap();
    let (journal, mut tap) =
        Journal::open(altered.path(), Limits::default(), back.header.versions.clone()).unwrap();
    for (index, record) in back.records.into_iter().enumerate() {
        if let coact::shell::journal::Record::Step(mut step) = record {
            if index == 3 {
                step.effects = postcard::to_stdvec::<Vec<brain::message::Effect>>(&Vec::new()).unwrap();
            }
            let snapshot = tap.wants_snapshot(step.now).then(|| back.header.snapshot.clone());
            tap.step(step, snapshot);
        }
    }
    tap.end();
    drop(journal);
    let path = std::fs::read_dir(altered.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let found = replay(&path).unwrap();
    let difference = found.difference.expect("a difference");
    assert_eq!((difference.step, difference.recorded.as_str()), (3, "[]"));
}
