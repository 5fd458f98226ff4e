//! Reasons for a reading: which words carried each frame and role, what came second and why it lost.
//!
//! Occlusion (Zeiler and Fergus 2014; Li et al. 2016 for words): the text is read again without each word in turn, by the
//! same network and decoder. A word carries what becomes less likely without it; the share it carries is the drop of
//! probability. One pass of the network a word. The same text always gives the same reasons: nothing is sampled. It
//! changes nothing and decides nothing.

pub mod picture;
pub mod text;

use crate::read::{ReadError, Reader};
use brain::message::{Labels, MapItem, Tags};
use brain::reading::{Mood, Outcome, Reading, Reason};
use brain::understand::{Context, decode, understand};
use serde::Serialize;

/// Why a text is read as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The text.
    pub text: String,
    /// Its language.
    pub lang: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why it is not acted on.
    pub reason: Option<Reason>,
    /// How sure the whole reading is.
    pub confidence: f32,
    /// The words that were left out one by one.
    pub words: Vec<Word>,
    /// What kind of utterance it is, and what carried that.
    pub act: Claim,
    /// The tasks in the order of the text.
    pub tasks: Vec<Task>,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// As it was written.
    pub text: String,
    /// First character.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// Something that was read, how likely it is, and what each word does for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// What: an act, a frame or a role.
    pub name: String,
    /// The model's probability of it.
    pub score: f32,
    /// For each word the probability that goes when the word is left out; below 0 where the word speaks against it.
    pub carried: Vec<f32>,
    /// What came second.
    pub second: Option<Second>,
}

/// What came second at one claim, and why it lost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Second {
    /// What.
    pub name: String,
    /// Its probability.
    pub score: f32,
    /// For each word the probability it would gain without the word: above 0 the word speaks against it.
    pub held_back: Vec<f32>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// The words that evoke it.
    pub trigger: String,
    /// Asked for, forbidden, supposed, told.
    pub mood: Mood,
    /// Its frame.
    pub frame: Claim,
    /// Its roles in the order of the text.
    pub roles: Vec<RoleClaim>,
}

/// One role of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoleClaim {
    /// The words that fill it.
    pub text: String,
    /// The role.
    #[serde(flatten)]
    pub claim: Claim,
}

/// Explains the reading of `text` against a map (empty for none).
///
/// # Errors
/// When the text has no word, is too long, or the network fails.
pub fn explain(reader: &Reader, text: &str, map: &[MapItem]) -> Result<(Reading, Explanation), ReadError> {
    let whole = reader.read(text, Some(map))?;
    let known: Vec<String> = map.iter().flat_map(|item| item.names.iter().cloned()).collect();
    let context = Context {
        map,
        known: &known,
        thresholds: *reader.thresholds(),
        ..Context::default()
    };
    let reading = understand(text, Some(&whole), reader.labels(), &context);
    let without: Vec<Option<Tags>> = (0..whole.words.len())
        .map(|word| {
            let rest = left_out(text, &whole, word);
            // Nothing is left of a text of one word.
            reader
                .read(&rest, Some(map))
                .ok()
                .filter(|tags| tags.words.len() + 1 == whole.words.len())
        })
        .collect();
    let sight = Sight {
        labels: reader.labels(),
        thresholds: *reader.thresholds(),
        whole: &whole,
        without: &without,
    };
    let explanation = sight.explain(text, &reading);
    Ok((reading, explanation))
}

/// The text without one word. A Chinese character leaves no white space behind.
fn left_out(text: &str, tags: &Tags, word: usize) -> String {
    let gone = tags.words[word];
    let keep = |at: usize| at < gone.start as usize || at >= gone.end as usize;
    text.chars()
        .enumerate()
        .filter(|(at, _)| keep(*at))
        .map(|(_, c)| c)
        .collect()
}

/// Where a word of the whole text stands among those that are left.
type Place<'a> = dyn Fn(usize) -> Option<usize> + 'a;
/// How likely something is by some tags.
type Probability<'a> = dyn Fn(&Tags, &Place<'_>) -> f32 + 'a;

/// The readings with and without each word.
struct Sight<'a> {
    labels: &'a Labels,
    thresholds: brain::understand::Thresholds,
    whole: &'a Tags,
    without: &'a [Option<Tags>],
}

