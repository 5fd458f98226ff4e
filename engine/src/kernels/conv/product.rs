//! How products of pixels with packed weights are cut into tiles.

use super::lanes::Lanes;
use super::window::Window;

/// Rows that any kernel computes side by side, at most.
pub(super) const TALLEST: usize = 8;
/// Vectors that any kernel computes side by side, at most.
pub(super) const WIDEST: usize = 4;
/// Bytes of weights up to which they stay in the second cache while all pixels pass by.
const STAYS: usize = 384 << 10;
/// Bytes of pixels that stay there while larger weights pass by.
const BLOCK: usize = 192 << 10;

/// Pixels that meet all panels before the next come: `weights` and `row` are bytes of a group's weights and of what one
/// pixel sees.
#[inline(always)]
pub(super) fn block<L: Lanes>(weights: usize, row: usize) -> usize {
    if weights <= STAYS {
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

/// The pixel of a picture of `width` at which the window of an output starts; rows have `columns` outputs.
#[inline(always)]
pub(super) fn place(window: &Window, columns: usize, width: usize, output: usize) -> usize {
    let (y, x) = (output / columns, output % columns);
    y * window.stride[0] * width + x * window.stride[1]
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
