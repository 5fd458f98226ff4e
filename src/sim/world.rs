//! The place the simulated robot stands in: walls and furniture as rectangles, things that can be gripped,
//! persons that stand or walk, photos for the camera to see.
//!
//! Input: a description (TOML, or the robot's own semantic map) and the passing of time. Output: what is where
//! and what is in the way. It knows the truth; what the robot believes is the brain's affair. It reads no clock
//! and draws no random numbers.

use crate::shell::config::explain;
use brain::units::Point;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Radius of a standing person on the floor, in metres (half the shoulder width of an adult, rounded up).
pub const PERSON_RADIUS_M: f64 = 0.25;

/// How close a walking person comes to the robot's edge before waiting, in metres.
const PERSON_PATIENCE_M: f64 = 0.15;

/// Everything around the robot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Walls and furniture: what the robot bumps into.
    #[serde(default, rename = "solid")]
    pub solids: Vec<Solid>,
    /// What can be gripped.
    #[serde(default, rename = "thing")]
    pub things: Vec<Thing>,
    /// Who is there.
    #[serde(default, rename = "person")]
    pub persons: Vec<Person>,
    /// What the camera can see.
    #[serde(default, rename = "photo")]
    pub photos: Vec<Photo>,
}

/// A wall or a piece of furniture: a box on the floor with sides along x and y.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solid {
    /// Name, for people.
    pub id: String,
    /// Middle of the rectangle.
    pub at: Point,
    /// Extent along x in metres.
    pub length_m: f64,
    /// Extent along y in metres.
    pub width_m: f64,
    /// Height above the floor in metres; things stand on it.
    #[serde(default = "ceiling")]
    pub height_m: f64,
}

/// Something that can be gripped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// Unique name.
    pub id: String,
    /// Class: "cup", "bottle".
    #[serde(rename = "type")]
    pub class: String,
    /// Where it stands; follows the gripper while it is held.
    pub at: Point,
    /// Height of its underside above the floor in metres.
    #[serde(default)]
    pub z: f64,
    /// Opening at which a gripper touches both its sides, in metres.
    #[serde(default = "cup_width")]
    pub grasp_m: f64,
    /// Who has it: `None` when it stands on its own.
    #[serde(skip)]
    pub holder: Option<Holder>,
}

/// Who has a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The robot's gripper.
    Robot,
    /// The person at this place of [`World::persons`].
    Person(usize),
}

/// A person who stands, or walks from point to point and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Unique name.
    pub id: String,
    /// Where they are.
    pub at: Point,
    /// Points they walk to in turn, again and again; empty: they stand.
    #[serde(default)]
    pub route: Vec<Point>,
    /// Walking speed in m/s.
    #[serde(default = "stroll")]
    pub speed_mps: f64,
    /// Which point of the route is next.
    #[serde(skip)]
    next: usize,
}

/// A photo that stands upright at a place and always faces the robot's camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// Image file, relative to the file that names it.
    pub file: String,
    /// Where its lower edge stands. Not used when `of` names a thing or person.
    #[serde(default)]
    pub at: Point,
    /// Height of its lower edge above the floor in metres.
    #[serde(default)]
    pub z: f64,
    /// Width in metres; the height follows from the image.
    pub width_m: f64,
    /// Thing or person it shows: it moves along, and is gone while the robot holds the thing.
    #[serde(default)]
    pub of: Option<String>,
    /// Part of the image to show, `[x, y, width, height]` in pixels; all of it when absent.
    #[serde(default)]
    pub crop: Option<[u32; 4]>,
}

/// Why a world cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file cannot be read.
    #[error("cannot read the world {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no TOML, has a key that is not known, or a value of another type.
    #[error("{path}: {message}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, column and what was expected; the nearest key where one is not known.
        message: String,
    },
}

impl World {
    /// Reads a description such as `packs/demo/world.toml`.
    ///
    /// # Errors
    /// [`WorldError`] when it cannot be read or parsed.
    pub fn load(path: &Path) -> Result<Self, WorldError> {
        let text = std::fs::read_to_string(path);
        Self::parse(
            &text.map_err(|source| WorldError::Read {
                path: path.into(),
                source,
            })?,
            path,
        )
    }

    /// The flat of the demo robot.
    ///
    /// # Errors
    /// Never, unless the file in the source tree is broken; a test keeps it whole.
    pub fn demo() -> Result<Self, WorldError> {
        Self::parse(
            include_str!("../../packs/demo/world.toml"),
            Path::new("the built-in demo world"),
        )
    }

