//! `coact bench`: how fast this board is, as a whole or with one model.

pub mod board;
pub mod model;
pub mod table;

use super::{Exit, Global};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// Arguments of `coact bench`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a subcommand: every installed model, the way from a text to its reading and from a photo to \
    what is seen in it, start-up and memory.\n\nJSON, one object a line: {\"what\": \"board\", cpu, cores, instructions, \
    memory_bytes}, then {\"what\": \"text\" | \"photo\" | \"start\", name, runs, p50_ms, p99_ms, min_ms, …} and last {\"what\": \
    \"memory\", rss_bytes, peak_rss_bytes}.\n\nExamples:\n  coact bench\n  coact bench model yolox.onnx --runs 50\n  \
    coact bench model text.onnx --input in.npz --output out.npz --json"
)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Measured runs of each thing
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// One ONNX file: times, operators, kernels, memory
    Model(model::Args),
}

/// Runs `coact bench`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.what {
        Some(What::Model(args)) => model::run(args, global),
        None => board::run(args.runs as usize, global),
    }
}

/// Milliseconds with three decimals.
pub fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// A bar on standard error for what takes longer than a person waits without wondering.
pub struct Progress {
    begin: Instant,
    of: u64,
    done: u64,
    what: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is shown before this.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// A bar for `of` steps that is called `what`.
    pub fn new(what: &str, of: usize) -> Self {
        Progress {
            begin: Instant::now(),
            of: of as u64,
            done: 0,
            what: what.to_owned(),
            bar: None,
        }
    }

    /// One more step is done.
    pub fn step(&mut self) {
        self.done += 1;
        if self.bar.is_none() && self.begin.elapsed() > Self::PATIENCE {
            let bar = ProgressBar::new(self.of).with_message(self.what.clone());
            // Without a style that can be read the bar keeps its own.
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
