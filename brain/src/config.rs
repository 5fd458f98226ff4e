//! `robot.toml` as types: one robot, its parts, its limits, what it knows and its safety policy.

use serde::{Deserialize, Serialize};

/// One robot, as `robot.toml` describes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Robot {
    /// What people call it.
    pub name: String,
}
