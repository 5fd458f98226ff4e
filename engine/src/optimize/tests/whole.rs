//! Graphs of many operators: what remains of them, and that they give what they gave.

use super::onnx::{node, number, proto, tensor, value};
use crate::optimize::{decode, fell_back, left, optimize, register};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tract_onnx::pb::{
    AttributeProto, ModelProto, NodeProto, TensorProto, attribute_proto, tensor_proto::DataType,
};
use tract_onnx::prelude::*;

/// Runs a model as it is rewritten; also gives how often each operator stands in it, and what fell back.
fn ours(model: &ModelProto, x: &TValue) -> (Vec<f32>, BTreeMap<String, usize>, Vec<String>) {
    let mut model = model.clone();
    decode(&mut model);
    let mut onnx = tract_onnx::onnx();
    register(&mut onnx);
    let typed = onnx.model_for_proto_model(&model).unwrap().into_typed().unwrap();
    let plan = optimize(typed)
        .unwrap()
        .into_optimized()
        .unwrap()
        .into_runnable()
        .unwrap();
    let (mut ops, mut fallbacks) = (BTreeMap::new(), Vec::new());
    for &id in plan.order_without_consts() {
        let name = plan.model().node(id).op.name().into_owned();
        if fell_back(plan.model(), id) {
            fallbacks.push(name.clone());
        }
        *ops.entry(name).or_insert(0) += 1;
    }
    (floats(&plan.run(tvec!(x.clone())).unwrap()[0]), ops, fallbacks)
}

/// Runs a model as tract does by itself.
fn stock(model: &ModelProto, x: &TValue) -> Vec<f32> {
    let parsed = tract_onnx::onnx().model_for_proto_model(model).unwrap();
    let plan = parsed.into_optimized().unwrap().into_runnable().unwrap();
    floats(&plan.run(tvec!(x.clone())).unwrap()[0])
}

fn floats(value: &TValue) -> Vec<f32> {
    value
        .try_as_plain_ram()
        .unwrap()
        .as_slice::<f32>()
        .unwrap()
        .to_vec()
}

fn rows(shape: &[usize]) -> TValue {
    let values = (0..shape.iter().product::<usize>())
        .map(|i| (i * 37 % 41) as f32 / 13.0 - 1.5)
        .collect();
    Tensor::from(tract_ndarray::ArrayD::from_shape_vec(shape, values).unwrap()).into()
}

fn of_floats(name: &str, dims: &[usize], at: impl Fn(usize) -> f32) -> TensorProto {
    let bytes = (0..dims.iter().product::<usize>())
        .flat_map(|i| at(i).to_le_bytes())
        .collect();
    tensor(name, DataType::Float, dims, bytes)
}

fn of_bytes(name: &str, kind: DataType, dims: &[usize], at: impl Fn(usize) -> u8) -> TensorProto {
    tensor(
        name,
        kind,
        dims,
        (0..dims.iter().product::<usize>()).map(at).collect(),
    )
}

fn of_lengths(name: &str, values: &[i64]) -> TensorProto {
    tensor(
        name,
        DataType::Int64,
        &[values.len()],
        values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    )
}

fn numbers(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..Default::default()
    }
}

/// Adds a node: operator, inputs, output, attributes.
type Push<'a> = dyn FnMut(&str, &[&str], &str, Vec<AttributeProto>) + 'a;

const WIDTH: usize = 96;
const HEADS: i64 = 3;

