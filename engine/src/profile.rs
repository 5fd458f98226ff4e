//! How long a model takes, as a whole and operator by operator.
//!
//! In: a [`Model`] and its inputs. Out: a [`Bench`]. A bench is [`WARM_UP`] runs that are not measured, [`PROFILED`]
//! runs in which each operator is timed, and then exactly as many measured runs as were asked for, which bear no
//! cost of timing operators. It never changes the model, and never prints.

use super::array::Array;
use super::kernels::conv::Isa;
use super::kernels::integers::Dot;
use super::load::{Model, Outputs, RunError};
use super::optimize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tract_onnx::tract_core::plan::eval;

/// Runs before anything is measured: caches and lazily made state are warm after them.
pub const WARM_UP: usize = 2;
/// Runs in which each operator is timed; of each operator the fastest counts.
pub const PROFILED: usize = 3;

/// The instruction sets that this crate's kernels use on this processor: for float sums, and for integer sums.
#[must_use]
pub fn instructions() -> (String, String) {
    let name = |kernel: Option<String>| kernel.unwrap_or_default().to_lowercase();
    let floats = Isa::available().first().map(|kernel| format!("{kernel:?}"));
    let integers = Dot::available().first().map(|kernel| format!("{kernel:?}"));
    (name(floats), name(integers))
}

/// What one kind of operator costs in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct OpTime {
    /// The operator's name.
    pub name: String,
    /// How many stand in the graph that runs.
    pub count: usize,
    /// What they take together.
    pub time: Duration,
    /// Their part of the time of all operators, 0 to 1.
    pub share: f64,
}

/// What one node of the graph costs in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTime {
    /// Its name in the file, or what a rewrite called it.
    pub name: String,
    /// Its operator's name.
    pub op: String,
    /// Kind and shape of what it gives.
    pub gives: String,
    /// What it takes.
    pub time: Duration,
    /// Whether it computes on quantized numbers with tract's general arithmetic, which no rewrite has replaced.
    pub fell_back: bool,
}

/// What a bench found.
#[derive(Debug)]
pub struct Bench {
    /// What each measured run took, in their order.
    pub runs: Vec<Duration>,
    /// By kind of operator, the dearest first.
    pub ops: Vec<OpTime>,
    /// The quantized operators that no rewrite took over, by kind; their shares are of the whole run.
    pub fallbacks: Vec<OpTime>,
    /// By node, the dearest first.
    pub nodes: Vec<NodeTime>,
    /// What the last run gave.
    pub outputs: Outputs,
}

impl Bench {
    /// The time that `share` (0 to 1) of the measured runs do not exceed (nearest rank).
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        quantile(&self.runs, share)
    }
}

/// The time that `share` (0 to 1) of the times do not exceed (nearest rank); nothing of none.
#[must_use]
pub fn quantile(times: &[Duration], share: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (share * sorted.len() as f64).ceil() as usize;
    let at = rank.clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied().unwrap_or_default()
}

impl Model {
    /// Measures the model on `inputs`: [`WARM_UP`] and [`PROFILED`] runs, then exactly `runs`, at least one. `each` is
    /// told after every run.
    ///
    /// # Errors
    /// When the inputs do not fit, or the graph fails on them.
    pub fn bench(
        &self,
        inputs: &[(String, Array)],
        runs: usize,
        mut each: impl FnMut(),
    ) -> Result<Bench, RunError> {
        let given = || {
            inputs
                .iter()
                .map(|(name, array)| (name.as_str(), array.clone()))
                .collect::<Vec<_>>()
        };
        for _ in 0..WARM_UP {
            self.run(given())?;
            each();
        }
        let mut nodes: Vec<NodeTime> = Vec::new();
        for _ in 0..PROFILED {
            let (_, times) = self.profile(given())?;
            if nodes.is_empty() {
                nodes = times;
            } else {
                for (best, now) in nodes.iter_mut().zip(times) {
                    best.time = best.time.min(now.time);
                }
            }
            each();
        }
        let mut times = Vec::with_capacity(runs);
        let mut timed = || {
            let inputs = given();
            let begin = Instant::now();
            let outputs = self.run(inputs)?;
            times.push(begin.elapsed());
            each();
            Ok(outputs)
        };
        let mut outputs = timed()?;
        for _ in 1..runs {
            outputs = timed()?;
        }
        let all = nodes.iter().map(|node| node.time).sum();
        let ops = by_op(&nodes, all);
        let left: Vec<NodeTime> = nodes.iter().filter(|node| node.fell_back).cloned().collect();
        let fallbacks = by_op(&left, all);
        nodes.sort_by_key(|node| std::cmp::Reverse(node.time));
        Ok(Bench {
            runs: times,
            ops,
            fallbacks,
            nodes,
            outputs,
        })
    }

