//! What things of the semantic map are called, where a text names them, and how far apart they are.
//!
//! Input: a map and words. Output: which words name something, and where what is so named stands. The text model's hints
//! and the decoder look up names in this one way; it never judges which of several things is meant.

use crate::message::MapItem;
use crate::units::Point;
use std::collections::BTreeMap;
use std::ops::Range;

/// Names stand near one another at most this far apart, in metres. The model was trained with the same distance
/// (`near_metres` in its manifest).
pub const NEAR_METRES: f64 = 3.0;

/// Names that stand for people in the talk, not for things to be found by their place.
const PRONOUNS: [&str; 25] = [
    "you", "me", "i", "him", "her", "it", "them", "us", "this", "that", "here", "there", "one", "robot",
    "person", "mi", "ti", "te", "lo", "la", "li", "le", "qui", "questo", "questa",
];

/// What the things of a map are called, as stems of words, and where the things so called are.
#[derive(Debug, Clone)]
pub struct Names {
    places: BTreeMap<Vec<String>, Vec<Point>>,
    longest: usize,
}

impl Names {
    /// The names of a map. `split` cuts a name into words as the text is cut; a name of none names nothing.
    #[must_use]
    pub fn new(map: &[MapItem], split: &dyn Fn(&str) -> Vec<String>) -> Self {
        let mut places: BTreeMap<Vec<String>, Vec<Point>> = BTreeMap::new();
        for item in map {
            for name in std::iter::once(&item.class).chain(&item.names) {
                let words = split(&spaced(name));
                if words.is_empty() || (words.len() == 1 && PRONOUNS.contains(&name.to_lowercase().as_str()))
                {
                    continue;
                }
                let stems = words.iter().map(|word| stem(word).to_owned()).collect();
                let here = places.entry(stems).or_default();
                if !here.contains(&item.at) {
                    here.push(item.at);
                }
            }
        }
        let longest = places.keys().map(Vec::len).max().unwrap_or(0);
        Names { places, longest }
    }

    /// Where `words` name things, and where those are: at each word the longest name wins; names never overlap.
    #[must_use]
    pub fn mentions(&self, words: &[String]) -> Vec<(Range<usize>, &[Point])> {
        let stems: Vec<String> = words.iter().map(|word| stem(word).to_owned()).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < stems.len() {
            let named = (1..=self.longest.min(stems.len() - at)).rev().find_map(|size| {
                self.places
                    .get(&stems[at..at + size])
                    .map(|places| (at..at + size, places.as_slice()))
            });
            at = named.as_ref().map_or(at + 1, |(range, _)| range.end);
            found.extend(named);
        }
        found
    }
}

/// The smallest distance in metres between a place of `from` and one of `to`; infinite where there is none.
#[must_use]
pub fn shortest(from: &[Point], to: &[Point]) -> f64 {
    let distance = |a: &Point, b: &Point| libm::hypot(f64::from(a.x - b.x), f64::from(a.y - b.y));
    from.iter()
        .flat_map(|a| to.iter().map(move |b| distance(a, b)))
        .fold(f64::INFINITY, f64::min)
}

/// "CoffeeTable" and "coffee_table" are "Coffee Table" and "coffee table".
fn spaced(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        if before.is_ascii_lowercase() && c.is_ascii_uppercase() {
            out.push(' ');
        }
        out.push(if c == '_' { ' ' } else { c });
        before = c;
    }
    out
}

/// A crude stem that lets singular meet plural in English and Italian; Chinese is left alone.
fn stem(word: &str) -> &str {
    let mut stem = word;
    let mut length = word.chars().count();
    let ends = |word: &str, set: &str| word.chars().next_back().is_some_and(|c| set.contains(c));
    if length > 4 && word.ends_with("es") && ends(&word[..word.len() - 2], "sxzh") {
        return &word[..word.len() - 2];
    }
    if length > 3 && word.ends_with('s') && !word.ends_with("ss") {
        stem = &word[..word.len() - 1];
        length -= 1;
    }
    if length > 3 && ends(stem, "aeio") {
        stem = &stem[..stem.len() - 1];
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_let_singular_meet_plural() {
        for (one, many) in [
            ("box", "boxes"),
            ("cup", "cups"),
            ("libro", "libri"),
            ("glass", "glass"),
            ("tavola", "tavole"),
        ] {
            assert_eq!(stem(one), stem(many));
        }
        assert_eq!(stem("去"), "去");
        assert_eq!(stem("gas"), "gas");
    }

    #[test]
    fn names_are_split_before_capitals() {
        assert_eq!(spaced("CoffeeTable"), "Coffee Table");
        assert_eq!(spaced("coffee_table"), "coffee table");
    }
}
