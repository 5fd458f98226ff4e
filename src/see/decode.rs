//! Network outputs become boxes: one decoder for each family of detectors, chosen by the model's manifest.
//!
//! In: the outputs with their shapes. Out: [`Found`] boxes in pixels of the network's input, every score at least the
//! threshold, not yet suppressed. A shape that does not fit is an error that says what was expected.

pub mod centernet;
pub mod yolox;

use super::boxes::Found;
use engine::{Outputs, RunError};
use serde::Deserialize;

/// A family of detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Score maps with peaks, and distances to the four edges: outputs `keypoints` and `wh`.
    Centernet,
    /// Three grids of rows (centre, size, objectness, class scores) in one output.
    Yolox,
}

/// Outputs that are not what the family has.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// An output is missing or of another kind.
    #[error(transparent)]
    Output(#[from] RunError),
    /// An output has another shape.
    #[error(
        "output {name} has the shape {came:?}, expected {expected}. Is [decoder] in manifest.toml right?"
    )]
    Shape {
        /// Which output.
        name: String,
        /// Its shape.
        came: Vec<usize>,
        /// What the decoder reads.
        expected: String,
    },
}

impl Family {
    /// Boxes that score at least `threshold`, for `classes` classes and an input of `width` x `height`.
    ///
    /// # Errors
    /// When an output is missing or has a shape that does not fit.
    pub fn decode(
        self,
        outputs: &Outputs,
        classes: usize,
        (width, height): (usize, usize),
        threshold: f32,
    ) -> Result<Vec<Found>, DecodeError> {
        match self {
            Family::Centernet => {
                let (w, h) = (width / centernet::STRIDE, height / centernet::STRIDE);
                let scores = take(outputs, centernet::SCORES, &[1, classes, h, w])?;
                let edges = take(outputs, centernet::EDGES, &[1, 4, h, w])?;
                Ok(centernet::decode(scores, edges, (w, h), threshold))
            }
            Family::Yolox => {
                let name = outputs
                    .iter()
                    .next()
                    .map_or(String::new(), |(name, _)| name.to_owned());
                let rows = take(outputs, &name, &[1, yolox::rows(width, height), 5 + classes])?;
                Ok(yolox::decode(rows, classes, (width, height), threshold))
            }
        }
    }
}

fn take<'a>(outputs: &'a Outputs, name: &str, expected: &[usize]) -> Result<&'a [f32], DecodeError> {
    let values = outputs.f32(name)?;
    let came = outputs.get(name).map_or(&[][..], |array| array.shape());
    if came == expected {
        return Ok(values);
    }
    Err(DecodeError::Shape {
        name: name.to_owned(),
        came: came.to_vec(),
        expected: format!("{expected:?}"),
    })
}
