//! The operators that stand for a product or a look-up of int8 weights.

use super::wait::Rows;
use crate::kernels::finish::Finish;
use crate::kernels::integers::Integers;
use crate::kernels::quantize;
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// `x [.., k]` times packed int8 weights `[k, n]`, plus a row, perhaps GELU of that; f32 in and out.
#[derive(Debug, Clone)]
pub(super) struct Int8MatMul {
    weights: Arc<Integers>,
    /// What one step of a weight is worth, a number a column, filled up like the weights.
    scale: Arc<[f32]>,
    of: Numbers,
    /// Added to each row that goes out, filled up like the weights; empty for none.
    bias: Arc<[f32]>,
    /// Whether GELU is taken of the results.
    gelu: bool,
}

/// What the numbers of x become.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Numbers {
    /// Fixed point of 16 bits: only the weights are quantized.
    Fixed,
    /// uint8 by their smallest and largest, anew at each run.
    Dynamic,
    /// Bytes by a scale and zero point of the graph's.
    Static(Given),
}

/// How rows are quantized that are not quantized anew at each run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Given {
    /// What one step is worth.
    pub(super) scale: f32,
    /// The byte that stands for 0, those of int8 plus 128.
    pub(super) zero: u8,
    /// Where rows come as f32: steps in 1. Else they come as bytes.
    pub(super) steps: Option<f32>,
}

impl Int8MatMul {
    fn new(weights: Integers, scale: Vec<f32>, of: Numbers) -> Self {
        Int8MatMul {
            scale: fill(scale, weights.filled()),
            weights: Arc::new(weights),
            of,
            bias: Arc::default(),
            gelu: false,
        }
    }

    /// With float rows; `scale` has a number a column.
    pub(super) fn fixed(weights: Integers, scale: Vec<f32>) -> Self {
        Int8MatMul::new(weights, scale, Numbers::Fixed)
    }

    /// With rows that are quantized at each run; `scale` has a number a column.
    pub(super) fn dynamic(weights: Integers, scale: Vec<f32>) -> Self {
        Int8MatMul::new(weights, scale, Numbers::Dynamic)
    }

    /// With rows that are quantized as `given`; `scale` has a number a column.
    pub(super) fn fixed_scale(weights: Integers, scale: Vec<f32>, given: Given) -> Self {
        Int8MatMul::new(weights, scale, Numbers::Static(given))
    }

    /// Whether nothing has been added to the product itself.
    pub(super) fn is_bare(&self) -> bool {
        self.bias.is_empty() && !self.gelu
    }

    pub(super) fn with_bias(self, bias: &[f32]) -> Self {
        let bias = fill(bias.to_vec(), self.weights.filled());
        Int8MatMul { bias, ..self }
    }

    /// Whether GELU is taken of the results.
    pub(super) fn has_gelu(&self) -> bool {
        self.gelu
    }

    pub(super) fn with_gelu(self) -> Self {
        Int8MatMul { gelu: true, ..self }
    }

    /// One product for several of the same rows: what comes out of each stands side by side.
    pub(super) fn beside(parts: &[&Int8MatMul]) -> Option<Self> {
        let first = parts.first()?;
        if parts.iter().any(|part| part.of != first.of || part.gelu) {
            return None;
        }
        let weights: Vec<&Integers> = parts.iter().map(|part| &*part.weights).collect();
        let bias: Vec<f32> = parts
            .iter()
            .flat_map(|part| match part.bias.is_empty() {
                true => vec![0.0; part.weights.filled()],
                false => part.bias.to_vec(),
            })
            .collect();
        Some(Int8MatMul {
            weights: Arc::new(Integers::beside(&weights)?),
            scale: parts.iter().flat_map(|part| part.scale.iter()).copied().collect(),
            of: first.of,
            bias: bias.into(),
            gelu: false,
        })
    }

    /// Length of a row that goes out.
    pub(super) fn columns(&self) -> usize {
        self.weights.columns()
    }

    fn multiply(&self, x: &Tensor, out: &mut [f32]) -> TractResult<()> {
        let finish = Finish {
            scale: &self.scale,
            bias: &self.bias,
            gelu: self.gelu,
        };
        let bytes = x.as_bytes();
        let view = x.try_as_plain_ram()?;
        let (depth, padded) = (self.weights.depth(), self.weights.padded());
        let rows = match self.of {
            Numbers::Fixed => {
                self.weights.products_fixed(view.as_slice()?, &finish, out);
                return Ok(());
            }
            Numbers::Dynamic => quantize::rows(view.as_slice()?, depth, padded),
            Numbers::Static(given) => match (given.steps, x.datum_type()) {
                (Some(steps), _) => {
                    quantize::rows_on(view.as_slice()?, depth, padded, steps, given.zero, given.scale)
                }
                (None, DatumType::I8) => {
                    quantize::rows_of(bytes, 0x80, depth, padded, given.scale, given.zero)
                }
                (None, _) => quantize::rows_of(bytes, 0, depth, padded, given.scale, given.zero),
            },
        };
        self.weights.products(&rows, &finish, out);
        Ok(())
    }
}

fn fill(mut values: Vec<f32>, length: usize) -> Arc<[f32]> {
    values.resize(length, 0.0);
    values.into()
}

// Two are the same when they share their weights: comparing megabytes would find no more.
impl PartialEq for Int8MatMul {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.weights, &other.weights)
            && (self.of, self.gelu) == (other.of, other.gelu)
            && (&self.scale, &self.bias) == (&other.scale, &other.bias)
    }
}

// A bias that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for Int8MatMul {}

impl Op for Int8MatMul {
    fn name(&self) -> StaticName {
        match self.of {
            Numbers::Fixed => "Int8MatMul".into(),
            Numbers::Dynamic => "DynamicInt8MatMul".into(),
            Numbers::Static(_) => "StaticInt8MatMul".into(),
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
            depth == self.weights.depth(),
            "rows of {} are expected, rows of {depth} came",
            self.weights.depth()
        );
        let rows: usize = shape.iter().product();
        shape.push(self.columns());
        let mut out = Tensor::zero::<f32>(&shape)?;
        if rows > 0 {
            self.multiply(&x, out.try_as_plain_ram_mut()?.as_slice_mut()?)?;
        }
        Ok(tvec!(out.into_tvalue()))
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
        shape.push(self.columns().to_dim());
        Ok(tvec!(f32::fact(&*shape)))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let sums = inputs[0].shape.volume() * self.columns();
        Ok(tvec!((Cost::FMA(i32::datum_type()), sums)))
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
