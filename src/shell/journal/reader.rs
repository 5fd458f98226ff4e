//! Reads a segment: every whole record, and how the file ends.

use super::{FORMAT, Header, Record};
use std::path::{Path, PathBuf};

/// Why a segment cannot be read (further).
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot read the journal {path}: {source}; `coact journal` lists those there are")]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file does not begin with a segment record.
    #[error("{path} is no coact journal: expected a segment record at its beginning, but {why}")]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// What is wrong with the first record.
        why: &'static str,
    },
    /// The file was written by another version.
    #[error(
        "{path} has journal format {came}, this coact reads format {FORMAT}; replay it with the coact that wrote it ({code})"
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// Format of the file.
        came: u16,
        /// Version of the code that wrote it.
        code: String,
    },
    /// A record in the middle does not decode.
    #[error(
        "{path} is damaged at byte {offset} (record {record}): {why}; the {record} records before it are whole"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where the broken record begins.
        offset: usize,
        /// Its number in the file, from 0.
        record: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// What stands in a segment.
#[derive(Debug)]
pub struct Records {
    /// What opened it.
    pub header: Header,
    /// Everything after the header up to the end or the damage.
    pub records: Vec<Record>,
    /// Bytes of a last record that was being written when the power went; 0 where the file ends whole.
    pub torn: usize,
    /// Damage in the middle: where, and what.
    pub damage: Option<ReadError>,
}

/// Reads a segment up to its end or to the first damage.
///
/// # Errors
/// When the file cannot be read, is no journal, or is of another format. Damage behind the header is not an error
/// here but stands in [`Records::damage`], so that what is whole can still be used.
pub fn read(path: &Path) -> Result<Records, ReadError> {
    let bytes = std::fs::read(path).map_err(|source| ReadError::Open {
        path: path.to_owned(),
        source,
    })?;
    parse(&bytes, path)
}

/// The same of a segment's bytes; `path` is named in errors.
///
/// # Errors
/// See [`read`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<Records, ReadError> {
    let foreign = |why| ReadError::Foreign {
        path: path.to_owned(),
        why,
    };
    let mut records = Vec::new();
    let mut header = None;
    let mut damage = None;
    let mut torn = 0;
    let mut offset = 0;
    for chunk in bytes.split_inclusive(|byte| *byte == 0) {
        let begin = offset;
        offset += chunk.len();
        let Some(framed) = chunk.strip_suffix(&[0]) else {
            torn = chunk.len();
            break;
        };
        if framed.is_empty() {
            // Zeros: what a file system leaves where a block was never written. Only the tail may hold them.
            if bytes[begin..].iter().all(|byte| *byte == 0) {
                torn = bytes.len() - begin;
                break;
            }
        }
        match super::decode(framed) {
            Ok(Record::Segment(found)) if header.is_none() => {
                if found.format != FORMAT {
                    let code = found.versions.iter().find(|(name, _)| name == "code");
                    let code = code.map_or_else(|| "unknown".to_owned(), |(_, version)| version.clone());
                    return Err(ReadError::Format {
                        path: path.to_owned(),
                        came: found.format,
                        code,
                    });
                }
                header = Some(found);
            }
            Ok(_) if header.is_none() => return Err(foreign("another record stands there")),
            Ok(record) => records.push(record),
            Err(why) if header.is_none() => return Err(foreign(why)),
            Err(why) => {
                let record = records.len() + 1;
                damage = Some(ReadError::Damaged {
                    path: path.to_owned(),
                    offset: begin,
                    record,
                    why,
                });
                break;
            }
        }
    }
    let header = header.ok_or_else(|| {
        foreign(if bytes.is_empty() {
            "it is empty"
        } else {
            "it ends before one is whole"
        })
    })?;
    Ok(Records {
        header,
        records,
        torn,
        damage,
    })
}
