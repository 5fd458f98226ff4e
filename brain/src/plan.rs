//! From goals to plans: which skills, in which order, with what must hold before and after each.
//!
//! In: [`crate::ground::Goal`]s, the robot and where it is. Out: a [`Plan`], plain data that can be printed, stored
//! and compared, or a [`Refusal`] that says what is lacking. Never: touches hardware, or decides whether it may.

mod recipe;
pub mod route;
mod skills;

pub use recipe::plan;

use crate::ground::Target;
use crate::reading::Reason;
use crate::units::{Metres, MetresPerSecond, Point, Radians};
use serde::{Deserialize, Serialize};

/// Ordered skill calls.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The skill calls, in order.
    pub steps: Vec<Step>,
    /// The speed that was asked for; never raises a limit.
    pub speed: Option<MetresPerSecond>,
}

/// One skill call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Which task of the reading it serves.
    pub task: u32,
    /// What to do.
    pub skill: Skill,
    /// What must hold before.
    pub before: Vec<Condition>,
    /// What must hold after; a skill that ends without it has failed.
    pub after: Vec<Condition>,
    /// What is tried once when it fails.
    pub recovery: Recovery,
    /// It is given up after this time, in milliseconds.
    pub timeout_ms: u32,
}

/// A skill with its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Skill {
    /// Drive through these points; the last is the destination.
    Go {
        /// What lies there, for people.
        to: String,
        /// Points on the map.
        route: Vec<Point>,
    },
    /// Drive straight, backwards when negative.
    Drive(Metres),
    /// Turn on the spot, left positive.
    Turn(Radians),
    /// Turn on the spot until this point lies ahead.
    Face {
        /// What lies there, for people.
        to: String,
        /// Point on the map.
        at: Point,
    },
    /// Turn the head to this pan and tilt.
    Look(Radians, Radians),
    /// Look around until this is seen; with `all`, look all around and count.
    LookFor {
        /// What is sought.
        what: Target,
        /// Count all of them.
        all: bool,
    },
    /// Drive until this is within reach (or, for a person, at a polite distance).
    Approach(Target),
    /// Grip it.
    Take(Target),
    /// Hand over what is held.
    Give(Target),
    /// Put down what is held, here or on this.
    Place(Option<Target>),
    /// Keep near this person until told otherwise.
    Follow(Target),
    /// Stop.
    Stop,
    /// Switch an output.
    Switch {
        /// Name of the output.
        output: String,
        /// On or off.
        on: bool,
        /// What it switches, for people.
        what: String,
    },
    /// Say this.
    Say(String),
    /// Say what was found or counted.
    Report(Target),
    /// Do nothing for this time, in milliseconds.
    Wait(u32),
    /// Remember this of the place.
    Learn(Fact),
}

/// A fact of the place that was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// Something is somewhere.
    Located {
        /// What.
        theme: String,
        /// Where, in words.
        location: String,
    },
    /// Something is called or is something; `at` is where the robot stood.
    Called {
        /// What was pointed at, in words ("this").
        item: String,
        /// What it is.
        category: String,
        /// Where the robot stood.
        at: Point,
    },
}

/// Names of the skills, as they stand in `robot.toml` and in replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillName {
    /// Drive to a place or by a distance.
    Go,
    /// Turn the base or the head.
    Turn,
    /// Search with the camera.
    LookFor,
    /// Drive up to something.
    Approach,
    /// Grip.
    Take,
    /// Hand over.
    Give,
    /// Put down.
    Place,
    /// Keep near a person.
    Follow,
    /// Stop.
    Stop,
    /// Switch an output.
    Switch,
    /// Speak.
    Say,
    /// Wait.
    Wait,
    /// Remember what was told.
    Learn,
}

/// What must hold before or after a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The link is up, telemetry is fresh, the board is active.
    Live,
    /// The gripper holds nothing.
    HandsFree,
    /// The gripper holds something.
    Holding,
    /// The target is within reach.
    Near,
    /// The target is seen.
    Seen,
}

/// What is tried once when a skill fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// Nothing: the plan fails.
    None,
    /// The same again.
    Retry,
    /// Back off a little, then the same again.
    BackOff,
    /// Look for the target, then the same again.
    LookAgain,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub reason: Reason,
    /// For people.
    pub say: String,
    /// The rules that said so.
    pub rules: Vec<String>,
}
