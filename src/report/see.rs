//! What `coact see --json` says of one picture.

use crate::see::Seen;
use brain::message::Detection;
use serde::Serialize;
use std::time::Duration;

/// One picture. Boxes in pixels, angles in degrees (left and up positive), ranges in metres, times in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sight {
    /// The file, as it was named.
    pub image: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Things, best first.
    pub objects: Vec<Object>,
    /// Faces; empty until a face model is installed.
    pub faces: Vec<()>,
    /// Hands; empty until a hand model is installed.
    pub hands: Vec<()>,
    /// Poses; empty until a pose model is installed.
    pub poses: Vec<()>,
    /// How long it took.
    pub ms: Ms,
}

/// One thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Object {
    /// Class name.
    pub label: String,
    /// 0 to 1.
    pub score: f64,
    /// `[x, y, width, height]`.
    #[serde(rename = "box")]
    pub bbox: [f64; 4],
    /// Strongest first.
    pub colors: Vec<String>,
    /// From the camera's axis, left positive.
    pub bearing_deg: f64,
    /// From the camera's axis, up positive.
    pub elevation_deg: f64,
    /// Distance where it can be told, else null.
    pub range_m: Option<f64>,
}

/// Milliseconds of each part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ms {
    /// File to pixels.
    pub read: f64,
    /// Pixels to the network's input.
    pub prepare: f64,
    /// The network.
    pub network: f64,
    /// Outputs to things.
    pub decode: f64,
    /// All of it; loading the model is not in it.
    pub total: f64,
}

impl Sight {
    /// `read` is how long reading the file took.
    #[must_use]
    pub fn new(image: String, seen: &Seen, read: Duration) -> Self {
        let times = seen.times;
        Sight {
            image,
            width: seen.size.0,
            height: seen.size.1,
            objects: seen.detections.iter().map(Object::from).collect(),
            faces: Vec::new(),
            hands: Vec::new(),
            poses: Vec::new(),
            ms: Ms {
                read: ms(read),
                prepare: ms(times.prepare),
                network: ms(times.network),
                decode: ms(times.decode),
                total: ms(read + times.prepare + times.network + times.decode),
            },
        }
    }
}

impl From<&Detection> for Object {
    fn from(one: &Detection) -> Self {
        Object {
            label: one.label.clone(),
            score: round(one.score.0, 1000.0),
            bbox: one.bbox.map(|v| round(v, 10.0)),
            colors: one.colors.clone(),
            bearing_deg: round(one.bearing.degrees(), 10.0),
            elevation_deg: round(one.elevation.degrees(), 10.0),
            range_m: one.range.map(|range| round(range.0, 100.0)),
        }
    }
}

fn round(value: f32, steps: f64) -> f64 {
    // Adding 0 turns -0 into 0.
    (f64::from(value) * steps).round() / steps + 0.0
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::see::Times;
    use brain::units::{Metres, Radians, Score};

    #[test]
    fn the_form_is_that_of_the_design() {
        let cup = Detection {
            label: "cup".to_owned(),
            score: Score(0.8149),
            bbox: [10.04, 20.0, 30.0, 40.26],
            colors: vec!["white".to_owned()],
            bearing: Radians::from_degrees(12.34),
            elevation: Radians::from_degrees(-0.01),
            range: Some(Metres(0.617)),
        };
        let seen = Seen {
            size: (640, 480),
            detections: vec![cup],
            times: Times::default(),
        };
        let json = serde_json::to_string(&Sight::new("cup.png".to_owned(), &seen, Duration::from_millis(2)))
            .unwrap();
        insta::assert_snapshot!(json, @r#"{"image":"cup.png","width":640,"height":480,"objects":[{"label":"cup","score":0.815,"box":[10.0,20.0,30.0,40.3],"colors":["white"],"bearing_deg":12.3,"elevation_deg":0.0,"range_m":0.62}],"faces":[],"hands":[],"poses":[],"ms":{"read":2.0,"prepare":0.0,"network":0.0,"decode":0.0,"total":2.0}}"#);
    }
}
