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

/// See [`super::integers::Integers::dots_of_bytes`]; 16 columns, at most 6 rows. `bare` are the sums of the columns'
/// weights: as int8 the bytes of a row are 128 less, and so much is put back.
pub(super) fn integers_neon_dot(rows: &[u8], depth: usize, panel: &[i8], bare: &[i32], tile: &mut Sums) {
    for sums in tile.iter_mut().take(rows.len() / depth) {
        for (sum, bare) in sums.iter_mut().zip(&bare[..WIDTH]) {
            *sum = bare << 7;
        }
    }
    by_height!(integers_tile_neon_dot, rows, depth, panel, tile, 1 2 3 4 5 6)
}

/// Four bytes of a row, four times, each less 128: as int8 the products with int8 weights fit in 16 bits.
///
/// # Safety
/// `at + 4 <= rows.len()`.
#[inline(always)]
unsafe fn group(rows: &[u8], at: usize) -> int8x16_t {
    // SAFETY: the caller promises four bytes at `at`, the read may be unaligned; every processor has NEON.
    unsafe {
        let four = rows.as_ptr().add(at).cast::<u32>().read_unaligned();
        vreinterpretq_s8_u8(veorq_u8(
            vreinterpretq_u8_u32(vdupq_n_u32(four)),
            vdupq_n_u8(0x80),
        ))
    }
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

/// Four columns of weights of the group of `k`, from the `part`th four on.
///
/// # Safety
/// `k + 4 <= depth`, and `panel` holds `16 * depth` weights.
#[inline(always)]
unsafe fn columns(panel: &[i8], k: usize, part: usize) -> int8x16_t {
    // SAFETY: as the caller promises; every processor has NEON.
    unsafe { vld1q_s8(panel.as_ptr().add(k * WIDTH + part * 16)) }
}

/// # Safety
/// Needs dot product; what the tile holds is added to; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "neon,dotprod")]
unsafe fn integers_tile_neon_dot<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    let mut sums = [[vdupq_n_s32(0); 4]; M];
    for (sums, out) in sums.iter_mut().zip(tile.iter()) {
        for (part, sum) in sums.iter_mut().enumerate() {
            // SAFETY: a row of a tile holds 32 numbers.
            *sum = unsafe { vld1q_s32(out.as_ptr().add(part * 4)) };
        }
    }
    let whole = depth / 16 * 16;
    for k in (0..whole).step_by(16) {
        let mut a = [vdupq_n_s8(0); M];
        for (row, a) in a.iter_mut().enumerate() {
            // SAFETY: row < M and k + 16 <= depth, and the caller promises M rows of depth bytes.
            let bytes = unsafe { vld1q_u8(rows.as_ptr().add(row * depth + k)) };
            *a = vreinterpretq_s8_u8(veorq_u8(bytes, vdupq_n_u8(0x80)));
        }
        macro_rules! lane {
            ($lane:literal) => {
                // One register of weights at a time: with all sums and rows there are no more.
                for part in 0..4 {
                    // SAFETY: k + 16 <= depth.
                    let weights = unsafe { columns(panel, k + 4 * $lane, part) };
                    for (sums, a) in sums.iter_mut().zip(a) {
                        // SAFETY: the caller promises dot product.
                        sums[part] = unsafe { dot::<$lane>(sums[part], weights, a) };
                    }
                }
            };
        }
        lane!(0);
        lane!(1);
        lane!(2);
        lane!(3);
    }
    for k in (whole..depth).step_by(4) {
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
            let a = unsafe { group(rows, row * depth + k) };
            for (part, sum) in sums.iter_mut().enumerate() {
                // SAFETY: k + 4 <= depth, and the caller promises dot product.
                *sum = unsafe { dot::<0>(*sum, columns(panel, k, part), a) };
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
