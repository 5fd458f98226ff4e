//! A report as aligned text for people.

use super::report::{Outcomes, Report, Share};
use crate::evaluate::stats::Interval;
use std::fmt::Write;

/// A share or F1 as ".945".
#[must_use]
pub fn figure(value: f64) -> String {
    let text = format!("{value:.3}");
    match text.strip_prefix('0') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// An interval as ".900 to .990", empty for none.
#[must_use]
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or(String::new(), |[low, high]| {
        format!("{} to {}", figure(low), figure(high))
    })
}

/// The rows of the main figures: name, figure, interval, what it counts.
#[must_use]
pub fn rows(report: &Report) -> Vec<(String, String, String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: f64, ci: Option<Interval>, of: String| {
        rows.push((name.to_owned(), figure(value), interval(ci), of));
    };
    if let Some(marked) = &report.marked {
        for (name, scored, what) in [
            ("frame F1", &marked.frame, "frames"),
            ("role exact F1", &marked.role, "roles"),
            ("role head F1", &marked.head, "heads"),
        ] {
            let of = format!(
                "P {} R {} of {} {what}",
                figure(scored.prf.p),
                figure(scored.prf.r),
                scored.prf.n
            );
            if scored.prf.n > 0 {
                row(name, scored.prf.f1, scored.ci95, of);
            }
        }
        row(
            "whole command",
            marked.whole.share,
            marked.whole.ci95,
            format!("{} lines", marked.whole.n),
        );
        if let Some(mood) = marked.mood {
            row("mood", mood.share, mood.ci95, format!("{} frames", mood.n));
        }
        if let Some(values) = marked.values {
            row("values", values.share, values.ci95, format!("{} roles", values.n));
        }
        if let Some(auc) = marked.confidence_auc {
            row(
                "confidence AUC",
                auc.value,
                auc.ci95,
                "wholly right against not".to_owned(),
            );
        }
        if let Some(calibration) = &marked.calibration {
            row(
                "calibration error",
                calibration.ece,
                calibration.ece_ci95,
                format!("ECE, 10 bins; Brier {}", figure(calibration.brier)),
            );
        }
    }
    let mut outcomes = |what: &str, outcomes: &Outcomes| {
        let mut each = |name: &str, share: &Share| {
            row(
                &format!("{what} {name}"),
                share.share,
                share.ci95,
                format!("{} lines", share.n),
            );
        };
        each("acted on", &outcomes.acted);
        each("asked about", &outcomes.asked);
        each("refused", &outcomes.refused);
        each("ignored", &outcomes.ignored);
        if let Some(wrong) = &outcomes.confidently_wrong {
            each("acted on, not wholly right", wrong);
        }
    };
    if let Some(commands) = &report.commands {
        outcomes("commands", commands);
    }
    if let Some(others) = &report.no_commands {
        outcomes("no commands", others);
    }
    if let Some(accuracy) = report.accuracy {
        row(
            "outcome right",
            accuracy.share,
            accuracy.ci95,
            format!("{} lines", accuracy.n),
        );
    }
    if let Some(auc) = report.acceptance_auc {
        row(
            "acceptance AUC",
            auc.value,
            auc.ci95,
            "commands against the rest".to_owned(),
        );
    }
    if let Some(language) = report.language {
        row(
            "language",
            language.share,
            language.ci95,
            format!("{} lines", language.n),
        );
    }
    rows
}

/// What the report says of itself in one line.
#[must_use]
pub fn title(report: &Report) -> String {
    let map = match (report.maps, report.map) {
        (0, _) => String::new(),
        (maps, true) => format!(", {maps} with their map"),
        (_, false) => ", without their maps".to_owned(),
    };
    format!("{}: {} lines{map}", report.set, report.lines)
}

/// The report as aligned text; the weakest frames and the first lines that went wrong at its end.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = format!("{}\n", title(report));
    for (name, value, interval, of) in rows(report) {
        let line = format!("  {name:<38} {value:>5}  {interval:<14}  {of}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let ms = &report.ms;
    let _ = writeln!(
        out,
        "  {:<38} {:.2} ms (p99 {:.2}); all the rest {:.3} ms (p99 {:.3})",
        "network", ms.encode_p50, ms.encode_p99, ms.rest_p50, ms.rest_p99
    );
    if let Some(marked) = &report.marked {
        let pairs = marked
            .confusion
            .iter()
            .flat_map(|(gold, row)| row.iter().map(move |(found, n)| (gold, found, n)));
        let mut wrong: Vec<_> = pairs.filter(|(gold, found, _)| gold != found).collect();
        wrong.sort_by(|a, b| b.2.cmp(a.2).then(a.cmp(b)));
        let list: Vec<String> = wrong
            .iter()
            .take(8)
            .map(|(gold, found, n)| format!("{gold} as {found} {n}"))
            .collect();
        if !list.is_empty() {
            let _ = writeln!(out, "  confused: {}", list.join(", "));
        }
        for wrong in &marked.wrong {
            let _ = writeln!(out, "  not right: {:?}", wrong.text);
            let _ = writeln!(out, "    marked {}", wrong.marked);
            let _ = writeln!(
                out,
                "    found  {}",
                if wrong.found.is_empty() {
                    "nothing"
                } else {
                    &wrong.found
                }
            );
        }
    }
    if let Some(others) = &report.no_commands {
        for line in &others.otherwise {
            let _ = writeln!(out, "  acted on: {:?} ({})", line.text, line.kind);
        }
    }
    out
}
