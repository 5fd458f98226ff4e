//! Tiles of a depthwise convolution whose windows overlap: what several windows see is read once for all of them.
#![allow(unsafe_code)]

use super::finish::{Post, Span, Target, store};
use super::lanes::Lanes;
use super::window::Window;

/// Outputs of a row that are computed side by side: as many sums as keep the multipliers busy.
pub(super) const SIDE: usize = 8;
/// The same at the end of a row, and in narrow pictures.
pub(super) const NARROW: usize = 4;
/// Columns that the outputs of any tile see together.
const COLUMNS: usize = 2 * (SIDE - 1) + 5;

/// Whether there are tiles for such windows: three or five columns, one or two steps.
pub(super) fn fits(window: &Window) -> bool {
    matches!(window.kernel[1], 3 | 5) && matches!(window.stride[1], 1 | 2) && window.dilation[1] == 1
}

/// The rows of a picture that a tile lies in.
pub(super) struct Rows {
    /// The first one that lies inside the picture, of f32 or bytes.
    pub(super) first: *const u8,
    /// How many lie inside.
    pub(super) count: usize,
    /// Bytes from one to the next.
    pub(super) step: usize,
    /// Pixels of one.
    pub(super) width: usize,
    /// Bytes of a pixel.
    pub(super) pixel: usize,
    /// A pixel of what stands for zero.
    pub(super) blank: *const u8,
}

/// What the outputs of a tile see.
pub(super) struct Seen {
    /// First channel of each column's first row, or of a blank pixel; of the first column alone where none is blank.
    from: [*const u8; COLUMNS],
    /// Bytes to the next row; none where it is blank.
    step: [usize; COLUMNS],
    /// Bytes to the next column.
    pixel: usize,
    /// Whether some may be blank.
    edge: bool,
    rows: usize,
}

impl Seen {
    /// What the outputs from `first` on see.
    ///
    /// # Safety
    /// `rows` tells the truth.
    #[inline(always)]
    pub(super) unsafe fn new(rows: &Rows, window: &Window, first: usize, outputs: usize) -> Self {
        let (start, before) = (first * window.stride[1], window.before[1]);
        let count = window.stride[1] * (outputs - 1) + window.kernel[1];
        let edge = outputs != SIDE || start < before || start + count > rows.width + before;
        let mut seen = Seen {
            from: [rows.blank; COLUMNS],
            step: [0; COLUMNS],
            pixel: rows.pixel,
            edge,
            rows: rows.count,
        };
        for column in 0..if edge { count } else { 1 } {
            let inside = (start + column).checked_sub(before).filter(|&at| at < rows.width);
            if let Some(at) = inside {
                // SAFETY: the column lies inside the row.
                seen.from[column] = unsafe { rows.first.add(at * rows.pixel) };
                seen.step[column] = rows.step;
            }
        }
        seen
    }
}

/// A tile, some vectors of channels deep.
pub(super) struct Tile<'a> {
    pub(super) seen: &'a Seen,
    pub(super) spans: &'a [Span],
    /// Of the first span, tap by tap, from the first row inside the picture on.
    pub(super) weights: *const f32,
    /// Taps of a span.
    pub(super) taps: usize,
    pub(super) bias: *const f32,
    /// Of bytes: what sums start from, what they are multiplied with, and what is taken off each byte.
    pub(super) start: *const f32,
    pub(super) factor: *const f32,
    pub(super) zero: f32,
    /// Where the sums go, if that is [`store`]'s business; else those of the last span are left in `sums`.
    pub(super) target: Option<&'a Target>,
    pub(super) post: &'a Post,
    pub(super) sums: *mut f32,
}

