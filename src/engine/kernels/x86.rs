//! AVX2 and AVX-512: weights are widened from int8 to float in registers and used for all rows of a tile.
#![allow(unsafe_code)]

use super::{Tile, WIDEST};
use std::arch::x86_64::*;

/// Calls `$tile::<height>` for the height that `rows` has.
macro_rules! by_height {
    ($tile:ident, $rows:expr, $depth:expr, $panel:expr, $sums:expr, $($height:literal)+) => {{
        assert!($panel.len() >= $depth * WIDTH && WIDTH <= WIDEST);
        match $rows.len() / $depth {
            // SAFETY: the processor has the instructions (`Kernel::available` asked it); `rows` holds `height` rows
            // of `depth` floats, and `panel` `depth` rows of WIDTH weights, as asserted above.
            $($height => unsafe { $tile::<$height>($rows, $depth, $panel, $sums) },)+
            other => unreachable!("a tile of {other} rows"),
        }
    }};
}

/// See [`super::Panels::sums`]; 16 columns, at most 6 rows.
pub(super) fn avx2(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    const WIDTH: usize = 16;
    by_height!(tile_avx2, rows, depth, panel, tile, 1 2 3 4 5 6)
}

/// See [`super::Panels::sums`]; 32 columns, at most 12 rows.
pub(super) fn avx512(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    const WIDTH: usize = 32;
    by_height!(tile_avx512, rows, depth, panel, tile, 1 2 3 4 5 6 7 8 9 10 11 12)
}

/// # Safety
/// Needs AVX2 and FMA; `rows` holds `M * depth` floats and `panel` `16 * depth` weights.
#[target_feature(enable = "avx2,fma")]
unsafe fn tile_avx2<const M: usize>(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    let mut sums = [[_mm256_setzero_ps(); 2]; M];
    for k in 0..depth {
        // SAFETY: k < depth, and the caller promises 16 weights for each k.
        let weights = unsafe { _mm_loadu_si128(panel.as_ptr().add(k * 16).cast()) };
        let low = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(weights));
        let high = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_unpackhi_epi64(weights, weights)));
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k < depth, and the caller promises M rows of depth floats.
            let x = _mm256_set1_ps(unsafe { *rows.get_unchecked(row * depth + k) });
            sums[0] = _mm256_fmadd_ps(x, low, sums[0]);
            sums[1] = _mm256_fmadd_ps(x, high, sums[1]);
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        // SAFETY: a row of a tile holds WIDEST = 32 floats.
        unsafe {
            _mm256_storeu_ps(out.as_mut_ptr(), sums[0]);
            _mm256_storeu_ps(out.as_mut_ptr().add(8), sums[1]);
        }
    }
}

/// # Safety
/// Needs AVX-512F; `rows` holds `M * depth` floats and `panel` `32 * depth` weights.
#[target_feature(enable = "avx512f")]
unsafe fn tile_avx512<const M: usize>(rows: &[f32], depth: usize, panel: &[i8], tile: &mut Tile) {
    let mut sums = [[_mm512_setzero_ps(); 2]; M];
    for k in 0..depth {
        // SAFETY: k < depth, and the caller promises 32 weights for each k.
        let (low, high) = unsafe {
            let at = panel.as_ptr().add(k * 32);
            (_mm_loadu_si128(at.cast()), _mm_loadu_si128(at.add(16).cast()))
        };
        let low = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(low));
        let high = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(high));
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k < depth, and the caller promises M rows of depth floats.
            let x = _mm512_set1_ps(unsafe { *rows.get_unchecked(row * depth + k) });
            sums[0] = _mm512_fmadd_ps(x, low, sums[0]);
            sums[1] = _mm512_fmadd_ps(x, high, sums[1]);
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        // SAFETY: a row of a tile holds WIDEST = 32 floats.
        unsafe {
            _mm512_storeu_ps(out.as_mut_ptr(), sums[0]);
            _mm512_storeu_ps(out.as_mut_ptr().add(16), sums[1]);
        }
    }
}
