use super::*;
use crate::Lengths;
use std::path::Path;

fn model() -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models/text/model.onnx");
    Model::open(&path).unwrap()
}

#[test]
fn exactly_the_runs_asked_for_are_measured() {
    let model = model();
    let inputs = model.trial(&Lengths::default()).unwrap();
    for runs in [1, 2, 7] {
        let mut ran = 0;
        let bench = model.bench(&inputs, runs, || ran += 1).unwrap();
        assert_eq!(bench.runs.len(), runs);
        assert_eq!(ran, WARM_UP + PROFILED + runs);
    }
}

#[test]
fn the_table_names_every_operator_that_runs() {
    let model = model();
    let inputs = model.trial(&Lengths::default()).unwrap();
    let bench = model.bench(&inputs, 1, || ()).unwrap();
    let counts: BTreeMap<String, usize> = bench.ops.iter().map(|op| (op.name.clone(), op.count)).collect();
    let mut runs = model.ops();
    // Inputs cost nothing and are no work, but tract runs them as operators.
    runs.entry("Source".to_owned()).or_insert(model.inputs().len());
    assert_eq!(counts, runs);
    assert_eq!(bench.nodes.len(), counts.values().sum::<usize>());
    let shares: f64 = bench.ops.iter().map(|op| op.share).sum();
    assert!((shares - 1.0).abs() < 1e-6, "{shares}");
    assert!(bench.ops.is_sorted_by(|a, b| a.time >= b.time));
    let names: Vec<&str> = bench.outputs.iter().map(|(name, _)| name).collect();
    assert_eq!(names, model.outputs());
}

#[test]
fn quantiles_are_of_the_nearest_rank() {
    let times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
    for (share, expect) in [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)] {
        assert_eq!(quantile(&times, share), Duration::from_millis(expect));
    }
    assert_eq!(quantile(&times[..1], 0.99), Duration::from_millis(100));
    assert_eq!(quantile(&[], 0.5), Duration::ZERO);
}

#[test]
fn kernels_are_found_in_what_operators_tell() {
    let check = |line: &str, expect: &[&str]| assert_eq!(kernel_names(line), expect, "{line}");
    check("kernel: avx512vnni", &["avx512vnni"]);
    check(
        "Mult: m:12 k:384 n:1536 with [avx512_mmm_f32_16x8]",
        &["avx512_mmm_f32_16x8"],
    );
    check("Mult: [a, b]", &["a", "b"]);
    check("c_shape:1,2,F32, c_m_axis:Some(0)", &[]);
}
