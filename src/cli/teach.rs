//! `coact teach`: skills and phrases that this robot learns, kept in its state folder.

use super::packs::PackArgs;
use super::{Exit, Global, show};
use anyhow::{Context, bail};
use coact::packs::{self, lessons};
use coact::read::Reader;
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `coact teach`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is taught is understood from the next start on; a running daemon takes it on SIGHUP. What a taught phrase \
    does goes through the guard like any command.\n\n\
    Examples:\n  coact teach phrase \"say hi to everybody\" --frame greeting\n  \
    coact teach phrase \"good night\" --does \"switch off the light\" --does \"go to the bedroom\"\n  \
    coact teach phrase \"tell me a joke\" --says \"A robot walks into a door.\"\n  \
    coact teach pack packs/barista\n  coact teach list\n  coact teach forget \"good night\""
)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A phrase for a frame that exists, or for a new skill
    Phrase(Phrase),
    /// A pack: a folder with a pack.toml
    Pack {
        /// The folder
        folder: PathBuf,
    },
    /// What was taught
    List,
    /// Forget a phrase, or a pack by its name
    Forget {
        /// The phrase or the pack's name; several words need no quotes
        #[arg(required = true)]
        what: Vec<String>,
    },
    /// Go back to the phrases as they were before the last change
    Undo,
}

#[derive(Debug, clap::Args)]
struct Phrase {
    /// What people will say; several words need no quotes
    #[arg(required = true)]
    text: Vec<String>,
    /// The frame it means: a built-in one, or one that was taught [default: a new one, named after the phrase]
    #[arg(long)]
    frame: Option<String>,
    /// What the robot says then
    #[arg(long)]
    says: Option<String>,
    /// A command it does then; may be given several times
    #[arg(long)]
    does: Vec<String>,
}

/// Runs `coact teach`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let state = global.state_folder();
    match &args.what {
        What::Phrase(phrase) => {
            let text = phrase.text.join(" ");
            let mut file = lessons::read(&state)?;
            let frame = lessons::add(
                &mut file,
                &text,
                phrase.frame.as_deref(),
                phrase.says.as_deref(),
                &phrase.does,
            )?;
            let version = learnt(global, &state, &file)?;
            told(global, &format!("“{text}” means {frame} now"), Some(version));
        }
        What::Pack { folder } => {
            let source = packs::source(folder)?;
            let name = source.file.name.clone();
            let reader = Reader::load(&super::installed(global))?;
            let mut before = PackArgs::default().learn(global, None, &reader)?;
            before.retain(|pack| pack.name != name);
            let pack = packs::fresh(&source.file, &before, &reader)?;
            lessons::keep_pack(&state, &source)?;
            let (frames, answers) = (pack.frames.len(), pack.answers.len() + pack.passages.len());
            told(
                global,
                &format!("learnt {name}: {frames} frames, {answers} answers"),
                None,
            );
        }
        What::List => {
            for path in packs::taught(&state) {
                let source = packs::source(&path)?;
                if global.json {
                    show::json(&serde_json::to_value(&source.file)?);
                    continue;
                }
                anstream::println!("{}  {}", source.file.name, source.file.about);
                for frame in &source.file.frame {
                    anstream::println!("  {}", frame.name);
                    for phrase in frame.phrases.iter().chain(&frame.templates) {
                        anstream::println!("    {phrase}");
                    }
                    for does in &frame.does {
                        anstream::println!("      does: {does}");
                    }
                    if let Some(says) = &frame.says {
                        anstream::println!("      says: {says}");
                    }
                }
            }
        }
        What::Forget { what } => {
            let what = what.join(" ");
            if lessons::forget_pack(&state, &what)? {
                told(global, &format!("forgot the pack {what}"), None);
                return Ok(Exit::Done);
            }
            let mut file = lessons::read(&state)?;
            if !lessons::remove(&mut file, &what) {
                bail!("nothing was taught that is called {what:?}: see `coact teach list`");
            }
            let version = learnt(global, &state, &file)?;
            told(global, &format!("forgot “{what}”"), Some(version));
        }
        What::Undo => {
            let version = lessons::undo(&state)?;
            told(
                global,
                "the phrases are as they were before the last change",
                Some(version),
            );
        }
    }
    Ok(Exit::Done)
}

/// Learns the taught phrases beside everything else, and keeps them when nothing collides.
fn learnt(
    global: &Global,
    state: &std::path::Path,
    file: &brain::understand::packs::file::PackFile,
) -> anyhow::Result<u32> {
    if !file.frame.is_empty() {
        let reader = Reader::load(&super::installed(global))?;
        let mut before = PackArgs::default().learn(global, None, &reader)?;
        before.retain(|pack| pack.name != file.name);
        packs::fresh(file, &before, &reader)?;
    }
    lessons::write(state, file).context("what was taught cannot be kept")
}

fn told(global: &Global, what: &str, version: Option<u32>) {
    if global.json {
        show::json(&json!({ "ok": what, "version": version }));
    } else {
        match version {
            Some(version) => anstream::println!("{what} (version {version})"),
            None => anstream::println!("{what}"),
        }
    }
}
