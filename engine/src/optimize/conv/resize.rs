//! Which old rows and columns make up each new one, asked of the operator itself.
//!
//! ONNX's Resize has dozens of variants, and almost all of them are two mixes, one of rows and one of columns. The
//! operator is run on pictures with a single bright row or column, and then on noise to see that the two mixes are all
//! it does.

use crate::kernels::conv::{Isa, Mix, resize};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// Largest difference on numbers from -1 to 1 that f32 rounding explains.
const CLOSE: f32 = 1e-5;

/// The two mixes that `node` stands for, if it resizes pictures that way.
pub(super) fn mixes(model: &TypedModel, node: &TypedNode, isa: Isa) -> Option<[Mix; 2]> {
    let mut inputs: TVec<TValue> = tvec!();
    for input in &node.inputs[1..] {
        inputs.push(model.outlet_fact(*input).ok()?.konst.clone()?.into_tvalue());
    }
    let from = super::constants::shape(model, node.inputs[0])?;
    let to = super::constants::shape(model, node.id.into())?;
    let (&[1, c, h, w], &[1, d, oh, ow]) = (from.as_slice(), to.as_slice()) else {
        return None;
    };
    if c != d || from.iter().chain(&to).any(|&length| length == 0) {
        return None;
    }
    let run = |picture: Vec<f32>| -> Option<Vec<f32>> {
        let x = tract_ndarray::ArrayD::from_shape_vec(&*from, picture)
            .ok()?
            .into_tvalue();
        let mut all = tvec!(x);
        all.extend(inputs.iter().cloned());
        let out = node.op.eval(&EvalContext::out_of_plan(), all).ok()?;
        Some(out[0].try_as_plain_ram().ok()?.as_slice::<f32>().ok()?.to_vec())
    };
    // One channel a bright line; as many runs as the channels make necessary.
    let lines =
        |count: usize, outs: usize, bright: &dyn Fn(usize, usize) -> bool, at: &dyn Fn(usize) -> usize| {
            let mut mix: Mix = vec![Vec::new(); outs];
            for start in (0..count).step_by(c) {
                let picture = (0..c * h * w).map(|index| {
                    let (channel, pixel) = (index / (h * w), index % (h * w));
                    f32::from(u8::from(bright(start + channel, pixel)))
                });
                let out = run(picture.collect())?;
                for channel in 0..c.min(count - start) {
                    for (index, taps) in mix.iter_mut().enumerate() {
                        let share = *out.get(channel * oh * ow + at(index))?;
                        if share != 0.0 {
                            taps.push((start + channel, share));
                        }
                    }
                }
            }
            Some(mix)
        };
    let rows = lines(h, oh, &|line, pixel| pixel / w == line, &|index| index * ow)?;
    let columns = lines(w, ow, &|line, pixel| pixel % w == line, &|index| index)?;
    let noise =
        |channel: usize, pixel: usize| ((channel * 7919 + pixel * 104_729) % 2003) as f32 / 1001.5 - 1.0;
    let expected = run((0..c * h * w)
        .map(|index| noise(index / (h * w), index % (h * w)))
        .collect())?;
    let sideways: Vec<f32> = (0..h * w * c).map(|index| noise(index % c, index / c)).collect();
    let mut got = vec![0.0; oh * ow * c];
    resize(isa, &sideways, w, c, [&rows, &columns], &mut got);
    let same = got.iter().enumerate().all(|(index, got)| {
        let (pixel, channel) = (index / c, index % c);
        (got - expected[channel * oh * ow + pixel]).abs() <= CLOSE
    });
    same.then_some([rows, columns])
}
