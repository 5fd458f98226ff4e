//! What the marked corpora always do and the model sometimes does not: each role once, taps are devices, "say hello" says
//! hello.
//!
//! Input: the tasks after self-repair and the words. Output: the same tasks, brought in line. Each rule holds in the
//! training part of HuRIC and in the grammars without exception, or nearly; none looks at a map.

use super::frames;
use super::words::{Cutter, Token};
use crate::reading::{Filler, Frame, Role, Span, Task};
use crate::units::Score;

/// What is opened and closed as a device is switched: HuRIC marks "open the tap" as change_operational_state.
const FLOWS: &[&str] = &[
    "tap",
    "faucet",
    "water",
    "hose",
    "rubinetto",
    "acqua",
    "水龙头",
    "龙头",
];

/// Verbs whose first words, where nothing else claims them, are what is to be said.
const SAYS: &[&str] = &[
    "say", "announce", "shout", "whisper", "di", "dì", "annuncia", "说",
];

/// Words that end what is said.
const ENDS: &[&str] = &[
    "and", "then", "to", "please", "quietly", "loudly", "e", "poi", "a", "per",
];

/// Brings the tasks in line.
pub(super) fn settle(tasks: &mut [Task], tokens: &[Token], cutter: &Cutter<'_>) {
    for at in 0..tasks.len() {
        if !frames::nests(&tasks[at].frame) {
            join(tasks, at, tokens, cutter);
            once(&mut tasks[at]);
        }
        switched(&mut tasks[at]);
        said(tasks, at, tokens, cutter);
    }
}

/// Two spans of one role with a word or two between them that nothing claims are one span ("all the [way] down").
fn join(tasks: &mut [Task], at: usize, tokens: &[Token], cutter: &Cutter<'_>) {
    let mut n = 1;
    while n < tasks[at].roles.len() {
        let (one, two) = (&tasks[at].roles[n - 1], &tasks[at].roles[n]);
        let gap = Span {
            start: one.span.end,
            end: two.span.start,
        };
        let between: Vec<&Token> = tokens
            .iter()
            .filter(|token| token.span.start >= gap.start && token.span.end <= gap.end)
            .collect();
        let joined = one.role == two.role
            && one.role != Role::Agent
            && (1..=2).contains(&between.len())
            && between
                .iter()
                .all(|token| !token.is_mark() && !super::words::parts_commands(&token.text))
            && !claimed(tasks, gap);
        if joined {
            let two = tasks[at].roles.remove(n);
            let one = &mut tasks[at].roles[n - 1];
            one.span.end = two.span.end;
            one.text = cutter.cut(one.span).to_owned();
            one.score = Score(one.score.0.min(two.score.0));
        } else {
            n += 1;
        }
    }
}

/// Of several spans with one role the surest stays, the first of equals.
fn once(task: &mut Task) {
    let all = task.roles.clone();
    let mut n = 0;
    task.roles.retain(|filler| {
        let here = n;
        n += 1;
        !all.iter().enumerate().any(|(other, rival)| {
            other != here
                && rival.role == filler.role
                && (rival.score.0 > filler.score.0 || (rival.score.0 == filler.score.0 && other < here))
        })
    });
    extent(task);
}

/// "open the tap": a device, not a door.
fn switched(task: &mut Task) {
    let door = |role: &Role| matches!(role, Role::ContainingObject | Role::ContainerPortal);
    let flows = task.frame == Frame::Closure
        && task.roles.iter().any(|filler| {
            let head = filler.head.as_deref().unwrap_or_default().to_lowercase();
            door(&filler.role) && FLOWS.contains(&head.as_str())
        });
    if !flows {
        return;
    }
    task.frame = Frame::ChangeOperationalState;
    for filler in task.roles.iter_mut().filter(|filler| door(&filler.role)) {
        filler.role = Role::Device;
    }
}

/// "say hello to anna": the words behind the verb that no role has are the message.
fn said(tasks: &mut [Task], at: usize, tokens: &[Token], cutter: &Cutter<'_>) {
    let task = &tasks[at];
    let says = task.frame == Frame::Statement
        && SAYS.contains(&task.trigger.to_lowercase().as_str())
        && !task
            .roles
            .iter()
            .any(|filler| matches!(filler.role, Role::Message | Role::Topic));
    if !says {
        return;
    }
    let words: Vec<Span> = tokens
        .iter()
        .skip_while(|token| token.span.start < task.trigger_span.end)
        .take_while(|token| {
            !token.is_mark() && !ENDS.contains(&token.text.as_str()) && !claimed(tasks, token.span)
        })
        .map(|token| token.span)
        .collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return;
    };
    let span = Span {
        start: first.start,
        end: last.end,
    };
    // Nothing but the words themselves speaks for it: as sure as the task at most, and half of that.
    let score = Score(tasks[at].score.0 * 0.5);
    let task = &mut tasks[at];
    task.roles.push(Filler {
        role: Role::Message,
        text: cutter.cut(span).to_owned(),
        head: None,
        span,
        score,
        value: None,
    });
    task.roles.sort_by_key(|filler| filler.span.start);
    extent(task);
}

/// Whether a trigger or role of any task has some of these characters.
fn claimed(tasks: &[Task], span: Span) -> bool {
    let meets = |other: Span| other.start < span.end && span.start < other.end;
    tasks
        .iter()
        .any(|task| meets(task.trigger_span) || task.roles.iter().any(|filler| meets(filler.span)))
}

fn extent(task: &mut Task) {
    task.span = task.roles.iter().fold(task.trigger_span, |all, filler| Span {
        start: all.start.min(filler.span.start),
        end: all.end.max(filler.span.end),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::{sketch::sketch, words::tokens};

    fn check(annotated: &str, expected: &str) {
        let drawn = sketch(annotated);
        let mut tasks = drawn.tasks();
        settle(&mut tasks, &tokens(&drawn.text), &Cutter::new(&drawn.text));
        let shown: Vec<String> = tasks
            .iter()
            .map(|task| {
                let roles: Vec<String> = task
                    .roles
                    .iter()
                    .map(|filler| format!("{}={}", filler.role.name(), filler.text))
                    .collect();
                format!("{} {}", task.frame.name(), roles.join(" "))
            })
            .collect();
        assert_eq!(shown.join("; "), expected, "{annotated}");
    }

    #[test]
    fn tasks_are_brought_in_line() {
        check(
            "[closure put] [container_portal the *blinds] [degree all the] way [degree down]",
            "closure container_portal=the blinds degree=all the way down",
        );
        check(
            "[closure open] [containing_object the cold *tap]",
            "change_operational_state device=the cold tap",
        );
        check(
            "[closure open] [container_portal the *door]",
            "closure container_portal=the door",
        );
        check(
            "[statement say] hello [recipient to *anna]",
            "statement message=hello recipient=to anna",
        );
        check(
            "[statement say] good evening and [motion go] [goal home]",
            "statement message=good evening; motion goal=home",
        );
        check("[statement tell] [recipient *anna]", "statement recipient=anna");
        check(
            "[taking take] [theme the *cup] and [theme the *mug]",
            "taking theme=the cup",
        );
    }
}
