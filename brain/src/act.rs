//! Runs an approved plan against telemetry.

use serde::{Deserialize, Serialize};

/// How far a plan is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Step of the plan, from 0.
    pub step: u32,
}
