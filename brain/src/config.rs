//! `robot.toml` as types: one robot, its parts and their limits, what it knows of its place, and its safety policy.
//!
//! In: values that the shell parsed (an unknown key is its parser's error; [`nearest`] finds the key that was
//! meant). Out: a [`Robot`] that [`Robot::validate`] found whole. Never: reads a file, or fills a gap by guessing.
//!
//! Keys carry their unit (`_m`, `_mps`, `_dps`, `_deg`, `_ms`), so that a number in the file cannot be misread.

mod map;
mod parts;
mod pins;
mod policy;
mod talk;
mod validate;

pub use map::{Hazard, Names, Person, Place, Thing, Waypoint};
pub use parts::{Base, Board, Camera, Gripper, Head, Models, Start, Switch};
pub use pins::{Pin, Pull};
pub use policy::{Confirm, HazardousPair, Policy, Zone, ZoneRule};
pub use talk::{Daytime, Listens, Microphone, Voice, VoiceEngine, Wyoming};
pub use validate::{Problem, nearest};

use crate::plan::SkillName;
use serde::{Deserialize, Serialize};

/// One robot, as `robot.toml` describes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Robot {
    /// What people call it.
    pub name: String,
    /// Words that wake it, in lower case.
    #[serde(default)]
    pub wake: Vec<String>,
    /// Seed of everything that is drawn by chance.
    #[serde(default)]
    pub seed: u64,
    /// Skills it may use; empty means all that its parts allow.
    #[serde(default)]
    pub skills: Vec<SkillName>,
    /// Where its odometry begins on the map.
    #[serde(default)]
    pub start: Start,
    /// The serial line to its microcontroller.
    #[serde(default)]
    pub board: Board,
    /// Its camera.
    #[serde(default)]
    pub camera: Option<Camera>,
    /// Its microphone.
    #[serde(default)]
    pub microphone: Option<Microphone>,
    /// How it speaks; without this section a robot that has a microphone speaks with what is installed, another does not.
    #[serde(default)]
    pub voice: Option<Voice>,
    /// Other voice programs that it serves or uses.
    #[serde(default)]
    pub wyoming: Wyoming,
    /// A stop button on a pin of this computer.
    #[serde(default)]
    pub emergency_stop: Option<Pin>,
    /// Its drive base.
    #[serde(default)]
    pub base: Option<Base>,
    /// Its pan-tilt head.
    #[serde(default)]
    pub head: Option<Head>,
    /// Its gripper.
    #[serde(default)]
    pub gripper: Option<Gripper>,
    /// Outputs that are on or off.
    #[serde(default)]
    pub switch: Vec<Switch>,
    /// Rooms and spots it knows.
    #[serde(default)]
    pub place: Vec<Place>,
    /// Points between places that routes run through: doors, corners.
    #[serde(default)]
    pub waypoint: Vec<Waypoint>,
    /// Things it knows.
    #[serde(default)]
    pub thing: Vec<Thing>,
    /// People it knows.
    #[serde(default)]
    pub person: Vec<Person>,
    /// What it may do, and how fast.
    #[serde(default)]
    pub policy: Policy,
    /// Which models it uses.
    #[serde(default)]
    pub models: Models,
    /// Folders of the packs it has learnt; one that is not absolute is looked for beside this file.
    #[serde(default)]
    pub packs: Vec<String>,
    /// A light on a pin of this computer that shows how the robot stands.
    #[serde(default)]
    pub status_light: Option<Pin>,
    /// A sounder on a pin of this computer: it tells of stops.
    #[serde(default)]
    pub buzzer: Option<Pin>,
    /// A button on a pin of this computer: what is said after it was pressed is meant for the robot.
    #[serde(default)]
    pub push_to_talk: Option<Pin>,
}

impl Robot {
    /// Every name of the map with the id it stands for: what a text model's words may be bound to.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let places = self.place.iter().map(|p| (p.id.as_str(), &p.names));
        let things = self.thing.iter().map(|t| (t.id.as_str(), &t.names));
        let people = self.person.iter().map(|p| (p.id.as_str(), &p.names));
        let switches = self.switch.iter().map(|s| (s.output.as_str(), &s.names));
        places
            .chain(things)
            .chain(people)
            .chain(switches)
            .flat_map(|(id, names)| names.values().flatten().map(move |name| (name.as_str(), id)))
    }

    /// The place with this id.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<&Place> {
        self.place.iter().find(|p| p.id == id)
    }

    /// The thing with this id.
    #[must_use]
    pub fn thing(&self, id: &str) -> Option<&Thing> {
        self.thing.iter().find(|t| t.id == id)
    }

    /// The person with this id.
    #[must_use]
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.person.iter().find(|p| p.id == id)
    }
}

#[cfg(test)]
pub(crate) mod tests;
