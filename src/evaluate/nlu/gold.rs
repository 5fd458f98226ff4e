//! Marked lines: one JSON object a line, in the form of HuRIC as the project writes it, or with less.
//!
//! | key | says |
//! |---|---|
//! | `text`, `lang` | what was said, and in which language |
//! | `frames` | its tasks: `frame`, `lexical_unit` (the trigger; `start`, `end` where it is said which one), `mood`, `elements` with `role`, `start`, `end`, `head`, and `value` where it is known what the words mean |
//! | `map` | the semantic map it was said over: `id`, `type`, `names`, `x`, `y` |
//! | `act`, `mood`, `marked` | kind of line; whether its tasks are marked |
//! | `intent` | a line of CLINC150: no command of a robot's |
//! | `logical` | a line of GPSR: a command whose tasks are not marked in this form |
//!
//! Offsets count Unicode characters. Other keys are passed over.

use crate::report::map::MapThing;
use brain::message::MapItem;
use brain::reading::Value;
use brain::understand::frames;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What should become of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is to be acted on.
    Act,
    /// It is not: chat, negation, hypothesis, report, question, a bare name, a wish outside the robot's scope.
    Leave,
    /// It is a move in a dialogue, or the line does not say.
    Open,
}

/// One marked line.
#[derive(Debug, Clone)]
pub struct Gold {
    /// Its name or number in the file.
    pub id: String,
    /// What was said.
    pub text: String,
    /// Language, where the line says.
    pub lang: Option<String>,
    /// The tasks, in the order of their triggers; `None` where they are not marked.
    pub tasks: Option<Vec<GoldTask>>,
    /// What should become of it.
    pub due: Due,
    /// The kind of line, for people: act and mood, or intent.
    pub kind: String,
    /// The semantic map; empty for none.
    pub map: Vec<MapItem>,
}

/// One marked task.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldTask {
    /// Name of the frame.
    pub frame: String,
    /// Characters of the trigger.
    pub trigger: (u32, u32),
    /// Mood, where the line says.
    pub mood: Option<String>,
    /// The roles.
    pub roles: Vec<GoldRole>,
}

/// One marked role.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldRole {
    /// Name of the role.
    pub role: String,
    /// Its characters.
    pub span: (u32, u32),
    /// First character of its head, where the line gives one.
    pub head: Option<u32>,
    /// What the words mean, where the line says.
    pub value: Option<Value>,
}

/// Why marked lines could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GoldError {
    /// The file is not there or not readable.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// A line is no object of the form.
    #[error("{path}, line {line}: expected an object with \"text\" (and \"frames\" as in HuRIC): {why}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Nothing is in it.
    #[error("{path}: there is no line in it{}", .lang.as_ref().map(|lang| format!(" in {lang}")).unwrap_or_default())]
    Empty {
        /// Which file.
        path: PathBuf,
        /// The language that was asked for.
        lang: Option<String>,
    },
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<String>,
    text: String,
    lang: Option<String>,
    act: Option<String>,
    mood: Option<String>,
    marked: Option<bool>,
    frames: Option<Vec<Frame>>,
    map: Option<Vec<MapThing>>,
    intent: Option<String>,
    logical: Option<String>,
}

#[derive(Deserialize)]
struct Frame {
    frame: String,
    lexical_unit: String,
    start: Option<u32>,
    end: Option<u32>,
    mood: Option<String>,
    #[serde(default)]
    elements: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    role: String,
    start: u32,
    end: u32,
    head: Option<String>,
    head_start: Option<u32>,
    value: Option<Value>,
}

/// The marked lines of a file, those of one language where `lang` is given.
///
/// # Errors
/// When the file cannot be read, a line is not of the form, or none is left.
pub fn load(path: &Path, lang: Option<&str>) -> Result<Vec<Gold>, GoldError> {
    let text = std::fs::read_to_string(path).map_err(|why| GoldError::File {
        path: path.to_owned(),
        why,
    })?;
    let mut lines = Vec::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let gold = parse(line, number + 1).map_err(|why| GoldError::Line {
            path: path.to_owned(),
            line: number + 1,
            why,
        })?;
        if lang.is_none() || gold.lang.as_deref() == lang {
            lines.push(gold);
        }
    }
    if lines.is_empty() {
        return Err(GoldError::Empty {
            path: path.to_owned(),
            lang: lang.map(str::to_owned),
        });
    }
    Ok(lines)
}

