//! Convolutions of pictures of bytes that mix channels: exact sums in i32, scaled and rounded in the store.
//!
//! Four bytes of a pixel meet four weights of each column in one instruction where the processor has it (VNNI, dot
//! product); without it, bytes are widened to 16 bits once and meet in pairs. Neither saturates.
#![allow(unsafe_code)]

use super::finish::{LONGEST, Out, Post, Span, Target, finish};
use super::lanes::{Isa, Lanes};
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::window::{Shape, pad};
#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{lanes::Plain, product};
use std::cell::RefCell;

/// Longest sum that surely fits in i32: 255 * 255 * k < 2^31.
const DEEPEST: usize = 33_000;

/// Which instructions the kernels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteIsa {
    /// Any machine.
    Plain,
    /// x86-64 with AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 and VNNI.
    #[cfg(target_arch = "x86_64")]
    Vnni,
    /// 64-bit ARM; every one has it.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// 64-bit ARM with dot product.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

impl ByteIsa {
    /// Those that this processor can run, best first.
    #[must_use]
    pub fn available() -> Vec<ByteIsa> {
        let mut sets = Vec::new();
        for isa in Isa::available() {
            match isa {
                Isa::Plain => sets.push(ByteIsa::Plain),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => sets.push(ByteIsa::Avx2),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => {
                    if std::arch::is_x86_feature_detected!("avx512vnni") {
                        sets.push(ByteIsa::Vnni);
                    }
                }
                #[cfg(target_arch = "aarch64")]
                Isa::Neon => {
                    if std::arch::is_aarch64_feature_detected!("dotprod") {
                        sets.push(ByteIsa::NeonDot);
                    }
                    sets.push(ByteIsa::Neon);
                }
            }
        }
        sets
    }

    const fn isa(self) -> Isa {
        match self {
            ByteIsa::Plain => Isa::Plain,
            #[cfg(target_arch = "x86_64")]
            ByteIsa::Avx2 => Isa::Avx2,
            #[cfg(target_arch = "x86_64")]
            ByteIsa::Vnni => Isa::Avx512,
            #[cfg(target_arch = "aarch64")]
            ByteIsa::Neon | ByteIsa::NeonDot => Isa::Neon,
        }
    }

    /// Whether four bytes meet four weights.
    const fn quads(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            ByteIsa::Vnni => true,
            #[cfg(target_arch = "aarch64")]
            ByteIsa::NeonDot => true,
            _ => false,
        }
    }

    /// Whether weights of one number of the group lie side by side, and not those of one column.
    const fn turned(self) -> bool {
        match self {
            #[cfg(target_arch = "aarch64")]
            ByteIsa::Neon => true,
            _ => false,
        }
    }

    /// How much less than they are bytes are multiplied as.
    const fn less(self) -> i32 {
        match self {
            #[cfg(target_arch = "aarch64")]
            ByteIsa::NeonDot => 128,
            _ => 0,
        }
    }
}

/// Vectors of i32 beside those of f32. Unsafe as [`Lanes`] is; a group is four bytes of memory: four bytes or two i16.
#[allow(clippy::missing_safety_doc, reason = "said once, above")]
pub(super) trait ByteLanes: Lanes {
    type I: Copy;
    type X: Copy;
    type W: Copy;

    unsafe fn load_sums(at: *const i32) -> Self::I;
    /// A group of a pixel, in all lanes: four bytes if `QUADS`, else two i16. Each of the types that implement this
    /// takes one of both, NEON takes both.
    unsafe fn group<const QUADS: bool>(at: *const u8) -> Self::X;
    /// A group of weights for each lane.
    unsafe fn weights(at: *const u8) -> Self::W;
    /// Adds to each lane the products of the group with the lane's weights.
    unsafe fn dot<const QUADS: bool>(sums: Self::I, x: Self::X, w: Self::W) -> Self::I;
    /// `sums - x * w`, lane by lane.
    unsafe fn less(sums: Self::I, x: i32, w: *const i32) -> Self::I;
    unsafe fn floats(sums: Self::I) -> Self::V;
}

impl ByteLanes for Plain {
    type I = [i32; 4];
    type X = [i16; 2];
    type W = [[i16; 2]; 4];

