//! 64-bit ARM: weights that were read once are used for all rows of a tile.
#![allow(unsafe_code)]

use super::integers::Tile as Sums;
use std::arch::aarch64::*;

const WIDTH: usize = 16;

/// Calls `$tile::<height>` for the height that `rows` has.
macro_rules! by_height {
    ($tile:ident, $rows:expr, $depth:expr, $panel:expr, $sums:expr, $($height:literal)+) => {{
        assert!($panel.len() >= $depth * WIDTH);
        match $rows.len() / $depth {
            // SAFETY: the processor has the instructions (`available` asked it); `rows` holds `height` rows of `depth`
            // numbers, and `panel` `depth` rows of WIDTH weights, as asserted above.
            $($height => unsafe { $tile::<$height>($rows, $depth, $panel, $sums) },)+
            other => unreachable!("a tile of {other} rows"),
        }
    }};
}

/// See [`super::integers::Integers::dots_of_words`]; 16 columns, at most 5 rows.
pub(super) fn words_neon(rows: &[i16], depth: usize, panel: &[i8], tile: &mut Sums) {
    by_height!(words_tile_neon, rows, depth, panel, tile, 1 2 3 4 5)
}

/// See [`super::integers::Integers::dots_of_bytes`]; 16 columns, at most 4 rows, whose bytes are int8.
pub(super) fn integers_neon_dot(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    by_height!(integers_tile_neon_dot, rows, depth, panel, tile, 1 2 3 4)
}

/// The 16 weights of `k` as 16-bit numbers.
///
/// # Safety
/// `panel` holds `16 * (k + 1)` weights.
#[inline(always)]
unsafe fn widened(panel: &[i8], k: usize) -> [int16x8_t; 2] {
    // SAFETY: as the caller promises; every processor has NEON.
    unsafe {
        let weights = vld1q_s8(panel.as_ptr().add(k * WIDTH));
        [vmovl_s8(vget_low_s8(weights)), vmovl_high_s8(weights)]
    }
}

/// # Safety
/// `rows` holds `M * depth` words and `panel` `16 * depth` weights.
#[target_feature(enable = "neon")]
unsafe fn words_tile_neon<const M: usize>(rows: &[i16], depth: usize, panel: &[i8], tile: &mut Sums) {
    let mut sums = [[vdupq_n_s32(0); 4]; M];
    let whole = depth / 8 * 8;
    for k in (0..whole).step_by(8) {
        let mut a = [vdupq_n_s16(0); M];
        for (row, a) in a.iter_mut().enumerate() {
            // SAFETY: row < M and k + 8 <= depth, and the caller promises M rows of depth words.
            *a = unsafe { vld1q_s16(rows.as_ptr().add(row * depth + k)) };
        }
        macro_rules! lane {
            ($($lane:literal)+) => {$(
                // SAFETY: k + 8 <= depth, and the caller promises 16 weights for each k.
                let [low, high] = unsafe { widened(panel, k + $lane) };
                for (sums, a) in sums.iter_mut().zip(a) {
                    sums[0] = vmlal_laneq_s16::<$lane>(sums[0], vget_low_s16(low), a);
                    sums[1] = vmlal_high_laneq_s16::<$lane>(sums[1], low, a);
                    sums[2] = vmlal_laneq_s16::<$lane>(sums[2], vget_low_s16(high), a);
                    sums[3] = vmlal_high_laneq_s16::<$lane>(sums[3], high, a);
                }
            )+};
        }
        lane!(0 1 2 3 4 5 6 7);
    }
    for k in whole..depth {
        // SAFETY: k < depth, and the caller promises 16 weights for each k.
        let [low, high] = unsafe { widened(panel, k) };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k < depth, and the caller promises M rows of depth words.
            let a = unsafe { *rows.get_unchecked(row * depth + k) };
            sums[0] = vmlal_n_s16(sums[0], vget_low_s16(low), a);
            sums[1] = vmlal_high_n_s16(sums[1], low, a);
            sums[2] = vmlal_n_s16(sums[2], vget_low_s16(high), a);
            sums[3] = vmlal_high_n_s16(sums[3], high, a);
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        for (part, sum) in sums.iter().enumerate() {
            // SAFETY: a row of a tile holds 32 numbers.
            unsafe { vst1q_s32(out.as_mut_ptr().add(part * 4), *sum) };
        }
    }
}

