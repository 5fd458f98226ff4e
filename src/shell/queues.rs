//! The table of queues: every queue of the daemon, its capacity, and what happens when it is full.
//!
//! Threads talk through these queues and nothing else (the stop latch excepted, which never queues). A dropped
//! item is counted, and `coact status` shows the count.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens when a queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// The sender waits. Only for receivers that never wait themselves.
    Block,
    /// The new item is dropped and the sender is told.
    DropNewest,
    /// The oldest item is dropped to make room.
    DropOldest,
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Name, as `coact status` shows it.
    pub name: &'static str,
    /// Most items that wait.
    pub capacity: usize,
    /// What happens to one more.
    pub when_full: WhenFull,
}

/// Text lines on their way to the reader; one more is refused, and whoever typed it is told.
pub const LINES: Row = Row {
    name: "lines",
    capacity: 16,
    when_full: WhenFull::DropNewest,
};
/// Events on their way to the brain, which never waits for anybody.
pub const EVENTS: Row = Row {
    name: "events",
    capacity: 256,
    when_full: WhenFull::Block,
};
/// Frames on their way to the detector: only the newest is worth looking at.
pub const FRAMES: Row = Row {
    name: "frames",
    capacity: 1,
    when_full: WhenFull::DropOldest,
};
/// Sound on its way to those who listen for speech: four seconds. Who is slower hears what is newest.
pub const SOUND: Row = Row {
    name: "sound",
    capacity: 128,
    when_full: WhenFull::DropOldest,
};
/// Utterances on their way to the transcriber, each of at most 30 s.
pub const CLIPS: Row = Row {
    name: "clips",
    capacity: 4,
    when_full: WhenFull::DropOldest,
};
/// Moments at which a word that stops may have ended: only the newest is worth looking at.
pub const MOMENTS: Row = Row {
    name: "moments",
    capacity: 1,
    when_full: WhenFull::DropOldest,
};
/// Commands and setpoints on their way to the link. The brain must not wait: overflow is a fault that stops the robot.
pub const ORDERS: Row = Row {
    name: "orders",
    capacity: 64,
    when_full: WhenFull::DropNewest,
};
/// Records on their way to the journal. The brain must not wait: what is lost is counted and marks the run.
pub const JOURNAL: Row = Row {
    name: "journal",
    capacity: 1024,
    when_full: WhenFull::DropNewest,
};
/// Replies, words and progress on their way to each watcher (terminal, socket client, demo).
pub const REPORTS: Row = Row {
    name: "reports",
    capacity: 256,
    when_full: WhenFull::DropOldest,
};
/// What the simulated robot tells its observer, about ten seconds of a busy one: a slow reader never slows its time.
pub const SIM_EVENTS: Row = Row {
    name: "sim_events",
    capacity: 4096,
    when_full: WhenFull::DropNewest,
};

/// The whole table, in the order data flows.
pub const TABLE: [&Row; 10] = [
    &LINES,
    &FRAMES,
    &SOUND,
    &CLIPS,
    &MOMENTS,
    &EVENTS,
    &ORDERS,
    &JOURNAL,
    &REPORTS,
    &SIM_EVENTS,
];

/// How full a queue is, for `coact status`.
#[derive(Debug, Clone, Serialize)]
pub struct Gauge {
    /// Name in the table.
    pub name: &'static str,
    /// Items that wait now.
    pub waiting: usize,
    /// Most items that may wait.
    pub capacity: usize,
    /// Items dropped since the start.
    pub dropped: u64,
}

/// The sending end of a queue of the table.
#[derive(Debug)]
pub struct Inlet<T> {
    row: &'static Row,
    sender: Sender<T>,
    // Only where the oldest item is the one to drop: a sender that held the other end of a blocking queue
    // would never learn that its receiver died.
    oldest: Option<Receiver<T>>,
    dropped: Arc<AtomicU64>,
}

impl<T> Clone for Inlet<T> {
    fn clone(&self) -> Self {
        Inlet {
            row: self.row,
            sender: self.sender.clone(),
            oldest: self.oldest.clone(),
            dropped: Arc::clone(&self.dropped),
        }
    }
}

/// Makes the queue that a row of the table describes.
#[must_use]
pub fn queue<T>(row: &'static Row) -> (Inlet<T>, Receiver<T>) {
    let (sender, receiver) = bounded(row.capacity);
    let oldest = (row.when_full == WhenFull::DropOldest).then(|| receiver.clone());
    let inlet = Inlet {
        row,
        sender,
        oldest,
        dropped: Arc::default(),
    };
    (inlet, receiver)
}

impl<T> Inlet<T> {
    /// Sends an item as the table says. False when it (not an older one) was dropped.
    pub fn send(&self, item: T) -> bool {
        match self.row.when_full {
            WhenFull::Block => self.sender.send(item).is_ok(),
            WhenFull::DropNewest => {
                let taken = self.sender.try_send(item).is_ok();
                if !taken {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                taken
            }
            WhenFull::DropOldest => {
                let mut item = item;
                loop {
                    match self.sender.try_send(item) {
                        Ok(()) => return true,
                        Err(TrySendError::Disconnected(_)) => return false,
                        Err(TrySendError::Full(back)) => {
                            item = back;
                            if self
                                .oldest
                                .as_ref()
                                .is_some_and(|oldest| oldest.try_recv().is_ok())
                            {
                                self.dropped.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                }
            }
        }
    }

    /// How full the queue is.
    #[must_use]
    pub fn gauge(&self) -> Gauge {
        Gauge {
            name: self.row.name,
            waiting: self.sender.len(),
            capacity: self.row.capacity,
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }

    /// The bare sending end, for those that only need to send and wait.
    #[must_use]
    pub fn sender(&self) -> Sender<T> {
        self.sender.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_does_what_the_table_says() {
        let (inlet, outlet) = queue(&FRAMES);
        assert!(inlet.send(1) && inlet.send(2));
        assert_eq!((outlet.try_recv(), inlet.gauge().dropped), (Ok(2), 1));

        let (inlet, outlet) = queue(&LINES);
        let taken = (0..20).filter(|n| inlet.send(*n)).count();
        assert_eq!((taken, inlet.gauge().dropped, outlet.try_recv()), (16, 4, Ok(0)));
    }

    #[test]
    fn names_are_told_apart() {
        let names: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len());
    }
}
