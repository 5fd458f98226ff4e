//! Rows times a table that is made while the graph runs, as attention's scores and results are.
#![allow(unsafe_code)]

use super::lanes::{Isa, Lanes, Work};
use super::product::{self, TALLEST};

/// Numbers that rows of tables and results are filled up to.
pub const FULL: usize = super::finish::LONGEST;

/// `out[i] = sum over k of x[at[i] + k] * table[k]`, rows of `table` and `out` `wide` numbers long.
///
/// # Panics
/// When the lengths do not belong together, or `wide` is no multiple of [`FULL`].
pub fn times_table(isa: Isa, x: &[f32], at: &[usize], table: &[f32], wide: usize, out: &mut [f32]) {
    assert!(wide > 0 && wide.is_multiple_of(FULL) && table.len().is_multiple_of(wide));
    let depth = table.len() / wide;
    assert!(at.iter().all(|at| at + depth <= x.len()) && out.len() == at.len() * wide);
    let job = Job {
        x,
        at,
        table,
        wide,
        out,
    };
    // SAFETY: the processor has the instructions.
    unsafe { isa.run(job) }
}

struct Job<'a> {
    x: &'a [f32],
    at: &'a [usize],
    table: &'a [f32],
    wide: usize,
    out: &'a mut [f32],
}

impl Work for Job<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let panel = L::WIDE * L::N;
        for column in (0..self.wide).step_by(panel) {
            let vectors = panel.min(self.wide - column) / L::N;
            let mut row = 0;
            while row < self.at.len() {
                let rows = product::step::<L>(self.at.len() - row);
                let mut from = [std::ptr::null(); TALLEST];
                for (from, at) in from.iter_mut().zip(&self.at[row..row + rows]) {
                    *from = self.x[*at..].as_ptr();
                }
                let operands = Operands {
                    from: &from,
                    table: &self.table[column..],
                    depth: self.table.len() / self.wide,
                    wide: self.wide,
                };
                // SAFETY: `times_table` has checked that rows and columns lie inside.
                unsafe {
                    let out = self.out.as_mut_ptr().add(row * self.wide + column);
                    tile::<L>(rows, vectors, &operands, out);
                }
                row += rows;
            }
        }
    }
}

struct Operands<'a> {
    from: &'a [*const f32; TALLEST],
    /// From the first column on.
    table: &'a [f32],
    depth: usize,
    wide: usize,
}

#[inline(always)]
unsafe fn tile<L: Lanes>(rows: usize, vectors: usize, operands: &Operands, out: *mut f32) {
    product::by_size!(L, rows, vectors, products, operands, out);
}

/// For M rows and V vectors of columns.
#[inline(always)]
unsafe fn products<L: Lanes, const M: usize, const V: usize>(operands: &Operands, out: *mut f32) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut acc = [[L::splat(0.0); V]; M];
        let mut table = operands.table.as_ptr();
        for k in 0..operands.depth {
            let mut w = [L::splat(0.0); V];
            for (j, w) in w.iter_mut().enumerate() {
                *w = L::load(table.add(j * L::N));
            }
            for (from, row) in operands.from.iter().zip(&mut acc) {
                let x = L::splat(*from.add(k));
                for (sum, w) in row.iter_mut().zip(w) {
                    *sum = L::fma(x, w, *sum);
                }
            }
            table = table.wrapping_add(operands.wide);
        }
        for (i, row) in acc.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                L::store(out.add(i * operands.wide + j * L::N), *sum);
            }
        }
    }
}
