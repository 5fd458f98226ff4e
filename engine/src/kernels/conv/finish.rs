//! What happens to sums before they are stored.
#![allow(unsafe_code)]

use super::lanes::Lanes;
use std::sync::Arc;

/// A function of one number, and of its channel at most.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Activation {
    /// x.
    #[default]
    None,
    /// x, held between two numbers; `Relu` and `Relu6` are of this kind.
    Clip(f32, f32),
    /// x, or where it is negative x times its channel's slope (`PRelu`).
    Slope(Slopes),
    /// x, or where it is negative x times a slope.
    Leaky(f32),
    /// x · sigmoid(x).
    Silu,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// x · clip(x / 6 + 1/2, 0, 1).
    HardSwish,
    /// clip(a x + b, 0, 1).
    HardSigmoid(f32, f32),
}

/// A slope a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Slopes {
    count: usize,
    /// Filled up, so that whole vectors can be read.
    padded: Arc<[f32]>,
}

/// Longest vector of any machine.
pub(super) const LONGEST: usize = 16;

impl Slopes {
    /// One slope for each channel.
    #[must_use]
    pub fn new(slopes: &[f32]) -> Self {
        let mut padded = slopes.to_vec();
        padded.resize(slopes.len() + LONGEST, 0.0);
        Slopes {
            count: slopes.len(),
            padded: padded.into(),
        }
    }
}

/// What is applied to the sums of a convolution: `second(first(sum) + added)`, then perhaps rounded to bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Post {
    /// Before the picture is added.
    pub first: Activation,
    /// After it.
    pub second: Activation,
    /// How bytes stand for numbers, where bytes are stored.
    pub code: Code,
}

/// A byte b stands for `(b - zero) * scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Code {
    /// From one byte to the next.
    pub scale: f32,
    /// One over it.
    pub inverse: f32,
    /// The byte that stands for zero.
    pub zero: u8,
}

impl Default for Code {
    fn default() -> Self {
        Code::new(1.0, 0)
    }
}

impl Code {
    /// With this scale, and this byte for zero.
    #[must_use]
    pub fn new(scale: f32, zero: u8) -> Self {
        Code {
            scale,
            inverse: scale.recip(),
            zero,
        }
    }

    /// The nearest byte, of two the even one before the zero point is added, as ONNX's QuantizeLinear rounds.
    #[must_use]
    pub fn round(&self, x: f32) -> u8 {
        let zero = f32::from(self.zero);
        ((x / self.scale).clamp(-zero, 255.0 - zero).round_ties_even() + zero) as u8
    }
}

/// The same for vectors.
#[derive(Clone, Copy)]
pub(super) struct Rounding<V> {
    scale: V,
    inverse: V,
    /// The least and the largest number that a byte stands for.
    held: [V; 2],
    zero: V,
}

impl Code {
    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    pub(super) unsafe fn rounding<L: Lanes>(&self) -> Rounding<L::V> {
        let zero = f32::from(self.zero);
        // SAFETY: as the caller promises.
        unsafe {
            Rounding {
                scale: L::splat(self.scale),
                inverse: L::splat(self.inverse),
                held: [
                    L::splat(-zero * self.scale),
                    L::splat((255.0 - zero) * self.scale),
                ],
                zero: L::splat(zero),
            }
        }
    }
}

impl<V: Copy> Rounding<V> {
    /// A whole number from 0 to 255.
    ///
    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    pub(super) unsafe fn of<L: Lanes<V = V>>(&self, x: V) -> V {
        // SAFETY: as the caller promises.
        unsafe {
            let x = L::min(L::max(x, self.held[0]), self.held[1]);
            L::add(L::round(L::quotient(x, self.scale, self.inverse)), self.zero)
        }
    }
}

/// Where a picture is stored.
#[derive(Debug)]
pub enum Out<'a> {
    /// As it is.
    Floats(&'a mut [f32]),
    /// Rounded to the nearest byte, ties to even, and held between 0 and 255.
    Bytes(&'a mut [u8]),
}

impl Out<'_> {
    /// Numbers that it holds.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        match self {
            Out::Floats(out) => out.len(),
            Out::Bytes(out) => out.len(),
        }
    }

    /// The same, for kernels; `added` is a picture as large, or empty.
    pub(super) fn target(&mut self, added: &[f32], step: usize) -> Target {
        let (out, bytes) = match self {
            Out::Floats(out) => (out.as_mut_ptr(), std::ptr::null_mut()),
            Out::Bytes(out) => (std::ptr::null_mut(), out.as_mut_ptr()),
        };
        let added = if added.is_empty() {
            std::ptr::null()
        } else {
            added.as_ptr()
        };
        Target {
            out,
            bytes,
            added,
            step,
        }
    }
}