/// A layer of a text encoder, its weights int8 or quantized dynamically, as torch and onnxruntime write it.
fn layer(dynamic: bool, masked: bool, guarded: bool) -> ModelProto {
    let mut nodes: Vec<NodeProto> = Vec::new();
    let mut constants = vec![
        of_lengths("split", &[0, 0, HEADS, WIDTH as i64 / HEADS]),
        of_lengths("join", &[0, 0, WIDTH as i64]),
        of_floats("scale", &[], |_| 0.18),
        of_floats("gain", &[WIDTH], |i| 1.0 + i as f32 * 0.01),
        of_floats("shift", &[WIDTH], |i| i as f32 * 0.02 - 0.3),
        of_floats("root", &[], |_| std::f32::consts::SQRT_2),
        of_floats("one", &[], |_| 1.0),
        of_floats("half", &[], |_| 0.5),
        of_floats("zero", &[], |_| 0.0),
        of_floats("mask", &[1, 1, 1, 5], |i| if i == 3 { -1e4 } else { 0.0 }),
    ];
    let mut push = |op: &str, inputs: &[&str], output: &str, attributes: Vec<AttributeProto>| {
        nodes.push(node(op, inputs, &[output], attributes));
    };
    let mut linear = |push: &mut Push, x: &str, name: &str| {
        let [q, s, z, b, w, p] = ["q", "s", "z", "b", "w", "p"].map(|part| format!("{name}.{part}"));
        constants.push(of_bytes(&q, DataType::Int8, &[WIDTH, WIDTH], |i| {
            (i * 67 + name.len() + i / 7) as u8
        }));
        constants.push(of_floats(&s, &[WIDTH], |i| 0.0004 + i as f32 * 1e-6));
        constants.push(of_bytes(&z, DataType::Int8, &[WIDTH], |_| 0));
        constants.push(of_floats(&b, &[WIDTH], |i| i as f32 * 0.01 - 0.5));
        if dynamic {
            let [sum, float, both] = ["sum", "float", "both"].map(|part| format!("{name}.{part}"));
            push(
                "MatMulInteger",
                &[&format!("{x}.q"), &q, &format!("{x}.z"), &z],
                &sum,
                vec![],
            );
            push(
                "Cast",
                &[&sum],
                &float,
                vec![number("to", DataType::Float as i64)],
            );
            push("Mul", &[&format!("{x}.s"), &s], &both, vec![]);
            push("Mul", &[&float, &both], &p, vec![]);
        } else {
            push("DequantizeLinear", &[&q, &s, &z], &w, vec![number("axis", 1)]);
            push("MatMul", &[x, &w], &p, vec![]);
        }
        push("Add", &[&b, &p], name, vec![]);
    };
    let quantized = |push: &mut Push, x: &str| {
        if dynamic {
            push("DynamicQuantizeLinear", &[x], x, vec![]);
        }
    };
    quantized(&mut push, "x");
    for name in ["q", "k", "v"] {
        linear(&mut push, "x", name);
        push("Reshape", &[name, "split"], &format!("{name}.4"), vec![]);
        let turn = if name == "k" { [0, 2, 3, 1] } else { [0, 2, 1, 3] };
        push(
            "Transpose",
            &[&format!("{name}.4")],
            &format!("{name}.t"),
            vec![numbers("perm", &turn)],
        );
    }
    push("MatMul", &["q.t", "k.t"], "dots", vec![]);
    push("Mul", &["dots", "scale"], "scaled", vec![]);
    push(
        "Add",
        &["scaled", if masked { "mask" } else { "zero" }],
        "scores",
        vec![],
    );
    push("Softmax", &["scores"], "parts", vec![number("axis", -1)]);
    push("IsNaN", &["parts"], "none", vec![]);
    push("Where", &["none", "zero", "parts"], "sure", vec![]);
    push(
        "MatMul",
        &[if guarded { "sure" } else { "parts" }, "v.t"],
        "taken",
        vec![],
    );
    push(
        "Transpose",
        &["taken"],
        "turned",
        vec![numbers("perm", &[0, 2, 1, 3])],
    );
    push("Reshape", &["turned", "join"], "joined", vec![]);
    quantized(&mut push, "joined");
    linear(&mut push, "joined", "out");
    push("Add", &["out", "x"], "sum", vec![]);
    push(
        "LayerNormalization",
        &["sum", "gain", "shift"],
        "norm",
        vec![number("axis", -1)],
    );
    quantized(&mut push, "norm");
    linear(&mut push, "norm", "up");
    push("Div", &["up", "root"], "g1", vec![]);
    push("Erf", &["g1"], "g2", vec![]);
    push("Add", &["g2", "one"], "g3", vec![]);
    push("Mul", &["up", "g3"], "g4", vec![]);
    push("Mul", &["g4", "half"], "y", vec![]);
    for node in &mut nodes {
        if node.op_type == "DynamicQuantizeLinear" {
            let x = node.input[0].clone();
            node.output = vec![format!("{x}.q"), format!("{x}.s"), format!("{x}.z")];
            node.name = format!("{x}.quantize");
        }
    }
    if !guarded {
        nodes.retain(|node| node.op_type != "IsNaN" && node.op_type != "Where");
    }
    proto(
        nodes,
        constants,
        value("x", DataType::Float, &[Some(1), None, Some(WIDTH)]),
    )
}

