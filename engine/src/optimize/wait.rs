//! A DequantizeLinear of constants that waits until its users are known.

use super::ops::{Given, Int8MatMul};
use crate::kernels::integers::{Dot, Integers};
use std::sync::{Arc, OnceLock};
use tract_onnx::Onnx;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_hir::internal::{
    Expansion, InferenceOp, InferenceResult, Solver, TensorProxy, check_output_arity, expand,
};

type Builder = fn(&ParsingContext, &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)>;

/// tract's own DequantizeLinear, for those that are not of constants.
static OWN: OnceLock<Builder> = OnceLock::new();

const NAME: &str = "DequantizeLinear";

/// Lets `onnx` keep quantized constants as they are.
pub(crate) fn register(onnx: &mut Onnx) {
    if let Some(own) = onnx.op_register.0.get(NAME) {
        let _ = OWN.set(*own);
        onnx.op_register.insert(NAME, build);
    }
}

fn build(context: &ParsingContext, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let constant = |name: &String| {
        let graph = context.parent_graphs.last()?;
        graph.initializer.iter().find(|tensor| tensor.name == *name)
    };
    let int8 = [DataType::Int8 as i32, DataType::Uint8 as i32];
    let ours = node
        .input
        .first()
        .and_then(constant)
        .is_some_and(|tensor| int8.contains(&tensor.data_type))
        && (2..=3).contains(&node.input.len())
        && node.input.iter().all(|name| constant(name).is_some())
        && node.get_attr_opt::<i64>("block_size")?.unwrap_or(0) == 0;
    if !ours {
        let own = OWN
            .get()
            .context("DequantizeLinear was replaced before it was known")?;
        return own(context, node);
    }
    Ok((
        expand(Wait {
            axis: node.get_attr_opt("axis")?.unwrap_or(1),
        }),
        vec![],
    ))
}

/// DequantizeLinear of constants: not computed until `optimize` has seen who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    /// Axis that scales and zero points run along; counted from the end when negative.
    axis: i64,
}

impl Expansion for Wait {
    fn name(&self) -> StaticName {
        NAME.into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.equals(&inputs[0].shape, &outputs[0].shape)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        model.wire_node(prefix, self.clone(), inputs)
    }

    fn runs_out_of_plan(&self) -> bool {
        false
    }
}

impl Op for Wait {
    fn name(&self) -> StaticName {
        NAME.into()
    }

    op_as_typed_op!();
}

impl EvalOp for Wait {
    not_out_of_plan!();
}

impl TypedOp for Wait {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(inputs[0].shape.clone())))
    }
}

/// Quantized constants: `(q - zero) * scale`, with one scale and zero point, or one of each along an axis.
pub(super) struct Quantized {
    shape: Vec<usize>,
    /// Shifted to int8 where the file has uint8, and the zero points with them.
    values: Vec<i8>,
    scale: Vec<f32>,
    zero: Vec<i32>,
    axis: usize,
}

impl Quantized {
    /// What the [`Wait`] with this id dequantizes; `None` when it is another node or the constants are of a kind or
    /// shape that this does not know.
    pub(super) fn of(model: &TypedModel, id: usize) -> TractResult<Option<Self>> {
        let node = model.node(id);
        let Some(wait) = node.op_as::<Wait>() else {
            return Ok(None);
        };
        let mut constants = Vec::new();
        for input in &node.inputs {
            let constant = model.outlet_fact(*input)?.konst.clone();
            constants.push(constant.with_context(|| format!("{}: an input is no constant", node.name))?);
        }
        let q = &constants[0];
        let rank = q.rank();
        let axis = if wait.axis < 0 {
            wait.axis + rank as i64
        } else {
            wait.axis
        };
        let (values, offset): (Vec<i8>, i32) = match q.datum_type() {
            DatumType::I8 => (q.try_as_plain_ram()?.as_slice::<i8>()?.to_vec(), 0),
            DatumType::U8 => {
                let bytes = q.try_as_plain_ram()?;
                (
                    bytes
                        .as_slice::<u8>()?
                        .iter()
                        .map(|byte| (byte ^ 0x80).cast_signed())
                        .collect(),
                    -128,
                )
            }
            other => bail!(
                "{}: int8 or uint8 constants are expected, {other:?} came",
                node.name
            ),
        };
        let scale = constants[1].cast_to::<f32>()?;
        let scale = scale.try_as_plain_ram()?.as_slice::<f32>()?.to_vec();
        let zero = match constants.get(2) {
            Some(zero) => zero
                .cast_to::<i32>()?
                .try_as_plain_ram()?
                .as_slice::<i32>()?
                .to_vec(),
            None => vec![0; scale.len()],
        };
        let zero: Vec<i32> = zero.iter().map(|zero| zero + offset).collect();
        let shape = q.shape().to_vec();
        let along = shape.get(usize::try_from(axis).unwrap_or(usize::MAX)).copied();
        ensure!(
            scale.len() == zero.len() && (scale.len() == 1 || Some(scale.len()) == along),
            "{}: {} scales and {} zero points for the axis {axis} of {shape:?}",
            node.name,
            scale.len(),
            zero.len()
        );
        Ok(Some(Quantized {
            shape,
            values,
            scale,
            zero,
            axis: usize::try_from(axis).unwrap_or(0),
        }))
    }

