//! Float rows in fixed point of 16 bits: what makes products with int8 weights exact integers.
//!
//! Each row is written in steps of a 32,767th of its largest number, rounded; only then and when the sum is scaled is
//! anything rounded. Kernels that multiply bytes get two rows of bytes for each, its high and its low ones.

use super::functions::{WHOLE, largest, sum};
use super::level::{Level, leveled};

/// Rows of bytes that hold one row.
pub const PLANES: usize = 2;

/// Largest number of steps.
pub const STEPS: u32 = 32_767;

/// Rows in fixed point.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed<T> {
    /// The rows, each filled up with zeros.
    pub numbers: Vec<T>,
    /// What one step is worth, a number a row.
    pub scale: Vec<f32>,
}

/// Of rows of `depth` numbers, filled up to `padded`; the largest of a row becomes `steps`, at most [`STEPS`].
///
/// # Panics
/// When `padded` is less than `depth`, or `depth` is 0.
#[must_use]
pub fn words(x: &[f32], depth: usize, padded: usize, steps: u32) -> Fixed<i16> {
    let rows = x.len() / depth;
    let mut fixed = Fixed {
        numbers: vec![0; rows * padded],
        scale: vec![0.0; rows],
    };
    let steps = steps.min(STEPS) as f32;
    write(
        Level::best(),
        x,
        depth,
        padded,
        steps,
        &mut fixed.numbers,
        &mut fixed.scale,
    );
    fixed
}

/// The same in bytes: for each row its high bytes, 128 added, then its low ones.
///
/// # Panics
/// As [`words`].
#[must_use]
pub fn planes(x: &[f32], depth: usize, padded: usize) -> Fixed<u8> {
    let words = words(x, depth, depth, STEPS);
    let mut numbers = vec![0; words.scale.len() * padded * PLANES];
    for (row, planes) in words
        .numbers
        .chunks_exact(depth)
        .zip(numbers.chunks_exact_mut(padded * PLANES))
    {
        let (high, low) = planes.split_at_mut(padded);
        for ((&number, high), low) in row.iter().zip(high).zip(low) {
            *high = ((number >> 8) + 128) as u8;
            *low = number as u8;
        }
    }
    Fixed {
        numbers,
        scale: words.scale,
    }
}

leveled! {
    fn write<_FUSED>(x: &[f32], depth: usize, padded: usize, steps: f32, numbers: &mut [i16], scales: &mut [f32]) {
        for ((row, numbers), scale) in x
            .chunks_exact(depth)
            .zip(numbers.chunks_exact_mut(padded))
            .zip(scales)
        {
            let most = largest(row, f32::abs);
            let each = if most > 0.0 { steps / most } else { 0.0 };
            // What is no number, or infinite, makes the whole row so, as in a sum of floats.
            let spoilt = sum(row, |x| x * 0.0);
            *scale = most / steps + spoilt;
            for (&x, number) in row.iter().zip(&mut numbers[..depth]) {
                // Compared so that what is no number is cut too.
                let x = x * each;
                let x = if x > -steps { x } else { -steps };
                let x = if x < steps { x } else { steps };
                *number = (x + WHOLE).to_bits().wrapping_sub(WHOLE.to_bits()) as i16;
            }
        }
    }
}
