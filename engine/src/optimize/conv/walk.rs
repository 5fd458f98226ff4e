//! Builds the model anew, each value in the form that its maker gives it.

use super::chain::follow;
use super::constants::shape;
use super::ops::{PictureConv, PicturePool, PictureResize};
use super::plan::{Planned, plan, window};
use super::values::{Place, Values};
use super::{quantized, resize};
use crate::kernels::conv::{ByteIsa, Code, Isa, Pool, Post};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Pad, Slice, TypedConcat};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cast::Cast;
use tract_onnx::tract_core::ops::cnn::{MaxPool, SumPool};
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::identity::Identity;
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_core::ops::logic::Iff;
use tract_onnx::tract_core::ops::nn::Reduce;
use tract_onnx::tract_core::ops::source::TypedSource;

/// The walk over one model.
pub(super) struct Walk<'a> {
    pub(super) values: Values<'a>,
    /// By the last node of the chain.
    planned: HashMap<usize, Planned>,
    /// Nodes that a chain has taken in.
    taken: HashSet<usize>,
    /// Those, and the last ones.
    claimed: HashSet<usize>,
    pub(super) isa: (Isa, ByteIsa),
}

impl<'a> Walk<'a> {
    /// Plans which convolutions are replaced.
    pub(super) fn new(source: &'a TypedModel, isa: (Isa, ByteIsa)) -> TractResult<Self> {
        let mut walk = Walk {
            values: Values::new(source, isa.0),
            planned: HashMap::new(),
            taken: HashSet::new(),
            claimed: HashSet::new(),
            isa,
        };
        for id in source.eval_order()? {
            let Some(mut planned) = plan(source, id) else {
                continue;
            };
            if !planned.bytes {
                planned.chain = follow(source, id, planned.shape[0], &walk.claimed);
            }
            walk.take(id, planned.chain.end);
            walk.planned.insert(planned.chain.end, planned);
        }
        Ok(walk)
    }

    /// Marks what lies between the ends of a chain.
    fn take(&mut self, start: usize, end: usize) {
        let mut inside = vec![start];
        while let Some(id) = inside.pop() {
            self.claimed.insert(id);
            if id != end && self.taken.insert(id) {
                let users = &self.values.source.node(id).outputs[0].successors;
                inside.extend(users.iter().map(|inlet| inlet.node));
            }
        }
    }

    /// Walks the model, and gives the new one.
    pub(super) fn finish(mut self) -> TractResult<TypedModel> {
        let source = self.values.source;
        for id in source.eval_order()? {
            if self.taken.contains(&id) {
                continue;
            }
            let node = source.node(id);
            self.node(node).with_context(|| format!("{node}"))?;
        }
        for outlet in source.input_outlets()? {
            if !self.values.has(*outlet) {
                self.as_it_is(source.node(outlet.node))?;
            }
        }
        let mut inputs = Vec::new();
        for outlet in source.input_outlets()? {
            inputs.push(self.values.first(*outlet)?);
        }
        let mut outputs = Vec::new();
        for outlet in source.output_outlets()? {
            let wire = self.values.first(*outlet)?;
            if let Some(label) = source.outlet_label(*outlet) {
                self.values.target.set_outlet_label(wire, label.to_owned())?;
            }
            outputs.push(wire);
        }
        let mut target = self.values.target;
        target.inputs = inputs;
        target.outputs = outputs;
        target.properties.clone_from(&source.properties);
        // What only the replaced nodes used is left without users.
        target.compact()?;
        Ok(target)
    }

    fn node(&mut self, node: &TypedNode) -> TractResult<()> {
        let place = if let Some(planned) = self.planned.remove(&node.id) {
            self.conv(&planned)?
        } else if let Some(place) = self.on_bytes(node)? {
            Some(place)
        } else if let Some(wire) = self.keeping_layout(node)? {
            Some(Place::last(wire))
        } else if let Some(AxisOp::Move(from, to)) = node.op_as::<AxisOp>() {
            self.moved(node, *from, *to)?
        } else {
            None
        };
        match place {
            Some(place) => self.values.put(node.id.into(), place),
            None => self.as_it_is(node)?,
        }
        Ok(())
    }