    fn parse(text: &str, path: &Path) -> Result<Self, WorldError> {
        toml::from_str(text).map_err(|error| WorldError::Parse {
            path: path.into(),
            message: explain(&error),
        })
    }
}

fn ceiling() -> f64 {
    2.5
}
fn cup_width() -> f64 {
    0.07
}
fn stroll() -> f64 {
    0.8
}

/// A place on the floor with a direction, in full precision.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Frame {
    /// Metres.
    pub x: f64,
    /// Metres.
    pub y: f64,
    /// Radians, positive to the left.
    pub heading: f64,
}

impl Frame {
    /// The point seen from this frame: metres ahead, metres to the left.
    #[must_use]
    pub fn local(&self, x: f64, y: f64) -> (f64, f64) {
        let (sin, cos) = libm::sincos(self.heading);
        let (dx, dy) = (x - self.x, y - self.y);
        (dx * cos + dy * sin, dy * cos - dx * sin)
    }

    /// The point so far ahead and to the left of this frame, on the map.
    #[must_use]
    pub fn ahead(&self, ahead: f64, left: f64) -> Point {
        let (sin, cos) = libm::sincos(self.heading);
        Point {
            x: (self.x + ahead * cos - left * sin) as f32,
            y: (self.y + ahead * sin + left * cos) as f32,
        }
    }
}

impl World {
    /// Lets time pass: persons walk, and wait when the robot (a disc of `radius` at `robot`) is in their way.
    pub fn step(&mut self, seconds: f64, robot: &Frame, radius: f64) {
        for person in &mut self.persons {
            person.step(seconds, robot, radius);
        }
        for thing in &mut self.things {
            if let Some(Holder::Person(index)) = thing.holder
                && let Some(person) = self.persons.get(index)
            {
                thing.at = person.at;
            }
        }
    }

    /// Distance in metres from a point to the nearest solid or person: the most a disc there may measure.
    #[must_use]
    pub fn room(&self, x: f64, y: f64) -> f64 {
        let solids = self.solids.iter().map(|solid| solid.distance(x, y));
        let persons = self.persons.iter().map(|person| {
            libm::hypot(f64::from(person.at.x) - x, f64::from(person.at.y) - y) - PERSON_RADIUS_M
        });
        solids.chain(persons).fold(f64::INFINITY, f64::min)
    }

    /// Free way in metres straight ahead of a disc of this radius, from its edge to the first solid or person
    /// that its corridor meets.
    #[must_use]
    pub fn clearance(&self, robot: &Frame, radius: f64) -> f64 {
        let solids = self.solids.iter().filter_map(|solid| solid.ahead(robot, radius));
        let persons = self.persons.iter().filter_map(|person| {
            let (x, y) = robot.local(person.at.x.into(), person.at.y.into());
            disc_ahead(x, y, PERSON_RADIUS_M, radius)
        });
        (solids.chain(persons).fold(f64::INFINITY, f64::min) - radius).max(0.0)
    }

    /// Height in metres of what a thing put down here would stand on: furniture, or the floor.
    #[must_use]
    pub fn surface(&self, at: Point) -> f64 {
        self.solids
            .iter()
            .filter(|solid| solid.distance(at.x.into(), at.y.into()) <= 0.0)
            .map(|solid| solid.height_m)
            .fold(0.0, f64::max)
    }
}

impl Solid {
    fn distance(&self, x: f64, y: f64) -> f64 {
        let dx = ((x - f64::from(self.at.x)).abs() - self.length_m / 2.0).max(0.0);
        let dy = ((y - f64::from(self.at.y)).abs() - self.width_m / 2.0).max(0.0);
        libm::hypot(dx, dy)
    }

    /// Metres ahead of the robot's middle at which a corridor of this half-width first meets the rectangle.
    fn ahead(&self, robot: &Frame, half_width: f64) -> Option<f64> {
        let (x, y) = (f64::from(self.at.x), f64::from(self.at.y));
        let (dx, dy) = (self.length_m / 2.0, self.width_m / 2.0);
        let corners = [(-dx, -dy), (dx, -dy), (dx, dy), (-dx, dy)].map(|(a, b)| robot.local(x + a, y + b));
        // The nearest point of a convex polygon within the corridor is a corner of it, or lies where one of its
        // edges crosses the corridor's border.
        let mut nearest = f64::INFINITY;
        let mut farthest = f64::NEG_INFINITY;
        let mut meet = |x: f64| {
            nearest = nearest.min(x);
            farthest = farthest.max(x);
        };
        for (index, &(ax, ay)) in corners.iter().enumerate() {
            let (bx, by) = corners[(index + 1) % corners.len()];
            if ay.abs() <= half_width {
                meet(ax);
            }
            for border in [-half_width, half_width] {
                if (ay - border) * (by - border) < 0.0 {
                    meet(ax + (bx - ax) * (border - ay) / (by - ay));
                }
            }
        }
        (farthest > 0.0).then_some(nearest)
    }
}

