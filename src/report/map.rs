//! A thing of the semantic map, as lines of `coact parse --stdin` and marked lines write it.

use brain::message::MapItem;
use brain::units::Point;
use serde::Deserialize;

/// One thing; what is not known is left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MapThing {
    /// Its own name on the map.
    #[serde(default)]
    pub id: String,
    /// Its class: "Table", "CoffeeTable".
    #[serde(default, rename = "type")]
    pub class: String,
    /// What it is called.
    #[serde(default)]
    pub names: Vec<String>,
    /// Metres east of the map's origin.
    #[serde(default)]
    pub x: f32,
    /// Metres north of the map's origin.
    #[serde(default)]
    pub y: f32,
}

impl From<MapThing> for MapItem {
    fn from(thing: MapThing) -> Self {
        let MapThing {
            id,
            class,
            names,
            x,
            y,
        } = thing;
        MapItem {
            id,
            class,
            names,
            at: Point { x, y },
        }
    }
}
