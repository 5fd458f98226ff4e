//! What a board remembers of one session: the numbers that keep every command to one execution.

use crate::envelope::WINDOW;
use crate::frame::crc32;
use crate::message::Outcome;
use heapless::Vec;

/// One session, offered or open.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: u32,
    pub(super) nonce: u32,
    /// Number of the newest stop taken.
    pub(super) stop: u32,
    /// Number of the newest command taken.
    seq: u32,
    /// What became of the newest commands, each at its number modulo [`WINDOW`].
    outcomes: [Outcome; WINDOW],
    /// Number of the newest heartbeat, and when it came.
    pub(super) beat: (u32, u64),
    /// When the last frame of the session came.
    pub(super) heard: u64,
}

/// What is to be done with a command of a certain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is the next one.
    Now,
    /// It was taken before.
    Again,
    /// One before it is missing.
    TooEarly,
}

impl Session {
    /// A session to offer. The count of sessions in this boot makes the number differ from every earlier one
    /// of the boot, the boot from those of earlier boots, the nonce from those of other boards.
    pub(super) fn offer(nonce: u32, boot: u32, count: u32, now: u64) -> Self {
        let mut seed = [0; 12];
        seed[..4].copy_from_slice(&nonce.to_le_bytes());
        seed[4..8].copy_from_slice(&boot.to_le_bytes());
        seed[8..].copy_from_slice(&count.to_le_bytes());
        // 0 stands for "no session" in a stop frame.
        let id = crc32(&seed).max(1);
        Self {
            id,
            nonce,
            stop: 0,
            seq: 0,
            outcomes: [Outcome::Done; WINDOW],
            beat: (0, now),
            heard: now,
        }
    }

    pub(super) fn turn(&self, seq: u32) -> Turn {
        if seq <= self.seq {
            Turn::Again
        } else if seq == self.seq + 1 {
            Turn::Now
        } else {
            Turn::TooEarly
        }
    }

    /// Counts the next command as taken.
    pub(super) fn took(&mut self, outcome: Outcome) {
        self.seq += 1;
        self.outcomes[self.seq as usize % WINDOW] = outcome;
    }

    /// Number and outcomes of the newest commands.
    pub(super) fn taken(&self) -> (u32, Vec<Outcome, WINDOW>) {
        let first = self.seq.saturating_sub(WINDOW as u32) + 1;
        let newest = (first..=self.seq).map(|seq| self.outcomes[seq as usize % WINDOW]);
        (self.seq, newest.collect())
    }
}