/// `sum + weights · a[LANE]`: of each column its four weights with the four bytes in a lane of `a`.
///
/// # Safety
/// Needs dot product.
#[inline(always)]
unsafe fn dot<const LANE: i32>(mut sum: int32x4_t, weights: int8x16_t, a: int8x16_t) -> int32x4_t {
    // The intrinsic (vdotq_laneq_s32) is not stable yet.
    // SAFETY: one instruction on registers; the caller promises dot product.
    unsafe {
        std::arch::asm!(
            "sdot {sum:v}.4s, {weights:v}.16b, {a:v}.4b[{lane}]",
            sum = inout(vreg) sum, weights = in(vreg) weights, a = in(vreg) a, lane = const LANE,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sum
}

/// # Safety
/// Needs dot product; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "neon,dotprod")]
unsafe fn integers_tile_neon_dot<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    let mut sums = [[vdupq_n_s32(0); 4]; M];
    // SAFETY: k + 4 <= depth, and the caller promises 16 weights for each k.
    let columns = |k: usize| unsafe { vld1q_s8_x4(panel.as_ptr().add(k * WIDTH)) };
    let whole = depth / 16 * 16;
    for k in (0..whole).step_by(16) {
        let mut a = [vdupq_n_s8(0); M];
        for (row, a) in a.iter_mut().enumerate() {
            // SAFETY: row < M and k + 16 <= depth, and the caller promises M rows of depth bytes.
            *a = unsafe { vld1q_s8(rows.as_ptr().add(row * depth + k).cast()) };
        }
        macro_rules! lane {
            ($($lane:literal)+) => {$(
                let weights = columns(k + 4 * $lane);
                for (sums, a) in sums.iter_mut().zip(a) {
                    // SAFETY: the caller promises dot product.
                    unsafe {
                        sums[0] = dot::<$lane>(sums[0], weights.0, a);
                        sums[1] = dot::<$lane>(sums[1], weights.1, a);
                        sums[2] = dot::<$lane>(sums[2], weights.2, a);
                        sums[3] = dot::<$lane>(sums[3], weights.3, a);
                    }
                }
            )+};
        }
        lane!(0 1 2 3);
    }
    for k in (whole..depth).step_by(4) {
        let weights = columns(k);
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes and dot product; the
            // read may be unaligned.
            unsafe {
                let four = rows.as_ptr().add(row * depth + k).cast::<i32>().read_unaligned();
                let a = vreinterpretq_s8_s32(vdupq_n_s32(four));
                sums[0] = dot::<0>(sums[0], weights.0, a);
                sums[1] = dot::<0>(sums[1], weights.1, a);
                sums[2] = dot::<0>(sums[2], weights.2, a);
                sums[3] = dot::<0>(sums[3], weights.3, a);
            }
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        for (part, sum) in sums.iter().enumerate() {
            // SAFETY: a row of a tile holds 32 numbers.
            unsafe { vst1q_s32(out.as_mut_ptr().add(part * 4), *sum) };
        }
    }
}

/// See [`super::integers::Integers::dots_of_bytes`]; 16 columns, at most 6 rows.
pub(super) fn integers_neon_i8mm(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    by_height!(integers_tile_neon_i8mm, rows, depth, panel, tile, 1 2 3 4 5 6)
}

/// Two rows and two columns at a time, eight numbers of each: unsigned rows, signed weights, nothing to take away.
///
/// # Safety
/// Needs i8mm; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 8.
#[target_feature(enable = "neon,i8mm")]
unsafe fn integers_tile_neon_i8mm<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    // Each pair of rows: eight pairs of columns, four sums each. Of an odd last row the sums stand twice.
    let mut sums = [[vdupq_n_s32(0); 8]; 3];
    let pairs = M.div_ceil(2);
    for k in (0..depth).step_by(8) {
        let mut a = [vdupq_n_u8(0); 3];
        for (pair, a) in a.iter_mut().take(pairs).enumerate() {
            let (one, two) = (pair * 2, (pair * 2 + 1).min(M - 1));
            // SAFETY: both rows are less than M and k + 8 <= depth, and the caller promises M rows of depth bytes.
            *a = unsafe {
                vcombine_u8(
                    vld1_u8(rows.as_ptr().add(one * depth + k)),
                    vld1_u8(rows.as_ptr().add(two * depth + k)),
                )
            };
        }
        for column in 0..8 {
            // SAFETY: k + 8 <= depth, and the caller promises 16 weights for each k.
            let weights = unsafe { vld1q_s8(panel.as_ptr().add(k * WIDTH + column * 16)) };
            for (sums, a) in sums.iter_mut().zip(a).take(pairs) {
                // The intrinsic (vusmmlaq_s32) is not stable yet.
                // SAFETY: one instruction on registers; the caller promises i8mm.
                unsafe {
                    std::arch::asm!(
                        "usmmla {sum:v}.4s, {a:v}.16b, {weights:v}.16b",
                        sum = inout(vreg) sums[column], a = in(vreg) a, weights = in(vreg) weights,
                        options(pure, nomem, nostack, preserves_flags)
                    );
                }
            }
        }
    }
    for (row, out) in tile.iter_mut().take(M).enumerate() {
        for (column, sum) in sums[row / 2].iter().enumerate() {
            let two = if row % 2 == 0 {
                vget_low_s32(*sum)
            } else {
                vget_high_s32(*sum)
            };
            // SAFETY: a row of a tile holds 32 numbers.
            unsafe { vst1_s32(out.as_mut_ptr().add(column * 2), two) };
        }
    }
}
