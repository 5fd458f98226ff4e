//! Which language a text is in: by script first, then the model, then common words.

use super::words::{Token, is_han};
use crate::message::Labels;

const ENGLISH: &[&str] = &[
    "the",
    "to",
    "and",
    "is",
    "of",
    "you",
    "me",
    "please",
    "on",
    "from",
    "it",
    "my",
    "what",
    "where",
    "go",
    "take",
    "bring",
    "can",
    "yes",
    "not",
    "don't",
    "find",
    "this",
    "that",
    "with",
    "for",
    "put",
    "follow",
    "turn",
    "stop",
    "move",
    "drive",
    "forward",
    "left",
    "right",
    "open",
    "close",
    "switch",
    "two",
    "three",
    "degrees",
    "metres",
    "meters",
    "centimeters",
    "second",
    "seconds",
    "minutes",
    "who",
    "there",
];
const ITALIAN: &[&str] = &[
    "il", "la", "lo", "le", "gli", "di", "del", "della", "nel", "nella", "al", "alla", "per", "favore",
    "che", "vai", "prendi", "porta", "portami", "metti", "cerca", "segui", "sì", "non", "dove", "sul",
    "sulla", "un", "una", "e", "puoi", "è", "mi",
];

/// ISO 639-1 code of the language: any Chinese character makes it Mandarin, else the model decides (`probabilities`
/// in the order of [`Labels::langs`]), unless it is unsure and common words say otherwise.
#[must_use]
pub fn language(tokens: &[Token], probabilities: &[f32], labels: &Labels) -> String {
    if tokens.iter().any(|token| token.text.chars().any(is_han)) {
        return "zh".to_owned();
    }
    let count = |list: &[&str]| {
        tokens
            .iter()
            .filter(|token| list.contains(&token.text.as_str()))
            .count()
    };
    let (english, italian) = (count(ENGLISH), count(ITALIAN));
    let best = (0..probabilities.len().min(labels.langs.len()))
        .filter(|&at| labels.langs[at] != "zh")
        .max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]).then(b.cmp(&a)));
    let common = match english.cmp(&italian) {
        core::cmp::Ordering::Less => Some("it"),
        core::cmp::Ordering::Greater => Some("en"),
        core::cmp::Ordering::Equal => None,
    };
    match (best, common) {
        (Some(at), _) if probabilities[at] > 0.9 => labels.langs[at].clone(),
        (_, Some(lang)) => lang.to_owned(),
        (Some(at), None) => labels.langs[at].clone(),
        (None, None) => "en".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::{sketch::labels, words::tokens};

    #[test]
    fn script_then_model_then_common_words() {
        let check = |text: &str, p: &[f32], expected: &str| {
            assert_eq!(language(&tokens(text), p, &labels()), expected, "{text}");
        };
        check("去厨房", &[0.9, 0.1, 0.0], "zh");
        check("go to Kitchen 房", &[], "zh");
        check("vai in cucina", &[0.1, 0.9, 0.0], "it");
        check("porta il libro", &[0.55, 0.45, 0.0], "it");
        check("bring the book", &[0.4, 0.6, 0.0], "en");
        check("porta il libro", &[], "it");
        check("xyzzy", &[], "en");
        check("hm", &[0.2, 0.1, 0.7], "en");
    }
}
