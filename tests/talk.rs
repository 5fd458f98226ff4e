//! The built daemon with a microphone and a voice that are shell scripts: what is said to it is done, answered aloud, and
//! stands in the journal.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// The raw sound of a recording (16-bit, mono, 16 kHz), with silence before and after that is not quite silent.
fn sound(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packs/demo/sounds")
        .join(name);
    let wav = std::fs::read(path).unwrap();
    let data = wav.windows(4).position(|four| four == b"data").unwrap() + 8;
    let silence = |samples: usize| {
        (0..samples)
            .flat_map(|n| ((n % 7) as i16 - 3).to_le_bytes())
            .collect::<Vec<u8>>()
    };
    [silence(8_000), wav[data..].to_vec(), silence(24_000)].concat()
}

#[test]
fn what_is_said_is_done_and_answered_aloud() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().display().to_string();
    std::fs::write(state.path().join("sound"), sound("take_the_cup.wav")).unwrap();
    let demo = include_str!("../packs/demo/robot.toml").to_owned();
    let tables = format!(
        "\n[microphone]\nlistens = \"always\"\nkeep_audio_mb = 1\n\
         program = [\"sh\", \"-c\", 'sleep 2; cat \"$0/sound\"; exec sleep 600', \"{folder}\"]\n\
         \n[voice]\nengine = \"program\"\nprogram = [\"sh\", \"-c\", 'cat >> \"$0/said\"', \"{folder}\"]\n"
    );
    let robot = state.path().join("robot.toml");
    std::fs::write(&robot, demo + &tables).unwrap();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args([
            "--json",
            "--state",
            &folder,
            "run",
            "--config",
            robot.to_str().unwrap(),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
    let reply = lines.map_while(Result::ok).find_map(|line| {
        let line: Value = serde_json::from_str(&line).unwrap();
        line.get("reply").cloned()
    });
    let reply = reply.expect("the daemon answers");
    assert_eq!(reply["outcome"], "ask", "{reply}");
    assert_eq!(reply["reason"], "ambiguous_target", "{reply}");
    let asked = reply["say"].as_str().unwrap();
    while !std::fs::read_to_string(state.path().join("said")).is_ok_and(|said| said.contains(asked)) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&daemon),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    assert!(daemon.wait().unwrap().success());

    let heard = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["--json", "--state", &folder, "journal", "heard"])
        .output()
        .unwrap();
    let heard: Value = serde_json::from_slice(&heard.stdout).unwrap();
    assert_eq!(heard["text"], "Take the cup.");
    assert!(
        heard["confidence"].as_f64().is_some_and(|sure| sure > 0.5),
        "{heard}"
    );
    assert_eq!(
        (&heard["spoken"], &heard["outcome"]),
        (&Value::Bool(true), &"ask".into())
    );
    let kept = |state: &Path| std::fs::read_dir(state.join("heard")).map_or(0, Iterator::count);
    assert_eq!(kept(state.path()), 1);
    let wiped = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["--state", &folder, "journal", "heard", "--wipe-audio"])
        .status()
        .unwrap();
    assert!(wiped.success());
    assert_eq!(kept(state.path()), 0);
}
