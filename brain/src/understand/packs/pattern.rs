//! Templates: the sentences a pack takes as they are, written once for many.
//!
//! `[optional words]`, `(one|other)`, `(in;any;order)`, `{slot}`, `<rule>`; everything else is words. A text matches when
//! the template accounts for every word of it. Matching is bounded: a template that would take too long does not match.

use super::slots::{Slot, Value};
use super::spelling::{Spelled, words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A template or a piece of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// One word in the common spelling.
    Word(String),
    /// One of the values of the slot of this name.
    Slot(String),
    /// One after the other.
    All(Vec<Part>),
    /// One of them.
    OneOf(Vec<Part>),
    /// It or nothing.
    Maybe(Box<Part>),
    /// Each once, in any order; those that are `Maybe` may be left out.
    AnyOrder(Vec<Part>),
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A bracket is not closed, or closed and never opened.
    #[error("`{0}` has no partner: brackets come in pairs")]
    Bracket(char),
    /// `|` and `;` in one pair of brackets.
    #[error("`|` and `;` stand in one pair of brackets: `(a|b)` is one of them, `(a;b)` both in any order")]
    Mixed,
    /// A rule that the pack does not have, or that contains itself.
    #[error("there is no rule <{0}>, or it contains itself")]
    Rule(String),
    /// More things in any order than can be tried.
    #[error("at most {MOST_IN_ANY_ORDER} things can stand in any order, here are {0}")]
    TooMany(usize),
}

/// Most things that may stand in any order.
const MOST_IN_ANY_ORDER: usize = 8;

/// Rules may use rules this deep.
const DEEPEST: usize = 8;

/// Steps after which a match is given up: far more than a command needs.
const PATIENCE: u32 = 20_000;

/// Longest unknown thing where a slot's value is expected, in words.
const LONGEST_GAP: usize = 4;

/// Reads a template. `rules` are the pack's named pieces.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, rules: &BTreeMap<String, String>, lang: &str) -> Result<Part, PatternError> {
    read(text, rules, Some(lang))
}

/// Every text that a template without slots stands for, as it is written, at most `most`.
///
/// # Errors
/// What is wrong with it.
pub fn expand(
    text: &str,
    rules: &BTreeMap<String, String>,
    most: usize,
) -> Result<Vec<String>, PatternError> {
    let mut texts = read(text, rules, None)?.texts(&[], most);
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

fn read(text: &str, rules: &BTreeMap<String, String>, lang: Option<&str>) -> Result<Part, PatternError> {
    let mut parser = Parser {
        chars: text.chars().collect(),
        at: 0,
        rules,
        lang,
        depth: 0,
    };
    let part = parser.sequence()?;
    match parser.peek() {
        None => Ok(part),
        Some('|' | ';') => Err(PatternError::Mixed),
        Some(c) => Err(PatternError::Bracket(c)),
    }
}

struct Parser<'a> {
    chars: Vec<char>,
    at: usize,
    rules: &'a BTreeMap<String, String>,
    /// How numbers are written; `None` leaves the words as they are.
    lang: Option<&'a str>,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take_until(&mut self, ends: &[char]) -> String {
        let from = self.at;
        while self.peek().is_some_and(|c| !ends.contains(&c)) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    /// What stands up to the closing bracket `close`.
    fn name(&mut self, open: char, close: char) -> Result<String, PatternError> {
        self.at += 1;
        let name = self.take_until(&[close]);
        if self.peek().is_none() {
            return Err(PatternError::Bracket(open));
        }
        self.at += 1;
        Ok(name.trim().to_owned())
    }

    fn sequence(&mut self) -> Result<Part, PatternError> {
        let mut parts = Vec::new();
        loop {
            match self.peek() {
                None | Some('|' | ';' | ')' | ']' | '}' | '>') => break,
                Some('[') => parts.push(Part::Maybe(Box::new(self.group('[', ']')?))),
                Some('(') => parts.push(self.group('(', ')')?),
                Some('{') => parts.push(Part::Slot(self.name('{', '}')?)),
                Some('<') => {
                    let name = self.name('<', '>')?;
                    let rule = self.rules.get(&name).filter(|_| self.depth < DEEPEST);
                    let rule = rule.ok_or_else(|| PatternError::Rule(name.clone()))?;
                    let chars = rule.chars().collect();
                    let mut inner = Parser {
                        chars,
                        at: 0,
                        rules: self.rules,
                        lang: self.lang,
                        depth: self.depth + 1,
                    };
                    parts.push(inner.alternatives()?);
                    if let Some(c) = inner.peek() {
                        return Err(PatternError::Bracket(c));
                    }
                }
                Some(_) => {
                    let text = self.take_until(&['[', ']', '(', ')', '{', '}', '<', '>', '|', ';']);
                    let words = match self.lang {
                        Some(lang) => words(&text, lang),
                        None => text.split_whitespace().map(str::to_owned).collect(),
                    };
                    parts.extend(words.into_iter().map(Part::Word));
                }
            }
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Part::All(parts)
        })
    }

    fn group(&mut self, open: char, close: char) -> Result<Part, PatternError> {
        self.at += 1;
        let part = self.alternatives()?;
        if self.peek() != Some(close) {
            return Err(PatternError::Bracket(open));
        }
        self.at += 1;
        Ok(part)
    }

    fn alternatives(&mut self) -> Result<Part, PatternError> {
        let mut parts = vec![self.sequence()?];
        let Some(mark) = self.peek().filter(|c| matches!(c, '|' | ';')) else {
            return Ok(parts.remove(0));
        };
        while let Some(c) = self.peek().filter(|c| matches!(c, '|' | ';')) {
            if c != mark {
                return Err(PatternError::Mixed);
            }
            self.at += 1;
            parts.push(self.sequence()?);
        }
        if mark == '|' {
            return Ok(Part::OneOf(parts));
        }
        if parts.len() > MOST_IN_ANY_ORDER {
            return Err(PatternError::TooMany(parts.len()));
        }
        Ok(Part::AnyOrder(parts))
    }
}

