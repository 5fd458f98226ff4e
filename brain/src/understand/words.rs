//! Cuts a text into words with their places, without any model: the input of every lexical rule.
//!
//! Latin words are runs of letters, digits and inner apostrophes ("don't" is one word), numbers keep their decimal
//! point, each Chinese character is a word of its own and so is each punctuation mark. Never fails, never drops a
//! character that is not white space.

use crate::reading::Span;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// In lower case, with straight apostrophes, full-width digits made plain.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Token {
    /// Whether it is a punctuation mark or symbol.
    #[must_use]
    pub fn is_mark(&self) -> bool {
        self.text
            .chars()
            .all(|c| !c.is_alphanumeric() && !matches!(c, '%' | '°'))
    }
}

/// Whether a character is a Chinese one.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '〇')
}

/// Whether a word stands between two commands: a mark, or "and", "then", "e", "poi".
#[must_use]
pub fn parts_commands(word: &str) -> bool {
    matches!(
        word,
        "," | "." | ";" | "!" | "?" | "，" | "。" | "；" | "！" | "？"
    ) || ["and", "then", "but", "e", "poi", "ma"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a word only opens a name, so that no name ends with it: "the", "my", "nella".
#[must_use]
pub fn opens_name(word: &str, lang: &str) -> bool {
    let words: &[&str] = match lang {
        "en" => &["the", "a", "an", "my", "your", "our", "their", "its", "of"],
        "it" => &[
            "il", "un", "nel", "nella", "nello", "dal", "dalla", "dallo", "sul", "sulla", "sullo", "al",
            "alla", "allo", "del", "della", "dello", "dei", "degli",
        ],
        _ => &[],
    };
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn plain(c: char) -> char {
    match c {
        '\u{2019}' | '\u{2018}' | '\u{02bc}' | '`' | '´' => '\'',
        '\u{ff10}'..='\u{ff19}' => char::from(b'0' + u8::try_from(c as u32 - 0xff10).unwrap_or(0)),
        '％' => '%',
        _ => c,
    }
}

/// The words of `text`, in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().map(plain).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_whitespace() || c.is_control() {
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        if c.is_ascii_digit() {
            // 1.5, 1,5, 10:30, but not the full stop of a sentence.
            while at < chars.len()
                && (chars[at].is_ascii_digit()
                    || (matches!(chars[at], '.' | ',' | ':')
                        && chars.get(at + 1).is_some_and(char::is_ascii_digit)))
            {
                at += 1;
            }
        } else if c.is_alphanumeric() && !is_han(c) {
            while at < chars.len()
                && ((chars[at].is_alphabetic() && !is_han(chars[at]))
                    || (chars[at] == '\'' && chars.get(at + 1).is_some_and(|n| n.is_alphabetic())))
            {
                at += 1;
            }
            // "l' arancia": an elision written apart keeps its apostrophe; a closing quotation mark does not belong.
            let quoted = start > 0 && matches!(chars[start - 1], '\'' | '"');
            if chars.get(at) == Some(&'\'') && !quoted && chars.get(at + 1).is_some_and(|n| n.is_whitespace())
            {
                at += 1;
            }
        } else if c == '\'' {
            // "don 't", "there 's": treebank spelling, one word.
            let len = chars[at..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
            let tail: String = chars[at..at + len].iter().collect::<String>().to_lowercase();
            if matches!(tail.as_str(), "t" | "s" | "m" | "d" | "re" | "ve" | "ll")
                && let Some(last) = out
                    .last_mut()
                    .filter(|last: &&mut Token| last.span.end + 1 == start as u32)
                && last.text.ends_with(char::is_alphabetic)
            {
                at += len;
                last.text.push('\'');
                last.text.push_str(&tail);
                last.span.end = at as u32;
                continue;
            }
        }
        let word: String = chars[start..at].iter().flat_map(|c| c.to_lowercase()).collect();
        out.push(Token {
            text: word,
            span: Span {
                start: start as u32,
                end: at as u32,
            },
        });
    }
    out
}

/// Characters of a text by number, so that spans can be cut out.
#[derive(Debug)]
pub struct Cutter<'a> {
    text: &'a str,
    /// Byte offset of each character, and the length of the text.
    bytes: Vec<usize>,
}

impl<'a> Cutter<'a> {
    /// For cutting `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        bytes.push(text.len());
        Cutter { text, bytes }
    }

    /// How many characters there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        (self.bytes.len() - 1) as u32
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The characters of `span`, clipped to the text.
    #[must_use]
    pub fn cut(&self, span: Span) -> &'a str {
        let last = self.bytes.len() - 1;
        let start = (span.start as usize).min(last);
        let end = (span.end as usize).clamp(start, last);
        &self.text[self.bytes[start]..self.bytes[end]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_places() {
        let check = |text: &str, expected: &[&str]| {
            let found = tokens(text);
            let words: Vec<&str> = found.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(words, expected, "{text}");
            let cutter = Cutter::new(text);
            for pair in found.windows(2) {
                assert!(pair[0].span.end <= pair[1].span.start);
            }
            for token in &found {
                assert!(!cutter.cut(token.span).is_empty());
            }
        };
        check("Don’t stop, please!", &["don't", "stop", ",", "please", "!"]);
        check(
            "don 't go there 's a cup",
            &["don't", "go", "there's", "a", "cup"],
        );
        check("l' arancia e l'acqua", &["l'", "arancia", "e", "l'acqua"]);
        check("say 'stop'", &["say", "'", "stop", "'"]);
        check("1.5m at 10:30.", &["1.5", "m", "at", "10:30", "."]);
        check("去 kitchen２", &["去", "kitchen", "2"]);
        check("90° 50%", &["90", "°", "50", "%"]);
        check("", &[]);
    }
}
