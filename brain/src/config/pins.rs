//! Pins of the robot's computer (GPIO): buttons it reads, lights and sounders it switches.

use serde::{Deserialize, Serialize};

/// One line of one chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// GPIO chip. On a Raspberry Pi "/dev/gpiochip0" is its header, whatever number the kernel gave it.
    #[serde(default = "chip")]
    pub chip: String,
    /// Line of the chip; on a Raspberry Pi's header the BCM number.
    pub line: u32,
    /// Low means pressed, or on.
    #[serde(default)]
    pub active_low: bool,
    /// What an input reads when nothing is connected. With the default, a stop button whose contact opens when it is
    /// pressed (between the line and ground) also stops the robot when its wire breaks.
    #[serde(default)]
    pub pull: Pull,
}

fn chip() -> String {
    "/dev/gpiochip0".to_owned()
}

/// The resistor at an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pull {
    /// To the supply: an open line reads high.
    #[default]
    Up,
    /// To ground: an open line reads low.
    Down,
    /// None: there is one on the robot.
    None,
}
