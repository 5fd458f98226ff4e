//! The running robot's ear: what was heard goes the way of what is typed, and a word that stops goes ahead of it.
//!
//! In: what [`super::listening`] finds. Out: utterances for the brain, sound for the folder of kept sound. It judges only
//! whether something is meant for the robot, never what it means.

use super::keep::{self, Keep};
use super::listening::{Ear, Stop};
use super::reports::Heard;
use super::runtime::{Runtime, Spoken};
use super::voice::SharedAttention;
use crate::hear::Segment;
use crate::hear::attention::{Attention, Meant};
use crate::hear::corrections::{Corrections, correction};
use crate::hear::segment::Clip;
use crate::speak::Speaker;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// See the module.
pub struct RobotEar {
    /// Who is told.
    pub runtime: Arc<Runtime>,
    /// Whether it is meant for the robot.
    pub attention: SharedAttention,
    /// Cut short when somebody speaks to the robot while it does; `None` where the microphone would hear the robot itself.
    pub interrupts: Option<Arc<Speaker>>,
    /// Where sound is kept, when the user wants it.
    pub keep: Option<Keep>,
    /// What was misheard before.
    pub memory: Mutex<Memory>,
    /// When a word that stops was last spotted.
    pub spotted: Mutex<Option<Instant>>,
}

/// What was misheard before, in a file of the state folder.
#[derive(Debug, Default)]
pub struct Memory {
    corrections: Corrections,
    file: PathBuf,
    last: Option<(Instant, String)>,
}

/// A correction is of what was said so lately.
const LATELY: Duration = Duration::from_secs(30);

impl Memory {
    /// What the state folder holds; nothing where it holds none.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        let file = state.join(keep::FOLDER).join("corrections.json");
        let corrections = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                log::warn!(
                    "{}: {error}; what was misheard before is forgotten",
                    file.display()
                );
                Corrections::default()
            }),
            Err(_) => Corrections::default(),
        };
        Memory {
            corrections,
            file,
            last: None,
        }
    }

    /// Takes what was heard; gives what is meant where that was corrected before.
    fn take(&mut self, now: Instant, text: &str) -> Option<String> {
        let last = self.last.replace((now, text.to_owned()));
        if let (Some(meant), Some((at, heard))) = (correction(text), last)
            && now - at <= LATELY
            && self.corrections.learn(&heard, meant)
            && let Err(error) = self.write()
        {
            log::warn!("the correction is not kept: {}: {error}", self.file.display());
        }
        self.corrections.meant(text).map(str::to_owned)
    }

    /// Whole or not at all.
    fn write(&self) -> std::io::Result<()> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let fresh = self.file.with_extension("json.new");
        std::fs::write(&fresh, serde_json::to_vec(&self.corrections)?)?;
        std::fs::rename(fresh, &self.file)
    }
}

/// Words that stop are spotted several times while they are said: once is enough.
const ONCE: Duration = Duration::from_millis(1500);

impl RobotEar {
    fn attention(&self) -> MutexGuard<'_, Attention> {
        self.attention.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spotted(&self) -> MutexGuard<'_, Option<Instant>> {
        self.spotted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, spoken: Spoken) {
        if let Err(busy) = self.runtime.hear(spoken, false) {
            log::warn!("{busy}");
        }
    }
}

impl Ear for RobotEar {
    fn began(&self) {
        if let Some(speaker) = &self.interrupts
            && speaker.own().sounds(Instant::now())
        {
            speaker.spoken_to();
        }
    }

    fn called(&self, name: &str) {
        log::info!("called: {name}");
        self.attention().called(Instant::now());
    }

    fn stop(&self, stop: &Stop) {
        let now = Instant::now();
        let again = self.spotted().replace(now).is_some_and(|last| now - last < ONCE);
        if again {
            return;
        }
        log::info!(
            "{:?} was spotted {} ms after its last sound",
            stop.spotted.text,
            stop.ago.as_millis()
        );
        self.tell(Spoken {
            text: "stop".to_owned(),
            // How likely it is beside whatever else it may have been.
            confidence: (stop.spotted.log - stop.spotted.free).exp().clamp(0.0, 1.0),
            alternatives: Vec::new(),
        });
    }

    fn heard(&self, segment: &Segment, clip: &Clip, began: Instant) {
        if let Some(keep) = &self.keep
            && let Err(error) = keep.keep(clip)
        {
            log::warn!("{error}");
        }
        // What the spotter has acted on already needs no second stop, and what was said around it is void.
        let spotted = self.spotted().is_some_and(|at| at >= began);
        let meant = if spotted {
            Meant::Nothing
        } else {
            self.attention().judge(began, &segment.text, segment.called)
        };
        self.runtime.heard(Heard {
            text: segment.text.clone(),
            confidence: segment.confidence,
            meant: meant != Meant::Nothing || spotted,
        });
        if let Meant::Words(text) = meant {
            // The name is taken off the alternatives as it is off the text.
            let alternatives = segment.alternatives.iter().filter_map(|other| {
                match self.attention().clone().judge(began, &other.text, segment.called) {
                    Meant::Words(words) => Some((words, other.confidence)),
                    Meant::Called | Meant::Nothing => None,
                }
            });
            let mut alternatives: Vec<(String, f32)> = alternatives.collect();
            let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            let meant = memory.take(Instant::now(), &text);
            drop(memory);
            let text = match meant {
                Some(meant) => {
                    alternatives.insert(0, (text, segment.confidence));
                    meant
                }
                None => text,
            };
            self.tell(Spoken {
                text,
                confidence: segment.confidence,
                alternatives,
            });
        }
    }

    fn unheard(&self, why: Option<&str>) {
        if let Some(why) = why {
            log::error!("not heard: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_corrected_twice_is_remembered_over_a_restart() {
        let state = tempfile::tempdir().unwrap();
        let now = Instant::now();
        let mut memory = Memory::of(state.path());
        let mut say = |text: &str| memory.take(now, text);
        for _ in 0..2 {
            assert_eq!(say("Go to the chicken."), None);
            assert_eq!(say("No, I said go to the kitchen."), None);
        }
        assert_eq!(say("Go to the chicken.").as_deref(), Some("go to the kitchen."));
        let mut memory = Memory::of(state.path());
        assert_eq!(
            memory.take(now, "go to the chicken").as_deref(),
            Some("go to the kitchen.")
        );
        // Long after, it is no correction.
        memory.take(now, "take the cap");
        memory.take(now + LATELY * 2, "I said take the cup");
        memory.take(now, "take the cap");
        memory.take(now, "I said take the cup");
        assert_eq!(memory.take(now, "take the cap"), None);
    }
}
