//! `coact eval nlu`: the shipped text model and decoder against marked lines.

use crate::cli::{Exit, Global};
use anyhow::Context;
use coact::evaluate::nlu::fit::fit;
use coact::evaluate::nlu::report::{Report, Sheet};
use coact::evaluate::nlu::{gold, page, text};
use coact::read::Reader;
use engine::Folders;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// Arguments of `coact eval nlu`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A line of a file is an object in HuRIC's form: {\"text\", \"lang\", \"frames\": [{\"frame\", \"lexical_unit\", \
    \"elements\": [{\"role\", \"start\", \"end\", \"head\"}]}], \"map\": […]}, offsets in Unicode characters. \
    {\"text\", \"intent\"} (CLINC150) is a line that is no command, {\"text\", \"logical\"} (GPSR) a command whose tasks are \
    not marked.\n\nExample:\n  coact eval nlu --data huric_en.jsonl --data clinc_oos_val.jsonl --html report.html"
)]
pub struct Args {
    /// File of marked lines; may be given more than once
    #[arg(long, required = true, value_name = "FILE.jsonl")]
    data: Vec<PathBuf>,
    /// Only the lines of this language (en, it, zh)
    #[arg(long)]
    lang: Option<String>,
    /// Only with the maps that the lines carry [default: both ways where there are maps]
    #[arg(long, conflicts_with = "without_map")]
    with_map: bool,
    /// Only without them
    #[arg(long)]
    without_map: bool,
    /// Also write the report as a page with plots
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    /// Also write each line's marks, reading and whether it is right, one object a line
    #[arg(long, value_name = "OUT.jsonl")]
    readings: Option<PathBuf>,
    /// Fit slope, offset and act_confidence on these lines instead, for the model's manifest
    #[arg(long, conflicts_with_all = ["html", "readings"])]
    fit: bool,
    /// With --fit: the largest share of commands to act on wrongly
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    most_wrong: f64,
}

/// Runs `coact eval nlu`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let reader = Reader::load(&Folders::new(global.models.as_deref(), None))?;
    let mut out = anstream::stdout().lock();
    let mut reports: Vec<Report> = Vec::new();
    let mut sheets = Vec::new();
    let mut readings = match &args.readings {
        Some(path) => Some(std::io::BufWriter::new(
            std::fs::File::create(path).with_context(|| path.display().to_string())?,
        )),
        None => None,
    };
    for path in &args.data {
        let lines = gold::load(path, args.lang.as_deref())?;
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let maps = lines.iter().any(|line| !line.map.is_empty());
        let ways: &[bool] = match maps {
            true if args.with_map || (args.fit && !args.without_map) => &[true],
            true if !args.without_map => &[true, false],
            _ => &[false],
        };
        for &with_map in ways {
            let mut progress = Progress::new(&name, lines.len());
            let sheet = Sheet::read(&reader, lines.clone(), with_map, || progress.step());
            progress.end();
            if args.fit {
                sheets.push(sheet);
                continue;
            }
            if let Some(file) = &mut readings {
                write_readings(file, &name, with_map, &sheet)?;
            }
            let report = sheet.report(&name, with_map);
            if global.json {
                serde_json::to_writer(&mut out, &report)?;
                writeln!(out)?;
            } else {
                writeln!(out, "{}", text::text(&report))?;
            }
            reports.push(report);
        }
    }
    if args.fit {
        let fit = fit(&sheets, reader.thresholds(), args.most_wrong).context(
            "to fit, some marked commands must be read wholly right and some not: give more lines",
        )?;
        if global.json {
            serde_json::to_writer(&mut out, &fit)?;
            writeln!(out)?;
        } else {
            write!(out, "{}", fit.text())?;
        }
    }
    if let Some(path) = &args.html {
        let model = format!("the text model {}", reader.version());
        std::fs::write(path, page::page(&model, &reports)).with_context(|| path.display().to_string())?;
    }
    Ok(Exit::Done)
}

fn write_readings(to: &mut impl Write, set: &str, map: bool, sheet: &Sheet) -> anyhow::Result<()> {
    for ((gold, read), line) in sheet.gold.iter().zip(&sheet.reads).zip(&sheet.lines) {
        let right = line.marks.as_ref().map(|marks| marks.whole);
        let entry = serde_json::json!({
            "set": set, "id": gold.id, "text": gold.text, "map": map, "wholly_right": right, "acceptance": read.acceptance,
            "words": read.words, "reading": read.reading,
        });
        serde_json::to_writer(&mut *to, &entry)?;
        writeln!(to)?;
    }
    Ok(())
}

/// How far it is, on a terminal.
struct Progress<'a> {
    name: &'a str,
    of: usize,
    done: usize,
    shown: bool,
}

impl<'a> Progress<'a> {
    fn new(name: &'a str, of: usize) -> Self {
        Progress {
            name,
            of,
            done: 0,
            shown: std::io::stderr().is_terminal(),
        }
    }

    fn step(&mut self) {
        self.done += 1;
        if self.shown && self.done.is_multiple_of(20) {
            anstream::eprint!("\r{} {} of {}", self.name, self.done, self.of);
        }
    }

    fn end(&self) {
        if self.shown {
            anstream::eprint!("\r\u{1b}[K");
        }
    }
}
