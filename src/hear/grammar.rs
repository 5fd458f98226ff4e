//! What can be said: an automaton over words, searched token by token.
//!
//! In: words and the order in which they may stand ([`Grammar`] is built state by state; [`super::spoken`] builds one from
//! packs). Out: a [`Constraint`] that lets the search write only what the automaton accepts, with the spellings that the
//! transcriber uses: a capital at the start, numbers in digits or words, commas between words, a mark at the end. It knows
//! nothing of sound, and what it accepts is no decision: [`super::Ears`] compares it with what was heard freely.

use super::search::{Constraint, END};
use super::tokens::{Token, Tokens};
use std::collections::{BTreeMap, HashMap};

/// A place between words.
pub type Place = usize;

/// What can be said.
#[derive(Debug, Default)]
pub struct Grammar {
    places: Vec<Edges>,
    /// Of every place, the places that nothing leads to and where something can be said or the sentence may end.
    reached: Vec<Vec<Place>>,
    /// Every word with the ways to write it.
    words: Vec<Word>,
    numbers: HashMap<String, usize>,
    margin: f32,
    /// Behind a sentence anything may be said.
    open: bool,
    /// "," and what may end a sentence.
    comma: Option<Token>,
    marks: Vec<Token>,
}

#[derive(Debug, Default, Clone)]
struct Edges {
    /// A word, and where it leads.
    words: Vec<(usize, Place)>,
    /// Where nothing leads.
    free: Vec<Place>,
    /// Where a comma leads.
    paused: Vec<Place>,
    /// A sentence may end here.
    ends: bool,
}

/// The ways to write a word, as tokens.
#[derive(Debug)]
struct Word {
    text: String,
    /// After a space.
    plain: Vec<Vec<Token>>,
    /// At the start of a sentence.
    capital: Vec<Vec<Token>>,
    /// Behind a number: "12-ounce".
    joined: Vec<Vec<Token>>,
}

impl Grammar {
    /// Accepts nothing yet; sentences begin at place 0. What it accepts is preferred where its natural logarithm is at most
    /// `margin` below what was heard freely, for each token.
    #[must_use]
    pub fn new(margin: f32, tokens: &Tokens) -> Self {
        let mark = |text: &str| match tokens.cut(text, false).as_slice() {
            [token] => Some(*token),
            _ => None,
        };
        Grammar {
            places: vec![Edges::default()],
            margin,
            comma: mark(","),
            marks: [".", "?", "!"].into_iter().filter_map(mark).collect(),
            ..Grammar::default()
        }
    }

    /// Behind a sentence anything may be said, as likely as it is: for words that only begin what is said. Then the margin is
    /// one for all tokens together.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Whether it is [`Grammar::open`].
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// See [`Grammar::new`].
    #[must_use]
    pub fn margin(&self) -> f32 {
        self.margin
    }

    /// Where sentences begin.
    pub const START: Place = 0;

    /// A new place.
    pub fn place(&mut self) -> Place {
        self.places.push(Edges::default());
        self.places.len() - 1
    }

    /// `word` leads from one place to another. `said` are the ways to say it.
    pub fn word(&mut self, from: Place, word: &str, said: &[String], to: Place, tokens: &Tokens) {
        let number = match self.numbers.get(word) {
            Some(number) => *number,
            None => {
                let cut = |change: fn(&str) -> String, spaced| {
                    said.iter().map(|way| tokens.cut(&change(way), spaced)).collect()
                };
                self.words.push(Word {
                    text: word.to_owned(),
                    plain: cut(written, true),
                    capital: cut(capital, true),
                    joined: cut(|way| format!("-{way}"), false),
                });
                self.numbers.insert(word.to_owned(), self.words.len() - 1);
                self.words.len() - 1
            }
        };
        if !self.places[from].words.contains(&(number, to)) {
            self.places[from].words.push((number, to));
        }
    }

    /// Nothing needs to be said between two places.
    pub fn free(&mut self, from: Place, to: Place) {
        self.places[from].free.push(to);
    }

    /// A comma leads from one place to another.
    pub fn comma(&mut self, from: Place, to: Place) {
        self.places[from].paused.push(to);
    }

    /// A sentence may end at this place.
    pub fn ends(&mut self, at: Place) {
        self.places[at].ends = true;
    }

