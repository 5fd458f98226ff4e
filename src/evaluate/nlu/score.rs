//! Compares one reading with the marks of its line: counts, and what was confused with what.
//!
//! Spans are compared as ranges of the model's words, so that a mark that ends inside a word counts for the whole of it.

use super::Read;
use super::gold::{Due, Gold};
use brain::reading::{Filler, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;

/// Wanted, found and right ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Marked in the line.
    pub wanted: usize,
    /// In the reading.
    pub found: usize,
    /// In both.
    pub right: usize,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.wanted += other.wanted;
        self.found += other.found;
        self.right += other.right;
    }
}

impl Count {
    /// Of two lists, each thing as often as it comes in both.
    fn of<K: Ord>(wanted: Vec<K>, found: Vec<K>) -> Self {
        let (w, f) = (wanted.len(), found.len());
        let mut left: BTreeMap<K, usize> = BTreeMap::new();
        for key in wanted {
            *left.entry(key).or_default() += 1;
        }
        let right = found.into_iter().filter(|key| match left.get_mut(key) {
            Some(n) if *n > 0 => {
                *n -= 1;
                true
            }
            _ => false,
        });
        Count {
            wanted: w,
            found: f,
            right: right.count(),
        }
    }

    fn all(self) -> bool {
        self.wanted == self.right && self.found == self.right
    }

    /// Precision, recall, F1.
    #[must_use]
    pub fn prf(self) -> Prf {
        let share = |of: usize| {
            if of == 0 {
                0.0
            } else {
                self.right as f64 / of as f64
            }
        };
        Prf {
            p: share(self.found),
            r: share(self.wanted),
            f1: self.f1().unwrap_or(0.0),
            n: self.wanted,
        }
    }

    /// F1; `None` where nothing was wanted nor found.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        let both = self.wanted + self.found;
        (both > 0).then(|| 2.0 * self.right as f64 / both as f64)
    }
}

/// Precision, recall and F1 of `n` marked ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prf {
    /// Precision.
    pub p: f64,
    /// Recall.
    pub r: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// How many were marked.
    pub n: usize,
}

/// What became of one line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Number of the line in its set.
    pub at: usize,
    /// What should have become of it.
    pub due: Due,
    /// What did.
    pub outcome: Outcome,
    /// Confidence of the reading.
    pub confidence: f64,
    /// See [`Read::acceptance`].
    pub acceptance: f64,
    /// Whether there is a task in the reading.
    pub tasks: bool,
    /// The comparison with the marked tasks, where they are marked.
    pub marks: Option<Marks>,
    /// Whether the language is right, where the line says which it is.
    pub lang: Option<bool>,
}

/// A reading compared with marked tasks.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Frames by name and first trigger word.
    pub frame: Count,
    /// Frames by name alone.
    pub frame_name: Count,
    /// Roles by frame, role and words.
    pub role: Count,
    /// Roles by frame, role and first word of the head.
    pub head: Count,
    /// Whether all frames and roles are right and no other was found.
    pub whole: bool,
    /// Moods that are right, and those that could be compared.
    pub moods: (usize, usize),
    /// Values that are right, and roles whose value is marked.
    pub values: (usize, usize),
    /// Counts of each frame.
    pub frames: BTreeMap<String, Count>,
    /// Counts of each role.
    pub roles: BTreeMap<String, Count>,
    /// Pairs of marked and found frame at a trigger; "none" where there is none.
    pub pairs: Vec<(String, String)>,
}

/// Compares what was read with what is marked.
#[must_use]
pub fn compare(at: usize, gold: &Gold, read: &Read) -> Line {
    Line {
        at,
        due: gold.due,
        outcome: read.reading.outcome,
        confidence: f64::from(read.reading.confidence.0),
        acceptance: read.acceptance,
        tasks: !read.reading.tasks.is_empty(),
        marks: gold.tasks.as_ref().map(|_| marks(gold, read)),
        lang: gold.lang.as_ref().map(|lang| *lang == read.reading.lang),
    }
}

/// A task over words: frame, first trigger word, mood, roles with their words and the first word of their head.
struct Words {
    frame: String,
    at: usize,
    mood: Option<String>,
    roles: Vec<(String, (usize, usize), Option<usize>)>,
}

