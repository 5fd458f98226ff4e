//! `coact journal` and `coact replay`: what was recorded, and whether the brain does it again the same way.

mod heard;

use super::{Exit, Global};
use anstyle::{AnsiColor, Style};
use coact::shell::journal::{self, Record};
use coact::shell::replay::{Replayed, replay};
use firmware_bridge::host::LinkStats;
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `coact journal`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coact journal                    every segment in the state folder\n  \
    coact journal show RUN-0000.coact  every step, event and effects\n  coact journal heard              every utterance, its alternatives, its outcome\n  coact replay RUN-0000.coact      does the brain do it again?"
)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every segment in the state folder (the default)
    List,
    /// Every step of one segment: time, event, effects
    Show {
        /// The segment
        file: PathBuf,
    },
    /// What was said to the robot, how well it was heard, what came of it
    Heard(heard::HeardArgs),
}

/// Arguments of `coact replay`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 every step gave the same bytes, 1 a step differs or the file is damaged."
)]
pub struct ReplayArgs {
    /// Journal segments (state folder/journal/*.coact)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs `coact journal`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.what {
        None | Some(What::List) => list(global),
        Some(What::Show { file }) => show(file, global),
        Some(What::Heard(args)) => heard::run(args, global),
    }
}

/// The segments in the state folder, oldest first.
fn segments(global: &Global) -> anyhow::Result<Vec<PathBuf>> {
    let folder = global.state_folder().join("journal");
    let mut files: Vec<PathBuf> = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => anyhow::bail!("cannot list {}: {error}", folder.display()),
    };
    files.retain(|file| file.extension().is_some_and(|extension| extension == "coact"));
    files.sort();
    Ok(files)
}

fn list(global: &Global) -> anyhow::Result<Exit> {
    let files = segments(global)?;
    if files.is_empty() && !global.json {
        anstream::println!(
            "no journal yet in {}; `coact run` and `coact demo` write one",
            global.state_folder().join("journal").display()
        );
    }
    for file in files {
        let bytes = std::fs::metadata(&file).map_or(0, |data| data.len());
        match journal::read(&file) {
            Ok(found) => {
                let steps = found
                    .records
                    .iter()
                    .filter(|record| matches!(record, Record::Step(_)))
                    .count();
                let ended = found.records.last() == Some(&Record::End);
                let damage = found.damage.map(|damage| damage.to_string());
                if global.json {
                    let line = json!({"file": file, "bytes": bytes, "steps": steps, "ended": ended,
                        "torn": found.torn, "damage": damage});
                    anstream::println!("{line}");
                } else {
                    let state = match (&damage, ended, found.torn) {
                        (Some(damage), ..) => damage.clone(),
                        (None, true, _) => "whole, ended in order".to_owned(),
                        (None, false, 0) => "whole, goes on or was cut between two records".to_owned(),
                        (None, false, torn) => format!("torn tail of {torn} bytes"),
                    };
                    anstream::println!("{}  {bytes} bytes, {steps} steps, {state}", file.display());
                }
            }
            Err(error) if global.json => {
                anstream::println!(
                    "{}",
                    json!({"file": file, "bytes": bytes, "error": error.to_string()})
                );
            }
            Err(error) => anstream::println!("{}  {error}", file.display()),
        }
    }
    Ok(Exit::Done)
}

