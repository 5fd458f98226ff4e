//! `coact models`: which models there are, whether they are sound, and which of their variants is best here.

mod tune;

use super::bench::table::{self, Op};
use super::bench::{model, ms};
use super::{Exit, Global};
use anstyle::{AnsiColor, Style};
use coact::read::Reader;
use engine::{Kind, Lengths, Manifest, Model};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Arguments of `coact models`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum What {
    /// Names, versions, sizes, licences, checksums
    List,
    /// Checks every checksum, loads every model, runs it and names the quantized operators that fell back to general
    /// arithmetic, and what they cost; exits 1 when a model is not sound
    Verify {
        /// ONNX files to load and run in place of the installed models
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// A length that a file leaves free: N for all, or NAME=N for one (may be repeated) [default: 16]
        #[arg(long = "length", value_name = "[NAME=]N", value_parser = model::length, requires = "files")]
        lengths: Vec<(Option<String>, usize)>,
    },
    /// Measures the variants of every model (as shipped, in f32, in f16 where there is such a file) on this board and
    /// keeps the fastest whose answers hold, for all commands to use
    Tune,
}

/// Runs `coact models`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let models = || super::installed(global).all();
    let mut out = anstream::stdout().lock();
    match &args.what {
        What::Tune => {
            drop(out);
            tune::run(global)
        }
        What::List => {
            let rows: Vec<Row> = models()?
                .iter()
                .map(|(name, manifest)| Row::new(name, manifest))
                .collect();
            list(&mut out, &rows, global.json)?;
            Ok(if rows.iter().all(|row| row.error.is_none()) {
                Exit::Done
            } else {
                Exit::Failed
            })
        }
        What::Verify { files, lengths } => {
            let checks: Box<dyn Iterator<Item = Check>> = if files.is_empty() {
                Box::new(models()?.into_iter().map(|(name, manifest)| match manifest {
                    Ok(manifest) => verify(&manifest),
                    Err(error) => Check::failed(&name, &error),
                }))
            } else {
                let lengths = model::lengths(lengths);
                Box::new(files.iter().map(move |file| verify_file(file, &lengths)))
            };
            let mut all = true;
            for check in checks {
                all &= check.ok;
                if global.json {
                    serde_json::to_writer(&mut out, &check)?;
                    writeln!(out)?;
                } else {
                    people(&mut out, &check)?;
                }
            }
            Ok(if all { Exit::Done } else { Exit::Failed })
        }
    }
}

/// One line of `coact models list`.
#[derive(Serialize)]
struct Row {
    name: String,
    version: Option<String>,
    kind: Option<Kind>,
    bytes: Option<u64>,
    licence: Option<String>,
    about: Option<String>,
    origin: Option<String>,
    folder: Option<String>,
    /// Whether all files are there with the listed checksums.
    checksums: bool,
    error: Option<String>,
}

