//! The lattice of BIO tags: the best legal sequence of one trigger, and the probability of every span.
//!
//! Input: the weights of the tags at each word, already restricted. It knows nothing of what tags mean but the grammar
//! of begin and inside.

use super::argmax;
use std::ops::Range;

/// All legal tag sequences of one trigger with their weights.
///
/// A tag `I-r` may follow only `B-r` or `I-r`, and `B-r` neither of them: two spans of one role that touch are one span
/// ("on the table in the kitchen"). Words of the trigger are `O`, or `B-r` where they end in a clitic. The sums of Rabiner
/// (1989) run in probabilities, scaled at each word, so that nothing underflows.
pub(super) struct Lattice {
    w: usize,
    roles: usize,
    /// `[w, 1 + 2 roles]`: weight of each tag at each word, largest 1.
    weight: Vec<f64>,
    /// `[w, 1 + 2 roles]`: sum over legal sequences up to this word that end in this tag, each word scaled to sum 1.
    before: Vec<f64>,
    /// `[w, 1 + 2 roles]`: sum over legal continuations after this word, scaled like `before`.
    after: Vec<f64>,
    /// What each word of `before` was divided by.
    scale: Vec<f64>,
    /// `[w]`: words that no span ends with ("the").
    open: Vec<bool>,
}

impl Lattice {
    /// `weights` gives the weights of the tags at a word, `open` whether no span ends with it.
    pub(super) fn new(
        roles: usize,
        w: usize,
        weights: impl Fn(usize) -> Vec<f32>,
        open: impl Fn(usize) -> bool,
    ) -> Self {
        let kinds = 1 + 2 * roles;
        let weight: Vec<f64> = (0..w).flat_map(weights).map(f64::from).collect();
        let mut lattice = Lattice {
            w,
            roles,
            weight,
            before: vec![0.0; w * kinds],
            after: vec![0.0; w * kinds],
            scale: vec![1.0; w],
            // What ends with the text ends all the same.
            open: (0..w).map(|at| at + 1 < w && open(at)).collect(),
        };
        lattice.forward();
        lattice.backward();
        lattice
    }

    fn kinds(&self) -> usize {
        1 + 2 * self.roles
    }

    fn forward(&mut self) {
        let kinds = self.kinds();
        for at in 0..self.w {
            let (earlier, here) = self.before.split_at_mut(at * kinds);
            let here = &mut here[..kinds];
            let last = earlier.len().checked_sub(kinds).map(|from| &earlier[from..]);
            let weight = &self.weight[at * kinds..(at + 1) * kinds];
            let open = at > 0 && self.open[at - 1];
            for tag in 0..kinds {
                let comes = match (tag, last) {
                    (t, Some(last)) if open && (t == 0 || t % 2 == 1) => last[0],
                    (0, _) => 1.0,
                    // `before` sums to 1 at each word: everything but the same role.
                    (t, Some(last)) if t % 2 == 1 => (1.0 - last[t] - last[t + 1]).max(0.0),
                    (t, None) => f64::from(u8::from(t % 2 == 1)),
                    (t, Some(last)) => last[t - 1] + last[t],
                };
                here[tag] = weight[tag] * comes;
            }
            let sum: f64 = here.iter().sum();
            let sum = if sum > 0.0 { sum } else { 1.0 };
            here.iter_mut().for_each(|x| *x /= sum);
            self.scale[at] = sum;
        }
    }

    fn backward(&mut self) {
        let kinds = self.kinds();
        for at in (0..self.w).rev() {
            if at + 1 == self.w {
                self.after[at * kinds..].fill(1.0);
                continue;
            }
            let free = self.free(at + 1);
            let (here, next) = self.after.split_at_mut((at + 1) * kinds);
            let here = &mut here[at * kinds..];
            let weight = &self.weight[(at + 1) * kinds..(at + 2) * kinds];
            let (scale, open) = (self.scale[at + 1], self.open[at]);
            for (tag, value) in here.iter_mut().enumerate() {
                let goes_on = match tag {
                    0 => 0.0,
                    t if t % 2 == 1 && open => weight[t + 1] * next[t + 1] - free,
                    t if open => weight[t] * next[t] - free,
                    t if t % 2 == 1 => weight[t + 1] * next[t + 1] - weight[t] * next[t],
                    t => weight[t] * next[t] - weight[t - 1] * next[t - 1],
                };
                // Tags that no legal sequence reaches may grow without bound; they count for nothing.
                *value = ((free + goes_on) / scale).clamp(0.0, 1e100);
            }
        }
    }

    /// Sum over all legal sequences from word `at` on that do not carry on a span from before.
    fn free(&self, at: usize) -> f64 {
        let kinds = self.kinds();
        let (weight, after) = (
            &self.weight[at * kinds..][..kinds],
            &self.after[at * kinds..][..kinds],
        );
        (0..kinds)
            .filter(|&t| t == 0 || t % 2 == 1)
            .map(|t| weight[t] * after[t])
            .sum()
    }

