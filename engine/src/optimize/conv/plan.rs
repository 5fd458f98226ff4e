//! Which convolutions are replaced, and their packed weights.

use super::chain::Chain;
use super::constants::{constant, floats, shape};
use super::ops::Kernel;
use crate::kernels::conv::{ByteIsa, Code, Dense, DenseBytes, Depthwise, Isa, Quantized, Shape, Window};
use crate::optimize::wait;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::DimLike;
use tract_onnx::tract_core::ops::Downsample;
use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice, TypedConcat};
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, PoolSpec};
use tract_onnx::tract_core::ops::nn::DataFormat;

/// A convolution to be built when the last node of its chain is reached.
pub(super) struct Planned {
    /// The convolution.
    pub(super) node: usize,
    /// What it convolves, which is what it was given unless an addition of zeros around it was taken in.
    pub(super) input: OutletId,
    pub(super) window: Window,
    pub(super) groups: usize,
    /// Shape of the weights: out, in of a group, height, width.
    pub(super) shape: [usize; 4],
    /// Where each second row and column starts, for each part of a concatenation that was taken in with `window`
    /// twice as large; empty when none was.
    quarters: Vec<[usize; 2]>,
    /// Whether it is ONNX's `QLinearConv`: bytes in and out, with their zero points and scales as inputs.
    pub(super) bytes: bool,
    pub(super) chain: Chain,
}

/// What the convolution `id` is, if it is one that can be replaced; its chain is not followed yet.
pub(super) fn plan(model: &TypedModel, id: usize) -> Option<Planned> {
    let node = model.node(id);
    let conv = node.op_as::<Conv>()?;
    let (x, weights) = (*node.inputs.first()?, *node.inputs.get(1)?);
    let [_, cin, h, w] = *shape(model, x)? else {
        return None;
    };
    let [cout, deep, kh, kw] = *shape(model, weights)? else {
        return None;
    };
    let kind = model.outlet_fact(x).ok()?.datum_type;
    let bytes = match conv.q_params {
        None if kind == f32::datum_type() => false,
        Some(to) if to == u8::datum_type() && kind == to => true,
        _ => return None,
    };
    let constants = node.inputs[2..]
        .iter()
        .all(|&input| constant(model, input).is_some());
    let weighed = constant(model, weights).is_some() || model.node(weights.node).op_is::<wait::Wait>();
    if conv.kernel_fmt != KernelFormat::OIHW || !constants || !weighed || cin != deep * conv.group {
        return None;
    }
    let mut window = window(&conv.pool_spec, [h, w])?;
    if [kh, kw] != window.kernel {
        return None;
    }
    let mut input = x;
    if let Some((unpadded, before, after)) = zeros_around(model, x).filter(|_| !bytes) {
        input = unpadded;
        for axis in 0..2 {
            window.before[axis] += before[axis];
            window.after[axis] += after[axis];
        }
    }
    let quarters = quarters(model, input).filter(|_| !bytes && conv.group == 1 && window.dilation == [1; 2]);
    let quarters = quarters.map_or(Vec::new(), |(whole, quarters)| {
        input = whole;
        window = Window {
            kernel: window.kernel.map(|length| length * 2),
            stride: window.stride.map(|length| length * 2),
            before: window.before.map(|length| length * 2),
            after: window.after.map(|length| length * 2),
            ..window
        };
        quarters
    });
    Some(Planned {
        node: id,
        input,
        window,
        quarters,
        groups: conv.group,
        shape: [cout, deep, kh, kw],
        bytes,
        chain: Chain::of(id),
    })
}

