//! WAV files become numbers: any of the usual encodings, one channel, block by block.
//!
//! In: the bytes of a RIFF WAVE file. Out: samples between -1 and 1 at the file's own rate, all channels averaged. A file
//! that ends early is read as far as it goes, and [`Wav::note`] says so. It never holds more than one block.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The system does not give it.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another kind of file.
    #[error(
        "{}: a WAV file is expected, but this is {came}; convert it first: ffmpeg -i IN -ar 16000 -ac 1 OUT.wav",
        path.display()
    )]
    NotWav {
        /// Which file.
        path: PathBuf,
        /// What it looks like.
        came: &'static str,
    },
    /// A WAV file whose header is wrong or incomplete.
    #[error("{}: the WAV header is not whole: {why}; record or convert the file again", path.display())]
    Header {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// An encoding that is not read.
    #[error(
        "{}: {came} is not read; PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law and mu-law are. \
         Convert it first: ffmpeg -i IN -c:a pcm_s16le OUT.wav",
        path.display()
    )]
    Encoding {
        /// Which file.
        path: PathBuf,
        /// Tag and width.
        came: String,
    },
}

/// How a sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Unsigned 8 bits.
    U8,
    /// Signed, little-endian, of so many bytes.
    Int(usize),
    F32,
    F64,
    ALaw,
    MuLaw,
}

impl Encoding {
    /// Of a format tag (RFC 2361) and a width in bits.
    fn of(tag: u16, bits: u16) -> Option<Self> {
        Some(match (tag, bits) {
            (1, 8) => Encoding::U8,
            (1, 16 | 24 | 32) => Encoding::Int(usize::from(bits / 8)),
            (3, 32) => Encoding::F32,
            (3, 64) => Encoding::F64,
            (6, 8) => Encoding::ALaw,
            (7, 8) => Encoding::MuLaw,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Encoding::U8 | Encoding::ALaw | Encoding::MuLaw => 1,
            Encoding::Int(bytes) => bytes,
            Encoding::F32 => 4,
            Encoding::F64 => 8,
        }
    }

    /// One sample; `raw` is as long as [`Encoding::bytes`] says.
    fn sample(self, raw: &[u8]) -> f32 {
        let value = match self {
            Encoding::U8 => (f32::from(raw[0]) - 128.0) / 128.0,
            Encoding::Int(bytes) => {
                let mut wide = [0; 4];
                wide[4 - bytes..].copy_from_slice(raw);
                (f64::from(i32::from_le_bytes(wide)) / f64::from(1u32 << 31)) as f32
            }
            Encoding::F32 => f32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]),
            Encoding::F64 => {
                f64::from_le_bytes([raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7]]) as f32
            }
            Encoding::ALaw => a_law(raw[0]),
            Encoding::MuLaw => mu_law(raw[0]),
        };
        if value.is_finite() {
            value.clamp(-1.0, 1.0)
        } else {
            0.0
        }
    }
}

/// ITU-T G.711, mu-law.
fn mu_law(byte: u8) -> f32 {
    let byte = !byte;
    let magnitude = ((i32::from(byte & 0x0f) << 3) + 0x84) << ((byte >> 4) & 7);
    let value = (magnitude - 0x84) as f32 / 32768.0;
    if byte & 0x80 == 0 { value } else { -value }
}

/// ITU-T G.711, A-law.
fn a_law(byte: u8) -> f32 {
    let byte = byte ^ 0x55;
    let (step, fine) = ((byte >> 4) & 7, i32::from(byte & 0x0f));
    let magnitude = match step {
        0 => (fine << 4) + 8,
        _ => ((fine << 4) + 0x108) << (step - 1),
    };
    let value = magnitude as f32 / 32768.0;
    if byte & 0x80 == 0 { -value } else { value }
}

/// A WAV file being read.
#[derive(Debug)]
pub struct Wav<R> {
    source: R,
    rate: u32,
    channels: usize,
    encoding: Encoding,
    /// Bytes of sound that the header still promises; `None` where it promises nothing.
    left: Option<u64>,
    /// Samples of one channel that were given so far.
    given: u64,
    note: Option<String>,
    buffer: Vec<u8>,
}

/// Most frames (one sample of each channel) given at once.
const BLOCK: usize = 16_384;

/// What the first bytes of a file look like, where it is no WAV file.
fn looks_like(head: &[u8]) -> &'static str {
    match head {
        [] => "an empty file",
        [b'f', b'L', b'a', b'C', ..] => "a FLAC file, which is not read",
        [b'I', b'D', b'3', ..] | [0xff, 0xe2..=0xff, ..] => "an MP3 file, which is not read",
        [b'O', b'g', b'g', b'S', ..] => "an Ogg file (Vorbis or Opus), which is not read",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "an MP4 or M4A file, which is not read",
        [b'F', b'O', b'R', b'M', ..] => "an AIFF file, which is not read",
        [b'R', b'F', b'6', b'4', ..] => "an RF64 file, which is not read",
        [b'R', b'I', b'F', b'F', ..] if head.len() < 12 => "cut off within its first 12 bytes",
        _ => "something else",
    }
}

