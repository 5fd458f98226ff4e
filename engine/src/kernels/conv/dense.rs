//! Convolutions that mix channels: each tile is a product of pixels with packed weights, read where they lie.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Post, Span, Target, finish};
use super::lanes::{Isa, Lanes, Work};
use super::window::{Window, pad};
use std::cell::RefCell;

/// Rows that any kernel computes side by side, at most.
const TALLEST: usize = 8;
/// Vectors that any kernel computes side by side, at most.
const WIDEST: usize = 4;
/// Weights up to this size stay in the second cache while all pixels pass by.
const STAYS: usize = 384 << 10;
/// Pixels that stay there while larger weights pass by.
const BLOCK: usize = 192 << 10;

thread_local! {
    /// The picture with what is added around it.
    static PADDED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Packed weights of a convolution, in one or more groups of channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    isa: Isa,
    window: Window,
    groups: usize,
    /// Channels of a group, in and out.
    channels: [usize; 2],
    /// Vectors of columns of each panel.
    panels: Vec<usize>,
    /// For each group and panel: for each tap and channel a row of the panel's columns.
    weights: Vec<f32>,
    /// For each group: a number a column, filled up to whole vectors.
    bias: Vec<f32>,
}

impl Dense {
    /// Packs weights: `at(out, in, ky, kx)` gives one, `out` counted over all groups, `in` within one; `channels` are
    /// those of one group, in and out; `bias` has a number for each channel that goes out, or is empty.
    ///
    /// # Panics
    /// When `bias` is of another length.
    #[must_use]
    pub fn pack(
        isa: Isa,
        window: Window,
        groups: usize,
        channels: [usize; 2],
        at: impl Fn(usize, usize, usize, usize) -> f32,
        bias: &[f32],
    ) -> Self {
        let [cin, cout] = channels;
        assert!(bias.is_empty() || bias.len() == groups * cout);
        let lanes = isa.lanes();
        let vectors = cout.div_ceil(lanes);
        let count = vectors.div_ceil(isa.wide()).max(1);
        // Two and two take less than three and one.
        let panels: Vec<usize> = (0..count).map(|p| (vectors + p) / count).collect();
        let mut weights = Vec::new();
        let mut filled = Vec::new();
        for group in 0..groups {
            let mut first = 0;
            for &panel in &panels {
                for ky in 0..window.kernel[0] {
                    for kx in 0..window.kernel[1] {
                        for ci in 0..cin {
                            weights.extend((first..first + panel * lanes).map(|co| {
                                if co < cout {
                                    at(group * cout + co, ci, ky, kx)
                                } else {
                                    0.0
                                }
                            }));
                        }
                    }
                }
                first += panel * lanes;
            }
            filled.extend((0..vectors * lanes).map(|co| {
                if co < cout {
                    bias.get(group * cout + co).copied().unwrap_or(0.0)
                } else {
                    0.0
                }
            }));
        }
        Dense {
            isa,
            window,
            groups,
            channels,
            panels,
            weights,
            bias: filled,
        }
    }

    /// Channels of the pictures, in and out.
    #[must_use]
    pub fn channels(&self) -> [usize; 2] {
        self.channels.map(|channels| channels * self.groups)
    }

    /// Products in one number that goes out.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.channels[0]
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
        let [cin, cout] = self.channels();
        let to = self.window.output(size);
        assert_eq!(
            (x.len(), out.len()),
            (size[0] * size[1] * cin, to[0] * to[1] * cout)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(cout));
        let convolve = |x: &[f32], size: [usize; 2], out: &mut [f32]| {
            let job = Job {
                conv: self,
                x,
                width: size[1],
                to,
                added,
                post,
                out,
            };
            // SAFETY: the processor has the instructions, and `size` has room for all windows.
            unsafe { self.isa.run(job) }
        };
        if self.window.pads() {
            PADDED.with_borrow_mut(|padded| {
                let size = pad(x, size, cin, &self.window, 0.0, padded);
                convolve(padded, size, out);
            });
        } else {
            convolve(x, size, out);
        }
    }
}

struct Job<'a> {
    conv: &'a Dense,
    x: &'a [f32],
    width: usize,
    to: [usize; 2],
    added: &'a [f32],
    post: &'a Post,
    out: &'a mut [f32],
}

