//! Numbers with a shape: what goes into a model and what comes out.

use std::borrow::Cow;
use tract_onnx::prelude::{Datum, DatumType, TValue, Tensor, tract_ndarray};

/// An n-dimensional array of numbers, row-major. Cloning shares the numbers.
#[derive(Debug, Clone)]
pub struct Array(pub(super) TValue);

/// The numbers do not fill the shape.
#[derive(Debug, thiserror::Error)]
#[error("an array of shape {shape:?} holds {expected} numbers, but {came} came")]
pub struct ArrayError {
    /// The shape asked for.
    pub shape: Vec<usize>,
    /// How many numbers it takes.
    pub expected: usize,
    /// How many came.
    pub came: usize,
}

impl Array {
    /// 32-bit floats. The vector is taken over without copying.
    ///
    /// # Errors
    /// When `values` does not hold as many numbers as `shape` says.
    pub fn f32(shape: &[usize], values: Vec<f32>) -> Result<Self, ArrayError> {
        Self::new(shape, values)
    }

    /// 64-bit integers: token ids, indexes.
    ///
    /// # Errors
    /// When `values` does not hold as many numbers as `shape` says.
    pub fn i64(shape: &[usize], values: Vec<i64>) -> Result<Self, ArrayError> {
        Self::new(shape, values)
    }

    /// Bytes.
    ///
    /// # Errors
    /// When `values` does not hold as many numbers as `shape` says.
    pub fn u8(shape: &[usize], values: Vec<u8>) -> Result<Self, ArrayError> {
        Self::new(shape, values)
    }

    pub(super) fn new<T: Datum>(shape: &[usize], values: Vec<T>) -> Result<Self, ArrayError> {
        let came = values.len();
        tract_ndarray::ArrayD::from_shape_vec(shape, values)
            .map(|array| Array(Tensor::from(array).into()))
            .map_err(|_| ArrayError {
                shape: shape.to_vec(),
                expected: shape.iter().product(),
                came,
            })
    }

    /// All zero, of tract's type `of`; `None` for types that have no zero (texts).
    pub(super) fn zeros(of: DatumType, shape: &[usize]) -> Option<Self> {
        Tensor::zero_dt(of, shape).ok().map(|tensor| Array(tensor.into()))
    }

    /// The numbers as plain ones: a quantized kind as the integers it consists of, lengths as 64-bit integers.
    pub(super) fn plain(&self) -> Option<Cow<'_, Tensor>> {
        let kind = self.0.datum_type();
        let plain = if kind == DatumType::TDim {
            DatumType::I64
        } else {
            kind.unquantized()
        };
        self.0.cast_to_dt(plain).ok()
    }

    /// Numbers to try a model with: floats spread evenly over 0 to 1, in an order that is always the same; integers
    /// 1, booleans true, which ids and masks of any vocabulary can be. `None` for kinds that are no numbers.
    pub(super) fn trial(of: DatumType, shape: &[usize]) -> Option<Self> {
        // The low-discrepancy sequence of the golden ratio: no generator to seed.
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        let count = shape.iter().product::<usize>();
        let tensor = if of.is_float() {
            let values = (0..count).map(|index| (index as f64 * GOLDEN).fract() as f32);
            Self::new(shape, values.collect::<Vec<f32>>()).ok()?.0
        } else {
            Self::new(shape, vec![1_i64; count]).ok()?.0
        };
        Some(Array(tensor.cast_to_dt(of).ok()?.into_owned().into()))
    }

    /// Length of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    /// The numbers, when they are 32-bit floats.
    #[must_use]
    pub fn as_f32(&self) -> Option<&[f32]> {
        self.0.as_plain_ram()?.as_slice().ok()
    }

    /// The numbers, when they are 64-bit integers.
    #[must_use]
    pub fn as_i64(&self) -> Option<&[i64]> {
        self.0.as_plain_ram()?.as_slice().ok()
    }

    /// What kind of number: "f32", "i64", …
    #[must_use]
    pub fn kind(&self) -> String {
        kind_name(self.0.datum_type())
    }
}

pub(super) fn kind_name(of: DatumType) -> String {
    format!("{of:?}").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_numbers_agree_or_it_is_said() {
        let array = Array::f32(&[2, 3], vec![1., 2., 3., 4., 5., 6.]).unwrap();
        assert_eq!(array.shape(), [2, 3]);
        assert_eq!(array.as_f32().unwrap()[4], 5.);
        assert_eq!(array.kind(), "f32");
        assert!(array.as_i64().is_none());
        insta::assert_snapshot!(
            Array::i64(&[2, 3], vec![1, 2]).unwrap_err(),
            @"an array of shape [2, 3] holds 6 numbers, but 2 came"
        );
    }
}
