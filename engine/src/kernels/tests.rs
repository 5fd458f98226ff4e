//! Every kernel against a sum in f64, on shapes around the panels' and tiles' borders.

use super::*;
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

fn check(rows: usize, depth: usize, columns: usize, seed: u64, zeros: bool) {
    let mut state = seed | 1;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let weights: Vec<i8> = (0..depth * columns).map(|_| next() as i8).collect();
    let x: Vec<f32> = (0..rows * depth)
        .map(|_| next() as f32 / f32::powi(2.0, 30) - 1.0)
        .collect();
    let scale: Vec<f32> = (0..columns).map(|_| (next() % 1000 + 1) as f32 / 1e5).collect();
    let zero: Vec<i32> = (0..columns)
        .map(|_| if zeros { (next() % 256) as i32 - 128 } else { 0 })
        .collect();
    let bias: Vec<f32> = (0..if zeros { columns } else { 0 }).map(|n| n as f32).collect();
    for kernel in Kernel::available() {
        let panels = Panels::pack(
            kernel,
            depth,
            columns,
            |k, n| weights[k * columns + n],
            &scale,
            &zero,
        );
        let mut out = vec![f32::NAN; rows * columns];
        let mut filled = bias.clone();
        filled.resize(if bias.is_empty() { 0 } else { panels.filled() }, 0.0);
        panels.multiply(&x, &filled, false, &mut out);
        for row in 0..rows {
            for n in 0..columns {
                let term = |k: usize| {
                    f64::from(x[row * depth + k]) * f64::from(i32::from(weights[k * columns + n]) - zero[n])
                };
                let exact = (0..depth).map(term).sum::<f64>() * f64::from(scale[n]);
                let size = (0..depth).map(|k| term(k).abs()).sum::<f64>() * f64::from(scale[n]);
                let came = f64::from(out[row * columns + n] - bias.get(n).unwrap_or(&0.0));
                // f32 sums of both the products and the row are as far off as their sizes times the rounding.
                let slack = 1e-5 * (size + f64::from(scale[n]) * 128.0 * depth as f64 + columns as f64);
                assert!(
                    (came - exact).abs() <= slack,
                    "{kernel:?} {rows}x{depth}x{columns}: {came} for {exact}"
                );
            }
        }
    }
}

#[test]
fn borders_of_panels_and_tiles() {
    for rows in [0, 1, 5, 6, 7, 11, 12, 13, 14, 25] {
        for columns in [1, 7, 8, 16, 31, 32, 33, 65] {
            check(rows, 17, columns, 3 + rows as u64, rows % 2 == 0);
        }
    }
    check(3, 0, 5, 1, false);
}

proptest! {
    #[test]
    fn every_kernel_gives_the_exact_sum(
        rows in 1usize..30, depth in 1usize..200, columns in 1usize..80, seed: u64, zeros: bool
    ) {
        check(rows, depth, columns, seed, zeros);
    }
}

fn check_integers(rows: usize, depth: usize, columns: usize, seed: u64, largest: i8) {
    use integers::{Dot, Integers};
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
    let mut ran = 0;
    for kernel in Dot::available() {
        let at = |k: usize, n: usize| weights[k * columns + n];
        let Some(packed) = Integers::pack(&[kernel], depth, columns, at, &zero) else {
            continue;
        };
        ran += 1;
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
    assert!(ran >= 1);
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
fn no_kernel_takes_weights_with_which_it_saturates() {
    use integers::{Dot, Integers};
    for kernel in Dot::available() {
        let packed = Integers::pack(&[kernel], 8, 1, |_, _| 127, &[0]);
        let Some(packed) = packed else { continue };
        let mut sum = 0;
        packed.multiply(&[255; 8], 0, |_, _, sums| sum = sums[0]);
        assert_eq!(sum, 255 * 127 * 8, "{kernel:?}");
    }
    assert!(Integers::pack(&[Dot::Plain], integers::DEEPEST + 1, 1, |_, _| 0, &[0]).is_none());
}

proptest! {
    #[test]
    fn integer_sums_are_exact(
        rows in 1usize..30, depth in 1usize..200, columns in 1usize..80, seed: u64, small: bool
    ) {
        check_integers(rows, depth, columns, seed, if small { 64 } else { i8::MAX });
    }
}

#[test]
fn fixed_point_comes_closer_than_a_sum_of_floats() {
    for (rows, depth, columns, zeros) in [
        (1, 1, 1, false),
        (3, 40, 33, true),
        (5, 384, 70, false),
        (13, 19, 16, true),
    ] {
        check_fixed(rows, depth, columns, 5 + rows as u64, zeros);
    }
}

fn check_fixed(rows: usize, depth: usize, columns: usize, seed: u64, zeros: bool) {
    use finish::Finish;
    use fixed::Fixed;
    use integers::{Dot, Integers};
    let mut next = numbers(seed);
    let weights: Vec<i8> = (0..depth * columns).map(|_| (next() * 127.0) as i8).collect();
    let zero: Vec<i32> = (0..columns)
        .map(|n| if zeros { n as i32 % 256 - 128 } else { 0 })
        .collect();
    let x: Vec<f32> = (0..rows * depth).map(|_| next() * 30.0).collect();
    let at = |k: usize, n: usize| weights[k * columns + n];
    for kernel in Dot::available() {
        if !kernel.beats_floats() && kernel != Dot::Plain {
            continue;
        }
        let packed = Integers::pack(&[kernel], depth, columns, at, &zero).unwrap();
        let mut scale: Vec<f32> = (0..columns).map(|n| 0.001 + n as f32 * 1e-4).collect();
        scale.resize(packed.filled(), 0.0);
        let mut out = vec![f32::NAN; rows * columns];
        let finish = Finish {
            scale: &scale,
            bias: &[],
            gelu: false,
        };
        packed.products_fixed(&Fixed::of(&x, depth, packed.padded()), &finish, &mut out);
        for (index, came) in out.iter().enumerate() {
            let (row, n) = (index / columns, index % columns);
            let term = |k: usize| f64::from(x[row * depth + k]) * f64::from(i32::from(at(k, n)) - zero[n]);
            let exact = (0..depth).map(term).sum::<f64>() * f64::from(scale[n]);
            // A 2^24th of the largest number for each weight, and the rounding of the result.
            let slack = 30.0 / 16_777_216.0 * 256.0 * depth as f64 * f64::from(scale[n]) + exact.abs() * 3e-7;
            assert!(
                (f64::from(*came) - exact).abs() <= slack,
                "{kernel:?} {row}, {n}: {came} for {exact}"
            );
        }
    }
}

proptest! {
    #[test]
    fn fixed_point_is_as_good_on_any_shape(rows in 1usize..20, depth in 1usize..90, columns in 1usize..80, seed: u64, zeros: bool) {
        check_fixed(rows, depth, columns, seed, zeros);
    }
}

#[test]
fn fixed_point_keeps_what_is_no_number() {
    for x in [[1.0, f32::NAN, 2.0], [1.0, f32::INFINITY, 2.0]] {
        assert!(fixed::Fixed::of(&x, 3, 4).scale[0].is_nan());
    }
    assert_eq!(fixed::Fixed::of(&[0.0; 3], 3, 4).scale, [0.0]);
    assert!(fixed::Fixed::of(&[1e-42, -1e-42], 2, 4).scale[0] >= 0.0);
}
