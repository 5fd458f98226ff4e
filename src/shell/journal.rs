//! The journal: everything the brain consumed, in order, so that a run can be replayed to the same bytes.
//!
//! In: what the brain thread took and gave (see [`Tap`]). Out: segments `journal/*.coact` in the state folder.
//! It never makes the brain wait: what does not fit into the queue is lost, counted, and marks the run.
//!
//! A segment is a run of records. A record is a postcard-encoded [`Record`] followed by its CRC-32 (ISO-HDLC,
//! little endian), COBS-encoded and closed by a zero byte. So the reader finds the next record after any damage,
//! and no length field can lead it astray. Every segment begins with [`Record::Segment`]: format, versions and a
//! snapshot of the brain's state, so that each file replays alone. A last record without its zero byte is a torn
//! tail: normal after a power cut. Anything else that does not decode is damage.
//!
//! Version rule: [`FORMAT`] changes whenever a record, an event, an effect or the state changes its bytes; a reader
//! refuses other formats by name. Golden bytes are beside the code below.

mod reader;
mod writer;

pub use reader::{ReadError, Records, parse, read};
pub use writer::{Journal, JournalHealth, Limits, Tap};

use firmware_bridge::host::LinkStats;
use serde::{Deserialize, Serialize};

/// Version of the bytes in a segment.
pub const FORMAT: u16 = 4;

/// One record of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// Opens every segment.
    Segment(Header),
    /// One step of the brain.
    Step(Step),
    /// So many steps before this segment were lost because the queue was full or the disk refused them.
    Lost(u64),
    /// The run ended in order.
    End,
    /// How the line to the board was at that moment: once a second while it is up. Nothing follows from it.
    Line(Box<Line>),
}

/// Counters of the line; they begin with the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The moment, in milliseconds since the run began.
    pub now: u64,
    /// Of both sides.
    pub stats: LinkStats,
}

/// What opens a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`] of the writer.
    pub format: u16,
    /// Number of the segment in its run, from 0.
    pub number: u32,
    /// Versions of all that shaped the run, by name: code, configuration, models, packs, seed.
    pub versions: Vec<(String, String)>,
    /// The brain's state before the first step of the segment, postcard-encoded.
    pub snapshot: Vec<u8>,
}

/// One step of the brain: what it took and what it gave, postcard-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The moment the brain was given, in milliseconds since the run began.
    pub now: u64,
    /// The event.
    pub event: Vec<u8>,
    /// The effects.
    pub effects: Vec<u8>,
}

const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// The bytes of one record as they stand in a segment.
fn encode(record: &Record) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(record).map(|bytes| seal(&bytes))
}

/// An encoded record with its checksum, framed and closed.
#[must_use]
pub fn seal(record: &[u8]) -> Vec<u8> {
    let mut bytes = record.to_vec();
    bytes.extend_from_slice(&CRC.checksum(record).to_le_bytes());
    let mut framed = cobs::encode_vec(&bytes);
    framed.push(0);
    framed
}

/// The record in one frame (without its zero byte), or why there is none.
fn decode(framed: &[u8]) -> Result<Record, &'static str> {
    let bytes = cobs::decode_vec(framed).map_err(|_| "its framing is broken")?;
    let Some((payload, sum)) = bytes.split_last_chunk::<4>() else {
        return Err("it is too short to hold a checksum");
    };
    if CRC.checksum(payload) != u32::from_le_bytes(*sum) {
        return Err("its checksum does not match its content");
    }
    postcard::from_bytes(payload).map_err(|_| "its content is of another version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_bytes() {
        let step = Record::Step(Step {
            now: 1500,
            event: vec![0],
            effects: vec![],
        });
        let bytes = encode(&step).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        insta::assert_snapshot!(hex, @"0501dc0b010105680d58e000");
        assert_eq!(decode(&bytes[..bytes.len() - 1]), Ok(step));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let record = Record::Step(Step {
            now: 7,
            event: vec![1, 2, 0, 3],
            effects: vec![9; 5],
        });
        let good = encode(&record).unwrap();
        for at in 0..(good.len() - 1) * 8 {
            let mut bad = good[..good.len() - 1].to_vec();
            bad[at / 8] ^= 1 << (at % 8);
            assert_ne!(decode(&bad).ok(), Some(record.clone()), "bit {at}");
        }
    }
}
