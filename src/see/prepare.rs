//! A picture becomes a network's input: scaled to fit into its top left corner, the rest filled, channels apart.
//!
//! In: an RGB [`Picture`]. Out: `[1, 3, height, width]` floats and the scale, so that boxes can be scaled back.

use super::picture::Picture;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeError, ResizeOptions, Resizer};

/// What a network takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Blue first, as OpenCV has it.
    pub bgr: bool,
    /// Factor on pixel values 0 to 255.
    pub scale: f32,
    /// Pixel value of the part that the picture does not cover, before the factor.
    pub pad: u8,
}

/// A prepared picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// `[1, 3, height, width]`, row-major.
    pub values: Vec<f32>,
    /// Input pixels for one pixel of the picture, the same in both directions.
    pub scale: f32,
}

/// Scales with a triangle filter as wide as the reduction (Pillow's BILINEAR, which the recipe evaluates with).
///
/// # Errors
/// When the picture has no pixels.
pub fn letterbox(picture: &Picture, input: Input) -> Result<Prepared, ResizeError> {
    let (width, height) = picture.dimensions();
    let scale = (input.width as f32 / width as f32).min(input.height as f32 / height as f32);
    let fit = |side: u32, most: usize| ((side as f32 * scale).round() as u32).clamp(1, most as u32);
    let (w, h) = (fit(width, input.width), fit(height, input.height));
    // The only way to fail is a buffer too short for its size, which both rule out.
    let short = |_| ResizeError::ImageError(fast_image_resize::ImageError::UnsupportedPixelType);
    let mut small = vec![0; 3 * w as usize * h as usize];
    // Named by its type, so that the code for the other fourteen kinds of pixels stays out of the program.
    let mut target = TypedImage::<U8x3>::from_buffer(w, h, &mut small).map_err(short)?;
    let source = TypedImageRef::<U8x3>::from_buffer(width, height, picture.as_raw()).map_err(short)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize_typed(&source, &mut target, &options)?;

    let plane = input.width * input.height;
    let mut values = vec![f32::from(input.pad) * input.scale; 3 * plane];
    let (first, rest) = values.split_at_mut(plane);
    let (second, third) = rest.split_at_mut(plane);
    let (red, blue) = if input.bgr { (third, first) } else { (first, third) };
    for (row, pixels) in small.chunks_exact(3 * w as usize).enumerate() {
        let line = row * input.width..row * input.width + w as usize;
        let planes = red[line.clone()]
            .iter_mut()
            .zip(&mut second[line.clone()])
            .zip(&mut blue[line]);
        for (((r, g), b), pixel) in planes.zip(pixels.chunks_exact(3)) {
            *r = f32::from(pixel[0]) * input.scale;
            *g = f32::from(pixel[1]) * input.scale;
            *b = f32::from(pixel[2]) * input.scale;
        }
    }
    Ok(Prepared { values, scale })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn picture_fills_the_top_left_and_channels_are_in_order() {
        let picture = Picture::from_pixel(40, 20, Rgb([10, 20, 30]));
        for (bgr, order) in [(false, [10.0, 20.0, 30.0]), (true, [30.0, 20.0, 10.0])] {
            let input = Input {
                width: 8,
                height: 8,
                bgr,
                scale: 0.5,
                pad: 114,
            };
            let Prepared { values, scale } = letterbox(&picture, input).unwrap();
            assert_eq!(scale, 0.2);
            for (channel, expected) in order.into_iter().enumerate() {
                let plane = &values[channel * 64..(channel + 1) * 64];
                assert!(plane[..32].iter().all(|v| *v == expected * 0.5), "{plane:?}");
                assert!(plane[32..].iter().all(|v| *v == 57.0), "{plane:?}");
            }
        }
    }

    #[test]
    fn thin_pictures_keep_a_pixel() {
        let input = Input {
            width: 8,
            height: 8,
            bgr: false,
            scale: 1.0,
            pad: 0,
        };
        let thin = letterbox(&Picture::from_pixel(4000, 1, Rgb([255; 3])), input).unwrap();
        assert_eq!(thin.values.iter().filter(|v| **v == 255.0).count(), 24);
    }
}