#[test]
fn a_layer_of_a_text_encoder_becomes_five_operators() {
    for (dynamic, masked, guarded) in [
        (false, false, false),
        (false, true, true),
        (true, false, true),
        (true, true, false),
    ] {
        let model = layer(dynamic, masked, guarded);
        let x = rows(&[1, 5, WIDTH]);
        let (came, ops, fallbacks) = ours(&model, &x);
        let product = if dynamic {
            "DynamicInt8MatMul"
        } else {
            "Int8MatMul"
        };
        let what = format!("dynamic {dynamic} masked {masked} guarded {guarded}: {ops:?}");
        let expect: BTreeMap<String, usize> =
            [("Attention", 1), ("LayerNorm", 1), (product, 3), ("Source", 1)]
                .map(|(name, count)| (name.to_owned(), count))
                .into();
        assert_eq!(ops, expect, "{what}");
        assert_eq!(fallbacks, Vec::<String>::new(), "{what}");
        // One byte of a quantized row may fall on the other side of a half: a step of it, no more.
        let slack = if dynamic { 0.03 } else { 2e-4 };
        for (came, expected) in came.iter().zip(stock(&model, &x)) {
            assert!(
                (came - expected).abs() < slack * (1.0 + expected.abs()),
                "{what}: {came} for {expected}"
            );
        }
    }
}

/// A product between quantizations with scales of the graph's.
fn statically(kind: DataType, lead: &[usize], gemm: bool) -> ModelProto {
    let along = |name: &str, at: fn(usize) -> f32| of_floats(name, &[7], at);
    let mut constants = vec![
        of_floats("xs", &[], |_| 0.03),
        of_bytes("xz", kind, &[], |_| 20),
        of_bytes("w", DataType::Int8, if gemm { &[7, 9] } else { &[9, 7] }, |i| {
            (i * 91 + 5) as u8
        }),
        along("ws", |i| 0.01 + i as f32 * 0.003),
        of_bytes("wz", DataType::Int8, &[7], |_| 0),
        along("b", |i| i as f32 - 3.0),
        of_floats("ys", &[], |_| 0.05),
        of_bytes("yz", kind, &[], |_| 12),
    ];
    constants.push(of_lengths("unused", &[0]));
    let mut nodes = vec![
        node("QuantizeLinear", &["x", "xs", "xz"], &["xq"], vec![]),
        node("DequantizeLinear", &["xq", "xs", "xz"], &["xd"], vec![]),
        node(
            "DequantizeLinear",
            &["w", "ws", "wz"],
            &["wd"],
            vec![number("axis", i64::from(!gemm))],
        ),
    ];
    if gemm {
        nodes.push(node(
            "Gemm",
            &["xd", "wd", "b"],
            &["p"],
            vec![number("transB", 1)],
        ));
    } else {
        nodes.push(node("MatMul", &["xd", "wd"], &["m"], vec![]));
        nodes.push(node("Add", &["m", "b"], &["p"], vec![]));
    }
    nodes.push(node("QuantizeLinear", &["p", "ys", "yz"], &["yq"], vec![]));
    nodes.push(node("DequantizeLinear", &["yq", "ys", "yz"], &["y"], vec![]));
    let shape: Vec<Option<usize>> = lead.iter().copied().map(Some).chain([None, Some(9)]).collect();
    proto(nodes, constants, value("x", DataType::Float, &shape))
}

