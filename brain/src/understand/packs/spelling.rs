//! Texts and templates in one spelling, so that they can be compared word by word: lower case, no marks, numbers as
//! digits, and a pack's own "means the same" words replaced.
//!
//! Every word keeps its place in the text it came from. Nothing is guessed: a misspelt word stays misspelt.

use crate::reading::Span;
use crate::understand::values::numbers::number;
use crate::understand::words::tokens;
use serde::{Deserialize, Serialize};

/// One word in the common spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// Lower case; numbers in digits.
    pub text: String,
    /// The characters of the text it stands for.
    pub span: Span,
}

/// Words that a pack takes for others: "a little" for "a little bit of".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Same {
    /// What may be said, in the common spelling.
    pub said: Vec<String>,
    /// What it is taken for, in the common spelling.
    pub meant: Vec<String>,
}

/// The words of `text` in the common spelling. `lang` says how numbers are written.
#[must_use]
pub fn spell(text: &str, lang: &str) -> Vec<Spelled> {
    let tokens: Vec<_> = tokens(text)
        .into_iter()
        .filter(|token| !token.is_mark())
        .collect();
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let start = tokens[at].span.start;
        let (text, next) = match number(&tokens, at, lang) {
            Some((value, next)) => (value.to_string(), next),
            None => (tokens[at].text.clone(), at + 1),
        };
        let span = Span {
            start,
            end: tokens[next - 1].span.end,
        };
        out.push(Spelled { text, span });
        at = next;
    }
    out
}

/// Only the words.
#[must_use]
pub fn words(text: &str, lang: &str) -> Vec<String> {
    spell(text, lang).into_iter().map(|word| word.text).collect()
}

/// `words` with everything in `same` replaced, longest first. A replacement's words share the place of what they replace.
#[must_use]
pub fn replace(words: Vec<Spelled>, same: &[Same]) -> Vec<Spelled> {
    let mut out = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let fits = |said: &[String]| {
            words.len() - at >= said.len() && said.iter().zip(&words[at..]).all(|(s, w)| *s == w.text)
        };
        // What is already written as it is meant is not looked into.
        let longest = same
            .iter()
            .flat_map(|same| [(&same.said, &same.meant), (&same.meant, &same.meant)])
            .filter(|(said, _)| fits(said))
            .max_by_key(|(said, _)| said.len());
        let Some((said, meant)) = longest.filter(|(said, _)| !said.is_empty()) else {
            out.push(words[at].clone());
            at += 1;
            continue;
        };
        let whole = Span {
            start: words[at].span.start,
            end: words[at + said.len() - 1].span.end,
        };
        let apart = said.len() == meant.len();
        out.extend(meant.iter().enumerate().map(|(n, text)| Spelled {
            text: text.clone(),
            span: if apart { words[at + n].span } else { whole },
        }));
        at += said.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_marks_do_not_matter() {
        let check = |text: &str, expected: &str| assert_eq!(words(text, "en").join(" "), expected);
        check("A twelve-ounce latte, please!", "a 12 ounce latte please");
        check("a 12oz latte", "a 12 oz latte");
        check("I’d like TWENTY ounce", "i'd like 20 ounce");
    }

    #[test]
    fn words_that_mean_the_same_are_replaced_longest_first() {
        let same = |said: &str, meant: &str| Same {
            said: words(said, "en"),
            meant: words(meant, "en"),
        };
        let all = [same("a little", "a little bit of"), same("oz", "ounce")];
        let check = |text: &str, expected: &str| {
            let out = replace(spell(text, "en"), &all);
            assert_eq!(
                out.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" "),
                expected
            );
        };
        check("a little milk", "a little bit of milk");
        check("a little bit of milk", "a little bit of milk");
        check("12 oz", "12 ounce");
    }
}
