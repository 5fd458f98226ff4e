//! Words that stop, heard in the sound itself, while somebody still speaks: beside transcription and ahead of it.
//!
//! In: the last second or so of speech, at the [`Moments`] when a word may just have ended. Out: the word that stops, where
//! the shipped networks find it likely in itself and hardly less likely than whatever else it may have been. It decides
//! nothing but that: what follows from it is the latch's.
//!
//! Why not a network of its own: one trained on the synthetic voices at hand learns those voices. The transcriber has heard
//! people. How well it does is measured by `tests/stop_words.py`.

use super::grammar::Grammar;
use super::resample::RATE;
use super::search::{Effort, Free, Hypothesis, log_sum, search};
use super::tokens::Tokens;
use super::{Ears, HearError};

/// Built-in words.
pub const WORDS: [&str; 3] = ["stop", "halt", "freeze"];

/// How the transcriber writes a word that it does not expect alone: what it wrote of synthetic voices that say "halt". Nobody
/// says these by themselves to a robot; "hold", which it writes as well, people do.
const MISHEARD: [(&str, &[&str]); 1] = [("halt", &["palt", "alt", "hault", "hald", "piled", "haled"])];

/// The word that was said where nothing but one of its misspellings was heard.
#[must_use]
pub fn misheard(text: &str) -> Option<&'static str> {
    let said = text.trim_end_matches(['.', '!', '?', ',']).to_lowercase();
    let of = |(_, heard): &&(&str, &[&str])| heard.contains(&said.as_str());
    MISHEARD.iter().find(of).map(|(meant, _)| *meant)
}

/// What people say before such a word, and after it.
const BEFORE: [&str; 6] = ["no", "please", "hey", "robot", "oh", "now"];
const AFTER: [&str; 6] = ["it", "now", "please", "there", "moving", "everything"];

/// A word that is less likely than this (natural logarithm) was not said.
const LEAST: f32 = -5.0;
/// What may be less likely for each word said around it.
const AROUND: f32 = 0.6;
/// Nor was one that is so much less likely than what is heard freely.
const BEHIND: f32 = 2.2;
/// Nor a word that is misheard, in all its spellings together.
const BEHIND_TOGETHER: f32 = 2.8;

/// Longest piece of sound that is looked at whole; of longer speech the last part is.
pub const LONGEST: usize = RATE as usize * 3 / 2;
/// Shortest, filled up with silence in front.
const SHORTEST: usize = RATE as usize / 4;

/// What to listen for.
#[derive(Debug)]
pub struct Spotter {
    grammar: Grammar,
}

/// A word that stops was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Spotted {
    /// As it was heard.
    pub text: String,
    /// Natural logarithm of its probability.
    pub log: f32,
    /// Natural logarithm of the probability of what was heard freely.
    pub free: f32,
}

impl Spotter {
    /// Listens for the built-in words and the user's own; `names` may be said before them.
    #[must_use]
    pub fn new(own: &[String], names: &[String], tokens: &Tokens) -> Self {
        let mut grammar = Grammar::new(0.0, tokens);
        let said = |word: &str| {
            let misheard = MISHEARD.iter().filter(|(meant, _)| *meant == word);
            let misheard = misheard.flat_map(|(_, heard)| heard.iter().copied());
            std::iter::once(word)
                .chain(misheard)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (lead, end, last) = (grammar.place(), grammar.place(), grammar.place());
        grammar.free(Grammar::START, lead);
        let names = names.iter().map(String::as_str);
        for word in BEFORE.into_iter().chain(names) {
            grammar.word(Grammar::START, word, &said(word), lead, tokens);
            grammar.word(lead, word, &said(word), lead, tokens);
        }
        let own = own.iter().map(String::as_str);
        for phrase in WORDS.into_iter().chain(own) {
            let words: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
            let mut at = lead;
            for (n, word) in words.iter().enumerate() {
                let to = if n + 1 == words.len() {
                    end
                } else {
                    grammar.place()
                };
                grammar.word(at, word, &said(word), to, tokens);
                at = to;
            }
        }
        for word in AFTER {
            grammar.word(end, word, &said(word), last, tokens);
        }
        grammar.free(end, lead);
        grammar.ends(end);
        grammar.ends(last);
        Spotter {
            grammar: grammar.built(),
        }
    }
}

impl Ears {
    /// Looks for a word that stops in these 16 kHz samples, most of which are one word or a few.
    ///
    /// # Errors
    /// When a network fails.
    pub fn spot(&self, samples: &[f32], spotter: &Spotter) -> Result<Option<Spotted>, HearError> {
        let mut window = vec![0.0; SHORTEST.saturating_sub(samples.len())];
        window.extend_from_slice(&samples[samples.len().saturating_sub(LONGEST)..]);
        let sound = [self.network.encode(&window)?];
        let found = search(&self.network, &sound, &spotter.grammar, EFFORT)?;
        let found = found.iter().map(|one| (self.tokens.text(&one.tokens), one.log()));
        let likely = likely(&found.collect::<Vec<_>>());
        if likely.is_empty() {
            return Ok(None);
        }
        // Only now: most sound is far from any such word.
        let free = search(&self.network, &sound, &Free { tried: 1 }, FREELY)?;
        let free = free.first().map_or(f32::NEG_INFINITY, Hypothesis::log);
        log::debug!("stop? {likely:?}, freely {free:.1}");
        let spotted = likely.into_iter().find(|(_, log, behind)| *log >= free - behind);
        Ok(spotted.map(|(text, log, _)| Spotted { text, log, free }))
    }
}

/// What of these, written so and this likely, is likely in itself: the likeliest, then whatever is misheard in all its
/// spellings together, which share one probability. Each with how much less likely than what is heard freely it may be.
fn likely(found: &[(String, f32)]) -> Vec<(String, f32, f32)> {
    let likeliest = |of: &[&(String, f32)]| {
        let best = of.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        best.map(|best| (best.0.clone(), best.1))
    };
    let any: Vec<&(String, f32)> = found.iter().collect();
    let together: Vec<&(String, f32)> = found.iter().filter(|(text, _)| is_misheard(text)).collect();
    let logs: Vec<f32> = together.iter().map(|(_, log)| *log).collect();
    let any = likeliest(&any).map(|(text, log)| (text, log, BEHIND));
    let together = likeliest(&together).map(|(text, _)| (text, log_sum(&logs), BEHIND_TOGETHER));
    let all = [any, together].into_iter().flatten();
    all.filter(|(text, log, _)| {
        let words = text.split_whitespace().count().max(1) as f32;
        *log >= LEAST - AROUND * (words - 1.0)
    })
    .collect()
}

/// Whether a word that is often misheard stands in it, in any spelling.
fn is_misheard(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let mut known = MISHEARD.iter();
        known.any(|(meant, heard)| *meant == word || heard.contains(&word))
    })
}

