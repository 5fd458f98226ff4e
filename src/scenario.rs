//! Plays a conversation with a simulated robot and checks every step: what was understood, decided and sent, and
//! where the robot ends up. The demo is one; packs and robot builders bring their own as TOML files.
//!
//! It uses a [`Runtime`] as anybody would: it types lines, watches reports, and looks at the simulated world. It
//! never reaches into the brain.

use crate::report::course::Course;
use crate::report::say::{PoseReport, Said};
use crate::shell::reports::{Watch, What};
use crate::shell::runtime::{Busy, Runtime};
use crate::sim::SimHandle;
use brain::act::Status;
use brain::message::Latch;
use brain::reading::{Outcome, Reason};
use brain::units::{Point, Pose, UtteranceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A conversation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Its steps, in order.
    pub step: Vec<Step>,
}

/// One thing said, and what must come of it. What is left out is not checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is typed, or said in `wav`.
    pub say: String,
    /// The recording in which it is said, from the scenario's own folder.
    pub wav: Option<PathBuf>,
    /// What the step shows, for people.
    #[serde(default)]
    pub shows: String,
    /// What must become of it.
    pub outcome: Outcome,
    /// Its reason.
    pub reason: Option<Reason>,
    /// Frames of the tasks, in order.
    pub frames: Option<Vec<String>>,
    /// Ids in the map of things that roles must be bound to.
    #[serde(default)]
    pub targets: Vec<String>,
    /// A part of what the robot says.
    pub says: Option<String>,
    /// A rule of the guard that must have spoken.
    pub rule: Option<String>,
    /// Commands that must have been executed by the board, in this order.
    pub commands: Option<Vec<String>>,
    /// How far to wait before the next step.
    #[serde(default)]
    pub wait: Wait,
    /// How the plan must end; for a step that acts and waits for the end, finished unless said otherwise.
    pub end: Option<Status>,
    /// Position on the map where the robot must be at the end, in metres; within half a metre.
    pub at: Option<[f32; 2]>,
    /// The robot must (or must not) have moved.
    pub moved: Option<bool>,
    /// The gripper must (or must not) hold something at the end.
    pub holding: Option<bool>,
    /// Switches and how they must be at the end.
    #[serde(default)]
    pub switches: BTreeMap<String, bool>,
    /// The stop frame must be on the wire: its time is measured.
    #[serde(default)]
    pub stops: bool,
    /// Somebody who steps into the robot's way as soon as it drives: it must slow down, and stop by itself.
    pub blocked_by: Option<Blocker>,
    /// Persons who walk off before the step, and where to, in metres on the map.
    #[serde(default)]
    pub walks: BTreeMap<String, [f32; 2]>,
}

/// Somebody who steps into the robot's way.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocker {
    /// Id of the person in the simulated world.
    pub person: String,
    /// How far ahead of the robot's middle they step, in metres.
    pub ahead_m: f64,
}

/// How far to wait before the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Until the plan has ended, or the reply where there is no plan.
    #[default]
    End,
    /// Until the robot drives.
    Moving,
}

/// One expectation and whether it held.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was expected.
    pub what: String,
    /// It held.
    pub ok: bool,
    /// What came instead, where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came: Option<String>,
}

/// One step as it was played.
#[derive(Debug, Serialize)]
pub struct Played {
    /// Its number, from 1.
    pub step: usize,
    /// What was typed or said.
    pub said: String,
    /// What was heard, where it was said in a recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
    /// What it shows.
    pub shows: String,
    /// What became of it.
    pub outcome: String,
    /// All its checks held.
    pub ok: bool,
    /// Its checks.
    pub what: Vec<Check>,
    /// The whole answer.
    pub reply: Option<Said>,
    /// Milliseconds from the trip of the latch to the stop frame on the wire, where one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_ms: Option<f64>,
}

/// The end of a conversation.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Steps played.
    pub steps: usize,
    /// All of them went as they should.
    pub ok: bool,
    /// Where the robot really is.
    pub pose: PoseReport,
    /// Slowest stop frame in milliseconds; `null` when no step stopped.
    pub stop_ms: Option<f64>,
    /// The gripper holds something.
    pub holding: bool,
    /// The switches.
    pub switches: BTreeMap<String, bool>,
}

