//! The board's side of the line: what keeps a robot safe whatever its host does.
//!
//! Input: bytes from the line and the time. Output: what the hardware shall do now ([`Board::drive`]) and bytes
//! for the line. It never moves anything before [`Command::Enable`](crate::message::Command::Enable), never
//! beyond the limits described, and never without having heard of a living host within each output's dead-man time.
//!
//! ```text
//! boot ── heartbeat of a new session ──> idle ── Enable ──> active
//!   ^                                     ^  <── silence, Halt, Disable ──┘
//!   └── session ends                      │
//!              any ── stop ──> stopped ── Clear (cause gone)
//!              any ── fault ─> fault   ── Clear (cause gone)
//! ```

mod actuator;
pub mod board;
mod clock;
pub mod kept;
mod listen;
mod session;
mod speak;

pub use actuator::{DEAD_MAN_MS, OVER_CURRENT_MS};
pub use board::{Board, Current, Drive, Notice, SafeReason, Senses};
pub use listen::MAX_VALID_MS;
pub use speak::{STATS_MS, TELEMETRY_MS};

use crate::envelope::HostMessage;
use crate::frame::{Decoder, HOST_FRAME};
use crate::message::{
    BoardState, Description, Fault, FaultCode, MAX_OUTPUTS, Output, OutputId, SafeAction, Stats, StopKind,
};
use crate::seal::{Seal, Speaker};
use actuator::Actuator;
use clock::{Clock, narrow};
use heapless::Vec;
use session::Session;
use speak::{Due, Outbox};

/// A heartbeat proves life for this long from the moment the host had last heard the board, in milliseconds.
pub const LIFE_MS: u64 = 250;
/// A session without any frame of the host ends after this time, in milliseconds.
pub const SESSION_MS: u64 = 5000;
/// The loop may pause no longer than this, or the hardware watchdog is left to bite, in milliseconds.
pub const SLOW_LOOP_MS: u64 = 100;

/// Keeps a [`Board`] safe and in step with its host. `now_ms` is the board's clock: it may wrap.
///
/// Call [`Device::poll`] at least every 10 ms, [`Device::feed`] with whatever bytes came, and write what
/// [`Device::transmit`] gives to the line.
#[derive(Debug)]
pub struct Device<B> {
    board: B,
    boot: u32,
    clock: Clock,
    description: Description,
    actuators: Vec<Actuator, MAX_OUTPUTS>,
    decoder: Decoder<HOST_FRAME>,
    outbox: Outbox,
    due: Due,
    stats: Stats,
    session: Option<Session>,
    offered: Option<Session>,
    /// Sessions offered in this boot.
    sessions: u32,
    active: bool,
    stop_latched: bool,
    stop_input: bool,
    fault: Option<FaultCode>,
    /// When a living host was last known to be there.
    life: u64,
    /// When the loop came by last.
    polled: u64,
    /// When the line was served last.
    served: u64,
    told: BoardState,
}

impl<B: Board> Device<B> {
    /// A device that has just booted.
    pub fn new(mut board: B, now_ms: u32) -> Self {
        let clock = Clock::new(now_ms);
        let mut description = board.describe();
        for output in &mut description.outputs {
            output.dead_man_ms = output.dead_man_ms.clamp(*DEAD_MAN_MS.start(), *DEAD_MAN_MS.end());
            if output.safe == SafeAction::Hold && output.kind == crate::message::OutputKind::Base {
                output.safe = SafeAction::Ramp {
                    decel: output.max_rate,
                };
            }
        }
        let now = clock.now();
        Self {
            boot: board.boot_id(),
            board,
            clock,
            actuators: description.outputs.iter().map(|_| Actuator::new()).collect(),
            description,
            decoder: Decoder::default(),
            outbox: Outbox::new(),
            due: Due::default(),
            stats: Stats {
                load: 255,
                ..Stats::default()
            },
            session: None,
            offered: None,
            sessions: 0,
            active: false,
            stop_latched: false,
            stop_input: false,
            fault: None,
            life: 0,
            polled: now,
            served: now,
            told: BoardState::Boot,
        }
    }

    /// Takes bytes from the line, as many or as few as came.
    pub fn feed(&mut self, bytes: &[u8], now_ms: u32) {
        let now = self.clock.widen(now_ms);
        for &byte in bytes {
            let Some(frame) = self.decoder.feed(byte) else {
                continue;
            };
            let seal = Seal::new(self.board.key(), Speaker::Host);
            match frame.ok().and_then(|sealed| seal.open(sealed)) {
                // Bytes behind the message are fields of a newer minor version.
                Some(payload) => match postcard::take_from_bytes::<HostMessage>(payload) {
                    Ok((message, _)) => {
                        self.stats.frames = self.stats.frames.wrapping_add(1);
                        self.take(message, now);
                    }
                    Err(_) => self.stats.dropped = self.stats.dropped.wrapping_add(1),
                },
                None => self.stats.damaged = self.stats.damaged.wrapping_add(1),
            }
        }
        self.tell_state(now);
    }

