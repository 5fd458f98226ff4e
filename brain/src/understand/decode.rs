//! Turns the text model's logits into tasks: triggers, frames, roles, heads, each with a probability.
//!
//! Input: [`Tags`] and the [`Labels`] that name their rows. Output: [`Decoded`] tasks in the order of the text, as
//! ranges of words. Only legal BIO sequences come out, a role never covers its own trigger, and every probability is
//! one of the decoder's own distribution (frames by softmax, spans by the forward-backward sums over all legal
//! sequences). It never judges whether to act and never looks at the letters of the text.

use super::{Thresholds, frames};
use crate::message::{Labels, Tags};
use crate::reading::{Frame, Role};
use std::ops::Range;

/// Name of the frame label that marks a later word of a trigger of several words ("there are").
pub const CONTINUES: &str = "continues";

/// One task as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Index in [`Labels::frames`].
    pub frame: usize,
    /// Probability of that frame at the trigger.
    pub score: f32,
    /// The frame that came second, and its probability.
    pub second: Option<(usize, f32)>,
    /// Words of the trigger.
    pub trigger: Range<usize>,
    /// Probability of each of [`Labels::moods`].
    pub moods: Vec<f32>,
    /// Roles in the order of the text.
    pub roles: Vec<DecodedRole>,
    /// Probability of the chosen sequence of tags among all legal ones.
    pub sequence: f32,
}

/// One role of a [`Decoded`] task.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedRole {
    /// Index in [`Labels::roles`].
    pub role: usize,
    /// Words of the span.
    pub words: Range<usize>,
    /// Words of the head noun.
    pub head: Option<Range<usize>>,
    /// Probability that exactly these words carry this role.
    pub score: f32,
}

/// What the decoder makes of a whole text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoding {
    /// The tasks in the order of the text.
    pub tasks: Vec<Decoded>,
    /// Probability that the triggers and frames are right, all words taken together.
    pub triggers: f32,
    /// Probability of each of [`Labels::acts`].
    pub acts: Vec<f32>,
    /// Probability of each of [`Labels::langs`].
    pub langs: Vec<f32>,
}

/// Whether the tables of `tags` have the shapes that [`Labels`] and the number of words ask for.
#[must_use]
pub fn fits(tags: &Tags, labels: &Labels) -> bool {
    let w = tags.words.len();
    tags.frames.len() == w * labels.frames.len()
        && tags.roles.len() == w * w * (1 + 2 * labels.roles.len())
        && (tags.heads.len() == w || tags.heads.len() == w * w)
        && tags.moods.len() == w * labels.moods.len()
        && tags.acts.len() == labels.acts.len()
        && tags.langs.len() == labels.langs.len()
}

/// What the letters of a word say that the decoder cannot see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Letters {
    /// It ends in a pronoun that may fill a role of its own trigger ("portami"): such a role covers that word alone.
    pub clitic: bool,
    /// It is a mark or a word between two commands ("and", "then"): no role but the agent reaches over it to its trigger.
    pub border: bool,
}

