//! `coact parse`: what the words mean, and nothing else.

use super::packs::PackArgs;
use super::{Exit, Global};
use anstyle::{AnsiColor, Style};
use brain::message::MapItem;
use brain::reading::{Act, Answer, Outcome};
use brain::understand::about::{Topic, topic};
use brain::understand::choose::Sense;
use brain::understand::packs::Pack;
use brain::understand::say::abilities;
use brain::understand::{Context, understand};
use brain::units::Score;
use coact::read::{ReadError, Reader};
use coact::report::map::MapThing;
use coact::report::{Milliseconds, Reading, Unread};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::Instant;

/// Arguments of `coact parse`.
#[derive(Debug, clap::Args)]
#[command(after_help = "With --stdin every line is a text, or an object \
    {\"text\": …, \"map\": [{\"id\", \"type\", \"names\": […], \"x\", \"y\"}]} that is read against that map; \
    every line gets one answer.\n\n\
    Example: coact parse --pack packs/barista \"get me a large latte with soy milk\"\n\nExit codes: 0 act, 2 ask, 3 refuse, 4 ignore; with --stdin 0 when all lines were \
    answered; 1 error.")]
pub struct Args {
    /// What to read; several words need no quotes
    #[arg(
        required_unless_present = "stdin",
        conflicts_with = "stdin",
        value_name = "TEXT"
    )]
    text: Vec<String>,
    /// Read one text a line from standard input
    #[arg(long)]
    stdin: bool,
    #[command(flatten)]
    packs: PackArgs,
}

/// Longest line that is taken in; the rest of a longer one is passed over.
const LONGEST_LINE: u64 = 1 << 20;

/// Runs `coact parse`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let reader = Reader::load(&super::installed(global))?;
    let packs = args.packs.learn(global, None, &reader)?;
    let mut out = anstream::stdout().lock();
    if !args.stdin {
        let reading = parse(&reader, &packs, &args.text.join(" "), &[]);
        show(&mut out, &reading, global.json)?;
        return Ok(match reading.outcome {
            Outcome::Act => Exit::Done,
            Outcome::Ask => Exit::Asks,
            Outcome::Refuse => Exit::Refuses,
            Outcome::Ignore => Exit::Ignores,
        });
    }
    let mut lines = BufReader::new(std::io::stdin().lock());
    while let Some(line) = next_line(&mut lines)? {
        show(&mut out, &answer(&reader, &packs, &line), global.json)?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

/// What one text was found to mean, before it is reported.
pub(super) struct Parsed {
    /// The reading.
    pub reading: brain::reading::Reading,
    ms: Milliseconds,
    unread: Option<(Unread, String)>,
}

impl From<Parsed> for Reading {
    fn from(read: Parsed) -> Self {
        let reading = Reading::new(read.reading, read.ms);
        match read.unread {
            Some((why, error)) => reading.unread(why, error),
            None => reading,
        }
    }
}

impl From<&Parsed> for Sense {
    fn from(read: &Parsed) -> Self {
        Sense::from(&read.reading)
    }
}

/// Reads one text and reports it, with the times it takes.
pub(super) fn parse(reader: &Reader, packs: &[Pack], text: &str, map: &[MapItem]) -> Reading {
    read(reader, packs, text, map).into()
}

/// Reads one text.
pub(super) fn read(reader: &Reader, packs: &[Pack], text: &str, map: &[MapItem]) -> Parsed {
    let begin = Instant::now();
    let tags = reader.read(text, Some(map));
    let encode = begin.elapsed();
    let known: Vec<String> = map.iter().flat_map(|item| item.names.iter().cloned()).collect();
    let context = Context {
        map,
        known: &known,
        packs,
        thresholds: *reader.thresholds(),
        ..Context::default()
    };
    let reading = understand(text, tags.as_ref().ok(), reader.labels(), &context);
    let unread = tags.err().map(|error| {
        let why = match error {
            ReadError::Empty => Unread::Empty,
            ReadError::TooLong => Unread::TooLong,
            ReadError::Failed(_) => Unread::ModelFailed,
        };
        (why, error.to_string())
    });
    Parsed {
        reading: told_of_itself(reading),
        ms: Milliseconds::new(encode, begin.elapsed()),
        unread,
    }
}

/// "What can you do": here no robot is known, but what the words can mean is.
fn told_of_itself(reading: brain::reading::Reading) -> brain::reading::Reading {
    if reading.answer.is_some()
        || reading.outcome == Outcome::Act
        || topic(&reading.text) != Some(Topic::Skills)
    {
        return reading;
    }
    let answer = Answer {
        text: abilities(&reading.lang).to_owned(),
        source: "the built-in frames".to_owned(),
        score: Score(1.0),
    };
    brain::reading::Reading {
        act: Act::Question,
        outcome: Outcome::Act,
        reason: None,
        say: Some(answer.text.clone()),
        answer: Some(answer),
        tasks: Vec::new(),
        ..reading
    }
}

/// A line of `--stdin` that begins with `{`. Keys that are not known here are passed over.
#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    map: Vec<MapThing>,
}

/// The answer to one line, whatever is in it.
fn answer(reader: &Reader, packs: &[Pack], line: &[u8]) -> Reading {
    let unread = |text: &str, why: Unread, error: String| {
        let reading = understand(text, None, reader.labels(), &Context::default());
        Reading::new(reading, Milliseconds::default()).unread(why, error)
    };
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => {
            let error = format!("the line is not UTF-8: {error}");
            return unread(&String::from_utf8_lossy(line), Unread::InvalidUtf8, error);
        }
    };
    if !text.trim_start().starts_with('{') {
        return parse(reader, packs, text, &[]);
    }
    match serde_json::from_str::<Line>(text) {
        Ok(line) => {
            let map: Vec<MapItem> = line.map.into_iter().map(MapItem::from).collect();
            parse(reader, packs, &line.text, &map)
        }
        Err(error) => {
            let error = format!("a line that begins with {{ must be {{\"text\": …, \"map\": […]}}: {error}");
            unread(text, Unread::InvalidJson, error)
        }
    }
}

