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

struct Encoding<'a> {
    x: &'a [f32],
    code: Code,
    out: &'a mut [u8],
}

impl Work for Encoding<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        let zero = f32::from(self.code.zero);
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
                let v = L::mul(v, L::splat(self.code.inverse));
                let v = L::min(L::max(v, L::splat(-zero)), L::splat(255.0 - zero));
                let v = L::add(L::round(v), L::splat(zero));
                L::store_bytes(self.out.as_mut_ptr().add(at), v, count);
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

/// The same, rounded to bytes.
///
/// # Panics
/// When lengths differ.
pub fn sum_bytes(isa: Isa, x: [&[u8]; 2], tables: [&Table; 2], code: Code, out: &mut [u8]) {
    const PART: usize = 1024;
    assert!(x[0].len() == out.len() && x[1].len() == out.len());
    let mut numbers = [0.0; PART];
    let parts = x[0].chunks(PART).zip(x[1].chunks(PART));
    for ((a, b), out) in parts.zip(out.chunks_mut(PART)) {
        let numbers = &mut numbers[..out.len()];
        sum([a, b], tables, numbers);
        encode(isa, numbers, code, out);
    }
}
