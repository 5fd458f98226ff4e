//! The statistics of the evaluations: bootstrap intervals, Wilson intervals, ROC AUC, calibration.
//!
//! Pure functions. Every random draw comes from a seed that is given, so that the same data give the same figures.

use serde::Serialize;

/// Draws of a bootstrap.
pub const DRAWS: usize = 1000;

/// A 95 % interval, lower and upper end.
pub type Interval = [f64; 2];

/// The middle 95 % of `figure` over [`DRAWS`] draws of `lines` indexes with replacement (Efron 1979). `None` when no
/// draw has a figure.
pub fn bootstrap(lines: usize, seed: u64, figure: impl Fn(&[usize]) -> Option<f64>) -> Option<Interval> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn = vec![0; lines];
    let mut figures: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            drawn
                .iter_mut()
                .for_each(|at| *at = random.usize(0..lines.max(1)));
            figure(&drawn)
        })
        .filter(|figure| figure.is_finite())
        .collect();
    figures.sort_by(f64::total_cmp);
    let last = figures.len().checked_sub(1)?;
    let at = |share: f64| figures[(share * last as f64).round() as usize];
    Some([at(0.025), at(0.975)])
}

/// The 95 % interval of a share of `right` in `n` (Wilson 1927): unlike the bootstrap's it does not shrink to a point at
/// 0 and 1.
#[must_use]
pub fn wilson(right: usize, n: usize) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    let (n, z) = (n as f64, 1.959_964);
    let p = right as f64 / n;
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    Some([(middle - half).max(0.0), (middle + half).min(1.0)])
}

/// Area under the ROC curve: how often a line that is true scores above one that is false, ties half (Mann and Whitney
/// 1947). `None` unless there are both.
#[must_use]
pub fn auc(scored: &[(f64, bool)]) -> Option<f64> {
    let mut order: Vec<&(f64, bool)> = scored.iter().collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = scored.iter().filter(|(_, is)| *is).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut below, mut area, mut at) = (0.0, 0.0, 0);
    while at < order.len() {
        let tie = order[at..].iter().take_while(|one| one.0 == order[at].0).count();
        let up = order[at..at + tie].iter().filter(|one| one.1).count() as f64;
        let down = tie as f64 - up;
        area += up * (below + down / 2.0);
        below += down;
        at += tie;
    }
    Some(area / (positives as f64 * negatives as f64))
}

/// One bin of a reliability plot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Confidences from here on
    pub from: f64,
    /// to here.
    pub to: f64,
    /// Lines in it.
    pub n: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that is right.
    pub right: f64,
}

/// How well confidences say how often they are right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Lines it was measured on.
    pub n: usize,
    /// Expected calibration error over ten equal bins (Guo et al. 2017).
    pub ece: f64,
    /// Its 95 % bootstrap interval.
    pub ece_ci95: Option<Interval>,
    /// Mean squared difference of confidence and truth (Brier 1950).
    pub brier: f64,
    /// The bins that hold lines.
    pub bins: Vec<Bin>,
}

/// The ten equal bins of `scored` that hold anything.
#[must_use]
pub fn bins(scored: &[(f64, bool)]) -> Vec<Bin> {
    (0..10)
        .filter_map(|tenth| {
            let inside: Vec<&(f64, bool)> = scored
                .iter()
                .filter(|(p, _)| ((p * 10.0) as usize).min(9) == tenth)
                .collect();
            let n = inside.len();
            (n > 0).then(|| Bin {
                from: tenth as f64 / 10.0,
                to: (tenth + 1) as f64 / 10.0,
                n,
                confidence: inside.iter().map(|(p, _)| p).sum::<f64>() / n as f64,
                right: inside.iter().filter(|(_, right)| *right).count() as f64 / n as f64,
            })
        })
        .collect()
}

/// Expected calibration error: the mean distance of confidence and share of right, weighted by the lines of each bin.
#[must_use]
pub fn ece(scored: &[(f64, bool)]) -> f64 {
    bins(scored)
        .iter()
        .map(|bin| bin.n as f64 / scored.len() as f64 * (bin.confidence - bin.right).abs())
        .sum()
}

