//! Functions of numbers that stand in the inner loops of other kernels: exp, erf, GELU, sums of rows.
//!
//! All are branch-free polynomials, so that the compiler computes as many at once as the registers hold.

use super::level::mul_add;

/// Numbers that kernels handle side by side: a whole register of the widest processor.
pub(super) const LANES: usize = 16;

/// Floats of this size are whole: adding it rounds to whole numbers, halves to even, and its lowest bits then hold the
/// number. Conversions would not be vectorised.
pub(super) const WHOLE: f32 = 12_582_912.0; // 1.5 * 2^23

/// The sum of all lanes, halves added to halves.
#[inline(always)]
pub(super) fn add_up(mut lanes: [f32; LANES]) -> f32 {
    for width in [8, 4, 2, 1] {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
    }
    lanes[0]
}

/// `e^x`, to 2 units in the last place; 0 from -87.3 down, infinity never: 88.3 counts as the largest x.
#[inline(always)]
pub(super) fn exp<const FUSED: bool>(x: f32) -> f32 {
    // x = n ln 2 + r with |r| <= ln 2 / 2; Cephes expf, with ln 2 in two parts.
    let small = x < -87.3;
    let x = if x > 88.3 { 88.3 } else { x };
    let x = if small { -87.3 } else { x };
    let whole = mul_add::<FUSED>(x, std::f32::consts::LOG2_E, WHOLE);
    let n = whole - WHOLE;
    let r = mul_add::<FUSED>(n, -0.693_359_4, x);
    let r = mul_add::<FUSED>(n, 2.121_944_4e-4, r);
    let mut y = mul_add::<FUSED>(1.987_569_2e-4, r, 1.398_199_9e-3);
    for c in [8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        y = mul_add::<FUSED>(y, r, c);
    }
    let y = mul_add::<FUSED>(y * r, r, r) + 1.0;
    // 2^n: n is in the lowest bits of `whole`, and nothing else is left of it after the shift.
    let power = f32::from_bits(whole.to_bits().wrapping_add(127) << 23);
    if small { 0.0 } else { y * power }
}

/// The error function, to 6e-7: a quotient of polynomials (as in Eigen), flat from 4 on.
#[inline(always)]
fn erf<const FUSED: bool>(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let mut p = -2.726_142_3e-10;
    for c in [
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ] {
        p = mul_add::<FUSED>(p, s, c);
    }
    let mut q = -1.456_607_2e-5;
    for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_2e-3, -1.426_473_9e-2] {
        q = mul_add::<FUSED>(q, s, c);
    }
    x * p / q
}

/// The exact GELU, `x / 2 * (1 + erf(x / sqrt 2))`.
#[inline(always)]
pub(super) fn gelu<const FUSED: bool>(x: f32) -> f32 {
    0.5 * x * (1.0 + erf::<FUSED>(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Sum over a row of what `of` makes of each number.
#[inline(always)]
pub(super) fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += of(x);
        }
    }
    let rest: f32 = chunks.remainder().iter().map(|&x| of(x)).sum();
    add_up(sums) + rest
}

/// Largest of what `of` makes of each number of a row; minus infinity of an empty one.
#[inline(always)]
pub(super) fn largest(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut most = [f32::NEG_INFINITY; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (most, &x) in most.iter_mut().zip(chunk) {
            *most = larger(*most, of(x));
        }
    }
    let rest = chunks.remainder().iter().map(|&x| of(x));
    most.into_iter().chain(rest).fold(f32::NEG_INFINITY, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its series, in 64 bits.
    fn exact_erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn polynomials_are_close_to_what_they_stand_for() {
        for step in -4000..=4000i32 {
            let x = step as f32 / 1000.0;
            let e = exact_erf(f64::from(x)) as f32;
            assert!(
                (erf::<false>(x) - e).abs() < 6e-7,
                "erf {x}: {} for {e}",
                erf::<false>(x)
            );
            let x = step as f32 / 46.0;
            let e = f64::from(x).exp();
            let came = f64::from(exp::<false>(x));
            assert!((came - e).abs() <= 3e-7 * e, "exp {x}: {came} for {e}");
        }
        assert_eq!(exp::<false>(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp::<false>(-3.4e38), 0.0);
        assert_eq!(erf::<false>(50.0), erf::<false>(4.0));
        assert!((gelu::<false>(-0.5) - -0.154_268_77).abs() < 1e-6);
    }

    #[test]
    fn rows_of_any_length() {
        for length in [0usize, 1, 15, 16, 17, 40] {
            let row: Vec<f32> = (0..length).map(|i| i as f32 - 3.0).collect();
            assert_eq!(sum(&row, |x| x), row.iter().sum::<f32>());
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(largest(&row, |x| x), most);
        }
    }
}
