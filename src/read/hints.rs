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
use brain::understand::names::{Names, shortest};
use brain::units::Point;

const NO_MAP: i64 = 0;
const UNKNOWN: i64 = 1;
const FIRST: i64 = 2;
const NEARBY: i64 = 3;
const FAR: i64 = 4;

/// One hint for each of the normalized `words`; things at most `near` metres apart on the map count as near.
pub(super) fn hints(cut: &Cut, words: &[String], map: &[MapItem], near: f64) -> Vec<i64> {
    if map.is_empty() {
        return vec![NO_MAP; words.len()];
    }
    let mut hints = vec![UNKNOWN; words.len()];
    let mut before: Option<&[Point]> = None;
    // A name longer than any text names nothing in a text.
    let split = |name: &str| cut.words(name).map_or_else(|_| Vec::new(), |words| words.texts);
    let names = Names::new(map, &split);
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
}
