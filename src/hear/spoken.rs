//! Packs and the commands built in become a [`Grammar`]: every sentence that their templates take, as it may be spoken.
//!
//! In: learnt [`Pack`]s, whose templates stand in the common spelling (lower case, numbers in digits), and the robot, whose
//! places, things and people may be named in a command. Out: a grammar with all values of all slots and all words that mean
//! the same. What the commands built in say is only heard by: it is never understood by these templates.

use super::grammar::{Grammar, Place, capital};
use super::tokens::Tokens;
use brain::config::{Names, Robot};
use brain::understand::packs::Pack;
use brain::understand::packs::file::PackFile;
use brain::understand::packs::pattern::Part;
use brain::understand::values::numbers::{SMALL, TENS};

/// The commands built in, as a pack's file.
const COMMANDS: &str = include_str!("commands.toml");

/// The frames of [`COMMANDS`] whose sentences may follow one another, and that another one must follow.
const ORDER: &str = "spoken_order";
const CONDITION: &str = "spoken_condition";

/// The slot whose values have a capital.
const NAMES: &str = "name";

/// How much less likely than what was heard freely an order to a pack may be, for each token. Between orders misheard in loud
/// noise (up to 0.8 looked at) and chat forced into orders (1.6 and more): see DESIGN.md.
const OF_PACKS: f32 = 1.0;
/// How much less likely a beginning with the robot's name may be, for all tokens together.
const OF_NAMES: f32 = 4.0;
/// And a command built in: there are many more of them, so that anything sounds a little like one.
const OF_COMMANDS: f32 = 0.6;

/// Words that few commands have: whose the thing is, mostly. Where "the door" is as likely as "their door", it was that.
const RARE: [&str; 9] = [
    "their", "our", "his", "her", "every", "each", "another", "little", "any",
];

/// How much less likely each of them makes a sentence.
pub const OF_RARE: f32 = 2.0;

/// How many of the words are rare in commands.
#[must_use]
pub fn rare(text: &str) -> usize {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| RARE.contains(word)).count()
}

/// What can be said to this robot, or to any: the frames of the packs, then the commands built in.
#[must_use]
pub fn grammars(packs: &[Pack], robot: Option<&Robot>, tokens: &Tokens) -> Vec<Grammar> {
    let names: Vec<String> = robot.map_or_else(Vec::new, |robot| {
        robot
            .wake
            .iter()
            .chain([&robot.name])
            .map(|name| name.to_lowercase())
            .collect()
    });
    let commands = commands(robot);
    let packs = grammar(packs, &names, OF_PACKS, tokens);
    let commands = grammar(commands.as_slice(), &names, OF_COMMANDS, tokens);
    let all = [calls(&names, tokens), packs, commands].into_iter();
    all.filter(|grammar| !grammar.is_empty()).collect()
}

/// What people say before a name.
const CALLS: [&str; 6] = ["hey", "hi", "hello", "ok", "okay", "oh"];

/// A name at the beginning, whatever follows.
fn calls(names: &[String], tokens: &Tokens) -> Grammar {
    let mut grammar = Grammar::new(OF_NAMES, tokens);
    let end = grammar.place();
    called(&mut grammar, names, end, tokens);
    grammar.ends(end);
    grammar.built().open()
}

/// Leads from the beginning to `end` by each name, with a word before it or not.
fn called(grammar: &mut Grammar, names: &[String], end: Place, tokens: &Tokens) {
    let before = grammar.place();
    if !names.is_empty() {
        grammar.free(Grammar::START, before);
        for word in CALLS {
            grammar.word(Grammar::START, word, &[word.to_owned()], before, tokens);
        }
    }
    for name in names {
        let mut at = before;
        let mut words = name.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let to = if words.peek().is_some() {
                grammar.place()
            } else {
                end
            };
            grammar.word(at, word, &[word.to_owned(), capital(word)], to, tokens);
            at = to;
        }
    }
}

/// The grammar of all frames of all packs; a name may stand before each.
fn grammar(packs: &[Pack], names: &[String], margin: f32, tokens: &Tokens) -> Grammar {
    let mut grammar = Grammar::new(margin, tokens);
    if packs.is_empty() {
        return grammar;
    }
    let alone = grammar.place();
    called(&mut grammar, names, alone, tokens);
    grammar.ends(alone);
    for pack in packs {
        let mut build = Build {
            grammar: &mut grammar,
            tokens,
            pack,
        };
        let begin = build.grammar.place();
        build.grammar.free(Grammar::START, begin);
        build.grammar.free(alone, begin);
        for frame in &pack.frames {
            for template in &frame.templates {
                let end = build.part(template, begin);
                if frame.name != CONDITION {
                    build.grammar.ends(end);
                }
                build.follows(&frame.name, end, begin);
            }
        }
        build.same(begin);
    }
    grammar.built()
}

