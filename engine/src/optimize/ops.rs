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
    weights: Weights,
    /// Added to each row that goes out, filled up like the weights; empty for none.
    bias: Arc<[f32]>,
    /// Whether GELU is taken of the results.
    gelu: bool,
}

#[derive(Debug, Clone)]
enum Weights {
    /// Only the weights are quantized; x becomes fixed point of 16 bits.
    Fixed(Arc<Integers>, Arc<[f32]>),
    /// Sums in i32: x is quantized anew at each run, to uint8 by its smallest and largest number.
    Dynamic(Arc<Integers>, Arc<[f32]>),
    /// Sums in i32: x is quantized by a scale and zero point of the graph's.
    Static(Arc<Integers>, Arc<[f32]>, Given),
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
    fn new(weights: Weights) -> Self {
        Int8MatMul {
            weights,
            bias: Arc::default(),
            gelu: false,
        }
    }

    /// With float rows; `scale` has a number a column.
    pub(super) fn fixed(weights: Integers, scale: Vec<f32>) -> Self {
        let scale = fill(scale, weights.filled());
        Int8MatMul::new(Weights::Fixed(Arc::new(weights), scale))
    }

    /// With rows that are quantized at each run; `scale` has a number a column.
    pub(super) fn dynamic(weights: Integers, scale: Vec<f32>) -> Self {
        let scale = fill(scale, weights.filled());
        Int8MatMul::new(Weights::Dynamic(Arc::new(weights), scale))
    }

    /// With rows that are quantized as `given`; `scale` has a number a column.
    pub(super) fn fixed_scale(weights: Integers, scale: Vec<f32>, given: Given) -> Self {
        let scale = fill(scale, weights.filled());
        Int8MatMul::new(Weights::Static(Arc::new(weights), scale, given))
    }

    /// Whether nothing has been added to the product itself.
    pub(super) fn is_bare(&self) -> bool {
        self.bias.is_empty() && !self.gelu
    }

    pub(super) fn with_bias(self, bias: &[f32]) -> Self {
        let bias = fill(bias.to_vec(), self.filled());
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
        let scales = |parts: &[&Arc<[f32]>]| parts.iter().flat_map(|part| part.iter()).copied().collect();
        let (mut integers, mut of_integers): (Vec<&Integers>, Vec<&Arc<[f32]>>) = Default::default();
        for part in parts {
            let (weights, scale) = match (&first.weights, &part.weights) {
                (Weights::Fixed(..), Weights::Fixed(weights, scale))
                | (Weights::Dynamic(..), Weights::Dynamic(weights, scale)) => (weights, scale),
                (Weights::Static(.., one), Weights::Static(weights, scale, other)) if one == other => {
                    (weights, scale)
                }
                _ => return None,
            };
            integers.push(weights);
            of_integers.push(scale);
        }
        let (integers, scales) = (Arc::new(Integers::beside(&integers)?), scales(&of_integers));
        let weights = match first.weights {
            Weights::Static(.., given) => Weights::Static(integers, scales, given),
            Weights::Fixed(..) => Weights::Fixed(integers, scales),
            Weights::Dynamic(..) => Weights::Dynamic(integers, scales),
        };
        if parts.iter().any(|part| part.gelu) {
            return None;
        }
        let bias: Vec<f32> = parts
            .iter()
            .flat_map(|part| match part.bias.is_empty() {
                true => vec![0.0; part.filled()],
                false => part.bias.to_vec(),
            })
            .collect();
        Some(Int8MatMul {
            weights,
            bias: bias.into(),
            gelu: false,
        })
    }

    fn integers(&self) -> &Integers {
        match &self.weights {
            Weights::Fixed(weights, _) | Weights::Dynamic(weights, _) | Weights::Static(weights, ..) => {
                weights
            }
        }
    }

    /// Length of a row that goes out.
    pub(super) fn columns(&self) -> usize {
        self.integers().columns()
    }

    fn filled(&self) -> usize {
        self.integers().filled()
    }

    fn depth(&self) -> usize {
        self.integers().depth()
    }

    fn multiply(&self, x: &Tensor, out: &mut [f32]) -> TractResult<()> {
        let finish = |scale| Finish {
            scale,
            bias: &self.bias,
            gelu: self.gelu,
        };
        let bytes = x.as_bytes();
        let view = x.try_as_plain_ram()?;
        match &self.weights {
            Weights::Fixed(weights, scale) => {
                weights.products_fixed(view.as_slice()?, &finish(scale), out);
            }
            Weights::Static(weights, scale, given) => {
                let (depth, padded) = (weights.depth(), weights.padded());
                let rows = match (given.steps, x.datum_type()) {
                    (Some(steps), _) => {
                        quantize::rows_on(view.as_slice()?, depth, padded, steps, given.zero, given.scale)
                    }
                    (None, DatumType::I8) => {
                        quantize::rows_of(bytes, 0x80, depth, padded, given.scale, given.zero)
                    }
                    (None, _) => quantize::rows_of(bytes, 0, depth, padded, given.scale, given.zero),
                };
                weights.products(&rows, &finish(scale), out);
            }
            Weights::Dynamic(weights, scale) => {
                let x = view.as_slice()?;
                let rows = quantize::rows(x, weights.depth(), weights.padded());
                weights.products(&rows, &finish(scale), out);
            }
        }
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
        let shared = match (&self.weights, &other.weights) {
            (Weights::Fixed(a, s), Weights::Fixed(b, t))
            | (Weights::Dynamic(a, s), Weights::Dynamic(b, t)) => Arc::ptr_eq(a, b) && s == t,
            (Weights::Static(a, s, one), Weights::Static(b, t, other)) => {
                Arc::ptr_eq(a, b) && s == t && one == other
            }
            _ => false,
        };
        shared && self.bias == other.bias && self.gelu == other.gelu
    }
}

// A bias that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for Int8MatMul {}

impl Op for Int8MatMul {
    fn name(&self) -> StaticName {
        match self.weights {
            Weights::Fixed(..) => "Int8MatMul".into(),
            Weights::Dynamic(..) => "DynamicInt8MatMul".into(),
            Weights::Static(..) => "StaticInt8MatMul".into(),
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
            depth == self.depth().to_dim(),
            "rows of {} are expected, rows of {depth} came",
            self.depth()
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
