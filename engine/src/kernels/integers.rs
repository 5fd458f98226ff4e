//! Exact products of uint8 rows, or of float rows in fixed point, with int8 weights.
//!
//! In: weights `w [k, n]` with a zero point a column, packed once into [`Integers`]; then rows `a [m, k]` with one zero
//! point, or float rows. Out: `sum over k of (a - zero_a) * (w - zero_w)`, summed in i32, exact whatever the numbers: no
//! instruction that could saturate is used. The kernel is chosen by what the processor has; every one is tested against
//! a plain one.

use super::finish::{self, Edge, Finish};
use super::fixed::{self, PLANES};
use super::level::Level;
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::quantize::Quantized;
#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{TALLEST, WIDEST};

/// Longest row whose sums surely fit in i32: 255 * 255 * k < 2^31.
pub const DEEPEST: usize = 33_000;

/// Sums of one tile: a row of up to [`WIDEST`] columns for each of up to [`TALLEST`] rows.
pub(super) type Tile = [[i32; WIDEST]; TALLEST];

/// Which instructions a kernel uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dot {
    /// Any machine.
    Plain,
    /// x86-64 with AVX2: pairs of 16-bit numbers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 VNNI: fours of bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// x86-64 with AVX-VNNI: the same as AVX-512 VNNI on half as many columns.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// 64-bit ARM, without dot product: 16-bit numbers.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// 64-bit ARM with dot product: fours of bytes.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
    /// 64-bit ARM with products of 8-bit matrices.
    #[cfg(target_arch = "aarch64")]
    NeonI8mm,
}

impl Dot {
    /// Those that this processor can run, best first.
    #[must_use]
    pub fn available() -> Vec<Dot> {
        let mut kernels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512vnni")
                && std::arch::is_x86_feature_detected!("avx512f")
            {
                kernels.push(Dot::Avx512Vnni);
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                if std::arch::is_x86_feature_detected!("avxvnni") {
                    kernels.push(Dot::AvxVnni);
                }
                kernels.push(Dot::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            if std::arch::is_aarch64_feature_detected!("i8mm") {
                kernels.push(Dot::NeonI8mm);
            }
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                kernels.push(Dot::NeonDot);
            }
            kernels.push(Dot::Neon);
        }
        kernels.push(Dot::Plain);
        kernels
    }

    /// Whether it multiplies rows of 16-bit numbers; else of bytes.
    const fn takes_words(self) -> bool {
        match self {
            Dot::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2 => true,
            #[cfg(target_arch = "aarch64")]
            Dot::Neon => true,
            _ => false,
        }
    }

    /// Weights of one column that lie side by side; rows are filled up with zeros to whole groups.
    const fn group(self) -> usize {
        match self {
            Dot::Plain => 1,
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2 => 2,
            #[cfg(target_arch = "x86_64")]
            Dot::AvxVnni | Dot::Avx512Vnni => 4,
            #[cfg(target_arch = "aarch64")]
            Dot::Neon => 1,
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot => 4,
            #[cfg(target_arch = "aarch64")]
            Dot::NeonI8mm => 8,
        }
    }

    /// Columns that it computes side by side.
    const fn width(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Dot::Avx512Vnni => 32,
            _ => 16,
        }
    }

    /// Rows that it computes side by side, at most.
    const fn height(self) -> usize {
        match self {
            Dot::Plain => 4,
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2 | Dot::AvxVnni => 6,
            #[cfg(target_arch = "x86_64")]
            Dot::Avx512Vnni => 12,
            #[cfg(target_arch = "aarch64")]
            Dot::Neon => 5,
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot => 4,
            #[cfg(target_arch = "aarch64")]
            Dot::NeonI8mm => 6,
        }
    }

    /// How much less than they are the bytes of its rows are multiplied as: 128 where it takes int8.
    const fn less(self) -> u8 {
        match self {
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot => 128,
            _ => 0,
        }
    }
}