    /// Number of the scale and zero point for the index `at` of `axis`, if they run along that axis or are one for all.
    fn spread(&self, axis: usize, length: usize) -> Option<(Vec<f32>, Vec<i32>)> {
        if self.scale.len() == 1 {
            return Some((vec![self.scale[0]; length], vec![self.zero[0]; length]));
        }
        (self.axis == axis).then(|| (self.scale.clone(), self.zero.clone()))
    }

    /// A convolution's weights with a scale and a zero point for each channel that goes out.
    pub(super) fn kernels(&self) -> Option<(&[i8], Vec<f32>, Vec<i32>)> {
        let (scale, zero) = self.spread(0, *self.shape.first()?)?;
        Some((&self.values, scale, zero))
    }

    /// As the right side of a product: `[k, n]`, or `[n, k]` when `transposed`, scales along n. With float rows, or with
    /// rows quantized as `given`.
    pub(super) fn product(&self, transposed: bool, given: Option<Given>, kernel: Dot) -> Option<Int8MatMul> {
        let &[rows, columns] = self.shape.as_slice() else {
            return None;
        };
        let (depth, width, down, along) = match transposed {
            true => (columns, rows, 1, columns),
            false => (rows, columns, columns, 1),
        };
        let (scale, zero) = self.spread(usize::from(!transposed), width)?;
        let at = |k: usize, n: usize| self.values[k * down + n * along];
        if depth == 0 {
            return None;
        }
        let packed = Integers::pack(kernel, depth, width, at, &zero)?;
        Some(match given {
            Some(given) => Int8MatMul::fixed_scale(packed, scale, given),
            None => Int8MatMul::fixed(packed, scale),
        })
    }

    /// As a table whose rows are looked up, scales along the rows.
    pub(super) fn rows(&self) -> Option<Rows> {
        let (&count, rest) = self.shape.split_first()?;
        let (scale, zero) = self.spread(0, count)?;
        Some(Rows {
            values: self.values.clone(),
            count,
            shape: rest.to_vec(),
            scale,
            zero,
        })
    }

    /// In f32, as the graph would have it.
    pub(super) fn dequantized(&self) -> TractResult<Arc<Tensor>> {
        let inner: usize = self.shape[(self.axis + 1).min(self.shape.len())..]
            .iter()
            .product();
        let one = |index: usize| {
            if self.scale.len() == 1 {
                0
            } else {
                index / inner.max(1) % self.scale.len()
            }
        };
        let values: Vec<f32> = self
            .values
            .iter()
            .enumerate()
            .map(|(index, q)| (i32::from(*q) - self.zero[one(index)]) as f32 * self.scale[one(index)])
            .collect();
        Ok(tract_ndarray::ArrayD::from_shape_vec(self.shape.as_slice(), values)?.into_arc_tensor())
    }
}

impl Rows {
    /// A table of bytes with one scale and zero point.
    pub(super) fn of(table: &Tensor, scale: f32, zero: i32) -> Option<Self> {
        let (&count, rest) = table.shape().split_first()?;
        let flip = match table.datum_type() {
            DatumType::I8 => 0,
            DatumType::U8 => 0x80,
            _ => return None,
        };
        let offset = if flip == 0 { 0 } else { 128 };
        Some(Rows {
            values: table
                .as_bytes()
                .iter()
                .map(|byte| (byte ^ flip).cast_signed())
                .collect(),
            count,
            shape: rest.to_vec(),
            scale: vec![scale; count],
            zero: vec![zero - offset; count],
        })
    }
}

/// Rows of quantized numbers: an embedding table.
#[derive(Debug, PartialEq)]
pub(super) struct Rows {
    values: Vec<i8>,
    /// How many.
    pub(super) count: usize,
    /// Shape of one.
    pub(super) shape: Vec<usize>,
    scale: Vec<f32>,
    zero: Vec<i32>,
}

impl Rows {
    /// Writes the row `index` in f32.
    pub(super) fn write(&self, index: usize, out: &mut [f32]) {
        let (scale, zero) = (self.scale[index], self.zero[index]);
        let row = &self.values[index * out.len()..(index + 1) * out.len()];
        for (out, q) in out.iter_mut().zip(row) {
            *out = (i32::from(*q) - zero) as f32 * scale;
        }
    }
}