impl Part {
    /// Names of the slots in it, in order.
    pub fn slots(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.visit(&mut |part| {
            if let Part::Slot(name) = part {
                found.push(name.as_str());
            }
        });
        found
    }

    /// Its words.
    pub fn literals(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.visit(&mut |part| {
            if let Part::Word(word) = part {
                found.push(word.as_str());
            }
        });
        found
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Part)) {
        see(self);
        match self {
            Part::Word(_) | Part::Slot(_) => {}
            Part::Maybe(part) => part.visit(see),
            Part::All(parts) | Part::OneOf(parts) | Part::AnyOrder(parts) => {
                for part in parts {
                    part.visit(see);
                }
            }
        }
    }

    /// All texts it stands for, at most `most`; a slot is written by its first value.
    #[must_use]
    pub fn texts(&self, slots: &[Slot], most: usize) -> Vec<String> {
        let join = |a: &str, b: &str| format!("{a} {b}").trim().to_owned();
        match self {
            Part::Word(word) => vec![word.clone()],
            Part::Slot(name) => {
                let first = slots
                    .iter()
                    .find(|s| s.name == *name)
                    .and_then(|s| s.values.first());
                vec![first.map_or_else(String::new, |value| value.text.clone())]
            }
            Part::Maybe(part) => {
                let mut all = part.texts(slots, most);
                all.truncate(most.saturating_sub(1));
                all.push(String::new());
                all
            }
            Part::OneOf(parts) => parts
                .iter()
                .flat_map(|part| part.texts(slots, most))
                .take(most)
                .collect(),
            Part::All(parts) | Part::AnyOrder(parts) => {
                parts.iter().fold(vec![String::new()], |so_far, part| {
                    let more = part.texts(slots, most);
                    so_far
                        .iter()
                        .flat_map(|a| more.iter().map(move |b| join(a, b)))
                        .take(most)
                        .collect()
                })
            }
        }
    }
}

/// Words that join two things: no unknown thing reaches over them.
const JOINTS: &[&str] = &[
    "with", "without", "and", "or", "to", "for", "please", "con", "senza", "e", "和", "加",
];

/// A slot's value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Which slot.
    pub slot: String,
    /// Its value as the pack writes it; `None` for something that is not among its values.
    pub value: Option<String>,
    /// Which words.
    pub words: Range<usize>,
}

/// Whether `words` are what the template says, and with which values. With `gap`, one thing that is no value of its slot
/// may stand in a slot's place.
#[must_use]
pub fn find(part: &Part, words: &[Spelled], slots: &[Slot], gap: bool) -> Option<Vec<Capture>> {
    let mut walk = Walk {
        words,
        slots,
        gap,
        patience: PATIENCE,
        captures: Vec::new(),
    };
    walk.go(
        Some(&Rest {
            todo: Todo::Part(part),
            next: None,
        }),
        0,
    )
    .then_some(walk.captures)
}

