//! Packs: skills from a handful of phrases. What a user's pack adds to what the robot understands.
//!
//! ```text
//! text ──> spelling ──> templates, exactly ──────────────┐
//!                  ├──> templates, slots in free order ───┤
//!                  └──> templates with one unknown thing ┼──> Found ──> Reading
//! embedding ──> prototypes: the nearest phrase, by a margin ┘
//! ```
//!
//! In: the text, its sentence embedding from the text model, and the learnt [`Pack`]s, which are part of the brain's state.
//! Out: a frame of a pack with its roles, an unknown thing by its name, or nothing: then the built-in frames count. It
//! never replaces a stop word, and what a pack's frame does goes through the guard like any command.

pub mod answers;
pub mod collide;
pub mod file;
pub mod fill;
pub mod pattern;
pub mod prototype;
pub mod slots;
pub mod spelling;

use super::{Context, say, words::Cutter};
use crate::knowledge::Triple;
use crate::reading::{Act, Filler, Frame, Mood, Outcome, Reading, Reason, Role, Span, Task, Value};
use crate::units::Score;
use pattern::{Capture, Part};
use serde::{Deserialize, Serialize};
use slots::Slot;
use spelling::{Same, Spelled};

/// A pack as it was learnt.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Pack {
    /// What it is called.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// ISO 639-1 code of the language it is written in.
    pub lang: String,
    /// Words that mean others.
    pub same: Vec<Same>,
    /// The roles of its frames and their values.
    pub slots: Vec<Slot>,
    /// Its frames.
    pub frames: Vec<PackFrame>,
    /// Its questions and answers.
    pub answers: Vec<Qa>,
    /// Its passages.
    pub passages: Vec<Passage>,
    /// Its facts.
    pub facts: Vec<Triple>,
}

/// A frame of a pack, or a pack's words for a frame that exists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PackFrame {
    /// Its name.
    pub name: String,
    /// Sentences that mean it.
    pub templates: Vec<Part>,
    /// Examples: what is like one of them means it, too.
    pub phrases: Vec<Phrase>,
    /// Slots it cannot do without, each with the question for it.
    pub needs: Vec<(String, String)>,
    /// What the robot says when it does it.
    pub says: Option<String>,
    /// The commands it stands for.
    pub does: Vec<Step>,
}

/// A command that a frame stands for, as it was read when the pack was learnt.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Step {
    /// Its words.
    pub text: String,
    /// What they mean.
    pub tasks: Vec<Task>,
}

/// An example sentence.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Phrase {
    /// As it was written.
    pub text: String,
    /// In the common spelling.
    pub words: Vec<String>,
    /// Its sentence embedding, unit length; empty until it was computed.
    pub embedding: Vec<f32>,
}

/// Questions that have one answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Qa {
    /// Ways to ask.
    pub questions: Vec<Phrase>,
    /// The answer.
    pub text: String,
    /// Where it comes from.
    pub source: String,
}

/// A short passage of a document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Passage {
    /// The passage.
    pub text: String,
    /// The document's title.
    pub source: String,
    /// Its sentence embedding.
    pub embedding: Vec<f32>,
}

/// The embeddings do not fit the pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pack {name}: {expected} embeddings are expected, one for each of its texts, but {came} came")]
pub struct EmbeddingsError {
    /// Which pack.
    pub name: String,
    /// How many texts it has.
    pub expected: usize,
    /// How many embeddings came.
    pub came: usize,
}

impl Pack {
    /// The texts whose embeddings it needs: phrases, questions, passages.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        let phrases = self.frames.iter().flat_map(|frame| &frame.phrases);
        let questions = self.answers.iter().flat_map(|answer| &answer.questions);
        let asked = phrases.chain(questions).map(|phrase| phrase.text.as_str());
        asked
            .chain(self.passages.iter().map(|passage| passage.text.as_str()))
            .collect()
    }

    /// Takes the embeddings of [`Pack::texts`], in their order.
    ///
    /// # Errors
    /// When there are not as many as texts.
    pub fn embed(&mut self, embeddings: Vec<Vec<f32>>) -> Result<(), EmbeddingsError> {
        let (expected, came) = (self.texts().len(), embeddings.len());
        if expected != came {
            return Err(EmbeddingsError {
                name: self.name.clone(),
                expected,
                came,
            });
        }
        let phrases = self.frames.iter_mut().flat_map(|frame| &mut frame.phrases);
        let questions = self.answers.iter_mut().flat_map(|answer| &mut answer.questions);
        let asked = phrases.chain(questions).map(|phrase| &mut phrase.embedding);
        let places = asked.chain(self.passages.iter_mut().map(|passage| &mut passage.embedding));
        for (place, embedding) in places.zip(embeddings) {
            *place = embedding;
        }
        Ok(())
    }

    fn spell(&self, text: &str) -> Vec<Spelled> {
        spelling::replace(spelling::spell(text, &self.lang), &self.same)
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }
}