/// Decodes one text. `None` when the tables do not [fit](fits) the labels. `letters` tells of the word of that number.
#[must_use]
pub fn decode(
    tags: &Tags,
    labels: &Labels,
    thresholds: &Thresholds,
    letters: &dyn Fn(usize) -> Letters,
) -> Option<Decoding> {
    if !fits(tags, labels) {
        return None;
    }
    let w = tags.words.len();
    let kinds = labels.frames.len();
    let continues = labels.frames.iter().position(|name| name == CONTINUES);
    let real = |frame: usize| frame != 0 && Some(frame) != continues;

    let mut decoding = Decoding {
        triggers: 1.0,
        acts: softmax(&tags.acts, thresholds.act_temperature),
        langs: softmax(&tags.langs, 1.0),
        ..Decoding::default()
    };
    let frames: Vec<Vec<f32>> = (0..w)
        .map(|i| {
            softmax(
                &tags.frames[i * kinds..(i + 1) * kinds],
                thresholds.frame_temperature,
            )
        })
        .collect();
    let triggers = find_triggers(&frames, &mut decoding, continues, thresholds);
    let named: Vec<Frame> = labels
        .frames
        .iter()
        .map(|name| Frame::from(name.as_str()))
        .collect();
    let agent = labels.roles.iter().position(|name| name == Role::Agent.name());
    for (at, trigger) in triggers.iter().enumerate() {
        let p = &frames[trigger.start];
        let (best, second) = best_two(p, real);
        let frame = &named[best];
        let apart = |other: &&Range<usize>| !frames::nests(&named[best_two(&frames[other.start], real).0]);
        let before = triggers[..at].iter().rev().find(apart).map_or(0, |t| t.end);
        let border = (0..trigger.start)
            .rev()
            .find(|n| letters(*n).border)
            .map_or(0, |n| n + 1);
        let floor = if frames::nests(frame) {
            0
        } else {
            before.max(border)
        };
        let fence = triggers[at + 1..]
            .iter()
            .find(apart)
            .map_or(w, |later| later.start);
        let site = Site {
            trigger: trigger.clone(),
            floor,
            fence,
            frame,
            agent,
        };
        let (roles, sequence) = decode_roles(tags, labels, &site, thresholds, letters);
        decoding.tasks.push(Decoded {
            frame: best,
            score: p[best],
            second: second.map(|k| (k, p[k])),
            trigger: trigger.clone(),
            moods: softmax(
                &tags.moods[trigger.start * labels.moods.len()..(trigger.start + 1) * labels.moods.len()],
                thresholds.mood_temperature,
            ),
            roles,
            sequence,
        });
    }
    settle_overlaps(&mut decoding.tasks, agent, |task| {
        frames::nests(&named[task.frame])
    });
    merge_repeats(&mut decoding.tasks);
    Some(decoding)
}

/// Two commands do not share words, but for who is to act ("can you go and look"): the surer of two overlapping roles stays.
/// What describes a thing may stand inside a role of another task.
fn settle_overlaps(tasks: &mut [Decoded], agent: Option<usize>, nests: impl Fn(&Decoded) -> bool) {
    for one in 0..tasks.len() {
        for other in one + 1..tasks.len() {
            if nests(&tasks[one]) || nests(&tasks[other]) {
                continue;
            }
            let (head, tail) = tasks.split_at_mut(other);
            let (a, b) = (&mut head[one].roles, &mut tail[0].roles);
            let wins = |x: &DecodedRole, y: &DecodedRole| {
                Some(x.role) != agent
                    && Some(y.role) != agent
                    && x.words.start < y.words.end
                    && y.words.start < x.words.end
                    && x.score >= y.score
            };
            b.retain(|y| !a.iter().any(|x| wins(x, y)));
            a.retain(|x| !b.iter().any(|y| wins(y, x)));
        }
    }
}

/// The words of the triggers, in order. Where none is sure but the act says that something is asked for, the likeliest
/// word counts: a reading that is asked about is better than none.
fn find_triggers(
    frames: &[Vec<f32>],
    decoding: &mut Decoding,
    continues: Option<usize>,
    thresholds: &Thresholds,
) -> Vec<Range<usize>> {
    let evokes = |p: &[f32]| 1.0 - p[0] - continues.map_or(0.0, |c| p[c]);
    let mut bar = thresholds.trigger;
    if !frames.iter().any(|p| evokes(p) > bar) && decoding.acts.first().is_some_and(|command| *command > 0.5)
    {
        let best = frames.iter().max_by(|a, b| evokes(a).total_cmp(&evokes(b)));
        let likely =
            |p: &&Vec<f32>| (1..p.len()).any(|k| Some(k) != continues && p[k] > thresholds.second_look);
        if let Some(best) = best.filter(likely) {
            bar = evokes(best) - f32::EPSILON;
        }
    }
    let mut triggers = Vec::new();
    let mut i = 0;
    while i < frames.len() {
        let p = &frames[i];
        if evokes(p) <= bar {
            decoding.triggers *= 1.0 - evokes(p);
            i += 1;
            continue;
        }
        let begin = i;
        decoding.triggers *= p
            .iter()
            .enumerate()
            .filter(|(k, _)| *k != 0 && Some(*k) != continues)
            .map(|(_, p)| *p)
            .fold(0.0, f32::max);
        i += 1;
        if let Some(c) = continues {
            while i < frames.len() && argmax(&frames[i]) == Some(c) {
                decoding.triggers *= frames[i][c];
                i += 1;
            }
        }
        triggers.push(begin..i);
    }
    triggers
}

