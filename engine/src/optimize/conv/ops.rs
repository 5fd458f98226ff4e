//! The operators on pictures `[n, height, width, channels]`.

use crate::kernels::conv::{
    Dense, DenseBytes, Depthwise, Isa, Mix, Out, Pool, Post, Shape, Window, resize, room, transpose,
};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// A convolution's packed weights.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kernel {
    Dense(Dense),
    Depthwise(Depthwise),
    /// Of pictures of bytes.
    DenseBytes(DenseBytes),
    DepthwiseBytes(Depthwise),
}

/// A convolution, then an activation, then an added picture, then another activation.
#[derive(Debug, Clone)]
pub(super) struct PictureConv {
    pub(super) kernel: Arc<Kernel>,
    pub(super) post: Post,
    /// Whether bytes are stored.
    pub(super) bytes: bool,
}

impl PictureConv {
    fn shape(&self) -> &Shape {
        match &*self.kernel {
            Kernel::Dense(conv) => conv.shape(),
            Kernel::DenseBytes(conv) => conv.shape(),
            Kernel::Depthwise(conv) | Kernel::DepthwiseBytes(conv) => conv.shape(),
        }
    }

    fn window(&self) -> &Window {
        &self.shape().window
    }

    /// Of the pictures, in and out.
    fn channels(&self) -> [usize; 2] {
        self.shape().all()
    }

    /// Convolves all pictures of a batch; `out` splits them.
    fn batch(
        &self,
        x: &Tensor,
        added: Option<&TValue>,
        sizes: [usize; 3],
        mut out: impl FnMut(usize, &dyn Fn(Out)),
    ) -> TractResult<()> {
        let [n, h, w] = sizes;
        let [cin, cout] = self.channels();
        let [oh, ow] = self.window().output([h, w]);
        let (one, whole) = (h * w * cin, oh * ow * cout);
        let x = x.try_as_plain_ram()?;
        let floats = matches!(&*self.kernel, Kernel::Dense(_) | Kernel::Depthwise(_));
        let numbers: &[f32] = if floats { x.as_slice::<f32>()? } else { &[] };
        let bytes: &[u8] = if floats { &[] } else { x.as_slice::<u8>()? };
        let added = match added {
            Some(added) => added.try_as_plain_ram()?.as_slice::<f32>()?,
            None => &[],
        };
        ensure!(
            added.is_empty() || added.len() == n * whole,
            "a picture of another size is added"
        );
        for index in 0..n {
            let all = index * one..(index + 1) * one;
            let added = added.get(index * whole..(index + 1) * whole).unwrap_or(&[]);
            let (size, post) = ([h, w], &self.post);
            out(index, &|out| match &*self.kernel {
                Kernel::Dense(conv) => conv.run(&numbers[all.clone()], size, added, post, out),
                Kernel::Depthwise(conv) => conv.run(&numbers[all.clone()], size, added, post, out),
                Kernel::DenseBytes(conv) => conv.run(&bytes[all.clone()], size, added, post, out),
                Kernel::DepthwiseBytes(conv) => conv.run_bytes(&bytes[all.clone()], size, added, post, out),
            });
        }
        Ok(())
    }
}

// Two are the same when they share their weights: comparing megabytes would find no more.
impl PartialEq for PictureConv {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kernel, &other.kernel) && self.post == other.post
    }
}

impl Eq for PictureConv {}

impl Op for PictureConv {
    fn name(&self) -> StaticName {
        match &*self.kernel {
            Kernel::Dense(_) => "PictureConv".into(),
            Kernel::Depthwise(_) => "PictureDepthwise".into(),
            Kernel::DenseBytes(_) => "PictureConvBytes".into(),
            Kernel::DepthwiseBytes(_) => "PictureDepthwiseBytes".into(),
        }
    }

    fn info(&self) -> TractResult<Vec<String>> {
        Ok(vec![format!("{:?} {:?}", self.window(), self.channels())])
    }

    op_as_typed_op!();
}

/// `[n, height, width, channels]`, or what came instead.
fn picture(shape: &[usize], channels: usize) -> TractResult<[usize; 4]> {
    match *shape {
        [n, h, w, c] if c == channels => Ok([n, h, w, c]),
        _ => bail!("pictures of {channels} channels are expected, {shape:?} came"),
    }
}

impl EvalOp for PictureConv {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let [cin, cout] = self.channels();
        let [n, h, w, _] = picture(inputs[0].shape(), cin)?;
        let [oh, ow] = self.window().output([h, w]);
        let (shape, whole) = ([n, oh, ow, cout], oh * ow * cout);
        let (x, added) = (&inputs[0], inputs.get(1));
        if self.bytes {
            let mut out = room::<u8>(&shape)?;
            let mut view = out.try_as_plain_ram_mut()?;
            let all = view.as_slice_mut::<u8>()?;
            self.batch(x, added, [n, h, w], |index, run| {
                run(Out::Bytes(&mut all[index * whole..(index + 1) * whole]));
            })?;
            return Ok(tvec!(out.into_tvalue()));
        }
        let mut out = room::<f32>(&shape)?;
        let mut view = out.try_as_plain_ram_mut()?;
        let all = view.as_slice_mut::<f32>()?;
        self.batch(x, added, [n, h, w], |index, run| {
            run(Out::Floats(&mut all[index * whole..(index + 1) * whole]));
        })?;
        Ok(tvec!(out.into_tvalue()))
    }
}

/// The shape of what comes out of a window.
fn through(window: &Window, shape: &ShapeFact, channels: usize) -> TractResult<TypedFact> {
    let shape = shape
        .as_concrete()
        .context("pictures of known size are expected")?;
    let [h, w] = window.output([shape[1], shape[2]]);
    Ok(f32::fact([shape[0], h, w, channels]))
}