impl Wav<io::BufReader<std::fs::File>> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read or is no WAV file that is read.
    pub fn open(path: &Path) -> Result<Self, WavError> {
        let unreadable = |source| WavError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        Wav::new(path, io::BufReader::new(file))
    }
}

impl<R: Read> Wav<R> {
    /// Reads the header; `path` is for messages.
    ///
    /// # Errors
    /// When this is no WAV file that is read.
    pub fn new(path: &Path, mut source: R) -> Result<Self, WavError> {
        let unreadable = |source| WavError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let header = |why: String| WavError::Header {
            path: path.to_owned(),
            why,
        };
        let mut head = [0; 12];
        let length = fill(&mut source, &mut head).map_err(unreadable)?;
        if length < 12 || &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
            let came = looks_like(&head[..length]);
            let path = path.to_owned();
            return Err(WavError::NotWav { path, came });
        }
        let mut format = None;
        loop {
            let mut chunk = [0; 8];
            if fill(&mut source, &mut chunk).map_err(unreadable)? < 8 {
                let missing = if format.is_some() { "sound" } else { "format" };
                return Err(header(format!("it ends before its {missing}")));
            }
            let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
            match &chunk[..4] {
                b"fmt " => {
                    let mut bytes = vec![0; (size as usize).min(64)];
                    if size < 16 {
                        return Err(header(format!(
                            "a format of at least 16 bytes is expected, {size} came"
                        )));
                    }
                    let came = fill(&mut source, &mut bytes).map_err(unreadable)?;
                    if came < bytes.len() {
                        return Err(header(format!(
                            "it is cut off within its format: {} bytes of it are expected, {came} came",
                            bytes.len()
                        )));
                    }
                    let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
                    let rate = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
                    // The extensible format keeps the tag in front of a fixed identifier.
                    let tag = match word(0) {
                        0xfffe if bytes.len() >= 26 => word(24),
                        tag => tag,
                    };
                    format = Some((tag, word(2), rate, word(14)));
                    skip(
                        &mut source,
                        u64::from(size) + u64::from(size & 1) - bytes.len() as u64,
                    )
                    .map_err(unreadable)?;
                }
                b"data" => {
                    let Some((tag, channels, rate, bits)) = format else {
                        return Err(header("the sound stands before its format".to_owned()));
                    };
                    let encoding = Encoding::of(tag, bits).ok_or_else(|| WavError::Encoding {
                        path: path.to_owned(),
                        came: format!("format {tag} of {bits} bits"),
                    })?;
                    if channels == 0 || channels > 64 {
                        return Err(header(format!("1 to 64 channels are expected, {channels} came")));
                    }
                    if !(4_000..=384_000).contains(&rate) {
                        return Err(header(format!(
                            "4000 to 384000 samples a second are expected, {rate} came"
                        )));
                    }
                    return Ok(Wav {
                        source,
                        rate,
                        channels: usize::from(channels),
                        encoding,
                        // Programs that write to a pipe do not know the length and write 0 or the greatest number.
                        left: (size != 0 && size < u32::MAX - 64).then_some(u64::from(size)),
                        given: 0,
                        note: None,
                        buffer: Vec::new(),
                    });
                }
                _ => skip(&mut source, u64::from(size) + u64::from(size & 1)).map_err(unreadable)?,
            }
        }
    }

    /// Samples a second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Seconds given so far.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.given as f64 / f64::from(self.rate)
    }

    /// What was strange, once the file is read.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The next samples; empty at the end.
    pub fn block(&mut self) -> Vec<f32> {
        let frame = self.channels * self.encoding.bytes();
        let promised = self.left.map_or(u64::MAX, |left| left / frame as u64);
        let want = frame * BLOCK.min(usize::try_from(promised).unwrap_or(BLOCK));
        self.buffer.resize(want, 0);
        let came = match fill(&mut self.source, &mut self.buffer) {
            Ok(came) => came,
            Err(error) => {
                self.note = Some(format!("reading failed after {:.1} s: {error}", self.seconds()));
                0
            }
        };
        let frames = came / frame;
        if let Some(left) = &mut self.left {
            *left -= came as u64;
            if came < want && self.note.is_none() {
                let missing = *left as f64 / frame as f64 / f64::from(self.rate);
                self.note = Some(format!("the file is cut off: {missing:.1} s of it are missing"));
            }
        }
        if frames < BLOCK {
            self.left = Some(0);
        }
        self.given += frames as u64;
        let width = self.encoding.bytes();
        let frames = self.buffer[..frames * frame].chunks_exact(frame);
        frames
            .map(|frame| {
                let samples = frame.chunks_exact(width).map(|raw| self.encoding.sample(raw));
                samples.sum::<f32>() / self.channels as f32
            })
            .collect()
    }
}

/// Reads until `buffer` is full or the source ends.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut at = 0;
    while at < buffer.len() {
        match source.read(&mut buffer[at..]) {
            Ok(0) => break,
            Ok(came) => at += came,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(at)
}

fn skip(source: &mut impl Read, bytes: u64) -> io::Result<()> {
    io::copy(&mut source.take(bytes), &mut io::sink()).map(drop)
}

#[cfg(test)]
mod tests;
