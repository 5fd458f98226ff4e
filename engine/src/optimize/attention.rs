//! Attention as one operator, and its three products as one.
//!
//! ```text
//! before:  x ─┬─> MatMul ─> Reshape ─> (Mul) ─> EinSum ─> (Mul) ─> (Add mask) ─> Softmax ─> EinSum ─> Reshape
//!             ├─> MatMul ─> Reshape ─> (Mul) ─> ┘                                           │
//!             └─> MatMul ─> Reshape ───────────────────────────────────────────────────────>┘
//! after:   x ─> MatMul (three times as wide) ─> Attention <─ (mask)
//! ```
//!
//! Heads are read where they lie, so nothing is reshaped or transposed. Sums are in f32, in another order than before.

use super::ops::Int8MatMul;
use super::walk::{binary, constant, floats, single_user};
use crate::kernels::attention::{Head, Mask, Rows, attend};
use crate::kernels::conv::Isa;
use crate::kernels::level::Level;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::Slice;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::logic::Iff;
use tract_onnx::tract_core::ops::math::{Add, Mul};
use tract_onnx::tract_core::ops::nn::{Softmax, SoftmaxKind};

/// What an axis of an input or of the output runs along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Axis {
    /// Heads, and whatever else each has its own attention for.
    Batch(usize),
    Query,
    Key,
    /// Along a query or a key: summed over.
    Depth,
    /// Along a value.
    Width,
    /// Along nothing: of length one, and not among the scores' axes.
    One,
}

/// How queries, keys, values or results lie in a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct View {
    /// Its axes, the last one split in two where `split` says so.
    axes: TVec<Axis>,
    /// The last axis of the tensor holds these lengths, from this place on.
    split: Option<Split>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Split {
    at: usize,
    outer: usize,
    inner: usize,
}

impl View {
    /// Lengths along the axes, and how far apart neighbours are along each.
    fn layout(&self, shape: &[usize]) -> (TVec<usize>, TVec<usize>) {
        let mut steps: TVec<usize> = tvec!(1; shape.len());
        for axis in (1..shape.len()).rev() {
            steps[axis - 1] = steps[axis] * shape[axis];
        }
        let mut shape: TVec<usize> = shape.into();
        if let Some(split) = self.split {
            shape.pop();
            steps.pop();
            shape.extend([split.outer, split.inner]);
            steps.extend([split.inner, 1]);
        }
        (shape, steps)
    }

    fn find(&self, axis: Axis) -> Option<usize> {
        self.axes.iter().position(|&given| given == axis)
    }

    /// Length along `axis`, by the shape of the tensor.
    fn length<D: DimLike>(&self, axis: Axis, shape: &[D]) -> Option<D> {
        let at = self.find(axis)?;
        match self.split {
            Some(split) if at + 2 == self.axes.len() => Some(split.outer.into()),
            Some(split) if at + 1 == self.axes.len() => Some(split.inner.into()),
            _ => shape.get(at).cloned(),
        }
    }
}

/// `softmax(q · kᵀ * scale + mask) · v` for every head. Inputs: q, k, v, perhaps a mask; f32.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attention {
    q: View,
    k: View,
    v: View,
    /// How the results lie; their last two axes are one where it is split.
    out: View,
    /// Axes of the scores, and so of the mask.
    scores: TVec<Axis>,
    scale: f32,
    guarded: bool,
}

// A scale that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for Attention {}

impl Attention {
    fn batches(&self) -> usize {
        self.scores.len() - 2
    }

    /// Length of the results along `axis`.
    fn length<D: DimLike>(&self, axis: Axis, shapes: &[&[D]]) -> TractResult<D> {
        if axis == Axis::One {
            return Ok(1.into());
        }
        let views = [&self.q, &self.k, &self.v];
        let mut lengths = views
            .iter()
            .zip(shapes)
            .filter_map(|(view, shape)| view.length(axis, shape));
        let first = lengths.next().context("an axis that no input has")?;
        // Along an axis of length one the same is taken for all.
        Ok(lengths.fold(
            first,
            |length, other| if length == 1.into() { other } else { length },
        ))
    }

    fn shape<D: DimLike>(&self, shapes: &[&[D]]) -> TractResult<TVec<D>> {
        let mut shape = TVec::new();
        for &axis in &self.out.axes {
            shape.push(self.length(axis, shapes)?);
        }
        if self.out.split.is_some() {
            let (inner, outer) = (shape.pop(), shape.pop());
            shape.extend(inner.zip(outer).map(|(inner, outer)| inner * outer));
        }
        Ok(shape)
    }
}

