//! `pack.toml` as types, and the pack that it makes: templates parsed, values spelled out, everything checked.
//!
//! In: values that the shell parsed. Out: a [`Pack`] without embeddings, or every problem at once. Never: reads a file.

use super::pattern::{self, Part};
use super::slots::Slot;
use super::spelling::{Same, words};
use super::{Pack, PackFrame, Passage, Phrase, Qa, Step};
use crate::knowledge::Triple;
use crate::reading::Frame;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A `pack.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// What it is called: lower-case letters, digits and `_`.
    pub name: String,
    /// What it is for, in a sentence: told by "what can you do".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// ISO 639-1 code of the language it is written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Words that mean others: `"a little bit of" = ["a little", "a splash of"]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub same: BTreeMap<String, Vec<String>>,
    /// Named pieces of templates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, String>,
    /// The roles of its frames and the values they take.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, SlotFile>,
    /// What it adds to what the robot understands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frame: Vec<FrameFile>,
    /// Questions with their answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answer: Vec<AnswerFile>,
    /// Documents of short passages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub document: Vec<DocumentFile>,
    /// What is what, and where: subject, relation, object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fact: Vec<[String; 3]>,
}

/// One slot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotFile {
    /// Its values; `[optional|words] (one|other)` stands for many.
    pub values: Vec<String>,
    /// Other words for a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub also: BTreeMap<String, Vec<String>>,
    /// What its values are kinds of: another thing of that kind is known to be not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// One frame: a new one, or more words for one that exists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameFile {
    /// Its name.
    pub name: String,
    /// Sentences that mean it, as templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<String>,
    /// Sentences that mean it, and all that are like them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<String>,
    /// Slots it cannot do without, each with the question for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, String>,
    /// What the robot says when it does it; `{slot}` is what was said for the slot, `[…]` is left out where a slot is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// Commands it stands for, one after the other, in words the robot understands without the pack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub does: Vec<String>,
}

/// Questions that have one answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFile {
    /// Ways to ask.
    pub questions: Vec<String>,
    /// The answer.
    pub text: String,
    /// Where it comes from, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A text whose paragraphs are answers by themselves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFile {
    /// What it is called, for people.
    pub title: String,
    /// Its paragraphs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passages: Vec<String>,
    /// A text file beside the pack: paragraphs are parted by empty lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// What is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackProblem {
    /// Its name is no name.
    #[error("{what} is called {name:?}: a name of letters, digits and `_` is expected")]
    Name {
        /// What is named.
        what: &'static str,
        /// What it is called.
        name: String,
    },
    /// There is nothing in it.
    #[error("it has no frame, no answer, no document and no fact: there is nothing to learn")]
    Empty,
    /// A template cannot be read.
    #[error("{place}: the template {template:?} cannot be read: {why}")]
    Template {
        /// Frame or slot.
        place: String,
        /// The template.
        template: String,
        /// What is wrong.
        why: pattern::PatternError,
    },
    /// A slot is named that the pack does not have.
    #[error("frame {frame}: there is no slot {slot:?}; {known}")]
    Slot {
        /// Which frame.
        frame: String,
        /// Which slot.
        slot: String,
        /// The slots there are.
        known: String,
    },
    /// Something has no words.
    #[error("{0} has no words")]
    Wordless(String),
    /// A built-in frame is given another meaning.
    #[error(
        "frame {0} is built in: a pack may add phrases to it, but says, does and needs are its own; name a frame of your own"
    )]
    BuiltIn(String),
    /// More than can be looked through in time.
    #[error("{what}: at most {most} are taken, here are {came}")]
    TooMany {
        /// What there is too much of.
        what: String,
        /// How many may be.
        most: usize,
        /// How many there are.
        came: usize,
    },
}

/// Most values of a slot, words for them included.
pub const MOST_VALUES: usize = 1000;
/// Most phrases, questions and passages of a pack: each costs one run of the encoder when it is learnt.
pub const MOST_TEXTS: usize = 2000;

impl PackFile {
    /// The pack that this file describes. Its embeddings are still missing: see [`Pack::texts`].
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn pack(&self) -> Result<Pack, Vec<PackProblem>> {
        let mut problems = Vec::new();
        let lang = self.lang.clone().unwrap_or_else(|| "en".to_owned());
        named("the pack", &self.name, &mut problems);
        let same = self
            .same
            .iter()
            .flat_map(|(meant, said)| said.iter().map(move |said| (said, meant)));
        let same: Vec<Same> = same
            .map(|(said, meant)| Same {
                said: words(said, &lang),
                meant: words(meant, &lang),
            })
            .collect();
        let mut pack = Pack {
            name: self.name.clone(),
            about: self.about.clone(),
            lang,
            same,
            ..Pack::default()
        };
        for (name, slot) in &self.slots {
            named("a slot", name, &mut problems);
            let slot = self.slot(name, slot, &pack, &mut problems);
            pack.slots.push(slot);
        }
        for frame in &self.frame {
            let frame = self.frame(frame, &pack, &mut problems);
            pack.frames.push(frame);
        }
        for answer in &self.answer {
            if answer.questions.is_empty() || answer.text.trim().is_empty() {
                problems.push(PackProblem::Wordless(format!("the answer {:?}", answer.text)));
            }
            pack.answers.push(Qa {
                questions: answer.questions.iter().map(|text| phrase(text, &pack)).collect(),
                text: answer.text.trim().to_owned(),
                source: answer.source.clone().unwrap_or_else(|| self.name.clone()),
            });
        }
        for document in &self.document {
            for text in document.passages.iter().filter(|text| !text.trim().is_empty()) {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                pack.passages.push(Passage {
                    text,
                    source: document.title.clone(),
                    embedding: Vec::new(),
                });
            }
        }
        pack.facts = self.fact.iter().map(|[a, b, c]| Triple::new(a, b, c)).collect();
        let texts = pack.texts().len();
        if texts > MOST_TEXTS {
            let what = "phrases, questions and passages".to_owned();
            problems.push(PackProblem::TooMany {
                what,
                most: MOST_TEXTS,
                came: texts,
            });
        }
        if texts == 0 && pack.facts.is_empty() && pack.frames.is_empty() {
            problems.push(PackProblem::Empty);
        }
        if problems.is_empty() {
            Ok(pack)
        } else {
            Err(problems)
        }
    }

