//! Four lanes with NEON.
#![allow(unsafe_code)]

use super::bytes::{ByteLanes, ByteWork};
use super::lanes::{Lanes, Work};
use std::arch::aarch64::*;

/// # Safety
/// Needs NEON.
#[target_feature(enable = "neon")]
pub(super) unsafe fn neon<W: Work>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Neon>() }
}

/// # Safety
/// Needs NEON.
#[target_feature(enable = "neon")]
pub(super) unsafe fn neon_bytes<W: ByteWork>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Neon, false>() }
}

/// # Safety
/// Needs NEON and dot product.
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn neon_dot_bytes<W: ByteWork>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Neon, true>() }
}

/// See [`super::lanes::Isa::translate`].
///
/// # Safety
/// Needs NEON.
#[target_feature(enable = "neon")]
pub(super) unsafe fn translate(table: &[u8; 256], bytes: &mut [u8]) -> usize {
    // SAFETY: the table holds four times 64 bytes, and each chunk a vector.
    unsafe {
        let quarter = |index: usize| vld1q_u8_x4(table.as_ptr().add(index * 64));
        let (a, b, c, d) = (quarter(0), quarter(1), quarter(2), quarter(3));
        let more = vdupq_n_u8(64);
        for chunk in bytes.chunks_exact_mut(16) {
            let at = vld1q_u8(chunk.as_ptr());
            // What lies outside of a quarter gives nothing, or stays as it was.
            let mut found = vqtbl4q_u8(a, at);
            let at = vsubq_u8(at, more);
            found = vqtbx4q_u8(found, b, at);
            let at = vsubq_u8(at, more);
            found = vqtbx4q_u8(found, c, at);
            let at = vsubq_u8(at, more);
            found = vqtbx4q_u8(found, d, at);
            vst1q_u8(chunk.as_mut_ptr(), found);
        }
        bytes.len() / 16 * 16
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Neon;

// SAFETY: as the trait's callers promise.
impl Lanes for Neon {
    type V = float32x4_t;
    const N: usize = 4;
    const ROWS: usize = 6;
    const WIDE: usize = 4;

    #[inline(always)]
    unsafe fn splat(x: f32) -> float32x4_t {
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> float32x4_t {
        unsafe { vld1q_f32(at) }
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, v: float32x4_t) {
        unsafe { vst1q_f32(at, v) }
    }
    #[inline(always)]
    unsafe fn load_part(at: *const f32, count: usize) -> float32x4_t {
        let mut four = [0.0; 4];
        unsafe {
            std::ptr::copy_nonoverlapping(at, four.as_mut_ptr(), count);
            vld1q_f32(four.as_ptr())
        }
    }
    #[inline(always)]
    unsafe fn store_part(at: *mut f32, v: float32x4_t, count: usize) {
        let mut four = [0.0; 4];
        unsafe {
            vst1q_f32(four.as_mut_ptr(), v);
            std::ptr::copy_nonoverlapping(four.as_ptr(), at, count);
        }
    }
    #[inline(always)]
    unsafe fn load_bytes(at: *const u8, count: usize) -> float32x4_t {
        let mut eight = [0u8; 8];
        unsafe {
            std::ptr::copy_nonoverlapping(at, eight.as_mut_ptr(), count);
            vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vld1_u8(eight.as_ptr())))))
        }
    }
    #[inline(always)]
    unsafe fn store_bytes(at: *mut u8, v: float32x4_t, count: usize) {
        let mut eight = [0u8; 8];
        unsafe {
            let words = vqmovn_u32(vcvtnq_u32_f32(v));
            vst1_u8(eight.as_mut_ptr(), vqmovn_u16(vcombine_u16(words, words)));
            std::ptr::copy_nonoverlapping(eight.as_ptr(), at, count);
        }
    }
    #[inline(always)]
    unsafe fn add(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vdivq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn fma(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmaxq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn min(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vminq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn round(a: float32x4_t) -> float32x4_t {
        unsafe { vrndnq_f32(a) }
    }
    #[inline(always)]
    unsafe fn negative(x: float32x4_t, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vbslq_f32(vcltzq_f32(x), a, b) }
    }
}

/// Two i16 meet two, those of four columns side by side; or four bytes meet four, as int8 and 128 less than they are.
// SAFETY: as the trait's callers promise.
impl ByteLanes for Neon {
    type I = int32x4_t;
    type X = int8x16_t;
    type W = int8x16_t;

    #[inline(always)]
    unsafe fn load_sums(at: *const i32) -> int32x4_t {
        unsafe { vld1q_s32(at) }
    }
    #[inline(always)]
    unsafe fn group<const QUADS: bool>(at: *const u8) -> int8x16_t {
        unsafe {
            let x = vreinterpretq_s8_s32(vdupq_n_s32(at.cast::<i32>().read_unaligned()));
            if QUADS { veorq_s8(x, vdupq_n_s8(-128)) } else { x }
        }
    }
    #[inline(always)]
    unsafe fn weights(at: *const u8) -> int8x16_t {
        unsafe { vld1q_s8(at.cast()) }
    }
    #[inline(always)]
    unsafe fn dot<const QUADS: bool>(mut sums: int32x4_t, x: int8x16_t, w: int8x16_t) -> int32x4_t {
        unsafe {
            if QUADS {
                // The intrinsic (vdotq_s32) is not stable yet.
                std::arch::asm!(
                    "sdot {sums:v}.4s, {w:v}.16b, {x:v}.16b",
                    sums = inout(vreg) sums, w = in(vreg) w, x = in(vreg) x,
                    options(pure, nomem, nostack, preserves_flags)
                );
                return sums;
            }
            let (x, w) = (vreinterpretq_s16_s8(x), vreinterpretq_s16_s8(w));
            vmlal_high_laneq_s16::<1>(vmlal_laneq_s16::<0>(sums, vget_low_s16(w), x), w, x)
        }
    }
    #[inline(always)]
    unsafe fn less(sums: int32x4_t, x: i32, w: *const i32) -> int32x4_t {
        unsafe { vmlsq_s32(sums, vdupq_n_s32(x), vld1q_s32(w)) }
    }
    #[inline(always)]
    unsafe fn floats(sums: int32x4_t) -> float32x4_t {
        unsafe { vcvtq_f32_s32(sums) }
    }
}
