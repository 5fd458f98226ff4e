//! Ways through a graph that more than one rewrite takes.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::quant::{DequantizeLinearF32, QuantizeLinearI8, QuantizeLinearU8};

/// Whether a node is the element-wise operation `B` of two inputs.
pub(super) fn is_binary<B: BinMiniOp>(node: &TypedNode) -> bool {
    node.op_as::<TypedBinOp>()
        .is_some_and(|op| op.1.is_none() && op.0.is::<B>())
}

/// Both inputs of a node that is the element-wise operation `B`.
pub(super) fn binary<B: BinMiniOp>(model: &TypedModel, id: usize) -> Option<(OutletId, OutletId)> {
    let node = model.node(id);
    match (is_binary::<B>(node), &*node.inputs) {
        (true, &[a, b]) => Some((a, b)),
        _ => None,
    }
}

/// The one node that uses what `id` gives, if there is one and it is no output of the model.
pub(super) fn single_user(model: &TypedModel, id: usize) -> Option<usize> {
    let node = model.node(id);
    match (
        &*node.outputs,
        model.outputs.iter().any(|output| output.node == id),
    ) {
        ([output], false) => match &*output.successors {
            [user] => Some(user.node),
            _ => None,
        },
        _ => None,
    }
}

/// Where an outlet's numbers come from, axes of length one that were put before them left aside.
pub(super) fn source(model: &TypedModel, mut outlet: OutletId) -> OutletId {
    while let Some(AxisOp::Add(_)) = model.node(outlet.node).op_as::<AxisOp>() {
        outlet = model.node(outlet.node).inputs[0];
    }
    outlet
}

/// The constant that an outlet is, axes of length one before it left aside.
pub(super) fn constant(model: &TypedModel, outlet: OutletId) -> TractResult<Option<Arc<Tensor>>> {
    Ok(model.outlet_fact(source(model, outlet))?.konst.clone())
}

/// The same, as numbers, if it is of f32.
pub(super) fn floats(model: &TypedModel, outlet: OutletId) -> TractResult<Option<Vec<f32>>> {
    match constant(model, outlet)? {
        Some(tensor) if tensor.datum_type() == f32::datum_type() => {
            Ok(Some(tensor.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
        }
        _ => Ok(None),
    }
}

/// The bytes that numbers are quantized to: `x * steps`, rounded, plus `zero`, cut to 0 to 255. Those of int8 plus 128.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// Steps in 1.
    pub(super) steps: f32,
    /// The byte that stands for 0.
    pub(super) zero: u8,
    /// Whether the graph has int8.
    pub(super) signed: bool,
}

impl Grid {
    /// What is quantized, and how, where the outlet is a QuantizeLinear of f32.
    pub(super) fn of(model: &TypedModel, outlet: OutletId) -> TractResult<Option<(OutletId, Grid)>> {
        let node = model.node(outlet.node);
        let Some(op) = node.op_as::<ElementWiseOp>() else {
            return Ok(None);
        };
        let grid = if let Some(op) = op.0.downcast_ref::<QuantizeLinearU8>() {
            Grid {
                steps: op.scale,
                zero: op.zero_point,
                signed: false,
            }
        } else if let Some(op) = op.0.downcast_ref::<QuantizeLinearI8>() {
            Grid {
                steps: op.scale,
                zero: op.zero_point.cast_unsigned() ^ 0x80,
                signed: true,
            }
        } else {
            return Ok(None);
        };
        let x = node.inputs[0];
        let of_floats = model.outlet_fact(x)?.datum_type == f32::datum_type();
        Ok(of_floats.then_some((x, grid)))
    }

    /// Whether `back` takes the same byte for 0.
    pub(super) fn fits(&self, back: &DequantizeLinearF32) -> bool {
        back.zero_point + if self.signed { 128 } else { 0 } == i32::from(self.zero)
    }
}
