//! What comes of the lines: heard or read, understood, compared with what is meant.

use super::line::{Half, Line};
use crate::cli::eval::on_all_cores;
use crate::cli::hear::understand;
use crate::cli::parse;
use brain::reading::{Outcome, Value};
use brain::understand::packs::Pack;
use coact::hear::grammar::Grammar;
use coact::hear::resample::Resampler;
use coact::hear::wav::Wav;
use coact::hear::{Ears, noise};
use coact::read::Reader;
use coact::report::Task;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What the lines are tried with.
pub struct Trial<'a> {
    pub reader: &'a Reader,
    pub packs: &'a [Pack],
    /// None: the texts are read.
    pub ears: Option<&'a Ears>,
    pub sayable: &'a [Grammar],
    /// 16 kHz.
    pub noise: &'a [f32],
    /// Where the recordings lie.
    pub folder: &'a Path,
}

/// Frame and slots of each task.
type Tasks = Vec<(String, BTreeMap<String, String>)>;

/// What came of one line.
#[derive(Debug, Serialize)]
pub struct Came {
    line: String,
    snr_db: Option<f32>,
    pub half: Half,
    pub right: bool,
    pub in_scope: bool,
    pub outcome: Outcome,
    heard: String,
    found: Tasks,
    expected: Tasks,
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Came {
            line,
            heard,
            outcome,
            found,
            expected,
            ..
        } = self;
        write!(
            f,
            "{line}\n  {heard}\n  {outcome:?} {found:?}\n  expected {expected:?}"
        )
    }
}

/// A WAV file at 16 kHz.
pub fn samples(path: &Path) -> anyhow::Result<Vec<f32>> {
    let mut wav = Wav::open(path)?;
    let mut resampler = Resampler::new(wav.rate());
    let mut all = Vec::new();
    loop {
        let block = wav.block();
        if block.is_empty() {
            all.extend(resampler.end());
            return Ok(all);
        }
        all.extend(resampler.feed(&block));
    }
}

impl Trial<'_> {
    /// All lines at one ratio of speech to noise, on all cores, in their order.
    pub fn all(&self, lines: &[Line], ratio: Option<f32>) -> anyhow::Result<Vec<Came>> {
        on_all_cores(lines, |line| self.one(line, ratio))
    }

    fn one(&self, line: &Line, ratio: Option<f32>) -> anyhow::Result<Came> {
        let reading = match (&line.wav, self.ears) {
            (Some(wav), Some(ears)) => {
                let mut sound = samples(&self.folder.join(wav))?;
                if let Some(ratio) = ratio {
                    let from = line.hash() as usize % self.noise.len().max(1);
                    sound = noise::mix(&sound, self.noise, from, ratio);
                }
                let mut sound = Some(sound);
                let heard = ears.listen(self.sayable, || sound.take())?;
                understand(self.reader, self.packs, &heard)
            }
            _ => parse::parse(
                self.reader,
                self.packs,
                line.text.as_deref().unwrap_or_default(),
                &[],
            ),
        };
        let found: Tasks = match reading.outcome {
            Outcome::Act => reading.tasks.iter().map(frame_and_slots).collect(),
            _ => Vec::new(),
        };
        let expected: Tasks = line
            .intent
            .iter()
            .map(|intent| (intent.clone(), line.wanted()))
            .collect();
        Ok(Came {
            line: line.name(),
            snr_db: ratio,
            half: line.half(),
            right: found == expected,
            in_scope: line.intent.is_some(),
            outcome: reading.outcome,
            heard: reading.text,
            found,
            expected,
        })
    }
}

fn frame_and_slots(task: &Task) -> (String, BTreeMap<String, String>) {
    let roles = task.roles.iter().map(|role| {
        let value = match &role.value {
            Some(Value::Slot(value)) => value,
            _ => &role.text,
        };
        (role.role.clone(), value.trim().to_lowercase())
    });
    (task.frame.clone(), roles.collect())
}
