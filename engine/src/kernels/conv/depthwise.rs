//! Convolutions of each channel by itself: neighbouring channels fill a register, a few pixels share their weights, and
//! under the usual windows what they see ([`slide`]).
//!
//! Bytes are summed as f32 too, and exactly: products of two bytes, of up to 258 taps, stay below 2^24.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Out, Post, Span, Target, finish, is_plain};
use super::lanes::{Isa, Lanes, Work};
use super::slide;
use super::window::{Shape, Window};

/// Pixels that are computed side by side.
const PIXELS: usize = 4;
/// Vectors of channels that are.
const VECTORS: usize = 4;

/// Packed weights of a depthwise convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Depthwise {
    isa: Isa,
    /// Each channel is a group.
    shape: Shape,
    /// For each vector of channels, see [`spans`], all taps.
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// A pixel of what stands for zero: f32, or bytes.
    blank: Vec<u8>,
    bytes: Option<Scaled>,
}

/// The vectors of channels. The last one reaches back over channels that are done already: the same numbers once more.
fn spans(channels: usize, lanes: usize) -> Vec<Span> {
    (0..channels)
        .step_by(lanes)
        .map(|first| (first.min(channels.saturating_sub(lanes)), lanes.min(channels)))
        .collect()
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
        let lanes = isa.lanes();
        let room = channels.max(lanes);
        let mut weights = Vec::with_capacity(window.kernel[0] * window.kernel[1] * (room + lanes));
        for (first, _) in spans(channels, lanes) {
            for ky in 0..window.kernel[0] {
                for kx in 0..window.kernel[1] {
                    let span = first..first + lanes;
                    weights.extend(span.map(|c| if c < channels { at(c, ky, kx) } else { 0.0 }));
                }
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(room, 0.0);
        Depthwise {
            isa,
            shape: Shape {
                window,
                groups: channels,
                channels: [1, 1],
            },
            weights,
            bias,
            blank: vec![0; room * size_of::<f32>()],
            bytes: None,
        }
    }

    /// The same for pictures of bytes, `zero` standing for zero; weights are whole numbers from -255 to 255, `start` is
    /// added to the sums and may be empty, and `factor` has a number a channel, with which they are multiplied before
    /// the bias comes. `None` when there are too many taps for exact sums.
    #[must_use]
    pub fn of_bytes(mut self, zero: u8, start: &[i32], factor: &[f32]) -> Option<Self> {
        let taps = self.shape.depth();
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
        self.blank = vec![zero; self.bias.len()];
        self.bytes = Some(Scaled {
            zero,
            start: first,
            factor,
        });
        Some(self)
    }

    /// What it takes and gives.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
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
        let to = self.shape.window.output(size);
        let channels = self.shape.groups;
        assert_eq!(
            (length, out.len()),
            (size[0] * size[1] * channels, to[0] * to[1] * channels)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(channels));
        let job = Job {
            conv: self,
            x,
            size,
            to,
            post,
            target: out.target(added, channels),
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
        let window = &self.conv.shape.window;
        let spans = spans(self.conv.shape.groups, L::N);
        let slides = slide::fits(window) && self.conv.shape.groups >= L::N && self.to[1] >= slide::NARROW;
        let mut sums = [0.0f32; PIXELS * VECTORS * LONGEST];
        for y in 0..self.to[0] {
            // SAFETY: as the caller promises.
            unsafe {
                if slides {
                    self.slide::<L, BYTES>(y, &spans, &mut sums);
                } else {
                    self.row::<L, BYTES>(y, &spans, &mut sums);
                }
            }
        }
    }

    /// What bytes need, or nothing.
    fn scaled(&self) -> ([*const f32; 2], f32) {
        let bytes = self.conv.bytes.as_ref();
        bytes.map_or(([std::ptr::null(); 2], 0.0), |bytes| {
            (
                [bytes.start.as_ptr(), bytes.factor.as_ptr()],
                f32::from(bytes.zero),
            )
        })
    }

    /// One row of outputs, whose windows overlap.
    #[inline(always)]
    unsafe fn slide<L: Lanes, const BYTES: bool>(
        &self,
        y: usize,
        spans: &[Span],
        sums: &mut [f32; PIXELS * VECTORS * LONGEST],
    ) {
        let window = &self.conv.shape.window;
        let pixel = self.conv.shape.groups * if BYTES { 1 } else { size_of::<f32>() };
        let inside = window.inside(0, y, self.size[0]);
        let top = if inside.is_empty() {
            0
        } else {
            y * window.stride[0] + inside.start * window.dilation[0] - window.before[0]
        };
        let taps = window.kernel[0] * window.kernel[1];
        let ([start, factor], zero) = self.scaled();
        let plain = is_plain(self.post, &self.target);
        let rows = slide::Rows {
            // SAFETY: the row lies inside the picture.
            first: unsafe { self.x.add(top * self.size[1] * pixel) },
            count: inside.len(),
            step: window.dilation[0] * self.size[1] * pixel,
            width: self.size[1],
            pixel,
            blank: self.conv.blank.as_ptr(),
        };
        let wide = self.to[1];
        let mut x = 0;
        while x < wide {
            let left = wide - x;
            let outputs = if wide >= slide::SIDE && left > slide::NARROW {
                slide::SIDE
            } else {
                slide::NARROW
            };
            // The last tile of a row reaches back over outputs that are done already.
            let first = x.min(wide - outputs);
            // SAFETY: `rows` lie inside the picture, `outputs` inside the row, and spans inside the channels, for which
            // there are weights and what bytes need; sums are large enough for a tile.
            unsafe {
                let target = self.target.at((y * wide + first) * self.conv.shape.groups);
                let seen = slide::Seen::new(&rows, window, first, outputs);
                // All at once, or each by itself where more is done to the sums than to store them.
                let deep = if plain { spans.len() } else { 1 };
                for (index, spans) in spans.chunks(deep).enumerate() {
                    let tap = index * taps + inside.start * window.kernel[1];
                    let tile = slide::Tile {
                        seen: &seen,
                        spans,
                        weights: self.conv.weights.as_ptr().add(tap * L::N),
                        taps,
                        bias: self.conv.bias.as_ptr(),
                        start,
                        factor,
                        zero,
                        target: plain.then_some(&target),
                        post: self.post,
                        sums: sums.as_mut_ptr(),
                    };
                    slide::run::<L, BYTES>(window, outputs, &tile);
                    if !plain {
                        finish::<L>(sums.as_ptr(), outputs, spans, target, self.post);
                    }
                }
            }
            x = first + outputs;
        }
    }

    /// One row of outputs under any windows.
    #[inline(always)]
    unsafe fn row<L: Lanes, const BYTES: bool>(
        &self,
        y: usize,
        spans: &[Span],
        sums: &mut [f32; PIXELS * VECTORS * LONGEST],
    ) {
        let unit = if BYTES { 1 } else { size_of::<f32>() };
        let window = &self.conv.shape.window;
        let channels = self.conv.shape.groups;
        let inner = window.whole(1, self.size[1], self.to[1]);
        let rows = window.inside(0, y, self.size[0]);
        let ([start, factor], zero) = self.scaled();
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
            let taps = Taps {
                // SAFETY: both are inside the picture and the weights, as the ranges are.
                x: unsafe { self.x.add(corner * channels * unit) },
                weights: unsafe {
                    let first = rows.start * window.kernel[1] + columns.start;
                    self.conv.weights.as_ptr().add(first * L::N)
                },
                bias: self.conv.bias.as_ptr(),
                start,
                factor,
                zero: -zero,
                count: [rows.len(), columns.len()],
                step: [
                    window.dilation[0] * self.size[1] * channels * unit,
                    window.dilation[1] * channels * unit,
                ],
                row: window.kernel[1],
                all: window.kernel[0] * window.kernel[1],
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
                    let sums = sums.as_mut_ptr();
                    let vectors = match (many, part, left) {
                        (true, true, _) => tile::<L, PIXELS, 1, true, BYTES>(&taps, spans, done, sums),
                        (true, false, 1) => tile::<L, PIXELS, 1, false, BYTES>(&taps, spans, done, sums),
                        (true, false, _) => tile::<L, PIXELS, 2, false, BYTES>(&taps, spans, done, sums),
                        (false, true, _) => tile::<L, 1, 1, true, BYTES>(&taps, spans, done, sums),
                        (false, false, 1) => tile::<L, 1, 1, false, BYTES>(&taps, spans, done, sums),
                        (false, false, 2 | 3) => tile::<L, 1, 2, false, BYTES>(&taps, spans, done, sums),
                        (false, false, _) => tile::<L, 1, VECTORS, false, BYTES>(&taps, spans, done, sums),
                    };
                    let spans = &spans[done..done + vectors];
                    finish::<L>(sums, pixels, spans, target, self.post);
                    done += vectors;
                }
            }
            x += pixels;
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
    /// Taps of a row, in the weights.
    row: usize,
    /// Taps of a vector, in the weights.
    all: usize,
    /// Bytes from one pixel to the next.
    pixel: usize,
}

#[inline(always)]
unsafe fn tile<L: Lanes, const M: usize, const V: usize, const PART: bool, const BYTES: bool>(
    taps: &Taps,
    spans: &[Span],
    done: usize,
    sums: *mut f32,
) -> usize {
    // SAFETY: as the caller promises.
    unsafe {
        let mut channel = [0; V];
        for (channel, span) in channel.iter_mut().zip(&spans[done..]) {
            *channel = span.0;
        }
        let count = spans[done].1;
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
            let mut weights = taps.weights.add((done * taps.all + ky * taps.row) * L::N);
            for _ in 0..taps.count[1] {
                for j in 0..V {
                    let w = L::load(weights.add(j * taps.all * L::N));
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
                weights = weights.add(L::N);
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
    V
}
