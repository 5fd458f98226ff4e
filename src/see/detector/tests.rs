use super::*;
use crate::see::boxes::Rect;
use crate::see::picture;
use image::Rgb;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn detector() -> Detector {
    Detector::open(&root("models/detector")).unwrap()
}

/// Looks at a shipped photo; everything named must be found where it is (boxes by eye, in pixels) and nothing else that
/// scores more than any of them.
fn check(photo: &str, things: &[(&str, [f32; 4], &str)]) {
    let picture = picture::read(&root("packs/demo/photos").join(photo)).unwrap();
    let seen = detector().look(&picture, &Lens::default()).unwrap();
    assert_eq!(seen.size, picture.dimensions());
    for (label, [x, y, w, h], color) in things {
        let expected = Rect {
            x: *x,
            y: *y,
            w: *w,
            h: *h,
        };
        let found = seen.detections.iter().find(|d| {
            let [x, y, w, h] = d.bbox;
            d.label == *label && Rect { x, y, w, h }.overlap(expected) > 0.6
        });
        let found =
            found.unwrap_or_else(|| panic!("{photo}: no {label} at {expected:?} in {:#?}", seen.detections));
        assert!(
            found.colors.iter().any(|c| c == color),
            "{photo}: {label} is {:?}, not {color}",
            found.colors
        );
    }
    let count = |label: &str| seen.detections.iter().filter(|d| d.label == label).count();
    for (label, ..) in things {
        let expected = things.iter().filter(|(other, ..)| other == label).count();
        assert_eq!(
            count(label),
            expected,
            "{photo}: {label}s in {:#?}",
            seen.detections
        );
    }
}

#[test]
fn shipped_photos_show_what_they_show() {
    check("coffee.jpg", &[("cup", [152.0, 17.0, 283.0, 324.0], "red")]);
    check(
        "two_cups.jpg",
        &[
            ("cup", [126.0, 20.0, 305.0, 348.0], "red"),
            ("cup", [628.0, 19.0, 340.0, 359.0], "blue"),
        ],
    );
    check("cat.jpg", &[("cat", [6.0, 1.0, 411.0, 291.0], "brown")]);
    check("person.jpg", &[("person", [9.0, 16.0, 354.0, 498.0], "orange")]);
    check(
        "bottle_and_glass.jpg",
        &[
            ("wine glass", [175.0, 180.0, 80.0, 210.0], "brown"),
            ("bottle", [259.0, 60.0, 71.0, 308.0], "brown"),
        ],
    );
}

#[test]
fn sides_are_those_of_the_camera() {
    let picture = picture::read(&root("packs/demo/photos/two_cups.jpg")).unwrap();
    let seen = detector().look(&picture, &Lens::default()).unwrap();
    let bearing = |color: &str| {
        let cup = seen
            .detections
            .iter()
            .find(|d| d.label == "cup" && d.colors.iter().any(|c| c == color));
        cup.unwrap().bearing.degrees()
    };
    assert!((10.0..20.0).contains(&bearing("red")), "left is positive");
    assert!((-20.0..-10.0).contains(&bearing("blue")), "right is negative");
}

#[test]
fn an_even_picture_shows_nothing_and_no_size_fails() {
    let detector = detector();
    for (width, height) in [(1, 1), (3, 900), (900, 2), (384, 384)] {
        let seen = detector
            .look(
                &Picture::from_pixel(width, height, Rgb([90, 120, 90])),
                &Lens::default(),
            )
            .unwrap();
        assert_eq!(seen.detections, [], "{width} x {height}");
    }
    let nothing = detector.look(&Picture::new(0, 7), &Lens::default()).unwrap_err();
    insta::assert_snapshot!(nothing, @"a picture of 0 x 7 pixels cannot be looked at");
}

#[test]
fn thresholds_are_kept() {
    let picture = picture::read(&root("packs/demo/photos/bottle_and_glass.jpg")).unwrap();
    let seen = detector()
        .at_least(Score(0.5))
        .look(&picture, &Lens::default())
        .unwrap();
    let labels: Vec<&str> = seen.detections.iter().map(|d| d.label.as_str()).collect();
    assert_eq!(labels, ["wine glass", "bottle"]);
}

