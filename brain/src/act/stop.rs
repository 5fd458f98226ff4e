//! The stop latch as the brain keeps it: who may trip it, and what it takes to go on.
//!
//! A halt is cleared by the next command. A protective stop is cleared when its cause is gone and a person says so. An
//! emergency stop is latched on the board, and cleared there first.

use crate::act::{abandon, drive};
use crate::message::{Effect, Latch, StopCause};
use crate::speech;
use crate::step::State;
use crate::units::Now;
use firmware_bridge::message::{BoardState, Command, Outcome};

/// Trips the latch (never makes it weaker), drops the plan, and says why.
pub fn trip(state: &mut State, latch: Latch, cause: &str) -> Vec<Effect> {
    if strength(latch) < strength(state.body.latch) {
        return Vec::new();
    }
    let news = state.body.latch != latch;
    state.body.latch = latch;
    state.body.cause = Some(cause.to_owned());
    state.body.clearing = None;
    // The latch comes first: whoever carries this out must not wait for the rest.
    let mut effects = vec![Effect::Latch(latch)];
    if latch == Latch::Emergency && news && state.body.board.is_some() {
        let ticket = state.body.ticket();
        effects.push(Effect::Command(ticket, Command::EmergencyStop));
    }
    effects.extend(abandon(state, cause));
    if news && latch != Latch::Halt {
        effects.push(Effect::Say(speech::stopped(&state.dialogue.lang, cause)));
    }
    effects
}

fn strength(latch: Latch) -> u8 {
    match latch {
        Latch::Open => 0,
        Latch::Halt => 1,
        Latch::Protective => 2,
        Latch::Emergency => 3,
    }
}

/// Somebody or something asked to stop without words.
pub fn asked(state: &mut State, cause: StopCause) -> Vec<Effect> {
    match cause {
        StopCause::Halt => trip(state, Latch::Halt, "somebody asked me to stop"),
        // A camera that is lost while nothing moves stops nothing; the guard minds it before the next plan.
        StopCause::StaleCamera if state.run.is_none() => Vec::new(),
        StopCause::StaleCamera => trip(state, Latch::Protective, "the camera has no fresh picture"),
        StopCause::Fault(what) => trip(state, Latch::Protective, &what),
        StopCause::Emergency(what) => trip(state, Latch::Emergency, &what),
    }
}

/// What the newest telemetry asks for: a latched board is an emergency stop, a bumper a protective one.
pub fn heed_telemetry(state: &mut State) -> Vec<Effect> {
    let Some(telemetry) = &state.body.telemetry else {
        return Vec::new();
    };
    let (board, input, bumper) = (telemetry.state, telemetry.stop_input, telemetry.bumper);
    let latched = matches!(board, BoardState::Stopped | BoardState::Fault);
    if state.body.clearing == Some(Clearing::Cleared) && !latched {
        return open(state);
    }
    if input && state.body.latch != Latch::Emergency {
        return trip(state, Latch::Emergency, "the emergency stop is pressed");
    }
    if latched && state.body.latch != Latch::Emergency {
        let cause = if board == BoardState::Fault {
            "the board reports a fault"
        } else {
            "the board is stopped"
        };
        return trip(state, Latch::Emergency, cause);
    }
    if bumper
        && state
            .run
            .as_ref()
            .and_then(|r| r.skill())
            .is_some_and(crate::plan::Skill::drives)
    {
        return trip(state, Latch::Protective, "I touched something");
    }
    Vec::new()
}

/// What time and camera ask for while something moves.
pub fn watch(state: &mut State, now: Now) -> Vec<Effect> {
    let driving = state
        .run
        .as_ref()
        .and_then(|r| r.skill())
        .is_some_and(crate::plan::Skill::drives);
    if !driving {
        return Vec::new();
    }
    // Slowed down by what it does not see, it stands by the time the picture is stale; then it waits a while for the next.
    let moving = state
        .body
        .telemetry
        .as_ref()
        .is_some_and(|t| t.linear_mps.abs() > STANDS_MPS);
    if stale(state, now, if moving { BRAKE_WAITS } else { STALE_WAITS }) {
        return trip(state, Latch::Protective, "the camera has no fresh picture");
    }
    if drive::nearest_person(state, now).is_some_and(|d| d < state.robot.policy.person_stop_m.0) {
        return trip(state, Latch::Protective, "somebody is too close");
    }
    Vec::new()
}

