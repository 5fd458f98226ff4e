//! The most likely tokens for a sound: beam search, free or within what can be said.
//!
//! In: the encoder's views of a segment, one or more, whose logits are averaged, and a [`Constraint`]. Out: finished [`Hypothesis`]es, best first, each with the log
//! probability of every token under the network, whatever the constraint left out: so that what was searched in different
//! ways can be compared. A hypothesis that repeats itself or grows beyond what can be spoken is dropped.

use super::HearError;
use super::network::{Network, Past, Sound};
use super::tokens::Token;

/// The mark for the beginning.
pub const START: Token = 1;
/// The mark for the end.
pub const END: Token = 2;

/// What may come next.
pub trait Constraint {
    /// What is remembered of the tokens so far.
    type State: Clone;
    /// Before the first token.
    fn start(&self) -> Self::State;
    /// Puts into `next` every token that may follow, [`END`] among them, with what is to be remembered then. `logits` are
    /// the network's for this hypothesis.
    fn next(&self, state: &Self::State, logits: &[f32], next: &mut Vec<(Token, Self::State)>);
}

/// Anything may be said; the likeliest few tokens are tried at each step.
#[derive(Debug, Clone, Copy)]
pub struct Free {
    /// How many.
    pub tried: usize,
}

impl Constraint for Free {
    type State = ();

    fn start(&self) {}

    fn next(&self, (): &(), logits: &[f32], next: &mut Vec<(Token, ())>) {
        let mut best: Vec<(f32, usize)> = Vec::with_capacity(self.tried + 1);
        for (token, logit) in logits.iter().enumerate() {
            if best.len() == self.tried && best.last().is_some_and(|(least, _)| logit <= least) {
                continue;
            }
            let at = best.partition_point(|(other, _)| other >= logit);
            best.insert(at, (*logit, token));
            best.truncate(self.tried);
        }
        next.extend(best.iter().map(|(_, token)| (*token as Token, ())));
    }
}

/// What may have been said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hypothesis {
    /// Its tokens, without the marks.
    pub tokens: Vec<Token>,
    /// Natural logarithm of the probability of each, and of the end.
    pub logs: Vec<f32>,
}

impl Hypothesis {
    /// Natural logarithm of its probability.
    #[must_use]
    pub fn log(&self) -> f32 {
        self.logs.iter().sum()
    }

    /// Geometric mean of its tokens' probabilities, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        if self.logs.is_empty() {
            return 0.0;
        }
        (self.log() / self.logs.len() as f32).exp()
    }
}

/// How far and how wide to search.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Hypotheses kept at each step.
    pub width: usize,
    /// Most tokens.
    pub longest: usize,
    /// A hypothesis that falls this far behind the best in natural logarithms is dropped.
    pub behind: f32,
}

struct Beam<S> {
    found: Hypothesis,
    log: f32,
    state: S,
}

struct Candidate<S> {
    log: f32,
    own: f32,
    row: usize,
    token: Token,
    state: S,
}

