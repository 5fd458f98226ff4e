//! tract behind a narrow face: find, check, load and run ONNX models.
//!
//! In: a model's folder with its [`Manifest`], then [`Array`]s by name. Out: [`Array`]s by name. Nothing outside this
//! crate names a type of tract, so that kernels and graph rewrites can change without anyone noticing; only [`optimize`],
//! which other users of tract can take by itself, does.
//! It never reads a file whose checksum differs from the manifest's, and knows nothing of texts or pictures.

mod array;
pub mod npz;
pub mod manifest;
mod kernels;
pub mod optimize;
mod load;
pub mod profile;
pub mod tune;

pub use array::{Array, ArrayError};
pub use load::{Lengths, LoadError, Model, Outputs, RunError, Stages};
pub use manifest::{Folders, Kind, Manifest, ManifestError};
