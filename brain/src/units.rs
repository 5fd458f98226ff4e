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

/// A position and heading on the map.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pose {
    /// Where.
    pub at: Point,
    /// Facing.
    pub heading: Radians,
}
