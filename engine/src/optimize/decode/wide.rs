//! Numbers quantized to 16 bits, written in operators of floats: no kernel here works on them, but they run.
//!
//! ```text
//! before:  x ─> QuantizeLinear ─> q (uint16) ─> DequantizeLinear ─> y
//! after:   x ─> Div scale ─> Round ─> Add zero ─> Max, Min ─> Cast ─> q ─> Cast ─> Sub zero ─> Mul scale ─> y
//! ```
//!
//! f32 holds every number of 16 bits exactly, so the results are the graph's.

use super::{Writer, floats, integer, number};
use tract_onnx::pb::{ModelProto, NodeProto, TensorProto, tensor_proto::DataType};

const QUANTIZE: &str = "QuantizeLinear";
const DEQUANTIZE: &str = "DequantizeLinear";

/// The least and largest number of a kind of 16 bits.
fn range(kind: i32) -> Option<[f32; 2]> {
    match DataType::try_from(kind).ok()? {
        DataType::Uint16 => Some([0.0, 65_535.0]),
        DataType::Int16 => Some([-32_768.0, 32_767.0]),
        _ => None,
    }
}

/// The numbers of a constant of 16 bits.
fn words(tensor: &TensorProto) -> Option<Vec<f32>> {
    let signed = tensor.data_type == DataType::Int16 as i32;
    let one = |word: u16| {
        if signed {
            f32::from(word.cast_signed())
        } else {
            f32::from(word)
        }
    };
    range(tensor.data_type)?;
    let all: Vec<f32> = if tensor.int32_data.is_empty() {
        let pairs = tensor.raw_data.chunks_exact(2);
        pairs
            .map(|pair| one(u16::from_le_bytes([pair[0], pair[1]])))
            .collect()
    } else {
        tensor.int32_data.iter().map(|&word| one(word as u16)).collect()
    };
    (!all.is_empty()).then_some(all)
}

impl Writer<'_> {
    /// A QuantizeLinear to, or DequantizeLinear from, 16 bits; `None` where it is none, or has several scales for a
    /// value whose shape the file does not tell.
    pub(super) fn wide(&mut self, node: &NodeProto) -> Option<()> {
        let (x, scale) = (node.input.first()?, node.input.get(1)?);
        let zero = node.input.get(2).filter(|name| !name.is_empty());
        let quantizes = node.op_type == QUANTIZE;
        let kind = match zero {
            Some(zero) => self.constant(zero)?.data_type,
            None if quantizes => i32::try_from(integer(node, "output_dtype")?).ok()?,
            None => self.constant(x)?.data_type,
        };
        let [least, most] = range(kind)?;
        if integer(node, "block_size").unwrap_or(0) != 0 {
            return None;
        }
        let zeros = match zero {
            Some(zero) => words(self.constant(zero)?)?,
            None => vec![0.0],
        };
        let scales = floats(self.constant(scale)?)?;
        let mut shape = Vec::new();
        if scales.len().max(zeros.len()) > 1 {
            let dims = &self.constant(x)?.dims;
            let axis = integer(node, "axis").unwrap_or(1);
            let axis = usize::try_from(if axis < 0 { axis + dims.len() as i64 } else { axis }).ok()?;
            shape = vec![1; dims.len()];
            *shape.get_mut(axis)? = scales.len() as i64;
        }
        let scale = self.numbers("scale", &scales, &shape);
        let zero = self.numbers("zero", &zeros, if zeros.len() > 1 { &shape } else { &[] });
        let output = node.output.first()?;
        if quantizes {
            let steps = self.add("Div", &[x, &scale], &[]);
            let whole = self.add("Round", &[&steps], &[]);
            let moved = self.add("Add", &[&whole, &zero], &[]);
            let (least, most) = (
                self.numbers("least", &[least], &[]),
                self.numbers("most", &[most], &[]),
            );
            let held = self.add("Max", &[&moved, &least], &[]);
            let held = self.add("Min", &[&held, &most], &[]);
            self.push("Cast", &[&held], &[output], &[number("to", i64::from(kind))]);
        } else {
            let x = self.add("Cast", &[x], &[number("to", DataType::Float as i64)]);
            let less = self.add("Sub", &[&x, &zero], &[]);
            self.push("Mul", &[&less, &scale], &[output], &[]);
        }
        Some(())
    }

    /// A constant of f32; of no axes where `shape` is empty.
    fn numbers(&mut self, what: &str, values: &[f32], shape: &[i64]) -> String {
        let name = self.place(what);
        self.constants.push(TensorProto {
            name: name.clone(),
            data_type: DataType::Float as i32,
            dims: shape.to_vec(),
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..Default::default()
        });
        name
    }
}

/// What is left that quantizes to other kinds than bytes, or back, in words: tract would read it as bytes.
pub(crate) fn left(model: &ModelProto) -> Vec<String> {
    let Some(graph) = &model.graph else {
        return Vec::new();
    };
    let kind = |name: &String| {
        let tensor = graph.initializer.iter().find(|tensor| tensor.name == *name)?;
        DataType::try_from(tensor.data_type).ok()
    };
    let bytes = [DataType::Uint8, DataType::Int8, DataType::Int32];
    let mut found: Vec<String> = graph
        .node
        .iter()
        .filter(|node| [QUANTIZE, DEQUANTIZE].contains(&node.op_type.as_str()))
        .filter_map(|node| {
            let kind = kind(node.input.get(2)?).filter(|kind| !bytes.contains(kind))?;
            Some(format!("{} of {}", node.op_type, kind.as_str_name()))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