    fn slot(&self, name: &str, slot: &SlotFile, pack: &Pack, problems: &mut Vec<PackProblem>) -> Slot {
        let mut values: Vec<(String, Vec<String>)> = Vec::new();
        for template in &slot.values {
            match pattern::expand(template, &self.rules, MOST_VALUES + 1) {
                Ok(texts) => values.extend(texts.into_iter().map(|text| (text, Vec::new()))),
                Err(why) => {
                    let (place, template) = (format!("slot {name}"), template.clone());
                    problems.push(PackProblem::Template { place, template, why });
                }
            }
        }
        for (value, others) in &slot.also {
            match values.iter_mut().find(|(text, _)| text == value) {
                Some((_, also)) => also.extend(others.iter().cloned()),
                None => values.push((value.clone(), others.clone())),
            }
        }
        let slot = Slot::new(name, slot.kind.clone(), &values, &pack.same, &pack.lang);
        if slot.values.is_empty() {
            problems.push(PackProblem::Wordless(format!("slot {name}")));
        }
        if slot.values.len() > MOST_VALUES {
            let (what, came) = (format!("values of slot {name}"), slot.values.len());
            problems.push(PackProblem::TooMany {
                what,
                most: MOST_VALUES,
                came,
            });
        }
        slot
    }

    fn frame(&self, frame: &FrameFile, pack: &Pack, problems: &mut Vec<PackProblem>) -> PackFrame {
        named("a frame", &frame.name, problems);
        if frame.templates.is_empty() && frame.phrases.is_empty() {
            problems.push(PackProblem::Wordless(format!("frame {}", frame.name)));
        }
        let built_in = !matches!(Frame::from(frame.name.as_str()), Frame::Custom(_));
        if built_in && (frame.says.is_some() || !frame.does.is_empty() || !frame.needs.is_empty()) {
            problems.push(PackProblem::BuiltIn(frame.name.clone()));
        }
        let mut parsed = |template: &String| match pattern::parse(template, &self.rules, &pack.lang) {
            Ok(part) => Some(part),
            Err(why) => {
                let (place, template) = (format!("frame {}", frame.name), template.clone());
                problems.push(PackProblem::Template { place, template, why });
                None
            }
        };
        // A phrase with slots in it is a template, too.
        let templates: Vec<Part> = frame.templates.iter().filter_map(&mut parsed).collect();
        let phrases: Vec<(Part, &String)> = frame
            .phrases
            .iter()
            .filter_map(|text| Some((parsed(text)?, text)))
            .collect();
        let used = templates
            .iter()
            .chain(phrases.iter().map(|(part, _)| part))
            .flat_map(Part::slots);
        let says = frame.says.iter().flat_map(|says| super::fill::slots(says));
        for slot in used.chain(says).chain(frame.needs.keys().map(String::as_str)) {
            if !pack.slots.iter().any(|known| known.name == slot) {
                let names: Vec<&str> = pack.slots.iter().map(|slot| slot.name.as_str()).collect();
                let known = match names.as_slice() {
                    [] => "the pack has none: add [slots.…]".to_owned(),
                    names => format!("there are {}", names.join(", ")),
                };
                let (frame, slot) = (frame.name.clone(), slot.to_owned());
                problems.push(PackProblem::Slot { frame, slot, known });
            }
        }
        PackFrame {
            name: frame.name.clone(),
            phrases: phrases
                .iter()
                .map(|(part, text)| {
                    let plain = !text.contains(['[', '(', '{', '<']);
                    let filled = || part.texts(&pack.slots, 1).remove(0);
                    phrase(&if plain { (*text).clone() } else { filled() }, pack)
                })
                .collect(),
            templates: templates
                .into_iter()
                .chain(phrases.into_iter().map(|(part, _)| part))
                .collect(),
            needs: frame
                .needs
                .iter()
                .map(|(slot, ask)| (slot.clone(), ask.clone()))
                .collect(),
            says: frame.says.clone(),
            does: frame
                .does
                .iter()
                .map(|text| Step {
                    text: text.clone(),
                    tasks: Vec::new(),
                })
                .collect(),
        }
    }
}

fn phrase(text: &str, pack: &Pack) -> Phrase {
    Phrase {
        text: text.to_owned(),
        words: words(text, &pack.lang),
        embedding: Vec::new(),
    }
}

fn named(what: &'static str, name: &str, problems: &mut Vec<PackProblem>) {
    let good = name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !good || name.len() > 64 {
        problems.push(PackProblem::Name {
            what,
            name: name.to_owned(),
        });
    }
}
