//! The operators that stand for a product or a look-up of int8 weights.

use super::wait::Rows;
use crate::engine::kernels::Panels;
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// `x [.., k]` times packed int8 weights `[k, n]`, plus a row; f32 in and out.
#[derive(Debug, Clone)]
pub(super) struct Int8MatMul {
    weights: Arc<Panels>,
    /// Added to each row that goes out; empty for none.
    bias: Arc<[f32]>,
}

impl Int8MatMul {
    pub(super) fn new(weights: Panels) -> Self {
        Int8MatMul {
            weights: Arc::new(weights),
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
        self.weights.columns()
    }
}

// Two are the same when they share their weights: comparing megabytes would find no more.
impl PartialEq for Int8MatMul {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.weights, &other.weights) && self.bias == other.bias
    }
}

// A bias that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for Int8MatMul {}

impl Op for Int8MatMul {
    fn name(&self) -> StaticName {
        "Int8MatMul".into()
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
            depth == self.weights.depth(),
            "rows of {} are expected, rows of {depth} came",
            self.weights.depth()
        );
        let rows: usize = shape.iter().product();
        shape.push(self.weights.columns());
        let mut out = vec![0.0; rows * self.weights.columns()];
        self.weights
            .multiply(x.try_as_plain_ram()?.as_slice()?, &self.bias, &mut out);
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
            depth == self.weights.depth().to_dim(),
            "rows of {} are expected, rows of {depth} came",
            self.weights.depth()
        );
        shape.push(self.weights.columns().to_dim());
        Ok(tvec!(f32::fact(&*shape)))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let sums = inputs[0].shape.volume() * self.weights.columns();
        Ok(tvec!((Cost::FMA(f32::datum_type()), sums)))
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
