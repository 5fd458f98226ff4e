//! The operators that stand for a product or a look-up of int8 weights.

use super::wait::Rows;
use crate::kernels::integers::Integers;
use crate::kernels::{Panels, quantize};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// `x [.., k]` times packed int8 weights `[k, n]`, plus a row; f32 in and out.
#[derive(Debug, Clone)]
pub(super) struct Int8MatMul {
    weights: Weights,
    /// Added to each row that goes out; empty for none.
    bias: Arc<[f32]>,
}

#[derive(Debug, Clone)]
enum Weights {
    /// Sums in f32: only the weights are quantized.
    Floats(Arc<Panels>),
    /// Sums in i32: x is quantized anew at each run, to uint8 by its smallest and largest number.
    Dynamic {
        weights: Arc<Integers>,
        /// A scale a column.
        scale: Arc<[f32]>,
    },
}

impl Int8MatMul {
    /// With float rows.
    pub(super) fn floats(weights: Panels) -> Self {
        Int8MatMul {
            weights: Weights::Floats(Arc::new(weights)),
            bias: Arc::default(),
        }
    }

    /// With rows that are quantized at each run; `scale` has a number a column.
    pub(super) fn dynamic(weights: Integers, scale: Vec<f32>) -> Self {
        let weights = Weights::Dynamic {
            weights: Arc::new(weights),
            scale: scale.into(),
        };
        Int8MatMul {
            weights,
            bias: Arc::default(),
        }
    }

    pub(super) fn with_bias(self, bias: &[f32]) -> Self {
        Int8MatMul {
            bias: bias.into(),
            ..self
        }
    }

    /// Length of a row that goes out.
    pub(super) fn columns(&self) -> usize {
        match &self.weights {
            Weights::Floats(weights) => weights.columns(),
            Weights::Dynamic { weights, .. } => weights.columns(),
        }
    }

    fn depth(&self) -> usize {
        match &self.weights {
            Weights::Floats(weights) => weights.depth(),
            Weights::Dynamic { weights, .. } => weights.depth(),
        }
    }

    fn multiply(&self, x: &[f32], out: &mut [f32]) {
        match &self.weights {
            Weights::Floats(weights) => weights.multiply(x, &self.bias, out),
            Weights::Dynamic { weights, scale } => {
                let quantized = quantize::rows(x, weights.depth(), weights.padded());
                let columns = weights.columns();
                // The graph multiplies both scales first, and the sums with the product.
                let factors: Vec<f32> = scale.iter().map(|scale| quantized.scale * scale).collect();
                weights.multiply(&quantized.bytes, quantized.zero, |row, column, sums| {
                    let out = &mut out[row * columns + column..][..sums.len()];
                    for ((out, sum), factor) in out.iter_mut().zip(sums).zip(&factors[column..]) {
                        *out = *sum as f32 * factor;
                    }
                    for (out, bias) in out.iter_mut().zip(self.bias.get(column..).unwrap_or_default()) {
                        *out += bias;
                    }
                });
            }
        }
    }
}

// Two are the same when they share their weights: comparing megabytes would find no more.
impl PartialEq for Int8MatMul {
    fn eq(&self, other: &Self) -> bool {
        let shared = match (&self.weights, &other.weights) {
            (Weights::Floats(a), Weights::Floats(b)) => Arc::ptr_eq(a, b),
            (Weights::Dynamic { weights: a, scale: s }, Weights::Dynamic { weights: b, scale: t }) => {
                Arc::ptr_eq(a, b) && s == t
            }
            _ => false,
        };
        shared && self.bias == other.bias
    }
}

// A bias that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for Int8MatMul {}

impl Op for Int8MatMul {
    fn name(&self) -> StaticName {
        match self.weights {
            Weights::Floats(_) => "Int8MatMul".into(),
            Weights::Dynamic { .. } => "DynamicInt8MatMul".into(),
        }
    }

    op_as_typed_op!();
}

impl EvalOp for Int8MatMul {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let mut shape: TVec<usize> = x.shape().into();
        let depth = shape.pop().context("a product needs rows")?;
        ensure!(
            depth == self.depth(),
            "rows of {} are expected, rows of {depth} came",
            self.depth()
        );
        let rows: usize = shape.iter().product();
        shape.push(self.columns());
        let mut out = vec![0.0; rows * self.columns()];
        self.multiply(x.try_as_plain_ram()?.as_slice()?, &mut out);
        Ok(tvec!(
            tract_ndarray::ArrayD::from_shape_vec(&*shape, out)?.into_tvalue()
        ))
    }
}

impl TypedOp for Int8MatMul {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape: TVec<TDim> = inputs[0].shape.to_tvec();
        let depth = shape.pop().context("a product needs rows")?;
        ensure!(
            depth == self.depth().to_dim(),
            "rows of {} are expected, rows of {depth} came",
            self.depth()
        );
        shape.push(self.columns().to_dim());
        Ok(tvec!(f32::fact(&*shape)))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let sums = inputs[0].shape.volume() * self.columns();
        let kind = match self.weights {
            Weights::Floats(_) => f32::datum_type(),
            Weights::Dynamic { .. } => i32::datum_type(),
        };
        Ok(tvec!((Cost::FMA(kind), sums)))
    }
}

/// Rows of an int8 table by their numbers, in f32.
#[derive(Debug, Clone)]
pub(super) struct Int8Rows(Arc<Rows>);

impl Int8Rows {
    pub(super) fn new(rows: Rows) -> Self {
        Int8Rows(Arc::new(rows))
    }
}

impl PartialEq for Int8Rows {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Int8Rows {}

impl Op for Int8Rows {
    fn name(&self) -> StaticName {
        "Int8Rows".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Int8Rows {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let numbers = args_1!(inputs);
        let mut shape: TVec<usize> = numbers.shape().into();
        shape.extend(self.0.shape.iter().copied());
        let width: usize = self.0.shape.iter().product();
        let numbers = numbers.cast_to::<i64>()?;
        let numbers = numbers.try_as_plain_ram()?.as_slice::<i64>()?;
        let mut out = vec![0.0; numbers.len() * width];
        for (index, &number) in numbers.iter().enumerate() {
            let count = self.0.count as i64;
            let row = if number < 0 { number + count } else { number };
            ensure!(
                (0..count).contains(&row),
                "row {number} of a table of {count} rows"
            );
            self.0
                .write(row as usize, &mut out[index * width..(index + 1) * width]);
        }
        Ok(tvec!(
            tract_ndarray::ArrayD::from_shape_vec(&*shape, out)?.into_tvalue()
        ))
    }
}

impl TypedOp for Int8Rows {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape: TVec<TDim> = inputs[0].shape.to_tvec();
        shape.extend(self.0.shape.iter().map(|length| length.to_dim()));
        Ok(tvec!(f32::fact(&*shape)))
    }
}
