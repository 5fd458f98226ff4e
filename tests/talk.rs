//! The built program with a microphone and a voice that are shell scripts: what is said to the daemon is done, answered
//! aloud, corrected, and stands in the journal; it does not hear itself; `coact hear --live` shows what comes in.

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The raw sound of a recording of the demo (16-bit, mono, 16 kHz) at a share of its loudness, with silence before and after
/// that is not quite silent.
fn sound(name: &str, share: f32) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packs/demo/sounds")
        .join(name);
    let wav = std::fs::read(path).unwrap();
    let data = wav.windows(4).position(|four| four == b"data").unwrap() + 8;
    let silence = |samples: usize| (0..samples).map(|n| (n % 7) as i16 - 3).collect::<Vec<i16>>();
    let said = wav[data..].chunks_exact(2);
    let said = said.map(|two| (f32::from(i16::from_le_bytes([two[0], two[1]])) * share) as i16);
    let all = [silence(8_000), said.collect(), silence(24_000)].concat();
    all.into_iter().flat_map(i16::to_le_bytes).collect()
}

/// Writes a file a tenth of a second at a time, as a microphone does.
const PLAYS: &str = "plays() { n=0; while dd if=\"$1\" bs=3200 skip=$n count=1 2>/dev/null | grep -q ''; do \
    dd if=\"$1\" bs=3200 skip=$n count=1 2>/dev/null; n=$((n + 1)); sleep 0.1; done; }\n";

/// `[microphone]` of a robot whose recorder is this shell script; `$0` is the folder.
fn microphone(folder: &Path, script: &str) -> String {
    format!(
        "\n[microphone]\nprogram = [\"sh\", \"-c\", '''{PLAYS}{script}''', \"{}\"]\n",
        folder.display()
    )
}

fn coact(state: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coact"));
    command.arg("--state").arg(state).args(args).stdin(Stdio::null());
    command
}

/// The daemon with the demo's robot and these tables more.
fn daemon(state: &Path, tables: &str) -> Child {
    let robot = state.join("robot.toml");
    let demo = include_str!("../packs/demo/robot.toml").to_owned();
    std::fs::write(&robot, demo + tables).unwrap();
    let mut daemon = coact(state, &["--json", "run", "--config", robot.to_str().unwrap()]);
    daemon.stdout(Stdio::piped()).spawn().unwrap()
}

/// Its next replies.
fn replies(daemon: &mut Child, count: usize) -> Vec<Value> {
    let lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
    let replies = lines.map_while(Result::ok).filter_map(|line| {
        let line: Value = serde_json::from_str(&line).unwrap();
        line.get("reply").cloned()
    });
    replies.take(count).collect()
}