impl Op for Attention {
    fn name(&self) -> StaticName {
        "Attention".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Attention {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let shapes: TVec<&[usize]> = inputs.iter().map(|input| input.shape()).collect();
        let length = |axis| self.length(axis, &shapes[..3]);
        let head = Head {
            queries: length(Axis::Query)?,
            keys: length(Axis::Key)?,
            depth: length(Axis::Depth)?,
            width: length(Axis::Width)?,
            scale: self.scale,
            guarded: self.guarded,
        };
        let batches: TVec<usize> = (0..self.batches())
            .map(|index| length(Axis::Batch(index)))
            .collect::<TractResult<_>>()?;
        let mut out = Tensor::zero::<f32>(&self.shape(&shapes[..3])?)?;
        if out.len() == 0 || head.keys == 0 {
            return Ok(tvec!(out.into_tvalue()));
        }
        // For each view: steps along the batches, then along its rows.
        let steps = |view: &View, shape: &[usize], row: Axis| {
            let (lengths, steps) = view.layout(shape);
            let step = |axis| match view.find(axis) {
                Some(at) if lengths[at] > 1 => steps[at],
                _ => 0,
            };
            let batches: TVec<usize> = (0..self.batches())
                .map(|index| step(Axis::Batch(index)))
                .collect();
            (batches, step(row), view.split.map_or(0, |split| split.at))
        };
        let q = steps(&self.q, shapes[0], Axis::Query);
        let k = steps(&self.k, shapes[1], Axis::Key);
        let v = steps(&self.v, shapes[2], Axis::Key);
        let whole = View {
            axes: self.scores.clone(),
            split: None,
        };
        let mask = shapes.get(3).map(|shape| {
            (
                steps(&whole, shape, Axis::Query),
                steps(&whole, shape, Axis::Key).1,
            )
        });
        let split = self.out.split.map(|split| Split {
            outer: self
                .out
                .axes
                .iter()
                .rev()
                .nth(1)
                .map_or(1, |&axis| length(axis).unwrap_or(1)),
            inner: head.width,
            ..split
        });
        let o = steps(
            &View {
                split,
                ..self.out.clone()
            },
            out.shape(),
            Axis::Query,
        );
        let views = inputs
            .iter()
            .map(|input| input.try_as_plain_ram())
            .collect::<TractResult<TVec<_>>>()?;
        let data = views
            .iter()
            .map(|view| view.as_slice::<f32>())
            .collect::<TractResult<TVec<_>>>()?;
        let mut view = out.try_as_plain_ram_mut()?;
        let results = view.as_slice_mut::<f32>()?;
        let (isa, level, mut scratch) = (Isa::best(), Level::best(), Vec::new());
        let count: usize = batches.iter().product();
        for index in 0..count {
            let mut rest = index;
            let mut places: TVec<usize> = tvec!(0; batches.len());
            for (place, length) in places.iter_mut().zip(&batches).rev() {
                (*place, rest) = (rest % length, rest / length);
            }
            let at = |steps: &(TVec<usize>, usize, usize)| {
                steps.2
                    + steps
                        .0
                        .iter()
                        .zip(&places)
                        .map(|(step, place)| step * place)
                        .sum::<usize>()
            };
            let rows = |index: usize, steps: &(TVec<usize>, usize, usize)| Rows {
                data: data[index],
                at: at(steps),
                stride: steps.1,
            };
            let mask = mask.as_ref().map(|(steps, along)| Mask {
                data: data[3],
                at: at(steps),
                steps: (steps.1, *along),
            });
            let (at, stride) = (at(&o), o.1);
            attend(
                isa,
                level,
                &head,
                rows(0, &q),
                rows(1, &k),
                rows(2, &v),
                mask,
                &mut scratch,
                results,
                at,
                stride,
            );
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for Attention {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shapes: TVec<&[TDim]> = inputs.iter().map(|input| &*input.shape).collect();
        Ok(tvec!(f32::fact(&*self.shape(&shapes[..3])?)))
    }
}

/// Replaces every attention; what differs from the pattern stays as it is.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        if let Some(found) = Found::around(model, id)? {
            found.patch(model)?.apply(model)?;
        }
    }
    Ok(())
}

/// An attention in a graph.
struct Found {
    op: Attention,
    q: OutletId,
    k: OutletId,
    v: OutletId,
    mask: Option<OutletId>,
    last: usize,
}

