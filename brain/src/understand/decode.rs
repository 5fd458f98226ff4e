//! Turns the text model's logits into tasks: triggers, frames, roles, heads, each with a probability.
//!
//! Input: [`Tags`] and the [`Labels`] that name their rows. Output: [`Decoded`] tasks in the order of the text, as
//! ranges of words. Only legal BIO sequences come out, a role never covers its own trigger, and every probability is
//! one of the decoder's own distribution (frames by softmax, spans by the forward-backward sums over all legal
//! sequences). It never judges whether to act and never looks at the letters of the text.

pub mod gap;
mod lattice;

use super::{Thresholds, frames};
use crate::message::{Labels, Tags};
use crate::reading::{Frame, Role};
use gap::Sort;
use lattice::{Lattice, spans};
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
    /// It is a mark or a word between two commands ("and", "then"): no role but the agent reaches over it to its trigger, and
    /// none begins or ends with it.
    pub border: bool,
    /// It is a word of English, whose roles stand behind their verb: before it stand the agent and adverbs alone.
    pub behind: bool,
    /// It is a word that no name ends with ("the", "my"): no role ends with it.
    pub open: bool,
    /// It carries on the name that the word before is in: no role begins with it, none ends before it.
    pub inner: bool,
    /// As a trigger it is bringing where somebody gets it or it goes somewhere, and taking where not ("take").
    pub takes: bool,
    /// As a trigger it heeds `joins` and `parts`.
    pub fetches: bool,
    /// It is where its trigger goes ("come back"): no role but the goal.
    pub goal: bool,
    /// By the map it says where the thing before it is: `inner` to a trigger that fetches.
    pub joins: bool,
    /// By the map it says where the thing before it is to go: no role of a trigger that fetches reaches over it.
    pub parts: bool,
    /// It is told on, not done ("dille di venire qui"): no trigger.
    pub quoted: bool,
    /// It is a verb of saying that the model misses with its pronoun ("dille"): a statement.
    pub says: bool,
    /// What it does in a phrase.
    pub sort: Sort,
    /// It is written as a name is: with a capital, not at the beginning.
    pub proper: bool,
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
    let named: Vec<Frame> = labels
        .frames
        .iter()
        .map(|name| Frame::from(name.as_str()))
        .collect();
    let twins = (
        named.iter().position(|frame| *frame == Frame::Taking),
        named.iter().position(|frame| *frame == Frame::Bringing),
    );
    let statement = named.iter().position(|frame| *frame == Frame::Statement);
    let sorts: Vec<Sort> = (0..w).map(|at| letters(at).sort).collect();
    let goes: Vec<usize> = [Role::Goal, Role::Direction]
        .iter()
        .filter_map(|role| labels.roles.iter().position(|name| name == role.name()))
        .collect();
    let frames: Vec<Vec<f32>> = (0..w)
        .map(|i| {
            let row = &tags.frames[i * kinds..(i + 1) * kinds];
            let mut p = softmax(row, thresholds.frame_temperature);
            // Which of the two it is, the roles tell.
            if let (Some(taking), Some(bringing), true) = (twins.0, twins.1, letters(i).takes) {
                p[taking] += p[bringing];
                p[bringing] = 0.0;
            }
            let only = |p: &mut Vec<f32>, frame: usize| {
                p.fill(0.0);
                p[frame] = 1.0;
            };
            match statement.filter(|_| letters(i).says) {
                _ if letters(i).quoted => only(&mut p, 0),
                Some(statement) => only(&mut p, statement),
                None => {}
            }
            p
        })
        .collect();
    let filled = |trigger: usize, word: usize| {
        let kinds = 1 + 2 * labels.roles.len();
        let row = (trigger * w + word) * kinds;
        1.0 - softmax(&tags.roles[row..row + kinds], thresholds.role_temperature)[0]
    };
    let triggers = find_triggers(&frames, &mut decoding, continues, thresholds, &filled);
    let agent = labels.roles.iter().position(|name| name == Role::Agent.name());
    let adverbs: Vec<usize> = [Role::Manner, Role::Speed, Role::Degree]
        .iter()
        .filter_map(|role| labels.roles.iter().position(|name| name == role.name()))
        .collect();
    let goal = labels.roles.iter().position(|name| name == Role::Goal.name());
    let gets: Vec<usize> = [Role::Beneficiary, Role::Recipient, Role::Goal]
        .iter()
        .filter_map(|role| labels.roles.iter().position(|name| name == role.name()))
        .collect();
    // Tasks whose verb was not said again.
    let mut again: Vec<Decoded> = Vec::new();
    for (at, trigger) in triggers.iter().enumerate() {
        let p = &frames[trigger.start];
        let (mut best, second) = best_two(p, real);
        let score = p[best];
        let takes = letters(trigger.start).takes && Some(best) == twins.0;
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
        let behind = !frames::nests(frame) && letters(trigger.start).behind;
        let mut site = Site {
            trigger: trigger.clone(),
            floor,
            verb: if behind { trigger.start } else { 0 },
            adverbs: &adverbs,
            fence,
            frame: if takes { &Frame::Bringing } else { frame },
            agent,
            goal,
        };
        let (mut roles, mut sequence) = decode_roles(tags, labels, &site, thresholds, letters);
        let mut clauses = Vec::new();
        if frames::gaps(frame) {
            let goes = |role: usize| goes.contains(&role);
            for border in gap::border(&sorts, trigger.end, fence) {
                let mut clause = |floor: usize, fence: usize| {
                    (site.floor, site.fence) = (floor, fence);
                    decode_roles(tags, labels, &site, thresholds, letters)
                };
                // The model is surer of the clause with the verb, or of the one without.
                let (one, sure) = clause(floor, border);
                let (two, other) = clause(border, fence);
                let said: Vec<DecodedRole> = behind_trigger(&one, trigger);
                let found = gap::clauses(&sorts, border, fence, &said, goes).filter(|found| {
                    found
                        .iter()
                        .flatten()
                        .all(|role| letters(role.words.start).proper || plausible(role, &sorts, &two))
                });
                let mirrored =
                    gap::mirrored(&sorts, trigger.end, border, fence, &behind_trigger(&two, trigger));
                match (found, mirrored) {
                    (Some(found), mirrored) if mirrored.is_none() || sure >= other => {
                        (clauses, roles, sequence) = (found, one, sure);
                    }
                    (_, Some(first)) => {
                        let early = one.iter().filter(|role| role.words.start < trigger.end).cloned();
                        roles = early.chain(first).collect();
                        (clauses, sequence) = (vec![behind_trigger(&two, trigger)], other);
                    }
                    _ => continue,
                }
                break;
            }
        }
        if let (true, Some(bringing)) = (
            takes && roles.iter().any(|role| gets.contains(&role.role)),
            twins.1,
        ) {
            best = bringing;
        }
        let mut task = Decoded {
            frame: best,
            score,
            second: second.map(|k| (k, p[k])),
            trigger: trigger.clone(),
            moods: softmax(
                &tags.moods[trigger.start * labels.moods.len()..(trigger.start + 1) * labels.moods.len()],
                thresholds.mood_temperature,
            ),
            roles,
            sequence,
        };
        let heads = heads(tags, trigger.start);
        for role in task.roles.iter_mut().filter(|role| role.head.is_none()) {
            role.head = choose_head(heads, &role.words, tags);
        }
        for mut roles in clauses {
            for role in &mut roles {
                role.head = choose_head(heads, &role.words, tags);
            }
            let early = task.roles.iter().filter(|role| role.words.start < trigger.end);
            roles.extend(early.cloned());
            roles.sort_by_key(|role| role.words.start);
            again.push(Decoded {
                roles,
                ..task.clone()
            });
        }
        decoding.tasks.push(task);
    }
    settle_overlaps(&mut decoding.tasks, agent, |task| {
        frames::nests(&named[task.frame])
    });
    merge_repeats(&mut decoding.tasks);
    for task in again.into_iter().rev() {
        let before = decoding
            .tasks
            .iter()
            .position(|other| other.trigger == task.trigger);
        decoding
            .tasks
            .insert(before.map_or(decoding.tasks.len(), |at| at + 1), task);
    }
    Some(decoding)
}

