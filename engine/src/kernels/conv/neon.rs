//! Four lanes with NEON.
#![allow(unsafe_code)]

use super::lanes::{Lanes, Work};
use std::arch::aarch64::*;

/// # Safety
/// Needs NEON.
#[target_feature(enable = "neon")]
pub(super) unsafe fn neon<W: Work>(work: W) {
    // SAFETY: the instructions are there.
    unsafe { work.with::<Neon>() }
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
    unsafe fn power(a: float32x4_t) -> float32x4_t {
        unsafe {
            let biased = vaddq_s32(vcvtnq_s32_f32(a), vdupq_n_s32(127));
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased))
        }
    }
    #[inline(always)]
    unsafe fn negative(x: float32x4_t, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vbslq_f32(vcltzq_f32(x), a, b) }
    }
}
