//! The operators on pictures whose numbers are bytes, `[n, height, width, channels]`.

use crate::kernels::conv::codes::{self, Table};
use crate::kernels::conv::{Code, Isa, Window, largest_bytes, resize_bytes, room};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// What is done to bytes, or gives them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bytes {
    /// Numbers are rounded to bytes.
    Encode(Code),
    /// Bytes become the numbers they stand for.
    Decode(Arc<Table>),
    /// Bytes become others.
    Translate(Arc<[u8; 256]>),
    /// Two pictures are added, the first times a number if what comes out is rounded.
    Sum([Arc<Table>; 2], f32, Option<Code>),
    /// The largest of windows.
    Largest(Window),
    /// Rows and columns are copied.
    Pick(Arc<[Vec<usize>; 2]>),
}

/// An operator on bytes, with the instructions it uses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PictureBytes(pub(super) Bytes, pub(super) Isa);

// A number that is not equal to itself (NaN) only makes an operator unlike itself, which is the careful answer.
impl Eq for PictureBytes {}

impl Op for PictureBytes {
    fn name(&self) -> StaticName {
        match self.0 {
            Bytes::Encode(_) => "PictureEncode".into(),
            Bytes::Decode(_) => "PictureDecode".into(),
            Bytes::Translate(_) => "PictureTranslate".into(),
            Bytes::Sum(..) => "PictureSumBytes".into(),
            Bytes::Largest(_) => "PicturePoolBytes".into(),
            Bytes::Pick(_) => "PictureResizeBytes".into(),
        }
    }

    op_as_typed_op!();
}

impl EvalOp for PictureBytes {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, mut inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        if let Bytes::Translate(table) = &self.0 {
            let mut out = inputs.remove(0).into_tensor();
            codes::translate(self.1, table, out.try_as_plain_ram_mut()?.as_slice_mut::<u8>()?);
            return Ok(tvec!(out.into_tvalue()));
        }
        let shape = self.shape(inputs[0].shape())?;
        let view = inputs[0].try_as_plain_ram()?;
        let mut bytes = room::<u8>(if self.floats() { &[] } else { &shape })?;
        let mut numbers = room::<f32>(if self.floats() { &shape } else { &[] })?;
        {
            let mut bytes = bytes.try_as_plain_ram_mut()?;
            let bytes = bytes.as_slice_mut::<u8>()?;
            let mut numbers = numbers.try_as_plain_ram_mut()?;
            let numbers = numbers.as_slice_mut::<f32>()?;
            match &self.0 {
                Bytes::Encode(code) => codes::encode(self.1, view.as_slice()?, *code, bytes),
                Bytes::Decode(table) => codes::decode(self.1, view.as_slice()?, table, numbers),
                Bytes::Translate(_) => {}
                Bytes::Sum([a, b], factor, code) => {
                    let other = inputs[1].try_as_plain_ram()?;
                    let x: [&[u8]; 2] = [view.as_slice()?, other.as_slice()?];
                    ensure!(x[0].len() == x[1].len(), "pictures of two sizes are added");
                    match code {
                        None => codes::sum(self.1, x, [a, b], numbers),
                        Some(code) => codes::sum_bytes(self.1, x, [a, b], *factor, *code, bytes),
                    }
                }
                Bytes::Largest(window) => {
                    let &[_, h, w, c] = inputs[0].shape() else {
                        bail!("a picture is expected")
                    };
                    let (one, whole) = (h * w * c, shape[1] * shape[2] * c);
                    if one > 0 && whole > 0 {
                        let x = view.as_slice::<u8>()?.chunks_exact(one);
                        for (x, out) in x.zip(bytes.chunks_exact_mut(whole)) {
                            largest_bytes(self.1, window, x, [h, w], c, out);
                        }
                    }
                }
                Bytes::Pick(picks) => {
                    let &[_, h, w, c] = inputs[0].shape() else {
                        bail!("a picture is expected")
                    };
                    let (one, whole) = (h * w * c, shape[1] * shape[2] * c);
                    if one > 0 && whole > 0 {
                        let x = view.as_slice::<u8>()?.chunks_exact(one);
                        for (x, out) in x.zip(bytes.chunks_exact_mut(whole)) {
                            resize_bytes(x, w, c, [&picks[0], &picks[1]], out);
                        }
                    }
                }
            }
        }
        Ok(tvec!(if self.floats() { numbers } else { bytes }.into_tvalue()))
    }
}

impl PictureBytes {
    fn floats(&self) -> bool {
        matches!(self.0, Bytes::Decode(_) | Bytes::Sum(_, _, None))
    }

    fn shape(&self, shape: &[usize]) -> TractResult<TVec<usize>> {
        let sides = match (&self.0, shape) {
            (Bytes::Largest(window), &[_, h, w, _]) => window.output([h, w]),
            (Bytes::Pick(picks), &[..]) => [picks[0].len(), picks[1].len()],
            _ => return Ok(shape.into()),
        };
        let &[n, _, _, c] = shape else {
            bail!("a picture is expected, {shape:?} came")
        };
        Ok(tvec!(n, sides[0], sides[1], c))
    }
}

impl TypedOp for PictureBytes {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let kind = if self.floats() {
            f32::datum_type()
        } else {
            u8::datum_type()
        };
        let shape = inputs[0]
            .shape
            .as_concrete()
            .context("pictures of known size are expected")?;
        Ok(tvec!(kind.fact(&*self.shape(shape)?)))
    }
}
