//! The semantic map: places, things and people, with what they are called.

use crate::units::{Metres, Point};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What something is called: ISO 639-1 code to names, the first of each list is the one that is spoken.
pub type Names = BTreeMap<String, Vec<String>>;

/// A room or a spot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Unique name.
    pub id: String,
    /// Class: "kitchen", "table".
    #[serde(default)]
    pub class: String,
    /// What people call it.
    #[serde(default)]
    pub names: Names,
    /// Where the robot stands when it is there, metres.
    pub x: f32,
    /// Metres.
    pub y: f32,
    /// Everything nearer than this is in it.
    #[serde(default = "radius")]
    pub radius_m: Metres,
    /// Places and waypoints it can be reached from in a straight line; both ways.
    #[serde(default)]
    pub connects: Vec<String>,
}

fn radius() -> Metres {
    Metres(1.5)
}

impl Place {
    /// Its position.
    #[must_use]
    pub fn at(&self) -> Point {
        Point { x: self.x, y: self.y }
    }
}

/// A point between places that routes run through.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waypoint {
    /// Unique name.
    pub id: String,
    /// Metres.
    pub x: f32,
    /// Metres.
    pub y: f32,
    /// Places and waypoints it can be reached from in a straight line; both ways.
    #[serde(default)]
    pub connects: Vec<String>,
}

/// A thing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// Unique name.
    pub id: String,
    /// Class, as the detector calls it: "cup", "dining table".
    pub class: String,
    /// What people call it.
    #[serde(default)]
    pub names: Names,
    /// Colour name in English.
    #[serde(default)]
    pub color: Option<String>,
    /// Place it is in or on.
    #[serde(default)]
    pub place: Option<String>,
    /// Thing it stands on or in.
    #[serde(default)]
    pub on: Option<String>,
    /// Position, metres: x, y and height above the floor.
    #[serde(default)]
    pub at: Option<[f32; 3]>,
    /// The robot may take it along.
    #[serde(default)]
    pub movable: bool,
    /// Width where it is gripped.
    #[serde(default)]
    pub width_m: Option<Metres>,
    /// Weight in kilograms.
    #[serde(default)]
    pub weight_kg: Option<f32>,
    /// Output that switches it on and off.
    #[serde(default)]
    pub device: Option<String>,
    /// What makes it dangerous.
    #[serde(default)]
    pub hazards: Vec<Hazard>,
}

/// What makes a thing dangerous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hazard {
    /// Burns.
    Hot,
    /// Cuts or pierces.
    Sharp,
    /// Breaks.
    Fragile,
    /// Runs out.
    Liquid,
    /// Must not be swallowed or breathed.
    Poisonous,
    /// Burns or explodes.
    Flammable,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Unique name.
    pub id: String,
    /// What people call them.
    #[serde(default)]
    pub names: Names,
    /// Where they usually are, metres.
    #[serde(default)]
    pub at: Option<[f32; 2]>,
    /// A child: nothing dangerous is handed over.
    #[serde(default)]
    pub child: bool,
    /// This is who speaks when nothing tells otherwise ("me").
    #[serde(default)]
    pub speaker: bool,
}
