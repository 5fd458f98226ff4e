//! What `coact hear --json` says of one file.

use super::{Reason, Task};
use crate::hear::{Heard, Times};
use brain::reading::Outcome;
use serde::Serialize;
use std::time::Duration;

/// One file. Times of segments in seconds from the start of the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hearing {
    /// The file, as it was named.
    pub wav: String,
    /// All that was said; empty when nothing was.
    pub text: String,
    /// The utterances, in order.
    pub segments: Vec<Segment>,
    /// Length of the sound.
    pub audio_s: f64,
    /// What was strange about the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was understood, with a pack.
    #[serde(flatten)]
    pub understood: Option<Understood>,
    /// How long it took.
    pub ms: Ms,
}

/// One utterance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// Where it begins.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// What was said.
    pub text: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Whether it calls the robot, where it was asked by which word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called: Option<bool>,
    /// What else it may have been, likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

/// Another thing that may have been said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alternative {
    /// Its words.
    pub text: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// What all of it means, as `coact parse` says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Understood {
    /// What the words ask for.
    pub outcome: Outcome,
    /// Stable code of why not to act.
    pub reason: Option<Reason>,
    /// What the robot would say.
    pub say: Option<String>,
    /// The tasks, in the order they are to be done.
    pub tasks: Vec<Task>,
}

impl From<super::Reading> for Understood {
    fn from(reading: super::Reading) -> Self {
        Understood {
            outcome: reading.outcome,
            reason: reading.reason,
            say: reading.say,
            tasks: reading.tasks,
        }
    }
}

/// Milliseconds of each part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ms {
    /// Reading, resampling, voice activity.
    pub voice: f64,
    /// The encoder.
    pub encode: f64,
    /// The decoder with the search.
    pub decode: f64,
    /// All of it; loading the models is not in it.
    pub total: f64,
}

impl Hearing {
    /// What was heard in a file.
    #[must_use]
    pub fn new(wav: String, heard: &Heard) -> Self {
        let to_hundredths = |value: f64| (value * 100.0).round() / 100.0;
        let segments = heard.segments.iter().map(|segment| Segment {
            start_s: to_hundredths(segment.start_s),
            end_s: to_hundredths(segment.end_s),
            text: segment.text.clone(),
            confidence: to_hundredths(f64::from(segment.confidence)),
            called: None,
            alternatives: segment
                .alternatives
                .iter()
                .map(|other| Alternative {
                    text: other.text.clone(),
                    confidence: to_hundredths(f64::from(other.confidence)),
                })
                .collect(),
        });
        let Times {
            voice,
            encode,
            decode,
        } = heard.times;
        let ms = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
        Hearing {
            wav,
            text: heard.text(),
            segments: segments.collect(),
            audio_s: (heard.audio_s * 1e3).round() / 1e3,
            note: heard.note.clone(),
            understood: None,
            ms: Ms {
                voice: ms(voice),
                encode: ms(encode),
                decode: ms(decode),
                total: ms(voice + encode + decode),
            },
        }
    }
}
