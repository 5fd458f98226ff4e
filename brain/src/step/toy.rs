//! For tests: a robot without mass, noise or delay that carries out what the brain wishes, and the conversation with it.

use super::{State, step};
use crate::config::Robot;
use crate::message::{Effect, Event, Latch, Source, Ticket, Utterance};
use crate::reply::Reply;
use crate::understand::Thresholds;
use crate::understand::sketch::{labels, sketch};
use crate::units::{Now, Point, Pose, Radians, UtteranceId};
use firmware_bridge::message::{
    BoardState, Command, Description, Outcome, Output, OutputKind, SafeAction, Setpoint, Telemetry,
};

/// How often the toy moves and tells, in milliseconds.
pub const TICK_MS: u64 = 20;

pub struct Toy {
    pub state: State,
    pub now: Now,
    pub telemetry: Telemetry,
    /// Velocities wished for, and until when they hold.
    wish: (f32, f32, u64),
    /// Where things stand that it can grip.
    pub things: Vec<Point>,
    pub held: Option<usize>,
    /// Everything the brain wanted, with the time.
    pub effects: Vec<(Now, Effect)>,
    pub connected: bool,
    next: u64,
}

pub fn description() -> Description {
    let output = |name: &str, kind, min, max, max_turn| Output {
        name: name.try_into().unwrap(),
        kind,
        min,
        max,
        max_rate: 1.0,
        max_turn,
        max_turn_rate: 3.0,
        safe: SafeAction::Off,
        dead_man_ms: 250,
    };
    Description {
        firmware: "toy".try_into().unwrap(),
        outputs: [
            output("base", OutputKind::Base, -0.6, 0.6, 1.5),
            output("pan", OutputKind::Joint, -1.5, 1.5, 0.0),
            output("tilt", OutputKind::Joint, -0.6, 0.6, 0.0),
            output("gripper", OutputKind::Gripper, 0.0, 0.1, 0.0),
            output("light", OutputKind::Switch, 0.0, 1.0, 0.0),
        ]
        .into_iter()
        .collect(),
    }
}

pub fn telemetry() -> Telemetry {
    Telemetry {
        board_ms: 1,
        state: BoardState::Idle,
        x_m: 0.0,
        y_m: 0.0,
        heading_rad: 0.0,
        linear_mps: 0.0,
        angular_radps: 0.0,
        joints_rad: [0.0, 0.0].into_iter().collect(),
        gripper_m: 0.1,
        holding: false,
        bumper: false,
        clearance_m: -1.0,
        switches: 0,
        battery: 0.9,
        stop_input: false,
        safe: 0,
    }
}

impl Toy {
    /// A robot with its board connected and talking.
    pub fn new(robot: Robot) -> Self {
        let things = robot
            .thing
            .iter()
            .filter(|t| t.movable)
            .filter_map(|t| t.at)
            .map(|[x, y, _]| Point { x, y })
            .collect();
        let mut toy = Toy {
            state: State::new(robot, labels(), Thresholds::default(), 1),
            now: Now(1000),
            telemetry: telemetry(),
            wish: (0.0, 0.0, 0),
            things,
            held: None,
            effects: Vec::new(),
            connected: false,
            next: 0,
        };
        toy.connect();
        toy
    }

    pub fn connect(&mut self) {
        self.connected = true;
        self.event(Event::BoardUp {
            description: Box::new(description()),
            session: 1,
        });
        self.event(Event::Telemetry(self.telemetry.clone()));
    }

    pub fn event(&mut self, event: Event) -> Vec<Effect> {
        let effects = step(&mut self.state, self.now, event);
        for effect in &effects {
            self.effects.push((self.now, effect.clone()));
        }
        for effect in effects.clone() {
            self.obey(effect);
        }
        effects
    }

    fn obey(&mut self, effect: Effect) {
        match effect {
            Effect::Setpoint(
                Setpoint::Base {
                    linear_mps,
                    angular_radps,
                    ..
                },
                valid,
            ) => {
                self.wish = (linear_mps, angular_radps, self.now.0 + u64::from(valid));
            }
            Effect::Setpoint(Setpoint::Joint { output, angle_rad }, _) => {
                self.telemetry.joints_rad[usize::from(output.0) - 1] = angle_rad;
            }
            Effect::Command(ticket, command) => self.command(ticket, command),
            Effect::Latch(latch) if latch != Latch::Open => self.wish = (0.0, 0.0, 0),
            _ => {}
        }
    }

