//! Numbers that are quantized and at once dequantized again: rounded to a grid, in one step.
//!
//! ```text
//! before:  x ─> QuantizeLinear ─> DequantizeLinear ─> y
//! after:   x ─> Rounded ─> y
//! ```
//!
//! A product that takes y takes x instead, and rounds it while it packs its rows ([`super::ops`]); so this is what is
//! left between other operators.

use super::walk::Grid;
use crate::kernels::level::Level;
use crate::kernels::quantize::to_grid;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::quant::DequantizeLinearF32;

/// x rounded to a grid of 256 numbers, f32 in and out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rounded {
    grid: Grid,
    scale: f32,
}

// A scale that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for Rounded {}

impl Op for Rounded {
    fn name(&self) -> StaticName {
        "Rounded".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Rounded {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut x = args_1!(inputs).into_tensor();
        let mut view = x.try_as_plain_ram_mut()?;
        to_grid(
            Level::best(),
            view.as_slice_mut::<f32>()?,
            self.grid.steps,
            i32::from(self.grid.zero),
            self.scale,
        );
        Ok(tvec!(x.into_tvalue()))
    }
}

impl TypedOp for Rounded {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(inputs[0].shape.clone())))
    }
}

/// Replaces every such pair.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        let Some(back) = node.op_as::<DequantizeLinearF32>() else {
            continue;
        };
        let Some((x, grid)) = Grid::of(model, node.inputs[0])? else {
            continue;
        };
        if !grid.fits(back) {
            continue;
        }
        let op = Rounded {
            grid,
            scale: back.scale,
        };
        TypedModelPatch::replace_single_op(model, node, &[x], op)?.apply(model)?;
    }
    Ok(())
}
