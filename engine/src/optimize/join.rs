//! Concatenations of f32 and of bytes, copied run by run.
//!
//! tract copies number by number where the runs are short, as where rows or columns of a picture alternate: a fifth of
//! the time of a detector that enlarges its pictures that way.

use crate::kernels::conv::room;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::TypedConcat;

/// The inputs side by side along an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Join {
    axis: usize,
}

impl Op for Join {
    fn name(&self) -> StaticName {
        "Join".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Join {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut shape: TVec<usize> = inputs[0].shape().into();
        for input in &inputs {
            let fits = input.rank() == shape.len()
                && (0..shape.len()).all(|axis| axis == self.axis || input.shape()[axis] == shape[axis]);
            ensure!(
                fits,
                "{:?} does not go beside {:?}",
                input.shape(),
                inputs[0].shape()
            );
        }
        shape[self.axis] = inputs.iter().map(|input| input.shape()[self.axis]).sum();
        let out = match inputs[0].datum_type() {
            DatumType::U8 => self.joined::<u8>(&inputs, &shape),
            _ => self.joined::<f32>(&inputs, &shape),
        }?;
        Ok(tvec!(out.into_tvalue()))
    }
}

impl Join {
    fn joined<T: Datum + Copy>(&self, inputs: &[TValue], shape: &[usize]) -> TractResult<Tensor> {
        let mut out = room::<T>(shape)?;
        let count: usize = shape[..self.axis].iter().product();
        let views = inputs
            .iter()
            .map(|input| input.try_as_plain_ram())
            .collect::<TractResult<Vec<_>>>()?;
        let parts = views
            .iter()
            .map(|view| view.as_slice::<T>())
            .collect::<TractResult<Vec<_>>>()?;
        join(&parts, count, out.try_as_plain_ram_mut()?.as_slice_mut::<T>()?);
        Ok(out)
    }
}

/// Each of `count` runs of all parts, in turns.
fn join<T: Copy>(parts: &[&[T]], count: usize, out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    if let [a, b] = parts
        && a.len() == count
        && b.len() == count
    {
        for (out, (a, b)) in out.chunks_exact_mut(2).zip(a.iter().zip(*b)) {
            out.copy_from_slice(&[*a, *b]);
        }
        return;
    }
    let whole = out.len() / count;
    let mut first = 0;
    for part in parts {
        let run = part.len() / count;
        if run > 0 {
            for (out, part) in out.chunks_exact_mut(whole).zip(part.chunks_exact(run)) {
                out[first..first + run].copy_from_slice(part);
            }
        }
        first += run;
    }
}

impl TypedOp for Join {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let axis = self.axis;
        TypedConcat { axis }.output_facts(inputs)
    }
}

/// Replaces those that tract has left.
///
/// # Errors
/// When tract refuses a replacement, which would be a mistake in this module.
pub(super) fn fuse(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes.len() {
        let node = model.node(id);
        let Some(&TypedConcat { axis }) = node.op_as::<TypedConcat>() else {
            continue;
        };
        let ours = {
            let facts = model.node_input_facts(id)?;
            let all = |kind| facts.iter().all(|fact| fact.datum_type == kind);
            all(f32::datum_type()) || all(u8::datum_type())
        };
        if ours {
            TypedModelPatch::replace_single_op(model, node, &node.inputs, Join { axis })?.apply(model)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_stand_side_by_side_as_tract_puts_them(
            shape in proptest::collection::vec(1usize..5, 1..5),
            at in 0usize..4,
            lengths in proptest::collection::vec(0usize..4, 1..4),
        ) {
            let axis = at % shape.len();
            let mut number = 0.0;
            let parts: TVec<TValue> = lengths
                .iter()
                .map(|&length| {
                    let mut shape = shape.clone();
                    shape[axis] = length;
                    let next = |_| {
                        number += 1.0f32;
                        number
                    };
                    let numbers = (0..shape.iter().product()).map(next).collect();
                    Tensor::from(tract_ndarray::ArrayD::from_shape_vec(shape, numbers).unwrap()).into()
                })
                .collect();
            let context = EvalContext::out_of_plan();
            let ours = Join { axis }.eval(&context, parts.clone()).unwrap();
            let bytes = parts.iter().map(|part| part.cast_to::<u8>().unwrap().into_owned().into()).collect();
            let of_bytes = Join { axis }.eval(&context, bytes).unwrap();
            let stock = TypedConcat { axis }.eval(&context, parts).unwrap();
            prop_assert_eq!(&ours[0], &stock[0]);
            prop_assert_eq!(&*of_bytes[0], &*stock[0].cast_to::<u8>().unwrap());
        }
    }
}
