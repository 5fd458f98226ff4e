use super::*;
use proptest::prelude::*;

fn fixture() -> Manifest {
    Manifest::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models/text")).unwrap()
}

fn model() -> Model {
    Model::load(&fixture()).unwrap()
}

fn inputs(pieces: usize, words: usize) -> Vec<(&'static str, Array)> {
    vec![
        ("hints", Array::i64(&[1, pieces], vec![0; pieces]).unwrap()),
        ("first", Array::i64(&[words], vec![1; words]).unwrap()),
        ("input_ids", Array::i64(&[1, pieces], vec![5; pieces]).unwrap()),
    ]
}

#[test]
fn names_and_lengths_are_free() {
    let model = model();
    assert_eq!(model.inputs(), ["input_ids", "first", "hints"]);
    assert_eq!(
        model.outputs(),
        ["frames", "roles", "heads", "moods", "acts", "langs", "embedding"]
    );
    for (pieces, words) in [(3, 1), (9, 4), (40, 30), (3, 1)] {
        let outputs = model.run(inputs(pieces, words)).unwrap();
        assert_eq!(outputs.get("roles").unwrap().shape(), [words, words, 5]);
        assert_eq!(outputs.f32("heads").unwrap().len(), words * words);
    }
    assert!(model.ops().values().sum::<usize>() > 5);
    assert_eq!(model.probe(8).unwrap().get("frames").unwrap().shape(), [8, 4]);
}

#[test]
fn wrong_inputs_are_told_what_was_expected() {
    let model = model();
    let mut some = inputs(4, 2);
    some.remove(0);
    insta::assert_snapshot!(model.run(some).unwrap_err(), @"text takes the inputs input_ids, first, hints, but first, input_ids came");
    let mut some = inputs(4, 2);
    some[1].1 = Array::f32(&[2], vec![0., 1.]).unwrap();
    insta::assert_snapshot!(model.run(some).unwrap_err(), @"text: input first takes i64 [w], but f32 [2] came");
    let mut some = inputs(4, 2);
    some[2].1 = Array::i64(&[2, 4], vec![5; 8]).unwrap();
    insta::assert_snapshot!(model.run(some).unwrap_err(), @"text: input input_ids takes i64 [1, n], but i64 [2, 4] came");
    let mut some = inputs(4, 2);
    some[1].1 = Array::i64(&[2], vec![0, 99]).unwrap();
    assert!(
        matches!(model.run(some), Err(RunError::Graph { .. })),
        "an index beyond the text fails in the graph"
    );
    insta::assert_snapshot!(model.run(inputs(4, 2)).unwrap().f32("faces").unwrap_err(), @r#"text gives no f32 "faces"; it gives frames (f32), roles (f32), heads (f32), moods (f32), acts (f32), langs (f32), embedding (f32)"#);
}

fn open(bytes: &[u8]) -> Result<Model, LoadError> {
    Model::from_bytes("model", Path::new("model.onnx"), bytes)
}

#[test]
fn what_is_no_onnx_is_refused() {
    insta::assert_snapshot!(open(b"").unwrap_err(), @"model.onnx: an ONNX model is expected, but this is none, or it is cut off (it holds no graph)");
    insta::assert_snapshot!(open(b"hello, world: this is a text\n").unwrap_err(), @"model.onnx: an ONNX model is expected, but this is none, or it is cut off (failed to decode Protobuf message: unexpected end group tag)");
    let sound = fixture().bytes("model.onnx").unwrap();
    assert!(matches!(
        open(&sound[..sound.len() / 2]),
        Err(LoadError::NotOnnx { .. })
    ));
}

#[test]
fn an_operator_that_tract_lacks_is_named() {
    let mut bytes = fixture().bytes("model.onnx").unwrap();
    let at = bytes.windows(4).position(|window| window == b"Tanh").unwrap();
    bytes[at..at + 4].copy_from_slice(b"Zanh");
    insta::assert_snapshot!(open(&bytes).unwrap_err(), @"model.onnx: uses the operator Zanh, which coact cannot run. Export the model without it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_files_never_panic(at in 0usize..3000, to: u8, cut in proptest::option::of(0usize..3000)) {
        let mut bytes = fixture().bytes("model.onnx").unwrap();
        let length = bytes.len();
        bytes[at % length] = to;
        bytes.truncate(cut.unwrap_or(length));
        let _ = open(&bytes);
    }
}