impl Found {
    /// The attention whose softmax is the node `id`.
    fn around(model: &TypedModel, id: usize) -> TractResult<Option<Self>> {
        let Some(softmax) = model.node(id).op_as::<Softmax>() else {
            return Ok(None);
        };
        let fact = model.outlet_fact(id.into())?;
        let ours = softmax.kind == SoftmaxKind::Softmax
            && softmax.quant_output_dt.is_none()
            && fact.datum_type == f32::datum_type()
            && *softmax.axes == [fact.rank().saturating_sub(1)];
        if !ours {
            return Ok(None);
        }
        let Some((scores, mut scale, mask)) = scores(model, model.node(id).inputs[0])? else {
            return Ok(None);
        };
        let Some((taken, guarded)) = taken(model, id)? else {
            return Ok(None);
        };
        let Some((axes_q, axes_k, axes_s)) = product_axes(model, scores) else {
            return Ok(None);
        };
        let Some((axes_p, axes_v, axes_o)) = product_axes(model, taken) else {
            return Ok(None);
        };
        let [in_q, in_k] = [0, 1].map(|slot| model.node(scores).inputs[slot]);
        let first = [&*axes_q, &axes_k, &axes_s, &ones(model, in_q, &axes_q)?];
        let in_v = model.node(taken).inputs[1];
        let second = [&*axes_p, &axes_v, &axes_o, &ones(model, in_v, &axes_v)?];
        let Some([q, k, s, v, o]) = roles(first, second) else {
            return Ok(None);
        };
        let Some((q, from_q, scale_q)) = view(model, in_q, q, scores)? else {
            return Ok(None);
        };
        let Some((k, from_k, scale_k)) = view(model, in_k, k, scores)? else {
            return Ok(None);
        };
        let Some((v, from_v, 1.0)) = view(model, model.node(taken).inputs[1], v, taken)? else {
            return Ok(None);
        };
        scale *= scale_q * scale_k;
        let ends = [(&q, Axis::Depth), (&k, Axis::Depth), (&v, Axis::Width)];
        if ends.iter().any(|(view, axis)| view.axes.last() != Some(axis)) || o.last() != Some(&Axis::Width) {
            return Ok(None);
        }
        let mut op = Attention {
            q,
            k,
            v,
            out: View { axes: o, split: None },
            scores: s,
            scale,
            guarded,
        };
        let mut last = taken;
        if let Some(next) = single_user(model, taken).filter(|&next| joins_last_two(model, next)) {
            last = next;
            op.out.split = Some(Split {
                at: 0,
                outer: 0,
                inner: 0,
            });
        }
        let found = Found {
            op,
            q: from_q,
            k: from_k,
            v: from_v,
            mask,
            last,
        };
        let facts = [from_q, from_k, from_v]
            .iter()
            .map(|outlet| model.outlet_fact(*outlet))
            .collect::<TractResult<TVec<_>>>()?;
        let same = found.op.output_facts(&facts)?[0].shape == model.outlet_fact(last.into())?.shape;
        Ok(same.then_some(found))
    }

    fn patch(mut self, model: &TypedModel) -> TractResult<TypedModelPatch> {
        let mut patch = TypedModelPatch::default();
        let name = &model.node(self.last).name;
        let mut inputs: TVec<OutletId> = tvec!();
        let products = [self.q, self.k, self.v].map(|outlet| product(model, outlet));
        let splits = [self.op.q.split, self.op.k.split, self.op.v.split];
        let wide = match products {
            [Some(q), Some(k), Some(v)] if splits.iter().all(Option::is_some) => {
                let of_one = q.0 == k.0 && k.0 == v.0 && q.1 != k.1 && k.1 != v.1 && q.1 != v.1;
                let parts = [q.1, k.1, v.1].map(|id| model.node(id).op_as::<Int8MatMul>());
                match parts {
                    [Some(q), Some(k), Some(v)] if of_one => Int8MatMul::beside(&[q, k, v]),
                    _ => None,
                }
                .map(|op| (op, q.0))
            }
            _ => None,
        };
        if let Some((op, x)) = wide {
            let x = patch.tap_model(model, x)?;
            let widths = [self.q, self.k].map(|outlet| {
                let op = model.node(outlet.node).op_as::<Int8MatMul>();
                op.map_or(0, Int8MatMul::columns)
            });
            let wide = patch.wire_node(format!("{name}.products"), op, &[x])?[0];
            inputs.extend([wide; 3]);
            for (view, at) in [
                (&mut self.op.k, widths[0]),
                (&mut self.op.v, widths[0] + widths[1]),
            ] {
                if let Some(split) = &mut view.split {
                    split.at += at;
                }
            }
        } else {
            for outlet in [self.q, self.k, self.v] {
                inputs.push(patch.tap_model(model, outlet)?);
            }
        }
        if let Some(mask) = self.mask {
            inputs.push(patch.tap_model(model, mask)?);
        }
        let out = patch.wire_node(name, self.op, &inputs)?;
        patch.shunt_outside(model, self.last.into(), out[0])?;
        Ok(patch)
    }
}