/// A frame of a pack, found in a text.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pack: &'a Pack,
    frame: &'a PackFrame,
    words: Vec<Spelled>,
    captures: Vec<Capture>,
    score: f32,
    /// A frame that is almost as likely.
    rival: Option<(&'a PackFrame, f32)>,
}

/// The frame whose template says just this, or says it with the slots it can do without in other places.
#[must_use]
pub(super) fn exactly<'a>(text: &str, packs: &'a [Pack]) -> Option<Found<'a>> {
    matching(text, packs, false, &|_| true).or_else(|| packs.iter().find_map(|pack| freely(text, pack)))
}

/// Words that lead to a slot's value and mean nothing without it.
const LEADS: &[&str] = &["and", "with", "plus", "in", "a", "an", "e", "con"];

/// "make me a dark roast latte large soy milk": what is left without the slots the frame does not need is a template's text,
/// and these slots are said once each, so that every word is accounted for.
fn freely<'a>(text: &str, pack: &'a Pack) -> Option<Found<'a>> {
    let words = pack.spell(text);
    pack.frames
        .iter()
        .filter(|frame| !frame.needs.is_empty())
        .find_map(|frame| {
            let needs = |slot: &str| frame.needs.iter().any(|(need, _)| need == slot);
            let captures = spotted(pack, frame, &words);
            let free: Vec<&Capture> = captures.iter().filter(|capture| !needs(&capture.slot)).collect();
            let mut left: Vec<Spelled> = Vec::new();
            for (at, word) in words.iter().enumerate() {
                if free.iter().any(|capture| capture.words.contains(&at)) {
                    continue;
                }
                left.push(word.clone());
                if free.iter().any(|capture| capture.words.start == at + 1) {
                    while left.len() > 1
                        && left
                            .last()
                            .is_some_and(|word| LEADS.contains(&word.text.as_str()))
                    {
                        left.pop();
                    }
                }
            }
            let fits = |part| pattern::find(part, &left, &pack.slots, false);
            // "large latte with soy milk": nothing but slots, and more than one, needs no verb.
            let only: Vec<&Capture> = captures.iter().filter(|capture| needs(&capture.slot)).collect();
            let bare = left
                .iter()
                .skip_while(|word| LEADS.contains(&word.text.as_str()))
                .map(|word| word.span);
            let alone = !free.is_empty()
                && bare.eq(only
                    .iter()
                    .flat_map(|capture| words[capture.words.clone()].iter().map(|word| word.span)));
            let kept = frame.templates.iter().find_map(fits);
            let kept = kept.or_else(|| alone.then(|| only.into_iter().cloned().collect()))?;
            kept.iter().all(|capture| needs(&capture.slot)).then_some(())?;
            Some(Found::of_template(pack, frame, &words, captures))
        })
}

/// The first frame one of whose templates says this, as `fits`; with `gap` but for one thing.
fn matching<'a>(
    text: &str,
    packs: &'a [Pack],
    gap: bool,
    fits: &dyn Fn(&Found<'a>) -> bool,
) -> Option<Found<'a>> {
    packs.iter().find_map(|pack| {
        let words = pack.spell(text);
        if words.is_empty() {
            return None;
        }
        pack.frames.iter().find_map(|frame| {
            let of_template = |part| {
                let captures = pattern::find(part, &words, &pack.slots, gap)?;
                let found = Found::of_template(pack, frame, &words, captures);
                fits(&found).then_some(found)
            };
            frame.templates.iter().find_map(of_template)
        })
    })
}

/// The frame whose template says this but for one thing that is no value of its slot, where that thing is surely meant for
/// the slot; or the frame whose examples are like the text. `built_in` is what the text means without packs.
#[must_use]
pub(super) fn nearly<'a>(
    text: &str,
    embedding: &[f32],
    context: &Context<'a>,
    built_in: &Reading,
) -> Option<Found<'a>> {
    let asked = |mood: Mood| matches!(mood, Mood::Command | Mood::Question);
    if built_in.tasks.iter().any(|task| !asked(task.mood)) {
        return None;
    }
    let off_menu = matching(text, context.packs, true, &|found| {
        found.meant(embedding, context)
    });
    off_menu.or_else(|| like(text, embedding, context, built_in))
}