/// A robot that stands waits for a picture this many times its highest age.
const STALE_WAITS: f32 = 4.0;

/// One that moves has begun to brake long before; it stands within this many times that age.
const BRAKE_WAITS: f32 = 1.5;

/// Slower than this it stands, m/s.
const STANDS_MPS: f32 = 0.05;

/// Whether a camera that should deliver does not, or not any more. A robot without a camera does not miss it. `times` is how often its
/// highest age may have passed.
fn stale(state: &State, now: Now, times: f32) -> bool {
    let (Some(camera), Some(frame)) = (&state.robot.camera, state.watched()) else {
        return false;
    };
    now.since(frame) as f32 > times * camera.max_age_ms as f32
}

/// How far clearing an emergency stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Clearing {
    /// The board was asked, with this ticket.
    Asked(crate::message::Ticket),
    /// The board agreed; its telemetry does not show it yet.
    Cleared,
}

/// A person says that it may go on.
pub fn resume(state: &mut State, now: Now) -> Vec<Effect> {
    let lang = state.dialogue.lang.clone();
    let say = |text: String| vec![Effect::Say(text)];
    match state.body.latch {
        Latch::Open => say(speech::not_stopped(&lang).to_owned()),
        Latch::Halt => open(state),
        Latch::Protective | Latch::Emergency => {
            if let Some(cause) = remaining(state, now) {
                return say(speech::cause_remains(&lang, cause));
            }
            let board = state.body.telemetry.as_ref().map(|t| t.state);
            let latched = matches!(board, Some(BoardState::Stopped | BoardState::Fault));
            if state.body.latch == Latch::Protective && !latched {
                return open(state);
            }
            if state.body.board.is_none() {
                return say(speech::dead(&lang, speech::Dead::NoLink));
            }
            let ticket = state.body.ticket();
            state.body.clearing = Some(Clearing::Asked(ticket));
            vec![Effect::Command(ticket, Command::Clear)]
        }
    }
}

/// A cause that is still there.
fn remaining(state: &State, now: Now) -> Option<&'static str> {
    let telemetry = state.body.telemetry.as_ref();
    if telemetry.is_some_and(|t| t.stop_input) {
        return Some("the emergency stop is still pressed");
    }
    if state.body.latch == Latch::Protective {
        if telemetry.is_some_and(|t| t.bumper) {
            return Some("something still touches me");
        }
        if drive::nearest_person(state, now).is_some_and(|d| d < state.robot.policy.person_stop_m.0) {
            return Some("somebody is still too close");
        }
        if stale(state, now, 1.0) {
            return Some("the camera still has no fresh picture");
        }
    }
    None
}

/// The board answered to the request to clear.
pub fn answered(state: &mut State, ticket: crate::message::Ticket, outcome: Outcome) -> Vec<Effect> {
    if state.body.clearing != Some(Clearing::Asked(ticket)) {
        return Vec::new();
    }
    if outcome == Outcome::Done {
        state.body.clearing = Some(Clearing::Cleared);
        return Vec::new();
    }
    state.body.clearing = None;
    vec![Effect::Say(speech::cause_remains(
        &state.dialogue.lang,
        "the board does not let go of its stop",
    ))]
}

fn open(state: &mut State) -> Vec<Effect> {
    state.body.latch = Latch::Open;
    state.body.cause = None;
    state.body.clearing = None;
    vec![
        Effect::Latch(Latch::Open),
        Effect::Say(speech::go_on(&state.dialogue.lang).to_owned()),
    ]
}
