//! Builds the model anew, each value in the layout that its maker gives it.

use super::chain::{Chain, follow};
use super::constants::{constant, floats, shape};
use super::ops::{Kernel, PictureConv, PicturePool, PictureResize, Turn};
use super::resize;
use crate::kernels::conv::{Dense, Depthwise, Isa, Pool, Window};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice, TypedConcat};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cast::Cast;
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PoolSpec, SumPool};
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::identity::Identity;
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_core::ops::logic::Iff;
use tract_onnx::tract_core::ops::nn::{DataFormat, Reduce};
use tract_onnx::tract_core::ops::source::TypedSource;

/// Where a value of the old model is in the new one.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// In ONNX's layout.
    first: Option<OutletId>,
    /// With channels last.
    last: Option<OutletId>,
}

/// A convolution to be built when the last node of its chain is reached.
struct Planned {
    node: usize,
    /// What it convolves, which is what it was given unless an addition of zeros around it was taken in.
    input: OutletId,
    kernel: Kernel,
    chain: Chain,
}

/// The walk over one model.
pub(super) struct Walk<'a> {
    source: &'a TypedModel,
    target: TypedModel,
    places: HashMap<OutletId, Place>,
    /// By the last node of the chain.
    planned: HashMap<usize, Planned>,
    /// Nodes that a chain has taken in.
    taken: HashSet<usize>,
    /// Those, and the last ones.
    claimed: HashSet<usize>,
    isa: Isa,
}

impl<'a> Walk<'a> {
    /// Plans which convolutions are replaced.
    pub(super) fn new(source: &'a TypedModel, isa: Isa) -> TractResult<Self> {
        let mut walk = Walk {
            source,
            target: TypedModel {
                symbols: source.symbols.clone(),
                ..TypedModel::default()
            },
            places: HashMap::new(),
            planned: HashMap::new(),
            taken: HashSet::new(),
            claimed: HashSet::new(),
            isa,
        };
        for id in source.eval_order()? {
            if let Some(planned) = walk.plan(id) {
                walk.planned.insert(planned.chain.end, planned);
            }
        }
        Ok(walk)
    }

    fn plan(&mut self, id: usize) -> Option<Planned> {
        let node = self.source.node(id);
        let conv = node.op_as::<Conv>()?;
        let &[x, weights, bias] = &*node.inputs else {
            return None;
        };
        let [_, cin, h, w] = *shape(self.source, x)? else {
            return None;
        };
        if conv.q_params.is_some() || conv.kernel_fmt != KernelFormat::OIHW {
            return None;
        }
        let mut window = window(&conv.pool_spec, [h, w])?;
        let weights = constant(self.source, weights)?;
        let &[cout, deep, kh, kw] = weights.shape() else {
            return None;
        };
        let weights = floats(&weights)?;
        let bias = match floats(&*constant(self.source, bias)?)? {
            one if one.len() == 1 => vec![one[0]; cout],
            all => all,
        };
        if bias.len() != cout || [kh, kw] != window.kernel || cin != deep * conv.group {
            return None;
        }
        let mut input = x;
        if let Some((unpadded, before, after)) = self.zeros_around(x) {
            input = unpadded;
            for axis in 0..2 {
                window.before[axis] += before[axis];
                window.after[axis] += after[axis];
            }
        }
        let at = |co: usize, ci: usize, ky: usize, kx: usize| weights[((co * deep + ci) * kh + ky) * kw + kx];
        let kernel = if deep == 1 && conv.group == cout {
            Kernel::Depthwise(Depthwise::pack(
                self.isa,
                window,
                cout,
                |c, ky, kx| at(c, 0, ky, kx),
                &bias,
            ))
        } else {
            let channels = [deep, cout / conv.group];
            Kernel::Dense(Dense::pack(self.isa, window, conv.group, channels, at, &bias))
        };
        let chain = follow(self.source, id, cout, &self.claimed);
        self.take(id, &chain);
        Some(Planned {
            node: id,
            input,
            kernel,
            chain,
        })
    }

    /// Marks what lies between the ends of a chain.
    fn take(&mut self, start: usize, chain: &Chain) {
        let mut inside = vec![start];
        while let Some(id) = inside.pop() {
            self.claimed.insert(id);
            if id != chain.end && self.taken.insert(id) {
                inside.extend(
                    self.source.node(id).outputs[0]
                        .successors
                        .iter()
                        .map(|inlet| inlet.node),
                );
            }
        }
    }

