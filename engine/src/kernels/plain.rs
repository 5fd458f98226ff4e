//! The kernel that every other one is tested against, for any machine.

use super::Tile;

/// See [`super::Panels::sums`].
pub(super) fn sums(rows: &[f32], depth: usize, panel: &[i8], width: usize, tile: &mut Tile) {
    for (row, sums) in rows.chunks_exact(depth).zip(tile) {
        sums[..width].fill(0.0);
        for (x, weights) in row.iter().zip(panel.chunks_exact(width)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += x * f32::from(*weight);
            }
        }
    }
}
