//! `coact see` as its user meets it: the built program, its output, its messages, its exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn photo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packs/demo/photos")
        .join(name)
}

fn see(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coact"))
        .arg("see")
        .args(arguments)
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_picture_is_described_in_words_and_in_json() {
    let cup = photo("coffee.jpg");
    let words = see(&[cup.to_str().unwrap()]);
    assert!(words.status.success());
    let text = String::from_utf8(words.stdout).unwrap();
    assert!(
        text.contains("600 x 400") && text.contains("cup") && text.contains("red"),
        "{text}"
    );

    let output = see(&[
        cup.to_str().unwrap(),
        photo("cat.jpg").to_str().unwrap(),
        "--json",
    ]);
    assert!(output.status.success());
    let reports = lines(&output);
    assert_eq!(reports.len(), 2);
    assert_eq!(
        (&reports[0]["width"], &reports[0]["height"]),
        (&600.into(), &400.into())
    );
    assert_eq!(reports[0]["objects"][0]["label"], "cup");
    assert_eq!(reports[1]["objects"][0]["label"], "cat");
}

#[test]
fn bad_files_are_named_and_the_good_ones_still_described() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let whole = std::fs::read(photo("coffee.jpg")).unwrap();
    let (empty, text, cut) = (
        file("empty.jpg", b""),
        file("text.png", b"no picture"),
        file("cut.jpg", &whole[..90]),
    );
    let none = folder.path().join("none.jpg").to_str().unwrap().to_owned();
    let good = photo("coffee.jpg").to_str().unwrap().to_owned();
    let output = see(&[&empty, &text, &good, &cut, &none, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).len(), 1);
    let said = String::from_utf8(output.stderr)
        .unwrap()
        .replace(folder.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(said, @r#"
coact: DIR/empty.jpg: is empty (0 bytes); a JPEG or PNG picture was expected. Was it copied whole?
coact: DIR/text.png: is neither JPEG nor PNG (it begins with "no pictu"); convert it to one of them
coact: DIR/cut.jpg: is damaged or cut off: Format error decoding Jpeg: I/O errors Not enough bytes, expected 1 but found 0. Copy or take it again
coact: DIR/none.jpg: cannot be read: No such file or directory (os error 2). Check the path and its permissions
"#);
}

#[test]
fn annotated_pictures_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let (cup, cat) = (photo("coffee.jpg"), photo("cat.jpg"));
    let (cup, cat) = (cup.to_str().unwrap(), cat.to_str().unwrap());
    let one = folder.path().join("seen.png");
    assert!(see(&[cup, "--annotate", one.to_str().unwrap()]).status.success());
    assert_eq!(image::image_dimensions(&one).unwrap(), (640, 427));

    let all = folder.path().join("all");
    assert!(
        see(&[cup, cat, "--annotate", all.to_str().unwrap()])
            .status
            .success()
    );
    assert!(all.join("coffee.png").is_file() && all.join("cat.png").is_file());

    let wrong = see(&[cup, cat, "--annotate", one.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("give a folder"));
}

#[test]
fn a_missing_model_and_wrong_options_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let cup = photo("coffee.jpg");
    let check = |arguments: &[&str], expected: &str| {
        let output = see(&[&[cup.to_str().unwrap()], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    };
    check(
        &["--models", folder.path().to_str().unwrap()],
        "no model \"detector\"",
    );
    check(
        &["--model", folder.path().join("x.onnx").to_str().unwrap()],
        "give an ONNX file",
    );
    check(&["--view", "500"], "a number from 10 to 170");
    check(&["--min-score", "2"], "a number from 0 to 1");
}
