//! The marked lines that are evaluated: read, and written out where they have no text.

use anyhow::{Context as _, bail};
use brain::reading::{Filler, Frame, Mood, Role, Span, Task};
use brain::understand::packs::fill::fill;
use brain::units::Score;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// Those that thresholds may be fitted on
    Tuned,
    /// The others
    Kept,
}

/// A marked line. Other keys are passed over.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    /// The recording, seen from the file's own folder.
    pub wav: Option<PathBuf>,
    /// What it asks for; null where it must not be acted on.
    pub intent: Option<String>,
    /// The values of its slots.
    #[serde(default)]
    pub slots: BTreeMap<String, String>,
    /// What is said.
    pub text: Option<String>,
}

/// Reads the lines of `file`.
pub fn read(text: &str, file: &Path) -> anyhow::Result<Vec<Line>> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(n, line)| {
            serde_json::from_str(line).with_context(|| format!("{}, line {}", file.display(), n + 1))
        })
        .collect()
}

/// Writes out the lines without a text by the carriers, which take turns.
pub fn write_out(lines: &mut [Line], carriers: &[String], file: &Path) -> anyhow::Result<()> {
    for (number, line) in lines.iter_mut().enumerate() {
        if line.text.is_some() {
            continue;
        }
        if carriers.is_empty() {
            bail!(
                "{}: line {} has no text; say with --carrier how one is written out",
                file.display(),
                number + 1
            );
        }
        line.text = Some(fill(&carriers[number % carriers.len()], &line.marked()));
    }
    Ok(())
}

impl Line {
    /// What it is called: its recording, else its text.
    pub fn name(&self) -> String {
        let wav = self.wav.as_deref().map(|wav| wav.display().to_string());
        wav.or_else(|| self.text.clone()).unwrap_or_default()
    }

    /// FNV-1a of the file's name: the same on every machine.
    pub fn hash(&self) -> u64 {
        let name = self.name();
        let file = name.rsplit('/').next().unwrap_or_default();
        file.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The half it belongs to.
    pub fn half(&self) -> Half {
        match (self.hash() >> 17) & 1 {
            0 => Half::Tuned,
            _ => Half::Kept,
        }
    }

    /// The slots, as they are compared.
    pub fn wanted(&self) -> BTreeMap<String, String> {
        let slots = self.slots.iter();
        slots
            .map(|(name, value)| (name.clone(), value.trim().to_lowercase()))
            .collect()
    }

    /// The line's slots as a task, for writing out.
    fn marked(&self) -> Task {
        let filler = |(name, value): (String, String)| Filler {
            role: Role::from(name),
            text: value,
            head: None,
            span: Span::default(),
            score: Score(1.0),
            value: None,
        };
        Task {
            frame: Frame::from(self.intent.as_deref().unwrap_or_default()),
            score: Score(1.0),
            trigger: String::new(),
            trigger_span: Span::default(),
            span: Span::default(),
            mood: Mood::Command,
            roles: self.wanted().into_iter().map(filler).collect(),
            condition: None,
        }
    }
}