/// What a product multiplies and its node, if the outlet is one with a single user.
fn product(model: &TypedModel, outlet: OutletId) -> Option<(OutletId, usize)> {
    let node = model.node(outlet.node);
    node.op_as::<Int8MatMul>()?;
    single_user(model, node.id)?;
    Some((node.inputs[0], node.id))
}

/// From what a softmax takes back to the product of queries and keys: its node, the scale, the mask.
fn scores(model: &TypedModel, from: OutletId) -> TractResult<Option<(usize, f32, Option<OutletId>)>> {
    let mut ways = vec![(from, None)];
    if let Some((a, b)) = binary::<Add>(model, from.node) {
        ways.extend([(a, Some(b)), (b, Some(a))]);
    }
    for (from, mask) in ways {
        let (from, scale) = scaled(model, from)?;
        if !model.node(from.node).op_is::<EinSum>() {
            continue;
        }
        let fits = match mask {
            Some(mask) => {
                let fact = model.outlet_fact(mask)?;
                fact.datum_type == f32::datum_type() && fact.rank() == model.outlet_fact(from)?.rank()
            }
            None => true,
        };
        // What anyone else uses has to be computed anyway.
        if fits && single_user(model, from.node).is_some() {
            return Ok(Some((from.node, scale, mask)));
        }
    }
    Ok(None)
}

/// Back through multiplications with one number.
fn scaled(model: &TypedModel, mut from: OutletId) -> TractResult<(OutletId, f32)> {
    let mut scale = 1.0;
    while let Some((a, b)) = binary::<Mul>(model, from.node) {
        let number =
            |outlet| Ok::<_, TractError>(floats(model, outlet)?.filter(|numbers| numbers.len() == 1));
        let (next, factor) = match (number(a)?, number(b)?) {
            (None, Some(factor)) => (a, factor),
            (Some(factor), None) => (b, factor),
            _ => break,
        };
        if single_user(model, from.node).is_none() {
            break;
        }
        (from, scale) = (next, scale * factor[0]);
    }
    Ok((from, scale))
}

/// From a softmax on to the product with the values, and whether what is not a number becomes 0 on the way.
fn taken(model: &TypedModel, id: usize) -> TractResult<Option<(usize, bool)>> {
    let product = |id: usize, from: usize| {
        let node = model.node(id);
        node.op_is::<EinSum>()
            && node.inputs[0].node == from
            && node.inputs.iter().filter(|input| input.node == from).count() == 1
    };
    if let Some(next) = single_user(model, id) {
        return Ok(product(next, id).then_some((next, false)));
    }
    let [first, second] = &*model.node(id).outputs[0].successors else {
        return Ok(None);
    };
    for (test, choice) in [(first.node, second.node), (second.node, first.node)] {
        let node = model.node(choice);
        if model.node(test).op.name() != "IsNan"
            || !node.op_is::<Iff>()
            || single_user(model, test) != Some(choice)
        {
            continue;
        }
        let zero = constant(model, node.inputs[1])?
            .filter(|zero| zero.datum_type() == f32::datum_type())
            .is_some_and(|zero| zero.is_all_zero().unwrap_or(false));
        let ours = zero && node.inputs[0].node == test && node.inputs[2] == OutletId::new(id, 0);
        if let Some(next) = single_user(model, choice).filter(|&next| ours && product(next, choice)) {
            return Ok(Some((next, true)));
        }
    }
    Ok(None)
}

/// Axes of both inputs and of the output of a product of f32.
fn product_axes(model: &TypedModel, id: usize) -> Option<(String, String, String)> {
    let op = model.node(id).op_as::<EinSum>()?;
    let floats = op.q_params.is_none() && op.operating_dt == f32::datum_type();
    let axes = op.axes.to_string();
    let (inputs, output) = axes.split_once("->").filter(|_| floats)?;
    let (a, b) = inputs.split_once(',').filter(|(_, b)| !b.contains(','))?;
    Some((a.to_owned(), b.to_owned(), output.to_owned()))
}

/// The letters of the axes of length one but the last.
fn ones(model: &TypedModel, outlet: OutletId, axes: &str) -> TractResult<String> {
    let shape = &model.outlet_fact(outlet)?.shape;
    let all = axes
        .chars()
        .zip(shape.iter())
        .take(shape.rank().saturating_sub(1));
    Ok(all
        .filter(|(_, length)| length.is_one())
        .map(|(letter, _)| letter)
        .collect())
}

