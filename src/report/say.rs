//! The JSON of `coact say` and of what the daemon answers to `coact tell`: one utterance from words to actions.

use super::{Milliseconds, Reading, Task};
use crate::shell::reports::Timing;
use crate::sim::event::command_name;
use brain::ground::{Bound, Goal, Kind, Target};
use brain::reading::{Act, Outcome, Reason};
use brain::reply::Reply;
use brain::scene::{Scene, Track};
use brain::units::{Metres, Radians};
use firmware_bridge::message::Command;
use serde::Serialize;

/// One utterance from words to actions.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why it is not simply acted on.
    pub reason: Option<Reason>,
    /// What the robot says.
    pub say: Option<String>,
    /// The words.
    pub utterance: String,
    /// ISO 639-1 code of their language.
    pub lang: String,
    /// Kind of utterance.
    pub act: Act,
    /// What was understood.
    pub tasks: Vec<Task>,
    /// What was around.
    pub scene: SceneReport,
    /// What the words were bound to, whatever the outcome.
    pub goals: Vec<GoalReport>,
    /// The skills, in order; `null` when nothing was planned.
    pub plan: Option<Vec<SkillReport>>,
    /// What the guard decided; `null` when it was not asked.
    pub verdict: Option<VerdictReport>,
    /// What went to the board.
    pub actions: Vec<Action>,
    /// How it ended; absent while it runs or when nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// How long understanding took.
    pub ms: Milliseconds,
}

/// How a plan ended.
#[derive(Debug, Clone, Serialize)]
pub struct End {
    /// Finished, failed or dropped.
    pub status: brain::act::Status,
    /// Why it did not finish.
    pub why: Option<String>,
}

/// What was around.
#[derive(Debug, Clone, Serialize)]
pub struct SceneReport {
    /// Where the robot is on the map.
    pub pose: PoseReport,
    /// What the camera sees or saw.
    pub objects: Vec<TrackReport>,
}

/// A pose on the map.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PoseReport {
    /// Metres ahead of the start.
    pub x_m: f32,
    /// Metres to the left of the start.
    pub y_m: f32,
    /// Degrees, positive to the left.
    pub heading_deg: f32,
}

impl PoseReport {
    /// Rounded to millimetres and tenths of a degree.
    #[must_use]
    pub fn new(pose: brain::units::Pose) -> Self {
        PoseReport {
            x_m: milli(pose.at.x),
            y_m: milli(pose.at.y),
            heading_deg: tenth(pose.heading),
        }
    }
}

/// A thing that was seen.
#[derive(Debug, Clone, Serialize)]
pub struct TrackReport {
    /// Its number.
    pub track: u32,
    /// Class name of the detector.
    pub label: String,
    /// How sure the detector is.
    pub score: f32,
    /// `[x, y, width, height]` in pixels.
    #[serde(rename = "box")]
    pub bbox: [f32; 4],
    /// Colours, strongest first.
    pub colors: Vec<String>,
    /// Degrees from the robot's heading, left positive.
    pub bearing_deg: f32,
    /// Metres, where it can be told.
    pub range_m: Option<f32>,
    /// It is in the newest frame.
    pub visible: bool,
}

/// One task with its roles bound.
#[derive(Debug, Clone, Serialize)]
pub struct GoalReport {
    /// Which of the tasks, from 0.
    pub task: u32,
    /// Its frame.
    pub frame: String,
    /// What its first role points at; `null` when it points at nothing.
    pub target: Option<TargetReport>,
    /// All its roles.
    pub roles: Vec<RoleReport>,
}

/// One role and what it points at.
#[derive(Debug, Clone, Serialize)]
pub struct RoleReport {
    /// Which role.
    pub role: String,
    /// The words.
    pub text: String,
    /// What they point at; `null` when the words are no thing.
    pub target: Option<TargetReport>,
}

/// A real thing, place or person.
#[derive(Debug, Clone, Serialize)]
pub struct TargetReport {
    /// What to call it.
    pub label: String,
    /// Place, thing, person …
    pub kind: Kind,
    /// Its name in the map.
    pub id: Option<String>,
    /// Its class.
    pub class: String,
    /// Number of the track it is seen as.
    pub track: Option<u32>,
    /// `[x, y, width, height]` in pixels, where it is seen.
    #[serde(rename = "box")]
    pub bbox: Option<[f32; 4]>,
    /// Degrees from the robot's heading, left positive.
    pub bearing_deg: Option<f32>,
    /// Metres.
    pub range_m: Option<f32>,
    /// How it was chosen.
    pub chosen: String,
}

