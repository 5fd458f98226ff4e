//! `coact hear`: listens to WAV files and says what was said in them.

use super::{Exit, Global};
use anyhow::Context;
use coact::hear::wav::Wav;
use coact::hear::{Ears, Heard};
use coact::report::hear::Hearing;
use engine::Folders;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `coact hear`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Any rate and number of channels; PCM, float, A-law or mu-law. Long files are heard utterance by \
    utterance. Exit code 1 when a file could not be read; silence and noise are no error and give an empty text.\n\n\
    Examples:\n  coact hear order.wav\n  coact hear --json *.wav | jq -r .text"
)]
pub struct Args {
    /// Recordings to listen to
    #[arg(required = true, value_name = "WAV")]
    wavs: Vec<PathBuf>,
}

/// Runs `coact hear`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let ears = Ears::load(&Folders::new(global.models.as_deref(), None))?;
    let mut failed = false;
    for path in &args.wavs {
        match hear(&ears, path) {
            Ok(heard) => show(path, &heard, global.json)?,
            Err(error) => {
                anstream::eprintln!("coact: {error:#}");
                failed = true;
            }
        }
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// Listens to one file.
///
/// # Errors
/// When it is no WAV file, or a network fails.
pub fn hear(ears: &Ears, path: &Path) -> anyhow::Result<Heard> {
    let mut wav = Wav::open(path)?;
    ears.hear(&mut wav, None).with_context(|| path.display().to_string())
}

fn show(path: &Path, heard: &Heard, json: bool) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    let hearing = Hearing::new(path.display().to_string(), heard);
    if json {
        writeln!(out, "{}", serde_json::to_string(&hearing)?)?;
    } else {
        write!(out, "{}", text(&hearing))?;
    }
    Ok(())
}

fn text(hearing: &Hearing) -> String {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let mut text = format!("{}  {:.1} s  {:.0} ms\n", hearing.wav, hearing.audio_s, hearing.ms.total);
    for segment in &hearing.segments {
        text += &format!(
            "  {dim}{:>6.1} to {:<6.1}{dim:#} {bold}{}{bold:#}  {:.2}\n",
            segment.start_s, segment.end_s, segment.text, segment.confidence
        );
    }
    if hearing.segments.is_empty() {
        text += "  nothing was said\n";
    }
    if let Some(note) = &hearing.note {
        text += &format!("  {note}\n");
    }
    text
}
