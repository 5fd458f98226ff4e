//! Understanding measured: frames, roles, whole commands, acceptance and confidence of the shipped model and decoder.
//!
//! Input: a file of lines in HuRIC's form ([`gold`]). Each line is read as `coact parse` reads it ([`read`]), compared
//! with its marks ([`score`]), and the comparisons are summed up with intervals ([`report`]). The rules of comparing are
//! those of the model's recipe: a frame is right when its name and the first word of its trigger are; a role when frame,
//! role and words are; by head when frame, role and head word are (where the line gives one); a command wholly when all
//! of it is.

pub mod gold;
pub mod score;
pub mod report;
pub mod fit;
pub mod text;
pub mod page;

use crate::read::Reader;
use brain::reading::Reading;
use brain::understand::{Context, decode, understand};
use gold::Gold;
use std::time::{Duration, Instant};

/// One line as it was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// What was understood.
    pub reading: Reading,
    /// The model's words, as ranges of characters.
    pub words: Vec<(u32, u32)>,
    /// How likely it is that something is asked for and was understood: confidence times the model's probability of a
    /// command, 0 without a task to be done.
    pub acceptance: f64,
    /// Milliseconds in the network.
    pub encode_ms: f64,
    /// Milliseconds in everything around it, from the words' pieces to the reading, the least of five times.
    pub rest_ms: f64,
}

/// Reads one line as `coact parse` does. A line that cannot be read is a reading without tasks.
#[must_use]
pub fn read(reader: &Reader, line: &Gold, with_map: bool) -> Read {
    let map = if with_map { &line.map[..] } else { &[] };
    let known: Vec<String> = map.iter().flat_map(|item| item.names.iter().cloned()).collect();
    let context = Context {
        map,
        known: &known,
        thresholds: *reader.thresholds(),
        ..Context::default()
    };
    let begin = Instant::now();
    let tags = reader.read(&line.text, Some(map)).ok();
    let whole = begin.elapsed();
    let reading = understand(&line.text, tags.as_ref(), reader.labels(), &context);
    let before = least(|| drop(reader.prepare(&line.text, Some(map))));
    let after = least(|| drop(understand(&line.text, tags.as_ref(), reader.labels(), &context)));
    let asked = reading.tasks.iter().any(brain::understand::judge::acted_on);
    let command = tags.as_ref().map_or(0.0, |tags| {
        let acts = decode::softmax(&tags.acts, context.thresholds.act_temperature);
        let at = reader.labels().acts.iter().position(|act| act == "command");
        at.and_then(|at| acts.get(at)).copied().unwrap_or(0.0)
    });
    Read {
        acceptance: if asked {
            f64::from(reading.confidence.0 * command)
        } else {
            0.0
        },
        words: tags.map_or_else(Vec::new, |tags| {
            tags.words.iter().map(|word| (word.start, word.end)).collect()
        }),
        reading,
        encode_ms: whole.saturating_sub(before).as_secs_f64() * 1e3,
        rest_ms: (before + after).as_secs_f64() * 1e3,
    }
}

/// The shortest of five times: what else the machine does counts little.
fn least(work: impl Fn()) -> Duration {
    let once = || {
        let begin = Instant::now();
        work();
        begin.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap_or_default()
}