fn marks(gold: &Gold, read: &Read) -> Marks {
    let words = Cover::of(gold, read);
    let wanted: Vec<Words> = gold
        .tasks
        .iter()
        .flatten()
        .map(|task| Words {
            frame: task.frame.clone(),
            at: words.range(task.trigger).0,
            mood: task.mood.clone(),
            roles: task
                .roles
                .iter()
                .map(|role| {
                    let head = role.head.map(|head| words.range((head, head + 1)).0);
                    (role.role.clone(), words.range(role.span), head)
                })
                .collect(),
        })
        .collect();
    let found: Vec<Words> = read
        .reading
        .tasks
        .iter()
        .map(|task| Words {
            frame: task.frame.name().to_owned(),
            at: words.range((task.trigger_span.start, task.trigger_span.end)).0,
            mood: serde_json::to_value(task.mood)
                .ok()
                .and_then(|mood| mood.as_str().map(str::to_owned)),
            roles: task
                .roles
                .iter()
                .map(|filler| {
                    let span = (filler.span.start, filler.span.end);
                    let head = head_place(filler).map(|head| words.range((head, head + 1)).0);
                    (filler.role.name().to_owned(), words.range(span), head)
                })
                .collect(),
        })
        .collect();

    let frames = |tasks: &[Words]| -> Vec<(String, usize)> {
        tasks.iter().map(|task| (task.frame.clone(), task.at)).collect()
    };
    let roles = |tasks: &[Words]| -> Vec<(String, String, (usize, usize))> {
        let each = |task: &Words| {
            let frame = task.frame.clone();
            let roles = task.roles.clone();
            roles
                .into_iter()
                .map(move |(role, span, _)| (role, frame.clone(), span))
        };
        tasks.iter().flat_map(each).collect()
    };
    let heads = |tasks: &[Words]| -> Vec<(String, String, usize)> {
        let each = |task: &Words| {
            let frame = task.frame.clone();
            let roles = task.roles.clone();
            roles
                .into_iter()
                .filter_map(move |(role, _, head)| Some((role, frame.clone(), head?)))
        };
        tasks.iter().flat_map(each).collect()
    };
    let mut marks = Marks {
        frame: Count::of(frames(&wanted), frames(&found)),
        role: Count::of(roles(&wanted), roles(&found)),
        ..Marks::default()
    };
    let name = |tasks: &[Words]| tasks.iter().map(|task| task.frame.clone()).collect::<Vec<_>>();
    marks.frame_name = Count::of(name(&wanted), name(&found));
    // What is found counts against precision only where the line gives heads at all.
    let known = heads(&wanted);
    if !known.is_empty() {
        marks.head = Count::of(known, heads(&found));
    }
    marks.whole = marks.frame.all() && marks.role.all();
    tally(&mut marks.frames, frames(&wanted), frames(&found), |key| &key.0);
    tally(&mut marks.roles, roles(&wanted), roles(&found), |key| &key.0);
    pair(&mut marks, &wanted, &found);
    marks.values = values(gold, read);
    marks
}

/// Of the roles whose value is marked those for which a task of the frame has it at the same role.
fn values(gold: &Gold, read: &Read) -> (usize, usize) {
    let mut count = (0, 0);
    for task in gold.tasks.iter().flatten() {
        for role in task.roles.iter().filter(|role| role.value.is_some()) {
            count.1 += 1;
            let said = read
                .reading
                .tasks
                .iter()
                .filter(|other| other.frame.name() == task.frame);
            let mut fillers = said.flat_map(|other| &other.roles);
            count.0 += usize::from(
                fillers.any(|filler| filler.role.name() == role.role && filler.value == role.value),
            );
        }
    }
    count
}

/// Adds the counts of the keys of each name to `to`.
fn tally<K: Ord + Clone>(
    to: &mut BTreeMap<String, Count>,
    wanted: Vec<K>,
    found: Vec<K>,
    name: impl Fn(&K) -> &String,
) {
    let names: std::collections::BTreeSet<String> =
        wanted.iter().chain(&found).map(|key| name(key).clone()).collect();
    for one in names {
        let of = |keys: &[K]| {
            keys.iter()
                .filter(|key| *name(key) == one)
                .cloned()
                .collect::<Vec<_>>()
        };
        let count = Count::of(of(&wanted), of(&found));
        *to.entry(one).or_default() += count;
    }
}

/// Frames and moods at the same trigger word.
fn pair(marks: &mut Marks, wanted: &[Words], found: &[Words]) {
    const NONE: &str = "none";
    let mut free: Vec<&Words> = found.iter().collect();
    for task in wanted {
        let at = free.iter().position(|other| other.at == task.at);
        let other = at.map(|at| free.remove(at));
        if let (Some(other), Some(mood)) = (other, &task.mood) {
            marks.moods.1 += 1;
            marks.moods.0 += usize::from(other.mood.as_ref() == Some(mood));
        }
        let name = other.map_or(NONE, |other| other.frame.as_str());
        marks.pairs.push((task.frame.clone(), name.to_owned()));
    }
    for other in free {
        marks.pairs.push((NONE.to_owned(), other.frame.clone()));
    }
}

