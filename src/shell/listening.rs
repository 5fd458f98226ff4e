//! The threads that listen: sound becomes utterances, utterances become text, and words that stop are found beside it.
//!
//! | thread | takes | gives | never |
//! |---|---|---|---|
//! | `listener` | blocks of the queue "sound" | utterances, moments to look for a stop | runs a slow network |
//! | `transcriber` | utterances of the queue "clips" | text with alternatives | holds up a stop |
//! | `stop spotter` | the newest moment | words that stop | looks at an old moment |
//!
//! What they find goes to an [`Ear`]: the running robot, or `coact hear --live`.

use super::microphone::{BLOCK, Block, Health, Microphone};

use super::queues::{CLIPS, Gauge, Inlet, MOMENTS, SOUND, queue};
use crate::hear::grammar::Grammar;
use crate::hear::live::Live;
use crate::hear::resample::RATE;
use crate::hear::segment::Clip;
use crate::hear::spot::{Spotted, Spotter};
use crate::hear::{Ears, Segment, Times};
use crate::shell::microphone::recorder::Recorder;
use crate::speak::OwnVoice;
use crate::wyoming::client::{self, Waker};
use crossbeam_channel::Receiver;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Who is told what was heard. Called from several threads; none of it may wait.
pub trait Ear: Send + Sync + 'static {
    /// A block came: level and gain in decibels, and whether somebody speaks.
    fn level(&self, _dbfs: f32, _gain_db: f32, _speech: bool) {}
    /// Somebody began to speak.
    fn began(&self) {}
    /// Called by a wake word that another program detected.
    fn called(&self, _name: &str) {}
    /// Whether parts of utterances shall be written down, too.
    fn wants_partial(&self) -> bool {
        false
    }
    /// What has been said so far.
    fn partial(&self, _segment: &Segment) {}
    /// A word that stops was said.
    fn stop(&self, stop: &Stop);
    /// An utterance; `began` is when it did.
    fn heard(&self, segment: &Segment, clip: &Clip, began: Instant);
    /// An utterance in which nothing could be understood, or a network failed.
    fn unheard(&self, _why: Option<&str>) {}
}

/// A word that stops was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Which, and how surely.
    pub spotted: Spotted,
    /// Where the sound ends that it was found in, in seconds since the microphone's first.
    pub at_s: f64,
    /// How long that sound has been there.
    pub ago: Duration,
}

/// What can be said, the first preferred; may change while it is listened.
pub type Sayable = Arc<RwLock<Vec<Grammar>>>;

/// What is listened with.
pub struct Setup {
    /// The networks.
    pub ears: Arc<Ears>,
    /// What can be said.
    pub sayable: Sayable,
    /// The words that stop; `None` does not look for them.
    pub spotter: Option<Spotter>,
    /// The microphone.
    pub recorder: Recorder,
    /// The robot's own voice, which is not to be heard; `None` where the microphone takes it out, or there is none.
    pub own: Option<OwnVoice>,
    /// A service that transcribes instead.
    pub asr: Option<SocketAddr>,
    /// A service that listens for wake words.
    pub wake: Option<SocketAddr>,
    /// Who is told.
    pub ear: Arc<dyn Ear>,
}

/// The threads. Dropping it ends them.
pub struct Listening {
    microphone: Option<Microphone>,
    sound: Option<Inlet<Block>>,
    gauges: Inlet<Job>,
    threads: Vec<JoinHandle<()>>,
    ends: Arc<AtomicBool>,
}

/// Something to write down.
enum Job {
    Partial(Clip),
    Whole(Clip, Instant),
}

/// Sound in which a word that stops may just have ended.
struct Moment {
    samples: Vec<f32>,
    at_s: f64,
    taken: Instant,
}

