//! The ears and the mouth of `coact run`: microphone, voice and Wyoming, as the robot's description wants them.

use super::wyoming::Own;
use brain::config::{Listens, Microphone, Robot};
use brain::understand::packs::Pack;
use coact::hear::attention::Attention;
use coact::hear::spot::Spotter;
use coact::hear::{Ears, spoken};
use coact::read::Reader;
use coact::shell::heard::{Memory, RobotEar};
use coact::shell::keep::Keep;
use coact::shell::link::key;
use coact::shell::listening::{self, Listening, Sayable};
use coact::shell::microphone::recorder::Recorder;
use coact::shell::runtime::Runtime;
use coact::shell::voice::{self, SharedAttention, Talking};
use coact::speak::Speaker;
use coact::speak::voice::Voice;
use coact::wyoming::server::Server;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What ends with the run.
pub struct Talk {
    _talking: Option<Talking>,
    _server: Option<Server>,
    again: Again,
}

/// What of the ears and the mouth may change while the robot runs.
#[derive(Clone)]
pub struct Again {
    robot: Robot,
    ears: Option<(Arc<Ears>, Sayable)>,
    attention: Option<SharedAttention>,
}

impl Talk {
    /// For whoever reads the description again.
    pub fn again(&self) -> Again {
        self.again.clone()
    }
}

impl Again {
    /// Takes what may change from a description that was read again, and says aloud what may not.
    pub fn read(&self, robot: &Robot, packs: &[Pack]) {
        if let Some((ears, sayable)) = &self.ears {
            let fresh = spoken::grammars(packs, Some(robot), ears.tokens());
            *sayable.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        if let (Some(attention), Some(microphone)) = (&self.attention, &robot.microphone) {
            *attention.lock().unwrap_or_else(PoisonError::into_inner) = Attention::new(robot, microphone);
        }
        for table in self.needs_start(robot) {
            log::error!("[{table}] has changed, which takes effect at the next start only: restart coact");
        }
    }

    /// The tables that differ in what is fixed at the start.
    fn needs_start(&self, robot: &Robot) -> Vec<&'static str> {
        // What is taken at once is no difference.
        let fixed = |robot: &Robot| {
            robot.microphone.clone().map(|microphone| Microphone {
                listens: Listens::default(),
                attention_ms: 0,
                ..microphone
            })
        };
        let differ = [
            ("microphone", fixed(&self.robot) != fixed(robot)),
            ("voice", self.robot.voice != robot.voice),
            ("wyoming", self.robot.wyoming != robot.wyoming),
        ];
        differ
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(table, _)| table)
            .collect()
    }
}

/// Whether this robot needs the networks of hearing.
pub fn hears(robot: &Robot) -> bool {
    robot.microphone.is_some() || robot.wyoming.listen.is_some()
}