#[test]
fn products_between_quantizations_run_on_integers() {
    for kind in [DataType::Uint8, DataType::Int8] {
        for (lead, gemm) in [(&[][..], false), (&[][..], true), (&[2][..], false)] {
            let model = statically(kind, lead, gemm);
            let shape: Vec<usize> = lead.iter().copied().chain([4, 9]).collect();
            let (came, ops, fallbacks) = ours(&model, &rows(&shape));
            let what = format!("{kind:?} {lead:?} gemm {gemm}: {ops:?}");
            assert_eq!(
                (ops.get("StaticInt8MatMul"), ops.get("Rounded")),
                (Some(&1), Some(&1)),
                "{what}"
            );
            assert_eq!(fallbacks, Vec::<String>::new(), "{what}");
            for (came, expected) in came.iter().zip(stock(&model, &rows(&shape))) {
                // Equal, or a neighbouring step where an f32 sum falls on a half.
                assert!((came - expected).abs() < 0.0501, "{what}: {came} for {expected}");
            }
        }
    }
}

/// tract makes a table of either, which gives each softmax of one number, and reads bytes above 127 as negative.
#[test]
fn what_is_no_function_of_one_byte_is_computed() {
    let x = Tensor::from(tract_ndarray::arr2(&[
        [3.0f32, 250.0, 130.0, 0.0],
        [9.0, 8.0, 7.0, 6.0],
    ]))
    .into();
    for (op, kind, zero) in [
        ("Softmax", DataType::Uint8, 20),
        ("Softmax", DataType::Int8, 236),
        ("Sigmoid", DataType::Int8, 236),
    ] {
        let constants = vec![
            of_floats("xs", &[], |_| 0.02),
            of_bytes("xz", DataType::Uint8, &[], |_| 100),
            of_floats("ys", &[], |_| 0.01),
            of_bytes("yz", kind, &[], |_| zero),
        ];
        let nodes = vec![
            node(
                "Cast",
                &["x"],
                &["bytes"],
                vec![number("to", DataType::Uint8 as i64)],
            ),
            node("DequantizeLinear", &["bytes", "xs", "xz"], &["numbers"], vec![]),
            node(op, &["numbers"], &["function"], vec![]),
            node("QuantizeLinear", &["function", "ys", "yz"], &["rounded"], vec![]),
            node("DequantizeLinear", &["rounded", "ys", "yz"], &["y"], vec![]),
        ];
        let model = proto(nodes, constants, value("x", DataType::Float, &[Some(2), Some(4)]));
        let (came, ops, _) = ours(&model, &x);
        let numbers: Vec<f32> = floats(&x).iter().map(|x| (x - 100.0) * 0.02).collect();
        for (at, came) in came.iter().enumerate() {
            let row = &numbers[at / 4 * 4..at / 4 * 4 + 4];
            let expected = match op {
                "Softmax" => numbers[at].exp() / row.iter().map(|x| x.exp()).sum::<f32>(),
                _ => 1.0 / (1.0 + (-numbers[at]).exp()),
            };
            assert!(
                (came - expected).abs() < 0.0051,
                "{op} {kind:?}: {came} for {expected}: {ops:?}"
            );
        }
    }
}