    /// Runs the model once and times each node, in the order in which they run. The timing itself costs some tens of
    /// nanoseconds a node.
    ///
    /// # Errors
    /// When the inputs do not fit, or the graph fails on them.
    pub fn profile(&self, inputs: Vec<(&str, Array)>) -> Result<(Outputs, Vec<NodeTime>), RunError> {
        let mut times = Vec::new();
        let outputs = self.run_with(inputs, |plan, inputs| {
            plan.spawn()?
                .run_plan_with_eval(inputs, |context, state, node, inputs| {
                    let begin = Instant::now();
                    let values = eval(context, state, node, inputs);
                    times.push((node.id, begin.elapsed()));
                    values
                })
        })?;
        let graph = self.graph();
        let told = |(id, time): (usize, Duration)| {
            let node = graph.node(id);
            let gives = node.outputs.first().map(|outlet| format!("{:?}", outlet.fact));
            NodeTime {
                name: node.name.clone(),
                op: node.op.name().into_owned(),
                gives: gives.unwrap_or_default(),
                time,
                fell_back: optimize::fell_back(graph, id),
            }
        };
        Ok((outputs, times.into_iter().map(told).collect()))
    }

    /// The kernels that the graph's products and convolutions run on, with how many operators use each; tract's
    /// under tract's names, which begin with the instruction set.
    #[must_use]
    pub fn kernels(&self) -> BTreeMap<String, usize> {
        let mut kernels = BTreeMap::new();
        for (_, op) in self.running() {
            for name in op
                .info()
                .unwrap_or_default()
                .iter()
                .flat_map(|line| kernel_names(line))
            {
                *kernels.entry(name).or_insert(0) += 1;
            }
        }
        kernels
    }
}

/// Kernels that a line of an operator's description names: "kernel: avx512vnni" of this crate's operators, "Mult: m:12
/// k:384 n:1536 with [avx512_mmm_f32_16x8]" of tract's.
fn kernel_names(line: &str) -> Vec<String> {
    if let Some(name) = line.strip_prefix("kernel: ") {
        return vec![name.to_owned()];
    }
    let list = line
        .strip_prefix("Mult: ")
        .and_then(|rest| rest.rsplit_once('['))
        .and_then(|(_, list)| list.split_once(']'));
    list.map_or_else(Vec::new, |(names, _)| {
        names.split(", ").map(str::to_owned).collect()
    })
}

fn by_op(nodes: &[NodeTime], all: Duration) -> Vec<OpTime> {
    let mut ops: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
    for node in nodes {
        let (count, time) = ops.entry(&node.op).or_default();
        *count += 1;
        *time += node.time;
    }
    let mut ops: Vec<OpTime> = ops
        .into_iter()
        .map(|(name, (count, time))| OpTime {
            name: name.to_owned(),
            count,
            time,
            share: time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE),
        })
        .collect();
    ops.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.name.cmp(&b.name)));
    ops
}

#[cfg(test)]
mod tests;
