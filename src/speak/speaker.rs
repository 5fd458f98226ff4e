//! The thread that speaks: takes what is to be said, says it, cuts it short, and tells the ears when it is the robot's
//! own voice that they hear.
//!
//! In: [`Saying`]s and "somebody speaks to me". Out: sound. It never makes its callers wait: its queue drops the oldest.

use super::queue::{CAPACITY, Priority, Queue, Saying};
use super::voice::{Sounding, Voice, VoiceError};
use brain::config::Daytime;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the room still sounds after the last word.
const TAIL: Duration = Duration::from_millis(300);

/// How often a saying that sounds is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How long it waits for words while nothing sounds.
const IDLE: Duration = Duration::from_millis(500);

/// Whether the robot itself is to be heard now, and what it says. Shared with the ears.
#[derive(Debug, Clone, Default)]
pub struct OwnVoice(Arc<Mutex<Own>>);

#[derive(Debug, Default)]
struct Own {
    /// What the robot says, or said last.
    says: Option<String>,
    /// When that ended; `None` while it sounds.
    until: Option<Instant>,
}

impl OwnVoice {
    /// Whether the robot's own voice is in what the microphone gives at this moment.
    #[must_use]
    pub fn sounds(&self, at: Instant) -> bool {
        self.says(at).is_some()
    }

    /// What of the robot's own is in what the microphone gives at this moment: what it says, or has just said.
    #[must_use]
    pub fn says(&self, at: Instant) -> Option<String> {
        let own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let says = own.says.clone()?;
        own.until.is_none_or(|until| at < until + TAIL).then_some(says)
    }

    fn begin(&self, text: &str) {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (own.says, own.until) = (Some(text.to_owned()), None);
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).until = Some(Instant::now());
    }
}

enum Message {
    Say(Saying),
    SpokenTo,
}

/// The robot's mouth. Dropping it cuts short what it says and ends the thread.
#[derive(Debug)]
pub struct Speaker {
    messages: Option<Sender<Message>>,
    // To make room in a full queue.
    oldest: Receiver<Message>,
    own: OwnVoice,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Speaker {
    /// Speaks with this voice; `quiet` are the hours in which safety alone is spoken aloud.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(voice: Voice, quiet: Option<[Daytime; 2]>) -> std::io::Result<Speaker> {
        // Twice what may wait to be said: a burst is sorted before anything of it is dropped.
        let (messages, outlet) = bounded(2 * CAPACITY);
        let own = OwnVoice::default();
        let ends = Arc::new(AtomicBool::new(false));
        let mut mouth = Mouth {
            voice,
            quiet,
            own: own.clone(),
            queue: Queue::default(),
            began: Instant::now(),
            sounding: None,
            last_trouble: None,
        };
        let (oldest, ended) = (outlet.clone(), Arc::clone(&ends));
        let thread = std::thread::Builder::new().name("voice".into()).spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                if !mouth.turn(&outlet) {
                    break;
                }
            }
            mouth.cut();
        })?;
        Ok(Speaker {
            messages: Some(messages),
            oldest,
            own,
            ends,
            thread: Some(thread),
        })
    }

    /// Says it when its turn comes.
    pub fn say(&self, saying: Saying) {
        self.send(Message::Say(saying));
    }

    /// Somebody speaks to the robot: it is silent and listens, but for what is about safety.
    pub fn spoken_to(&self) {
        self.send(Message::SpokenTo);
    }

    /// Whether the robot's own voice sounds now, for the ears.
    #[must_use]
    pub fn own(&self) -> OwnVoice {
        self.own.clone()
    }

    fn send(&self, message: Message) {
        let Some(messages) = &self.messages else { return };
        let mut message = message;
        while let Err(TrySendError::Full(back)) = messages.try_send(message) {
            message = back;
            let _ = self.oldest.try_recv();
        }
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            // The thread holds no lock and waits for no one: it ends within one look.
            self.oldest = crossbeam_channel::never();
            let _ = thread.join();
        }
    }
}

/// What the thread owns.
struct Mouth {
    voice: Voice,
    quiet: Option<[Daytime; 2]>,
    own: OwnVoice,
    queue: Queue,
    began: Instant,
    sounding: Option<(Priority, Sounding)>,
    last_trouble: Option<String>,
}

impl Mouth {
    /// Takes one message or looks once at what sounds; `false` when nobody is left who could say something.
    fn turn(&mut self, messages: &Receiver<Message>) -> bool {
        let now = || u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let patience = if self.sounding.is_some() { LOOK } else { IDLE };
        match messages.recv_timeout(patience) {
            Ok(Message::Say(saying)) => self.queue.push(now(), saying),
            Ok(Message::SpokenTo) => {
                self.queue.spoken_to();
                if self
                    .sounding
                    .as_ref()
                    .is_some_and(|(priority, _)| *priority < Priority::Safety)
                {
                    self.cut();
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        // All that came together is sorted before the first of it is said.
        if !messages.is_empty() {
            return true;
        }
        if let Some((priority, sounding)) = &mut self.sounding {
            match sounding.over() {
                Ok(false) if self.queue.cuts(*priority) => self.cut(),
                Ok(false) => return true,
                Ok(true) => self.silent(),
                Err(error) => {
                    self.silent();
                    self.trouble(&error);
                }
            }
        }
        let quiet = self.quiet.is_some_and(|hours| within(hours, minute_of_day()));
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(saying) = self.queue.pop(now, quiet) {
            self.own.begin(&saying.text);
            match self.voice.say(&saying.text, &saying.lang) {
                Ok(sounding) => self.sounding = Some((saying.priority, sounding)),
                Err(error) => {
                    self.silent();
                    self.trouble(&error);
                }
            }
        }
        true
    }

    fn cut(&mut self) {
        if self.sounding.is_some() {
            self.silent();
        }
    }

    fn silent(&mut self) {
        self.sounding = None;
        self.own.end();
    }

    /// Says once what is wrong with the voice: the words themselves are shown as text anyway.
    fn trouble(&mut self, error: &VoiceError) {
        let text = error.to_string();
        if self.last_trouble.as_ref() != Some(&text) {
            log::warn!("not spoken aloud: {text}");
            self.last_trouble = Some(text);
        }
    }
}

/// Whether a minute of the day lies within hours that may go over midnight.
fn within([from, to]: [Daytime; 2], minute: u16) -> bool {
    if from <= to {
        (from.minute..to.minute).contains(&minute)
    } else {
        minute >= from.minute || minute < to.minute
    }
}

fn minute_of_day() -> u16 {
    let now = jiff::Zoned::now();
    u16::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
