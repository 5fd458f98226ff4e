//! Convolutions of pictures whose channels lie side by side (`[height, width, channels]`), f32.
//!
//! In: weights packed once into [`Dense`] or [`Depthwise`]; then a picture. Out: the convolved picture, with bias,
//! [`Activation`] and an added picture ([`Post`]) applied while the sums are still in the first cache. Channels side by
//! side need no im2col: what a kernel's row covers is one run of memory, and depthwise sums fill whole registers.
//!
//! Every kernel is written once, over [`lanes::Lanes`], and compiled for each instruction set; [`Isa`] says which of
//! them the processor has. All are tested against sums written out in f64.

mod bytes;
pub mod codes;
mod dense;
mod depthwise;
mod finish;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod pool;
mod product;
mod room;
pub mod rows;
mod slide;
mod turn;
mod window;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use bytes::{ByteIsa, DenseBytes, Quantized};
pub use dense::Dense;
pub use depthwise::Depthwise;
pub use finish::{Activation, Code, Out, Post, Slopes};
pub use lanes::Isa;
pub use pool::{Mix, Pool, largest_bytes, resize, resize_bytes};
pub use room::room;
pub use turn::transpose;
pub use window::{Shape, Window};

#[cfg(test)]
mod tests;
