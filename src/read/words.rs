//! Texts cut into words with their places, and words into the pieces the network knows.
//!
//! A word is what BERT's pre-tokenizer makes: a run between white space, each punctuation mark by itself, each
//! Chinese character by itself. Places count Unicode characters of the text as it was given, whatever normalizing
//! (lower case, accents off, control characters out) does to it.

use super::ReadError;
use brain::message::Word;
use tokenizers::{NormalizedString, Normalizer, Tokenizer};

/// Longest text that is read at once, in words. The longest command of the HuRIC corpus has 29.
pub const MAX_WORDS: usize = 96;

/// Longest text that is read at once, in word pieces without `[CLS]` and `[SEP]`: the network knows 256 positions.
pub const MAX_PIECES: usize = 254;

/// No text of [`MAX_WORDS`] words is longer than this many characters; what lies behind is not even looked at.
const MAX_CHARACTERS: usize = 4096;

impl Words {
    /// A number a word as a number a piece; `[CLS]` and `[SEP]` have 0.
    #[must_use]
    pub fn spread(&self, numbers: &[i64]) -> Vec<i64> {
        let mut spread = vec![0; self.ids.len()];
        let last = self.ids.len().saturating_sub(1);
        for (index, (&first, &number)) in self.first.iter().zip(numbers).enumerate() {
            let next = self.first.get(index + 1).map_or(last, |&next| next as usize);
            spread[first as usize..next].fill(number);
        }
        spread
    }
}

/// Cuts texts by a `tokenizer.json`.
#[derive(Debug)]
pub struct Cut {
    tokenizer: Tokenizer,
}

/// A text, cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// The network's number of each piece, `[CLS]` first and `[SEP]` last.
    pub ids: Vec<i64>,
    /// Index in `ids` of each word's first piece.
    pub first: Vec<i64>,
    /// Where each word stands in the text.
    pub places: Vec<Word>,
    /// Each word normalized: lower case, accents off.
    pub texts: Vec<String>,
}

impl Cut {
    /// From the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    /// What the tokenizers library says is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| error.to_string())?;
        // Somebody who types "[SEP]" means the letters.
        tokenizer.set_encode_special_tokens(true);
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| error.to_string())?;
        Ok(Cut { tokenizer })
    }

    /// Cuts one text.
    ///
    /// # Errors
    /// When there is no word in it, or more than [`MAX_WORDS`] words or [`MAX_PIECES`] pieces.
    pub fn words(&self, text: &str) -> Result<Words, ReadError> {
        let (text, whole) = match text.char_indices().nth(MAX_CHARACTERS) {
            Some((end, _)) => (&text[..end], text[end..].trim().is_empty()),
            None => (text, true),
        };
        let encoding = self
            .tokenizer
            .encode_char_offsets(text, true)
            .map_err(|error| ReadError::Failed(error.to_string()))?;
        let mut words = Words {
            ids: encoding.get_ids().iter().map(|&id| i64::from(id)).collect(),
            first: Vec::new(),
            places: Vec::new(),
            texts: Vec::new(),
        };
        let mut current = None;
        for (index, (word, &(start, end))) in encoding
            .get_word_ids()
            .iter()
            .zip(encoding.get_offsets())
            .enumerate()
        {
            // `[CLS]` and `[SEP]` belong to no word.
            let Some(word) = *word else { continue };
            let (start, end) = (start as u32, end as u32);
            if current == Some(word) {
                if let Some(last) = words.places.last_mut() {
                    last.end = end;
                }
                continue;
            }
            current = Some(word);
            words.first.push(index as i64);
            words.places.push(Word { start, end });
        }
        if words.places.is_empty() && whole {
            return Err(ReadError::Empty);
        }
        if !whole || words.places.len() > MAX_WORDS || words.ids.len() > MAX_PIECES + 2 {
            return Err(ReadError::TooLong);
        }
        let characters: Vec<char> = text.chars().collect();
        take_in_marks(&mut words.places, &characters);
        for place in &words.places {
            let word: String = characters[place.start as usize..place.end as usize]
                .iter()
                .collect();
            words.texts.push(self.normalized(&word));
        }
        Ok(words)
    }

    fn normalized(&self, word: &str) -> String {
        let mut string = NormalizedString::from(word);
        match self
            .tokenizer
            .get_normalizer()
            .map(|normalizer| normalizer.normalize(&mut string))
        {
            Some(Ok(())) => string.get().trim().to_owned(),
            // BERT's normalizer does not fail; without one the word stays as it is.
            Some(Err(_)) | None => word.to_owned(),
        }
    }
}

