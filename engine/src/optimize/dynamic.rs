//! Products of dynamically quantized rows, as onnxruntime's `quantize_dynamic` writes them.
//!
//! ```text
//! before:  x ─> DynamicQuantizeLinear ─┬─> MatMulInteger <─ w ─> Cast ─> Mul ─> (Add bias)
//!                                      └─> scale ─> Mul <─ scale of w ───────┘
//! after:   x ─> DynamicInt8MatMul (w packed, scale of w, bias)
//! ```
//!
//! The result is that of the graph bit for bit: the same rounding of x, exact integer sums, the same order of factors.

use super::ops::Int8MatMul;
use super::row_product;
use super::walk::{constant, source};
use crate::kernels::integers::{Dot, Integers};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cast::Cast;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math::Mul;

/// Replaces every such product; what differs from the pattern stays as it is.
pub(super) fn fuse(model: &mut TypedModel, kernel: Dot) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        if let Some(patch) = product(model, id, kernel)? {
            patch.apply(model)?;
        }
    }
    Ok(())
}

fn product(model: &TypedModel, id: usize, kernel: Dot) -> TractResult<Option<TypedModelPatch>> {
    let node = model.node(id);
    let Some(op) = node.op_as::<EinSum>() else {
        return Ok(None);
    };
    let &[x, w, bias, x_zero, x_scale, w_zero, w_scale, out_zero, out_scale] = &*node.inputs else {
        return Ok(None);
    };
    let quantize = model.node(x.node);
    let ours = op.q_params == Some(i32::datum_type())
        && quantize.op.name() == "DynamicQuantizeLinearU8"
        && x == OutletId::new(quantize.id, 0)
        && source(model, x_zero) == OutletId::new(quantize.id, 2)
        && is_all(model, bias, 0.0)?
        && is_all(model, x_scale, 1.0)?
        && is_all(model, w_scale, 1.0)?
        && is_all(model, out_zero, 0.0)?
        && is_all(model, out_scale, 1.0)?
        && rows_times_matrix(&op.axes.to_string());
    if !ours {
        return Ok(None);
    }
    let (Some(weights), Some(zeros)) = (constant(model, w)?, constant(model, w_zero)?) else {
        return Ok(None);
    };
    let Some((factor, last)) = factor(model, id, quantize.id)? else {
        return Ok(None);
    };
    // tract puts the axes of length one into small constants by itself.
    let leading = weights
        .shape()
        .iter()
        .take(weights.rank().saturating_sub(2))
        .take_while(|&&length| length == 1)
        .count();
    let &[depth, columns] = &weights.shape()[leading..] else {
        return Ok(None);
    };
    let Some(weights) = Int8::of(&weights, &zeros, columns)? else {
        return Ok(None);
    };
    let scale = match factor.len() {
        1 => vec![factor[0]; columns],
        length if length == columns => factor,
        _ => return Ok(None),
    };
    let at = |k: usize, n: usize| weights.values[k * columns + n];
    if depth == 0 {
        return Ok(None);
    }
    let Some(packed) = Integers::pack(kernel, depth, columns, at, &weights.zeros) else {
        return Ok(None);
    };
    let fused = Int8MatMul::dynamic(packed, scale);
    let given = model.outlet_fact(quantize.inputs[0])?;
    if fused.output_facts(&[given])?[0].shape != model.outlet_fact(last.into())?.shape {
        return Ok(None);
    }
    TypedModelPatch::replace_single_op(model, model.node(last), &quantize.inputs, fused).map(Some)
}

/// Weights and zero points as int8, those of uint8 less 128.
struct Int8 {
    values: Vec<i8>,
    zeros: Vec<i32>,
}

