//! Attention of one head: which rows of values each query takes, and how much of each.
//!
//! In: queries `[m, d]`, keys `[n, d]`, values `[n, w]`, perhaps a mask. Out: `softmax(q · kᵀ * scale + mask) · v`, `[m, w]`.
//! Scores live in a buffer that is kept between heads; nothing is transposed or copied in the graph.

use super::conv::Isa;
use super::conv::rows::{FULL, times_table};
use super::functions::{LANES, add_up, exp, largest};
use super::level::{Level, leveled};

/// Rows that lie `stride` numbers apart, from `at` on, each row's numbers side by side.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// All numbers.
    pub data: &'a [f32],
    /// Where the first row begins.
    pub at: usize,
    /// From one row to the next.
    pub stride: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn row(&self, index: usize, width: usize) -> &'a [f32] {
        &self.data[self.at + index * self.stride..][..width]
    }
}

/// What is added to the scores `[m, n]`: a step of 0 stands for the same number all along that axis.
#[derive(Debug, Clone, Copy)]
pub struct Mask<'a> {
    /// All numbers.
    pub data: &'a [f32],
    /// Where the first number lies.
    pub at: usize,
    /// From one query to the next, and from one key to the next.
    pub steps: (usize, usize),
}

/// Lengths and what else holds for all heads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head {
    /// Queries.
    pub queries: usize,
    /// Keys and values.
    pub keys: usize,
    /// Length of a query and of a key.
    pub depth: usize,
    /// Length of a value.
    pub width: usize,
    /// What scores are multiplied with before the mask is added.
    pub scale: f32,
    /// A query whose every score is minus infinity takes nothing, where the definition says not-a-number.
    pub guarded: bool,
}

/// Queries whose scores are held at once.
const SIDE: usize = 32;

/// One head. `out` gets its rows `stride` numbers apart, from `at` on; `scratch` is any vector, best the last one.
///
/// # Panics
/// When a row lies outside of its data.
#[allow(clippy::too_many_arguments)]
pub fn attend(
    isa: Isa,
    level: Level,
    head: &Head,
    q: Rows,
    k: Rows,
    v: Rows,
    mask: Option<Mask>,
    scratch: &mut Vec<f32>,
    out: &mut [f32],
    at: usize,
    stride: usize,
) {
    let Head {
        queries,
        keys,
        depth,
        width,
        ..
    } = *head;
    let wide = keys.next_multiple_of(FULL);
    let full = width.next_multiple_of(FULL);
    scratch.resize((depth + SIDE) * wide + (keys + SIDE) * full, 0.0);
    let (turned, rest) = scratch.split_at_mut(depth * wide);
    let (scores, rest) = rest.split_at_mut(SIDE * wide);
    let (values, results) = rest.split_at_mut(keys * full);
    for key in 0..keys {
        for (index, &x) in k.row(key, depth).iter().enumerate() {
            turned[index * wide + key] = x * head.scale;
        }
        let row = &mut values[key * full..(key + 1) * full];
        row[..width].copy_from_slice(v.row(key, width));
        row[width..].fill(0.0);
    }
    for line in turned.chunks_exact_mut(wide) {
        line[keys..].fill(0.0);
    }
    for top in (0..queries).step_by(SIDE) {
        let some = SIDE.min(queries - top);
        let (scores, results) = (&mut scores[..some * wide], &mut results[..some * full]);
        let mut rows = [0; SIDE];
        for (row, place) in rows.iter_mut().enumerate() {
            *place = q.at + (top + row) * q.stride;
        }
        times_table(isa, q.data, &rows[..some], turned, wide, scores);
        for (row, scores) in scores.chunks_exact_mut(wide).enumerate() {
            shares(level, scores, keys, mask, top + row, head.guarded);
        }
        for (row, place) in rows.iter_mut().enumerate() {
            *place = row * wide;
        }
        times_table(isa, scores, &rows[..some], values, full, results);
        for (row, result) in results.chunks_exact(full).enumerate() {
            out[at + (top + row) * stride..][..width].copy_from_slice(&result[..width]);
        }
    }
}

