//! Every kernel against a sum in f64, on shapes around the panels' and tiles' borders.

use super::*;
use proptest::prelude::*;

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
        panels.multiply(&x, &bias, &mut out);
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
