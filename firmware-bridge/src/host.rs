//! The host's side of the line, without clock, thread or IO: bytes and the time in, bytes and events out.
//!
//! [`Host::connect`] opens a session; [`Host::feed`], [`Host::poll`] and [`Host::transmit`] keep it; what happened
//! comes out of [`Host::next_event`] and [`Host::take_telemetry`]. A stop ([`Host::stop`]) goes before everything
//! else and is repeated until the board says that it was taken. It never repeats a command in a new session:
//! what was in doubt when a session ended is reported as such.

mod clock;
mod rtt;
mod speak;
mod window;

pub use rtt::{MAX_RTO_MS, MIN_RTO_MS};
pub use speak::{HEARTBEAT_MS, HELLO_MS, STOP_MS};
pub use window::MAX_COMMANDS;

use crate::envelope::{BoardMessage, bits};
use crate::frame::{ANY_FRAME, Decoder};
use crate::message::{
    Command, Description, Fault, MAX_OUTPUTS, Outcome, Output, OutputId, PROTOCOL, Setpoint, Stats, StopKind,
    Telemetry, Version,
};
use crate::seal::{Key, Seal, Speaker};
use clock::BoardClock;
use heapless::{Deque, Vec};
use rtt::Rtt;
use serde::{Deserialize, Serialize};
use window::Window;

/// Silence after which the board counts as lost, in milliseconds.
pub const LOST_MS: u64 = 1000;
/// Room for events that were not fetched: every command gives one, and a session a few.
const MAX_EVENTS: usize = MAX_COMMANDS + 16;
/// Of that, room which commands leave to other events.
const OTHER_EVENTS: usize = 4;
/// How many heartbeats back an echo is still recognised.
const BEATS: usize = 64;

/// Something the caller must know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HostEvent {
    /// A session is open and the board's state was heard. What it is stands in [`Host::description`].
    Up {
        /// Number of the session.
        session: u32,
        /// Number of the board's boot.
        boot: u32,
        /// CRC-32 of its description.
        config: u32,
    },
    /// The board speaks another major version.
    Refused {
        /// The one it speaks.
        version: Version,
    },
    /// The session is over. [`Host::connect`] opens a new one.
    Down(Lost),
    /// The board took a command.
    Answered {
        /// The caller's number for it.
        ticket: u64,
        /// What became of it. [`Outcome::Overtaken`]: it was never executed.
        outcome: Outcome,
    },
    /// The session ended before a command was answered: it may have been executed.
    InDoubt {
        /// The caller's number for it.
        ticket: u64,
    },
    /// The board reports a fault.
    Fault(Fault),
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Nothing was heard for [`LOST_MS`].
    Silent,
    /// The board speaks, but for [`LOST_MS`] it has heard nothing of us.
    Deaf,
    /// The board was reset: it runs in another boot.
    Reset,
    /// The board no longer knows the session: another host has taken it, or it gave up waiting.
    Forgotten,
    /// The caller closed it.
    Closed,
    /// This side stood still for [`LOST_MS`]: the computer slept, or the program was stopped. Whatever bytes wait on
    /// the line are old, and what was wanted before is not to go on by itself.
    Paused,
}

/// What was heard of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Bytes that were no frame.
    Noise,
    /// Sound frames, but not sealed with our key.
    Foreign,
    /// A message of this name.
    Message(&'static str),
}

/// Why a command was not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// No session is open.
    NoSession,
    /// [`MAX_COMMANDS`] wait already.
    Full,
    /// A stop holds, and this command would move something.
    Stopped,
}

/// The host's counters. They go on over sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LinkStats {
    /// Smoothed round trip in milliseconds.
    pub rtt_ms: Option<u32>,
    /// Retransmission timeout in milliseconds.
    pub rto_ms: u32,
    /// Frames sent.
    pub sent: u32,
    /// Commands sent again.
    pub retransmits: u32,
    /// Sound frames received.
    pub frames: u32,
    /// Bytes between two borders that were no frame.
    pub damaged: u32,
    /// Sound frames of another session, out of order, or unknown.
    pub dropped: u32,
    /// Setpoints that grew too old, or were held back by a stop, before they could be sent.
    pub unsent: u32,
    /// Stop frames sent.
    pub stops: u32,
    /// The board's own counters, as it told them last.
    pub board: Option<Stats>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Greeting { nonce: u32 },
    Open { session: u32, confirmed: bool },
}

