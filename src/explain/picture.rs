//! An explanation as a picture: a row for the act and each frame and role, a column for each word, greener for what
//! carries the claim, redder for what speaks against it. An SVG without script or anything fetched.

use super::text::code;
use super::{Claim, Explanation};
use crate::evaluate::plot::escape;
use std::fmt::Write;

/// Height of a row in pixels.
const ROW: f64 = 30.0;
/// Width of the column with the claims.
const LEFT: f64 = 250.0;

/// The picture.
#[must_use]
pub fn svg(explanation: &Explanation) -> String {
    let mut rows: Vec<(String, bool, &Claim)> =
        vec![(format!("act {}", explanation.act.name), true, &explanation.act)];
    for task in &explanation.tasks {
        rows.push((task.frame.name.clone(), true, &task.frame));
        rows.extend(
            task.roles
                .iter()
                .map(|role| (role.claim.name.clone(), false, &role.claim)),
        );
    }
    let wide: Vec<f64> = explanation
        .words
        .iter()
        .map(|word| {
            let letters: f64 = word
                .text
                .chars()
                .map(|c| {
                    if brain::understand::words::is_han(c) {
                        15.0
                    } else {
                        8.5
                    }
                })
                .sum();
            (letters + 16.0).max(46.0)
        })
        .collect();
    let width = LEFT + wide.iter().sum::<f64>() + 190.0;
    let height = 66.0 + ROW * rows.len() as f64 + 14.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"system-ui, 'Noto Sans CJK SC', sans-serif\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    let _ = writeln!(
        out,
        "<text x=\"14\" y=\"24\" font-weight=\"bold\">{}</text><text x=\"{:.0}\" y=\"24\" text-anchor=\"end\" fill=\"#5b6470\">{}, confidence {:.2}</text>",
        escape(&explanation.text),
        width - 14.0,
        code(&explanation.outcome),
        explanation.confidence
    );
    let mut x = LEFT;
    for (word, wide) in explanation.words.iter().zip(&wide) {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"54\" text-anchor=\"middle\">{}</text>",
            x + wide / 2.0,
            escape(&word.text)
        );
        x += wide;
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"54\" fill=\"#5b6470\">second</text>",
        x + 14.0
    );
    for (n, (name, head, claim)) in rows.iter().enumerate() {
        row(&mut out, 66.0 + ROW * n as f64, name, *head, claim, &wide);
    }
    out.push_str("</svg>\n");
    out
}

fn row(out: &mut String, y: f64, name: &str, head: bool, claim: &Claim, wide: &[f64]) {
    let (indent, weight) = if head { (14.0, "bold") } else { (34.0, "normal") };
    let base = y + ROW * 0.65;
    let _ = writeln!(
        out,
        "<text x=\"{indent}\" y=\"{base:.1}\" font-weight=\"{weight}\">{}</text>\
         <text x=\"{:.0}\" y=\"{base:.1}\" text-anchor=\"end\" fill=\"#5b6470\">{:.2}</text>",
        escape(name),
        LEFT - 12.0,
        claim.score
    );
    let mut x = LEFT;
    for (share, wide) in claim.carried.iter().zip(wide) {
        let colour = if *share >= 0.0 { "#2e8b57" } else { "#c4452f" };
        let depth = f64::from(share.abs().min(1.0)) * 0.85;
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\" fill=\"{colour}\" fill-opacity=\"{depth:.2}\" stroke=\"#e3e7ec\"/>",
            x + 1.0,
            y + 1.0,
            wide - 2.0,
            ROW - 2.0
        );
        if share.abs() >= 0.02 {
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"middle\" font-size=\"12\">{share:+.2}</text>",
                x + wide / 2.0
            );
        }
        x += wide;
    }
    if let Some(second) = &claim.second {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{base:.1}\" fill=\"#5b6470\">{} {:.2}</text>",
            x + 14.0,
            escape(&second.name),
            second.score
        );
    }
}
