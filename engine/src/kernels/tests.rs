//! Every kernel against exact sums, on shapes around the panels' and tiles' borders.

use super::*;
use finish::Finish;
use integers::{Dot, Integers};
use proptest::prelude::*;

/// Numbers from -1 to 1, the same for the same seed.
pub(super) fn numbers(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed | 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f32 / f32::powi(2.0, 30) - 1.0
    }
}

fn check_integers(rows: usize, depth: usize, columns: usize, seed: u64, largest: i8) {
    let mut state = seed | 1;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    // Extremes are frequent, for they are what saturates.
    let mut weight = || match next() % 4 {
        0 => largest,
        1 => -largest - i8::from(largest == i8::MAX),
        _ => (next() % (2 * u32::from(largest.unsigned_abs()) + 1)) as i8 as i32 as i8,
    };
    let weights: Vec<i8> = (0..depth * columns)
        .map(|_| weight().clamp(-largest - i8::from(largest == i8::MAX), largest))
        .collect();
    let a: Vec<u8> = (0..rows * depth)
        .map(|_| if next() % 2 == 0 { 255 } else { next() as u8 })
        .collect();
    let zero_a = next() as u8;
    let zero: Vec<i32> = (0..columns).map(|_| (next() % 256) as i32 - 128).collect();
    for kernel in Dot::available() {
        let at = |k: usize, n: usize| weights[k * columns + n];
        let packed = Integers::pack(kernel, depth, columns, at, &zero).unwrap();
        let padded = packed.padded();
        let mut filled = vec![0; rows * padded];
        for row in 0..rows {
            filled[row * padded..row * padded + depth].copy_from_slice(&a[row * depth..(row + 1) * depth]);
        }
        let mut out = vec![i32::MIN; rows * columns];
        packed.multiply(&filled, zero_a, |row, column, sums| {
            out[row * columns + column..][..sums.len()].copy_from_slice(sums);
        });
        for row in 0..rows {
            for n in 0..columns {
                let exact: i64 = (0..depth)
                    .map(|k| {
                        (i64::from(a[row * depth + k]) - i64::from(zero_a))
                            * (i64::from(at(k, n)) - i64::from(zero[n]))
                    })
                    .sum();
                assert_eq!(
                    i64::from(out[row * columns + n]),
                    exact,
                    "{kernel:?} {rows}x{depth}x{columns} at {row}, {n}"
                );
            }
        }
    }
}

#[test]
fn integer_sums_are_exact_at_the_borders_and_the_extremes() {
    for rows in [1, 2, 3, 5, 12, 13] {
        for columns in [1, 15, 16, 17, 33] {
            for largest in [i8::MAX, 64] {
                check_integers(rows, 19, columns, 7 + rows as u64, largest);
            }
        }
    }
}

#[test]
fn no_kernel_saturates() {
    for kernel in Dot::available() {
        for w in [-128, 127] {
            let packed = Integers::pack(kernel, 8, 1, |_, _| w, &[0]).unwrap();
            let mut sum = 0;
            packed.multiply(&[255; 8], 0, |_, _, sums| sum = sums[0]);
            assert_eq!(sum, 255 * i32::from(w) * 8, "{kernel:?}");
        }
    }
    assert!(Integers::pack(Dot::Plain, integers::DEEPEST + 1, 1, |_, _| 0, &[0]).is_none());
}

proptest! {
    #[test]
    fn integer_sums_are_exact(
        rows in 1usize..30, depth in 1usize..200, columns in 1usize..80, seed: u64, small: bool
    ) {
        check_integers(rows, depth, columns, seed, if small { 64 } else { i8::MAX });
    }
}

/// Rows in fixed point against a sum in f64.
fn check_fixed(rows: usize, depth: usize, columns: usize, seed: u64, zeros: bool) {
    let mut next = numbers(seed);
    let weights: Vec<i8> = (0..depth * columns).map(|_| (next() * 128.0) as i8).collect();
    let zero: Vec<i32> = (0..columns)
        .map(|n| if zeros { n as i32 % 256 - 128 } else { 0 })
        .collect();
    let x: Vec<f32> = (0..rows * depth).map(|_| next() * 30.0).collect();
    let at = |k: usize, n: usize| weights[k * columns + n];
    for kernel in Dot::available() {
        let packed = Integers::pack(kernel, depth, columns, at, &zero).unwrap();
        let mut scale: Vec<f32> = (0..columns).map(|n| 0.001 + n as f32 * 1e-4).collect();
        scale.resize(packed.filled(), 0.0);
        let mut out = vec![f32::NAN; rows * columns];
        let finish = Finish {
            scale: &scale,
            bias: &[],
            gelu: false,
        };
        packed.products_fixed(&x, &finish, &mut out);
        for (index, came) in out.iter().enumerate() {
            let (row, n) = (index / columns, index % columns);
            let term = |k: usize| f64::from(x[row * depth + k]) * f64::from(i32::from(at(k, n)) - zero[n]);
            let exact = (0..depth).map(term).sum::<f64>() * f64::from(scale[n]);
            // Half a 32,767th of the largest number for each weight, and the rounding of the result.
            let all: f64 = (0..depth)
                .map(|k| f64::from((i32::from(at(k, n)) - zero[n]).abs()))
                .sum();
            let slack = (30.0 / 65_534.0 * all * 1.001 + 1e-4) * f64::from(scale[n]) + exact.abs() * 3e-7;
            assert!(
                (f64::from(*came) - exact).abs() <= slack,
                "{kernel:?} {rows}x{depth}x{columns} at {row}, {n}: {came} for {exact}"
            );
        }
    }
}

#[test]
fn fixed_point_is_close_at_the_borders_of_panels_and_tiles() {
    for rows in [1, 5, 6, 7, 11, 12, 13, 25] {
        for columns in [1, 15, 16, 17, 31, 32, 33, 65] {
            check_fixed(rows, 19, columns, 3 + rows as u64, rows % 2 == 0);
        }
    }
    // So deep that the largest number cannot become all of the steps.
    check_fixed(2, 3000, 17, 9, true);
}

proptest! {
    #[test]
    fn fixed_point_is_close_on_any_shape(rows in 1usize..20, depth in 1usize..200, columns in 1usize..80, seed: u64, zeros: bool) {
        check_fixed(rows, depth, columns, seed, zeros);
    }
}

#[test]
fn fixed_point_keeps_what_is_no_number() {
    for x in [[1.0, f32::NAN, 2.0], [1.0, f32::INFINITY, 2.0]] {
        assert!(fixed::words(&x, 3, 4, fixed::STEPS).scale[0].is_nan());
    }
    assert_eq!(fixed::words(&[0.0; 3], 3, 4, fixed::STEPS).scale, [0.0]);
    assert!(fixed::words(&[1e-42, -1e-42], 2, 4, fixed::STEPS).scale[0] >= 0.0);
}

#[test]
fn planes_hold_the_words() {
    let x = [-1.0, -0.3, 0.0, 1e-5, 0.7, 1.0];
    let (words, planes) = (fixed::words(&x, 6, 6, fixed::STEPS), fixed::planes(&x, 6, 8));
    assert_eq!(words.numbers, [-32_767, -9_830, 0, 0, 22_937, 32_767]);
    for (k, word) in words.numbers.iter().enumerate() {
        let (high, low) = (i32::from(planes.numbers[k]), i32::from(planes.numbers[8 + k]));
        assert_eq!((high - 128) * 256 + low, i32::from(*word));
    }
    assert_eq!(planes.scale, words.scale);
}