fn parse(line: &str, number: usize) -> Result<Gold, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let chars: Vec<char> = line.text.chars().collect();
    let marked = line.marked.unwrap_or(line.frames.is_some());
    let due = due(&line);
    let kind = match (&line.intent, &line.act, &line.mood) {
        (Some(intent), ..) => intent.clone(),
        (_, Some(act), Some(mood)) => format!("{act}/{mood}"),
        (_, Some(act), None) => act.clone(),
        _ => "command".to_owned(),
    };
    let tasks = match line.frames {
        Some(frames) if marked => Some(tasks(&chars, frames)?),
        _ => None,
    };
    Ok(Gold {
        id: line.id.unwrap_or_else(|| number.to_string()),
        text: line.text,
        lang: line.lang,
        tasks,
        due,
        kind,
        map: line
            .map
            .unwrap_or_default()
            .into_iter()
            .map(MapItem::from)
            .collect(),
    })
}

/// CLINC150's intents that are moves in a dialogue, which the robot has as well.
const MOVES: &[&str] = &["yes", "no", "repeat", "cancel"];

fn due(line: &Line) -> Due {
    if line.logical.is_some() {
        return Due::Act;
    }
    if let Some(intent) = &line.intent {
        return if MOVES.contains(&intent.as_str()) {
            Due::Open
        } else {
            Due::Leave
        };
    }
    match line.act.as_deref() {
        Some("confirm" | "deny" | "cancel" | "correct" | "undo" | "repeat" | "choose") => return Due::Open,
        Some("chat" | "fragment" | "out_of_scope" | "question") => return Due::Leave,
        _ => {}
    }
    let asks = |frame: &str, mood: Option<&str>| match mood {
        None | Some("command" | "description") => true,
        Some("question") => frames::informs(&brain::reading::Frame::from(frame)),
        Some(_) => false,
    };
    match line.frames.as_deref() {
        Some([]) if line.marked != Some(false) => Due::Leave,
        None | Some([]) if line.act.is_none() && line.mood.is_none() => Due::Open,
        None | Some([]) => {
            if asks("", line.mood.as_deref()) {
                Due::Act
            } else {
                Due::Leave
            }
        }
        Some(frames) => {
            let any = frames
                .iter()
                .any(|frame| asks(&frame.frame, frame.mood.as_deref().or(line.mood.as_deref())));
            if any { Due::Act } else { Due::Leave }
        }
    }
}

/// The tasks with the places of their triggers. HuRIC names a trigger but not where it stands: among the places not yet
/// taken, the one nearest before the frame's first role (the agent aside) wins, one outside the roles before one inside.
fn tasks(chars: &[char], mut frames: Vec<Frame>) -> Result<Vec<GoldTask>, String> {
    let own = |frame: &Frame| -> Vec<(u32, u32)> {
        let others = frame.elements.iter().filter(|element| element.role != "agent");
        others.map(|element| (element.start, element.end)).collect()
    };
    let anchor = |frame: &Frame| own(frame).iter().map(|span| span.0).min().unwrap_or(0);
    frames.sort_by_key(anchor);
    let mut taken: Vec<u32> = Vec::new();
    let mut tasks = Vec::new();
    for frame in frames {
        let unit: Vec<char> = frame.lexical_unit.chars().collect();
        let trigger = match (frame.start, frame.end) {
            (Some(start), Some(end)) => (start, end),
            _ => {
                let places = places(chars, &unit);
                let free: Vec<u32> = places
                    .iter()
                    .copied()
                    .filter(|place| !taken.contains(place))
                    .collect();
                let (spans, anchor) = (own(&frame), anchor(&frame));
                let inside = |place: u32| spans.iter().any(|&(start, end)| start <= place && place < end);
                let place = if free.is_empty() { places } else { free }
                    .into_iter()
                    .min_by_key(|&place| (inside(place), place > anchor, anchor.abs_diff(place)))
                    .ok_or_else(|| format!("trigger {:?} is not in the text", frame.lexical_unit))?;
                (place, place + unit.len() as u32)
            }
        };
        taken.push(trigger.0);
        let mut roles = Vec::new();
        for element in frame.elements {
            if element.end as usize > chars.len() || element.start >= element.end {
                return Err(format!("role {} covers no words of the text", element.role));
            }
            roles.push(role(chars, element));
        }
        tasks.push(GoldTask {
            frame: frame.frame,
            trigger,
            mood: frame.mood,
            roles,
        });
    }
    tasks.sort_by_key(|task| task.trigger);
    Ok(tasks)
}

