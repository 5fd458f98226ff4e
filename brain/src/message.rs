//! What enters the brain and what leaves it. The shell turns devices and networks into [`Event`]s, hands them
//! to [`crate::step()`] one by one with the time, and carries out the [`Effect`]s. Nothing else crosses the border.
//!
//! Events are what the journal records, so every type here is serializable and its field order is part of the
//! journal's version: append, never reorder.

use crate::act::Progress;
use crate::config::Robot;
use crate::reply::Reply;
use crate::understand::packs::Pack;
use crate::units::{Metres, Now, Point, Radians, Score, UtteranceId};
use firmware_bridge::message::{Command, Description, Outcome, Setpoint, Telemetry};
use serde::{Deserialize, Serialize};

/// Something that happened, as the brain sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Time passed. Sent every 20 ms while a plan runs, every 200 ms otherwise.
    Tick,
    /// Somebody said or typed something, and the text model has read it.
    Utterance(Utterance),
    /// The camera delivered a frame, and the vision models have looked at it.
    Sight(Sight),
    /// The board was reached (again): its description and the session it runs in.
    BoardUp {
        /// What it is and what it can move.
        description: Box<Description>,
        /// Changes with every session; commands of an older session are void.
        session: u32,
    },
    /// The board is out of reach. The reason is for people.
    BoardDown(String),
    /// The board reported its state.
    Telemetry(Telemetry),
    /// The board answered a command.
    Answered {
        /// Number the link gave the command when [`Effect::Command`] was carried out.
        ticket: Ticket,
        /// What became of it.
        outcome: Outcome,
    },
    /// A command was in doubt when the session ended: it may or may not have been executed.
    InDoubt(Ticket),
    /// Somebody or something asked to stop, beside the language model.
    Stop(StopCause),
    /// A person confirmed that it may go on (`coact resume`, a key).
    Resume,
    /// A new configuration was loaded and is valid.
    Configure(Box<Robot>),
    /// The packs that count from now on, learnt and found free of collisions.
    Packs(Vec<Pack>),
}

/// Number by which the brain knows a command it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub u64);

/// Who or what asked to stop without words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StopCause {
    /// `coact stop`, a key, SIGTERM: motion ramps down, the next command clears it.
    Halt,
    /// The camera is lost or its newest frame too old while something moves.
    StaleCamera,
    /// A stage of the daemon failed; the text says which and how.
    Fault(String),
    /// An emergency stop: latched on the board.
    Emergency(String),
}

/// Something said or typed, with what the text model gave for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Number within the run.
    pub id: UtteranceId,
    /// The text as it was typed or transcribed.
    pub text: String,
    /// Where it came from.
    pub source: Source,
    /// What the text model says; `None` when the model could not run (the text is still searched for stop words).
    pub tags: Option<Tags>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// How well it was heard; `None` for what was typed.
    pub heard: Option<Box<Heard>>,
}

/// How well something spoken was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// How sure the transcriber is.
    pub confidence: Score,
    /// What else it may have been, likeliest first.
    pub alternatives: Vec<Alternative>,
}

/// Another thing that may have been said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The words.
    pub text: String,
    /// How sure the transcriber is.
    pub confidence: Score,
    /// What the text model says of them; `None` when it could not run.
    pub tags: Option<Tags>,
}

/// Where an utterance came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Typed: a terminal, the socket.
    Typed,
    /// Spoken: transcribed by hear.
    Spoken,
}

/// One word of a text: half-open range of Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
}

/// Names of what the rows of [`Tags`] mean, in the order of the model's outputs (from its manifest).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Labels {
    /// Frame names; index 0 is "none".
    pub frames: Vec<String>,
    /// Role names; the BIO tag `O` is 0, `B` of role r is `1 + 2 r`, `I` is `2 + 2 r`.
    pub roles: Vec<String>,
    /// Moods of a task.
    pub moods: Vec<String>,
    /// Acts of an utterance.
    pub acts: Vec<String>,
    /// Languages.
    pub langs: Vec<String>,
}

/// What the text model says of one text of `w` words. All scores are logits, row-major.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tags {
    /// The words, in order.
    pub words: Vec<Word>,
    /// `[w, frames]`: the task frame whose trigger starts at this word.
    pub frames: Vec<f32>,
    /// `[w, w, 1 + 2 roles]`: BIO tag of word j (second axis) for the trigger at word i (first axis).
    pub roles: Vec<f32>,
    /// `[w, w]`: word j (second axis) is the head noun of a role of the trigger at word i (first axis).
    pub heads: Vec<f32>,
    /// `[w, moods]`: mood of the task whose trigger starts at this word.
    pub moods: Vec<f32>,
    /// `[acts]`: act of the utterance.
    pub acts: Vec<f32>,
    /// `[langs]`: language of the utterance.
    pub langs: Vec<f32>,
    /// Sentence embedding, unit length; empty where the model has none.
    pub embedding: Vec<f32>,
}

/// What the camera saw in one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sight {
    /// When the frame was taken.
    pub taken: Now,
    /// Width and height of the frame in pixels.
    pub size: (u32, u32),
    /// Where the camera pointed when the frame was taken: pan (left positive) and tilt (up positive) of the head.
    pub pan: Radians,
    /// See `pan`.
    pub tilt: Radians,
    /// What was detected, best first.
    pub detections: Vec<Detection>,
}

/// One thing seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Class name of the detector: "cup", "dining table".
    pub label: String,
    /// How sure the detector is.
    pub score: Score,
    /// `[x, y, width, height]` in pixels.
    pub bbox: [f32; 4],
    /// Colours by share, strongest first: "red", "white".
    pub colors: Vec<String>,
    /// Direction from the camera's axis, left positive.
    pub bearing: Radians,
    /// Direction from the camera's axis, up positive.
    pub elevation: Radians,
    /// Distance where it can be told from size or ground contact.
    pub range: Option<Metres>,
}

/// A place or thing of the semantic map that comes with one text (`parse --stdin` lines).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapItem {
    /// Unique name.
    pub id: String,
    /// Class: "Kitchen", "Mug".
    #[serde(rename = "type")]
    pub class: String,
    /// What people call it.
    pub names: Vec<String>,
    /// Where it is.
    pub at: Point,
}

/// Something the shell shall do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// The answer to an utterance: what was understood, decided and planned. Sent once for each.
    Reply(Box<Reply>),
    /// Say this aloud (or print it).
    Say(String),
    /// Send this command; the answer comes back as [`Event::Answered`] with the same ticket.
    Command(Ticket, Command),
    /// Wish this value until it is older than `valid_ms`; the latest wins.
    Setpoint(Setpoint, u16),
    /// Trip or release the stop latch that the link looks at before every frame.
    Latch(Latch),
    /// How far the running plan is.
    Progress(Progress),
}

/// The latch between brain and link. While it is tripped no setpoint but zero leaves, and queued commands that move are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Latch {
    /// Outputs may move.
    #[default]
    Open,
    /// Halt: ramp down; the next command clears it.
    Halt,
    /// Protective stop: cleared when the cause is gone and a person confirms.
    Protective,
    /// Emergency stop: the board is told to latch.
    Emergency,
}