leveled! {
    /// Scores become the parts that the query `row` takes of each of the `keys`.
    fn shares<FUSED>(scores: &mut [f32], keys: usize, mask: Option<Mask>, row: usize, guarded: bool) {
        if let Some(mask) = mask {
            add_mask(&mut scores[..keys], mask, row);
        }
        let most = largest(&scores[..keys], |x| x);
        if most == f32::NEG_INFINITY && guarded {
            scores.fill(0.0);
            return;
        }
        scores[keys..].fill(f32::NEG_INFINITY);
        let mut sums = [0.0f32; LANES];
        for chunk in scores.chunks_exact_mut(LANES) {
            let mut powers = lanes(chunk);
            for (power, sum) in powers.iter_mut().zip(&mut sums) {
                *power = exp::<FUSED>(*power - most);
                *sum += *power;
            }
            chunk.copy_from_slice(&powers);
        }
        let part = 1.0 / add_up(sums);
        scores.iter_mut().for_each(|score| *score *= part);
    }
}

/// The first numbers of a slice.
#[inline(always)]
fn lanes(from: &[f32]) -> [f32; LANES] {
    from[..LANES].try_into().unwrap_or([0.0; LANES])
}

#[inline(always)]
fn add_mask(scores: &mut [f32], mask: Mask, row: usize) {
    let from = &mask.data[mask.at + row * mask.steps.0..];
    match mask.steps.1 {
        0 => scores.iter_mut().for_each(|score| *score += from[0]),
        1 => scores
            .iter_mut()
            .zip(from)
            .for_each(|(score, mask)| *score += mask),
        step => scores
            .iter_mut()
            .zip(from.iter().step_by(step))
            .for_each(|(score, mask)| *score += mask),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition, in 64 bits.
    fn exact(head: &Head, q: &[f32], k: &[f32], v: &[f32], mask: &[f32]) -> Vec<f64> {
        let mut out = Vec::new();
        for m in 0..head.queries {
            let score = |n: usize| {
                let dot: f64 = (0..head.depth)
                    .map(|i| f64::from(q[m * head.depth + i]) * f64::from(k[n * head.depth + i]))
                    .sum();
                dot * f64::from(head.scale) + f64::from(mask[m * head.keys + n])
            };
            let scores: Vec<f64> = (0..head.keys).map(score).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
            let all: f64 = powers.iter().sum();
            for w in 0..head.width {
                let taken = (0..head.keys).map(|n| powers[n] / all * f64::from(v[n * head.width + w]));
                out.push(if most == f64::NEG_INFINITY {
                    0.0
                } else {
                    taken.sum()
                });
            }
        }
        out
    }

    proptest! {
        #[test]
        fn every_level_is_the_definition(
            queries in 1usize..40, keys in 1usize..40, depth in 1usize..40, width in 1usize..40,
            seed: u64, masked in 0usize..4
        ) {
            let mut next = super::super::tests::numbers(seed);
            let mut some = |count: usize| (0..count).map(|_| next()).collect::<Vec<f32>>();
            let head = Head { queries, keys, depth, width, scale: 0.7, guarded: true };
            let (q, k, v) = (some(queries * depth), some(keys * depth), some(keys * width));
            let of_keys: Vec<f32> = some(keys).iter().map(|x| if *x < 0.0 { f32::NEG_INFINITY } else { 0.0 }).collect();
            let of_queries = some(queries);
            let both = some(queries * keys);
            let (mask, full): (Option<Mask>, Vec<f32>) = match masked {
                0 => (None, vec![0.0; queries * keys]),
                1 => (
                    Some(Mask { data: &of_keys, at: 0, steps: (0, 1) }),
                    (0..queries * keys).map(|i| of_keys[i % keys]).collect(),
                ),
                2 => (
                    Some(Mask { data: &of_queries, at: 0, steps: (1, 0) }),
                    (0..queries * keys).map(|i| of_queries[i / keys]).collect(),
                ),
                _ => (Some(Mask { data: &both, at: 0, steps: (keys, 1) }), both.clone()),
            };
            let expected = exact(&head, &q, &k, &v, &full);
            for (isa, level) in Isa::available().into_iter().zip(Level::available()) {
                // Rows of results with a gap between them, after three numbers that are left alone.
                let mut out = vec![7.0; 3 + queries * (width + 2)];
                let rows = |data, stride| Rows { data, at: 0, stride };
                attend(
                    isa, level, &head, rows(&q, depth), rows(&k, depth), rows(&v, width), mask,
                    &mut vec![f32::NAN; 5], &mut out, 3, width + 2,
                );
                prop_assert_eq!(&out[..3], &[7.0; 3]);
                for (index, expected) in expected.iter().enumerate() {
                    let (row, column) = (index / width, index % width);
                    let came = f64::from(out[3 + row * (width + 2) + column]);
                    prop_assert!((came - expected).abs() < 1e-5, "{level:?} {row} {column}: {came} for {expected}");
                }
            }
        }
    }
}