/// Opens the ears and the mouth of a running robot.
///
/// # Errors
/// When what its description asks for cannot be had: a microphone that nothing can record, an address that is taken.
pub fn start(
    runtime: &Arc<Runtime>,
    robot: &Robot,
    ears: Option<Arc<Ears>>,
    reader: &Arc<Reader>,
    packs: &[Pack],
    state: &Path,
) -> anyhow::Result<Talk> {
    let speaker = match Voice::of(robot) {
        Ok(Some(voice)) => {
            let quiet = robot.voice.as_ref().and_then(|voice| voice.quiet);
            Some(Arc::new(Speaker::start(voice, quiet)?))
        }
        Ok(None) => None,
        Err(error) => {
            log::warn!("answers come as text alone: {error}");
            None
        }
    };
    let mut shared: Option<SharedAttention> = None;
    let sayable = ears
        .as_ref()
        .map(|ears| spoken::grammars(packs, Some(robot), ears.tokens()));
    let sayable: Sayable = Arc::new(RwLock::new(sayable.unwrap_or_default()));
    if let (Some(microphone), Some(ears)) = (&robot.microphone, &ears) {
        let attention = Attention::new(robot, microphone);
        let words = &robot.policy.stop_words;
        let spotter = microphone
            .spots_stop
            .then(|| Spotter::new(words, attention.names(), ears.tokens()));
        let attention = Arc::new(Mutex::new(attention));
        let ear = RobotEar {
            runtime: Arc::clone(runtime),
            attention: Arc::clone(&attention),
            interrupts: speaker.clone().filter(|_| microphone.cancels_echo),
            keep: (microphone.keep_audio_mb > 0).then(|| Keep::new(state, microphone.keep_audio_mb)),
            memory: Mutex::new(Memory::of(state)),
            spotted: Mutex::new(None),
        };
        let listening = Listening::start(listening::Setup {
            sayable: Arc::clone(&sayable),
            ears: Arc::clone(ears),
            spotter,
            recorder: Recorder::of(microphone)?,
            own: speaker
                .as_ref()
                .filter(|_| !microphone.cancels_echo)
                .map(|speaker| speaker.own()),
            asr: robot.wyoming.asr,
            wake: robot.wyoming.wake,
            ear: Arc::new(ear),
        })?;
        let called = Arc::clone(&attention);
        runtime.listen_with(listening, move || {
            called
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .called(Instant::now());
        });
        shared = Some(attention);
    }
    let again = Again {
        robot: robot.clone(),
        ears: ears.clone().map(|ears| (ears, sayable)),
        attention: shared.clone(),
    };
    let listens = speaker.is_some() || shared.is_some();
    let talking = listens.then(|| {
        Talking::start(voice::Setup {
            watch: runtime.watch(),
            speaker,
            attention: shared,
            listen_again: robot
                .microphone
                .as_ref()
                .is_some_and(|microphone| microphone.listen_again),
            answer: Duration::from_millis(robot.policy.question_timeout_ms.into()),
        })
    });
    let server = match (robot.wyoming.listen, ears) {
        (Some(address), Some(ears)) => {
            let own = Own::new(ears, Arc::clone(reader), packs.to_vec(), Some(robot));
            let token = robot.wyoming.token_file.as_deref().map(Path::new);
            let token = token.map(key::digits).transpose()?;
            let server = Server::start(address, token.as_deref(), Arc::new(own))?;
            log::info!("serves Wyoming on {}", server.address());
            Some(server)
        }
        _ => None,
    };
    Ok(Talk {
        _talking: talking.transpose()?,
        _server: server,
        again,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_start_can_change_is_said() {
        let robot =
            |tables: &str| -> Robot { toml::from_str(&format!("name = \"Coco\"\n{tables}")).unwrap() };
        let again = Again {
            robot: robot("[microphone]\ndevice = \"a\""),
            ears: None,
            attention: None,
        };
        let check =
            |tables: &str, expect: &[&str]| assert_eq!(again.needs_start(&robot(tables)), expect, "{tables}");
        check("[microphone]\ndevice = \"a\"", &[]);
        check(
            "[microphone]\ndevice = \"a\"\nlistens = \"always\"\nattention_ms = 5",
            &[],
        );
        check("[microphone]\ndevice = \"b\"", &["microphone"]);
        check("", &["microphone"]);
        check(
            "[microphone]\ndevice = \"a\"\n[voice]\n[wyoming]\ntoken_file = \"t\"",
            &["voice", "wyoming"],
        );
    }

    #[test]
    fn a_new_name_is_taken_at_once() {
        let robot = |wake: &str| -> Robot {
            toml::from_str(&format!("name = \"Coco\"\nwake = [\"{wake}\"]\n[microphone]")).unwrap()
        };
        let before = robot("bella");
        let microphone = before.microphone.clone().unwrap();
        let attention = Arc::new(Mutex::new(Attention::new(&before, &microphone)));
        let again = Again {
            robot: before,
            ears: None,
            attention: Some(Arc::clone(&attention)),
        };
        let called = |text: &str| attention.lock().unwrap().is_called(text);
        assert!(called("Bella, come here.") && !called("Jarvis, come here."));
        again.read(&robot("jarvis"), &[]);
        assert!(!called("Bella, come here.") && called("Jarvis, come here."));
    }
}
