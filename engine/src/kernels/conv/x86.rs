//! Eight lanes with AVX2 and FMA, sixteen with AVX-512.
#![allow(unsafe_code)]

use super::bytes::{ByteLanes, ByteWork};
use super::lanes::{Lanes, Work};
use std::arch::x86_64::*;

/// # Safety
/// Needs AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2<W: Work>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Avx2>() }
}

/// # Safety
/// Needs AVX-512 F, BW, DQ and VL.
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn avx512<W: Work>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Avx512>() }
}

/// # Safety
/// Needs AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2_bytes<W: ByteWork>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Avx2, false>() }
}

/// # Safety
/// Needs AVX-512 F, BW, DQ, VL and VNNI.
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn vnni<W: ByteWork>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Avx512, true>() }
}

/// See [`super::lanes::Isa::translate`].
///
/// # Safety
/// Needs AVX-512 F, BW and VBMI.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) unsafe fn translate_avx512(table: &[u8; 256], bytes: &mut [u8]) -> usize {
    // SAFETY: the table holds four vectors, and each chunk one.
    unsafe {
        let quarter = |index: usize| _mm512_loadu_si512(table.as_ptr().add(index * 64).cast());
        let (a, b, c, d) = (quarter(0), quarter(1), quarter(2), quarter(3));
        let mut chunks = bytes.chunks_exact_mut(64);
        for chunk in &mut chunks {
            let at = _mm512_loadu_si512(chunk.as_ptr().cast());
            let low = _mm512_permutex2var_epi8(a, at, b);
            let high = _mm512_permutex2var_epi8(c, at, d);
            let both = _mm512_mask_blend_epi8(_mm512_movepi8_mask(at), low, high);
            _mm512_storeu_si512(chunk.as_mut_ptr().cast(), both);
        }
        bytes.len() / 64 * 64
    }
}

/// See [`super::lanes::Isa::translate`]: every sixteenth of the table is looked into by the low four bits, and the high
/// ones choose among what was found.
///
/// # Safety
/// Needs AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn translate_avx2(table: &[u8; 256], bytes: &mut [u8]) -> usize {
    // SAFETY: the table holds sixteen times sixteen bytes, and each chunk a vector.
    unsafe {
        let part = |index: usize| {
            _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().add(index * 16).cast()))
        };
        let chunks = bytes.chunks_exact_mut(32);
        for chunk in chunks {
            let at = _mm256_loadu_si256(chunk.as_ptr().cast());
            let low = _mm256_and_si256(at, _mm256_set1_epi8(15));
            // A choice goes by the highest bit of each byte.
            let (bit4, bit5) = (_mm256_slli_epi16::<3>(at), _mm256_slli_epi16::<2>(at));
            let bit6 = _mm256_slli_epi16::<1>(at);
            let one = |index| _mm256_shuffle_epi8(part(index), low);
            let two = |index| _mm256_blendv_epi8(one(index), one(index + 1), bit4);
            let four = |index| _mm256_blendv_epi8(two(index), two(index + 2), bit5);
            let eight = |index| _mm256_blendv_epi8(four(index), four(index + 4), bit6);
            let all = _mm256_blendv_epi8(eight(0), eight(8), at);
            _mm256_storeu_si256(chunk.as_mut_ptr().cast(), all);
        }
        bytes.len() / 32 * 32
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2;

/// All bits set in the first `count` of eight lanes.
#[inline(always)]
unsafe fn first(count: usize) -> __m256i {
    unsafe {
        let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), lanes)
    }
}

// SAFETY: as the trait's callers promise.
impl Lanes for Avx2 {
    type V = __m256;
    const N: usize = 8;
    const ROWS: usize = 6;
    const WIDE: usize = 2;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m256 {
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(at) }
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, v: __m256) {
        unsafe { _mm256_storeu_ps(at, v) }
    }
    #[inline(always)]
    unsafe fn load_part(at: *const f32, count: usize) -> __m256 {
        unsafe { _mm256_maskload_ps(at, first(count)) }
    }
    #[inline(always)]
    unsafe fn store_part(at: *mut f32, v: __m256, count: usize) {
        unsafe { _mm256_maskstore_ps(at, first(count), v) }
    }
    #[inline(always)]
    unsafe fn load_bytes(at: *const u8, count: usize) -> __m256 {
        unsafe {
            let bytes = if count == 8 {
                _mm_loadl_epi64(at.cast())
            } else {
                let mut eight = [0u8; 8];
                std::ptr::copy_nonoverlapping(at, eight.as_mut_ptr(), count);
                _mm_loadl_epi64(eight.as_ptr().cast())
            };
            _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes))
        }
    }
    #[inline(always)]
    unsafe fn store_bytes(at: *mut u8, v: __m256, count: usize) {
        unsafe {
            let v = _mm256_cvtps_epi32(v);
            let words = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
            let bytes = _mm_packus_epi16(words, words);
            if count == 8 {
                _mm_storel_epi64(at.cast(), bytes);
            } else {
                let mut eight = [0u8; 8];
                _mm_storel_epi64(eight.as_mut_ptr().cast(), bytes);
                std::ptr::copy_nonoverlapping(eight.as_ptr(), at, count);
            }
        }
    }
    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn max(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn min(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn round(a: __m256) -> __m256 {
        unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a) }
    }
    #[inline(always)]
    unsafe fn negative(x: __m256, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_blendv_ps(b, a, _mm256_cmp_ps::<_CMP_LT_OQ>(x, _mm256_setzero_ps())) }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512;