    /// The likeliest legal sequence and its probability among the legal ones.
    pub(super) fn best(&self) -> (Vec<usize>, f64) {
        let kinds = self.kinds();
        let mut score = vec![0.0f64; self.w * kinds];
        let mut from = vec![0usize; self.w * kinds];
        for at in 0..self.w {
            let (earlier, here) = score.split_at_mut(at * kinds);
            let last = earlier.len().checked_sub(kinds).map(|start| &earlier[start..]);
            let top = last.and_then(argmax).unwrap_or(0);
            let other = last.map_or(0, |last| second(last, top));
            let open = at > 0 && self.open[at - 1];
            for tag in 0..kinds {
                let (comes, origin) = match (tag, last) {
                    (t, Some(last)) if open && (t == 0 || t % 2 == 1) => (last[0], 0),
                    (t, None) => (if t != 0 && t % 2 == 0 { 0.0 } else { 1.0 }, 0),
                    (t, Some(last)) if t % 2 == 1 && (top == t || top == t + 1) => (last[other], other),
                    (t, Some(last)) if t == 0 || t % 2 == 1 => (last[top], top),
                    (t, Some(last)) => {
                        let origin = if last[t] > last[t - 1] { t } else { t - 1 };
                        (last[origin], origin)
                    }
                };
                here[tag] = self.weight[at * kinds + tag] * comes;
                from[at * kinds + tag] = origin;
            }
            // Only the order matters: keep the numbers away from zero.
            let largest = here.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
            here.iter_mut().for_each(|x| *x /= largest);
        }
        let Some(last) = self.w.checked_sub(1) else {
            return (Vec::new(), 1.0);
        };
        let mut tag = argmax(&score[last * kinds..]).unwrap_or(0);
        let mut path = vec![0; self.w];
        let mut share = 1.0;
        for at in (0..self.w).rev() {
            path[at] = tag;
            share *= self.weight[at * kinds + tag] / self.scale[at];
            tag = from[at * kinds + tag];
        }
        (path, share.clamp(0.0, 1.0))
    }

    /// The sum over all its sequences as a share of that of `whole`, of which it has a part.
    pub(super) fn share_of(&self, whole: &Lattice) -> f64 {
        let share: f64 = self
            .scale
            .iter()
            .zip(&whole.scale)
            .map(|(part, all)| part / all)
            .product();
        share.clamp(0.0, 1.0)
    }

    /// The likeliest span of one of `wanted` among the words that `path` leaves outside, and its probability.
    pub(super) fn likeliest(&self, wanted: &[usize], path: &[usize]) -> Option<(usize, Range<usize>, f64)> {
        let mut best: Option<(usize, Range<usize>, f64)> = None;
        for start in 0..self.w {
            let free = path[start..].iter().take_while(|tag| **tag == 0).count();
            for end in start + 1..=start + free {
                for &role in wanted {
                    let p = self.span(role, &(start..end));
                    if p > best.as_ref().map_or(0.0, |(_, _, p)| *p) {
                        best = Some((role, start..end, p));
                    }
                }
            }
        }
        best
    }

    /// Probability that `role` stands on exactly `words`.
    pub(super) fn span(&self, role: usize, words: &Range<usize>) -> f64 {
        let kinds = self.kinds();
        let (b, i) = (1 + 2 * role, 2 + 2 * role);
        let mut p = self.before[words.start * kinds + b];
        for at in words.start + 1..words.end {
            p *= self.weight[at * kinds + i] / self.scale[at];
        }
        let after = if words.end < self.w && self.open[words.end - 1] {
            0.0
        } else if words.end < self.w {
            let again = words.end * kinds + b;
            (self.free(words.end) - self.weight[again] * self.after[again]) / self.scale[words.end]
        } else {
            1.0
        };
        (p * after).clamp(0.0, 1.0)
    }
}

/// The largest of another role than `top` has, the first of equals.
fn second(values: &[f64], top: usize) -> usize {
    let role = |tag: usize| tag.div_ceil(2);
    let others = (0..values.len()).filter(|&tag| role(tag) != role(top));
    others
        .fold(None, |best: Option<usize>, tag| match best {
            Some(best) if values[best] >= values[tag] => Some(best),
            _ => Some(tag),
        })
        .unwrap_or(0)
}