/// Weights `[k, n]`, packed in panels of a kernel's width: for each panel all groups of k, in a group for each column
/// its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Integers {
    kernel: Dot,
    depth: usize,
    columns: usize,
    weights: Vec<i8>,
    /// `sum over k of (w - zero)` a column, filled up to whole panels.
    sums: Vec<i32>,
    /// A zero point a column, filled up; empty when all are zero.
    zero: Vec<i32>,
    /// `sum over k of |w|`, the largest of all columns.
    most: u32,
}

impl Integers {
    /// Packs `depth` x `columns` weights. `at(k, n)` gives a weight, `zero` has one number a column, -128 to 127. `None`
    /// when rows are longer than [`DEEPEST`].
    ///
    /// # Panics
    /// When `zero` is shorter than `columns`.
    #[must_use]
    pub fn pack(
        kernel: Dot,
        depth: usize,
        columns: usize,
        at: impl Fn(usize, usize) -> i8,
        zero: &[i32],
    ) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        let (width, group) = (kernel.width(), kernel.group());
        let (padded, filled) = (depth.next_multiple_of(group), columns.next_multiple_of(width));
        let mut zero = zero[..columns].to_vec();
        let mut sums: Vec<i32> = zero.iter().map(|zero| -zero * depth as i32).collect();
        let mut sizes = vec![0u32; columns];
        // Along the columns first: that is how most files have them.
        for k in 0..depth {
            for (n, (sum, size)) in sums.iter_mut().zip(&mut sizes).enumerate() {
                let w = at(k, n);
                *sum += i32::from(w);
                *size += u32::from(w.unsigned_abs());
            }
        }
        let mut weights = vec![0; filled * padded];
        for (index, panel) in weights.chunks_exact_mut((width * padded).max(1)).enumerate() {
            let column = index * width;
            let used = width.min(columns - column);
            for (index, rows) in panel.chunks_exact_mut(width * group).enumerate() {
                for k in index * group..((index + 1) * group).min(depth) {
                    for n in 0..used {
                        rows[n * group + k % group] = at(k, column + n);
                    }
                }
            }
        }
        sums.resize(filled, 0);
        zero.resize(filled, 0);
        if zero.iter().all(|&zero| zero == 0) {
            zero.clear();
        }
        Some(Integers {
            kernel,
            depth,
            columns,
            weights,
            sums,
            zero,
            most: sizes.into_iter().max().unwrap_or(0),
        })
    }

    /// Weights of all of `parts` side by side, where their panels can stand side by side as they are.
    #[must_use]
    pub fn beside(parts: &[&Integers]) -> Option<Self> {
        let first = parts.first()?;
        let fits = |part: &&Integers| {
            part.kernel == first.kernel
                && part.depth == first.depth
                && part.columns.is_multiple_of(part.kernel.width())
        };
        if !parts.iter().all(fits) {
            return None;
        }
        let columns = parts.iter().map(|part| part.columns).sum();
        let zeros = |part: &Integers| match part.zero.is_empty() {
            true => vec![0; part.columns],
            false => part.zero.clone(),
        };
        let any = parts.iter().any(|part| !part.zero.is_empty());
        Some(Integers {
            kernel: first.kernel,
            depth: first.depth,
            columns,
            weights: parts.iter().flat_map(|part| &part.weights).copied().collect(),
            sums: parts.iter().flat_map(|part| &part.sums).copied().collect(),
            zero: parts
                .iter()
                .filter(|_| any)
                .flat_map(|part| zeros(part))
                .collect(),
            most: parts.iter().map(|part| part.most).max().unwrap_or(0),
        })
    }

    /// Length of a row that comes in, without what fills it up.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Length of a row filled up to whole groups.
    #[must_use]
    pub fn padded(&self) -> usize {
        self.depth.next_multiple_of(self.kernel.group())
    }

    /// Length of a row that goes out.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Length that numbers a column are filled up to.
    #[must_use]
    pub fn filled(&self) -> usize {
        self.sums.len()
    }

    /// Multiplies all rows: `rows` is `[m, padded]`, what fills a row up being zero. `store(row, column, sums)` gets
    /// the exact sums of one row from a column on.
    ///
    /// # Panics
    /// When `rows` is not a whole number of rows.
    #[cfg(test)]
    pub fn multiply(&self, rows: &[u8], zero: u8, mut store: impl FnMut(usize, usize, &[i32])) {
        let row_sums = self.row_sums(rows);
        let zero = i32::from(zero) - i32::from(self.kernel.less());
        self.of_bytes(rows, 1, |top, column, count, tile| {
            let used = self.kernel.width().min(self.columns - column);
            for (row, dots) in tile[..count].iter_mut().enumerate() {
                for (dot, sum) in dots.iter_mut().zip(&self.sums[column..column + used]) {
                    *dot -= zero * sum;
                }
                if !self.zero.is_empty() {
                    for (dot, zero) in dots.iter_mut().zip(&self.zero[column..column + used]) {
                        *dot -= row_sums[top + row] * zero;
                    }
                }
                store(top + row, column, &dots[..used]);
            }
        });
    }

    /// The products of rows quantized all alike, in f32: `out` is `[m, columns]` and wholly written.
    ///
    /// # Panics
    /// When the lengths of rows, `finish` and `out` do not belong together.
    pub fn products(&self, rows: &Quantized, finish: &Finish, out: &mut [f32]) {
        let row_sums = self.row_sums(&rows.bytes);
        let level = Level::best();
        self.of_bytes(&rows.bytes, 1, |top, column, count, tile| {
            let edge = self.edge(column, finish);
            let sums = row_sums.get(top..).unwrap_or_default();
            let at = top * self.columns + column;
            let zero = i32::from(rows.zero) - i32::from(self.kernel.less());
            finish::dynamic(
                level,
                &tile[..count],
                &edge,
                zero,
                rows.scale,
                sums,
                &mut out[at..],
                self.columns,
            );
        });
    }

    /// The products of float rows `[m, depth]`, in f32: `out` is `[m, columns]` and wholly written. Rows are written in
    /// fixed point first, see [`super::fixed`].
    ///
    /// # Panics
    /// When the lengths of `x`, `finish` and `out` do not belong together.
    pub fn products_fixed(&self, x: &[f32], finish: &Finish, out: &mut [f32]) {
        let level = Level::best();
        let (depth, padded) = (self.depth, self.padded());
        if self.kernel.takes_words() {
            // So that no sum can leave 31 bits.
            let steps = (i32::MAX.unsigned_abs() / self.most.max(1)).min(fixed::STEPS);
            let rows = fixed::words(x, depth, padded, steps);
            let row_sums = self.row_sums(&rows.numbers);
            self.tiles(
                &rows.numbers,
                1,
                Self::dots_of_words,
                |top, column, count, tile| {
                    let edge = self.edge(column, finish);
                    let sums = row_sums.get(top..).unwrap_or_default();
                    let at = top * self.columns + column;
                    let (tile, scales, out) = (&tile[..count], &rows.scale[top..], &mut out[at..]);
                    finish::words(level, tile, &edge, scales, sums, out, self.columns);
                },
            );
        } else {
            let rows = fixed::planes(x, depth, padded);
            let less = i32::from(self.kernel.less());
            let row_sums = self.row_sums(&rows.numbers);
            self.of_bytes(&rows.numbers, PLANES, |top, column, count, tile| {
                let edge = self.edge(column, finish);
                let sums = row_sums.get(top..).unwrap_or_default();
                let row = top / PLANES;
                let at = row * self.columns + column;
                let (tile, scales, out) = (&tile[..count], &rows.scale[row..], &mut out[at..]);
                finish::planes(level, tile, &edge, less, scales, sums, out, self.columns);
            });
        }
    }

    fn edge<'a>(&'a self, column: usize, finish: &Finish<'a>) -> Edge<'a> {
        let panel = column..column + self.kernel.width();
        Edge {
            used: self.kernel.width().min(self.columns - column),
            sums: &self.sums[panel.clone()],
            zeros: self.zero.get(panel.clone()).unwrap_or_default(),
            scale: &finish.scale[panel.clone()],
            bias: finish.bias.get(panel).unwrap_or_default(),
            gelu: finish.gelu,
        }
    }

    /// Sums of the rows as they are multiplied, where a zero point asks for them.
    fn row_sums<T: Copy + Into<i32>>(&self, rows: &[T]) -> Vec<i32> {
        if self.zero.is_empty() || self.padded() == 0 {
            return Vec::new();
        }
        let less = i32::from(self.kernel.less()) * self.depth as i32;
        rows.chunks_exact(self.padded())
            .map(|row| row.iter().map(|&a| a.into()).sum::<i32>() - less)
            .collect()
    }

    /// [`tiles`](Self::tiles) of rows of bytes, as the kernel takes them.
    fn of_bytes(&self, rows: &[u8], bundle: usize, each: impl FnMut(usize, usize, usize, &mut Tile)) {
        let less = self.kernel.less();
        if self.kernel.takes_words() {
            let words: Vec<i16> = rows.iter().map(|&byte| i16::from(byte)).collect();
            self.tiles(&words, bundle, Self::dots_of_words, each);
        } else if less != 0 {
            let lowered: Vec<u8> = rows.iter().map(|byte| byte.wrapping_sub(less)).collect();
            self.tiles(&lowered, bundle, Self::dots_of_bytes, each);
        } else {
            self.tiles(rows, bundle, Self::dots_of_bytes, each);
        }
    }

    /// Hands `each` all tiles as (first row, first column, rows, sums), rows in whole bundles of `bundle`.
    fn tiles<T>(
        &self,
        rows: &[T],
        bundle: usize,
        dots: impl Fn(&Self, &[T], usize, &mut Tile),
        mut each: impl FnMut(usize, usize, usize, &mut Tile),
    ) {
        let padded = self.padded();
        if padded == 0 {
            return;
        }
        assert_eq!(rows.len() % (padded * bundle), 0, "rows of {padded} numbers");
        let count = rows.len() / padded;
        // Twelve and two rows take longer than seven and seven.
        let tiles = count.div_ceil(self.kernel.height() / bundle * bundle).max(1);
        let height = (count / bundle).div_ceil(tiles).max(1) * bundle;
        let mut tile: Tile = [[0; WIDEST]; TALLEST];
        for column in (0..self.filled()).step_by(self.kernel.width()) {
            for top in (0..count).step_by(height) {
                let some = &rows[top * padded..(top + height).min(count) * padded];
                dots(self, some, column, &mut tile);
                each(top, column, some.len() / padded, &mut tile);
            }
        }
    }

    /// `tile[i][j]` = sum over k of `rows[i][k] * w[k][column + j]`, for all rows, at most the kernel's height.
    fn dots_of_bytes(&self, rows: &[u8], column: usize, tile: &mut Tile) {
        let (depth, panel) = (self.padded(), self.panel(column));
        match self.kernel {
            #[cfg(target_arch = "x86_64")]
            Dot::Avx512Vnni => x86::integers_avx512_vnni(rows, depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Dot::AvxVnni => x86::integers_avx_vnni(rows, depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot => neon::integers_neon_dot(rows, depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Dot::NeonI8mm => neon::integers_neon_i8mm(rows, depth, panel, tile),
            words => unreachable!("{words:?} takes words"),
        }
    }

    /// The same of rows of words.
    fn dots_of_words(&self, rows: &[i16], column: usize, tile: &mut Tile) {
        let (depth, panel) = (self.padded(), self.panel(column));
        match self.kernel {
            Dot::Plain => plain(rows, depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2 => x86::words_avx2(rows, depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Dot::Neon => neon::words_neon(rows, depth, panel, tile),
            bytes => unreachable!("{bytes:?} takes bytes"),
        }
    }

    fn panel(&self, column: usize) -> &[i8] {
        let padded = self.padded();
        &self.weights[column * padded..(column + self.kernel.width()) * padded]
    }
}

/// The kernel that every other one is tested against, for any machine.
fn plain(rows: &[i16], depth: usize, panel: &[i8], tile: &mut Tile) {
    const WIDTH: usize = Dot::Plain.width();
    for (row, dots) in rows.chunks_exact(depth).zip(tile) {
        dots[..WIDTH].fill(0);
        for (&a, weights) in row.iter().zip(panel.chunks_exact(WIDTH)) {
            for (dot, &w) in dots.iter_mut().zip(weights) {
                *dot += i32::from(a) * i32::from(w);
            }
        }
    }
}
