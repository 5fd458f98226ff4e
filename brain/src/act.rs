//! Runs an approved plan against telemetry.
//!
//! In: an [`Approved`], telemetry, sights and the time. Out: setpoints, commands, progress, and at the end what came of
//! it in words. Never: moves anything without a live link and fresh telemetry, while a stop is latched, or after the
//! link was lost and came back; a plan that was dropped is not taken up again.

mod drive;
mod grip;
mod look;
mod skill;
pub mod stop;

use crate::ground::Target;
use crate::guard::Approved;
use crate::message::{Effect, Latch, Ticket};
use crate::plan::{Condition, Plan, Recovery, Skill, SkillName};
use crate::speech;
use crate::step::State;
use crate::units::{Now, Point, Pose, Radians, UtteranceId};
use firmware_bridge::message::{BoardState, Command, Outcome, OutputId, OutputKind, Setpoint};
use serde::{Deserialize, Serialize};

/// How long a setpoint holds; the base stops by itself when none follows.
pub const SETPOINT_VALID_MS: u16 = 200;

/// Time between two requests to the board to let the outputs move. It grants none while it misses fresh proof of life,
/// which a busy computer gives late.
const ENABLE_MS: u64 = 250;

/// Time after which a board that lets nothing move is a failure.
const ENABLE_FAILS_MS: u64 = 5000;

/// Time that telemetry may be too old while a plan runs before the plan is dropped.
const SILENCE_MS: u64 = 1000;

/// How far a plan is. Sent when a step begins, ends or fails, and when the plan ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Step of the plan, from 0.
    pub step: u32,
    /// Steps of the plan.
    pub of: u32,
    /// The skill of this step.
    pub skill: Option<SkillName>,
    /// The step in words.
    pub what: String,
    /// How it stands.
    pub status: Status,
    /// Why it failed or was dropped, for people.
    pub why: Option<String>,
}

/// How a step or a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The step began.
    Started,
    /// The step failed and is tried once more.
    Recovering,
    /// The step ended well.
    Done,
    /// The whole plan ended well.
    Finished,
    /// The plan failed at this step.
    Failed,
    /// The plan was dropped: a stop, a cancel, a lost link, a newer command.
    Dropped,
}

/// A plan that is being carried out. Built from an [`Approved`] alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    plan: Plan,
    utterance: UtteranceId,
    lang: String,
    step: usize,
    phase: Phase,
    /// When the step began.
    began: Now,
    /// The step has been tried again already.
    recovered: bool,
    /// Since when the board has not let the outputs move.
    idle: Option<Now>,
    /// The request to let them move, until it is answered.
    enabling: Option<Awaited>,
    /// Forward and turning speed last wished for.
    wished: (f32, f32),
    /// When they were wished for.
    ticked: Now,
    /// Since when something has been in the way.
    blocked: Option<Now>,
    /// Where the head is wished to look; `None` before it was first moved.
    head: Option<(Radians, Radians)>,
    /// What was last found by looking.
    found: Option<Target>,
    /// How many were counted.
    counted: Option<u32>,
    /// The command whose answer is awaited.
    awaited: Option<Awaited>,
}

/// A command that was sent, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Awaited {
    ticket: Ticket,
    sent: Now,
    outcome: Option<Outcome>,
}

/// What the present step is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// Nothing yet.
    Begin,
    /// Driving through a route, this point being next, having begun here.
    Route { next: usize, from: Point },
    /// Driving straight from this pose.
    Straight { from: Pose },
    /// Turning by this angle, of which so much is done, the heading having been this.
    Turn { by: f32, done: f32, heading: f32 },
    /// Driving up to the target.
    Near,
    /// Backing off from here before trying again.
    Back { from: Point },
    /// Looking: which spot of the sweep, when the head came to rest there, what of a body turn is done.
    Look {
        spot: usize,
        rest: Option<Now>,
        turn: Option<(f32, f32)>,
        seen: Vec<u32>,
        then: Box<Phase>,
    },
    /// The gripper opens or closes.
    Grip { closing: bool },
    /// The switch was sent.
    Switch,
    /// Following; since when nobody is seen.
    Follow { lost: Option<Now> },
    /// Waiting until then.
    Wait { until: Now },
}

