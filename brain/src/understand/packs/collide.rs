//! Whether a pack may be learnt beside what exists: no sentence may mean two things.
//!
//! In: the new pack, the packs there are, and what a sentence means without the new one. Out: every collision, with both
//! sides named. A sentence with values of the pack's own slots in it may narrow a built-in frame ("get me a latte" is
//! bringing without the pack); a stop word, a yes or a plain command may not be taken over.

use super::{Pack, exactly, prototype};
use crate::ground::lexicon;
use crate::reading::{Act, Frame, Outcome, Reading};
use crate::understand::judge::acted_on;

/// A sentence that would mean two things.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Collision {
    /// A frame of another pack, or another frame of the same pack, has it, too.
    #[error(
        "{text:?} of {pack}, frame {frame}, collides with {other:?} of {other_pack}, frame {other_frame}"
    )]
    Pack {
        /// The sentence.
        text: String,
        /// The new pack.
        pack: String,
        /// Its frame.
        frame: String,
        /// The sentence it collides with.
        other: String,
        /// The other's pack.
        other_pack: String,
        /// The other's frame.
        other_frame: String,
    },
    /// It is a command that the robot understands already.
    #[error("{text:?} of {pack}, frame {frame}, collides with the built-in {other}")]
    BuiltIn {
        /// The sentence.
        text: String,
        /// The new pack.
        pack: String,
        /// Its frame.
        frame: String,
        /// What it means already.
        other: String,
    },
    /// There is a pack of this name.
    #[error("there is a pack {0} already: forget it first")]
    Name(String),
}

/// Most sentences of a template that are tried.
const TRIED: usize = 40;

/// Every collision of `new` with `packs` and with the built-in frames. `read` gives what a sentence means without packs.
pub fn collisions(new: &Pack, packs: &[Pack], mut read: impl FnMut(&str) -> Reading) -> Vec<Collision> {
    let mut found = Vec::new();
    for frame in &new.frames {
        let mut seen: Vec<Vec<String>> = Vec::new();
        let phrases = frame
            .phrases
            .iter()
            .map(|phrase| (phrase.text.clone(), phrase.embedding.as_slice()));
        let templates = frame
            .templates
            .iter()
            .flat_map(|part| part.texts(&new.slots, TRIED));
        for (text, embedding) in phrases.chain(templates.map(|text| (text, &[][..]))) {
            let spelled = super::spelling::words(&text, &new.lang);
            if spelled.is_empty() || seen.contains(&spelled) {
                continue;
            }
            seen.push(spelled);
            let other_frames = new.frames.iter().filter(|other| other.name != frame.name);
            let same_pack = other_frames.map(|other| (new, other));
            let others = packs.iter().filter(|pack| pack.name != new.name);
            let others = others.flat_map(|pack| pack.frames.iter().map(move |frame| (pack, frame)));
            let other = others.chain(same_pack).find_map(|(pack, other)| {
                if other.name == frame.name {
                    return None;
                }
                let words = pack.spell(&text);
                let by_template = other
                    .templates
                    .iter()
                    .any(|part| super::pattern::find(part, &words, &pack.slots, false).is_some());
                if by_template {
                    return Some((pack, other, text.clone()));
                }
                let near = other.phrases.iter().find(|phrase| {
                    !embedding.is_empty()
                        && prototype::cosine(embedding, &phrase.embedding) >= prototype::SAME
                })?;
                Some((pack, other, near.text.clone()))
            });
            let (pack, name) = (new.name.clone(), frame.name.clone());
            if let Some((other_pack, other_frame, other)) = other {
                let (other_pack, other_frame) = (other_pack.name.clone(), other_frame.name.clone());
                found.push(Collision::Pack {
                    text,
                    pack,
                    frame: name,
                    other,
                    other_pack,
                    other_frame,
                });
            } else if let Some(other) = built_in(&text, new, &frame.name, &read(&text)) {
                found.push(Collision::BuiltIn {
                    text,
                    pack,
                    frame: name,
                    other,
                });
            }
            // One example of each frame says enough.
            if found.len() >= 8 {
                return found;
            }
        }
    }
    found
}

/// What a sentence means already, where the pack may not take it over.
fn built_in(text: &str, new: &Pack, frame: &str, reading: &Reading) -> Option<String> {
    if let Some(task) = reading
        .tasks
        .iter()
        .find(|task| task.frame == Frame::Stopping && acted_on(task))
    {
        return (frame != task.frame.name()).then(|| format!("frame {}", task.frame.name()));
    }
    let act = match reading.act {
        Act::Command | Act::Question | Act::Chat => None,
        Act::Confirm => Some("confirm"),
        Act::Deny => Some("deny"),
        Act::Cancel => Some("cancel"),
        Act::Correct => Some("correction"),
        Act::Undo => Some("undo"),
        Act::Repeat => Some("repeat"),
        Act::Choose => Some("choice"),
    };
    if let Some(act) = act {
        return Some(format!("dialogue act {act}"));
    }
    if reading.outcome != Outcome::Act {
        return None;
    }
    let task = reading
        .tasks
        .iter()
        .find(|task| acted_on(task) && task.frame.name() != frame)?;
    // Values of its own make it the pack's, unless they are things that the built-in frames handle.
    let words = new.spell(text);
    let own = new
        .frames
        .iter()
        .filter(|f| f.name == frame)
        .flat_map(|f| super::spotted(new, f, &words));
    let known = |capture: &super::Capture| {
        let last = words[capture.words.end - 1].text.as_str();
        lexicon::entry(&lexicon::singular(last)).is_some_and(|entry| entry.movable && entry.visible)
    };
    let own: Vec<_> = own.collect();
    let narrows = !own.is_empty() && !own.iter().all(known);
    (!narrows).then(|| format!("frame {}", task.frame.name()))
}

/// Whether a sentence is already one of a pack's.
#[must_use]
pub fn taken(text: &str, packs: &[Pack]) -> Option<(String, String)> {
    exactly(text, packs).map(|found| (found.pack.name.clone(), found.frame.name.clone()))
}
