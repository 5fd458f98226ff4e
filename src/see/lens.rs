//! Pixels become directions and distances, by the pinhole model and what is known of the camera and of things.
//!
//! In: a box, the picture's size and the [`Lens`]. Out: bearing and elevation of its centre, and a range where one can
//! be told. Of a thing that the picture's edge cuts it guesses no range; of a person it does, rather too near.

use super::boxes::Rect;
use brain::config::Camera;
use brain::units::{Metres, Radians};

/// How the camera sees: what `robot.toml` says of it, and how the head is tilted at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lens {
    /// Horizontal field of view, from the left to the right edge of the picture.
    pub view: Radians,
    /// Height of the camera above the floor, where known.
    pub height: Option<Metres>,
    /// How far the camera's axis points up from the horizontal.
    pub tilt: Radians,
}

/// Horizontal field of view taken where nothing is configured: that of a common webcam.
pub const USUAL_VIEW_DEGREES: f32 = 60.0;

impl Default for Lens {
    fn default() -> Self {
        Lens {
            view: Radians::from_degrees(USUAL_VIEW_DEGREES),
            height: None,
            tilt: Radians(0.0),
        }
    }
}

/// Direction of a point from the camera's axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    /// Left positive.
    pub bearing: Radians,
    /// Up positive.
    pub elevation: Radians,
}

impl Lens {
    /// The camera of `robot.toml`, on a head that is tilted up by `head`.
    #[must_use]
    pub fn of(camera: &Camera, head: Radians) -> Self {
        Lens {
            view: camera.hfov_deg.radians(),
            height: Some(camera.height_m),
            tilt: Radians(camera.tilt_deg.radians().0 + head.0),
        }
    }

    /// Focal length in pixels of a picture `width` pixels wide.
    #[must_use]
    pub fn focal(&self, width: u32) -> f32 {
        // Nearly 180 degrees and nearly 0 have no pinhole picture.
        let half = (self.view.0 / 2.0).clamp(0.01, 1.5);
        width as f32 / 2.0 / half.tan()
    }

    /// Where the pixel (`x`, `y`) of a picture of `size` (width, height) lies. Square pixels, axis in the centre.
    #[must_use]
    pub fn direction(&self, x: f32, y: f32, size: (u32, u32)) -> Direction {
        let focal = self.focal(size.0);
        let left = size.0 as f32 / 2.0 - x;
        let up = size.1 as f32 / 2.0 - y;
        Direction {
            bearing: Radians(left.atan2(focal)),
            elevation: Radians(up.atan2(focal.hypot(left))),
        }
    }

    /// Distance along the floor to the thing `label` in the box, in this order:
    ///
    /// 1. ground contact: a thing that stands on the floor, camera height known, its lower edge in the picture and
    ///    far enough below the horizon: `height / tan(angle below the horizon)`;
    /// 2. size: a thing of known usual height, neither upper nor lower edge cut: `focal * height / pixels`;
    /// 3. breadth, for a person whom the picture cuts off below: `focal * breadth / pixels`, and not farther than where the
    ///    floor leaves the picture. Arms that are spread make it too near, which is the safe side.
    #[must_use]
    pub fn range(&self, label: &str, rect: Rect, size: (u32, u32)) -> Option<Metres> {
        let usual = USUAL.iter().find(|usual| usual.label == label)?;
        let (height, margin) = (size.1 as f32, size.1 as f32 * 0.01);
        let bottom = rect.y + rect.h;
        let whole_below = bottom < height - margin;
        let whole_above = rect.y > margin;
        if let Some(camera) = self.height
            && usual.on_floor
            && whole_below
        {
            let foot = self.direction(rect.x + rect.w / 2.0, bottom, size).elevation.0 + self.tilt.0;
            if foot < -MIN_BELOW_HORIZON {
                return Some(Metres(camera.0 / (-foot).tan())).filter(|range| range.0 <= FARTHEST);
            }
        }
        if label == "person" && !whole_below {
            return Some(Metres(self.nearest_of_cut(rect, size)));
        }
        let pixels = rect.h;
        (whole_above && whole_below && pixels >= 4.0)
            .then(|| Metres(self.focal(size.0) * usual.height / pixels))
            .filter(|range| range.0 <= FARTHEST)
    }