/// A name without an article may be a verb that the model does not know ("then wash the plates"): the model must take it for
/// what it would be.
fn plausible(role: &DecodedRole, sorts: &[Sort], seen: &[DecodedRole]) -> bool {
    sorts[role.words.start] != Sort::Other
        || seen
            .iter()
            .any(|other| other.role == role.role && other.words == role.words)
}

/// The roles that stand behind the trigger.
fn behind_trigger(roles: &[DecodedRole], trigger: &Range<usize>) -> Vec<DecodedRole> {
    let behind = roles.iter().filter(|role| role.words.start >= trigger.end);
    behind.cloned().collect()
}

/// Two commands do not share words, but for who is to act ("can you go and look"): the surer of two overlapping roles stays.
/// What describes a thing may stand inside a role of another task.
fn settle_overlaps(tasks: &mut [Decoded], agent: Option<usize>, nests: impl Fn(&Decoded) -> bool) {
    // "bring my aspirin, it is in the drawer": a second theme that is the description's own.
    for one in 0..tasks.len() {
        for other in 0..tasks.len() {
            if other == one || !nests(&tasks[other]) {
                continue;
            }
            let (theirs, trigger) = (tasks[other].roles.clone(), tasks[other].trigger.clone());
            let twice: Vec<usize> = tasks[one].roles.iter().map(|role| role.role).collect();
            tasks[one].roles.retain(|mine| {
                let again = twice.iter().filter(|role| **role == mine.role).count() > 1;
                let shared = theirs
                    .iter()
                    .any(|y| mine.words.start < y.words.end && y.words.start < mine.words.end);
                !(again && shared && !mine.words.contains(&trigger.start))
            });
        }
    }
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
/// word counts: a reading that is asked about is better than none. `filled` gives the probability that a word (second)
/// fills a role of the trigger at another (first).
fn find_triggers(
    frames: &[Vec<f32>],
    decoding: &mut Decoding,
    continues: Option<usize>,
    thresholds: &Thresholds,
    filled: &dyn Fn(usize, usize) -> f32,
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
            // A word that is surer to fill a role is none of the trigger's ("倒|点果汁").
            while i < frames.len() && argmax(&frames[i]) == Some(c) && frames[i][c] > filled(begin, i) {
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
    /// No role but the agent and adverbs stands before this word: the trigger itself in English, else 0.
    verb: usize,
    /// Indexes of the roles that adverbs fill ("carefully search the room").
    adverbs: &'a [usize],
    /// No role reaches this word: the trigger of the next task.
    fence: usize,
    /// The frame, which can have some roles and not others.
    frame: &'a Frame,
    /// Index of the role that says who acts.
    agent: Option<usize>,
    /// Index of the role that says where it goes.
    goal: Option<usize>,
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
    let fetches = letters(site.trigger.start).fetches;
    let letter = |at: usize| {
        let letter = letters(at);
        // "on the table": no role begins with what stands behind a preposition, but for that of the verb ("switch on the light").
        let governed =
            at > 1 && letter.sort == Sort::Opens && letters(at - 1).sort.leads() && at - 1 > site.trigger.end;
        Letters {
            inner: letter.inner || governed || (fetches && letter.joins),
            parts: fetches && letter.parts,
            ..letter
        }
    };
    let weights = |at: usize| {
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
        restrict(&mut p, at, site, &letter(at));
        p
    };
    let weights: Vec<Vec<f32>> = (0..w).map(weights).collect();
    // "on the table": no role ends with a preposition that opens a name, but for one of the verb.
    let leads = |at: usize| {
        at > site.trigger.end && at + 1 < w && letters(at).sort.leads() && letters(at + 1).sort == Sort::Opens
    };
    let ends =
        |at: usize| letter(at).open || letter(at).border || leads(at) || (at + 1 < w && letter(at + 1).inner);
    let lattice = Lattice::new(roles.len(), w, |at| weights[at].clone(), ends);
    let (path, mut sequence) = lattice.best();
    let mut found = spans(&path);
    for group in frames::required(site.frame) {
        let wanted: Vec<usize> = (0..roles.len()).filter(|n| group.contains(&roles[*n])).collect();
        if found.iter().any(|(role, _)| wanted.contains(role)) {
            // The frame cannot do without: how sure the sequence is counts among those that have it.
            let without = Lattice::new(
                roles.len(),
                w,
                |at| {
                    let mut p = weights[at].clone();
                    for role in &wanted {
                        p[1 + 2 * role] = 0.0;
                        p[2 + 2 * role] = 0.0;
                    }
                    p
                },
                ends,
            );
            sequence = (sequence / (1.0 - without.share_of(&lattice)).max(1e-6)).min(1.0);
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
    let heads = heads(tags, site.trigger.start);
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
fn restrict(p: &mut [f32], at: usize, site: &Site<'_>, letter: &Letters) {
    if site.trigger.contains(&at) && !letter.clitic {
        p.fill(0.0);
        p[0] = 1.0;
        return;
    }
    if site.trigger.contains(&at) || at == site.trigger.end {
        // A role on a trigger does not go on, neither within it nor behind it.
        p.iter_mut().skip(2).step_by(2).for_each(|p| *p = 0.0);
    }
    if letter.inner || letter.border {
        p.iter_mut().skip(1).step_by(2).for_each(|p| *p = 0.0);
    }
    if letter.parts {
        p.iter_mut().skip(2).step_by(2).for_each(|p| *p = 0.0);
    }
    let agent = |tag: usize| site.agent == Some((tag - 1) / 2);
    let adverb = |tag: usize| site.adverbs.contains(&((tag - 1) / 2));
    let goes = |tag: usize| site.goal == Some((tag - 1) / 2);
    for (tag, p) in p.iter_mut().enumerate().skip(1) {
        let early = (letter.goal && at == site.trigger.end && !goes(tag))
            || (at < site.floor && !agent(tag))
            || (at < site.verb && !agent(tag) && !adverb(tag));
        if at >= site.fence || early {
            *p = 0.0;
        }
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

/// The logits of the heads of the trigger at this word.
fn heads(tags: &Tags, trigger: usize) -> &[f32] {
    let w = tags.words.len();
    if tags.heads.len() == w {
        &tags.heads
    } else {
        &tags.heads[trigger * w..][..w]
    }
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
