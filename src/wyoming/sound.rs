//! Raw sound as events carry it: signed little-endian samples of 1 to 4 bytes, channels interleaved.
//!
//! In: bytes and their [`Format`]. Out: samples between -1 and 1, channels mixed; and back, as 16 bits.

use super::event::Event;
use serde_json::{Value, json};

/// How sound is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Samples a second.
    pub rate: u32,
    /// Bytes of a sample.
    pub width: u16,
    /// Channels.
    pub channels: u16,
}

impl Format {
    /// What coact's networks take.
    pub const OWN: Format = Format {
        rate: 16_000,
        width: 2,
        channels: 1,
    };

    /// The format in an event's data; `None` when it has none, or one that nobody uses.
    #[must_use]
    pub fn of(event: &Event) -> Option<Format> {
        let number = |name: &str| event.data.get(name).and_then(Value::as_u64);
        let format = Format {
            rate: u32::try_from(number("rate")?).ok()?,
            width: u16::try_from(number("width")?).ok()?,
            channels: u16::try_from(number("channels")?).ok()?,
        };
        let known = (4_000..=192_000).contains(&format.rate)
            && (1..=4).contains(&format.width)
            && (1..=16).contains(&format.channels);
        known.then_some(format)
    }

    /// As an event's data.
    #[must_use]
    pub fn data(self) -> Value {
        json!({"rate": self.rate, "width": self.width, "channels": self.channels})
    }

    /// Bytes of one sample of all channels.
    #[must_use]
    pub fn frame(self) -> usize {
        usize::from(self.width) * usize::from(self.channels)
    }
}

/// Mono samples; bytes of a last frame that is not whole are passed over.
#[must_use]
pub fn samples(format: Format, bytes: &[u8]) -> Vec<f32> {
    let width = usize::from(format.width);
    let sample = |bytes: &[u8]| {
        // Left-aligned in 32 bits, so that the last byte's sign counts.
        let mut wide = [0; 4];
        wide[4 - width..].copy_from_slice(bytes);
        i32::from_le_bytes(wide) as f32 / 2_147_483_648.0
    };
    let mix = |frame: &[u8]| frame.chunks_exact(width).map(sample).sum::<f32>() / f32::from(format.channels);
    bytes.chunks_exact(format.frame()).map(mix).collect()
}

/// As signed 16-bit little-endian bytes.
#[must_use]
pub fn bytes(samples: &[f32]) -> Vec<u8> {
    let sample = |sample: &f32| ((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes();
    samples.iter().flat_map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_channels() {
        let check = |width, channels, bytes: &[u8], expect: &[f32]| {
            let format = Format {
                rate: 16_000,
                width,
                channels,
            };
            assert_eq!(
                samples(format, bytes),
                expect,
                "{width} bytes, {channels} channels"
            );
        };
        check(2, 1, &[0, 64, 0, 192, 7], &[0.5, -0.5]);
        check(2, 2, &[0, 64, 0, 192], &[0.0]);
        check(1, 1, &[64, 192], &[0.5, -0.5]);
        check(3, 1, &[0, 0, 64], &[0.5]);
        check(4, 1, &[0, 0, 0, 192], &[-0.5]);
        assert_eq!(bytes(&[0.0, 1.0, -2.0]), [0, 0, 255, 127, 1, 128]);
    }

    #[test]
    fn formats_nobody_uses_are_refused() {
        let check = |data: Value, expect: Option<Format>| {
            assert_eq!(
                Format::of(&Event::new("audio-start", data.clone())),
                expect,
                "{data}"
            );
        };
        check(Format::OWN.data(), Some(Format::OWN));
        check(json!({"rate": 16_000, "width": 2}), None);
        check(json!({"rate": 0, "width": 2, "channels": 1}), None);
        check(json!({"rate": 16_000, "width": 0, "channels": 1}), None);
        check(json!({"rate": 16_000, "width": 2, "channels": 0}), None);
    }
}
