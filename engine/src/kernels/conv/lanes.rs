//! Vectors of f32, whatever the machine calls them.
#![allow(unsafe_code)]

#[cfg(target_arch = "aarch64")]
use super::neon;
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Which instructions the kernels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// Any machine.
    Plain,
    /// x86-64 with AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 (F, BW, DQ, VL).
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 64-bit ARM; every one has it.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// Those that this processor can run, best first.
    #[must_use]
    pub fn available() -> Vec<Isa> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let avx2 = has!("avx2") && has!("fma");
            if avx2 && has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
                sets.push(Isa::Avx512);
            }
            if avx2 {
                sets.push(Isa::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        sets.push(Isa::Neon);
        sets.push(Isa::Plain);
        sets
    }

    /// The best of them.
    #[must_use]
    pub fn best() -> Isa {
        static BEST: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| Isa::available()[0])
    }

    /// Numbers in a vector.
    pub(super) const fn lanes(self) -> usize {
        match self {
            Isa::Plain => Plain::N,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => x86::Avx2::N,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => x86::Avx512::N,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => neon::Neon::N,
        }
    }

    /// Vectors that a dense kernel computes side by side, at most.
    pub(super) const fn wide(self) -> usize {
        match self {
            Isa::Plain => Plain::WIDE,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => x86::Avx2::WIDE,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => x86::Avx512::WIDE,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => neon::Neon::WIDE,
        }
    }

    /// Replaces bytes by what a table has for them, as many as fill whole vectors; how many those were.
    pub(super) fn translate(self, table: &[u8; 256], bytes: &mut [u8]) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 if std::arch::is_x86_feature_detected!("avx512vbmi") => {
                // SAFETY: the instructions are there.
                unsafe { x86::translate_avx512(table, bytes) }
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::Avx512 => {
                // SAFETY: as above; what has AVX-512 has AVX2.
                unsafe { x86::translate_avx2(table, bytes) }
            }
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => {
                // SAFETY: as above.
                unsafe { neon::translate(table, bytes) }
            }
            Isa::Plain => 0,
        }
    }

    /// Runs `work` compiled for these instructions.
    ///
    /// # Safety
    /// The processor must have them, and `work` must be sound on any.
    pub(super) unsafe fn run<W: Work>(self, work: W) {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Isa::Plain => work.with::<Plain>(),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => x86::avx2(work),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => x86::avx512(work),
                #[cfg(target_arch = "aarch64")]
                Isa::Neon => neon::neon(work),
            }
        }
    }
}

/// Something to compute with any [`Lanes`]. `with` must be `#[inline(always)]`, and all that it calls with `L`, so that
/// it is compiled with the instructions of whoever runs it.
pub(super) trait Work {
    /// Does it.
    ///
    /// # Safety
    /// The processor must have the instructions of `L`.
    unsafe fn with<L: Lanes>(self);
}

/// Vectors of `N` f32. All functions are unsafe for the same two reasons: the processor must have the instructions, and
/// pointers must be good for `N` (or `count`, at most `N`) numbers.
#[allow(clippy::missing_safety_doc, reason = "said once, above")]
pub(super) trait Lanes: Copy {
    type V: Copy;
    /// Numbers in a vector.
    const N: usize;
    /// Rows that a dense kernel computes side by side, at most; 8, 6, 4, 2 or 1.
    const ROWS: usize;
    /// Vectors that it computes side by side, at most; up to 4.
    const WIDE: usize;

    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(at: *const f32) -> Self::V;
    unsafe fn store(at: *mut f32, v: Self::V);
    unsafe fn load_part(at: *const f32, count: usize) -> Self::V;
    unsafe fn store_part(at: *mut f32, v: Self::V, count: usize);
    /// Bytes as numbers.
    unsafe fn load_bytes(at: *const u8, count: usize) -> Self::V;
    /// Whole numbers from 0 to 255 as bytes.
    unsafe fn store_bytes(at: *mut u8, v: Self::V, count: usize);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    /// To the nearest whole number.
    unsafe fn round(a: Self::V) -> Self::V;
    /// `if x < 0 { a } else { b }`.
    unsafe fn negative(x: Self::V, a: Self::V, b: Self::V) -> Self::V;

    /// `a / b`, from one over b.
    #[inline(always)]
    unsafe fn quotient(a: Self::V, b: Self::V, inverse: Self::V) -> Self::V {
        // The product may be off in its last bit; what is left over, which `fma` gives exactly, says by how much.
        unsafe {
            let near = Self::mul(a, inverse);
            let left = Self::fma(Self::mul(near, Self::splat(-1.0)), b, a);
            Self::fma(left, inverse, near)
        }
    }

    /// `1 / (1 + e^-x)`, error below 2e-7.
    #[inline(always)]
    unsafe fn sigmoid(x: Self::V) -> Self::V {
        // Eigen's quotient of two polynomials (generic_fast_tanh of half of x), which onnxruntime uses, too: numbers
        // that are rounded to bytes afterwards become the same bytes.
        unsafe {
            let x = Self::max(Self::min(x, Self::splat(18.0)), Self::splat(-18.0));
            let square = Self::mul(x, x);
            let mut p = Self::splat(4.370_31e-11);
            for c in [1.156_273_2e-7, 6.085_749e-5, 8.513_771e-3, 2.482_879_5e-1] {
                p = Self::fma(p, square, Self::splat(c));
            }
            let mut q = Self::splat(6.102_473_7e-13);
            for c in [
                5.761_021_4e-9,
                6.291_068e-6,
                1.701_988_2e-3,
                1.168_176_5e-1,
                9.931_519e-1,
            ] {
                q = Self::fma(q, square, Self::splat(c));
            }
            let half = Self::splat(0.5);
            let gate = Self::add(Self::div(Self::mul(p, x), q), half);
            Self::max(Self::min(gate, Self::splat(1.0)), Self::splat(0.0))
        }
    }
}

/// For any machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain;

/// Each lane by itself.
#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> [f32; Plain::N] {
    std::array::from_fn(f)
}

// SAFETY of the pointers: as the trait's callers promise.
impl Lanes for Plain {
    type V = [f32; 4];
    const N: usize = 4;
    const ROWS: usize = 4;
    const WIDE: usize = 2;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        [x; 4]
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self::V {
        unsafe { at.cast::<Self::V>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, v: Self::V) {
        unsafe { at.cast::<Self::V>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn load_part(at: *const f32, count: usize) -> Self::V {
        each(|i| if i < count { unsafe { *at.add(i) } } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn store_part(at: *mut f32, v: Self::V, count: usize) {
        for (i, x) in v.iter().enumerate().take(count) {
            unsafe { *at.add(i) = *x };
        }
    }
    #[inline(always)]
    unsafe fn load_bytes(at: *const u8, count: usize) -> Self::V {
        each(|i| {
            if i < count {
                f32::from(unsafe { *at.add(i) })
            } else {
                0.0
            }
        })
    }
    #[inline(always)]
    unsafe fn store_bytes(at: *mut u8, v: Self::V, count: usize) {
        for (i, x) in v.iter().enumerate().take(count) {
            unsafe { *at.add(i) = *x as u8 };
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        each(|i| a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        each(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        each(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        each(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn round(a: Self::V) -> Self::V {
        each(|i| a[i].round_ties_even())
    }
    #[inline(always)]
    unsafe fn quotient(a: Self::V, b: Self::V, _inverse: Self::V) -> Self::V {
        each(|i| a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn negative(x: Self::V, a: Self::V, b: Self::V) -> Self::V {
        each(|i| if x[i] < 0.0 { a[i] } else { b[i] })
    }
}
