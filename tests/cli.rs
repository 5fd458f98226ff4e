//! The built program as its users meet it: exit codes, JSON, messages.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

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

/// Who may do what with a file.
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
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
    assert_eq!(mode(&socket), 0o600);

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
    // A stop has a plan, but nothing that could end later.
    let told = coact(state.path(), &["tell", "--follow", "stop"]);
    assert_eq!(told.status.code(), Some(0));

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

/// The daemon with a file system of its own, mounted with these options, where its state folder keeps the journal; if
/// this machine lets a test mount one.
fn with_disk(options: &str, journal: &Path) -> Option<Child> {
    std::fs::create_dir_all(journal).unwrap();
    let script = &format!("mount -t tmpfs -o {options} tmpfs \"$1\" && shift && exec \"$@\"");
    let tried = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(journal)
        .arg("true")
        .output();
    match tried {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            println!(
                "skipped: no file system can be mounted here: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            return None;
        }
        Err(error) => {
            println!("skipped: no `unshare` here: {error}");
            return None;
        }
    }
    let daemon = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(journal)
        .args([env!("CARGO_BIN_EXE_coact"), "run", "--json"])
        .env("COACT_STATE", journal.parent()?)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    Some(daemon.unwrap())
}

#[test]
fn a_full_disk_loses_records_and_says_so_but_stops_nothing() {
    no_journal("size=16k", "No space left on device");
}

#[test]
fn a_disk_that_may_only_be_read_stops_nothing_either() {
    no_journal("ro", "Read-only file system");
}

fn no_journal(options: &str, why: &str) {
    let state = tempfile::tempdir().unwrap();
    let Some(mut daemon) = with_disk(options, &state.path().join("journal")) else {
        return;
    };
    let status = || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let output = coact(state.path(), &["status", "--json"]);
        output
            .status
            .success()
            .then(|| lines(&output)[0]["status"].clone())
    };
    let told_of = |status: &Value| {
        let trouble = status["journal"]["trouble"].as_str().unwrap_or_default();
        status["journal"]["lost"].as_u64() > Some(0) && trouble.contains(why)
    };
    let full = (0..600).filter_map(|_| status()).find(told_of);
    let told = coact(
        state.path(),
        &["tell", "turn left by ninety degrees", "--follow", "--json"],
    );
    // The daemon's own file system is seen through its process.
    let mounted = format!("/proc/{}/root{}/journal", daemon.id(), state.path().display());
    let sizes: Vec<u64> = std::fs::read_dir(mounted)
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .collect();
    assert!(
        !sizes.contains(&0),
        "the tries to go on leave empty segments: {sizes:?}"
    );
    daemon.kill().unwrap();
    let mut stderr = String::new();
    daemon.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(full.is_some(), "the status never told of it: {stderr}");
    assert_eq!(
        told.status.code(),
        Some(0),
        "it stopped working: {}",
        String::from_utf8_lossy(&told.stdout)
    );
    assert!(stderr.contains(why), "{stderr}");
}

/// A copy of the shipped models that a test may break.
fn models() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/text");
    std::fs::create_dir(folder.path().join("text")).unwrap();
    for file in ["manifest.toml", "model.onnx", "tokenizer.json"] {
        std::fs::copy(shipped.join(file), folder.path().join("text").join(file)).unwrap();
    }
    folder
}

