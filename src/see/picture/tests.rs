use super::*;
use image::{ImageFormat, Rgb};
use std::path::PathBuf;

fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = Picture::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 128]));
    let mut bytes = Vec::new();
    picture
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

/// A PNG whose header claims `width` x `height` pixels and whose checksum is right: a decompression bomb.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(4, 4);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn message(bytes: &[u8]) -> String {
    decode(bytes).unwrap_err().to_string()
}

#[test]
fn good_pictures_are_read() {
    let picture = decode(&png(40, 30)).unwrap();
    assert_eq!(picture.dimensions(), (40, 30));
    assert_eq!(picture.get_pixel(7, 9).0, [7, 9, 128]);
}

#[test]
fn bad_files_say_what_is_wrong() {
    insta::assert_snapshot!(message(b""), @"is empty (0 bytes); a JPEG or PNG picture was expected. Was it copied whole?");
    insta::assert_snapshot!(message(b"hello, this is a text"), @r#"is neither JPEG nor PNG (it begins with "hello, t"); convert it to one of them"#);
    insta::assert_snapshot!(message(b"GIF89a\x01\x00\x01\x00"), @"is neither JPEG nor PNG (it begins with the bytes 47 49 46 38 39 61 01 00); convert it to one of them");
    insta::assert_snapshot!(message(&[0, 1, 2, 3, 4]), @"is neither JPEG nor PNG (it begins with the bytes 00 01 02 03 04); convert it to one of them");
    insta::assert_snapshot!(message(&png(40, 30)[..200]), @"is damaged or cut off: unexpected end of file. Copy or take it again");
    insta::assert_snapshot!(message(&png(40, 30)[..20]), @"is damaged or cut off: unexpected end of file. Copy or take it again");
    insta::assert_snapshot!(message(&[0xff, 0xd8, 0xff, 0xe0, 0, 16]), @"is damaged or cut off: Format error decoding Jpeg: I/O errors Not enough bytes, expected 5 but found 0. Copy or take it again");
    let mut corrupt = png(40, 30);
    corrupt[60] ^= 0xff;
    insta::assert_snapshot!(message(&corrupt), @"is damaged or cut off: Format error decoding Png: Corrupt deflate stream. BadCodeLengthHuffmanTree. Copy or take it again");
}

#[test]
fn bombs_are_not_decoded() {
    insta::assert_snapshot!(message(&bomb(50_000, 50_000)), @"claims 50000 x 50000 pixels; at most 32000000 and 12000 a side are decoded. Scale it down first");
    insta::assert_snapshot!(message(&bomb(11_000, 11_000)), @"claims 11000 x 11000 pixels; at most 32000000 and 12000 a side are decoded. Scale it down first");
    insta::assert_snapshot!(message(&bomb(0, 7)), @"is damaged or cut off: Format error decoding Png: Invalid image dimensions. Copy or take it again");
}

#[test]
fn paths_that_are_no_pictures_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: PathBuf| read(&path).unwrap_err().to_string();
    insta::assert_snapshot!(check(folder.path().join("none.png")), @"cannot be read: No such file or directory (os error 2). Check the path and its permissions");
    insta::assert_snapshot!(check(folder.path().to_owned()), @"is no file; give the path of a JPEG or PNG picture");
    let long = folder.path().join("long.png");
    std::fs::File::create(&long)
        .unwrap()
        .set_len(MAX_FILE + 1)
        .unwrap();
    insta::assert_snapshot!(check(long), @"is 50331649 bytes long; at most 50331648 are read. Scale the picture down first");
}

#[test]
fn damaged_bytes_never_panic() {
    use proptest::prelude::*;
    let good = png(12, 9);
    proptest!(|(at in 0..good.len(), value: u8, cut in 0..good.len())| {
        let mut bytes = good.clone();
        bytes[at] = value;
        let _ = decode(&bytes);
        let _ = decode(&bytes[..cut]);
    });
}
