//! The robot's parts: what they are called on the board, and what they can bear.

use crate::config::Names;
use crate::units::{Degrees, Metres, MetresPerSecond, Point, Pose};
use serde::{Deserialize, Serialize};

/// Where the odometry's zero lies on the map.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Metres.
    #[serde(default)]
    pub x: f32,
    /// Metres.
    #[serde(default)]
    pub y: f32,
    /// Heading, 0 along x, positive to the left.
    #[serde(default)]
    pub heading_deg: Degrees,
}

impl Start {
    /// As a pose on the map.
    #[must_use]
    pub fn pose(self) -> Pose {
        Pose {
            at: Point { x: self.x, y: self.y },
            heading: self.heading_deg.radians(),
        }
    }
}

/// The serial line to the microcontroller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Device ("/dev/ttyACM0"), or "sim" for the simulated robot.
    #[serde(default = "sim")]
    pub port: String,
    /// Bits a second.
    #[serde(default = "baud")]
    pub baud: u32,
    /// File of the secret shared with the board (32 hexadecimal digits, mode 600): both then take only what the other
    /// has sealed with it. Beside the description, unless its name begins with `/`.
    #[serde(default)]
    pub key_file: Option<String>,
}

fn sim() -> String {
    "sim".to_owned()
}

fn baud() -> u32 {
    115_200
}

impl Default for Board {
    fn default() -> Self {
        Board {
            port: sim(),
            baud: baud(),
            key_file: None,
        }
    }
}

/// The camera and how it is mounted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Device ("/dev/video0"), a folder of images, or "sim" for the simulated robot's.
    pub source: String,
    /// Pixels.
    #[serde(default = "width")]
    pub width: u32,
    /// Pixels.
    #[serde(default = "height")]
    pub height: u32,
    /// Horizontal field of view.
    #[serde(default = "hfov")]
    pub hfov_deg: Degrees,
    /// Height of the lens above the floor.
    #[serde(default = "mount")]
    pub height_m: Metres,
    /// Tilt of the mounting, up positive, with the head at rest.
    #[serde(default)]
    pub tilt_deg: Degrees,
    /// Age above which the newest frame is stale: a protective stop while the robot moves.
    #[serde(default = "max_age")]
    pub max_age_ms: u32,
}

fn width() -> u32 {
    640
}
fn height() -> u32 {
    480
}
fn hfov() -> Degrees {
    Degrees(62.0)
}
fn mount() -> Metres {
    Metres(0.6)
}
fn max_age() -> u32 {
    1000
}

/// The drive base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Its output on the board.
    pub output: String,
    /// Highest forward speed.
    pub max_speed_mps: MetresPerSecond,
    /// Highest acceleration and deceleration, m/s².
    pub max_accel_mps2: f32,
    /// Highest turning speed, degrees a second.
    pub max_turn_dps: Degrees,
    /// Free space ahead below which it does not drive on.
    pub stop_distance_m: Metres,
}

/// The pan-tilt head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Output that pans.
    pub pan: String,
    /// Output that tilts, where there is one.
    #[serde(default)]
    pub tilt: Option<String>,
    /// Lowest and highest pan, left positive.
    pub pan_range_deg: [Degrees; 2],
    /// Lowest and highest tilt, up positive.
    #[serde(default)]
    pub tilt_range_deg: [Degrees; 2],
}

/// The gripper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gripper {
    /// Its output on the board.
    pub output: String,
    /// How far ahead of the base's centre it grips.
    pub reach_m: Metres,
    /// Lowest and highest height at which it can grip, above the floor.
    #[serde(default = "grip_heights")]
    pub height_m: [Metres; 2],
    /// Narrowest and widest opening.
    pub width_m: [Metres; 2],
    /// Heaviest thing it may lift, kilograms.
    pub max_load_kg: f32,
}

fn grip_heights() -> [Metres; 2] {
    [Metres(0.0), Metres(1.2)]
}

/// An output that is on or off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Its output on the board.
    pub output: String,
    /// What people call what it switches.
    #[serde(default)]
    pub names: Names,
}

/// Which models the robot uses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// Folder of models; the installed ones where absent.
    #[serde(default)]
    pub folder: Option<String>,
    /// Folder of the text model within it.
    #[serde(default)]
    pub text: Option<String>,
    /// Folder or file of the detector within it.
    #[serde(default)]
    pub detector: Option<String>,
}
