//! Convolutions of each channel by itself: neighbouring channels fill a register, a few pixels share their weights.
//!
//! Bytes are summed as f32 too, and exactly: products of two bytes, of up to 258 taps, stay below 2^24.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Out, Post, Span, Target, finish};
use super::lanes::{Isa, Lanes, Work};
use super::window::Window;

/// Pixels that are computed side by side.
const PIXELS: usize = 4;
/// Vectors of channels that are.
const VECTORS: usize = 4;

/// Packed weights of a depthwise convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Depthwise {
    isa: Isa,
    window: Window,
    channels: usize,
    /// For each tap a number a channel, filled up to a whole vector.
    weights: Vec<f32>,
    bias: Vec<f32>,
    bytes: Option<Scaled>,
}

/// How pictures of bytes are read: `start + sum of (byte - zero) * weight`, times the channel's factor, plus bias.
#[derive(Debug, Clone, PartialEq)]
struct Scaled {
    zero: u8,
    /// What sums start from.
    start: Vec<f32>,
    factor: Vec<f32>,
}

/// Taps up to which sums of bytes are exact.
const TAPS: usize = 258;

impl Depthwise {
    /// Packs weights: `at(channel, ky, kx)` gives one; `bias` has a number a channel, or is empty.
    ///
    /// # Panics
    /// When `bias` is of another length.
    #[must_use]
    pub fn pack(
        isa: Isa,
        window: Window,
        channels: usize,
        at: impl Fn(usize, usize, usize) -> f32,
        bias: &[f32],
    ) -> Self {
        assert!(bias.is_empty() || bias.len() == channels);
        let room = channels.max(isa.lanes());
        let mut weights = Vec::with_capacity(window.kernel[0] * window.kernel[1] * room);
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                weights.extend((0..room).map(|c| if c < channels { at(c, ky, kx) } else { 0.0 }));
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(room, 0.0);
        Depthwise {
            isa,
            window,
            channels,
            weights,
            bias,
            bytes: None,
        }
    }

    /// The same for pictures of bytes, `zero` standing for zero; weights are whole numbers from -255 to 255, `start` is
    /// added to the sums and may be empty, and `factor` has a number a channel, with which they are multiplied before
    /// the bias comes. `None` when there are too many taps for exact sums.
    #[must_use]
    pub fn of_bytes(mut self, zero: u8, start: &[i32], factor: &[f32]) -> Option<Self> {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        if taps > TAPS {
            return None;
        }
        let mut factor = factor.to_vec();
        factor.resize(self.bias.len(), 0.0);
        let mut first = vec![0.0; self.bias.len()];
        for (channel, &start) in start.iter().enumerate() {
            if start.unsigned_abs() as usize + taps * 255 * 255 < 1 << 24 {
                first[channel] = start as f32;
            } else {
                self.bias[channel] += start as f32 * factor[channel];
            }
        }
        self.bytes = Some(Scaled {
            zero,
            start: first,
            factor,
        });
        Some(self)
    }

    /// Channels of the pictures.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// What each output sees.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Convolves one picture `x` of `size` (height, width); `added` is a picture as large as `out`, or empty.
    ///
    /// # Panics
    /// When lengths do not belong together, or the weights are for pictures of bytes.
    pub fn run(&self, x: &[f32], size: [usize; 2], added: &[f32], post: &Post, out: Out) {
        assert!(self.bytes.is_none());
        self.convolve(x.len(), x.as_ptr().cast(), size, added, post, out);
    }

    /// Convolves one picture of bytes.
    ///
    /// # Panics
    /// When lengths do not belong together, or the weights are for pictures of f32.
    pub fn run_bytes(&self, x: &[u8], size: [usize; 2], added: &[f32], post: &Post, out: Out) {
        assert!(self.bytes.is_some());
        self.convolve(x.len(), x.as_ptr(), size, added, post, out);
    }

    fn convolve(
        &self,
        length: usize,
        x: *const u8,
        size: [usize; 2],
        added: &[f32],
        post: &Post,
        mut out: Out,
    ) {
        let to = self.window.output(size);
        assert_eq!(
            (length, out.len()),
            (size[0] * size[1] * self.channels, to[0] * to[1] * self.channels)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(self.channels));
        let job = Job {
            conv: self,
            x,
            size,
            to,
            post,
            target: out.target(added, self.channels),
        };
        // SAFETY: the processor has the instructions, and `x` holds numbers of the kind that the weights are for.
        unsafe { self.isa.run(job) }
    }
}

struct Job<'a> {
    conv: &'a Depthwise,
    x: *const u8,
    size: [usize; 2],
    to: [usize; 2],
    post: &'a Post,
    target: Target,
}

impl Work for Job<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        // SAFETY: as the caller promises.
        unsafe {
            match self.conv.bytes {
                None => self.convolve::<L, false>(),
                Some(_) => self.convolve::<L, true>(),
            }
        }
    }
}

