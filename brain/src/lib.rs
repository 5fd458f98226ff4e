//! coact's judgement. Messages in, effects out; no IO, no clock, no threads, no platform maths.
//!
//! ```text
//! Event ──> understand ──> ground ──> plan ──> guard ──> act ──> Effect
//!               ▲             ▲                  │
//!            dialogue    scene, map         only guard builds an `Approved`
//! ```
//!
//! [`step()`] is the one way through: it takes the state, the time and one [`message::Event`], and gives the
//! [`message::Effect`]s. Replaying the same events gives the same bytes on any machine.

pub mod units;
pub mod config;
pub mod message;
pub mod reading;
pub mod knowledge;
pub mod understand;
pub mod scene;
pub mod speech;
pub mod ground;
pub mod plan;
pub mod guard;
pub mod act;
pub mod reply;
pub mod step;

pub use step::{State, step};
