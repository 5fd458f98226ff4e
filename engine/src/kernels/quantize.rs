//! Floats to uint8 by their smallest and largest number: DynamicQuantizeLinear of ONNX (operator set 11).

use super::functions::{LANES, WHOLE};
use super::level::{Level, leveled};

/// Rows of uint8 with the scale and zero point of all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantized {
    /// The rows, each filled up with zeros.
    pub bytes: Vec<u8>,
    /// What one step of a byte is worth.
    pub scale: f32,
    /// The byte that stands for 0.
    pub zero: u8,
}

/// Quantizes all `depth` numbers of each row, and fills each up to `padded` bytes.
///
/// As the standard says: the range is widened to hold 0, the scale is a 255th of it, and what is halfway between two
/// bytes goes to the even one. Where all numbers are 0, a scale of 1 keeps them so, as in onnxruntime.
///
/// # Panics
/// When `padded` is less than `depth`.
#[must_use]
pub fn rows(x: &[f32], depth: usize, padded: usize) -> Quantized {
    let level = Level::best();
    let (low, high) = range(level, x);
    let scale = if low == high { 1.0 } else { (high - low) / 255.0 };
    let zero = (-low / scale).round_ties_even().clamp(0.0, 255.0) as u8;
    let mut bytes = vec![0; x.len() / depth.max(1) * padded];
    write(level, x, depth, padded, scale, i32::from(zero), &mut bytes);
    Quantized { bytes, scale, zero }
}

/// Quantizes all `depth` numbers of each row to bytes that are given, `x * steps + zero`, and fills each up to `padded`.
///
/// # Panics
/// When `padded` is less than `depth`.
#[must_use]
pub fn rows_on(x: &[f32], depth: usize, padded: usize, steps: f32, zero: u8, scale: f32) -> Quantized {
    let mut bytes = vec![0; x.len() / depth.max(1) * padded];
    on(
        Level::best(),
        x,
        depth,
        padded,
        steps,
        i32::from(zero),
        &mut bytes,
    );
    Quantized { bytes, scale, zero }
}

/// Rows that are bytes already, `flip` 0x80 where they are int8; each filled up to `padded`.
#[must_use]
pub fn rows_of(x: &[u8], flip: u8, depth: usize, padded: usize, scale: f32, zero: u8) -> Quantized {
    let mut bytes = Vec::with_capacity(x.len() / depth.max(1) * padded);
    for row in x.chunks_exact(depth.max(1)) {
        bytes.extend(row.iter().map(|byte| byte ^ flip));
        bytes.resize(bytes.len() + padded - depth, 0);
    }
    Quantized { bytes, scale, zero }
}

leveled! {
    fn on<_FUSED>(x: &[f32], depth: usize, padded: usize, steps: f32, zero: i32, bytes: &mut [u8]) {
        for (row, bytes) in x
            .chunks_exact(depth.max(1))
            .zip(bytes.chunks_exact_mut(padded.max(1)))
        {
            for (x, byte) in row.iter().zip(&mut bytes[..depth]) {
                *byte = one(x * steps, zero);
            }
        }
    }
}

leveled! {
    /// Rounds each number to the nearest of those that bytes stand for: `(byte - zero) * scale`.
    pub fn to_grid<_FUSED>(x: &mut [f32], steps: f32, zero: i32, scale: f32) {
        for x in x {
            *x = (i32::from(one(*x * steps, zero)) - zero) as f32 * scale;
        }
    }
}

leveled! {
    /// Smallest and largest of the numbers and 0.
    fn range<_FUSED>(x: &[f32]) -> (f32, f32) {
        let (mut low, mut high) = ([0.0f32; LANES], [0.0f32; LANES]);
        let mut chunks = x.chunks_exact(LANES);
        for chunk in &mut chunks {
            for (index, &x) in chunk.iter().enumerate() {
                low[index] = if x < low[index] { x } else { low[index] };
                high[index] = if x > high[index] { x } else { high[index] };
            }
        }
        let rest = chunks.remainder();
        let low = low
            .iter()
            .chain(rest)
            .fold(0.0, |low: f32, &x| if x < low { x } else { low });
        let high = high
            .iter()
            .chain(rest)
            .fold(0.0, |high: f32, &x| if x > high { x } else { high });
        (low, high)
    }
}

leveled! {
    fn write<_FUSED>(x: &[f32], depth: usize, padded: usize, scale: f32, zero: i32, bytes: &mut [u8]) {
        for (row, bytes) in x
            .chunks_exact(depth.max(1))
            .zip(bytes.chunks_exact_mut(padded.max(1)))
        {
            for (x, byte) in row.iter().zip(&mut bytes[..depth]) {
                *byte = one(*x / scale, zero);
            }
        }
    }
}

/// What is out of range is cut first, so that rounding by [`WHOLE`] holds.
#[inline(always)]
fn one(steps: f32, zero: i32) -> u8 {
    let steps = if steps > -512.0 { steps } else { -512.0 };
    let steps = if steps < 512.0 { steps } else { 512.0 };
    let number = (steps + WHOLE)
        .to_bits()
        .wrapping_sub(WHOLE.to_bits())
        .cast_signed();
    (number + zero).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standard_s_own_examples() {
        // https://github.com/onnx/onnx/blob/main/docs/Operators.md#DynamicQuantizeLinear
        for (x, scale, zero, bytes) in [
            (
                vec![0., 2., -3., -2.5, 1.34, 0.5],
                0.019_607_844,
                153,
                vec![153, 255, 0, 26, 221, 179],
            ),
            (
                vec![-1., -2.1, -1.3, -2.5, -3.34, -4.],
                0.015_686_275,
                255,
                vec![191, 121, 172, 96, 42, 0],
            ),
            (
                vec![1., 2.1, 1.3, 2.5, 3.34, 4.],
                0.015_686_275,
                0,
                vec![64, 134, 83, 159, 213, 255],
            ),
            (vec![0., 0.], 1.0, 0, vec![0, 0]),
        ] {
            let came = rows(&x, x.len(), x.len());
            assert!((came.scale - scale).abs() < 1e-8, "{came:?}");
            assert_eq!((came.zero, came.bytes), (zero, bytes));
        }
        assert_eq!(
            rows(&[1., 2.1, 4., 3.], 2, 4).bytes,
            [64, 134, 0, 0, 255, 191, 0, 0]
        );
    }

    proptest! {
        #[test]
        fn every_byte_is_the_nearest(x in proptest::collection::vec(-50f32..50., 1..70)) {
            let came = rows(&x, x.len(), x.len());
            for (x, byte) in x.iter().zip(&came.bytes) {
                let exact = (x / came.scale).round_ties_even() as i32 + i32::from(came.zero);
                prop_assert_eq!(i32::from(*byte), exact.clamp(0, 255));
            }
        }
    }
}
