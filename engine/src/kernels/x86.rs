//! AVX2, AVX-VNNI and AVX-512 VNNI: weights that were read once are used for all rows of a tile.
#![allow(unsafe_code)]

use super::WIDEST;
use super::integers::Tile as Sums;
use std::arch::x86_64::*;

/// Calls `$tile::<height>` for the height that `rows` has.
macro_rules! by_height {
    ($tile:ident, $rows:expr, $depth:expr, $panel:expr, $sums:expr, $($height:literal)+) => {{
        assert!($panel.len() >= $depth * WIDTH && WIDTH <= WIDEST);
        match $rows.len() / $depth {
            // SAFETY: the processor has the instructions (`Dot::available` asked it); `rows` holds `height` rows
            // of `depth` numbers, and `panel` `depth` rows of WIDTH weights, as asserted above.
            $($height => unsafe { $tile::<$height>($rows, $depth, $panel, $sums) },)+
            other => unreachable!("a tile of {other} rows"),
        }
    }};
}

/// See [`super::integers::Integers::dots_of_words`]; 16 columns, at most 6 rows.
pub(super) fn words_avx2(rows: &[i16], depth: usize, panel: &[i8], tile: &mut Sums) {
    const WIDTH: usize = 16;
    by_height!(words_tile_avx2, rows, depth, panel, tile, 1 2 3 4 5 6)
}

/// See [`super::integers::Integers::dots_of_bytes`]; 32 columns, at most 12 rows.
pub(super) fn integers_avx512_vnni(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Sums) {
    const WIDTH: usize = 32;
    by_height!(integers_tile_avx512_vnni, rows, depth, panel, tile, 1 2 3 4 5 6 7 8 9 10 11 12)
}

/// See [`super::integers::Integers::dots_of_bytes`]; 16 columns, at most 6 rows.
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

/// Products of 16-bit numbers, pairs of them added in 32 bits.
///
/// # Safety
/// Needs AVX2; `rows` holds `M * depth` words and `panel` `16 * depth` weights, depth a multiple of 2.
#[target_feature(enable = "avx2")]
unsafe fn words_tile_avx2<const M: usize>(rows: &[i16], depth: usize, panel: &[i8], tile: &mut Sums) {
    let mut sums = [[_mm256_setzero_si256(); 2]; M];
    for k in (0..depth).step_by(2) {
        let at = panel.as_ptr().wrapping_add(k * 16);
        _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(1024));
        // SAFETY: k + 2 <= depth, and the caller promises 16 weights for each k.
        let weights = unsafe {
            [
                _mm256_cvtepi8_epi16(_mm_loadu_si128(at.cast())),
                _mm256_cvtepi8_epi16(_mm_loadu_si128(at.add(16).cast())),
            ]
        };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: row < M and k + 2 <= depth, and the caller promises M rows of depth words; the read may be unaligned.
            let a = unsafe { rows.as_ptr().add(row * depth + k).cast::<i32>().read_unaligned() };
            let a = _mm256_set1_epi32(a);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(a, weights));
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
