//! What follows a convolution and can be done in its store.

use super::constants::{constant, floats, number, shape};
use crate::kernels::conv::{Activation, Code, Post, Slopes};
use std::collections::HashSet;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::array::TypedConcat;
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::cnn::Conv;
use tract_onnx::tract_core::ops::element_wise::{ElementWiseMiniOp, ElementWiseOp};
use tract_onnx::tract_core::ops::logic::{CompGT, Iff};
use tract_onnx::tract_core::ops::math::{Add, Max, Min, Mul};
use tract_onnx::tract_core::ops::nn::{HardSwish, LeakyRelu, Sigmoid, Silu};
use tract_onnx::tract_core::ops::quant::{DequantizeLinearF32, QuantizeLinearU8};

/// A node, and what has been done when it has run.
pub(super) struct Chain {
    /// The last node.
    pub(super) end: usize,
    /// What is applied.
    pub(super) post: Post,
    /// The value that is added.
    pub(super) added: Option<OutletId>,
    /// How the result is rounded to bytes, if it is: by the last node, or by who alone uses it.
    pub(super) code: Option<Code>,
}

impl Chain {
    /// Nothing but the node itself.
    pub(super) fn of(id: usize) -> Self {
        Chain {
            end: id,
            post: Post::default(),
            added: None,
            code: None,
        }
    }
}

/// Follows the value of the node `id`, a picture of `channels`, for as long as what happens to it can be applied in a
/// store. Nodes that are `claimed` belong to another chain: of two values that are added, one is stored first.
pub(super) fn follow(model: &TypedModel, id: usize, channels: usize, claimed: &HashSet<usize>) -> Chain {
    let mut chain = Chain::of(id);
    if let Some((activation, end)) = activation(model, id, channels) {
        chain.post.first = activation;
        chain.end = end;
    }
    if let Some((other, end)) = addition(model, chain.end).filter(|(_, end)| !claimed.contains(end)) {
        chain.added = Some(other);
        chain.end = end;
        if let Some((activation, end)) = activation(model, end, channels) {
            chain.post.second = activation;
            chain.end = end;
        }
    }
    chain.code = rounded(model, chain.end);
    chain
}

/// How the value of `id` is rounded to bytes, if nobody wants it otherwise: by its only user, or by the only user of
/// the concatenation that is its only user.
pub(super) fn rounded(model: &TypedModel, id: usize) -> Option<Code> {
    let [only] = *users(model, id) else { return None };
    if only.op_is::<TypedConcat>() {
        let [only] = *users(model, only.id) else {
            return None;
        };
        return code(model, only);
    }
    code(model, only)
}

/// What a rounding to bytes does.
pub(super) fn code(model: &TypedModel, node: &TypedNode) -> Option<Code> {
    let quantize = unary::<QuantizeLinearU8>(node)?;
    // tract keeps one over the scale, from which the scale cannot always be told; who reads the bytes knows it.
    let readers = node.outputs.iter().flat_map(|output| &output.successors);
    let known = readers.map(|inlet| scale(model, inlet.node)).find_map(|scale| {
        let scale = scale?;
        (scale.recip() == quantize.scale).then_some(scale)
    });
    Some(Code {
        scale: known.unwrap_or(quantize.scale.recip()),
        inverse: quantize.scale,
        zero: quantize.zero_point,
    })
}

/// The scale of the bytes that a node reads.
fn scale(model: &TypedModel, id: usize) -> Option<f32> {
    let node = model.node(id);
    if let Some(back) = node.op_as::<DequantizeLinearF32>() {
        return Some(back.scale);
    }
    node.op_as::<Conv>()?.q_params?;
    number(model, *node.inputs.get(4)?)
}

/// Those who use the value of `id`, if it is no output of the model.
fn users(model: &TypedModel, id: usize) -> Vec<&TypedNode> {
    let hidden = model.outputs.iter().all(|output| output.node != id) && model.node(id).outputs.len() == 1;
    let successors = hidden.then(|| &model.node(id).outputs[0].successors);
    successors
        .into_iter()
        .flatten()
        .map(|inlet| model.node(inlet.node))
        .collect()
}

pub(super) fn unary<O: ElementWiseMiniOp>(node: &TypedNode) -> Option<&O> {
    node.op_as::<ElementWiseOp>()?.0.downcast_ref::<O>()
}

pub(super) fn binary<O: BinMiniOp>(node: &TypedNode) -> bool {
    node.op_as::<TypedBinOp>()
        .is_some_and(|op| op.1.is_none() && op.0.is::<O>())
}

/// The other input of a node of two.
fn other(node: &TypedNode, id: usize) -> Option<OutletId> {
    let &[a, b] = &*node.inputs else { return None };
    match (a.node == id, b.node == id) {
        (true, false) => Some(b),
        (false, true) => Some(a),
        _ => None,
    }
}