impl Sight<'_> {
    fn explain(&self, text: &str, reading: &Reading) -> Explanation {
        let cut = |start: u32, end: u32| {
            text.chars()
                .skip(start as usize)
                .take((end - start) as usize)
                .collect()
        };
        let words: Vec<Word> = self
            .whole
            .words
            .iter()
            .map(|word| Word {
                text: cut(word.start, word.end),
                start: word.start,
                end: word.end,
            })
            .collect();
        Explanation {
            text: text.to_owned(),
            lang: reading.lang.clone(),
            outcome: reading.outcome,
            reason: reading.reason,
            confidence: reading.confidence.0,
            act: self.act(),
            tasks: reading.tasks.iter().map(|task| self.task(task)).collect(),
            words,
        }
    }

    /// What `probability` gives for the whole text, and what goes of it without each word. The first argument is the
    /// tags, the second maps a word of the whole text to one of the tags.
    fn carried(&self, probability: &Probability<'_>) -> (f32, Vec<f32>) {
        let score = probability(self.whole, &|word| Some(word));
        let carried = self.without.iter().enumerate().map(|(gone, tags)| {
            let place = |word: usize| match word.cmp(&gone) {
                std::cmp::Ordering::Less => Some(word),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(word - 1),
            };
            score - tags.as_ref().map_or(0.0, |tags| probability(tags, &place))
        });
        (score, carried.collect())
    }

    fn act(&self) -> Claim {
        let of = |at: usize| {
            self.carried(&|tags, _| decode::softmax(&tags.acts, self.thresholds.act_temperature)[at])
        };
        let acts = decode::softmax(&self.whole.acts, self.thresholds.act_temperature);
        let (first, second) = best_two(&acts, |_| true);
        self.claim(first, second, &self.labels.acts, &of)
    }

    fn claim(
        &self,
        first: usize,
        second: Option<usize>,
        names: &[String],
        of: &dyn Fn(usize) -> (f32, Vec<f32>),
    ) -> Claim {
        let (score, carried) = of(first);
        let second = second.map(|second| {
            let (score, carried) = of(second);
            Second {
                name: names[second].clone(),
                score,
                held_back: carried.iter().map(|drop| -drop).collect(),
            }
        });
        Claim {
            name: names[first].clone(),
            score,
            carried,
            second,
        }
    }

    fn task(&self, task: &brain::reading::Task) -> Task {
        let words = self.range(task.trigger_span);
        let trigger = words.start;
        let frame = self.label(&self.labels.frames, task.frame.name());
        let of = |frame: usize| self.carried(&|tags, place| self.frame(tags, place(trigger), frame).0);
        let frames = self.frame_row(self.whole, trigger);
        let first = frame.unwrap_or(0);
        let continues = self.label(&self.labels.frames, decode::CONTINUES);
        let (second, _) = best_two(&frames, |other| other != first && Some(other) != continues);
        Task {
            trigger: task.trigger.clone(),
            mood: task.mood,
            frame: self.claim(first, Some(second), &self.labels.frames, &of),
            roles: task
                .roles
                .iter()
                .map(|role| self.role(trigger, first, role))
                .collect(),
        }
    }

    fn role(&self, trigger: usize, frame: usize, filler: &brain::reading::Filler) -> RoleClaim {
        let words = self.range(filler.span);
        let roles = &self.labels.roles;
        // The mean over the words of the span that are left: a role whose words are all gone has nothing.
        let of = |role: usize| {
            self.carried(&|tags, place| {
                let (p, at) = self.frame(tags, place(trigger), frame);
                let left: Vec<usize> = words.clone().filter_map(place).collect();
                let of_word = |word: &usize| self.role_at(tags, at, *word, role);
                let n = left.len().max(1) as f32;
                p * left.iter().map(of_word).sum::<f32>() / n
            })
        };
        let mean = |role: usize| {
            let at = |word| self.role_at(self.whole, trigger, word, role);
            words.clone().map(at).sum::<f32>()
        };
        let means: Vec<f32> = (0..roles.len()).map(mean).collect();
        let first = self.label(roles, filler.role.name());
        let (second, _) = best_two(&means, |other| Some(other) != first);
        RoleClaim {
            text: filler.text.clone(),
            claim: match first {
                Some(first) => self.claim(first, Some(second), roles, &of),
                // A role that a rule or a pack gave: the network has no number for it.
                None => Claim {
                    name: filler.role.name().to_owned(),
                    score: filler.score.0,
                    carried: vec![0.0; self.whole.words.len()],
                    second: None,
                },
            },
        }
    }

    /// Probability of a frame at a trigger, and the trigger; where the trigger is gone, at the likeliest word.
    fn frame(&self, tags: &Tags, trigger: Option<usize>, frame: usize) -> (f32, usize) {
        let at = |word: usize| self.frame_row(tags, word).get(frame).copied().unwrap_or(0.0);
        match trigger {
            Some(word) => (at(word), word),
            None => (0..tags.words.len())
                .map(|word| (at(word), word))
                .fold((0.0, 0), |best, one| if one.0 > best.0 { one } else { best }),
        }
    }

    fn frame_row(&self, tags: &Tags, word: usize) -> Vec<f32> {
        let kinds = self.labels.frames.len();
        let row = tags
            .frames
            .get(word * kinds..(word + 1) * kinds)
            .unwrap_or_default();
        decode::softmax(row, self.thresholds.frame_temperature)
    }

    /// Probability that a word begins or goes on with a role of the trigger.
    fn role_at(&self, tags: &Tags, trigger: usize, word: usize, role: usize) -> f32 {
        let (kinds, count) = (1 + 2 * self.labels.roles.len(), tags.words.len());
        let from = (trigger * count + word) * kinds;
        let row = tags.roles.get(from..from + kinds).unwrap_or_default();
        let p = decode::softmax(row, self.thresholds.role_temperature);
        p.get(1 + 2 * role).copied().unwrap_or(0.0) + p.get(2 + 2 * role).copied().unwrap_or(0.0)
    }

    /// The words of a span of characters.
    fn range(&self, span: brain::reading::Span) -> std::ops::Range<usize> {
        let inside = |word: &brain::message::Word| word.start < span.end && word.end > span.start;
        let start = self.whole.words.iter().position(inside).unwrap_or(0);
        let end = self
            .whole
            .words
            .iter()
            .rposition(inside)
            .map_or(start, |at| at + 1);
        start..end
    }

    fn label(&self, names: &[String], name: &str) -> Option<usize> {
        names.iter().position(|known| known == name)
    }
}

/// The likeliest of what is allowed, and the one after it.
fn best_two(p: &[f32], allowed: impl Fn(usize) -> bool) -> (usize, Option<usize>) {
    let mut order: Vec<usize> = (0..p.len()).filter(|at| allowed(*at)).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]).then(a.cmp(&b)));
    (order.first().copied().unwrap_or(0), order.get(1).copied())
}

#[cfg(test)]
mod tests;