    /// Distance of a person whose feet are below the picture's edge.
    fn nearest_of_cut(&self, rect: Rect, size: (u32, u32)) -> f32 {
        let breadth = self.focal(size.0) * BREADTH / rect.w.max(1.0);
        let edge = self
            .direction(rect.x + rect.w / 2.0, size.1 as f32, size)
            .elevation
            .0
            + self.tilt.0;
        let floor = self
            .height
            .filter(|_| edge < -MIN_BELOW_HORIZON)
            .map_or(FARTHEST, |camera| camera.0 / (-edge).tan());
        breadth.min(floor)
    }
}

/// Breadth of a standing adult across the upper arms, in metres (NASA-STD-3000, bideltoid breadth, 50th to 95th
/// percentile).
const BREADTH: f32 = 0.5;

/// Below this angle under the horizon (2 degrees) a pixel more or less changes the range by half.
const MIN_BELOW_HORIZON: f32 = 0.035;
/// Beyond this many metres a range from one picture says nothing.
const FARTHEST: f32 = 30.0;

/// What is known of a class of things.
struct Usual {
    label: &'static str,
    /// Metres, as it stands or lies usually.
    height: f32,
    on_floor: bool,
}

const fn floor(label: &'static str, height: f32) -> Usual {
    Usual {
        label,
        height,
        on_floor: true,
    }
}

const fn held(label: &'static str, height: f32) -> Usual {
    Usual {
        label,
        height,
        on_floor: false,
    }
}

