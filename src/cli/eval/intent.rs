//! `coact eval intent`: a pack against lines marked with their intent and its slots.
//!
//! A line is right when it is acted on, as one task of the intent's frame, with exactly the slots of the line, each with the
//! slot's own text as its value.

use crate::cli::packs::PackArgs;
use crate::cli::{Exit, Global, show};
use anyhow::{Context as _, bail};
use brain::reading::{Filler, Frame, Mood, Outcome, Role, Span, Task, Value};
use brain::understand::packs::fill::fill;
use brain::understand::{Context, understand};
use brain::units::Score;
use coact::read::Reader;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// Arguments of `coact eval intent`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A line of the file is an object {\"intent\", \"slots\": {name: value}, \"text\"}. Lines without a text are written \
    out by the carriers: {slot} is the slot's value, what stands in [brackets] is left out where a slot is not in the line.\n\n\
    Example:\n  coact eval intent --pack packs/barista --data labels.jsonl --text \\\n    \
    --carrier \"can I get a [{size}] [{roast}] [{numberOfShots}] {coffeeDrink}[ with {milkAmount}][ and {sugarAmount}]\""
)]
pub struct Args {
    #[command(flatten)]
    packs: PackArgs,
    /// File of marked lines
    #[arg(long, value_name = "FILE.jsonl")]
    data: PathBuf,
    /// Read the lines' texts, not their recordings
    #[arg(long)]
    text: bool,
    /// Sentence that lines without a text are written out by; may be given several times, then they take turns
    #[arg(long, value_name = "SENTENCE")]
    carrier: Vec<String>,
    /// Also show the lines that are wrong
    #[arg(long)]
    wrong: bool,
}

/// A marked line. Other keys are passed over.
#[derive(Debug, Deserialize)]
struct Line {
    intent: String,
    #[serde(default)]
    slots: BTreeMap<String, String>,
    #[serde(default)]
    text: Option<String>,
}

/// What was counted.
#[derive(Debug, Default, Serialize)]
struct Figures {
    /// Lines.
    lines: usize,
    /// Wholly right ones.
    right: usize,
    /// Their share.
    accuracy: f64,
    /// Lines acted on, and not wholly right.
    confident_and_wrong: usize,
    /// Lines asked about.
    asked: usize,
    /// Lines refused or ignored.
    refused: usize,
}

/// Runs `coact eval intent`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if !args.text {
        bail!("only texts can be evaluated here: add --text");
    }
    let reader = Reader::load(&crate::cli::installed(global))?;
    let packs = args.packs.learn(global, None, &reader)?;
    let name = || args.data.display().to_string();
    let file = BufReader::new(std::fs::File::open(&args.data).with_context(name)?);
    let mut figures = Figures::default();
    for (number, line) in file.lines().enumerate() {
        let line = line.with_context(name)?;
        if line.trim().is_empty() {
            continue;
        }
        let place = || format!("{}, line {}", args.data.display(), number + 1);
        let line: Line = serde_json::from_str(&line).with_context(place)?;
        let text = match (&line.text, args.carrier.as_slice()) {
            (Some(text), _) => text.clone(),
            (None, []) => bail!(
                "{}: the line has no text; say with --carrier how one is written out",
                place()
            ),
            (None, carriers) => fill(&carriers[figures.lines % carriers.len()], &marked(&line)),
        };
        let tags = reader.read(&text, None).ok();
        let context = Context {
            packs: &packs,
            thresholds: *reader.thresholds(),
            ..Context::default()
        };
        let reading = understand(&text, tags.as_ref(), reader.labels(), &context);
        let right = reading.outcome == Outcome::Act
            && matches!(reading.tasks.as_slice(), [task] if task.frame.name() == line.intent && slots(task) == wanted(&line));
        figures.lines += 1;
        match (right, reading.outcome) {
            (true, _) => figures.right += 1,
            (false, Outcome::Act) => figures.confident_and_wrong += 1,
            (false, Outcome::Ask) => figures.asked += 1,
            (false, Outcome::Refuse | Outcome::Ignore) => figures.refused += 1,
        }
        if !right && args.wrong && !global.json {
            let found: Vec<_> = reading
                .tasks
                .iter()
                .map(|task| (task.frame.name(), slots(task)))
                .collect();
            anstream::println!(
                "{text}\n  {:?} {found:?}\n  expected {:?}",
                reading.outcome,
                wanted(&line)
            );
        }
    }
    if figures.lines == 0 {
        bail!("{}: there is no line in it", args.data.display());
    }
    figures.accuracy = figures.right as f64 / figures.lines as f64;
    if global.json {
        show::json(&serde_json::to_value(&figures)?);
        return Ok(Exit::Done);
    }
    let Figures {
        lines,
        right,
        accuracy,
        confident_and_wrong,
        asked,
        refused,
    } = figures;
    anstream::println!(
        "{right} of {lines} wholly right ({:.1} %); acted on and wrong {confident_and_wrong}, asked about {asked}, refused or \
         ignored {refused}",
        accuracy * 100.0
    );
    Ok(Exit::Done)
}

fn wanted(line: &Line) -> BTreeMap<String, String> {
    line.slots
        .iter()
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect()
}

fn slots(task: &Task) -> BTreeMap<String, String> {
    let value = |filler: &Filler| match &filler.value {
        Some(Value::Slot(text)) => text.clone(),
        _ => filler.text.clone(),
    };
    task.roles
        .iter()
        .map(|filler| (filler.role.name().to_owned(), value(filler)))
        .collect()
}

/// The line's slots as a task, for writing out.
fn marked(line: &Line) -> Task {
    let filler = |(name, value): (String, String)| Filler {
        role: Role::from(name),
        text: value,
        head: None,
        span: Span::default(),
        score: Score(1.0),
        value: None,
    };
    Task {
        frame: Frame::from(line.intent.as_str()),
        score: Score(1.0),
        trigger: String::new(),
        trigger_span: Span::default(),
        span: Span::default(),
        mood: Mood::Command,
        roles: wanted(line).into_iter().map(filler).collect(),
    }
}