    /// What a value was before zeros were put around its rows and columns, for this use of it alone.
    fn zeros_around(&self, outlet: OutletId) -> Option<(OutletId, [usize; 2], [usize; 2])> {
        let node = self.source.node(outlet.node);
        let pad = node.op_as::<Pad>()?;
        let PadMode::Constant(value) = &pad.mode else {
            return None;
        };
        let &[(0, 0), (0, 0), rows, columns] = &*pad.pads else {
            return None;
        };
        let zero = value.cast_to_scalar::<f32>().ok()? == 0.0;
        zero.then_some((node.inputs[0], [rows.0, columns.0], [rows.1, columns.1]))
    }

    /// Walks the model, and gives the new one.
    pub(super) fn finish(mut self) -> TractResult<TypedModel> {
        for id in self.source.eval_order()? {
            if self.taken.contains(&id) {
                continue;
            }
            let node = self.source.node(id);
            self.node(node).with_context(|| format!("{node}"))?;
        }
        for outlet in self.source.input_outlets()? {
            if !self.places.contains_key(outlet) {
                self.as_it_is(self.source.node(outlet.node))?;
            }
        }
        let mut inputs = Vec::new();
        for outlet in self.source.input_outlets()? {
            inputs.push(self.first(*outlet)?);
        }
        let mut outputs = Vec::new();
        for outlet in self.source.output_outlets()? {
            let wire = self.first(*outlet)?;
            if let Some(label) = self.source.outlet_label(*outlet) {
                self.target.set_outlet_label(wire, label.to_owned())?;
            }
            outputs.push(wire);
        }
        self.target.inputs = inputs;
        self.target.outputs = outputs;
        self.target.properties.clone_from(&self.source.properties);
        // Additions of zeros that every user took in are left without users.
        self.target.compact()?;
        Ok(self.target)
    }

    fn node(&mut self, node: &TypedNode) -> TractResult<()> {
        if let Some(planned) = self.planned.remove(&node.id) {
            return self.conv(node, planned);
        }
        if let Some(wire) = self.keeping_layout(node)? {
            let place = Place {
                last: Some(wire),
                ..Place::default()
            };
            self.places.insert(node.id.into(), place);
            return Ok(());
        }
        if let Some(AxisOp::Move(from, to)) = node.op_as::<AxisOp>()
            && let Some(place) = self.moved(node, *from, *to)
        {
            self.places.insert(node.id.into(), place);
            return Ok(());
        }
        self.as_it_is(node)
    }

    /// The node with its inputs in ONNX's layout.
    fn as_it_is(&mut self, node: &TypedNode) -> TractResult<()> {
        let wires = if node.op_is::<TypedSource>() {
            tvec!(self.target.add_source(&node.name, node.outputs[0].fact.clone())?)
        } else if let Some(constant) = node.op_as::<Const>() {
            tvec!(self.target.add_const(&node.name, constant.val().clone())?)
        } else {
            let mut inputs = tvec!();
            for input in &node.inputs {
                inputs.push(self.first(*input)?);
            }
            self.target.wire_node(&node.name, node.op.clone(), &inputs)?
        };
        for (slot, wire) in wires.into_iter().enumerate() {
            let place = Place {
                first: Some(wire),
                ..Place::default()
            };
            self.places.insert(OutletId::new(node.id, slot), place);
        }
        Ok(())
    }

    fn conv(&mut self, node: &TypedNode, planned: Planned) -> TractResult<()> {
        let mut inputs = tvec!(self.last(planned.input)?);
        if let Some(added) = planned.chain.added {
            inputs.push(self.last(added)?);
        }
        let op = PictureConv {
            kernel: Arc::new(planned.kernel),
            post: planned.chain.post,
        };
        let name = &self.source.node(planned.node).name;
        let wire = self.target.wire_node(name, op, &inputs)?[0];
        let place = Place {
            last: Some(wire),
            ..Place::default()
        };
        self.places.insert(node.id.into(), place);
        Ok(())
    }

    /// The same value in ONNX's layout.
    fn first(&mut self, outlet: OutletId) -> TractResult<OutletId> {
        let place = self
            .places
            .get(&outlet)
            .copied()
            .context("a value is used before it is made")?;
        match (place.first, place.last) {
            (Some(wire), _) => Ok(wire),
            (None, Some(last)) => {
                let name = format!("{}.{}.first", self.source.node(outlet.node).name, outlet.slot);
                let wire = self.target.wire_node(name, Turn::ToFirst, &[last])?[0];
                self.places.entry(outlet).or_default().first = Some(wire);
                Ok(wire)
            }
            (None, None) => bail!("a value without a place"),
        }
    }

