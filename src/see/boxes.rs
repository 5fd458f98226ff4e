//! Boxes in pixels, their overlap, and non-maximum suppression: of boxes that cover one thing only the best stays.

use std::cmp::Ordering;

/// A box: left, top, width, height in pixels, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, at least 0.
    pub w: f32,
    /// Height, at least 0.
    pub h: f32,
}

impl Rect {
    /// Area in square pixels.
    #[must_use]
    pub fn area(self) -> f32 {
        self.w * self.h
    }

    /// Intersection over union, 0 (apart) to 1 (the same box).
    #[must_use]
    pub fn overlap(self, other: Rect) -> f32 {
        let both = self.shared(other);
        if both == 0.0 {
            0.0
        } else {
            both / (self.area() + other.area() - both)
        }
    }

    /// Share of the smaller of the two boxes that lies in the other, 0 to 1.
    #[must_use]
    pub fn covered(self, other: Rect) -> f32 {
        self.shared(other) / self.area().min(other.area()).max(f32::MIN_POSITIVE)
    }

    fn shared(self, other: Rect) -> f32 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        if w <= 0.0 || h <= 0.0 { 0.0 } else { w * h }
    }

    /// The part inside a picture of `width` x `height`; `None` when less than a pixel is left, or a number is not finite.
    #[must_use]
    pub fn inside(self, width: f32, height: f32) -> Option<Rect> {
        if ![self.x, self.y, self.w, self.h].iter().all(|v| v.is_finite()) {
            return None;
        }
        let (left, top) = (self.x.max(0.0), self.y.max(0.0));
        let (right, bottom) = ((self.x + self.w).min(width), (self.y + self.h).min(height));
        let cut = Rect {
            x: left,
            y: top,
            w: right - left,
            h: bottom - top,
        };
        (cut.w >= 1.0 && cut.h >= 1.0).then_some(cut)
    }
}

/// A box with its class and score, as a decoder gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Index into the detector's labels.
    pub class: usize,
    /// Score, 0 to 1.
    pub score: f32,
    /// Where.
    pub rect: Rect,
}

/// Overlaps above which the weaker of two boxes goes: it is taken for the same thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlaps {
    /// Between boxes of one class.
    pub same: f32,
    /// Between boxes of different classes: one thing shall have one name.
    pub other: f32,
    /// Share of the smaller that lies in the larger, of one class: a part (the cup without its saucer) is no second thing.
    pub part: f32,
}

/// Greedy non-maximum suppression (as in Felzenszwalb et al. 2010, section 5.2), best first.
///
/// No two boxes of the result overlap more than `overlaps` allows, and every box that went overlaps a better one
/// that stayed. Boxes of equal score keep their order.
#[must_use]
pub fn suppress(mut found: Vec<Found>, overlaps: Overlaps) -> Vec<Found> {
    found.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal));
    let mut kept: Vec<Found> = Vec::new();
    for candidate in found {
        let covered = kept.iter().any(|better| {
            let (rect, overlap) = (better.rect, better.rect.overlap(candidate.rect));
            if better.class == candidate.class {
                overlap > overlaps.same || rect.covered(candidate.rect) > overlaps.part
            } else {
                overlap > overlaps.other
            }
        });
        if !covered {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rect() -> impl Strategy<Value = Rect> {
        (-50.0f32..100.0, -50.0f32..100.0, 0.5f32..80.0, 0.5f32..80.0).prop_map(|(x, y, w, h)| Rect {
            x,
            y,
            w,
            h,
        })
    }

    fn found() -> impl Strategy<Value = Vec<Found>> {
        let one =
            (0usize..3, 0.0f32..1.0, rect()).prop_map(|(class, score, rect)| Found { class, score, rect });
        proptest::collection::vec(one, 0..40)
    }

    const OVERLAPS: Overlaps = Overlaps {
        same: 0.5,
        other: 0.8,
        part: 0.9,
    };

    fn one_thing(a: &Found, b: &Found) -> bool {
        let overlap = a.rect.overlap(b.rect);
        if a.class == b.class {
            overlap > 0.5 || a.rect.covered(b.rect) > 0.9
        } else {
            overlap > 0.8
        }
    }

    proptest! {
        #[test]
        fn overlap_is_symmetric_and_a_share(a in rect(), b in rect()) {
            let o = a.overlap(b);
            prop_assert!((0.0..=1.0001).contains(&o));
            prop_assert!((o - b.overlap(a)).abs() < 1e-5);
            prop_assert!((a.overlap(a) - 1.0).abs() < 1e-3);
        }

        #[test]
        fn what_stays_is_apart_and_what_goes_was_covered_by_better(all in found()) {
            let kept = suppress(all.clone(), OVERLAPS);
            for (i, a) in kept.iter().enumerate() {
                for b in &kept[i + 1..] {
                    prop_assert!(a.score >= b.score);
                    prop_assert!(!one_thing(a, b));
                }
            }
            for gone in all.iter().filter(|f| !kept.contains(f)) {
                prop_assert!(kept.iter().any(|k| k.score >= gone.score && one_thing(k, gone)));
            }
        }

        #[test]
        fn what_is_inside_lies_inside(a in rect()) {
            if let Some(cut) = a.inside(60.0, 40.0) {
                prop_assert!(cut.x >= 0.0 && cut.y >= 0.0 && cut.x + cut.w <= 60.001 && cut.y + cut.h <= 40.001);
                prop_assert!(cut.area() <= a.area() * 1.001);
            }
        }
    }

    #[test]
    fn boxes_that_are_no_boxes_are_dropped() {
        for (x, w) in [
            (f32::NAN, 5.0),
            (0.0, f32::INFINITY),
            (0.0, f32::NAN),
            (70.0, 5.0),
            (59.5, 5.0),
        ] {
            assert_eq!(Rect { x, y: 0.0, w, h: 5.0 }.inside(60.0, 40.0), None, "{x} {w}");
        }
    }
}