/// One quantized operator between two inputs of bytes and one output, all with scales of their own.
fn operator(op: &str, b: &[usize]) -> ModelProto {
    let constants = vec![
        of_floats("xs", &[], |_| 0.03),
        of_bytes("xz", DataType::Uint8, &[], |_| 60),
        of_bytes("b", DataType::Uint8, b, |i| (i * 53 + 100) as u8),
        of_floats("bs", &[], |_| 0.02),
        of_bytes("bz", DataType::Uint8, &[], |_| 100),
        of_floats("ys", &[], |_| 0.1),
        of_bytes("yz", DataType::Uint8, &[], |_| 90),
        tensor(
            "c",
            DataType::Int32,
            &[4],
            [-900i32, 0, 70, 800]
                .iter()
                .flat_map(|c| c.to_le_bytes())
                .collect(),
        ),
        of_floats("bias", &[4], |i| i as f32 - 1.0),
    ];
    let x = ["xq", "xs", "xz"];
    let inputs: Vec<&str> = match op {
        "QLinearSigmoid" | "QLinearSoftmax" => [&x[..], &["ys", "yz"]].concat(),
        "QGemm" => [&x[..], &["b", "bs", "bz", "c", "ys", "yz"]].concat(),
        "QLinearConcat" => vec!["ys", "yz", "xq", "xs", "xz", "xq", "xs", "xz"],
        "DynamicQuantizeMatMul" => vec!["x", "b", "bs", "bz", "bias"],
        "MatMulIntegerToFloat" => vec!["xq", "b", "xs", "bs", "xz", "bz", "bias"],
        _ => [&x[..], &["b", "bs", "bz", "ys", "yz"]].concat(),
    };
    let attributes = match op {
        "QLinearConcat" => vec![number("axis", 1)],
        _ => vec![],
    };
    let in_floats = ["DynamicQuantizeMatMul", "MatMulIntegerToFloat"].contains(&op);
    let mut nodes = vec![
        node(
            "QuantizeLinear",
            &x.map(|name| if name == "xq" { "x" } else { name }),
            &["xq"],
            vec![],
        ),
        node(op, &inputs, &[if in_floats { "y" } else { "yq" }], attributes),
    ];
    if !in_floats {
        nodes.push(node("DequantizeLinear", &["yq", "ys", "yz"], &["y"], vec![]));
    }
    proto(nodes, constants, value("x", DataType::Float, &[None, Some(4)]))
}

/// x, quantized and back by one scale, times weights with a scale a column, all in 16 bits.
fn wide(kind: DataType, zero: i32, scales: usize) -> ModelProto {
    let words = |name: &str, dims: &[usize], at: &dyn Fn(usize) -> i32| {
        let words = (0..dims.iter().product::<usize>()).flat_map(|i| (at(i) as u16).to_le_bytes());
        tensor(name, kind, dims, words.collect())
    };
    let nodes = vec![
        node("QuantizeLinear", &["x", "s", "z"], &["q"], vec![]),
        node("DequantizeLinear", &["q", "s", "z"], &["d"], vec![]),
        node(
            "DequantizeLinear",
            &["w", "ws", "wz"],
            &["wd"],
            vec![number("axis", 1)],
        ),
        node("MatMul", &["d", "wd"], &["y"], vec![]),
    ];
    let constants = vec![
        of_floats("s", &vec![scales; usize::from(scales > 1)], |_| 0.00003),
        words("z", &vec![scales; usize::from(scales > 1)], &|_| zero),
        words("w", &[3, 2], &|i| i as i32 * 5003 + zero),
        of_floats("ws", &[2], |i| 0.00002 * (i + 1) as f32),
        words("wz", &[2], &|i| zero + i as i32),
    ];
    proto(nodes, constants, value("x", DataType::Float, &[Some(2), Some(3)]))
}

#[test]
fn numbers_of_16_bits_are_computed_in_floats() {
    let x = rows(&[2, 3]);
    let given = floats(&x);
    for (kind, zero, least, most) in [
        (DataType::Uint16, 1000, 0.0, 65_535.0),
        (DataType::Int16, -7, -32_768.0, 32_767.0),
    ] {
        let (came, ops, fallbacks) = ours(&wide(kind, zero, 1), &x);
        let d = |i: usize| {
            let word = (given[i] / 0.00003).round_ties_even() + zero as f32;
            (word.clamp(least, most) - zero as f32) * 0.00003
        };
        let w = |k: usize, n: usize| (((k * 2 + n) * 5003) as f32 - n as f32) * 0.00002 * (n + 1) as f32;
        for (index, came) in came.iter().enumerate() {
            let (row, n) = (index / 2, index % 2);
            let expected: f32 = (0..3).map(|k| d(row * 3 + k) * w(k, n)).sum();
            assert!(
                (came - expected).abs() < 1e-4,
                "{kind:?}: {expected}, {came} came"
            );
        }
        assert!(
            fallbacks.iter().all(|op| op == "Cast") && !fallbacks.is_empty(),
            "{ops:?}"
        );
    }
    // Several scales run along an axis that the file does not tell the length of.
    let mut several = wide(DataType::Uint16, 0, 3);
    decode(&mut several);
    assert_eq!(
        left(&several),
        ["DequantizeLinear of UINT16", "QuantizeLinear of UINT16"]
    );
}