impl Post {
    /// Whether it can be applied to a picture of so many channels.
    #[must_use]
    pub fn fits(&self, channels: usize) -> bool {
        [&self.first, &self.second]
            .into_iter()
            .all(|activation| match activation {
                Activation::Slope(slopes) => slopes.count == channels,
                _ => true,
            })
    }
}

/// A vector of channels to store: the first, and how many.
pub(super) type Span = (usize, usize);

/// Where sums go.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// First channel of the first pixel; null where bytes are stored.
    out: *mut f32,
    bytes: *mut u8,
    /// The picture that is added, at the same place; null for none.
    added: *const f32,
    /// From one pixel to the next.
    step: usize,
}

impl Target {
    /// So many numbers further on.
    ///
    /// # Safety
    /// They must be there.
    #[inline(always)]
    pub(super) unsafe fn at(self, offset: usize) -> Self {
        // SAFETY: as the caller promises; null stays null.
        unsafe {
            Target {
                out: if self.out.is_null() {
                    self.out
                } else {
                    self.out.add(offset)
                },
                bytes: if self.bytes.is_null() {
                    self.bytes
                } else {
                    self.bytes.add(offset)
                },
                added: if self.added.is_null() {
                    self.added
                } else {
                    self.added.add(offset)
                },
                step: self.step,
            }
        }
    }
}

/// Stores `rows` pixels of `spans.len()` vectors each, which lie one after the other at `sums`.
///
/// # Safety
/// `sums` holds `rows * spans.len()` vectors; `target` is good for `rows` pixels and the channels of `spans`; slopes
/// reach as far as the channels.
#[inline(always)]
pub(super) unsafe fn finish<L: Lanes>(
    sums: *const f32,
    rows: usize,
    spans: &[Span],
    target: Target,
    post: &Post,
) {
    // SAFETY: as the caller promises.
    unsafe {
        match &post.first {
            Activation::None => all::<L, _>(sums, rows, spans, target, post, &Nothing),
            Activation::Clip(low, high) => {
                let held = Held(L::splat(*low), L::splat(*high));
                all::<L, _>(sums, rows, spans, target, post, &held);
            }
            Activation::Silu => all::<L, _>(sums, rows, spans, target, post, &Gated),
            other => all::<L, _>(sums, rows, spans, target, post, other),
        }
    }
}

/// Whether all that happens to sums before they are stored is what [`store`] does.
pub(super) fn is_plain(post: &Post, target: &Target) -> bool {
    let simple = |activation: &Activation| {
        matches!(
            activation,
            Activation::None | Activation::Clip(..) | Activation::Slope(_)
        )
    };
    let first = simple(&post.first) || matches!(post.first, Activation::Silu);
    first && simple(&post.second) && !target.out.is_null()
}

/// Stores sums that are still in registers: M pixels of V whole vectors from `channel` on.
///
/// # Safety
/// [`is_plain`] of `post` and `target`; `target` is good for the pixels and channels.
#[inline(always)]
pub(super) unsafe fn store<L: Lanes, const M: usize, const V: usize>(
    mut sums: [[L::V; V]; M],
    channel: usize,
    target: &Target,
    post: &Post,
) {
    // SAFETY: as the caller promises.
    unsafe {
        if matches!(post.first, Activation::Silu) {
            for row in &mut sums {
                for sum in row {
                    *sum = L::mul(*sum, L::sigmoid(*sum));
                }
            }
        } else {
            simple::<L, M, V>(&mut sums, channel, &post.first);
        }
        if !target.added.is_null() {
            for (i, row) in sums.iter_mut().enumerate() {
                for (j, sum) in row.iter_mut().enumerate() {
                    let at = i * target.step + channel + j * L::N;
                    *sum = L::add(*sum, L::load(target.added.add(at)));
                }
            }
        }
        simple::<L, M, V>(&mut sums, channel, &post.second);
        for (i, row) in sums.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                L::store(target.out.add(i * target.step + channel + j * L::N), *sum);
            }
        }
    }
}

