//! The reader on a network with random weights: shapes, errors, determinism. What it means is the model's evaluation.

use super::*;
use std::path::Path;

fn reader() -> Reader {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    Reader::load(&Folders::new(Some(&folder), None)).unwrap()
}

#[test]
fn tags_have_the_shapes_that_labels_and_words_say() {
    let reader = reader();
    let labels = reader.labels();
    for text in [
        "go",
        "go to the kitchen and bring me the red cup",
        "Ärgere dich nicht, turn left",
        "去厨房",
    ] {
        let tags = reader.read(text, None).unwrap();
        let count = tags.words.len();
        assert_eq!(tags.frames.len(), count * labels.frames.len());
        assert_eq!(tags.roles.len(), count * count * (1 + 2 * labels.roles.len()));
        assert_eq!(tags.heads.len(), count * count);
        assert_eq!(tags.moods.len(), count * labels.moods.len());
        assert_eq!(
            (tags.acts.len(), tags.langs.len()),
            (labels.acts.len(), labels.langs.len())
        );
        let length: f32 = tags.embedding.iter().map(|x| x * x).sum();
        assert!((length - 1.).abs() < 1e-4, "the embedding has unit length");
        assert_eq!(
            tags,
            reader.read(text, None).unwrap(),
            "the same text reads the same"
        );
    }
}

#[test]
fn a_map_changes_what_is_read() {
    let reader = reader();
    let cup = MapItem {
        id: "c1".to_owned(),
        class: "Cup".to_owned(),
        names: vec!["cup".to_owned()],
        at: brain::units::Point { x: 1., y: 2. },
    };
    let without = reader.read("bring me the cup", None).unwrap();
    let with = reader.read("bring me the cup", Some(&[cup])).unwrap();
    assert_eq!(without.words, with.words);
    assert_ne!(without.frames, with.frames);
    assert_eq!(
        without,
        reader.read("bring me the cup", Some(&[])).unwrap(),
        "an empty map is none"
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let reader = reader();
    assert_eq!(reader.read(" ", None), Err(ReadError::Empty));
    assert_eq!(reader.read(&"go ".repeat(34_000), None), Err(ReadError::TooLong));
    assert!(reader.read(&"go ".repeat(MAX_WORDS), None).is_ok());
}

#[test]
fn a_foreign_network_or_tokenizer_is_refused() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/text");
    let mut manifest = Manifest::read(&fixture).unwrap();
    manifest.tokenizer = Some("model.onnx".to_owned());
    assert!(matches!(
        Reader::open(&manifest),
        Err(OpenError::Tokenizer { .. })
    ));

    let mut manifest = Manifest::read(&fixture).unwrap();
    manifest.labels.remove("moods");
    let error = Reader::open(&manifest).unwrap_err().to_string();
    assert!(
        error.ends_with("[labels] needs a list \"moods\" in the order of the network's outputs"),
        "{error}"
    );

    let mut manifest = Manifest::read(&fixture).unwrap();
    manifest
        .labels
        .get_mut("frames")
        .unwrap()
        .push("dancing".to_owned());
    insta::assert_snapshot!(
        Reader::open(&manifest).unwrap().read("go", None).unwrap_err(),
        @"the text could not be read: output frames should hold 5 numbers by the manifest's labels, but holds 4"
    );
}

#[test]
fn the_mark_that_ends_a_sentence_changes_nothing() {
    let check = |text: &str, expect: &str| assert_eq!(unmarked(text), expect, "{text}");
    check("Look up.", "Look up");
    check("Come here! ", "Come here");
    check("Where is it?", "Where is it?");
    check("Go to Mr. Hall", "Go to Mr. Hall");
    check("at 3 p.m.", "at 3 p.m.");
    check("wait ...", "wait ...");
    check("wait...", "wait...");
    check(".", ".");
    let reader = reader();
    let [bare, marked] = ["look up", "look up."].map(|text| reader.read(text, None).unwrap());
    assert_eq!(bare, marked);
}
