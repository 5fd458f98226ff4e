//! Layer normalisation in one step, with the sum before it where there is one.
//!
//! ```text
//! before:  a ─┬─> Add ─┬─> ReduceMean ─> Sub ─┬─> Pow ─> ReduceMean ─> Add ─> Sqrt ─> Div ─> Mul ─> Add
//!          b ─┘        └───────────────> ┘    └────────────────────────────────> ┘
//! after:   a, b ─> LayerNorm (gain, shift, epsilon)
//! ```
//!
//! tract has by then made of the chain `Reduce<Sum>, Mul, Sub, RmsNorm, Mul, Add`, and of LayerNormalization the same.

use super::walk::{binary, constant, floats, is_binary, single_user};
use crate::kernels::level::Level;
use crate::kernels::norm::layer_norm;
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::math::{Add, Mul, Sub};
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer, RmsNorm};

/// Normalises the rows of one input, or of the sum of two of the same shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerNorm {
    gain: Arc<[f32]>,
    shift: Arc<[f32]>,
    epsilon: f32,
}

// A number that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for LayerNorm {}

impl Op for LayerNorm {
    fn name(&self) -> StaticName {
        "LayerNorm".into()
    }

    op_as_typed_op!();
}

impl EvalOp for LayerNorm {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = inputs[0].try_as_plain_ram()?;
        let more = inputs.get(1).map(|more| more.try_as_plain_ram()).transpose()?;
        let more = more.as_ref().map(|more| more.as_slice::<f32>()).transpose()?;
        let mut out = Tensor::zero::<f32>(inputs[0].shape())?;
        if out.len() > 0 {
            let mut view = out.try_as_plain_ram_mut()?;
            layer_norm(
                Level::best(),
                x.as_slice()?,
                more,
                &self.gain,
                &self.shift,
                self.epsilon,
                view.as_slice_mut()?,
            );
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for LayerNorm {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        ensure!(
            inputs[0].shape.last() == Some(&self.gain.len().to_dim()),
            "rows of {} are expected, {:?} came",
            self.gain.len(),
            inputs[0]
        );
        ensure!(
            inputs.iter().all(|input| input.shape == inputs[0].shape),
            "inputs of one shape are expected"
        );
        Ok(tvec!(f32::fact(inputs[0].shape.clone())))
    }
}

/// Replaces every such chain.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        if let Some(patch) = chain(model, id)? {
            patch.apply(model)?;
        }
    }
    Ok(())
}

fn chain(model: &TypedModel, id: usize) -> TractResult<Option<TypedModelPatch>> {
    let node = model.node(id);
    let Some(norm) = node.op_as::<RmsNorm>() else {
        return Ok(None);
    };
    let fact = model.outlet_fact(id.into())?;
    let rank = fact.rank();
    let Some(width) = fact.shape.last().and_then(|width| width.to_usize().ok()) else {
        return Ok(None);
    };
    if fact.datum_type != f32::datum_type() || norm.axis + 1 != rank || width == 0 {
        return Ok(None);
    }
    let Some(x) = centred(model, node.inputs[0], width)? else {
        return Ok(None);
    };
    // A gain and a shift, where the graph has them.
    let mut last = id;
    let (mut gain, mut shift) = (None, None);
    if let Some((next, row)) = row_behind::<Mul>(model, last, width)? {
        (gain, last) = (Some(row), next);
    }
    if let Some((next, row)) = row_behind::<Add>(model, last, width)? {
        (shift, last) = (Some(row), next);
    }
    let op = LayerNorm {
        gain: gain.unwrap_or_else(|| vec![1.0; width]).into(),
        shift: shift.unwrap_or_else(|| vec![0.0; width]).into(),
        epsilon: norm.eps.cast_to_scalar::<f32>()?,
    };
    // The sum, if nothing but this chain uses it.
    let mut inputs = tvec!(x);
    if let Some((a, b)) = binary::<Add>(model, x.node) {
        let only_ours =
            x.slot == 0 && model.node(x.node).outputs[0].successors.len() == 2 && !model.outputs.contains(&x);
        let [fact_a, fact_b, fact_x] = [
            model.outlet_fact(a)?,
            model.outlet_fact(b)?,
            model.outlet_fact(x)?,
        ];
        if only_ours && fact_a.shape == fact_x.shape && fact_b.shape == fact_x.shape {
            inputs = tvec!(a, b);
        }
    }
    TypedModelPatch::replace_single_op(model, model.node(last), &inputs, op).map(Some)
}

/// What is centred: x, where `outlet` is `x - sum(x) / width` and goes to one node only.
fn centred(model: &TypedModel, outlet: OutletId, width: usize) -> TractResult<Option<OutletId>> {
    let Some((x, mean)) = binary::<Sub>(model, outlet.node) else {
        return Ok(None);
    };
    if single_user(model, outlet.node).is_none() {
        return Ok(None);
    }
    let Some((a, b)) = binary::<Mul>(model, mean.node) else {
        return Ok(None);
    };
    for (total, part) in [(a, b), (b, a)] {
        let Some(part) = floats(model, part)?.filter(|part| part.len() == 1) else {
            continue;
        };
        let sum = model.node(total.node);
        let of_rows = sum.op_as::<Reduce>().is_some_and(|reduce| {
            reduce.reducer == Reducer::Sum
                && *reduce.axes == [model.outlet_fact(x).map_or(0, |x| x.rank()) - 1]
        });
        if of_rows && sum.inputs[0] == x && (part[0] * width as f32 - 1.0).abs() < 1e-5 {
            return Ok(Some(x));
        }
    }
    Ok(None)
}

/// The only user of `id`, if it combines it with a constant row of `width` numbers, and that row.
fn row_behind<B: tract_onnx::tract_core::ops::binary::BinMiniOp>(
    model: &TypedModel,
    id: usize,
    width: usize,
) -> TractResult<Option<(usize, Vec<f32>)>> {
    let Some(next) = single_user(model, id).filter(|&next| is_binary::<B>(model.node(next))) else {
        return Ok(None);
    };
    let Some(other) = model.node(next).inputs.iter().find(|input| input.node != id) else {
        return Ok(None);
    };
    let Some(row) = constant(model, *other)? else {
        return Ok(None);
    };
    let fits = row.shape().last() == Some(&width)
        && row.len() == width
        && model.outlet_fact(id.into())?.shape == model.outlet_fact(next.into())?.shape;
    Ok(floats(model, *other)?.filter(|_| fits).map(|row| (next, row)))
}