#[inline(always)]
fn mask(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

// SAFETY: as the trait's callers promise.
impl Lanes for Avx512 {
    type V = __m512;
    const N: usize = 16;
    const ROWS: usize = 8;
    const WIDE: usize = 3;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(at) }
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, v: __m512) {
        unsafe { _mm512_storeu_ps(at, v) }
    }
    #[inline(always)]
    unsafe fn load_part(at: *const f32, count: usize) -> __m512 {
        unsafe { _mm512_maskz_loadu_ps(mask(count), at) }
    }
    #[inline(always)]
    unsafe fn store_part(at: *mut f32, v: __m512, count: usize) {
        unsafe { _mm512_mask_storeu_ps(at, mask(count), v) }
    }
    #[inline(always)]
    unsafe fn load_bytes(at: *const u8, count: usize) -> __m512 {
        unsafe {
            let bytes = _mm_maskz_loadu_epi8(mask(count), at.cast());
            _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))
        }
    }
    #[inline(always)]
    unsafe fn store_bytes(at: *mut u8, v: __m512, count: usize) {
        unsafe {
            _mm_mask_storeu_epi8(
                at.cast(),
                mask(count),
                _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)),
            )
        }
    }
    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn round(a: __m512) -> __m512 {
        unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a) }
    }
    #[inline(always)]
    unsafe fn negative(x: __m512, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(x, _mm512_setzero_ps()), b, a) }
    }
}

/// Two i16 meet two.
// SAFETY: as the trait's callers promise.
impl ByteLanes for Avx2 {
    type I = __m256i;
    type X = __m256i;
    type W = __m256i;

    #[inline(always)]
    unsafe fn load_sums(at: *const i32) -> __m256i {
        unsafe { _mm256_loadu_si256(at.cast()) }
    }
    #[inline(always)]
    unsafe fn group<const QUADS: bool>(at: *const u8) -> __m256i {
        unsafe { _mm256_set1_epi32(at.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m256i {
        unsafe { _mm256_loadu_si256(at.cast()) }
    }
    #[inline(always)]
    unsafe fn dot<const QUADS: bool>(sums: __m256i, x: __m256i, w: __m256i) -> __m256i {
        unsafe { _mm256_add_epi32(sums, _mm256_madd_epi16(x, w)) }
    }
    #[inline(always)]
    unsafe fn less(sums: __m256i, x: i32, w: *const i32) -> __m256i {
        unsafe {
            let product = _mm256_mullo_epi32(_mm256_set1_epi32(x), _mm256_loadu_si256(w.cast()));
            _mm256_sub_epi32(sums, product)
        }
    }
    #[inline(always)]
    unsafe fn floats(sums: __m256i) -> __m256 {
        unsafe { _mm256_cvtepi32_ps(sums) }
    }
}

/// Four bytes meet four weights.
// SAFETY: as the trait's callers promise.
impl ByteLanes for Avx512 {
    type I = __m512i;
    type X = __m512i;
    type W = __m512i;

    #[inline(always)]
    unsafe fn load_sums(at: *const i32) -> __m512i {
        unsafe { _mm512_loadu_si512(at.cast()) }
    }
    #[inline(always)]
    unsafe fn group<const QUADS: bool>(at: *const u8) -> __m512i {
        unsafe { _mm512_set1_epi32(at.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m512i {
        unsafe { _mm512_loadu_si512(at.cast()) }
    }
    #[inline(always)]
    unsafe fn dot<const QUADS: bool>(sums: __m512i, x: __m512i, w: __m512i) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sums, x, w) }
    }
    #[inline(always)]
    unsafe fn less(sums: __m512i, x: i32, w: *const i32) -> __m512i {
        unsafe {
            let product = _mm512_mullo_epi32(_mm512_set1_epi32(x), _mm512_loadu_si512(w.cast()));
            _mm512_sub_epi32(sums, product)
        }
    }
    #[inline(always)]
    unsafe fn floats(sums: __m512i) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(sums) }
    }
}
