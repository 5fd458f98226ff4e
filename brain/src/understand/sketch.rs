//! For tests: text in which triggers and roles are marked becomes the logits a model that is sure of them would give.
//!
//! `[bringing bring] [beneficiary me] [theme the red *cup]`: a name of a frame marks a trigger, any other a role of the
//! trigger before it (`[agent> you]`: of the one after it). `*` stands before a head, `[frame!mood …]` gives a mood.

use super::decode::CONTINUES;
use super::words::{is_han, tokens};
use crate::message::{Labels, Tags, Word};
use crate::reading::{Frame, Role, Task};

/// How sure the made-up model is: logits are this or its negative.
pub const SURE: f32 = 9.0;

/// The labels of the made-up model, in the order of the shipped one.
pub fn labels() -> Labels {
    let mut frames = vec!["none".to_owned()];
    frames.extend(Frame::ALL.iter().map(|frame| frame.name().to_owned()));
    frames.push(CONTINUES.to_owned());
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Labels {
        frames,
        roles: Role::ALL.iter().map(|role| role.name().to_owned()).collect(),
        moods: owned(&[
            "command",
            "prohibition",
            "hypothesis",
            "report",
            "question",
            "description",
        ]),
        acts: owned(&[
            "command",
            "question",
            "confirm",
            "deny",
            "cancel",
            "correct",
            "undo",
            "repeat",
            "choose",
            "chat",
            "fragment",
            "out_of_scope",
        ]),
        langs: owned(&["en", "it", "zh"]),
    }
}

/// A text with what was marked in it.
#[derive(Debug, Clone)]
pub struct Sketch {
    pub text: String,
    pub tags: Tags,
}

struct Mark {
    name: String,
    mood: String,
    forward: bool,
    start: u32,
    end: u32,
}

/// Tasks in one line: frames, roles with their words, and with `heads` their heads.
pub fn told(tasks: &[Task], heads: bool) -> String {
    let role = |filler: &crate::reading::Filler| {
        let head = filler.head.as_deref().unwrap_or("-");
        let head = if heads { format!("/{head}") } else { String::new() };
        format!("{}={}{head}", filler.role.name(), filler.text)
    };
    let task = |task: &Task| {
        let roles: Vec<String> = task.roles.iter().map(role).collect();
        format!("{} {}", task.frame.name(), roles.join(" "))
    };
    tasks.iter().map(task).collect::<Vec<_>>().join("; ")
}

