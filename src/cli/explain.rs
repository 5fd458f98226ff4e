//! `coact explain`: why a text is read as it is.

use super::{Exit, Global};
use anyhow::{Context, bail};
use brain::message::Event;
use coact::explain::{explain, picture, text};
use coact::read::Reader;
use coact::shell::journal::{self, Record};
use engine::Folders;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `coact explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each word is left out in turn and the text read again: what becomes less likely was carried by that word. \
    Texts from the journal are read anew, without the robot's map.\n\nExamples:\n  coact explain \"bring me the red cup\"\n  \
    coact explain --last --svg why.svg"
)]
pub struct Args {
    /// What to read; several words need no quotes
    #[arg(required_unless_present_any = ["last", "utterance"], conflicts_with_all = ["last", "utterance"], value_name = "TEXT")]
    text: Vec<String>,
    /// The last thing that was said to the daemon, from the journal
    #[arg(long, conflicts_with = "utterance")]
    last: bool,
    /// The utterance of that number, from the newest run in the journal that has it
    #[arg(long, value_name = "ID")]
    utterance: Option<u64>,
    /// Also write it as a picture
    #[arg(long, value_name = "OUT.svg")]
    svg: Option<PathBuf>,
}

/// Runs `coact explain`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let said = if args.last || args.utterance.is_some() {
        journaled(global, args.utterance)?
    } else {
        args.text.join(" ")
    };
    let reader = Reader::load(&Folders::new(global.models.as_deref(), None))?;
    let (_, explanation) = explain(&reader, &said, &[])?;
    let mut out = anstream::stdout().lock();
    if global.json {
        serde_json::to_writer(&mut out, &explanation)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", text::text(&explanation))?;
    }
    if let Some(path) = &args.svg {
        std::fs::write(path, picture::svg(&explanation)).with_context(|| path.display().to_string())?;
    }
    Ok(Exit::Done)
}

/// What was said as utterance `id`, or last, in the newest segment of the journal that has it.
fn journaled(global: &Global, id: Option<u64>) -> anyhow::Result<String> {
    let folder = global.state_folder().join("journal");
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<(std::time::SystemTime, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "coact"))
        .filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file)))
        .collect();
    files.sort();
    for (_, file) in files.iter().rev() {
        let Ok(found) = journal::read(file) else { continue };
        let said = found.records.iter().rev().find_map(|record| {
            let Record::Step(step) = record else { return None };
            match postcard::from_bytes(&step.event) {
                Ok(Event::Utterance(utterance)) if id.is_none_or(|id| utterance.id.0 == id) => {
                    Some(utterance.text)
                }
                _ => None,
            }
        });
        if let Some(said) = said {
            return Ok(said);
        }
    }
    match id {
        Some(id) => bail!(
            "no utterance {id} in {}; `coact journal` lists what is there",
            folder.display()
        ),
        None => bail!("nothing was said yet, by {}", folder.display()),
    }
}