    /// Whether nothing can be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many places there are.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// Where `words`, the first of which stands right at `from`, lead.
    #[must_use]
    pub fn follow(&self, from: Place, words: &[String]) -> Vec<Place> {
        let mut at = vec![from];
        for (n, word) in words.iter().enumerate() {
            let Some(number) = self.numbers.get(word) else {
                return Vec::new();
            };
            if n > 0 {
                at = self.reached(&at);
            }
            let edges = at.iter().flat_map(|place| &self.places[*place].words);
            at = edges
                .filter(|(word, _)| word == number)
                .map(|(_, to)| *to)
                .collect();
        }
        at.sort_unstable();
        at.dedup();
        at
    }

    /// To be called when all is built: works out once where nothing leads.
    #[must_use]
    pub fn built(mut self) -> Self {
        let useful = |place: &Place| self.places[*place].ends || !self.places[*place].words.is_empty();
        let reached = |place| self.reached(&[place]).into_iter().filter(useful).collect();
        self.reached = (0..self.places.len()).map(reached).collect();
        self
    }

    /// These places and all that nothing leads to, sorted.
    fn reached(&self, from: &[Place]) -> Vec<Place> {
        let mut todo = from.to_vec();
        let mut all: Vec<Place> = Vec::new();
        while let Some(place) = todo.pop() {
            if let Err(at) = all.binary_search(&place) {
                all.insert(at, place);
                todo.extend(&self.places[place].free);
            }
        }
        all
    }
}

/// "I" and what begins with it has a capital wherever it stands.
fn written(word: &str) -> String {
    if word == "i" || word.starts_with("i'") {
        capital(word)
    } else {
        word.to_owned()
    }
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Where a hypothesis stands within the grammar.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Within {
    /// The places between words where it may be.
    places: Vec<Place>,
    /// The words within which it may be.
    inside: Vec<Inside>,
    last: Last,
}

/// Within a word: the tokens written so far, and where it leads.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Inside {
    word: usize,
    style: Style,
    way: usize,
    written: usize,
    to: Place,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Capital,
    Joined,
}

/// What was written last.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Last {
    #[default]
    Nothing,
    Word,
    Number,
    Comma,
    Mark,
    /// Something that the grammar does not know, behind what it knows.
    Free,
}

impl Word {
    fn ways(&self, style: Style) -> &[Vec<Token>] {
        match style {
            Style::Plain => &self.plain,
            Style::Capital => &self.capital,
            Style::Joined => &self.joined,
        }
    }
}

impl Grammar {
    /// Puts the token `inside` writes next into `next`.
    fn write(&self, mut inside: Inside, next: &mut BTreeMap<Token, Within>) {
        let word = &self.words[inside.word];
        let Some(way) = word.ways(inside.style).get(inside.way) else {
            return;
        };
        let Some(token) = way.get(inside.written) else {
            return;
        };
        let then = next.entry(*token).or_default();
        inside.written += 1;
        if inside.written < way.len() {
            if !then.inside.contains(&inside) {
                then.inside.push(inside);
            }
            return;
        }
        let is_number = word.text.chars().all(|c| c.is_ascii_digit());
        then.last = if is_number { Last::Number } else { Last::Word };
        for place in &self.reached[inside.to] {
            if let Err(at) = then.places.binary_search(place) {
                then.places.insert(at, *place);
            }
        }
    }
}

/// A token so much less likely than another one that may stand there is dropped by every search: see `Effort::behind`.
const FAR: f32 = 12.0;

impl Grammar {
    /// Every word that may go on or begin.
    fn begun(&self, state: &Within) -> Vec<Inside> {
        let mut all = state.inside.clone();
        let styles: &[Style] = match state.last {
            Last::Mark | Last::Free => &[],
            Last::Nothing => &[Style::Capital, Style::Plain],
            Last::Number => &[Style::Plain, Style::Joined],
            Last::Word | Last::Comma => &[Style::Plain],
        };
        for place in &state.places {
            for (word, to) in &self.places[*place].words {
                for style in styles {
                    all.extend((0..self.words[*word].ways(*style).len()).map(|way| Inside {
                        word: *word,
                        style: *style,
                        way,
                        written: 0,
                        to: *to,
                    }));
                }
            }
        }
        all
    }
}

impl Constraint for Grammar {
    type State = Within;

