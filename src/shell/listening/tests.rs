//! The threads that listen, with the shipped networks, a recorded voice, and a recorder that is a shell script.

use super::*;
use crate::hear::wav::Wav;
use crate::wyoming::sound;
use brain::config;
use crossbeam_channel::{Sender, unbounded};
use engine::Folders;
use std::path::Path;

/// Passes on what is heard.
struct Tells(Sender<String>);

impl Ear for Tells {
    fn stop(&self, stop: &Stop) {
        let _ = self.0.send(format!("stop {:.0} s", stop.at_s));
    }

    fn heard(&self, segment: &Segment, _clip: &Clip, _began: Instant) {
        let _ = self.0.send(segment.text.clone());
    }
}

/// Half a second of faint noise, the recording, a second of it, as raw sound.
fn recorded(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packs/demo/sounds")
        .join(name);
    let mut wav = Wav::open(&path).unwrap();
    let rate = wav.rate() as usize;
    assert_eq!(rate, RATE as usize, "{name}");
    let mut noise = fastrand::Rng::with_seed(1);
    let mut silence = |samples: usize| {
        (0..samples)
            .map(|_| 1e-3 * (noise.f32() - 0.5))
            .collect::<Vec<f32>>()
    };
    let mut samples = silence(rate / 2);
    loop {
        let block = wav.block();
        if block.is_empty() {
            break;
        }
        samples.extend(block);
    }
    samples.extend(silence(rate + rate / 2));
    sound::bytes(&samples)
}

fn ears() -> Ears {
    let folders = Folders::new(Some(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")), None);
    Ears::load(&folders).unwrap()
}

#[test]
fn the_robots_own_voice_is_not_taken_for_a_command() {
    let ears = ears();
    let sound = sound::samples(sound::Format::OWN, &recorded("take_the_cup.wav"));
    let check = |own: bool, expect: (usize, bool)| {
        let mut live = Live::new(&ears).unwrap();
        let turns: Vec<_> = sound
            .chunks_exact(BLOCK)
            .map(|block| live.feed(block.to_vec(), own).unwrap())
            .collect();
        let clips = turns.iter().map(|turn| turn.clips.len()).sum::<usize>();
        assert_eq!((clips, turns.iter().any(|turn| turn.began)), expect, "own {own}");
        assert!(
            turns.iter().any(|turn| turn.look.is_some()),
            "words that stop are looked for always"
        );
    };
    check(false, (1, true));
    check(true, (0, false));
}

#[test]
fn a_spoken_command_is_written_down_and_a_spoken_stop_goes_ahead_of_it() {
    let ears = Arc::new(ears());
    let check = |name: &str, expect: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sound"), recorded(name)).unwrap();
        // A tenth of a second at a time, as a microphone does: at once, only the last moment would be looked at.
        let script = "n=0; while [ $n -lt 60 ]; do dd if=\"$0/sound\" bs=3200 skip=$n count=1 2>/dev/null; n=$((n + 1)); \
            sleep 0.1; done; exec sleep 600";
        let microphone = config::Microphone {
            program: ["sh", "-c", script, &folder.path().display().to_string()]
                .map(str::to_owned)
                .to_vec(),
            ..toml::from_str("").unwrap()
        };
        let (sender, told) = unbounded();
        let listening = Listening::start(Setup {
            sayable: Arc::default(),
            spotter: Some(Spotter::new(&[], &[], ears.tokens())),
            ears: Arc::clone(&ears),
            recorder: Recorder::of(&microphone).unwrap(),
            own: None,
            asr: None,
            wake: None,
            ear: Arc::new(Tells(sender)),
        })
        .unwrap();
        // The spotter may speak more than once: only its first word counts.
        let mut heard: Vec<String> = Vec::new();
        while heard.last().is_none_or(|text| text.starts_with("stop")) {
            let text = told
                .recv_timeout(Duration::from_secs(120))
                .expect("something is heard");
            if heard.last() != Some(&text) {
                heard.push(text);
            }
        }
        heard.dedup_by_key(|text| text.starts_with("stop"));
        drop(listening);
        let heard: Vec<&str> = heard
            .iter()
            .map(|text| text.trim_end_matches(['.', '!']))
            .collect();
        assert_eq!(heard, expect, "{name}");
    };
    check("go_to_the_hall.wav", &["Go to the hall"]);
    check("stop.wav", &["stop 1 s", "Stop"]);
}
