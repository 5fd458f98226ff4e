//! The shipped text model, run by tract, against what the recipe's own run (onnxruntime) gave for the same lines:
//! words, logits, and the frames they say. The cases stand in `models/text/golden.jsonl`.

use brain::message::{MapItem, Tags};
use brain::units::Point;
use coact::read::Reader;
use engine::Folders;
use serde_json::Value;
use std::path::Path;

/// Largest difference of a logit: sums in another order, weights dequantized before or after.
const SLACK: f64 = 0.005;

#[test]
fn tract_reads_as_the_recipe_did() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let Ok(golden) = std::fs::read_to_string(models.join("text/golden.jsonl")) else {
        println!("skipped: models/text/golden.jsonl is not here");
        return;
    };
    let reader = Reader::load(&Folders::new(Some(&models), None)).unwrap();
    let mut cases = 0;
    for line in golden.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        // The recipe gives the network the mark that ends a sentence, the reader passes over it.
        if text.ends_with(['.', '!']) {
            continue;
        }
        let tags = reader.read(text, Some(&map(&case["map"]))).unwrap();
        check_words(text, &case["words"], &tags);
        check_logits(text, &case["logits"], &tags, reader.labels().roles.len() * 2 + 1);
        check_frames(text, &case["reading"]["tasks"], &tags, &reader);
        cases += 1;
    }
    assert!(cases > 20, "{cases} cases");
}

fn map(map: &Value) -> Vec<MapItem> {
    let item = |item: &Value| MapItem {
        id: item["id"].as_str().unwrap().to_owned(),
        class: item["type"].as_str().unwrap().to_owned(),
        names: item["names"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect(),
        at: Point {
            x: item["x"].as_f64().unwrap() as f32,
            y: item["y"].as_f64().unwrap() as f32,
        },
    };
    map.as_array()
        .map(|items| items.iter().map(item).collect())
        .unwrap_or_default()
}

fn check_words(text: &str, words: &Value, tags: &Tags) {
    let expected: Vec<(u64, u64)> = words
        .as_array()
        .unwrap()
        .iter()
        .map(|word| (word[1].as_u64().unwrap(), word[2].as_u64().unwrap()))
        .collect();
    let came: Vec<(u64, u64)> = tags
        .words
        .iter()
        .map(|word| (word.start.into(), word.end.into()))
        .collect();
    assert_eq!(came, expected, "words of {text:?}");
}

fn check_logits(text: &str, logits: &Value, tags: &Tags, tag_count: usize) {
    let count = tags.words.len();
    let last = (count - 1) * tag_count;
    for (name, came) in [
        ("frames_0", &tags.frames[..]),
        ("roles_0_last", &tags.roles[last..]),
        ("heads_0", &tags.heads[..]),
        ("moods_0", &tags.moods[..]),
        ("acts", &tags.acts[..]),
        ("langs", &tags.langs[..]),
        ("embedding_first_8", &tags.embedding[..]),
    ] {
        for (index, (expected, came)) in logits[name].as_array().unwrap().iter().zip(came).enumerate() {
            let expected = expected.as_f64().unwrap();
            let off = (expected - f64::from(*came)).abs();
            assert!(
                off < SLACK,
                "{text:?}: {name}[{index}] should be {expected}, is {came}"
            );
        }
    }
}

/// The likeliest frame of each word, where there is one, is the golden one. What the brain makes of roles beyond the
/// logits is its own and tested there.
fn check_frames(text: &str, tasks: &Value, tags: &Tags, reader: &Reader) {
    let names = &reader.labels().frames;
    let mut came = Vec::new();
    for (word, logits) in tags.words.iter().zip(tags.frames.chunks_exact(names.len())) {
        let best = (0..names.len())
            .max_by(|&a, &b| logits[a].total_cmp(&logits[b]))
            .unwrap();
        if names[best] != "none" && names[best] != "continues" {
            came.push((names[best].as_str(), word.start as usize));
        }
    }
    let trigger = |task: &Value| task["trigger"].as_str().unwrap().to_owned();
    let expected: Vec<(&str, String)> = tasks
        .as_array()
        .unwrap()
        .iter()
        .map(|task| (task["frame"].as_str().unwrap(), trigger(task)))
        .collect();
    assert_eq!(came.len(), expected.len(), "{text:?}: {came:?} for {expected:?}");
    for ((frame, start), (expected, trigger)) in came.iter().zip(&expected) {
        assert_eq!(frame, expected, "{text:?}");
        let rest: String = text.chars().skip(*start).collect();
        assert!(
            rest.starts_with(trigger.as_str()),
            "{text:?}: {trigger} is not at {start}"
        );
    }
}
