//! On the shipped model: cases whose answer is known.

use super::*;
use engine::Folders;
use std::path::Path;

fn reader() -> Option<Reader> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let reader = Reader::load(&Folders::new(Some(&models), None));
    if reader.is_err() {
        println!("skipped: models/text is not here");
    }
    reader.ok()
}

/// The word that carries a claim most.
fn carrier<'a>(explanation: &'a Explanation, claim: &Claim) -> &'a str {
    let most = (0..claim.carried.len())
        .max_by(|&a, &b| claim.carried[a].total_cmp(&claim.carried[b]))
        .unwrap();
    assert!(claim.carried[most] > 0.2, "{claim:?}");
    &explanation.words[most].text
}

#[test]
fn the_verb_carries_its_frame_and_a_name_its_role() {
    let Some(reader) = reader() else { return };
    let check = |text: &str, task: usize, frame: &str, verb: &str, role: &str, noun: &str| {
        let (_, explanation) = explain(&reader, text, &[]).unwrap();
        let task = &explanation.tasks[task];
        assert_eq!(task.frame.name, frame, "{text}");
        assert_eq!(carrier(&explanation, &task.frame), verb, "{text}");
        let role = task.roles.iter().find(|one| one.claim.name == role).unwrap();
        // A role is of its frame, so the verb carries it, too; what else carries it is its name.
        let mut claim = role.claim.clone();
        let words = explanation.words.iter().map(|word| word.text.as_str());
        for (share, _) in claim
            .carried
            .iter_mut()
            .zip(words)
            .filter(|(_, word)| *word == verb)
        {
            *share = 0.0;
        }
        assert_eq!(carrier(&explanation, &claim), noun, "{text}");
    };
    check(
        "bring me the newspaper",
        0,
        "bringing",
        "bring",
        "beneficiary",
        "me",
    );
    check(
        "go to the kitchen and open the window",
        1,
        "closure",
        "open",
        "container_portal",
        "window",
    );
    check("follow anna", 0, "cotheme", "follow", "cotheme", "anna");
}

#[test]
fn the_same_text_has_the_same_reasons() {
    let Some(reader) = reader() else { return };
    let text = "take the cup on the table";
    let (reading, first) = explain(&reader, text, &[]).unwrap();
    let (again, second) = explain(&reader, text, &[]).unwrap();
    assert_eq!((&first, &reading), (&second, &again));
    assert_eq!(first.words.len(), 6);
    assert!(first.tasks[0].frame.second.is_some());
    for claim in first
        .tasks
        .iter()
        .flat_map(|task| task.roles.iter().map(|role| &role.claim))
    {
        assert_eq!(claim.carried.len(), first.words.len());
        assert!(claim.carried.iter().all(|share| (-1.0..=1.0).contains(share)));
    }
}

#[test]
fn texts_of_one_word_and_of_none() {
    let Some(reader) = reader() else { return };
    let (_, explanation) = explain(&reader, "wait", &[]).unwrap();
    assert_eq!(carrier(&explanation, &explanation.tasks[0].frame), "wait");
    assert!(explain(&reader, " ", &[]).is_err());
}

#[test]
fn the_picture_and_the_text_name_every_word() {
    let Some(reader) = reader() else { return };
    let (_, explanation) = explain(&reader, "把杯子放在<桌子>上", &[]).unwrap();
    let (svg, text) = (picture::svg(&explanation), text::text(&explanation));
    for word in &explanation.words {
        assert!(text.contains(&word.text), "{text}");
    }
    assert!(svg.contains("&lt;") && !svg.contains("<桌子>"), "{svg}");
    assert!(svg.ends_with("</svg>\n"));
}
