//! How products of pixels with packed weights are cut into tiles.

use super::lanes::Lanes;
use super::window::Window;

/// Rows that any kernel computes side by side, at most.
pub(super) const TALLEST: usize = 8;
/// Vectors that any kernel computes side by side, at most.
pub(super) const WIDEST: usize = 4;
/// Bytes of weights and pixels that stay in the first cache together.
const NEAR: usize = 16 << 10;
/// Bytes of weights up to which they stay in the second cache while all pixels pass by.
const STAYS: usize = 384 << 10;
/// Bytes of pixels that stay there while larger weights pass by.
const BLOCK: usize = 192 << 10;

/// Pixels that meet all panels before the next come: `weights` and `row` are bytes of a group's weights and of what one
/// pixel sees.
#[inline(always)]
pub(super) fn block<L: Lanes>(weights: usize, row: usize) -> usize {
    if weights <= NEAR {
        (NEAR / row.max(1)).clamp(1, 64).next_multiple_of(L::ROWS)
    } else if weights <= STAYS {
        L::ROWS
    } else {
        (BLOCK / row.max(1)).next_multiple_of(L::ROWS).max(L::ROWS)
    }
}

/// How many rows to compute next when so many are left.
#[inline(always)]
pub(super) fn step<L: Lanes>(left: usize) -> usize {
    [8, 6, 4, 2, 1]
        .into_iter()
        .find(|&rows| rows <= left && rows <= L::ROWS)
        .unwrap_or(1)
}

/// The pixels of a picture of `width` at which the windows of one output after the other start; rows have `columns`
/// outputs.
pub(super) struct Places {
    /// Where the row's first window starts.
    row: usize,
    x: usize,
    columns: usize,
    /// From one row or column to the next.
    step: [usize; 2],
}

impl Places {
    #[inline(always)]
    pub(super) fn new(window: &Window, columns: usize, width: usize, output: usize) -> Self {
        let step = [window.stride[0] * width, window.stride[1]];
        // One long row.
        if step == [columns, 1] {
            return Places {
                row: output,
                x: 0,
                columns: usize::MAX,
                step,
            };
        }
        Places {
            row: output / columns * step[0],
            x: output % columns,
            columns,
            step,
        }
    }
}

impl Iterator for Places {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let at = self.row + self.x * self.step[1];
        self.x += 1;
        if self.x == self.columns {
            (self.x, self.row) = (0, self.row + self.step[0]);
        }
        Some(at)
    }
}

/// Calls `$kernel::<$L, rows, vectors>` for a tile of this size.
macro_rules! by_size {
    ($L:ident, $rows:expr, $panel:expr, $kernel:ident, $operands:expr, $sums:expr) => {
        match $L::ROWS {
            8 => product::by_size!(@ $L, $rows, $panel, $kernel, $operands, $sums, 1 2 4 6 8),
            6 => product::by_size!(@ $L, $rows, $panel, $kernel, $operands, $sums, 1 2 4 6),
            _ => product::by_size!(@ $L, $rows, $panel, $kernel, $operands, $sums, 1 2 4),
        }
    };
    (@ $L:ident, $rows:expr, $panel:expr, $kernel:ident, $operands:expr, $sums:expr, $($height:literal)+) => {
        match ($rows, $panel) {
            // SAFETY: as the caller promises.
            $(($height, 1) => unsafe { $kernel::<$L, $height, 1>($operands, $sums) },
            ($height, 2) => unsafe { $kernel::<$L, $height, 2>($operands, $sums) },
            ($height, 3) if $L::WIDE > 2 => unsafe { $kernel::<$L, $height, 3>($operands, $sums) },
            ($height, 4) if $L::WIDE > 3 => unsafe { $kernel::<$L, $height, 4>($operands, $sums) },)+
            _ => {}
        }
    };
}
pub(super) use by_size;
