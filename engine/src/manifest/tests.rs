use super::*;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models/text")
}

/// A copy of the fixture that a test may damage.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("text");
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(fixture()).unwrap().flatten() {
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    (root, folder)
}

fn told(error: &ManifestError, root: &Path) -> String {
    error.to_string().replace(&root.display().to_string(), "MODELS")
}

#[test]
fn a_sound_model_is_read_whole() {
    let manifest = Manifest::read(&fixture()).unwrap();
    assert_eq!((manifest.name.as_str(), manifest.kind), ("text", Kind::Text));
    assert_eq!(manifest.names("roles").unwrap(), ["goal", "theme"]);
    assert_eq!(
        manifest.bytes("model.onnx").unwrap().len() as u64,
        manifest.listed("model.onnx").unwrap().bytes
    );
    assert_eq!(
        manifest.size(),
        manifest.files.iter().map(|file| file.bytes).sum::<u64>()
    );
}

#[test]
fn each_damage_is_told_apart() {
    let (root, folder) = copy();
    let manifest = Manifest::read(&folder).unwrap();
    let graph = folder.join("model.onnx");
    let sound = std::fs::read(&graph).unwrap();

    std::fs::write(&graph, &sound[..1000]).unwrap();
    insta::assert_snapshot!(told(&manifest.bytes("model.onnx").unwrap_err(), root.path()), @"MODELS/text/model.onnx: 3506 bytes expected, 1000 came: the file is cut off or of another version. Fetch the model again");

    let mut changed = sound.clone();
    changed[500] ^= 1;
    std::fs::write(&graph, &changed).unwrap();
    let text = told(&manifest.bytes("model.onnx").unwrap_err(), root.path());
    let listed = &manifest.listed("model.onnx").unwrap().sha256;
    assert!(
        text.starts_with(&format!(
            "MODELS/text/model.onnx: wrong checksum: expected sha256 {listed}, came "
        )),
        "{text}"
    );
    assert!(text.contains("fetch the model again"), "{text}");

    std::fs::remove_file(&graph).unwrap();
    insta::assert_snapshot!(told(&manifest.bytes("model.onnx").unwrap_err(), root.path()), @"cannot read MODELS/text/model.onnx: No such file or directory (os error 2). The model in this folder is not whole: fetch it again");
    insta::assert_snapshot!(told(&manifest.bytes("other.onnx").unwrap_err(), root.path()), @r#"MODELS/text/manifest.toml lists no file "other.onnx"; add it under [[files]] with its sha256 and bytes"#);

    std::fs::write(folder.join("manifest.toml"), "name = \"text\"\n").unwrap();
    let text = told(&Manifest::read(&folder).unwrap_err(), root.path());
    assert!(
        text.starts_with("MODELS/text/manifest.toml: ") && text.contains("missing field `version`"),
        "{text}"
    );
}

#[test]
fn the_first_folder_that_has_the_model_counts() {
    let (root, _) = copy();
    let empty = tempfile::tempdir().unwrap();
    let both = Folders::among(vec![empty.path().to_owned(), root.path().to_owned()]);
    assert_eq!(both.find("text").unwrap().folder, root.path().join("text"));
    assert_eq!(both.all().unwrap().len(), 1);

    let none = Folders::new(Some(empty.path()), None);
    insta::assert_snapshot!(told(&none.find("text").unwrap_err(), empty.path()), @r#"no model "text": looked for text/manifest.toml in MODELS. Give the folder that holds the models with --models DIR, or install the package's models"#);
    assert!(none.all().is_err());
}