/// Everything about the calibration of `scored`; `None` for no line.
#[must_use]
pub fn calibration(scored: &[(f64, bool)], seed: u64) -> Option<Calibration> {
    if scored.is_empty() {
        return None;
    }
    let truth = |right: bool| if right { 1.0 } else { 0.0 };
    Some(Calibration {
        n: scored.len(),
        ece: ece(scored),
        ece_ci95: bootstrap(scored.len(), seed, |drawn| {
            Some(ece(&drawn.iter().map(|&at| scored[at]).collect::<Vec<_>>()))
        }),
        brier: scored
            .iter()
            .map(|&(p, right)| (p - truth(right)).powi(2))
            .sum::<f64>()
            / scored.len() as f64,
        bins: bins(scored),
    })
}

/// Slope and offset of the log odds `x` so that their logistic is the probability of being right (Platt 1999), by
/// Newton's method with Platt's softened targets. `None` unless there are right and wrong ones.
#[must_use]
pub fn platt(scored: &[(f64, bool)]) -> Option<(f64, f64)> {
    let right = scored.iter().filter(|(_, right)| *right).count() as f64;
    let wrong = scored.len() as f64 - right;
    if right == 0.0 || wrong == 0.0 {
        return None;
    }
    let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
    let (mut slope, mut offset) = (1.0_f64, 0.0_f64);
    for _ in 0..100 {
        let (mut gs, mut go, mut ss, mut so, mut oo) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for &(x, right) in scored {
            let p = 1.0 / (1.0 + (-(slope * x + offset)).exp());
            let miss = p - if right { high } else { low };
            let weight = p * (1.0 - p);
            gs += miss * x;
            go += miss;
            ss += weight * x * x;
            so += weight * x;
            oo += weight;
        }
        let det = ss * oo - so * so;
        let (ds, d_o) = ((oo * gs - so * go) / det, (ss * go - so * gs) / det);
        // A step that overshoots is halved until it is at most one.
        let scale = 1.0 / ds.abs().max(d_o.abs()).max(1.0);
        slope -= scale * ds;
        offset -= scale * d_o;
        if ds.abs() + d_o.abs() < 1e-10 {
            break;
        }
    }
    (slope.is_finite() && offset.is_finite()).then_some((slope, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(came: f64, expected: f64) {
        assert!((came - expected).abs() < 1e-3, "{came} for {expected}");
    }

    #[test]
    fn figures_worked_by_hand() {
        near(
            auc(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)]).unwrap(),
            0.75,
        );
        near(auc(&[(0.5, false), (0.5, true)]).unwrap(), 0.5);
        assert_eq!(auc(&[(0.5, true)]), None);
        // 8 of 10, by the formula: .490 to .943.
        let [low, high] = wilson(8, 10).unwrap();
        near(low, 0.490);
        near(high, 0.943);
        near(wilson(0, 100).unwrap()[1], 0.037);
        near(
            ece(&[(0.95, true), (0.95, false), (0.05, false), (0.05, false)]),
            0.25,
        );
    }

    #[test]
    fn the_bootstrap_is_seeded_and_holds_the_mean() {
        let values: Vec<f64> = (0..100).map(|n| f64::from(n % 2)).collect();
        let mean =
            |drawn: &[usize]| Some(drawn.iter().map(|&at| values[at]).sum::<f64>() / drawn.len() as f64);
        let [low, high] = bootstrap(values.len(), 1, mean).unwrap();
        assert_eq!(bootstrap(values.len(), 1, mean), Some([low, high]));
        // A share of .5 in 100 has a standard error of .05.
        assert!(
            (0.36..0.44).contains(&low) && (0.56..0.64).contains(&high),
            "{low} {high}"
        );
        assert_eq!(bootstrap(0, 1, |_| None), None);
    }

    #[test]
    fn the_logistic_that_made_the_data_is_found_again() {
        let mut random = fastrand::Rng::with_seed(3);
        let scored: Vec<(f64, bool)> = (0..20_000)
            .map(|_| {
                let x = random.f64() * 8.0 - 4.0;
                (x, random.f64() < 1.0 / (1.0 + (-(0.8 * x + 0.5)).exp()))
            })
            .collect();
        let (slope, offset) = platt(&scored).unwrap();
        assert!(
            (slope - 0.8).abs() < 0.05 && (offset - 0.5).abs() < 0.05,
            "{slope} {offset}"
        );
        assert_eq!(platt(&[(1.0, true)]), None);
    }
}
