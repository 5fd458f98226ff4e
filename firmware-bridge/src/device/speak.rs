//! What a board says next. Nothing is queued: what is due is remembered as a flag, and the message is made
//! when the line has room for it, so that it is always the newest and no buffer can overflow.

use super::clock::{age, narrow};
use super::{Board, Device};
use crate::envelope::BoardMessage;
use crate::frame::{BOARD_FRAME, encode};
use crate::message::{Fault, OutputId, OutputKind, PROTOCOL, Telemetry};
use crate::seal::{Seal, Speaker};

/// Time between two telemetry messages, in milliseconds.
pub const TELEMETRY_MS: u64 = 25;
/// Time between two statistics messages, in milliseconds.
pub const STATS_MS: u64 = 1000;

/// What is due to be said, most urgent first.
#[derive(Debug, Clone, Default)]
pub(super) struct Due {
    /// Session and number of a stop that was taken.
    pub(super) stopped: Option<(u32, u32)>,
    pub(super) ack: bool,
    /// Nonce of a Hello of another major version.
    pub(super) refused: Option<u32>,
    /// Nonce of a Hello to answer.
    pub(super) welcome: Option<u32>,
    /// A session that is not known here.
    pub(super) unknown: Option<u32>,
    /// Bit per output: the host asked what it is.
    pub(super) outputs: u8,
    pub(super) fault: Option<Fault>,
    pub(super) telemetry_at: u64,
    pub(super) stats_at: u64,
}

/// The frame that is being written to the line.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    frame: [u8; BOARD_FRAME],
    length: usize,
    sent: usize,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            frame: [0; BOARD_FRAME],
            length: 0,
            sent: 0,
        }
    }

    /// Forgets a frame half written.
    pub(super) fn clear(&mut self) {
        self.length = 0;
        self.sent = 0;
    }

    fn is_empty(&self) -> bool {
        self.sent == self.length
    }

    fn put(&mut self, message: &BoardMessage, seal: &Seal) {
        self.sent = 0;
        // No message is longer than the room; if one were, it would not be said.
        self.length = encode(message, seal, &mut self.frame).unwrap_or(0);
    }

    fn take(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.length - self.sent);
        out[..count].copy_from_slice(&self.frame[self.sent..self.sent + count]);
        self.sent += count;
        count
    }
}

impl<B: Board> Device<B> {
    /// Writes as much as there is to say, and as fits, into `out`; gives the number of bytes.
    pub fn transmit(&mut self, out: &mut [u8], now_ms: u32) -> usize {
        let now = self.clock.widen(now_ms);
        self.served = now;
        let mut written = 0;
        while written < out.len() {
            if self.outbox.is_empty() && !self.next_message(now) {
                break;
            }
            written += self.outbox.take(&mut out[written..]);
        }
        written
    }

    fn next_message(&mut self, now: u64) -> bool {
        let Some(message) = self.choose_message(now) else {
            return false;
        };
        let seal = Seal::new(self.board.key(), Speaker::Board);
        self.outbox.put(&message, &seal);
        true
    }

    fn choose_message(&mut self, now: u64) -> Option<BoardMessage> {
        if let Some((session, number)) = self.due.stopped.take() {
            return Some(BoardMessage::Stopped { session, number });
        }
        if let Some(nonce) = self.due.refused.take() {
            return Some(BoardMessage::Refused {
                version: PROTOCOL,
                nonce,
            });
        }
        if let Some(session) = self.due.unknown.take() {
            return Some(BoardMessage::Unknown {
                session,
                boot: self.boot,
            });
        }
        if let Some(nonce) = self.due.welcome.take() {
            return self.welcome(nonce, now);
        }
        let session = self.session.as_ref()?;
        let (id, beat) = (session.id, session.beat);
        if core::mem::take(&mut self.due.ack) {
            let (seq, outcomes) = session.taken();
            return Some(BoardMessage::Ack {
                session: id,
                seq,
                outcomes,
            });
        }
        if self.due.outputs != 0 {
            return self.next_output(id);
        }
        if let Some(fault) = self.due.fault.take() {
            return Some(BoardMessage::Fault { session: id, fault });
        }
        if now >= self.due.telemetry_at {
            self.due.telemetry_at = now + TELEMETRY_MS;
            let held_ms = u16::try_from(now - beat.1).unwrap_or(u16::MAX);
            return Some(BoardMessage::Telemetry {
                session: id,
                beat: beat.0,
                held_ms,
                telemetry: self.telemetry(now),
            });
        }
        if now >= self.due.stats_at {
            self.due.stats_at = now + STATS_MS;
            self.stats.load = self.board.load();
            let stats = self.stats;
            self.stats.slowest_ms = 0;
            return Some(BoardMessage::Stats { session: id, stats });
        }
        None
    }

    fn welcome(&self, nonce: u32, now: u64) -> Option<BoardMessage> {
        let mut sessions = [&self.session, &self.offered].into_iter().flatten();
        let session = sessions.find(|session| session.nonce == nonce)?;
        Some(BoardMessage::Welcome {
            version: PROTOCOL,
            nonce,
            boot: self.boot,
            session: session.id,
            board_ms: narrow(now),
            config: self.description.config(),
            firmware: self.description.firmware.clone(),
            outputs: self.description.outputs.len() as u8,
        })
    }

    /// The next output that was asked for.
    fn next_output(&mut self, session: u32) -> Option<BoardMessage> {
        let index = self.due.outputs.trailing_zeros();
        let output = self.description.outputs.get(index as usize)?.clone();
        self.due.outputs &= !(1 << index);
        Some(BoardMessage::Output {
            session,
            id: OutputId(index as u8),
            output,
        })
    }

    fn telemetry(&mut self, now: u64) -> Telemetry {
        let senses = self.board.sense();
        let mut telemetry = Telemetry {
            board_ms: narrow(now),
            state: self.state(),
            x_m: senses.x_m,
            y_m: senses.y_m,
            heading_rad: senses.heading_rad,
            linear_mps: senses.linear_mps,
            angular_radps: senses.angular_radps,
            joints_rad: senses.joints_rad,
            gripper_m: senses.gripper_m,
            holding: senses.holding,
            bumper: senses.bumper,
            clearance_m: senses.clearance_m,
            switches: 0,
            battery: senses.battery,
            stop_input: self.stop_input,
            safe: 0,
        };
        for (index, (spec, actuator)) in self.description.outputs.iter().zip(&self.actuators).enumerate() {
            telemetry.switches |= u8::from(spec.kind == OutputKind::Switch && actuator.is_on()) << index;
            telemetry.safe |= u8::from(actuator.is_safe()) << index;
        }
        telemetry
    }

    /// How old a stamp of the host is, when it can be one of this boot at all.
    pub(super) fn age_of(&self, stamp: u32, now: u64) -> Option<u64> {
        // The host's idea of this clock may run ahead by a little drift, not more.
        let age = age(now, stamp);
        (age >= -FUTURE_MS).then(|| u64::from(age.max(0).unsigned_abs()))
    }
}

/// How far a stamp may lie ahead, in milliseconds.
const FUTURE_MS: i32 = 20;