impl Listening {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(setup: Setup) -> std::io::Result<Listening> {
        let (sound, blocks) = queue(&SOUND);
        let (clips, jobs) = queue(&CLIPS);
        let (looks, moments) = queue(&MOMENTS);
        let ends = Arc::new(AtomicBool::new(false));
        let microphone = Microphone::start(setup.recorder, sound.clone())?;
        let mut threads = Vec::new();
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(run)
        };
        if let Some(spotter) = setup.spotter {
            let (ears, ear, ends) = (Arc::clone(&setup.ears), Arc::clone(&setup.ear), Arc::clone(&ends));
            let own = setup.own.clone();
            threads.push(spawn(
                "stop spotter",
                Box::new(move || spot(&ears, &spotter, own.as_ref(), &moments, ear.as_ref(), &ends)),
            )?);
        }
        {
            let (ears, ear, ends) = (Arc::clone(&setup.ears), Arc::clone(&setup.ear), Arc::clone(&ends));
            let scribe = Scribe {
                ears,
                sayable: setup.sayable,
                asr: setup.asr,
                trouble: None,
            };
            threads.push(spawn(
                "transcriber",
                Box::new(move || scribe.run(&jobs, ear.as_ref(), &ends)),
            )?);
        }
        let listener = Listener {
            ears: setup.ears,
            own: setup.own,
            wake: setup.wake.map(|address| Wake {
                address,
                waker: None,
                again: Instant::now(),
            }),
            clips: clips.clone(),
            looks,
            ear: setup.ear,
            ends: Arc::clone(&ends),
        };
        threads.push(spawn("listener", Box::new(move || listener.run(&blocks)))?);
        Ok(Listening {
            microphone: Some(microphone),
            sound: Some(sound),
            gauges: clips,
            threads,
            ends,
        })
    }

    /// How the microphone fares.
    #[must_use]
    pub fn health(&self) -> Health {
        self.microphone
            .as_ref()
            .map(Microphone::health)
            .unwrap_or_default()
    }

    /// How full the queues are.
    #[must_use]
    pub fn gauges(&self) -> Vec<Gauge> {
        self.sound
            .iter()
            .map(Inlet::gauge)
            .chain([self.gauges.gauge()])
            .collect()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.microphone = None;
        self.sound = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!("a thread that listens had died");
            }
        }
    }
}

/// How often a thread looks whether it shall end.
const LOOK: Duration = Duration::from_millis(100);

/// The next item, until the threads shall end. The queues hold receivers of their own, so that they never disconnect.
fn next<T>(outlet: &Receiver<T>, ends: &AtomicBool) -> Option<T> {
    loop {
        if ends.load(Ordering::Relaxed) {
            return None;
        }
        if let Ok(item) = outlet.recv_timeout(LOOK) {
            return Some(item);
        }
    }
}

struct Listener {
    ears: Arc<Ears>,
    own: Option<OwnVoice>,
    wake: Option<Wake>,
    clips: Inlet<Job>,
    looks: Inlet<Moment>,
    ear: Arc<dyn Ear>,
    ends: Arc<AtomicBool>,
}

impl Listener {
    fn run(mut self, blocks: &Receiver<Block>) {
        let mut live = match Live::new(&self.ears) {
            Ok(live) => live,
            Err(error) => return self.ear.unheard(Some(&error.to_string())),
        };
        while let Some(block) = next(blocks, &self.ends) {
            if block.gap
                && let Some(clip) = live.gap()
            {
                self.whole(clip, block.taken);
            }
            let own = self.own.as_ref().is_some_and(|own| own.sounds(block.taken));
            if let Some(wake) = &mut self.wake
                && !own
                && let Some(name) = wake.hear(&block.samples)
            {
                self.ear.called(&name);
            }
            let (taken, level) = (block.taken, block.level.dbfs());
            let at_s = ((block.number + 1) * BLOCK as u64) as f64 / f64::from(RATE);
            match live.feed(block.samples, own) {
                Ok(turn) => {
                    self.ear.level(level, live.gain_db(), turn.speech);
                    if turn.began {
                        self.ear.began();
                    }
                    if let Some(samples) = turn.look {
                        self.looks.send(Moment { samples, at_s, taken });
                    }
                    if let Some(clip) = turn.partial
                        && self.ear.wants_partial()
                        && self.clips.gauge().waiting == 0
                    {
                        self.clips.send(Job::Partial(clip));
                    }
                    for clip in turn.clips {
                        self.whole(clip, taken);
                    }
                }
                Err(error) => self.ear.unheard(Some(&error.to_string())),
            }
        }
        if let Some(clip) = live.gap() {
            self.whole(clip, Instant::now());
        }
    }