impl Work for Job<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let Dense {
            window,
            groups,
            channels: [cin, cout],
            ..
        } = *self.conv;
        let (all_in, all_out) = (groups * cin, groups * cout);
        let [kh, kw] = window.kernel;
        // Taps of a row and their channels are one run of memory unless something lies between them.
        let joined = groups == 1 && window.dilation[1] == 1;
        let (runs, length) = if joined { (1, kw * cin) } else { (kw, cin) };
        let mut segments = Vec::with_capacity(kh * runs);
        for ky in 0..kh {
            for kx in 0..runs {
                segments.push((ky * window.dilation[0] * self.width + kx * window.dilation[1]) * all_in);
            }
        }
        let depth = kh * kw * cin;
        let vectors: usize = self.conv.panels.iter().sum();
        let pixels = self.to[0] * self.to[1];
        let whole = vectors * L::N * depth;
        let block = if whole * 4 <= STAYS {
            L::ROWS
        } else {
            (BLOCK / (depth * 4).max(1)).next_multiple_of(L::ROWS)
        };
        let place = |pixel: usize| {
            let (y, x) = (pixel / self.to[1], pixel % self.to[1]);
            (y * window.stride[0] * self.width + x * window.stride[1]) * all_in
        };
        let mut sums = [0.0f32; TALLEST * WIDEST * LONGEST];
        for group in 0..groups {
            for start in (0..pixels).step_by(block) {
                let end = (start + block).min(pixels);
                let mut weights = group * whole;
                let mut column = 0;
                for &panel in &self.conv.panels {
                    let mut spans: [Span; WIDEST] = [(0, 0); WIDEST];
                    for (index, span) in spans.iter_mut().enumerate().take(panel) {
                        let first = column + index * L::N;
                        *span = (group * cout + first, L::N.min(cout - first));
                    }
                    let mut pixel = start;
                    while pixel < end {
                        let rows = step::<L>(end - pixel);
                        let mut from = [std::ptr::null(); TALLEST];
                        for (row, from) in from.iter_mut().enumerate().take(rows) {
                            // SAFETY: the window of each output lies inside the picture.
                            *from = unsafe { self.x.as_ptr().add(place(pixel + row) + group * cin) };
                        }
                        // SAFETY: `pack` made room for the panel's weights and bias, `sums` is large enough for any
                        // tile, and `run` checked the lengths of `out` and `added`.
                        unsafe {
                            let operands = Operands {
                                from: &from,
                                segments: &segments,
                                length,
                                weights: self.conv.weights.as_ptr().add(weights),
                                bias: self.conv.bias.as_ptr().add(group * vectors * L::N + column),
                            };
                            tile::<L>(rows, panel, &operands, sums.as_mut_ptr());
                            let at = pixel * all_out;
                            let target = Target {
                                out: self.out.as_mut_ptr().add(at),
                                added: if self.added.is_empty() {
                                    std::ptr::null()
                                } else {
                                    self.added.as_ptr().add(at)
                                },
                                step: all_out,
                            };
                            finish::<L>(sums.as_ptr(), rows, &spans[..panel], target, self.post);
                        }
                        pixel += rows;
                    }
                    weights += panel * L::N * depth;
                    column += panel * L::N;
                }
            }
        }
    }
}

/// How many rows to compute next when so many are left.
#[inline(always)]
fn step<L: Lanes>(left: usize) -> usize {
    [8, 6, 4, 2, 1]
        .into_iter()
        .find(|&rows| rows <= left && rows <= L::ROWS)
        .unwrap_or(1)
}

struct Operands<'a> {
    from: &'a [*const f32; TALLEST],
    segments: &'a [usize],
    length: usize,
    weights: *const f32,
    bias: *const f32,
}

#[inline(always)]
unsafe fn tile<L: Lanes>(rows: usize, panel: usize, operands: &Operands, sums: *mut f32) {
    macro_rules! by_size {
        ($($rows:literal)+) => {
            match (rows, panel) {
                // SAFETY: as the caller promises.
                $(($rows, 1) => unsafe { product::<L, $rows, 1>(operands, sums) },
                ($rows, 2) => unsafe { product::<L, $rows, 2>(operands, sums) },
                ($rows, 3) if L::WIDE > 2 => unsafe { product::<L, $rows, 3>(operands, sums) },
                ($rows, 4) if L::WIDE > 3 => unsafe { product::<L, $rows, 4>(operands, sums) },)+
                _ => {}
            }
        };
    }
    match L::ROWS {
        8 => by_size!(1 2 4 6 8),
        6 => by_size!(1 2 4 6),
        _ => by_size!(1 2 4),
    }
}

/// `sums[i][j]` = bias[j] + sum over k of `from[i][k] * weights[k][j]`, for M rows and V vectors of columns.
#[inline(always)]
unsafe fn product<L: Lanes, const M: usize, const V: usize>(operands: &Operands, sums: *mut f32) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut acc = [[L::splat(0.0); V]; M];
        for sums in &mut acc {
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(operands.bias.add(j * L::N));
            }
        }
        let mut weights = operands.weights;
        for &segment in operands.segments {
            let mut from = [std::ptr::null::<f32>(); M];
            for (i, from) in from.iter_mut().enumerate() {
                *from = operands.from[i].add(segment);
            }
            for k in 0..operands.length {
                let mut w = [L::splat(0.0); V];
                for (j, w) in w.iter_mut().enumerate() {
                    *w = L::load(weights.add(j * L::N));
                }
                for i in 0..M {
                    let x = L::splat(*from[i].add(k));
                    for j in 0..V {
                        acc[i][j] = L::fma(x, w[j], acc[i][j]);
                    }
                }
                weights = weights.add(V * L::N);
            }
        }
        for (i, row) in acc.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                L::store(sums.add((i * V + j) * L::N), *sum);
            }
        }
    }
}