/// A picture of which a concatenation has each second row and column, several times ("focus"), and where each starts.
fn quarters(model: &TypedModel, outlet: OutletId) -> Option<(OutletId, Vec<[usize; 2]>)> {
    let node = model.node(outlet.node);
    node.op_as::<TypedConcat>().filter(|concat| concat.axis == 1)?;
    let (mut whole, mut quarters) = (None, Vec::new());
    for &part in &node.inputs {
        let [_, _, h, w] = *shape(model, part)? else {
            return None;
        };
        let (mut from, mut starts, mut steps) = (part, [0; 2], [1; 2]);
        loop {
            let node = model.node(from.node);
            let size = shape(model, from)?;
            let before = node.inputs.first().and_then(|&before| shape(model, before));
            // A slice of all changes nothing; one of less is what the picture is.
            if steps == [2; 2] && size.ends_with(&[2 * h, 2 * w]) && before != Some(size) {
                break;
            }
            if let Some(slice) = node.op_as::<Slice>() {
                starts[slice.axis.checked_sub(2)?] += slice.start.to_usize().ok()?;
            } else if let Some(down) = node.op_as::<Downsample>() {
                let axis = down.axis.checked_sub(2)?;
                let step = usize::try_from(down.stride).ok()?;
                (starts[axis], steps[axis]) = (starts[axis] * step + down.modulo, steps[axis] * step);
            } else {
                break;
            }
            from = node.inputs[0];
        }
        let [_, _, height, width] = *shape(model, from)? else {
            return None;
        };
        if steps != [2; 2] || starts.iter().any(|&start| start > 1) || [height, width] != [2 * h, 2 * w] {
            return None;
        }
        if *whole.get_or_insert(from) != from || quarters.contains(&starts) {
            return None;
        }
        quarters.push(starts);
    }
    Some((whole?, quarters))
}