    fn start(&self) -> Within {
        Within {
            places: self.reached[Grammar::START].clone(),
            ..Within::default()
        }
    }

    fn next(&self, state: &Within, logits: &[f32], next: &mut Vec<(Token, Within)>) {
        if state.last == Last::Free {
            return next.extend(likeliest(logits).map(|token| (token, state.clone())));
        }
        let ends = state.places.iter().any(|place| self.places[*place].ends);
        let all = self.begun(state);
        // Many words may follow, few of them sound like it: the others are not even written down.
        let logit = |inside: &Inside| {
            let way = self.words[inside.word].ways(inside.style).get(inside.way);
            let token = way.and_then(|way| way.get(inside.written));
            token.map(|token| logits.get(*token as usize).copied().unwrap_or(0.0))
        };
        let best = all.iter().filter_map(logit).fold(f32::NEG_INFINITY, f32::max);
        let mut found: BTreeMap<Token, Within> = BTreeMap::new();
        for inside in all {
            if logit(&inside).is_some_and(|logit| logit >= best - FAR) {
                self.write(inside, &mut found);
            }
        }
        if matches!(state.last, Last::Word | Last::Number) && !state.places.is_empty() {
            let then = |last| Within {
                places: state.places.clone(),
                inside: Vec::new(),
                last,
            };
            if let Some(token) = self.comma {
                let mut paused = then(Last::Comma);
                let leads = state.places.iter().flat_map(|place| &self.places[*place].paused);
                paused
                    .places
                    .extend(leads.flat_map(|place| &self.reached[*place]));
                paused.places.sort_unstable();
                paused.places.dedup();
                next.push((token, paused));
            }
            let marks = self.marks.iter().filter(|_| ends);
            next.extend(marks.map(|token| (*token, then(Last::Mark))));
        }
        next.extend(found);
        if ends && state.last != Last::Comma {
            next.push((END, Within::default()));
        }
        if ends && self.open {
            let free = Within {
                last: Last::Free,
                ..Within::default()
            };
            let new = likeliest(logits).filter(|token| next.iter().all(|(known, _)| known != token));
            next.extend(new.map(|token| (token, free)));
        }
    }
}

/// The likeliest token.
fn likeliest(logits: &[f32]) -> Option<Token> {
    let best = logits.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    best.map(|(token, _)| token as Token)
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tests::toy;
    use super::*;

    /// Every text that the grammar accepts, as it may be written.
    fn all(grammar: &Grammar, tokens: &Tokens) -> Vec<String> {
        let mut texts = Vec::new();
        let mut todo = vec![(grammar.start(), Vec::new())];
        while let Some((state, so_far)) = todo.pop() {
            let mut next = Vec::new();
            grammar.next(&state, &[], &mut next);
            for (token, then) in next {
                if token == END {
                    texts.push(tokens.text(&so_far));
                } else {
                    todo.push((then, [so_far.as_slice(), &[token]].concat()));
                }
            }
        }
        texts.sort();
        texts
    }

    #[test]
    fn it_writes_what_it_accepts_and_nothing_else() {
        let tokens = toy(&[
            "_", "a", "A", "l", "t", "e", "_a", "_A", "_t", "te", "_l", "2", "_tw", "o", "w", "-", "_lat",
            "at", ".",
        ]);
        let own = |word: &str| vec![word.to_owned()];
        let mut grammar = Grammar::new(0.0, &tokens);
        let [first, second, end] = [0; 3].map(|_| grammar.place());
        grammar.word(Grammar::START, "a", &own("a"), first, &tokens);
        grammar.free(Grammar::START, first);
        grammar.word(first, "2", &["2".to_owned(), "two".to_owned()], second, &tokens);
        grammar.word(second, "latte", &own("latte"), end, &tokens);
        grammar.ends(end);
        let grammar = grammar.built();
        let said: Vec<String> = all(&grammar, &tokens)
            .into_iter()
            .filter(|text| !text.contains([',', '.', '!', '?']))
            .collect();
        assert_eq!(
            said,
            [
                "2 latte",
                "2-latte",
                "A 2 latte",
                "A 2-latte",
                "A two latte",
                "A two-latte",
                "Two latte",
                "Two-latte",
                "a 2 latte",
                "a 2-latte",
                "a two latte",
                "a two-latte",
                "two latte",
                "two-latte",
            ]
        );
    }
}