fn disc_ahead(x: f64, y: f64, radius: f64, half_width: f64) -> Option<f64> {
    let beside = (y.abs() - half_width).max(0.0);
    (x > 0.0 && beside < radius).then(|| x - libm::sqrt(radius * radius - beside * beside))
}

impl Person {
    /// Somebody who stands at a point.
    #[must_use]
    pub fn standing(id: &str, at: Point) -> Self {
        Person {
            id: id.to_owned(),
            at,
            route: Vec::new(),
            speed_mps: stroll(),
            next: 0,
        }
    }

    fn step(&mut self, seconds: f64, robot: &Frame, radius: f64) {
        let Some(goal) = self.route.get(self.next) else {
            return;
        };
        let (dx, dy) = (f64::from(goal.x - self.at.x), f64::from(goal.y - self.at.y));
        let distance = libm::hypot(dx, dy);
        let stride = self.speed_mps * seconds;
        if distance <= stride {
            self.at = *goal;
            self.next = (self.next + 1) % self.route.len();
            return;
        }
        let to = Point {
            x: self.at.x + (dx / distance * stride) as f32,
            y: self.at.y + (dy / distance * stride) as f32,
        };
        let gap = |at: Point| libm::hypot(f64::from(at.x) - robot.x, f64::from(at.y) - robot.y);
        let close = radius + PERSON_RADIUS_M + PERSON_PATIENCE_M;
        if gap(to) > close || gap(to) > gap(self.at) {
            self.at = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(x: f32, y: f32, length_m: f64, width_m: f64) -> Solid {
        Solid {
            id: "block".into(),
            at: Point { x, y },
            length_m,
            width_m,
            height_m: 1.0,
        }
    }

    #[test]
    fn clearance_is_to_the_first_thing_in_the_corridor() {
        let check = |solid: Solid, degrees: f64, expect: f64| {
            let world = World {
                solids: vec![solid.clone()],
                ..World::default()
            };
            let robot = Frame {
                heading: degrees.to_radians(),
                ..Frame::default()
            };
            let got = world.clearance(&robot, 0.2);
            assert!(
                (got - expect).abs() < 1e-6 || got == expect,
                "{solid:?} at {degrees}: {got}, not {expect}"
            );
        };
        check(block(2.0, 0.0, 1.0, 1.0), 0.0, 1.3);
        check(block(2.0, 0.0, 1.0, 1.0), 180.0, f64::INFINITY);
        check(block(0.0, 2.0, 1.0, 1.0), 90.0, 1.3);
        // Its edge reaches 5 cm into the corridor.
        check(block(2.0, 0.65, 1.0, 1.0), 0.0, 1.3);
        check(block(2.0, 0.75, 1.0, 1.0), 0.0, f64::INFINITY);
        // Wider than the corridor, and far longer.
        check(block(5.0, 0.0, 8.0, 20.0), 0.0, 0.8);
        // Turned by 45 degrees its corner is ahead.
        check(block(2.0, 2.0, 1.0, 1.0), 45.0, 1.5 * 2f64.sqrt() - 0.2);
        check(block(-2.0, 0.0, 1.0, 1.0), 0.0, f64::INFINITY);
    }

    #[test]
    fn persons_are_in_the_way_and_wait_for_the_robot() {
        let mut person = Person::standing("anna", Point { x: 3.0, y: 0.1 });
        person.route = vec![Point { x: -3.0, y: 0.0 }];
        let mut world = World {
            persons: vec![person],
            ..World::default()
        };
        let robot = Frame::default();
        assert!((world.clearance(&robot, 0.2) - 2.55).abs() < 1e-6);
        for _ in 0..2000 {
            world.step(0.005, &robot, 0.2);
            assert!(world.room(0.0, 0.0) >= 0.2, "{:?}", world.persons[0].at);
        }
        // Still waiting before the robot after ten seconds.
        assert!(world.persons[0].at.x > 0.3);
    }

    #[test]
    fn things_stand_on_furniture() {
        let world = World {
            solids: vec![block(2.0, 0.0, 1.0, 1.0)],
            ..World::default()
        };
        assert_eq!(world.surface(Point { x: 1.6, y: 0.3 }), 1.0);
        assert_eq!(world.surface(Point { x: 1.4, y: 0.3 }), 0.0);
    }
}