/// Computes `outputs` pixels, [`SIDE`] or [`NARROW`], under windows that fit.
///
/// # Safety
/// The processor has the instructions; everything that `tile` points at holds a whole vector at each span's first channel.
#[inline(always)]
pub(super) unsafe fn run<L: Lanes, const BYTES: bool>(window: &Window, outputs: usize, tile: &Tile) {
    // SAFETY: as the caller promises.
    unsafe {
        match (
            window.kernel[1],
            window.stride[1],
            outputs == SIDE,
            tile.seen.edge,
        ) {
            (3, 1, true, false) => slide::<L, SIDE, 3, 1, false, BYTES>(tile),
            (3, 1, true, true) => slide::<L, SIDE, 3, 1, true, BYTES>(tile),
            (3, 1, false, _) => slide::<L, NARROW, 3, 1, true, BYTES>(tile),
            (3, _, true, false) => slide::<L, SIDE, 3, 2, false, BYTES>(tile),
            (3, _, true, true) => slide::<L, SIDE, 3, 2, true, BYTES>(tile),
            (3, _, false, _) => slide::<L, NARROW, 3, 2, true, BYTES>(tile),
            (_, 1, true, false) => slide::<L, SIDE, 5, 1, false, BYTES>(tile),
            (_, 1, true, true) => slide::<L, SIDE, 5, 1, true, BYTES>(tile),
            (_, 1, false, _) => slide::<L, NARROW, 5, 1, true, BYTES>(tile),
            (_, _, true, false) => slide::<L, SIDE, 5, 2, false, BYTES>(tile),
            (_, _, true, true) => slide::<L, SIDE, 5, 2, true, BYTES>(tile),
            (_, _, false, _) => slide::<L, NARROW, 5, 2, true, BYTES>(tile),
        }
    }
}

#[inline(always)]
unsafe fn slide<
    L: Lanes,
    const M: usize,
    const WIDTH: usize,
    const STRIDE: usize,
    const EDGE: bool,
    const BYTES: bool,
>(
    tile: &Tile,
) {
    let seen = tile.seen;
    let mut weights = tile.weights;
    for &(channel, _) in tile.spans {
        let offset = channel * if BYTES { 1 } else { size_of::<f32>() };
        // SAFETY: as the caller promises.
        unsafe {
            let start = if BYTES {
                L::load(tile.start.add(channel))
            } else {
                L::splat(0.0)
            };
            let mut sums = [[start; 1]; M];
            let less = L::splat(-tile.zero);
            for row in 0..seen.rows {
                let mut w = [L::splat(0.0); WIDTH];
                for (tap, w) in w.iter_mut().enumerate() {
                    *w = L::load(weights.add((row * WIDTH + tap) * L::N));
                }
                let first = seen.from[0].add(row * seen.step[0] + offset);
                // Written out, so that the sums stay in registers.
                macro_rules! columns {
                    ($($column:literal)+) => {
                        $(if $column < STRIDE * (M - 1) + WIDTH {
                            let at = if EDGE {
                                seen.from[$column].add(row * seen.step[$column] + offset)
                            } else {
                                first.add($column * seen.pixel)
                            };
                            let x = if BYTES {
                                L::add(L::load_bytes(at, L::N), less)
                            } else {
                                L::load(at.cast())
                            };
                            for output in 0..M {
                                if output * STRIDE <= $column && $column < output * STRIDE + WIDTH {
                                    let tap = $column - output * STRIDE;
                                    sums[output][0] = L::fma(x, w[tap], sums[output][0]);
                                }
                            }
                        })+
                    };
                }
                columns!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18);
            }
            let bias = L::load(tile.bias.add(channel));
            for sum in &mut sums {
                // Last, as others add it: the sum is rounded the same way.
                sum[0] = if BYTES {
                    L::fma(sum[0], L::load(tile.factor.add(channel)), bias)
                } else {
                    L::add(sum[0], bias)
                };
            }
            if let Some(target) = tile.target {
                store::<L, M, 1>(sums, channel, target, tile.post);
            } else {
                for (output, sum) in sums.iter().enumerate() {
                    L::store(tile.sums.add(output * L::N), sum[0]);
                }
            }
            weights = weights.wrapping_add(tile.taps * L::N);
        }
    }
}