/// Where a task's roles may be.
struct Site<'a> {
    /// Words of the trigger.
    trigger: Range<usize>,
    /// No role but the agent stands before this word: the trigger of the task before, or what parts the two.
    floor: usize,
    /// No role reaches this word: the trigger of the next task.
    fence: usize,
    /// The frame, which can have some roles and not others.
    frame: &'a Frame,
    /// Index of the role that says who acts.
    agent: Option<usize>,
}

fn decode_roles(
    tags: &Tags,
    labels: &Labels,
    site: &Site<'_>,
    thresholds: &Thresholds,
    letters: &dyn Fn(usize) -> Letters,
) -> (Vec<DecodedRole>, f32) {
    let w = tags.words.len();
    let kinds = 1 + 2 * labels.roles.len();
    let row = site.trigger.start * w * kinds;
    let known = frames::roles(site.frame);
    let roles: Vec<Role> = labels
        .roles
        .iter()
        .map(|name| Role::from(name.as_str()))
        .collect();
    let lattice = Lattice::new(roles.len(), w, |at| {
        let mut p = softmax(
            &tags.roles[row + at * kinds..row + (at + 1) * kinds],
            thresholds.role_temperature,
        );
        for (n, role) in roles.iter().enumerate() {
            if !known.is_empty() && !known.contains(role) {
                p[1 + 2 * n] *= thresholds.foreign_role;
                p[2 + 2 * n] *= thresholds.foreign_role;
            }
        }
        restrict(&mut p, at, site, letters(at).clitic);
        p
    });
    let (path, mut sequence) = lattice.best();
    let mut found = spans(&path);
    for group in frames::required(site.frame) {
        let wanted: Vec<usize> = (0..roles.len()).filter(|n| group.contains(&roles[*n])).collect();
        if found.iter().any(|(role, _)| wanted.contains(role)) {
            continue;
        }
        // A role that the frame needs is looked for among the words that no other role has.
        if let Some((role, words, p)) = lattice
            .likeliest(&wanted, &path)
            .filter(|(_, _, p)| *p > f64::from(thresholds.second_look))
        {
            found.push((role, words));
            sequence = sequence.min(p);
        }
    }
    found.sort_by_key(|(_, words)| words.start);
    let heads = if tags.heads.len() == w {
        &tags.heads[..]
    } else {
        &tags.heads[site.trigger.start * w..][..w]
    };
    let found = found
        .into_iter()
        .map(|(role, words)| {
            let head = choose_head(heads, &words, tags);
            let score = lattice.span(role, &words) as f32;
            DecodedRole {
                role,
                words,
                head,
                score,
            }
        })
        .collect();
    (found, sequence as f32)
}