/// The next line without its end, cut at [`LONGEST_LINE`] bytes; `None` at the end of the input.
fn next_line(from: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST_LINE {
        from.skip_until(b'\n')?;
        // What was cut in the middle of a character is not a fault of the text.
        if let Err(error) = std::str::from_utf8(&line)
            && error.error_len().is_none()
        {
            line.truncate(error.valid_up_to());
        }
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(line))
}

fn show(out: &mut impl Write, reading: &Reading, json: bool) -> anyhow::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, reading)?;
        writeln!(out)?;
    } else {
        people(out, reading)?;
    }
    Ok(())
}

/// The reading as aligned text.
fn people(out: &mut impl Write, reading: &Reading) -> std::io::Result<()> {
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let colour = match reading.outcome {
        Outcome::Act => AnsiColor::Green,
        Outcome::Ask => AnsiColor::Yellow,
        Outcome::Refuse => AnsiColor::Red,
        Outcome::Ignore => AnsiColor::BrightBlack,
    };
    let colour = colour.on_default().bold();
    writeln!(out, "{bold}{}{bold:#}", shortened(&reading.text))?;
    write!(out, "  {colour}{}{colour:#}", code(&reading.outcome))?;
    if let Some(reason) = &reading.reason {
        write!(out, " ({})", code(reason))?;
    }
    writeln!(
        out,
        "  {dim}{} in {}, confidence {:.2}, {:.1} ms{dim:#}",
        code(&reading.act),
        reading.lang,
        reading.confidence,
        reading.ms.total
    )?;
    for task in &reading.tasks {
        let mood = code(&task.mood);
        let mood = if mood == "command" {
            String::new()
        } else {
            format!("  {mood}")
        };
        writeln!(
            out,
            "  {bold}{:<24}{bold:#} {:.2}  {}{mood}",
            task.frame, task.score, task.trigger
        )?;
        if let Some(condition) = &task.condition {
            writeln!(
                out,
                "    only {:<17}       {}",
                code(&condition.under),
                condition.text
            )?;
        }
        for role in &task.roles {
            write!(out, "    {:<22} {:.2}  {}", role.role, role.score, role.text)?;
            if let Some(head) = role.head.as_ref().filter(|head| **head != role.text) {
                write!(out, "  {dim}head {head}{dim:#}")?;
            }
            if let Some(value) = &role.value {
                write!(out, "  {dim}= {}{dim:#}", value_text(value))?;
            }
            writeln!(out)?;
        }
    }
    if let Some(answer) = &reading.answer {
        writeln!(
            out,
            "  answer: {}  {dim}{}, {:.2}{dim:#}",
            answer.text, answer.source, answer.score
        )?;
    }
    if let Some(say) = &reading.say {
        writeln!(out, "  says: {say}")?;
    }
    if let Some(error) = &reading.error {
        writeln!(out, "  {error}")?;
    }
    Ok(())
}

/// Long texts are shown by their beginning, control characters not at all.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 200;
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// The name a value has in JSON.
fn code(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

fn value_text(value: &brain::reading::Value) -> String {
    if let brain::reading::Value::Slot(text) = value {
        return text.clone();
    }
    let json = serde_json::to_value(value).unwrap_or_default();
    let number = match &json["value"] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    format!("{number} {}", json["unit"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Folders;
    use std::path::Path;

    fn reader() -> Reader {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
        Reader::load(&Folders::new(Some(&folder), None)).unwrap()
    }

    #[test]
    fn every_line_gets_one_answer_whatever_is_in_it() {
        let reader = reader();
        let check = |line: &[u8], reason: &str| {
            let reading = answer(&reader, &[], line);
            assert_ne!(reading.outcome, Outcome::Act, "{}", String::from_utf8_lossy(line));
            assert_eq!(code(&reading.reason), reason, "{}", String::from_utf8_lossy(line));
            assert!(reading.error.is_some());
        };
        check(b"", "empty");
        check(b" \t ", "empty");
        check(b"\xff\xfe go", "invalid_utf8");
        check("go ".repeat(34_000).as_bytes(), "too_long");
        check(b"{\"text\": 5}", "invalid_json");
        check(b"{\"map\": []}", "invalid_json");
        check(b"{ go to the kitchen", "invalid_json");
    }

    #[test]
    fn an_object_brings_its_map_and_keys_of_others() {
        let line =
            br#"{"text": "bring me the cup", "id": 7, "map": [{"id": "m1", "type": "Cup", "names": ["cup"],
            "x": 1, "y": 2, "z": 0.5, "colour": "red"}]}"#;
        let reading = answer(&reader(), &[], line);
        assert_eq!(reading.text, "bring me the cup");
        assert_eq!(reading.error, None);
    }

    #[test]
    fn lines_end_where_they_end() {
        let mut input: &[u8] = b"one\r\n\ntwo\xff\nlast";
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input).unwrap() {
            lines.push(line);
        }
        assert_eq!(lines, [&b"one"[..], b"", b"two\xff", b"last"]);

        let long = "é".repeat(LONGEST_LINE as usize) + "\nnext\n";
        let mut input = long.as_bytes();
        let first = next_line(&mut input).unwrap().unwrap();
        assert!(std::str::from_utf8(&first).is_ok() && first.len() as u64 <= LONGEST_LINE);
        assert_eq!(next_line(&mut input).unwrap().unwrap(), b"next");
    }
}
