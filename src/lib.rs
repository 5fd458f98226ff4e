//! coact: ears, eyes and judgement for robots, offline.
//!
//! ```text
//! mic / WAV / text ──> hear ──┐
//!                             ├──> understand ──> ground ──> plan ──> guard ──> act ──> link ──> firmware
//! camera / image ─> see ─> scene ┘
//! ```
//!
//! This package holds the senses (networks run by the crate [`engine`], which is tract behind a narrow face) and the
//! shell (threads, devices, clocks, files and every queue). Judgement is in the crate [`brain`], the wire in
//! [`firmware_bridge`].

/// Version of this code, as journals and `--version` name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub mod hear;
pub mod read;
pub mod packs;
pub mod report;
pub mod scenario;
pub mod see;
pub mod shell;
pub mod speak;
pub mod wyoming;
pub mod sim;
pub mod explain;
pub mod evaluate;
