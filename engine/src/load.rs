//! ONNX files become runnable models: parsed, rewritten by tract, weights packed once.

use super::array::{Array, kind_name};
use super::manifest::{Manifest, ManifestError};
use super::optimize;
use super::tune::Variant;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::DimLike;
use tract_onnx::tract_hir::ops::unimpl::UnimplementedOp;

/// Why a model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its folder or files are not in order.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The bytes are not an ONNX model.
    #[error("{}: an ONNX model is expected, but this is none, or it is cut off ({why})", path.display())]
    NotOnnx {
        /// Which file.
        path: PathBuf,
        /// What the parser says.
        why: String,
    },
    /// The model asks for operators, or for kinds of quantized numbers, that tract does not have.
    #[error(
        "{}: uses the operator{} {}, which coact cannot run. Export the model without {}",
        path.display(), if ops.len() == 1 { "" } else { "s" }, ops.join(", "), if ops.len() == 1 { "it" } else { "them" }
    )]
    Unsupported {
        /// Which file.
        path: PathBuf,
        /// Their ONNX names, sorted.
        ops: Vec<String>,
    },
    /// tract cannot make sense of the graph.
    #[error("{}: cannot be {stage}: {why}", path.display())]
    Graph {
        /// Which file.
        path: PathBuf,
        /// What was being done.
        stage: &'static str,
        /// What tract says.
        why: String,
    },
}

/// Why a loaded model did not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An input was not given, or one was given that the model does not have.
    #[error("{model} takes the inputs {}, but {} came", expected.join(", "), if came.is_empty() { "none".to_owned() } else { came.join(", ") })]
    Inputs {
        /// Which model.
        model: String,
        /// Its inputs.
        expected: Vec<String>,
        /// The names that came.
        came: Vec<String>,
    },
    /// An input is of another kind or shape than the model takes.
    #[error("{model}: input {name} takes {expected}, but {came} came")]
    Shape {
        /// Which model.
        model: String,
        /// Which input.
        name: String,
        /// Kind and shape that it takes; letters stand for any length.
        expected: String,
        /// Kind and shape that came.
        came: String,
    },
    /// The model lacks an output, or has it in another kind.
    #[error("{model} gives no {kind} {name:?}; it gives {}", has.join(", "))]
    NoOutput {
        /// Which model.
        model: String,
        /// Which output was asked for.
        name: String,
        /// In which kind.
        kind: &'static str,
        /// The outputs it has.
        has: Vec<String>,
    },
    /// A length was given that no input leaves free.
    #[error(
        "{model} has no free length {name:?}; {}",
        if free.is_empty() { "all its lengths are fixed".to_owned() } else { format!("it has {}", free.join(", ")) }
    )]
    Length {
        /// Which model.
        model: String,
        /// Which length was given.
        name: String,
        /// Those that are free.
        free: Vec<String>,
    },
    /// tract failed inside the graph.
    #[error("{model} failed while running: {why}")]
    Graph {
        /// Which model.
        model: String,
        /// What tract says.
        why: String,
    },
}

/// Lengths for the axes that a model leaves free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lengths {
    /// By the length's name in the file: "n", "batch_size".
    pub named: Vec<(String, usize)>,
    /// Every other, but those whose name begins with "batch", which are 1.
    pub other: usize,
}

impl Default for Lengths {
    /// A short sentence or batch of 16.
    fn default() -> Self {
        Self::all(16)
    }
}

impl Lengths {
    /// One length for all.
    #[must_use]
    pub fn all(length: usize) -> Self {
        Lengths {
            named: Vec::new(),
            other: length,
        }
    }

    fn of(&self, dim: &TDim) -> usize {
        let mut values = SymbolValues::default();
        for symbol in dim.symbols() {
            let name = symbol.to_string();
            let length = match self.named.iter().find(|(named, _)| *named == name) {
                Some((_, length)) => *length,
                None if name.starts_with("batch") => 1,
                None => self.other,
            };
            values.set(&symbol, length as i64);
        }
        dim.eval(&values).to_usize().unwrap_or(self.other)
    }
}

/// What is done to a graph beyond what tract does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rewrites {
    All,
    /// All, but weights that are only stored in int8 become f32.
    Floats,
    None,
}

/// Lets the allocator keep what one run gives back for the next one, instead of asking the system for the same pages
/// again: a third of the time of a detector. The C library of Linux keeps twice the largest block that was ever given
/// back to it, up to this size; the block is never touched, and so costs nothing.
fn keep_memory() {
    const BLOCK: usize = 24 << 20;
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK))));
}

