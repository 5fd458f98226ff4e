//! The built program as its users meet it: exit codes, JSON, messages.

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn coact(state: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(args)
        .env("COACT_STATE", state)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

#[test]
fn the_demo_does_what_it_should_and_its_journal_replays() {
    let state = tempfile::tempdir().unwrap();
    let output = coact(state.path(), &["demo", "--json"]);
    let told = lines(&output);
    let failed: Vec<&Value> = told.iter().filter(|line| line["ok"] == false).collect();
    assert!(output.status.success() && failed.is_empty(), "{failed:#?}");
    let summary = told.last().unwrap();
    assert!(summary["steps"].as_u64().unwrap() >= 6 && summary["ok"] == true);
    assert!(summary["stop_ms"].is_number() && summary["pose"]["x_m"].is_number());

    let journals: Vec<_> = std::fs::read_dir(state.path().join("journal"))
        .unwrap()
        .flatten()
        .collect();
    assert!(!journals.is_empty());
    for journal in journals {
        let path = journal.path();
        let replay = coact(state.path(), &["replay", "--json", path.to_str().unwrap()]);
        let found = &lines(&replay)[0];
        assert!(replay.status.success(), "{found}");
        assert!(
            found["difference"].is_null() && found["ended"] == true && found["steps"].as_u64() > Some(100)
        );

        // One flipped bit in the middle: the error says where.
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        let broken = state.path().join("broken.coact");
        std::fs::write(&broken, &bytes).unwrap();
        let replay = coact(state.path(), &["replay", broken.to_str().unwrap()]);
        assert_eq!(replay.status.code(), Some(1));
        let told = String::from_utf8_lossy(&replay.stdout).into_owned();
        assert!(told.contains("is damaged at byte"), "{told}");

        // A torn tail is what a power cut leaves.
        bytes[middle] ^= 0x10;
        std::fs::write(&broken, &bytes[..bytes.len() - 3]).unwrap();
        assert!(
            coact(state.path(), &["replay", broken.to_str().unwrap()])
                .status
                .success()
        );
    }
}

#[test]
fn the_exit_code_tells_the_outcome() {
    let state = tempfile::tempdir().unwrap();
    let cases = [
        ("go to the kitchen", 0, "act", Value::Null),
        ("take the cup", 2, "ask", "ambiguous_target".into()),
        ("bring me the flurble", 2, "ask", "unknown_entity".into()),
        ("go to the balcony", 3, "refuse", "unsafe".into()),
        ("don't go to the kitchen", 4, "ignore", "negated".into()),
        ("what a lovely day", 4, "ignore", "not_a_command".into()),
    ];
    for (text, code, outcome, reason) in cases {
        let output = coact(state.path(), &["say", text, "--dry-run", "--json"]);
        let said = &lines(&output)[0];
        assert_eq!(output.status.code(), Some(code), "{text}: {said}");
        assert_eq!(
            (said["outcome"].as_str(), &said["reason"]),
            (Some(outcome), &reason),
            "{text}: {said}"
        );
        assert_eq!(said["utterance"], text);
    }
}

#[test]
fn wrong_usage_is_an_error_and_not_a_question() {
    let state = tempfile::tempdir().unwrap();
    for args in [&["say"][..], &["fly"], &["parse", "--nonsense"], &["sim"]] {
        let output = coact(state.path(), args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(!output.stderr.is_empty());
    }
    assert!(coact(state.path(), &["--help"]).status.success());
    assert!(coact(state.path(), &["completions", "bash"]).status.success());
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("nothing");
    let nowhere = folder.to_str().unwrap();
    let check = |args: &[&str], parts: &[&str]| {
        let output = coact(state.path(), args);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {told}");
        for part in parts {
            assert!(told.contains(part), "{args:?}: {part:?} is not in {told}");
        }
    };
    check(&["status"], &["no daemon listens", "coact run"]);
    check(&["tell", "go"], &["no daemon listens"]);
    check(
        &["replay", nowhere],
        &["cannot read the journal", "coact journal"],
    );
    check(
        &["run", "--config", nowhere],
        &["cannot read the robot description", "--config"],
    );
    check(
        &["run", "--port", "/dev/ttyNOTHING"],
        &["there is no serial port /dev/ttyNOTHING", "plugged in"],
    );
    check(&["parse", "go", "--models", nowhere], &[nowhere]);
}

#[test]
fn an_unknown_key_in_the_description_names_the_nearest() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("robot.toml");
    std::fs::write(&path, "name = \"Bo\"\nseeed = 3\n").unwrap();
    let output = coact(state.path(), &["run", "--config", path.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("seeed") && told.contains("did you mean `seed`?"),
        "{told}"
    );
}

#[test]
fn the_daemon_answers_on_its_socket_and_ends_in_order() {
    let state = tempfile::tempdir().unwrap();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["run", "--json"])
        .env("COACT_STATE", state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let answered = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let output = coact(state.path(), &["status", "--json"]);
        output.status.success() && lines(&output)[0]["status"]["link"]["up"] == true
    });
    assert!(answered, "the daemon never came up");
    let socket = state.path().join("coact.sock");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let told = coact(state.path(), &["tell", "take the cup", "--json"]);
    assert_eq!(
        (told.status.code(), lines(&told)[0]["reply"]["outcome"].as_str()),
        (Some(2), Some("ask"))
    );
    let told = coact(
        state.path(),
        &["tell", "--follow", "turn left by ninety degrees", "--json"],
    );
    assert_eq!(
        told.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&told.stdout)
    );

    // A second daemon in the same folder is turned away.
    let second = coact(state.path(), &["run"]);
    assert!(String::from_utf8_lossy(&second.stderr).contains("a daemon is running already"));

    // An emergency stop holds until somebody resumes.
    assert!(coact(state.path(), &["stop", "--emergency"]).status.success());
    let told = coact(state.path(), &["tell", "go to the kitchen", "--json"]);
    assert_ne!(
        told.status.code(),
        Some(0),
        "it moved in spite of the emergency stop"
    );
    assert!(coact(state.path(), &["resume"]).status.success());

    daemon
        .stdin
        .take()
        .unwrap()
        .write_all(b"what a lovely day\n")
        .unwrap();
    let asked = Command::new("kill")
        .args(["-TERM", &daemon.id().to_string()])
        .status()
        .unwrap();
    assert!(asked.success());
    let ended = daemon.wait().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(!socket.exists(), "the socket was left behind");
    let output = coact(state.path(), &["journal", "--json"]);
    assert_eq!(
        lines(&output)[0]["ended"],
        true,
        "the journal was not closed in order"
    );
}
