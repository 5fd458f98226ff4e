//! Convolutions that mix channels: each tile is a product of pixels with packed weights, read where they lie.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Out, Post, Span, Target, finish};
use super::lanes::{Isa, Lanes, Work};
use super::product::{self, TALLEST, WIDEST};
use super::window::{Window, pad};
use std::cell::RefCell;

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
    pub fn run(&self, x: &[f32], size: [usize; 2], added: &[f32], post: &Post, mut out: Out) {
        let [cin, cout] = self.channels();
        let to = self.window.output(size);
        assert_eq!(
            (x.len(), out.len()),
            (size[0] * size[1] * cin, to[0] * to[1] * cout)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(cout));
        let target = out.target(added, cout);
        let convolve = |x: &[f32], size: [usize; 2]| {
            let job = Job {
                conv: self,
                x,
                width: size[1],
                to,
                post,
                target,
            };
            // SAFETY: the processor has the instructions, and `size` has room for all windows.
            unsafe { self.isa.run(job) }
        };
        if self.window.pads() {
            PADDED.with_borrow_mut(|padded| {
                let size = pad(x, size, cin, &self.window, 0.0, padded, |x| x);
                convolve(padded, size);
            });
        } else {
            convolve(x, size);
        }
    }
}

struct Job<'a> {
    conv: &'a Dense,
    x: &'a [f32],
    width: usize,
    to: [usize; 2],
    post: &'a Post,
    target: Target,
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
        let block = product::block::<L>(whole * 4, depth * 4);
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
                        let rows = product::step::<L>(end - pixel);
                        let mut from = [std::ptr::null(); TALLEST];
                        for (row, from) in from.iter_mut().enumerate().take(rows) {
                            let at = product::place(&window, self.to[1], self.width, pixel + row) * all_in;
                            // SAFETY: the window of each output lies inside the picture.
                            *from = unsafe { self.x.as_ptr().add(at + group * cin) };
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
                            let target = self.target.at(pixel * all_out);
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

struct Operands<'a> {
    from: &'a [*const f32; TALLEST],
    segments: &'a [usize],
    length: usize,
    weights: *const f32,
    bias: *const f32,
}

#[inline(always)]
unsafe fn tile<L: Lanes>(rows: usize, panel: usize, operands: &Operands, sums: *mut f32) {
    product::by_size!(L, rows, panel, products, operands, sums);
}

/// `sums[i][j]` = `bias[j]` + sum over k of `from[i][k] * weights[k][j]`, for M rows and V vectors of columns.
#[inline(always)]
unsafe fn products<L: Lanes, const M: usize, const V: usize>(operands: &Operands, sums: *mut f32) {
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