/// What a value was before zeros were put around its rows and columns.
fn zeros_around(model: &TypedModel, outlet: OutletId) -> Option<(OutletId, [usize; 2], [usize; 2])> {
    let node = model.node(outlet.node);
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

/// The window of a convolution or pool over pictures of this size.
pub(super) fn window(spec: &PoolSpec, size: [usize; 2]) -> Option<Window> {
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

impl Planned {
    /// With so many channels that come into a group.
    fn mixing(&self, deep: usize) -> Shape {
        Shape {
            window: self.window,
            groups: self.groups,
            channels: [deep, self.shape[0] / self.groups],
        }
    }

    fn depthwise(&self) -> bool {
        self.shape[1] == 1 && self.groups == self.shape[0]
    }

    fn input(&self, model: &TypedModel, index: usize) -> Option<Arc<Tensor>> {
        constant(model, *model.node(self.node).inputs.get(index)?)
    }

    /// One number for each channel that goes out.
    fn spread<T: Datum + Copy>(&self, model: &TypedModel, index: usize) -> Option<Vec<T>> {
        let tensor = self.input(model, index)?.cast_to::<T>().ok()?.into_owned();
        let all = tensor.try_as_plain_ram().ok()?.as_slice::<T>().ok()?.to_vec();
        match all.len() {
            1 => Some(vec![all[0]; self.shape[0]]),
            length if length == self.shape[0] => Some(all),
            _ => None,
        }
    }

    /// Packed for pictures of f32.
    pub(super) fn floats(&self, model: &TypedModel, isa: Isa) -> Option<Kernel> {
        let weights = model.node(self.node).inputs[1];
        let bias = self.spread::<f32>(model, 2)?;
        let [cout, deep, kh, kw] = self.shape;
        let waiting = wait::Quantized::of(model, weights.node).ok()?;
        if let Some((bytes, scale, zero)) = waiting.as_ref().and_then(wait::Quantized::kernels)
            && self.quarters.is_empty()
            && !self.depthwise()
        {
            let at =
                |co: usize, ci: usize, ky: usize, kx: usize| bytes[((co * deep + ci) * kh + ky) * kw + kx];
            let conv = Dense::pack_bytes(isa, self.mixing(deep), at, (&zero, &scale), &bias);
            return Some(Kernel::Dense(conv));
        }
        let weights = match waiting {
            Some(weights) => floats(&*weights.dequantized().ok()?)?,
            None => floats(&*constant(model, weights)?)?,
        };
        let at = |co: usize, ci: usize, ky: usize, kx: usize| weights[((co * deep + ci) * kh + ky) * kw + kx];
        Some(if self.depthwise() {
            let at = |c: usize, ky: usize, kx: usize| at(c, 0, ky, kx);
            Kernel::Depthwise(Depthwise::pack(isa, self.window, cout, at, &bias))
        } else {
            if !self.quarters.is_empty() {
                let deep = deep / self.quarters.len();
                let at = |co: usize, ci: usize, ky: usize, kx: usize| {
                    let quarter = self.quarters.iter().position(|&start| start == [ky % 2, kx % 2]);
                    quarter.map_or(0.0, |quarter| at(co, quarter * deep + ci, ky / 2, kx / 2))
                };
                return Some(Kernel::Dense(Dense::pack(isa, self.mixing(deep), at, &bias)));
            }
            Kernel::Dense(Dense::pack(isa, self.mixing(deep), at, &bias))
        })
    }

    /// Packed for pictures of bytes that stand for `(byte - zero) * scale`, if the weights are quantized.
    pub(super) fn of_coded(
        &self,
        model: &TypedModel,
        isa: (Isa, ByteIsa),
        scale: f32,
        zero: u8,
    ) -> Option<Kernel> {
        let weights = model.node(self.node).inputs[1];
        let weights = wait::Quantized::of(model, weights.node).ok()??;
        let (values, scales, zeros) = weights.kernels()?;
        let factor: Vec<f32> = scales.iter().map(|one| one * scale).collect();
        let offset = self.spread::<f32>(model, 2)?;
        let at = |index: usize| i32::from(values[index]);
        let quantized = Quantized {
            zero,
            zeros: &zeros,
            bias: &[],
            factor: &factor,
            offset: &offset,
        };
        self.pack(isa, at, &quantized)
    }

    /// `QLinearConv`, packed, and how it rounds.
    pub(super) fn linear(&self, model: &TypedModel, isa: (Isa, ByteIsa)) -> Option<(Kernel, Code)> {
        let one = |index: usize| self.input(model, index).filter(|tensor| tensor.len() == 1);
        let number = |index: usize| one(index)?.cast_to_scalar::<f32>().ok();
        let byte = |index: usize| u8::try_from(one(index)?.cast_to_scalar::<i32>().ok()?).ok();
        let (zero, scale, to, step) = (byte(3)?, number(4)?, byte(7)?, number(8)?);
        let scales = self.spread::<f32>(model, 6)?;
        let factor: Vec<f32> = scales.iter().map(|one| scale * one / step).collect();
        let zeros = self.spread::<i32>(model, 5)?;
        let bias = self.spread::<i32>(model, 2)?;
        let weights = self.input(model, 1)?.cast_to::<i32>().ok()?.into_owned();
        let weights = weights.try_as_plain_ram().ok()?.as_slice::<i32>().ok()?.to_vec();
        let quantized = Quantized {
            zero,
            zeros: &zeros,
            bias: &bias,
            factor: &factor,
            offset: &[],
        };
        let kernel = self.pack(isa, |index| weights[index], &quantized)?;
        Some((kernel, Code::new(1.0, to)))
    }

    fn pack(&self, isa: (Isa, ByteIsa), at: impl Fn(usize) -> i32, quantized: &Quantized) -> Option<Kernel> {
        let [cout, deep, kh, kw] = self.shape;
        let at = |co: usize, ci: usize, ky: usize, kx: usize| at(((co * deep + ci) * kh + ky) * kw + kx);
        if !self.depthwise() {
            let conv = DenseBytes::pack(isa.1, self.mixing(deep), at, quantized)?;
            return Some(Kernel::DenseBytes(conv));
        }
        let at = |c: usize, ky: usize, kx: usize| (at(c, 0, ky, kx) - quantized.zeros[c]) as f32;
        let conv = Depthwise::pack(isa.0, self.window, cout, at, quantized.offset);
        let conv = conv.of_bytes(quantized.zero, quantized.bias, quantized.factor)?;
        Some(Kernel::DepthwiseBytes(conv))
    }
}
