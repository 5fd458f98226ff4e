//! The ears and the mouth of `coact run`: microphone, voice and Wyoming, as the robot's description wants them.

use super::wyoming::Own;
use brain::config::Robot;
use brain::understand::packs::Pack;
use coact::hear::attention::Attention;
use coact::hear::spot::Spotter;
use coact::hear::{Ears, spoken};
use coact::read::Reader;
use coact::shell::heard::{Memory, RobotEar};
use coact::shell::keep::Keep;
use coact::shell::listening::{self, Listening};
use coact::shell::microphone::recorder::Recorder;
use coact::shell::runtime::Runtime;
use coact::shell::voice::{self, SharedAttention, Talking};
use coact::speak::Speaker;
use coact::speak::voice::Voice;
use coact::wyoming::server::Server;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What ends with the run.
pub struct Talk {
    _talking: Option<Talking>,
    _server: Option<Server>,
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
            grammar: spoken::grammar(packs, ears.tokens()),
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
            let own = Own::new(ears, Arc::clone(reader), packs.to_vec());
            let server = Server::start(address, robot.wyoming.anyone, Arc::new(own))?;
            log::info!("serves Wyoming on {}", server.address());
            Some(server)
        }
        _ => None,
    };
    Ok(Talk {
        _talking: talking.transpose()?,
        _server: server,
    })
}