fn activation(model: &TypedModel, id: usize, channels: usize) -> Option<(Activation, usize)> {
    match users(model, id).as_slice() {
        [only] => simple(model, id, only),
        [a, b] => {
            let (gate, mul) = if binary::<Mul>(a) { (b, a) } else { (a, b) };
            let [user] = *users(model, gate.id) else {
                return None;
            };
            let silu = unary::<Sigmoid>(gate).is_some()
                && user.id == mul.id
                && binary::<Mul>(mul)
                && other(mul, id) == Some(gate.id.into());
            silu.then_some((Activation::Silu, mul.id))
        }
        [a, b, c] => sloped(model, id, channels, [a, b, c]),
        _ => None,
    }
}

fn simple(model: &TypedModel, id: usize, node: &TypedNode) -> Option<(Activation, usize)> {
    if unary::<Sigmoid>(node).is_some() {
        return Some((Activation::Sigmoid, node.id));
    }
    if unary::<Silu>(node).is_some() {
        return Some((Activation::Silu, node.id));
    }
    if unary::<HardSwish>(node).is_some() {
        return Some((Activation::HardSwish, node.id));
    }
    if let Some(leaky) = unary::<LeakyRelu>(node) {
        return Some((Activation::Leaky(leaky.alpha), node.id));
    }
    if binary::<Mul>(node) {
        return hard_sigmoid(model, id, node);
    }
    let bound = |id: usize, node: &TypedNode| number(model, other(node, id)?);
    let (mut low, mut high, mut end) = (f32::NEG_INFINITY, f32::INFINITY, id);
    let mut next = node;
    loop {
        if binary::<Max>(next) && low == f32::NEG_INFINITY {
            low = bound(end, next)?;
            high = high.max(low);
        } else if binary::<Min>(next) && high == f32::INFINITY {
            high = bound(end, next)?;
            low = low.min(high);
        } else {
            break;
        }
        end = next.id;
        match *users(model, end) {
            [only] if other(only, end).is_some_and(|outlet| number(model, outlet).is_some()) => next = only,
            _ => break,
        }
    }
    (end != id).then_some((Activation::Clip(low, high), end))
}

/// Mul, Add, Min 1 and Max 0: what tract makes of `HardSigmoid`.
fn hard_sigmoid(model: &TypedModel, id: usize, mul: &TypedNode) -> Option<(Activation, usize)> {
    let alpha = number(model, other(mul, id)?)?;
    let [add] = *users(model, mul.id) else { return None };
    let beta = number(model, other(add, mul.id).filter(|_| binary::<Add>(add))?)?;
    let [min] = *users(model, add.id) else { return None };
    let one = number(model, other(min, add.id).filter(|_| binary::<Min>(min))?)?;
    let [max] = *users(model, min.id) else { return None };
    let zero = number(model, other(max, min.id).filter(|_| binary::<Max>(max))?)?;
    (one == 1.0 && zero == 0.0).then_some((Activation::HardSigmoid(alpha, beta), max.id))
}

/// `if 0 > x { x * slope } else { x }`: what tract makes of `PRelu`.
fn sloped(
    model: &TypedModel,
    id: usize,
    channels: usize,
    nodes: [&TypedNode; 3],
) -> Option<(Activation, usize)> {
    let x = OutletId::new(id, 0);
    let choose = *nodes.iter().find(|node| node.op_is::<Iff>())?;
    let &[test, yes, no] = &*choose.inputs else {
        return None;
    };
    let (greater, mul) = (model.node(test.node), model.node(yes.node));
    let known = |node: &TypedNode| nodes.iter().any(|known| known.id == node.id);
    let alone = |id: usize| matches!(*users(model, id), [only] if only.id == choose.id);
    let compares = greater
        .op_as::<TypedBinOp>()
        .is_some_and(|op| op.0.is::<CompGT>());
    let negative = compares && greater.inputs[1] == x && number(model, greater.inputs[0]) == Some(0.0);
    if no != x || !negative || !binary::<Mul>(mul) || !known(greater) || !known(mul) {
        return None;
    }
    if !alone(greater.id) || !alone(mul.id) {
        return None;
    }
    let slopes = constant(model, other(mul, id)?)?;
    let along = match slopes.shape() {
        [1, c, 1, 1] if *c == channels => floats(&slopes)?,
        _ if slopes.len() == 1 => return Some((Activation::Leaky(*floats(&slopes)?.first()?), choose.id)),
        _ => return None,
    };
    Some((Activation::Slope(Slopes::new(&along)), choose.id))
}

/// A picture of the same shape that is added to the value of `id`.
fn addition(model: &TypedModel, id: usize) -> Option<(OutletId, usize)> {
    let [add] = *users(model, id) else { return None };
    let other = other(add, id).filter(|_| binary::<Add>(add))?;
    let own = shape(model, id.into())?;
    let fits = shape(model, other)? == own && constant(model, other).is_none();
    (fits && model.outlet_fact(other).ok()?.datum_type == f32::datum_type()).then_some((other, add.id))
}
