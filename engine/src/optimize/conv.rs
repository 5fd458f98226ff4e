//! Convolution nets with channels side by side, and what follows a convolution done in its store.
//!
//! ```text
//! before:  x [1,C,H,W] ─> Conv ─> Sigmoid ─> Mul ─> Add <─ r          (four passes over memory, channels far apart)
//!                           └─────────────────┘
//! after:   x [1,H,W,C] ─> PictureConv (weights packed, bias, silu, + r)          (one)
//! ```
//!
//! The model is walked once, in the order it runs in. Each value is kept in the layout its maker gives it and turned
//! only for someone who cannot read that; pools, resizing, concatenation and whatever works number by number pass the
//! layout on. What is not known here gets its inputs in ONNX's layout and stays as it is. Results are those of the
//! graph up to the order of f32 sums.

mod chain;
mod constants;
mod plan;
mod values;
mod walk;
mod quantized;
mod resize;
mod ops;
mod coded;

use crate::kernels::conv::{ByteIsa, Isa};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::array::StridedSlice;
use tract_onnx::tract_core::ops::cnn::Conv;

/// Replaces the convolutions of pictures, if there are any.
///
/// # Errors
/// When tract refuses what this builds, which would be a mistake in this module.
pub(super) fn fuse(mut model: TypedModel, isa: (Isa, ByteIsa)) -> TractResult<TypedModel> {
    if !model.nodes.iter().any(|node| node.op_is::<Conv>()) {
        return Ok(model);
    }
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        // As slices and steps by themselves, which the walk knows.
        if node.op_is::<StridedSlice>()
            && let Some(patch) = node.op.declutter(&model, node)?
        {
            patch.apply(&mut model)?;
        }
    }
    model.prop_consts()?;
    walk::Walk::new(&model, isa)?.finish()
}

#[cfg(test)]
mod tests;
