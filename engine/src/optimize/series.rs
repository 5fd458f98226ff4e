//! Convolutions along one axis, of sound and what is made of it, whose length only the run knows.
//!
//! ```text
//! before:  x [n,C,T] ─> Im2col ─> product        (each step's window copied out, weights read again for a few steps)
//! after:   x [n,C,T] ─> SeriesConv               (channels side by side, windows read where they lie)
//! ```
//!
//! Also what puts numbers around the last axis of anything, which tract does number by number.

use crate::kernels::conv::{Dense, Isa, Out, Post, Shape, Window, room, transpose};
use crate::optimize::walk;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::nn::DataFormat;

/// A convolution of `[n, channels, steps]`, with bias.
#[derive(Debug, Clone)]
struct SeriesConv {
    dense: Arc<Dense>,
    spec: PoolSpec,
}

// Two are the same when they share their weights: comparing megabytes would find no more.
impl PartialEq for SeriesConv {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dense, &other.dense)
    }
}

impl Eq for SeriesConv {}

impl Op for SeriesConv {
    fn name(&self) -> StaticName {
        "SeriesConv".into()
    }

    op_as_typed_op!();
}

impl EvalOp for SeriesConv {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let [cin, cout] = self.dense.shape().channels;
        let &[n, c, steps] = x.shape() else {
            bail!("[n, channels, steps] is expected, {:?} came", x.shape())
        };
        ensure!(c == cin, "{cin} channels are expected, {c} came");
        let [_, to] = self.dense.shape().window.output([1, steps]);
        let mut out = room::<f32>(&[n, cout, to])?;
        if n * cin * steps == 0 || to == 0 {
            return Ok(tvec!(out.into_tvalue()));
        }
        let mut sides = [room::<f32>(&[steps, cin])?, room::<f32>(&[to, cout])?];
        {
            let [turned, result] = &mut sides;
            let (mut turned, mut result) = (turned.try_as_plain_ram_mut()?, result.try_as_plain_ram_mut()?);
            let (turned, result) = (turned.as_slice_mut::<f32>()?, result.as_slice_mut::<f32>()?);
            let x = x.try_as_plain_ram()?;
            let mut view = out.try_as_plain_ram_mut()?;
            let series = x.as_slice::<f32>()?.chunks_exact(cin * steps);
            for (x, out) in series.zip(view.as_slice_mut::<f32>()?.chunks_exact_mut(cout * to)) {
                transpose(x, cin, steps, turned);
                let post = Post::default();
                self.dense
                    .run(turned, [1, steps], &[], &post, Out::Floats(&mut *result));
                transpose(result, to, cout, out);
            }
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for SeriesConv {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = self.spec.output_shape(&inputs[0].shape)?.shape;
        Ok(tvec!(f32::fact(&*shape)))
    }
}

/// Numbers put around the last axis.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Around {
    before: usize,
    after: usize,
    mode: PadMode,
}

impl Op for Around {
    fn name(&self) -> StaticName {
        "Around".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Around {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let mut shape: TVec<usize> = x.shape().into();
        let last = shape.len() - 1;
        let length = shape[last];
        shape[last] += self.before + self.after;
        let whole = shape[last];
        let mut out = room::<f32>(&shape)?;
        // Where each number around comes from; none for a constant.
        let furthest = self.before.max(self.after);
        let (from, constant): (fn(usize) -> usize, f32) = match &self.mode {
            PadMode::Constant(value) => (|_| 0, value.cast_to_scalar::<f32>()?),
            PadMode::Reflect => {
                ensure!(
                    furthest < length,
                    "{furthest} numbers of {length} cannot be reflected"
                );
                (|distance| distance, 0.0)
            }
            PadMode::Edge => {
                ensure!(length > 0, "an edge of nothing");
                (|_| 0, 0.0)
            }
        };
        let fixed = matches!(self.mode, PadMode::Constant(_));
        {
            let x = x.try_as_plain_ram()?;
            let mut view = out.try_as_plain_ram_mut()?;
            let rows = view.as_slice_mut::<f32>()?.chunks_exact_mut(whole.max(1));
            let x = x.as_slice::<f32>()?;
            for (index, row) in rows.enumerate() {
                let x = &x[index * length..(index + 1) * length];
                row[self.before..self.before + length].copy_from_slice(x);
                for distance in 1..=self.before {
                    row[self.before - distance] = if fixed { constant } else { x[from(distance)] };
                }
                for distance in 1..=self.after {
                    let at = self.before + length - 1 + distance;
                    row[at] = if fixed {
                        constant
                    } else {
                        x[length - 1 - from(distance)]
                    };
                }
            }
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for Around {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape: TVec<TDim> = inputs[0].shape.iter().cloned().collect();
        let last = shape.len() - 1;
        shape[last] = shape[last].clone() + self.before + self.after;
        Ok(tvec!(f32::fact(&*shape)))
    }
}

/// Replaces both.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        if let Some(op) = around(model, node)? {
            TypedModelPatch::replace_single_op(model, node, &node.inputs, op)?.apply(model)?;
        } else if let Some(op) = series(model, node)? {
            TypedModelPatch::replace_single_op(model, node, &node.inputs[..1], op)?.apply(model)?;
        }
    }
    Ok(())
}

fn around(model: &TypedModel, node: &TypedNode) -> TractResult<Option<Around>> {
    let Some(Pad { pads, mode }) = node.op_as::<Pad>() else {
        return Ok(None);
    };
    let Some((&(before, after), rest)) = pads.split_last() else {
        return Ok(None);
    };
    let floats = model.outlet_fact(node.inputs[0])?.datum_type == f32::datum_type();
    let last = floats && rest.iter().all(|&around| around == (0, 0));
    let mode = mode.clone();
    Ok(last.then_some(Around { before, after, mode }))
}

