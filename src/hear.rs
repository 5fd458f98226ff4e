//! Sound in, transcripts out: what was said, when, how surely, and what else it may have been.
//!
//! ```text
//! WAV ──wav──> samples ──resample──> 16 kHz ──segment: voice, endpoint──> clips ──network──> sound
//!                                        text <──tokens── hypotheses <──search, perhaps a grammar──┘
//! ```
//!
//! In: 16 kHz samples, or a WAV file of any rate. Out: [`Segment`]s. It never decides what the words mean, holds at most
//! one utterance of sound, and of silence, noise and music it says nothing.

pub mod wav;
pub mod resample;
pub mod voice;
pub mod endpoint;
pub mod segment;
pub mod tokens;
pub mod network;
pub mod search;
pub mod grammar;
pub mod spoken;
pub mod noise;
pub mod level;
pub mod spot;
pub mod phonetic;
pub mod attention;
pub mod corrections;
pub mod live;

use endpoint::Rules;
use engine::{ArrayError, Folders, LoadError, Manifest, ManifestError, Model};
use grammar::Grammar;
use network::{Network, NoNetwork, Sound};
use resample::{RATE, Resampler};
use search::{Effort, Free, Hypothesis, search};
use segment::{Clip, Segmenter};
use serde::Deserialize;
use std::io::Read;
use std::time::{Duration, Instant};
use tokens::Tokens;
use wav::Wav;

/// The model that writes down speech.
pub const NAME: &str = "asr";
/// The model that tells speech from other sound.
pub const VOICE: &str = "vad";

/// Why the ears could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A folder or its manifest is not in order.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A network cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The pieces of words cannot be read.
    #[error("{path}: a JSON list of the pieces of words is expected: {why}")]
    Tokens {
        /// Which file.
        path: String,
        /// What is wrong.
        why: serde_json::Error,
    },
    /// The networks are others than hearing takes.
    #[error(transparent)]
    Network(#[from] NoNetwork),
}

/// Why sound was not heard.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HearError {
    /// A network failed.
    #[error("the sound could not be heard: {0}")]
    Failed(String),
    /// A network gives something else than it should.
    #[error("the sound could not be heard: {0} gives other outputs than its manifest promises")]
    Output(String),
}

impl From<ArrayError> for HearError {
    fn from(error: ArrayError) -> Self {
        HearError::Failed(error.to_string())
    }
}

/// `[decoder]` of the transcriber's manifest.
#[derive(Debug, Clone, Deserialize)]
struct Spec {
    /// The file with the decoder.
    file: String,
    /// The file with the pieces of words.
    tokens: String,
}

/// `[thresholds]` of the transcriber's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
struct Thresholds {
    /// What is less sure is not said to have been heard.
    confidence: f32,
    /// More tokens than so many a second are not spoken.
    tokens_per_second: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            confidence: 0.3,
            tokens_per_second: 6.5,
        }
    }
}

/// One utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Where it begins, in seconds.
    pub start_s: f64,
    /// Where it ends, in seconds.
    pub end_s: f64,
    /// What was said.
    pub text: String,
    /// Geometric mean of the probabilities of its tokens, 0 to 1.
    pub confidence: f32,
    /// Whether it begins with a name of the robot, as far as the sound tells: the text may have missed it.
    pub called: bool,
    /// What else it may have been, likeliest first.
    pub alternatives: Vec<Alternative>,
}

/// Another thing that may have been said.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its words.
    pub text: String,
    /// As the segment's.
    pub confidence: f32,
}

/// All that was heard in a stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The utterances in which something was understood.
    pub segments: Vec<Segment>,
    /// Length of the sound in seconds.
    pub audio_s: f64,
    /// What was strange about the file.
    pub note: Option<String>,
    /// How long it took.
    pub times: Times,
}