    fn whole(&self, clip: Clip, ended: Instant) {
        let long = Duration::from_secs_f64(clip.samples.len() as f64 / f64::from(RATE));
        let began = ended.checked_sub(long).unwrap_or(ended);
        self.clips.send(Job::Whole(clip, began));
    }
}

struct Scribe {
    ears: Arc<Ears>,
    sayable: Sayable,
    asr: Option<SocketAddr>,
    trouble: Option<String>,
}

impl Scribe {
    fn run(mut self, jobs: &Receiver<Job>, ear: &dyn Ear, ends: &AtomicBool) {
        while let Some(job) = next(jobs, ends) {
            match job {
                Job::Partial(clip) => {
                    if let Ok(Some(segment)) = self.ears.transcribe(&clip, &[], &mut Times::default()) {
                        ear.partial(&segment);
                    }
                }
                Job::Whole(clip, began) => match self.write(&clip) {
                    Ok(Some(segment)) => ear.heard(&segment, &clip, began),
                    Ok(None) => ear.unheard(None),
                    Err(why) => ear.unheard(Some(&why)),
                },
            }
        }
    }

    /// By the service, where there is one; by the robot's own ears where there is none or it fails.
    fn write(&mut self, clip: &Clip) -> Result<Option<Segment>, String> {
        if let Some(address) = self.asr {
            match client::transcribe(address, &clip.samples, None) {
                Ok(text) => {
                    self.trouble = None;
                    let spoken = text.chars().any(char::is_alphanumeric);
                    return Ok(spoken.then(|| Segment {
                        start_s: clip.start_s,
                        end_s: clip.end_s(),
                        text,
                        // The protocol tells none.
                        confidence: 1.0,
                        called: false,
                        alternatives: Vec::new(),
                    }));
                }
                Err(error) => {
                    let text = error.to_string();
                    if self.trouble.as_ref() != Some(&text) {
                        log::warn!("{text}; heard with the robot's own ears");
                        self.trouble = Some(text);
                    }
                }
            }
        }
        let sayable = self.sayable.read().unwrap_or_else(PoisonError::into_inner);
        self.ears
            .transcribe(clip, &sayable, &mut Times::default())
            .map_err(|error| error.to_string())
    }
}

fn spot(
    ears: &Ears,
    spotter: &Spotter,
    own: Option<&OwnVoice>,
    moments: &Receiver<Moment>,
    ear: &dyn Ear,
    ends: &AtomicBool,
) {
    while let Some(moment) = next(moments, ends) {
        match ears.spot(&moment.samples, spotter) {
            Ok(Some(spotted)) => {
                let says = own.and_then(|own| own.says(moment.taken));
                let says = says.unwrap_or_default().to_lowercase();
                // The robot that says "I stopped" does not stop for it.
                let itself = spotted.text.to_lowercase();
                let itself = itself
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|word| word.len() > 2);
                if says.is_empty() || !itself.into_iter().any(|word| says.contains(word)) {
                    ear.stop(&Stop {
                        spotted,
                        at_s: moment.at_s,
                        ago: moment.taken.elapsed(),
                    });
                }
            }
            Ok(None) => {}
            Err(error) => log::error!("{error}"),
        }
    }
}

/// A wake word service that may come and go.
struct Wake {
    address: SocketAddr,
    waker: Option<Waker>,
    again: Instant,
}

/// Pause before a wake word service is tried again.
const AGAIN: Duration = Duration::from_secs(5);

impl Wake {
    fn hear(&mut self, samples: &[f32]) -> Option<String> {
        if self.waker.is_none() {
            if Instant::now() < self.again {
                return None;
            }
            match Waker::connect(self.address) {
                Ok(waker) => self.waker = Some(waker),
                Err(error) => return self.lost(&error),
            }
        }
        match self.waker.as_mut()?.hear(samples) {
            Ok(name) => name,
            Err(error) => self.lost(&error),
        }
    }

    fn lost(&mut self, error: &client::ClientError) -> Option<String> {
        log::warn!("no wake word is heard: {error}");
        self.waker = None;
        self.again = Instant::now() + AGAIN;
        None
    }
}

#[cfg(test)]
mod tests;