    #[inline(always)]
    unsafe fn load_sums(at: *const i32) -> Self::I {
        unsafe { at.cast::<Self::I>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn group<const QUADS: bool>(at: *const u8) -> Self::X {
        unsafe { at.cast::<Self::X>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn weights(at: *const u8) -> Self::W {
        unsafe { at.cast::<Self::W>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn dot<const QUADS: bool>(sums: Self::I, x: Self::X, w: Self::W) -> Self::I {
        let x = x.map(i32::from);
        std::array::from_fn(|i| sums[i] + x[0] * i32::from(w[i][0]) + x[1] * i32::from(w[i][1]))
    }
    #[inline(always)]
    unsafe fn less(sums: Self::I, x: i32, w: *const i32) -> Self::I {
        let w = unsafe { w.cast::<Self::I>().read_unaligned() };
        std::array::from_fn(|i| sums[i] - x * w[i])
    }
    #[inline(always)]
    unsafe fn floats(sums: Self::I) -> Self::V {
        sums.map(|sum| sum as f32)
    }
}

/// Something to compute with any [`ByteLanes`]; see [`super::lanes::Work`].
pub(super) trait ByteWork {
    /// # Safety
    /// The processor must have the instructions of `L`.
    unsafe fn with<L: ByteLanes, const QUADS: bool>(self);
}

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static WORDS: RefCell<Vec<i16>> = const { RefCell::new(Vec::new()) };
}

/// What a quantized convolution is, beside its weights.
#[derive(Debug, Clone)]
pub struct Quantized<'a> {
    /// The byte that stands for zero in pictures.
    pub zero: u8,
    /// For each channel that goes out: the weight that stands for zero.
    pub zeros: &'a [i32],
    /// For each channel that goes out: added to the sums; may be empty.
    pub bias: &'a [i32],
    /// For each channel that goes out: what sums are multiplied with.
    pub factor: &'a [f32],
    /// For each channel that goes out: added then; may be empty.
    pub offset: &'a [f32],
}

/// Packed weights of a quantized convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseBytes {
    isa: ByteIsa,
    shape: Shape,
    zero: u8,
    /// Vectors of columns of each panel.
    panels: Vec<usize>,
    /// For each group, panel and run of taps: a group of weights for each column.
    weights: Vec<u8>,
    /// For each group of channels, filled up to whole vectors: what sums start from, zero points that remain, factors,
    /// offsets.
    start: Vec<i32>,
    zeros: Vec<i32>,
    factor: Vec<f32>,
    offset: Vec<f32>,
    any_zero: bool,
}

impl DenseBytes {
    /// Packs weights: `at(out, in, ky, kx)` gives one, from -128 to 255, `out` counted over all groups, `in` within
    /// one. `None` when sums might not fit in i32, or weights less their zero point not in 9 bits.
    #[must_use]
    pub fn pack(
        isa: ByteIsa,
        shape: Shape,
        at: impl Fn(usize, usize, usize, usize) -> i32,
        quantized: &Quantized,
    ) -> Option<Self> {
        let Shape {
            window,
            groups,
            channels: [cin, cout],
        } = shape;
        let [kh, kw] = window.kernel;
        if kh * kw * cin > DEEPEST {
            return None;
        }
        let lanes = isa.isa().lanes();
        let vectors = cout.div_ceil(lanes);
        let count = vectors.div_ceil(isa.isa().wide()).max(1);
        let panels: Vec<usize> = (0..count).map(|p| (vectors + p) / count).collect();
        let (runs, length) = runs(&shape);
        let mut conv = DenseBytes {
            isa,
            shape,
            zero: quantized.zero,
            panels,
            weights: Vec::new(),
            start: Vec::new(),
            zeros: Vec::new(),
            factor: Vec::new(),
            offset: Vec::new(),
            any_zero: false,
        };
        for group in 0..groups {
            let mut columns = Vec::with_capacity(vectors * lanes);
            for column in 0..vectors * lanes {
                let co = group * cout + column;
                if column >= cout {
                    columns.push(vec![0; kh * kw * cin]);
                    conv.start.push(0);
                    conv.zeros.push(0);
                    conv.factor.push(0.0);
                    conv.offset.push(0.0);
                    continue;
                }
                let taps = (0..kh * kw * cin).map(|k| at(co, k % cin, k / cin / kw, k / cin % kw));
                let centred: Vec<i32> = taps.map(|w| w - quantized.zeros[co]).collect();
                let small = |w: &i32| (-128..128).contains(w);
                // What does not fit in a byte is shifted, and the shift taken off the sums.
                let shift = if !isa.quads() || centred.iter().all(small) {
                    0
                } else {
                    centred.iter().min().copied().unwrap_or(0) + 128
                };
                let stored: Vec<i32> = centred.iter().map(|w| w - shift).collect();
                if isa.quads() && !stored.iter().all(small) {
                    return None;
                }
                conv.any_zero |= shift != 0;
                conv.zeros.push(-shift);
                let bias = quantized.bias.get(co).copied().unwrap_or(0);
                let sum = |weights: &[i32]| weights.iter().sum::<i32>();
                conv.start.push(if isa.quads() {
                    bias.wrapping_sub(i32::from(quantized.zero) * sum(&centred))
                        .wrapping_add(isa.less() * sum(&stored))
                } else {
                    bias
                });
                conv.factor.push(quantized.factor[co]);
                conv.offset.push(quantized.offset.get(co).copied().unwrap_or(0.0));
                columns.push(stored);
            }
            let mut first = 0;
            for &panel in &conv.panels {
                for run in 0..kh * runs {
                    let group = if isa.quads() { 4 } else { 2 };
                    for k in (0..length).step_by(group) {
                        for vector in columns[first..first + panel * lanes].chunks_exact(lanes) {
                            for index in 0..lanes * group {
                                let (column, k) = match isa.turned() {
                                    true => (index % lanes, k + index / lanes),
                                    false => (index / group, k + index % group),
                                };
                                let w = if k < length {
                                    vector[column][run * length + k]
                                } else {
                                    0
                                };
                                if isa.quads() {
                                    conv.weights.push(w as i8 as u8);
                                } else {
                                    conv.weights.extend((w as i16).to_ne_bytes());
                                }
                            }
                        }
                    }
                }
                first += panel * lanes;
            }
        }
        Some(conv)
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
    pub fn run(&self, x: &[u8], size: [usize; 2], added: &[f32], post: &Post, mut out: Out) {
        let [cin, cout] = self.shape.all();
        let to = self.shape.window.output(size);
        assert_eq!(
            (x.len(), out.len()),
            (size[0] * size[1] * cin, to[0] * to[1] * cout)
        );
        assert!(added.is_empty() || added.len() == out.len());
        assert!(post.fits(cout));
        let target = out.target(added, cout);
        let job = |x: *const u8, size: [usize; 2], row_sums: &[i32]| {
            let job = Job {
                conv: self,
                x,
                width: size[1],
                to,
                row_sums,
                post,
                target,
            };
            // SAFETY: the processor has the instructions, `x` holds a picture of `size` with room for a group after
            // it, and `size` has room for all windows.
            unsafe {
                match self.isa {
                    ByteIsa::Plain => job.with::<Plain, false>(),
                    #[cfg(target_arch = "x86_64")]
                    ByteIsa::Avx2 => x86::avx2_bytes(job),
                    #[cfg(target_arch = "x86_64")]
                    ByteIsa::Vnni => x86::vnni(job),
                    #[cfg(target_arch = "aarch64")]
                    ByteIsa::Neon => neon::neon_bytes(job),
                    #[cfg(target_arch = "aarch64")]
                    ByteIsa::NeonDot => neon::neon_dot_bytes(job),
                }
            }
        };
        if !self.isa.quads() {
            WORDS.with_borrow_mut(|words| {
                let zero = i16::from(self.zero);
                let size = pad(x, size, cin, &self.shape.window, 0, words, |byte| {
                    i16::from(byte) - zero
                });
                words.push(0);
                job(words.as_ptr().cast(), size, &[]);
            });
            return;
        }
        let (_, length) = runs(&self.shape);
        if self.shape.window.pads() || length % 4 != 0 {
            BYTES.with_borrow_mut(|bytes| {
                let size = pad(x, size, cin, &self.shape.window, self.zero, bytes, |byte| byte);
                bytes.extend([0; 4]);
                job(bytes.as_ptr(), size, &self.row_sums(bytes, size, to));
            });
        } else {
            job(x.as_ptr(), size, &self.row_sums(x, size, to));
        }
    }

    /// For each output and group the sum of all bytes that it sees, if zero points ask for it.
    fn row_sums(&self, x: &[u8], size: [usize; 2], to: [usize; 2]) -> Vec<i32> {
        if !self.any_zero {
            return Vec::new();
        }
        let Shape {
            window,
            groups,
            channels: [cin, _],
        } = self.shape;
        let sums: Vec<i32> = x[..size[0] * size[1] * cin * groups]
            .chunks_exact(cin)
            .map(|pixel| pixel.iter().map(|&byte| i32::from(byte)).sum())
            .collect();
        let [kh, kw] = window.kernel;
        let [sy, sx] = window.stride;
        let [dy, dx] = window.dilation;
        let mut all = Vec::with_capacity(to[0] * to[1] * groups);
        for y in 0..to[0] {
            for x in 0..to[1] {
                for group in 0..groups {
                    let rows = (0..kh).map(|ky| (y * sy + ky * dy) * size[1]);
                    let taps = rows.flat_map(|row| (0..kw).map(move |kx| row + x * sx + kx * dx));
                    all.push(taps.map(|at| sums[at * groups + group]).sum());
                }
            }
        }
        all
    }
}

/// Runs of memory that a row of taps is, and how many numbers each is.
fn runs(shape: &Shape) -> (usize, usize) {
    let (across, cin) = (shape.window.kernel[1], shape.channels[0]);
    if shape.groups == 1 && shape.window.dilation[1] == 1 {
        (1, across * cin)
    } else {
        (across, cin)
    }
}

struct Job<'a> {
    conv: &'a DenseBytes,
    x: *const u8,
    width: usize,
    to: [usize; 2],
    row_sums: &'a [i32],
    post: &'a Post,
    target: Target,
}

impl ByteWork for Job<'_> {
    #[inline(always)]
    unsafe fn with<L: ByteLanes, const QUADS: bool>(self) {
        let Shape {
            window,
            groups,
            channels: [cin, cout],
        } = self.conv.shape;
        let unit = if self.conv.isa.quads() { 1 } else { 2 };
        let (all_in, all_out) = (groups * cin, groups * cout);
        let (runs, length) = runs(&self.conv.shape);
        let mut segments = Vec::with_capacity(window.kernel[0] * runs);
        for ky in 0..window.kernel[0] {
            for kx in 0..runs {
                let tap = ky * window.dilation[0] * self.width + kx * window.dilation[1];
                segments.push(tap * all_in * unit);
            }
        }
        let steps = (length * unit).div_ceil(4);
        let depth = segments.len() * steps;
        let vectors: usize = self.conv.panels.iter().sum();
        let pixels = self.to[0] * self.to[1];
        let whole = vectors * L::N * depth * 4;
        let block = product::block::<L>(whole, depth * 4);
        let mut sums = [0.0f32; product::TALLEST * product::WIDEST * LONGEST];
        for group in 0..groups {
            for start in (0..pixels).step_by(block) {
                let end = (start + block).min(pixels);
                let mut weights = group * whole;
                let mut column = 0;
                for &panel in &self.conv.panels {
                    let mut spans: [Span; product::WIDEST] = [(0, 0); product::WIDEST];
                    for (index, span) in spans.iter_mut().enumerate().take(panel) {
                        let first = column + index * L::N;
                        *span = (group * cout + first, L::N.min(cout - first));
                    }
                    let mut pixel = start;
                    while pixel < end {
                        let rows = product::step::<L>(end - pixel);
                        let mut from = [std::ptr::null(); product::TALLEST];
                        let mut row_sums = [0; product::TALLEST];
                        let places = product::Places::new(&window, self.to[1], self.width, pixel);
                        for (row, place) in places.enumerate().take(rows) {
                            // SAFETY: the window of each output lies inside the picture.
                            from[row] = unsafe { self.x.add((place * all_in + group * cin) * unit) };
                            if let Some(sum) = self.row_sums.get((pixel + row) * groups + group) {
                                row_sums[row] = *sum;
                            }
                        }
                        // SAFETY: `pack` made room for the panel's weights and columns, `sums` is large enough for
                        // any tile, and `run` checked the lengths of what is stored.
                        unsafe {
                            let at = group * vectors * L::N + column;
                            let operands = Operands {
                                from: &from,
                                row_sums: (!self.row_sums.is_empty()).then_some(&row_sums),
                                segments: &segments,
                                steps,
                                weights: self.conv.weights.as_ptr().add(weights),
                                start: self.conv.start.as_ptr().add(at),
                                zeros: self.conv.zeros.as_ptr().add(at),
                                factor: self.conv.factor.as_ptr().add(at),
                                offset: self.conv.offset.as_ptr().add(at),
                            };
                            tile::<L, QUADS>(rows, panel, &operands, sums.as_mut_ptr());
                            let target = self.target.at(pixel * all_out);
                            finish::<L>(sums.as_ptr(), rows, &spans[..panel], target, self.post);
                        }
                        pixel += rows;
                    }
                    weights += panel * L::N * depth * 4;
                    column += panel * L::N;
                }
            }
        }
    }
}

struct Operands<'a> {
    from: &'a [*const u8; product::TALLEST],
    row_sums: Option<&'a [i32; product::TALLEST]>,
    segments: &'a [usize],
    /// Groups of a segment.
    steps: usize,
    weights: *const u8,
    start: *const i32,
    zeros: *const i32,
    factor: *const f32,
    offset: *const f32,
}

#[inline(always)]
unsafe fn tile<L: ByteLanes, const QUADS: bool>(
    rows: usize,
    panel: usize,
    operands: &Operands,
    sums: *mut f32,
) {
    if QUADS {
        product::by_size!(L, rows, panel, quads, operands, sums);
    } else {
        product::by_size!(L, rows, panel, pairs, operands, sums);
    }
}

#[inline(always)]
unsafe fn quads<L: ByteLanes, const M: usize, const V: usize>(operands: &Operands, sums: *mut f32) {
    // SAFETY: as the caller promises.
    unsafe { dots::<L, true, M, V>(operands, sums) }
}

#[inline(always)]
unsafe fn pairs<L: ByteLanes, const M: usize, const V: usize>(operands: &Operands, sums: *mut f32) {
    // SAFETY: as the caller promises.
    unsafe { dots::<L, false, M, V>(operands, sums) }
}

/// `sums[i][j]` = scaled sum over groups of `from[i]` and `weights[j]`, for M rows and V vectors of columns.
#[inline(always)]
unsafe fn dots<L: ByteLanes, const QUADS: bool, const M: usize, const V: usize>(
    operands: &Operands,
    sums: *mut f32,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut acc = [[L::load_sums(operands.start); V]; M];
        for row in &mut acc {
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = L::load_sums(operands.start.add(j * L::N));
            }
        }
        let mut weights = operands.weights;
        for &segment in operands.segments {
            let mut from = [std::ptr::null::<u8>(); M];
            for (i, from) in from.iter_mut().enumerate() {
                *from = operands.from[i].add(segment);
            }
            for step in 0..operands.steps {
                let mut w = [L::weights(weights); V];
                for (j, w) in w.iter_mut().enumerate().skip(1) {
                    *w = L::weights(weights.add(j * L::N * 4));
                }
                for i in 0..M {
                    let x = L::group::<QUADS>(from[i].add(step * 4));
                    for j in 0..V {
                        acc[i][j] = L::dot::<QUADS>(acc[i][j], x, w[j]);
                    }
                }
                weights = weights.add(V * L::N * 4);
            }
        }
        for (i, row) in acc.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                let mut sum = *sum;
                if let Some(row_sums) = operands.row_sums {
                    sum = L::less(sum, row_sums[i], operands.zeros.add(j * L::N));
                }
                let factor = L::load(operands.factor.add(j * L::N));
                let offset = L::load(operands.offset.add(j * L::N));
                L::store(
                    sums.add((i * V + j) * L::N),
                    L::fma(L::floats(sum), factor, offset),
                );
            }
        }
    }
}
