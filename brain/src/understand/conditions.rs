//! Conditions: "if you see Anna, tell her dinner is ready" is not done unless Anna is seen.
//!
//! Input: the tasks with their moods and the words. Output: the same tasks, those that are asked for only if, when,
//! unless or until something is so with their [`Condition`]; what the model took for tasks inside the condition goes. It
//! never takes a condition away: what cannot be looked at is not done (see [`carried_out`]).

mod later;
mod words;

use super::judge::acted_on;
use super::words::{Cutter, Token};
use crate::reading::{Condition, Filler, Frame, Mood, Reading, Role, Span, Task, Under};
use words::{Marker, Words};

/// Gives each task the condition it stands under.
pub(super) fn note(tasks: &mut Vec<Task>, tokens: &[Token], cutter: &Cutter<'_>, lang: &str) {
    let words = words::of(lang);
    let mut at = 0;
    while at < tokens.len() {
        let Some(clause) = clause(tasks, tokens, at, words) else {
            at += 1;
            continue;
        };
        let (first, last) = (&tokens[clause.start], &tokens[clause.end - 1]);
        let span = Span {
            start: first.span.start,
            end: last.span.end,
        };
        let condition = Condition {
            under: clause.marker.under,
            text: cutter.cut(span).to_owned(),
            span,
            sought: sought(tokens, &clause, words, cutter),
        };
        for &n in &clause.governed {
            // The first condition of a task is the one that is told; with two, neither is looked at alone.
            match &mut tasks[n].condition {
                Some(before) => before.sought = None,
                none => *none = Some(condition.clone()),
            }
            // "如果你看到": who is to see is no role of what is to be done.
            let inside = |filler: &Filler| filler.span.start >= span.start && filler.span.end <= span.end;
            tasks[n]
                .roles
                .retain(|filler| filler.role == Role::Duration || !inside(filler));
        }
        let governed: Vec<Span> = clause.governed.iter().map(|&n| tasks[n].trigger_span).collect();
        tasks.retain(|task| {
            governed.contains(&task.trigger_span)
                || task.trigger_span.start < span.start
                || task.trigger_span.start >= span.end
        });
        at = clause.end.max(at + 1);
    }
    later::note(tasks, tokens, cutter, lang);
}

/// A condition among the words.
struct Clause {
    marker: Marker,
    /// First word of the condition, its marker where that comes first.
    start: usize,
    /// First word of what is said after the marker.
    inside: usize,
    /// One past its last word.
    end: usize,
    /// Tasks that stand under it.
    governed: Vec<usize>,
}

/// The condition whose marker stands at word `at`, where it is one that governs a task.
fn clause(tasks: &[Task], tokens: &[Token], at: usize, words: &Words) -> Option<Clause> {
    let (marker, inside) = words.marker(tokens, at)?;
    let begins = |n: usize| tokens.get(n).map(|token| token.span.start);
    let asks = |task: &Task| task.mood == Mood::Question && !super::frames::informs(&task.frame);
    if words.embedded(tokens, at, marker) || words.courtesy(tokens, at, inside) || tasks.iter().any(asks) {
        return None;
    }
    let here = tokens[at].span.start;
    let told = tasks.iter().flat_map(|task| &task.roles).any(|filler| {
        let within = filler.span.start <= here && here < filler.span.end;
        within && words::speaks(&filler.role) && !marker.follows
    });
    if told {
        return None;
    }
    // "… 的时候" and "… 时" stand behind what they say.
    let start = if marker.follows {
        (0..at).rev().find(|&n| tokens[n].is_mark()).map_or(0, |n| n + 1)
    } else {
        at
    };
    let behind: Vec<usize> = (0..tasks.len())
        .filter(|&n| tasks[n].trigger_span.start >= begins(inside).unwrap_or(u32::MAX))
        .filter(|&n| acted_on(&tasks[n]))
        .collect();
    let before = (0..tasks.len())
        .rev()
        .find(|&n| tasks[n].trigger_span.start < tokens[start].span.start && acted_on(&tasks[n]));
    if before.is_some() && words.follows_on(tokens, at, inside) {
        return None;
    }
    let stop = (inside..tokens.len())
        .find(|&n| {
            tokens[n].is_mark() || (words.then.contains(&tokens[n].text.as_str()) && !words.joined(tokens, n))
        })
        .unwrap_or(tokens.len());
    // Of the tasks behind, those inside the condition are its own: before its mark, or what only describes.
    let after_stop: Vec<usize> = behind
        .iter()
        .copied()
        .filter(|&n| begins(stop).is_some_and(|end| tasks[n].trigger_span.start >= end))
        .collect();
    // "if you find a cup": finding is no task here.
    let seen = words.sees(tokens, inside, tokens.len()).and_then(begins);
    let open: Vec<usize> = behind
        .iter()
        .copied()
        .filter(|&n| !matches!(tasks[n].frame, Frame::BeingLocated | Frame::BeingInCategory))
        .filter(|&n| seen.is_none_or(|seen| tasks[n].trigger_span.start >= seen))
        .collect();
    let marked = stop < tokens.len() && !after_stop.is_empty();
    let main = if marker.follows {
        behind
    } else if marked {
        after_stop
    } else if before.is_some() && marker.under == Under::Until {
        Vec::new()
    } else {
        open
    };
    let (end, governed) = match (main.first(), before) {
        (Some(&first), _) => {
            // Who is to act, and what stands before its verb, belongs to the task.
            let own = tasks[first].roles.iter().map(|filler| filler.span.start);
            let from = own
                .filter(|&start| begins(inside).is_some_and(|inside| start > inside))
                .chain([tasks[first].trigger_span.start])
                .min()?;
            let next = (inside..tokens.len()).find(|&n| tokens[n].span.start >= from)?;
            let end = if marker.follows {
                inside
            } else if marked {
                stop
            } else {
                next
            };
            (end, main)
        }
        (None, Some(before)) => (stop, vec![before]),
        (None, None) => return None,
    };
    let end = (start + 1..=end)
        .rev()
        .find(|&n| {
            !tokens[n - 1].is_mark()
                && (marker.follows || !words.leads.contains(&tokens[n - 1].text.as_str()))
        })
        .unwrap_or(start + 1);
    Some(Clause {
        marker,
        start,
        inside,
        end,
        governed,
    })
}