impl Job<'_> {
    #[inline(always)]
    unsafe fn convolve<L: Lanes, const BYTES: bool>(self) {
        let unit = if BYTES { 1 } else { size_of::<f32>() };
        let window = &self.conv.window;
        let channels = self.conv.channels;
        // The last vector reaches back over channels that are done already: the same numbers once more.
        let spans: Vec<Span> = (0..channels)
            .step_by(L::N)
            .map(|first| (first.min(channels.saturating_sub(L::N)), L::N.min(channels)))
            .collect();
        let inner = window.whole(1, self.size[1], self.to[1]);
        let mut sums = [0.0f32; PIXELS * VECTORS * LONGEST];
        for y in 0..self.to[0] {
            let rows = window.inside(0, y, self.size[0]);
            let mut x = 0;
            while x < self.to[1] {
                let many = inner.contains(&x) && x + PIXELS <= inner.end;
                let pixels = if many { PIXELS } else { 1 };
                let columns = window.inside(1, x, self.size[1]);
                let from = |tap: usize, axis: usize, at: usize| {
                    at * window.stride[axis] + tap * window.dilation[axis] - window.before[axis]
                };
                let corner = if rows.is_empty() || columns.is_empty() {
                    0
                } else {
                    from(rows.start, 0, y) * self.size[1] + from(columns.start, 1, x)
                };
                let room = channels.max(L::N);
                let taps = Taps {
                    // SAFETY: both are inside the picture and the weights, as the ranges are.
                    x: unsafe { self.x.add(corner * channels * unit) },
                    weights: unsafe {
                        let first = rows.start * window.kernel[1] + columns.start;
                        self.conv.weights.as_ptr().add(first * room)
                    },
                    bias: self.conv.bias.as_ptr(),
                    start: self
                        .conv
                        .bytes
                        .as_ref()
                        .map_or(std::ptr::null(), |bytes| bytes.start.as_ptr()),
                    factor: self
                        .conv
                        .bytes
                        .as_ref()
                        .map_or(std::ptr::null(), |bytes| bytes.factor.as_ptr()),
                    zero: self
                        .conv
                        .bytes
                        .as_ref()
                        .map_or(0.0, |bytes| -f32::from(bytes.zero)),
                    count: [rows.len(), columns.len()],
                    step: [
                        window.dilation[0] * self.size[1] * channels * unit,
                        window.dilation[1] * channels * unit,
                    ],
                    row: window.kernel[1] * room,
                    room,
                    pixel: window.stride[1] * channels * unit,
                };
                // SAFETY: the pixel lies inside the picture.
                let target = unsafe { self.target.at((y * self.to[1] + x) * channels) };
                let mut done = 0;
                while done < spans.len() {
                    let left = spans.len() - done;
                    let part = channels < L::N;
                    // SAFETY: the spans lie inside the channels; sums are large enough for any tile.
                    unsafe {
                        let vectors = if many {
                            if part {
                                tile::<L, PIXELS, 1, true, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                                1
                            } else if left >= 2 {
                                tile::<L, PIXELS, 2, false, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                                2
                            } else {
                                tile::<L, PIXELS, 1, false, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                                1
                            }
                        } else if part {
                            tile::<L, 1, 1, true, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                            1
                        } else if left >= VECTORS {
                            tile::<L, 1, VECTORS, false, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                            VECTORS
                        } else if left >= 2 {
                            tile::<L, 1, 2, false, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                            2
                        } else {
                            tile::<L, 1, 1, false, BYTES>(&taps, &spans[done..], sums.as_mut_ptr());
                            1
                        };
                        finish::<L>(
                            sums.as_ptr(),
                            pixels,
                            &spans[done..done + vectors],
                            target,
                            self.post,
                        );
                        done += vectors;
                    }
                }
                x += pixels;
            }
        }
    }
}

/// The taps of a few pixels that lie inside the picture.
struct Taps {
    /// First channel of the first tap of the first pixel; f32 or bytes.
    x: *const u8,
    weights: *const f32,
    bias: *const f32,
    /// Of bytes.
    start: *const f32,
    factor: *const f32,
    /// Added to each byte.
    zero: f32,
    /// Rows and columns of taps.
    count: [usize; 2],
    /// Bytes from one tap to the next, down and across, in the picture.
    step: [usize; 2],
    /// From one row of taps to the next, in the weights.
    row: usize,
    /// From one tap to the next, in the weights.
    room: usize,
    /// Bytes from one pixel to the next.
    pixel: usize,
}

#[inline(always)]
unsafe fn tile<L: Lanes, const M: usize, const V: usize, const PART: bool, const BYTES: bool>(
    taps: &Taps,
    spans: &[Span],
    sums: *mut f32,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut channel = [0; V];
        for (channel, span) in channel.iter_mut().zip(spans) {
            *channel = span.0;
        }
        let count = spans[0].1;
        let mut acc = [[L::splat(0.0); V]; M];
        for row in &mut acc {
            for (sum, channel) in row.iter_mut().zip(channel) {
                *sum = if BYTES {
                    L::load(taps.start.add(channel))
                } else {
                    L::splat(0.0)
                };
            }
        }
        let zero = L::splat(taps.zero);
        for ky in 0..taps.count[0] {
            let mut x = taps.x.add(ky * taps.step[0]);
            let mut weights = taps.weights.add(ky * taps.row);
            for _ in 0..taps.count[1] {
                for j in 0..V {
                    let w = L::load(weights.add(channel[j]));
                    for (i, row) in acc.iter_mut().enumerate() {
                        let at = x.add(i * taps.pixel);
                        let x = if BYTES {
                            let count = if PART { count } else { L::N };
                            L::add(L::load_bytes(at.add(channel[j]), count), zero)
                        } else {
                            let at = at.cast::<f32>().add(channel[j]);
                            if PART {
                                L::load_part(at, count)
                            } else {
                                L::load(at)
                            }
                        };
                        row[j] = L::fma(x, w, row[j]);
                    }
                }
                x = x.add(taps.step[1]);
                weights = weights.add(taps.room);
            }
        }
        for (i, row) in acc.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                let bias = L::load(taps.bias.add(channel[j]));
                // Last, as others add it: the sum is rounded the same way.
                let sum = if BYTES {
                    L::fma(*sum, L::load(taps.factor.add(channel[j])), bias)
                } else {
                    L::add(*sum, bias)
                };
                L::store(sums.add((i * V + j) * L::N), sum);
            }
        }
    }
}
