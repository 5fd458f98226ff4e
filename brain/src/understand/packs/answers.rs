//! Questions answered from a pack: the nearest question or passage, when it is surely the one that was meant.
//!
//! In: the question's embedding and words, and what the packs hold. Out: an [`Answer`] with its source and
//! P(answer | question), or nothing: then the robot says that it does not know. It never makes up words.

use super::prototype::cosine;
use super::{Pack, spelling};
use crate::reading::Answer;
use crate::units::Score;

/// Divides similarities before the softmax.
const TEMPERATURE: f32 = 0.06;
/// Similarity that "none of these" competes with.
const NONE: f32 = 0.60;
/// Similarity of a question to itself, marks and capitals aside.
const WORD_BY_WORD: f32 = 1.2;
/// An answer is given to a question from this probability on.
pub const SURE: f32 = 0.5;
/// And from this on where the text may mean something else, too.
pub const VERY_SURE: f32 = 0.9;

/// The answer that comes first, with its probability, and whether its question is in the pack word by word.
#[must_use]
pub fn answer(text: &str, embedding: &[f32], packs: &[Pack]) -> Option<(Answer, bool)> {
    let mut all: Vec<(f32, &str, &str)> = Vec::new();
    for pack in packs {
        let words = spelling::words(text, &pack.lang);
        for qa in &pack.answers {
            let near = |phrase: &super::Phrase| match !words.is_empty() && phrase.words == words {
                true => WORD_BY_WORD,
                false => cosine(embedding, &phrase.embedding),
            };
            let best = qa.questions.iter().map(near).fold(f32::MIN, f32::max);
            all.push((best, &qa.text, &qa.source));
        }
        for passage in &pack.passages {
            all.push((
                cosine(embedding, &passage.embedding),
                &passage.text,
                &passage.source,
            ));
        }
    }
    let best = all.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let weight = |similarity: f32| libm::expf((similarity - best.0) / TEMPERATURE);
    let total: f32 = all
        .iter()
        .map(|(similarity, ..)| weight(*similarity))
        .sum::<f32>()
        + weight(NONE);
    let answer = Answer {
        text: best.1.to_owned(),
        source: best.2.to_owned(),
        score: Score(1.0 / total),
    };
    Some((answer, best.0 == WORD_BY_WORD))
}
