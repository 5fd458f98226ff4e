//! One kernel in plain Rust, compiled once for each set of instructions: the compiler vectorises it by itself.

/// Instructions that [`leveled`] kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What every processor of the architecture has.
    Base,
    /// x86-64 with AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 (F, BW, DQ, VL).
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// Those that this processor can run, best first.
    #[must_use]
    pub fn available() -> Vec<Level> {
        let mut levels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 =
                std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
            let avx512 = std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512bw")
                && std::arch::is_x86_feature_detected!("avx512dq")
                && std::arch::is_x86_feature_detected!("avx512vl");
            if avx2 && avx512 {
                levels.push(Level::Avx512);
            }
            if avx2 {
                levels.push(Level::Avx2);
            }
        }
        levels.push(Level::Base);
        levels
    }

    /// The best of them.
    #[must_use]
    pub fn best() -> Level {
        static BEST: std::sync::OnceLock<Level> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| Level::available()[0])
    }
}

/// Whether the lowest level of this architecture has fused multiply-add: without it a call would stand in its place.
pub(super) const BASE_FUSED: bool = cfg!(target_arch = "aarch64");

/// `a * b + c`, in one step where the processor has one.
#[inline(always)]
pub(super) fn mul_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Makes of `fn name<const FUSED>(…)` a function that takes a [`Level`] first and runs the body compiled for it.
macro_rules! leveled {
    (
        $(#[$about:meta])*
        $access:vis fn $name:ident<$fused:ident>($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block
    ) => {
        $(#[$about])*
        #[allow(clippy::too_many_arguments, unsafe_code)]
        $access fn $name(level: $crate::kernels::level::Level, $($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn body<const $fused: bool>($($argument: $kind),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx2($($argument: $kind),*) $(-> $result)? {
                body::<true>($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
            #[allow(clippy::too_many_arguments)]
            fn avx512($($argument: $kind),*) $(-> $result)? {
                body::<true>($($argument),*)
            }
            match level {
                // SAFETY: `Level::available` gives this level only where the processor has the instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::level::Level::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::level::Level::Avx2 => unsafe { avx2($($argument),*) },
                $crate::kernels::level::Level::Base => {
                    body::<{ $crate::kernels::level::BASE_FUSED }>($($argument),*)
                }
            }
        }
    };
}
pub(super) use leveled;