#[derive(Clone, Copy)]
enum Todo<'a> {
    Part(&'a Part),
    Parts(&'a [Part]),
    /// Those whose bit is not set, in any order.
    Any(&'a [Part], u32),
    /// Fails where nothing was taken since this word.
    Beyond(usize),
}

/// What is still to be matched.
struct Rest<'a> {
    todo: Todo<'a>,
    next: Option<&'a Rest<'a>>,
}

struct Walk<'w> {
    words: &'w [Spelled],
    slots: &'w [Slot],
    gap: bool,
    patience: u32,
    captures: Vec<Capture>,
}

impl Walk<'_> {
    fn go(&mut self, rest: Option<&Rest<'_>>, at: usize) -> bool {
        let Some(Rest { todo, next }) = rest else {
            return at == self.words.len();
        };
        if self.patience == 0 {
            return false;
        }
        self.patience -= 1;
        let next = *next;
        let mut then = |todo: Todo<'_>| self.go(Some(&Rest { todo, next }), at);
        match *todo {
            Todo::Beyond(from) => at > from && self.go(next, at),
            Todo::Parts([]) => self.go(next, at),
            Todo::Parts([first, others @ ..]) => {
                let rest = Rest {
                    todo: Todo::Parts(others),
                    next,
                };
                self.go(
                    Some(&Rest {
                        todo: Todo::Part(first),
                        next: Some(&rest),
                    }),
                    at,
                )
            }
            Todo::Any(parts, used) => self.any(parts, used, next, at),
            Todo::Part(Part::All(parts)) => then(Todo::Parts(parts)),
            Todo::Part(Part::AnyOrder(parts)) => then(Todo::Any(parts, 0)),
            Todo::Part(Part::OneOf(parts)) => parts.iter().any(|part| then(Todo::Part(part))),
            Todo::Part(Part::Maybe(part)) => then(Todo::Part(part)) || self.go(next, at),
            Todo::Part(Part::Word(word)) => {
                self.words.get(at).is_some_and(|w| w.text == *word) && self.go(next, at + 1)
            }
            Todo::Part(Part::Slot(name)) => self.slot(name, next, at),
        }
    }

    fn any(&mut self, parts: &[Part], used: u32, next: Option<&Rest<'_>>, at: usize) -> bool {
        for (n, part) in parts.iter().enumerate().filter(|(n, _)| used & (1 << n) == 0) {
            let inner = if let Part::Maybe(inner) = part {
                inner
            } else {
                part
            };
            let others = Rest {
                todo: Todo::Any(parts, used | (1 << n)),
                next,
            };
            let beyond = Rest {
                todo: Todo::Beyond(at),
                next: Some(&others),
            };
            if self.go(
                Some(&Rest {
                    todo: Todo::Part(inner),
                    next: Some(&beyond),
                }),
                at,
            ) {
                return true;
            }
        }
        let mut left = parts.iter().enumerate().filter(|(n, _)| used & (1 << n) == 0);
        left.all(|(_, part)| matches!(part, Part::Maybe(_))) && self.go(next, at)
    }

    fn slot(&mut self, name: &str, next: Option<&Rest<'_>>, at: usize) -> bool {
        let slots = self.slots;
        let Some(slot) = slots.iter().find(|slot| slot.name == name) else {
            return false;
        };
        // Values stand longest first.
        for Value { text, said } in &slot.values {
            if !begins(&self.words[at..], said) {
                continue;
            }
            let words = at..at + said.len();
            self.captures.push(Capture {
                slot: name.to_owned(),
                value: Some(text.clone()),
                words,
            });
            if self.go(next, at + said.len()) {
                return true;
            }
            self.captures.pop();
        }
        if !self.gap {
            return false;
        }
        self.gap = false;
        for end in at + 1..=(at + LONGEST_GAP).min(self.words.len()) {
            if JOINTS.contains(&self.words[end - 1].text.as_str()) {
                break;
            }
            self.captures.push(Capture {
                slot: name.to_owned(),
                value: None,
                words: at..end,
            });
            if self.go(next, end) {
                return true;
            }
            self.captures.pop();
        }
        self.gap = true;
        false
    }
}

/// Whether `words` begin with these.
pub(super) fn begins(words: &[Spelled], with: &[String]) -> bool {
    words.len() >= with.len() && with.iter().zip(words).all(|(a, b)| *a == b.text)
}

#[cfg(test)]
mod tests;
