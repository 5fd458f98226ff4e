//! Rows times a constant matrix of f32, the matrix packed once and the rows read where they lie.
//!
//! ```text
//! before:  x ─> MatMul <─ constant ─> Add <─ constant row
//! after:   x ─> DenseMatMul (weights packed, bias)
//! ```
//!
//! tract packs rows whenever the graph runs; a convolution of one tap over as many pixels as there are rows does not.

use super::{row_product, walk};
use crate::kernels::conv::{Dense, Isa, Out, Post, Shape, Window, room};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math::Add;

/// `x · w + bias` for each row of x.
#[derive(Debug, Clone)]
struct DenseMatMul(Arc<Dense>);

// Two are the same when they share their weights: comparing megabytes would find no more.
impl PartialEq for DenseMatMul {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for DenseMatMul {}

impl Op for DenseMatMul {
    fn name(&self) -> StaticName {
        "DenseMatMul".into()
    }

    op_as_typed_op!();
}

impl EvalOp for DenseMatMul {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let [depth, width] = self.0.shape().channels;
        ensure!(
            x.shape().last() == Some(&depth),
            "rows of {depth} numbers are expected, {:?} came",
            x.shape()
        );
        let mut shape: TVec<usize> = x.shape().into();
        let last = shape.len() - 1;
        shape[last] = width;
        let mut out = room::<f32>(&shape)?;
        let rows = x.len() / depth;
        if rows > 0 {
            let mut view = out.try_as_plain_ram_mut()?;
            let x = x.try_as_plain_ram()?;
            let out = Out::Floats(view.as_slice_mut::<f32>()?);
            self.0
                .run(x.as_slice::<f32>()?, [1, rows], &[], &Post::default(), out);
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for DenseMatMul {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape: TVec<TDim> = inputs[0].shape.iter().cloned().collect();
        let last = shape.len() - 1;
        shape[last] = self.0.shape().channels[1].to_dim();
        Ok(tvec!(f32::fact(&*shape)))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let products = inputs[0].shape.volume() * self.0.shape().channels[1];
        Ok(tvec!((Cost::FMA(f32::datum_type()), products)))
    }
}

/// Replaces products of rows with constants.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let Some((depth, width, weights)) = weights(model, id)? else {
            continue;
        };
        let bias = bias(model, id, width)?;
        let last = bias.as_ref().map_or(id, |(next, _)| *next);
        let shape = Shape {
            window: Window {
                kernel: [1; 2],
                stride: [1; 2],
                dilation: [1; 2],
                before: [0; 2],
                after: [0; 2],
            },
            groups: 1,
            channels: [depth, width],
        };
        let bias = bias.map_or(Vec::new(), |(_, bias)| bias);
        let at = |n: usize, k: usize, _: usize, _: usize| weights[k * width + n];
        let op = DenseMatMul(Arc::new(Dense::pack(Isa::best(), shape, at, &bias)));
        let x = model.node(id).inputs[0];
        let mut patch = TypedModelPatch::default();
        let input = patch.tap_model(model, x)?;
        let out = patch.wire_node(&model.node(last).name, op, &[input])?[0];
        patch.shunt_outside(model, last.into(), out)?;
        patch.apply(model)?;
    }
    Ok(())
}

/// The matrix `[depth, width]` that rows are multiplied with, if that is what the node does.
fn weights(model: &TypedModel, id: usize) -> TractResult<Option<(usize, usize, Vec<f32>)>> {
    let node = model.node(id);
    let Some(op) = node.op_as::<EinSum>() else {
        return Ok(None);
    };
    let &[x, w] = &*node.inputs else { return Ok(None) };
    let floats = op.q_params.is_none() && op.operating_dt == f32::datum_type();
    let (Some(transposed), true) = (row_product(&op.axes.to_string()), floats) else {
        return Ok(None);
    };
    let (x, w) = (model.outlet_fact(x)?, model.outlet_fact(w)?);
    let Some(matrix) = &w.konst else { return Ok(None) };
    let [ones @ .., rows, columns] = matrix.shape() else {
        return Ok(None);
    };
    let (depth, width) = match transposed {
        true => (*columns, *rows),
        false => (*rows, *columns),
    };
    let mut shape: TVec<TDim> = x.shape.iter().cloned().collect();
    let fits = shape.pop() == Some(depth.to_dim());
    shape.push(width.to_dim());
    let same = *model.outlet_fact(id.into())?.shape == *shape;
    let kind = x.datum_type == f32::datum_type() && matrix.datum_type() == f32::datum_type();
    if !fits || !same || !kind || depth == 0 || width == 0 || ones.iter().any(|&length| length != 1) {
        return Ok(None);
    }
    let given = matrix.try_as_plain_ram()?;
    let given = given.as_slice::<f32>()?;
    let matrix = match transposed {
        true => (0..depth * width)
            .map(|at| given[at % width * depth + at / width])
            .collect(),
        false => given.to_vec(),
    };
    Ok(Some((depth, width, matrix)))
}

/// The constant row that alone is added to what the node gives, and who adds it.
fn bias(model: &TypedModel, id: usize, width: usize) -> TractResult<Option<(usize, Vec<f32>)>> {
    let next = walk::single_user(model, id).filter(|&next| walk::is_binary::<Add>(model.node(next)));
    let Some(next) = next else { return Ok(None) };
    let Some(other) = model.node(next).inputs.iter().find(|input| input.node != id) else {
        return Ok(None);
    };
    let row = walk::floats(model, *other)?.filter(|row| row.len() == width);
    let along = model.outlet_fact(*other)?.shape.last() == Some(&width.to_dim());
    // Adding must not add axes either.
    let same = model.outlet_fact(id.into())?.shape == model.outlet_fact(next.into())?.shape;
    Ok(row.filter(|_| along && same).map(|row| (next, row)))
}