/// A stop that holds.
#[derive(Debug, Clone, Copy)]
struct Holding {
    kind: StopKind,
    /// The board has said that it took it.
    taken: bool,
}

/// The newest wish for one output.
#[derive(Debug, Clone, Copy)]
struct Wish {
    output: OutputId,
    setpoint: Setpoint,
    made: u64,
    valid_ms: u16,
}

/// One host's end of one line. `now` is any clock in milliseconds that does not run backwards.
#[derive(Debug)]
pub struct Host {
    key: Option<Key>,
    phase: Phase,
    boot: u32,
    config: u32,
    description: Description,
    /// Bit per output: not yet described.
    undescribed: u8,
    describe_at: u64,
    decoder: Decoder<ANY_FRAME>,
    window: Window,
    wishes: Vec<Wish, MAX_OUTPUTS>,
    wish_seq: u32,
    events: Deque<HostEvent, MAX_EVENTS>,
    telemetry: Option<Telemetry>,
    clock: BoardClock,
    heard_ms: u32,
    rtt: Rtt,
    stats: LinkStats,
    holding: Option<Holding>,
    stop_number: u32,
    alive_until: u64,
    beat: u32,
    beats: [u64; BEATS],
    hello_at: u64,
    stop_at: u64,
    beat_at: u64,
    alive_sent: Option<u64>,
    /// When the newest frame of the session came.
    heard_at: u64,
    /// Number of the newest heartbeat that the board echoed.
    echoed: u32,
    last_heard: Option<(Heard, u64)>,
    /// When this side came by last.
    served: u64,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            key: None,
            phase: Phase::Closed,
            boot: 0,
            config: 0,
            description: Description::new("", []),
            undescribed: 0,
            describe_at: 0,
            decoder: Decoder::default(),
            window: Window::default(),
            wishes: Vec::new(),
            wish_seq: 0,
            events: Deque::new(),
            telemetry: None,
            clock: BoardClock::new(0, 0),
            heard_ms: 0,
            rtt: Rtt::new(),
            stats: LinkStats::default(),
            holding: None,
            stop_number: 0,
            alive_until: 0,
            beat: 0,
            beats: [0; BEATS],
            hello_at: 0,
            stop_at: 0,
            beat_at: 0,
            alive_sent: None,
            heard_at: 0,
            echoed: 0,
            last_heard: None,
            served: 0,
        }
    }
}

impl Host {
    /// A host that shares `key` with its board: it seals what it says, and takes nothing that is not sealed.
    pub fn sealed(key: Option<Key>) -> Self {
        Self {
            key,
            ..Self::default()
        }
    }

    fn seal(&self, speaker: Speaker) -> Seal {
        Seal::new(self.key, speaker)
    }

    /// Begins a new session; one that is open ends. `nonce` must be a fresh random number.
    pub fn connect(&mut self, nonce: u32, now: u64) {
        self.end(Lost::Closed);
        self.decoder = Decoder::default();
        self.phase = Phase::Greeting { nonce };
        self.hello_at = now;
        self.stop_at = now;
        self.served = now;
    }

    /// The brain is well until `until`: heartbeats sent before then prove life.
    pub fn alive(&mut self, until: u64) {
        self.alive_until = until;
    }

    /// Hands over a command. It is answered by exactly one [`HostEvent::Answered`] or [`HostEvent::InDoubt`].
    ///
    /// # Errors
    /// [`CommandError`] says why it was not taken over; then there is no event for it.
    pub fn command(&mut self, ticket: u64, command: Command) -> Result<(), CommandError> {
        if !matches!(self.phase, Phase::Open { confirmed: true, .. }) {
            return Err(CommandError::NoSession);
        }
        if self.holding.is_some() && command.moves() {
            return Err(CommandError::Stopped);
        }
        if self.window.is_full() || self.events.len() + self.window.len() + OTHER_EVENTS >= MAX_EVENTS {
            return Err(CommandError::Full);
        }
        self.window.push(ticket, command, self.stop_number);
        Ok(())
    }

    /// Wishes a value for `valid_ms` from now on. The latest wins; while a stop holds it is dropped.
    pub fn setpoint(&mut self, setpoint: Setpoint, valid_ms: u16, now: u64) {
        let (Setpoint::Base { output, .. } | Setpoint::Joint { output, .. }) = setpoint;
        if self.holding.is_some() || !matches!(self.phase, Phase::Open { confirmed: true, .. }) {
            self.stats.unsent += 1;
            return;
        }
        let wish = Wish {
            output,
            setpoint,
            made: now,
            valid_ms,
        };
        match self.wishes.iter_mut().find(|wish| wish.output == output) {
            Some(old) => *old = wish,
            // More outputs than a board can have: there is none to wish for.
            None => self.stats.unsent += u32::from(self.wishes.push(wish).is_err()),
        }
    }