impl Heard {
    /// All that was said.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self
            .segments
            .iter()
            .map(|segment| segment.text.as_str())
            .collect();
        texts.join(" ")
    }

    /// What else it may have been, and how surely: of one utterance; several are taken as they were heard.
    #[must_use]
    pub fn alternatives(&self) -> &[Alternative] {
        match self.segments.as_slice() {
            [only] => &only.alternatives,
            _ => &[],
        }
    }

    /// How surely it was heard: the least of all utterances.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        let all = self.segments.iter().map(|segment| segment.confidence);
        all.fold(1.0, f32::min)
    }
}

/// Most alternatives that are read: each costs the text model's time.
pub const MOST_ALTERNATIVES: usize = 3;

/// How long each part of hearing took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Times {
    /// Reading, resampling, voice activity.
    pub voice: Duration,
    /// The encoder.
    pub encode: Duration,
    /// The decoder with the search.
    pub decode: Duration,
}

/// The networks of hearing, ready. Hearing does not change them, so they may be shared between threads.
#[derive(Debug)]
pub struct Ears {
    voice: Model,
    network: Network,
    tokens: Tokens,
    thresholds: Thresholds,
    version: String,
}

impl Ears {
    /// Loads the models [`NAME`] and [`VOICE`].
    ///
    /// # Errors
    /// When one is missing, damaged, or another than it should be.
    pub fn load(folders: &Folders) -> Result<Self, OpenError> {
        Self::open(&folders.find(NAME)?, &folders.find(VOICE)?)
    }

    /// Loads what the manifests describe.
    ///
    /// # Errors
    /// When one is missing, damaged, or another than it should be.
    pub fn open(transcriber: &Manifest, voice: &Manifest) -> Result<Self, OpenError> {
        let spec: Spec = transcriber.decoder()?;
        let bytes = transcriber.bytes(&spec.tokens)?;
        let tokens = Tokens::from_bytes(&bytes).map_err(|why| OpenError::Tokens {
            path: transcriber.path(&spec.tokens).display().to_string(),
            why,
        })?;
        let decoder = transcriber.bytes(&spec.file)?;
        let path = transcriber.path(&spec.file);
        let (encoder, decoder) = std::thread::scope(|scope| {
            let decoder = scope.spawn(|| Model::from_bytes("asr decoder", &path, &decoder));
            let encoder = Model::load(transcriber);
            let decoder = decoder
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (encoder, decoder)
        });
        Ok(Ears {
            voice: Model::load(voice)?,
            network: Network::new(&transcriber.name, encoder?, decoder?, tokens.count())?,
            tokens,
            thresholds: transcriber.thresholds()?,
            version: transcriber.version.clone(),
        })
    }

    /// Version of the transcriber, from its manifest.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The pieces of words.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Hears a WAV file to its end. What the grammars can say is preferred where the sound allows it, the first of them most.
    ///
    /// # Errors
    /// When a network fails.
    pub fn hear<R: Read>(&self, wav: &mut Wav<R>, sayable: &[Grammar]) -> Result<Heard, HearError> {
        let mut resampler = Some(Resampler::new(wav.rate()));
        let mut heard = self.listen(sayable, || {
            let block = wav.block();
            if block.is_empty() {
                resampler.take().map(|mut resampler| resampler.end())
            } else {
                resampler.as_mut().map(|resampler| resampler.feed(&block))
            }
        })?;
        heard.audio_s = wav.seconds();
        heard.note = wav.note().map(str::to_owned);
        Ok(heard)
    }

