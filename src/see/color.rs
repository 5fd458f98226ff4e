//! The colours of a thing by name: red, orange, yellow, green, blue, purple, pink, brown, black, white, grey.
//!
//! In: a picture and a box. Out: names by share, strongest first. Only an ellipse in the box is looked at, since its corners
//! are mostly background. Names are given in hue, saturation and value, with the borders people use: brown is dark
//! orange, pink is light red (the eleven basic terms of Berlin and Kay 1969).

use super::boxes::Rect;
use super::picture::Picture;

/// The names, in the order of the visible spectrum and then the rest.
pub const NAMES: [&str; 11] = [
    "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey",
];

/// Axes of the ellipse that is looked at, as a share of the box's width and height.
const MIDDLE: f32 = 0.85;
/// Points looked at along each axis, at most.
const POINTS: u32 = 32;
/// A colour with a smaller share is not named, unless it is the strongest.
const SHARE: f32 = 0.2;
/// Most names for one thing.
const MOST: usize = 3;

/// Names of the colours in the middle of `rect`, strongest first; at least one, at most three.
#[must_use]
pub fn colors(picture: &Picture, rect: Rect) -> Vec<&'static str> {
    let (width, height) = picture.dimensions();
    let mut counts = [0u32; NAMES.len()];
    let mut total = 0;
    for (v, y) in points(rect.y, rect.h, height) {
        for (u, x) in points(rect.x, rect.w, width) {
            if u * u + v * v <= 1.0 {
                counts[name(picture.get_pixel(x, y).0)] += 1;
                total += 1;
            }
        }
    }
    let mut order: Vec<usize> = (0..NAMES.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(counts[i]));
    let strongest = order[0];
    order
        .into_iter()
        .filter(|&i| i == strongest || counts[i] as f32 >= SHARE * total as f32)
        .take(MOST)
        .map(|i| NAMES[i])
        .collect()
}

/// Evenly spread pixels of the middle of an interval, inside `0..limit`, each with its place from -1 to 1.
fn points(start: f32, length: f32, limit: u32) -> impl Iterator<Item = (f32, u32)> {
    let span = length * MIDDLE;
    let count = (span as u32).clamp(1, POINTS);
    (0..count).map(move |i| {
        let place = (2 * i + 1) as f32 / count as f32 - 1.0;
        let at = start + length / 2.0 + place * span / 2.0;
        (place, (at.max(0.0) as u32).min(limit.saturating_sub(1)))
    })
}

/// Index into [`NAMES`].
fn name([r, g, b]: [u8; 3]) -> usize {
    const RED: usize = 0;
    const ORANGE: usize = 1;
    const YELLOW: usize = 2;
    const GREEN: usize = 3;
    const BLUE: usize = 4;
    const PURPLE: usize = 5;
    const PINK: usize = 6;
    const BROWN: usize = 7;
    const BLACK: usize = 8;
    const WHITE: usize = 9;
    const GREY: usize = 10;

    let [r, g, b] = [r, g, b].map(|v| f32::from(v) / 255.0);
    let value = r.max(g).max(b);
    let chroma = value - r.min(g).min(b);
    let saturation = if value > 0.0 { chroma / value } else { 0.0 };
    if value < 0.18 || (value < 0.28 && saturation < 0.35) {
        return BLACK;
    }
    // Lamps tint white things: the lighter, the more tint is still white.
    let colourless = if value > 0.75 { 0.2 } else { 0.16 };
    if saturation < colourless {
        return if value > 0.72 { WHITE } else { GREY };
    }
    let hue = 60.0
        * if value == r {
            ((g - b) / chroma).rem_euclid(6.0)
        } else if value == g {
            (b - r) / chroma + 2.0
        } else {
            (r - g) / chroma + 4.0
        };
    match hue {
        // Between red and orange the lightness decides: a dark one is brick, a light one a life jacket.
        h if (9.0..16.0).contains(&h) && value > 0.78 && saturation > 0.55 => ORANGE,
        h if !(16.0..345.0).contains(&h) => {
            if value > 0.7 && saturation < 0.55 {
                PINK
            } else if value < 0.42 && saturation < 0.6 {
                BROWN
            } else {
                RED
            }
        }
        h if h < 42.0 => {
            if value < 0.68 || saturation < 0.55 {
                BROWN
            } else {
                ORANGE
            }
        }
        h if h < 68.0 => {
            if value < 0.5 {
                BROWN
            } else {
                YELLOW
            }
        }
        h if h < 165.0 => GREEN,
        h if h < 255.0 => BLUE,
        h if h < 295.0 => PURPLE,
        _ if value > 0.6 => PINK,
        _ => PURPLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn colours_have_the_names_people_give_them() {
        // Mostly named colours of CSS, whose names people chose.
        for (rgb, expected) in [
            ([255, 0, 0], "red"),
            ([178, 34, 34], "red"),    // firebrick
            ([139, 0, 0], "red"),      // darkred
            ([255, 140, 0], "orange"), // darkorange
            ([255, 165, 0], "orange"), // orange
            ([255, 215, 0], "yellow"), // gold
            ([255, 255, 0], "yellow"),
            ([0, 128, 0], "green"),
            ([85, 107, 47], "green"), // darkolivegreen
            ([0, 0, 255], "blue"),
            ([70, 130, 180], "blue"), // steelblue
            ([0, 0, 128], "blue"),    // navy
            ([128, 0, 128], "purple"),
            ([75, 0, 130], "purple"), // indigo
            ([255, 192, 203], "pink"),
            ([255, 105, 180], "pink"), // hotpink
            ([139, 69, 19], "brown"),  // saddlebrown
            ([160, 82, 45], "brown"),  // sienna
            ([101, 67, 33], "brown"),
            ([165, 50, 25], "red"),    // brick
            ([230, 80, 40], "orange"), // a life jacket
            ([0, 0, 0], "black"),
            ([30, 28, 33], "black"),
            ([255, 255, 255], "white"),
            ([245, 245, 220], "white"), // beige
            ([128, 128, 128], "grey"),
            ([105, 105, 105], "grey"),
        ] {
            assert_eq!(NAMES[name(rgb)], expected, "{rgb:?}");
        }
    }

    #[test]
    fn the_middle_counts_and_shares_order_the_names() {
        let mut picture = Picture::from_pixel(100, 100, Rgb([0, 160, 0]));
        for y in 30..70 {
            for x in 30..70 {
                picture.put_pixel(x, y, Rgb(if x < 58 { [250, 250, 250] } else { [20, 20, 230] }));
            }
        }
        assert_eq!(
            colors(
                &picture,
                Rect {
                    x: 20.0,
                    y: 20.0,
                    w: 60.0,
                    h: 60.0
                }
            ),
            ["white", "blue"]
        );
        assert_eq!(
            colors(
                &picture,
                Rect {
                    x: 0.0,
                    y: 0.0,
                    w: 20.0,
                    h: 20.0
                }
            ),
            ["green"]
        );
        assert_eq!(
            colors(
                &picture,
                Rect {
                    x: 99.0,
                    y: 99.0,
                    w: 1.0,
                    h: 1.0
                }
            ),
            ["green"]
        );
    }
}
