//! Convolutions that mix channels: each tile is a product of pixels with packed weights, read where they lie.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Out, Post, Span, Target, finish, is_plain, store};
use super::lanes::{Isa, Lanes, Work};
use super::product::{self, TALLEST, WIDEST};
use super::window::{Shape, pad};
use std::cell::RefCell;

thread_local! {
    /// The picture with what is added around it.
    static PADDED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    /// Weights that were bytes.
    static WIDENED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Packed weights of a convolution, in one or more groups of channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    isa: Isa,
    shape: Shape,
    /// Vectors of columns of each panel.
    panels: Vec<usize>,
    weights: Weights,
    /// For each group: a number a column, filled up to whole vectors.
    bias: Vec<f32>,
}

/// For each group and panel: for each tap and channel a row of the panel's columns.
#[derive(Debug, Clone, PartialEq)]
enum Weights {
    Floats(Vec<f32>),
    /// Bytes, which become floats when the convolution runs: a quarter of the memory.
    Bytes(Bytes),
}

/// Each byte stands for `(byte - zero) * scale`, with a zero point and a scale a column, filled up like the bias.
#[derive(Debug, Clone, PartialEq)]
struct Bytes {
    weights: Vec<u8>,
    zero: Vec<f32>,
    scale: Vec<f32>,
}

impl Dense {
    /// Packs weights that are int8: `at` gives them, each `(weight - zero) * scale` with a zero point and a scale for
    /// each channel that goes out. See [`Dense::pack`].
    ///
    /// # Panics
    /// When `bias`, `zero` or `scale` is of another length.
    #[must_use]
    pub fn pack_bytes(
        isa: Isa,
        shape: Shape,
        at: impl Fn(usize, usize, usize, usize) -> i8,
        (zero, scale): (&[i32], &[f32]),
        bias: &[f32],
    ) -> Self {
        let byte = |co: usize, ci: usize, ky: usize, kx: usize| f32::from(at(co, ci, ky, kx)) + 128.0;
        let mut conv = Self::pack(isa, shape, byte, bias);
        let Weights::Floats(weights) = conv.weights else {
            return conv;
        };
        let [_, cout] = shape.channels;
        let filled = conv.bias.len() / shape.groups.max(1);
        let fill = |value: &dyn Fn(usize) -> f32| {
            let columns = (0..shape.groups).flat_map(|group| (0..filled).map(move |column| (group, column)));
            columns
                .map(|(group, column)| {
                    if column < cout {
                        value(group * cout + column)
                    } else {
                        0.0
                    }
                })
                .collect()
        };
        conv.weights = Weights::Bytes(Bytes {
            weights: weights.iter().map(|&weight| weight as u8).collect(),
            zero: fill(&|co| zero[co] as f32 + 128.0),
            scale: fill(&|co| scale[co]),
        });
        conv
    }

    /// Packs weights: `at(out, in, ky, kx)` gives one, `out` counted over all groups, `in` within one; `bias` has a
    /// number for each channel that goes out, or is empty.
    ///
    /// # Panics
    /// When `bias` is of another length.
    #[must_use]
    pub fn pack(
        isa: Isa,
        shape: Shape,
        at: impl Fn(usize, usize, usize, usize) -> f32,
        bias: &[f32],
    ) -> Self {
        let Shape {
            window,
            groups,
            channels: [cin, cout],
        } = shape;
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
            shape,
            panels,
            weights: Weights::Floats(weights),
            bias: filled,
        }
    }

    /// What it takes and gives.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Convolves one picture `x` of `size` (height, width); `added` is a picture as large as `out`, or empty.
    ///
    /// # Panics
    /// When lengths do not belong together.
    pub fn run(&self, x: &[f32], size: [usize; 2], added: &[f32], post: &Post, mut out: Out) {
        let [cin, cout] = self.shape.all();
        let to = self.shape.window.output(size);
        assert_eq!(
            (x.len(), out.len()),
            (size[0] * size[1] * cin, to[0] * to[1] * cout)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(cout));
        let target = out.target(added, cout);
        let convolve = |x: &[f32], size: [usize; 2], weights: &[f32]| {
            let job = Job {
                conv: self,
                weights,
                x,
                width: size[1],
                to,
                post,
                target,
            };
            // SAFETY: the processor has the instructions, and `size` has room for all windows.
            unsafe { self.isa.run(job) }
        };
        let convolve = |x: &[f32], size: [usize; 2]| match &self.weights {
            Weights::Floats(weights) => convolve(x, size, weights),
            Weights::Bytes(bytes) => WIDENED.with_borrow_mut(|widened| {
                // SAFETY: the processor has the instructions.
                unsafe {
                    self.isa.run(Widening {
                        conv: self,
                        bytes,
                        out: widened,
                    });
                }
                convolve(x, size, widened);
            }),
        };
        if self.shape.window.pads() {
            PADDED.with_borrow_mut(|padded| {
                let size = pad(x, size, cin, &self.shape.window, 0.0, padded, |x| x);
                convolve(padded, size);
            });
        } else {
            convolve(x, size);
        }
    }
}

