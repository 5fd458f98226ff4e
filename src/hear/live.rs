//! Sound as it comes, block by block: gain, voice activity, endpoints, the moments to look for words that stop.
//!
//! In: blocks of 512 samples at 16 kHz, and whether the robot's own voice is in them. Out: one [`Turn`] a block. The slow
//! networks are not run here: whoever listens must never fall behind.

use super::endpoint::Rules;
use super::level::Gain;
use super::segment::{Clip, Segmenter};
use super::spot::{LONGEST, Moments};
use super::{Ears, HearError};

/// Frames of 32 ms after which a part of an utterance is worth writing down already: a second.
const PARTIAL: u32 = 31;

/// What one block brought.
#[derive(Debug, Default)]
pub struct Turn {
    /// Somebody speaks.
    pub speech: bool,
    /// An utterance of somebody else than the robot began.
    pub began: bool,
    /// Sound in which to look for a word that stops.
    pub look: Option<Vec<f32>>,
    /// The utterance that goes on, as far as it has come.
    pub partial: Option<Clip>,
    /// Utterances that ended.
    pub clips: Vec<Clip>,
}

/// Listens to one stream.
#[derive(Debug)]
pub struct Live<'e> {
    segmenter: Segmenter<'e>,
    gain: Gain,
    moments: Moments,
    own: bool,
    open: bool,
    since: u32,
}

impl<'e> Live<'e> {
    /// With the network of these ears.
    ///
    /// # Errors
    /// Never for ears that could be loaded.
    pub fn new(ears: &'e Ears) -> Result<Self, HearError> {
        Ok(Live {
            segmenter: Segmenter::new(&ears.voice, Rules::default())?,
            gain: Gain::default(),
            moments: Moments::default(),
            own: false,
            open: false,
            since: 0,
        })
    }

    /// What the automatic gain adds now, in decibels.
    #[must_use]
    pub fn gain_db(&self) -> f32 {
        self.gain.decibels()
    }

    /// Sound was lost: what went on is over.
    pub fn gap(&mut self) -> Option<Clip> {
        self.open = false;
        self.segmenter.end().filter(|_| !self.own)
    }

    /// Takes a block. `own` says that the robot's own voice is in it: nothing is transcribed then, and only words that stop
    /// are looked for.
    ///
    /// # Errors
    /// When the network fails.
    pub fn feed(&mut self, mut samples: Vec<f32>, own: bool) -> Result<Turn, HearError> {
        let mut turn = Turn::default();
        if own != self.own {
            // What somebody said before the robot spoke counts, what the robot said does not.
            turn.clips.extend(self.gap());
            self.own = own;
        }
        self.gain
            .apply(&mut samples, !own && self.segmenter.probability() >= 0.5);
        let ended = self.segmenter.feed(&samples)?;
        if !own {
            turn.clips.extend(ended);
        }
        let (probability, open) = (self.segmenter.probability(), self.segmenter.open());
        turn.speech = probability >= 0.5;
        turn.began = open && !self.open && !own;
        self.since = if open { self.since + 1 } else { 0 };
        self.open = open;
        if self.moments.frame(probability, open) {
            turn.look = self.segmenter.so_far().map(|clip| {
                let from = clip.samples.len().saturating_sub(LONGEST);
                clip.samples[from..].to_vec()
            });
        }
        if !own && self.since > 0 && self.since.is_multiple_of(PARTIAL) {
            turn.partial = self.segmenter.so_far();
        }
        Ok(turn)
    }
}
