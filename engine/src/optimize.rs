//! Keeps quantized weights quantized: rewrites of tract's typed model that put operators of `kernels` in.
//!
//! ```text
//! before:  q (int8) ─> DequantizeLinear ─> MatMul <─ x          q ─> DequantizeLinear ─> Gather <─ ids
//! after:                x ─> Int8MatMul (q packed, bias)         ids ─> Int8Rows (q)
//! ```
//!
//! tract computes constants as early as it can, so int8 weights become f32 weights, four times as large, while the
//! graph is still being read. [`register`] puts an operator in DequantizeLinear's place that waits; [`optimize`]
//! replaces it with its consumer where that consumer can use int8, and computes it where not. Results are those of
//! the graph as it stands, up to the order of f32 sums. It never quantizes what the file has not quantized.
//!
//! [`optimize`] takes any of tract's typed models and stands where `into_decluttered` would. Files with quantized
//! weights want [`register`] and [`decode`] besides, before tract folds the constants:
//!
//! ```
//! use engine::optimize::{decode, finish, optimize, register};
//! use tract_onnx::prelude::*;
//!
//! # fn main() -> TractResult<()> {
//! # let file = "../models/vad/model.onnx";
//! let mut onnx = tract_onnx::onnx();
//! register(&mut onnx);
//! let mut proto = onnx.proto_model_for_path(file)?;
//! decode(&mut proto);
//! let typed = onnx.model_for_proto_model(&proto)?.into_typed()?;
//!
//! let model = finish(optimize(typed)?.into_optimized()?)?;
//! let plan = model.into_runnable()?;
//! # let zeros = |shape: &[usize]| Tensor::zero::<f32>(shape).map(TValue::from);
//! # let inputs = || -> TractResult<_> {
//! #     Ok(tvec!(zeros(&[1, 576])?, zeros(&[1, 1, 128])?, zeros(&[1, 1, 128])?))
//! # };
//! # let stock = tract_onnx::onnx().model_for_path(file)?.into_optimized()?.into_runnable()?;
//! # for (ours, stock) in plan.run(inputs()?)?.iter().zip(stock.run(inputs()?)?.iter()) {
//! #     ours.close_enough(stock, tract_onnx::tract_core::internal::Approximation::Close)?;
//! # }
//! # Ok(())
//! # }
//! ```

mod decode;
mod walk;
mod ops;
mod sum;
mod wait;
mod dynamic;
mod conv;
mod norm;
mod attention;
mod rounded;
mod apart;
mod each;
mod join;
mod dense;
mod series;

use super::kernels::conv::{ByteIsa, Isa};
use super::kernels::integers::Dot;
use ops::{Given, Int8MatMul, Int8Rows};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{AxisOp, DatumType, TypedOp};
use tract_onnx::tract_core::ops::array::Gather;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math::Add;
use tract_onnx::tract_core::ops::quant::DequantizeLinearF32;
use wait::{Quantized, Rows, Wait};

pub use decode::decode;
pub(super) use decode::left;

/// Lets tract's reader keep quantized constants as they are, and read what it has no reader for.
pub fn register(onnx: &mut tract_onnx::Onnx) {
    wait::register(onnx);
    sum::register(onnx);
}

/// Puts the operators of this crate in the place of what they can compute, and simplifies the rest as tract does
/// (`into_decluttered`). The kernels are packed for the processor that this runs on.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub fn optimize(mut model: TypedModel) -> TractResult<TypedModel> {
    let kernel = Dot::available()[0];
    // First, because it takes weights that still wait.
    model = conv::fuse(model, (Isa::available()[0], ByteIsa::available()[0]))?;
    let waiting: Vec<usize> = model
        .nodes
        .iter()
        .filter(|node| node.op_is::<Wait>())
        .map(|node| node.id)
        .collect();
    for id in waiting {
        let Some(weights) = Quantized::of(&model, id)? else {
            continue;
        };
        let users: Vec<InletId> = model.node(id).outputs[0].successors.to_vec();
        let is_output = model.outputs.contains(&OutletId::new(id, 0));
        let mut left = is_output || users.is_empty();
        for user in users {
            match replacement(&model, &weights, user, kernel)? {
                Some(patch) => patch.apply(&mut model)?,
                None => left = true,
            }
        }
        if left {
            let node = model.node(id);
            let mut patch = TypedModelPatch::default();
            let value = patch.add_const(format!("{}.dequantized", node.name), weights.dequantized()?)?;
            patch.shunt_outside(&model, OutletId::new(id, 0), value)?;
            patch.apply(&mut model)?;
        }
    }
    dynamic::fuse(&mut model, kernel)?;
    // Before tract moves them through slices, and once more for those that it has brought near.
    take_in_biases(&mut model)?;
    // Both before tract makes tables of what lies between two quantizations.
    rounded::fuse(&mut model)?;
    apart::keep(&mut model)?;
    model.declutter()?;
    take_in_biases(&mut model)?;
    take_in_gelus(&mut model)?;
    tables(&mut model)?;
    rounded::fuse(&mut model)?;
    norm::fuse(&mut model)?;
    attention::fuse(&mut model)?;
    dense::fuse(&mut model)?;
    series::fuse(&mut model)?;
    model.compact()?;
    Ok(model)
}