/// The commands built in, with what the robot knows by name.
fn commands(robot: Option<&Robot>) -> Option<Pack> {
    let mut file: PackFile = match toml::from_str(COMMANDS) {
        Ok(file) => file,
        Err(error) => {
            log::error!("the commands built in cannot be read: {error}");
            return None;
        }
    };
    if let Some(robot) = robot {
        let english = |names: &Names| names.get("en").cloned().unwrap_or_default();
        let mut add = |slot: &str, names: Vec<String>| {
            if let Some(slot) = file.slots.get_mut(slot) {
                slot.values.extend(names);
            }
        };
        add(
            "place",
            robot
                .place
                .iter()
                .flat_map(|place| english(&place.names))
                .collect(),
        );
        let things = robot.thing.iter().flat_map(|thing| english(&thing.names));
        let things: Vec<String> = things.collect();
        add("place", things.clone());
        add("thing", things);
        add(
            "thing",
            robot
                .switch
                .iter()
                .flat_map(|switch| english(&switch.names))
                .collect(),
        );
        add(
            "name",
            robot
                .person
                .iter()
                .flat_map(|person| english(&person.names))
                .collect(),
        );
    }
    match file.pack() {
        Ok(pack) => Some(pack),
        Err(problems) => {
            for problem in problems {
                log::error!("the commands built in: {problem}");
            }
            None
        }
    }
}

struct Build<'a> {
    grammar: &'a mut Grammar,
    tokens: &'a Tokens,
    pack: &'a Pack,
}

impl Build<'_> {
    /// Lets another command follow one that ended at `end`.
    fn follows(&mut self, frame: &str, end: Place, begin: Place) {
        match frame {
            ORDER => {
                for word in ["and", "then"] {
                    self.word(end, word, begin);
                }
                self.grammar.comma(end, begin);
            }
            CONDITION => self.grammar.free(end, begin),
            _ => {}
        }
    }

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
                        let end = value.said.iter().fold(from, |at, word| {
                            let to = self.grammar.place();
                            let names = (*name == NAMES).then(|| capital(word));
                            self.written(at, word, names, to);
                            to
                        });
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
        self.written(from, word, None, to);
    }

    /// A word that may also be written in another way.
    fn written(&mut self, from: Place, word: &str, other: Option<String>, to: Place) {
        let mut said = vec![word.to_owned()];
        said.extend(other);
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

#[cfg(test)]
mod tests {
    use super::super::search::{Constraint, END};
    use super::*;

    /// The pieces of the shipped transcriber.
    fn pieces() -> Tokens {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/asr/pieces.json");
        Tokens::from_bytes(&std::fs::read(path).unwrap()).unwrap()
    }

    /// Whether a sentence, written as the transcriber would, can be said.
    fn accepts(grammar: &Grammar, text: &str, tokens: &Tokens) -> bool {
        let mut state = grammar.start();
        let mut next = Vec::new();
        let words = text.split(' ').flat_map(|word| match word.strip_suffix(',') {
            Some(word) => [tokens.cut(word, true), tokens.cut(",", false)].concat(),
            None => tokens.cut(word, true),
        });
        for token in words {
            next.clear();
            grammar.next(&state, &[], &mut next);
            let Some(at) = next.iter().position(|(other, _)| *other == token) else {
                return false;
            };
            state = next.swap_remove(at).1;
        }
        next.clear();
        grammar.next(&state, &[], &mut next);
        next.iter().any(|(token, _)| *token == END)
    }

    #[test]
    fn whose_it_is_is_rare() {
        let check = |text: &str, expect: usize| assert_eq!(rare(text), expect, "{text}");
        check("Close the door.", 0);
        check("Close their door.", 1);
        check("Take her cup to his table", 2);
        check("", 0);
    }

    #[test]
    fn what_people_say_to_robots_can_be_said() {
        let tokens = pieces();
        let robot: Robot = toml::from_str(
            "name = \"Coco\"\n[[place]]\nid = \"lair\"\nclass = \"room\"\nnames = { en = [\"lair\"] }\nx = 1.0\ny = 0.0\n",
        )
        .unwrap();
        let [plain, knowing] = [None, Some(&robot)].map(|robot| grammars(&[], robot, &tokens).pop().unwrap());
        let check = |text: &str, any: bool, its_own: bool| {
            assert_eq!(accepts(&plain, text, &tokens), any, "{text}");
            assert_eq!(accepts(&knowing, text, &tokens), its_own, "{text}");
        };
        check("Go to the kitchen", true, true);
        check(
            "Go to the kitchen, take the red cup and bring it to me",
            true,
            true,
        );
        check("Turn left by ninety degrees", true, true);
        check("Turn left by 90 degrees please", true, true);
        check("Don't go to the bedroom", true, true);
        check("How many cups are on the table", true, true);
        check("If you see the cat, come back", true, true);
        check("No, I said go to the kitchen", true, true);
        check("If you see the cat", false, false);
        check("Coco, go to the lair", false, true);
        check("What a lovely day it is", false, false);
        check("Go to the", false, false);
    }

    #[test]
    fn no_order_ends_before_what_it_announces() {
        let tokens = pieces();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/packs/barista/pack.toml");
        let file: PackFile = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let packs = [file.pack().unwrap()];
        let grammar = grammar(&packs, &[], OF_PACKS, &tokens);
        let check = |text: &str, expect: bool| assert_eq!(accepts(&grammar, text, &tokens), expect, "{text}");
        check("Give me a mocha", true);
        check("Give me a mocha with almond milk", true);
        check("Give me a mocha in large with almond milk", true);
        check("Give me a mocha with a double shot", false);
        check("Give me a mocha double shot dark roast", true);
        check("Give me a mocha dark roast double shot large", true);
        check("Give me a mocha with", false);
        check("Give me a mocha in", false);
    }
}
