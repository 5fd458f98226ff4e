//! What people see: replies, progress and status as coloured lines.

use anstyle::{AnsiColor, Style};
use serde_json::Value;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// One JSON object on a line of its own.
pub fn json(value: &Value) {
    anstream::println!("{value}");
}

/// The colour of an outcome.
pub fn outcome_style(outcome: &str) -> Style {
    let color = match outcome {
        "act" => AnsiColor::Green,
        "ask" => AnsiColor::Yellow,
        "refuse" => AnsiColor::Red,
        _ => AnsiColor::BrightBlack,
    };
    color.on_default().bold()
}

/// One answer of the daemon, or one line of a run.
pub fn answer(answer: &Value) {
    if let Some(reply) = answer.get("reply") {
        said(reply);
    } else if let Some(words) = answer.get("say").and_then(Value::as_str) {
        anstream::println!("  says      {BOLD}{words}{BOLD:#}");
    } else if let Some(progress) = answer.get("progress") {
        step(progress);
    } else if let Some(status) = answer.get("status") {
        self::status(status);
    } else if let Some(done) = answer.get("ok").and_then(Value::as_str) {
        anstream::println!("{done}");
    } else if let Some(error) = answer.get("error").and_then(Value::as_str) {
        anstream::eprintln!("coact: {error}");
    }
}

/// One utterance from words to plan.
pub fn said(reply: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for task in reply["tasks"].as_array().into_iter().flatten() {
        let roles: Vec<String> = task["roles"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|role| format!("{}={:?}", text(&role["role"]), text(&role["text"])))
            .collect();
        anstream::println!(
            "  heard     {BOLD}{}{BOLD:#}({})",
            text(&task["frame"]),
            roles.join(", ")
        );
    }
    for goal in reply["goals"].as_array().into_iter().flatten() {
        for role in goal["roles"].as_array().into_iter().flatten() {
            let target = &role["target"];
            if !target.is_null() {
                let (words, label) = (text(&role["text"]), text(&target["label"]));
                anstream::println!(
                    "  bound     {words:?} -> {label} {DIM}({}){DIM:#}",
                    text(&target["chosen"])
                );
            }
        }
    }
    if let Some(plan) = reply["plan"].as_array() {
        let skills: Vec<String> = plan.iter().map(|skill| text(&skill["what"])).collect();
        anstream::println!("  plan      {}", skills.join(", "));
    }
    let outcome = text(&reply["outcome"]);
    let style = outcome_style(&outcome);
    let mut why: Vec<String> = reply["reason"].as_str().map(str::to_owned).into_iter().collect();
    let rules = reply["verdict"]["rules"].as_array().into_iter().flatten();
    why.extend(rules.map(|rule| format!("rule {}", text(rule))));
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" ({})", why.join(", "))
    };
    anstream::println!("  decides   {style}{outcome}{style:#}{why}");
    if let Some(words) = reply["say"].as_str() {
        anstream::println!("  says      {BOLD}{words}{BOLD:#}");
    }
}

/// One line of a running plan.
pub fn step(progress: &Value) {
    let text = |key: &str| progress[key].as_str().unwrap_or_default();
    let number = progress["step"].as_u64().unwrap_or(0) + 1;
    let of = progress["of"].as_u64().unwrap_or(0);
    let why = progress["why"]
        .as_str()
        .map_or_else(String::new, |why| format!(": {why}"));
    match text("status") {
        "finished" => anstream::println!("  {}finished{:#}", outcome_style("act"), outcome_style("act")),
        status @ ("failed" | "dropped") => {
            let style = outcome_style("refuse");
            anstream::println!("  {style}{status}{style:#} at {}{why}", text("what"));
        }
        "done" => {}
        "recovering" => anstream::println!("  again     {}{why}", text("what")),
        _ => anstream::println!("  {DIM}step {number}/{of}{DIM:#}  {}", text("what")),
    }
}

/// How the daemon fares: one aligned line for each leaf of the status.
pub fn status(status: &Value) {
    fn leaves(path: &str, value: &Value, into: &mut Vec<(String, String)>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let path = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    };
                    leaves(&path, value, into);
                }
            }
            Value::Array(items) => {
                for item in items {
                    let name = item["name"].as_str().unwrap_or("?");
                    leaves(&format!("{path}.{name}"), item, into);
                }
            }
            Value::String(text) => into.push((path.to_owned(), text.clone())),
            Value::Null => into.push((path.to_owned(), "-".to_owned())),
            other => into.push((path.to_owned(), other.to_string())),
        }
    }
    let mut lines = Vec::new();
    leaves("", status, &mut lines);
    lines.retain(|(path, _)| !path.ends_with(".name"));
    let width = lines.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    for (path, value) in lines {
        anstream::println!("{BOLD}{path:width$}{BOLD:#}  {value}");
    }
}
