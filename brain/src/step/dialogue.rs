//! What was said before, and what it means for what is said now: open questions, pronouns, undo.

use crate::ground::{Goal, Memory, Question, Settled};
use crate::message::Source;
use crate::plan::Step;
use crate::reading::Reading;
use crate::units::{Now, UtteranceId};
use serde::{Deserialize, Serialize};

/// The conversation so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Dialogue {
    /// The question that waits for an answer.
    pub open: Option<Open>,
    /// What was spoken of last.
    pub memory: Memory,
    /// What the robot said last in a reply.
    pub said: Option<String>,
    /// The last command, for corrections.
    pub last: Option<Last>,
    /// The steps of the plan that ended last, for undo.
    pub done: Vec<Step>,
    /// The language spoken last.
    pub lang: String,
}

/// A question that waits for an answer, with all that is needed to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// The question.
    pub question: Question,
    /// What was understood of what it is about.
    pub reading: Reading,
    /// What was answered so far.
    pub settled: Vec<Settled>,
    /// When it was asked.
    pub asked: Now,
    /// Which utterance it answers.
    pub utterance: UtteranceId,
    /// Where that came from.
    pub source: Source,
}

/// A command as it was understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Last {
    /// What was understood.
    pub reading: Reading,
    /// What it was bound to.
    pub goals: Vec<Goal>,
    /// What was answered to questions about it.
    pub settled: Vec<Settled>,
}