/// What the axes of q, k, the scores, v and the results run along; `None` where it is no attention. In: the axes of q, k
/// and the scores; of the scores, v and the results; after both those of length one.
fn roles([q, k, s, first_ones]: [&str; 4], [p, v, o, second_ones]: [&str; 4]) -> Option<[TVec<Axis>; 5]> {
    if p.len() != s.len() {
        return None;
    }
    let mut batches = 0;
    // By the letters of the first product.
    let mut of_scores: TVec<Axis> = tvec!();
    for letter in s.chars() {
        of_scores.push(match (q.contains(letter), k.contains(letter)) {
            (true, true) => {
                batches += 1;
                Axis::Batch(batches - 1)
            }
            (true, false) => Axis::Query,
            (false, true) => Axis::Key,
            (false, false) => return None,
        });
    }
    let first = |letter: char| match s.chars().position(|given| given == letter) {
        Some(at) => Some(of_scores[at]),
        None if first_ones.contains(letter) => Some(Axis::One),
        None => (q.contains(letter) && k.contains(letter)).then_some(Axis::Depth),
    };
    // By those of the second: the scores' axes are the same, in the same places.
    let second = |letter: char| match p.chars().position(|given| given == letter) {
        Some(at) => Some(of_scores[at]),
        None if second_ones.contains(letter) => Some(Axis::One),
        None => (v.contains(letter) && o.contains(letter)).then_some(Axis::Width),
    };
    let q: Option<TVec<Axis>> = q.chars().map(first).collect();
    let k: Option<TVec<Axis>> = k.chars().map(first).collect();
    let v: Option<TVec<Axis>> = v.chars().map(second).collect();
    let o: Option<TVec<Axis>> = o.chars().map(second).collect();
    let all = [q?, k?, of_scores, v?, o?];
    let expect = [
        [Axis::Query, Axis::Depth],
        [Axis::Key, Axis::Depth],
        [Axis::Query, Axis::Key],
        [Axis::Key, Axis::Width],
        [Axis::Query, Axis::Width],
    ];
    let plain = all.iter().zip(expect).all(|(axes, two)| {
        let count = |axis| axes.iter().filter(|&&given| given == axis).count();
        axes.len() - count(Axis::One) == batches + 2
            && two.iter().all(|&axis| count(axis) == 1)
            && (0..batches).all(|index| count(Axis::Batch(index)) == 1)
    });
    (plain && all[2].last() == Some(&Axis::Key)).then_some(all)
}

/// Back from an input of a product through scaling, splitting of the last axis and slicing of it: how it lies, in what,
/// and the scale. Only through nodes that nothing but `user` needs.
fn view(
    model: &TypedModel,
    from: OutletId,
    axes: TVec<Axis>,
    user: usize,
) -> TractResult<Option<(View, OutletId, f32)>> {
    let mine = |outlet: OutletId, user: usize| single_user(model, outlet.node) == Some(user);
    let (mut from, scale) = match mine(from, user) {
        true => scaled(model, from)?,
        false => (from, 1.0),
    };
    let mut view = View { axes, split: None };
    let rank = view.axes.len();
    if let Some((outer, inner)) = splits_last(model, from, rank) {
        view.split = Some(Split { at: 0, outer, inner });
        from = model.node(from.node).inputs[0];
        if let Some(slice) = model.node(from.node).op_as::<Slice>()
            && let (true, Ok(at)) = (slice.axis + 2 == rank, slice.start.to_usize())
        {
            view.split = Some(Split { at, outer, inner });
            from = model.node(from.node).inputs[0];
        }
    }
    Ok((model.outlet_fact(from)?.datum_type == f32::datum_type()).then_some((view, from, scale)))
}

/// The lengths of the last two axes of the `rank` that an outlet has, if its node makes them of one.
fn splits_last(model: &TypedModel, outlet: OutletId, rank: usize) -> Option<(usize, usize)> {
    let Some(AxisOp::Reshape(at, one, two)) = model.node(outlet.node).op_as::<AxisOp>() else {
        return None;
    };
    match (at + 2 == rank, &**one, &**two) {
        (true, [_], [outer, inner]) => outer.to_usize().ok().zip(inner.to_usize().ok()),
        _ => None,
    }
}

/// Whether a node makes one axis of the last two.
fn joins_last_two(model: &TypedModel, id: usize) -> bool {
    match model.node(id).op_as::<AxisOp>() {
        Some(AxisOp::Reshape(at, two, one)) => {
            let rank = model
                .outlet_fact(model.node(id).inputs[0])
                .map_or(0, |fact| fact.rank());
            two.len() == 2 && one.len() == 1 && at + 2 == rank
        }
        _ => false,
    }
}
