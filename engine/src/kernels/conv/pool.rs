//! Pools and resizing of pictures whose channels lie side by side.
#![allow(unsafe_code)]

use super::lanes::{Isa, Lanes, Work};
use super::window::Window;

/// The largest or the mean of a window, channel by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    isa: Isa,
    window: Window,
    kind: Kind,
}

/// What a pool keeps of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Largest,
    /// The mean, of those inside the picture or of the whole window.
    Mean {
        whole: bool,
    },
}

impl Pool {
    /// The largest of each window.
    #[must_use]
    pub fn largest(isa: Isa, window: Window) -> Self {
        Pool {
            isa,
            window,
            kind: Kind::Largest,
        }
    }

    /// The mean of each window; `whole` counts what lies outside the picture as zeros.
    #[must_use]
    pub fn mean(isa: Isa, window: Window, whole: bool) -> Self {
        Pool {
            isa,
            window,
            kind: Kind::Mean { whole },
        }
    }

    /// What each output sees.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Pools one picture of `size` (height, width).
    ///
    /// # Panics
    /// When lengths do not belong together.
    pub fn run(&self, x: &[f32], size: [usize; 2], out: &mut [f32]) {
        let pixels = size[0] * size[1];
        if pixels == 0 || out.is_empty() {
            return;
        }
        let channels = x.len() / pixels;
        let to = self.window.output(size);
        assert_eq!(
            (x.len(), out.len()),
            (pixels * channels, to[0] * to[1] * channels)
        );
        let job = Pooling {
            pool: self,
            x,
            size,
            channels,
            out,
        };
        // SAFETY: the processor has the instructions.
        unsafe { self.isa.run(job) }
    }
}

struct Pooling<'a> {
    pool: &'a Pool,
    x: &'a [f32],
    size: [usize; 2],
    channels: usize,
    out: &'a mut [f32],
}

impl Work for Pooling<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let window = &self.pool.window;
        let to = window.output(self.size);
        for (pixel, out) in self.out.chunks_exact_mut(self.channels).enumerate() {
            let at = [pixel / to[1], pixel % to[1]];
            let taps = [0, 1].map(|axis| window.inside(axis, at[axis], self.size[axis]));
            let corner = [0, 1].map(|axis| {
                if taps[axis].is_empty() {
                    return 0;
                }
                at[axis] * window.stride[axis] + taps[axis].start * window.dilation[axis]
                    - window.before[axis]
            });
            let count = match self.pool.kind {
                Kind::Mean { whole: true } => window.kernel[0] * window.kernel[1],
                _ => taps[0].len() * taps[1].len(),
            };
            let start = &self.x[(corner[0] * self.size[1] + corner[1]) * self.channels..];
            let step = [
                window.dilation[0] * self.size[1] * self.channels,
                window.dilation[1] * self.channels,
            ];
            let mut first = 0;
            while first < self.channels {
                let left = self.channels - first;
                let (vectors, part) = if left >= 4 * L::N {
                    (4, L::N)
                } else {
                    (1, left.min(L::N))
                };
                // SAFETY: all taps lie inside the picture, and the vectors inside the channels.
                unsafe {
                    let from = start.as_ptr().add(first);
                    let to = out.as_mut_ptr().add(first);
                    let count = [taps[0].len(), taps[1].len(), count];
                    if vectors == 4 {
                        pool::<L, 4>(self.pool.kind, from, count, step, L::N, to);
                    } else {
                        pool::<L, 1>(self.pool.kind, from, count, step, part, to);
                    }
                }
                first += vectors * part;
            }
        }
    }
}

#[inline(always)]
unsafe fn pool<L: Lanes, const V: usize>(
    kind: Kind,
    from: *const f32,
    count: [usize; 3],
    step: [usize; 2],
    part: usize,
    to: *mut f32,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mean = matches!(kind, Kind::Mean { .. });
        let mut acc = [L::splat(if mean { 0.0 } else { f32::NEG_INFINITY }); V];
        for ky in 0..count[0] {
            for kx in 0..count[1] {
                let at = from.add(ky * step[0] + kx * step[1]);
                for (j, acc) in acc.iter_mut().enumerate() {
                    let x = if part == L::N {
                        L::load(at.add(j * L::N))
                    } else {
                        L::load_part(at, part)
                    };
                    *acc = if mean { L::add(*acc, x) } else { L::max(x, *acc) };
                }
            }
        }
        let share = L::splat(if mean { 1.0 / count[2].max(1) as f32 } else { 1.0 });
        for (j, acc) in acc.iter().enumerate() {
            let v = if mean { L::mul(*acc, share) } else { *acc };
            if part == L::N {
                L::store(to.add(j * L::N), v);
            } else {
                L::store_part(to, v, part);
            }
        }
    }
}

