//! What travels in a frame: who speaks, in which session, in which order.
//!
//! Input: the vocabulary of [`crate::message`]. Output: bytes by way of [`crate::frame`].
//! Variants and fields are only ever appended. [`HostMessage::Hello`], [`HostMessage::Stop`] and
//! [`BoardMessage::Refused`] never change, so that peers of any two versions can tell each other which they speak,
//! and stop each other.

use crate::message::{
    Command, Fault, Outcome, Output, OutputId, Setpoint, Stats, StopKind, Telemetry, Version,
};
use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

/// Most commands under way at a time, and outcomes repeated in every [`BoardMessage::Ack`].
pub const WINDOW: usize = 8;

/// Bits of the first `count` outputs.
pub(crate) fn bits(count: usize) -> u8 {
    u8::MAX
        .checked_shr(8u32.saturating_sub(count as u32))
        .unwrap_or(0)
}

/// What the host says to the board.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum HostMessage {
    /// Opens a session. Repeated unchanged until the board answers.
    Hello {
        /// The version the host speaks.
        version: Version,
        /// Fresh random number for each session.
        nonce: u32,
    },
    /// Stop. Taken in every state and in every session, also without one; repeated until it is answered.
    Stop {
        /// The session, or 0 where there is none.
        session: u32,
        /// Number of this stop in the session, from 1; a repeated one keeps its number.
        number: u32,
        /// How hard.
        kind: StopKind,
    },
    /// The host is there, and says whether its brain is. The first one of a new session opens it.
    Heartbeat {
        /// The session.
        session: u32,
        /// The brain is well: proof of life. Without it the session stays open, but nothing may move.
        alive: bool,
        /// Counts up by one.
        beat: u32,
        /// Newest [`Telemetry::board_ms`] the host has seen: life is counted from there, so a heartbeat
        /// that was held up on its way proves nothing.
        heard_ms: u32,
    },
    /// A reliable command.
    Command {
        /// The session.
        session: u32,
        /// Number of the command in the session, from 1.
        seq: u32,
        /// Number of the newest stop when the command was given; one from before a stop is not executed after it.
        stop: u32,
        /// What to do.
        command: Command,
    },
    /// A wish for an output that moves continuously; the latest wins.
    Setpoint {
        /// The session.
        session: u32,
        /// Number of the setpoint in the session, from 1.
        seq: u32,
        /// Number of the newest stop when it was wished.
        stop: u32,
        /// When it was wished, on the board's clock.
        wished_ms: u32,
        /// How long it holds from then on, in milliseconds.
        valid_ms: u16,
        /// The wish.
        setpoint: Setpoint,
    },
    /// The host leaves: outputs take their safe actions at once.
    Bye {
        /// The session.
        session: u32,
    },
    /// Asks what the outputs are. Each comes in a message of its own, because short frames survive bad lines.
    Describe {
        /// The session.
        session: u32,
        /// Bit per output: this one.
        outputs: u8,
    },
}

/// What the board says to the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum BoardMessage {
    /// The board speaks the host's version; the session opens with the host's first heartbeat in it.
    Welcome {
        /// The version the board speaks.
        version: Version,
        /// The nonce of the Hello it answers.
        nonce: u32,
        /// Number of the board's boot: another one means that it was reset.
        boot: u32,
        /// Number of the session offered.
        session: u32,
        /// The board's clock in milliseconds since it booted.
        board_ms: u32,
        /// CRC-32 of the encoded [`Description`](crate::message::Description) as configured at present.
        config: u32,
        /// Name of the firmware, for people.
        firmware: String<16>,
        /// How many outputs there are; the host asks for them with [`HostMessage::Describe`].
        outputs: u8,
    },
    /// The board speaks another major version.
    Refused {
        /// The version the board speaks.
        version: Version,
        /// The nonce of the Hello it answers.
        nonce: u32,
    },
    /// Every command up to `seq` was taken.
    Ack {
        /// The session.
        session: u32,
        /// Number of the newest command taken.
        seq: u32,
        /// What became of the newest commands, the newest last.
        outcomes: Vec<Outcome, WINDOW>,
    },
    /// A stop was taken.
    Stopped {
        /// The session named in the stop.
        session: u32,
        /// Its number.
        number: u32,
    },
    /// What the board measures, at a steady rate.
    Telemetry {
        /// The session.
        session: u32,
        /// Newest heartbeat that was taken.
        beat: u32,
        /// Milliseconds between that heartbeat and this message.
        held_ms: u16,
        /// The measurements.
        telemetry: Telemetry,
    },
    /// Counters, every second.
    Stats {
        /// The session.
        session: u32,
        /// The counters.
        stats: Stats,
    },
    /// A fault was latched, or one of an earlier boot is told at the start of a session.
    Fault {
        /// The session.
        session: u32,
        /// The fault.
        fault: Fault,
    },
    /// The board does not know this session: it was reset, or another host came.
    Unknown {
        /// The session the host named.
        session: u32,
        /// Number of the board's boot.
        boot: u32,
    },
    /// What one output is, as configured at present.
    Output {
        /// The session.
        session: u32,
        /// Its number.
        id: OutputId,
        /// What it is.
        output: Output,
    },
}

impl BoardMessage {
    /// What people call this message.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::Refused { .. } => "refusal",
            Self::Ack { .. } => "acknowledgement",
            Self::Stopped { .. } => "confirmation of a stop",
            Self::Telemetry { .. } => "telemetry",
            Self::Stats { .. } => "statistics",
            Self::Fault { .. } => "fault report",
            Self::Output { .. } => "description of an output",
            Self::Unknown { .. } => "\"unknown session\"",
        }
    }
}
