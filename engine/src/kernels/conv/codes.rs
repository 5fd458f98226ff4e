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
                let (x, y) = (self.x.as_ptr().add(at), self.y.as_ptr().add(at));
                // Not by `array::map`: it is compiled without the instructions, and so would be what it calls.
                let (x, y) = match count == L::N {
                    true => (L::load(x), L::load(y)),
                    false => (L::load_part(x, count), L::load_part(y, count)),
                };
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
pub fn decode(isa: Isa, x: &[u8], table: &Table, out: &mut [f32]) {
    Decoder::new(isa, table).write(x, out);
}

/// What two pictures of bytes stand for, added.
///
/// # Panics
/// When lengths differ.
pub fn sum(isa: Isa, x: [&[u8]; 2], tables: [&Table; 2], out: &mut [f32]) {
    let [a, b] = tables.map(|table| Decoder::new(isa, table));
    a.write(x[0], out);
    let mut numbers = [0.0; PART];
    assert_eq!(x[1].len(), out.len());
    for (x, out) in x[1].chunks(PART).zip(out.chunks_mut(PART)) {
        b.write(x, &mut numbers[..x.len()]);
        for (out, number) in out.iter_mut().zip(numbers) {
            *out += number;
        }
    }
}

/// The same rounded to bytes, what the first one's bytes stand for multiplied with `factor` before.
///
/// # Panics
/// When lengths differ.
pub fn sum_bytes(isa: Isa, x: [&[u8]; 2], tables: [&Table; 2], factor: f32, code: Code, out: &mut [u8]) {
    let decoders = tables.map(|table| Decoder::new(isa, table));
    assert!(x[0].len() == out.len() && x[1].len() == out.len());
    let mut numbers = [[0.0; PART]; 2];
    let parts = x[0].chunks(PART).zip(x[1].chunks(PART));
    for ((a, b), out) in parts.zip(out.chunks_mut(PART)) {
        let [x, y] = &mut numbers;
        let (x, y) = (&mut x[..out.len()], &mut y[..out.len()]);
        decoders[0].write(a, x);
        decoders[1].write(b, y);
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

/// Numbers that stay in the cache between two steps.
const PART: usize = 1024;

/// A table, and whether its numbers lie evenly: then they are computed, which is faster than looking them up.
struct Decoder<'a> {
    isa: Isa,
    table: &'a Table,
    even: Option<Even>,
}

/// `(byte - zero) * step`, as DequantizeLinear has it.
#[derive(Clone, Copy)]
struct Even {
    zero: f32,
    step: f32,
}

impl Even {
    /// If that is what the table holds, to the last bit.
    fn of(table: &Table) -> Option<Self> {
        let at = table.iter().position(|&number| number == 0.0)?;
        let step = match table.get(at + 1) {
            Some(step) => *step,
            None => -table[at - 1],
        };
        let zero = at as f32;
        (0u8..=255)
            .zip(table)
            .all(|(byte, &number)| (f32::from(byte) - zero) * step == number)
            .then_some(Even { zero, step })
    }
}

impl<'a> Decoder<'a> {
    fn new(isa: Isa, table: &'a Table) -> Self {
        let even = Even::of(table);
        Decoder { isa, table, even }
    }

    fn write(&self, x: &[u8], out: &mut [f32]) {
        assert_eq!(x.len(), out.len());
        match self.even {
            // SAFETY: the processor has the instructions.
            Some(even) => unsafe { self.isa.run(Decoding { x, even, out }) },
            None => {
                for (out, x) in out.iter_mut().zip(x) {
                    *out = self.table[usize::from(*x)];
                }
            }
        }
    }
}

struct Decoding<'a> {
    x: &'a [u8],
    even: Even,
    out: &'a mut [f32],
}

impl Work for Decoding<'_> {
    #[inline(always)]
    unsafe fn with<L: Lanes>(self) {
        // SAFETY: the caller has the instructions.
        let (zero, step) = unsafe { (L::splat(-self.even.zero), L::splat(self.even.step)) };
        for at in (0..self.x.len()).step_by(L::N) {
            let count = L::N.min(self.x.len() - at);
            // SAFETY: `count` numbers are left of both.
            unsafe {
                let v = L::load_bytes(self.x.as_ptr().add(at), count);
                let v = L::mul(L::add(v, zero), step);
                let out = self.out.as_mut_ptr().add(at);
                if count == L::N {
                    L::store(out, v);
                } else {
                    L::store_part(out, v, count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_bytes(longest: usize) -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(any::<u8>(), 0..longest)
    }

    proptest! {
        #[test]
        fn bytes_are_replaced_one_by_one(bytes in any_bytes(300), first: u8, step in 0u8..128) {
            let table: [u8; 256] = std::array::from_fn(|i| first.wrapping_add((i as u8).wrapping_mul(2 * step + 1)));
            for isa in Isa::available() {
                let mut came = bytes.clone();
                translate(isa, &table, &mut came);
                let expected: Vec<u8> = bytes.iter().map(|&byte| table[usize::from(byte)]).collect();
                prop_assert_eq!(came, expected, "{:?}", isa);
            }
        }

        #[test]
        fn even_tables_and_others_give_what_they_hold(bytes in any_bytes(100), zero: u8, step in 1e-5f32..10.0, bent: bool) {
            let mut table: Table = std::array::from_fn(|i| (i as f32 - f32::from(zero)) * step);
            if bent {
                table[usize::from(zero.wrapping_add(100))] += 1e3;
            }
            prop_assert_eq!(Even::of(&table).is_some(), !bent);
            let expected: Vec<f32> = bytes.iter().map(|&byte| table[usize::from(byte)]).collect();
            let twice: Vec<f32> = expected.iter().map(|number| number + number).collect();
            for isa in Isa::available() {
                let mut came = vec![f32::NAN; bytes.len()];
                decode(isa, &bytes, &table, &mut came);
                prop_assert_eq!(&came, &expected, "{:?}", isa);
                sum(isa, [&bytes, &bytes], [&table, &table], &mut came);
                prop_assert_eq!(&came, &twice, "{:?}", isa);
            }
        }
    }
}
