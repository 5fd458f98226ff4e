//! Keeps tract from making one table of what is no function of one number.
//!
//! ```text
//! bytes ─> DequantizeLinear ─> Softmax ─> QuantizeLinear ─> bytes
//! ```
//!
//! tract 0.23 computes what lies between two quantizations for the 256 bytes and looks results up from then on. It takes
//! every operator of one input that keeps its axes for a function of one number, softmax too, and reads the bytes as of
//! the kind that comes out. Where that would be wrong, [`Numbers`] stands in DequantizeLinear's place: tract knows
//! nothing of it.

use super::walk;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::cast::Cast;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::quant::{DequantizeLinearF32, QuantizeLinearI8, QuantizeLinearU8};

/// What bytes stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Numbers(DequantizeLinearF32);

impl Op for Numbers {
    fn name(&self) -> StaticName {
        "DequantizeLinear".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Numbers {
    op_out_of_plan!();

    fn eval(&self, context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        self.0.eval(context, inputs)
    }
}

impl TypedOp for Numbers {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        self.0.output_facts(inputs)
    }
}

/// Replaces every DequantizeLinear that a wrong table would start from.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn keep(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        let Some(back) = node.op_as::<DequantizeLinearF32>() else {
            continue;
        };
        if misread(model, id)? {
            let op = Numbers(back.clone());
            TypedModelPatch::replace_single_op(model, node, &node.inputs, op)?.apply(model)?;
        }
    }
    Ok(())
}

/// Whether the way from `id` to the next quantization is more than a function of one number, or ends in another kind.
fn misread(model: &TypedModel, id: usize) -> TractResult<bool> {
    let kind = model.outlet_fact(model.node(id).inputs[0])?.datum_type;
    let (mut last, mut plain) = (id, true);
    while let Some(next) = walk::single_user(model, last) {
        let node = model.node(next);
        if node.inputs.len() != 1 {
            return Ok(false);
        }
        let op = node.op_as::<ElementWiseOp>();
        let ends = op.is_some_and(|op| op.0.is::<QuantizeLinearU8>() || op.0.is::<QuantizeLinearI8>());
        if ends {
            return Ok(!plain || node.outputs[0].fact.datum_type != kind);
        }
        plain &= op.is_some() || node.op_is::<Cast>();
        last = next;
    }
    Ok(false)
}
