//! Units and identifiers as types, so that a bare number never crosses a module border.
//!
//! All floats are `f32` in SI units; angles are radians inside and degrees at the edge (JSON, `robot.toml`),
//! positive to the left and up as in ROS REP 103. Time is milliseconds on the shell's steady clock.

use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f32);
    };
}

quantity!(
    /// A length or distance in metres.
    Metres
);
quantity!(
    /// An angle in radians, positive to the left and up.
    Radians
);
quantity!(
    /// An angle (or, a second, a turning speed) in degrees, as it stands in `robot.toml` and in JSON.
    Degrees
);
quantity!(
    /// A forward speed in metres a second.
    MetresPerSecond
);
quantity!(
    /// A turning speed in radians a second, positive to the left.
    RadiansPerSecond
);
quantity!(
    /// A probability or confidence, 0 to 1.
    Score
);

impl Radians {
    /// From degrees, as they stand in JSON and in `robot.toml`.
    #[must_use]
    pub fn from_degrees(degrees: f32) -> Self {
        Radians(degrees * (core::f32::consts::PI / 180.0))
    }

    /// In degrees, for the edge.
    #[must_use]
    pub fn degrees(self) -> f32 {
        self.0 * (180.0 / core::f32::consts::PI)
    }

    /// The same direction between -pi (exclusive) and pi (inclusive).
    #[must_use]
    pub fn wrapped(self) -> Self {
        const TURN: f32 = 2.0 * core::f32::consts::PI;
        let mut a = libm::fmodf(self.0, TURN);
        if a > core::f32::consts::PI {
            a -= TURN;
        } else if a <= -core::f32::consts::PI {
            a += TURN;
        }
        Radians(a)
    }
}

impl Degrees {
    /// In radians, for the inside.
    #[must_use]
    pub fn radians(self) -> Radians {
        Radians::from_degrees(self.0)
    }
}

/// A moment on the shell's steady clock, in milliseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Now(pub u64);

impl Now {
    /// Milliseconds from `earlier` to this moment; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Now) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Number of an utterance within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtteranceId(pub u64);

/// A position on the map's floor: metres, x forward at start, y to the left.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// Metres.
    pub x: f32,
    /// Metres.
    pub y: f32,
}

impl Point {
    /// Distance to another point.
    #[must_use]
    pub fn distance(self, other: Point) -> Metres {
        Metres(libm::hypotf(other.x - self.x, other.y - self.y))
    }
}

/// A position and heading on the map.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pose {
    /// Where.
    pub at: Point,
    /// Facing.
    pub heading: Radians,
}

impl Pose {
    /// Direction of a point as seen from here, left positive, and its distance.
    #[must_use]
    pub fn sight(self, to: Point) -> (Radians, Metres) {
        let direction = libm::atan2f(to.y - self.at.y, to.x - self.at.x);
        (
            Radians(direction - self.heading.0).wrapped(),
            self.at.distance(to),
        )
    }

    /// The point in this direction and at this distance from here.
    #[must_use]
    pub fn point(self, bearing: Radians, range: Metres) -> Point {
        let direction = self.heading.0 + bearing.0;
        Point {
            x: self.at.x + range.0 * libm::cosf(direction),
            y: self.at.y + range.0 * libm::sinf(direction),
        }
    }

    /// `inner`, given in this pose's frame, as a pose in the frame this pose is given in.
    #[must_use]
    pub fn then(self, inner: Pose) -> Pose {
        let (sin, cos) = (libm::sinf(self.heading.0), libm::cosf(self.heading.0));
        Pose {
            at: Point {
                x: self.at.x + cos * inner.at.x - sin * inner.at.y,
                y: self.at.y + sin * inner.at.x + cos * inner.at.y,
            },
            heading: Radians(self.heading.0 + inner.heading.0).wrapped(),
        }
    }

    /// The pose that undoes this one: `p.then(p.inverse())` is the origin.
    #[must_use]
    pub fn inverse(self) -> Pose {
        let (sin, cos) = (libm::sinf(self.heading.0), libm::cosf(self.heading.0));
        Pose {
            at: Point {
                x: -cos * self.at.x - sin * self.at.y,
                y: sin * self.at.x - cos * self.at.y,
            },
            heading: Radians(-self.heading.0),
        }
    }
}
