use super::*;
use proptest::prelude::*;

/// A WAV file of these bytes of sound.
fn file(tag: u16, bits: u16, channels: u16, rate: u32, sound: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
    for word in [tag, channels] {
        bytes.extend(word.to_le_bytes());
    }
    let frame = channels * bits / 8;
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(frame)).to_le_bytes());
    for word in [frame, bits] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(b"data");
    bytes.extend((sound.len() as u32).to_le_bytes());
    bytes.extend(sound);
    bytes
}

fn open(bytes: &[u8]) -> Result<Wav<&[u8]>, WavError> {
    Wav::new(Path::new("a.wav"), bytes)
}

fn all(wav: &mut Wav<&[u8]>) -> Vec<f32> {
    let mut samples = Vec::new();
    loop {
        let block = wav.block();
        if block.is_empty() {
            return samples;
        }
        samples.extend(block);
    }
}

#[test]
fn every_encoding_says_the_same() {
    let check = |tag: u16, bits: u16, channels: u16, sound: &[u8]| {
        let bytes = file(tag, bits, channels, 8000, sound);
        let mut wav = open(&bytes).unwrap();
        let samples = all(&mut wav);
        assert_eq!(samples.len(), 2, "format {tag} of {bits} bits");
        for (came, expected) in samples.iter().zip([0.5, -0.25]) {
            assert!(
                (came - expected).abs() < 0.02,
                "format {tag} of {bits} bits: {samples:?}"
            );
        }
        assert_eq!(wav.note(), None);
    };
    check(1, 8, 1, &[192, 96]);
    check(1, 16, 1, &[0, 0x40, 0, 0xe0]);
    check(1, 16, 2, &[0, 0x60, 0, 0x20, 0, 0xc0, 0, 0]);
    check(1, 24, 1, &[0, 0, 0x40, 0, 0, 0xe0]);
    check(1, 32, 1, &[0, 0, 0, 0x40, 0, 0, 0, 0xe0]);
    check(
        3,
        32,
        1,
        &[0.5f32.to_le_bytes(), (-0.25f32).to_le_bytes()].concat(),
    );
    check(
        3,
        64,
        1,
        &[0.5f64.to_le_bytes(), (-0.25f64).to_le_bytes()].concat(),
    );
    // G.711: 0.5 and -0.25 of full scale.
    check(7, 8, 1, &[0x8f, 0x1f]);
    check(6, 8, 1, &[0xa5, 0x35]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let check = |bytes: &[u8]| open(bytes).unwrap_err().to_string();
    insta::assert_snapshot!(check(b""), @"a.wav: a WAV file is expected, but this is an empty file; convert it first: ffmpeg -i IN -ar 16000 -ac 1 OUT.wav");
    insta::assert_snapshot!(check(b"fLaC\0\0\0\x22xxxxxxxx"), @"a.wav: a WAV file is expected, but this is a FLAC file, which is not read; convert it first: ffmpeg -i IN -ar 16000 -ac 1 OUT.wav");
    insta::assert_snapshot!(check(b"ID3\x04\0\0\0\0\0\0xxxx"), @"a.wav: a WAV file is expected, but this is an MP3 file, which is not read; convert it first: ffmpeg -i IN -ar 16000 -ac 1 OUT.wav");
    insta::assert_snapshot!(check(&file(1, 16, 1, 8000, &[])[..36]), @"a.wav: the WAV header is not whole: it is cut off within its format: 16 bytes of it are expected, 4 came; record or convert the file again");
    insta::assert_snapshot!(check(b"RIFF\0\0\0\0WAVE"), @"a.wav: the WAV header is not whole: it ends before its format; record or convert the file again");
    insta::assert_snapshot!(check(&file(2, 4, 1, 8000, &[])), @"a.wav: format 2 of 4 bits is not read; PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law and mu-law are. Convert it first: ffmpeg -i IN -c:a pcm_s16le OUT.wav");
    insta::assert_snapshot!(check(&file(1, 16, 0, 8000, &[])), @"a.wav: the WAV header is not whole: 1 to 64 channels are expected, 0 came; record or convert the file again");
}

#[test]
fn a_file_that_is_cut_off_gives_what_is_there() {
    let bytes = file(1, 16, 1, 8000, &[0; 32_000]);
    let mut wav = open(&bytes[..bytes.len() - 16_001]).unwrap();
    assert_eq!(all(&mut wav).len(), 7_999);
    insta::assert_snapshot!(wav.note().unwrap(), @"the file is cut off: 1.0 s of it are missing");
}

#[test]
fn a_length_that_nobody_knew_is_read_to_the_end() {
    let mut bytes = file(1, 16, 1, 8000, &[0; 40_000]);
    let at = bytes.len() - 40_004;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut wav = open(&bytes).unwrap();
    assert_eq!(all(&mut wav).len(), 20_000);
    assert_eq!(wav.note(), None);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(tail in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..80) {
        let mut bytes = file(1, 16, 2, 16_000, &tail);
        for (n, byte) in tail.iter().enumerate().take(20) {
            let at = (n * 7 + usize::from(*byte)) % bytes.len();
            bytes[at] ^= byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        if let Ok(mut wav) = open(&bytes) {
            let samples = all(&mut wav);
            prop_assert!(samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
        }
    }
}
