//! Reports as one HTML page with plots: no script, nothing fetched, so that it can be mailed and archived.

use super::report::{Marked, Report};
use super::text;
use crate::evaluate::plot::{self, escape};
use std::fmt::Write;

/// The page of `reports` of the text model `model` (its name and version).
#[must_use]
pub fn page(model: &str, reports: &[Report]) -> String {
    let mut body = format!(
        "<p>Measured by <code>coact eval nlu</code> on {}. Intervals are 95 %: bootstrap over lines ({} draws, seed {}) for F1, \
         whole commands, areas and calibration, Wilson's for the other shares. A frame is right when its name and the first word of its \
         trigger are, a role when frame, role and words are, a command wholly when all of it is.</p>\n",
        escape(model),
        crate::evaluate::stats::DRAWS,
        super::report::SEED
    );
    for report in reports {
        one(&mut body, report);
    }
    plot::page("Understanding, measured", &body)
}

fn one(body: &mut String, report: &Report) {
    let _ = writeln!(body, "<h2>{}</h2>\n<table>", escape(&text::title(report)));
    let _ = writeln!(
        body,
        "<tr><th>figure</th><th class=\"n\">value</th><th>95 %</th><th>of</th></tr>"
    );
    for (name, value, interval, of) in text::rows(report) {
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td class=\"n\">{value}</td><td>{interval}</td><td class=\"dim\">{}</td></tr>",
            escape(&name),
            escape(&of)
        );
    }
    let ms = &report.ms;
    let _ = writeln!(
        body,
        "<tr><td>network, ms</td><td class=\"n\">{:.2}</td><td>p99 {:.2}</td><td></td></tr>\n\
         <tr><td>all the rest, ms</td><td class=\"n\">{:.3}</td><td>p99 {:.3}</td><td></td></tr>\n</table>",
        ms.encode_p50, ms.encode_p99, ms.rest_p50, ms.rest_p99
    );
    if let Some(marked) = &report.marked {
        plots(body, marked);
        wrong(body, marked);
    }
    for (what, outcomes) in [
        ("Commands that were not acted on", &report.commands),
        ("No commands that were acted on", &report.no_commands),
    ] {
        let Some(outcomes) = outcomes
            .as_ref()
            .filter(|outcomes| !outcomes.otherwise.is_empty())
        else {
            continue;
        };
        let _ = writeln!(body, "<details><summary>{what}</summary><table>");
        for line in &outcomes.otherwise {
            let code = |value: serde_json::Result<serde_json::Value>| {
                value
                    .ok()
                    .and_then(|value| value.as_str().map(str::to_owned))
                    .unwrap_or_default()
            };
            let _ = writeln!(
                body,
                "<tr><td>{}</td><td class=\"dim\">{}</td><td>{} {}</td></tr>",
                escape(&line.text),
                escape(&line.kind),
                code(serde_json::to_value(line.outcome)),
                code(serde_json::to_value(line.reason))
            );
        }
        let _ = writeln!(body, "</table></details>");
    }
}

fn plots(body: &mut String, marked: &Marked) {
    let _ = writeln!(body, "<div class=\"row\">");
    if let Some(calibration) = &marked.calibration {
        let _ = writeln!(
            body,
            "<figure><figcaption>Reliability: ECE {}</figcaption>{}</figure>",
            text::figure(calibration.ece),
            plot::reliability(&calibration.bins)
        );
    }
    let rows = |table: &std::collections::BTreeMap<String, super::score::Prf>| {
        let mut rows: Vec<_> = table
            .iter()
            .map(|(name, prf)| (name.clone(), prf.f1, None, prf.n))
            .collect();
        rows.sort_by(|a, b| b.3.cmp(&a.3).then(a.0.cmp(&b.0)));
        plot::bars(&rows)
    };
    let _ = writeln!(
        body,
        "<figure><figcaption>F1 of each frame</figcaption>{}</figure>\n<figure><figcaption>F1 of each role</figcaption>{}</figure>\n\
         <figure><figcaption>Frames: marked down, found across</figcaption>{}</figure>\n</div>",
        rows(&marked.frames),
        rows(&marked.roles),
        plot::confusion(&marked.confusion)
    );
}

fn wrong(body: &mut String, marked: &Marked) {
    if marked.wrong.is_empty() {
        return;
    }
    let _ = writeln!(
        body,
        "<details><summary>{} lines not wholly right</summary><table>\n<tr><th>line</th><th>marked</th><th>found</th><th>confidence</th></tr>",
        marked.wrong.len()
    );
    for wrong in &marked.wrong {
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td class=\"good\">{}</td><td class=\"bad\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&wrong.text),
            escape(&wrong.marked),
            escape(&wrong.found),
            text::figure(wrong.confidence)
        );
    }
    let _ = writeln!(body, "</table></details>");
}
