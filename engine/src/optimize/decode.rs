//! Quantized operators written as what they stand for: dequantize, the operator itself, quantize.
//!
//! ```text
//! before:  a, b ─> QLinearMatMul ─> y
//! after:   a ─> DequantizeLinear ─┬─> MatMul ─> QuantizeLinear ─> y
//!          b ─> DequantizeLinear ─┘
//! ```
//!
//! Works on the file's own graph, before tract sees it: so what tract has no reader for runs, and the rewrites need to
//! know one form only. Numbers of 16 bits become floats ([`wide`]). QLinearConv, ConvInteger and most QLinearAdd stay as
//! they are. What cannot be decoded is left alone.

mod wide;

pub(crate) use wide::left;

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, attribute_proto::AttributeType,
    tensor_proto::DataType,
};

/// Writes onnxruntime's quantized operators of the main graph as what they stand for.
pub fn decode(model: &mut ModelProto) {
    let Some(graph) = &mut model.graph else { return };
    let nodes = std::mem::take(&mut graph.node);
    for node in nodes {
        let mut writer = Writer {
            name: if node.name.is_empty() {
                node.output.first().cloned().unwrap_or_default()
            } else {
                node.name.clone()
            },
            nodes: Vec::new(),
            constants: Vec::new(),
            graph,
        };
        let done = writer.node(&node).is_some();
        let (nodes, constants) = (writer.nodes, writer.constants);
        if done {
            graph.node.extend(nodes);
            graph.initializer.extend(constants);
        } else {
            graph.node.push(node);
        }
    }
}

/// Writes what stands for one node.
struct Writer<'a> {
    name: String,
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    graph: &'a GraphProto,
}

