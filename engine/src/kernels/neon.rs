//! 64-bit ARM. With float rows, weights are widened from int8 to float in registers; with uint8 rows they stay.
//! Either way weights that were read once are used for all rows of a tile.
#![allow(unsafe_code)]

use super::Tile;
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

/// See [`super::Panels::sums`]; 16 columns, at most 6 rows.
pub(super) fn neon(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    by_height!(tile_neon, rows, depth, panel, tile, 1 2 3 4 5 6)
}

/// # Safety
/// `rows` holds `M * depth` floats and `panel` `16 * depth` weights.
#[target_feature(enable = "neon")]
unsafe fn tile_neon<const M: usize>(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    let mut sums = [[vdupq_n_f32(0.0); 4]; M];
    for k in 0..depth {
        // SAFETY: k < depth, and the caller promises 16 weights for each k.
        let weights = unsafe { vld1q_s8(panel.as_ptr().add(k * WIDTH)) };
        let (low, high) = (vmovl_s8(vget_low_s8(weights)), vmovl_high_s8(weights));
        let columns = [
            vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))),
            vcvtq_f32_s32(vmovl_high_s16(low)),
            vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))),
            vcvtq_f32_s32(vmovl_high_s16(high)),
        ];
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k < depth, and the caller promises M rows of depth floats.
            let x = unsafe { *rows.get_unchecked(row * depth + k) };
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = vfmaq_n_f32(*sum, column, x);
            }
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        for (index, sum) in sums.iter().enumerate() {
            // SAFETY: a row of a tile holds 32 floats.
            unsafe { vst1q_f32(out.as_mut_ptr().add(index * 4), *sum) };
        }
    }
}

/// See [`super::integers::Integers::dots`]; 16 columns, at most 4 rows.
pub(super) fn integers_neon(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    by_height!(integers_tile_neon, rows, depth, panel, tile, 1 2 3 4)
}

/// See [`super::integers::Integers::dots`]; 16 columns, at most 6 rows.
pub(super) fn integers_neon_dot(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
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

/// What the 128 less take away: 128 times the sum of the weights of each of four columns.
///
/// # Safety
/// `panel` holds `16 * depth` weights.
#[target_feature(enable = "neon")]
unsafe fn offsets(depth: usize, panel: &[i8]) -> [int32x4_t; 4] {
    let mut sums = [vdupq_n_s32(0); 4];
    for k in (0..depth).step_by(4) {
        for (part, sum) in sums.iter_mut().enumerate() {
            // SAFETY: k + 4 <= depth, and the caller promises 16 weights for each k.
            let weights = unsafe { vld1q_s8(panel.as_ptr().add(k * WIDTH + part * 16)) };
            *sum = vpadalq_s16(*sum, vpaddlq_s8(weights));
        }
    }
    sums.map(|sum| vshlq_n_s32::<7>(sum))
}

/// # Safety
/// `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "neon")]
unsafe fn integers_tile_neon<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    // Each part: four columns, two halves of a sum each, in two registers.
    let mut sums = [[[vdupq_n_s32(0); 2]; 4]; M];
    for k in (0..depth).step_by(4) {
        for part in 0..4 {
            // SAFETY: k + 4 <= depth, and the caller promises 16 weights for each k.
            let weights = unsafe { vld1q_s8(panel.as_ptr().add(k * WIDTH + part * 16)) };
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
                let a = unsafe { group(rows, row * depth + k) };
                let low = vmull_s8(vget_low_s8(a), vget_low_s8(weights));
                let high = vmull_high_s8(a, weights);
                sums[part][0] = vpadalq_s16(sums[part][0], low);
                sums[part][1] = vpadalq_s16(sums[part][1], high);
            }
        }
    }
    // SAFETY: the caller promises 16 * depth weights.
    let offsets = unsafe { offsets(depth, panel) };
    for (sums, out) in sums.iter().zip(tile) {
        for (part, (halves, offset)) in sums.iter().zip(offsets).enumerate() {
            let sum = vaddq_s32(vpaddq_s32(halves[0], halves[1]), offset);
            // SAFETY: a row of a tile holds 32 numbers.
            unsafe { vst1q_s32(out.as_mut_ptr().add(part * 4), sum) };
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

/// The four registers of weights of the group of `k`.
///
/// # Safety
/// `k + 4 <= depth`, and `panel` holds `16 * depth` weights.
#[inline(always)]
unsafe fn columns(panel: &[i8], k: usize) -> [int8x16_t; 4] {
    // SAFETY: as the caller promises; every processor has NEON.
    unsafe {
        let at = panel.as_ptr().add(k * WIDTH);
        [
            vld1q_s8(at),
            vld1q_s8(at.add(16)),
            vld1q_s8(at.add(32)),
            vld1q_s8(at.add(48)),
        ]
    }
}

/// # Safety
/// Needs dot product; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "neon,dotprod")]
unsafe fn integers_tile_neon_dot<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    // SAFETY: the caller promises 16 * depth weights.
    let mut sums = [unsafe { offsets(depth, panel) }; M];
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
                // SAFETY: k + 16 <= depth.
                let weights = unsafe { columns(panel, k + 4 * $lane) };
                for (sums, a) in sums.iter_mut().zip(a) {
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        // SAFETY: the caller promises dot product.
                        *sum = unsafe { dot::<$lane>(*sum, weights, a) };
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
        // SAFETY: k + 4 <= depth.
        let weights = unsafe { columns(panel, k) };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
            let a = unsafe { group(rows, row * depth + k) };
            for (sum, weights) in sums.iter_mut().zip(weights) {
                // SAFETY: the caller promises dot product.
                *sum = unsafe { dot::<0>(*sum, weights, a) };
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

/// See [`super::integers::Integers::dots`]; 16 columns, at most 6 rows.
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
