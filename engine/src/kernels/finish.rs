//! The last step of a product: from the sums of one tile to its results, all in registers.
//!
//! In: a tile of sums and what belongs to its columns. Out: rows of f32, `stride` numbers apart. Zero points are taken
//! away in integers, so nothing is lost; then scale, bias and GELU follow in the order in which a graph has them.

use super::functions::{LANES, gelu};
use super::level::leveled;
use super::{WIDEST, fixed::PLANES};

/// What a product does with its sums; numbers a column, filled up to whole panels.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a> {
    /// What one step of a weight is worth.
    pub scale: &'a [f32],
    /// Added to the results; empty for none.
    pub bias: &'a [f32],
    /// Whether GELU is taken of the results.
    pub gelu: bool,
}

/// What belongs to the columns of one panel of integers.
pub(super) struct Edge<'a> {
    /// Columns that are results; the rest fills the panel up.
    pub used: usize,
    /// `sum over k of (w - zero)`.
    pub sums: &'a [i32],
    /// Zero points; empty when all are zero.
    pub zeros: &'a [i32],
    pub scale: &'a [f32],
    pub bias: &'a [f32],
    pub gelu: bool,
}

/// `LANES` numbers from `at` on.
#[inline(always)]
fn lanes<T: Copy + Default>(from: &[T], at: usize) -> [T; LANES] {
    from[at..at + LANES].try_into().unwrap_or([T::default(); LANES])
}

/// Adds the bias, takes GELU, and writes as many results as are asked for.
#[inline(always)]
fn store<const FUSED: bool>(
    mut y: [f32; LANES],
    bias: &[f32],
    of: bool,
    at: usize,
    used: usize,
    out: &mut [f32],
) {
    if !bias.is_empty() {
        let bias = lanes(bias, at);
        for (y, bias) in y.iter_mut().zip(bias) {
            *y += bias;
        }
    }
    if of {
        for y in &mut y {
            *y = gelu::<FUSED>(*y);
        }
    }
    match used.checked_sub(at + LANES) {
        Some(_) => out[at..at + LANES].copy_from_slice(&y),
        None => out[at..used].copy_from_slice(&y[..used - at]),
    }
}

/// Sums of `(a - zero) * (w - zero of w)`.
#[inline(always)]
fn centred(dots: &[i32; WIDEST], edge: &Edge, zero: i32, row_sum: i32, at: usize) -> [i32; LANES] {
    let (mut dots, sums) = (lanes(dots, at), lanes(edge.sums, at));
    for (dot, sum) in dots.iter_mut().zip(sums) {
        *dot -= zero * sum;
    }
    if !edge.zeros.is_empty() {
        let zeros = lanes(edge.zeros, at);
        for (dot, zero) in dots.iter_mut().zip(zeros) {
            *dot -= row_sum * zero;
        }
    }
    dots
}

leveled! {
    /// Of rows quantized all alike: the graph multiplies both scales first, and the sums with the product.
    pub(super) fn dynamic<FUSED>(
        tile: &[[i32; WIDEST]], edge: &Edge, zero: i32, scale: f32, row_sums: &[i32], out: &mut [f32], stride: usize
    ) {
        for (row, dots) in tile.iter().enumerate() {
            let row_sum = row_sums.get(row).copied().unwrap_or(0);
            for at in (0..edge.used).step_by(LANES) {
                let dots = centred(dots, edge, zero, row_sum, at);
                let scales = lanes(edge.scale, at);
                let mut y = [0.0; LANES];
                for i in 0..LANES {
                    y[i] = dots[i] as f32 * (scale * scales[i]);
                }
                store::<FUSED>(y, edge.bias, edge.gelu, at, edge.used, &mut out[row * stride..]);
            }
        }
    }
}

leveled! {
    /// Of rows in fixed point, as words.
    pub(super) fn words<FUSED>(
        tile: &[[i32; WIDEST]], edge: &Edge, row_scales: &[f32], row_sums: &[i32], out: &mut [f32], stride: usize
    ) {
        for (row, dots) in tile.iter().enumerate() {
            for at in (0..edge.used).step_by(LANES) {
                let mut y: [f32; LANES] = lanes(dots, at).map(|dot| dot as f32);
                if let Some(&sum) = row_sums.get(row) {
                    // Their product can need more than 32 bits.
                    for ((y, dot), zero) in y.iter_mut().zip(lanes(dots, at)).zip(lanes(edge.zeros, at)) {
                        *y = (f64::from(dot) - f64::from(sum) * f64::from(zero)) as f32;
                    }
                }
                let scales = lanes(edge.scale, at);
                for i in 0..LANES {
                    y[i] *= row_scales[row] * scales[i];
                }
                store::<FUSED>(y, edge.bias, edge.gelu, at, edge.used, &mut out[row * stride..]);
            }
        }
    }
}

leveled! {
    /// Of rows in fixed point, as planes of bytes: two rows of sums make one of results. Bytes were multiplied as `less`
    /// less than they are.
    pub(super) fn planes<FUSED>(
        tile: &[[i32; WIDEST]], edge: &Edge, less: i32, row_scales: &[f32], row_sums: &[i32], out: &mut [f32], stride: usize
    ) {
        for (row, planes) in tile.chunks_exact(PLANES).enumerate() {
            let row_sum = |plane: usize| row_sums.get(row * PLANES + plane).copied().unwrap_or(0);
            for at in (0..edge.used).step_by(LANES) {
                let high = centred(&planes[0], edge, 128 - less, row_sum(0), at);
                let low = centred(&planes[1], edge, -less, row_sum(1), at);
                let scales = lanes(edge.scale, at);
                let mut y = [0.0; LANES];
                for i in 0..LANES {
                    y[i] = (high[i] as f32 * 256.0 + low[i] as f32) * (row_scales[row] * scales[i]);
                }
                store::<FUSED>(y, edge.bias, edge.gelu, at, edge.used, &mut out[row * stride..]);
            }
        }
    }
}