impl Row {
    fn new(name: &str, manifest: &Result<Manifest, engine::ManifestError>) -> Self {
        let error = match manifest {
            Ok(manifest) => manifest
                .files
                .iter()
                .find_map(|file| manifest.bytes(&file.path).err())
                .map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        let manifest = manifest.as_ref().ok();
        Row {
            name: name.to_owned(),
            version: manifest.map(|m| m.version.clone()),
            kind: manifest.map(|m| m.kind),
            bytes: manifest.map(Manifest::size),
            licence: manifest.map(|m| m.licence.clone()),
            about: manifest.map(|m| m.about.clone()),
            origin: manifest.map(|m| m.origin.clone()),
            folder: manifest.map(|m| m.folder.display().to_string()),
            checksums: error.is_none(),
            error,
        }
    }
}

fn list(out: &mut impl Write, rows: &[Row], json: bool) -> anyhow::Result<()> {
    if json {
        for row in rows {
            serde_json::to_writer(&mut *out, row)?;
            writeln!(out)?;
        }
        return Ok(());
    }
    let bold = Style::new().bold();
    writeln!(
        out,
        "{bold}{:<12} {:<9} {:<9} {:>9}  {:<14} {:<9} ABOUT{bold:#}",
        "MODEL", "VERSION", "KIND", "SIZE", "LICENCE", "CHECKSUMS"
    )?;
    for row in rows {
        let state = if row.checksums { "ok" } else { "wrong" };
        writeln!(
            out,
            "{:<12} {:<9} {:<9} {:>6.1} MB  {:<14} {}{state:<9}{:#} {}",
            row.name,
            row.version.as_deref().unwrap_or("?"),
            row.kind.map_or("?", kind_name),
            row.bytes.unwrap_or_default() as f64 / 1e6,
            row.licence.as_deref().unwrap_or("?"),
            verdict(row.checksums),
            verdict(row.checksums),
            row.about.as_deref().unwrap_or_default(),
        )?;
    }
    for row in rows {
        if let Some(error) = &row.error {
            writeln!(out, "{}: {error}", row.name)?;
        }
    }
    Ok(())
}

/// What `coact models verify` found of one model.
#[derive(Serialize)]
struct Check {
    name: String,
    ok: bool,
    /// From the files to a model ready to run.
    load_ms: Option<f64>,
    /// One run on a short input, the first.
    run_ms: Option<f64>,
    /// How often each operator stands in the graph that runs.
    ops: BTreeMap<String, usize>,
    /// Quantized operators that tract computes in its general way, and what they cost.
    fallbacks: Vec<Op>,
    error: Option<String>,
}

impl Check {
    fn failed(name: &str, error: &dyn std::fmt::Display) -> Self {
        Check {
            name: name.to_owned(),
            ok: false,
            load_ms: None,
            run_ms: None,
            ops: BTreeMap::new(),
            fallbacks: Vec::new(),
            error: Some(error.to_string()),
        }
    }
}

fn verify(manifest: &Manifest) -> Check {
    match manifest.kind {
        Kind::Text => verify_text(manifest),
        // Free lengths: the axes of a picture, every detector takes a multiple of 32; samples of sound, frames of sound.
        Kind::Detector => verify_network(manifest, 256),
        Kind::Speech => verify_network(manifest, 16_000),
        Kind::Voice => verify_network(manifest, 8),
    }
    .unwrap_or_else(|error| Check::failed(&manifest.name, &super::told(&error)))
}

/// A text model is sound when it reads a text: network, tokenizer and labels fit each other.
fn verify_text(manifest: &Manifest) -> anyhow::Result<Check> {
    let begin = Instant::now();
    let reader = Reader::open(manifest)?;
    let load = begin.elapsed();
    let begin = Instant::now();
    reader.read("go to the kitchen and bring me the red cup", None)?;
    sound(
        &manifest.name,
        load,
        begin.elapsed(),
        reader.model(),
        &Lengths::default(),
    )
}

/// Another model is sound when its network runs once, with free lengths of `length`.
fn verify_network(manifest: &Manifest, length: usize) -> anyhow::Result<Check> {
    let begin = Instant::now();
    let model = Model::load(manifest)?;
    let load = begin.elapsed();
    let begin = Instant::now();
    model.probe(length)?;
    sound(
        &manifest.name,
        load,
        begin.elapsed(),
        &model,
        &Lengths::all(length),
    )
}

/// Any ONNX file is sound when it runs once on filled inputs.
fn verify_file(file: &Path, lengths: &Lengths) -> Check {
    let name = file.display().to_string();
    let check = || -> anyhow::Result<Check> {
        let begin = Instant::now();
        let model = Model::open(file)?;
        let load = begin.elapsed();
        let inputs = model.trial(lengths)?;
        let begin = Instant::now();
        model.run(
            inputs
                .iter()
                .map(|(name, array)| (name.as_str(), array.clone()))
                .collect(),
        )?;
        sound(&name, load, begin.elapsed(), &model, lengths)
    };
    check().unwrap_or_else(|error| Check::failed(&name, &super::told(&error)))
}

fn sound(
    name: &str,
    load: Duration,
    run: Duration,
    model: &Model,
    lengths: &Lengths,
) -> anyhow::Result<Check> {
    let bench = model.bench(&model.trial(lengths)?, 1, || ())?;
    Ok(Check {
        name: name.to_owned(),
        ok: true,
        load_ms: Some(ms(load)),
        run_ms: Some(ms(run)),
        ops: model.ops(),
        fallbacks: bench.fallbacks.iter().map(Op::from).collect(),
        error: None,
    })
}

fn people(out: &mut impl Write, check: &Check) -> std::io::Result<()> {
    let colour = verdict(check.ok);
    let word = if check.ok { "sound" } else { "not sound" };
    write!(out, "{:<12} {colour}{word}{colour:#}", check.name)?;
    if let (Some(load), Some(run)) = (check.load_ms, check.run_ms) {
        write!(out, "  loads in {load:.0} ms, runs in {run:.1} ms")?;
    }
    writeln!(out)?;
    if let Some(error) = &check.error {
        writeln!(out, "  {error}")?;
    }
    if !check.ops.is_empty() {
        let mut ops: Vec<_> = check.ops.iter().collect();
        ops.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
        let ops: Vec<String> = ops
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        writeln!(out, "  {}", ops.join(", "))?;
        table::write_fallbacks(out, &check.fallbacks)?;
        if check.fallbacks.is_empty() {
            writeln!(out, "  no quantized operator fell back to general arithmetic")?;
        }
    }
    Ok(())
}

fn verdict(ok: bool) -> Style {
    let colour = if ok { AnsiColor::Green } else { AnsiColor::Red };
    colour.on_default()
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Detector => "detector",
        Kind::Speech => "speech",
        Kind::Voice => "voice",
    }
}