    /// Hears 16 kHz samples, block by block until none comes.
    ///
    /// # Errors
    /// When a network fails.
    pub fn listen(
        &self,
        sayable: &[Grammar],
        mut block: impl FnMut() -> Option<Vec<f32>>,
    ) -> Result<Heard, HearError> {
        let mut heard = Heard::default();
        let mut segmenter = Segmenter::new(&self.voice, Rules::default())?;
        let mut count = 0;
        loop {
            let begin = Instant::now();
            let samples = block();
            let clips = match &samples {
                Some(samples) => segmenter.feed(samples)?,
                None => segmenter.end().into_iter().collect(),
            };
            heard.times.voice += begin.elapsed();
            for clip in clips {
                let segment = self.transcribe(&clip, sayable, &mut heard.times)?;
                heard.segments.extend(segment);
            }
            let Some(samples) = samples else { break };
            count += samples.len();
        }
        heard.audio_s = count as f64 / f64::from(RATE);
        Ok(heard)
    }

    /// Writes down one utterance; `None` when nothing was said that can be written.
    ///
    /// # Errors
    /// When a network fails.
    pub fn transcribe(
        &self,
        clip: &Clip,
        sayable: &[Grammar],
        times: &mut Times,
    ) -> Result<Option<Segment>, HearError> {
        if clip.samples.len() < SHORTEST {
            return Ok(None);
        }
        let longest = self.most_tokens(clip);
        let begin = Instant::now();
        let mut sounds = vec![self.network.encode(&clip.samples)?];
        times.encode += begin.elapsed();
        let begin = Instant::now();
        let mut free = self.freely(&sounds, longest)?;
        times.decode += begin.elapsed();
        if free.first().is_some_and(|best| best.confidence() < SURE) {
            let begin = Instant::now();
            let mut slower = Resampler::new(SLOWER);
            let again = [slower.feed(&clip.samples), slower.end()].concat();
            sounds.push(self.network.encode(&again)?);
            times.encode += begin.elapsed();
            let begin = Instant::now();
            let effort = Effort { longest, ..AGAIN };
            free = search(&self.network, &sounds, &Free { tried: effort.width }, effort)?;
            free.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
            times.decode += begin.elapsed();
        }
        let begin = Instant::now();
        let mut found = free;
        let mut called = false;
        for grammar in sayable {
            let effort = if grammar.is_open() { CALLED } else { WITHIN };
            let mut within = search(&self.network, &sounds, grammar, Effort { longest, ..effort })?;
            if grammar.is_open() {
                called = self.prefers(&found, &within, grammar);
                if called {
                    found = [within, found].concat();
                }
                continue;
            }
            // Token by token, or a few words would win over all that was said.
            within.sort_by(|a, b| self.rank(b).total_cmp(&self.rank(a)));
            if self.prefers(&found, &within, grammar) {
                found = [within, found].concat();
                break;
            }
            // What can be said is read before what else was heard freely.
            let behind = found.len().min(1);
            found.splice(behind..behind, within);
        }
        times.decode += begin.elapsed();
        let Some(best) = found.first() else {
            return Ok(None);
        };
        let text = self.tokens.text(&best.tokens);
        let sure = best.confidence() >= self.thresholds.confidence;
        if !sure || !text.chars().any(char::is_alphanumeric) || drones(&text) {
            log::debug!("not heard: {text:?}, confidence {:.2}", best.confidence());
            return Ok(None);
        }
        let mut known = vec![bare(&text)];
        let mut alternatives: Vec<Alternative> = Vec::new();
        for other in &found[1..] {
            let other = Alternative {
                text: self.tokens.text(&other.tokens),
                confidence: other.confidence(),
            };
            let words = bare(&other.text);
            if !known.contains(&words) {
                known.push(words);
                alternatives.push(other);
            }
        }
        let text = spot::misheard(&text).map_or(text, str::to_owned);
        Ok(Some(Segment {
            start_s: clip.start_s,
            end_s: clip.end_s(),
            text,
            confidence: best.confidence(),
            called,
            alternatives,
        }))
    }

