//! The running robot's ear: what was heard goes the way of what is typed, and a word that stops goes ahead of it.
//!
//! In: what [`super::listening`] finds. Out: utterances for the brain, sound for the folder of kept sound. It judges only
//! whether something is meant for the robot, never what it means.

use super::keep::Keep;
use super::listening::{Ear, Stop};
use super::reports::Heard;
use super::runtime::{Runtime, Spoken};
use super::voice::SharedAttention;
use crate::hear::Segment;
use crate::hear::attention::{Attention, Meant};
use crate::hear::segment::Clip;
use crate::speak::Speaker;
use brain::understand::stopword::stop_word;
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
    /// The user's own words that stop.
    pub stop_words: Vec<String>,
    /// When a word that stops was last spotted.
    pub spotted: Mutex<Option<Instant>>,
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
        if let Err(busy) = self.runtime.hear(spoken) {
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
            confidence: stop.spotted.log.exp().clamp(0.0, 1.0),
            alternatives: Vec::new(),
        });
    }

    fn heard(&self, segment: &Segment, clip: &Clip, began: Instant) {
        if let Some(keep) = &self.keep
            && let Err(error) = keep.keep(clip)
        {
            log::warn!("{error}");
        }
        // What the spotter has acted on already needs no second stop.
        let spotted = self.spotted().is_some_and(|at| at >= began);
        let stops = stop_word(&segment.text, &self.stop_words).is_some();
        let meant = if spotted && stops {
            Meant::Nothing
        } else {
            self.attention().judge(began, &segment.text)
        };
        self.runtime.heard(Heard {
            text: segment.text.clone(),
            confidence: segment.confidence,
            meant: meant != Meant::Nothing || stops,
        });
        if let Meant::Words(text) = meant {
            // The name is taken off the alternatives as it is off the text.
            let alternatives = segment.alternatives.iter().filter_map(|other| {
                match self.attention().clone().judge(began, &other.text) {
                    Meant::Words(words) => Some((words, other.confidence)),
                    Meant::Called | Meant::Nothing => None,
                }
            });
            let alternatives = alternatives.collect();
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
