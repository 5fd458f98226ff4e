use super::*;
use std::path::Path;

/// A voice that writes down what it begins and what it ends to say; "long" takes it a minute.
fn fake(folder: &Path) -> Voice {
    let script = "IFS= read -r text; echo \"begins $text\" >> \"$1\"\n\
        case \"$text\" in *long*) exec sleep 60;; *broken*) echo 'no sound card' >&2; exit 3;; esac\n\
        echo \"ends $text\" >> \"$1\"";
    let log = folder.join("said").display().to_string();
    Voice::Program(["sh", "-c", script, "voice", &log].map(str::to_owned).to_vec())
}

/// What was said, once it is as many lines as expected; however long the machine takes.
fn said(folder: &Path, expect: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let text = std::fs::read_to_string(folder.join("said")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() >= expect.len() || Instant::now() > deadline {
            assert_eq!(lines, expect);
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn saying(priority: Priority, text: &str) -> Saying {
    Saying {
        priority,
        text: text.to_owned(),
        lang: "en".to_owned(),
    }
}

#[test]
fn safety_cuts_a_long_reply_short_and_being_spoken_to_does_too() {
    let folder = tempfile::tempdir().unwrap();
    let speaker = Speaker::start(fake(folder.path()), None).unwrap();
    speaker.say(saying(Priority::Reply, "a long story"));
    said(folder.path(), &["begins a long story"]);
    assert!(speaker.own().sounds(Instant::now()));
    assert_eq!(
        speaker.own().says(Instant::now()).as_deref(),
        Some("a long story")
    );
    speaker.say(saying(Priority::Safety, "I stopped"));
    let so_far = ["begins a long story", "begins I stopped", "ends I stopped"];
    said(folder.path(), &so_far);
    speaker.say(saying(Priority::Question, "a long question"));
    said(
        folder.path(),
        &[&so_far[..], &["begins a long question"]].concat(),
    );
    speaker.say(saying(Priority::Chatter, "by the way"));
    speaker.spoken_to();
    speaker.say(saying(Priority::Reply, "yes"));
    let all = [&so_far[..], &["begins a long question", "begins yes", "ends yes"]].concat();
    said(folder.path(), &all);
    speaker.say(saying(Priority::Reply, "a long end"));
    said(folder.path(), &[&all[..], &["begins a long end"]].concat());
    // Ends the voice that would still speak for a minute.
    drop(speaker);
}

#[test]
fn what_was_just_said_still_sounds_in_the_room() {
    let own = OwnVoice::default();
    let says = |at| own.says(at);
    assert_eq!(says(Instant::now()), None);
    own.begin("I have stopped");
    assert_eq!(says(Instant::now()).as_deref(), Some("I have stopped"));
    own.end();
    let ended = own.0.lock().unwrap().until.unwrap();
    assert_eq!(says(ended + TAIL / 2).as_deref(), Some("I have stopped"));
    assert!(own.sounds(ended) && !own.sounds(ended + TAIL));
    assert_eq!(says(ended + TAIL), None);
    own.begin("and now I go on");
    assert_eq!(says(ended + TAIL).as_deref(), Some("and now I go on"));
}

#[test]
fn a_voice_that_fails_leaves_the_next_saying_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let speaker = Speaker::start(fake(folder.path()), None).unwrap();
    speaker.say(saying(Priority::Reply, "broken"));
    speaker.say(saying(Priority::Reply, "whole"));
    said(folder.path(), &["begins broken", "begins whole", "ends whole"]);
}

#[test]
fn quiet_hours_go_over_midnight() {
    let hours = |from: &str, to: &str| [from, to].map(|time| Daytime::try_from(time.to_owned()).unwrap());
    let check = |from, to, minute, expect| {
        assert_eq!(within(hours(from, to), minute), expect, "{from} {to} {minute}")
    };
    check("22:00", "07:00", 23 * 60, true);
    check("22:00", "07:00", 6 * 60, true);
    check("22:00", "07:00", 7 * 60, false);
    check("22:00", "07:00", 12 * 60, false);
    check("13:00", "15:00", 14 * 60, true);
    check("13:00", "15:00", 15 * 60, false);
    check("08:00", "08:00", 8 * 60, false);
}

#[test]
fn in_quiet_hours_only_safety_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let all_day = [0, 24 * 60].map(|minute| Daytime { minute });
    let speaker = Speaker::start(fake(folder.path()), Some(all_day)).unwrap();
    speaker.say(saying(Priority::Reply, "good night"));
    speaker.say(saying(Priority::Safety, "I stopped"));
    said(folder.path(), &["begins I stopped", "ends I stopped"]);
}