/// The spans that a legal sequence of BIO tags marks: role and words.
#[must_use]
pub fn spans(path: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut out: Vec<(usize, Range<usize>)> = Vec::new();
    for (at, &tag) in path.iter().enumerate() {
        match tag {
            0 => {}
            t if t % 2 == 1 => out.push(((t - 1) / 2, at..at + 1)),
            t => match out.last_mut() {
                Some((role, words)) if *role == (t - 2) / 2 && words.end == at => words.end = at + 1,
                _ => out.push(((t - 2) / 2, at..at + 1)),
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Letters, Site, restrict, softmax};
    use super::*;
    use crate::reading::Frame;
    use proptest::prelude::*;

    /// Whether a tag may stand where it stands.
    fn legal(path: &[usize], trigger: &Range<usize>, open: Option<usize>) -> bool {
        path.iter().enumerate().all(|(at, &tag)| {
            let goes_on = tag != 0 && tag % 2 == 0;
            let before = at.checked_sub(1).map(|n| path[n]);
            let again = tag % 2 == 1 && (before == Some(tag) || before == Some(tag + 1));
            let ended = at > 0 && path[at - 1] != 0 && !goes_on;
            (!goes_on || before == Some(tag) || before == Some(tag - 1))
                && !again
                && !(ended && open == Some(at - 1))
                && (tag == 0 || !trigger.contains(&at))
        })
    }

    /// The lattice of `logits` for a trigger that nothing else restricts.
    fn lattice(
        logits: &[f32],
        w: usize,
        roles: usize,
        trigger: &Range<usize>,
        open: Option<usize>,
    ) -> Lattice {
        let frame = Frame::Custom("any".to_owned());
        let site = Site {
            trigger: trigger.clone(),
            floor: 0,
            verb: 0,
            adverbs: &[],
            fence: w,
            frame: &frame,
            agent: None,
            goal: None,
        };
        let kinds = 1 + 2 * roles;
        let weights = |at: usize| {
            let mut p = softmax(&logits[at * kinds..(at + 1) * kinds], 1.0);
            restrict(&mut p, at, &site, &Letters::default());
            p
        };
        Lattice::new(roles, w, weights, |at| open == Some(at))
    }

    /// All tag sequences of `w` words with their weights.
    fn all(lattice: &Lattice, trigger: &Range<usize>, open: Option<usize>) -> Vec<(Vec<usize>, f64)> {
        let kinds = lattice.kinds();
        let mut out = vec![(Vec::new(), 1.0f64)];
        for at in 0..lattice.w {
            out = out
                .into_iter()
                .flat_map(|(path, p)| {
                    (0..kinds).map(move |tag| {
                        let mut path = path.clone();
                        path.push(tag);
                        (path, p * lattice.weight[at * kinds + tag])
                    })
                })
                .collect();
        }
        out.retain(|(path, _)| legal(path, trigger, open));
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Path, its share and every span's share equal those found by trying all sequences.
        #[test]
        fn the_lattice_equals_brute_force(
            logits in prop::collection::vec(-4.0f32..4.0, 4 * 7),
            start in 0usize..4,
            long in 1usize..3,
            open in prop::option::of(0usize..3),
        ) {
            let (w, roles) = (4, 3);
            let trigger = start..(start + long).min(w);
            let lattice = lattice(&logits, w, roles, &trigger, open);
            let every = all(&lattice, &trigger, open);
            let total: f64 = every.iter().map(|(_, p)| p).sum();
            let (path, share) = lattice.best();
            prop_assert!(legal(&path, &trigger, open));
            let best = every.iter().map(|(_, p)| *p).fold(0.0, f64::max) / total;
            prop_assert!((share - best).abs() < 1e-4, "share {share}, best {best}");
            // Without a role: the share of the sequences that do not have it.
            let mut less = lattice.weight.clone();
            (0..w).for_each(|at| less[at * lattice.kinds() + 1..][..2].fill(0.0));
            let less = Lattice::new(roles, w, |at| less[at * lattice.kinds()..][..lattice.kinds()].iter().map(|&p| p as f32).collect(), |at| open == Some(at));
            let none: f64 = every.iter().filter(|(p, _)| p.iter().all(|tag| !matches!(tag, 1 | 2))).map(|(_, p)| p).sum();
            prop_assert!((less.share_of(&lattice) - none / total).abs() < 1e-4);
            for (role, words) in spans(&path) {
                let right: f64 =
                    every.iter().filter(|(p, _)| spans(p).contains(&(role, words.clone()))).map(|(_, p)| p).sum::<f64>() / total;
                let got = lattice.span(role, &words);
                prop_assert!((got - right).abs() < 1e-4, "span {role} {words:?}: {got}, by brute force {right}");
            }
        }

        /// Legal sequences come out of any logits, however long and extreme.
        #[test]
        fn only_legal_sequences_come_out(
            logits in prop::collection::vec(prop_oneof![-50.0f32..50.0, Just(f32::NAN), Just(f32::INFINITY)], 40 * 7),
            start in 0usize..40,
        ) {
            let trigger = start..start + 1;
            let lattice = lattice(&logits, 40, 3, &trigger, None);
            let (path, share) = lattice.best();
            prop_assert!(legal(&path, &trigger, None));
            prop_assert!((0.0..=1.0).contains(&share));
        }
    }
}
