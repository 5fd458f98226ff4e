//! Layer normalisation of rows, after adding a second input where the graph adds one.

use super::functions::sum;
use super::level::{leveled, mul_add};

leveled! {
    /// For each row of x (one row's numbers side by side, `gain.len()` of them), plus the same row of `more` if there
    /// is any: `out = (x - mean) / sqrt(variance + epsilon) * gain + shift`.
    ///
    /// # Panics
    /// When the lengths do not belong together.
    pub fn layer_norm<FUSED>(
        x: &[f32], more: Option<&[f32]>, gain: &[f32], shift: &[f32], epsilon: f32, out: &mut [f32]
    ) {
        let width = gain.len();
        assert!(width > 0 && shift.len() == width && x.len().is_multiple_of(width) && x.len() == out.len());
        assert!(more.is_none_or(|more| more.len() == x.len()));
        for (index, row) in out.chunks_exact_mut(width).enumerate() {
            row.copy_from_slice(&x[index * width..(index + 1) * width]);
            if let Some(more) = more {
                for (x, more) in row.iter_mut().zip(&more[index * width..(index + 1) * width]) {
                    *x += more;
                }
            }
            let mean = sum(row, |x| x) / width as f32;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / width as f32;
            let factor = 1.0 / (variance + epsilon).sqrt();
            for ((x, gain), shift) in row.iter_mut().zip(gain).zip(shift) {
                *x = mul_add::<FUSED>((*x - mean) * factor, *gain, *shift);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::Level;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_level_is_the_definition(
            rows in 1usize..5, width in 1usize..70, seed: u64, added: bool
        ) {
            let mut next = super::super::tests::numbers(seed);
            let mut some = |count: usize| (0..count).map(|_| next()).collect::<Vec<f32>>();
            let (x, more, gain, shift) = (some(rows * width), some(rows * width), some(width), some(width));
            for level in Level::available() {
                let mut out = vec![f32::NAN; rows * width];
                layer_norm(level, &x, added.then_some(&*more), &gain, &shift, 1e-3, &mut out);
                for row in 0..rows {
                    let of = |i: usize| {
                        let at = row * width + i;
                        f64::from(x[at]) + if added { f64::from(more[at]) } else { 0.0 }
                    };
                    let mean = (0..width).map(of).sum::<f64>() / width as f64;
                    let variance = (0..width).map(|i| (of(i) - mean).powi(2)).sum::<f64>() / width as f64;
                    for i in 0..width {
                        let exact = (of(i) - mean) / (variance + 1e-3).sqrt() * f64::from(gain[i]) + f64::from(shift[i]);
                        let came = f64::from(out[row * width + i]);
                        prop_assert!((came - exact).abs() < 1e-4, "{level:?}: {came} for {exact}");
                    }
                }
            }
        }
    }
}