/// Takes away the tags that cannot stand at word `at`.
fn restrict(p: &mut [f32], at: usize, site: &Site<'_>, clitic: bool) {
    if site.trigger.contains(&at) && !clitic {
        p.fill(0.0);
        p[0] = 1.0;
        return;
    }
    if site.trigger.contains(&at) || at == site.trigger.end {
        // A role on a trigger does not go on, neither within it nor behind it.
        p.iter_mut().skip(2).step_by(2).for_each(|p| *p = 0.0);
    }
    let agent = |tag: usize| tag > 0 && site.agent == Some((tag - 1) / 2);
    if at >= site.fence || at < site.floor {
        (1..p.len())
            .filter(|tag| at >= site.fence || !agent(*tag))
            .for_each(|tag| p[tag] = 0.0);
    }
    // What is left is all there is; nothing left means outside.
    let left: f32 = p.iter().sum();
    if left > 1e-20 {
        p.iter_mut().for_each(|p| *p /= left);
    } else {
        p.fill(0.0);
        p[0] = 1.0;
    }
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

/// The head of a role: the likeliest word, with its neighbours that are heads as well (the characters of a Chinese
/// noun) and what hangs on it without white space ("t-shirt").
fn choose_head(heads: &[f32], words: &Range<usize>, tags: &Tags) -> Option<Range<usize>> {
    let best = words
        .clone()
        .max_by(|&a, &b| clean(heads[a]).total_cmp(&clean(heads[b])).then(b.cmp(&a)))?;
    let joined = |left: usize| {
        tags.words[left].end == tags.words[left + 1].start && clean(heads[left].min(heads[left + 1])) > 0.0
    };
    let mut head = best..best + 1;
    while head.start > words.start && joined(head.start - 1) {
        head.start -= 1;
    }
    while head.end < words.end && joined(head.end - 1) {
        head.end += 1;
    }
    Some(head)
}

/// A frame said twice in a row for the same thing ("go, go to the kitchen") is one task: the one with more roles stays.
fn merge_repeats(tasks: &mut Vec<Decoded>) {
    let fills = |task: &Decoded| -> Vec<(usize, Range<usize>)> {
        task.roles
            .iter()
            .map(|role| (role.role, role.words.clone()))
            .collect()
    };
    let mut at = 1;
    while at < tasks.len() {
        let (before, here) = (&tasks[at - 1], &tasks[at]);
        if before.frame == here.frame {
            let (a, b) = (fills(before), fills(here));
            let adjacent = before.trigger.end == here.trigger.start;
            if a == b && (adjacent || !a.is_empty()) || (adjacent && b.iter().all(|x| a.contains(x))) {
                tasks.remove(at);
                continue;
            }
            if adjacent && a.iter().all(|x| b.contains(x)) {
                tasks.remove(at - 1);
                continue;
            }
        }
        at += 1;
    }
}

/// All legal tag sequences of one trigger with their weights.
///
/// A tag `I-r` may follow only `B-r` or `I-r`; words of the trigger are `O`, or `B-r` where they end in a clitic. The sums of Rabiner (1989) run in
/// probabilities, scaled at each word, so that nothing underflows.
struct Lattice {
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
}

impl Lattice {
    /// `weights` gives the weights of the tags at a word.
    fn new(roles: usize, w: usize, weights: impl Fn(usize) -> Vec<f32>) -> Self {
        let kinds = 1 + 2 * roles;
        let weight: Vec<f64> = (0..w).flat_map(weights).map(f64::from).collect();
        let mut lattice = Lattice {
            w,
            roles,
            weight,
            before: vec![0.0; w * kinds],
            after: vec![0.0; w * kinds],
            scale: vec![1.0; w],
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
            for tag in 0..kinds {
                let comes = match (tag, last) {
                    (0, _) => 1.0,
                    (t, _) if t % 2 == 1 => 1.0,
                    (_, None) => 0.0,
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
            let scale = self.scale[at + 1];
            for (tag, value) in here.iter_mut().enumerate() {
                let goes_on = match tag {
                    0 => 0.0,
                    t if t % 2 == 1 => weight[t + 1] * next[t + 1],
                    t => weight[t] * next[t],
                };
                // Tags that no legal sequence reaches may grow without bound; they count for nothing.
                *value = ((free + goes_on) / scale).min(1e100);
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
    fn best(&self) -> (Vec<usize>, f64) {
        let kinds = self.kinds();
        let mut score = vec![0.0f64; self.w * kinds];
        let mut from = vec![0usize; self.w * kinds];
        for at in 0..self.w {
            let (earlier, here) = score.split_at_mut(at * kinds);
            let last = earlier.len().checked_sub(kinds).map(|start| &earlier[start..]);
            let top = last.and_then(argmax).unwrap_or(0);
            for tag in 0..kinds {
                let (comes, origin) = match (tag, last) {
                    (t, None) => (if t != 0 && t % 2 == 0 { 0.0 } else { 1.0 }, 0),
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

    /// The likeliest span of one of `wanted` among the words that `path` leaves outside, and its probability.
    fn likeliest(&self, wanted: &[usize], path: &[usize]) -> Option<(usize, Range<usize>, f64)> {
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
    fn span(&self, role: usize, words: &Range<usize>) -> f64 {
        let kinds = self.kinds();
        let (b, i) = (1 + 2 * role, 2 + 2 * role);
        let mut p = self.before[words.start * kinds + b];
        for at in words.start + 1..words.end {
            p *= self.weight[at * kinds + i] / self.scale[at];
        }
        let after = if words.end < self.w {
            self.free(words.end) / self.scale[words.end]
        } else {
            1.0
        };
        (p * after).clamp(0.0, 1.0)
    }
}

/// Numbers that are none count as very unlikely.
fn clean(x: f32) -> f32 {
    if x.is_nan() { -1e4 } else { x.clamp(-1e4, 1e4) }
}

/// Probabilities of `logits` at a temperature; empty for none.
#[must_use]
pub fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let temperature = if temperature > 0.01 { temperature } else { 1.0 };
    let top = logits.iter().map(|&x| clean(x)).fold(f32::MIN, f32::max);
    let mut p: Vec<f32> = logits
        .iter()
        .map(|&x| libm::expf((clean(x) - top) / temperature))
        .collect();
    let sum: f32 = p.iter().sum();
    p.iter_mut().for_each(|x| *x /= sum);
    p
}

/// Index of the largest, the first of equals.
#[must_use]
pub fn argmax<T: PartialOrd>(values: &[T]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (at, value) in values.iter().enumerate() {
        if best.is_none_or(|b: usize| *value > values[b]) {
            best = Some(at);
        }
    }
    best
}

fn best_two(p: &[f32], allowed: impl Fn(usize) -> bool) -> (usize, Option<usize>) {
    let mut order: Vec<usize> = (0..p.len()).filter(|&k| allowed(k)).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]).then(a.cmp(&b)));
    (order.first().copied().unwrap_or(0), order.get(1).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether a tag may stand where it stands.
    fn legal(path: &[usize], trigger: &Range<usize>) -> bool {
        path.iter().enumerate().all(|(at, &tag)| {
            let goes_on = tag != 0 && tag % 2 == 0;
            let before = at.checked_sub(1).map(|n| path[n]);
            (!goes_on || before == Some(tag) || before == Some(tag - 1))
                && (tag == 0 || !trigger.contains(&at))
        })
    }

    /// The lattice of `logits` for a trigger that nothing else restricts.
    fn lattice(logits: &[f32], w: usize, roles: usize, trigger: &Range<usize>) -> Lattice {
        let frame = Frame::Custom("any".to_owned());
        let site = Site {
            trigger: trigger.clone(),
            floor: 0,
            fence: w,
            frame: &frame,
            agent: None,
        };
        let kinds = 1 + 2 * roles;
        Lattice::new(roles, w, |at| {
            let mut p = softmax(&logits[at * kinds..(at + 1) * kinds], 1.0);
            restrict(&mut p, at, &site, false);
            p
        })
    }

    /// All tag sequences of `w` words with their weights.
    fn all(lattice: &Lattice, trigger: &Range<usize>) -> Vec<(Vec<usize>, f64)> {
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
        out.retain(|(path, _)| legal(path, trigger));
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
        ) {
            let (w, roles) = (4, 3);
            let trigger = start..(start + long).min(w);
            let lattice = lattice(&logits, w, roles, &trigger);
            let every = all(&lattice, &trigger);
            let total: f64 = every.iter().map(|(_, p)| p).sum();
            let (path, share) = lattice.best();
            prop_assert!(legal(&path, &trigger));
            let best = every.iter().map(|(_, p)| *p).fold(0.0, f64::max) / total;
            prop_assert!((share - best).abs() < 1e-4, "share {share}, best {best}");
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
            let lattice = lattice(&logits, 40, 3, &trigger);
            let (path, share) = lattice.best();
            prop_assert!(legal(&path, &trigger));
            prop_assert!((0.0..=1.0).contains(&share));
        }
    }

    #[test]
    fn a_frame_said_twice_is_one_task() {
        use crate::understand::sketch::sketch;
        let frames = |text: &str| {
            sketch(text)
                .tasks()
                .iter()
                .map(|task| (task.trigger.clone(), task.roles.len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(frames("[motion go] [motion go] [goal to the *kitchen]").len(), 1);
        assert_eq!(
            frames("[motion go] [goal there] and [motion go] [goal to the *kitchen]").len(),
            2
        );
        assert_eq!(
            frames("[taking take] [taking take] [theme the cup]"),
            [("take".to_owned(), 1)]
        );
    }

    #[test]
    fn tables_of_another_shape_are_refused() {
        use crate::understand::sketch::{labels, sketch};
        let mut drawn = sketch("[taking take] [theme the cup]");
        assert!(fits(&drawn.tags, &labels()));
        drawn.tags.roles.pop();
        assert_eq!(
            decode(&drawn.tags, &labels(), &Thresholds::default(), &|_| {
                Letters::default()
            }),
            None
        );
    }
}