const EFFORT: Effort = Effort {
    width: 4,
    longest: 9,
    behind: 8.0,
};
const FREELY: Effort = Effort {
    width: 1,
    longest: 10,
    behind: f32::INFINITY,
};

/// When to look: when a word may just have ended, and again and again while somebody goes on speaking.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moments {
    voiced: u32,
    silent: u32,
    since: u32,
}

/// Frames of speech between two looks: a quarter of a second.
const EVERY: u32 = 8;
/// Frames of silence after which a word may have ended.
const ENDED: u32 = 2;
/// Frames of speech below which there was no word.
const WORD: u32 = 3;

impl Moments {
    /// Takes a frame of 32 ms: the probability of speech, and whether an utterance goes on. Says whether to look now.
    pub fn frame(&mut self, probability: f32, open: bool) -> bool {
        if !open {
            *self = Moments::default();
            return false;
        }
        if probability < 0.35 {
            self.silent += 1;
            return self.silent == ENDED && self.voiced >= WORD;
        }
        self.voiced += 1;
        self.since += 1;
        self.silent = 0;
        let due = self.since >= EVERY;
        if due {
            self.since = 0;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_is_known_alone_only() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(misheard(text), expect, "{text}");
        check("Palt.", Some("halt"));
        check("piled", Some("halt"));
        check("Halt.", None);
        check("Piled up.", None);
        check("", None);
    }

    #[test]
    fn the_spellings_of_a_misheard_word_count_together() {
        let check = |found: &[(&str, f32)], expect: &[(&str, f32)]| {
            let found: Vec<(String, f32)> = found
                .iter()
                .map(|(text, log)| ((*text).to_owned(), *log))
                .collect();
            let got = likely(&found);
            assert_eq!(got.len(), expect.len(), "{found:?}: {got:?}");
            for ((text, log, behind), expect) in got.iter().zip(expect) {
                assert_eq!((text.as_str(), *behind), *expect, "{found:?}");
                assert!(*log >= LEAST - AROUND, "{found:?}: {log}");
            }
        };
        check(&[], &[]);
        check(&[("Stop.", -1.0), ("Stop!", -2.0)], &[("Stop.", BEHIND)]);
        check(&[("Stop.", -5.3), ("Stop!", -5.3)], &[]);
        check(
            &[("Palt.", -5.3), ("Alt.", -5.4), ("Halt!", -5.6)],
            &[("Palt.", BEHIND_TOGETHER)],
        );
        check(
            &[("Please halt.", -5.5)],
            &[("Please halt.", BEHIND), ("Please halt.", BEHIND_TOGETHER)],
        );
        check(
            &[("Stop.", -3.0), ("Piled.", -4.0)],
            &[("Stop.", BEHIND), ("Piled.", BEHIND_TOGETHER)],
        );
    }

    #[test]
    fn it_looks_when_a_word_may_have_ended() {
        let check = |frames: &str, expect: &[usize]| {
            let mut moments = Moments::default();
            let looks: Vec<usize> = frames
                .chars()
                .enumerate()
                .filter(|(_, c)| moments.frame(if *c == '#' { 0.9 } else { 0.0 }, *c != ' '))
                .map(|(n, _)| n)
                .collect();
            assert_eq!(looks, expect, "{frames:?}");
        };
        check("  ###..  ", &[6]);
        check("  ##..   ", &[]);
        check("####..####..", &[5, 9, 11]);
        check("################....", &[7, 15, 17]);
        check("  ### ###..", &[10]);
    }
}