    fn command(&mut self, ticket: Ticket, command: Command) {
        let mut outcome = Outcome::Done;
        match command {
            Command::Enable => self.telemetry.state = BoardState::Active,
            Command::EmergencyStop => self.telemetry.state = BoardState::Stopped,
            Command::Clear if self.telemetry.stop_input => outcome = Outcome::CauseRemains,
            Command::Clear => self.telemetry.state = BoardState::Idle,
            _ if self.telemetry.state != BoardState::Active => outcome = Outcome::WrongState,
            Command::Gripper { opening_m, .. } => self.grip(opening_m),
            Command::Switch { output, on } => {
                self.telemetry.switches = if on { 1 << output.0 } else { 0 };
            }
            _ => {}
        }
        self.event(Event::Answered { ticket, outcome });
    }

    fn grip(&mut self, opening: f32) {
        let pose = self.pose();
        if opening > 0.05 {
            if let Some(held) = self.held.take() {
                self.things[held] = pose.point(Radians(0.0), crate::units::Metres(0.5));
            }
            self.telemetry.gripper_m = opening;
        } else {
            self.held = self.things.iter().position(|t| {
                let (bearing, range) = pose.sight(*t);
                bearing.0.abs() < 0.3 && (0.3..0.7).contains(&range.0)
            });
            self.telemetry.gripper_m = if self.held.is_some() { 0.06 } else { 0.0 };
        }
        self.telemetry.holding = self.held.is_some();
    }

    pub fn pose(&self) -> Pose {
        Pose {
            at: Point {
                x: self.telemetry.x_m,
                y: self.telemetry.y_m,
            },
            heading: Radians(self.telemetry.heading_rad),
        }
    }

    /// One tick of time: the toy moves, tells, and the brain thinks.
    pub fn tick(&mut self) -> Vec<Effect> {
        self.now.0 += TICK_MS;
        let dt = TICK_MS as f32 / 1000.0;
        let holds = self.now.0 <= self.wish.2 && self.telemetry.state == BoardState::Active;
        let (v, w) = if holds {
            (self.wish.0, self.wish.1)
        } else {
            (0.0, 0.0)
        };
        let pose = self.pose();
        self.telemetry.board_ms += TICK_MS as u32;
        self.telemetry.x_m += v * dt * libm::cosf(pose.heading.0);
        self.telemetry.y_m += v * dt * libm::sinf(pose.heading.0);
        self.telemetry.heading_rad = Radians(pose.heading.0 + w * dt).wrapped().0;
        (self.telemetry.linear_mps, self.telemetry.angular_radps) = (v, w);
        if let Some(held) = self.held {
            self.things[held] = self.pose().point(Radians(0.0), crate::units::Metres(0.5));
        }
        if self.connected {
            self.event(Event::Telemetry(self.telemetry.clone()));
        }
        self.event(Event::Tick)
    }

    pub fn run(&mut self, seconds: f32) {
        for _ in 0..(seconds * 1000.0) as u64 / TICK_MS {
            self.tick();
        }
    }

    /// Ticks until the plan has ended; the number of seconds it took.
    pub fn finish(&mut self) -> f32 {
        let begin = self.now;
        while self.state.busy() && self.now.since(begin) < 300_000 {
            self.tick();
        }
        self.now.since(begin) as f32 / 1000.0
    }

    /// Says a marked text (see [`sketch`]); before it may stand its language: "it: …".
    pub fn say(&mut self, marked: &str) -> Reply {
        self.tell(marked, Source::Typed, false)
    }

    pub fn tell(&mut self, marked: &str, source: Source, dry_run: bool) -> Reply {
        self.next += 1;
        let (lang, marked) = marked.split_once(": ").unwrap_or(("en", marked));
        let sketch = sketch(marked).lang(lang);
        let utterance = Utterance {
            id: UtteranceId(self.next),
            text: sketch.text,
            source,
            tags: Some(sketch.tags),
            dry_run,
            heard: None,
        };
        let effects = self.event(Event::Utterance(utterance));
        let replies: Vec<&Reply> = effects
            .iter()
            .filter_map(|e| match e {
                Effect::Reply(reply) => Some(&**reply),
                _ => None,
            })
            .collect();
        assert_eq!(replies.len(), 1, "one reply to each utterance: {marked}");
        replies[0].clone()
    }

    /// What it said, beside replies.
    pub fn said(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|(_, e)| match e {
                Effect::Say(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }
}
