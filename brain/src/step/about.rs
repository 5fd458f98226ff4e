//! Answers about the robot itself and about what it knows, from its state: nothing here is made up.
//!
//! In: a [`Topic`] and the state. Out: a sentence, or nothing where the state does not say. It changes nothing.

use crate::ground::{Kind, Target, candidates, lexicon};
use crate::knowledge::{IS_A, LOCATED_IN, Triple, holds, reached, subjects};
use crate::message::Latch;
use crate::speech::facts as say;
use crate::speech::{cause, skill, the};
use crate::step::State;
use crate::understand::about::Topic;
use std::collections::BTreeMap;

/// The answer to a question about this topic.
#[must_use]
pub(super) fn answer(state: &State, topic: &Topic, lang: &str) -> Option<String> {
    Some(match topic {
        Topic::Skills => {
            let packs: Vec<&str> = state
                .packs
                .iter()
                .map(|pack| pack.about.as_str())
                .filter(|about| !about.is_empty())
                .collect();
            say::skills(lang, &state.robot, &packs)
        }
        Topic::Name => crate::speech::my_name(lang, &state.robot.name),
        Topic::Where => where_it_is(state, lang),
        Topic::Sees => match in_picture(state, lang) {
            Ok(seen) => sees(&seen, lang),
            Err(why) => why,
        },
        Topic::SeesSome(thing) | Topic::SeesMany(thing) => sees_some(state, thing, lang)?,
        Topic::Doing => match &state.run {
            Some(run) => {
                let steps = &run.plan().steps;
                let now = steps.get(run.step()).map(|step| skill(lang, &step.skill));
                say::doing(lang, &now.unwrap_or_default(), run.step() + 1, steps.len())
            }
            None => say::idle(lang).to_owned(),
        },
        Topic::Done => {
            let steps: Vec<String> = state
                .dialogue
                .done
                .iter()
                .map(|step| skill(lang, &step.skill))
                .collect();
            if steps.is_empty() {
                say::nothing_done(lang).to_owned()
            } else {
                say::done(lang, &steps)
            }
        }
        Topic::Holds => match &state.held {
            Some(held) => say::holds(lang, &the(lang, held)),
            None => say::hands_are_empty(lang).to_owned(),
        },
        Topic::Knows => {
            let named = |kind: Kind| -> Vec<String> {
                let all = candidates::all(&state.world(&[]), lang);
                all.into_iter()
                    .filter(|c| c.target.kind == kind)
                    .map(|c| c.target.label)
                    .collect()
            };
            say::knows(
                lang,
                &named(Kind::Place),
                &named(Kind::Thing),
                &named(Kind::Person),
            )
        }
        Topic::WhyStopped => why_stopped(state, lang),
        Topic::WhyDone => match &state.dialogue.account.did {
            Some(said) => say::because_you_said(lang, said),
            None => say::nothing_done(lang).to_owned(),
        },
        Topic::WhyNot => match (&state.dialogue.account.refused, &state.dialogue.account.did) {
            (Some(why), _) => why.clone(),
            // "why" alone, when something was done.
            (None, Some(said)) => say::because_you_said(lang, said),
            (None, None) => say::nothing_refused(lang).to_owned(),
        },
        Topic::WhatIs(thing) => {
            let facts = facts(state);
            let kinds = reached_all(&facts, thing, IS_A);
            if kinds.is_empty() {
                let kind = lexicon::singular(thing);
                let classes = lexicon::ENTRIES.iter().map(|entry| entry.class);
                let mut known: Vec<String> = classes
                    .filter(|class| lexicon::is_a(class, &kind))
                    .map(|class| lexicon::spoken(class, lang))
                    .chain(subjects(&state.facts, IS_A, &kind).into_iter().map(str::to_owned))
                    .collect();
                known.sort();
                known.dedup();
                (!known.is_empty()).then(|| say::kinds_of(lang, thing, &known))?
            } else {
                say::is_a(lang, thing, &kinds)
            }
        }
        Topic::WhereIs(thing) => {
            let known = &state.facts;
            let name = lexicon::singular(thing);
            let places = [thing, &name]
                .into_iter()
                .map(|name| reached_all(known, name, LOCATED_IN));
            let places = places.into_iter().find(|places| !places.is_empty())?;
            say::is_in(lang, thing, &places)
        }
        Topic::WhatIn(place) => {
            let inside = contents(state, place, lang);
            let known = state.robot.place.iter().any(|known| {
                known.id == *place
                    || known
                        .names
                        .values()
                        .flatten()
                        .any(|name| name.eq_ignore_ascii_case(place))
            });
            match inside.is_empty() {
                false => say::holds_things(lang, place, &inside),
                true if known => say::holds_nothing(lang, place),
                true => return None,
            }
        }
        Topic::IsA { subject, object, .. } => {
            let facts = facts(state);
            let (subject, object) = (lexicon::singular(subject), lexicon::singular(object));
            let known = !reached(&facts, &subject, IS_A).is_empty();
            let kind = facts
                .iter()
                .any(|fact| fact.relation == IS_A && fact.object == object);
            (known && kind)
                .then(|| say::yes_or_no(lang, holds(&facts, &subject, IS_A, &object)))?
                .to_owned()
        }
    })
}