impl Int8 {
    fn of(weights: &Tensor, zeros: &Tensor, columns: usize) -> TractResult<Option<Self>> {
        let (values, offset): (Vec<i8>, i32) = match weights.datum_type() {
            DatumType::I8 => (weights.try_as_plain_ram()?.as_slice::<i8>()?.to_vec(), 0),
            DatumType::U8 => {
                let bytes = weights.try_as_plain_ram()?;
                let shifted = bytes
                    .as_slice::<u8>()?
                    .iter()
                    .map(|byte| (byte ^ 0x80).cast_signed());
                (shifted.collect(), -128)
            }
            _ => return Ok(None),
        };
        let zeros = zeros.cast_to::<i32>()?;
        let zeros: Vec<i32> = zeros
            .try_as_plain_ram()?
            .as_slice::<i32>()?
            .iter()
            .map(|zero| zero + offset)
            .collect();
        let zeros = match zeros.len() {
            1 => vec![zeros[0]; columns],
            length if length == columns => zeros,
            _ => return Ok(None),
        };
        Ok(Some(Int8 { values, zeros }))
    }
}

/// What the sums of the product `id` are multiplied with beside the scale of x, and the node that does it, if its
/// sums go through Cast and Mul alone.
fn factor(model: &TypedModel, id: usize, quantize: usize) -> TractResult<Option<(Vec<f32>, usize)>> {
    let Some(cast) = model.single_succ(id)? else {
        return Ok(None);
    };
    if cast
        .op_as::<Cast>()
        .is_none_or(|cast| cast.to != f32::datum_type())
    {
        return Ok(None);
    }
    let Some(last) = model.single_succ(cast.id)?.filter(|node| is_mul(node)) else {
        return Ok(None);
    };
    let through = |outlet: &&OutletId| source(model, **outlet).node != cast.id;
    let Some(scales) = last.inputs.iter().find(through) else {
        return Ok(None);
    };
    let scales = model.node(source(model, *scales).node);
    if !is_mul(scales) {
        return Ok(None);
    }
    let x_scale = OutletId::new(quantize, 1);
    let (mut of_x, mut of_w) = (false, None);
    for input in &scales.inputs {
        if source(model, *input) == x_scale {
            of_x = true;
        } else {
            of_w = constant(model, *input)?;
        }
    }
    let Some(of_w) = of_w.filter(|of_w| of_x && of_w.datum_type() == f32::datum_type()) else {
        return Ok(None);
    };
    // One number, or one a column: along any other axis it would be something else.
    if of_w.len() != 1 && of_w.shape().last() != Some(&of_w.len()) {
        return Ok(None);
    }
    let factor = of_w.try_as_plain_ram()?.as_slice::<f32>()?.to_vec();
    Ok(Some((factor, last.id)))
}

fn is_mul(node: &TypedNode) -> bool {
    node.op_as::<TypedBinOp>()
        .is_some_and(|op| op.1.is_none() && op.0.is::<Mul>())
}

fn is_all(model: &TypedModel, outlet: OutletId, value: f32) -> TractResult<bool> {
    let Some(tensor) = constant(model, outlet)? else {
        return Ok(false);
    };
    let tensor = tensor.cast_to::<f32>()?;
    Ok(tensor
        .try_as_plain_ram()?
        .as_slice::<f32>()?
        .iter()
        .all(|number| *number == value))
}

/// Whether axes like "amk,akn,,,,n,,,->amn" multiply rows with one matrix, axes of length one before it left aside.
fn rows_times_matrix(axes: &str) -> bool {
    let Some((inputs, output)) = axes.split_once("->") else {
        return false;
    };
    let mut inputs = inputs.split(',');
    let (Some(x), Some(w)) = (inputs.next(), inputs.next()) else {
        return false;
    };
    let Some((lead, matrix)) = w.split_at_checked(w.len().saturating_sub(2)) else {
        return false;
    };
    x.starts_with(lead) && row_product(&format!("{x},{matrix}->{output}")) == Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_integer_products() {
        for (axes, expect) in [
            ("mk,kn,,,,,,,->mn", true),
            ("amk,akn,,,,n,,,->amn", true),
            ("abmk,abkn,,,,n,,,->abmn", true),
            ("mk,nk,,,,,,,->mn", false),
            ("amk,bkn,,,,,,,->amn", false),
            ("mk->mk", false),
        ] {
            assert_eq!(rows_times_matrix(axes), expect, "{axes}");
        }
    }
}