    /// Lets time pass: the stop input, faults, dead-man times, ramps, the watchdog.
    pub fn poll(&mut self, now_ms: u32) {
        let now = self.clock.widen(now_ms);
        let pause = now - self.polled;
        self.polled = now;
        self.stats.slowest_ms = self
            .stats
            .slowest_ms
            .max(u16::try_from(pause).unwrap_or(u16::MAX));
        self.watch_causes(pause, now);
        self.watch_host(now);
        // A ramp after a long pause goes on gently: no output jumps because the loop was late.
        let seconds = narrow(pause.min(SLOW_LOOP_MS)) as f32 * 0.001;
        for (output, spec, actuator) in each_output(&self.description.outputs, &mut self.actuators) {
            if let Some(drive) = actuator.step(spec, seconds) {
                self.board.drive(output, drive);
            }
        }
        if pause <= SLOW_LOOP_MS && now - self.served <= SLOW_LOOP_MS {
            self.board.feed_watchdog();
        }
        self.tell_state(now);
    }

    /// The line hung up (a USB unplug, a closed terminal): the session ends and every output becomes safe.
    pub fn hang_up(&mut self, now_ms: u32) {
        let now = self.clock.widen(now_ms);
        self.offered = None;
        self.outbox.clear();
        self.decoder = Decoder::default();
        self.end_session();
        self.tell_state(now);
    }

    /// Stop input and faults of the hardware.
    fn watch_causes(&mut self, pause: u64, now: u64) {
        self.stop_input = self.board.stop_input();
        if self.stop_input && !self.stop_latched {
            self.stop(StopKind::Emergency, SafeReason::Stop);
        }
        if let Some(code) = self.cause(now)
            && self.fault != Some(code)
        {
            self.fault = Some(code);
            self.active = false;
            self.make_all_safe(SafeReason::Stop);
            self.report(code, now);
        }
        if pause > SLOW_LOOP_MS {
            self.report(FaultCode::SlowLoop, now);
        }
    }

    /// What is wrong with the hardware at this moment. An output that draws too much is cut off at once: its motor may stand
    /// against a wall, and a ramp would heat it on.
    fn cause(&mut self, now: u64) -> Option<FaultCode> {
        let mut overloaded = false;
        for (output, spec, actuator) in each_output(&self.description.outputs, &mut self.actuators) {
            if !actuator.overloaded(self.board.current(output), now) {
                continue;
            }
            overloaded = true;
            if actuator.make_safe() {
                let reason = SafeReason::Stop;
                self.board.notice(Notice::Safe { output, reason });
            }
            self.board.drive(output, actuator.cut(spec.kind));
        }
        overloaded
            .then_some(FaultCode::OverCurrent)
            .or_else(|| self.board.fault())
    }

    /// What made the board stop is still there.
    fn cause_remains(&mut self) -> bool {
        self.stop_input || self.board.fault().is_some() || self.actuators.iter().any(Actuator::draws_too_much)
    }

    fn report(&mut self, code: FaultCode, now: u64) {
        let fault = Fault {
            code,
            boot: self.boot,
            board_ms: narrow(now),
        };
        self.board.record_fault(fault);
        self.board.notice(Notice::Fault(fault));
        self.due.fault = Some(fault);
    }

    /// Dead-man times and the end of wishes.
    fn watch_host(&mut self, now: u64) {
        for (output, spec, actuator) in each_output(&self.description.outputs, &mut self.actuators) {
            let (silent, expired) = actuator.overdue(spec, self.life, now);
            // After silence of the host nothing moves again before it is enabled anew.
            self.active &= !silent;
            if (silent || expired) && actuator.make_safe() {
                let reason = SafeReason::DeadMan;
                self.board.notice(Notice::Safe { output, reason });
            }
        }
        if self
            .session
            .as_ref()
            .is_some_and(|session| now > session.heard + SESSION_MS)
        {
            self.end_session();
        }
    }

    fn stop(&mut self, kind: StopKind, reason: SafeReason) {
        self.active = false;
        self.stop_latched |= kind == StopKind::Emergency;
        self.make_all_safe(reason);
    }

    fn end_session(&mut self) {
        if self.session.take().is_some() {
            self.active = false;
            self.make_all_safe(SafeReason::Disconnect);
        }
    }

    fn make_all_safe(&mut self, reason: SafeReason) {
        for (output, _, actuator) in each_output(&self.description.outputs, &mut self.actuators) {
            if actuator.make_safe() {
                self.board.notice(Notice::Safe { output, reason });
            }
        }
    }

    /// Tells a change of state at once.
    fn tell_state(&mut self, now: u64) {
        let state = self.state();
        if state != self.told {
            self.told = state;
            self.due.telemetry_at = now;
            self.board.notice(Notice::State(state));
        }
    }

    /// State of the board.
    pub fn state(&self) -> BoardState {
        if self.fault.is_some() {
            BoardState::Fault
        } else if self.stop_latched {
            BoardState::Stopped
        } else if self.active {
            BoardState::Active
        } else if self.session.is_some() {
            BoardState::Idle
        } else {
            BoardState::Boot
        }
    }

    /// Number of the session that is open.
    pub fn session(&self) -> Option<u32> {
        self.session.as_ref().map(|session| session.id)
    }

    /// The hardware.
    pub fn board(&self) -> &B {
        &self.board
    }

    /// The hardware, to let its own time pass.
    pub fn board_mut(&mut self) -> &mut B {
        &mut self.board
    }

    /// The outputs as configured at present.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Counters of this side of the line.
    pub fn stats(&self) -> Stats {
        self.stats
    }
}

/// Every output of the bounded list: its number, what it is, and what it does.
fn each_output<'a>(
    specs: &'a [Output],
    actuators: &'a mut [Actuator],
) -> impl Iterator<Item = (OutputId, &'a Output, &'a mut Actuator)> {
    let pairs = specs.iter().zip(actuators).enumerate();
    pairs.map(|(index, (spec, actuator))| (OutputId(index as u8), spec, actuator))
}
