//! The wire between a robot's computer and its microcontroller: compiled into both sides.
//!
//! ```text
//! brain ──> Host ── frames ──> Device ──> Board (motors)
//!             ^                  │
//!             └── acks, telemetry┘
//! ```
//!
//! No clock, no IO, no allocation: both ends are machines that take bytes and the time and give bytes.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod device;
pub mod envelope;
pub mod frame;
pub mod host;
pub mod message;
pub mod seal;
