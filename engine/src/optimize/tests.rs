//! Small graphs, run as tract runs them and rewritten: the results must be the same.

use super::*;
use onnx::{node, number, proto, tensor, value};
use tract_onnx::pb::{ModelProto, tensor_proto::DataType};

mod onnx;
mod whole;

#[test]
fn products_of_rows_with_a_matrix_are_told_from_others() {
    for (axes, expect) in [
        ("abk,kn->abn", Some(false)),
        ("mk,kn->mn", Some(false)),
        ("k,kn->n", Some(false)),
        ("mk,nk->mn", Some(true)),
        ("amk,akn->amn", Some(false)),
        ("amk,bkn->amn", None),
        ("mk,kn->nm", None),
        ("km,kn->mn", None),
        ("mk,k->m", None),
        ("mn,mn->mn", None),
        ("ab,bc,cd->ad", None),
    ] {
        assert_eq!(row_product(axes), expect, "{axes}");
    }
}

/// Weights `[3, 4]`, dequantized along `axis`, and what uses them.
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
fn weights_alone_give_the_results_of_the_graph() {
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
        case(Int8, 0, ROWS, false, MatMul, "DenseMatMul"),
        case(Int8, 0, ROWS, false, GemmTransposed, "Int8MatMul"),
        case(Uint8, 0, ROWS, true, GemmTransposed, "Int8MatMul"),
        case(Int8, 1, COLUMNS, true, GemmTransposed, "DenseMatMul"),
        case(Int8, 0, ROWS, true, Gather, "Int8Rows"),
        case(Uint8, 0, ROWS, true, Gather, "Int8Rows"),
        case(Int8, 1, 1, true, Gather, "Int8Rows"),
        case(Int8, 1, COLUMNS, true, Gather, "Gather"),
        case(Int8, 1, COLUMNS, false, Left, "OptMatMul"),
    ] {
        let what = format!(
            "{:?} axis {} scales {} zeros {}",
            case.weights, case.axis, case.scales, case.zeros
        );
        // Rows in fixed point of 16 bits; else f32 sums in another order.
        let slack = if case.expect == "Int8MatMul" { 1e-4 } else { 1e-5 };
        check(&what, &weights_alone(&case), case.expect, slack, &[], case.user);
    }
}

#[test]
fn dynamic_quantization_gives_the_graph_s_results_bit_for_bit() {
    use DataType::{Int8, Uint8};
    for weights in [Int8, Uint8] {
        for scales in [1, COLUMNS] {
            for zeros in [false, true] {
                for lead in [&[][..], &[2]] {
                    for bias in [false, true] {
                        let what =
                            format!("{weights:?} scales {scales} zeros {zeros} lead {lead:?} bias {bias}");
                        let model = dynamic(weights, scales, zeros, lead, bias);
                        check(&what, &model, "DynamicInt8MatMul", 0.0, lead, User::MatMul);
                    }
                }
            }
        }
    }
}

/// Runs a model as tract would and as it is rewritten, on several numbers of rows, and compares.
fn check(what: &str, proto: &ModelProto, expect: &str, slack: f32, lead: &[usize], user: User) {
    let mut onnx = tract_onnx::onnx();
    let parsed = onnx.model_for_proto_model(proto).unwrap();
    let stock = parsed.into_optimized().unwrap().into_runnable().unwrap();
    register(&mut onnx);
    let ours = optimize(onnx.model_for_proto_model(proto).unwrap().into_typed().unwrap()).unwrap();
    let ours = ours.into_optimized().unwrap().into_runnable().unwrap();
    let names: Vec<String> = ours
        .model()
        .nodes
        .iter()
        .map(|node| node.op.name().into_owned())
        .collect();
    assert!(
        names.iter().any(|name| name == expect),
        "{what}: {expect} is not in {names:?}"
    );
    assert!(
        !names.iter().any(|name| name == "Add"),
        "{what}: the bias is taken in, by us or by tract: {names:?}"
    );
    let floats = |value: &TValue| {
        value
            .try_as_plain_ram()
            .unwrap()
            .as_slice::<f32>()
            .unwrap()
            .to_vec()
    };
    for count in [1, 2, 13] {
        let x = input(count, lead, user);
        let expected = stock.run(tvec!(x.clone())).unwrap();
        let came = ours.run(tvec!(x)).unwrap();
        assert_eq!(came[0].shape(), expected[0].shape(), "{what}");
        for (came, expected) in floats(&came[0]).iter().zip(floats(&expected[0])) {
            assert!(
                (came - expected).abs() <= slack * (1.0 + expected.abs()),
                "{what}: {came} for {expected}"
            );
        }
    }
}

