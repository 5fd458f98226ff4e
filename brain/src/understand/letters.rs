//! What the letters of each word, and the map, tell the decoder that the model's logits do not.
//!
//! Input: the words as the model cut them, the language, the map. Output: [`Letters`] a word. It changes no
//! probability itself; it only says which readings are none.

use super::decode::Letters;
use super::decode::gap::Sort;
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
    let mut inner = if lang == "zh" {
        chinese::inner(&plain)
    } else {
        (0..plain.len()).map(|at| purpose(&plain, at)).collect()
    };
    // A name on the map is one name: no role begins or ends inside it.
    for range in named(&said, map) {
        inner[range.start + 1..range.end].fill(true);
    }
    let whereabouts = whereabouts(&said, lang, map);
    let capital = |at: usize| {
        let (start, end) = (tags.words[at].start, tags.words[at].end);
        let first = cutter.cut(Span { start, end }).chars().next();
        first.is_some_and(char::is_uppercase)
    };
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
        quoted: lang == "it" && quoted(&plain, at),
        says: lang == "it" && TELLS.contains(&plain[at]),
        sort: sort(&plain, at, lang),
        proper: at > 0 && capital(at),
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

/// Verbs of saying with the pronoun of who is told, which the model knows apart only.
const TELLS: &[&str] = &["dille", "digli", "dicci"];

/// "dille di venire qui": what she is to do is what is said.
fn quoted(said: &[&str], at: usize) -> bool {
    let infinitive = |word: &str| {
        let bare = clitic::clitics(word).map(|(first, _)| word.chars().take(first.start).collect::<String>());
        let ends = |verb: &str| {
            ["are", "ere", "ire", "ar", "er", "ir"]
                .iter()
                .any(|end| verb.ends_with(end))
        };
        ends(word) || bare.is_some_and(|bare| ends(&bare))
    };
    at >= 2 && said[at - 1] == "di" && TELLS.contains(&said[at - 2]) && infinitive(said[at])
}

/// "something to drink", "qualcosa da leggere": what it is for belongs to the name.
fn purpose(said: &[&str], at: usize) -> bool {
    const SOME: &[&str] = &["something", "anything", "nothing", "qualcosa", "niente"];
    const USES: &[&str] = &[
        "drink", "eat", "read", "wear", "write", "play", "sit", "bere", "mangiare", "leggere", "scrivere",
    ];
    let to = |at: usize| {
        let some = (at.saturating_sub(2)..at).any(|n| SOME.contains(&said[n]));
        some && matches!(said[at], "to" | "da") && said.get(at + 1).is_some_and(|use_| USES.contains(use_))
    };
    to(at) || (at > 0 && to(at - 1))
}

/// Where names of the map stand among the words.
fn named(said: &[String], map: &[MapItem]) -> Vec<std::ops::Range<usize>> {
    if map.is_empty() {
        return Vec::new();
    }
    let split = |name: &str| words::tokens(name).into_iter().map(|token| token.text).collect();
    let names = Names::new(map, &split);
    names.mentions(said).into_iter().map(|(range, _)| range).collect()
}