/// The largest of each window of a picture of bytes of `size` (height, width).
///
/// # Panics
/// When lengths do not belong together.
pub fn largest_bytes(isa: Isa, window: &Window, x: &[u8], size: [usize; 2], channels: usize, out: &mut [u8]) {
    let to = window.output(size);
    assert_eq!(
        (x.len(), out.len()),
        (size[0] * size[1] * channels, to[0] * to[1] * channels)
    );
    let job = PoolingBytes {
        window,
        x,
        size,
        channels,
        out,
    };
    // SAFETY: the processor has the instructions; the work itself is safe code.
    unsafe { isa.run(job) }
}

struct PoolingBytes<'a> {
    window: &'a Window,
    x: &'a [u8],
    size: [usize; 2],
    channels: usize,
    out: &'a mut [u8],
}

impl Work for PoolingBytes<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let window = self.window;
        let to = window.output(self.size);
        for (pixel, out) in self.out.chunks_exact_mut(self.channels.max(1)).enumerate() {
            out.fill(0);
            let at = [pixel / to[1], pixel % to[1]];
            let from = |axis: usize, tap: usize| {
                at[axis] * window.stride[axis] + tap * window.dilation[axis] - window.before[axis]
            };
            for ky in window.inside(0, at[0], self.size[0]) {
                for kx in window.inside(1, at[1], self.size[1]) {
                    let start = (from(0, ky) * self.size[1] + from(1, kx)) * self.channels;
                    for (out, x) in out.iter_mut().zip(&self.x[start..start + self.channels]) {
                        *out = (*out).max(*x);
                    }
                }
            }
        }
    }
}

/// Copies rows and columns of a picture of bytes.
///
/// # Panics
/// When `rows` or `columns` name what the picture does not have, or `out` is of another size.
pub fn resize_bytes(x: &[u8], width: usize, channels: usize, picks: [&[usize]; 2], out: &mut [u8]) {
    let [rows, columns] = picks;
    assert_eq!(out.len(), rows.len() * columns.len() * channels);
    let mut pixels = out.chunks_exact_mut(channels.max(1));
    for row in rows {
        for column in columns {
            let at = (row * width + column) * channels;
            if let Some(pixel) = pixels.next() {
                pixel.copy_from_slice(&x[at..at + channels]);
            }
        }
    }
}

/// Which numbers of an axis make up each of the new axis, and with what weight.
pub type Mix = Vec<Vec<(usize, f32)>>;

/// Resizes one picture of `channels` whose rows are `width` pixels: each new row is the sum of old ones that `rows`
/// gives, each new column that of `columns`.
///
/// # Panics
/// When `rows` or `columns` name what the picture does not have, or `out` is of another size.
pub fn resize(isa: Isa, x: &[f32], width: usize, channels: usize, mix: [&Mix; 2], out: &mut [f32]) {
    let [rows, columns] = mix;
    assert_eq!(out.len(), rows.len() * columns.len() * channels);
    let job = Resizing {
        x,
        row: width * channels,
        channels,
        mix,
        out,
    };
    // SAFETY: the processor has the instructions; the work itself is safe code.
    unsafe { isa.run(job) }
}

struct Resizing<'a> {
    x: &'a [f32],
    row: usize,
    channels: usize,
    mix: [&'a Mix; 2],
    out: &'a mut [f32],
}

impl Work for Resizing<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let [rows, columns] = self.mix;
        let mut mixed = vec![0.0; self.row];
        let length = columns.len() * self.channels;
        for index in 0..rows.len() {
            let at = index * length;
            if index > 0 && rows[index] == rows[index - 1] {
                self.out.copy_within(at - length..at, at);
                continue;
            }
            let whole = |&(row, _): &(usize, f32)| &self.x[row * self.row..(row + 1) * self.row];
            let source = match rows[index].as_slice() {
                [one @ (_, 1.0)] => whole(one),
                several => {
                    sum(several.iter().map(|tap| (whole(tap), tap.1)), &mut mixed);
                    &mixed
                }
            };
            let pixels = self.out[at..at + length].chunks_exact_mut(self.channels);
            for (pixel, taps) in pixels.zip(columns) {
                let whole = |column: usize| &source[column * self.channels..(column + 1) * self.channels];
                match taps.as_slice() {
                    [(column, 1.0)] => pixel.copy_from_slice(whole(*column)),
                    several => sum(
                        several.iter().map(|&(column, share)| (whole(column), share)),
                        pixel,
                    ),
                }
            }
        }
    }
}

/// The sum of runs of numbers, each times its share.
#[inline(always)]
fn sum<'a>(mut runs: impl Iterator<Item = (&'a [f32], f32)>, out: &mut [f32]) {
    match runs.next() {
        Some((run, share)) => {
            for (out, x) in out.iter_mut().zip(run) {
                *out = share * x;
            }
        }
        None => out.fill(0.0),
    }
    for (run, share) in runs {
        for (out, x) in out.iter_mut().zip(run) {
            *out += share * x;
        }
    }
}
