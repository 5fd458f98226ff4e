//! The microphone with fake recorders: small shell scripts that write raw sound.

use super::*;
use crate::shell::queues::{SOUND, queue};
use brain::config;

/// A microphone whose recorder is this shell script; `$0` is the folder.
fn recorder(folder: &std::path::Path, script: &str, rate: u32, channels: u16) -> Recorder {
    let microphone = config::Microphone {
        program: ["sh", "-c", script, &folder.display().to_string()]
            .map(str::to_owned)
            .to_vec(),
        rate,
        channels,
        ..toml::from_str("").expect("a microphone of defaults")
    };
    Recorder::of(&microphone).unwrap()
}

/// 16-bit sound: so many samples of half of full scale.
fn half(samples: usize) -> Vec<u8> {
    crate::wyoming::sound::bytes(&vec![0.5; samples])
}

#[test]
fn an_unplugged_microphone_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sound"), half(16_000)).unwrap();
    // The first one is unplugged after a second of sound, the second is not there, the third goes on.
    let script = "n=$(cat $0/n 2>/dev/null || echo 0); echo $((n + 1)) > $0/n\n\
        case $n in 0) cat $0/sound; echo 'no such device' >&2; exit 1;; 1) exit 2;; *) cat $0/sound; exec sleep 60;; esac";
    let (inlet, outlet) = queue(&SOUND);
    let microphone = Microphone::start(recorder(folder.path(), script, 16_000, 1), inlet).unwrap();
    let first: Vec<Block> = outlet.iter().take(31).collect();
    assert!(
        first
            .iter()
            .all(|block| !block.gap && (block.level.dbfs() + 6.0).abs() < 0.1)
    );
    let again = outlet.recv().unwrap();
    assert!(again.gap, "what comes after is not taken for what went on");
    let health = microphone.health();
    assert_eq!((health.restarts, health.trouble), (2, None));
}

#[test]
fn what_goes_wrong_is_told_in_the_words_of_the_recorder() {
    let folder = tempfile::tempdir().unwrap();
    let (inlet, _outlet) = queue(&SOUND);
    let script = "echo 'device busy' >&2; exit 1";
    let microphone = Microphone::start(recorder(folder.path(), script, 16_000, 1), inlet).unwrap();
    loop {
        if let Some(trouble) = microphone.health().trouble {
            assert!(trouble.ends_with("device busy"), "{trouble}");
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn zeros_are_noticed_and_stereo_at_another_rate_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sound"), half(2 * 44_100)).unwrap();
    let script = "cat $0/sound; head -c 460000 /dev/zero; exec sleep 60";
    let (inlet, outlet) = queue(&SOUND);
    let microphone = Microphone::start(recorder(folder.path(), script, 44_100, 2), inlet).unwrap();
    // One second of sound, then zeros.
    let blocks: Vec<Block> = outlet.iter().take(31 + 70).collect();
    let loud = blocks.iter().filter(|block| block.level.dbfs() > -7.0).count();
    assert!((30..=32).contains(&loud), "{loud} blocks of 32 ms in a second");
    while !microphone.health().zeros {
        std::thread::sleep(Duration::from_millis(1));
    }
}