/// What must be seen, where the condition says no more than that: "if you see Anna", "se c'è una tazza", "如果看到安娜".
fn sought(tokens: &[Token], clause: &Clause, words: &Words, cutter: &Cutter<'_>) -> Option<String> {
    if !matches!(clause.marker.under, Under::If | Under::When) || clause.marker.follows {
        return None;
    }
    let from = words.sees(tokens, clause.inside, clause.end)?;
    let end = (from..clause.end)
        .find(|&n| words.trails(tokens, n))
        .unwrap_or(clause.end);
    if from >= end || words.opens_clause.contains(&tokens[from].text.as_str()) {
        return None;
    }
    let span = Span {
        start: tokens[from].span.start,
        end: tokens[end - 1].span.end,
    };
    Some(cutter.cut(span).to_owned())
}

/// The first condition of a task to be done that the robot cannot look at.
#[must_use]
pub fn beyond(reading: &Reading) -> Option<&Condition> {
    reading
        .tasks
        .iter()
        .filter(|task| acted_on(task))
        .filter_map(|task| Some((task, task.condition.as_ref()?)))
        // Waiting and following go on until the robot is told otherwise.
        .find(|(task, condition)| {
            let lasts =
                matches!(task.frame, Frame::Waiting | Frame::Cotheme) && condition.under == Under::Until;
            condition.sought.is_none() && !lasts
        })
        .map(|(_, condition)| condition)
}

/// The reading with every condition that can be looked at as a task of looking before what stands under it: the plan ends
/// where nothing is seen. `None` when there is none.
#[must_use]
pub fn carried_out(reading: &Reading) -> Option<Reading> {
    let looks = |task: &Task| task.condition.as_ref().is_some_and(|c| c.sought.is_some());
    if !reading.tasks.iter().any(looks) {
        return None;
    }
    let mut carried = reading.clone();
    carried.tasks.clear();
    let mut looked: Option<Condition> = None;
    for task in &reading.tasks {
        let mut task = task.clone();
        if let Some((condition, what)) = task.condition.clone().and_then(|c| Some((c.clone(), c.sought?))) {
            if looked.as_ref() != Some(&condition) {
                carried.tasks.push(look(&condition, &what, &task, &reading.lang));
                looked = Some(condition);
            }
            task.condition = None;
        }
        carried.tasks.push(task);
    }
    Some(carried)
}

/// The task of looking whether a condition holds.
fn look(condition: &Condition, what: &str, task: &Task, lang: &str) -> Task {
    let cutter = Cutter::new(what);
    let whole = Span {
        start: 0,
        end: cutter.len(),
    };
    let mut sought = super::filler(Role::SoughtEntity, whole, &cutter, lang);
    sought.span = condition.span;
    Task {
        frame: Frame::Locating,
        trigger: condition.text.clone(),
        trigger_span: condition.span,
        span: condition.span,
        mood: Mood::Command,
        roles: vec![sought],
        condition: Some(condition.clone()),
        score: task.score,
    }
}

#[cfg(test)]
mod tests;
