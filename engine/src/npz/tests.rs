use super::*;
use proptest::prelude::*;

/// Written by NumPy 2 with `savez_compressed`: counts i32 [2, 2], turned f32 [2, 3] in Fortran order, half f16 [2],
/// mask bool [3], one i64 [].
const NUMPY: &[u8] = include_bytes!("numpy.npz");

fn saved(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn what_numpy_writes_is_read() {
    let (_folder, path) = saved(NUMPY);
    let arrays = read(&path).unwrap();
    let told: Vec<String> = arrays
        .iter()
        .map(|(name, array)| format!("{name} {} {:?}", array.kind(), array.shape()))
        .collect();
    assert_eq!(
        told,
        [
            "counts i32 [2, 2]",
            "turned f32 [2, 3]",
            "half f16 [2]",
            "mask bool [3]",
            "one i64 []"
        ]
    );
    assert_eq!(arrays[1].1.as_f32().unwrap(), [0., 1., 2., 3., 4., 5.]);
    assert_eq!(arrays[4].1.as_i64().unwrap(), [-7]);
}

fn round<T: Datum + PartialEq>(shape: &[usize], values: Vec<T>) {
    let (_folder, path) = saved(b"");
    let array = Array::new(shape, values.clone()).unwrap();
    write(&path, [("first", &array), ("second", &array)]).unwrap();
    let back = read(&path).unwrap();
    assert_eq!(back.len(), 2);
    for ((name, back), expect) in back.iter().zip(["first", "second"]) {
        assert_eq!((name.as_str(), back.shape()), (expect, shape));
        let numbers = back.0.try_as_plain_ram().unwrap();
        assert!(numbers.as_slice::<T>().unwrap() == values);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn every_kind_comes_back(rows in 0usize..4, columns in 1usize..5, seed: u64) {
        let shape = [rows, 1, columns];
        let bits = |index: usize| seed.rotate_left(index as u32 * 7) ^ index as u64;
        let all = || (0..rows * columns).map(bits);
        round(&shape, all().map(|x| x % 2 == 0).collect());
        round(&shape, all().map(|x| x as i8).collect());
        round(&shape, all().map(|x| x as u8).collect());
        round(&shape, all().map(|x| x as i16).collect());
        round(&shape, all().map(|x| x as u16).collect());
        round(&shape, all().map(|x| x as i32).collect());
        round(&shape, all().map(|x| x as u32).collect());
        round(&shape, all().map(|x| x.cast_signed()).collect());
        round(&shape, all().collect());
        round(&shape, all().map(|x| f16::from_f32(x as f32 / 1e16)).collect());
        round(&shape, all().map(|x| x as f32).collect());
        round(&shape, all().map(|x| x as f64).collect());
    }

    #[test]
    fn damage_never_panics(at in 0usize..4000, to: u8) {
        let mut bytes = NUMPY.to_vec();
        let length = bytes.len();
        bytes[at % length] = to;
        let (_folder, path) = saved(&bytes);
        let _ = read(&path);
    }

    #[test]
    fn damaged_headers_never_panic(at in 0usize..90, to: u8, cut in 0usize..140) {
        let mut npy = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", &[0; 8]);
        let length = npy.len();
        npy[at % length] = to;
        npy.truncate(cut);
        let _ = array(&npy);
    }
}

fn npy(header: &str, numbers: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [MAGIC, &[1, 0], &length, header.as_bytes(), numbers].concat()
}

#[test]
fn what_is_wrong_is_told() {
    let told = |header: &str, numbers: &[u8]| array(&npy(header, numbers)).unwrap_err();
    insta::assert_snapshot!(told("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", &[0; 4]), @"numbers of a kind that models take are expected (float16 to float64, signed or unsigned integers, bool; little-endian), but '>f4' came");
    insta::assert_snapshot!(told("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", &[0; 8]), @"shape [2, 3] takes 24 bytes, but 8 came");
    insta::assert_snapshot!(told("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", &[0; 8]), @"shape [4294967296, 4294967296] takes too many bytes, but 8 came");
    insta::assert_snapshot!(told("{'descr': '<f4'}", &[]), @"its header is not understood: {'descr': '<f4'}");
    insta::assert_snapshot!(array(b"PK").unwrap_err(), @"it is no .npy (the first bytes differ)");

    let (folder, path) = saved(b"this is no archive");
    let told = read(&path).unwrap_err().to_string();
    let told = told.replace(&folder.path().display().to_string(), "FOLDER");
    assert!(
        told.starts_with("FOLDER/a.npz: an .npz file is expected, as numpy.savez writes it, but "),
        "{told}"
    );
    assert!(matches!(
        read(Path::new("/nowhere/a.npz")),
        Err(NpzError::File { .. })
    ));
}
