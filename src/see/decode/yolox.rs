//! YOLOX (Ge et al. 2021), exported without its own decoding, as its published ONNX files are.

use crate::see::boxes::{Found, Rect};

const STRIDES: [usize; 3] = [8, 16, 32];

/// Rows of the output for an input of `width` x `height`: one a cell of each grid.
#[must_use]
pub fn rows(width: usize, height: usize) -> usize {
    STRIDES
        .iter()
        .map(|stride| (width / stride) * (height / stride))
        .sum()
}

/// A row is x and y (offset in its cell, in strides), log of width and height in strides, objectness and a score for
/// each class; score of a thing is objectness times class score.
///
/// `values` is `[rows, 5 + classes]`, grids of stride 8, 16, 32 one after the other, each row by row.
#[must_use]
pub fn decode(values: &[f32], classes: usize, (width, height): (usize, usize), threshold: f32) -> Vec<Found> {
    let cells = STRIDES.iter().flat_map(|&stride| {
        let across = width / stride;
        (0..across * (height / stride))
            .map(move |cell| (stride as f32, (cell % across) as f32, (cell / across) as f32))
    });
    let mut found = Vec::new();
    for (row, (stride, column, line)) in values.chunks_exact(5 + classes).zip(cells) {
        let [x, y, w, h, object] = [row[0], row[1], row[2], row[3], row[4]];
        if object < threshold {
            continue; // class scores are at most 1
        }
        for (class, score) in row[5..].iter().map(|score| score * object).enumerate() {
            if score >= threshold {
                let (w, h) = (w.exp() * stride, h.exp() * stride);
                let rect = Rect {
                    x: (x + column) * stride - w / 2.0,
                    y: (y + line) * stride - h / 2.0,
                    w,
                    h,
                };
                found.push(Found { class, score, rect });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_placed_by_its_cell() {
        let (classes, size) = (2, (64, 32));
        assert_eq!(rows(64, 32), 8 * 4 + 4 * 2 + 2);
        let mut values = vec![0.0; rows(64, 32) * (5 + classes)];
        // Second grid (stride 16), cell (1, 1): row 32 + 5.
        values[37 * 7..38 * 7].copy_from_slice(&[0.5, 0.5, 0.0, 1.0, 0.8, 0.1, 0.5]);
        let found = decode(&values, classes, size, 0.3);
        assert_eq!(found.len(), 1);
        let Found { class, score, rect } = found[0];
        assert_eq!((class, score), (1, 0.4));
        assert_eq!((rect.x, rect.w), (16.0, 16.0));
        assert!((rect.h - 16.0 * std::f32::consts::E).abs() < 1e-3);
        assert!((rect.y + rect.h / 2.0 - 24.0).abs() < 1e-3);
    }
}
