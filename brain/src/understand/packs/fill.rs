//! What a pack's frame says and does, with what was said for its slots filled in.
//!
//! `{slot}` becomes the slot's value; a piece in `[brackets]` is left out when one of its slots is open.

use super::{Pack, PackFrame};
use crate::reading::{Filler, Frame, Mood, Reading, Role, Task, Value};

/// Names of the slots in a text.
#[must_use]
pub fn slots(text: &str) -> Vec<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim())
        .collect()
}

/// The text with the slots filled in.
#[must_use]
pub fn fill(text: &str, task: &Task) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        out.push_str(&plain(&rest[..open], task));
        let Some(close) = rest[open..].find(']') else {
            break;
        };
        let piece = &rest[open + 1..open + close];
        if slots(piece).iter().all(|slot| value(task, slot).is_some()) {
            out.push_str(&plain(piece, task));
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(&plain(rest, task));
    out.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" ,", ",")
        .replace(" .", ".")
}

fn plain(text: &str, task: &Task) -> String {
    let mut out = text.to_owned();
    for slot in slots(text) {
        out = out.replace(&format!("{{{slot}}}"), value(task, slot).unwrap_or_default());
    }
    out
}

/// The value of a slot that was said.
fn value<'a>(task: &'a Task, slot: &str) -> Option<&'a str> {
    let filler = task.roles.iter().find(|filler| filler.role.name() == slot)?;
    Some(match &filler.value {
        Some(Value::Slot(value)) => value,
        _ => &filler.text,
    })
}

/// The reading with each task of a pack's frame replaced by what the frame stands for: the commands it was taught, then
/// what it says. Frames that do and say nothing stay as they are.
#[must_use]
pub fn carried_out(reading: &Reading, packs: &[Pack]) -> Option<Reading> {
    let frame_of = |task: &Task| {
        packs
            .iter()
            .flat_map(|pack| &pack.frames)
            .find(|f| f.name == task.frame.name())
    };
    let stands_for =
        |task: &Task| frame_of(task).filter(|frame| frame.says.is_some() || !frame.does.is_empty());
    if !reading.tasks.iter().any(|task| stands_for(task).is_some()) {
        return None;
    }
    let mut carried = reading.clone();
    carried.tasks = Vec::new();
    for task in &reading.tasks {
        match stands_for(task) {
            Some(frame) if task.mood == Mood::Command => carried.tasks.extend(steps(frame, task)),
            _ => carried.tasks.push(task.clone()),
        }
    }
    Some(carried)
}

fn steps(frame: &PackFrame, task: &Task) -> Vec<Task> {
    let mut tasks: Vec<Task> = frame.does.iter().flat_map(|step| step.tasks.clone()).collect();
    for filler in tasks.iter_mut().flat_map(|task| &mut task.roles) {
        filler.text = fill(&filler.text, task);
        if let Some(head) = &mut filler.head {
            *head = fill(head, task);
        }
    }
    for inner in &mut tasks {
        inner.span = task.span;
        inner.trigger_span = task.trigger_span;
        inner.condition.clone_from(&task.condition);
    }
    if let Some(says) = &frame.says {
        let message = Filler {
            role: Role::Message,
            text: fill(says, task),
            head: None,
            span: task.span,
            score: task.score,
            value: None,
        };
        tasks.push(Task {
            frame: Frame::Statement,
            roles: vec![message],
            ..task.clone()
        });
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Span;
    use crate::units::Score;

    #[test]
    fn a_text_is_filled_with_what_was_said() {
        let filler = |role: &str, value: &str| Filler {
            role: Role::from(role),
            text: "as it was said".to_owned(),
            head: None,
            span: Span::default(),
            score: Score(1.0),
            value: Some(Value::Slot(value.to_owned())),
        };
        let task = Task {
            frame: Frame::from("order"),
            score: Score(1.0),
            trigger: String::new(),
            trigger_span: Span::default(),
            span: Span::default(),
            mood: Mood::Command,
            roles: vec![filler("drink", "latte"), filler("size", "large")],
            condition: None,
        };
        let says = "One [{size}] [{roast}] {drink}[ with {milk}][, {size}].";
        assert_eq!(fill(says, &task), "One large latte, large.");
        assert_eq!(slots(says), ["size", "roast", "drink", "milk", "size"]);
    }
}
