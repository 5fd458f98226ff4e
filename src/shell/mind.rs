//! The brain thread: the only owner of the brain's state.
//!
//! In: events, one by one. Out: orders to the link, reports to the watchers, records to the journal. It never waits for
//! anybody but the next event, and never runs a network or touches a device. Every turn of its loop renews the
//! pulse that lets the link send heartbeats: a brain that hangs or panics lets the board go safe by itself.

use super::clock::Clock;
use super::journal::{Line, Step, Tap};
use super::latch::StopLatch;
use super::link::{Order, Orders};
use super::reports::{Timing, Watchers, What};
use brain::message::{Effect, Event, Latch};
use brain::step::{State, step};
use brain::units::{Now, Radians, UtteranceId};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use firmware_bridge::message::{OutputKind, Telemetry};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// While a plan runs the brain is given a tick this often, in milliseconds: the rate of the drive controller.
const TICK_BUSY_MS: u64 = 20;
/// And this often while nothing runs: well within the time after which the link takes the brain for dead.
const TICK_IDLE_MS: u64 = 100;

/// How the line to the board is, is journalled this often, in milliseconds.
const LINE_MS: u64 = 1000;

/// When a line was taken and how long the model needed, for the reply's timing.
#[derive(Debug, Clone, Default)]
pub struct Timings(Arc<Mutex<BTreeMap<UtteranceId, Begun>>>);

/// When a line was taken, and milliseconds the model needed for it.
type Begun = (Instant, f64);

impl Timings {
    /// A line was taken.
    pub fn begin(&self, id: UtteranceId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id, (Instant::now(), 0.0));
        // Utterances that never get a reply must not pile up.
        while all.len() > 64 {
            all.pop_first();
        }
    }

    /// The model read it.
    pub fn encoded(&self, id: UtteranceId, ms: f64) {
        if let Some(entry) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&id) {
            entry.1 = ms;
        }
    }

    fn end(&self, id: UtteranceId) -> Timing {
        let entry = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        entry.map_or_else(Timing::default, |(began, encode_ms)| Timing {
            encode_ms,
            total_ms: began.elapsed().as_secs_f64() * 1e3,
        })
    }
}

/// Where the head points, as the board told last: what a camera on it must know to date its frames' directions.
#[derive(Debug, Clone, Default)]
pub struct HeadPose(Arc<Mutex<(Radians, Radians)>>);

impl HeadPose {
    /// Pan (left positive) and tilt (up positive).
    #[must_use]
    pub fn get(&self) -> (Radians, Radians) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the angles of the described head from the telemetry, whose joints stand in the order of the outputs.
    fn heed(&self, state: &State, telemetry: &Telemetry) {
        let (Some(head), Some(board)) = (&state.robot.head, &state.body.board) else {
            return;
        };
        let joints = board
            .outputs
            .iter()
            .filter(|output| output.kind == OutputKind::Joint);
        let angles: BTreeMap<&str, f32> = joints
            .map(|output| output.name.as_str())
            .zip(telemetry.joints_rad.iter().copied())
            .collect();
        let angle =
            |name: Option<&str>| Radians(name.and_then(|name| angles.get(name)).copied().unwrap_or(0.0));
        let pose = (angle(Some(&head.pan)), angle(head.tilt.as_deref()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pose;
    }
}

/// What the brain thread is made of.
pub struct Mind {
    /// The brain's state.
    pub state: State,
    /// The run's clock.
    pub clock: Clock,
    /// Where events come from.
    pub events: Receiver<Event>,
    /// Where commands and setpoints go.
    pub orders: Orders,
    /// The latch the link looks at before every frame.
    pub latch: StopLatch,
    /// Who wants to know.
    pub watchers: Watchers,
    /// How long things took.
    pub timings: Timings,
    /// Where the head points, for the camera on it.
    pub head: HeadPose,
    /// The journal, unless there is none.
    pub tap: Option<Tap>,
}

impl Mind {
    /// Takes events until all their senders are gone; gives the last state.
    pub fn run(mut self) -> State {
        let mut tick = self.clock.now();
        let mut line_at = tick;
        loop {
            let event = match self.events.recv_timeout(self.clock.until(tick)) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => Event::Tick,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let now = self.clock.now();
            if event == Event::Tick {
                tick = Now(now.0
                    + if self.state.busy() {
                        TICK_BUSY_MS
                    } else {
                        TICK_IDLE_MS
                    });
            }
            self.take(now, event);
            if self.state.busy() {
                tick = tick.min(Now(now.0 + TICK_BUSY_MS));
            }
            self.orders.alive();
            if now >= line_at
                && let Some(tap) = self.tap.as_mut()
                && let Some(stats) = self.orders.stats()
            {
                tap.line(Line { now: now.0, stats });
                line_at = Now(now.0 + LINE_MS);
            }
        }
        if let Some(tap) = self.tap.take() {
            tap.end();
        }
        self.state
    }

    fn take(&mut self, now: Now, event: Event) {
        match &event {
            Event::Answered { ticket, outcome } => {
                self.watchers.tell(now, &What::Answered(*ticket, *outcome))
            }
            Event::Telemetry(telemetry) => self.head.heed(&self.state, telemetry),
            Event::BoardUp { session, .. } => self.watchers.tell(now, &What::Board(Ok(*session))),
            Event::BoardDown(why) => self.watchers.tell(now, &What::Board(Err(why.clone()))),
            _ => {}
        }
        self.orders.heed(&event);
        let recorded = self.tap.is_some().then(|| bytes(&event));
        // The snapshot is of the state before the step; it is only taken when a new segment is due.
        let before = self
            .tap
            .as_ref()
            .is_some_and(|tap| tap.wants_snapshot(now.0))
            .then(|| bytes(&self.state));
        let effects = step(&mut self.state, now, event);
        if let (Some(tap), Some(event)) = (self.tap.as_mut(), recorded) {
            tap.step(
                Step {
                    now: now.0,
                    event,
                    effects: bytes(&effects),
                },
                before,
            );
        }
        for effect in effects {
            self.carry_out(now, effect);
        }
    }

    fn carry_out(&mut self, now: Now, effect: Effect) {
        match effect {
            Effect::Reply(reply) => {
                let timing = self.timings.end(reply.utterance);
                self.watchers.tell(now, &What::Reply(reply, timing));
            }
            Effect::Say(text) => self.watchers.tell(now, &What::Say(text)),
            Effect::Progress(progress) => self.watchers.tell(now, &What::Progress(progress)),
            Effect::Latch(latch) => {
                self.latch.set(latch);
                self.watchers.tell(now, &What::Latch(latch));
            }
            Effect::Command(ticket, command) => {
                self.watchers.tell(now, &What::Sent(ticket, command));
                self.order(Order::Command(ticket, command));
            }
            Effect::Setpoint(setpoint, valid_ms) => {
                self.order(Order::Setpoint(setpoint, valid_ms));
            }
        }
    }

    /// A full queue means that the link no longer takes what the brain wants: the robot must not go on.
    fn order(&self, order: Order) {
        if !self.orders.send(order) && self.latch.view().latch == Latch::Open {
            log::error!("the link does not take orders any more; stopping");
            self.latch.set(Latch::Protective);
        }
    }
}

/// Events, effects and states are plain data whose encoding into memory cannot fail.
fn bytes<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}
