//! From what the text model says of an utterance to a [`Reading`]: what is asked for, and whether to act on it.
//!
//! ```text
//! text ──> stop words, exact phrases ─┐
//! Tags ──> decode ──> tasks, roles ───┼──> moods ──> values ──> judge ──> Reading
//! ```
//!
//! It judges the words alone. Whether the things exist, whether the robot can and may, is for grounding, planning
//! and the guard. It needs the model only for tasks: a stop word, "yes" and "never mind" are known without.

pub mod decode;
pub mod words;

use crate::message::{Labels, MapItem, Tags};
use crate::reading::{Act, Filler, Frame, Mood, Outcome, Reading, Role, Span, Task};
use crate::units::Score;
use serde::{Deserialize, Serialize};
use words::Cutter;

/// What is known beside the words when an utterance is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The semantic map that came with the text, where one did.
    pub map: &'a [MapItem],
    /// Names of places, things and persons the robot knows.
    pub known: &'a [String],
    /// The question that waits for an answer, where one does.
    pub open: Option<Open<'a>>,
    /// Words that stop the robot, beside the built-in ones.
    pub stop_words: &'a [String],
    /// What the model's probabilities are compared with.
    pub thresholds: Thresholds,
}

/// A question that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub struct Open<'a> {
    /// The offered answers, as they were said ("the red cup", "the blue cup"); empty for a yes-or-no question.
    pub choices: &'a [String],
}

/// What the model's probabilities are compared with. The shipped values stand in the model's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// Divides the frame logits before the softmax (temperature scaling, Guo et al. 2017).
    pub frame_temperature: f32,
    /// The same for the role tags.
    pub role_temperature: f32,
    /// The same for the moods.
    pub mood_temperature: f32,
    /// The same for the acts.
    pub act_temperature: f32,
    /// A word is a trigger when its frames together are likelier than this.
    pub trigger: f32,
    /// A reading is acted on from this confidence on; below it is asked about.
    pub act: f32,
    /// Below this confidence nothing is asked either: it was hardly meant for the robot.
    pub ask: f32,
    /// Two frames tie when the first is less than this ahead.
    pub tie: f32,
    /// A task is no command when its moods other than command are together likelier than this.
    pub mood: f32,
    /// An utterance is chat or out of scope when the model gives these more than this.
    pub chat: f32,
    /// Slope of the confidence in log odds (Platt 1999), fitted on lines kept aside from training.
    pub slope: f32,
    /// Offset of the confidence in log odds.
    pub offset: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            frame_temperature: 1.0,
            role_temperature: 1.0,
            mood_temperature: 1.0,
            act_temperature: 1.0,
            trigger: 0.5,
            act: 0.5,
            ask: 0.1,
            tie: 0.15,
            mood: 0.5,
            chat: 0.5,
            slope: 1.0,
            offset: 0.0,
        }
    }
}

/// Reads one utterance. `tags` is `None` when the model could not run: then only stop words and exact phrases count.
#[must_use]
pub fn understand(text: &str, tags: Option<&Tags>, labels: &Labels, context: &Context<'_>) -> Reading {
    let decoding = tags.and_then(|tags| decode::decode(tags, labels, &context.thresholds));
    let cutter = Cutter::new(text);
    let mut reading = blank(text);
    if let (Some(decoding), Some(tags)) = (&decoding, tags) {
        reading.tasks = decoding
            .tasks
            .iter()
            .map(|task| task_of(task, tags, labels, &cutter))
            .collect();
    }
    reading
}

/// A reading in which nothing was understood yet.
fn blank(text: &str) -> Reading {
    Reading {
        text: text.to_owned(),
        lang: "en".to_owned(),
        act: Act::Command,
        outcome: Outcome::Act,
        reason: None,
        say: None,
        tasks: Vec::new(),
        answer: None,
        confidence: Score(0.0),
        rival: None,
        named: None,
        choice: None,
    }
}

/// A decoded task in the words of the text.
fn task_of(task: &decode::Decoded, tags: &Tags, labels: &Labels, cutter: &Cutter<'_>) -> Task {
    let span_of = |words: &std::ops::Range<usize>| Span {
        start: tags.words[words.start].start.min(cutter.len()),
        end: tags.words[words.end - 1].end.min(cutter.len()),
    };
    let trigger_span = span_of(&task.trigger);
    let roles: Vec<Filler> = task
        .roles
        .iter()
        .map(|role| {
            let span = span_of(&role.words);
            Filler {
                role: Role::from(labels.roles[role.role].as_str()),
                text: cutter.cut(span).to_owned(),
                head: role
                    .head
                    .as_ref()
                    .map(|head| cutter.cut(span_of(head)).to_owned()),
                span,
                score: Score(role.score),
                value: None,
            }
        })
        .collect();
    let span = roles.iter().fold(trigger_span, |all, role| Span {
        start: all.start.min(role.span.start),
        end: all.end.max(role.span.end),
    });
    Task {
        frame: Frame::from(labels.frames[task.frame].as_str()),
        score: Score(task.score),
        trigger: cutter.cut(trigger_span).to_owned(),
        trigger_span,
        span,
        mood: Mood::Command,
        roles,
    }
}
