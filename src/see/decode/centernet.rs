//! CenterNet (Zhou et al. 2019, "Objects as Points"), with the box as distances to its four edges as in TTFNet.

use crate::see::boxes::{Found, Rect};

/// Output with the scores, 0 to 1: `[1, classes, height / 4, width / 4]`.
pub const SCORES: &str = "keypoints";
/// Output with the distances left, top, right, bottom from a cell to the edges, in input pixels: `[1, 4, …]`.
pub const EDGES: &str = "wh";
/// Input pixels a cell.
pub const STRIDE: usize = 4;

/// Every cell that is the highest of its 3x3 neighbourhood in its class is a thing.
///
/// `scores` is `[classes, height, width]`, `edges` is `[4, height, width]`, `cells` is (width, height).
#[must_use]
pub fn decode(scores: &[f32], edges: &[f32], (width, height): (usize, usize), threshold: f32) -> Vec<Found> {
    let plane = width * height;
    let mut found = Vec::new();
    for (class, map) in scores.chunks_exact(plane).enumerate() {
        for (cell, &score) in map.iter().enumerate().filter(|(_, score)| **score >= threshold) {
            let (x, y) = (cell % width, cell / width);
            let neighbours = (y.saturating_sub(1)..=(y + 1).min(height - 1)).flat_map(|v| {
                map[v * width + x.saturating_sub(1)..=v * width + (x + 1).min(width - 1)].iter()
            });
            if neighbours.copied().any(|other| other > score) {
                continue;
            }
            let [left, top, right, bottom] = [0, 1, 2, 3].map(|edge| edges[edge * plane + cell]);
            let rect = Rect {
                x: (x * STRIDE) as f32 - left,
                y: (y * STRIDE) as f32 - top,
                w: left + right,
                h: top + bottom,
            };
            found.push(Found { class, score, rect });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_one_box_and_its_slopes_are_none() {
        let (w, h) = (5, 4);
        let mut scores = vec![0.0; 2 * w * h];
        scores[w * h + 2 * w + 3] = 0.9; // class 1 at (3, 2)
        scores[w * h + 2 * w + 2] = 0.8; // its slope
        scores[0] = 0.5; // class 0 in the corner
        let edges: Vec<f32> = [1.0, 2.0, 3.0, 4.0]
            .into_iter()
            .flat_map(|v| vec![v; w * h])
            .collect();
        let found = decode(&scores, &edges, (w, h), 0.3);
        assert_eq!(
            found,
            [
                Found {
                    class: 0,
                    score: 0.5,
                    rect: Rect {
                        x: -1.0,
                        y: -2.0,
                        w: 4.0,
                        h: 6.0
                    }
                },
                Found {
                    class: 1,
                    score: 0.9,
                    rect: Rect {
                        x: 11.0,
                        y: 6.0,
                        w: 4.0,
                        h: 6.0
                    }
                },
            ]
        );
    }

    #[test]
    fn what_is_no_number_is_no_thing() {
        assert!(decode(&[f32::NAN; 16], &[1.0; 64], (4, 4), 0.1).is_empty());
    }
}