/// First character of a filler's head: its first place in the filler's text.
fn head_place(filler: &Filler) -> Option<u32> {
    let head = filler.head.as_ref()?;
    let (text, unit): (Vec<char>, Vec<char>) = (filler.text.chars().collect(), head.chars().collect());
    let starts = |at: &usize| text[*at..].starts_with(&unit);
    let word = |at: &usize| {
        let letter = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        !(letter(at.checked_sub(1).and_then(|b| text.get(b))) || letter(text.get(at + unit.len())))
    };
    let places = || (0..text.len()).filter(starts);
    let place = places().find(word).or_else(|| places().next())?;
    Some(filler.span.start + place as u32)
}

/// From characters to words.
struct Cover {
    words: Vec<(u32, u32)>,
}

impl Cover {
    /// The model's words; those between white space where it could not read the line.
    fn of(gold: &Gold, read: &Read) -> Self {
        if !read.words.is_empty() {
            return Cover {
                words: read.words.clone(),
            };
        }
        let tokens = brain::understand::words::tokens(&gold.text);
        Cover {
            words: tokens
                .iter()
                .map(|token| (token.span.start, token.span.end))
                .collect(),
        }
    }

    /// The words that lie in the characters of `span`, half open.
    fn range(&self, span: (u32, u32)) -> (usize, usize) {
        let inside = |word: &(u32, u32)| word.0 < span.1 && word.1 > span.0;
        let start = self.words.iter().position(inside);
        let end = self.words.iter().rposition(inside);
        match (start, end) {
            (Some(start), Some(end)) => (start, end + 1),
            _ => (usize::MAX, usize::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain::reading::{Act, Frame, Mood, Reading, Role, Span, Task};
    use brain::units::Score;

    fn filler(role: Role, text: &str, head: &str, start: u32) -> Filler {
        let end = start + text.chars().count() as u32;
        Filler {
            role,
            text: text.to_owned(),
            head: Some(head.to_owned()),
            span: Span { start, end },
            score: Score(0.9),
            value: None,
        }
    }

    fn read(frame: Frame, roles: Vec<Filler>) -> Read {
        let span = Span { start: 0, end: 4 };
        Read {
            reading: Reading {
                text: "take the red cup".to_owned(),
                lang: "en".to_owned(),
                act: Act::Command,
                outcome: Outcome::Act,
                reason: None,
                say: None,
                tasks: vec![Task {
                    frame,
                    score: Score(0.9),
                    trigger: "take".to_owned(),
                    trigger_span: span,
                    span,
                    mood: Mood::Command,
                    roles,
                    condition: None,
                }],
                answer: None,
                confidence: Score(0.9),
                rival: None,
                named: None,
                choice: None,
            },
            words: vec![(0, 4), (5, 8), (9, 12), (13, 16)],
            acceptance: 0.9,
            encode_ms: 1.0,
            rest_ms: 0.1,
        }
    }

    fn gold() -> Gold {
        Gold {
            id: "1".to_owned(),
            text: "take the red cup".to_owned(),
            lang: Some("en".to_owned()),
            tasks: Some(vec![super::super::gold::GoldTask {
                frame: "taking".to_owned(),
                trigger: (0, 4),
                mood: Some("command".to_owned()),
                roles: vec![super::super::gold::GoldRole {
                    role: "theme".to_owned(),
                    span: (5, 16),
                    head: Some(13),
                    value: None,
                }],
            }]),
            due: Due::Act,
            kind: "command".to_owned(),
            map: Vec::new(),
        }
    }

    #[test]
    fn frames_roles_and_heads_are_compared_by_their_words() {
        let check = |read: Read, frame: usize, role: usize, head: usize, whole: bool| {
            let marks = compare(0, &gold(), &read).marks.unwrap();
            let came = (marks.frame.right, marks.role.right, marks.head.right, marks.whole);
            assert_eq!(came, (frame, role, head, whole), "{:?}", read.reading.tasks);
        };
        let theme = |text: &str, start| filler(Role::Theme, text, "cup", start);
        check(read(Frame::Taking, vec![theme("the red cup", 5)]), 1, 1, 1, true);
        check(read(Frame::Taking, vec![theme("red cup", 9)]), 1, 0, 1, false);
        check(
            read(Frame::Bringing, vec![theme("the red cup", 5)]),
            0,
            0,
            0,
            false,
        );
        let twice = vec![theme("the red cup", 5), filler(Role::Source, "red", "red", 9)];
        check(read(Frame::Taking, twice), 1, 1, 1, false);
    }

    #[test]
    fn confusions_name_both_frames() {
        let marks = compare(0, &gold(), &read(Frame::Bringing, Vec::new()))
            .marks
            .unwrap();
        assert_eq!(marks.pairs, [("taking".to_owned(), "bringing".to_owned())]);
        assert_eq!(marks.moods, (1, 1));
        assert_eq!(
            marks.role,
            Count {
                wanted: 1,
                found: 0,
                right: 0
            }
        );
    }
}
