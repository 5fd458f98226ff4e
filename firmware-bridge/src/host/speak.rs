//! What the host says next, most urgent first: stop, hello, heartbeat, commands, setpoints.

use super::{BEATS, Host, Phase};
use crate::envelope::HostMessage;
use crate::frame::{HOST_FRAME, encode};
use crate::message::{Command, PROTOCOL};
use crate::seal::Speaker;

/// Time between two heartbeats, in milliseconds.
pub const HEARTBEAT_MS: u64 = 25;
/// Time between two hellos that nobody answers, in milliseconds.
pub const HELLO_MS: u64 = 200;
/// Time between two questions for outputs that were not yet described, in milliseconds.
pub const DESCRIBE_MS: u64 = 60;
/// Time between two repetitions of a stop that nobody answers, in milliseconds.
pub const STOP_MS: u64 = 20;

impl Host {
    /// Writes the next frame that is due into `out`, which must have room for [`HOST_FRAME`] bytes; gives the
    /// number of bytes, 0 when nothing is due. Call it until then, and look for stops in between.
    pub fn transmit(&mut self, out: &mut [u8], now: u64) -> usize {
        debug_assert!(out.len() >= HOST_FRAME);
        let Some(message) = self.choose(now) else { return 0 };
        self.stats.sent += 1;
        // No message of the host is longer than HOST_FRAME; with less room nothing is said.
        encode(&message, &self.seal(Speaker::Host), out).unwrap_or(0)
    }

    fn choose(&mut self, now: u64) -> Option<HostMessage> {
        if let Some(stop) = self.choose_stop(now) {
            return Some(stop);
        }
        let session = match self.phase {
            Phase::Closed => return None,
            Phase::Greeting { nonce } => {
                return (now >= self.hello_at).then(|| {
                    self.hello_at = now + HELLO_MS;
                    HostMessage::Hello {
                        version: PROTOCOL,
                        nonce,
                    }
                });
            }
            Phase::Open { session, .. } => session,
        };
        if now >= self.beat_at || self.must_prove_life(now) {
            return Some(self.heartbeat(session, now));
        }
        if self.undescribed != 0 && now >= self.describe_at {
            self.describe_at = now + DESCRIBE_MS;
            return Some(HostMessage::Describe {
                session,
                outputs: self.undescribed,
            });
        }
        if self.is_stopping() {
            return None;
        }
        if let Some((order, again)) = self.window.send(now) {
            self.stats.retransmits += u32::from(again);
            return Some(HostMessage::Command {
                session,
                seq: order.seq,
                stop: order.stop,
                command: order.command,
            });
        }
        self.choose_setpoint(session, now)
    }

    fn choose_stop(&mut self, now: u64) -> Option<HostMessage> {
        let held = self.holding.filter(|held| !held.taken && now >= self.stop_at)?;
        self.stop_at = now + STOP_MS;
        self.stats.stops += 1;
        Some(match self.phase {
            Phase::Open { session, .. } => HostMessage::Stop {
                session,
                number: self.stop_number,
                kind: held.kind,
            },
            Phase::Closed | Phase::Greeting { .. } => HostMessage::Stop {
                session: 0,
                number: 0,
                kind: held.kind,
            },
        })
    }

    /// The board enables its outputs only when it knows that the brain is alive.
    fn must_prove_life(&self, now: u64) -> bool {
        let enables = self
            .window
            .next()
            .is_some_and(|order| order.command == Command::Enable);
        enables
            && !self.is_stopping()
            && now < self.alive_until
            && self.alive_sent.is_none_or(|sent| now > sent + 5)
    }

    fn heartbeat(&mut self, session: u32, now: u64) -> HostMessage {
        self.beat += 1;
        self.beats[self.beat as usize % BEATS] = now;
        self.beat_at = now + HEARTBEAT_MS;
        let alive = now < self.alive_until;
        if alive {
            self.alive_sent = Some(now);
        }
        HostMessage::Heartbeat {
            session,
            alive,
            beat: self.beat,
            heard_ms: self.heard_ms,
        }
    }

    fn choose_setpoint(&mut self, session: u32, now: u64) -> Option<HostMessage> {
        while !self.wishes.is_empty() {
            let wish = self.wishes.remove(0);
            if now >= wish.made + u64::from(wish.valid_ms) {
                self.stats.unsent += 1;
                continue;
            }
            self.wish_seq += 1;
            return Some(HostMessage::Setpoint {
                session,
                seq: self.wish_seq,
                stop: self.stop_number,
                wished_ms: self.clock.at(wish.made),
                valid_ms: wish.valid_ms,
                setpoint: wish.setpoint,
            });
        }
        None
    }

    /// Leaves the session: writes a last frame that makes the board safe at once; gives the number of bytes.
    pub fn close(&mut self, out: &mut [u8]) -> usize {
        let Phase::Open { session, .. } = self.phase else {
            return 0;
        };
        self.end(super::Lost::Closed);
        encode(&HostMessage::Bye { session }, &self.seal(Speaker::Host), out).unwrap_or(0)
    }
}
