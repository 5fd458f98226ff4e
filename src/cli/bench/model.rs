//! `coact bench model FILE`: one ONNX file, its times, operators, kernels and memory.

use super::table::{self, Memory, Op};
use super::{Exit, Global, Progress, ms};
use anstyle::Style;
use anyhow::{Context, bail, ensure};
use engine::profile::{self, Bench, NodeTime, PROFILED, WARM_UP};
use engine::{Array, Lengths, Model, npz};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `coact bench model`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The model runs twice to warm up and three times with every operator timed; then come exactly the \
    measured runs. Of each operator the table gives the fastest of its three times.\n\n\
    Without --input the inputs are filled: floats evenly over 0 to 1, integers 1, booleans true; lengths that the model \
    leaves free are 16, or 1 where their name begins with \"batch\".\n\n\
    JSON, one object: file, model, stock, threads, warm_up, profiled, runs, inputs and outputs (name, kind, shape), load_ms, \
    load (parse_ms, simplify_ms, optimize_ms), p50_ms, p99_ms, min_ms, mean_ms, rss_bytes, peak_rss_bytes, ops (name, count, \
    ms, share of 0 to 1), fallbacks (the same of quantized operators that tract computes in its general way), kernels (name: how many operators run on it), instructions (float, integer: what coact's own \
    kernels use here), and with --nodes nodes (name, op, gives, ms)."
)]
pub struct Args {
    /// An ONNX file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Inputs by name, as numpy.savez writes them [default: filled]
    #[arg(long, value_name = "IN.npz")]
    input: Option<PathBuf>,
    /// Where to write what the last run gave, by name
    #[arg(long, value_name = "OUT.npz")]
    output: Option<PathBuf>,
    /// Measured runs
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// Threads that compute the network
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// A length that the model leaves free: N for all, or NAME=N for one (may be repeated)
    #[arg(long = "length", value_name = "[NAME=]N", value_parser = length)]
    lengths: Vec<(Option<String>, usize)>,
    /// tract alone, without coact's rewrites and kernels: what they are measured against
    #[arg(long)]
    stock: bool,
    /// Tell the N dearest nodes of the graph, too
    #[arg(long, value_name = "N", default_value_t = 0)]
    nodes: usize,
}

/// Reads `[NAME=]N`.
pub fn length(text: &str) -> Result<(Option<String>, usize), String> {
    let (name, number) = match text.rsplit_once('=') {
        Some((name, number)) => (Some(name.to_owned()), number),
        None => (None, text),
    };
    let number = number
        .parse()
        .map_err(|_| format!("a length like 16 or n=16 is expected, but {text:?} came"))?;
    Ok((name, number))
}

/// Runs `coact bench model`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if args.threads > 1 {
        log::warn!(
            "--threads {}: coact computes a network on one thread, the others are the daemon's; one is measured",
            args.threads
        );
    }
    ensure!(
        args.file.is_file(),
        "{}: no such file; name an ONNX model",
        args.file.display()
    );
    let begin = Instant::now();
    let model = if args.stock {
        Model::open_stock(&args.file)
    } else {
        Model::open(&args.file)
    }?;
    let load = begin.elapsed();
    let inputs = match &args.input {
        Some(path) => {
            if !args.lengths.is_empty() {
                bail!("--length is for inputs that are filled; --input brings its own lengths");
            }
            npz::read(path)?
        }
        None => model.trial(&lengths(&args.lengths))?,
    };
    let runs = args.runs as usize;
    let mut progress = Progress::new("measuring", WARM_UP + PROFILED + runs);
    let bench = model.bench(&inputs, runs, || progress.step())?;
    drop(progress);
    if let Some(path) = &args.output {
        npz::write(path, bench.outputs.iter()).context("--output")?;
    }
    let report = Report::new(args, &model, load, &inputs, &bench);
    let mut out = anstream::stdout().lock();
    if global.json {
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
    } else {
        report.people(&mut out)?;
    }
    Ok(Exit::Done)
}

/// Lengths for a model's free axes, as given.
pub fn lengths(given: &[(Option<String>, usize)]) -> Lengths {
    let mut lengths = Lengths::default();
    for (name, length) in given {
        match name {
            Some(name) => lengths.named.push((name.clone(), *length)),
            None => lengths.other = *length,
        }
    }
    lengths
}

/// What is told; the field names are part of the command line's contract.
#[derive(Debug, Serialize)]
struct Report {
    file: String,
    model: String,
    stock: bool,
    threads: u32,
    warm_up: usize,
    profiled: usize,
    runs: usize,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    load_ms: f64,
    load: Load,
    p50_ms: f64,
    p99_ms: f64,
    min_ms: f64,
    mean_ms: f64,
    #[serde(flatten)]
    memory: Memory,
    ops: Vec<Op>,
    fallbacks: Vec<Op>,
    kernels: BTreeMap<String, usize>,
    instructions: Instructions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<Node>,
}