/// The frame whose examples the text is like.
fn like<'a>(text: &str, embedding: &[f32], context: &Context<'a>, built_in: &Reading) -> Option<Found<'a>> {
    let near = prototype::nearest(embedding, context.packs)?;
    let (pack, frame) = (near.pack, near.frame);
    let words = pack.spell(text);
    let captures = spotted(pack, frame, &words);
    let needed = frame
        .needs
        .iter()
        .all(|(need, _)| captures.iter().any(|c| c.slot == *need));
    let slots: usize = captures.len();
    // Words of the pack itself make up for distance.
    let enough = if frame.needs.is_empty() {
        prototype::NEAR
    } else if needed && slots > 1 {
        prototype::FAR
    } else if needed {
        prototype::SO_SO
    } else {
        prototype::NEAR
    };
    if near.similarity < enough {
        return None;
    }
    // What the built-in frames are sure of stays theirs, unless the pack's own words are said.
    let sure = built_in.outcome == Outcome::Act && !built_in.tasks.is_empty();
    if sure && !needed && near.similarity < prototype::SAME {
        return None;
    }
    let rival = near.rival.filter(|(_, p)| near.similarity - p < prototype::TIE);
    let mut found = Found {
        pack,
        frame,
        words,
        captures,
        score: near.similarity,
        rival,
    };
    if let Some(gap) = found.strange(context) {
        // A question or a remark that only speaks of the pack's things is no order.
        if built_in.act != Act::Command {
            return None;
        }
        found.captures.push(gap);
    }
    Some(found)
}

/// A reading that waited for a slot of a pack's frame, with what the answer says for its slots; `None` where the answer
/// holds anything else. The answer's words stand behind those of the reading.
#[must_use]
pub fn amended(reading: &Reading, answer: &str, packs: &[Pack]) -> Option<Reading> {
    let task = reading.tasks.last()?;
    let (pack, frame) = packs
        .iter()
        .flat_map(|pack| pack.frames.iter().map(move |frame| (pack, frame)))
        .find(|(_, frame)| frame.name == task.frame.name() && !frame.needs.is_empty())?;
    let words = pack.spell(answer);
    let captures = spotted(pack, frame, &words);
    let said = Found {
        pack,
        frame,
        words,
        captures,
        score: task.score.0,
        rival: None,
    };
    if said.captures.is_empty() || said.strange(&Context::default()).is_some() {
        return None;
    }
    let cutter = Cutter::new(answer);
    let shift = reading.text.chars().count() as u32 + 2;
    let mut whole = Reading {
        text: format!("{}, {answer}", reading.text),
        ..reading.clone()
    };
    let task = whole.tasks.last_mut()?;
    for capture in &said.captures {
        let (first, last) = (
            &said.words[capture.words.start],
            &said.words[capture.words.end - 1],
        );
        let span = Span {
            start: first.span.start,
            end: last.span.end,
        };
        let text = cutter.cut(span).to_owned();
        task.roles.retain(|filler| filler.role.name() != capture.slot);
        task.roles.push(Filler {
            role: Role::from(capture.slot.as_str()),
            head: text.split_whitespace().last().map(str::to_owned),
            text,
            span: Span {
                start: span.start + shift,
                end: span.end + shift,
            },
            score: task.score,
            value: capture.value.clone().map(Value::Slot),
        });
        task.span.end = span.end + shift;
    }
    let has = |need: &str| task.roles.iter().any(|filler| filler.role.name() == need);
    let open = frame.needs.iter().find(|(need, _)| !has(need));
    (whole.outcome, whole.reason, whole.say) = match open {
        Some((_, ask)) => (Outcome::Ask, Some(Reason::MissingRole), Some(ask.clone())),
        None => (Outcome::Act, None, None),
    };
    Some(whole)
}

/// Values of the frame's slots anywhere among the words, longest first, none twice.
fn spotted(pack: &Pack, frame: &PackFrame, words: &[Spelled]) -> Vec<Capture> {
    let names: Vec<&str> = frame.templates.iter().flat_map(Part::slots).collect();
    let mut all: Vec<Capture> = Vec::new();
    for slot in pack
        .slots
        .iter()
        .filter(|slot| names.contains(&slot.name.as_str()))
    {
        for value in &slot.values {
            for at in 0..words.len() {
                if pattern::begins(&words[at..], &value.said) {
                    let (slot, value, words) = (
                        slot.name.clone(),
                        Some(value.text.clone()),
                        at..at + value.said.len(),
                    );
                    all.push(Capture { slot, value, words });
                }
            }
        }
    }
    all.sort_by_key(|capture| (std::cmp::Reverse(capture.words.len()), capture.words.start));
    let mut taken: Vec<Capture> = Vec::new();
    for capture in all {
        let free = taken
            .iter()
            .all(|t| t.words.end <= capture.words.start || capture.words.end <= t.words.start);
        if free && taken.iter().all(|t| t.slot != capture.slot) {
            taken.push(capture);
        }
    }
    taken.sort_by_key(|capture| capture.words.start);
    taken
}

