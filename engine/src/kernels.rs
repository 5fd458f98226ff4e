//! Products of float rows with int8 weights that are read as int8: a quarter of the memory and of the reading.
//!
//! In: weights `q [k, n]` with a scale and a zero point a column, packed once into [`Panels`]; then float rows
//! `x [m, k]`. Out: `y [m, n]`, `y = x · ((q - zero) * scale)`, summed in f32 like the graph says. The kernel is chosen
//! by what the processor has; every one is tested against [`plain`]. Nothing here allocates while running.

pub mod conv;
pub mod attention;
pub mod each;
pub mod finish;
pub mod fixed;
mod functions;
pub mod integers;
pub mod level;
pub mod norm;
pub mod quantize;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Which instructions a kernel uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Any machine.
    Plain,
    /// x86-64 with AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512F.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 64-bit ARM; every one has it.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// Those that this processor can run, best first.
    #[must_use]
    pub fn available() -> Vec<Kernel> {
        let mut kernels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                kernels.push(Kernel::Avx512);
            }
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                kernels.push(Kernel::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        kernels.push(Kernel::Neon);
        kernels.push(Kernel::Plain);
        kernels
    }

    /// Columns that it computes side by side.
    const fn width(self) -> usize {
        match self {
            Kernel::Plain => 16,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => 16,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => 32,
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => 16,
        }
    }

    /// Rows that it computes side by side, at most: as many as the registers hold sums for.
    const fn height(self) -> usize {
        match self {
            Kernel::Plain => 4,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => 6,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => 12,
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => 6,
        }
    }
}

/// Widest panel and tallest tile of any kernel.
const WIDEST: usize = 32;
const TALLEST: usize = 12;

/// Sums of one tile: a row of up to [`WIDEST`] columns for each of up to [`TALLEST`] rows.
type Tile = [[f32; WIDEST]; TALLEST];

/// Weights `[k, n]`, packed in panels of a kernel's width: for each panel all k rows, each row's columns side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Panels {
    kernel: Kernel,
    depth: usize,
    columns: usize,
    weights: Vec<i8>,
    /// A scale a column, filled up with zeros to whole panels.
    scale: Vec<f32>,
    /// `zero * scale` a column, filled up; empty when all zero points are zero.
    shift: Vec<f32>,
}

impl Panels {
    /// Packs `depth` x `columns` weights. `at(k, n)` gives a weight; `scale` and `zero` have one number a column.
    ///
    /// # Panics
    /// When `scale` or `zero` is shorter than `columns`.
    #[must_use]
    pub fn pack(
        kernel: Kernel,
        depth: usize,
        columns: usize,
        at: impl Fn(usize, usize) -> i8,
        scale: &[f32],
        zero: &[i32],
    ) -> Self {
        let width = kernel.width();
        let panels = columns.div_ceil(width);
        let mut weights = Vec::with_capacity(panels * width * depth);
        for panel in 0..panels {
            for k in 0..depth {
                weights.extend(
                    (panel * width..(panel + 1) * width).map(|n| if n < columns { at(k, n) } else { 0 }),
                );
            }
        }
        let fill = |mut values: Vec<f32>| {
            values.resize(panels * width, 0.0);
            values
        };
        let shift = if zero[..columns].iter().all(|&zero| zero == 0) {
            Vec::new()
        } else {
            fill((0..columns).map(|n| zero[n] as f32 * scale[n]).collect())
        };
        Panels {
            kernel,
            depth,
            columns,
            weights,
            scale: fill(scale[..columns].to_vec()),
            shift,
        }
    }

    /// Length of a row that comes in.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Length of a row that goes out.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Multiplies all rows: `rows` is `[m, depth]`, `out` is `[m, columns]` and wholly written; `bias`, a number a
    /// column, filled up to whole panels, or empty, is added; perhaps `gelu` is taken of the results.
    ///
    /// # Panics
    /// When the lengths of `rows`, `bias` and `out` do not belong together.
    pub fn multiply(&self, rows: &[f32], bias: &[f32], gelu: bool, out: &mut [f32]) {
        assert!(bias.is_empty() || bias.len() == self.scale.len());
        if self.columns == 0 {
            return;
        }
        let count = match self.depth {
            0 => out.len() / self.columns,
            depth => rows.len() / depth,
        };
        assert_eq!(
            (rows.len(), out.len()),
            (count * self.depth, count * self.columns)
        );
        // Twelve and two rows take longer than seven and seven.
        let tiles = count.div_ceil(self.kernel.height()).max(1);
        let height = count.div_ceil(tiles).max(1);
        let width = self.kernel.width();
        let row_sums: Vec<f32> = match self.shift.is_empty() || self.depth == 0 {
            true => Vec::new(),
            false => rows
                .chunks_exact(self.depth)
                .map(|row| functions::sum(row, |x| x))
                .collect(),
        };
        let level = level::Level::best();
        let mut tile: Tile = [[0.0; WIDEST]; TALLEST];
        for column in (0..self.columns).step_by(width) {
            let panel = &self.weights[column * self.depth..(column + width) * self.depth];
            let edge = finish::FloatEdge {
                used: width.min(self.columns - column),
                scale: &self.scale[column..column + width],
                shift: self.shift.get(column..column + width).unwrap_or_default(),
                bias: bias.get(column..column + width).unwrap_or_default(),
                gelu,
            };
            for top in (0..count).step_by(height) {
                let some = height.min(count - top);
                let rows = &rows[top * self.depth..(top + some) * self.depth];
                if self.depth > 0 {
                    self.sums(rows, panel, &mut tile);
                }
                let sums = row_sums.get(top..).unwrap_or_default();
                let at = top * self.columns + column;
                finish::floats(level, &tile[..some], &edge, sums, &mut out[at..], self.columns);
            }
        }
    }

    /// Length that a bias is filled up to.
    #[must_use]
    pub fn filled(&self) -> usize {
        self.scale.len()
    }

    /// Weights of all of `parts` side by side, where their panels can stand side by side as they are.
    #[must_use]
    pub fn beside(parts: &[&Panels]) -> Option<Self> {
        let first = parts.first()?;
        let fits = |part: &&Panels| {
            part.kernel == first.kernel
                && part.depth == first.depth
                && part.columns.is_multiple_of(part.kernel.width())
        };
        if !parts.iter().all(fits) {
            return None;
        }
        let any = parts.iter().any(|part| !part.shift.is_empty());
        let shift = |part: &Panels| match part.shift.is_empty() {
            true => vec![0.0; part.columns],
            false => part.shift.clone(),
        };
        Some(Panels {
            kernel: first.kernel,
            depth: first.depth,
            columns: parts.iter().map(|part| part.columns).sum(),
            weights: parts.iter().flat_map(|part| &part.weights).copied().collect(),
            scale: parts.iter().flat_map(|part| &part.scale).copied().collect(),
            shift: parts
                .iter()
                .filter(|_| any)
                .flat_map(|part| shift(part))
                .collect(),
        })
    }

    /// `tile[i][j]` = sum over k of `rows[i][k] * panel[k][j]`, for all rows, at most the kernel's height.
    fn sums(&self, rows: &[f32], panel: &[i8], tile: &mut Tile) {
        match self.kernel {
            Kernel::Plain => plain::sums(rows, self.depth, panel, self.kernel.width(), tile),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::avx2(rows, self.depth, panel, tile),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => x86::avx512(rows, self.depth, panel, tile),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => neon::neon(rows, self.depth, panel, tile),
        }
    }
}

#[cfg(test)]
mod tests;