/// Lets each product add the constant row that is added to its result.
fn take_in_biases(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let Some(product) = model
            .node(id)
            .op_as::<Int8MatMul>()
            .filter(|product| product.is_bare())
        else {
            continue;
        };
        let Some(next) =
            walk::single_user(model, id).filter(|&next| walk::is_binary::<Add>(model.node(next)))
        else {
            continue;
        };
        let Some(other) = model.node(next).inputs.iter().find(|input| input.node != id) else {
            continue;
        };
        let Some(bias) = walk::constant(model, *other)? else {
            continue;
        };
        let columns = product.columns();
        let a_row = bias.datum_type() == f32::datum_type()
            && bias.len() == columns
            && bias.shape().last() == Some(&columns);
        // Adding must not add axes either.
        if !a_row || model.outlet_fact(id.into())?.shape != model.outlet_fact(next.into())?.shape {
            continue;
        }
        let product = product
            .clone()
            .with_bias(bias.try_as_plain_ram()?.as_slice::<f32>()?);
        TypedModelPatch::fuse_with_next(model, model.node(id), product)?.apply(model)?;
    }
    Ok(())
}

/// Lets each product take the GELU that is taken of its result.
fn take_in_gelus(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let Some(product) = model
            .node(id)
            .op_as::<Int8MatMul>()
            .filter(|product| !product.has_gelu())
        else {
            continue;
        };
        let gelu = |next: &usize| model.node(*next).op.name() == "GeluExact";
        if walk::single_user(model, id).filter(gelu).is_some() {
            let product = product.clone().with_gelu();
            TypedModelPatch::fuse_with_next(model, model.node(id), product)?.apply(model)?;
        }
    }
    Ok(())
}

/// Looks rows of bytes up as floats, where they are dequantized just after.
fn tables(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        let Some(back) = node.op_as::<DequantizeLinearF32>() else {
            continue;
        };
        let gather = model.node(node.inputs[0].node);
        let plain = gather
            .op_as::<Gather>()
            .is_some_and(|op| op.axis == 0 && op.output_type.is_none());
        if !plain || walk::single_user(model, gather.id) != Some(id) {
            continue;
        }
        let Some(table) = walk::constant(model, gather.inputs[0])? else {
            continue;
        };
        if let Some(rows) = Rows::of(&table, back.scale, back.zero_point) {
            let op = Int8Rows::new(rows);
            TypedModelPatch::replace_single_op(model, node, &gather.inputs[1..], op)?.apply(model)?;
        }
    }
    Ok(())
}

/// Replaces what tract has left slow when it has made `model` ready to run.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub fn finish(mut model: TypedModel) -> TractResult<TypedModel> {
    each::fuse(&mut model)?;
    join::fuse(&mut model)?;
    Ok(model)
}

/// The patch that lets one user of quantized weights use them as they are, if it can.
fn replacement(
    model: &TypedModel,
    weights: &Quantized,
    user: InletId,
    kernel: Dot,
) -> TractResult<Option<TypedModelPatch>> {
    let node = model.node(user.node);
    if let Some(AxisOp::Add(0)) = node.op_as::<AxisOp>() {
        // tract gives a matrix the axes of the rows that it multiplies.
        return match (
            &*node.outputs[0].successors,
            model.outputs.contains(&user.node.into()),
        ) {
            ([next], false) => replacement(model, weights, *next, kernel),
            _ => Ok(None),
        };
    }
    if let Some(op) = node.op_as::<EinSum>() {
        let floats = op.q_params.is_none() && op.operating_dt == f32::datum_type();
        if !floats || node.inputs.len() != 2 || user.slot != 1 {
            return Ok(None);
        }
        let Some(transposed) = row_product(&op.axes.to_string()) else {
            return Ok(None);
        };
        let (x, given) = given(model, node.inputs[0])?;
        let Some(product) = weights.product(transposed, given, kernel) else {
            return Ok(None);
        };
        let shape = &model.outlet_fact(node.id.into())?.shape;
        if product.output_facts(&[model.outlet_fact(x)?])?[0].shape != *shape {
            return Ok(None);
        }
        let patch = TypedModelPatch::replace_single_op(model, node, &[x], product)?;
        return Ok(Some(patch));
    }
    if let Some(op) = node.op_as::<Gather>() {
        let plain = op.axis == 0 && op.output_type.is_none() && user.slot == 0;
        let rows = if plain { weights.rows() } else { None };
        let Some(rows) = rows else { return Ok(None) };
        let patch = TypedModelPatch::replace_single_op(model, node, &node.inputs[1..], Int8Rows::new(rows))?;
        return Ok(Some(patch));
    }
    Ok(None)
}