    /// The same value with channels last; it must have four axes.
    fn last(&mut self, outlet: OutletId) -> TractResult<OutletId> {
        let place = self
            .places
            .get(&outlet)
            .copied()
            .context("a value is used before it is made")?;
        match (place.last, place.first) {
            (Some(wire), _) => Ok(wire),
            (None, Some(first)) => {
                let name = format!("{}.{}.last", self.source.node(outlet.node).name, outlet.slot);
                let wire = match constant(self.source, outlet) {
                    Some(value) => {
                        let value = Tensor::clone(&value).permute_axes(&[0, 2, 3, 1])?;
                        self.target.add_const(name, value)?
                    }
                    None => self.target.wire_node(name, Turn::ToLast, &[first])?[0],
                };
                self.places.entry(outlet).or_default().last = Some(wire);
                Ok(wire)
            }
            (None, None) => bail!("a value without a place"),
        }
    }

    /// Whether the value is there with channels last and in no other layout.
    fn only_last(&self, outlet: OutletId) -> bool {
        self.places
            .get(&outlet)
            .is_some_and(|place| place.last.is_some() && place.first.is_none())
    }

    /// The node on pictures with channels last, when one comes so and the node can take it.
    fn keeping_layout(&mut self, node: &TypedNode) -> TractResult<Option<OutletId>> {
        let four = |outlet: &OutletId| {
            self.source
                .outlet_fact(*outlet)
                .is_ok_and(|fact| fact.rank() == 4)
        };
        let ours = node.outputs.len() == 1
            && four(&node.id.into())
            && node.inputs.iter().any(|input| self.only_last(*input));
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
            inputs.push(self.last(*input)?);
        }
        Ok(Some(self.target.wire_node(&node.name, op, &inputs)?[0]))
    }

    /// The operator that does with channels last what `node` does in ONNX's layout.
    fn turned(&self, node: &TypedNode) -> Option<Box<dyn TypedOp>> {
        let all = node
            .inputs
            .iter()
            .all(|input| self.source.outlet_fact(*input).is_ok_and(|fact| fact.rank() == 4));
        let from = shape(self.source, node.inputs[0]);
        if node.op.name() == "Resize" {
            let [rows, columns] = resize::mixes(self.source, node, self.isa)?;
            return Some(Box::new(PictureResize {
                isa: self.isa,
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
            return Some(Box::new(Reduce {
                axes: {
                    let mut axes: TVec<usize> = reduce.axes.iter().map(|&one| axis(one)).collect();
                    axes.sort_unstable();
                    axes
                },
                ..reduce.clone()
            }));
        }
        let [_, _, h, w] = *from? else { return None };
        if self.source.outlet_fact(node.inputs[0]).ok()?.datum_type != f32::datum_type() {
            return None;
        }
        if let Some(pool) = node.op_as::<MaxPool>() {
            let window = window(&pool.pool_spec, [h, w]).filter(|_| pool.with_index_outputs.is_none())?;
            return Some(Box::new(PicturePool(Pool::largest(self.isa, window))));
        }
        if let Some(pool) = node.op_as::<SumPool>() {
            let window = window(&pool.pool_spec, [h, w]).filter(|_| pool.normalize)?;
            return Some(Box::new(PicturePool(Pool::mean(
                self.isa,
                window,
                pool.count_include_pad,
            ))));
        }
        None
    }

    /// A move of channels to the end or back, which changes nothing where they lie there already.
    fn moved(&self, node: &TypedNode, from: usize, to: usize) -> Option<Place> {
        let place = *self.places.get(&node.inputs[0])?;
        let four = self.source.outlet_fact(node.inputs[0]).ok()?.rank() == 4;
        match (from, to) {
            (1, 3) if four && place.last.is_some() => Some(Place {
                first: place.last,
                last: None,
            }),
            (3, 1) if four && place.first.is_some() => Some(Place {
                first: None,
                last: place.first,
            }),
            _ => None,
        }
    }
}

/// The window of a convolution or pool over pictures of this size.
fn window(spec: &PoolSpec, size: [usize; 2]) -> Option<Window> {
    let pair = |values: &[usize]| <[usize; 2]>::try_from(values).ok();
    if spec.data_format != DataFormat::NCHW {
        return None;
    }
    let computed = spec.computed_padding(&size);
    let window = Window {
        kernel: pair(&spec.kernel_shape)?,
        stride: pair(&spec.strides())?,
        dilation: pair(&spec.dilations())?,
        before: [computed[0].pad_before, computed[1].pad_before],
        after: [computed[0].pad_after, computed[1].pad_after],
    };
    (window.output(size) == [computed[0].convoluted, computed[1].convoluted]).then_some(window)
}