/// Whether an answer to this topic can be given only where the words mean nothing else: "where is the cup" is a command
/// to look for it when the robot can.
#[must_use]
pub(super) fn yields(topic: &Topic) -> bool {
    // "is the bottle a drink" asks for what is known, "is the door open" for a look.
    matches!(
        topic,
        Topic::WhereIs(_) | Topic::WhatIs(_) | Topic::IsA { surely: false, .. }
    )
}

/// What is known to be in a place, each thing once and by its name in the language, not by all that it could be called.
fn contents(state: &State, place: &str, lang: &str) -> Vec<String> {
    let facts = facts(state);
    let labels = |lang: &str| -> Vec<String> {
        let all = candidates::all(&state.world(&[]), lang);
        all.into_iter().map(|candidate| candidate.target.label).collect()
    };
    let (english, own) = (labels("en"), labels(lang));
    let mut inside: Vec<String> = facts
        .iter()
        .filter(|fact| fact.relation == LOCATED_IN && holds(&facts, &fact.subject, LOCATED_IN, place))
        .map(|fact| {
            let named = english.iter().position(|label| *label == fact.subject);
            named.and_then(|at| own.get(at)).unwrap_or(&fact.subject).clone()
        })
        .collect();
    inside.sort();
    inside.dedup();
    inside
}

fn reached_all(facts: &[Triple], subject: &str, relation: &str) -> Vec<String> {
    reached(facts, subject, relation)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn where_it_is(state: &State, lang: &str) -> String {
    let at = state.scene.pose.at;
    let place = candidates::place_at(&state.robot, at).and_then(|id| {
        let place = state.robot.place(&id)?;
        Some(
            place
                .names
                .get(lang)
                .or_else(|| place.names.get("en"))?
                .first()?
                .clone(),
        )
    });
    match place {
        Some(place) => say::at_place(lang, &place),
        None => say::at_point(lang, at.x, at.y),
    }
}

/// What is in the newest picture, or that there is none yet.
fn in_picture<'a>(state: &'a State, lang: &str) -> Result<Vec<&'a str>, String> {
    if state.scene.frame.is_none() {
        return Err(say::no_picture(lang, state.robot.camera.is_some()).to_owned());
    }
    let visible = state.scene.tracks.iter().filter(|track| track.visible);
    Ok(visible.map(|track| track.label.as_str()).collect())
}

/// All that is seen, each kind with its number.
fn sees(seen: &[&str], lang: &str) -> String {
    let mut count: BTreeMap<&str, u32> = BTreeMap::new();
    for label in seen {
        *count.entry(label).or_default() += 1;
    }
    let seen: Vec<String> = count
        .into_iter()
        .map(|(label, n)| say::some(lang, label, n))
        .collect();
    say::sees(lang, &seen)
}

/// Whether and how often something is in the newest picture; nothing for a word that no picture could show.
fn sees_some(state: &State, thing: &str, lang: &str) -> Option<String> {
    let thing = lexicon::singular(thing);
    let class = match lexicon::entry(&thing) {
        Some(entry) => entry.class,
        None => lexicon::is_kind(&thing).then_some(thing.as_str())?,
    };
    let seen = match in_picture(state, lang) {
        Ok(seen) => seen,
        Err(why) => return Some(why),
    };
    let count = seen
        .iter()
        .filter(|label| **label == class || lexicon::is_a(label, class))
        .count();
    Some(say::sees_some(
        lang,
        class,
        u32::try_from(count).unwrap_or(u32::MAX),
    ))
}

fn why_stopped(state: &State, lang: &str) -> String {
    let account = &state.dialogue.account;
    match (&state.body.latch, &state.body.cause, &account.ended, &state.run) {
        (Latch::Halt | Latch::Protective | Latch::Emergency, Some(why), ..) => {
            say::because(lang, &cause(lang, why))
        }
        (_, _, _, Some(_)) => say::not_stopped(lang).to_owned(),
        (_, _, Some((what, Some(why))), _) => say::ended_because(lang, &skill(lang, what), &cause(lang, why)),
        (_, _, Some((what, None)), _) => say::was_done(lang, &skill(lang, what)),
        _ => say::nothing_done(lang).to_owned(),
    }
}

/// All facts: those of the packs, of the map, and what the built-in words say of kinds.
#[must_use]
pub(super) fn facts(state: &State) -> Vec<Triple> {
    let mut facts = state.facts.clone();
    for entry in lexicon::ENTRIES {
        facts.extend(entry.is_a.iter().map(|kind| Triple::new(entry.class, IS_A, kind)));
        let others = entry.names.iter().filter(|name| **name != entry.class);
        facts.extend(others.map(|name| Triple::new(name, IS_A, entry.class)));
    }
    let places = |id: &str| state.robot.place(id).map(|place| names(&place.names, id));
    for candidate in candidates::all(&state.world(&[]), "en") {
        let Target {
            kind: Kind::Thing,
            place: Some(place),
            label,
            class,
            ..
        } = &candidate.target
        else {
            continue;
        };
        for place in places(place).unwrap_or_default() {
            facts.push(Triple::new(label, LOCATED_IN, &place));
        }
        if class != label {
            facts.push(Triple::new(label, IS_A, class));
        }
    }
    facts
}

fn names(names: &crate::config::Names, id: &str) -> Vec<String> {
    let mut all: Vec<String> = names.values().flatten().cloned().collect();
    all.push(id.to_owned());
    all
}