fn read(path: &Path) -> Result<Vec<u8>, ManifestError> {
    std::fs::read(path).map_err(|source| ManifestError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// How long each stage of loading took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stages {
    /// Bytes to graph.
    pub parse: Duration,
    /// Shapes and types of everything, the graph simplified, constants folded.
    pub simplify: Duration,
    /// Operators chosen for this machine, weights packed.
    pub optimize: Duration,
}

/// A model ready to run. Runs do not change it, so it may be shared between threads.
#[derive(Debug)]
pub struct Model {
    name: String,
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<String>,
    outputs: Arc<[String]>,
    stages: Stages,
}

impl Model {
    /// Loads the network that `manifest` names, in its variant, its checksum verified first.
    ///
    /// # Errors
    /// When the file is not the listed one, is not ONNX, or asks for what tract cannot do.
    pub fn load(manifest: &Manifest) -> Result<Self, LoadError> {
        let half = manifest
            .float16
            .as_ref()
            .filter(|_| manifest.variant == Variant::Float16);
        let file = half.unwrap_or(&manifest.graph);
        let rewrites = match manifest.variant {
            Variant::Shipped | Variant::Float16 => Rewrites::All,
            Variant::Float32 => Rewrites::Floats,
        };
        let bytes = manifest.bytes(file)?;
        Self::build(&manifest.name, &manifest.path(file), bytes.into(), rewrites)
    }

    /// Loads any ONNX file, without a manifest and so without a checksum.
    ///
    /// # Errors
    /// When it cannot be read, is not ONNX, or asks for what tract cannot do.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let bytes = read(path)?;
        Self::build(&stem(path), path, bytes.into(), Rewrites::All)
    }

    /// Loads any ONNX file as tract does by itself, without a rewrite or kernel of this crate: what the rewrites are
    /// measured against.
    ///
    /// # Errors
    /// When it cannot be read, is not ONNX, or asks for what tract cannot do.
    pub fn open_stock(path: &Path) -> Result<Self, LoadError> {
        let bytes = read(path)?;
        Self::build(&stem(path), path, bytes.into(), Rewrites::None)
    }

    /// Loads a model from memory; `path` is where it came from, for messages.
    ///
    /// # Errors
    /// When the bytes are not ONNX, or ask for what tract cannot do.
    pub fn from_bytes(name: &str, path: &Path, bytes: &[u8]) -> Result<Self, LoadError> {
        Self::build(name, path, bytes.into(), Rewrites::All)
    }

    fn build(name: &str, path: &Path, bytes: Cow<'_, [u8]>, rewrites: Rewrites) -> Result<Self, LoadError> {
        let at = |stage: &'static str| {
            move |why: String| LoadError::Graph {
                path: path.to_owned(),
                stage,
                why,
            }
        };
        let not_onnx = |why: String| LoadError::NotOnnx {
            path: path.to_owned(),
            why,
        };
        let mut stages = Stages::default();
        let mut clock = Instant::now();
        let mut lap = move || std::mem::replace(&mut clock, Instant::now()).elapsed();

        let mut onnx = tract_onnx::onnx();
        if rewrites == Rewrites::All {
            optimize::register(&mut onnx);
        }
        let mut proto = contained(|| onnx.proto_model_for_read(&mut &*bytes)).map_err(not_onnx)?;
        // Each form of the graph has its own copy of the weights: none is kept longer than it is needed.
        drop(bytes);
        if rewrites == Rewrites::All {
            optimize::decode(&mut proto);
            let ops = optimize::left(&proto);
            if !ops.is_empty() {
                let path = path.to_owned();
                return Err(LoadError::Unsupported { path, ops });
            }
        }
        if proto
            .graph
            .as_ref()
            .is_none_or(|graph| graph.node.is_empty() || graph.output.is_empty())
        {
            return Err(not_onnx("it holds no graph".to_owned()));
        }
        let parsed = contained(|| onnx.model_for_proto_model(&proto)).map_err(at("read"))?;
        drop(proto);
        let unknown = unsupported(&parsed);
        if !unknown.is_empty() {
            return Err(LoadError::Unsupported {
                path: path.to_owned(),
                ops: unknown,
            });
        }
        let inputs = parsed
            .inputs
            .iter()
            .map(|outlet| parsed.node(outlet.node).name.clone())
            .collect();
        let output = |outlet: &OutletId| {
            let label = parsed.outlet_label(*outlet);
            label.map_or_else(|| parsed.node(outlet.node).name.clone(), str::to_owned)
        };
        let outputs = parsed.outputs.iter().map(output).collect();
        stages.parse = lap();
        let simplify = || {
            let typed = parsed.into_typed()?;
            match rewrites {
                Rewrites::All | Rewrites::Floats => optimize::optimize(typed),
                Rewrites::None => typed.into_decluttered(),
            }
        };
        let typed = contained(simplify).map_err(at("simplified"))?;
        stages.simplify = lap();
        let ready = || {
            let model = typed.into_optimized()?;
            match rewrites {
                Rewrites::All | Rewrites::Floats => optimize::finish(model)?.into_runnable(),
                Rewrites::None => model.into_runnable(),
            }
        };
        let plan = contained(ready).map_err(at("made ready to run"))?;
        stages.optimize = lap();
        log::debug!("{}: loaded: {stages:?}", path.display());
        Ok(Model {
            name: name.to_owned(),
            plan,
            inputs,
            outputs,
            stages,
        })
    }

    /// Runs the model once.
    ///
    /// # Errors
    /// When the inputs do not fit, or the graph fails on them.
    pub fn run(&self, inputs: Vec<(&str, Array)>) -> Result<Outputs, RunError> {
        self.run_with(inputs, |plan, inputs| plan.run(inputs))
    }

    /// Checks the inputs, lets `run` run the plan on them, and names what comes out.
    pub(super) fn run_with(
        &self,
        inputs: Vec<(&str, Array)>,
        run: impl FnOnce(&Arc<TypedRunnableModel>, TVec<TValue>) -> TractResult<TVec<TValue>>,
    ) -> Result<Outputs, RunError> {
        keep_memory();
        let came: Vec<String> = inputs.iter().map(|(name, _)| (*name).to_owned()).collect();
        let wrong = || RunError::Inputs {
            model: self.name.clone(),
            expected: self.inputs.clone(),
            came: came.clone(),
        };
        if inputs.len() != self.inputs.len() {
            return Err(wrong());
        }
        let mut ordered: TVec<TValue> = tvec!();
        for (index, name) in self.inputs.iter().enumerate() {
            let (_, array) = inputs.iter().find(|(given, _)| given == name).ok_or_else(wrong)?;
            self.check(index, array)?;
            ordered.push(array.0.clone());
        }
        // What the caller holds no longer must not keep tract from working in place.
        drop(inputs);
        let values = contained(|| run(&self.plan, ordered)).map_err(|why| RunError::Graph {
            model: self.name.clone(),
            why,
        })?;
        Ok(Outputs {
            model: self.name.clone(),
            names: self.outputs.clone(),
            values: values.into_iter().map(Array).collect(),
        })
    }

    /// Runs the model once on zeros, free lengths set to `length`: does it run at all?
    ///
    /// # Errors
    /// When the graph fails.
    pub fn probe(&self, length: usize) -> Result<Outputs, RunError> {
        let inputs = self.filled(&Lengths::all(length), Array::zeros)?;
        self.run(
            inputs
                .iter()
                .map(|(name, array)| (name.as_str(), array.clone()))
                .collect(),
        )
    }

    /// Inputs to try or measure the model with: floats over 0 to 1, integers 1, booleans true, free lengths as
    /// `lengths` says.
    ///
    /// # Errors
    /// When an input takes no numbers, or `lengths` names a length that the model does not have.
    pub fn trial(&self, lengths: &Lengths) -> Result<Vec<(String, Array)>, RunError> {
        let free = self.free_lengths();
        if let Some((name, _)) = lengths.named.iter().find(|(name, _)| !free.contains(name)) {
            return Err(RunError::Length {
                model: self.name.clone(),
                name: name.clone(),
                free,
            });
        }
        self.filled(lengths, Array::trial)
    }

    fn filled(
        &self,
        lengths: &Lengths,
        fill: impl Fn(DatumType, &[usize]) -> Option<Array>,
    ) -> Result<Vec<(String, Array)>, RunError> {
        let mut inputs = Vec::new();
        for (index, name) in self.inputs.iter().enumerate() {
            let (kind, shape) = self.fact(index);
            let shape: Vec<usize> = shape.iter().map(|dim| lengths.of(dim)).collect();
            let array = fill(kind, &shape).ok_or_else(|| RunError::Graph {
                model: self.name.clone(),
                why: format!("input {name} of kind {} cannot be filled", kind_name(kind)),
            })?;
            inputs.push((name.clone(), array));
        }
        Ok(inputs)
    }

    /// Names of the lengths that inputs leave free ("n", "batch"), sorted.
    #[must_use]
    pub fn free_lengths(&self) -> Vec<String> {
        let mut names: Vec<String> = (0..self.inputs.len())
            .flat_map(|index| self.fact(index).1)
            .flat_map(|dim| dim.symbols())
            .map(|symbol| symbol.to_string())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn fact(&self, index: usize) -> (DatumType, Vec<TDim>) {
        let model = self.plan.model();
        let outlet = model.inputs[index];
        let fact = &model.node(outlet.node).outputs[outlet.slot].fact;
        (fact.datum_type, fact.shape.to_tvec().to_vec())
    }

    fn check(&self, index: usize, array: &Array) -> Result<(), RunError> {
        let (kind, shape) = self.fact(index);
        let fits = kind == array.0.datum_type()
            && shape.len() == array.shape().len()
            && shape
                .iter()
                .zip(array.shape())
                .all(|(dim, &came)| dim.to_usize().map_or(true, |length| length == came));
        if fits {
            return Ok(());
        }
        let expected: Vec<String> = shape.iter().map(TDim::to_string).collect();
        Err(RunError::Shape {
            model: self.name.clone(),
            name: self.inputs[index].clone(),
            expected: format!("{} [{}]", kind_name(kind), expected.join(", ")),
            came: format!("{} {:?}", array.kind(), array.shape()),
        })
    }

    /// Names of the inputs, in the file's order.
    #[must_use]
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// Length of each axis of an input, `None` where any length goes; empty when there is no such input.
    #[must_use]
    pub fn input_shape(&self, index: usize) -> Vec<Option<usize>> {
        if index >= self.inputs.len() {
            return Vec::new();
        }
        self.fact(index).1.iter().map(|dim| dim.to_usize().ok()).collect()
    }

    /// Names of the outputs, in the file's order.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// How often each operator stands in the graph that runs.
    #[must_use]
    pub fn ops(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, op) in self.running() {
            *counts.entry(op.name().into_owned()).or_insert(0) += 1;
        }
        counts
    }

    /// Nodes of the graph that runs, without its constants, with their names.
    pub(super) fn running(&self) -> impl Iterator<Item = (&str, &dyn TypedOp)> {
        let model = self.plan.model();
        self.plan.order_without_consts().iter().map(|&id| {
            let node = model.node(id);
            (node.name.as_str(), node.op.as_ref())
        })
    }

    /// The graph that runs.
    pub(super) fn graph(&self) -> &TypedModel {
        self.plan.model()
    }

    /// How long loading took.
    #[must_use]
    pub fn stages(&self) -> Stages {
        self.stages
    }
}

