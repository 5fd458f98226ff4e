//! `coact journal heard`: what was said to the robot, how well it was heard, and what came of it.
//!
//! In: the segments of the journal. Out: one line an utterance, with its alternatives, and what a later "no, I said …" made
//! of it. It also wipes the sound that was kept.

use super::super::{Exit, Global};
use brain::message::{Effect, Event, Source};
use brain::reading::Act;
use brain::reply::Reply;
use coact::hear::corrections::correction;
use coact::shell::journal::{self, Record};
use coact::shell::keep;
use serde::Serialize;
use std::path::Path;

/// Arguments of `coact journal heard`.
#[derive(Debug, Clone, clap::Args)]
pub struct HeardArgs {
    /// What was typed, too
    #[arg(long)]
    typed: bool,
    /// Remove the sound that was kept (`keep_audio_mb` in the robot's description)
    #[arg(long)]
    wipe_audio: bool,
}

/// One utterance, as the journal has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Utterance {
    /// The run's segment.
    segment: String,
    /// Since the run began.
    now_ms: u64,
    id: u64,
    spoken: bool,
    text: String,
    /// 0 to 1; `null` for what was typed.
    confidence: Option<f32>,
    alternatives: Vec<Alternative>,
    /// What was taken for said, where an alternative made more sense.
    taken_as: Option<String>,
    outcome: Option<String>,
    reason: Option<String>,
    say: Option<String>,
    /// What the speaker said instead afterwards.
    corrected_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Alternative {
    text: String,
    confidence: f32,
}

/// Runs `coact journal heard`.
pub fn run(args: &HeardArgs, global: &Global) -> anyhow::Result<Exit> {
    let state = global.state_folder();
    if args.wipe_audio {
        let count = keep::wipe(&state)?;
        if global.json {
            anstream::println!("{}", serde_json::json!({"wiped": count}));
        } else {
            anstream::println!(
                "{count} recordings removed from {}",
                state.join(keep::FOLDER).display()
            );
        }
        return Ok(Exit::Done);
    }
    let mut all = Vec::new();
    for file in super::segments(global)? {
        // A damaged segment still tells what stands before the damage.
        match journal::read(&file) {
            Ok(found) => utterances(&file, &found.records, &mut all),
            Err(error) => log::warn!("{error}"),
        }
    }
    correct(&mut all);
    all.retain(|utterance| utterance.spoken || args.typed);
    for utterance in &all {
        if global.json {
            anstream::println!("{}", serde_json::to_string(utterance)?);
        } else {
            anstream::print!("{}", text(utterance));
        }
    }
    if !global.json {
        let kept = keep::files(&state.join(keep::FOLDER));
        if all.is_empty() {
            anstream::println!(
                "nothing was heard yet; `[microphone]` in the robot's description lets it listen"
            );
        }
        if !kept.is_empty() {
            let size: u64 = kept.iter().map(|(_, size)| size).sum();
            anstream::println!(
                "{} recordings, {:.1} MB, in {}; --wipe-audio removes them",
                kept.len(),
                size as f64 / 1e6,
                state.join(keep::FOLDER).display()
            );
        }
    }
    Ok(Exit::Done)
}

