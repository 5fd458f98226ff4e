//! `coact eval asr`: what is written down of recordings whose words are known, and whether it means what the words mean.
//!
//! Word errors are words put in, left out or changed; case, marks, hyphens and how numbers are written do not count.

use super::intent::trial::samples;
use super::on_all_cores;
use crate::cli::hear::understand;
use crate::cli::{Exit, Global, parse, show};
use anyhow::{Context as _, bail};
use brain::reading::Outcome;
use brain::understand::packs::spelling;
use coact::hear::segment::Clip;
use coact::hear::{Ears, spoken};
use coact::read::Reader;
use coact::report::Reading;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments of `coact eval asr`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A line of the file is an object {\"wav\", \"text\", \"voice\"}; recordings lie beside the file. What is heard \
    is read as `coact parse` reads it, and so are the words that were said: a command is understood as typed when both give \
    the same outcome with the same frames and roles. Figures are given for each voice and for all.\n\n\
    Examples:\n  coact eval asr --data commands/labels.jsonl\n  coact --json eval asr --data labels.jsonl --whole --each"
)]
pub struct Args {
    /// File of marked lines
    #[arg(long, value_name = "FILE.jsonl")]
    data: PathBuf,
    /// Write down each recording as one utterance, freely and greedily, as the reference script does
    #[arg(long)]
    whole: bool,
    /// Also show each recording
    #[arg(long)]
    each: bool,
}

/// A marked line. Other keys are passed over.
#[derive(Debug, Deserialize)]
struct Line {
    wav: PathBuf,
    /// What was said; without it the line is only written down.
    text: Option<String>,
    #[serde(default)]
    voice: String,
}

/// What came of one line.
#[derive(Debug, Serialize)]
struct Came {
    wav: String,
    voice: String,
    said: Option<String>,
    heard: String,
    errors: usize,
    words: usize,
    as_typed: bool,
    outcome: Outcome,
}

/// What was counted.
#[derive(Debug, Default, Serialize)]
struct Figures {
    voice: String,
    recordings: usize,
    words: usize,
    word_error_rate: f64,
    all_words_right: f64,
    understood_as_typed: f64,
}

/// Runs `coact eval asr`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let name = || args.data.display().to_string();
    let text = std::fs::read_to_string(&args.data).with_context(name)?;
    let lines: Vec<Line> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| serde_json::from_str(line).with_context(|| format!("{}, line {}", name(), n + 1)))
        .collect::<anyhow::Result<_>>()?;
    if lines.is_empty() {
        bail!("{}: there is no line in it", name());
    }
    let folders = crate::cli::installed(global);
    let (reader, ears) = (Reader::load(&folders)?, Ears::load(&folders)?);
    let sayable = spoken::grammars(&[], None, ears.tokens());
    let folder = args.data.parent().unwrap_or(Path::new(""));
    let hear = |line: &Line| -> anyhow::Result<Came> {
        let samples = samples(&folder.join(&line.wav))?;
        let (heard, spoken) = if args.whole {
            let clip = Clip {
                start_s: 0.0,
                samples,
            };
            let heard = ears.write_down(&clip)?;
            let spoken = parse::parse(&reader, &[], &heard, &[]);
            (heard, spoken)
        } else {
            let mut samples = Some(samples);
            let heard = ears.listen(&sayable, || samples.take())?;
            (heard.text(), understand(&reader, &[], &heard))
        };
        let words = |text: &str| spelling::words(&text.replace('-', " "), "en");
        let text = line.text.as_deref().unwrap_or_default();
        let (said_words, heard_words) = (words(text), words(&heard));
        let sense = |reading: Reading| {
            let tasks = reading.tasks.iter().map(|task| {
                let roles = task.roles.iter();
                let roles: BTreeMap<String, Vec<String>> =
                    roles.map(|role| (role.role.clone(), words(&role.text))).collect();
                (task.frame.clone(), roles)
            });
            (reading.outcome, tasks.collect::<Vec<_>>())
        };
        let typed = sense(parse::parse(&reader, &[], text, &[]));
        let spoken = sense(spoken);
        Ok(Came {
            wav: line.wav.display().to_string(),
            voice: line.voice.clone(),
            said: line.text.clone(),
            errors: strsim::generic_levenshtein(&Words(&said_words), &Words(&heard_words)),
            words: said_words.len(),
            as_typed: typed == spoken,
            outcome: spoken.0,
            heard,
        })
    };
    let all = on_all_cores(&lines, hear)?;
    if args.each {
        for came in &all {
            if global.json {
                show::json(&serde_json::to_value(came)?);
            } else {
                let sign = if came.as_typed { "=" } else { "!" };
                anstream::println!(
                    "{sign} {}  {}  [{}]",
                    came.wav,
                    came.heard,
                    came.said.as_deref().unwrap_or("?")
                );
            }
        }
    }
    let mut voices: BTreeMap<&str, Vec<&Came>> = BTreeMap::new();
    for came in all.iter().filter(|came| came.said.is_some()) {
        voices.entry(&came.voice).or_default().push(came);
    }
    let every: Vec<&Came> = voices.values().flatten().copied().collect();
    let one = voices.len() < 2;
    for (voice, came) in voices.into_iter().filter(|_| !one).chain([("all", every)]) {
        let figures = figures(voice, &came);
        if global.json {
            show::json(&serde_json::to_value(&figures)?);
        } else {
            let percent = |share: f64| share * 100.0;
            anstream::println!(
                "{voice:12} {} recordings, {} words: {:.2} % of the words wrong; every word right in {:.1} %; understood \
                 as typed {:.1} %",
                figures.recordings,
                figures.words,
                percent(figures.word_error_rate),
                percent(figures.all_words_right),
                percent(figures.understood_as_typed),
            );
        }
    }
    Ok(Exit::Done)
}

/// Words as `strsim` takes them.
struct Words<'a>(&'a [String]);

impl<'a> IntoIterator for &'a Words<'_> {
    type Item = &'a String;
    type IntoIter = std::slice::Iter<'a, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

fn figures(voice: &str, came: &[&Came]) -> Figures {
    let count = |of: &dyn Fn(&Came) -> usize| came.iter().map(|one| of(one)).sum::<usize>();
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    let words = count(&|one| one.words);
    Figures {
        voice: voice.to_owned(),
        recordings: came.len(),
        words,
        word_error_rate: share(count(&|one| one.errors), words),
        all_words_right: share(count(&|one| usize::from(one.errors == 0)), came.len()),
        understood_as_typed: share(count(&|one| usize::from(one.as_typed)), came.len()),
    }
}
