//! What the daemon tells: replies, words, progress, what went to the board. Every watcher (a terminal, a client of the
//! socket, the demo) has a bounded queue of its own; a slow one loses the oldest and nobody waits for it.

use super::queues::{Gauge, Inlet, REPORTS, queue};
use brain::act::Progress;
use brain::message::{Latch, Ticket};
use brain::reply::Reply;
use brain::units::Now;
use crossbeam_channel::Receiver;
use firmware_bridge::message::{Command, Outcome};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Something worth telling, and when it was known.
#[derive(Debug, Clone)]
pub struct Report {
    /// On the run's clock.
    pub now: Now,
    /// What.
    pub what: What,
}

/// What is told.
#[derive(Debug, Clone)]
pub enum What {
    /// The answer to an utterance, with the time it took.
    Reply(Box<Reply>, Timing),
    /// Something to say aloud.
    Say(String),
    /// How far the plan is.
    Progress(Progress),
    /// A command went to the board.
    Sent(Ticket, Command),
    /// The board answered a command.
    Answered(Ticket, Outcome),
    /// The stop latch was tripped or released.
    Latch(Latch),
    /// Something was heard.
    Heard(Heard),
    /// The board came into reach (session) or was lost (reason).
    Board(Result<u32, String>),
}

/// Something that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// How sure the transcriber is, 0 to 1.
    pub confidence: f32,
    /// Whether it was meant for the robot.
    pub meant: bool,
}

/// How long understanding took, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timing {
    /// In the text model.
    pub encode_ms: f64,
    /// From the line to the reply.
    pub total_ms: f64,
}

/// All who watch.
#[derive(Debug, Clone, Default)]
pub struct Watchers(Arc<Mutex<Vec<Watcher>>>);

/// Whether somebody still watches, and the way there.
type Watcher = (Weak<()>, Inlet<Report>);

/// What one watcher is told; dropping it ends the watch.
#[derive(Debug)]
pub struct Watch {
    /// The reports, oldest first.
    pub reports: Receiver<Report>,
    // The queue itself cannot tell: it keeps a receiver, to drop the oldest.
    _alive: Arc<()>,
}

impl Watchers {
    /// Watches everything from now on.
    #[must_use]
    pub fn watch(&self) -> Watch {
        let (inlet, reports) = queue(&REPORTS);
        let alive = Arc::new(());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((Arc::downgrade(&alive), inlet));
        Watch {
            reports,
            _alive: alive,
        }
    }

    /// Tells all.
    pub fn tell(&self, now: Now, what: &What) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|(alive, _)| alive.strong_count() > 0);
        for (_, inlet) in watchers.iter() {
            inlet.send(Report {
                now,
                what: what.clone(),
            });
        }
    }

    /// The fullest of the queues, for `coact status`.
    #[must_use]
    pub fn gauge(&self) -> Option<Gauge> {
        let watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers
            .iter()
            .map(|(_, inlet)| inlet.gauge())
            .max_by_key(|gauge| (gauge.dropped, gauge.waiting))
    }
}
