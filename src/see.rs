//! Pictures in, detections out: what is there, where, in which colours, in which direction, how far.
//!
//! ```text
//! file bytes ──picture──> RGB ──prepare──> network input ──engine──> outputs ──decode──> boxes ──boxes──> fewer boxes
//!                          └──────────────── colour ◀──────────────────────────────────────────────┤
//!                                            lens: bearing, elevation, range  ◀────────────────────┘
//! ```
//!
//! In: an RGB picture and the [`Lens`] it was taken through. Out: [`brain::message::Detection`]s, best first.
//! It never waits for language, keeps nothing from one picture to the next, and knows nothing of the map.

pub mod annotate;
pub mod boxes;
pub mod color;
pub mod decode;
pub mod detector;
pub mod lens;
pub mod picture;
pub mod prepare;

pub use detector::{Detector, DetectorError, Seen, Times};
pub use lens::Lens;
pub use picture::{Picture, PictureError};

/// Name of the model that finds things.
pub const NAME: &str = "detector";