impl TypedOp for PictureConv {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut fact = through(self.window(), &inputs[0].shape, self.channels()[1])?;
        if self.bytes {
            fact.datum_type = u8::datum_type();
        }
        Ok(tvec!(fact))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let out = through(self.window(), &inputs[0].shape, self.channels()[1])?
            .shape
            .volume();
        let deep = self.shape().depth();
        let kind = match &*self.kernel {
            Kernel::DenseBytes(_) => i32::datum_type(),
            _ => f32::datum_type(),
        };
        Ok(tvec!((Cost::FMA(kind), out * deep)))
    }
}

/// The largest or mean of windows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PicturePool(pub(super) Pool);

impl Eq for PicturePool {}

impl Op for PicturePool {
    fn name(&self) -> StaticName {
        "PicturePool".into()
    }

    op_as_typed_op!();
}

impl EvalOp for PicturePool {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let channels = x.shape().last().copied().unwrap_or(0);
        let [n, h, w, c] = picture(x.shape(), channels)?;
        let [oh, ow] = self.0.window().output([h, w]);
        let mut out = room::<f32>(&[n, oh, ow, c])?;
        let (one, whole) = (h * w * c, oh * ow * c);
        if n * one > 0 && whole > 0 {
            let x = x.try_as_plain_ram()?.as_slice::<f32>()?;
            let mut view = out.try_as_plain_ram_mut()?;
            let out = view.as_slice_mut::<f32>()?;
            for (x, out) in x.chunks_exact(one).zip(out.chunks_exact_mut(whole)) {
                self.0.run(x, [h, w], out);
            }
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for PicturePool {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = inputs[0]
            .shape
            .as_concrete()
            .context("pictures of known size are expected")?;
        Ok(tvec!(through(self.0.window(), &inputs[0].shape, shape[3])?))
    }
}

/// New rows and columns out of old ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PictureResize {
    pub(super) isa: Isa,
    pub(super) rows: Arc<Mix>,
    pub(super) columns: Arc<Mix>,
}

impl Eq for PictureResize {}

impl Op for PictureResize {
    fn name(&self) -> StaticName {
        "PictureResize".into()
    }

    op_as_typed_op!();
}

impl EvalOp for PictureResize {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let channels = x.shape().last().copied().unwrap_or(0);
        let [n, h, w, c] = picture(x.shape(), channels)?;
        let mut out = room::<f32>(&[n, self.rows.len(), self.columns.len(), c])?;
        let (one, whole) = (h * w * c, self.rows.len() * self.columns.len() * c);
        if n * one > 0 && whole > 0 {
            let x = x.try_as_plain_ram()?.as_slice::<f32>()?;
            let mut view = out.try_as_plain_ram_mut()?;
            let out = view.as_slice_mut::<f32>()?;
            for (x, out) in x.chunks_exact(one).zip(out.chunks_exact_mut(whole)) {
                resize(self.isa, x, w, c, [&self.rows, &self.columns], out);
            }
        }
        Ok(tvec!(out.into_tvalue()))
    }
}

impl TypedOp for PictureResize {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = &inputs[0].shape;
        let sides = [self.rows.len().to_dim(), self.columns.len().to_dim()];
        let [h, w] = sides;
        Ok(tvec!(f32::fact([shape[0].clone(), h, w, shape[3].clone()])))
    }
}

/// From ONNX's layout to channels side by side, or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    ToLast,
    ToFirst,
}

impl Turn {
    fn axes(&self) -> [usize; 4] {
        match self {
            Turn::ToLast => [0, 2, 3, 1],
            Turn::ToFirst => [0, 3, 1, 2],
        }
    }
}

impl Op for Turn {
    fn name(&self) -> StaticName {
        "PictureTurn".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Turn {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let &[n, a, b, c] = x.shape() else {
            bail!("four axes are expected, {:?} came", x.shape());
        };
        let shape = self.axes().map(|axis| x.shape()[axis]);
        // Either way it is a matrix, transposed: channels by pixels or pixels by channels.
        let (rows, columns) = match self {
            Turn::ToLast => (a, b * c),
            Turn::ToFirst => (a * b, c),
        };
        if rows == 1 || columns == 1 {
            let mut x = x.into_tensor();
            x.set_shape(&shape)?;
            return Ok(tvec!(x.into_tvalue()));
        }
        let kind = x.datum_type();
        if kind == f32::datum_type() {
            return transposed::<f32>(&x, n, rows, columns, &shape);
        }
        if kind == u8::datum_type() {
            return transposed::<u8>(&x, n, rows, columns, &shape);
        }
        Ok(tvec!(x.into_tensor().permute_axes(&self.axes())?.into_tvalue()))
    }
}

/// Each of `n` matrices transposed.
fn transposed<T: Datum + Copy>(
    x: &Tensor,
    n: usize,
    rows: usize,
    columns: usize,
    shape: &[usize],
) -> TractResult<TVec<TValue>> {
    let mut out = room::<T>(shape)?;
    let from = x.try_as_plain_ram()?.as_slice::<T>()?;
    let mut view = out.try_as_plain_ram_mut()?;
    let to = view.as_slice_mut::<T>()?;
    for index in 0..n {
        let part = index * rows * columns..(index + 1) * rows * columns;
        transpose(&from[part.clone()], rows, columns, &mut to[part]);
    }
    Ok(tvec!(out.into_tvalue()))
}

impl TypedOp for Turn {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape: TVec<TDim> = self
            .axes()
            .iter()
            .map(|&axis| inputs[0].shape[axis].clone())
            .collect();
        Ok(tvec!(inputs[0].datum_type.fact(&*shape)))
    }
}
