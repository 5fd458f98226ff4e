//! The Wyoming protocol, by which voice programs of the field talk to each other: coact's ears for others, and others'
//! ears, wake words and voices for coact.
//!
//! A line of JSON, then perhaps more JSON, then perhaps sound, over TCP. The protocol knows no password and no
//! encryption, so nothing listens unless the robot's description says so, on this computer alone unless it says that, too;
//! and nothing that comes in by it moves the robot.
//!
//! Source: <https://github.com/OHF-Voice/wyoming>, checked against the Python package of the same name.

pub mod event;
pub mod sound;
pub mod client;
pub mod server;
