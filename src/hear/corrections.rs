//! What was misheard before: "no, I said …" is learnt when it is said twice of the same words.
//!
//! In: what was heard and what the speaker said it was. Out: what is meant when the same is heard again. It learns only what
//! sounds alike: somebody who changed their mind corrects nothing that the ears did. Pure; who uses it keeps it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Corrections after which it is believed.
const TWICE: u32 = 2;
/// How alike the letters of the two must be.
const ALIKE: f64 = 0.6;
/// Most that are remembered; the least often corrected are forgotten first.
const MOST: usize = 200;

/// See the module.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Corrections {
    /// What was heard, what was meant, and how often that was said.
    pairs: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Corrections {
    /// Somebody said that `meant` was said, not `heard`. False when that is no mishearing.
    pub fn learn(&mut self, heard: &str, meant: &str) -> bool {
        let (from, to) = (bare(heard), bare(meant));
        if from == to || strsim::normalized_damerau_levenshtein(&from, &to) < ALIKE {
            return false;
        }
        *self
            .pairs
            .entry(from)
            .or_default()
            .entry(meant.trim().to_owned())
            .or_default() += 1;
        if self.pairs.len() > MOST {
            let count = |meant: &BTreeMap<String, u32>| meant.values().sum::<u32>();
            let least = self
                .pairs
                .iter()
                .min_by_key(|(_, meant)| count(meant))
                .map(|(heard, _)| heard.clone());
            if let Some(least) = least {
                self.pairs.remove(&least);
            }
        }
        true
    }

    /// What is meant when this is heard, where it was corrected often enough.
    #[must_use]
    pub fn meant(&self, heard: &str) -> Option<&str> {
        let (meant, count) = self
            .pairs
            .get(&bare(heard))?
            .iter()
            .max_by_key(|(_, count)| **count)?;
        (*count >= TWICE).then_some(meant)
    }
}

/// What follows "no, I said" or "I meant".
#[must_use]
pub fn correction(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let at = ["i said ", "i meant "].iter().find_map(|phrase| {
        let at = lower.find(phrase)?;
        let before = lower[..at].trim_end_matches([' ', ',', '.']);
        ["", "no", "no no", "sorry"]
            .contains(&before)
            .then_some(at + phrase.len())
    })?;
    Some(text[at..].trim()).filter(|rest| !rest.is_empty())
}

/// Words in lower case, without marks.
fn bare(text: &str) -> String {
    let word = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let words: Vec<String> = text.to_lowercase().split_whitespace().map(word).collect();
    words.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mishearing_is_believed_the_second_time() {
        let mut corrections = Corrections::default();
        assert!(corrections.learn("Go to the chicken.", "go to the kitchen."));
        assert_eq!(corrections.meant("go to the chicken"), None);
        assert!(corrections.learn("Go to the chicken", "go to the kitchen."));
        assert_eq!(
            corrections.meant("Go to the chicken!"),
            Some("go to the kitchen.")
        );
        // Another mind is no mishearing, nor is the same again.
        assert!(!corrections.learn("take the red cup", "go to the kitchen"));
        assert!(!corrections.learn("go to the kitchen", "Go to the kitchen."));
    }

    #[test]
    fn no_more_is_remembered_than_fits() {
        let mut corrections = Corrections::default();
        for _ in 0..2 {
            corrections.learn("go to the chicken", "go to the kitchen");
        }
        for n in 0..300 {
            corrections.learn(&format!("go to place {n}"), &format!("go to plaice {n}"));
        }
        assert!(corrections.pairs.len() <= MOST);
        assert_eq!(corrections.meant("go to the chicken"), Some("go to the kitchen"));
    }

    #[test]
    fn corrections_are_told_from_talk() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(correction(text), expect, "{text}");
        check("No, I said go to the kitchen.", Some("go to the kitchen."));
        check("I meant the blue cup", Some("the blue cup"));
        check("no no, I said stop", Some("stop"));
        check("I know what I said before", None);
        check("no, I said ", None);
    }
}
