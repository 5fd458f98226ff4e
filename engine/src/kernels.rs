//! Kernels: products of int8 weights with rows that are quantized ([`integers`]) or float ([`fixed`]), attention,
//! norms, convolutions. Which instructions run is chosen by what the processor has; every kernel is tested against a
//! plain one.

pub mod conv;
pub mod attention;
pub mod each;
pub mod finish;
pub mod fixed;
mod functions;
pub mod integers;
pub mod level;
pub mod norm;
pub mod quantize;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Widest panel and tallest tile of any kernel.
const WIDEST: usize = 32;
const TALLEST: usize = 12;

#[cfg(test)]
mod tests;
