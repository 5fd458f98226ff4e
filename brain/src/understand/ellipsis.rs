//! What is left out, and what is said at once of several things: "拿字典，放到桌子上" puts the dictionary on the table, "take the
//! cup and bring to me" brings the cup, "take the red cup and the blue cup" takes two.
//!
//! Input: the tasks of a reading. Output: whether the thing a task lacks is that of a task before it in the same sentence, and
//! the reading as it is grounded: with a pronoun put in, and a task for each thing. The reading that is told stays as it was
//! said.

use super::decode::gap::Sort;
use super::judge::acted_on;
use super::letters::sort;
use super::words::{Cutter, is_han, tokens};
use crate::reading::{Filler, Frame, Reading, Role, Span, Task};

/// The thing that task number `at` does not name because a task before it did.
#[must_use]
pub(super) fn left_out(tasks: &[Task], at: usize) -> Option<&Filler> {
    let task = &tasks[at];
    let has = |role: &Role| task.roles.iter().any(|filler| filler.role == *role);
    let moves = matches!(task.frame, Frame::Placing | Frame::Giving | Frame::Bringing);
    // Where nothing is said of where it goes, "bring" alone lacks more than a pronoun.
    let goes = [Role::Goal, Role::Beneficiary, Role::Recipient].iter().any(has);
    if !moves || has(&Role::Theme) || !(goes || task.trigger.chars().any(is_han)) {
        return None;
    }
    let before = tasks[..at].iter().rev().filter(|task| acted_on(task));
    before
        .take_while(|task| !matches!(task.frame, Frame::Closure | Frame::ChangeOperationalState))
        .filter(|task| matches!(task.frame, Frame::Taking | Frame::Bringing | Frame::Locating))
        .find_map(|task| {
            task.roles
                .iter()
                .find(|filler| matches!(filler.role, Role::Theme | Role::SoughtEntity))
        })
}

/// The reading with what was left out as a pronoun and a task for each of several things; `None` when nothing changes.
#[must_use]
pub fn supplied(reading: &Reading) -> Option<Reading> {
    let mut whole = reading.clone();
    for at in 0..whole.tasks.len() {
        let Some(named) = left_out(&whole.tasks, at).cloned() else {
            continue;
        };
        let it = match reading.lang.as_str() {
            "zh" => "它",
            "it" => "lo",
            _ => "it",
        };
        whole.tasks[at].roles.push(Filler {
            role: Role::Theme,
            text: it.to_owned(),
            head: Some(it.to_owned()),
            value: None,
            ..named
        });
    }
    let each = |task: &Task| match several(task, &reading.lang) {
        Some(tasks) => tasks,
        None => vec![task.clone()],
    };
    whole.tasks = whole.tasks.iter().flat_map(each).collect();
    (whole.tasks != reading.tasks).then_some(whole)
}

/// One task for each thing that "the red cup and the blue cup" names.
fn several(task: &Task, lang: &str) -> Option<Vec<Task>> {
    let moves = matches!(
        task.frame,
        Frame::Taking
            | Frame::Bringing
            | Frame::Giving
            | Frame::Placing
            | Frame::Closure
            | Frame::ChangeOperationalState
    );
    let one = task.roles.iter().position(|filler| {
        matches!(
            filler.role,
            Role::Theme | Role::Device | Role::ContainingObject | Role::ContainerPortal
        )
    })?;
    if !moves || !acted_on(task) {
        return None;
    }
    let filler = &task.roles[one];
    let words = tokens(&filler.text);
    let said: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let sorts: Vec<Sort> = (0..said.len()).map(|at| sort(&said, at, lang)).collect();
    // A new name begins with an article behind "and" or a comma; "salt and pepper" is one.
    let begins: Vec<usize> = (1..said.len())
        .filter(|&at| sorts[at] == Sort::Opens && sorts[at - 1] == Sort::And)
        .collect();
    if begins.is_empty() || sorts.contains(&Sort::Breaks) {
        return None;
    }
    let cutter = Cutter::new(&filler.text);
    let starts = std::iter::once(0).chain(begins.iter().copied());
    let ends = begins.iter().copied().chain(std::iter::once(said.len()));
    let names = starts.zip(ends).map(|(start, end)| {
        let end = (start..end)
            .rev()
            .find(|&at| sorts[at] != Sort::And)
            .unwrap_or(start);
        let span = Span {
            start: words[start].span.start,
            end: words[end].span.end,
        };
        super::filler(filler.role.clone(), span, &cutter, lang)
    });
    let task = |name: Filler| {
        let mut task = task.clone();
        task.roles[one] = Filler {
            span: filler.span,
            score: filler.score,
            ..name
        };
        task
    };
    Some(names.map(task).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Act, Outcome};
    use crate::understand::sketch::{sketch, told};
    use crate::units::Score;

    fn check(annotated: &str, lang: &str, expected: &str) {
        let drawn = sketch(annotated);
        let reading = Reading {
            text: drawn.text.clone(),
            lang: lang.to_owned(),
            act: Act::Command,
            outcome: Outcome::Act,
            reason: None,
            say: None,
            tasks: drawn.tasks(),
            answer: None,
            confidence: Score(1.0),
            rival: None,
            named: None,
            choice: None,
        };
        let tasks = supplied(&reading).map(|reading| told(&reading.tasks, false));
        assert_eq!(tasks.as_deref().unwrap_or("as said"), expected, "{annotated}");
    }

    #[test]
    fn what_was_just_named_is_not_named_again() {
        check(
            "[taking take] [theme the *cup] and [bringing bring] [beneficiary to me]",
            "en",
            "taking theme=the cup; bringing beneficiary=to me theme=it",
        );
        check("[bringing bring] [beneficiary to me]", "en", "as said");
        check(
            "[taking take] [theme the *cup] and [bringing bring]",
            "en",
            "as said",
        );
    }

    #[test]
    fn several_things_are_several_tasks() {
        check(
            "[taking take] [theme the red *cup, the plate and the blue cup]",
            "en",
            "taking theme=the red cup; taking theme=the plate; taking theme=the blue cup",
        );
        check(
            "[bringing porta] [theme il *libro e la penna] [beneficiary a marco]",
            "it",
            "bringing theme=il libro beneficiary=a marco; bringing theme=la penna beneficiary=a marco",
        );
        check("[taking take] [theme the *salt and pepper]", "en", "as said");
        check(
            "[locating find] [sought_entity the *cup and the plate]",
            "en",
            "as said",
        );
    }
}