    /// Stops, before anything else is sent, and holds until [`Host::release`]. Commands that would move something
    /// and were never sent are answered with [`Outcome::Overtaken`].
    pub fn stop(&mut self, kind: StopKind, now: u64) {
        self.stats.unsent += self.wishes.len() as u32;
        self.wishes.clear();
        let events = &mut self.events;
        self.window.drop_unsent(|order| {
            let drop = order.command.moves();
            if drop {
                let _ = events.push_back(HostEvent::Answered {
                    ticket: order.ticket,
                    outcome: Outcome::Overtaken,
                });
            }
            drop
        });
        let emergency =
            kind == StopKind::Emergency || self.holding.is_some_and(|held| held.kind == StopKind::Emergency);
        let kind = if emergency {
            StopKind::Emergency
        } else {
            StopKind::Halt
        };
        self.holding = Some(Holding { kind, taken: false });
        self.stop_number += 1;
        self.stop_at = now;
    }

    /// The stop no longer holds on this side; on the board an emergency stop stays latched until it is cleared.
    /// Does nothing while the board has not said that it took the stop: ask [`Host::is_stopping`].
    pub fn release(&mut self) {
        if !self.is_stopping() {
            self.holding = None;
        }
    }

    /// A stop was given that the board has not yet confirmed.
    pub fn is_stopping(&self) -> bool {
        self.holding.is_some_and(|held| !held.taken)
    }

    /// Lets time pass: retransmission, loss.
    pub fn poll(&mut self, now: u64) {
        self.watch_myself(now);
        let Phase::Open { .. } = self.phase else { return };
        if self
            .window
            .deadline(self.rtt.rto_ms())
            .is_some_and(|deadline| now >= deadline)
        {
            self.window.rewind();
            self.rtt.back_off();
        }
        if now >= self.lost_at() {
            self.end(if now >= self.heard_at + LOST_MS / 2 {
                Lost::Silent
            } else {
                Lost::Deaf
            });
        }
    }

    /// Ends a session that was left alone for so long that the board has long taken this side for lost. It must be
    /// seen before any byte is taken: what waited on the line looks like life.
    fn watch_myself(&mut self, now: u64) {
        let paused = now >= self.served + LOST_MS;
        self.served = now;
        if paused && matches!(self.phase, Phase::Open { .. }) {
            self.end(Lost::Paused);
        }
    }

    /// When [`Host::poll`] and [`Host::transmit`] must be called next, if nothing else happens.
    pub fn next_deadline(&self) -> Option<u64> {
        let stop = self.is_stopping().then_some(self.stop_at);
        let other = match self.phase {
            Phase::Closed => None,
            Phase::Greeting { .. } => Some(self.hello_at),
            Phase::Open { .. } => {
                let again = self.window.deadline(self.rtt.rto_ms()).unwrap_or(self.beat_at);
                Some(self.beat_at.min(self.lost_at()).min(again))
            }
        };
        [stop, other].into_iter().flatten().min()
    }

    /// When the board counts as lost: it said nothing, or did not hear the oldest heartbeat that it has not echoed.
    fn lost_at(&self) -> u64 {
        let unheard = (self.echoed < self.beat).then(|| self.beats[(self.echoed as usize + 1) % BEATS]);
        self.heard_at.min(unheard.unwrap_or(self.heard_at)) + LOST_MS
    }

    /// Takes bytes from the line, as many or as few as came.
    pub fn feed(&mut self, bytes: &[u8], now: u64) {
        self.watch_myself(now);
        let seal = self.seal(Speaker::Board);
        for &byte in bytes {
            let Some(frame) = self.decoder.feed(byte) else {
                continue;
            };
            let payload = match frame {
                Ok(sealed) => seal.open(sealed).ok_or(Heard::Foreign),
                Err(_) => Err(Heard::Noise),
            };
            let message = match payload {
                Ok(payload) => postcard::take_from_bytes::<BoardMessage>(payload),
                Err(heard) => {
                    self.stats.damaged += 1;
                    self.hear(heard, now);
                    continue;
                }
            };
            match message {
                // Bytes behind the message are fields of a newer minor version.
                Ok((message, _)) => {
                    self.stats.frames += 1;
                    self.hear(Heard::Message(message.name()), now);
                    self.take(message, now);
                }
                Err(_) => self.stats.dropped += 1,
            }
        }
        if !bytes.is_empty() && self.last_heard.is_none() {
            self.hear(Heard::Noise, now);
        }
    }