/// An accent typed as a mark of its own ("e" + U+0301) is dropped by the normalizer, and the word's place with it
/// would end before the mark. What stands between two words and is no white space belongs to the word before it.
fn take_in_marks(places: &mut [Word], characters: &[char]) {
    for index in 0..places.len() {
        let next = places
            .get(index + 1)
            .map_or(characters.len(), |word| word.start as usize);
        let end = places[index].end as usize;
        let between = characters.get(end..next).unwrap_or_default();
        let marks = between
            .iter()
            .take_while(|c| !c.is_whitespace() && !c.is_control())
            .count();
        places[index].end += marks as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut() -> Cut {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/models/text/tokenizer.json"
        );
        Cut::from_bytes(&std::fs::read(path).unwrap()).unwrap()
    }

    fn check(text: &str, expect: &[&str]) {
        let words = cut().words(text).unwrap();
        let characters: Vec<char> = text.chars().collect();
        let came: Vec<String> = words
            .places
            .iter()
            .map(|place| {
                characters[place.start as usize..place.end as usize]
                    .iter()
                    .collect()
            })
            .collect();
        assert_eq!(came, expect, "words of {text:?}");
        assert_eq!(words.texts.len(), words.places.len());
        assert_eq!(words.first.len(), words.places.len());
    }

    #[test]
    fn words_are_cut_out_of_the_text_as_it_was_given() {
        check("go to the kitchen", &["go", "to", "the", "kitchen"]);
        check(
            "Ärgere dich nicht, turn left",
            &["Ärgere", "dich", "nicht", ",", "turn", "left"],
        );
        check("  Va' in cucina!  ", &["Va", "'", "in", "cucina", "!"]);
        check("perché è lì", &["perché", "è", "lì"]);
        check("cafe\u{301} nero", &["cafe\u{301}", "nero"]);
        check("去厨房 now", &["去", "厨", "房", "now"]);
        check("go去the", &["go", "去", "the"]);
        check("don't", &["don", "'", "t"]);
        check("İstanbul ǅ ﬁn ẞ", &["İstanbul", "ǅ", "ﬁn", "ẞ"]);
        check(
            "turn\tleft\r\nnow\u{a0}please",
            &["turn", "left", "now", "please"],
        );
        check(
            "go\u{0}to\u{7} the\u{200b}re \u{1b}[31mred",
            &["go\u{0}to", "the\u{200b}re", "[", "31mred"],
        );
        check("🤖 go 👍🏽!", &["🤖", "go", "👍🏽", "!"]);
        check("[SEP] [CLS] go", &["[", "SEP", "]", "[", "CLS", "]", "go"]);
        check(&"x".repeat(300), &[&"x".repeat(300)]);
    }

    #[test]
    fn normalized_words_have_neither_case_nor_accents() {
        assert_eq!(
            cut().words("Perché LÀ 去 Don't").unwrap().texts,
            ["perche", "la", "去", "don", "'", "t"]
        );
    }

    #[test]
    fn pieces_begin_with_cls_and_end_with_sep() {
        let words = cut().words("go yonder").unwrap();
        let ids = &words.ids;
        assert_eq!((ids[0], ids[ids.len() - 1]), (2, 3));
        assert_eq!(words.first[0], 1);
        assert!(
            words.first[1] > 1 && ids.len() > 4,
            "yonder is not in the vocabulary, so it has several pieces"
        );
    }

    #[test]
    fn numbers_of_words_spread_over_their_pieces() {
        let words = cut().words("go yonder now").unwrap();
        let spread = words.spread(&[4, 5, 6]);
        assert_eq!((spread[0], spread[1], spread[spread.len() - 1]), (0, 4, 0));
        assert!(spread[2..spread.len() - 4].iter().all(|&number| number == 5));
        assert_eq!(spread[spread.len() - 2], 6);
    }

    #[test]
    fn empty_and_endless_texts_are_told_apart() {
        for text in ["", "   ", "\n\t", "\u{0}\u{1}\u{7f}", "\u{301}"] {
            assert_eq!(cut().words(text), Err(ReadError::Empty), "{text:?}");
        }
        let long = "go to ".repeat(20_000);
        let no_blank = "x".repeat(100_000);
        let many_pieces = format!("{} ", "q".repeat(90)).repeat(3);
        for text in [&long, &no_blank, &many_pieces] {
            assert_eq!(cut().words(text), Err(ReadError::TooLong));
        }
        assert!(
            cut()
                .words(&("go ".repeat(MAX_WORDS) + &" ".repeat(50_000)))
                .is_ok()
        );
        insta::assert_snapshot!(ReadError::TooLong, @"the text is too long: at most 96 words of 254 word pieces are read at once; say it in shorter sentences");
    }

    proptest! {
        #[test]
        fn places_are_ordered_disjoint_and_inside(text in "\\PC{0,80}|[a-zàéñ去厨 .,'\u{301}\u{200d}]{0,80}") {
            match cut().words(&text) {
                Ok(words) => {
                    let length = text.chars().count() as u32;
                    let mut before = 0;
                    for place in &words.places {
                        prop_assert!(place.start >= before && place.end > place.start && place.end <= length);
                        before = place.end;
                    }
                    prop_assert!(words.first.windows(2).all(|pair| pair[0] < pair[1]));
                    prop_assert!(words.first.iter().all(|&first| first > 0 && first < words.ids.len() as i64 - 1));
                }
                Err(error) => prop_assert_eq!(error, ReadError::Empty),
            }
        }
    }
}