/// Applies what takes an instruction or two to sums in registers.
///
/// # Safety
/// Slopes reach as far as the channels.
#[inline(always)]
unsafe fn simple<L: Lanes, const M: usize, const V: usize>(
    sums: &mut [[L::V; V]; M],
    channel: usize,
    activation: &Activation,
) {
    // SAFETY: as the caller promises; slopes are filled up by a whole vector.
    unsafe {
        match activation {
            Activation::Clip(low, high) => {
                let (low, high) = (L::splat(*low), L::splat(*high));
                for row in sums {
                    for sum in row {
                        *sum = L::min(L::max(*sum, low), high);
                    }
                }
            }
            Activation::Slope(slopes) => {
                for j in 0..V {
                    let slope = L::load(slopes.padded.as_ptr().add(channel + j * L::N));
                    for row in sums.iter_mut() {
                        row[j] = L::negative(row[j], L::mul(row[j], slope), row[j]);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A function of a vector. Closures are not always inlined, and then lack the instructions.
trait Function<L: Lanes> {
    /// # Safety
    /// Slopes reach as far as the channel.
    unsafe fn of(&self, v: L::V, channel: usize) -> L::V;
}

struct Nothing;

impl<L: Lanes> Function<L> for Nothing {
    #[inline(always)]
    unsafe fn of(&self, v: L::V, _channel: usize) -> L::V {
        v
    }
}

struct Held<V>(V, V);

impl<L: Lanes> Function<L> for Held<L::V> {
    #[inline(always)]
    unsafe fn of(&self, v: L::V, _channel: usize) -> L::V {
        // SAFETY: the caller has the instructions.
        unsafe { L::min(L::max(v, self.0), self.1) }
    }
}

struct Gated;

impl<L: Lanes> Function<L> for Gated {
    #[inline(always)]
    unsafe fn of(&self, v: L::V, _channel: usize) -> L::V {
        // SAFETY: the caller has the instructions.
        unsafe { L::mul(v, L::sigmoid(v)) }
    }
}

impl<L: Lanes> Function<L> for Activation {
    #[inline(always)]
    unsafe fn of(&self, v: L::V, channel: usize) -> L::V {
        // SAFETY: as the caller promises.
        unsafe { activate::<L>(self, v, channel) }
    }
}

#[inline(always)]
unsafe fn all<L: Lanes, F: Function<L>>(
    sums: *const f32,
    rows: usize,
    spans: &[Span],
    target: Target,
    post: &Post,
    first: &F,
) {
    let second = &post.second;
    let bare = target.added.is_null() && matches!(second, Activation::None);
    let bytes = !target.bytes.is_null();
    // SAFETY: the caller has the instructions.
    let code = unsafe { post.code.rounding::<L>() };
    for row in 0..rows {
        for (index, &(channel, count)) in spans.iter().enumerate() {
            // SAFETY: as the caller of `finish` promises.
            unsafe {
                let mut v = first.of(L::load(sums.add((row * spans.len() + index) * L::N)), channel);
                let at = row * target.step + channel;
                if !bare {
                    if !target.added.is_null() {
                        let added = if count == L::N {
                            L::load(target.added.add(at))
                        } else {
                            L::load_part(target.added.add(at), count)
                        };
                        v = L::add(v, added);
                    }
                    v = activate::<L>(second, v, channel);
                }
                if bytes {
                    L::store_bytes(target.bytes.add(at), code.of::<L>(v), count);
                } else if count == L::N {
                    L::store(target.out.add(at), v);
                } else {
                    L::store_part(target.out.add(at), v, count);
                }
            }
        }
    }
}

/// # Safety
/// Slopes reach as far as the channel.
#[inline(always)]
unsafe fn activate<L: Lanes>(activation: &Activation, v: L::V, channel: usize) -> L::V {
    // SAFETY: slopes are filled up by a whole vector.
    unsafe {
        match activation {
            Activation::None => v,
            Activation::Clip(low, high) => L::min(L::max(v, L::splat(*low)), L::splat(*high)),
            Activation::Slope(slopes) => {
                L::negative(v, L::mul(v, L::load(slopes.padded.as_ptr().add(channel))), v)
            }
            Activation::Leaky(slope) => L::negative(v, L::mul(v, L::splat(*slope)), v),
            Activation::Silu => L::mul(v, L::sigmoid(v)),
            Activation::Sigmoid => L::sigmoid(v),
            Activation::HardSwish => L::mul(v, unit::<L>(L::fma(v, L::splat(1.0 / 6.0), L::splat(0.5)))),
            Activation::HardSigmoid(a, b) => unit::<L>(L::fma(v, L::splat(*a), L::splat(*b))),
        }
    }
}

/// Held between 0 and 1.
#[inline(always)]
unsafe fn unit<L: Lanes>(v: L::V) -> L::V {
    // SAFETY: the caller has the instructions.
    unsafe { L::min(L::max(v, L::splat(0.0)), L::splat(1.0)) }
}