/// Where rows are dequantized with one scale: the bytes, or what they were quantized from, and how. Else the rows.
fn given(model: &TypedModel, x: OutletId) -> TractResult<(OutletId, Option<Given>)> {
    let node = model.node(x.node);
    let Some(back) = node.op_as::<DequantizeLinearF32>() else {
        return Ok((x, None));
    };
    let (scale, bytes) = (back.scale, node.inputs[0]);
    if let Some((floats, grid)) = walk::Grid::of(model, bytes)?.filter(|(_, grid)| grid.fits(back)) {
        let (zero, steps) = (grid.zero, Some(grid.steps));
        return Ok((floats, Some(Given { scale, zero, steps })));
    }
    let offset = match model.outlet_fact(bytes)?.datum_type {
        DatumType::U8 => 0,
        DatumType::I8 => 128,
        _ => return Ok((x, None)),
    };
    let given = u8::try_from(back.zero_point + offset).map(|zero| Given {
        scale,
        zero,
        steps: None,
    });
    Ok(match given {
        Ok(given) => (bytes, Some(given)),
        Err(_) => (x, None),
    })
}

/// How the names of this crate's operators on quantized numbers begin.
const OWN: [&str; 6] = [
    "Picture",
    "Int8",
    "DynamicInt8",
    "StaticInt8",
    "Attention",
    "QLinear",
];
/// tract's operators that move or convert numbers and compute nothing, whatever their kind.
const IDLE: [&str; 11] = [
    "Source",
    "Cast",
    "Reshape",
    "IntoShape",
    "MoveAxis",
    "AddAxis",
    "RmAxis",
    "Slice",
    "Concat",
    "Gather",
    "Const",
];

/// Operators that work on quantized numbers and are not this crate's own: what was not recognised. Of numbers of 16
/// bits, that is what turns them into floats and back.
pub(super) fn fell_back(model: &TypedModel, id: usize) -> bool {
    let node = model.node(id);
    let name = node.op.name();
    let begins = |with: &[&str]| with.iter().any(|begin| name.starts_with(begin));
    let outputs = node.outputs.iter().map(|outlet| &outlet.fact);
    let mut kinds = model.node_input_facts(id).unwrap_or_default();
    kinds.extend(outputs);
    let any = |test: fn(DatumType) -> bool| kinds.iter().any(|fact| test(fact.datum_type));
    let wide = any(|kind| matches!(kind, DatumType::U16 | DatumType::I16));
    let bytes = any(|kind| kind.is_quantized() || matches!(kind, DatumType::I8 | DatumType::U8));
    match &*name {
        "Cast" => wide,
        _ => (wide || bytes) && !begins(&OWN) && !begins(&IDLE),
    }
}

/// Whether axes like "abk,kn->abn" multiply each row of the first input with a matrix: `Some(false)`; with its
/// transpose ("abk,nk->abn"): `Some(true)`; anything else: `None`. Axes of length one before the matrix are left aside.
fn row_product(axes: &str) -> Option<bool> {
    let (inputs, output) = axes.split_once("->")?;
    let (x, w) = inputs.split_once(',')?;
    let (lead, k) = x.split_at_checked(x.len().checked_sub(1)?)?;
    let n = output.strip_prefix(lead)?;
    if n.len() != 1 || n == k || lead.contains(k) || lead.contains(n) {
        return None;
    }
    let (ones, w) = w.split_at_checked(w.len().checked_sub(2)?)?;
    if !lead.starts_with(ones) {
        return None;
    }
    match w {
        _ if w == format!("{k}{n}") => Some(false),
        _ if w == format!("{n}{k}") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
