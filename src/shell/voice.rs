//! What the robot tells, said aloud: reports become sayings, and a question opens the ears for its answer.
//!
//! In: reports. Out: [`Saying`]s for the speaker, attention for the ears. It decides nothing: the words are the brain's.

use super::reports::{Report, Watch, What};
use crate::hear::attention::Attention;
use crate::speak::{Priority, Saying, Speaker};
use brain::message::Latch;
use brain::reading::{Act, Outcome, Reason};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The ears' attention, shared between those who hear and those who speak.
pub type SharedAttention = Arc<Mutex<Attention>>;

/// What is said of a report, and what it means for the ears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What to say, with how much it matters.
    pub says: Option<(Priority, String)>,
    /// What the ears do.
    pub listens: Listens,
}

/// What the ears do after a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listens {
    /// As before.
    AsBefore,
    /// The exchange goes on for a while.
    Exchange,
    /// They wait for an answer.
    Answer,
    /// The exchange is over.
    Over,
}

/// What is told of a report. `latch` is how the stop latch stands; `again` listens on after what was not understood.
#[must_use]
pub fn telling(what: &What, latch: Latch, again: bool) -> Telling {
    match what {
        What::Reply(reply, _) => {
            let not_understood = matches!(
                reply.reason,
                Some(Reason::LowConfidence | Reason::OutOfScope | Reason::NotACommand | Reason::Fragment)
            ) && reply.outcome != Outcome::Ask;
            let priority = match reply.outcome {
                Outcome::Ask => Priority::Question,
                Outcome::Refuse if reply.reason == Some(Reason::Unsafe) => Priority::Safety,
                _ if reply.reading.act == Act::Chat => Priority::Chatter,
                _ => Priority::Reply,
            };
            let listens = match reply.outcome {
                Outcome::Ask => Listens::Answer,
                _ if not_understood && !again => Listens::Over,
                _ => Listens::Exchange,
            };
            Telling {
                says: reply.say.clone().map(|text| (priority, text)),
                listens,
            }
        }
        What::Say(text) => {
            let priority = if latch == Latch::Open {
                Priority::Reply
            } else {
                Priority::Safety
            };
            Telling {
                says: Some((priority, text.clone())),
                listens: Listens::AsBefore,
            }
        }
        _ => Telling {
            says: None,
            listens: Listens::AsBefore,
        },
    }
}

/// What the thread works with.
pub struct Setup {
    /// What the robot tells.
    pub watch: Watch,
    /// Its mouth; `None` where it has no voice.
    pub speaker: Option<Arc<Speaker>>,
    /// Its ears; `None` where it has no microphone.
    pub attention: Option<SharedAttention>,
    /// It listens on after what was not understood.
    pub listen_again: bool,
    /// How long it waits for an answer.
    pub answer: Duration,
}

/// The thread; dropping it ends it.
#[derive(Debug)]
pub struct Talking {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How often the thread looks whether it shall end.
const LOOK: Duration = Duration::from_millis(100);

impl Talking {
    /// Starts to say what is told.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(setup: Setup) -> std::io::Result<Talking> {
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let thread = std::thread::Builder::new()
            .name("talking".into())
            .spawn(move || {
                let (mut latch, mut lang) = (Latch::Open, "en".to_owned());
                while !ended.load(Ordering::Relaxed) {
                    let report = setup.watch.reports.recv_timeout(LOOK);
                    let own = setup
                        .speaker
                        .as_ref()
                        .is_some_and(|speaker| speaker.own().sounds(Instant::now()));
                    if let Some(attention) = &setup.attention
                        && own
                    {
                        // What is said after the robot has spoken is still part of the exchange.
                        attention
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .prolong(Instant::now());
                    }
                    let Ok(report) = report else { continue };
                    setup.take(&report, &mut latch, &mut lang);
                }
            })?;
        Ok(Talking {
            ends,
            thread: Some(thread),
        })
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Setup {
    fn take(&self, report: &Report, latch: &mut Latch, lang: &mut String) {
        let telling = telling(&report.what, *latch, self.listen_again);
        match &report.what {
            What::Latch(now) => *latch = *now,
            What::Reply(reply, _) => {
                lang.clone_from(&reply.reading.lang);
                // Whatever was being said belongs to what was asked before.
                if let Some(speaker) = &self.speaker {
                    speaker.spoken_to();
                }
            }
            _ => {}
        }
        if let (Some(speaker), Some((priority, text))) = (&self.speaker, telling.says) {
            speaker.say(Saying {
                priority,
                text,
                lang: lang.clone(),
            });
        }
        if let Some(attention) = &self.attention {
            let mut attention = attention.lock().unwrap_or_else(PoisonError::into_inner);
            match telling.listens {
                Listens::AsBefore => {}
                Listens::Exchange => attention.exchange(Instant::now()),
                Listens::Answer => attention.open(Instant::now(), self.answer),
                Listens::Over => attention.close(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::reports::Timing;
    use brain::message::Labels;
    use brain::reply::Reply;
    use brain::scene::Scene;
    use brain::understand::{Context, understand};
    use brain::units::UtteranceId;

    fn reply(outcome: Outcome, reason: Option<Reason>, act: Act) -> What {
        let mut reading = understand("", None, &Labels::default(), &Context::default());
        reading.act = act;
        let reply = Reply {
            utterance: UtteranceId(1),
            said: String::new(),
            outcome,
            reason,
            say: Some("words".to_owned()),
            reading,
            scene: Scene::default(),
            goals: Vec::new(),
            plan: None,
            verdict: None,
        };
        What::Reply(Box::new(reply), Timing::default())
    }

    #[test]
    fn how_much_words_matter_and_what_the_ears_do_then() {
        let check = |what: &What, latch, again, priority, listens| {
            let says = Some((priority, "words".to_owned()));
            assert_eq!(telling(what, latch, again), Telling { says, listens }, "{what:?}");
        };
        let command = |outcome, reason| reply(outcome, reason, Act::Command);
        let ask = command(Outcome::Ask, Some(Reason::AmbiguousTarget));
        check(&ask, Latch::Open, false, Priority::Question, Listens::Answer);
        let done = command(Outcome::Act, None);
        check(&done, Latch::Open, false, Priority::Reply, Listens::Exchange);
        let danger = command(Outcome::Refuse, Some(Reason::Unsafe));
        check(&danger, Latch::Open, false, Priority::Safety, Listens::Exchange);
        // After what was not understood it listens on only where that is wished.
        let what = command(Outcome::Refuse, Some(Reason::OutOfScope));
        check(&what, Latch::Open, false, Priority::Reply, Listens::Over);
        check(&what, Latch::Open, true, Priority::Reply, Listens::Exchange);
        let chat = reply(Outcome::Ignore, Some(Reason::NotACommand), Act::Chat);
        check(&chat, Latch::Open, false, Priority::Chatter, Listens::Over);
        let say = What::Say("words".to_owned());
        check(&say, Latch::Open, false, Priority::Reply, Listens::AsBefore);
        check(&say, Latch::Halt, false, Priority::Safety, Listens::AsBefore);
    }
}
