//! What cameras send becomes RGB: MJPEG and YUYV (YCbCr 4:2:2, limited range, ITU-R BT.601, as USB cameras send it).
//!
//! In: the bytes of one frame and their layout. Out: a [`Picture`], or `None` for a frame that is cut off or damaged,
//! which every USB camera sends now and then.

use crate::see::picture::{self, Picture};

/// How a camera packs its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Each frame is a JPEG.
    Mjpeg,
    /// Two pixels in four bytes: Y0 Cb Y1 Cr.
    Yuyv,
}

/// What a stream sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How the pixels are packed.
    pub packing: Packing,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bytes from one row to the next (YUYV).
    pub stride: usize,
}

impl Layout {
    /// The picture in the bytes of one frame.
    #[must_use]
    pub fn unpack(&self, bytes: &[u8]) -> Option<Picture> {
        match self.packing {
            Packing::Mjpeg => picture::decode(bytes).ok(),
            Packing::Yuyv => self.yuyv(bytes),
        }
    }

    fn yuyv(&self, bytes: &[u8]) -> Option<Picture> {
        let width = self.width as usize;
        let row = width.div_ceil(2) * 4;
        let stride = self.stride.max(row);
        let rows = self.height as usize;
        if rows == 0 || bytes.len() < stride * (rows - 1) + row {
            return None;
        }
        let mut pixels = Vec::with_capacity(width * rows * 3);
        for line in bytes.chunks(stride).take(rows) {
            for (index, pair) in line[..row].chunks_exact(4).enumerate() {
                let [y0, cb, y1, cr] = [pair[0], pair[1], pair[2], pair[3]];
                pixels.extend(rgb(y0, cb, cr));
                if 2 * index + 1 < width {
                    pixels.extend(rgb(y1, cb, cr));
                }
            }
        }
        Picture::from_raw(self.width, self.height, pixels)
    }
}

/// BT.601 limited range in 8.8 fixed point.
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (
        298 * (i32::from(y) - 16),
        i32::from(cb) - 128,
        i32::from(cr) - 128,
    );
    [y + 409 * cr, y - 100 * cb - 208 * cr, y + 516 * cb].map(|v| ((v + 128) >> 8).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgb};
    use std::io::Cursor;

    #[test]
    fn yuyv_of_known_colours_is_those_colours() {
        // Studio values of the 75 % colour bars, ITU-R BT.601 / EBU 3325.
        for ([y, cb, cr], expected) in [
            ([16, 128, 128], [0, 0, 0]),
            ([235, 128, 128], [255, 255, 255]),
            ([81, 90, 240], [255, 0, 0]),
            ([145, 54, 34], [0, 255, 0]),
            ([41, 240, 110], [0, 0, 255]),
        ] {
            let came = rgb(y, cb, cr);
            let close = came
                .iter()
                .zip(expected)
                .all(|(a, b): (&u8, u8)| a.abs_diff(b) <= 2);
            assert!(close, "{y} {cb} {cr}: {came:?}, expected {expected:?}");
        }
    }

    #[test]
    fn rows_odd_widths_and_short_frames() {
        let layout = Layout {
            packing: Packing::Yuyv,
            width: 3,
            height: 2,
            stride: 10,
        };
        let mut bytes = vec![0; 20];
        for row in 0..2 {
            bytes[row * 10..row * 10 + 8].copy_from_slice(&[16, 128, 235, 128, 235, 128, 99, 128]);
        }
        let picture = layout.unpack(&bytes).unwrap();
        let grey: Vec<u8> = picture.pixels().map(|p| p.0[0]).collect();
        assert_eq!(grey, [0, 255, 255, 0, 255, 255]);
        assert!(
            layout.unpack(&bytes[..18]).is_some(),
            "the last row needs no padding"
        );
        assert!(layout.unpack(&bytes[..17]).is_none());
        assert!(layout.unpack(&[]).is_none());
    }

    #[test]
    fn jpeg_frames_are_decoded_and_damaged_ones_dropped() {
        let layout = Layout {
            packing: Packing::Mjpeg,
            width: 16,
            height: 8,
            stride: 0,
        };
        let mut bytes = Cursor::new(Vec::new());
        Picture::from_pixel(16, 8, Rgb([200, 30, 30]))
            .write_to(&mut bytes, ImageFormat::Jpeg)
            .unwrap();
        let bytes = bytes.into_inner();
        assert_eq!(layout.unpack(&bytes).unwrap().dimensions(), (16, 8));
        assert!(layout.unpack(&bytes[..20]).is_none());
    }
}