/// Words that say nothing of what is wanted.
const FILLERS: &[&str] = &[
    "please", "could", "can", "would", "will", "you", "i", "i'd", "like", "want", "need", "to", "have",
    "get", "me", "for", "a", "an", "the", "some", "of", "and", "with", "in", "it", "my", "one", "1", "hi",
    "hello", "hey", "thanks", "thank", "just", "also", "then", "so", "well", "um", "uh", "er", "erm", "okay",
    "ok", "now", "today", "us", "make", "that", "is", "on", "at", "from", "there", "here", "this", "be",
    "do", "go", "ahead", "let", "let's", "i'll", "i'm", "take", "may",
];

impl<'a> Found<'a> {
    /// What a template says is sure.
    fn of_template(pack: &'a Pack, frame: &'a PackFrame, words: &[Spelled], captures: Vec<Capture>) -> Self {
        Found {
            pack,
            frame,
            words: words.to_vec(),
            captures,
            score: 1.0,
            rival: None,
        }
    }
}

impl Found<'_> {
    /// What stands between the pack's own words and no filler is: a thing the pack does not know.
    fn strange(&self, context: &Context<'_>) -> Option<Capture> {
        let literals: Vec<&str> = self.frame.templates.iter().flat_map(Part::literals).collect();
        let free = |at: usize| {
            let word = self.words[at].text.as_str();
            !self.captures.iter().any(|capture| capture.words.contains(&at))
                && !FILLERS.contains(&word)
                && !literals.contains(&word)
                && !context.known.iter().any(|name| name.eq_ignore_ascii_case(word))
        };
        let start = (0..self.words.len()).find(|&at| free(at))?;
        let end = (start..self.words.len())
            .find(|&at| !free(at))
            .unwrap_or(self.words.len());
        let open = |slot: &&Slot| !self.captures.iter().any(|capture| capture.slot == slot.name);
        let said = self.cut(start..end);
        let slot = self.pack.slots.iter().filter(open).max_by(|a, b| {
            let likeness = |slot: &Slot| {
                let near = slot
                    .nearest(&said, 1)
                    .first()
                    .map_or(0.0, |near| strsim::jaro_winkler(near, &said));
                near + f64::from(u8::from(
                    self.frame.needs.iter().any(|(need, _)| *need == slot.name),
                ))
            };
            likeness(a).total_cmp(&likeness(b))
        })?;
        Some(Capture {
            slot: slot.name.clone(),
            value: None,
            words: start..end,
        })
    }

    fn cut(&self, words: std::ops::Range<usize>) -> String {
        self.words[words]
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether the unknown thing was surely meant for the pack: it is of the slot's kind, or everything else is the pack's.
    fn meant(&self, embedding: &[f32], context: &Context<'_>) -> bool {
        use crate::ground::lexicon;
        let Some(gap) = self.captures.iter().find(|capture| capture.value.is_none()) else {
            return true;
        };
        let said = self.cut(gap.words.clone());
        let Some(slot) = self.pack.slot(&gap.slot) else {
            return false;
        };
        // A thing the robot knows is meant as that thing.
        if context.known.iter().any(|name| name.eq_ignore_ascii_case(&said)) {
            return false;
        }
        let last = lexicon::singular(said.rsplit(' ').next().unwrap_or_default());
        let kinds: Vec<&Triple> = context.packs.iter().flat_map(|pack| &pack.facts).collect();
        let kinds: Vec<Triple> = kinds.into_iter().cloned().collect();
        // "give me the juice": one that stands there.
        let definite = (0..gap.words.start)
            .rev()
            .find(|at| !self.captures.iter().any(|capture| capture.words.contains(at)))
            .is_some_and(|at| matches!(self.words[at].text.as_str(), "the" | "my" | "that" | "this"));
        let holds_it = said
            .split(' ')
            .any(|word| lexicon::is_a(&lexicon::singular(word), "container"));
        let of_kind = slot.kind.as_deref().is_some_and(|kind| {
            let by_fact = [said.as_str(), &last]
                .iter()
                .any(|word| crate::knowledge::holds(&kinds, word, crate::knowledge::IS_A, kind));
            let class = lexicon::entry(&last).map_or(last.as_str(), |entry| entry.class);
            by_fact || last == kind || (lexicon::is_a(class, kind) && !holds_it && !definite)
        });
        if of_kind {
            return true;
        }
        let thing = lexicon::entry(&last).is_some();
        let others = self
            .captures
            .iter()
            .filter(|capture| capture.value.is_some())
            .count();
        let needed = self.frame.needs.iter().all(|(need, _)| {
            self.captures
                .iter()
                .any(|capture| capture.slot == *need && capture.value.is_some())
        });
        let like = prototype::similarity(embedding, self.frame);
        needed || (!thing && (others > 1 || like >= prototype::SO_SO))
    }

    /// The reading: the frame with its roles, or the unknown thing named, or what is still open asked for.
    pub(super) fn reading(&self, mut reading: Reading) -> Reading {
        let text = reading.text.clone();
        let cutter = Cutter::new(&text);
        let span_of = |words: std::ops::Range<usize>| Span {
            start: self.words[words.start].span.start,
            end: self.words[words.end - 1].span.end,
        };
        let whole = span_of(0..self.words.len());
        let filler = |capture: &Capture| {
            let span = span_of(capture.words.clone());
            let text = cutter.cut(span);
            Filler {
                role: Role::from(capture.slot.as_str()),
                text: text.to_owned(),
                head: text.split_whitespace().last().map(str::to_owned),
                span,
                score: Score(self.score),
                value: capture.value.clone().map(Value::Slot),
            }
        };
        let unknown = self.captures.iter().find(|capture| capture.value.is_none());
        let roles: Vec<Filler> = self
            .captures
            .iter()
            .filter(|c| c.value.is_some())
            .map(filler)
            .collect();
        let first = self.captures.iter().map(|capture| capture.words.start).min();
        let article = |at: &usize| matches!(self.words[*at].text.as_str(), "a" | "an" | "the" | "some");
        let lead = (0..first.unwrap_or(self.words.len()))
            .rev()
            .find(|at| !article(at));
        let trigger_span = lead.map_or(whole, |last| span_of(0..last + 1));
        let task = Task {
            frame: Frame::from(self.frame.name.as_str()),
            score: Score(self.score),
            trigger: cutter.cut(trigger_span).to_owned(),
            trigger_span,
            span: whole,
            mood: Mood::Command,
            roles,
            condition: None,
        };
        let open = self
            .frame
            .needs
            .iter()
            .find(|(need, _)| !self.captures.iter().any(|c| c.slot == *need));
        reading.act = Act::Command;
        // "an espresso and a cappuccino" is no Italian.
        if !self.captures.is_empty() {
            reading.lang.clone_from(&self.pack.lang);
        }
        reading.confidence = Score(self.score);
        reading.rival = None;
        (reading.outcome, reading.reason, reading.say) = match (unknown, open, self.rival) {
            (Some(gap), ..) => {
                let said = cutter.cut(span_of(gap.words.clone()));
                // "a large oat milk latte": milk, wherever the template expects it.
                let told = |slot: &Slot| {
                    self.captures
                        .iter()
                        .any(|c| c.value.is_some() && c.slot == slot.name)
                };
                let open = |slot: &&Slot| !told(slot);
                let needed = |slot: &&Slot| {
                    slot.name == gap.slot && self.frame.needs.iter().any(|(need, _)| *need == slot.name)
                };
                let slots = self.pack.slots.iter().filter(open);
                let slot = slots
                    .clone()
                    .find(needed)
                    .or_else(|| slots.max_by(|a, b| a.likeness(said).total_cmp(&b.likeness(said))));
                let near = slot.map_or_else(Vec::new, |slot| slot.nearest(said, 4));
                let say = say::no_such(said, &near, &reading.lang);
                (Outcome::Ask, Some(Reason::UnknownEntity), Some(say))
            }
            (None, Some((_, ask)), _) => (Outcome::Ask, Some(Reason::MissingRole), Some(ask.clone())),
            (None, None, Some((other, _))) => {
                let say = say::tie(&task, &Frame::from(other.name.as_str()), &reading.lang);
                (Outcome::Ask, Some(Reason::NearTie), Some(say))
            }
            (None, None, None) => (Outcome::Act, None, None),
        };
        reading.tasks = vec![task];
        reading
    }
}

#[cfg(test)]
pub(crate) mod tests;
