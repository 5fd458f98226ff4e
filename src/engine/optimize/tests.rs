use super::*;

#[test]
fn products_of_rows_with_a_matrix_are_told_from_others() {
    for (axes, expect) in [
        ("abk,kn->abn", Some(false)),
        ("mk,kn->mn", Some(false)),
        ("k,kn->n", Some(false)),
        ("mk,nk->mn", Some(true)),
        ("amk,akn->amn", None),
        ("mk,kn->nm", None),
        ("km,kn->mn", None),
        ("mk,k->m", None),
        ("mn,mn->mn", None),
        ("ab,bc,cd->ad", None),
    ] {
        assert_eq!(row_product(axes), expect, "{axes}");
    }
}

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, attribute_proto, tensor_proto::DataType, tensor_shape_proto, type_proto,
};

/// Weights `[3, 4]` (or as many rows as `rows`), dequantized along `axis`, and what uses them.
struct Case {
    weights: DataType,
    axis: i64,
    scales: usize,
    zeros: bool,
    user: User,
    /// The operator that should run.
    expect: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum User {
    MatMul,
    GemmTransposed,
    Gather,
    Left,
}

const ROWS: usize = 3;
const COLUMNS: usize = 4;

#[test]
fn results_are_those_of_the_graph_as_it_stands() {
    use DataType::{Int8, Uint8};
    use User::{Gather, GemmTransposed, Left, MatMul};
    let case = |weights, axis, scales, zeros, user, expect| Case {
        weights,
        axis,
        scales,
        zeros,
        user,
        expect,
    };
    for case in [
        case(Int8, 1, 1, false, MatMul, "Int8MatMul"),
        case(Int8, 1, COLUMNS, false, MatMul, "Int8MatMul"),
        case(Int8, -1, COLUMNS, true, MatMul, "Int8MatMul"),
        case(Uint8, 1, COLUMNS, true, MatMul, "Int8MatMul"),
        case(Uint8, 1, 1, true, MatMul, "Int8MatMul"),
        case(Int8, 0, ROWS, false, MatMul, "OptMatMul"),
        case(Int8, 0, ROWS, false, GemmTransposed, "Int8MatMul"),
        case(Uint8, 0, ROWS, true, GemmTransposed, "Int8MatMul"),
        case(Int8, 1, COLUMNS, true, GemmTransposed, "OptMatMul"),
        case(Int8, 0, ROWS, true, Gather, "Int8Rows"),
        case(Uint8, 0, ROWS, true, Gather, "Int8Rows"),
        case(Int8, 1, 1, true, Gather, "Int8Rows"),
        case(Int8, 1, COLUMNS, true, Gather, "Gather"),
        case(Int8, 1, COLUMNS, false, Left, "OptMatMul"),
    ] {
        check(&case);
    }
}

fn check(case: &Case) {
    let proto = model(case);
    let mut onnx = tract_onnx::onnx();
    let stock = onnx
        .model_for_proto_model(&proto)
        .unwrap()
        .into_optimized()
        .unwrap()
        .into_runnable()
        .unwrap();
    register(&mut onnx);
    let ours = optimize(onnx.model_for_proto_model(&proto).unwrap().into_typed().unwrap()).unwrap();
    let ours = ours.into_optimized().unwrap().into_runnable().unwrap();
    let names: Vec<String> = ours
        .model()
        .nodes
        .iter()
        .map(|node| node.op.name().into_owned())
        .collect();
    let what = format!(
        "{:?} axis {} scales {} zeros {}",
        case.weights, case.axis, case.scales, case.zeros
    );
    assert!(
        names.iter().any(|name| name == case.expect),
        "{what}: {} is not in {names:?}",
        case.expect
    );
    assert_eq!(
        names.iter().filter(|name| *name == "Add").count(),
        0,
        "{what}: the bias is taken in, or fused by tract"
    );
    for count in [1, 2, 13] {
        let x: TValue = match case.user {
            User::Gather => Tensor::from(tract_ndarray::Array1::from_iter(
                (0..count).map(|i| (i % ROWS) as i64),
            ))
            .into(),
            _ => {
                let width = match case.user {
                    User::MatMul => ROWS,
                    _ => COLUMNS,
                };
                let values = (0..count * width)
                    .map(|i| (i * 37 % 23) as f32 / 7.0 - 1.5)
                    .collect();
                Tensor::from(tract_ndarray::Array2::from_shape_vec((count, width), values).unwrap()).into()
            }
        };
        let expected = stock.run(tvec!(x.clone())).unwrap();
        let came = ours.run(tvec!(x)).unwrap();
        let floats = |value: &TValue| {
            value
                .try_as_plain_ram()
                .unwrap()
                .as_slice::<f32>()
                .unwrap()
                .to_vec()
        };
        assert_eq!(came[0].shape(), expected[0].shape(), "{what}");
        for (came, expected) in floats(&came[0]).iter().zip(floats(&expected[0])) {
            assert!(
                (came - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                "{what}: {came} for {expected}"
            );
        }
    }
}

fn model(case: &Case) -> ModelProto {
    let shape = if case.user == User::Left {
        [COLUMNS, COLUMNS]
    } else {
        [ROWS, COLUMNS]
    };
    let tensor = |name: &str, kind: DataType, dims: &[usize], raw: Vec<u8>| TensorProto {
        name: name.to_owned(),
        data_type: kind as i32,
        dims: dims.iter().map(|&length| length as i64).collect(),
        raw_data: raw,
        ..Default::default()
    };
    let node = |op: &str, inputs: &[&str], output: &str, attributes: Vec<AttributeProto>| NodeProto {
        op_type: op.to_owned(),
        name: output.to_owned(),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        attribute: attributes,
        ..Default::default()
    };
    let number = |name: &str, value: i64| AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Int as i32,
        i: value,
        ..Default::default()
    };
    let scale_dims: &[usize] = if case.scales == 1 { &[] } else { &[case.scales] };
    let scales = (0..case.scales)
        .flat_map(|i| (0.01 + 0.003 * i as f32).to_le_bytes())
        .collect();
    let zeros = (0..case.scales)
        .map(|i| if case.zeros { 5 + i as u8 } else { 0 })
        .collect();
    let weights = (0..shape[0] * shape[1]).map(|i| (i * 67 + 3) as u8).collect();
    let bias = if case.user == User::GemmTransposed {
        ROWS
    } else {
        COLUMNS
    };
    let biases = (0..bias).flat_map(|i| (i as f32 - 1.0).to_le_bytes()).collect();
    let mut nodes = vec![node(
        "DequantizeLinear",
        &["q", "s", "z"],
        "w",
        vec![number("axis", case.axis)],
    )];
    nodes.extend(match case.user {
        User::MatMul => vec![
            node("MatMul", &["x", "w"], "p", vec![]),
            node("Add", &["p", "b"], "y", vec![]),
        ],
        User::GemmTransposed => vec![node("Gemm", &["x", "w", "b"], "y", vec![number("transB", 1)])],
        User::Gather => vec![node("Gather", &["w", "x"], "y", vec![number("axis", 0)])],
        // The weights on the left, as a product with the transposed input: nothing of ours fits.
        User::Left => vec![
            node("Transpose", &["x"], "t", vec![]),
            node("MatMul", &["w", "t"], "y", vec![]),
        ],
    });
    let value = |name: &str, kind: DataType, dims: &[Option<usize>]| ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(type_proto::Tensor {
                elem_type: kind as i32,
                shape: Some(TensorShapeProto {
                    dim: dims
                        .iter()
                        .map(|length| tensor_shape_proto::Dimension {
                            value: Some(match length {
                                Some(length) => {
                                    tensor_shape_proto::dimension::Value::DimValue(*length as i64)
                                }
                                None => tensor_shape_proto::dimension::Value::DimParam("n".to_owned()),
                            }),
                            ..Default::default()
                        })
                        .collect(),
                }),
            })),
            ..Default::default()
        }),
        ..Default::default()
    };
    let input = match case.user {
        User::MatMul => value("x", DataType::Float, &[None, Some(ROWS)]),
        User::GemmTransposed | User::Left => value("x", DataType::Float, &[None, Some(COLUMNS)]),
        User::Gather => value("x", DataType::Int64, &[None]),
    };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            version: 17,
            ..Default::default()
        }],
        graph: Some(GraphProto {
            node: nodes,
            initializer: vec![
                tensor("q", case.weights, &shape, weights),
                tensor("s", DataType::Float, scale_dims, scales),
                tensor("z", case.weights, scale_dims, zeros),
                tensor("b", DataType::Float, &[bias], biases),
            ],
            input: vec![input],
            output: vec![value("y", DataType::Float, &[])],
            ..Default::default()
        }),
        ..Default::default()
    }
}