/// An input or an output.
#[derive(Debug, Serialize)]
struct Port {
    name: String,
    kind: String,
    shape: Vec<usize>,
}

impl Port {
    fn new(name: &str, array: &Array) -> Self {
        Port {
            name: name.to_owned(),
            kind: array.kind(),
            shape: array.shape().to_vec(),
        }
    }

    fn tell(ports: &[Port]) -> String {
        let each = ports
            .iter()
            .map(|port| format!("{} {} {:?}", port.name, port.kind, port.shape));
        each.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug, Serialize)]
struct Load {
    parse_ms: f64,
    simplify_ms: f64,
    optimize_ms: f64,
}

/// Instruction sets of coact's own kernels on this processor.
#[derive(Debug, Serialize)]
pub struct Instructions {
    float: String,
    integer: String,
}

impl Instructions {
    /// Those of this processor.
    pub fn here() -> Self {
        let (float, integer) = profile::instructions();
        Instructions { float, integer }
    }

    /// For people.
    pub fn tell(&self) -> String {
        format!("{} for floats, {} for integers", self.float, self.integer)
    }
}

#[derive(Debug, Serialize)]
struct Node {
    name: String,
    op: String,
    gives: String,
    ms: f64,
}

impl From<&NodeTime> for Node {
    fn from(node: &NodeTime) -> Self {
        Node {
            name: node.name.clone(),
            op: node.op.clone(),
            gives: node.gives.clone(),
            ms: ms(node.time),
        }
    }
}

impl Report {
    fn new(
        args: &Args,
        model: &Model,
        load: std::time::Duration,
        inputs: &[(String, Array)],
        bench: &Bench,
    ) -> Self {
        let stages = model.stages();
        Report {
            file: args.file.display().to_string(),
            model: name(&args.file),
            stock: args.stock,
            threads: 1,
            warm_up: WARM_UP,
            profiled: PROFILED,
            runs: bench.runs.len(),
            inputs: inputs
                .iter()
                .map(|(name, array)| Port::new(name, array))
                .collect(),
            outputs: bench
                .outputs
                .iter()
                .map(|(name, array)| Port::new(name, array))
                .collect(),
            load_ms: ms(load),
            load: Load {
                parse_ms: ms(stages.parse),
                simplify_ms: ms(stages.simplify),
                optimize_ms: ms(stages.optimize),
            },
            p50_ms: ms(bench.quantile(0.5)),
            p99_ms: ms(bench.quantile(0.99)),
            min_ms: ms(bench.quantile(0.0)),
            mean_ms: ms(bench.runs.iter().sum::<std::time::Duration>() / bench.runs.len().max(1) as u32),
            memory: Memory::now(),
            ops: bench.ops.iter().map(Op::from).collect(),
            fallbacks: bench.fallbacks.iter().map(Op::from).collect(),
            kernels: model.kernels(),
            instructions: Instructions::here(),
            nodes: bench.nodes.iter().take(args.nodes).map(Node::from).collect(),
        }
    }

    fn people(&self, out: &mut impl Write) -> std::io::Result<()> {
        let bold = Style::new().bold();
        let by = if self.stock { ", tract alone" } else { "" };
        writeln!(
            out,
            "{bold}{}{bold:#}  {} runs on one thread{by}",
            self.model, self.runs
        )?;
        writeln!(
            out,
            "  run     {bold}{:.2} ms{bold:#} half the time, {:.2} ms at most 99 times of 100, {:.2} ms at best",
            self.p50_ms, self.p99_ms, self.min_ms
        )?;
        writeln!(
            out,
            "  load    {:.0} ms (read {:.0}, simplify {:.0}, optimize {:.0})",
            self.load_ms, self.load.parse_ms, self.load.simplify_ms, self.load.optimize_ms
        )?;
        if let Some(peak) = self.memory.peak_rss_bytes {
            writeln!(out, "  memory  {:.1} MB at the peak", peak as f64 / 1e6)?;
        }
        writeln!(out, "  in      {}", Port::tell(&self.inputs))?;
        writeln!(out, "  out     {}", Port::tell(&self.outputs))?;
        if !self.kernels.is_empty() {
            let kernels = self.kernels.iter().map(|(name, count)| format!("{count} {name}"));
            writeln!(out, "  kernels {}", kernels.collect::<Vec<_>>().join(", "))?;
        }
        writeln!(out, "  coact's own kernels use {}\n", self.instructions.tell())?;
        table::write(out, &self.ops)?;
        table::write_fallbacks(out, &self.fallbacks)?;
        if !self.nodes.is_empty() {
            writeln!(out, "\n{bold}{:>10}  NODE{bold:#}", "MS")?;
        }
        for node in &self.nodes {
            writeln!(
                out,
                "{:>10.3}  {}  {} -> {}",
                node.ms, node.op, node.name, node.gives
            )?;
        }
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
