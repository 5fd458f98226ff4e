//! What is around the robot: tracks of what the camera saw, with bearing and range, and the memory of what was where.
//!
//! In: sights and the robot's pose. Out: a [`Scene`] that grounding binds words to. Never: runs a network, or
//! forgets a thing because it left the picture.

use crate::message::{Detection, Sight};
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

/// Most tracks that are remembered.
const MOST_TRACKS: usize = 64;

/// Farthest two detections of one thing lie apart on the map, as a share of the range, and at least this many metres.
const SAME_PLACE: (f32, f32) = (0.25, 0.4);

/// Farthest two detections of one thing lie apart in direction, radians.
const SAME_BEARING: f32 = 0.15;

impl Scene {
    /// Takes what one frame shows. `pose` is where the robot was when it was taken.
    pub fn see(&mut self, sight: &Sight, pose: Pose) {
        self.frame = Some(sight.taken);
        self.size = sight.size;
        let before: Vec<bool> = self.tracks.iter().map(|t| t.visible).collect();
        for track in &mut self.tracks {
            track.visible = false;
        }
        for detection in &sight.detections {
            self.take(detection, sight, pose);
        }
        // A picture the camera has seen before is turned along with the robot: what left it keeps its place on the map.
        for (track, was) in self.tracks.iter_mut().zip(before) {
            if was && !track.visible && track.at.is_none() {
                track.range = None;
            }
        }
        self.tracks.sort_by(|a, b| {
            b.visible
                .cmp(&a.visible)
                .then(b.last.cmp(&a.last))
                .then(a.id.cmp(&b.id))
        });
        self.tracks.truncate(MOST_TRACKS);
    }

    fn take(&mut self, detection: &Detection, sight: &Sight, pose: Pose) {
        let bearing = Radians(sight.pan.0 + detection.bearing.0).wrapped();
        let at = detection.range.map(|range| pose.point(bearing, range));
        let same = self
            .tracks
            .iter()
            .enumerate()
            .filter(|(_, t)| !t.visible && t.label == detection.label)
            .filter_map(|(i, t)| Some((likeness(t, detection, bearing, at, pose)?, i)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let index = match same {
            Some((_, index)) => index,
            None => {
                let id = TrackId(self.next);
                self.next = self.next.wrapping_add(1);
                self.tracks.push(Track {
                    id,
                    label: detection.label.clone(),
                    score: detection.score,
                    bbox: detection.bbox,
                    colors: Vec::new(),
                    bearing,
                    elevation: detection.elevation,
                    range: None,
                    at: None,
                    first: sight.taken,
                    last: sight.taken,
                    frames: 0,
                    visible: true,
                });
                self.tracks.len() - 1
            }
        };
        let track = &mut self.tracks[index];
        track.score = detection.score;
        track.bbox = detection.bbox;
        track.colors.clone_from(&detection.colors);
        track.bearing = bearing;
        track.elevation = Radians(sight.tilt.0 + detection.elevation.0);
        track.range = detection.range;
        track.at = at.or(track.at.filter(|_| detection.range.is_none()));
        track.last = sight.taken;
        track.frames = track.frames.saturating_add(1);
        track.visible = true;
    }
}

/// How far apart a track and a detection are, where they may be one thing.
fn likeness(
    track: &Track,
    detection: &Detection,
    bearing: Radians,
    at: Option<Point>,
    pose: Pose,
) -> Option<f32> {
    match (track.at, at, detection.range) {
        (Some(before), Some(now), Some(range)) => {
            let gap = before.distance(now).0;
            (gap <= (range.0 * SAME_PLACE.0).max(SAME_PLACE.1)).then_some(gap)
        }
        _ => {
            let before = track.at.map_or(track.bearing, |at| pose.sight(at).0);
            let gap = Radians(before.0 - bearing.0).wrapped().0.abs();
            (gap <= SAME_BEARING).then_some(gap * 3.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(label: &str, bearing_deg: f32, range: Option<f32>) -> Detection {
        Detection {
            label: label.into(),
            score: Score(0.8),
            bbox: [10.0, 10.0, 20.0, 20.0],
            colors: vec!["red".into()],
            bearing: Radians::from_degrees(bearing_deg),
            elevation: Radians(0.0),
            range: range.map(Metres),
        }
    }

    fn sight(ms: u64, detections: Vec<Detection>) -> Sight {
        Sight {
            taken: Now(ms),
            size: (640, 480),
            pan: Radians(0.0),
            tilt: Radians(0.0),
            detections,
        }
    }

    #[test]
    fn a_thing_keeps_its_number_while_the_robot_turns() {
        let mut scene = Scene::default();
        scene.see(
            &sight(
                0,
                vec![
                    detection("cup", 10.0, Some(2.0)),
                    detection("cup", -20.0, Some(2.0)),
                ],
            ),
            Pose::default(),
        );
        let turned = Pose {
            heading: Radians::from_degrees(15.0),
            ..Pose::default()
        };
        scene.see(&sight(100, vec![detection("cup", -5.0, Some(2.1))]), turned);
        assert_eq!(scene.tracks.len(), 2);
        assert_eq!(
            (
                scene.tracks[0].id,
                scene.tracks[0].frames,
                scene.tracks[0].visible
            ),
            (TrackId(0), 2, true)
        );
        assert_eq!((scene.tracks[1].id, scene.tracks[1].visible), (TrackId(1), false));
        // The head's pan counts as well.
        let mut panned = sight(200, vec![detection("cup", -35.0, Some(2.0))]);
        panned.pan = Radians::from_degrees(30.0);
        scene.see(&panned, turned);
        assert_eq!(scene.tracks[0].id, TrackId(0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut scene = Scene::default();
        for i in 0..200u64 {
            scene.see(
                &sight(i, vec![detection(&format!("thing{i}"), 0.0, None)]),
                Pose::default(),
            );
        }
        assert_eq!(scene.tracks.len(), MOST_TRACKS);
    }
}
