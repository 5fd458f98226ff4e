//! Rows become columns.

/// The matrix `from` of so many rows and columns, transposed, in squares that stay in the first cache.
///
/// # Panics
/// When the lengths do not belong together.
pub fn transpose<T: Copy>(from: &[T], rows: usize, columns: usize, to: &mut [T]) {
    const SIDE: usize = 16;
    assert!(from.len() == rows * columns && to.len() == from.len());
    if rows == 1 || columns == 1 {
        to.copy_from_slice(from);
        return;
    }
    if rows == 3 {
        // The channels of a picture.
        let (red, rest) = from.split_at(columns);
        let (green, blue) = rest.split_at(columns);
        let three = red.iter().zip(green).zip(blue);
        for (to, ((red, green), blue)) in to.chunks_exact_mut(3).zip(three) {
            to.copy_from_slice(&[*red, *green, *blue]);
        }
        return;
    }
    for column in (0..columns).step_by(SIDE) {
        let last = (column + SIDE).min(columns);
        for row in (0..rows).step_by(SIDE) {
            let end = (row + SIDE).min(rows);
            for c in column..last {
                let to = &mut to[c * rows + row..c * rows + end];
                for (to, r) in to.iter_mut().zip(row..end) {
                    *to = from[r * columns + c];
                }
            }
        }
    }
}
