//! `coact sim` as its users meet it: the built program, its lines and its exit codes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

fn coact(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coact"));
    command
        .arg("sim")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Waits for the end; a program that does not end fails the test instead of holding it.
fn end(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    panic!("it did not end");
}

#[test]
fn it_prints_its_terminal_then_events_and_ends_cleanly_on_sigterm() {
    let mut sim = coact(&["--pty", "--fault", "drop=0.1,seed=1", "--seed", "3"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(sim.stdout.take().unwrap()).lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(&line.unwrap()).expect("each line is one JSON object")
    });
    let Some(first) = lines.next() else {
        return println!("skipped: no pseudo-terminal ({})", end(&mut sim));
    };
    let pty = first["pty"].as_str().unwrap();
    assert!(std::path::Path::new(pty).exists(), "{pty}");
    let pose = lines.next().unwrap();
    assert_eq!(pose["event"], "pose");
    assert_eq!(
        (
            pose["x_m"].as_f64(),
            pose["y_m"].as_f64(),
            pose["heading_deg"].as_f64()
        ),
        (Some(0.0), Some(0.0), Some(0.0))
    );
    let pid = rustix::process::Pid::from_child(&sim);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(end(&mut sim).code(), Some(0));
}

#[test]
fn what_it_cannot_do_is_said_and_exits_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let check = |arguments: &[&str], says: &[&str]| {
        let out = coact(arguments).output().unwrap();
        let words = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(1), "{arguments:?}: {words}");
        for word in says {
            assert!(words.contains(word), "{arguments:?} says {words:?}, not {word:?}");
        }
    };
    check(&[], &["--pty"]);
    check(
        &["--pty", "--fault", "drip=0.1"],
        &["drip", "did you mean \"drop\""],
    );
    check(
        &["--pty", "--robot", "nowhere.toml"],
        &["nowhere.toml", "No such file"],
    );
    let world = write(
        "world.toml",
        "[[solid]]\nid = \"a\"\nat = { x = 1, y = 1 }\nlenght_m = 1\nwidth_m = 1\n",
    );
    check(
        &["--pty", "--world", &world],
        &["lenght_m", "did you mean `length_m`"],
    );
    check(
        &["--pty", "--world", "nowhere.toml"],
        &["cannot read the world nowhere.toml"],
    );
}