impl Writer<'_> {
    /// `None` when the node is none of ours, or of a form that cannot be decoded.
    fn node(&mut self, node: &NodeProto) -> Option<()> {
        let input = |at: usize| {
            node.input
                .get(at)
                .map(String::as_str)
                .filter(|name| !name.is_empty())
        };
        let quantized = |at: usize| Some([input(at)?, input(at + 1)?, input(at + 2).unwrap_or("")]);
        let output = node.output.first()?;
        match node.op_type.as_str() {
            "QLinearMatMul" => {
                let a = self.dequantized(quantized(0)?, None)?;
                let b = self.dequantized(quantized(3)?, Some(-1))?;
                let y = self.add("MatMul", &[&a, &b], &[]);
                self.quantized(&y, input(6)?, input(7), output);
            }
            "QGemm" => self.gemm(node)?,
            // Read as it is; see `sum`.
            super::sum::NAME
                if [1, 2, 4, 5, 6, 7].into_iter().all(|at| {
                    let parameter = input(at).and_then(|name| self.constant(name));
                    parameter.is_some_and(|one| one.dims.iter().product::<i64>() == 1)
                }) =>
            {
                return None;
            }
            "QLinearAdd" | "QLinearMul" => {
                let a = self.dequantized(quantized(0)?, None)?;
                let b = self.dequantized(quantized(3)?, None)?;
                let y = self.add(&node.op_type["QLinear".len()..], &[&a, &b], &[]);
                self.quantized(&y, input(6)?, input(7), output);
            }
            "QLinearWhere" => {
                let a = self.dequantized(quantized(1)?, None)?;
                let b = self.dequantized(quantized(4)?, None)?;
                let y = self.add("Where", &[input(0)?, &a, &b], &[]);
                self.quantized(&y, input(7)?, input(8), output);
            }
            "QLinearSoftmax" => {
                let (axis, opset) = (
                    integer(node, "axis").unwrap_or(-1),
                    integer(node, "opset").unwrap_or(13),
                );
                // Before operator set 13, all axes from this one on were taken together.
                if opset < 13 && axis != -1 {
                    return None;
                }
                let x = self.dequantized(quantized(0)?, None)?;
                let y = self.add("Softmax", &[&x], &[number("axis", axis)]);
                self.quantized(&y, input(3)?, input(4), output);
            }
            "QLinearSigmoid"
            | "QLinearLeakyRelu"
            | "QLinearReduceMean"
            | "QLinearGlobalAveragePool"
            | "QLinearAveragePool" => {
                if integer(node, "channels_last").unwrap_or(0) != 0 {
                    return None;
                }
                let keep = |attribute: &&AttributeProto| attribute.name != "channels_last";
                let attributes: Vec<AttributeProto> = node.attribute.iter().filter(keep).cloned().collect();
                let x = self.dequantized(quantized(0)?, None)?;
                let y = self.add(&node.op_type["QLinear".len()..], &[&x], &attributes);
                self.quantized(&y, input(3)?, input(4), output);
            }
            "QLinearConcat" => {
                let mut parts = Vec::new();
                for at in (2..node.input.len()).step_by(3) {
                    parts.push(self.dequantized(quantized(at)?, None)?);
                }
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                let y = self.add("Concat", &parts, &node.attribute);
                self.quantized(&y, input(0)?, input(1), output);
            }
            "QuantizeLinear" | "DequantizeLinear" => self.wide(node)?,
            "DynamicQuantizeMatMul" => {
                let a = self.place("a");
                let [scale, zero] = [self.place("a.scale"), self.place("a.zero")];
                self.push("DynamicQuantizeLinear", &[input(0)?], &[&a, &scale, &zero], &[]);
                let scales = self.add("Mul", &[&scale, input(2)?], &[]);
                self.integers(
                    [&a, input(1)?, &zero, input(3).unwrap_or("")],
                    &scales,
                    input(4),
                    output,
                );
            }
            "MatMulIntegerToFloat" => {
                let scales = self.add("Mul", &[input(2)?, input(3)?], &[]);
                let zeros = [input(4).unwrap_or(""), input(5).unwrap_or("")];
                self.integers(
                    [input(0)?, input(1)?, zeros[0], zeros[1]],
                    &scales,
                    input(6),
                    output,
                );
            }
            _ => return None,
        }
        Some(())
    }

    /// `alpha * a * b + c`, c of i32 in steps of the other scales' product.
    fn gemm(&mut self, node: &NodeProto) -> Option<()> {
        let input = |at: usize| {
            node.input
                .get(at)
                .map(String::as_str)
                .filter(|name| !name.is_empty())
        };
        let alpha = node
            .attribute
            .iter()
            .find(|attribute| attribute.name == "alpha")
            .map_or(1.0, |alpha| alpha.f);
        let turned = integer(node, "transB").unwrap_or(0) != 0;
        let a = self.dequantized([input(0)?, input(1)?, input(2).unwrap_or("")], None)?;
        let b = self.dequantized(
            [input(3)?, input(4)?, input(5).unwrap_or("")],
            Some(if turned { 0 } else { 1 }),
        )?;
        let mut inputs = vec![a, b];
        if let Some(c) = input(6) {
            let of_a = floats(self.constant(input(1)?)?)?;
            let scales: Vec<f32> = floats(self.constant(input(4)?)?)?
                .iter()
                .map(|b| alpha * of_a[0] * b)
                .collect();
            let name = self.place("c.scale");
            let dims = if scales.len() == 1 {
                vec![]
            } else {
                vec![scales.len() as i64]
            };
            self.constants.push(TensorProto {
                name: name.clone(),
                data_type: DataType::Float as i32,
                dims,
                raw_data: scales.iter().flat_map(|scale| scale.to_le_bytes()).collect(),
                ..Default::default()
            });
            inputs.push(self.add("DequantizeLinear", &[c, &name], &[number("axis", -1)]));
        }
        let keep =
            |attribute: &&AttributeProto| ["alpha", "transA", "transB"].contains(&attribute.name.as_str());
        let attributes: Vec<AttributeProto> = node.attribute.iter().filter(keep).cloned().collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let output = node.output.first()?;
        match input(7) {
            Some(scale) => {
                let y = self.add("Gemm", &inputs, &attributes);
                self.quantized(&y, scale, input(8), output);
            }
            None => self.push("Gemm", &inputs, &[output], &attributes),
        }
        Some(())
    }

    /// An integer product, times its scales, plus a bias.
    fn integers(&mut self, inputs: [&str; 4], scales: &str, bias: Option<&str>, output: &str) {
        let used = inputs
            .iter()
            .rposition(|name| !name.is_empty())
            .map_or(0, |last| last + 1);
        let sums = self.add("MatMulInteger", &inputs[..used], &[]);
        let sums = self.add("Cast", &[&sums], &[number("to", DataType::Float as i64)]);
        match bias {
            Some(bias) => {
                let y = self.add("Mul", &[&sums, scales], &[]);
                self.push("Add", &[&y, bias], &[output], &[]);
            }
            None => self.push("Mul", &[&sums, scales], &[output], &[]),
        }
    }

    /// `[x, scale, zero]` in f32. Scales are constants; `axis` is the one that several run along, `None` where there
    /// has to be one only.
    fn dequantized(&mut self, [x, scale, zero]: [&str; 3], axis: Option<i64>) -> Option<String> {
        let count = self.constant(scale)?.dims.iter().product::<i64>();
        let along = self.constant(scale)?.dims.len();
        if count != 1 && (axis.is_none() || along != 1) {
            return None;
        }
        let inputs = if zero.is_empty() {
            vec![x, scale]
        } else {
            vec![x, scale, zero]
        };
        Some(self.add("DequantizeLinear", &inputs, &[number("axis", axis.unwrap_or(0))]))
    }

    fn quantized(&mut self, y: &str, scale: &str, zero: Option<&str>, output: &str) {
        let inputs: Vec<&str> = [y, scale].into_iter().chain(zero).collect();
        self.push("QuantizeLinear", &inputs, &[output], &[]);
    }

    fn constant(&self, name: &str) -> Option<&TensorProto> {
        self.graph.initializer.iter().find(|tensor| tensor.name == name)
    }

    /// A name that nothing else has.
    fn place(&self, what: &str) -> String {
        format!("{}.decoded.{what}", self.name)
    }

    /// A node with one output, whose name it gives.
    fn add(&mut self, op: &str, inputs: &[&str], attributes: &[AttributeProto]) -> String {
        let output = self.place(&self.nodes.len().to_string());
        self.push(op, inputs, &[&output], attributes);
        output
    }

    fn push(&mut self, op: &str, inputs: &[&str], outputs: &[&str], attributes: &[AttributeProto]) {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        self.nodes.push(NodeProto {
            op_type: op.to_owned(),
            name: outputs[0].to_owned(),
            input: names(inputs),
            output: names(outputs),
            attribute: attributes.to_vec(),
            ..Default::default()
        });
    }
}

fn integer(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute
        .iter()
        .find(|attribute| attribute.name == name)
        .map(|attribute| attribute.i)
}

fn number(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        i: value,
        ..Default::default()
    }
}

fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    if tensor.data_type != DataType::Float as i32 {
        return None;
    }
    let raw = tensor
        .raw_data
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let all: Vec<f32> = if tensor.float_data.is_empty() {
        raw.collect()
    } else {
        tensor.float_data.clone()
    };
    (!all.is_empty()).then_some(all)
}
