//! A stream of sound becomes utterances: voice activity, then endpoints, then the sound between them.
//!
//! In: 16 kHz samples in blocks of any length. Out: [`Clip`]s. It holds the sound of the utterance that is going on and a
//! third of a second before it, so never more than about 30 s.

use super::HearError;
use super::endpoint::{Endpointer, Rules, Span};
use super::resample::RATE;
use super::voice::{FRAME, Voice};
use engine::Model;

/// The sound of one utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Where it begins, in seconds from the start of the stream.
    pub start_s: f64,
    /// Its samples at 16 kHz.
    pub samples: Vec<f32>,
}

impl Clip {
    /// Where it ends, in seconds from the start of the stream.
    #[must_use]
    pub fn end_s(&self) -> f64 {
        self.start_s + self.samples.len() as f64 / f64::from(RATE)
    }
}

/// Cuts one stream.
#[derive(Debug)]
pub struct Segmenter<'m> {
    voice: Voice<'m>,
    endpointer: Endpointer,
    /// Sound from frame `first` on.
    sound: Vec<f32>,
    first: usize,
    probability: f32,
}

impl<'m> Segmenter<'m> {
    /// With this network of voice activity.
    ///
    /// # Errors
    /// Never for a network that [`super::Ears`] took.
    pub fn new(model: &'m Model, rules: Rules) -> Result<Self, HearError> {
        Ok(Segmenter {
            voice: Voice::new(model)?,
            endpointer: Endpointer::new(rules),
            sound: Vec::new(),
            first: 0,
            probability: 0.0,
        })
    }

    /// The utterances that end within these samples.
    ///
    /// # Errors
    /// When the network fails.
    pub fn feed(&mut self, samples: &[f32]) -> Result<Vec<Clip>, HearError> {
        let mut clips = Vec::new();
        // Piece by piece, so that a long block is not held whole beside what is cut from it.
        for piece in samples.chunks(RATE as usize) {
            self.sound.extend_from_slice(piece);
            for probability in self.voice.feed(piece)? {
                self.probability = probability;
                if let Some(span) = self.endpointer.feed(probability) {
                    clips.push(self.clip(&span));
                }
            }
            let needed = self.endpointer.needed_from().saturating_sub(self.first);
            let gone = (needed * FRAME).min(self.sound.len());
            self.sound.drain(..gone);
            self.first += gone / FRAME;
        }
        Ok(clips)
    }

    /// The utterance that goes on when the stream ends.
    pub fn end(&mut self) -> Option<Clip> {
        let span = self.endpointer.end()?;
        Some(self.clip(&span))
    }

    /// The probability that somebody speaks in the newest frame.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.probability
    }

    /// Whether an utterance goes on.
    #[must_use]
    pub fn open(&self) -> bool {
        self.endpointer.start().is_some()
    }

    /// The utterance that goes on, as far as it has come.
    #[must_use]
    pub fn so_far(&self) -> Option<Clip> {
        let start = self.endpointer.start()?;
        Some(self.clip(&(start..self.first + self.sound.len() / FRAME)))
    }

    fn clip(&self, span: &Span) -> Clip {
        let place = |frame: usize| (frame.saturating_sub(self.first) * FRAME).min(self.sound.len());
        Clip {
            start_s: (span.start * FRAME) as f64 / f64::from(RATE),
            samples: self.sound[place(span.start)..place(span.end)].to_vec(),
        }
    }
}
