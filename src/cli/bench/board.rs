//! `coact bench` alone: what this board does with every installed model, from text to reading and from photo to
//! detections, how long a command takes to start, and the memory of it all.

use super::model::Instructions;
use super::table::Memory;
use super::{Exit, Global, Progress, ms};
use crate::cli::demo::SOUNDS;
use crate::cli::parse::parse;
use anstyle::Style;
use anyhow::Context;
use coact::hear::wav::Wav;
use coact::hear::{self, Ears};
use coact::read::Reader;
use coact::see::{Detector, Lens, picture};
use coact::sim::camera::BUILT_IN;
use engine::profile::quantile;
use engine::{Kind, Manifest};
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Commands of 3 to 24 words, as people give them.
pub const TEXTS: [&str; 6] = [
    "go to the kitchen",
    "bring me the red cup from the table",
    "turn left ninety degrees and drive two metres ahead",
    "could you please take the bottle that stands on the left of the sink and put it into the fridge next to the milk",
    "vai in cucina e prendi la tazza rossa",
    "去厨房把红色的杯子拿给我",
];

/// Runs before anything is measured.
const WARM_UP: usize = 3;
/// How often the program is started.
const STARTS: usize = 5;

/// One thing that was measured.
#[derive(Debug, Serialize)]
struct Line {
    what: &'static str,
    /// The model, or the command.
    name: String,
    /// What it was measured on.
    of: String,
    runs: usize,
    /// From the model's files to ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    load_ms: Option<f64>,
    /// The network alone, half the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    network_p50_ms: Option<f64>,
    p50_ms: f64,
    p99_ms: f64,
    min_ms: f64,
}

impl Line {
    fn new(what: &'static str, name: &str, of: String, times: &[Duration]) -> Self {
        Line {
            what,
            name: name.to_owned(),
            of,
            runs: times.len(),
            load_ms: None,
            network_p50_ms: None,
            p50_ms: ms(quantile(times, 0.5)),
            p99_ms: ms(quantile(times, 0.99)),
            min_ms: ms(quantile(times, 0.0)),
        }
    }
}

#[derive(Serialize)]
struct Board {
    what: &'static str,
    cpu: String,
    cores: usize,
    instructions: Instructions,
    memory_bytes: Option<u64>,
}

/// Runs `coact bench`.
pub fn run(runs: usize, global: &Global) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    let board = Board {
        what: "board",
        cpu: proc("cpuinfo", &["model name", "Model", "Hardware"]).unwrap_or_else(|| "unknown".to_owned()),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        instructions: Instructions::here(),
        memory_bytes: proc("meminfo", &["MemTotal"])
            .and_then(|total| total.strip_suffix(" kB")?.trim().parse::<u64>().ok())
            .map(|kilobytes| kilobytes << 10),
    };
    let bold = Style::new().bold();
    if global.json {
        json(&mut out, &board)?;
    } else {
        let memory = board
            .memory_bytes
            .map_or(String::new(), |bytes| format!(", {:.1} GB", bytes as f64 / 1e9));
        writeln!(out, "{bold}{}{bold:#}  {} cores{memory}", board.cpu, board.cores)?;
        writeln!(out, "coact's own kernels use {}\n", board.instructions.tell())?;
        writeln!(
            out,
            "{bold}{:<10} {:<36} {:>9} {:>9} {:>9} {:>9} {:>9}{bold:#}",
            "MODEL", "FROM, TO", "LOAD ms", "NETWORK", "HALF ms", "99% ms", "BEST ms"
        )?;
    }
    let mut tell = |line: &Line| -> anyhow::Result<()> {
        if global.json {
            return json(&mut out, line);
        }
        let some = |time: Option<f64>| time.map_or("-".to_owned(), |time| format!("{time:.2}"));
        writeln!(
            out,
            "{:<10} {:<36} {:>9} {:>9} {:>9.2} {:>9.2} {:>9.2}",
            line.name,
            line.of,
            some(line.load_ms),
            some(line.network_p50_ms),
            line.p50_ms,
            line.p99_ms,
            line.min_ms
        )?;
        out.flush()?;
        Ok(())
    };
    let models = super::super::installed(global).all()?;
    // Kept to the end, so that the memory is that of all models.
    let (mut readers, mut detectors, mut ears) = (Vec::new(), Vec::new(), Vec::new());
    for manifest in models.into_values() {
        let manifest = manifest?;
        match manifest.kind {
            Kind::Text => readers.push(text(&manifest, runs, &mut tell)?),
            Kind::Detector => detectors.push(photo(&manifest, runs, &mut tell)?),
            Kind::Speech => ears.push(sound(&manifest, global, runs, &mut tell)?),
            // Runs within hearing.
            Kind::Voice => {}
        }
    }
    tell(&start(global)?)?;
    coact::shell::sys::memory::give_back();
    let memory = Memory::now();
    drop((readers, detectors, ears));
    if global.json {
        #[derive(Serialize)]
        struct All {
            what: &'static str,
            #[serde(flatten)]
            memory: Memory,
        }
        let what = "memory";
        json(&mut out, &All { what, memory })?;
    } else if let Memory {
        rss_bytes: Some(now),
        peak_rss_bytes: Some(peak),
    } = memory
    {
        let (now, peak) = (now as f64 / 1e6, peak as f64 / 1e6);
        writeln!(
            out,
            "\nmemory with all models loaded: {now:.1} MB, {peak:.1} MB at the peak"
        )?;
    }
    Ok(Exit::Done)
}

