//! What was said before, and what it means for what is said now: open questions, pronouns, undo.

use crate::ground::{Goal, Memory, Question, Settled};
use crate::message::{Source, Utterance};
use crate::plan::{Skill, Step};
use crate::reading::Reading;
use crate::units::{Now, Pose, UtteranceId};
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
    /// What is needed to say why.
    pub account: Account,
    /// A command that waits until the running plan has ended well: "and the bottle too".
    pub next: Option<Box<Next>>,
}

/// A command that waits for its turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Next {
    /// How it was said.
    pub utterance: Utterance,
    /// What was understood.
    pub reading: Reading,
    /// What its words were bound to.
    pub settled: Vec<Settled>,
}

/// What the robot can say for itself: what it did, what it did not, and why.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Account {
    /// The words of the last command that was begun.
    pub did: Option<String>,
    /// What was said to the last command that was not begun.
    pub refused: Option<String>,
    /// The plan that ended last, as its last step, and why it ended before its end.
    pub ended: Option<(Skill, Option<String>)>,
    /// Where the robot was when the plan began that is carried out.
    pub began: Pose,
    /// Where it was when the plan began that ended last: drives are undone by going back there.
    pub from: Option<Pose>,
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