#[test]
fn operators_of_onnxruntime_give_what_they_stand_for() {
    let x = rows(&[3, 4]);
    let given = floats(&x);
    // The numbers that the bytes of x and b stand for.
    let a = |i: usize| {
        ((given[i] / 0.03).round_ties_even() + 60.0)
            .clamp(0.0, 255.0)
            .mul_add(0.03, -60.0 * 0.03)
    };
    let b = |i: usize| (((i * 53 + 100) as u8) as f32 - 100.0) * 0.02;
    let product = |r: usize, n: usize| (0..4).map(|k| a(r * 4 + k) * b(k * 4 + n)).sum::<f32>();
    let each = |of: &dyn Fn(usize) -> f32| (0..12).map(of).collect::<Vec<f32>>();
    let softmax = |i: usize| {
        let row = i / 4 * 4;
        a(i).exp() / (row..row + 4).map(|j| a(j).exp()).sum::<f32>()
    };
    let twice: Vec<f32> = (0..24).map(|i| a(i / 8 * 4 + i % 4)).collect();
    for (op, shape, expected, slack) in [
        ("QLinearAdd", &[4][..], each(&|i| a(i) + b(i % 4)), 0.051),
        ("QLinearMul", &[4], each(&|i| a(i) * b(i % 4)), 0.051),
        (
            "QLinearSigmoid",
            &[4],
            each(&|i| 1.0 / (1.0 + (-a(i)).exp())),
            0.051,
        ),
        ("QLinearSoftmax", &[4], each(&softmax), 0.051),
        ("QLinearConcat", &[4], twice, 0.051),
        ("QLinearMatMul", &[4, 4], each(&|i| product(i / 4, i % 4)), 0.051),
        (
            "QGemm",
            &[4, 4],
            each(&|i| product(i / 4, i % 4) + [-900.0, 0.0, 70.0, 800.0][i % 4] * 0.03 * 0.02),
            0.051,
        ),
        (
            "MatMulIntegerToFloat",
            &[4, 4],
            each(&|i| product(i / 4, i % 4) + (i % 4) as f32 - 1.0),
            1e-4,
        ),
        // Quantized more finely than by the scale of the others, and anew: near, not equal.
        (
            "DynamicQuantizeMatMul",
            &[4, 4],
            each(&|i| product(i / 4, i % 4) + (i % 4) as f32 - 1.0),
            0.2,
        ),
    ] {
        let (came, ops, _) = ours(&operator(op, shape), &x);
        let expected: Vec<f32> = match slack > 0.05 && slack < 0.1 {
            // What bytes of y can say, 90 standing for 0 in steps of 0.1.
            true => expected.iter().map(|y| y.clamp(-9.0, 16.5)).collect(),
            false => expected,
        };
        assert_eq!(came.len(), expected.len(), "{op}: {ops:?}");
        for (came, expected) in came.iter().zip(&expected) {
            assert!(
                (came - expected).abs() < slack,
                "{op}: {came} for {expected}: {ops:?}"
            );
        }
        let product = match op {
            "QLinearMatMul" | "QGemm" => "StaticInt8MatMul",
            "DynamicQuantizeMatMul" => "DynamicInt8MatMul",
            _ => continue,
        };
        assert_eq!(ops.get(product), Some(&1), "{op}: {ops:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_layer_of_any_length(length in 1usize..40, dynamic: bool) {
        let model = layer(dynamic, false, false);
        let x = rows(&[1, length, WIDTH]);
        let (came, ..) = ours(&model, &x);
        let expected = stock(&model, &x);
        let dot: f32 = came.iter().zip(&expected).map(|(a, b)| a * b).sum();
        let norm = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>().sqrt();
        prop_assert!(dot / (norm(&came) * norm(&expected)) > 0.9999);
    }
}
