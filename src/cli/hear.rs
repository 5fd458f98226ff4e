//! `coact hear`: listens to WAV files and says what was said in them.

mod live;

use super::packs::PackArgs;
use super::{Exit, Global, parse};
use anyhow::Context;
use brain::config::{Microphone, Robot};
use brain::understand::choose::{Sense, choose, doubted};
use brain::understand::packs::Pack;
use coact::hear::attention::Attention;
use coact::hear::grammar::Grammar;
use coact::hear::wav::Wav;
use coact::hear::{Ears, Heard, MOST_ALTERNATIVES, spoken};
use coact::read::Reader;
use coact::report::Reading;
use coact::report::hear::{Hearing, Understood};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `coact hear`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Any rate and number of channels; PCM, float, A-law or mu-law. Long files are heard utterance by \
    utterance. With --pack, what the pack's words can say is preferred where the sound allows it, and what was heard is \
    understood as `coact parse` does. Exit code 1 when a file could not be read; silence and noise are no error and give \
    an empty text.\n\n\
    Examples:\n  coact hear order.wav\n  coact hear --json *.wav | jq -r .text\n  \
    coact hear --pack packs/barista order.wav\n  \
    coact hear --wake bella *.wav                whether a word that you would like to call it by is heard\n  coact hear --live                         what the microphone gives, as it comes"
)]
pub struct Args {
    /// Recordings to listen to
    #[arg(required_unless_present = "live", conflicts_with = "live", value_name = "WAV")]
    wavs: Vec<PathBuf>,
    /// Also say of each utterance whether it calls the robot by this name or wake word; may be given several times
    #[arg(long, value_name = "WORD", conflicts_with = "live")]
    wake: Vec<String>,
    #[command(flatten)]
    live: live::LiveArgs,
    #[command(flatten)]
    packs: PackArgs,
}

/// What makes sense of what was heard.
struct Understanding {
    reader: Reader,
    packs: Vec<Pack>,
}

/// Runs `coact hear`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let folders = super::installed(global);
    let ears = Ears::load(&folders)?;
    let understanding = if args.packs.packs.is_empty() {
        None
    } else {
        let reader = Reader::load(&folders)?;
        let packs = args.packs.learn(global, None, &reader)?;
        Some(Understanding { reader, packs })
    };
    let packs = understanding.as_ref().map_or(&[][..], |with| &with.packs);
    if args.live.live {
        return live::run(&args.live, global, std::sync::Arc::new(ears), packs);
    }
    let named = named(&args.wake)?;
    let attention = named
        .as_ref()
        .map(|(robot, microphone)| Attention::new(robot, microphone));
    let robot = named.as_ref().map(|(robot, _)| robot);
    let sayable = spoken::grammars(packs, robot, ears.tokens());
    let mut failed = false;
    for path in &args.wavs {
        match hear(&ears, &sayable, path) {
            Ok(heard) => show(
                path,
                &heard,
                understanding.as_ref(),
                attention.as_ref(),
                global.json,
            )?,
            Err(error) => {
                anstream::eprintln!("coact: {}", super::told(&error));
                failed = true;
            }
        }
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// A robot that has these names and nothing else.
fn named(names: &[String]) -> anyhow::Result<Option<(Robot, Microphone)>> {
    let Some(first) = names.first() else {
        return Ok(None);
    };
    let mut robot: Robot = toml::from_str("name = \"robot\"").context("a robot's defaults")?;
    robot.name.clone_from(first);
    robot.wake = names.to_vec();
    let microphone = toml::from_str("").context("the microphone's defaults")?;
    Ok(Some((robot, microphone)))
}

/// Listens to one file.
///
/// # Errors
/// When it is no WAV file, or a network fails.
pub fn hear(ears: &Ears, sayable: &[Grammar], path: &Path) -> anyhow::Result<Heard> {
    let mut wav = Wav::open(path)?;
    ears.hear(&mut wav, sayable)
        .with_context(|| path.display().to_string())
}

/// What was heard means this: of all that it may have been, what makes sense.
pub fn understand(reader: &Reader, packs: &[Pack], heard: &Heard) -> Reading {
    let first = parse::read(reader, packs, &heard.text(), &[]);
    let others = heard.alternatives().iter().take(MOST_ALTERNATIVES);
    let others = others.map(|other| (other.confidence, other.text.as_str()));
    let sure = heard.confidence();
    let read = |text: &&str| parse::read(reader, packs, text, &[]);
    let mut chosen = choose(Sense::from(&first), sure, others, read).map_or(first, |(_, read)| read);
    chosen.reading = doubted(chosen.reading, sure);
    chosen.into()
}

fn show(
    path: &Path,
    heard: &Heard,
    with: Option<&Understanding>,
    attention: Option<&Attention>,
    json: bool,
) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    let mut hearing = Hearing::new(path.display().to_string(), heard);
    for (shown, segment) in hearing.segments.iter_mut().zip(&heard.segments) {
        shown.called = attention.map(|attention| segment.called || attention.is_called(&segment.text));
    }
    hearing.understood = with.map(|with| Understood::from(understand(&with.reader, &with.packs, heard)));
    if json {
        writeln!(out, "{}", serde_json::to_string(&hearing)?)?;
    } else {
        write!(out, "{}", text(&hearing))?;
    }
    Ok(())
}

fn text(hearing: &Hearing) -> String {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let mut text = format!(
        "{}  {:.1} s  {:.0} ms\n",
        hearing.wav, hearing.audio_s, hearing.ms.total
    );
    for segment in &hearing.segments {
        text += &format!(
            "  {dim}{:>6.1} to {:<6.1}{dim:#} {bold}{}{bold:#}  {:.2}{}\n",
            segment.start_s,
            segment.end_s,
            segment.text,
            segment.confidence,
            if segment.called == Some(true) {
                "  calls the robot"
            } else {
                ""
            }
        );
    }
    if hearing.segments.is_empty() {
        text += "  nothing was said\n";
    }
    for task in hearing.understood.iter().flat_map(|understood| &understood.tasks) {
        let roles: Vec<String> = task
            .roles
            .iter()
            .map(|role| format!("{} \"{}\"", role.role, role.text))
            .collect();
        text += &format!("  {}  {}\n", task.frame, roles.join(", "));
    }
    if let Some(note) = &hearing.note {
        text += &format!("  {note}\n");
    }
    text
}
