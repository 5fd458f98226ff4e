//! `coact hear --live`: what the microphone gives, as it comes: level, speech, partial text, text.

use super::super::{Exit, Global};
use anyhow::Context;
use brain::config::Microphone;
use brain::understand::packs::Pack;
use coact::hear::segment::Clip;
use coact::hear::spot::Spotter;
use coact::hear::{Ears, Segment, spoken};
use coact::shell::config;
use coact::shell::listening::{Ear, Listening, Setup, Stop};
use coact::shell::microphone::recorder::Recorder;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Arguments of `coact hear --live`.
#[derive(Debug, Clone, clap::Args)]
pub struct LiveArgs {
    /// Listen to the microphone
    #[arg(long)]
    pub live: bool,
    /// The robot whose microphone is listened to
    #[arg(long, requires = "live", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Another device than that of the description, or the system's
    #[arg(long, requires = "live", value_name = "DEVICE")]
    device: Option<String>,
    /// Listen so long; without it until Ctrl-C
    #[arg(long, requires = "live", value_name = "S")]
    seconds: Option<f64>,
}

/// Listens until it is told to end.
pub fn run(args: &LiveArgs, global: &Global, ears: Arc<Ears>, packs: &[Pack]) -> anyhow::Result<Exit> {
    let robot = args.config.as_deref().map(config::load).transpose()?;
    let described = robot.as_ref().and_then(|robot| robot.microphone.clone());
    let mut microphone: Microphone = match described {
        Some(microphone) => microphone,
        None => toml::from_str("").context("the microphone's defaults")?,
    };
    if let Some(device) = &args.device {
        microphone.device.clone_from(device);
    }
    let sayable = spoken::grammars(packs, robot.as_ref(), ears.tokens());
    let own = robot.map(|robot| robot.policy.stop_words).unwrap_or_default();
    let ear = Arc::new(Screen {
        json: global.json,
        meter: !global.json && std::io::stderr().is_terminal(),
        blocks: AtomicU32::new(0),
        speech: Mutex::new(false),
    });
    let recorder = Recorder::of(&microphone)?;
    let mut signals =
        signal_hook::iterator::Signals::new([SIGTERM, SIGINT]).context("cannot watch for signals")?;
    let spotter = Spotter::new(&own, &[], ears.tokens());
    let listening = Listening::start(Setup {
        ears,
        sayable: Arc::new(RwLock::new(sayable)),
        spotter: Some(spotter),
        recorder,
        own: None,
        asr: None,
        wake: None,
        ear,
    })?;
    let health = listening.health();
    log::info!("{} records from {}", health.program, health.device);
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 1e6)));
    while signals.pending().next().is_none() && end.is_none_or(|end| Instant::now() < end) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let health = listening.health();
    drop(listening);
    match health.trouble {
        Some(trouble) if health.blocks == 0 => anyhow::bail!("nothing was recorded: {trouble}"),
        _ => Ok(Exit::Done),
    }
}

/// Shows what is heard.
struct Screen {
    json: bool,
    /// The level is shown on a terminal, over and over in one line.
    meter: bool,
    blocks: AtomicU32,
    speech: Mutex<bool>,
}

/// Blocks of 32 ms between two looks at the level.
const EVERY: u32 = 6;

impl Screen {
    fn line(&self, json: &serde_json::Value, text: &str) {
        if self.json {
            anstream::println!("{json}");
        } else {
            self.clear();
            anstream::println!("{text}");
        }
        let _ = std::io::stdout().flush();
    }

    fn clear(&self) {
        if self.meter {
            anstream::eprint!("\r\x1b[K");
        }
    }
}

impl Ear for Screen {
    fn level(&self, dbfs: f32, gain_db: f32, speech: bool) {
        let mut before = self.speech.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = std::mem::replace(&mut *before, speech) != speech;
        drop(before);
        let due = self.blocks.fetch_add(1, Ordering::Relaxed).is_multiple_of(EVERY);
        if self.json && (due || changed) {
            let level = json!({"level_dbfs": dbfs.round(), "gain_db": gain_db.round(), "speech": speech});
            anstream::println!("{level}");
        }
        if self.meter && due {
            // From -60 to 0 decibels in steps of three.
            let bars = ((dbfs + 60.0) / 3.0).clamp(0.0, 20.0) as usize;
            let says = if speech { "speech" } else { "" };
            anstream::eprint!(
                "\r\x1b[K{dbfs:>5.0} dB {:<20} {gain_db:+.0} dB {says}",
                "#".repeat(bars)
            );
        }
    }

    fn wants_partial(&self) -> bool {
        true
    }

    fn partial(&self, segment: &Segment) {
        let dim = anstyle::Style::new().dimmed();
        self.line(
            &json!({"partial": segment.text}),
            &format!("  {dim}{} …{dim:#}", segment.text),
        );
    }

    fn stop(&self, stop: &Stop) {
        let (spotted, ms) = (&stop.spotted, stop.ago.as_millis() as u64);
        self.line(
            &json!({"stop": spotted.text, "at_s": stop.at_s, "ms": ms, "log": spotted.log}),
            &format!("  stop      \"{}\", {ms} ms after its last sound", spotted.text),
        );
    }

    fn heard(&self, segment: &Segment, _clip: &Clip, _began: Instant) {
        let bold = anstyle::Style::new().bold();
        self.line(
            &json!({"text": segment.text, "confidence": segment.confidence, "start_s": segment.start_s,
                "end_s": segment.end_s,
                "alternatives": segment.alternatives.iter().map(|other| &other.text).collect::<Vec<_>>()}),
            &format!("  {bold}{}{bold:#}  {:.2}", segment.text, segment.confidence),
        );
    }

    fn unheard(&self, why: Option<&str>) {
        if let Some(why) = why {
            log::error!("{why}");
        }
    }
}