/// Makes floats of weights that are bytes.
struct Widening<'a> {
    conv: &'a Dense,
    bytes: &'a Bytes,
    out: &'a mut Vec<f32>,
}

impl Work for Widening<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let Bytes { weights, zero, scale } = self.bytes;
        self.out.resize(weights.len(), 0.0);
        let depth = self.conv.shape.depth();
        let (mut at, mut column) = (0, 0);
        for _ in 0..self.conv.shape.groups {
            for &panel in &self.conv.panels {
                for row in 0..depth {
                    for vector in 0..panel {
                        let first = at + (row * panel + vector) * L::N;
                        let column = column + vector * L::N;
                        assert!(first + L::N <= weights.len() && column + L::N <= zero.len());
                        // SAFETY: as just asserted; scales are as many as zero points.
                        unsafe {
                            let byte = L::load_bytes(weights.as_ptr().add(first), L::N);
                            let less = L::load(zero.as_ptr().add(column));
                            let centred = L::fma(less, L::splat(-1.0), byte);
                            let weight = L::mul(centred, L::load(scale.as_ptr().add(column)));
                            L::store(self.out.as_mut_ptr().add(first), weight);
                        }
                    }
                }
                at += depth * panel * L::N;
                column += panel * L::N;
            }
        }
    }
}

struct Job<'a> {
    conv: &'a Dense,
    weights: &'a [f32],
    x: &'a [f32],
    width: usize,
    to: [usize; 2],
    post: &'a Post,
    target: Target,
}

impl Work for Job<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let Shape {
            window,
            groups,
            channels: [cin, cout],
        } = self.conv.shape;
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
        let plain = is_plain(self.post, &self.target);
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
                        let places = product::Places::new(&window, self.to[1], self.width, pixel);
                        for (from, place) in from[..rows].iter_mut().zip(places) {
                            // SAFETY: the window of each output lies inside the picture.
                            *from = unsafe { self.x.as_ptr().add(place * all_in + group * cin) };
                        }
                        // SAFETY: the pixels lie inside the picture.
                        let target = unsafe { self.target.at(pixel * all_out) };
                        let whole = spans[..panel].iter().all(|&(_, count)| count == L::N);
                        let stores = plain && whole;
                        // SAFETY: `pack` made room for the panel's weights and bias, `sums` is large enough for any
                        // tile, and `run` checked the lengths of `out` and `added`.
                        unsafe {
                            let operands = Operands {
                                from: &from,
                                segments: &segments,
                                length,
                                weights: self.weights.as_ptr().add(weights),
                                bias: self.conv.bias.as_ptr().add(group * vectors * L::N + column),
                                channel: spans[0].0,
                                target: stores.then_some(&target),
                                post: self.post,
                            };
                            tile::<L>(rows, panel, &operands, sums.as_mut_ptr());
                            if !stores {
                                finish::<L>(sums.as_ptr(), rows, &spans[..panel], target, self.post);
                            }
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
    channel: usize,
    /// Where the sums go, if that is [`store`]'s business; else they are left for [`finish`].
    target: Option<&'a Target>,
    post: &'a Post,
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
        if let Some(target) = operands.target {
            return store::<L, M, V>(acc, operands.channel, target, operands.post);
        }
        for (i, row) in acc.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                L::store(sums.add((i * V + j) * L::N), *sum);
            }
        }
    }
}
