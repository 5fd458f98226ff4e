//! What the letters of each word, and the map, tell the decoder that the model's logits do not.
//!
//! Input: the words as the model cut them, the language, the map. Output: [`Letters`] a word. It changes no
//! probability itself; it only says which readings are none.

use super::decode::Letters;
use super::names::{NEAR_METRES, Names, shortest};
use super::words::{self, Cutter};
use super::{chinese, clitic};
use crate::message::{MapItem, Tags};
use crate::reading::Span;

/// One for each word of `tags`.
pub(super) fn letters(tags: &Tags, cutter: &Cutter<'_>, lang: &str, map: &[MapItem]) -> Vec<Letters> {
    let said: Vec<String> = tags
        .words
        .iter()
        .map(|word| {
            let span = Span {
                start: word.start,
                end: word.end,
            };
            cutter.cut(span).to_lowercase()
        })
        .collect();
    let plain: Vec<&str> = said.iter().map(String::as_str).collect();
    let inner = if lang == "zh" {
        chinese::inner(&plain)
    } else {
        vec![false; plain.len()]
    };
    let whereabouts = whereabouts(&said, lang, map);
    let each = |at: usize| Letters {
        // Only Italian writes its pronouns onto the verb: "hello" does not end in one.
        clitic: lang == "it" && clitic::clitics(plain[at]).is_some(),
        border: words::parts_commands(plain[at]),
        // English says a task's roles behind its verb: what stands before belongs to something else.
        behind: lang == "en",
        open: words::opens_name(plain[at], lang),
        inner: inner[at],
        takes: TAKES.contains(&plain[at]),
        fetches: TAKES.contains(&plain[at]) || FETCHES.contains(&plain[at]),
        goal: at > 0 && plain[at] == "back" && COMES.contains(&plain[at - 1]),
        joins: whereabouts[at] == Whereabouts::Near,
        parts: whereabouts[at] == Whereabouts::Far,
    };
    (0..plain.len()).map(each).collect()
}

/// Verbs that are taking where nothing is said of who gets it or where it goes, and bringing where it is: without an
/// exception in the training part of HuRIC and in the grammars.
const TAKES: &[&str] = &[
    "take", "taking", "get", "getting", "grab", "fetch", "prendi", "prendere", "prender", "拿", "取",
];

/// Verbs beside [`TAKES`] behind which the map tells which thing is meant from where it is to go.
const FETCHES: &[&str] = &[
    "bring",
    "bringing",
    "carry",
    "carrying",
    "move",
    "porta",
    "portare",
    "portar",
    "trasporta",
    "trasportare",
];

/// Verbs whose "back" is a place and no direction.
const COMES: &[&str] = &["come", "coming", "get", "getting"];

/// What the map says of the words that begin with a preposition of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    /// Nothing.
    Unsaid,
    /// The thing before is there: "the book on the table" is one name.
    Near,
    /// The thing before is elsewhere: it shall go there.
    Far,
}

/// "Take the book on the table": the book is on the table, or it is to go there. HuRIC's marks follow the map.
fn whereabouts(said: &[String], lang: &str, map: &[MapItem]) -> Vec<Whereabouts> {
    let mut found = vec![Whereabouts::Unsaid; said.len()];
    if map.is_empty() || lang == "zh" {
        return found;
    }
    let split = |name: &str| words::tokens(name).into_iter().map(|token| token.text).collect();
    let names = Names::new(map, &split);
    let mentions = names.mentions(said);
    let ends = |at: usize| words::parts_commands(&said[at]);
    let place = |at: usize| PLACES.contains(&said[at].as_str());
    // "next to", "vicino al" say where something is; "to the kitchen", "al bagno" where it goes.
    let aims = |at: usize| AIMS.contains(&said[at].as_str()) && !(at > 0 && place(at - 1));
    let mut at = 0;
    let mut whole = true;
    while at < said.len() {
        whole |= ends(at);
        if !place(at) || at == 0 {
            at += 1;
            continue;
        }
        let start = (0..at).rev().find(|&n| ends(n)).map_or(0, |n| n + 1);
        let end = (at + 1..said.len())
            .find(|&n| ends(n) || place(n) || aims(n))
            .unwrap_or(said.len());
        let clause = (at..said.len()).find(|&n| ends(n)).unwrap_or(said.len());
        let thing = mentions
            .iter()
            .rev()
            .find(|(m, _)| m.start >= start && m.end <= at);
        let there = mentions.iter().find(|(m, _)| m.start > at && m.end <= end);
        // "the phone that is on the table" says it itself.
        let told = (start..at).any(|n| RELATIVES.contains(&said[n].as_str()));
        if let (Some((_, thing)), Some((_, there)), false) = (thing, there, told) {
            let near = shortest(thing, there) <= NEAR_METRES;
            let given = (start..at).any(|n| RECEIVERS.contains(&said[n].as_str()));
            let aimed = (at..clause).any(aims);
            if near {
                found[at] = Whereabouts::Near;
            } else if whole && !given && !aimed {
                // Of several places the first that does not fit is where it goes, with all that follows.
                found[at] = Whereabouts::Far;
                whole = false;
            }
        }
        at += 1;
    }
    found
}

const PLACES: &[&str] = &[
    "on", "in", "at", "near", "under", "inside", "behind", "beside", "next", "su", "sul", "sulla", "sullo",
    "sui", "sulle", "in", "nel", "nella", "nello", "nei", "nelle", "vicino", "accanto", "sopra", "sotto",
    "dentro", "davanti", "dietro",
];
const AIMS: &[&str] = &[
    "to", "into", "onto", "a", "al", "alla", "allo", "ai", "alle", "verso",
];
const RELATIVES: &[&str] = &["that", "which", "che"];
const RECEIVERS: &[&str] = &["me", "us", "him", "them", "mi", "ci", "gli", "me", "te"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Point;

    fn check(text: &str, lang: &str, expected: &str) {
        let item = |name: &str, x: f32| MapItem {
            id: name.to_owned(),
            class: name.to_owned(),
            names: Vec::new(),
            at: Point { x, y: 0.0 },
        };
        let map = [
            item("book", 0.0),
            item("table", 1.0),
            item("couch", 9.0),
            item("room", 10.0),
            item("libro", 0.0),
            item("tavolo", 1.0),
            item("divano", 9.0),
        ];
        let said: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let shown: Vec<&str> = whereabouts(&said, lang, &map)
            .iter()
            .zip(&said)
            .map(|(found, word)| match found {
                Whereabouts::Unsaid => word.as_str(),
                Whereabouts::Near => "+",
                Whereabouts::Far => "|",
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }

    #[test]
    fn where_things_are_tells_which_is_meant_from_where_it_goes() {
        check("take the book on the table", "en", "take the book + the table");
        check("take the book on the couch", "en", "take the book | the couch");
        check(
            "take the book on the table on the couch",
            "en",
            "take the book + the table | the couch",
        );
        check(
            "take the book on the couch in the room",
            "en",
            "take the book | the couch + the room",
        );
        check(
            "go to the couch and take the book near the table",
            "en",
            "go to the couch and take the book + the table",
        );
        check("porta il libro sul divano", "it", "porta il libro | divano");
    }

    #[test]
    fn where_the_words_say_it_themselves_the_map_does_not() {
        check(
            "take the book on the couch to the table",
            "en",
            "take the book on the couch to the table",
        );
        check(
            "bring me the book on the couch",
            "en",
            "bring me the book on the couch",
        );
        check(
            "take the book that is on the couch",
            "en",
            "take the book that is on the couch",
        );
        check("take the vase on the couch", "en", "take the vase on the couch");
    }
}
