//! Draws what was seen onto a copy of the picture: boxes, labels, scores, bearings, a colour for each class.
//!
//! In: a picture and its detections. Out: a picture of a size at which the writing can be read. Pure: no files.

use super::picture::Picture;
use brain::message::Detection;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::iso_8859_1::{FONT_7X13_BOLD, FONT_9X18_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::{Drawable, Primitive};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use image::Rgb;
use image::imageops::{FilterType, resize};
use std::convert::Infallible;

/// The longer side of an annotated picture lies between these, so that boxes and writing suit each other.
const SIDES: std::ops::RangeInclusive<u32> = 640..=1280;

/// A copy of the picture, scaled to 640 to 1280 pixels, with every detection drawn on it, the best on top.
#[must_use]
pub fn annotate(picture: &Picture, detections: &[Detection]) -> Picture {
    let (width, height) = picture.dimensions();
    let side = width.max(height);
    let wanted = side.clamp(*SIDES.start(), *SIDES.end());
    let scale = wanted as f32 / side as f32;
    let fit = |v: u32| ((v as f32 * scale).round() as u32).max(1);
    let mut canvas = Canvas(if wanted == side {
        picture.clone()
    } else {
        resize(picture, fit(width), fit(height), FilterType::Triangle)
    });
    draw(&mut canvas, detections, scale).unwrap_or_else(|never| match never {});
    canvas.0
}

fn draw(canvas: &mut Canvas, detections: &[Detection], scale: f32) -> Result<(), Infallible> {
    let (width, height) = canvas.0.dimensions();
    let (font, line): (&MonoFont, u32) = if width.max(height) > 900 {
        (&FONT_9X18_BOLD, 3)
    } else {
        (&FONT_7X13_BOLD, 2)
    };
    let frame = |detection: &Detection| {
        let [x, y, w, h] = detection.bbox.map(|v| (v * scale).round() as i32);
        Rectangle::new(Point::new(x, y), Size::new(w.max(2) as u32, h.max(2) as u32))
    };
    for detection in detections.iter().rev() {
        // A dark line around the coloured one keeps both visible on any background.
        frame(detection)
            .into_styled(PrimitiveStyle::with_stroke(Rgb888::BLACK, line + 2))
            .draw(canvas)?;
        frame(detection)
            .into_styled(PrimitiveStyle::with_stroke(color(&detection.label), line))
            .draw(canvas)?;
    }
    // Captions come after all frames, the best first, and step aside for those before them.
    let mut plates: Vec<Rectangle> = Vec::new();
    for detection in detections {
        let words = caption(detection);
        let size = Size::new(
            words.chars().count() as u32 * font.character_size.width + 6,
            font.character_size.height + 2,
        );
        let plate = place(frame(detection), size, &plates, (width, height));
        let color = color(&detection.label);
        plate.into_styled(PrimitiveStyle::with_fill(color)).draw(canvas)?;
        let ink = if luminance(color) > 140 {
            Rgb888::BLACK
        } else {
            Rgb888::WHITE
        };
        let style = MonoTextStyle::new(font, ink);
        Text::with_baseline(&words, plate.top_left + Point::new(3, 1), style, Baseline::Top).draw(canvas)?;
        plates.push(plate);
    }
    Ok(())
}

/// Where a caption goes: above its frame, else inside at the top, else a line lower, until it hides no other; inside the
/// picture. Where all is full it hides what was there.
fn place(frame: Rectangle, size: Size, taken: &[Rectangle], (width, height): (u32, u32)) -> Rectangle {
    let step = size.height as i32;
    let left = frame.top_left.x.min(width as i32 - size.width as i32).max(0);
    let at = |top: i32| Rectangle::new(Point::new(left, top), size);
    (-1..8)
        .map(|line| frame.top_left.y + line * step)
        .filter(|top| (0..=height as i32 - step).contains(top))
        .map(at)
        .find(|plate| {
            taken
                .iter()
                .all(|other| other.intersection(plate).is_zero_sized())
        })
        .unwrap_or_else(|| at(frame.top_left.y.clamp(0, (height as i32 - step).max(0))))
}

/// "cup 0.81 12° left 0.6 m"
fn caption(detection: &Detection) -> String {
    let bearing = detection.bearing.degrees().round();
    let side = if bearing > 0.0 {
        format!(" {bearing:.0}° left")
    } else if bearing < 0.0 {
        format!(" {:.0}° right", -bearing)
    } else {
        " ahead".to_owned()
    };
    let range = detection
        .range
        .map_or(String::new(), |range| format!(" {:.1} m", range.0));
    format!("{} {:.2}{side}{range}", detection.label, detection.score.0)
}

/// A colour of its own for each label, the same in every picture: hues by a hash (FNV-1a), all bright.
fn color(label: &str) -> Rgb888 {
    let hash = label.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let hue = (hash >> 8) % 360;
    let rising = ((hue % 60) * 200 / 60 + 55) as u8;
    let falling = 255 - (rising - 55);
    let (r, g, b) = match hue / 60 {
        0 => (255, rising, 55),
        1 => (falling, 255, 55),
        2 => (55, 255, rising),
        3 => (55, falling, 255),
        4 => (rising, 55, 255),
        _ => (255, 55, falling),
    };
    Rgb888::new(r, g, b)
}

fn luminance(color: Rgb888) -> u32 {
    (u32::from(color.r()) * 30 + u32::from(color.g()) * 59 + u32::from(color.b()) * 11) / 100
}

/// A picture as embedded-graphics draws on it.
struct Canvas(Picture);

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y))
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgb([color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain::units::{Metres, Radians, Score};

    fn detection(label: &str, bbox: [f32; 4], bearing: f32) -> Detection {
        Detection {
            label: label.to_owned(),
            score: Score(0.814),
            bbox,
            colors: Vec::new(),
            bearing: Radians::from_degrees(bearing),
            elevation: Radians(0.0),
            range: Some(Metres(0.62)),
        }
    }

    #[test]
    fn captions_say_what_where_and_how_far() {
        insta::assert_snapshot!(caption(&detection("cup", [0.0; 4], 12.3)), @"cup 0.81 12° left 0.6 m");
        insta::assert_snapshot!(caption(&detection("cup", [0.0; 4], -3.6)), @"cup 0.81 4° right 0.6 m");
        insta::assert_snapshot!(caption(&detection("cup", [0.0; 4], 0.2)), @"cup 0.81 ahead 0.6 m");
    }

    #[test]
    fn boxes_are_drawn_where_they_are_and_never_outside() {
        let picture = Picture::from_pixel(320, 240, Rgb([90, 90, 90]));
        let boxes = [
            [40.0, 100.0, 60.0, 50.0],
            [-20.0, -20.0, 900.0, 900.0],
            [310.0, 230.0, 9.0, 9.0],
        ];
        let all: Vec<Detection> = boxes
            .into_iter()
            .map(|bbox| detection("potted plant", bbox, 0.0))
            .collect();
        let drawn = annotate(&picture, &all);
        assert_eq!(drawn.dimensions(), (640, 480));
        let expected = color("potted plant");
        let line = Rgb([expected.r(), expected.g(), expected.b()]);
        assert_eq!(*drawn.get_pixel(80, 250), line, "left edge at 40 x 2");
        assert_eq!(
            *drawn.get_pixel(140, 250),
            Rgb([90, 90, 90]),
            "inside is left as it was"
        );
    }
}
