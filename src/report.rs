//! The JSON of a reading: types at the edge, filled from what the brain says.
//!
//! Shared by every command that reports what was understood (`parse`, `say`, `hear`, `tell`), so that a field has one
//! name and one form everywhere. Offsets count Unicode characters, scores are 0 to 1, `ms` is milliseconds. It judges
//! nothing and prints nothing.

pub mod course;
pub mod hear;
pub mod map;
pub mod say;
pub mod see;

use brain::reading::{Act, Mood, Outcome, Under, Value};
use serde::{Serialize, Serializer};
use std::time::Duration;

/// What was understood of one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The text as it was given.
    pub text: String,
    /// What the words ask for.
    pub outcome: Outcome,
    /// Stable code of why not to act.
    pub reason: Option<Reason>,
    /// What the robot would say.
    pub say: Option<String>,
    /// ISO 639-1 code of the language.
    pub lang: String,
    /// Kind of utterance.
    pub act: Act,
    /// How sure the whole reading is.
    #[serde(serialize_with = "score")]
    pub confidence: f32,
    /// The tasks, in the order they are to be done.
    pub tasks: Vec<Task>,
    /// An answer from knowledge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What is wrong with the line, for people, where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took.
    pub ms: Milliseconds,
}

/// Why not to act: the brain's codes, and those of texts that never reached it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Reason {
    /// The brain's.
    Judged(brain::reading::Reason),
    /// The edge's.
    Unread(Unread),
}

/// Why a text was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// There is no word in it.
    Empty,
    /// It is longer than any command.
    TooLong,
    /// It is not UTF-8.
    InvalidUtf8,
    /// The line begins with `{` but is not the object it should be.
    InvalidJson,
    /// The text model failed.
    ModelFailed,
}

/// One task frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// FrameNet name in lower case.
    pub frame: String,
    /// How sure the model is.
    #[serde(serialize_with = "score")]
    pub score: f32,
    /// The words that evoke the frame.
    pub trigger: String,
    /// First character of trigger and roles.
    pub start: u32,
    /// One past their last character.
    pub end: u32,
    /// Asked for, forbidden, supposed, told.
    pub mood: Mood,
    /// The roles, in the order of the text.
    pub roles: Vec<Role>,
    /// What must be so before it is done, where something must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// What must be so for a task to be done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// If, when, unless, until.
    pub under: Under,
    /// The words.
    pub text: String,
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// What must be seen, where the robot can look for it; no other condition is carried out.
    pub sought: Option<String>,
}

/// One role of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Role {
    /// FrameNet name in lower case.
    pub role: String,
    /// The words, with their preposition.
    pub text: String,
    /// The noun at its heart.
    pub head: Option<String>,
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// How sure the model is.
    #[serde(serialize_with = "score")]
    pub score: f32,
    /// What the words mean where that can be computed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "value")]
    pub value: Option<Value>,
}

/// An answer from knowledge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// What is answered.
    pub text: String,
    /// Where it comes from.
    pub source: String,
    /// How sure.
    #[serde(serialize_with = "score")]
    pub score: f32,
}

/// How long the stages took.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Milliseconds {
    /// The text model, tokenizer included.
    #[serde(serialize_with = "thousandths")]
    pub encode: f64,
    /// Everything from text to reading.
    #[serde(serialize_with = "thousandths")]
    pub total: f64,
}

impl Milliseconds {
    /// From what a clock measured.
    #[must_use]
    pub fn new(encode: Duration, total: Duration) -> Self {
        Milliseconds {
            encode: encode.as_secs_f64() * 1e3,
            total: total.as_secs_f64() * 1e3,
        }
    }
}

impl Reading {
    /// The brain's reading with the times it took.
    #[must_use]
    pub fn new(reading: brain::reading::Reading, ms: Milliseconds) -> Self {
        Reading {
            text: reading.text,
            outcome: reading.outcome,
            reason: reading.reason.map(Reason::Judged),
            say: reading.say,
            lang: reading.lang,
            act: reading.act,
            confidence: reading.confidence.0,
            tasks: reading.tasks.iter().map(Task::from).collect(),
            answer: reading.answer.map(|answer| Answer {
                text: answer.text,
                source: answer.source,
                score: answer.score.0,
            }),
            error: None,
            ms,
        }
    }

