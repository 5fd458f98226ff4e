//! The one way through the brain: state, time and an event in; effects out.
//!
//! Same state, same events, same times: same effects, byte for byte, on any machine.

mod about;
mod decide;
pub mod dialogue;
pub mod learn;
mod talk;
mod undo;

pub use talk::missing_role;

use crate::act::{self, Run, stop};
use crate::config::Robot;
use crate::ground::{Target, World};
use crate::knowledge::Triple;
use crate::message::{Effect, Event, Labels, Latch, Ticket, Utterance};
use crate::plan::Fact;
use crate::reading::Reading;
use crate::scene::{Scene, Whereabouts};
use crate::understand::choose::{Sense, choose, doubted};
use crate::understand::packs::Pack;
use crate::understand::{Context, Open, Thresholds, understand};
use crate::units::{Metres, Now, Point, Pose, Radians};
use dialogue::Dialogue;
use firmware_bridge::message::{Description, Telemetry};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Everything the brain remembers between two events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The robot as configured.
    pub robot: Robot,
    /// What the rows of the text model's outputs mean.
    pub labels: Labels,
    /// What the text model's probabilities are compared with.
    pub thresholds: Thresholds,
    /// Seed of everything drawn by chance.
    pub seed: u64,
    /// Whether the map or only the picture tells what there is.
    pub knows: Knows,
    /// Whether a camera delivers: then a robot that has no fresh picture does not drive.
    pub watches: bool,
    /// What is around.
    pub scene: Scene,
    /// The conversation so far.
    pub dialogue: Dialogue,
    /// The board and the stop latch.
    pub body: Body,
    /// What the gripper holds, as far as the brain put it there.
    pub held: Option<Target>,
    /// The plan that is being carried out.
    pub run: Option<Run>,
    /// What was told of the place.
    pub learned: Vec<Fact>,
    /// The packs: skills, answers and facts that were learnt beside the built-in ones.
    pub packs: Vec<Pack>,
    /// The packs' facts.
    pub facts: Vec<Triple>,
}

/// Where knowledge of things comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Knows {
    /// The map and the camera.
    #[default]
    Map,
    /// The newest picture is all there is: what is not in it is not searched for.
    Picture,
}

/// The board and the stop latch, as the brain knows them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Body {
    /// What the board is; `None` while it is out of reach.
    pub board: Option<Box<Description>>,
    /// Number of the session.
    pub session: u32,
    /// The newest telemetry of this session.
    pub telemetry: Option<Telemetry>,
    /// When it came.
    pub heard: Now,
    /// Pose on the map of the odometry's origin.
    pub anchor: Pose,
    /// Where the robot was lately, for frames that were taken before they were looked at.
    pub poses: VecDeque<(Now, Pose)>,
    /// The board's clock when it was last heard: when it goes back, the board was reset and its odometry began anew.
    pub board_ms: u32,
    /// The stop latch.
    pub latch: Latch,
    /// Why it is tripped, for people.
    pub cause: Option<String>,
    /// How far clearing an emergency stop has come.
    pub clearing: Option<stop::Clearing>,
    /// The number of the next command.
    pub next_ticket: u64,
}

/// Most poses that are remembered: a second and more at the rate of telemetry.
const MOST_POSES: usize = 64;

impl Body {
    /// Where the robot was at that time, as far as it is remembered.
    #[must_use]
    pub fn pose_at(&self, time: Now) -> Option<Pose> {
        let apart = |t: &Now| t.0.abs_diff(time.0);
        self.poses
            .iter()
            .min_by_key(|(t, _)| apart(t))
            .map(|(_, pose)| *pose)
    }

    /// The number of a new command.
    pub fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }
}

