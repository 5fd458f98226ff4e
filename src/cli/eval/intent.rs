//! `coact eval intent`: packs against lines marked with their intent and its slots, as texts or as recordings, in noise if
//! wished.
//!
//! A line is right when it is acted on, as one task of the intent's frame, with exactly the slots of the line, each with the
//! slot's own text as its value. A line whose intent is null is right when it is not acted on.

mod line;
pub mod trial;

use crate::cli::packs::PackArgs;
use crate::cli::{Exit, Global, show};
use anyhow::{Context as _, bail};
use brain::reading::Outcome;
use coact::hear::{Ears, noise, spoken};
use coact::read::Reader;
use line::Half;
use serde::Serialize;
use std::path::{Path, PathBuf};
use trial::{Came, Trial};

/// Arguments of `coact eval intent`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A line of the file is an object {\"wav\", \"intent\", \"slots\": {name: value}, \"text\"}. Recordings lie beside \
    the file. With --text the texts are read instead; lines without one are written out by the carriers: {slot} is the \
    slot's value, what stands in [brackets] is left out where a slot is not in the line.\n\n\
    The ratio of speech to noise is that of their loudest windows of 2048 samples. Half of the lines, by their names, may \
    be used to tune; figures are given for both halves and for all.\n\n\
    Examples:\n  coact eval intent --pack packs/barista --data labels.jsonl --noise kitchen.wav --snr 6,9,12,15,18,21,24\n  \
    coact eval intent --pack packs/barista --data labels.jsonl --text \\\n    \
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
    #[arg(long, value_name = "SENTENCE", requires = "text")]
    carrier: Vec<String>,
    /// Noise to mix into the recordings
    #[arg(long, value_name = "WAV", requires = "snr", conflicts_with = "text")]
    noise: Option<PathBuf>,
    /// Ratios of speech to noise in decibels; the recordings are heard without noise, too
    #[arg(
        long,
        value_name = "DB",
        value_delimiter = ',',
        requires = "noise",
        allow_negative_numbers = true
    )]
    snr: Vec<f32>,
    /// Only the half of the lines that may be tuned on, or only the half that is kept aside
    #[arg(long, value_enum)]
    half: Option<Half>,
    /// Also show the lines that are wrong
    #[arg(long)]
    wrong: bool,
}

/// What was counted.
#[derive(Debug, Default, Serialize)]
struct Figures {
    /// Ratio of speech to noise, where there is noise: decibels, or "all".
    #[serde(skip_serializing_if = "Option::is_none")]
    snr_db: Option<serde_json::Value>,
    /// Which half of the lines, where it is not all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    half: Option<Half>,
    /// Lines with an intent.
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
    /// Lines that are no intent of the packs.
    others: usize,
    /// Those of them that were acted on.
    others_acted_on: usize,
}

/// Runs `coact eval intent`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let name = || args.data.display().to_string();
    let text = std::fs::read_to_string(&args.data).with_context(name)?;
    let mut lines = line::read(&text, &args.data)?;
    if args.text {
        line::write_out(&mut lines, &args.carrier, &args.data)?;
    }
    lines.retain(|line| args.half.is_none_or(|half| line.half() == half));
    if lines.is_empty() {
        bail!("{}: there is no line in it", name());
    }
    let folders = crate::cli::installed(global);
    let reader = Reader::load(&folders)?;
    let packs = args.packs.learn(global, None, &reader)?;
    let ears = (!args.text).then(|| Ears::load(&folders)).transpose()?;
    let sayable = ears
        .as_ref()
        .map_or_else(Vec::new, |ears| spoken::grammars(&packs, None, ears.tokens()));
    let noise = match &args.noise {
        Some(path) => trial::samples(path)?,
        None => Vec::new(),
    };
    if args.noise.is_some() && noise::is_silent(&noise) {
        bail!(
            "{name}: there is no sound in it",
            name = args.noise.as_deref().unwrap_or(Path::new("")).display()
        );
    }
    let trial = Trial {
        reader: &reader,
        packs: &packs,
        ears: ears.as_ref(),
        sayable: &sayable,
        noise: &noise,
        folder: args.data.parent().unwrap_or(Path::new("")),
    };
    let mut noisy: Vec<Came> = Vec::new();
    for ratio in std::iter::once(None).chain(args.snr.iter().copied().map(Some)) {
        let came = trial.all(&lines, ratio)?;
        for one in came.iter().filter(|one| args.wrong && !one.right) {
            if global.json {
                show::json(&serde_json::to_value(one)?);
            } else {
                anstream::println!("{one}");
            }
        }
        let of = args
            .noise
            .is_some()
            .then(|| ratio.map_or("none".into(), Into::into));
        report(of.as_ref(), &came, args, global)?;
        if ratio.is_some() {
            noisy.extend(came);
        }
    }
    if args.snr.len() > 1 {
        report(Some(&"all".into()), &noisy, args, global)?;
    }
    Ok(Exit::Done)
}

/// Shows the figures: of both halves of recordings, then of all.
fn report(
    ratio: Option<&serde_json::Value>,
    came: &[Came],
    args: &Args,
    global: &Global,
) -> anyhow::Result<()> {
    let halves = match (args.half, args.text) {
        (None, false) => &[Some(Half::Tuned), Some(Half::Kept), None][..],
        _ => &[None],
    };
    for half in halves {
        let of = came.iter().filter(|one| half.is_none_or(|half| one.half == half));
        let figures = Figures {
            snr_db: ratio.cloned(),
            half: *half,
            ..figures(of)
        };
        if global.json {
            show::json(&serde_json::to_value(&figures)?);
        } else {
            anstream::println!("{}", people(&figures));
        }
    }
    Ok(())
}

fn figures<'a>(came: impl Iterator<Item = &'a Came>) -> Figures {
    let mut figures = Figures::default();
    for one in came {
        if !one.in_scope {
            figures.others += 1;
            figures.others_acted_on += usize::from(!one.right);
            continue;
        }
        figures.lines += 1;
        match (one.right, one.outcome) {
            (true, _) => figures.right += 1,
            (false, Outcome::Act) => figures.confident_and_wrong += 1,
            (false, Outcome::Ask) => figures.asked += 1,
            (false, Outcome::Refuse | Outcome::Ignore) => figures.refused += 1,
        }
    }
    figures.accuracy = figures.right as f64 / figures.lines.max(1) as f64;
    figures
}

fn people(figures: &Figures) -> String {
    let ratio = match &figures.snr_db {
        Some(serde_json::Value::String(name)) if name == "all" => "all ratios: ".to_owned(),
        Some(serde_json::Value::String(_)) => "no noise: ".to_owned(),
        Some(decibels) => format!("{decibels} dB: "),
        None => String::new(),
    };
    let half = match figures.half {
        Some(Half::Tuned) => "half that may be tuned on: ",
        Some(Half::Kept) => "half kept aside: ",
        None => "",
    };
    let Figures {
        lines,
        right,
        accuracy,
        confident_and_wrong,
        asked,
        refused,
        others,
        others_acted_on,
        ..
    } = figures;
    let mut text = format!(
        "{ratio}{half}{right} of {lines} wholly right ({:.1} %); acted on and wrong {confident_and_wrong}, asked about \
         {asked}, refused or ignored {refused}",
        accuracy * 100.0
    );
    if *others > 0 {
        text += &format!("; {others_acted_on} of {others} others acted on");
    }
    text
}
