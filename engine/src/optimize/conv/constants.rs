//! Reading what a model holds as constants.

use tract_onnx::prelude::*;

/// The constant behind an outlet.
pub(super) fn constant(model: &TypedModel, outlet: OutletId) -> Option<Arc<Tensor>> {
    model.outlet_fact(outlet).ok()?.konst.clone()
}

/// The one number of a constant of f32, however often it holds it.
pub(super) fn number(model: &TypedModel, outlet: OutletId) -> Option<f32> {
    let all = floats(&*constant(model, outlet)?)?;
    let first = *all.first()?;
    all.iter().all(|&x| x == first).then_some(first)
}

/// The numbers of a constant of f32.
pub(super) fn floats(tensor: &Tensor) -> Option<Vec<f32>> {
    if tensor.datum_type() != f32::datum_type() {
        return None;
    }
    Some(tensor.try_as_plain_ram().ok()?.as_slice::<f32>().ok()?.to_vec())
}

/// The lengths of a value's axes, if all are known.
pub(super) fn shape(model: &TypedModel, outlet: OutletId) -> Option<Vec<usize>> {
    Some(model.outlet_fact(outlet).ok()?.shape.as_concrete()?.to_vec())
}
