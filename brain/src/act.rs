//! Runs an approved plan against telemetry.

use crate::plan::SkillName;
use serde::{Deserialize, Serialize};

/// How far a plan is. Sent when a step begins, ends or fails, and when the plan ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Step of the plan, from 0.
    pub step: u32,
    /// Steps of the plan.
    pub of: u32,
    /// The skill of this step.
    pub skill: Option<SkillName>,
    /// The step in words.
    pub what: String,
    /// How it stands.
    pub status: Status,
    /// Why it failed or was dropped, for people.
    pub why: Option<String>,
}

/// How a step or a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The step began.
    Started,
    /// The step failed and is tried once more.
    Recovering,
    /// The step ended well.
    Done,
    /// The whole plan ended well.
    Finished,
    /// The plan failed at this step.
    Failed,
    /// The plan was dropped: a stop, a cancel, a lost link, a newer command.
    Dropped,
}
