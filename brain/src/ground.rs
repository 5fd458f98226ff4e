//! From words to things: binds the roles of a reading to the map, the scene and the speaker.
//!
//! In: a [`crate::reading::Reading`] and what the robot knows and sees. Out: [`Goal`]s whose roles point at real
//! things, or a [`Question`] that names the choices. Never: picks silently between equals.

use crate::config::Hazard;
use crate::reading::{Filler, Frame, Mood, Reason, Role};
use crate::scene::TrackId;
use crate::units::{Metres, Point, Radians};
use serde::{Deserialize, Serialize};

/// One task with its roles bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// Which task of the reading, from 0.
    pub task: u32,
    /// What is to be done.
    pub frame: Frame,
    /// Asked for, or told to be learnt.
    pub mood: Mood,
    /// The word that evoked the frame, in lower case: "open" or "close" tell tasks of one frame apart.
    pub trigger: String,
    /// The roles that were said, bound to something or left as words.
    pub roles: Vec<Bound>,
}

impl Goal {
    /// The first of these roles that was said.
    #[must_use]
    pub fn role(&self, roles: &[Role]) -> Option<&Bound> {
        roles
            .iter()
            .find_map(|r| self.roles.iter().find(|b| b.filler.role == *r))
    }

    /// What the first of these roles was bound to.
    #[must_use]
    pub fn target(&self, roles: &[Role]) -> Option<&Target> {
        roles
            .iter()
            .find_map(|r| {
                self.roles
                    .iter()
                    .find(|b| b.filler.role == *r && b.target.is_some())
            })?
            .target
            .as_ref()
    }
}

/// One role and what it was bound to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The words.
    pub filler: Filler,
    /// What they point at; `None` where the words are no thing ("left", "slowly", a message).
    pub target: Option<Target>,
}

/// Something real that words point at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// What it is.
    pub kind: Kind,
    /// What to call it in replies: "the red cup" without the article.
    pub label: String,
    /// Its id in the map.
    pub id: Option<String>,
    /// Class: "cup", "kitchen".
    pub class: String,
    /// Colour, where it is told or seen.
    pub color: Option<String>,
    /// Position on the map.
    pub at: Option<Point>,
    /// Height above the floor.
    pub height: Option<Metres>,
    /// Place it is in, by id.
    pub place: Option<String>,
    /// The track it is seen as.
    pub track: Option<TrackId>,
    /// `[x, y, width, height]` in pixels, where it is seen.
    pub bbox: Option<[f32; 4]>,
    /// Direction from the robot, left positive.
    pub bearing: Option<Radians>,
    /// Distance from the robot.
    pub range: Option<Metres>,
    /// What makes it dangerous.
    pub hazards: Vec<Hazard>,
    /// The robot may take it along: told by the map, or by what its class is.
    pub movable: bool,
    /// Width where it is gripped.
    pub width: Option<Metres>,
    /// Weight in kilograms.
    pub weight: Option<f32>,
    /// Output that switches it.
    pub device: Option<String>,
    /// How it was chosen, for people: "the only cup that is red".
    pub chosen: String,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A room or spot of the map.
    Place,
    /// A thing of the map or of the scene.
    Thing,
    /// A person of the map or of the scene.
    Person,
    /// Who spoke.
    Speaker,
    /// The robot itself.
    Robot,
    /// Something that is switched.
    Device,
    /// Known by name only: it must be looked for first.
    Sought,
}

/// What the robot asks back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Why it asks.
    pub reason: Reason,
    /// Which task of the reading.
    pub task: u32,
    /// Which role is open; `None` when a yes is asked for.
    pub role: Option<Role>,
    /// What may be chosen from; empty when the answer is free.
    pub choices: Vec<Target>,
    /// The question, for people.
    pub say: String,
}
