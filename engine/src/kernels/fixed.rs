//! Float rows as fixed point of 24 bits: what makes products with int8 weights exact, and fast where bytes are.
//!
//! Each row is written in steps of a 2^23rd of its largest number, rounded: as close as an f32 of that size. Three rows
//! of bytes hold the high, middle and low byte of each number, 2^23 added. Their sums with int8 weights are exact
//! integers, and only putting the three together rounds, once: closer to the graph's result than a sum in f32 comes.

#![allow(unsafe_code)]

use super::functions::{largest, sum};
use super::level::leveled;

/// Rows of bytes that hold one row.
pub const PLANES: usize = 3;

/// Rows in fixed point.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// For each row its high, its middle and its low bytes, each filled up with zeros.
    pub planes: Vec<u8>,
    /// What one step is worth, a number a row.
    pub scale: Vec<f32>,
}

/// Largest number of steps.
const STEPS: f32 = 8_388_607.0;

impl Fixed {
    /// Of rows of `depth` numbers, filled up to `padded`.
    ///
    /// # Panics
    /// When `padded` is less than `depth`, or `depth` is 0.
    #[must_use]
    pub fn of(x: &[f32], depth: usize, padded: usize) -> Self {
        let rows = x.len() / depth;
        let mut fixed = Fixed {
            planes: vec![0; rows * padded * PLANES],
            scale: vec![0.0; rows],
        };
        split(
            super::level::Level::best(),
            x,
            depth,
            padded,
            &mut fixed.planes,
            &mut fixed.scale,
        );
        fixed
    }
}

leveled! {
    fn split<FUSED>(x: &[f32], depth: usize, padded: usize, planes: &mut [u8], scales: &mut [f32]) {
        for ((row, planes), scale) in x
            .chunks_exact(depth)
            .zip(planes.chunks_exact_mut(padded * PLANES))
            .zip(scales)
        {
            let most = largest(row).max(-smallest(row));
            let steps = if most > 0.0 { STEPS / most } else { 0.0 };
            // What is no number, or infinite, makes the whole row so, as in a sum of floats.
            let spoilt = sum(row, |x| x * 0.0);
            *scale = most / STEPS + spoilt;
            let (high, rest) = planes.split_at_mut(padded);
            let (middle, low) = rest.split_at_mut(padded);
            for (((x, high), middle), low) in row.iter().zip(high).zip(middle).zip(low) {
                // Compared so that what is no number is cut too.
                let x = x * steps;
                let x = if x > -STEPS { x } else { -STEPS };
                let x = if x < STEPS { x } else { STEPS };
                // SAFETY: x is a number between -2^23 and 2^23.
                let whole: i32 = unsafe { x.round_ties_even().to_int_unchecked() };
                let number = (whole + 8_388_608).cast_unsigned();
                *high = (number >> 16) as u8;
                *middle = (number >> 8) as u8;
                *low = number as u8;
            }
        }
    }
}

#[inline(always)]
fn smallest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |a: f32, &b| if b < a { b } else { a })
}