    /// The same text, not read: nothing but a stop counts.
    #[must_use]
    pub fn unread(self, why: Unread, error: String) -> Self {
        let known = !self.tasks.is_empty() || self.act != Act::Command;
        if self.outcome == Outcome::Act && known {
            return Reading {
                error: Some(error),
                ..self
            };
        }
        let (outcome, say) = match why {
            Unread::TooLong => (
                Outcome::Ask,
                Some("That is too long for me. Please say it in shorter sentences.".to_owned()),
            ),
            Unread::ModelFailed => (Outcome::Ignore, self.say),
            Unread::Empty | Unread::InvalidUtf8 | Unread::InvalidJson => (Outcome::Ignore, None),
        };
        Reading {
            outcome,
            say,
            reason: Some(Reason::Unread(why)),
            error: Some(error),
            ..self
        }
    }
}

impl From<&brain::reading::Task> for Task {
    fn from(task: &brain::reading::Task) -> Self {
        Task {
            frame: task.frame.name().to_owned(),
            score: task.score.0,
            trigger: task.trigger.clone(),
            start: task.span.start,
            end: task.span.end,
            mood: task.mood,
            roles: task.roles.iter().map(Role::from).collect(),
            condition: task.condition.as_ref().map(Condition::from),
        }
    }
}

impl From<&brain::reading::Condition> for Condition {
    fn from(condition: &brain::reading::Condition) -> Self {
        Condition {
            under: condition.under,
            text: condition.text.clone(),
            start: condition.span.start,
            end: condition.span.end,
            sought: condition.sought.clone(),
        }
    }
}

impl From<&brain::reading::Filler> for Role {
    fn from(filler: &brain::reading::Filler) -> Self {
        Role {
            role: filler.role.name().to_owned(),
            text: filler.text.clone(),
            head: filler.head.clone(),
            start: filler.span.start,
            end: filler.span.end,
            score: filler.score.0,
            value: filler.value.clone(),
        }
    }
}

/// A number with its unit; a pack's slot value as the pack writes it.
fn value<S: Serializer>(value: &Option<Value>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(Value::Slot(text)) => to.serialize_str(text),
        other => other.serialize(to),
    }
}

/// Four decimals: more is noise of the machine it ran on.
fn score<S: Serializer>(value: &f32, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((f64::from(*value) * 1e4).round() / 1e4)
}

fn thousandths<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((value * 1e3).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain::reading::{Filler, Frame, Role as Of, Span};
    use brain::units::Score;

    fn reading() -> brain::reading::Reading {
        let text = "turn ninety degrees";
        brain::reading::Reading {
            text: text.to_owned(),
            lang: "en".to_owned(),
            act: Act::Command,
            outcome: Outcome::Act,
            reason: None,
            say: None,
            tasks: vec![brain::reading::Task {
                frame: Frame::ChangeDirection,
                score: Score(0.98765),
                trigger: "turn".to_owned(),
                trigger_span: Span { start: 0, end: 4 },
                span: Span { start: 0, end: 19 },
                mood: Mood::Command,
                roles: vec![Filler {
                    role: Of::Angle,
                    text: "ninety degrees".to_owned(),
                    head: Some("degrees".to_owned()),
                    span: Span { start: 5, end: 19 },
                    score: Score(0.5),
                    value: Some(Value::Degree(90.0)),
                }],
                condition: None,
            }],
            answer: None,
            confidence: Score(0.9),
            rival: None,
            named: None,
            choice: None,
        }
    }

    #[test]
    fn the_json_is_that_of_the_contract() {
        let ms = Milliseconds {
            encode: 2.123_456,
            total: 2.5,
        };
        let json = serde_json::to_string_pretty(&Reading::new(reading(), ms)).unwrap();
        insta::assert_snapshot!(json, @r#"
{
  "text": "turn ninety degrees",
  "outcome": "act",
  "reason": null,
  "say": null,
  "lang": "en",
  "act": "command",
  "confidence": 0.9,
  "tasks": [
    {
      "frame": "change_direction",
      "score": 0.9876,
      "trigger": "turn",
      "start": 0,
      "end": 19,
      "mood": "command",
      "roles": [
        {
          "role": "angle",
          "text": "ninety degrees",
          "head": "degrees",
          "start": 5,
          "end": 19,
          "score": 0.5,
          "value": {
            "unit": "degree",
            "value": 90.0
          }
        }
      ]
    }
  ],
  "ms": {
    "encode": 2.123,
    "total": 2.5
  }
}
"#);
    }

    #[test]
    fn an_unread_text_says_why_but_never_hides_a_stop() {
        let told = |outcome| {
            let reading = brain::reading::Reading { outcome, ..reading() };
            let unread =
                Reading::new(reading, Milliseconds::default()).unread(Unread::InvalidUtf8, "bad".to_owned());
            (unread.outcome, serde_json::to_value(unread.reason).unwrap())
        };
        assert_eq!(told(Outcome::Ask), (Outcome::Ignore, "invalid_utf8".into()));
        assert_eq!(told(Outcome::Act), (Outcome::Act, serde_json::Value::Null));
    }
}
