//! The answer to one utterance: what was understood, bound, planned and decided.
//!
//! It holds everything `coact say --json` prints; the JSON itself is written at the edge.

use crate::ground::Goal;
use crate::guard::Verdict;
use crate::plan::Plan;
use crate::reading::{Outcome, Reading, Reason};
use crate::scene::Scene;
use crate::units::UtteranceId;
use serde::{Deserialize, Serialize};

/// The answer to one utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Which utterance it answers.
    pub utterance: UtteranceId,
    /// The words. Those of [`Self::reading`] differ where this answers a question about an earlier command.
    pub said: String,
    /// What becomes of it, everything considered.
    pub outcome: Outcome,
    /// Why it is not simply acted on.
    pub reason: Option<Reason>,
    /// What the robot says to it.
    pub say: Option<String>,
    /// What was understood.
    pub reading: Reading,
    /// What was around when it was decided.
    pub scene: Scene,
    /// What the words were bound to, whatever the outcome.
    pub goals: Vec<Goal>,
    /// What would be, or is being, done; `None` when nothing was planned.
    pub plan: Option<Plan>,
    /// What the guard decided; `None` when it was not asked.
    pub verdict: Option<Verdict>,
}