fn input(count: usize, lead: &[usize], user: User) -> TValue {
    if user == User::Gather {
        let rows = (0..count).map(|i| (i % ROWS) as i64);
        return Tensor::from(tract_ndarray::Array1::from_iter(rows)).into();
    }
    let width = if user == User::MatMul { ROWS } else { COLUMNS };
    let shape: Vec<usize> = lead.iter().copied().chain([count, width]).collect();
    let values = (0..shape.iter().product::<usize>())
        .map(|i| (i * 37 % 23) as f32 / 7.0 - 1.5)
        .collect();
    Tensor::from(tract_ndarray::ArrayD::from_shape_vec(shape, values).unwrap()).into()
}

fn scales(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|i| (0.01 + 0.003 * i as f32).to_le_bytes())
        .collect()
}

fn zeros(count: usize, some: bool) -> Vec<u8> {
    (0..count).map(|i| if some { 5 + i as u8 } else { 0 }).collect()
}

fn weights_alone(case: &Case) -> ModelProto {
    let shape = if case.user == User::Left {
        [COLUMNS, COLUMNS]
    } else {
        [ROWS, COLUMNS]
    };
    let along: &[usize] = if case.scales == 1 { &[] } else { &[case.scales] };
    let bias = if case.user == User::GemmTransposed {
        ROWS
    } else {
        COLUMNS
    };
    let mut nodes = vec![node(
        "DequantizeLinear",
        &["q", "s", "z"],
        &["w"],
        vec![number("axis", case.axis)],
    )];
    nodes.extend(match case.user {
        User::MatMul => vec![
            node("MatMul", &["x", "w"], &["p"], vec![]),
            node("Add", &["p", "b"], &["y"], vec![]),
        ],
        User::GemmTransposed => vec![node("Gemm", &["x", "w", "b"], &["y"], vec![number("transB", 1)])],
        User::Gather => vec![node("Gather", &["w", "x"], &["y"], vec![number("axis", 0)])],
        // The weights on the left, as a product with the transposed input: nothing of ours fits.
        User::Left => vec![
            node("Transpose", &["x"], &["t"], vec![]),
            node("MatMul", &["w", "t"], &["y"], vec![]),
        ],
    });
    let x = match case.user {
        User::MatMul => value("x", DataType::Float, &[None, Some(ROWS)]),
        User::GemmTransposed | User::Left => value("x", DataType::Float, &[None, Some(COLUMNS)]),
        User::Gather => value("x", DataType::Int64, &[None]),
    };
    let q = (0..shape[0] * shape[1]).map(|i| (i * 67 + 3) as u8).collect();
    let constants = vec![
        tensor("q", case.weights, &shape, q),
        tensor("s", DataType::Float, along, scales(case.scales)),
        tensor("z", case.weights, along, zeros(case.scales, case.zeros)),
        tensor(
            "b",
            DataType::Float,
            &[bias],
            (0..bias).flat_map(|i| (i as f32 - 1.0).to_le_bytes()).collect(),
        ),
    ];
    proto(nodes, constants, x)
}

/// As onnxruntime's `quantize_dynamic` writes a MatMul, perhaps with an Add behind it.
fn dynamic(weights: DataType, count: usize, some_zeros: bool, lead: &[usize], bias: bool) -> ModelProto {
    let along: &[usize] = if count == 1 { &[] } else { &[count] };
    let product = if bias { "p" } else { "y" };
    let mut nodes = vec![
        node("DynamicQuantizeLinear", &["x"], &["xq", "xs", "xz"], vec![]),
        node("Mul", &["xs", "s"], &["f"], vec![]),
        node("MatMulInteger", &["xq", "q", "xz", "z"], &["i"], vec![]),
        node("Cast", &["i"], &["c"], vec![number("to", DataType::Float as i64)]),
        node("Mul", &["c", "f"], &[product], vec![]),
    ];
    if bias {
        nodes.push(node("Add", &["b", "p"], &["y"], vec![]));
    }
    let shape: Vec<Option<usize>> = lead.iter().copied().map(Some).chain([None, Some(ROWS)]).collect();
    let constants = vec![
        tensor(
            "q",
            weights,
            &[ROWS, COLUMNS],
            (0..ROWS * COLUMNS).map(|i| (i * 67 + 3) as u8).collect(),
        ),
        tensor("s", DataType::Float, along, scales(count)),
        tensor("z", weights, along, zeros(count, some_zeros)),
        tensor(
            "b",
            DataType::Float,
            &[COLUMNS],
            (0..COLUMNS)
                .flat_map(|i| (i as f32 - 1.0).to_le_bytes())
                .collect(),
        ),
    ];
    proto(nodes, constants, value("x", DataType::Float, &shape))
}
