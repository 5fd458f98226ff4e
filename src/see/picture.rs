//! Files and bytes become RGB pictures, with limits, so that no file can exhaust the robot's memory.
//!
//! In: a path or the bytes of a JPEG or PNG. Out: a [`Picture`], upright (its Exif orientation applied), or an error
//! that says what is wrong with the file. It never trusts a size that a file claims.

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;

/// An RGB picture, 8 bits a channel, rows from the top.
pub type Picture = image::RgbImage;

/// Longest file that is read: a 50-megapixel JPEG fits.
const MAX_FILE: u64 = 48 << 20;
/// Longest side in pixels.
const MAX_SIDE: u32 = 12_000;
/// Most pixels: 32 million, 96 MB as RGB.
const MAX_PIXELS: u64 = 32_000_000;

/// Why a file is no picture that can be looked at.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It cannot be read.
    #[error("cannot be read: {why}. Check the path and its permissions")]
    Unreadable {
        /// What the system says.
        why: String,
    },
    /// It is a folder, a device or the like.
    #[error("is no file; give the path of a JPEG or PNG picture")]
    NoFile,
    /// It has no bytes.
    #[error("is empty (0 bytes); a JPEG or PNG picture was expected. Was it copied whole?")]
    Empty,
    /// The file is longer than is read.
    #[error("is {came} bytes long; at most {MAX_FILE} are read. Scale the picture down first")]
    TooLong {
        /// Its length in bytes.
        came: u64,
    },
    /// The bytes are another kind of file.
    #[error("is neither JPEG nor PNG (it begins with {begins}); convert it to one of them")]
    Foreign {
        /// Its first bytes.
        begins: String,
    },
    /// The picture is larger than is decoded.
    #[error(
        "claims {width} x {height} pixels; at most {MAX_PIXELS} and {MAX_SIDE} a side are decoded. Scale it down first"
    )]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The bytes are damaged or cut off.
    #[error("is damaged or cut off: {0}. Copy or take it again")]
    Damaged(String),
}

/// Reads and decodes a picture file.
///
/// # Errors
/// See [`PictureError`]; the path is the caller's to name.
pub fn read(path: &Path) -> Result<Picture, PictureError> {
    let unreadable = |error: std::io::Error| PictureError::Unreadable {
        why: error.to_string(),
    };
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(PictureError::NoFile);
    }
    if about.len() > MAX_FILE {
        return Err(PictureError::TooLong { came: about.len() });
    }
    decode(&std::fs::read(path).map_err(unreadable)?)
}

/// Decodes the bytes of a JPEG or PNG.
///
/// # Errors
/// See [`PictureError`].
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() as u64 > MAX_FILE {
        return Err(PictureError::TooLong {
            came: bytes.len() as u64,
        });
    }
    let foreign = || PictureError::Foreign {
        begins: beginning(bytes),
    };
    let unreadable = |error: std::io::Error| PictureError::Unreadable {
        why: error.to_string(),
    };
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(unreadable)?;
    if reader.format().is_none() {
        return Err(foreign());
    }
    let failed = |error: ImageError| match error {
        ImageError::Unsupported(_) => foreign(),
        // Some decoders end their words with a line break.
        other => PictureError::Damaged(other.to_string().trim_end().to_owned()),
    };
    // The header is read before anything is allocated for the pixels.
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged(format!("{width} x {height} pixels")));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(16 * MAX_PIXELS); // 16-bit RGBA and as much again for the decoder's own use
    decoder.set_limits(limits).map_err(failed)?;
    let orientation = decoder.orientation().map_err(failed)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// The first bytes of a file for people: as text where they are text.
fn beginning(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(8)];
    if head.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return format!("{:?}", String::from_utf8_lossy(head));
    }
    let hex: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("the bytes {}", hex.join(" "))
}

#[cfg(test)]
mod tests;
