//! Frames: how a message lies on the line, and how it is found again in any noise.
//!
//! `00 | COBS( payload | tag where there is a key | CRC-32 of both, little endian ) | 00`
//!
//! Input: messages or bytes. Output: bytes or payloads. There is no length field that could be damaged; a
//! zero byte is always a border, so one frame after any garbage the decoder is in step again. The leading
//! zero ends whatever noise came before. The CRC is the one of Ethernet and zlib (CRC-32/ISO-HDLC).

use crate::seal::{Seal, TAG};
use crc::{CRC_32_ISO_HDLC, Crc, Digest, NoTable};
use serde::Serialize;

/// Longest payload of a frame from the board: telemetry with four joints.
pub const MAX_PAYLOAD: usize = 80;
/// Room for the longest frame from the board.
pub const BOARD_FRAME: usize = frame_room(MAX_PAYLOAD);
/// Longest payload of a frame from the host.
pub const MAX_HOST_PAYLOAD: usize = 48;
/// Room for the longest frame from the host.
pub const HOST_FRAME: usize = frame_room(MAX_HOST_PAYLOAD);

/// Longest frame a host takes: a board of a newer minor version may say more.
pub const ANY_FRAME: usize = 256;

/// Bytes of a frame around a payload: two borders, the tag, the CRC, and what COBS adds.
const fn frame_room(payload: usize) -> usize {
    let body = payload + TAG + 4;
    2 + body + body / 254 + 1
}

/// Without a table: 1 KB is a sixteenth of a small board's flash, and the bits of a frame are soon done.
static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// The CRC-32 that guards frames and names configurations.
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// A CRC-32 of pieces.
pub(crate) fn digest() -> Digest<'static, u32, NoTable> {
    CRC.digest()
}

/// Why bytes between two borders were no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than any frame may be.
    TooLong,
    /// Not what COBS can have written, or shorter than a CRC.
    Malformed,
    /// The CRC does not fit.
    Crc,
}

/// The message does not fit into the room given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooBig;

/// Writes `message` as one frame, sealed with `seal`, into `out`; gives the number of bytes.
///
/// # Errors
/// [`TooBig`] when the payload exceeds [`MAX_PAYLOAD`] or the frame exceeds `out`.
pub fn encode<T: Serialize>(message: &T, seal: &Seal, out: &mut [u8]) -> Result<usize, TooBig> {
    let mut body = [0; MAX_PAYLOAD + TAG + 4];
    let payload = postcard::to_slice(message, &mut body[..MAX_PAYLOAD])
        .map_err(|_| TooBig)?
        .len();
    let sealed = seal.close(&mut body, payload);
    let crc = crc32(&body[..sealed]);
    body[sealed..sealed + 4].copy_from_slice(&crc.to_le_bytes());
    cobs::try_encode_including_sentinels(&body[..sealed + 4], out).map_err(|_| TooBig)
}

/// Finds frames in a stream of bytes. `N` is the longest encoded frame it takes. What it finds may bear a tag:
/// [`Seal::open`] takes it off.
#[derive(Debug, Clone)]
pub struct Decoder<const N: usize> {
    buffer: [u8; N],
    length: usize,
    too_long: bool,
}

impl<const N: usize> Default for Decoder<N> {
    fn default() -> Self {
        Self {
            buffer: [0; N],
            length: 0,
            too_long: false,
        }
    }
}

impl<const N: usize> Decoder<N> {
    /// Takes one byte; gives the payload of the frame it ends, or why there was none.
    pub fn feed(&mut self, byte: u8) -> Option<Result<&[u8], FrameError>> {
        if byte != 0 {
            match self.buffer.get_mut(self.length) {
                Some(place) => {
                    *place = byte;
                    self.length += 1;
                }
                None => self.too_long = true,
            }
            return None;
        }
        let length = core::mem::take(&mut self.length);
        if core::mem::take(&mut self.too_long) {
            return Some(Err(FrameError::TooLong));
        }
        if length == 0 {
            return None;
        }
        Some(open(&mut self.buffer[..length]))
    }
}

/// Takes the payload out of the bytes between two borders.
fn open(encoded: &mut [u8]) -> Result<&[u8], FrameError> {
    let length = cobs::decode_in_place(encoded).map_err(|_| FrameError::Malformed)?;
    let (payload, crc) = encoded[..length]
        .split_last_chunk::<4>()
        .ok_or(FrameError::Malformed)?;
    if crc32(payload) == u32::from_le_bytes(*crc) {
        Ok(payload)
    } else {
        Err(FrameError::Crc)
    }
}