/// Where `unit` stands as a word of its own.
fn places(chars: &[char], unit: &[char]) -> Vec<u32> {
    let word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    (0..(chars.len() + 1).saturating_sub(unit.len().max(1)))
        .filter(|&at| {
            chars[at..].starts_with(unit)
                && !word(at.checked_sub(1).and_then(|before| chars.get(before)))
                && !word(chars.get(at + unit.len()))
        })
        .map(|at| at as u32)
        .collect()
}

fn role(chars: &[char], element: Element) -> GoldRole {
    let span = (element.start, element.end);
    let head = element.head.filter(|head| !head.is_empty()).and_then(|head| {
        element.head_start.or_else(|| {
            let unit: Vec<char> = head.chars().collect();
            let text = &chars[span.0 as usize..span.1 as usize];
            places(text, &unit).first().map(|at| at + span.0)
        })
    });
    GoldRole {
        role: element.role,
        span,
        head,
        value: element.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold(line: &str) -> Gold {
        parse(line, 1).unwrap()
    }

    #[test]
    fn a_trigger_is_found_where_huric_does_not_say() {
        // "take" twice: the first frame's is the one before its theme.
        let line = gold(
            r#"{"text": "take the cup and take the mug", "lang": "en", "frames": [
            {"frame": "taking", "lexical_unit": "take", "elements": [{"role": "theme", "start": 22, "end": 29, "text": "the mug", "head": "mug"}]},
            {"frame": "taking", "lexical_unit": "take", "elements": [{"role": "theme", "start": 5, "end": 12, "text": "the cup", "head": "cup"}]}]}"#,
        );
        let tasks = line.tasks.unwrap();
        assert_eq!(
            tasks.iter().map(|task| task.trigger.0).collect::<Vec<_>>(),
            [0, 17]
        );
        assert_eq!(tasks[0].roles[0].head, Some(9));
        assert_eq!(line.due, Due::Act);
        let missing =
            r#"{"text": "go", "frames": [{"frame": "taking", "lexical_unit": "take", "elements": []}]}"#;
        assert_eq!(
            parse(missing, 1).unwrap_err(),
            "trigger \"take\" is not in the text"
        );
    }

    #[test]
    fn what_is_due_follows_from_the_line() {
        let check = |rest: &str, due: Due| {
            assert_eq!(
                gold(&format!(r#"{{"text": "go there", {rest}}}"#)).due,
                due,
                "{rest}"
            )
        };
        check(r#""intent": "oos""#, Due::Leave);
        check(r#""intent": "yes""#, Due::Open);
        check(r#""logical": "( go )""#, Due::Act);
        check(
            r#""act": "chat", "mood": "report", "marked": false, "frames": []"#,
            Due::Leave,
        );
        check(
            r#""act": "command", "mood": "prohibition", "marked": false, "frames": []"#,
            Due::Leave,
        );
        check(
            r#""act": "command", "mood": "command", "marked": false, "frames": []"#,
            Due::Act,
        );
        check(r#""act": "correct", "marked": true, "frames": []"#, Due::Open);
        let frame = |mood: &str| {
            format!(
                r#""act": "command", "frames": [{{"frame": "motion", "lexical_unit": "go", "mood": "{mood}"}}]"#
            )
        };
        check(&frame("command"), Due::Act);
        check(&frame("prohibition"), Due::Leave);
        check(&frame("question"), Due::Leave);
        check(
            r#""frames": [{"frame": "counting", "lexical_unit": "go", "mood": "question"}]"#,
            Due::Act,
        );
    }
}
