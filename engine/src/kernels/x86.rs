//! AVX2 and AVX-512. With float rows, weights are widened from int8 to float in registers; with uint8 rows they stay.
//! Either way weights that were read once are used for all rows of a tile.
#![allow(unsafe_code)]

use super::integers::Tile as Sums;
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

/// See [`super::integers::Integers::dots`]; 16 columns, at most 2 rows.
pub(super) fn integers_avx2(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    const WIDTH: usize = 16;
    by_height!(integers_tile_avx2, rows, depth, panel, tile, 1 2)
}

/// See [`super::integers::Integers::dots`]; 16 columns, at most 4 rows.
pub(super) fn integers_avx2_bytes(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    const WIDTH: usize = 16;
    by_height!(integers_tile_avx2_bytes, rows, depth, panel, tile, 1 2 3 4)
}

/// See [`super::integers::Integers::dots`]; 32 columns, at most 12 rows.
pub(super) fn integers_avx512_vnni(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    const WIDTH: usize = 32;
    by_height!(integers_tile_avx512_vnni, rows, depth, panel, tile, 1 2 3 4 5 6 7 8 9 10 11 12)
}

/// See [`super::integers::Integers::dots`]; 16 columns, at most 6 rows.
pub(super) fn integers_avx_vnni(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    const WIDTH: usize = 16;
    by_height!(integers_tile_avx_vnni, rows, depth, panel, tile, 1 2 3 4 5 6)
}

/// Four bytes of a row as one number.
///
/// # Safety
/// `at + 4 <= rows.len()`.
#[inline(always)]
unsafe fn group(rows: &[u8], at: usize) -> i32 {
    // SAFETY: the caller promises four bytes at `at`; the read may be unaligned.
    unsafe { rows.as_ptr().add(at).cast::<i32>().read_unaligned() }
}

/// Products in 16 bits, pairs of them added in 32: never saturates.
///
/// # Safety
/// Needs AVX2; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "avx2")]
unsafe fn integers_tile_avx2<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    // Each register: four columns, two halves of a sum each.
    let mut sums = [[_mm256_setzero_si256(); 4]; M];
    for k in (0..depth).step_by(4) {
        let mut weights = [_mm256_setzero_si256(); 4];
        for (part, weights) in weights.iter_mut().enumerate() {
            // SAFETY: k + 4 <= depth, and the caller promises 16 weights for each k.
            *weights = _mm256_cvtepi8_epi16(unsafe {
                _mm_loadu_si128(panel.as_ptr().add(k * 16 + part * 16).cast())
            });
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
            let a = unsafe { group(rows, row * depth + k) };
            let a = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(a)));
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(a, weights));
            }
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        for half in [0, 1] {
            // Adds the halves of eight columns; their pairs then stand 0 2 1 3.
            let added = _mm256_hadd_epi32(sums[half * 2], sums[half * 2 + 1]);
            let added = _mm256_permute4x64_epi64::<0b11_01_10_00>(added);
            // SAFETY: a row of a tile holds WIDEST = 32 numbers.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(half * 8).cast(), added) };
        }
    }
}

/// Pairs of products added in 16 bits, where they saturate when the weights are large: see [`super::integers::Dot`].
///
/// # Safety
/// Needs AVX2; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "avx2")]
unsafe fn integers_tile_avx2_bytes<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    let ones = _mm256_set1_epi16(1);
    let mut sums = [[_mm256_setzero_si256(); 2]; M];
    for k in (0..depth).step_by(4) {
        // SAFETY: k + 4 <= depth, and the caller promises 16 weights for each k.
        let weights = unsafe {
            let at = panel.as_ptr().add(k * 16);
            [
                _mm256_loadu_si256(at.cast()),
                _mm256_loadu_si256(at.add(32).cast()),
            ]
        };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
            let a = _mm256_set1_epi32(unsafe { group(rows, row * depth + k) });
            for (sum, weights) in sums.iter_mut().zip(weights) {
                let pairs = _mm256_maddubs_epi16(a, weights);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        // SAFETY: a row of a tile holds WIDEST = 32 numbers.
        unsafe {
            _mm256_storeu_si256(out.as_mut_ptr().cast(), sums[0]);
            _mm256_storeu_si256(out.as_mut_ptr().add(8).cast(), sums[1]);
        }
    }
}

/// # Safety
/// Needs AVX-512F and VNNI; `rows` holds `M * depth` bytes and `panel` `32 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn integers_tile_avx512_vnni<const M: usize>(
    rows: &[u8],
    depth: usize,
    panel: &[i8],
    tile: &mut Sums,
) {
    let mut sums = [[_mm512_setzero_si512(); 2]; M];
    for k in (0..depth).step_by(4) {
        // A kilobyte ahead, in this panel or the next: to ask for what does not exist does no harm.
        let ahead = panel.as_ptr().wrapping_add(k * 32 + 1024);
        _mm_prefetch::<_MM_HINT_T0>(ahead);
        _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(64));
        // SAFETY: k + 4 <= depth, and the caller promises 32 weights for each k.
        let weights = unsafe {
            let at = panel.as_ptr().add(k * 32);
            [
                _mm512_loadu_si512(at.cast()),
                _mm512_loadu_si512(at.add(64).cast()),
            ]
        };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
            let a = _mm512_set1_epi32(unsafe { group(rows, row * depth + k) });
            sums[0] = _mm512_dpbusd_epi32(sums[0], a, weights[0]);
            sums[1] = _mm512_dpbusd_epi32(sums[1], a, weights[1]);
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        // SAFETY: a row of a tile holds WIDEST = 32 numbers.
        unsafe {
            _mm512_storeu_si512(out.as_mut_ptr().cast(), sums[0]);
            _mm512_storeu_si512(out.as_mut_ptr().add(16).cast(), sums[1]);
        }
    }
}

/// # Safety
/// Needs AVX2 and AVX-VNNI; `rows` holds `M * depth` bytes and `panel` `16 * depth` weights, depth a multiple of 4.
#[target_feature(enable = "avx2,avxvnni")]
unsafe fn integers_tile_avx_vnni<const M: usize>(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    let mut sums = [[_mm256_setzero_si256(); 2]; M];
    for k in (0..depth).step_by(4) {
        let at = panel.as_ptr().wrapping_add(k * 16);
        _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(1024));
        // SAFETY: k + 4 <= depth, and the caller promises 16 weights for each k.
        let weights = unsafe {
            [
                _mm256_loadu_si256(at.cast()),
                _mm256_loadu_si256(at.add(32).cast()),
            ]
        };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 4 <= depth, and the caller promises M rows of depth bytes.
            let a = _mm256_set1_epi32(unsafe { group(rows, row * depth + k) });
            sums[0] = _mm256_dpbusd_avx_epi32(sums[0], a, weights[0]);
            sums[1] = _mm256_dpbusd_avx_epi32(sums[1], a, weights[1]);
        }
    }
    for (sums, out) in sums.iter().zip(tile) {
        // SAFETY: a row of a tile holds WIDEST = 32 numbers.
        unsafe {
            _mm256_storeu_si256(out.as_mut_ptr().cast(), sums[0]);
            _mm256_storeu_si256(out.as_mut_ptr().add(8).cast(), sums[1]);
        }
    }
}
