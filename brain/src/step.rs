//! The one way through the brain: state, time and an event in; effects out.
//!
//! Same state, same events, same times: same effects, byte for byte, on any machine.

use crate::config::Robot;
use crate::message::{Effect, Event, Labels, Latch};
use crate::scene::Scene;
use crate::understand::Thresholds;
use crate::units::{Now, Pose};
use firmware_bridge::message::{Description, Telemetry};
use serde::{Deserialize, Serialize};

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
    /// What is around.
    pub scene: Scene,
    /// The board and the stop latch.
    pub body: Body,
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
    /// The stop latch.
    pub latch: Latch,
    /// Why it is tripped, for people.
    pub cause: Option<String>,
    /// The number of the next command.
    pub next_ticket: u64,
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
            scene: Scene {
                pose,
                ..Scene::default()
            },
            body: Body {
                anchor: pose,
                ..Body::default()
            },
        }
    }
}

/// Takes one event, at this time, and says what is to be done.
pub fn step(state: &mut State, now: Now, event: Event) -> Vec<Effect> {
    match event {
        Event::BoardUp { description, session } => {
            state.body.board = Some(description);
            state.body.session = session;
            state.body.telemetry = None;
        }
        Event::BoardDown(_) => {
            state.body.board = None;
            state.body.telemetry = None;
        }
        Event::Telemetry(telemetry) => {
            state.body.telemetry = Some(telemetry);
            state.body.heard = now;
        }
        Event::Configure(robot) => state.robot = *robot,
        _ => {}
    }
    Vec::new()
}