/// One skill call.
#[derive(Debug, Clone, Serialize)]
pub struct SkillReport {
    /// Name of the skill.
    pub skill: String,
    /// Which of the tasks it serves, from 0.
    pub task: u32,
    /// The call in words.
    pub what: String,
}

/// What the guard decided.
#[derive(Debug, Clone, Serialize)]
pub struct VerdictReport {
    /// Act, ask or refuse.
    pub outcome: Outcome,
    /// The rules that spoke.
    pub rules: Vec<String>,
}

/// A command that went to the board.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// Its name.
    pub command: String,
    /// Its number.
    pub seq: u64,
    /// What became of it: `sent`, or the board's word.
    pub status: String,
}

impl Action {
    /// A command that was sent.
    #[must_use]
    pub fn sent(seq: u64, command: Command) -> Self {
        Action {
            command: command_name(&command).to_owned(),
            seq,
            status: "sent".to_owned(),
        }
    }
}

impl Said {
    /// From the brain's reply.
    #[must_use]
    pub fn new(reply: Reply, timing: Timing, actions: Vec<Action>) -> Self {
        let ms = Milliseconds {
            encode: timing.encode_ms,
            total: timing.total_ms,
        };
        let reading = Reading::new(reply.reading, ms);
        Said {
            outcome: reply.outcome,
            reason: reply.reason,
            say: reply.say,
            utterance: reply.said,
            lang: reading.lang,
            act: reading.act,
            tasks: reading.tasks,
            scene: SceneReport::from(&reply.scene),
            goals: reply.goals.iter().map(GoalReport::from).collect(),
            plan: reply.plan.map(|plan| {
                let report = |step: &brain::plan::Step| SkillReport {
                    skill: name_of(&step.skill.name()),
                    task: step.task,
                    what: step.skill.to_string(),
                };
                plan.steps.iter().map(report).collect()
            }),
            verdict: reply.verdict.map(|verdict| VerdictReport {
                outcome: verdict.outcome,
                rules: verdict.rules,
            }),
            actions,
            end: None,
            ms: reading.ms,
        }
    }
}

/// The stable name of a unit variant, as its JSON has it.
fn name_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl From<&Scene> for SceneReport {
    fn from(scene: &Scene) -> Self {
        SceneReport {
            pose: PoseReport::new(scene.pose),
            objects: scene.tracks.iter().map(TrackReport::from).collect(),
        }
    }
}

impl From<&Track> for TrackReport {
    fn from(track: &Track) -> Self {
        TrackReport {
            track: track.id.0,
            label: track.label.clone(),
            score: milli(track.score.0),
            bbox: track.bbox.map(milli),
            colors: track.colors.clone(),
            bearing_deg: tenth(track.bearing),
            range_m: track.range.map(|Metres(range)| milli(range)),
            visible: track.visible,
        }
    }
}

impl From<&Goal> for GoalReport {
    fn from(goal: &Goal) -> Self {
        GoalReport {
            task: goal.task,
            frame: goal.frame.name().to_owned(),
            target: goal
                .roles
                .iter()
                .find_map(|role| role.target.as_ref())
                .map(TargetReport::from),
            roles: goal.roles.iter().map(RoleReport::from).collect(),
        }
    }
}

impl From<&Bound> for RoleReport {
    fn from(bound: &Bound) -> Self {
        RoleReport {
            role: bound.filler.role.name().to_owned(),
            text: bound.filler.text.clone(),
            target: bound.target.as_ref().map(TargetReport::from),
        }
    }
}

impl From<&Target> for TargetReport {
    fn from(target: &Target) -> Self {
        TargetReport {
            label: target.label.clone(),
            kind: target.kind,
            id: target.id.clone(),
            class: target.class.clone(),
            track: target.track.map(|track| track.0),
            bbox: target.bbox.map(|bbox| bbox.map(milli)),
            bearing_deg: target.bearing.map(tenth),
            range_m: target.range.map(|Metres(range)| milli(range)),
            chosen: target.chosen.clone(),
        }
    }
}

/// Three decimals.
fn milli(value: f32) -> f32 {
    (value * 1e3).round() / 1e3
}

/// Degrees with one decimal.
fn tenth(angle: Radians) -> f32 {
    (angle.degrees() * 10.0).round() / 10.0
}