    /// What is not understood does not hide what was understood before it, nor noise what somebody else said.
    fn hear(&mut self, heard: Heard, now: u64) {
        let hides = match self.last_heard {
            Some((Heard::Message(_), _)) => matches!(heard, Heard::Message(_)),
            Some((Heard::Foreign, _)) => heard != Heard::Noise,
            Some((Heard::Noise, _)) | None => true,
        };
        if hides {
            self.last_heard = Some((heard, now));
        }
    }

    fn take(&mut self, message: BoardMessage, now: u64) {
        match (message, self.phase) {
            (
                BoardMessage::Welcome {
                    version,
                    nonce,
                    boot,
                    session,
                    board_ms,
                    config,
                    firmware,
                    outputs,
                },
                Phase::Greeting { nonce: mine },
            ) if nonce == mine => {
                if version.major != PROTOCOL.major {
                    return self.refused(version);
                }
                self.boot = boot;
                self.config = config;
                let outputs = usize::from(outputs).min(MAX_OUTPUTS);
                self.description = Description {
                    firmware,
                    outputs: core::iter::repeat_n(Output::switch(""), outputs).collect(),
                };
                self.undescribed = bits(outputs);
                self.describe_at = now;
                self.open(session, board_ms, now);
            }
            (BoardMessage::Refused { version, nonce }, Phase::Greeting { nonce: mine }) if nonce == mine => {
                self.refused(version)
            }
            (BoardMessage::Stopped { session, number }, phase) => {
                let mine = match phase {
                    Phase::Open { session: mine, .. } => session == mine && number == self.stop_number,
                    _ => session == 0 && number == 0,
                };
                match &mut self.holding {
                    Some(held) if mine => held.taken = true,
                    _ => self.stats.dropped += 1,
                }
            }
            (BoardMessage::Unknown { session, boot }, Phase::Open { session: mine, .. })
                if session == mine =>
            {
                self.end(if boot == self.boot {
                    Lost::Forgotten
                } else {
                    Lost::Reset
                });
            }
            (
                BoardMessage::Ack {
                    session,
                    seq,
                    outcomes,
                },
                Phase::Open { session: mine, .. },
            ) if session == mine => {
                self.heard_at = now;
                let events = &mut self.events;
                let rtt = self.window.acked(seq, &outcomes, now, |ticket, outcome| {
                    // There is room: `command` saw to it.
                    let _ = events.push_back(match outcome {
                        Some(outcome) => HostEvent::Answered { ticket, outcome },
                        None => HostEvent::InDoubt { ticket },
                    });
                });
                if let Some(ms) = rtt {
                    self.rtt.measure(ms as u32);
                }
            }
            (
                BoardMessage::Telemetry {
                    session,
                    beat,
                    held_ms,
                    telemetry,
                },
                Phase::Open {
                    session: mine,
                    confirmed,
                },
            ) if session == mine => {
                self.take_telemetry_of(beat, held_ms, telemetry, now);
                if !confirmed {
                    self.confirm(session);
                }
            }
            (
                BoardMessage::Output { session, id, output },
                Phase::Open {
                    session: mine,
                    confirmed: false,
                },
            ) if session == mine => {
                self.heard_at = now;
                if let Some(place) = self.description.outputs.get_mut(usize::from(id.0)) {
                    *place = output;
                    self.undescribed &= !(1 << id.0);
                    self.confirm(session);
                }
            }
            (BoardMessage::Stats { session, stats }, Phase::Open { session: mine, .. })
                if session == mine =>
            {
                self.heard_at = now;
                self.stats.board = Some(stats);
            }
            (BoardMessage::Fault { session, fault }, Phase::Open { session: mine, .. })
                if session == mine =>
            {
                self.heard_at = now;
                self.tell(HostEvent::Fault(fault));
            }
            _ => self.stats.dropped += 1,
        }
    }

