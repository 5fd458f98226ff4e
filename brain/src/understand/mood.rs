//! Whether a task is asked for, forbidden, supposed, told or asked about.
//!
//! Two witnesses: the model's moods at the trigger, and a lexical check of English, Italian and Mandarin. When either
//! says that it is no command, it is none: a robot that does what it was told not to do is worse than one that asks.
//! The lexical check speaks only where the words leave no doubt. It turns a refusal of the model into a command only for
//! the idioms that ask by way of a negation ("why don't you…", "don't forget to…").

mod chinese;
mod english;
mod italian;

use super::decode::argmax;
use super::words::Token;
use crate::reading::{Frame, Mood, Task};
use std::ops::Range;

/// One trigger among the words of its text.
#[derive(Debug, Clone)]
struct Site<'a> {
    /// All words.
    tokens: &'a [Token],
    /// Words of the trigger.
    trigger: Range<usize>,
    /// Words of the trigger before this one, and the mood that was found for it.
    before: Option<(Range<usize>, Option<Mood>)>,
    /// The frame it evokes.
    frame: &'a Frame,
}

impl Site<'_> {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// The trigger's first word.
    fn verb(&self) -> &str {
        self.word(self.trigger.start)
    }

    /// First word of the clause: behind the last mark or `border` word before the trigger.
    fn clause(&self, border: &[&str]) -> usize {
        (0..self.trigger.start)
            .rev()
            .find(|&at| {
                (self.tokens[at].is_mark() && self.word(at) != "-") || border.contains(&self.word(at))
            })
            .map_or(0, |at| at + 1)
    }

    /// Where `phrase` stands before the trigger, from word `from` on: its first word and the one behind it.
    fn earlier(&self, from: usize, phrase: &[&str]) -> Option<(usize, usize)> {
        (from..=self.trigger.start.checked_sub(phrase.len())?)
            .rev()
            .find(|&at| self.at(at, phrase))
            .map(|at| (at, at + phrase.len()))
    }

    /// The negation of the task before reaches this one over one of `or`, with no mark and no `border` word between.
    fn spread(&self, or: &[&str], border: &[&str]) -> Option<Mood> {
        let (trigger, mood) = self.before.as_ref()?;
        let mut between = trigger.end..self.trigger.start;
        let joined = between.clone().any(|n| or.contains(&self.word(n)))
            && !between.any(|n| self.tokens[n].is_mark() || border.contains(&self.word(n)));
        (joined && *mood == Some(Mood::Prohibition)).then_some(Mood::Prohibition)
    }

    /// "don't go to the kitchen, go to the hall": right behind a mark, without a negation of its own, stands what is asked for
    /// instead, where no "or" makes a list of it.
    fn turns_to(&self) -> bool {
        const OR: &[&str] = &["or", "nor", "o", "né", "或", "和", "也"];
        let Some((before, Some(Mood::Prohibition))) = &self.before else {
            return false;
        };
        let marked = self.trigger.start > before.end && self.tokens[self.trigger.start - 1].is_mark();
        // The Italian infinitive goes on with "non".
        let goes_on =
            self.verb().ends_with("are") || self.verb().ends_with("ere") || self.verb().ends_with("ire");
        let listed = (before.end..self.tokens.len()).any(|at| OR.contains(&self.word(at)));
        marked && !listed && !goes_on
    }

    /// Whether `phrase` stands at word `at`.
    fn at(&self, at: usize, phrase: &[&str]) -> bool {
        phrase
            .iter()
            .enumerate()
            .all(|(n, wanted)| self.word(at + n) == *wanted)
    }
}

/// What the words alone say of the tasks' moods; `None` where they say nothing.
#[must_use]
pub fn lexical(tokens: &[Token], tasks: &[Task], lang: &str) -> Vec<Option<Mood>> {
    let mut moods: Vec<Option<Mood>> = Vec::new();
    let mut before: Option<(Range<usize>, Option<Mood>)> = None;
    for task in tasks {
        let trigger = cover(tokens, task);
        let mood = if trigger.is_empty() {
            None
        } else {
            let site = Site {
                tokens,
                trigger: trigger.clone(),
                before: before.clone(),
                frame: &task.frame,
            };
            match lang {
                "zh" => chinese::mood(&site),
                "it" => italian::mood(&site),
                _ => english::mood(&site),
            }
            .or_else(|| site.turns_to().then_some(Mood::Command))
        };
        before = Some((trigger, mood));
        moods.push(mood);
    }
    moods
}

/// The words of a task's trigger.
fn cover(tokens: &[Token], task: &Task) -> Range<usize> {
    let span = task.trigger_span;
    let start = tokens
        .iter()
        .position(|token| token.span.end > span.start)
        .unwrap_or(tokens.len());
    let end = tokens
        .iter()
        .rposition(|token| token.span.start < span.end)
        .map_or(start, |at| at + 1);
    start..end.max(start)
}

/// Whether the words ask for something by supposing it, out of politeness.
#[must_use]
pub fn courteous(tokens: &[Token], lang: &str) -> bool {
    lang == "en" && english::courteous(tokens)
}

/// What the words alone say of a text in which no task was found: why it is no command.
#[must_use]
pub fn of_text(tokens: &[Token], lang: &str) -> Option<Mood> {
    let words: Vec<&str> = tokens
        .iter()
        .filter(|token| !token.is_mark())
        .map(|token| token.text.as_str())
        .collect();
    match lang {
        "zh" => chinese::of_text(&words),
        "it" => italian::of_text(&words),
        _ => english::of_text(&words),
    }
}

/// The mood of a task from both witnesses: the model's probabilities (in the order of `names`) and the lexical check.
#[must_use]
pub fn decide(model: &[f32], names: &[String], lexical: Option<Mood>, task: &Frame, threshold: f32) -> Mood {
    let named = |name: &str| match name {
        "prohibition" => Some(Mood::Prohibition),
        "hypothesis" => Some(Mood::Hypothesis),
        "report" => Some(Mood::Report),
        "question" => Some(Mood::Question),
        "description" => Some(Mood::Description),
        _ => None,
    };
    let place = matches!(task, Frame::BeingLocated | Frame::BeingInCategory);
    let command: f32 = names
        .iter()
        .zip(model)
        .filter(|(name, _)| *name == "command")
        .map(|(_, p)| p)
        .sum();
    let strongest = argmax(model)
        .and_then(|at| names.get(at))
        .and_then(|name| named(name));
    if let Some(mood) = strongest {
        return match mood {
            Mood::Prohibition | Mood::Hypothesis if lexical == Some(Mood::Command) => Mood::Command,
            // What the words forbid or suppose is no description.
            Mood::Description => lexical.unwrap_or(Mood::Description),
            mood => mood,
        };
    }
    if let Some(mood) = lexical.filter(|mood| *mood != Mood::Command) {
        return mood;
    }
    if !names.is_empty() && 1.0 - command > threshold {
        // Not one of the others is ahead, but together they are.
        let other = (0..names.len())
            .filter(|&at| named(&names[at]).is_some())
            .max_by(|&a, &b| model[a].total_cmp(&model[b]));
        return other.and_then(|at| named(&names[at])).unwrap_or(Mood::Command);
    }
    if place { Mood::Description } else { Mood::Command }
}

#[cfg(test)]
mod tests;
