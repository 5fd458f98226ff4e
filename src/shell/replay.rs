//! Replays a journal: runs the brain again over what it consumed and compares what it gives, byte for byte.
//!
//! It needs no models and no devices. What it reports first is where the two runs part.

use super::journal::{self, ReadError, Record, Records};
use brain::message::{Effect, Event};
use brain::step::{State, step};
use brain::units::Now;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a replay found.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// Which segment.
    pub path: PathBuf,
    /// Versions of the run, by name.
    pub versions: Vec<(String, String)>,
    /// Steps that were replayed.
    pub steps: usize,
    /// Effects they gave.
    pub effects: usize,
    /// Steps the run lost before this segment.
    pub lost: u64,
    /// The run ended in order.
    pub ended: bool,
    /// Bytes of a torn last record: normal after a power cut.
    pub torn: usize,
    /// The first difference; `None` when all was identical.
    pub difference: Option<Difference>,
    /// Damage in the middle of the file; the steps before it were replayed.
    pub damage: Option<String>,
}

impl Replayed {
    /// Nothing differed and nothing was damaged.
    #[must_use]
    pub fn identical(&self) -> bool {
        self.difference.is_none() && self.damage.is_none()
    }
}

/// Where two runs part.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Number of the step in the segment, from 0.
    pub step: usize,
    /// The brain's time at that step.
    pub now_ms: u64,
    /// The event.
    pub event: String,
    /// What the journal says came of it.
    pub recorded: String,
    /// What comes of it now.
    pub replayed: String,
}

/// Why a segment cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its snapshot is of another version.
    #[error(
        "the snapshot in {path} is not one this coact ({code}) can load: {source}; replay it with the coact that wrote it ({wrote})"
    )]
    Snapshot {
        /// Which file.
        path: PathBuf,
        /// Version of this code.
        code: &'static str,
        /// Version of the code that wrote it.
        wrote: String,
        /// What postcard said.
        source: postcard::Error,
    },
}

/// Replays one segment.
///
/// # Errors
/// When it cannot be read or its snapshot cannot be loaded. Damage and differences are in the result.
pub fn replay(path: &Path) -> Result<Replayed, ReplayError> {
    let Records {
        header,
        records,
        torn,
        damage,
    } = journal::read(path)?;
    let mut state: State =
        postcard::from_bytes(&header.snapshot).map_err(|source| ReplayError::Snapshot {
            path: path.to_owned(),
            code: crate::VERSION,
            wrote: header
                .versions
                .iter()
                .find(|(name, _)| name == "code")
                .map_or("unknown", |(_, v)| v)
                .to_owned(),
            source,
        })?;
    let mut found = Replayed {
        path: path.to_owned(),
        versions: header.versions,
        steps: 0,
        effects: 0,
        lost: 0,
        ended: false,
        torn,
        difference: None,
        damage: damage.map(|error| error.to_string()),
    };
    for record in records {
        match record {
            Record::Step(recorded) => {
                let Ok(event) = postcard::from_bytes::<Event>(&recorded.event) else {
                    found.damage = Some(format!("the event of step {} is of another version", found.steps));
                    break;
                };
                let told = format!("{event:?}");
                let effects = step(&mut state, Now(recorded.now), event);
                let bytes = postcard::to_stdvec(&effects).unwrap_or_default();
                if bytes != recorded.effects {
                    let before: Result<Vec<Effect>, _> = postcard::from_bytes(&recorded.effects);
                    found.difference = Some(Difference {
                        step: found.steps,
                        now_ms: recorded.now,
                        event: told,
                        recorded: before
                            .map_or_else(|error| format!("unreadable: {error}"), |e| format!("{e:?}")),
                        replayed: format!("{effects:?}"),
                    });
                    break;
                }
                found.steps += 1;
                found.effects += effects.len();
            }
            Record::Lost(lost) => found.lost += lost,
            Record::End => found.ended = true,
            Record::Line(_) => {}
            Record::Segment(_) => {
                found.damage = Some(format!("a second header stands after step {}", found.steps));
                break;
            }
        }
    }
    Ok(found)
}
