//! ONNX graphs in a few words.

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, attribute_proto, tensor_proto::DataType, tensor_shape_proto, type_proto,
};

/// A constant from its bytes, little-endian.
pub(super) fn tensor(name: &str, kind: DataType, dims: &[usize], raw_data: Vec<u8>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        data_type: kind as i32,
        dims: dims.iter().map(|&length| length as i64).collect(),
        raw_data,
        ..Default::default()
    }
}

/// An operator; it is called like its first output.
pub(super) fn node(op: &str, inputs: &[&str], outputs: &[&str], attribute: Vec<AttributeProto>) -> NodeProto {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    NodeProto {
        op_type: op.to_owned(),
        name: outputs[0].to_owned(),
        input: names(inputs),
        output: names(outputs),
        attribute,
        ..Default::default()
    }
}

/// An integer attribute.
pub(super) fn number(name: &str, value: i64) -> AttributeProto {
    let kind = attribute_proto::AttributeType::Int as i32;
    AttributeProto {
        name: name.to_owned(),
        r#type: kind,
        i: value,
        ..Default::default()
    }
}

/// An input or output; `None` stands for any length.
pub(super) fn value(name: &str, kind: DataType, dims: &[Option<usize>]) -> ValueInfoProto {
    use tensor_shape_proto::dimension::Value;
    let dim = dims
        .iter()
        .map(|length| {
            let value = length.map_or_else(
                || Value::DimParam("n".to_owned()),
                |length| Value::DimValue(length as i64),
            );
            tensor_shape_proto::Dimension {
                value: Some(value),
                ..Default::default()
            }
        })
        .collect();
    let tensor = type_proto::Tensor {
        elem_type: kind as i32,
        shape: Some(TensorShapeProto { dim }),
    };
    let value = Some(type_proto::Value::TensorType(tensor));
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// A model with the output "y".
pub(super) fn proto(
    node: Vec<NodeProto>,
    initializer: Vec<TensorProto>,
    input: ValueInfoProto,
) -> ModelProto {
    let output = vec![value("y", DataType::Float, &[])];
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            version: 17,
            ..Default::default()
        }],
        graph: Some(GraphProto {
            node,
            initializer,
            input: vec![input],
            output,
            ..Default::default()
        }),
        ..Default::default()
    }
}
