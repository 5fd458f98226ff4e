//! What Mandarin leaves out: "拿字典，放到桌子上" puts the dictionary on the table.
//!
//! Input: the tasks of a reading. Output: whether the thing a task lacks is that of a task before it in the same sentence, and
//! the reading with it put in as "它" for grounding. The reading that is told stays as it was said.

use super::judge::acted_on;
use super::words::is_han;
use crate::reading::{Filler, Frame, Reading, Role, Task};

/// The thing that task number `at` does not name because a task before it did.
#[must_use]
pub(super) fn left_out(tasks: &[Task], at: usize) -> Option<&Filler> {
    let task = &tasks[at];
    let moves = matches!(task.frame, Frame::Placing | Frame::Giving | Frame::Bringing);
    if !moves
        || !task.trigger.chars().any(is_han)
        || task.roles.iter().any(|filler| filler.role == Role::Theme)
    {
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

/// The reading with what was left out as "它"; `None` when nothing was.
#[must_use]
pub fn supplied(reading: &Reading) -> Option<Reading> {
    let mut whole = reading.clone();
    for at in 0..whole.tasks.len() {
        let Some(named) = left_out(&whole.tasks, at).cloned() else {
            continue;
        };
        let it = "它".to_owned();
        whole.tasks[at].roles.push(Filler {
            role: Role::Theme,
            text: it.clone(),
            head: Some(it),
            value: None,
            ..named
        });
    }
    (whole.tasks != reading.tasks).then_some(whole)
}
