//! Convolutions of each channel by itself: neighbouring channels fill a register, a few pixels share their weights.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Post, Span, Target, finish};
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
}

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
        }
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
    /// When lengths do not belong together.
    pub fn run(&self, x: &[f32], size: [usize; 2], added: &[f32], post: &Post, out: &mut [f32]) {
        let to = self.window.output(size);
        assert_eq!(
            (x.len(), out.len()),
            (size[0] * size[1] * self.channels, to[0] * to[1] * self.channels)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(self.channels));
        let job = Job {
            conv: self,
            x,
            size,
            to,
            added,
            post,
            out,
        };
        // SAFETY: the processor has the instructions.
        unsafe { self.isa.run(job) }
    }
}

struct Job<'a> {
    conv: &'a Depthwise,
    x: &'a [f32],
    size: [usize; 2],
    to: [usize; 2],
    added: &'a [f32],
    post: &'a Post,
    out: &'a mut [f32],
}

impl Work for Job<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
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
                    x: unsafe { self.x.as_ptr().add(corner * channels) },
                    weights: unsafe {
                        let first = rows.start * window.kernel[1] + columns.start;
                        self.conv.weights.as_ptr().add(first * room)
                    },
                    bias: self.conv.bias.as_ptr(),
                    count: [rows.len(), columns.len()],
                    step: [
                        window.dilation[0] * self.size[1] * channels,
                        window.dilation[1] * channels,
                    ],
                    row: window.kernel[1] * room,
                    room,
                    pixel: window.stride[1] * channels,
                };
                let at = (y * self.to[1] + x) * channels;
                // SAFETY: `run` checked the lengths.
                let target = unsafe {
                    Target {
                        out: self.out.as_mut_ptr().add(at),
                        added: if self.added.is_empty() {
                            std::ptr::null()
                        } else {
                            self.added.as_ptr().add(at)
                        },
                        step: channels,
                    }
                };
                let mut done = 0;
                while done < spans.len() {
                    let left = spans.len() - done;
                    let part = channels < L::N;
                    // SAFETY: the spans lie inside the channels; sums are large enough for any tile.
                    unsafe {
                        let vectors = if many {
                            if part {
                                tile::<L, PIXELS, 1, true>(&taps, &spans[done..], sums.as_mut_ptr());
                                1
                            } else if left >= 2 {
                                tile::<L, PIXELS, 2, false>(&taps, &spans[done..], sums.as_mut_ptr());
                                2
                            } else {
                                tile::<L, PIXELS, 1, false>(&taps, &spans[done..], sums.as_mut_ptr());
                                1
                            }
                        } else if part {
                            tile::<L, 1, 1, true>(&taps, &spans[done..], sums.as_mut_ptr());
                            1
                        } else if left >= VECTORS {
                            tile::<L, 1, VECTORS, false>(&taps, &spans[done..], sums.as_mut_ptr());
                            VECTORS
                        } else if left >= 2 {
                            tile::<L, 1, 2, false>(&taps, &spans[done..], sums.as_mut_ptr());
                            2
                        } else {
                            tile::<L, 1, 1, false>(&taps, &spans[done..], sums.as_mut_ptr());
                            1
                        };
                        finish::<L>(
                            sums.as_ptr(),
                            pixels,
                            &spans[done..done + vectors],
                            target,
                            self.conv_post(),
                        );
                        done += vectors;
                    }
                }
                x += pixels;
            }
        }
    }
}

impl Job<'_> {
    #[inline(always)]
    fn conv_post(&self) -> &Post {
        self.post
    }
}

/// The taps of a few pixels that lie inside the picture.
struct Taps {
    /// First channel of the first tap of the first pixel.
    x: *const f32,
    weights: *const f32,
    bias: *const f32,
    /// Rows and columns of taps.
    count: [usize; 2],
    /// From one tap to the next, down and across, in the picture.
    step: [usize; 2],
    /// From one row of taps to the next, in the weights.
    row: usize,
    /// From one tap to the next, in the weights.
    room: usize,
    /// From one pixel to the next.
    pixel: usize,
}

#[inline(always)]
unsafe fn tile<L: Lanes, const M: usize, const V: usize, const PART: bool>(
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
                *sum = L::load(taps.bias.add(channel));
            }
        }
        for ky in 0..taps.count[0] {
            let mut x = taps.x.add(ky * taps.step[0]);
            let mut weights = taps.weights.add(ky * taps.row);
            for _ in 0..taps.count[1] {
                for j in 0..V {
                    let w = L::load(weights.add(channel[j]));
                    for (i, row) in acc.iter_mut().enumerate() {
                        let at = x.add(i * taps.pixel + channel[j]);
                        let x = if PART {
                            L::load_part(at, count)
                        } else {
                            L::load(at)
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
                L::store(sums.add((i * V + j) * L::N), *sum);
            }
        }
    }
}
