//! The pieces of words that the transcriber writes, and how words are cut into them.
//!
//! In: `pieces.json`, a list of texts whose places are the tokens' numbers. Out: texts for tokens, tokens for words. Words are cut as SentencePiece's byte-pair encoding does: of all neighbours the pair that
//! makes the piece of the lowest number is joined first.

use std::collections::HashMap;

/// A piece's number.
pub type Token = u32;

/// What stands for a space in a piece.
const SPACE: &str = "\u{2581}";

/// Numbers below are the marks for unknown, beginning and end, then the 256 bytes.
const FIRST_PIECE: Token = 259;
const FIRST_BYTE: Token = 3;

/// All pieces.
#[derive(Debug)]
pub struct Tokens {
    pieces: Vec<String>,
    numbers: HashMap<String, Token>,
}

impl Tokens {
    /// Reads the pieces.
    ///
    /// # Errors
    /// When the bytes are no JSON list of texts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let pieces: Vec<String> = serde_json::from_slice(bytes)?;
        let texts = pieces.iter().enumerate().skip(FIRST_PIECE as usize);
        let numbers = texts
            .filter(|(_, piece)| !piece.starts_with("<<"))
            .map(|(number, piece)| (piece.clone(), number as Token))
            .collect();
        Ok(Tokens { pieces, numbers })
    }

    /// How many pieces there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pieces.len()
    }

    /// What tokens say; marks say nothing.
    #[must_use]
    pub fn text(&self, tokens: &[Token]) -> String {
        let mut bytes: Vec<u8> = Vec::new();
        for token in tokens {
            match (token.checked_sub(FIRST_BYTE), self.pieces.get(*token as usize)) {
                (Some(byte @ 0..256), _) => bytes.push(byte as u8),
                (Some(_), Some(piece)) if !piece.starts_with("<<") => bytes.extend(piece.as_bytes()),
                _ => {}
            }
        }
        String::from_utf8_lossy(&bytes)
            .replace(SPACE, " ")
            .trim()
            .to_owned()
    }

    /// Whether a word begins with this token.
    #[must_use]
    pub fn begins_word(&self, token: Token) -> bool {
        let piece = self.pieces.get(token as usize);
        piece.is_some_and(|piece| piece.starts_with(SPACE))
    }

    /// The tokens of a word; `spaced` puts the space before it.
    #[must_use]
    pub fn cut(&self, word: &str, spaced: bool) -> Vec<Token> {
        let text = if spaced {
            format!("{SPACE}{word}")
        } else {
            word.to_owned()
        };
        let mut parts: Vec<String> = text.chars().map(String::from).collect();
        loop {
            let joined = |at: usize| self.numbers.get(&format!("{}{}", parts[at], parts[at + 1]));
            let best = (0..parts.len().saturating_sub(1))
                .filter_map(|at| Some((*joined(at)?, at)))
                .min();
            let Some((_, at)) = best else { break };
            let second = parts.remove(at + 1);
            parts[at].push_str(&second);
        }
        let number = |part: &String| match self.numbers.get(part) {
            Some(number) => vec![*number],
            // What has no piece is written byte by byte.
            None => part.bytes().map(|byte| FIRST_BYTE + Token::from(byte)).collect(),
        };
        parts.iter().flat_map(number).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Pieces enough for a few words.
    pub fn toy(pieces: &[&str]) -> Tokens {
        let mut all: Vec<String> = ["<unk>", "<s>", "</s>"].map(str::to_owned).to_vec();
        all.extend((0..=255u8).map(|byte| format!("<0x{byte:02X}>")));
        all.extend(pieces.iter().map(|piece| piece.replace('_', SPACE)));
        Tokens::from_bytes(serde_json::to_string(&all).unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn words_are_cut_and_put_together_again() {
        let tokens = toy(&["_l", "at", "te", "_lat", "t", "e", "a", "l", "_", "to"]);
        let latte = tokens.cut("latte", true);
        assert_eq!(latte, [262, 261]);
        assert_eq!(tokens.text(&[1, 262, 261, 262, 260, 2]), "latte latat");
        assert!(tokens.begins_word(262) && !tokens.begins_word(261));
        // No piece has an é: its bytes stand for it.
        assert_eq!(tokens.text(&tokens.cut("laté", true)), "laté");
    }
}