/// What the word at `at` does in a phrase.
#[must_use]
pub(super) fn sort(said: &[&str], at: usize, lang: &str) -> Sort {
    let word = said[at];
    let among = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    let is = |list: &str| among(list, word);
    let marked = word.chars().all(|c| !c.is_alphanumeric());
    if marked {
        return if matches!(word, "," | ";" | ".") {
            Sort::And
        } else {
            Sort::Breaks
        };
    }
    match lang {
        "en" => match word {
            // "her book", but "bring her the book".
            "her" if said.get(at + 1).is_some_and(|next| among(ENGLISH_OPENS, next)) => Sort::Pronoun,
            _ if is(ENGLISH_OPENS) || word == "her" => Sort::Opens,
            _ if is("to into onto towards toward") => Sort::Aims,
            _ if is("from off") => Sort::Leaves,
            _ if is("in on at near under behind beside inside by over below above next") => Sort::Lies,
            _ if is(
                "back there here home upstairs downstairs outside left right forward forwards backwards around",
            ) =>
            {
                Sort::There
            }
            _ if is("me you him us them it") => Sort::Pronoun,
            _ if is("of with") => Sort::Joins,
            "and" => Sort::And,
            _ if is("then afterwards") => Sort::Then,
            _ if is("please also finally robot thanks") => Sort::Aside,
            _ if is(ENGLISH_BREAKS) || word.ends_with("ly") => Sort::Breaks,
            _ => Sort::Other,
        },
        "it" => match word {
            _ if is(
                "il lo la i gli le l' un uno una un' mio mia miei mie tuo tua suo sua quel quella quello questo questa",
            ) =>
            {
                Sort::Opens
            }
            _ if is("a ad al allo alla ai agli alle all' verso") => Sort::Aims,
            _ if is("da dal dallo dalla dai dalle dall'") => Sort::Leaves,
            _ if is(
                "in nel nello nella nei nelle nell' su sul sullo sulla sui sulle sull' sotto sopra dietro dentro vicino accanto davanti",
            ) =>
            {
                Sort::Lies
            }
            _ if is("qui qua lì là avanti indietro fuori sinistra destra casa") => Sort::There,
            _ if is("mi me te lui lei noi loro") => Sort::Pronoun,
            _ if is("di del dello della dei delle dell' con d'") => Sort::Joins,
            _ if is("e ed") => Sort::And,
            _ if is("poi dopo") => Sort::Then,
            _ if is("anche infine robot grazie") => Sort::Aside,
            _ if is("no non che chi se anzi scusa cioè è sono per favore quando perché") => Sort::Breaks,
            _ => Sort::Other,
        },
        _ => Sort::Breaks,
    }
}

const ENGLISH_OPENS: &str =
    "the a an my your his its our their this that these those some any another all both two three four five";
const ENGLISH_BREAKS: &str = "no not wait sorry actually rather i we he she they that's who which what when where while if \
    until unless because for is are was were be or but mean now again too ok okay yes so uh um er well via without about \
    than as do don't how";

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
        // "the phone that is on the table" says itself where it is; behind that may stand where it goes.
        let relative = (start..at).find(|&n| RELATIVES.contains(&said[n].as_str()));
        let told = relative.is_some_and(|relative| !(relative..at).any(place));
        let thing = match relative {
            Some(relative) => mentions
                .iter()
                .rev()
                .find(|(m, _)| m.start >= start && m.end <= relative),
            None => thing,
        };
        // Of what the map does not know, nothing is far.
        whole &= thing.is_some();
        if let (Some((_, thing)), Some((_, there)), false) = (thing, there, told) {
            let near = shortest(thing, there) <= NEAR_METRES;
            let given = (start..at).any(|n| RECEIVERS.contains(&said[n].as_str()));
            let aimed = (at..clause).any(aims);
            if near && relative.is_none() {
                found[at] = Whereabouts::Near;
            } else if !near && whole && !given && !aimed {
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
        check(
            "take the book that is on the table on the couch",
            "en",
            "take the book that is on the table | the couch",
        );
    }

    #[test]
    fn what_it_is_for_belongs_to_the_name_and_what_is_told_to_the_message() {
        let marked = |text: &str, found: &dyn Fn(&[&str], usize) -> bool| {
            let said: Vec<&str> = text.split(' ').collect();
            let found: Vec<&str> = (0..said.len())
                .filter(|&at| found(&said, at))
                .map(|at| said[at])
                .collect();
            found.join(" ")
        };
        assert_eq!(marked("bring me something cold to drink", &purpose), "to drink");
        assert_eq!(marked("porta mi qualcosa da leggere", &purpose), "da leggere");
        assert_eq!(marked("go to the kitchen to drink", &purpose), "");
        assert_eq!(marked("dille di venire qui", &quoted), "venire");
        assert_eq!(marked("digli di portarmi il libro", &quoted), "portarmi");
        assert_eq!(marked("di venire qui", &quoted), "");
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
        check(
            "take the vase on the table on the couch",
            "en",
            "take the vase on the table on the couch",
        );
    }
}
