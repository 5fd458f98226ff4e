//! What is around the robot: tracks of what the camera saw, with bearing and range, and the memory of what was where.
//!
//! In: sights and the robot's pose. Out: a [`Scene`] that grounding binds words to. Never: runs a network, or
//! forgets a thing because it left the picture.

use crate::units::{Metres, Now, Point, Pose, Radians, Score};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of a track within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackId(pub u32);

/// What the robot sees and remembers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scene {
    /// Where the robot is on the map.
    pub pose: Pose,
    /// When the newest frame was taken; `None` before the first.
    pub frame: Option<Now>,
    /// Width and height of the newest frame in pixels.
    pub size: (u32, u32),
    /// What was seen, the newest first.
    pub tracks: Vec<Track>,
    /// Where things of the map were put or seen since the map was written, by id.
    pub moved: BTreeMap<String, Whereabouts>,
    /// The number the next track gets.
    pub next: u32,
}

/// One thing over several frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its number.
    pub id: TrackId,
    /// Class name of the detector.
    pub label: String,
    /// How sure the detector was last.
    pub score: Score,
    /// `[x, y, width, height]` in pixels of the frame it was last seen in.
    pub bbox: [f32; 4],
    /// Colours by share, strongest first.
    pub colors: Vec<String>,
    /// Direction from the robot's heading when it was last seen, left positive.
    pub bearing: Radians,
    /// Direction up from the horizon of the camera.
    pub elevation: Radians,
    /// Distance from the robot when it was last seen.
    pub range: Option<Metres>,
    /// Position on the map, where the range is known.
    pub at: Option<Point>,
    /// When it was first seen.
    pub first: Now,
    /// When it was last seen.
    pub last: Now,
    /// In how many frames.
    pub frames: u32,
    /// It is in the newest frame.
    pub visible: bool,
}

/// Where a thing was last known to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Whereabouts {
    /// In the gripper.
    Held,
    /// Handed to this person.
    With(String),
    /// Put down here, `place` being what it was put on or in.
    At {
        /// Position on the map.
        at: Point,
        /// Height above the floor.
        height: Metres,
        /// Place or thing it is in or on.
        place: Option<String>,
    },
}