impl State {
    /// A robot that has just been switched on.
    #[must_use]
    pub fn new(robot: Robot, labels: Labels, thresholds: Thresholds, seed: u64) -> Self {
        let pose = robot.start.pose();
        State {
            robot,
            labels,
            thresholds,
            seed,
            knows: Knows::Map,
            watches: false,
            scene: Scene {
                pose,
                ..Scene::default()
            },
            dialogue: Dialogue {
                lang: "en".to_owned(),
                ..Dialogue::default()
            },
            body: Body {
                anchor: pose,
                ..Body::default()
            },
            held: None,
            run: None,
            learned: Vec::new(),
            packs: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// When the newest picture was taken, for a robot that needs one in order to drive; one that shall watch and has
    /// seen nothing yet counts from the clock's beginning.
    #[must_use]
    pub fn watched(&self) -> Option<Now> {
        let camera = self.robot.camera.is_some() && self.knows == Knows::Map;
        let first = self.watches.then_some(Now(0));
        self.scene.frame.or(first).filter(|_| camera)
    }

    /// Takes packs that were learnt, in place of those before.
    pub fn learn(&mut self, packs: Vec<Pack>) {
        self.facts = packs.iter().flat_map(|pack| &pack.facts).cloned().collect();
        self.packs = packs;
    }

    /// Whether a plan is being carried out: then ticks are wanted often.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.run.is_some()
    }

    /// What words may be bound to now. `choices` are what an open question offers.
    #[must_use]
    pub fn world<'a>(&'a self, choices: &'a [Target]) -> World<'a> {
        World {
            robot: &self.robot,
            scene: &self.scene,
            knows: self.knows,
            memory: &self.dialogue.memory,
            held: self.held.as_ref(),
            choices,
            facts: &self.facts,
            began: self.dialogue.account.began.at,
        }
    }
}

/// Takes one event, at this time, and says what is to be done.
pub fn step(state: &mut State, now: Now, event: Event) -> Vec<Effect> {
    match event {
        Event::Tick => {
            let mut effects = stop::watch(state, now);
            effects.extend(act::tick(state, now));
            effects.extend(talk::next(state, now));
            effects.extend(talk::expire(state, now));
            effects
        }
        Event::Utterance(utterance) => {
            let (utterance, reading) = sensible(state, utterance);
            talk::hear(state, now, &utterance, reading)
        }
        Event::Sight(sight) => {
            let pose = state.body.pose_at(sight.taken).unwrap_or(state.scene.pose);
            state.scene.see(&sight, pose);
            stop::watch(state, now)
        }
        Event::BoardUp { description, session } => {
            let effects = act::abandon(state, "the board was reset");
            state.body.board = Some(description);
            state.body.session = session;
            state.body.telemetry = None;
            effects
        }
        Event::BoardDown(why) => {
            let mut effects = act::abandon(state, &format!("the link was lost: {why}"));
            // Nothing can be wished for any more.
            effects.retain(|e| !matches!(e, Effect::Setpoint(..)));
            if !effects.is_empty() {
                effects.push(Effect::Say(
                    crate::speech::lost_link(&state.dialogue.lang).to_owned(),
                ));
            }
            state.body.board = None;
            state.body.telemetry = None;
            effects
        }
        Event::Telemetry(telemetry) => {
            locate(state, now, &telemetry);
            let mut effects = dropped(state, &telemetry);
            state.body.telemetry = Some(telemetry);
            state.body.heard = now;
            effects.extend(stop::heed_telemetry(state));
            effects
        }
        Event::Answered { ticket, outcome } => {
            act::answered(state, ticket, outcome);
            stop::answered(state, ticket, outcome)
        }
        Event::InDoubt(ticket) => act::in_doubt(state, ticket),
        Event::Stop(cause) => stop::asked(state, cause),
        Event::Resume => stop::resume(state, now),
        Event::Configure(robot) => {
            // A plan was approved under the old policy.
            let effects = act::abandon(state, "a new configuration");
            state.robot = *robot;
            learn::reapply(state);
            effects
        }
        Event::Packs(packs) => {
            state.learn(packs);
            Vec::new()
        }
    }
}

/// Takes one reading as if its text had just been understood: for whoever has readings and no text model.
pub fn step_reading(state: &mut State, now: Now, utterance: &Utterance, reading: Reading) -> Vec<Effect> {
    talk::hear(state, now, utterance, reading)
}

/// Of all that may have been said, the first that makes sense: see [`choose`].
fn sensible(state: &State, utterance: Utterance) -> (Utterance, Reading) {
    let reading = read(state, &utterance);
    let Some(heard) = utterance.heard.as_deref() else {
        return (utterance, reading);
    };
    let others = heard.alternatives.iter().map(|alternative| {
        let other = Utterance {
            text: alternative.text.clone(),
            tags: alternative.tags.clone(),
            ..utterance.clone()
        };
        (alternative.confidence.0, other)
    });
    let first = Sense::from(&reading);
    let sure = heard.confidence.0;
    let chosen = choose(first, sure, others, |other| read(state, other));
    let (utterance, reading) = chosen.unwrap_or((utterance, reading));
    (utterance, doubted(reading, sure))
}

/// What the words mean, with what is known.
fn read(state: &State, utterance: &Utterance) -> Reading {
    let known: Vec<String> = state.robot.names().map(|(name, _)| name.to_owned()).collect();
    let choices: Vec<String> = state
        .dialogue
        .open
        .iter()
        .flat_map(|open| &open.question.choices)
        .map(|target| crate::speech::the(&state.dialogue.lang, target))
        .collect();
    let context = Context {
        map: &[],
        known: &known,
        open: state.dialogue.open.as_ref().map(|_| Open { choices: &choices }),
        packs: &state.packs,
        stop_words: &state.robot.policy.stop_words,
        thresholds: state.thresholds,
    };
    understand(&utterance.text, utterance.tags.as_ref(), &state.labels, &context)
}

/// Follows the odometry over the map. A board that was reset counts from zero again: the robot is where it was.
fn locate(state: &mut State, now: Now, telemetry: &Telemetry) {
    let odometry = Pose {
        at: Point {
            x: telemetry.x_m,
            y: telemetry.y_m,
        },
        heading: Radians(telemetry.heading_rad),
    };
    if ![odometry.at.x, odometry.at.y, odometry.heading.0]
        .iter()
        .all(|v| v.is_finite())
    {
        return;
    }
    if telemetry.board_ms < state.body.board_ms {
        state.body.anchor = state.scene.pose.then(odometry.inverse());
    }
    state.body.board_ms = telemetry.board_ms;
    state.scene.pose = state.body.anchor.then(odometry);
    state.body.poses.push_back((now, state.scene.pose));
    if state.body.poses.len() > MOST_POSES {
        state.body.poses.pop_front();
    }
}

/// What it held fell: the board feels nothing any more although nobody opened the gripper.
fn dropped(state: &mut State, telemetry: &Telemetry) -> Vec<Effect> {
    let held_before = state.body.telemetry.as_ref().is_some_and(|t| t.holding);
    if !held_before || telemetry.holding || state.run.as_ref().is_some_and(Run::grips) {
        return Vec::new();
    }
    let Some(thing) = state.held.take() else {
        return Vec::new();
    };
    let say = crate::speech::fell(
        &state.dialogue.lang,
        &crate::speech::the(&state.dialogue.lang, &thing),
    );
    if let Some(id) = thing.id {
        let reach = state.robot.gripper.as_ref().map_or(Metres(0.0), |g| g.reach_m);
        let at = state.scene.pose.point(Radians(0.0), reach);
        let fallen = Whereabouts::At {
            at,
            height: Metres(0.0),
            place: None,
        };
        state.scene.moved.insert(id, fallen);
    }
    vec![Effect::Say(say)]
}

#[cfg(test)]
mod conversations;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod toy;
