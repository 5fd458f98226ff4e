//! Who may speak: a tag on every frame that only a holder of the key can write.
//!
//! Input: a payload and who says it. Output: its tag, or the payload of a frame whose tag fits. The tag is SipHash-2-4
//! over one byte for the direction and the payload; what is repeated later is caught by the numbers of the session, which
//! the tag covers. It hides nothing: everybody on the line can still read what is said.

mod siphash;

use core::fmt;

/// Bytes that a tag adds to a payload.
pub const TAG: usize = 8;

/// A secret of 128 bits that both ends of a line know, and nobody else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 16]);

impl fmt::Debug for Key {
    /// A secret is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// The key with these bytes: random ones, of one robot alone.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key from its 32 hexadecimal digits; anything else is none.
    pub const fn from_hex(digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() != 32 {
            return None;
        }
        let mut bytes = [0; 16];
        let mut at = 0;
        while at < digits.len() {
            let Some(digit) = (digits[at] as char).to_digit(16) else {
                return None;
            };
            bytes[at / 2] = bytes[at / 2] << 4 | digit as u8;
            at += 1;
        }
        Some(Self(bytes))
    }

    fn tag(&self, speaker: Speaker, payload: &[u8]) -> u64 {
        siphash::siphash24(&self.0, speaker as u8, payload)
    }
}

/// Who says a frame. It is part of the tag, so that nothing can be sent back to where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Speaker {
    /// The robot's computer.
    Host = b'h',
    /// The microcontroller.
    Board = b'b',
}

/// How the frames of one direction are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    key: Option<Key>,
    speaker: Speaker,
}

impl Seal {
    /// The frames of `speaker`, sealed with `key`; without one they bear no tag.
    pub const fn new(key: Option<Key>, speaker: Speaker) -> Self {
        Self { key, speaker }
    }

    /// Frames without a tag.
    pub const NONE: Self = Self::new(None, Speaker::Host);

    /// Writes the tag of `body[..length]` behind it; gives the length with it. `body` must have room for [`TAG`] more bytes.
    pub(crate) fn close(&self, body: &mut [u8], length: usize) -> usize {
        let Some(key) = &self.key else { return length };
        let tag = key.tag(self.speaker, &body[..length]);
        body[length..length + TAG].copy_from_slice(&tag.to_le_bytes());
        length + TAG
    }

    /// The payload of a frame that the holder of the key has said; none when it is somebody else's.
    pub fn open<'a>(&self, sealed: &'a [u8]) -> Option<&'a [u8]> {
        let Some(key) = &self.key else {
            return Some(sealed);
        };
        let (payload, tag) = sealed.split_last_chunk::<TAG>()?;
        // Compared as one number: how long it takes tells nothing of how much fits.
        (key.tag(self.speaker, payload) == u64::from_le_bytes(*tag)).then_some(payload)
    }
}
