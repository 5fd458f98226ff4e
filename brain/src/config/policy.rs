//! The safety policy: how fast, how near, where not, and what needs a yes.
//!
//! Every default is the careful choice; a policy can be made stricter or looser in `robot.toml` alone, never by
//! learning.

use crate::config::Hazard;
use crate::plan::SkillName;
use crate::units::{Metres, MetresPerSecond};
use serde::{Deserialize, Serialize};

/// What the robot may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Highest speed, whatever the base can do.
    pub max_speed_mps: MetresPerSecond,
    /// Highest speed while it holds something.
    pub max_speed_holding_mps: MetresPerSecond,
    /// Farthest drive of one relative command ("go forward ten metres").
    pub max_distance_m: Metres,
    /// A relative drive longer than this needs a yes when it was spoken.
    pub confirm_distance_m: Metres,
    /// A person nearer than this slows the robot down.
    pub person_slow_m: Metres,
    /// A person nearer than this stops it.
    pub person_stop_m: Metres,
    /// Speed while a person is near.
    pub slow_speed_mps: MetresPerSecond,
    /// Battery charge below which nothing new is begun, 0 to 1.
    pub min_battery: f32,
    /// Telemetry older than this is no proof of life.
    pub max_telemetry_age_ms: u32,
    /// An open question is dropped after this time.
    pub question_timeout_ms: u32,
    /// Words that stop the robot, beside the built-in ones.
    pub stop_words: Vec<String>,
    /// Areas with rules of their own.
    pub zone: Vec<Zone>,
    /// What needs a yes.
    pub confirm: Vec<Confirm>,
    /// What must not meet.
    pub hazardous_pair: Vec<HazardousPair>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_speed_mps: MetresPerSecond(0.5),
            max_speed_holding_mps: MetresPerSecond(0.35),
            max_distance_m: Metres(10.0),
            confirm_distance_m: Metres(5.0),
            person_slow_m: Metres(1.5),
            person_stop_m: Metres(0.5),
            slow_speed_mps: MetresPerSecond(0.15),
            min_battery: 0.1,
            max_telemetry_age_ms: 300,
            question_timeout_ms: 30_000,
            stop_words: Vec::new(),
            zone: Vec::new(),
            confirm: Vec::new(),
            hazardous_pair: Vec::new(),
        }
    }
}

/// An area with a rule of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// What it is called in replies.
    pub name: String,
    /// Lower-left corner, metres.
    pub min: [f32; 2],
    /// Upper-right corner, metres.
    pub max: [f32; 2],
    /// What holds in it.
    pub rule: ZoneRule,
}

/// What holds in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneRule {
    /// Never enter.
    Forbidden,
    /// Drive no faster than `slow_speed_mps`.
    Slow,
    /// Enter after a yes.
    Confirm,
}

/// A rule that asks for a yes. Every field that is given must fit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// Stable name of the rule.
    pub name: String,
    /// When this skill is used.
    #[serde(default)]
    pub skill: Option<SkillName>,
    /// On a thing of this class.
    #[serde(default)]
    pub class: Option<String>,
    /// On a thing with this hazard.
    #[serde(default)]
    pub hazard: Option<Hazard>,
    /// Why, for people.
    pub because: String,
}

/// Two things that must not meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HazardousPair {
    /// Stable name of the rule.
    pub name: String,
    /// A thing with this hazard …
    pub hazard: Hazard,
    /// … brought to or put on this: "child", "person", or a class or id of the map.
    pub with: String,
    /// Why, for people.
    pub because: String,
}