/// What a watcher of the play may show while it runs.
pub enum Scene<'a> {
    /// A step begins.
    Begins(usize, &'a Step),
    /// What was heard in its recording.
    Heard(&'a str),
    /// The answer came.
    Reply(&'a Said),
    /// Something happened after the answer.
    Report(&'a What),
    /// The step is over.
    Over(&'a Played),
}

/// Longest wait for the board to come up, for an answer, and for a plan to end.
const UP: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(20);
const PLAN: Duration = Duration::from_secs(120);

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The board never came up.
    #[error("the board did not answer within {} s; `coact doctor` tells more", UP.as_secs())]
    NoBoard,
    /// The robot takes no more lines.
    #[error(transparent)]
    Busy(#[from] Busy),
}

/// Waits until the board is in a session and has sent its first telemetry.
///
/// # Errors
/// When it does not come up in time.
pub fn wait_for_board(runtime: &Runtime) -> Result<(), PlayError> {
    let began = Instant::now();
    while !(runtime.status().link.up && runtime.status().link.board.is_some()) {
        if began.elapsed() > UP {
            return Err(PlayError::NoBoard);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Plays a scenario; `show` sees everything as it happens. `hear` writes down what is said in a recording; where it gives
/// nothing because there are no ears, the step's own words are typed.
///
/// # Errors
/// When the board does not come up or takes no more lines. A step that goes wrong is no error: see [`Played::ok`].
pub fn play(
    scenario: &Scenario,
    runtime: &Runtime,
    sim: &SimHandle,
    mut hear: impl FnMut(&Path) -> Option<String>,
    mut show: impl FnMut(Scene<'_>),
) -> Result<Summary, PlayError> {
    wait_for_board(runtime)?;
    let watch = runtime.watch();
    let mut summary = (true, None::<f64>);
    for (index, step) in scenario.step.iter().enumerate() {
        show(Scene::Begins(index + 1, step));
        let heard = step.wav.as_deref().and_then(&mut hear);
        if let Some(words) = &heard {
            show(Scene::Heard(words));
        }
        let words = heard.as_deref().unwrap_or(&step.say);
        let mut played = play_step(index + 1, step, words, runtime, sim, &watch, &mut show)?;
        played.heard = heard.clone();
        summary.0 &= played.ok;
        summary.1 = [summary.1, played.stop_ms].into_iter().flatten().reduce(f64::max);
        show(Scene::Over(&played));
    }
    let world = World::of(sim);
    Ok(Summary {
        steps: scenario.step.len(),
        ok: summary.0,
        pose: PoseReport::new(world.pose),
        stop_ms: summary.1.map(|ms| (ms * 1e3).round() / 1e3),
        holding: world.holding,
        switches: world.switches,
    })
}

/// The simulated world as the checks see it.
struct World {
    pose: Pose,
    driving: bool,
    holding: bool,
    switches: BTreeMap<String, bool>,
}

impl World {
    fn of(sim: &SimHandle) -> World {
        sim.with(|simulation| {
            let board = simulation.board();
            let (linear, angular) = board.robot.velocity();
            World {
                pose: board.robot.pose(),
                driving: linear.abs() > 0.1 || angular.abs() > 0.2,
                holding: board.robot.holding().is_some(),
                switches: board.switches(),
            }
        })
    }

    fn distance(&self, x: f32, y: f32) -> f32 {
        libm::hypotf(self.pose.at.x - x, self.pose.at.y - y)
    }
}

/// What happened between a line and the end of its plan.
struct Heard {
    course: Course,
    words: Vec<String>,
    protective: bool,
    /// How often it was seen to creep while somebody stood in its way.
    crept: u32,
}

impl Heard {
    fn of(id: UtteranceId) -> Self {
        Heard {
            course: Course::of(id),
            words: Vec::new(),
            protective: false,
            crept: 0,
        }
    }

    fn take(&mut self, what: &What) {
        self.course.take(what);
        match what {
            What::Say(words) => self.words.push(words.clone()),
            What::Latch(latch) => self.protective |= *latch == Latch::Protective,
            _ => {}
        }
    }
}

fn play_step(
    number: usize,
    step: &Step,
    words: &str,
    runtime: &Runtime,
    sim: &SimHandle,
    watch: &Watch,
    show: &mut impl FnMut(Scene<'_>),
) -> Result<Played, PlayError> {
    let before = World::of(sim);
    let stops_before = runtime.status().link.stats.stops;
    while watch.reports.try_recv().is_ok() {}
    for (person, at) in &step.walks {
        place(sim, person, |_| Point { x: at[0], y: at[1] });
    }
    if !step.walks.is_empty() {
        std::thread::sleep(GONE);
    }
    let mut blocker = step.blocked_by.as_ref();
    let id = runtime.tell(words, false)?;
    let mut heard = Heard::of(id);
    let began = Instant::now();
    loop {
        let patience = if heard.course.reply().is_some() {
            PLAN
        } else {
            ANSWER
        };
        if began.elapsed() > patience {
            break;
        }
        if let Ok(report) = watch.reports.recv_timeout(Duration::from_millis(20)) {
            let had = heard.course.reply().is_some();
            heard.take(&report.what);
            match heard.course.reply() {
                Some(said) if !had => show(Scene::Reply(said)),
                _ => show(Scene::Report(&report.what)),
            }
        }
        if let Some(somebody) = step.blocked_by.as_ref().filter(|_| heard.course.runs()) {
            let (speed, frame) = sim.with(|simulation| {
                let robot = &simulation.board().robot;
                (robot.velocity().0, robot.frame())
            });
            if speed > DRIVES_MPS
                && let Some(somebody) = blocker.take()
            {
                place(sim, &somebody.person, |_| frame.ahead(somebody.ahead_m, 0.0));
            }
            let near = place(sim, &somebody.person, |at| at).is_some_and(|at| {
                libm::hypot(f64::from(at.x) - frame.x, f64::from(at.y) - frame.y) < somebody.ahead_m
            });
            heard.crept += u32::from(blocker.is_none() && near && (0.02..DRIVES_MPS).contains(&speed));
        }
        if heard.course.reply().is_some() {
            let enough = match step.wait {
                Wait::Moving => !heard.course.runs() || World::of(sim).driving,
                Wait::End => !heard.course.runs(),
            };
            if enough {
                break;
            }
        }
    }
    if step.wait == Wait::End {
        settle(sim);
    }
    while let Ok(report) = watch.reports.try_recv() {
        show(Scene::Report(&report.what));
        heard.take(&report.what);
    }
    let status = runtime.status().link;
    let stopped = status.stats.stops > stops_before;
    let stop_ms = status.stop_ms.filter(|_| stopped && step.stops);
    let what = check(step, &heard, &before, &World::of(sim), stopped);
    let reply = heard.course.into_said();
    let outcome = reply
        .as_ref()
        .map_or_else(|| "none".to_owned(), |said| name(&said.outcome));
    Ok(Played {
        step: number,
        said: step.say.clone(),
        heard: None,
        shows: step.shows.clone(),
        outcome,
        ok: what.iter().all(|check| check.ok),
        what,
        reply,
        stop_ms,
    })
}

/// Slower than this it creeps, in m/s.
const DRIVES_MPS: f64 = 0.2;

/// So many looks, one in 20 ms, are more than braking takes.
const CREEPS: u32 = 40;

/// What was seen of somebody who has left is forgotten after this time.
const GONE: Duration = Duration::from_millis(2000);

/// Puts a person of the simulated world somewhere; gives where they are then, `None` when there is no such person.
fn place(sim: &SimHandle, person: &str, to: impl FnOnce(Point) -> Point) -> Option<Point> {
    sim.with(|simulation| {
        let persons = &mut simulation.board_mut().world.persons;
        let person = persons.iter_mut().find(|other| other.id == person)?;
        person.at = to(person.at);
        Some(person.at)
    })
}

/// Waits until the robot has come to rest, at most two seconds.
fn settle(sim: &SimHandle) {
    let began = Instant::now();
    let mut still = 0;
    while still < 5 && began.elapsed() < Duration::from_secs(2) {
        let moves = sim.with(|simulation| {
            let (linear, angular) = simulation.board().robot.velocity();
            linear.abs() > 1e-3 || angular.abs() > 1e-3
        });
        still = if moves { 0 } else { still + 1 };
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn check(step: &Step, heard: &Heard, before: &World, after: &World, stopped: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut expect = |what: String, ok: bool, came: &dyn Fn() -> String| {
        checks.push(Check {
            what,
            ok,
            came: (!ok).then(came),
        });
    };
    let Some(said) = heard.course.reply() else {
        expect("an answer".to_owned(), false, &|| "none".to_owned());
        return checks;
    };
    let outcome = name(&step.outcome);
    expect(
        format!("outcome {outcome}"),
        said.outcome == step.outcome,
        &|| {
            format!(
                "{} {}",
                name(&said.outcome),
                said.reason.as_ref().map(name).unwrap_or_default()
            )
        },
    );
    if let Some(reason) = &step.reason {
        expect(
            format!("reason {}", name(reason)),
            said.reason.as_ref() == Some(reason),
            &|| said.reason.as_ref().map_or_else(|| "none".to_owned(), name),
        );
    }
    if let Some(frames) = &step.frames {
        let came: Vec<&str> = said.tasks.iter().map(|task| task.frame.as_str()).collect();
        expect(format!("tasks {}", frames.join(", ")), came == *frames, &|| {
            came.join(", ")
        });
    }
    let bound = || -> Vec<String> {
        let roles = said.goals.iter().flat_map(|goal| &goal.roles);
        roles
            .filter_map(|role| role.target.as_ref()?.id.clone())
            .collect()
    };
    for id in &step.targets {
        expect(format!("bound to {id}"), bound().contains(id), &|| {
            bound().join(", ")
        });
    }
    if let Some(words) = &step.says {
        let came = || -> String {
            let replied = said.say.iter().map(String::as_str);
            replied
                .chain(heard.words.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(" / ")
        };
        let ok = came().to_lowercase().contains(&words.to_lowercase());
        expect(format!("says \"…{words}…\""), ok, &came);
    }
    if let Some(rule) = &step.rule {
        let rules = said
            .verdict
            .as_ref()
            .map(|verdict| verdict.rules.clone())
            .unwrap_or_default();
        expect(format!("rule {rule}"), rules.contains(rule), &|| rules.join(", "));
    }
    if let Some(commands) = &step.commands {
        let done = || {
            heard
                .course
                .actions()
                .iter()
                .filter(|action| action.status == "done")
        };
        let mut came = done().map(|action| action.command.clone());
        let ok = commands.iter().all(|command| came.any(|done| done == *command));
        expect(format!("the board executes {}", commands.join(", ")), ok, &|| {
            done()
                .map(|action| action.command.clone())
                .collect::<Vec<_>>()
                .join(", ")
        });
    }
    let plans = said.outcome == Outcome::Act && said.plan.as_ref().is_some_and(|plan| !plan.is_empty());
    // A stop is done when it is said: its plan has nothing to run.
    let runs = plans && step.wait == Wait::End && !step.stops;
    let end = step.end.or(runs.then_some(Status::Finished));
    if let Some(end) = end {
        let came = heard.course.end();
        expect(
            format!("the plan is {}", name(&end)),
            came.is_some_and(|came| came.status == end),
            &|| {
                came.map_or_else(
                    || "still running".to_owned(),
                    |came| format!("{}: {}", name(&came.status), came.why.clone().unwrap_or_default()),
                )
            },
        );
    }
    if step.wait == Wait::Moving {
        expect("the robot drives".to_owned(), after.driving, &|| {
            "it stands".to_owned()
        });
    }
    if let Some([x, y]) = step.at {
        let away = after.distance(x, y);
        expect(format!("the robot is at {x:.1}, {y:.1}"), away < 0.5, &|| {
            format!("{away:.2} m away")
        });
    }
    if let Some(moved) = step.moved {
        let way = after.distance(before.pose.at.x, before.pose.at.y);
        let ok = (way > 0.1) == moved;
        expect(
            if moved { "it moves" } else { "it does not move" }.to_owned(),
            ok,
            &|| format!("{way:.2} m"),
        );
    }
    if let Some(holding) = step.holding {
        let what = if holding {
            "the gripper holds something"
        } else {
            "the gripper is empty"
        };
        expect(what.to_owned(), after.holding == holding, &|| {
            "it does not".to_owned()
        });
    }
    for (switch, on) in &step.switches {
        let came = after.switches.get(switch);
        let state = if *on { "on" } else { "off" };
        expect(format!("the {switch} is {state}"), came == Some(on), &|| {
            format!("{came:?}")
        });
    }
    if let Some(blocker) = &step.blocked_by {
        let who = &blocker.person;
        expect(
            format!("it slows down before {who}"),
            heard.crept >= CREEPS,
            &|| format!("it was slow at {} looks", heard.crept),
        );
        expect(
            format!("it stops by itself before {who}"),
            heard.protective,
            &|| "it does not".to_owned(),
        );
    }
    if step.stops {
        let at_rest = !after.driving;
        expect("the stop frame is on the wire".to_owned(), stopped, &|| {
            "it is not".to_owned()
        });
        expect("the robot stands".to_owned(), at_rest, &|| "it drives".to_owned());
    }
    checks
}

/// The stable name of a unit variant, as its JSON has it.
fn name<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
