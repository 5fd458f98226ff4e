//! Additions, products and the like of two tensors, number by number: what no other operator has taken in.
//!
//! tract has fast ones where the graph proves both shapes; where a length is known only when the graph runs, it computes
//! one number at a time.

use crate::kernels::each::{Pair, apply, runs};
use crate::kernels::level::Level;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::broadcast::multi_broadcast;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::math::{Add, Div, Max, Min, Mul, Sub};

/// `a pair b`, f32.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Each {
    /// With a for x.
    pair: Pair,
    /// With b for x.
    turned: Pair,
}

impl Op for Each {
    fn name(&self) -> StaticName {
        match self.pair {
            Pair::Add => "EachAdd",
            Pair::Less | Pair::From => "EachSub",
            Pair::Times => "EachMul",
            Pair::Over | Pair::Into => "EachDiv",
            Pair::Least => "EachMin",
            Pair::Most => "EachMax",
        }
        .into()
    }

    op_as_typed_op!();
}

impl EvalOp for Each {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (a, b) = args_2!(inputs);
        let shape = multi_broadcast(&[a.shape(), b.shape()])?;
        let (pair, x, y) = if a.shape() == &*shape {
            (self.pair, a, b)
        } else {
            (self.turned, b, a)
        };
        let mut out = if x.shape() == &*shape {
            x.into_tensor()
        } else {
            x.broadcast_to_shape(&shape)?
        };
        let runs = runs(&shape, y.shape());
        apply(
            Level::best(),
            pair,
            out.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?,
            y.try_as_plain_ram()?.as_slice::<f32>()?,
            &runs,
        );
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for Each {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = multi_broadcast(&[&*inputs[0].shape, &*inputs[1].shape])?;
        Ok(tvec!(f32::fact(&*shape)))
    }
}

/// Replaces those that tract has left; last of all, when it has taken in what its products can.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        let Some(TypedBinOp(op, None)) = node.op_as::<TypedBinOp>() else {
            continue;
        };
        let fits = {
            let facts = model.node_input_facts(id)?;
            let floats = facts.iter().all(|fact| fact.datum_type == f32::datum_type());
            floats && facts[0].rank() == facts[1].rank()
        };
        if !fits {
            continue;
        }
        let (pair, turned) = match () {
            () if op.is::<Add>() => (Pair::Add, Pair::Add),
            () if op.is::<Sub>() => (Pair::Less, Pair::From),
            () if op.is::<Mul>() => (Pair::Times, Pair::Times),
            () if op.is::<Div>() => (Pair::Over, Pair::Into),
            () if op.is::<Min>() => (Pair::Least, Pair::Least),
            () if op.is::<Max>() => (Pair::Most, Pair::Most),
            () => continue,
        };
        let op = Each { pair, turned };
        TypedModelPatch::replace_single_op(model, node, &node.inputs, op)?.apply(model)?;
    }
    Ok(())
}
