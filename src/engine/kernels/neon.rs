//! 64-bit ARM: weights are widened from int8 to float in registers and used for all rows of a tile.
#![allow(unsafe_code)]

use super::Tile;
use std::arch::aarch64::*;

const WIDTH: usize = 16;

/// See [`super::Panels::sums`]; 16 columns, at most 6 rows.
pub(super) fn neon(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    assert!(panel.len() >= depth * WIDTH);
    macro_rules! by_height {
        ($($height:literal)+) => {
            match rows.len() / depth {
                // SAFETY: every aarch64 processor has NEON; `rows` holds `height` rows of `depth` floats, and `panel`
                // `depth` rows of WIDTH weights, as asserted above.
                $($height => unsafe { tile_neon::<$height>(rows, depth, panel, tile) },)+
                other => unreachable!("a tile of {other} rows"),
            }
        };
    }
    by_height!(1 2 3 4 5 6)
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