/// Usual heights of household things, from catalogues of furniture and tableware and the mean height of adults
/// (NCD-RisC 2016: 1.71 m men, 1.59 m women). Things vary by a third; the range does too.
const USUAL: [Usual; 30] = [
    floor("person", 1.65),
    floor("bicycle", 1.05),
    floor("cat", 0.28),
    floor("dog", 0.5),
    floor("backpack", 0.45),
    floor("suitcase", 0.6),
    floor("sports ball", 0.22),
    floor("chair", 0.85),
    floor("couch", 0.8),
    floor("bed", 0.6),
    floor("dining table", 0.75),
    floor("toilet", 0.75),
    floor("refrigerator", 1.7),
    floor("oven", 0.85),
    floor("bench", 0.85),
    held("potted plant", 0.4),
    held("bottle", 0.25),
    held("wine glass", 0.2),
    held("cup", 0.1),
    held("bowl", 0.08),
    held("banana", 0.08),
    held("apple", 0.08),
    held("orange", 0.08),
    held("vase", 0.25),
    held("teddy bear", 0.3),
    held("clock", 0.3),
    held("tv", 0.55),
    held("laptop", 0.23),
    held("microwave", 0.28),
    held("toaster", 0.2),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: (u32, u32) = (640, 480);

    fn lens(height: Option<f32>, tilt: f32) -> Lens {
        Lens {
            view: Radians::from_degrees(60.0),
            height: height.map(Metres),
            tilt: Radians::from_degrees(tilt),
        }
    }

    #[test]
    fn edges_lie_at_half_the_field_of_view() {
        let at = |x, y| lens(None, 0.0).direction(x, y, SIZE);
        assert!((at(0.0, 240.0).bearing.degrees() - 30.0).abs() < 1e-3);
        assert!((at(640.0, 240.0).bearing.degrees() + 30.0).abs() < 1e-3);
        assert_eq!(
            at(320.0, 240.0),
            Direction {
                bearing: Radians(0.0),
                elevation: Radians(0.0)
            }
        );
        assert!(at(320.0, 0.0).elevation.degrees() > 23.0);
    }

    #[test]
    fn ranges_come_from_the_ground_or_from_size() {
        let focal = lens(None, 0.0).focal(640);
        // A person seen by a camera 1 m above the floor, feet 2 m away.
        let feet = 240.0 + focal * 1.0 / 2.0;
        let head = 240.0 - focal * 0.65 / 2.0;
        let person = Rect {
            x: 300.0,
            y: head,
            w: 40.0,
            h: feet - head,
        };
        let check = |label: &str, rect, lens: Lens, expected: Option<f32>| {
            let range = lens.range(label, rect, SIZE);
            match (range, expected) {
                (Some(range), Some(expected)) => {
                    assert!(
                        (range.0 - expected).abs() < 0.05 * expected,
                        "{label}: {range:?}, expected {expected}"
                    );
                }
                (range, expected) => assert_eq!(range.map(|r| r.0), expected, "{label}"),
            }
        };
        check(
            "person",
            Rect { h: 238.0, ..person },
            lens(Some(1.0), 0.0),
            Some(focal / (person.y + 238.0 - 240.0)),
        );
        let cup = Rect {
            x: 300.0,
            y: 200.0,
            w: 30.0,
            h: 40.0,
        };
        check("cup", cup, lens(Some(1.0), 0.0), Some(focal * 0.1 / 40.0));
        check("cup", Rect { y: 0.0, ..cup }, lens(None, 0.0), None); // cut above
        check("cup", Rect { y: 440.0, ..cup }, lens(None, 0.0), None); // cut below
        // Someone 0.8 m away fills the picture: told by the breadth; someone broad is told too near, never too far.
        let near = Rect {
            x: 150.0,
            y: 0.0,
            w: focal * 0.5 / 0.8,
            h: 480.0,
        };
        check("person", near, lens(Some(1.0), 0.0), Some(0.8));
        check(
            "person",
            Rect { w: 600.0, ..near },
            lens(None, 0.0),
            Some(focal * 0.5 / 600.0),
        );
        check(
            "person",
            Rect { w: 30.0, ..near },
            lens(Some(1.0), 0.0),
            Some(focal / 240.0),
        );
        check("flurble", cup, lens(None, 0.0), None);
        // A chair whose foot is at the horizon of a level camera: too far for the ground, near enough by size.
        let chair = Rect {
            x: 300.0,
            y: 140.0,
            w: 60.0,
            h: 100.0,
        };
        check("chair", chair, lens(Some(0.3), 0.0), Some(focal * 0.85 / 100.0));
    }

    proptest! {
        #[test]
        fn directions_lead_back_to_the_pixel(x in 0.0f32..640.0, y in 0.0f32..480.0, view in 20.0f32..120.0) {
            let lens = Lens { view: Radians::from_degrees(view), ..Lens::default() };
            let Direction { bearing, elevation } = lens.direction(x, y, SIZE);
            let focal = lens.focal(SIZE.0);
            let left = focal * bearing.0.tan();
            let up = focal.hypot(left) * elevation.0.tan();
            prop_assert!((320.0 - left - x).abs() < 0.1 && (240.0 - up - y).abs() < 0.1);
        }

        #[test]
        fn ground_ranges_are_those_of_the_geometry(distance in 0.5f32..8.0, camera in 0.3f32..1.5, tilt in -30.0f32..0.0) {
            let lens = lens(Some(camera), tilt);
            let below = (camera / distance).atan() + lens.tilt.0;
            let bottom = 240.0 + lens.focal(640) * below.tan();
            prop_assume!((100.0..474.0).contains(&bottom) && camera / distance > 0.05);
            let rect = Rect { x: 310.0, y: bottom - 60.0, w: 20.0, h: 60.0 };
            let range = lens.range("dog", rect, SIZE).unwrap().0;
            prop_assert!((range - distance).abs() < 0.01 * distance, "{range} for {distance}");
        }
    }
}