/// Reads the notation.
pub fn sketch(annotated: &str) -> Sketch {
    let names = labels();
    let mut text: Vec<char> = Vec::new();
    let (mut marks, mut open, mut stars) = (Vec::<Mark>::new(), Vec::<usize>::new(), Vec::<u32>::new());
    let chars: Vec<char> = annotated.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '[' => {
                let name: String = chars[at + 1..]
                    .iter()
                    .take_while(|c| !c.is_whitespace() && !is_han(**c))
                    .collect();
                at += 1 + name.chars().count();
                if chars.get(at) == Some(&' ') {
                    at += 1;
                }
                let (name, mood) = name
                    .split_once('!')
                    .map_or((name.clone(), "command".to_owned()), |(a, b)| {
                        (a.into(), b.into())
                    });
                let forward = name.ends_with('>');
                open.push(marks.len());
                let name = name.trim_end_matches('>').to_owned();
                marks.push(Mark {
                    name,
                    mood,
                    forward,
                    start: text.len() as u32,
                    end: 0,
                });
                continue;
            }
            ']' => {
                let mark = open.pop().expect("a bracket is open");
                marks[mark].end = text.len() as u32;
            }
            '*' => stars.push(text.len() as u32),
            c => text.push(c),
        }
        at += 1;
    }
    let text: String = text.into_iter().collect();
    let words: Vec<Word> = tokens(&text)
        .iter()
        .map(|t| Word {
            start: t.span.start,
            end: t.span.end,
        })
        .collect();
    let w = words.len();
    let (kinds, tag_kinds) = (names.frames.len(), 1 + 2 * names.roles.len());
    let mut tags = Tags {
        frames: vec![-SURE; w * kinds],
        roles: vec![-SURE; w * w * tag_kinds],
        heads: vec![-SURE; w],
        moods: vec![-SURE; w * names.moods.len()],
        acts: vec![-SURE; names.acts.len()],
        langs: vec![-SURE; names.langs.len()],
        words: words.clone(),
        embedding: Vec::new(),
    };
    let index = |list: &[String], name: &str| {
        list.iter()
            .position(|n| n == name)
            .unwrap_or_else(|| panic!("no label {name}"))
    };
    let covered = |mark: &Mark| {
        (0..w)
            .filter(|&i| words[i].start >= mark.start && words[i].end <= mark.end)
            .collect::<Vec<_>>()
    };
    for (i, word) in words.iter().enumerate() {
        tags.frames[i * kinds] = SURE;
        tags.moods[i * names.moods.len()] = SURE;
        for j in 0..w {
            tags.roles[(i * w + j) * tag_kinds] = SURE;
        }
        if stars.contains(&word.start) {
            tags.heads[i] = SURE;
        }
    }
    let triggers: Vec<(usize, usize)> = (0..marks.len())
        .filter(|&m| names.frames.contains(&marks[m].name))
        .filter_map(|m| covered(&marks[m]).first().map(|&word| (m, word)))
        .collect();
    for (m, mark) in marks.iter().enumerate() {
        let inside = covered(mark);
        if triggers.iter().any(|(t, _)| *t == m) {
            for (n, &i) in inside.iter().enumerate() {
                tags.frames[i * kinds] = -SURE;
                let name = if n == 0 { mark.name.as_str() } else { CONTINUES };
                tags.frames[i * kinds + index(&names.frames, name)] = SURE;
                tags.moods[i * names.moods.len()] = -SURE;
                tags.moods[i * names.moods.len() + index(&names.moods, &mark.mood)] = SURE;
            }
            continue;
        }
        let owner = if mark.forward {
            triggers.iter().find(|(t, _)| *t > m)
        } else {
            triggers.iter().rev().find(|(t, _)| *t < m)
        };
        let Some(&(_, i)) = owner else { continue };
        let role = index(&names.roles, &mark.name);
        for (n, &j) in inside.iter().enumerate() {
            let cell = (i * w + j) * tag_kinds;
            tags.roles[cell] = -SURE;
            tags.roles[cell + 1 + 2 * role + usize::from(n > 0)] = SURE;
        }
    }
    tags.acts[0] = SURE;
    tags.langs[0] = SURE;
    Sketch { text, tags }
}

impl Sketch {
    /// The tasks that the decoder finds.
    pub fn tasks(&self) -> Vec<Task> {
        let names = labels();
        let decoding = super::decode::decode(&self.tags, &names, &super::Thresholds::default(), &|_| {
            super::decode::Letters::default()
        })
        .expect("the shapes fit");
        let cutter = super::words::Cutter::new(&self.text);
        decoding
            .tasks
            .iter()
            .map(|task| super::task_of(task, &self.tags, &names, &cutter))
            .collect()
    }

    /// With another act than command.
    pub fn act(mut self, act: &str) -> Self {
        self.tags.acts.fill(-SURE);
        let at = labels()
            .acts
            .iter()
            .position(|name| name == act)
            .expect("a label");
        self.tags.acts[at] = SURE;
        self
    }

    /// With another language than English.
    pub fn lang(mut self, lang: &str) -> Self {
        self.tags.langs.fill(-SURE);
        let at = labels()
            .langs
            .iter()
            .position(|name| name == lang)
            .expect("a label");
        self.tags.langs[at] = SURE;
        self
    }

    /// With `other` almost as likely as the frame at word `at`.
    pub fn rival(mut self, at: usize, other: &str) -> Self {
        let names = labels().frames;
        let other = names.iter().position(|name| name == other).expect("a label");
        self.tags.frames[at * names.len() + other] = SURE - 0.1;
        self
    }
}