fn series(model: &TypedModel, node: &TypedNode) -> TractResult<Option<SeriesConv>> {
    let Some(conv) = node.op_as::<Conv>() else {
        return Ok(None);
    };
    let &[x, weights, bias] = &*node.inputs else {
        return Ok(None);
    };
    let spec = &conv.pool_spec;
    let fact = model.outlet_fact(x)?;
    let ours = conv.q_params.is_none()
        && conv.group == 1
        && conv.kernel_fmt == KernelFormat::OIHW
        && spec.data_format == DataFormat::NCHW
        && spec.kernel_shape.len() == 1
        && fact.datum_type == f32::datum_type();
    let (before, after) = match &spec.padding {
        PaddingSpec::Valid => (0, 0),
        PaddingSpec::Explicit(before, after) | PaddingSpec::ExplicitOnnxPool(before, after, false) => {
            (before[0], after[0])
        }
        _ => return Ok(None),
    };
    let (Some(weights), Some(bias), true) = (walk::floats(model, weights)?, walk::floats(model, bias)?, ours)
    else {
        return Ok(None);
    };
    let (cin, cout, taps) = (spec.input_channels, spec.output_channels, spec.kernel_shape[0]);
    let bias = if bias.len() == 1 {
        vec![bias[0]; cout]
    } else {
        bias
    };
    if weights.len() != cin * cout * taps || bias.len() != cout {
        return Ok(None);
    }
    let window = Window {
        kernel: [1, taps],
        stride: [1, spec.strides()[0]],
        dilation: [1, spec.dilations()[0]],
        before: [0, before],
        after: [0, after],
    };
    let at = |co: usize, ci: usize, _: usize, tap: usize| weights[(co * cin + ci) * taps + tap];
    let shape = Shape {
        window,
        groups: 1,
        channels: [cin, cout],
    };
    let dense = Dense::pack(Isa::best(), shape, at, &bias);
    Ok(Some(SeriesConv {
        dense: Arc::new(dense),
        spec: spec.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(shape: &[usize]) -> Tensor {
        let numbers = (0..shape.iter().product::<usize>()).map(|i| (i * 7919 % 2003) as f32 / 1001.5 - 1.0);
        tract_ndarray::ArrayD::from_shape_vec(shape, numbers.collect())
            .unwrap()
            .into_tensor()
    }

    /// Runs the model both ways, on three lengths.
    fn check(what: &str, model: TypedModel, expect: &str) {
        let stock = model.clone().into_optimized().unwrap().into_runnable().unwrap();
        let mut ours = model;
        fuse(&mut ours).unwrap();
        assert!(
            ours.nodes.iter().any(|node| node.op.name() == expect),
            "{what}: {ours}"
        );
        let ours = ours.into_optimized().unwrap().into_runnable().unwrap();
        for steps in [9, 16, 50] {
            let x = noise(&[2, 3, steps]).into_tvalue();
            let expected = stock.run(tvec!(x.clone())).unwrap();
            let came = ours.run(tvec!(x)).unwrap();
            came[0]
                .close_enough(&expected[0], Approximation::Approximate)
                .unwrap_or_else(|error| panic!("{what}, {steps} steps: {error}"));
        }
    }

    fn source() -> (TypedModel, OutletId) {
        let mut model = TypedModel::default();
        let steps = model.symbols.sym("t");
        let x = model
            .add_source("x", f32::fact([2.to_dim(), 3.to_dim(), steps.to_dim()]))
            .unwrap();
        (model, x)
    }

    #[test]
    fn convolutions_of_any_length_are_tract_s() {
        for (taps, stride, dilation, around) in [
            (1, 1, 1, (0, 0)),
            (3, 1, 1, (1, 1)),
            (4, 3, 1, (0, 2)),
            (3, 2, 2, (2, 0)),
        ] {
            let (mut model, x) = source();
            let weights = model.add_const("weights", noise(&[5, 3, taps])).unwrap();
            let bias = model.add_const("bias", noise(&[5])).unwrap();
            let conv = Conv {
                pool_spec: PoolSpec {
                    data_format: DataFormat::NCHW,
                    kernel_shape: tvec!(taps),
                    padding: PaddingSpec::Explicit(tvec!(around.0), tvec!(around.1)),
                    dilations: Some(tvec!(dilation)),
                    strides: Some(tvec!(stride)),
                    input_channels: 3,
                    output_channels: 5,
                },
                kernel_fmt: KernelFormat::OIHW,
                group: 1,
                q_params: None,
            };
            let y = model.wire_node("y", conv, &[x, weights, bias]).unwrap();
            model.select_output_outlets(&y).unwrap();
            check(&format!("{taps} taps, stride {stride}"), model, "SeriesConv");
        }
    }

    #[test]
    fn what_is_put_around_is_tract_s() {
        let constant = PadMode::Constant(tensor0(0.5f32).into_arc_tensor());
        for mode in [constant, PadMode::Reflect, PadMode::Edge] {
            for around in [(0, 3), (2, 0), (4, 5)] {
                let (mut model, x) = source();
                let pads = vec![(0, 0), (0, 0), around];
                let mode = mode.clone();
                let what = format!("{mode:?} {around:?}");
                let y = model.wire_node("y", Pad { pads, mode }, &[x]).unwrap();
                model.select_output_outlets(&y).unwrap();
                check(&what, model, "Around");
            }
        }
    }
}