/// Searches.
///
/// # Errors
/// When the network fails.
pub fn search<C: Constraint>(
    network: &Network,
    sounds: &[Sound],
    constraint: &C,
    effort: Effort,
) -> Result<Vec<Hypothesis>, HearError> {
    let mut pasts = vec![network.nothing()?; sounds.len()];
    let mut beams = vec![Beam {
        found: Hypothesis::default(),
        log: 0.0,
        state: constraint.start(),
    }];
    let mut finished: Vec<(f32, Hypothesis)> = Vec::new();
    let mut next = Vec::new();
    for _ in 0..effort.longest {
        let last: Vec<Token> = beams
            .iter()
            .map(|beam| beam.found.tokens.last().copied().unwrap_or(START))
            .collect();
        let logits = together(network, sounds, &mut pasts, &last)?;
        let mut candidates: Vec<Candidate<C::State>> = Vec::new();
        for (row, (beam, logits)) in beams
            .iter()
            .zip(logits.chunks_exact(network.vocabulary()))
            .enumerate()
        {
            let total = log_sum(logits);
            next.clear();
            constraint.next(&beam.state, logits, &mut next);
            candidates.extend(next.drain(..).map(|(token, state)| {
                let own = logits[token as usize] - total;
                Candidate {
                    log: beam.log + own,
                    own,
                    row,
                    token,
                    state,
                }
            }));
        }
        candidates.sort_by(|a, b| b.log.total_cmp(&a.log));
        let best = candidates
            .first()
            .map_or(f32::NEG_INFINITY, |candidate| candidate.log);
        let mut rows = Vec::new();
        let mut kept = Vec::new();
        for candidate in candidates {
            if kept.len() == effort.width || candidate.log < best - effort.behind {
                break;
            }
            let mut found = beams[candidate.row].found.clone();
            found.logs.push(candidate.own);
            if candidate.token == END {
                finished.push((candidate.log, found));
                continue;
            }
            found.tokens.push(candidate.token);
            if repeats(&found.tokens) {
                continue;
            }
            rows.push(candidate.row);
            kept.push(Beam {
                found,
                log: candidate.log,
                state: candidate.state,
            });
        }
        finished.sort_by(|a, b| b.0.total_cmp(&a.0));
        finished.truncate(effort.width);
        // Every further token makes a hypothesis less likely: what is behind now stays behind.
        let beaten = |log: f32| {
            let worst = finished.last().filter(|_| finished.len() == effort.width);
            let first = finished.first().filter(|(best, _)| log < best - effort.behind);
            worst.is_some_and(|(worst, _)| log <= *worst) || first.is_some()
        };
        let going: Vec<bool> = kept.iter().map(|beam| !beaten(beam.log)).collect();
        let mut goes = going.iter();
        rows.retain(|_| *goes.next().unwrap_or(&false));
        let mut goes = going.iter();
        kept.retain(|_| *goes.next().unwrap_or(&false));
        if kept.is_empty() {
            break;
        }
        for past in &mut pasts {
            network.keep(past, &rows)?;
        }
        beams = kept;
    }
    Ok(finished.into_iter().map(|(_, found)| found).collect())
}

/// The next step of all hypotheses: the mean of the logits over all views of the sound.
fn together(
    network: &Network,
    sounds: &[Sound],
    pasts: &mut [Past],
    last: &[Token],
) -> Result<Vec<f32>, HearError> {
    let mut mean: Vec<f32> = Vec::new();
    for (sound, past) in sounds.iter().zip(pasts) {
        let logits = network.step(sound, past, last)?;
        if mean.is_empty() {
            mean = logits;
        } else {
            mean.iter_mut().zip(logits).for_each(|(sum, logit)| *sum += logit);
        }
    }
    let share = 1.0 / sounds.len() as f32;
    mean.iter_mut().for_each(|sum| *sum *= share);
    Ok(mean)
}

/// Logarithm of the sum of the exponentials.
pub(super) fn log_sum(logits: &[f32]) -> f32 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // What is less than a 10 millionth of the likeliest does not count, 32 thousand times.
    let near = logits
        .iter()
        .map(|logit| logit - most)
        .filter(|below| *below > -17.0);
    most + near.map(f32::exp).sum::<f32>().ln()
}

/// Whether the last tokens are the same few over and over: a network that listens to no speech does that.
fn repeats(tokens: &[Token]) -> bool {
    (1..=12).any(|length| {
        let times = if length < 3 { 5 } else { 3 };
        let Some(from) = tokens.len().checked_sub(length * times) else {
            return false;
        };
        let end = &tokens[from..];
        end[length..].iter().zip(end).all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_is_seen() {
        let check = |tokens: &[Token], expected: bool| assert_eq!(repeats(tokens), expected, "{tokens:?}");
        check(&[7, 7, 7, 7], false);
        check(&[1, 7, 7, 7, 7, 7], true);
        check(&[1, 2, 3, 1, 2, 3, 1, 2, 3], true);
        check(&[1, 2, 3, 1, 2, 3, 1, 2, 4], false);
    }

    #[test]
    fn the_likeliest_few_come_best_first() {
        let mut next = Vec::new();
        Free { tried: 3 }.next(&(), &[0.1, 3.0, -1.0, 2.0, 3.0], &mut next);
        assert_eq!(next, [(1, ()), (4, ()), (3, ())]);
    }

    #[test]
    fn probabilities_sum_to_one() {
        let total = log_sum(&[1.0, 2.0, -40.0, 0.5]);
        let sum: f32 = [1.0f32, 2.0, 0.5].iter().map(|logit| (logit - total).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-6);
    }
}