fn ends(mut daemon: Child) {
    kill_process(Pid::from_child(&daemon), Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
}

/// What the journal says was heard.
fn heard(state: &Path) -> Vec<Value> {
    let output = coact(state, &["--json", "journal", "heard"]).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_is_said_is_done_answered_aloud_and_can_be_corrected() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    std::fs::write(state.join("sound"), sound("take_the_cup.wav", 1.0)).unwrap();
    let tables = microphone(state, "sleep 2; cat $0/sound; exec sleep 600")
        + &format!(
            "listens = \"always\"\nkeep_audio_mb = 1\n[voice]\nengine = \"program\"\n\
             program = [\"sh\", \"-c\", 'cat >> \"$0/said\"', \"{}\"]\n",
            state.display()
        );
    let mut daemon = daemon(state, &tables);
    let reply = replies(&mut daemon, 1).pop().expect("the daemon answers");
    assert_eq!(reply["outcome"], "ask", "{reply}");
    assert_eq!(reply["reason"], "ambiguous_target", "{reply}");
    let asked = reply["say"].as_str().unwrap();
    while !std::fs::read_to_string(state.join("said")).is_ok_and(|said| said.contains(asked)) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let corrected = coact(state, &["--json", "tell", "no, I said go to the hall"])
        .output()
        .unwrap();
    assert!(corrected.status.success());
    ends(daemon);

    let all = heard(state);
    let [heard] = all.as_slice() else {
        panic!("one utterance was spoken: {all:#?}")
    };
    assert_eq!(heard["text"], "Take the cup.");
    assert!(
        heard["confidence"].as_f64().is_some_and(|sure| sure > 0.5),
        "{heard}"
    );
    assert_eq!(
        (&heard["spoken"], &heard["outcome"]),
        (&Value::Bool(true), &"ask".into())
    );
    assert_eq!(heard["corrected_to"], "go to the hall", "{heard}");
    let kept = || std::fs::read_dir(state.join("heard")).map_or(0, Iterator::count);
    assert_eq!(kept(), 1);
    let wiped = coact(state, &["journal", "heard", "--wipe-audio"])
        .output()
        .unwrap();
    assert!(wiped.status.success());
    assert_eq!(kept(), 0);
}

#[test]
fn it_does_not_hear_itself_unless_the_microphone_takes_that_out() {
    let check = |cancels_echo: bool, second: &str| {
        let state = tempfile::tempdir().unwrap();
        let state = state.path();
        let said = [
            "take_the_cup.wav",
            "go_to_the_hall.wav",
            "the_one_on_the_left.wav",
        ];
        for (n, name) in said.into_iter().enumerate() {
            std::fs::write(state.join(n.to_string()), sound(name, 1.0)).unwrap();
        }
        // While the robot speaks, its microphone gives a command; after that somebody answers.
        let script = "sleep 2; plays $0/0; until [ -e $0/speaks ]; do sleep 0.1; done; plays $0/1; touch $0/over; sleep 1; \
            plays $0/2; exec sleep 600";
        let tables = microphone(state, script)
            + &format!(
                "listens = \"always\"\ncancels_echo = {cancels_echo}\n[voice]\nengine = \"program\"\nprogram = [\"sh\", \
                 \"-c\", 'cat > /dev/null; touch $0/speaks; until [ -e $0/over ]; do sleep 0.1; done', \"{}\"]\n",
                state.display()
            );
        let mut daemon = daemon(state, &tables);
        assert_eq!(replies(&mut daemon, 2).len(), 2);
        ends(daemon);
        let all = heard(state);
        let texts: Vec<&str> = all.iter().filter_map(|one| one["text"].as_str()).collect();
        assert_eq!(texts[..2], ["Take the cup.", second], "{cancels_echo}");
    };
    check(false, "The one on the left.");
    check(true, "Go to the hall.");
}

/// Listens for so long to the microphone that this script is.
fn listen(folder: &Path, script: &str, seconds: u32, json: bool, stderr: Stdio) -> Output {
    let robot = folder.join("robot.toml");
    std::fs::write(&robot, "name = \"Coco\"".to_owned() + &microphone(folder, script)).unwrap();
    let mut command = coact(
        folder,
        &["hear", "--live", "--seconds", &seconds.to_string(), "--config"],
    );
    command.arg(&robot).args(json.then_some("--json"));
    let child = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_quiet_microphone_that_is_unplugged_and_then_muted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1"), sound("go_to_the_hall.wav", 0.05)).unwrap();
    std::fs::write(folder.path().join("2"), sound("take_the_cup.wav", 1.0)).unwrap();
    let script = "echo >> $0/runs\nif [ $(wc -l < $0/runs) = 1 ]; then plays $0/1; echo 'no such device' >&2; exit 1; fi\n\
        plays $0/2; while :; do head -c 3200 /dev/zero; sleep 0.1; done";
    let output = listen(folder.path(), script, 14, true, Stdio::piped());
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let all = |key: &str| lines.iter().filter_map(|line| line.get(key)).collect::<Vec<_>>();
    let text: Vec<&str> = all("text").iter().filter_map(|text| text.as_str()).collect();
    assert_eq!(text, ["Go to the hall.", "Take the cup."]);
    let most = |key: &str| {
        let numbers = all(key).into_iter().filter_map(Value::as_f64);
        numbers.fold(f64::MIN, f64::max)
    };
    assert!(
        most("gain_db") > 5.0,
        "quiet speech is made louder: {}",
        most("gain_db")
    );
    assert!(most("level_dbfs") > -30.0, "{}", most("level_dbfs"));
    assert!(all("speech").iter().any(|speech| **speech == true));
    let told = String::from_utf8(output.stderr).unwrap();
    for expected in [
        "no such device; it is tried again",
        "gives nothing but zeros: is it muted",
    ] {
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn on_a_terminal_the_level_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1"), sound("take_the_cup.wav", 1.0)).unwrap();
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let screen = std::thread::spawn(move || {
        let mut shown = Vec::new();
        // Ends with an error when nobody has the terminal open any more.
        let _ = File::from(controller).read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    let output = listen(
        folder.path(),
        "plays $0/1; exec sleep 600",
        6,
        false,
        terminal.into(),
    );
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Take the cup."), "{text}");
    let shown = screen.join().unwrap();
    let lines: Vec<&str> = shown.split("\r\x1b[K").collect();
    let bars = |line: &str| line.matches('#').count();
    let most = lines.iter().map(|line| bars(line)).max();
    assert!(most.is_some_and(|most| (5..=20).contains(&most)), "{shown:?}");
    assert!(
        lines.iter().any(|line| line.contains("dB") && bars(line) == 0),
        "{shown:?}"
    );
    assert!(lines.iter().any(|line| line.contains("dB speech")), "{shown:?}");
}