#[test]
fn a_bare_file_of_a_known_family_shows_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("mine.onnx");
    std::fs::copy(root("models/detector/model.onnx"), &bare).unwrap();
    let detector = Detector::open(&bare).unwrap();
    assert_eq!(
        (detector.name(), detector.spec.family, detector.spec.size),
        ("mine", Family::Centernet, [384, 384])
    );

    let yolox = root("../shared/models/yolox_nano.onnx");
    if !yolox.is_file() {
        println!("skipped: {} is not here", yolox.display());
        return;
    }
    let detector = Detector::open(&yolox).unwrap();
    assert_eq!(
        (detector.spec.family, detector.spec.size),
        (Family::Yolox, [416, 416])
    );
    let picture = picture::read(&root("packs/demo/photos/cat.jpg")).unwrap();
    assert_eq!(
        detector.look(&picture, &Lens::default()).unwrap().detections[0].label,
        "cat"
    );
}

#[test]
fn a_robot_names_its_own_detector() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    std::fs::create_dir(base.join("mine")).unwrap();
    std::fs::copy(root("models/detector/model.onnx"), base.join("mine/yard.onnx")).unwrap();
    let installed = Folders::new(Some(&root("models")), None);
    let name = |named: Option<&str>| Detector::named(&installed, named, base).map(|detector| detector.name);
    assert_eq!(name(None).unwrap(), "detector");
    assert_eq!(name(Some("detector")).unwrap(), "detector");
    assert_eq!(name(Some("mine/yard.onnx")).unwrap(), "yard");
    assert_eq!(name(Some("mine")).unwrap(), "yard", "a folder with one network");
    assert_eq!(
        name(Some(root("models/detector").to_str().unwrap())).unwrap(),
        "detector"
    );
    assert!(
        name(Some("mine/none.onnx"))
            .unwrap_err()
            .to_string()
            .contains("give an ONNX file")
    );
    assert!(
        name(Some("none"))
            .unwrap_err()
            .to_string()
            .contains("no model \"none\"")
    );
}

/// A folder with the shipped network and a changed manifest.
fn changed(from: &str, to: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let manifest = std::fs::read_to_string(root("models/detector/manifest.toml")).unwrap();
    assert!(manifest.contains(from), "{from}");
    std::fs::write(
        folder.path().join("manifest.toml"),
        manifest.replacen(from, to, 1),
    )
    .unwrap();
    std::fs::copy(
        root("models/detector/model.onnx"),
        folder.path().join("model.onnx"),
    )
    .unwrap();
    let picture = Picture::from_pixel(64, 48, Rgb([9; 3]));
    let result = Detector::open(folder.path()).and_then(|detector| detector.look(&picture, &Lens::default()));
    result
        .unwrap_err()
        .to_string()
        .replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn what_is_no_detector_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| {
        Detector::open(path)
            .unwrap_err()
            .to_string()
            .replace(&folder.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(message(folder.path()), @"DIR: no detector there; give an ONNX file, or a folder with manifest.toml");
    insta::assert_snapshot!(message(&folder.path().join("none.onnx")), @"DIR/none.onnx: no detector there; give an ONNX file, or a folder with manifest.toml");
    let cut = folder.path().join("cut.onnx");
    let whole = std::fs::read(root("models/detector/model.onnx")).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    assert!(message(&cut).contains("cut off"), "{}", message(&cut));
    insta::assert_snapshot!(changed("family = \"centernet\"", "family = \"ssd\""), @r#"
DIR/manifest.toml: [decoder]: unknown variant `ssd`, expected `centernet` or `yolox`
in `family`
"#);
    insta::assert_snapshot!(changed("size = [384, 384]", "size = [320, 320]"), @"detector: input images takes f32 [1, 3, 384, 384], but f32 [1, 3, 320, 320] came");
    insta::assert_snapshot!(changed("\"toothbrush\",", ""), @"output keypoints has the shape [1, 80, 96, 96], expected [1, 79, 96, 96]. Is [decoder] in manifest.toml right?");
    insta::assert_snapshot!(changed("family = \"centernet\"", "family = \"yolox\""), @"output keypoints has the shape [1, 80, 96, 96], expected [1, 3024, 85]. Is [decoder] in manifest.toml right?");
    insta::assert_snapshot!(changed("overlap = 0.5", "overlaps = 0.5"), @"DIR/manifest.toml: [thresholds]: unknown field `overlaps`, expected one of `score`, `overlap`, `overlap_other`, `overlap_part`");
}
