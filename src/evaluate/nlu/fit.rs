//! Fits the model's thresholds: confidence to how often it is right, and from which confidence on to act.
//!
//! Input: compared lines that were neither trained on nor are tested on. Output: three numbers for the manifest, and
//! what they would do on the lines they were fitted on. It writes nothing.

use super::report::Sheet;
use super::score::Line;
use crate::evaluate::stats;
use brain::reading::{Outcome, Reason};
use brain::understand::Thresholds;
use serde::Serialize;

/// What was fitted.
#[derive(Debug, Clone, Serialize)]
pub struct Fit {
    /// Marked commands with a task in the reading: what slope and offset were fitted on.
    pub lines: usize,
    /// Slope of the confidence in log odds.
    pub slope: f64,
    /// Offset of the confidence in log odds.
    pub offset: f64,
    /// Expected calibration error with the thresholds in use.
    pub ece_before: f64,
    /// The same with the fitted ones.
    pub ece_after: f64,
    /// The lowest confidence to act from at which at most the wanted share of commands is acted on wrongly.
    pub act_confidence: f64,
    /// What other confidences would do.
    pub curve: Vec<Point>,
}

/// What acting from one confidence on would do to the marked commands.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Point {
    /// The confidence.
    pub act_confidence: f64,
    /// Share of commands acted on.
    pub acted: f64,
    /// Share of commands acted on and not wholly right.
    pub wrong: f64,
}

/// Fits on the marked commands of `sheets`, which were read with `thresholds`. `None` unless some are right and some
/// wrong.
#[must_use]
pub fn fit(sheets: &[Sheet], thresholds: &Thresholds, most_wrong: f64) -> Option<Fit> {
    let commands: Vec<&Line> = sheets
        .iter()
        .flat_map(|sheet| &sheet.lines)
        .filter(|line| line.due == super::gold::Due::Act && line.marks.is_some())
        .collect();
    let reasons: Vec<Option<Reason>> = sheets
        .iter()
        .flat_map(|sheet| {
            sheet
                .lines
                .iter()
                .map(move |line| (line, sheet.reads[line.at].reading.reason))
        })
        .filter(|(line, _)| line.due == super::gold::Due::Act && line.marks.is_some())
        .map(|(_, reason)| reason)
        .collect();
    let right = |line: &Line| line.marks.as_ref().is_some_and(|marks| marks.whole);
    // The raw log odds behind a confidence. A stop word is certain without the model and says nothing of it.
    let raw = |line: &Line| {
        let p = line.confidence.clamp(1e-6, 1.0 - 1e-6);
        ((p / (1.0 - p)).ln() - f64::from(thresholds.offset)) / f64::from(thresholds.slope)
    };
    let said = |line: &&&Line| line.tasks && line.confidence < 1.0;
    let scored: Vec<(f64, bool)> = commands
        .iter()
        .filter(said)
        .map(|line| (raw(line), right(line)))
        .collect();
    let (slope, offset) = stats::platt(&scored)?;
    let refitted = |x: f64| 1.0 / (1.0 + (-(slope * x + offset)).exp());
    let before: Vec<(f64, bool)> = commands
        .iter()
        .filter(said)
        .map(|line| (line.confidence, right(line)))
        .collect();
    let after: Vec<(f64, bool)> = scored.iter().map(|&(x, right)| (refitted(x), right)).collect();
    // Confidence decides only where nothing else speaks against acting.
    let open: Vec<(f64, bool)> = commands
        .iter()
        .zip(&reasons)
        .filter(|(line, reason)| {
            line.outcome == Outcome::Act
                || (line.outcome == Outcome::Ask && **reason == Some(Reason::LowConfidence))
        })
        .map(|(line, _)| {
            (
                if line.confidence < 1.0 {
                    refitted(raw(line))
                } else {
                    1.0
                },
                right(line),
            )
        })
        .collect();
    let at = |act_confidence: f64| {
        let share = |wanted: &dyn Fn(&(f64, bool)) -> bool| {
            open.iter().filter(|one| wanted(one)).count() as f64 / commands.len() as f64
        };
        Point {
            act_confidence,
            acted: share(&|one| one.0 >= act_confidence),
            wrong: share(&|one| one.0 >= act_confidence && !one.1),
        }
    };
    let lowest = (0..100)
        .map(|n| at(f64::from(n) / 100.0))
        .find(|point| point.wrong <= most_wrong);
    Some(Fit {
        lines: scored.len(),
        slope,
        offset,
        ece_before: stats::ece(&before),
        ece_after: stats::ece(&after),
        act_confidence: lowest.map_or(0.99, |point| point.act_confidence),
        curve: (1..20).map(|n| at(f64::from(n) / 20.0)).collect(),
    })
}

impl Fit {
    /// As the manifest's `[thresholds]` and a table of what other confidences would do.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!(
            "# fitted on {} marked commands; calibration error {:.3} before, {:.3} after\n[thresholds]\nslope = {:.3}\noffset = {:.3}\nact_confidence = {:.2}\n\n  act from   acted on   acted on wrongly\n",
            self.lines, self.ece_before, self.ece_after, self.slope, self.offset, self.act_confidence
        );
        for point in &self.curve {
            out += &format!(
                "  {:>8.2}   {:>8.3}   {:>16.3}\n",
                point.act_confidence, point.acted, point.wrong
            );
        }
        out
    }
}
