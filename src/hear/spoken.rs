//! Packs become a [`Grammar`]: every sentence that a pack's templates take, as it may be spoken.
//!
//! In: learnt [`Pack`]s, whose templates stand in the common spelling (lower case, numbers in digits). Out: a grammar with
//! all values of all slots and all words that mean the same.

use super::grammar::{Grammar, Place};
use super::tokens::Tokens;
use brain::understand::packs::Pack;
use brain::understand::packs::pattern::Part;
use brain::understand::values::numbers::{SMALL, TENS};

/// The grammar of all frames of all packs; `None` when there is nothing to say.
#[must_use]
pub fn grammar(packs: &[Pack], tokens: &Tokens) -> Option<Grammar> {
    let mut grammar = Grammar::new(tokens);
    for pack in packs {
        let mut build = Build {
            grammar: &mut grammar,
            tokens,
            pack,
        };
        let begin = build.grammar.place();
        build.grammar.free(Grammar::START, begin);
        for template in pack.frames.iter().flat_map(|frame| &frame.templates) {
            let end = build.part(template, begin);
            build.grammar.ends(end);
        }
        build.same(begin);
    }
    (!grammar.is_empty()).then(|| grammar.built())
}

struct Build<'a> {
    grammar: &'a mut Grammar,
    tokens: &'a Tokens,
    pack: &'a Pack,
}

impl Build<'_> {
    /// Adds a part at a place; gives the place behind it.
    fn part(&mut self, part: &Part, from: Place) -> Place {
        match part {
            Part::Word(word) => self.words(std::slice::from_ref(word), from),
            Part::All(parts) => parts.iter().fold(from, |at, part| self.part(part, at)),
            Part::Maybe(part) => {
                // A place of its own, so that nothing leads around what stands behind.
                let end = self.part(part, from);
                let after = self.grammar.place();
                self.grammar.free(end, after);
                self.grammar.free(from, after);
                after
            }
            Part::OneOf(parts) => {
                let after = self.grammar.place();
                for part in parts {
                    let end = self.part(part, from);
                    self.grammar.free(end, after);
                }
                after
            }
            Part::Slot(name) => {
                let after = self.grammar.place();
                let pack = self.pack;
                for slot in pack.slots.iter().filter(|slot| slot.name == *name) {
                    for value in &slot.values {
                        let end = self.words(&value.said, from);
                        self.grammar.free(end, after);
                    }
                }
                after
            }
            Part::AnyOrder(parts) => self.any_order(parts, from),
        }
    }

    /// One place for each set of parts that were said.
    fn any_order(&mut self, parts: &[Part], from: Place) -> Place {
        let after = self.grammar.place();
        let sets: Vec<Place> = (0..1usize << parts.len()).map(|_| self.grammar.place()).collect();
        self.grammar.free(from, sets[0]);
        for (set, place) in sets.iter().enumerate() {
            let left = || parts.iter().enumerate().filter(|(n, _)| set & (1 << n) == 0);
            for (n, part) in left() {
                let inner = if let Part::Maybe(inner) = part {
                    inner
                } else {
                    part
                };
                let end = self.part(inner, *place);
                self.grammar.free(end, sets[set | 1 << n]);
            }
            if left().all(|(_, part)| matches!(part, Part::Maybe(_))) {
                self.grammar.free(*place, after);
            }
        }
        after
    }

    fn words(&mut self, words: &[String], from: Place) -> Place {
        words.iter().fold(from, |at, word| {
            let to = self.grammar.place();
            self.word(at, word, to);
            to
        })
    }

    fn word(&mut self, from: Place, word: &str, to: Place) {
        let mut said = vec![word.to_owned()];
        said.extend(number_words(word, &self.pack.lang));
        self.grammar.word(from, word, &said, to, self.tokens);
    }

    /// Wherever what is meant can be said, what means the same can be said, too.
    fn same(&mut self, begin: Place) {
        for same in &self.pack.same {
            for from in begin..self.grammar.places() {
                for to in self.grammar.follow(from, &same.meant) {
                    let Some((last, first)) = same.said.split_last() else {
                        continue;
                    };
                    let at = self.words(first, from);
                    self.word(at, last, to);
                }
            }
        }
    }
}

/// A whole number in English words, up to 99.
fn number_words(digits: &str, lang: &str) -> Option<String> {
    if lang != "en" || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    match digits.parse().ok()? {
        number @ 0..20usize => Some(SMALL[number].to_owned()),
        number @ 20..100 if number % 10 == 0 => Some(TENS[number / 10 - 2].to_owned()),
        number @ 20..100 => Some(format!("{}-{}", TENS[number / 10 - 2], SMALL[number % 10])),
        _ => None,
    }
}