    /// The node with its inputs in ONNX's layout.
    fn as_it_is(&mut self, node: &TypedNode) -> TractResult<()> {
        let target = &mut self.values.target;
        let wires = if node.op_is::<TypedSource>() {
            tvec!(target.add_source(&node.name, node.outputs[0].fact.clone())?)
        } else if let Some(constant) = node.op_as::<Const>() {
            tvec!(target.add_const(&node.name, constant.val().clone())?)
        } else {
            let mut inputs = tvec!();
            for input in &node.inputs {
                inputs.push(self.values.first(*input)?);
            }
            self.values
                .target
                .wire_node(&node.name, node.op.clone(), &inputs)?
        };
        for (slot, wire) in wires.into_iter().enumerate() {
            self.values.put(OutletId::new(node.id, slot), Place::first(wire));
        }
        Ok(())
    }

    /// The convolution with all of its chain; `None` when it must stay as it is, which only one without a chain can.
    fn conv(&mut self, planned: &Planned) -> TractResult<Option<Place>> {
        let source = self.values.source;
        let chain = &planned.chain;
        let name = &source.node(planned.node).name;
        if planned.bytes {
            let Some((kernel, code)) = planned.linear(source, self.isa) else {
                return Ok(None);
            };
            let input = self.values.last(planned.input)?;
            let op = PictureConv {
                kernel: Arc::new(kernel),
                post: Post {
                    code,
                    ..Post::default()
                },
                bytes: true,
            };
            let wire = self.values.target.wire_node(name, op, &[input])?[0];
            return Ok(Some(Place::coded(wire, None)));
        }
        let linear = self
            .values
            .get(planned.input)?
            .numbers
            .and_then(|numbers| numbers.linear);
        let coded = linear.and_then(|(coded, scale, zero)| {
            let kernel = planned.of_coded(source, self.isa, scale, zero)?;
            Some((coded, kernel))
        });
        let (input, kernel) = match coded {
            Some((coded, kernel)) => (self.values.made(planned.input, &coded)?, kernel),
            None => {
                let kernel = planned.floats(source, self.isa.0);
                let kernel = kernel.context("weights of a kind that was not foreseen")?;
                (self.values.last(planned.input)?, kernel)
            }
        };
        let mut inputs = tvec!(input);
        if let Some(added) = chain.added {
            inputs.push(self.values.last(added)?);
        }
        let op = PictureConv {
            kernel: Arc::new(kernel),
            post: Post {
                code: chain.code.unwrap_or_default(),
                ..chain.post.clone()
            },
            bytes: chain.code.is_some(),
        };
        let wire = self.values.target.wire_node(name, op, &inputs)?[0];
        Ok(Some(match chain.code {
            Some(Code { scale, zero, .. }) => quantized::linear(wire, scale, zero),
            None => Place::last(wire),
        }))
    }

    /// The node on pictures with channels last, when one comes so and the node can take it.
    fn keeping_layout(&mut self, node: &TypedNode) -> TractResult<Option<OutletId>> {
        let source = self.values.source;
        let four = |outlet: &OutletId| source.outlet_fact(*outlet).is_ok_and(|fact| fact.rank() == 4);
        let ours = node.outputs.len() == 1
            && four(&node.id.into())
            && node
                .inputs
                .iter()
                .any(|input| four(input) && self.values.only_last(*input));
        if !ours {
            return Ok(None);
        }
        let Some(op) = self.turned(node) else {
            return Ok(None);
        };
        let all = node.inputs.iter().all(four);
        let takes = if all { node.inputs.len() } else { 1 };
        let mut inputs = tvec!();
        for input in &node.inputs[..takes] {
            inputs.push(self.values.last(*input)?);
        }
        Ok(Some(self.values.target.wire_node(&node.name, op, &inputs)?[0]))
    }