#[test]
fn a_damaged_model_is_named_with_what_was_expected_and_what_came() {
    let state = tempfile::tempdir().unwrap();
    let models = models();
    let file = models.path().join("text/model.onnx");
    let whole = std::fs::read(&file).unwrap();
    let told = || {
        let output = coact(
            state.path(),
            &["parse", "go", "--models", models.path().to_str().unwrap()],
        );
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    std::fs::write(&file, &whole[..100_000]).unwrap();
    let cut = told();
    assert!(
        cut.contains("bytes expected, 100000 came") && cut.contains("cut off"),
        "{cut}"
    );
    let mut flipped = whole.clone();
    flipped[5_000] ^= 1;
    std::fs::write(&file, &flipped).unwrap();
    let changed = told();
    assert!(
        changed.contains("wrong checksum: expected sha256") && changed.contains("came"),
        "{changed}"
    );
    std::fs::remove_file(&file).unwrap();
    assert!(told().contains("model.onnx"));
}

#[test]
fn lines_that_are_no_text_get_an_answer_each() {
    let state = tempfile::tempdir().unwrap();
    let mut input = b"\n\xff\xfe\n".to_vec();
    input.extend(vec![b'a'; 100_000]);
    input.extend(b"\n{\"text\": 3}\n\xe5\x8e\xbb\xe5\x8e\xa8\xe6\x88\xbf\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["parse", "--stdin", "--json"])
        .env("COACT_STATE", state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    let reasons: Vec<Value> = lines(&output).iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        reasons[..4],
        ["empty", "invalid_utf8", "too_long", "invalid_json"]
    );
    assert_eq!(
        (reasons.len(), lines(&output)[4]["lang"].as_str()),
        (5, Some("zh"))
    );
}

#[test]
fn a_configured_device_that_cannot_be_opened_stops_the_start() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("robot.toml");
    let demo = include_str!("../packs/demo/robot.toml");
    let check = |text: &str, parts: &[&str]| {
        std::fs::write(&path, text).unwrap();
        let output = coact(state.path(), &["run", "--config", path.to_str().unwrap()]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        for part in parts {
            assert!(told.contains(part), "{part:?} is not in {told}");
        }
    };
    let stop = format!("{demo}\n[emergency_stop]\nchip = \"/dev/gpiochip0\"\nline = 17\n");
    check(
        &stop,
        &[
            "emergency stop",
            "/dev/gpiochip0 line 17",
            "take [emergency_stop] out",
        ],
    );
    let microphone = format!("{demo}\n[microphone]\nprogram = [\"no-such-recorder\"]\n");
    check(&microphone, &["no-such-recorder does not start"]);
    let camera = demo.replace("source = \"sim\"", "source = \"/dev/video99\"");
    check(&camera, &["camera /dev/video99", "plugged in"]);
    let port = demo.replace("port = \"sim\"", "port = \"/dev/ttyACM99\"");
    check(&port, &["there is no serial port /dev/ttyACM99"]);
}

#[test]
fn words_are_bound_to_a_picture() {
    let state = tempfile::tempdir().unwrap();
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/packs/demo/photos/two_cups.jpg");
    let cases = [
        ("take the cup on the left", 0, Value::Null, "red"),
        ("take the cup on the right", 0, Value::Null, "blue"),
        ("take the blue cup", 0, Value::Null, "blue"),
        ("take the cup", 2, "ambiguous_target".into(), ""),
        ("take the laptop", 2, "unknown_entity".into(), ""),
    ];
    for (text, code, reason, color) in cases {
        let output = coact(
            state.path(),
            &["say", text, "--image", picture, "--dry-run", "--json"],
        );
        let said = &lines(&output)[0];
        assert_eq!(
            (output.status.code(), &said["reason"]),
            (Some(code), &reason),
            "{text}: {said}"
        );
        if code == 0 {
            let target = &said["goals"][0]["target"];
            assert!(
                target["label"].as_str().unwrap().contains(color),
                "{text}: {target}"
            );
            assert!(
                target["box"].is_array() && target["bearing_deg"].is_number(),
                "{text}: {target}"
            );
        }
    }
}

#[test]
fn a_broken_configuration_is_refused_on_reload_and_the_old_one_kept() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("robot.toml");
    let demo = include_str!("../packs/demo/robot.toml");
    std::fs::write(&path, demo).unwrap();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_coact"))
        .args(["run", "-v", "--group", "--config", path.to_str().unwrap()])
        .env("COACT_STATE", state.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(state.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let held = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            holds()
        });
        assert!(held, "never came true: {what}");
    };
    let up = || {
        let output = coact(state.path(), &["status", "--json"]);
        output.status.success() && lines(&output)[0]["status"]["link"]["up"] == true
    };
    until("the daemon is up", &up);
    assert_eq!(
        mode(&state.path().join("coact.sock")),
        0o660,
        "the group may, too"
    );
    let signal = |name: &str| {
        Command::new("kill")
            .args([name, &daemon.id().to_string()])
            .status()
            .unwrap()
    };
    let log = || std::fs::read_to_string(state.path().join("log")).unwrap();
    std::fs::write(&path, demo.replace("[policy]", "[polici]")).unwrap();
    signal("-HUP");
    until("the reason is told", &|| {
        log().contains("the configuration stays as it was") && log().contains("`policy`")
    });
    let balcony = || coact(state.path(), &["tell", "go to the balcony"]).status.code();
    assert_eq!(balcony(), Some(3), "the old configuration forbids the balcony");
    std::fs::write(&path, demo.replace("rule = \"forbidden\"", "rule = \"confirm\"")).unwrap();
    signal("-HUP");
    until("the new one holds", &|| balcony() == Some(2));
    signal("-TERM");
    assert!(daemon.wait().unwrap().success());
}

#[test]
fn any_onnx_file_can_be_verified() {
    let state = tempfile::tempdir().unwrap();
    let vad = concat!(env!("CARGO_MANIFEST_DIR"), "/models/vad/model.onnx");
    let broken = state.path().join("broken.onnx");
    std::fs::write(&broken, b"no model").unwrap();
    let output = coact(
        state.path(),
        &["models", "verify", "--json", vad, broken.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(1));
    let told = lines(&output);
    assert_eq!(
        (&told[0]["name"], &told[0]["ok"]),
        (&Value::from(vad), &Value::from(true))
    );
    assert!(told[0]["ops"].is_object() && told[0]["fallbacks"].is_array());
    assert!(
        told[1]["ok"] == false
            && told[1]["error"]
                .as_str()
                .unwrap()
                .contains("an ONNX model is expected")
    );
}