/// What a tick of a step came to.
enum Ended {
    Not,
    Well,
    Badly(String),
}

impl Run {
    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Which utterance asked for it.
    #[must_use]
    pub fn utterance(&self) -> UtteranceId {
        self.utterance
    }

    /// The step it is at, from 0.
    #[must_use]
    pub fn step(&self) -> usize {
        self.step
    }

    /// Whether the gripper is at work: then losing hold is no surprise.
    #[must_use]
    pub fn grips(&self) -> bool {
        matches!(self.phase, Phase::Grip { .. })
    }

    fn skill(&self) -> Option<&Skill> {
        self.plan.steps.get(self.step).map(|s| &s.skill)
    }

    fn progress(&self, status: Status, why: Option<String>) -> Effect {
        let skill = self.skill();
        Effect::Progress(Progress {
            step: self.step as u32,
            of: self.plan.steps.len() as u32,
            skill: skill.map(Skill::name),
            what: skill.map(ToString::to_string).unwrap_or_default(),
            status,
            why,
        })
    }
}

/// Begins an approved plan. One that is running is dropped; a halt is cleared.
pub fn start(
    state: &mut State,
    now: Now,
    approved: Approved,
    utterance: UtteranceId,
    lang: &str,
) -> Vec<Effect> {
    let mut effects = abandon(state, "a newer command");
    if state.body.latch == Latch::Halt {
        state.body.latch = Latch::Open;
        state.body.cause = None;
        effects.push(Effect::Latch(Latch::Open));
    }
    let plan = approved.into_plan();
    if plan.steps.is_empty() {
        return effects;
    }
    let run = Run {
        plan,
        utterance,
        lang: lang.to_owned(),
        step: 0,
        phase: Phase::Begin,
        began: now,
        recovered: false,
        idle: None,
        enabling: None,
        wished: (0.0, 0.0),
        ticked: now,
        blocked: None,
        head: None,
        found: None,
        counted: None,
        awaited: None,
    };
    state.dialogue.account.began = state.scene.pose;
    effects.push(run.progress(Status::Started, None));
    state.run = Some(run);
    effects
}

/// Drops the running plan, where there is one: everything that moves is wished to stand.
pub fn abandon(state: &mut State, why: &str) -> Vec<Effect> {
    let Some(run) = state.run.take() else {
        return Vec::new();
    };
    account(state, &run, Some(why));
    let mut effects = rest(state).into_iter().collect::<Vec<_>>();
    effects.push(run.progress(Status::Dropped, Some(why.to_owned())));
    effects
}

/// Keeps how a plan ended, for when it is asked.
fn account(state: &mut State, run: &Run, why: Option<&str>) {
    let steps = &run.plan.steps;
    let step = steps.get(run.step).or(steps.last());
    state.dialogue.account.ended = step.map(|step| (step.skill.clone(), why.map(str::to_owned)));
}

/// The wish to stand still, where there is a base.
fn rest(state: &State) -> Option<Effect> {
    let base = state.robot.base.as_ref()?;
    let output = output(state, &base.output, OutputKind::Base)?;
    Some(Effect::Setpoint(
        Setpoint::Base {
            output,
            linear_mps: 0.0,
            angular_radps: 0.0,
        },
        SETPOINT_VALID_MS,
    ))
}

/// The number of an output on the board, by its name and kind.
fn output(state: &State, name: &str, kind: OutputKind) -> Option<OutputId> {
    let board = state.body.board.as_ref()?;
    let index = board
        .outputs
        .iter()
        .position(|o| o.name.as_str() == name && o.kind == kind)?;
    u8::try_from(index).ok().map(OutputId)
}

