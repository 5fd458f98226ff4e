//! onnxruntime's QLinearAdd on pictures, rounded as onnxruntime rounds it.
//!
//! What an addition that is dequantized before and quantized after computes is almost the same, but it rounds before
//! the zero point is added and QLinearAdd after: of two halves it takes the other one where the zero point is odd. A
//! byte that is off by one changes thousands in the layers behind it. So pictures of one shape are added by
//! [`SumOfBytes`]; what else QLinearAdd adds is written as what it stands for.

use crate::kernels::conv::codes::{Table, sum_bytes};
use crate::kernels::conv::{Code, Isa, room};
use tract_onnx::Onnx;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::math::add;
use tract_onnx::tract_core::ops::quant::{DequantizeLinearF32, quantize_linear_i8, quantize_linear_u8};
use tract_onnx::tract_hir::internal::{
    Expansion, InferenceResult, Solver, TensorProxy, check_input_arity, check_output_arity, expand,
};
use tract_onnx::tract_hir::ops::binary::wire_rank_broadcast;

/// What the operator is called.
pub(super) const NAME: &str = "QLinearAdd";

/// Lets `onnx` read QLinearAdd.
pub(super) fn register(onnx: &mut Onnx) {
    onnx.op_register
        .insert(NAME, |_, _| Ok((expand(QLinearAdd), vec![])));
}

/// `a, scale, zero, b, scale, zero, scale, zero`, all scales and zero points constants.
#[derive(Debug, Clone, PartialEq, Eq)]
struct QLinearAdd;

impl Expansion for QLinearAdd {
    fn name(&self) -> StaticName {
        NAME.into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 8)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, &inputs[0].datum_type)?;
        solver.given_2(&inputs[0].shape, &inputs[3].shape, move |solver, a, b| {
            let shape = tract_onnx::tract_core::broadcast::multi_broadcast(&[a, b])?;
            solver.equals(&outputs[0].shape, shape)
        })
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let constant = |at: usize| -> TractResult<Arc<Tensor>> {
            let constant = model.outlet_fact(inputs[at])?.konst.clone();
            let constant = constant.filter(|constant| constant.len() == 1);
            constant.with_context(|| format!("{prefix}: input {at} is not one constant number"))
        };
        let scale = |at: usize| constant(at)?.cast_to_scalar::<f32>();
        let zero = |at: usize| constant(at)?.cast_to_scalar::<i32>();
        let (scales, zeros) = ([scale(1)?, scale(4)?, scale(6)?], [zero(2)?, zero(5)?, zero(7)?]);
        let facts = [model.outlet_fact(inputs[0])?, model.outlet_fact(inputs[3])?];
        let kind = facts[0].datum_type;
        let pictures = facts[0].rank() == 4 && facts[0].shape == facts[1].shape && kind == u8::datum_type();
        if pictures {
            let op = SumOfBytes { scales, zeros };
            return model.wire_node(prefix, op, &[inputs[0], inputs[3]]);
        }
        let mut wires = tvec!();
        for (at, input) in [inputs[0], inputs[3]].into_iter().enumerate() {
            let op = DequantizeLinearF32::new(scales[at], zeros[at]);
            wires.push(model.wire_node(format!("{prefix}.{at}"), op, &[input])?[0]);
        }
        let wires = wire_rank_broadcast(format!("{prefix}.shape"), model, &wires)?;
        let sum = model.wire_node(format!("{prefix}.sum"), add(), &wires)?;
        let steps = scales[2].recip();
        match kind {
            DatumType::U8 => {
                model.wire_node(prefix, quantize_linear_u8(steps, u8::try_from(zeros[2])?), &sum)
            }
            _ => model.wire_node(prefix, quantize_linear_i8(steps, i8::try_from(zeros[2])?), &sum),
        }
    }
}

/// Two pictures of bytes of one shape, added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SumOfBytes {
    scales: [f32; 3],
    zeros: [i32; 3],
}

// A scale that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for SumOfBytes {}

impl SumOfBytes {
    /// How the sum's bytes are rounded: they are computed in their own steps, zero point and all.
    pub(super) const CODE: Code = Code {
        scale: 1.0,
        inverse: 1.0,
        zero: 0,
    };

    /// What the bytes of a and b stand for; and with what a's are multiplied before b's are added, in one rounding.
    pub(super) fn tables(&self) -> ([Table; 2], f32) {
        let ratio = [self.scales[0] / self.scales[2], self.scales[1] / self.scales[2]];
        let [a, b, zero] = self.zeros.map(|zero| zero as f32);
        let fixed = zero - ratio[0].mul_add(a, ratio[1] * b);
        let bytes: Table = std::array::from_fn(|byte| byte as f32);
        ([bytes, bytes.map(|byte| byte.mul_add(ratio[1], fixed))], ratio[0])
    }
}

impl Op for SumOfBytes {
    fn name(&self) -> StaticName {
        "QLinearAddBytes".into()
    }

    op_as_typed_op!();
}

impl EvalOp for SumOfBytes {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (a, b) = args_2!(inputs);
        let (tables, factor) = self.tables();
        let mut out = room::<u8>(a.shape())?;
        {
            let x: [&[u8]; 2] = [
                a.try_as_plain_ram()?.as_slice()?,
                b.try_as_plain_ram()?.as_slice()?,
            ];
            let mut view = out.try_as_plain_ram_mut()?;
            ensure!(x[0].len() == x[1].len(), "pictures of two sizes are added");
            let isa = Isa::best();
            sum_bytes(
                isa,
                x,
                [&tables[0], &tables[1]],
                factor,
                Self::CODE,
                view.as_slice_mut()?,
            );
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for SumOfBytes {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(u8::fact(inputs[0].shape.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(scales: [f32; 3], zeros: [u8; 3], a: u8, b: u8) -> u8 {
        let byte = |byte: u8| tensor4(&[[[[byte]]]]).into_tvalue();
        let op = SumOfBytes {
            scales,
            zeros: zeros.map(i32::from),
        };
        let out = op
            .eval(&EvalContext::out_of_plan(), tvec!(byte(a), byte(b)))
            .unwrap();
        out[0].try_as_plain_ram().unwrap().as_slice::<u8>().unwrap()[0]
    }

    #[test]
    fn of_two_halves_it_takes_the_one_that_is_even_with_the_zero_point() {
        for (zero, a, expected) in [(0, 5, 2), (0, 7, 4), (1, 5, 4), (1, 7, 4), (3, 4, 5), (3, 5, 6)] {
            assert_eq!(
                sum([0.5, 0.5, 1.0], [0, 0, zero], a, 0),
                expected,
                "{a} / 2 + {zero}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_is_off_by_less_than_half_a_step(scales in [0.01f32..0.1, 0.01f32..0.1, 0.01f32..0.1], zeros: [u8; 3], a: u8, b: u8) {
            let [x, y, steps] = scales.map(f64::from);
            let [za, zb, zc] = zeros.map(f64::from);
            let exact = ((f64::from(a) - za) * x + (f64::from(b) - zb) * y) / steps + zc;
            let off = (exact.clamp(0.0, 255.0) - f64::from(sum(scales, zeros, a, b))).abs();
            prop_assert!(off < 0.5 + 1e-3, "{exact}");
        }
    }
}
