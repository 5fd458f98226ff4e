//! Plots as inline SVG and the frame of a page that holds them: no script, nothing fetched.
//!
//! Figures in, text out. The plots carry their numbers as text, so that they can be read without seeing colours.

use super::stats::Bin;
use std::collections::BTreeMap;
use std::fmt::Write;

/// `text` for HTML and SVG.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A whole page.
#[must_use]
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{0}</h1>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--dim:#6a7482;--line:#d8dde4;--bar:#2f6db5;--bad:#c4452f;--good:#2e8b57;--back:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#98a2b0;--line:#39424e;--bar:#6aa5e8;--bad:#ec7d68;--good:#63c08d;--back:#14181e}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:62rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem}h3{font-size:1rem}\
table{border-collapse:collapse;margin:.6rem 0}td,th{padding:.15rem .7rem .15rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.dim{color:var(--dim)}.bad{color:var(--bad)}.good{color:var(--good)}\
.row{display:flex;flex-wrap:wrap;gap:2rem;align-items:flex-start}svg{max-width:100%;height:auto}\
svg text{fill:var(--ink);font:11px system-ui,sans-serif}details{margin:.6rem 0}";

/// Confidence against the share of right: a bar a bin, the diagonal, and how many lines each bin holds.
#[must_use]
pub fn reliability(bins: &[Bin]) -> String {
    let (size, left, top) = (260.0, 36.0, 10.0);
    let x = |share: f64| left + share * size;
    let y = |share: f64| top + (1.0 - share) * size;
    let mut svg = format!(
        "<svg viewBox=\"0 0 320 330\" width=\"320\" height=\"330\" role=\"img\" aria-label=\"Reliability plot\">\n\
         <rect x=\"{left}\" y=\"{top}\" width=\"{size}\" height=\"{size}\" fill=\"none\" stroke=\"var(--line)\"/>\n"
    );
    for bin in bins {
        let (from, wide) = (x(bin.from) + 1.0, (bin.to - bin.from) * size - 2.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" fill=\"var(--bar)\" fill-opacity=\".75\">\
             <title>confidence {:.2}, right {:.2}, {} lines</title></rect>",
            y(bin.right),
            (bin.right * size).max(1.0),
            bin.confidence,
            bin.right,
            bin.n
        );
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"var(--bad)\"/>",
            x(bin.confidence),
            y(bin.right)
        );
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            from + wide / 2.0,
            top + size + 26.0,
            bin.n
        );
    }
    let _ = writeln!(
        svg,
        "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"var(--dim)\" stroke-dasharray=\"4 3\"/>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    for tenth in [0.0, 0.5, 1.0] {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tenth}</text>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tenth}</text>",
            x(tenth),
            top + size + 13.0,
            left - 6.0,
            y(tenth) + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">confidence; lines in each bin below</text>\
         <text transform=\"translate(11 {:.1}) rotate(-90)\" text-anchor=\"middle\">share wholly right</text>\n</svg>",
        x(0.5),
        top + size + 44.0,
        y(0.5)
    );
    svg
}

/// A matrix of marked rows and found columns, darker for more of the row; right ones in another colour than wrong ones.
#[must_use]
pub fn confusion(table: &BTreeMap<String, BTreeMap<String, usize>>) -> String {
    let mut columns: Vec<&String> = table
        .keys()
        .chain(table.values().flat_map(BTreeMap::keys))
        .collect();
    columns.sort();
    columns.dedup();
    let (cell, left, top) = (19.0, 160.0, 130.0);
    let (wide, high) = (
        left + cell * columns.len() as f64 + 40.0,
        top + cell * table.len() as f64 + 8.0,
    );
    let mut svg = format!(
        "<svg viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" role=\"img\" aria-label=\"Confusion matrix\">\n"
    );
    for (n, name) in columns.iter().enumerate() {
        let x = left + cell * (n as f64 + 0.65);
        let _ = writeln!(
            svg,
            "<text transform=\"translate({x:.1} {:.1}) rotate(-60)\">{}</text>",
            top - 5.0,
            escape(name)
        );
    }
    for (r, (name, row)) in table.iter().enumerate() {
        let y = top + cell * r as f64;
        let sum: usize = row.values().sum();
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            y + 13.5,
            escape(name)
        );
        for (c, column) in columns.iter().enumerate() {
            let n = row.get(*column).copied().unwrap_or(0);
            let x = left + cell * c as f64;
            let (colour, depth) = match n {
                0 => ("none", 0.0),
                n if *column == name => ("var(--bar)", 0.25 + 0.6 * n as f64 / sum as f64),
                n => ("var(--bad)", 0.35 + 0.6 * n as f64 / sum as f64),
            };
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{cell}\" height=\"{cell}\" fill=\"{colour}\" fill-opacity=\"{depth:.2}\" \
                 stroke=\"var(--line)\" stroke-width=\".5\"><title>{} as {}: {n}</title></rect>",
                escape(name),
                escape(column)
            );
            if n > 0 {
                let _ = writeln!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{n}</text>",
                    x + cell / 2.0,
                    y + 13.5
                );
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Horizontal bars from 0 to 1 with their value, their interval where there is one, and how many each stands for.
#[must_use]
pub fn bars(rows: &[(String, f64, Option<[f64; 2]>, usize)]) -> String {
    let (left, size, row) = (170.0, 300.0, 20.0);
    let high = row * rows.len() as f64 + 6.0;
    let mut svg = format!(
        "<svg viewBox=\"0 0 560 {high}\" width=\"560\" height=\"{high}\" role=\"img\" aria-label=\"Bars\">\n"
    );
    for (n, (name, value, interval, count)) in rows.iter().enumerate() {
        let y = row * n as f64 + 3.0;
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{left}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"14\" fill=\"var(--bar)\" fill-opacity=\".75\"/>",
            left - 6.0,
            y + 11.0,
            escape(name),
            (value * size).max(0.5)
        );
        if let Some([low, high]) = interval {
            let (a, b, middle) = (left + low * size, left + high * size, y + 7.0);
            let _ = writeln!(
                svg,
                "<path d=\"M{a:.1} {middle:.1}H{b:.1}M{a:.1} {:.1}v6M{b:.1} {:.1}v6\" stroke=\"var(--ink)\" fill=\"none\"/>",
                middle - 3.0,
                middle - 3.0
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\">{value:.3} <tspan fill-opacity=\".6\">of {count}</tspan></text>",
            left + size + 8.0,
            y + 11.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_hold_their_numbers_and_no_script() {
        let bins = [Bin {
            from: 0.9,
            to: 1.0,
            n: 12,
            confidence: 0.95,
            right: 0.75,
        }];
        let plot = reliability(&bins);
        assert!(plot.contains("confidence 0.95, right 0.75, 12 lines"), "{plot}");
        let row = BTreeMap::from([("taking".to_owned(), 3), ("none".to_owned(), 1)]);
        let matrix = confusion(&BTreeMap::from([("taking".to_owned(), row)]));
        assert!(matrix.contains("taking as none: 1"), "{matrix}");
        let shown = page("a <b>", &bars(&[("x & y".to_owned(), 0.5, Some([0.4, 0.6]), 7)]));
        assert!(shown.contains("a &lt;b&gt;") && shown.contains("x &amp; y") && shown.contains("0.500"));
        assert!(!shown.contains("<script") && !shown.contains("http"), "{shown}");
    }
}
