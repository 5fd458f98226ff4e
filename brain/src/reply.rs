//! The answer to one utterance: what was understood, bound, planned and decided.

use crate::reading::Reading;
use crate::units::UtteranceId;
use serde::{Deserialize, Serialize};

/// The answer to one utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Which utterance it answers.
    pub utterance: UtteranceId,
    /// What was understood.
    pub reading: Reading,
}
