//! Photos as the camera draws them: read, cut to what they show, and kept in ever smaller sizes, so that a far one
//! is as smooth as a lens would make it.

use crate::sim::world::Photo;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use std::path::{Path, PathBuf};

/// Smallest size that is kept, in pixels of the shorter side.
const SMALLEST: u32 = 8;

/// Why a photo cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// It cannot be read.
    #[error("cannot read the photo {path}: {source}; photos are looked for beside the world that names them")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no JPEG or PNG image.
    #[error("{path} is no image that can be shown: {source}; JPEG and PNG can")]
    Decode {
        /// Which file.
        path: PathBuf,
        /// What the decoder said.
        source: image::ImageError,
    },
    /// What shall be shown of it is not in it.
    #[error(
        "{path} is {width} by {height} pixels: crop {crop:?} ([x, y, width, height]) is not inside of it"
    )]
    Crop {
        /// Which file.
        path: PathBuf,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// What shall be shown.
        crop: [u32; 4],
    },
    /// Not among the photos that are built in.
    #[error("there is no built-in photo {0:?}")]
    NotBuiltIn(String),
}

/// A photo in its sizes, the largest first; each is half the one before.
#[derive(Debug, Clone)]
pub(super) struct Texture(Vec<RgbImage>);

impl Texture {
    /// Reads the photo's file from a folder.
    pub(super) fn load(photo: &Photo, folder: &Path) -> Result<Self, PhotoError> {
        let path = folder.join(&photo.file);
        let bytes = std::fs::read(&path).map_err(|source| PhotoError::Read {
            path: path.clone(),
            source,
        })?;
        Self::decode(photo, &bytes, path)
    }

    /// Takes the photo from those of the demo.
    pub(super) fn built_in(photo: &Photo) -> Result<Self, PhotoError> {
        let known = BUILT_IN.iter().find(|(name, _)| *name == photo.file);
        let (name, bytes) = known.ok_or_else(|| PhotoError::NotBuiltIn(photo.file.clone()))?;
        Self::decode(photo, bytes, name.into())
    }

    fn decode(photo: &Photo, bytes: &[u8], path: PathBuf) -> Result<Self, PhotoError> {
        let decoded = image::load_from_memory(bytes);
        let image = decoded
            .map_err(|source| PhotoError::Decode {
                path: path.clone(),
                source,
            })?
            .into_rgb8();
        let (width, height) = image.dimensions();
        let crop = photo.crop.unwrap_or([0, 0, width, height]);
        let [x, y, w, h] = crop;
        let inside =
            |from: u32, size: u32, all: u32| size > 0 && from.checked_add(size).is_some_and(|end| end <= all);
        if !(inside(x, w, width) && inside(y, h, height)) {
            return Err(PhotoError::Crop {
                path,
                width,
                height,
                crop,
            });
        }
        Ok(Self::new(imageops::crop_imm(&image, x, y, w, h).to_image()))
    }

    /// An image in its sizes.
    pub(super) fn new(image: RgbImage) -> Self {
        let mut levels = vec![image];
        while let Some((width, height)) = levels.last().map(RgbImage::dimensions)
            && width.min(height) >= 2 * SMALLEST
        {
            let smaller = imageops::resize(
                &levels[levels.len() - 1],
                width / 2,
                height / 2,
                FilterType::Triangle,
            );
            levels.push(smaller);
        }
        Texture(levels)
    }

    /// Width and height in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        self.0[0].dimensions()
    }

    /// The size to draw when one pixel of the picture covers `scale` pixels of the photo.
    pub(super) fn level(&self, scale: f32) -> Level<'_> {
        let level = libm::log2f(scale.max(1.0)).round() as usize;
        Level(&self.0[level.min(self.0.len() - 1)])
    }
}

/// A photo in one size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'a>(&'a RgbImage);

impl Level<'_> {
    /// Colour at a place from 0, 0 (upper left) to 1, 1, between the pixels (bilinear).
    pub(super) fn sample(&self, across: f32, down: f32) -> Rgb<u8> {
        let (width, height) = self.0.dimensions();
        let at = |part: f32, size: u32| {
            let place = (part * size as f32 - 0.5).clamp(0.0, (size - 1) as f32);
            let first = place as u32;
            (first, (first + 1).min(size - 1), place - first as f32)
        };
        let ((x0, x1, fx), (y0, y1, fy)) = (at(across, width), at(down, height));
        let corner = |x, y| self.0.get_pixel(x, y).0.map(f32::from);
        let (a, b, c, d) = (corner(x0, y0), corner(x1, y0), corner(x0, y1), corner(x1, y1));
        Rgb(std::array::from_fn(|i| {
            let upper = a[i] + (b[i] - a[i]) * fx;
            let lower = c[i] + (d[i] - c[i]) * fx;
            (upper + (lower - upper) * fy + 0.5) as u8
        }))
    }
}

/// The photos of the demo world, by the names it gives them.
pub const BUILT_IN: [(&str, &[u8]); 4] = [
    (
        "photos/two_cups.jpg",
        include_bytes!("../../../packs/demo/photos/two_cups.jpg"),
    ),
    (
        "photos/bottle_and_glass.jpg",
        include_bytes!("../../../packs/demo/photos/bottle_and_glass.jpg"),
    ),
    (
        "photos/person.jpg",
        include_bytes!("../../../packs/demo/photos/person.jpg"),
    ),
    (
        "photos/cat.jpg",
        include_bytes!("../../../packs/demo/photos/cat.jpg"),
    ),
];
