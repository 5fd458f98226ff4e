//! Sums the compared lines of a set up: figures with 95 % intervals, tables, and which lines went wrong.

use super::gold::{Due, Gold};
use super::score::{Count, Line, Prf};
use super::{Read, gold, score};
use crate::evaluate::stats::{self, Calibration, Interval};
use crate::read::Reader;
use brain::reading::Outcome;
use serde::Serialize;
use std::collections::BTreeMap;

/// Seed of every bootstrap.
pub const SEED: u64 = 1;

/// All figures of one set of lines, read one way.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Name of the set: its file.
    pub set: String,
    /// Whether the lines were read against the maps they carry.
    pub map: bool,
    /// Lines in it.
    pub lines: usize,
    /// Lines that carry a map.
    pub maps: usize,
    /// Figures of the lines whose tasks are marked; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<Marked>,
    /// What became of the lines that are to be acted on; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Outcomes>,
    /// What became of the lines that are not; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_commands: Option<Outcomes>,
    /// The share of lines acted on that should be, or left that should be.
    pub accuracy: Option<Share>,
    /// Area under the ROC curve of acceptance (confidence times probability of a command): lines to be acted on against
    /// the others.
    pub acceptance_auc: Option<Figure>,
    /// The share of lines whose language is right.
    pub language: Option<Share>,
    /// How long reading took, in milliseconds.
    pub ms: Times,
}

/// Figures of the lines whose tasks are marked.
#[derive(Debug, Clone, Serialize)]
pub struct Marked {
    /// Lines.
    pub lines: usize,
    /// Frames by name and first trigger word.
    pub frame: Scored,
    /// Frames by name alone.
    pub frame_name: Scored,
    /// Roles by frame, role and words.
    pub role: Scored,
    /// Roles by frame, role and head; `n` is 0 where no line gives heads.
    pub head: Scored,
    /// Lines that are wholly right.
    pub whole: Share,
    /// Moods of the frames that were found.
    pub mood: Option<Share>,
    /// Values (numbers with units, colours, counts) of the roles where the line gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Share>,
    /// Whether confidence tells right readings from wrong ones: area under the ROC curve.
    pub confidence_auc: Option<Figure>,
    /// Confidence against the share of wholly right, over lines with a task in the reading.
    pub calibration: Option<Calibration>,
    /// Each frame.
    pub frames: BTreeMap<String, Prf>,
    /// Each role.
    pub roles: BTreeMap<String, Prf>,
    /// Marked frame, found frame, times; "none" for no frame.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
    /// Lines that are not wholly right.
    pub wrong: Vec<Wrong>,
}

/// A line that is not wholly right.
#[derive(Debug, Clone, Serialize)]
pub struct Wrong {
    /// Its name or number in the file.
    pub id: String,
    /// What was said.
    pub text: String,
    /// The marked tasks, briefly.
    pub marked: String,
    /// The tasks that were found, briefly.
    pub found: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Confidence of the reading.
    pub confidence: f64,
}

/// What became of lines that are all to be acted on, or all not.
#[derive(Debug, Clone, Serialize)]
pub struct Outcomes {
    /// Lines.
    pub lines: usize,
    /// Acted on.
    pub acted: Share,
    /// Asked about.
    pub asked: Share,
    /// Refused.
    pub refused: Share,
    /// Ignored.
    pub ignored: Share,
    /// Acted on, and not wholly right: of the lines whose tasks are marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidently_wrong: Option<Share>,
    /// The lines that did not become what they should, at most a hundred.
    pub otherwise: Vec<Otherwise>,
}

/// A line that was left though it should be acted on, or acted on though it should be left.
#[derive(Debug, Clone, Serialize)]
pub struct Otherwise {
    /// What was said.
    pub text: String,
    /// What kind of line it is.
    pub kind: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The reading's reason, where it has one.
    pub reason: Option<brain::reading::Reason>,
}

/// Precision, recall and F1 with the interval of F1.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Scored {
    /// The figures.
    #[serde(flatten)]
    pub prf: Prf,
    /// 95 % bootstrap interval of F1 over lines.
    pub ci95: Option<Interval>,
}

/// A share with its interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Share {
    /// The share, 0 to 1.
    pub share: f64,
    /// Lines that count for it.
    pub n: usize,
    /// 95 % interval (Wilson).
    pub ci95: Option<Interval>,
}

impl Share {
    /// `right` of `n`; `None` for none.
    #[must_use]
    pub fn of(right: usize, n: usize) -> Option<Self> {
        (n > 0).then(|| Share {
            share: right as f64 / n as f64,
            n,
            ci95: stats::wilson(right, n),
        })
    }
}