/// The angle of a joint, by the name of its output.
fn joint(state: &State, name: &str) -> Option<f32> {
    let board = state.body.board.as_ref()?;
    let joints = board.outputs.iter().filter(|o| o.kind == OutputKind::Joint);
    let index = joints.enumerate().find(|(_, o)| o.name.as_str() == name)?.0;
    state.body.telemetry.as_ref()?.joints_rad.get(index).copied()
}

/// Sends a command and awaits its answer.
fn send(state: &mut State, run: &mut Run, now: Now, command: Command) -> Effect {
    let ticket = state.body.ticket();
    run.awaited = Some(Awaited {
        ticket,
        sent: now,
        outcome: None,
    });
    Effect::Command(ticket, command)
}

/// The board answered a command.
pub fn answered(state: &mut State, ticket: Ticket, outcome: Outcome) {
    let Some(run) = state.run.as_mut() else {
        return;
    };
    for awaited in [&mut run.awaited, &mut run.enabling].into_iter().flatten() {
        if awaited.ticket == ticket {
            awaited.outcome = Some(outcome);
        }
    }
}

/// A command was in doubt when the board was reset: it is reported, never repeated.
pub fn in_doubt(state: &mut State, ticket: Ticket) -> Vec<Effect> {
    let waits = state
        .run
        .as_ref()
        .and_then(|r| r.awaited)
        .is_some_and(|a| a.ticket == ticket);
    let mut effects = if waits {
        abandon(state, "the board was reset in the middle of a command")
    } else {
        Vec::new()
    };
    effects.push(Effect::Say(speech::in_doubt(&state.dialogue.lang).to_owned()));
    effects
}

/// Time passed: moves the running plan on.
pub fn tick(state: &mut State, now: Now) -> Vec<Effect> {
    let Some(mut run) = state.run.take() else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    // A plan that talks may go through several steps at once, so one tick does not cost one word each.
    for _ in 0..=run.plan.steps.len() {
        if run.step >= run.plan.steps.len() {
            effects.extend(rest(state));
            effects.push(run.progress(Status::Finished, None));
            state.dialogue.done.clone_from(&run.plan.steps);
            account(state, &run, None);
            state.dialogue.account.from = Some(state.dialogue.account.began);
            effects.push(Effect::Say(speech::done(&run.lang).to_owned()));
            return effects;
        }
        let ended = match ready(state, &mut run, now, &mut effects) {
            Ready::Yes => match unmet(state, &run) {
                Some(why) => {
                    fail(state, &run, why, &mut effects);
                    return effects;
                }
                None => skill::tick(state, &mut run, now, &mut effects),
            },
            Ready::Wait => Ended::Not,
            Ready::Never(why) => {
                fail(state, &run, why, &mut effects);
                return effects;
            }
        };
        let timeout = u64::from(run.plan.steps[run.step].timeout_ms);
        match ended {
            Ended::Not if now.since(run.began) > timeout => {
                let why = speech::took_too_long(&run.lang).to_owned();
                if !recover(state, &mut run, now, &why, &mut effects) {
                    return effects;
                }
                break;
            }
            Ended::Not => break,
            Ended::Well => {
                effects.push(run.progress(Status::Done, None));
                run.step += 1;
                begin(&mut run, now);
                if run.skill().is_some() {
                    effects.push(run.progress(Status::Started, None));
                }
            }
            Ended::Badly(why) => {
                if !recover(state, &mut run, now, &why, &mut effects) {
                    return effects;
                }
                break;
            }
        }
    }
    run.ticked = now;
    state.run = Some(run);
    effects
}

fn begin(run: &mut Run, now: Now) {
    run.phase = Phase::Begin;
    run.began = now;
    run.recovered = false;
    run.blocked = None;
    run.awaited = None;
    run.idle = None;
    run.enabling = None;
}