    /// The operator that does with channels last what `node` does in ONNX's layout.
    fn turned(&self, node: &TypedNode) -> Option<Box<dyn TypedOp>> {
        let source = self.values.source;
        let all = node
            .inputs
            .iter()
            .all(|input| source.outlet_fact(*input).is_ok_and(|fact| fact.rank() == 4));
        let f32s = source.outlet_fact(node.inputs[0]).ok()?.datum_type == f32::datum_type();
        if node.op.name() == "Resize" && f32s {
            let [rows, columns] = resize::mixes(source, node, self.isa.0)?;
            return Some(Box::new(PictureResize {
                isa: self.isa.0,
                rows: Arc::new(rows),
                columns: Arc::new(columns),
            }));
        }
        if !all {
            return None;
        }
        if node.op_is::<ElementWiseOp>()
            || node.op_is::<TypedBinOp>()
            || node.op_is::<Iff>()
            || node.op_is::<Cast>()
            || node.op_is::<Identity>()
        {
            return Some(node.op.clone());
        }
        let axis = |axis: usize| [0, 3, 1, 2][axis];
        if let Some(concat) = node.op_as::<TypedConcat>() {
            return Some(Box::new(TypedConcat {
                axis: axis(concat.axis),
            }));
        }
        if let Some(slice) = node.op_as::<Slice>() {
            return Some(Box::new(Slice {
                axis: axis(slice.axis),
                ..slice.clone()
            }));
        }
        if let Some(pad) = node.op_as::<Pad>() {
            return Some(Box::new(Pad {
                pads: [0, 2, 3, 1].map(|axis| pad.pads[axis]).to_vec(),
                mode: pad.mode.clone(),
            }));
        }
        if let Some(reduce) = node.op_as::<Reduce>() {
            let mut axes: TVec<usize> = reduce.axes.iter().map(|&one| axis(one)).collect();
            axes.sort_unstable();
            return Some(Box::new(Reduce {
                axes,
                ..reduce.clone()
            }));
        }
        let [_, _, h, w] = *shape(source, node.inputs[0])? else {
            return None;
        };
        if !f32s {
            return None;
        }
        if let Some(pool) = node.op_as::<MaxPool>() {
            let window = window(&pool.pool_spec, [h, w]).filter(|_| pool.with_index_outputs.is_none())?;
            return Some(Box::new(PicturePool(Pool::largest(self.isa.0, window))));
        }
        if let Some(pool) = node.op_as::<SumPool>() {
            let window = window(&pool.pool_spec, [h, w]).filter(|_| pool.normalize)?;
            let pool = Pool::mean(self.isa.0, window, pool.count_include_pad);
            return Some(Box::new(PicturePool(pool)));
        }
        None
    }

    /// Pictures made rows of pixels, concatenated, and their channels moved to the end, where they lie already.
    fn rows(&mut self, node: &TypedNode) -> TractResult<Option<Place>> {
        let source = self.values.source;
        let all = source.node(node.inputs[0].node);
        let Some(&TypedConcat { axis: 2 }) = all.op_as::<TypedConcat>() else {
            return Ok(None);
        };
        let mut pictures: TVec<(OutletId, AxisOp)> = tvec!();
        for input in &all.inputs {
            let one = source.node(input.node);
            let Some(AxisOp::Reshape(2, sides, pixels)) = one.op_as::<AxisOp>() else {
                return Ok(None);
            };
            let picture = one.inputs[0];
            // Perhaps it has been turned for the concatenation, which nobody will need any more.
            let last = self.values.get(picture)?.last.is_some();
            if sides.len() != 2 || pixels.len() != 1 || !last {
                return Ok(None);
            }
            pictures.push((picture, AxisOp::Reshape(1, sides.clone(), pixels.clone())));
        }
        let mut wires = tvec!();
        for (index, (picture, rows)) in pictures.into_iter().enumerate() {
            let last = self.values.last(picture)?;
            let name = format!("{}.{index}.rows", node.name);
            wires.push(self.values.target.wire_node(name, rows, &[last])?[0]);
        }
        let wire = self
            .values
            .target
            .wire_node(&node.name, TypedConcat { axis: 1 }, &wires)?[0];
        Ok(Some(Place::first(wire)))
    }

    /// A move of channels to the end or back, which changes nothing where they lie there already.
    fn moved(&mut self, node: &TypedNode, from: usize, to: usize) -> TractResult<Option<Place>> {
        let input = node.inputs[0];
        let four = self.values.source.outlet_fact(input)?.rank() == 4;
        if (from, to) == (1, 2) || (from, to) == (2, 1) {
            return self.rows(node);
        }
        Ok(match (from, to) {
            (1, 3) if four && self.values.only_last(input) => Some(Place::first(self.values.last(input)?)),
            (3, 1) if four => self.values.get(input)?.first.map(Place::last),
            _ => None,
        })
    }
}
