//! Map hints: one small number a word that says what the robot's semantic map knows about it.
//!
//! 0 no map was given; 1 a map was given and the word names nothing on it; 2 the word belongs to the first thing
//! named; 3 to a thing near the one named before it; 4 to a thing far from it. The last two settle "take the book on
//! the table": near, and the table says which book; far, and the table is where the book goes (Vanzo et al.,
//! "Grounded language interpretation of robotic commands", 2020).
//!
//! The network was trained with the same rule in `models/text/recipe/hints.py`; change both or none.

use super::words::Cut;
use brain::message::MapItem;
use brain::units::Point;
use std::collections::HashMap;

const NO_MAP: i64 = 0;
const UNKNOWN: i64 = 1;
const FIRST: i64 = 2;
const NEARBY: i64 = 3;
const FAR: i64 = 4;

/// Names that stand for people in the talk, not for things to be found by their place.
const PRONOUNS: [&str; 25] = [
    "you", "me", "i", "him", "her", "it", "them", "us", "this", "that", "here", "there", "one", "robot",
    "person", "mi", "ti", "te", "lo", "la", "li", "le", "qui", "questo", "questa",
];

/// One hint for each of the normalized `words`; things at most `near` metres apart on the map count as near.
pub(super) fn hints(cut: &Cut, words: &[String], map: &[MapItem], near: f64) -> Vec<i64> {
    if map.is_empty() {
        return vec![NO_MAP; words.len()];
    }
    let mut hints = vec![UNKNOWN; words.len()];
    let mut before: Option<&[Point]> = None;
    let names = Names::new(cut, map);
    for (range, places) in names.mentions(words) {
        let value = match before {
            None => FIRST,
            Some(before) if shortest(before, places) <= near => NEARBY,
            Some(_) => FAR,
        };
        hints[range].fill(value);
        before = Some(places);
    }
    hints
}

/// What the things of a map are called, as stems of words, and where the things so called are.
struct Names {
    places: HashMap<Vec<String>, Vec<Point>>,
    longest: usize,
}

impl Names {
    fn new(cut: &Cut, map: &[MapItem]) -> Self {
        let mut places: HashMap<Vec<String>, Vec<Point>> = HashMap::new();
        for item in map {
            for name in std::iter::once(&item.class).chain(&item.names) {
                // A name without a word, or longer than any text, names nothing in a text.
                let Ok(words) = cut.words(&spaced(name)) else {
                    continue;
                };
                if words.texts.len() == 1 && PRONOUNS.contains(&name.to_lowercase().as_str()) {
                    continue;
                }
                let stems = words.texts.iter().map(|word| stem(word).to_owned()).collect();
                let here = places.entry(stems).or_default();
                if !here.contains(&item.at) {
                    here.push(item.at);
                }
            }
        }
        let longest = places.keys().map(Vec::len).max().unwrap_or(0);
        Names { places, longest }
    }

    /// Where `words` name things: at each word the longest name wins; names never overlap.
    fn mentions(&self, words: &[String]) -> Vec<(std::ops::Range<usize>, &[Point])> {
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

fn shortest(from: &[Point], to: &[Point]) -> f64 {
    let distance = |a: &Point, b: &Point| f64::from(a.x - b.x).hypot(f64::from(a.y - b.y));
    from.iter()
        .flat_map(|a| to.iter().map(move |b| distance(a, b)))
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(class: &str, names: &[&str], x: f32, y: f32) -> MapItem {
        MapItem {
            id: format!("{class}{x}"),
            class: class.to_owned(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            at: Point { x, y },
        }
    }

    fn check(text: &str, map: &[MapItem], expect: &[i64]) {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/models/text/tokenizer.json"
        );
        let cut = Cut::from_bytes(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(
            hints(&cut, &cut.words(text).unwrap().texts, map, 3.0),
            expect,
            "{text}"
        );
    }

    #[test]
    fn words_that_name_things_of_the_map_are_told_by_their_distance() {
        let map = [
            item("Book", &["book", "volume"], 1., 1.),
            item("CoffeeTable", &["small table"], 2., 1.),
            item("Table", &[], 9., 9.),
            item("Robot", &["me"], 0., 0.),
        ];
        check("take the book", &[], &[0, 0, 0]);
        check("take the book", &map, &[1, 1, 2]);
        check("take the book on the coffee table", &map, &[1, 1, 2, 1, 1, 3, 3]);
        check("take the books on the table", &map, &[1, 1, 2, 1, 1, 4]);
        check("bring me the Volume", &map, &[1, 1, 1, 2]);
        check(
            "put the book on the small tables, then the volume",
            &map,
            &[1, 1, 2, 1, 1, 3, 3, 1, 1, 1, 3],
        );
    }

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
}
