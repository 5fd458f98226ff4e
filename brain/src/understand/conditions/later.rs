//! Times to come: "bring me the tea at half past three" is not to be done at once.
//!
//! Input: the tasks and the words. Output: the tasks that stand under such a time, with it as their [`Condition`]. The robot
//! keeps no diary, so it says so instead of acting now; waiting for or until a time is a task of its own and stays.

use super::super::judge::acted_on;
use super::super::values;
use super::super::words::{Cutter, Token};
use super::words::speaks;
use crate::reading::{Condition, Filler, Frame, Role, Span, Task, Under, Value};

/// Words for times to come, longest first.
const TIMES: &[&[&str]] = &[
    &["this", "evening"],
    &["this", "afternoon"],
    &["every", "day"],
    &["every", "morning"],
    &["every", "evening"],
    &["every", "night"],
    &["every", "hour"],
    &["later", "on"],
    &["tomorrow"],
    &["tonight"],
    &["later"],
    &["più", "tardi"],
    &["questa", "sera"],
    &["ogni", "giorno"],
    &["ogni", "mattina"],
    &["ogni", "sera"],
    &["ogni", "ora"],
    &["domani"],
    &["stasera"],
    &["stanotte"],
    &["明", "天"],
    &["后", "天"],
    &["今", "晚"],
    &["每", "天"],
    &["晚", "点"],
    &["待", "会"],
    &["等", "会"],
];
/// What stands before a time of day or a while to come.
const AT: &[&str] = &["at", "alle", "all'", "a"];
const IN: &[&str] = &["in", "tra", "fra"];
/// What stands behind a while to come.
const AFTER: &[&str] = &["后", "之后", "以后"];

/// Gives the tasks that are for later the time as their condition.
pub(super) fn note(tasks: &mut [Task], tokens: &[Token], cutter: &Cutter<'_>, lang: &str) {
    let mut at = 0;
    while at < tokens.len() {
        let Some(end) = time(tokens, at, lang) else {
            at += 1;
            continue;
        };
        let span = Span {
            start: tokens[at].span.start,
            end: tokens[end - 1].span.end,
        };
        govern(tasks, span, cutter.cut(span));
        at = end;
    }
}

/// One past the last word of the time to come that begins at word `at`.
fn time(tokens: &[Token], at: usize, lang: &str) -> Option<usize> {
    let word = |n: usize| tokens.get(n).map_or("", |token| token.text.as_str());
    let said = |phrase: &&&[&str]| phrase.iter().enumerate().all(|(n, part)| word(at + n) == *part);
    if let Some(phrase) = TIMES.iter().find(said) {
        return Some(at + phrase.len());
    }
    let value = |n: usize| {
        (n < tokens.len())
            .then(|| values::at_token(tokens, n, lang))
            .flatten()
    };
    if AT.contains(&word(at)) {
        let (found, end) = value(at + 1)?;
        return matches!(found, Value::TimeOfDay(_)).then_some(end);
    }
    if IN.contains(&word(at)) {
        let (found, end) = value(at + 1)?;
        return matches!(found, Value::Second(_)).then_some(end);
    }
    if lang != "zh" {
        return None;
    }
    let (found, end) = value(at)?;
    match found {
        Value::TimeOfDay(_) => Some(end),
        Value::Second(_) => {
            let two = format!("{}{}", word(end), word(end + 1));
            let tail = AFTER
                .iter()
                .rev()
                .find(|tail| **tail == two || **tail == word(end))?;
            Some(end + tail.chars().count())
        }
        _ => None,
    }
}

/// The time stands first and governs all tasks, or it governs the one it follows.
fn govern(tasks: &mut [Task], span: Span, text: &str) {
    let within = |filler: &Filler| filler.span.start <= span.start && span.end <= filler.span.end;
    let own = |task: &Task, filler: &Filler| {
        speaks(&filler.role)
            || (filler.role == Role::Duration && matches!(task.frame, Frame::Waiting | Frame::Cotheme))
            || filler.span.end - filler.span.start > span.end - span.start + 3
    };
    if tasks.iter().any(|task| {
        task.roles
            .iter()
            .any(|filler| within(filler) && own(task, filler))
    }) {
        return;
    }
    let before = (0..tasks.len())
        .rev()
        .find(|&n| tasks[n].trigger_span.start < span.start);
    let governed = before.map_or(0..tasks.len(), |n| n..n + 1);
    for task in tasks[governed]
        .iter_mut()
        .filter(|task| acted_on(task) && task.mood == crate::reading::Mood::Command)
    {
        task.roles.retain(|filler| !within(filler));
        match &mut task.condition {
            Some(condition) => condition.sought = None,
            none => {
                *none = Some(Condition {
                    under: Under::When,
                    text: text.to_owned(),
                    span,
                    sought: None,
                });
            }
        }
    }
}
