//! Is somebody speaking? Silero's voice activity network, frame by frame.
//!
//! In: 16 kHz samples in blocks of any length. Out: for each frame of [`FRAME`] samples the probability of speech. It
//! keeps the network's state, the last samples of context and less than one frame that is not full yet.
//!
//! Source: Silero VAD v5/v6, which takes 64 samples of context before each 512.

use super::HearError;
use engine::{Array, Model};

/// Samples of one frame: 32 ms.
pub const FRAME: usize = 512;

/// Samples of the past that the network sees before each frame.
const CONTEXT: usize = 64;

/// Length of the network's state.
const STATE: usize = 128;

/// Frames that are run at once.
const BATCH: usize = 32;

/// Listens to one stream.
#[derive(Debug)]
pub struct Voice<'m> {
    model: &'m Model,
    state: [Array; 2],
    /// The context, then what is not judged yet.
    pending: Vec<f32>,
}

impl<'m> Voice<'m> {
    /// Listens with this network.
    ///
    /// # Errors
    /// Never for a network that [`super::Ears`] took.
    pub fn new(model: &'m Model) -> Result<Self, HearError> {
        let zeros = || Array::f32(&[1, 1, STATE], vec![0.0; STATE]);
        Ok(Voice {
            model,
            state: [zeros()?, zeros()?],
            pending: vec![0.0; CONTEXT],
        })
    }

    /// The probabilities of the frames that `samples` make full.
    ///
    /// # Errors
    /// When the network fails.
    pub fn feed(&mut self, samples: &[f32]) -> Result<Vec<f32>, HearError> {
        self.pending.extend_from_slice(samples);
        let frames = (self.pending.len() - CONTEXT) / FRAME;
        let mut all = Vec::with_capacity(frames);
        for first in (0..frames).step_by(BATCH) {
            let count = BATCH.min(frames - first);
            let rows = (first..first + count).map(|frame| &self.pending[frame * FRAME..][..CONTEXT + FRAME]);
            let input = Array::f32(&[count, CONTEXT + FRAME], rows.flatten().copied().collect())?;
            let [h, c] = self.state.clone();
            let outputs = self.model.run(vec![("input", input), ("h", h), ("c", c)])?;
            all.extend_from_slice(outputs.f32("speech_probs")?);
            let state =
                |name: &str| Array::f32(&[1, 1, STATE], outputs.f32(name)?.to_vec()).map_err(HearError::from);
            self.state = [state("hn")?, state("cn")?];
        }
        self.pending.drain(..frames * FRAME);
        Ok(all)
    }
}
