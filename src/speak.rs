//! Text in, sound out: the robot's voice.
//!
//! ```text
//! replies ──queue: priorities, quiet hours──> speaker ──> espeak-ng | piper + player | Wyoming + player ──> loudspeaker
//!                                                └── OwnVoice ──> the microphone, which must not hear it
//! ```
//!
//! In: [`Saying`]s. Out: sound from a program of the system, one saying at a time. It never holds up whoever speaks, never
//! keeps a stop waiting, and is silent where the system has no voice.

pub mod queue;
pub mod program;
pub mod voice;
pub mod speaker;

pub use queue::{Priority, Saying};
pub use speaker::{OwnVoice, Speaker};