/// A figure with its interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// 95 % bootstrap interval over lines.
    pub ci95: Option<Interval>,
}

/// Milliseconds a line: median and 99th percentile.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Times {
    /// The network, median.
    pub encode_p50: f64,
    /// The same, 99th percentile.
    pub encode_p99: f64,
    /// Everything around it, median.
    pub rest_p50: f64,
    /// The same, 99th percentile.
    pub rest_p99: f64,
}

/// Lines that were read and compared.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The marks.
    pub gold: Vec<Gold>,
    /// The readings.
    pub reads: Vec<Read>,
    /// The comparisons.
    pub lines: Vec<Line>,
}

impl Sheet {
    /// Reads and compares all lines. `each` is called after every line.
    #[must_use]
    pub fn read(reader: &Reader, gold: Vec<Gold>, with_map: bool, mut each: impl FnMut()) -> Self {
        let reads: Vec<Read> = gold
            .iter()
            .map(|line| {
                let read = super::read(reader, line, with_map);
                each();
                read
            })
            .collect();
        let lines = gold
            .iter()
            .zip(&reads)
            .enumerate()
            .map(|(at, (gold, read))| score::compare(at, gold, read))
            .collect();
        Sheet { gold, reads, lines }
    }

    /// Every figure.
    #[must_use]
    pub fn report(&self, set: &str, map: bool) -> Report {
        let lines = &self.lines;
        let due = |due: Due| lines.iter().filter(|line| line.due == due).collect::<Vec<_>>();
        let decided: Vec<&Line> = lines.iter().filter(|line| line.due != Due::Open).collect();
        let right = |line: &&&Line| (line.outcome == Outcome::Act) == (line.due == Due::Act);
        let accepted: Vec<(f64, bool)> = decided
            .iter()
            .map(|line| (line.acceptance, line.due == Due::Act))
            .collect();
        let spoken: Vec<bool> = lines.iter().filter_map(|line| line.lang).collect();
        Report {
            set: set.to_owned(),
            map,
            lines: lines.len(),
            maps: self.gold.iter().filter(|line| !line.map.is_empty()).count(),
            marked: self.marked(),
            commands: self.outcomes(&due(Due::Act)),
            no_commands: self.outcomes(&due(Due::Leave)),
            accuracy: Share::of(decided.iter().filter(right).count(), decided.len()),
            acceptance_auc: auc(&accepted),
            language: Share::of(spoken.iter().filter(|right| **right).count(), spoken.len()),
            ms: times(&self.reads),
        }
    }

    fn outcomes(&self, lines: &[&Line]) -> Option<Outcomes> {
        let n = lines.len();
        let became =
            |outcome: Outcome| Share::of(lines.iter().filter(|line| line.outcome == outcome).count(), n);
        let marked: Vec<bool> = lines
            .iter()
            .filter_map(|line| Some((line.outcome, line.marks.as_ref()?)))
            .map(|(outcome, marks)| outcome == Outcome::Act && !marks.whole)
            .collect();
        let is_command = lines.first()?.due == Due::Act;
        let otherwise = lines
            .iter()
            .filter(|line| (line.outcome == Outcome::Act) != is_command)
            .take(100)
            .map(|line| Otherwise {
                text: self.gold[line.at].text.clone(),
                kind: self.gold[line.at].kind.clone(),
                outcome: line.outcome,
                reason: self.reads[line.at].reading.reason,
            })
            .collect();
        Some(Outcomes {
            lines: n,
            acted: became(Outcome::Act)?,
            asked: became(Outcome::Ask)?,
            refused: became(Outcome::Refuse)?,
            ignored: became(Outcome::Ignore)?,
            confidently_wrong: is_command
                .then(|| Share::of(marked.iter().filter(|wrong| **wrong).count(), marked.len()))
                .flatten(),
            otherwise,
        })
    }

