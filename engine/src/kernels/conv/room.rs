//! Room for results, not cleared first: the largest pictures would be written twice.
#![allow(unsafe_code)]

use tract_onnx::prelude::*;

/// A tensor of this shape for a kernel that writes every number of it before anyone reads one.
///
/// # Errors
/// When there is no memory for it.
pub fn room<T: Datum>(shape: &[usize]) -> TractResult<Tensor> {
    // SAFETY: f32 and bytes have no invalid values; callers hand the room to a kernel that fills it.
    unsafe { Tensor::uninitialized::<T>(shape) }
}
