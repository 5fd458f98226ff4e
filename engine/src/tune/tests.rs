use super::*;
use crate::Folders;

fn measured(numbers: &[(Variant, f64, f64)]) -> Vec<Measured> {
    let one = |&(variant, ms, agreement): &(Variant, f64, f64)| Measured {
        variant,
        ms,
        agreement,
    };
    numbers.iter().map(one).collect()
}

#[test]
fn the_fastest_that_holds_is_chosen() {
    use Variant::{Float16, Float32, Shipped};
    let check = |numbers: &[(Variant, f64, f64)], expect: Variant| {
        assert_eq!(choose(&measured(numbers)), expect, "{numbers:?}");
    };
    check(&[(Shipped, 3.0, 1.0), (Float32, 5.0, 1.0)], Shipped);
    // A core without dot product.
    check(&[(Shipped, 9.0, 1.0), (Float32, 5.0, 1.0)], Float32);
    check(
        &[(Shipped, 9.0, 1.0), (Float32, 5.0, 1.0), (Float16, 4.0, 0.99)],
        Float16,
    );
    check(
        &[(Shipped, 9.0, 1.0), (Float32, 5.0, 1.0), (Float16, 4.0, 0.9)],
        Float32,
    );
    // As good as equal.
    check(&[(Shipped, 5.1, 1.0), (Float32, 5.0, 1.0)], Shipped);
    check(&[(Shipped, 3.0, 0.5), (Float32, 5.0, 1.0)], Float32);
    check(&[(Shipped, 3.0, 0.5), (Float32, 1.0, 0.5)], Shipped);
    check(&[(Float32, f64::NAN, 1.0), (Shipped, 3.0, 1.0)], Shipped);
    check(&[], Shipped);
}

fn manifest() -> Manifest {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models");
    Folders::new(Some(&models), None).find("text").unwrap()
}

#[test]
fn a_choice_comes_back_and_is_used() {
    let state = tempfile::tempdir().unwrap();
    let mut choices = Choices::default();
    let numbers = measured(&[(Variant::Shipped, 9.0, 1.0), (Variant::Float32, 5.0, 1.0)]);
    assert_eq!(choices.choose(&manifest(), numbers), Variant::Float32);
    choices.write(state.path()).unwrap();
    choices.write(state.path()).unwrap();
    let back = Choices::read(state.path());
    assert_eq!(back, choices);
    assert_eq!(back.of(&manifest()).unwrap().measured.len(), 2);

    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models");
    let folders = Folders::new(Some(&models), None).tuned(back);
    let tuned = folders.find("text").unwrap();
    assert_eq!(tuned.variant, Variant::Float32);
    assert_eq!(
        folders.all().unwrap()["text"].as_ref().unwrap().variant,
        Variant::Float32
    );
    let (tuned, plain) = (
        crate::Model::load(&tuned).unwrap(),
        crate::Model::load(&manifest()).unwrap(),
    );
    assert_eq!(tuned.inputs(), plain.inputs());
}

#[test]
fn a_stale_or_damaged_choice_does_not_count() {
    let mut choices = Choices::default();
    let numbers = || measured(&[(Variant::Shipped, 9.0, 1.0), (Variant::Float32, 5.0, 1.0)]);
    choices.choose(&manifest(), numbers());
    let mut other = manifest();
    other
        .files
        .iter_mut()
        .for_each(|file| file.sha256 = "0".to_owned());
    assert!(choices.of(&other).is_none(), "another network");
    let mut moved = choices.clone();
    moved.0.get_mut("text").unwrap().machine = "coact 0.0.1 aarch64 neon neondot".to_owned();
    assert!(moved.of(&manifest()).is_none(), "another machine");
    let mut half = choices.clone();
    half.0.get_mut("text").unwrap().variant = Variant::Float16;
    assert!(
        half.of(&manifest()).is_none(),
        "a variant that the model does not have"
    );

    let state = tempfile::tempdir().unwrap();
    assert_eq!(Choices::read(state.path()), Choices::default());
    std::fs::write(state.path().join(FILE), "[text]\nvariant = \"int3\"\n").unwrap();
    assert_eq!(Choices::read(state.path()), Choices::default());
}