    /// What is heard freely and greedily of sound that is taken for one utterance, however unsure.
    ///
    /// # Errors
    /// When a network fails.
    pub fn write_down(&self, clip: &Clip) -> Result<String, HearError> {
        if clip.samples.len() < SHORTEST {
            return Ok(String::new());
        }
        let sound = [self.network.encode(&clip.samples)?];
        let found = self.freely(&sound, self.most_tokens(clip))?;
        Ok(found
            .first()
            .map_or_else(String::new, |best| self.tokens.text(&best.tokens)))
    }

    /// The likeliest token each time.
    fn freely(&self, sounds: &[Sound], longest: usize) -> Result<Vec<Hypothesis>, HearError> {
        let effort = Effort { longest, ..GREEDY };
        search(&self.network, sounds, &Free { tried: 1 }, effort)
    }

    /// How sure a sentence of a grammar is, token by token, and how common its words are.
    fn rank(&self, one: &Hypothesis) -> f32 {
        let rare = spoken::rare(&self.tokens.text(&one.tokens)) as f32 * spoken::OF_RARE;
        (one.log() - rare) / one.logs.len().max(1) as f32
    }

    /// Whether the best within a grammar is hardly less likely than what was heard freely, the first in `free`.
    fn prefers(&self, free: &[Hypothesis], within: &[Hypothesis], grammar: &Grammar) -> bool {
        let (Some(freely), Some(best)) = (free.first(), within.first()) else {
            return false;
        };
        let behind = freely.log() - best.log();
        let tokens = if grammar.is_open() { 1 } else { best.logs.len() };
        let margin = grammar.margin() * tokens as f32;
        log::debug!(
            "free {:?} {:.2}, within {:?} {:.2}: {behind:.2} behind, {margin:.2} allowed",
            self.tokens.text(&freely.tokens),
            freely.log(),
            self.tokens.text(&best.tokens),
            best.log()
        );
        behind <= margin
    }

    fn most_tokens(&self, clip: &Clip) -> usize {
        let seconds = clip.samples.len() as f32 / RATE as f32;
        (seconds * self.thresholds.tokens_per_second).ceil() as usize + 4
    }
}

/// Freely, the likeliest token each time.
const GREEDY: Effort = Effort {
    width: 1,
    longest: 0,
    behind: f32::INFINITY,
};

/// Within a grammar: its words may become likely only late, so more is tried.
const WITHIN: Effort = Effort {
    width: 16,
    longest: 0,
    behind: 12.0,
};

/// Freely once more, where the sound is unsure: what else it may have been.
const AGAIN: Effort = Effort {
    width: 4,
    longest: 0,
    behind: 8.0,
};

/// Behind a name everything goes on freely: there is little to try.
const CALLED: Effort = Effort {
    width: 4,
    longest: 0,
    behind: 8.0,
};

/// What is heard less surely is looked at twice.
const SURE: f32 = 0.9;

/// The second time as if it had been recorded at this rate: a ninth longer and lower, so that the words have other frames.
const SLOWER: u32 = 14_400;

/// The same three words, not all alike, four times: no person says that, a network that listens to no English does.
fn drones(text: &str) -> bool {
    let text = bare(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let threes: Vec<&[&str]> = words.windows(3).collect();
    threes.iter().any(|three| {
        let alike = three.iter().all(|word| *word == three[0]);
        !alike && threes.iter().filter(|other| *other == three).count() >= 4
    })
}

/// Words without case and marks.
fn bare(text: &str) -> String {
    let words = text.to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect()
}

/// Samples below which the encoder has nothing to look at.
const SHORTEST: usize = RATE as usize / 10;

#[cfg(test)]
mod tests {
    use super::drones;

    #[test]
    fn what_is_said_over_and_over_is_no_speech() {
        assert!(drones(
            "Give me one, give me one, give me one, and give me one, give me one."
        ));
        assert!(!drones("stop, stop, stop, stop, stop, stop"));
        assert!(!drones(
            "Give me one cup and give me one glass and give me one fork"
        ));
        assert!(!drones(
            "go to the kitchen and then to the hall and then to the kitchen"
        ));
    }
}
