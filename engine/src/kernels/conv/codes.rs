//! Bytes to numbers and back, and bytes to bytes by a table.
#![allow(unsafe_code)]

use super::finish::Code;
use super::lanes::{Isa, Lanes, Work};

/// What each byte stands for.
pub type Table = [f32; 256];

/// Numbers, rounded to bytes.
///
/// # Panics
/// When lengths differ.
pub fn encode(isa: Isa, x: &[f32], code: Code, out: &mut [u8]) {
    assert_eq!(x.len(), out.len());
    // SAFETY: the processor has the instructions.
    unsafe { isa.run(Encoding { x, code, out }) }
}

/// `x * factor + y`, rounded once, and then to bytes.
struct EncodingSum<'a> {
    x: &'a [f32],
    factor: f32,
    y: &'a [f32],
    code: Code,
    out: &'a mut [u8],
}

impl Work for EncodingSum<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        // SAFETY: the caller has the instructions.
        let (rounding, factor) = unsafe { (self.code.rounding::<L>(), L::splat(self.factor)) };
        for at in (0..self.x.len()).step_by(L::N) {
            let count = L::N.min(self.x.len() - at);
            // SAFETY: `count` numbers are left of all.
            unsafe {
                let [x, y] = [&self.x[at..], &self.y[at..]].map(|from| {
                    if count == L::N {
                        L::load(from.as_ptr())
                    } else {
                        L::load_part(from.as_ptr(), count)
                    }
                });
                let v = rounding.of::<L>(L::fma(x, factor, y));
                L::store_bytes(self.out.as_mut_ptr().add(at), v, count);
            }
        }
    }
}

struct Encoding<'a> {
    x: &'a [f32],
    code: Code,
    out: &'a mut [u8],
}

impl Work for Encoding<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        // SAFETY: the caller has the instructions.
        let rounding = unsafe { self.code.rounding::<L>() };
        for at in (0..self.x.len()).step_by(L::N) {
            let count = L::N.min(self.x.len() - at);
            // SAFETY: `count` numbers are left of both.
            unsafe {
                let from = self.x.as_ptr().add(at);
                let v = if count == L::N {
                    L::load(from)
                } else {
                    L::load_part(from, count)
                };
                L::store_bytes(self.out.as_mut_ptr().add(at), rounding.of::<L>(v), count);
            }
        }
    }
}

/// Bytes, each replaced by what the table has for it.
pub fn translate(isa: Isa, table: &[u8; 256], bytes: &mut [u8]) {
    let done = isa.translate(table, bytes);
    for byte in &mut bytes[done..] {
        *byte = table[usize::from(*byte)];
    }
}

/// `1 / (1 + e^-x)` of each number, as convolutions compute it in their store.
pub fn sigmoid(isa: Isa, x: &mut Table) {
    // SAFETY: the processor has the instructions.
    unsafe { isa.run(Gates(x)) }
}

struct Gates<'a>(&'a mut Table);

impl Work for Gates<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        for part in self.0.chunks_exact_mut(L::N) {
            // SAFETY: a part is a vector, of which 256 numbers hold a whole number.
            unsafe { L::store(part.as_mut_ptr(), L::sigmoid(L::load(part.as_ptr()))) }
        }
    }
}

/// What bytes stand for.
///
/// # Panics
/// When lengths differ.
pub fn decode(x: &[u8], table: &Table, out: &mut [f32]) {
    assert_eq!(x.len(), out.len());
    for (out, x) in out.iter_mut().zip(x) {
        *out = table[usize::from(*x)];
    }
}

/// What two pictures of bytes stand for, added.
///
/// # Panics
/// When lengths differ.
pub fn sum(x: [&[u8]; 2], tables: [&Table; 2], out: &mut [f32]) {
    assert!(x[0].len() == out.len() && x[1].len() == out.len());
    for ((out, a), b) in out.iter_mut().zip(x[0]).zip(x[1]) {
        *out = tables[0][usize::from(*a)] + tables[1][usize::from(*b)];
    }
}

/// The same rounded to bytes, what the first one's bytes stand for multiplied with `factor` before.
///
/// # Panics
/// When lengths differ.
pub fn sum_bytes(isa: Isa, x: [&[u8]; 2], tables: [&Table; 2], factor: f32, code: Code, out: &mut [u8]) {
    const PART: usize = 1024;
    assert!(x[0].len() == out.len() && x[1].len() == out.len());
    let mut numbers = [[0.0; PART]; 2];
    let parts = x[0].chunks(PART).zip(x[1].chunks(PART));
    for ((a, b), out) in parts.zip(out.chunks_mut(PART)) {
        let [x, y] = &mut numbers;
        let (x, y) = (&mut x[..out.len()], &mut y[..out.len()]);
        decode(a, tables[0], x);
        decode(b, tables[1], y);
        // SAFETY: the processor has the instructions.
        unsafe {
            isa.run(EncodingSum {
                x,
                factor,
                y,
                code,
                out,
            })
        }
    }
}
