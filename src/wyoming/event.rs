//! One event on the wire: a header line, further data, a payload.
//!
//! In: bytes. Out: [`Event`]s, and back. It trusts no length that it reads: each part has a bound.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::{BufRead, Read, Write};

/// Longest header line in bytes.
const HEADER: u64 = 64 << 10;
/// Most bytes of further data.
const DATA: usize = 1 << 20;
/// Most bytes of payload: half a minute of 16-bit stereo at 48 kHz is 5.5 MB, and a chunk is far less.
const PAYLOAD: usize = 8 << 20;

/// What the other side is told that this side speaks.
pub const VERSION: &str = "1.10.1";

/// One event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    /// What it is: "audio-chunk", "transcript".
    pub kind: String,
    /// What belongs to it.
    pub data: Map<String, Value>,
    /// Sound.
    pub payload: Vec<u8>,
}

/// Why no event could be read.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The line broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] std::io::Error),
    /// What came is no event.
    #[error("expected a Wyoming event, a line of JSON with a type: {0}")]
    Foreign(String),
    /// A part is longer than it may be.
    #[error("a Wyoming event with a {part} of {bytes} bytes was announced; at most {limit} are taken")]
    Long {
        /// Which part.
        part: &'static str,
        /// How long it says it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_length: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_length: Option<usize>,
}

impl Event {
    /// An event without sound. `data` is an object; anything else counts as none.
    #[must_use]
    pub fn new(kind: &str, data: Value) -> Self {
        Event {
            kind: kind.to_owned(),
            data: match data {
                Value::Object(map) => map,
                _ => Map::new(),
            },
            payload: Vec::new(),
        }
    }

    /// A text of its data.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }

    /// Reads the next event; `None` when the other side has ended in order.
    ///
    /// # Errors
    /// When the line breaks, or what comes is no event or too long a one.
    pub fn read(reader: &mut impl BufRead) -> Result<Option<Event>, EventError> {
        let mut line = Vec::new();
        if reader.by_ref().take(HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") && line.len() as u64 == HEADER {
            return Err(EventError::Foreign(format!(
                "the first {HEADER} bytes hold no line"
            )));
        }
        let header: Header =
            serde_json::from_slice(&line).map_err(|why| EventError::Foreign(why.to_string()))?;
        let mut data = header.data.unwrap_or_default();
        let more = part(reader, "data", header.data_length, DATA)?;
        if !more.is_empty() {
            let more: Map<String, Value> =
                serde_json::from_slice(&more).map_err(|why| EventError::Foreign(why.to_string()))?;
            data.extend(more);
        }
        Ok(Some(Event {
            kind: header.kind,
            data,
            payload: part(reader, "payload", header.payload_length, PAYLOAD)?,
        }))
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the line breaks.
    pub fn write(&self, writer: &mut impl Write) -> std::io::Result<()> {
        let data = if self.data.is_empty() {
            Vec::new()
        } else {
            serde_json::to_vec(&self.data)?
        };
        let some = |length: usize| (length > 0).then_some(length);
        let header = Header {
            kind: self.kind.clone(),
            version: Some(VERSION.to_owned()),
            data: None,
            data_length: some(data.len()),
            payload_length: some(self.payload.len()),
        };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&data);
        bytes.extend_from_slice(&self.payload);
        writer.write_all(&bytes)?;
        writer.flush()
    }
}

fn part(
    reader: &mut impl Read,
    part: &'static str,
    length: Option<usize>,
    limit: usize,
) -> Result<Vec<u8>, EventError> {
    let bytes = length.unwrap_or(0);
    if bytes > limit {
        return Err(EventError::Long { part, bytes, limit });
    }
    let mut taken = vec![0; bytes];
    reader.read_exact(&mut taken)?;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn golden_bytes() {
        let mut event = Event::new("audio-chunk", json!({"rate": 16000}));
        event.payload = b"ab".to_vec();
        let mut bytes = Vec::new();
        event.write(&mut bytes).unwrap();
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"
        {"type":"audio-chunk","version":"1.10.1","data_length":14,"payload_length":2}
        {"rate":16000}ab
        "#);
    }

    #[test]
    fn what_others_write_is_read() {
        let check = |bytes: &str, expect: Result<Option<Event>, &str>| {
            let read = Event::read(&mut bytes.as_bytes()).map_err(|error| error.to_string());
            match (&read, expect) {
                (Ok(read), Ok(expect)) => assert_eq!(*read, expect, "{bytes}"),
                (Err(error), Err(expect)) => assert!(error.contains(expect), "{bytes}: {error}"),
                _ => panic!("{bytes}: {read:?}"),
            }
        };
        check("", Ok(None));
        check(
            "{\"type\":\"describe\"}\n",
            Ok(Some(Event::new("describe", Value::Null))),
        );
        check(
            "{\"type\":\"a\",\"data\":{\"x\":1,\"y\":1},\"data_length\":8}\n{\"y\": 2}",
            Ok(Some(Event::new("a", json!({"x": 1, "y": 2})))),
        );
        check("GET / HTTP/1.1\n", Err("expected a Wyoming event"));
        check("{\"data\":{}}\n", Err("missing field `type`"));
        check(
            "{\"type\":\"a\",\"payload_length\":4}\nab",
            Err("the connection broke"),
        );
        check(
            "{\"type\":\"a\",\"payload_length\":99999999}\n",
            Err("at most 8388608 are taken"),
        );
        check(
            "{\"type\":\"a\",\"data_length\":2}\n[]",
            Err("expected a Wyoming event"),
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(kind in "[a-z-]{1,12}", text in ".*", payload in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut event = Event::new(&kind, json!({"text": text}));
            event.payload = payload;
            let mut bytes = Vec::new();
            event.write(&mut bytes).unwrap();
            prop_assert_eq!(Event::read(&mut bytes.as_slice()).unwrap(), Some(event));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Event::read(&mut bytes.as_slice());
        }
    }
}