/// tract meets some damage, and some inputs, with a panic. Here it ends as what it is, an error: the plan does not
/// change while it runs, so nothing half done is left behind.
fn contained<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, String> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("panic")
                .to_owned())
        }
    }
}

fn unsupported(model: &InferenceModel) -> Vec<String> {
    let mut ops: Vec<String> = model
        .nodes()
        .iter()
        .filter_map(|node| node.op_as::<UnimplementedOp>())
        .map(|op| {
            // The op keeps its ONNX name only inside "Unimplemented(…)".
            let name = tract_onnx::tract_hir::internal::Op::name(op);
            let inner = name
                .strip_prefix("Unimplemented(")
                .and_then(|name| name.strip_suffix(')'));
            inner.unwrap_or(&name).to_owned()
        })
        .collect();
    ops.sort();
    ops.dedup();
    ops
}

/// What a run gave.
#[derive(Debug, Clone)]
pub struct Outputs {
    model: String,
    names: Arc<[String]>,
    values: Vec<Array>,
}

impl Outputs {
    /// The output `name` as 32-bit floats.
    ///
    /// # Errors
    /// When the model has no such output, or not in floats.
    pub fn f32(&self, name: &str) -> Result<&[f32], RunError> {
        self.get(name)
            .and_then(Array::as_f32)
            .ok_or_else(|| RunError::NoOutput {
                model: self.model.clone(),
                name: name.to_owned(),
                kind: "f32",
                has: self
                    .iter()
                    .map(|(name, array)| format!("{name} ({})", array.kind()))
                    .collect(),
            })
    }

    /// The output `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.iter()
            .find(|(given, _)| *given == name)
            .map(|(_, array)| array)
    }

    /// All outputs in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }
}

#[cfg(test)]
mod tests;