/// From a text to its reading: words, network, frames and roles, outcome.
fn text(
    manifest: &Manifest,
    runs: usize,
    tell: &mut impl FnMut(&Line) -> anyhow::Result<()>,
) -> anyhow::Result<Reader> {
    let begin = Instant::now();
    let reader = Reader::open(manifest)?;
    let load = ms(begin.elapsed());
    let mut progress = Progress::new(&manifest.name, TEXTS.len() * (WARM_UP + runs));
    for text in TEXTS {
        let (mut encode, mut total) = (Vec::new(), Vec::new());
        for run in 0..WARM_UP + runs {
            let begin = Instant::now();
            let reading = parse(&reader, &[], text, &[]);
            if run >= WARM_UP {
                total.push(begin.elapsed());
                encode.push(Duration::from_secs_f64(reading.ms.encode / 1e3));
            }
            progress.step();
        }
        let short: String = text.chars().take(20).collect();
        let dots = if short.len() < text.len() { "…" } else { "" };
        let mut line = Line::new(
            "text",
            &manifest.name,
            format!("\"{short}{dots}\", reading"),
            &total,
        );
        line.load_ms = Some(load);
        line.network_p50_ms = Some(ms(quantile(&encode, 0.5)));
        tell(&line)?;
    }
    Ok(reader)
}

/// From the bytes of a photo to what is seen in it.
fn photo(
    manifest: &Manifest,
    runs: usize,
    tell: &mut impl FnMut(&Line) -> anyhow::Result<()>,
) -> anyhow::Result<Detector> {
    let begin = Instant::now();
    let detector = Detector::load(manifest)?;
    let load = ms(begin.elapsed());
    let (path, bytes) = BUILT_IN[0];
    let (mut network, mut total) = (Vec::new(), Vec::new());
    let mut progress = Progress::new(&manifest.name, WARM_UP + runs);
    let (mut size, mut objects) = ((0, 0), 0);
    for run in 0..WARM_UP + runs {
        let begin = Instant::now();
        let picture = picture::decode(bytes).with_context(|| path.to_owned())?;
        let seen = detector.look(&picture, &Lens::default())?;
        if run >= WARM_UP {
            total.push(begin.elapsed());
            network.push(seen.times.network);
        }
        (size, objects) = (seen.size, seen.detections.len());
        progress.step();
    }
    let of = format!("JPEG of {} x {}, {objects} objects", size.0, size.1);
    let mut line = Line::new("photo", &manifest.name, of, &total);
    line.load_ms = Some(load);
    line.network_p50_ms = Some(ms(quantile(&network, 0.5)));
    tell(&line)?;
    Ok(detector)
}

/// From the samples of a recording to what is said in it.
fn sound(
    manifest: &Manifest,
    global: &Global,
    runs: usize,
    tell: &mut impl FnMut(&Line) -> anyhow::Result<()>,
) -> anyhow::Result<Ears> {
    let begin = Instant::now();
    let ears = Ears::open(manifest, &super::super::installed(global).find(hear::VOICE)?)?;
    let load = ms(begin.elapsed());
    let (path, bytes) = SOUNDS[0];
    let (mut network, mut total, mut length) = (Vec::new(), Vec::new(), 0.0);
    let mut progress = Progress::new(&manifest.name, WARM_UP + runs);
    for run in 0..WARM_UP + runs {
        let begin = Instant::now();
        let heard = ears.hear(&mut Wav::new(Path::new(path), bytes)?, &[])?;
        if run >= WARM_UP {
            total.push(begin.elapsed());
            network.push(heard.times.encode + heard.times.decode);
        }
        length = heard.audio_s;
        progress.step();
    }
    let mut line = Line::new("sound", &manifest.name, format!("WAV of {length:.1} s"), &total);
    line.load_ms = Some(load);
    line.network_p50_ms = Some(ms(quantile(&network, 0.5)));
    tell(&line)?;
    Ok(ears)
}

/// From the start of the program to its answer.
fn start(global: &Global) -> anyhow::Result<Line> {
    let program = std::env::current_exe().context("where this program lies is not known")?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let mut command = Command::new(&program);
        command.args(["parse", TEXTS[0], "--json"]).stdout(Stdio::null());
        if let Some(models) = &global.models {
            command.arg("--models").arg(models);
        }
        let begin = Instant::now();
        command.status().context("coact could not be started")?;
        times.push(begin.elapsed());
    }
    Ok(Line::new("start", "parse", "start to answer".to_owned(), &times))
}

fn json(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)?;
    Ok(())
}

/// The first of `keys` that `/proc/FILE` has.
fn proc(file: &str, keys: &[&str]) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{file}")).ok()?;
    keys.iter().find_map(|key| {
        let line = text
            .lines()
            .find(|line| line.split(':').next().map(str::trim) == Some(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    })
}