fn show(file: &std::path::Path, global: &Global) -> anyhow::Result<Exit> {
    let found = journal::read(file)?;
    if global.json {
        let versions: std::collections::BTreeMap<_, _> = found.header.versions.iter().cloned().collect();
        anstream::println!(
            "{}",
            json!({"segment": found.header.number, "versions": versions})
        );
    } else {
        for (name, version) in &found.header.versions {
            anstream::println!("{name}: {version}");
        }
    }
    for record in &found.records {
        match record {
            Record::Step(step) => {
                let event: Result<brain::message::Event, _> = postcard::from_bytes(&step.event);
                let effects: Result<Vec<brain::message::Effect>, _> = postcard::from_bytes(&step.effects);
                let (Ok(event), Ok(effects)) = (event, effects) else {
                    anyhow::bail!("the step at {} ms is of another version of coact", step.now);
                };
                if global.json {
                    anstream::println!(
                        "{}",
                        json!({"now_ms": step.now, "event": event, "effects": effects})
                    );
                } else {
                    anstream::println!("{:>9} ms  {event:?}", step.now);
                    for effect in effects {
                        anstream::println!("              -> {effect:?}");
                    }
                }
            }
            Record::Lost(lost) if global.json => anstream::println!("{}", json!({"lost": lost})),
            Record::Lost(lost) => anstream::println!("   ({lost} steps were lost before this segment)"),
            Record::End if !global.json => anstream::println!("   end"),
            Record::Line(line) if global.json => anstream::println!("{}", json!({"line": line})),
            Record::Line(line) => anstream::println!("{:>9} ms  line: {}", line.now, told(&line.stats)),
            Record::End | Record::Segment(_) => {}
        }
    }
    match found.damage {
        Some(damage) => Err(damage.into()),
        None => Ok(Exit::Done),
    }
}

/// A second of the line in words.
fn told(stats: &LinkStats) -> String {
    let rtt = stats.rtt_ms.map_or("-".to_owned(), |ms| ms.to_string());
    let mut words = format!(
        "round trip {rtt} ms, {} sent, {} again, {} received, {} damaged, {} dropped",
        stats.sent, stats.retransmits, stats.frames, stats.damaged, stats.dropped
    );
    if let Some(board) = stats.board {
        let load = match board.load {
            255 => String::new(),
            load => format!(", load {load} %"),
        };
        words += &format!(
            "; the board: {} damaged, {} dropped, {} stale, slowest turn {} ms{load}",
            board.damaged, board.dropped, board.stale, board.slowest_ms
        );
    }
    words
}

/// Runs `coact replay`.
pub fn run_replay(args: &ReplayArgs, global: &Global) -> anyhow::Result<Exit> {
    let mut identical = true;
    for file in &args.files {
        let found = replay(file)?;
        identical &= found.identical();
        if global.json {
            anstream::println!("{}", serde_json::to_string(&found)?);
        } else {
            tell(&found);
        }
    }
    Ok(if identical { Exit::Done } else { Exit::Failed })
}

fn tell(found: &Replayed) {
    let bold = Style::new().bold();
    anstream::println!("{bold}{}{bold:#}", found.path.display());
    let versions: Vec<String> = found
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    anstream::println!("  recorded with {}", versions.join(", "));
    if found.lost > 0 {
        anstream::println!(
            "  {} steps before this segment were lost when it was recorded",
            found.lost
        );
    }
    if found.torn > 0 {
        anstream::println!(
            "  the last record is torn ({} bytes), as after a power cut",
            found.torn
        );
    }
    if let Some(difference) = &found.difference {
        let red = AnsiColor::Red.on_default().bold();
        anstream::println!(
            "  {red}differs{red:#} at step {} ({} ms)",
            difference.step,
            difference.now_ms
        );
        anstream::println!("    event     {}", difference.event);
        anstream::println!("    recorded  {}", difference.recorded);
        anstream::println!("    replayed  {}", difference.replayed);
    } else if found.damage.is_none() {
        let green = AnsiColor::Green.on_default().bold();
        anstream::println!(
            "  {green}identical{green:#}: {} steps, {} effects, byte for byte",
            found.steps,
            found.effects
        );
    }
    if let Some(damage) = &found.damage {
        let red = AnsiColor::Red.on_default().bold();
        anstream::println!("  {red}damaged{red:#}: {damage}");
        anstream::println!(
            "  {} steps before the damage were replayed identically",
            found.steps
        );
    }
}
