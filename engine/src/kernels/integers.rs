//! Exact products of uint8 rows with int8 weights.
//!
//! In: weights `w [k, n]` with a zero point a column, packed once into [`Integers`]; then rows `a [m, k]` with one zero
//! point. Out: `sum over k of (a - zero_a) * (w - zero_w)` as i32, exact whatever the numbers: where an instruction
//! could saturate it is used only for weights with which it cannot.

use super::finish::{self, Edge, Finish};
use super::fixed::{Fixed, PLANES};
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
    /// x86-64 with AVX2: pairs in 16 bits, never saturating.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX2: pairs of bytes, half the work; saturates where two weights side by side are large.
    #[cfg(target_arch = "x86_64")]
    Avx2Bytes,
    /// x86-64 with AVX-512 VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// 64-bit ARM, without dot product.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// x86-64 with AVX-VNNI: the same as AVX-512 VNNI on half as many columns.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// 64-bit ARM with dot product.
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
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("avxvnni") {
                kernels.push(Dot::AvxVnni);
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                kernels.extend([Dot::Avx2Bytes, Dot::Avx2]);
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

    /// Whether bytes go through it so fast that three products of bytes take less time than one of floats.
    #[must_use]
    pub fn beats_floats(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Dot::Avx512Vnni | Dot::AvxVnni => true,
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot | Dot::NeonI8mm => true,
            _ => false,
        }
    }

    /// Whether it is exact on weights whose neighbours' absolute values add up to at most `pair`.
    fn exact(self, pair: u32) -> bool {
        match self {
            // 255 * 128 fits in 15 bits.
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2Bytes => pair <= 128,
            _ => pair <= 256,
        }
    }

    /// Weights of one column that lie side by side; rows are filled up with zeros to whole groups.
    const fn group(self) -> usize {
        match self {
            #[cfg(target_arch = "aarch64")]
            Dot::NeonI8mm => 8,
            _ => 4,
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
            Dot::Avx2 => 2,
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2Bytes => 4,
            #[cfg(target_arch = "x86_64")]
            Dot::Avx512Vnni => 12,
            #[cfg(target_arch = "x86_64")]
            Dot::AvxVnni => 6,
            #[cfg(target_arch = "aarch64")]
            Dot::Neon => 4,
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot | Dot::NeonI8mm => 6,
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
}

impl Integers {
    /// Packs `depth` x `columns` weights for the first of `kernels` that is exact on them. `at(k, n)` gives a weight,
    /// `zero` has one number a column, -128 to 127. `None` when rows are longer than [`DEEPEST`] or no kernel is exact.
    ///
    /// # Panics
    /// When `zero` is shorter than `columns`.
    #[must_use]
    pub fn pack(
        kernels: &[Dot],
        depth: usize,
        columns: usize,
        at: impl Fn(usize, usize) -> i8,
        zero: &[i32],
    ) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        // Along the columns first: that is how most files have them.
        let mut sums: Vec<i32> = zero[..columns].iter().map(|zero| -zero * depth as i32).collect();
        let mut pair = 0;
        for k in (0..depth).step_by(2) {
            for (n, sum) in sums.iter_mut().enumerate() {
                let (one, two) = (at(k, n), if k + 1 < depth { at(k + 1, n) } else { 0 });
                *sum += i32::from(one) + i32::from(two);
                pair = pair.max(u32::from(one.unsigned_abs()) + u32::from(two.unsigned_abs()));
            }
        }
        let kernel = *kernels.iter().find(|kernel| kernel.exact(pair))?;
        let (width, group) = (kernel.width(), kernel.group());
        let padded = depth.next_multiple_of(group);
        let mut weights = vec![0; columns.next_multiple_of(width) * padded];
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
        sums.resize(columns.next_multiple_of(width), 0);
        let mut zero = zero[..columns].to_vec();
        if zero.iter().all(|&zero| zero == 0) {
            zero.clear();
        } else {
            zero.resize(sums.len(), 0);
        }
        Some(Integers {
            kernel,
            depth,
            columns,
            weights,
            sums,
            zero,
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
        self.tiles(rows, 1, |top, column, count, tile| {
            let used = self.kernel.width().min(self.columns - column);
            for (row, dots) in tile[..count].iter_mut().enumerate() {
                for (dot, sum) in dots.iter_mut().zip(&self.sums[column..column + used]) {
                    *dot -= i32::from(zero) * sum;
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
        self.tiles(&rows.bytes, 1, |top, column, count, tile| {
            let edge = self.edge(column, finish);
            let sums = row_sums.get(top..).unwrap_or_default();
            let at = top * self.columns + column;
            let zero = i32::from(rows.zero);
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

    /// The products of rows in fixed point, in f32: `out` is `[m, columns]` and wholly written.
    ///
    /// # Panics
    /// When the lengths of rows, `finish` and `out` do not belong together.
    pub fn products_fixed(&self, rows: &Fixed, finish: &Finish, out: &mut [f32]) {
        let row_sums = self.row_sums(&rows.planes);
        let level = Level::best();
        self.tiles(&rows.planes, PLANES, |top, column, count, tile| {
            let edge = self.edge(column, finish);
            let sums = row_sums.get(top..).unwrap_or_default();
            let row = top / PLANES;
            let (at, scales) = (row * self.columns + column, &rows.scale[row..]);
            finish::fixed(
                level,
                &tile[..count],
                &edge,
                scales,
                sums,
                &mut out[at..],
                self.columns,
            );
        });
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

    /// Sums of the rows, where a zero point asks for them.
    fn row_sums(&self, rows: &[u8]) -> Vec<i32> {
        if self.zero.is_empty() || self.padded() == 0 {
            return Vec::new();
        }
        rows.chunks_exact(self.padded())
            .map(|row| row.iter().map(|&a| i32::from(a)).sum())
            .collect()
    }

    /// Hands `each` all tiles as (first row, first column, rows, sums), rows in whole bundles of `bundle`.
    fn tiles(&self, rows: &[u8], bundle: usize, mut each: impl FnMut(usize, usize, usize, &mut Tile)) {
        let padded = self.padded();
        if padded == 0 {
            return;
        }
        assert_eq!(rows.len() % (padded * bundle), 0, "rows of {padded} bytes");
        let count = rows.len() / padded;
        // Twelve and two rows take longer than seven and seven.
        let tiles = count.div_ceil(self.kernel.height() / bundle * bundle).max(1);
        let height = (count / bundle).div_ceil(tiles).max(1) * bundle;
        let width = self.kernel.width();
        let mut tile: Tile = [[0; WIDEST]; TALLEST];
        for (index, panel) in self.weights.chunks_exact(width * padded).enumerate() {
            for top in (0..count).step_by(height) {
                let some = &rows[top * padded..(top + height).min(count) * padded];
                self.dots(some, panel, &mut tile);
                each(top, index * width, some.len() / padded, &mut tile);
            }
        }
    }

    /// `tile[i][j]` = sum over k of `rows[i][k] * panel[k][j]`, for all rows, at most the kernel's height.
    fn dots(&self, rows: &[u8], panel: &[i8], tile: &mut Tile) {
        let depth = self.padded();
        match self.kernel {
            Dot::Plain => plain(rows, depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2 => x86::integers_avx2(rows, depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Dot::Avx2Bytes => x86::integers_avx2_bytes(rows, depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Dot::Avx512Vnni => x86::integers_avx512_vnni(rows, depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Dot::AvxVnni => x86::integers_avx_vnni(rows, depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Dot::Neon => neon::integers_neon(rows, depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Dot::NeonDot => neon::integers_neon_dot(rows, depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Dot::NeonI8mm => neon::integers_neon_i8mm(rows, depth, panel, tile),
        }
    }
}

/// The kernel that every other one is tested against, for any machine.
fn plain(rows: &[u8], depth: usize, panel: &[i8], tile: &mut Tile) {
    const WIDTH: usize = Dot::Plain.width();
    const GROUP: usize = Dot::Plain.group();
    for (row, dots) in rows.chunks_exact(depth).zip(tile) {
        dots[..WIDTH].fill(0);
        for (a, weights) in row.chunks_exact(GROUP).zip(panel.chunks_exact(GROUP * WIDTH)) {
            for (dot, w) in dots.iter_mut().zip(weights.chunks_exact(GROUP)) {
                *dot += a
                    .iter()
                    .zip(w)
                    .map(|(&a, &w)| i32::from(a) * i32::from(w))
                    .sum::<i32>();
            }
        }
    }
}
