//! An explanation as text: a bar a word, green for what speaks for a claim, red for what speaks against it.

use super::{Claim, Explanation};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// Shares below this are not shown as reasons.
const SLIGHT: f32 = 0.02;
/// Length of the bar of a word that carries all of it.
const LONGEST: f32 = 24.0;

/// The whole explanation, with colours (strip them where there is no terminal).
#[must_use]
pub fn text(explanation: &Explanation) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut out = format!("{bold}{}{bold:#}\n", explanation.text);
    let outcome = code(&explanation.outcome);
    let reason = explanation.reason.map(|reason| format!(" ({})", code(&reason)));
    let _ = writeln!(
        out,
        "  {outcome}{}  {dim}in {}, confidence {:.2}{dim:#}",
        reason.unwrap_or_default(),
        explanation.lang,
        explanation.confidence
    );
    claim(&mut out, explanation, "act", &explanation.act, "");
    for task in &explanation.tasks {
        let mood = code(&task.mood);
        let mood = if mood == "command" {
            String::new()
        } else {
            format!(", {mood}")
        };
        claim(
            &mut out,
            explanation,
            "frame",
            &task.frame,
            &format!("{}{mood}", task.trigger),
        );
        for role in &task.roles {
            claim(&mut out, explanation, "role", &role.claim, &role.text);
        }
    }
    out
}

fn claim(out: &mut String, explanation: &Explanation, kind: &str, claim: &Claim, of: &str) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let quoted = if of.is_empty() {
        String::new()
    } else {
        format!("  {dim}{of}{dim:#}")
    };
    let _ = writeln!(
        out,
        "\n  {kind} {bold}{}{bold:#} {:.2}{quoted}",
        claim.name, claim.score
    );
    let wide = explanation
        .words
        .iter()
        .map(|word| width(&word.text))
        .max()
        .unwrap_or(0);
    for (word, share) in explanation.words.iter().zip(&claim.carried) {
        let colour = if *share >= 0.0 {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        }
        .on_default();
        let pad = " ".repeat(wide - width(&word.text));
        let length = (share.abs().min(1.0) * LONGEST).round() as usize;
        if share.abs() < SLIGHT {
            let _ = writeln!(out, "    {dim}{}{dim:#}", word.text);
        } else {
            let bar = "█".repeat(length.max(1));
            let _ = writeln!(out, "    {}{pad}  {colour}{bar}{colour:#} {share:+.2}", word.text);
        }
    }
    let Some(second) = &claim.second else { return };
    let mut why: Vec<(f32, &str)> = explanation
        .words
        .iter()
        .zip(&second.held_back)
        .filter(|(_, gain)| **gain >= SLIGHT)
        .map(|(word, gain)| (*gain, word.text.as_str()))
        .collect();
    why.sort_by(|a, b| b.0.total_cmp(&a.0));
    let why: Vec<String> = why
        .iter()
        .take(3)
        .map(|(gain, word)| format!("without \"{word}\" it would be {:.2}", second.score + gain))
        .collect();
    let why = if why.is_empty() {
        "no single word would make it likelier".to_owned()
    } else {
        why.join(", ")
    };
    let _ = writeln!(
        out,
        "    {dim}second: {} {:.2}; {why}{dim:#}",
        second.name, second.score
    );
}

/// Columns on a terminal: a Chinese character takes two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if brain::understand::words::is_han(c) { 2 } else { 1 })
        .sum()
}

/// The stable name of an outcome, reason or mood.
pub(super) fn code<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}