    fn marked(&self) -> Option<Marked> {
        let lines: Vec<(&Line, &score::Marks)> = self
            .lines
            .iter()
            .filter_map(|line| Some((line, line.marks.as_ref()?)))
            .collect();
        if lines.is_empty() {
            return None;
        }
        let n = lines.len();
        let scored = |of: fn(&score::Marks) -> Count| {
            let sum = |indexes: &mut dyn Iterator<Item = usize>| {
                let mut all = Count::default();
                indexes.for_each(|at| all += of(lines[at].1));
                all
            };
            Scored {
                prf: sum(&mut (0..n)).prf(),
                ci95: stats::bootstrap(n, SEED, |drawn| sum(&mut drawn.iter().copied()).f1()),
            }
        };
        let whole = lines.iter().filter(|(_, marks)| marks.whole).count();
        let moods = lines.iter().fold((0, 0), |sum, (_, marks)| {
            (sum.0 + marks.moods.0, sum.1 + marks.moods.1)
        });
        let values = lines.iter().fold((0, 0), |sum, (_, marks)| {
            (sum.0 + marks.values.0, sum.1 + marks.values.1)
        });
        let sure: Vec<(f64, bool)> = lines
            .iter()
            .filter(|(line, _)| line.tasks)
            .map(|(line, marks)| (line.confidence, marks.whole))
            .collect();
        let sum = |of: fn(&score::Marks) -> &BTreeMap<String, Count>| {
            let mut all: BTreeMap<String, Count> = BTreeMap::new();
            for (name, count) in lines.iter().flat_map(|(_, marks)| of(marks)) {
                *all.entry(name.clone()).or_default() += *count;
            }
            all.into_iter().map(|(name, count)| (name, count.prf())).collect()
        };
        let mut confusion: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (marked, found) in lines.iter().flat_map(|(_, marks)| &marks.pairs) {
            *confusion
                .entry(marked.clone())
                .or_default()
                .entry(found.clone())
                .or_default() += 1;
        }
        Some(Marked {
            lines: n,
            frame: scored(|marks| marks.frame),
            frame_name: scored(|marks| marks.frame_name),
            role: scored(|marks| marks.role),
            head: scored(|marks| marks.head),
            whole: Share {
                share: whole as f64 / n as f64,
                n,
                ci95: stats::bootstrap(n, SEED, |drawn| {
                    Some(drawn.iter().filter(|&&at| lines[at].1.whole).count() as f64 / n as f64)
                }),
            },
            mood: Share::of(moods.0, moods.1),
            values: Share::of(values.0, values.1),
            confidence_auc: auc(&sure),
            calibration: stats::calibration(&sure, SEED),
            frames: sum(|marks| &marks.frames),
            roles: sum(|marks| &marks.roles),
            confusion,
            wrong: lines
                .iter()
                .filter(|(_, marks)| !marks.whole)
                .map(|(line, _)| self.wrong(line))
                .collect(),
        })
    }

    fn wrong(&self, line: &Line) -> Wrong {
        let (gold, reading) = (&self.gold[line.at], &self.reads[line.at].reading);
        let brief = |frame: &str, roles: Vec<String>| format!("{frame}({})", roles.join(", "));
        let found: Vec<String> = reading
            .tasks
            .iter()
            .map(|task| {
                let roles = task
                    .roles
                    .iter()
                    .map(|role| format!("{}={}", role.role.name(), role.text));
                brief(task.frame.name(), roles.collect())
            })
            .collect();
        let marked: Vec<String> = gold
            .tasks
            .iter()
            .flatten()
            .map(|task: &gold::GoldTask| {
                let roles = task.roles.iter().map(|role| {
                    let (start, end) = (role.span.0 as usize, role.span.1 as usize);
                    let text: String = gold.text.chars().skip(start).take(end - start).collect();
                    format!("{}={text}", role.role)
                });
                brief(&task.frame, roles.collect())
            })
            .collect();
        Wrong {
            id: gold.id.clone(),
            text: gold.text.clone(),
            marked: marked.join("; "),
            found: found.join("; "),
            outcome: line.outcome,
            confidence: line.confidence,
        }
    }
}

fn auc(scored: &[(f64, bool)]) -> Option<Figure> {
    Some(Figure {
        value: stats::auc(scored)?,
        ci95: stats::bootstrap(scored.len(), SEED, |drawn| {
            stats::auc(&drawn.iter().map(|&at| scored[at]).collect::<Vec<_>>())
        }),
    })
}

fn times(reads: &[Read]) -> Times {
    let at = |of: fn(&Read) -> f64, share: f64| {
        let mut all: Vec<f64> = reads.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        let last = all.len().saturating_sub(1);
        all.get((share * last as f64).round() as usize)
            .copied()
            .unwrap_or(0.0)
    };
    Times {
        encode_p50: at(|read| read.encode_ms, 0.5),
        encode_p99: at(|read| read.encode_ms, 0.99),
        rest_p50: at(|read| read.rest_ms, 0.5),
        rest_p99: at(|read| read.rest_ms, 0.99),
    }
}