    /// The session is up when all is known: what the board is, and in which state.
    fn confirm(&mut self, session: u32) {
        if self.undescribed != 0 || self.telemetry.is_none() {
            return;
        }
        if self.description.config() != self.config {
            // It was configured while it was described: ask again.
            self.undescribed = bits(self.description.outputs.len());
            return;
        }
        self.phase = Phase::Open {
            session,
            confirmed: true,
        };
        self.tell(HostEvent::Up {
            session,
            boot: self.boot,
            config: self.config,
        });
    }

    fn refused(&mut self, version: Version) {
        self.phase = Phase::Closed;
        self.tell(HostEvent::Refused { version });
    }

    fn open(&mut self, session: u32, board_ms: u32, now: u64) {
        self.phase = Phase::Open {
            session,
            confirmed: false,
        };
        self.clock = BoardClock::new(board_ms, now);
        self.heard_ms = board_ms;
        self.rtt = Rtt::new();
        self.wish_seq = 0;
        self.beat = 0;
        self.beat_at = now;
        self.alive_sent = None;
        self.heard_at = now;
        self.echoed = 0;
        self.telemetry = None;
        // A stop that holds must hold in the new session, too.
        self.stop_number = 0;
        if let Some(held) = self.holding {
            self.stop(held.kind, now);
        }
    }

    fn take_telemetry_of(&mut self, beat: u32, held_ms: u16, telemetry: Telemetry, now: u64) {
        let newer = telemetry.board_ms.wrapping_sub(self.heard_ms).cast_signed();
        if newer < 0 || (newer == 0 && self.telemetry.is_some()) || beat > self.beat {
            self.stats.dropped += 1;
            return;
        }
        self.heard_at = now;
        self.heard_ms = telemetry.board_ms;
        self.clock.heard(telemetry.board_ms, now);
        if beat > self.echoed {
            self.echoed = beat;
            if self.beat - beat < BEATS as u32 {
                let sent = self.beats[beat as usize % BEATS];
                self.rtt
                    .measure((now - sent).saturating_sub(u64::from(held_ms)) as u32);
            }
        }
        self.telemetry = Some(telemetry);
    }

    fn end(&mut self, why: Lost) {
        let Phase::Open { .. } = self.phase else {
            self.phase = Phase::Closed;
            return;
        };
        self.phase = Phase::Closed;
        self.wishes.clear();
        self.stop_number = 0;
        if let Some(held) = &mut self.holding {
            held.taken = false;
        }
        let events = &mut self.events;
        self.window.drain(|ticket, in_doubt| {
            // There is room: `command` saw to it.
            let _ = events.push_back(match in_doubt {
                true => HostEvent::InDoubt { ticket },
                false => HostEvent::Answered {
                    ticket,
                    outcome: Outcome::Overtaken,
                },
            });
        });
        self.tell(HostEvent::Down(why));
    }

    /// Events beside those of commands; the oldest of them gives way when nobody fetches them, never an answer.
    fn tell(&mut self, event: HostEvent) {
        if self.events.len() + self.window.len() >= MAX_EVENTS {
            let is_other =
                |event: &HostEvent| !matches!(event, HostEvent::Answered { .. } | HostEvent::InDoubt { .. });
            let mut oldest = self.events.iter().position(is_other);
            for _ in 0..self.events.len() {
                let Some(front) = self.events.pop_front() else {
                    break;
                };
                match oldest {
                    Some(0) => oldest = None,
                    _ => {
                        oldest = oldest.map(|place| place - 1);
                        let _ = self.events.push_back(front);
                    }
                }
            }
        }
        let _ = self.events.push_back(event);
    }

    /// The oldest event that was not fetched.
    pub fn next_event(&mut self) -> Option<HostEvent> {
        self.events.pop_front()
    }

    /// The newest telemetry, once.
    pub fn take_telemetry(&mut self) -> Option<Telemetry> {
        match self.phase {
            Phase::Open { confirmed: true, .. } => self.telemetry.take(),
            _ => None,
        }
    }

    /// What the board of the newest session said it is.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Number of the open session.
    pub fn session(&self) -> Option<u32> {
        match self.phase {
            Phase::Open {
                session,
                confirmed: true,
            } => Some(session),
            _ => None,
        }
    }

    /// What was heard last, and when.
    pub fn last_heard(&self) -> Option<(Heard, u64)> {
        self.last_heard
    }

    /// The counters.
    pub fn stats(&self) -> LinkStats {
        LinkStats {
            rtt_ms: self.rtt.rtt_ms(),
            rto_ms: self.rtt.rto_ms(),
            ..self.stats
        }
    }
}
