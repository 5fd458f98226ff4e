//! `coact hear` on what people really have: other rates, widths and encodings, files that are cut off, empty or no sound at
//! all, and a recording of forty minutes, which is neither held whole nor misplaced.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a recording of the demo says, at 16 kHz.
fn said(name: &str) -> Vec<f32> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/demo/sounds");
    let bytes = std::fs::read(folder.join(name)).unwrap();
    let data = bytes.windows(4).position(|four| four == b"data").unwrap() + 8;
    let samples = bytes[data..].chunks_exact(2);
    samples
        .map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0)
        .collect()
}

/// At another rate: the mean of the samples that a new one spans, or between two of them.
fn at_rate(samples: &[f32], rate: u32) -> Vec<f32> {
    let step = 16_000.0 / rate as f32;
    let count = (samples.len() as f32 / step) as usize;
    let value = |n: usize| {
        let from = n as f32 * step;
        let (first, last) = (from as usize, (from + step) as usize);
        if last > first + 1 {
            let span = &samples[first..last.min(samples.len())];
            return span.iter().sum::<f32>() / span.len() as f32;
        }
        let next = samples.get(first + 1).unwrap_or(&0.0);
        samples[first] + (next - samples[first]) * from.fract()
    };
    (0..count).map(value).collect()
}

/// ITU-T G.711, mu-law.
fn mu_law(sample: f32) -> u8 {
    let magnitude = ((sample.abs() * 32_768.0) as i32).min(32_635) + 0x84;
    let exponent = magnitude.ilog2() as i32 - 7;
    let sign = if sample < 0.0 { 0x80 } else { 0 };
    !(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0f) as u8
}

/// A WAV file that promises `length` bytes of sound.
fn header(tag: u16, bits: u16, channels: u16, rate: u32, length: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
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
    bytes.extend(length.to_le_bytes());
    bytes
}

fn wav(tag: u16, bits: u16, channels: u16, rate: u32, sound: &[u8]) -> Vec<u8> {
    let mut bytes = header(tag, bits, channels, rate, sound.len() as u32);
    bytes.extend(sound);
    bytes
}

fn pcm16(samples: &[f32]) -> Vec<u8> {
    let whole = samples.iter().map(|sample| (sample * 32_767.0) as i16);
    whole.flat_map(i16::to_le_bytes).collect()
}

fn coact(files: &[PathBuf]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["--json", "hear"])
        .args(files)
        .output()
        .unwrap()
}

#[test]
fn every_kind_of_recording_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let cup = said("take_the_cup.wav");
    let stereo_24: Vec<u8> = at_rate(&cup, 44_100)
        .iter()
        .flat_map(|sample| {
            let left = ((sample * 8_388_607.0) as i32).to_le_bytes();
            let right = ((sample * 4_000_000.0) as i32).to_le_bytes();
            [left[0], left[1], left[2], right[0], right[1], right[2]]
        })
        .collect();
    let float = at_rate(&cup, 48_000);
    let float: Vec<u8> = float.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let phone: Vec<u8> = at_rate(&cup, 8_000).into_iter().map(mu_law).collect();
    let coarse: Vec<u8> = cup.iter().map(|sample| (sample * 127.0 + 128.0) as u8).collect();
    let offset: Vec<f32> = cup.iter().map(|sample| sample * 0.5 + 0.3).collect();
    let clipped: Vec<f32> = cup.iter().map(|sample| (sample * 6.0).clamp(-1.0, 1.0)).collect();
    let quiet: Vec<f32> = cup.iter().map(|sample| sample * 0.01).collect();
    let whole = wav(1, 16, 1, 16_000, &pcm16(&cup));
    let long = [cup.clone(), vec![0.0; 16_000]].concat();
    let long = wav(1, 16, 1, 16_000, &pcm16(&long));
    let files = [
        ("16 kHz, 16 bit", whole, "take the cup"),
        (
            "44.1 kHz, stereo, 24 bit",
            wav(1, 24, 2, 44_100, &stereo_24),
            "take the cup",
        ),
        ("48 kHz, float", wav(3, 32, 1, 48_000, &float), "take the cup"),
        ("8 kHz, mu-law", wav(7, 8, 1, 8_000, &phone), "take the cup"),
        (
            "8 kHz, 16 bit",
            wav(1, 16, 1, 8_000, &pcm16(&at_rate(&cup, 8_000))),
            "take the cup",
        ),
        ("16 kHz, 8 bit", wav(1, 8, 1, 16_000, &coarse), "take the cup"),
        (
            "a constant offset",
            wav(1, 16, 1, 16_000, &pcm16(&offset)),
            "take the cup",
        ),
        ("clipped", wav(1, 16, 1, 16_000, &pcm16(&clipped)), "take the cup"),
        (
            "hardly loud enough",
            wav(1, 16, 1, 16_000, &pcm16(&quiet)),
            "take the cup",
        ),
        (
            "cut off in the silence at its end",
            long[..long.len() - 20_001].to_vec(),
            "take the cup",
        ),
        ("zeros", wav(1, 16, 1, 16_000, &[0; 160_000]), ""),
        ("no sound at all", wav(1, 16, 1, 16_000, &[]), ""),
        ("one sample", wav(1, 16, 1, 16_000, &[1, 0]), ""),
        (
            "not a number, over and over",
            wav(3, 32, 1, 16_000, &f32::NAN.to_le_bytes().repeat(40_000)),
            "",
        ),
    ];
    let paths: Vec<PathBuf> = (0..files.len())
        .map(|n| folder.path().join(format!("{n}.wav")))
        .collect();
    for ((_, bytes, _), path) in files.iter().zip(&paths) {
        std::fs::write(path, bytes).unwrap();
    }
    let output = coact(&paths);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let heard: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(heard.len(), files.len());
    for ((what, _, expected), heard) in files.iter().zip(heard) {
        let text = heard["text"].as_str().unwrap().to_lowercase();
        assert_eq!(text.trim_end_matches(['.', ',']), *expected, "{what}");
        let note = heard["note"].as_str().unwrap_or_default();
        assert_eq!(
            note.contains("cut off"),
            what.starts_with("cut off"),
            "{what}: {note}"
        );
    }
}