/// The utterances of one segment, in order.
fn utterances(file: &Path, records: &[Record], all: &mut Vec<Utterance>) {
    let segment = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for record in records {
        let Record::Step(step) = record else { continue };
        let Ok(Event::Utterance(said)) = postcard::from_bytes::<Event>(&step.event) else {
            continue;
        };
        let effects: Vec<Effect> = postcard::from_bytes(&step.effects).unwrap_or_default();
        let reply: Option<Box<Reply>> = effects.into_iter().find_map(|effect| match effect {
            Effect::Reply(reply) => Some(reply),
            _ => None,
        });
        let name = |value: serde_json::Result<serde_json::Value>| match value {
            Ok(serde_json::Value::String(name)) => Some(name),
            _ => None,
        };
        let heard = said.heard.as_deref();
        all.push(Utterance {
            segment: segment.clone(),
            now_ms: step.now,
            id: said.id.0,
            spoken: said.source == Source::Spoken,
            confidence: heard.map(|heard| heard.confidence.0),
            alternatives: heard.map_or_else(Vec::new, |heard| {
                let alternative = |other: &brain::message::Alternative| Alternative {
                    text: other.text.clone(),
                    confidence: other.confidence.0,
                };
                heard.alternatives.iter().map(alternative).collect()
            }),
            taken_as: reply
                .as_ref()
                .map(|reply| reply.said.clone())
                .filter(|taken| *taken != said.text),
            outcome: reply
                .as_ref()
                .and_then(|reply| name(serde_json::to_value(reply.outcome))),
            reason: reply
                .as_ref()
                .and_then(|reply| name(serde_json::to_value(reply.reason?))),
            corrected_to: reply
                .as_ref()
                .filter(|reply| reply.reading.act == Act::Correct)
                .map(|_| String::new()),
            say: reply.and_then(|reply| reply.say),
            text: said.text,
        });
    }
}

/// Writes what a correction says beside what it corrects. Until here, a correction is marked by an empty text.
fn correct(all: &mut [Utterance]) {
    for at in 0..all.len() {
        let marked = all[at].corrected_to.take().is_some_and(|text| text.is_empty());
        let said = correction(&all[at].text).map(str::to_owned);
        let instead = said.or_else(|| marked.then(|| all[at].text.clone()));
        if let (Some(instead), Some(before)) = (instead, at.checked_sub(1))
            && all[before].segment == all[at].segment
        {
            all[before].corrected_to = Some(instead);
        }
    }
}

fn text(utterance: &Utterance) -> String {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let mut text = format!(
        "{dim}{} {:>8.1} s{dim:#}  {bold}{}{bold:#}",
        utterance.segment,
        utterance.now_ms as f64 / 1e3,
        utterance.text
    );
    if let Some(confidence) = utterance.confidence {
        text += &format!("  {confidence:.2}");
    }
    let outcome = utterance.outcome.as_deref().unwrap_or("no answer");
    text += &format!("  {outcome}");
    if let Some(reason) = &utterance.reason {
        text += &format!(" ({reason})");
    }
    text.push('\n');
    for other in &utterance.alternatives {
        text += &format!("    {dim}or {} {:.2}{dim:#}\n", other.text, other.confidence);
    }
    if let Some(taken) = &utterance.taken_as {
        text += &format!("    taken as \"{taken}\"\n");
    }
    if let Some(correction) = &utterance.corrected_to {
        text += &format!("    corrected to \"{correction}\"\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, corrects: bool) -> Utterance {
        Utterance {
            segment: "run-0000".to_owned(),
            now_ms: 0,
            id: 1,
            spoken: true,
            text: text.to_owned(),
            confidence: Some(0.9),
            alternatives: Vec::new(),
            taken_as: None,
            outcome: Some("act".to_owned()),
            reason: None,
            say: None,
            corrected_to: corrects.then(String::new),
        }
    }

    #[test]
    fn corrections_stand_beside_what_they_correct() {
        let check = |texts: &[(&str, bool)], expect: &[Option<&str>]| {
            let mut all: Vec<Utterance> = texts
                .iter()
                .map(|(text, corrects)| said(text, *corrects))
                .collect();
            correct(&mut all);
            let got: Vec<Option<&str>> = all
                .iter()
                .map(|utterance| utterance.corrected_to.as_deref())
                .collect();
            assert_eq!(got, expect, "{texts:?}");
        };
        check(
            &[
                ("Go to the chicken.", false),
                ("No, I said go to the kitchen.", false),
            ],
            &[Some("go to the kitchen."), None],
        );
        check(
            &[
                ("take the red cup", false),
                ("no, the blue one", true),
                ("yes", false),
            ],
            &[Some("no, the blue one"), None, None],
        );
        check(
            &[
                ("what have I said before", false),
                ("I know what I said to him", false),
            ],
            &[None, None],
        );
        check(&[("no, I said stop", false)], &[None]);
    }
}