/// Tries a failed step once more, in its own way. `false`: the plan has failed.
fn recover(state: &mut State, run: &mut Run, now: Now, why: &str, effects: &mut Vec<Effect>) -> bool {
    let recovery = run.plan.steps[run.step].recovery;
    if run.recovered || recovery == Recovery::None {
        fail(state, run, why.to_owned(), effects);
        return false;
    }
    effects.extend(rest(state));
    effects.push(run.progress(Status::Recovering, Some(why.to_owned())));
    begin(run, now);
    run.recovered = true;
    run.wished = (0.0, 0.0);
    match recovery {
        Recovery::BackOff => {
            run.phase = Phase::Back {
                from: state.scene.pose.at,
            }
        }
        Recovery::LookAgain if state.robot.camera.is_some() => {
            run.phase = Phase::Look {
                spot: 0,
                rest: None,
                turn: None,
                seen: Vec::new(),
                then: Box::new(Phase::Begin),
            };
        }
        _ => {}
    }
    true
}

fn fail(state: &mut State, run: &Run, why: String, effects: &mut Vec<Effect>) {
    account(state, run, Some(&why));
    effects.extend(rest(state));
    let what = run
        .skill()
        .map(|skill| speech::skill(&run.lang, skill))
        .unwrap_or_default();
    effects.push(Effect::Say(speech::failed(&run.lang, &what, &why)));
    effects.push(run.progress(Status::Failed, Some(why)));
}

/// A condition of the step that does not hold although the step is about to begin.
fn unmet(state: &State, run: &Run) -> Option<String> {
    if run.phase != Phase::Begin || run.recovered {
        return None;
    }
    let step = run.plan.steps.get(run.step)?;
    let holding = state.body.telemetry.as_ref().is_some_and(|t| t.holding);
    step.before.iter().find_map(|condition| match condition {
        Condition::HandsFree if holding => Some(speech::hands_busy(&run.lang).to_owned()),
        Condition::Holding if !holding => Some(speech::hands_empty(&run.lang).to_owned()),
        _ => None,
    })
}

enum Ready {
    Yes,
    Wait,
    Never(String),
}

/// Whether the board is there, alive and lets the outputs move; asks it to where it does not.
fn ready(state: &mut State, run: &mut Run, now: Now, effects: &mut Vec<Effect>) -> Ready {
    if !run.skill().is_some_and(Skill::needs_board) {
        return Ready::Yes;
    }
    let limit = u64::from(state.robot.policy.max_telemetry_age_ms);
    let age = now.since(state.body.heard);
    let board = state
        .body
        .telemetry
        .as_ref()
        .filter(|_| state.body.board.is_some())
        .map(|t| t.state);
    match board {
        None => return Ready::Never(speech::dead(&run.lang, speech::Dead::NoLink)),
        Some(_) if age > limit + SILENCE_MS => {
            return Ready::Never(speech::dead(&run.lang, speech::Dead::NoTelemetry));
        }
        Some(_) if age > limit => {
            // No proof of life: everything stands until it comes back, or the plan is dropped.
            run.wished = (0.0, 0.0);
            effects.extend(rest(state));
            return Ready::Wait;
        }
        Some(BoardState::Active) => {
            run.idle = None;
            run.enabling = None;
            return Ready::Yes;
        }
        Some(_) => {}
    }
    run.wished = (0.0, 0.0);
    let idle = *run.idle.get_or_insert(now);
    if now.since(idle) > ENABLE_FAILS_MS {
        return Ready::Never(speech::not_enabled(&run.lang).to_owned());
    }
    let pending = run
        .enabling
        .is_some_and(|e| e.outcome.is_none() || now.since(e.sent) < ENABLE_MS);
    if board == Some(BoardState::Idle) && !pending {
        let ticket = state.body.ticket();
        run.enabling = Some(Awaited {
            ticket,
            sent: now,
            outcome: None,
        });
        effects.push(Effect::Command(ticket, Command::Enable));
    }
    Ready::Wait
}