#[test]
fn what_is_no_recording_is_named_and_the_others_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let cup = wav(1, 16, 1, 16_000, &pcm16(&said("take_the_cup.wav")));
    let files: [(&str, &[u8], &str); 7] = [
        ("empty.wav", b"", "an empty file"),
        (
            "song.flac",
            b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0",
            "a FLAC file, which is not read",
        ),
        (
            "song.mp3",
            b"ID3\x04\0\0\0\0\0\0\0\0\0\0\0\0",
            "an MP3 file, which is not read",
        ),
        (
            "bare.mp3",
            b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0\0\0\0\0",
            "an MP3 file, which is not read",
        ),
        ("note.txt", b"take the cup, please", "something else"),
        ("head.wav", &cup[..30], "the WAV header is not whole"),
        ("good.wav", &cup, ""),
    ];
    let mut paths = vec![folder.path().join("nowhere.wav"), folder.path().to_owned()];
    for (name, bytes, _) in files {
        paths.push(folder.path().join(name));
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = coact(&paths);
    assert_eq!(output.status.code(), Some(1));
    let heard: Value = serde_json::from_slice(&output.stdout).expect("one line, of the good file");
    assert_eq!(heard["text"], "Take the cup.");
    let errors = String::from_utf8(output.stderr).unwrap();
    let errors: Vec<&str> = errors.lines().collect();
    assert_eq!(errors.len(), paths.len() - 1, "{errors:#?}");
    for ((name, _, expected), error) in files.iter().zip(&errors[2..]) {
        assert!(
            error.contains(name) && error.contains(expected),
            "{name}: {error}"
        );
    }
}

/// The most memory that a process has held so far, in kilobytes; `None` where the system does not tell.
fn most_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn forty_minutes_are_heard_block_by_block_and_rightly_placed() {
    const MINUTE: usize = 60 * 16_000;
    let mut child = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["--json", "hear", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&header(1, 16, 1, 16_000, 40 * MINUTE as u32 * 2))
        .unwrap();
    let mut after_the_first = None;
    for minute in 0..40 {
        let mut samples = match minute {
            1 => said("go_to_the_hall.wav"),
            38 => said("take_the_cup.wav"),
            _ => Vec::new(),
        };
        samples.resize(MINUTE, 0.0);
        pipe.write_all(&pcm16(&samples)).unwrap();
        if minute == 4 {
            after_the_first = most_memory(child.id());
        }
    }
    let at_the_end = most_memory(child.id());
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let heard: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(heard["audio_s"], 2400.0);
    let segments = heard["segments"].as_array().unwrap();
    let expected = [("Go to the hall.", 60.0), ("Take the cup.", 38.0 * 60.0)];
    assert_eq!(segments.len(), expected.len(), "{segments:?}");
    for (segment, (text, start_s)) in segments.iter().zip(expected) {
        assert_eq!(segment["text"], text);
        let came = segment["start_s"].as_f64().unwrap();
        assert!(
            (start_s - 0.5..start_s + 0.7).contains(&came),
            "{text} began at {came} s"
        );
    }
    match (after_the_first, at_the_end) {
        // The whole would be 77 MB as it is written and 154 MB as numbers.
        (Some(before), Some(after)) => {
            assert!(after < before + 24_000, "{before} KB became {after} KB");
        }
        _ => println!("not checked: this system does not tell how much memory a process takes"),
    }
}
