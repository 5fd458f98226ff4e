//! The rules a plan must pass, as a table: name, and what it looks at.

use crate::config::{ZoneRule, nearest};
use crate::ground::{Kind, Target};
use crate::guard::{Case, Finding, is_child};
use crate::message::{Latch, Source};
use crate::plan::{Skill, SkillName};
use crate::reading::{Reason, Role};
use crate::speech;
use crate::units::{Metres, Point};
use firmware_bridge::message::BoardState;

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// What it guards, for people.
    pub what: &'static str,
    /// Everything it finds wrong.
    pub judge: fn(&Case<'_>) -> Vec<Finding>,
}

/// All rules, the heaviest first.
pub const RULES: &[Rule] = &[
    Rule {
        name: "stopped",
        what: "nothing is begun while a stop is latched",
        judge: stopped,
    },
    Rule {
        name: "forbidden_zone",
        what: "no way leads through a forbidden zone",
        judge: forbidden_zone,
    },
    Rule {
        name: "hazardous_pair",
        what: "what must not meet is not brought together",
        judge: hazardous_pair,
    },
    Rule {
        name: "distance_limit",
        what: "no drive is longer than the policy allows",
        judge: distance_limit,
    },
    Rule {
        name: "skill",
        what: "the robot has the skill",
        judge: skill,
    },
    Rule {
        name: "part",
        what: "the robot and its board have the part",
        judge: part,
    },
    Rule {
        name: "reach",
        what: "what is taken is in reach, fits and is not too heavy",
        judge: reach,
    },
    Rule {
        name: "hands",
        what: "one thing at a time",
        judge: hands,
    },
    Rule {
        name: "link",
        what: "the board is there and alive",
        judge: link,
    },
    Rule {
        name: "battery",
        what: "there is charge enough",
        judge: battery,
    },
    Rule {
        name: "confirm",
        what: "what the policy lists needs a yes",
        judge: confirm,
    },
    Rule {
        name: "confirm_zone",
        what: "entering this zone needs a yes",
        judge: confirm_zone,
    },
    Rule {
        name: "confirm_distance",
        what: "a long drive that was spoken needs a yes",
        judge: confirm_distance,
    },
];

fn skills<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Skill> {
    case.plan.steps.iter().map(|s| &s.skill)
}

fn needs_board(case: &Case<'_>) -> bool {
    skills(case).any(Skill::needs_board)
}

fn stopped(case: &Case<'_>) -> Vec<Finding> {
    if case.dry_run || !needs_board(case) {
        return Vec::new();
    }
    let state = case.body.telemetry.as_ref().map(|t| t.state);
    let tripped = matches!(case.body.latch, Latch::Protective | Latch::Emergency);
    let board = matches!(state, Some(BoardState::Stopped | BoardState::Fault));
    if !tripped && !board {
        return Vec::new();
    }
    let cause = case
        .body
        .cause
        .clone()
        .unwrap_or_else(|| "the board reports a stop".to_owned());
    vec![Finding::refuse(
        "stopped",
        Reason::Stopped,
        speech::stopped(case.lang, &cause),
    )]
}

/// Every straight piece of the ways in a plan, as far as they are known.
fn ways(case: &Case<'_>) -> Vec<(Point, Point)> {
    let mut here = case.world.scene.pose.at;
    let mut heading = case.world.scene.pose.heading;
    let mut ways = Vec::new();
    for skill in skills(case) {
        match skill {
            Skill::Go { route, .. } => {
                for to in route {
                    ways.push((here, *to));
                    here = *to;
                }
            }
            Skill::Approach(Target { at: Some(at), .. }) => {
                ways.push((here, *at));
                here = *at;
            }
            Skill::Turn(by) => heading.0 += by.0,
            Skill::Drive(Metres(by)) => {
                let pose = crate::units::Pose { at: here, heading };
                let to = pose.point(crate::units::Radians(0.0), Metres(*by));
                ways.push((here, to));
                here = to;
            }
            _ => {}
        }
    }
    ways
}

/// Whether a straight way touches a rectangle (Liang and Barsky 1984).
pub(super) fn crosses(a: Point, b: Point, min: [f32; 2], max: [f32; 2]) -> bool {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let (mut enter, mut leave) = (0.0f32, 1.0f32);
    for (p, q) in [
        (-dx, a.x - min[0]),
        (dx, max[0] - a.x),
        (-dy, a.y - min[1]),
        (dy, max[1] - a.y),
    ] {
        if p == 0.0 {
            if q < 0.0 {
                return false;
            }
        } else if p < 0.0 {
            enter = enter.max(q / p);
        } else {
            leave = leave.min(q / p);
        }
    }
    enter <= leave
}

fn zones<'a>(case: &Case<'a>, rule: ZoneRule) -> impl Iterator<Item = &'a str> {
    let ways = ways(case);
    case.world
        .robot
        .policy
        .zone
        .iter()
        .filter(move |z| z.rule == rule && ways.iter().any(|(a, b)| crosses(*a, *b, z.min, z.max)))
        .map(|z| z.name.as_str())
}

fn forbidden_zone(case: &Case<'_>) -> Vec<Finding> {
    zones(case, ZoneRule::Forbidden)
        .map(|zone| {
            Finding::refuse(
                "forbidden_zone",
                Reason::Unsafe,
                speech::forbidden(case.lang, zone),
            )
        })
        .collect()
}

fn confirm_zone(case: &Case<'_>) -> Vec<Finding> {
    zones(case, ZoneRule::Confirm)
        .map(|zone| {
            Finding::ask(
                "confirm_zone",
                speech::sure(case.lang, &speech::way_through(case.lang, zone)),
            )
        })
        .collect()
}

fn hazardous_pair(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut held = case.world.held;
    for skill in skills(case) {
        match skill {
            Skill::Take(what) => held = Some(what),
            Skill::Give(to) | Skill::Place(Some(to)) => {
                let Some(what) = held else { continue };
                for pair in &case.world.robot.policy.hazardous_pair {
                    let person = matches!(to.kind, Kind::Person | Kind::Speaker) || to.class == "person";
                    let with = match pair.with.as_str() {
                        "child" => is_child(to),
                        "person" => person,
                        other => to.class == other || to.id.as_deref() == Some(other),
                    };
                    if with && what.hazards.contains(&pair.hazard) {
                        let (what, to) = (speech::the(case.lang, what), speech::the(case.lang, to));
                        found.push(Finding::refuse(
                            &pair.name,
                            Reason::Unsafe,
                            speech::unsafe_pair(case.lang, &what, &to, &pair.because),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn drives(case: &Case<'_>) -> Vec<f32> {
    let by = |s: &Skill| match s {
        Skill::Drive(Metres(by)) => Some(by.abs()),
        _ => None,
    };
    skills(case).filter_map(by).collect()
}

fn distance_limit(case: &Case<'_>) -> Vec<Finding> {
    let limit = case.world.robot.policy.max_distance_m.0;
    drives(case)
        .into_iter()
        .filter(|by| by.is_nan() || *by > limit)
        .map(|by| {
            Finding::refuse(
                "distance_limit",
                Reason::Unsafe,
                speech::too_far(case.lang, by, limit),
            )
        })
        .collect()
}

fn confirm_distance(case: &Case<'_>) -> Vec<Finding> {
    let limit = case.world.robot.policy.confirm_distance_m.0;
    drives(case)
        .into_iter()
        .filter(|by| case.source == Source::Spoken && *by > limit)
        .map(|by| {
            Finding::ask(
                "confirm_distance",
                speech::sure(case.lang, &speech::metres(case.lang, by)),
            )
        })
        .collect()
}

fn skill(case: &Case<'_>) -> Vec<Finding> {
    let allowed = &case.world.robot.skills;
    skills(case)
        .filter(|s| !allowed.is_empty() && !allowed.contains(&s.name()) && s.name() != SkillName::Stop)
        .map(|s| {
            Finding::refuse(
                "skill",
                Reason::NotCapable,
                speech::cannot(case.lang, &speech::skill(case.lang, s)),
            )
        })
        .collect()
}

fn part(case: &Case<'_>) -> Vec<Finding> {
    let robot = case.world.robot;
    let mut found = Vec::new();
    let mut lacks = |what: &str| {
        found.push(Finding::refuse(
            "part",
            Reason::NotCapable,
            speech::lacks(case.lang, what),
        ))
    };
    for skill in skills(case) {
        let output = match skill {
            Skill::Go { .. }
            | Skill::Drive(_)
            | Skill::Turn(_)
            | Skill::Face { .. }
            | Skill::Approach(_)
            | Skill::Follow(_) => match &robot.base {
                Some(base) => &base.output,
                None => {
                    lacks(speech::part_name(case.lang, "base"));
                    continue;
                }
            },
            Skill::Take(_) | Skill::Give(_) | Skill::Place(_) => match &robot.gripper {
                Some(gripper) => &gripper.output,
                None => {
                    lacks(speech::part_name(case.lang, "gripper"));
                    continue;
                }
            },
            Skill::Look(..) => match &robot.head {
                Some(head) => &head.pan,
                None => {
                    lacks(speech::part_name(case.lang, "head"));
                    continue;
                }
            },
            Skill::Switch { output, .. } => output,
            _ => continue,
        };
        if let (Some(board), false) = (&case.body.board, case.dry_run)
            && !board.outputs.iter().any(|o| o.name.as_str() == output)
        {
            let near = nearest(output, board.outputs.iter().map(|o| o.name.as_str()));
            let hint = near.map_or(String::new(), |n| format!(" (did robot.toml mean \"{n}\"?)"));
            lacks(&format!("output \"{output}\" on the board{hint}"));
        }
    }
    for skill in skills(case) {
        let looks = matches!(skill, Skill::LookFor { .. } | Skill::Follow(_));
        if looks && robot.camera.is_none() {
            lacks(speech::part_name(case.lang, "camera"));
        }
    }
    found.dedup();
    found
}

fn reach(case: &Case<'_>) -> Vec<Finding> {
    let Some(gripper) = &case.world.robot.gripper else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for skill in skills(case) {
        let Skill::Take(what) = skill else { continue };
        let mut wrong = |why: speech::TakeProblem| {
            let say = speech::cannot_take(case.lang, &speech::the(case.lang, what), why);
            found.push(Finding::refuse("reach", Reason::NotCapable, say));
        };
        if matches!(
            what.kind,
            Kind::Place | Kind::Person | Kind::Speaker | Kind::Robot | Kind::Device
        ) || !what.movable
        {
            wrong(speech::TakeProblem::NotMovable);
            continue;
        }
        if let Some(height) = what.height
            && !(gripper.height_m[0].0..=gripper.height_m[1].0).contains(&height.0)
        {
            wrong(speech::TakeProblem::Height);
        }
        if let Some(width) = what.width
            && width > gripper.width_m[1]
        {
            wrong(speech::TakeProblem::Width);
        }
        if let Some(weight) = what.weight
            && weight > gripper.max_load_kg
        {
            wrong(speech::TakeProblem::Weight);
        }
    }
    found
}

fn hands(case: &Case<'_>) -> Vec<Finding> {
    let mut held: Option<&Target> = case.world.held;
    for skill in skills(case) {
        match skill {
            Skill::Take(what) => {
                if let Some(held) = held {
                    let say = speech::hands_full(case.lang, &speech::the(case.lang, held));
                    return vec![Finding::refuse("hands", Reason::NotCapable, say)];
                }
                held = Some(what);
            }
            Skill::Give(_) | Skill::Place(_) => {
                if held.is_none() {
                    return vec![Finding::refuse(
                        "hands",
                        Reason::NotCapable,
                        speech::hold_nothing(case.lang),
                    )];
                }
                held = None;
            }
            _ => {}
        }
    }
    Vec::new()
}

fn link(case: &Case<'_>) -> Vec<Finding> {
    if case.dry_run || !needs_board(case) {
        return Vec::new();
    }
    let limit = u64::from(case.world.robot.policy.max_telemetry_age_ms);
    let dead = match (&case.body.board, &case.body.telemetry) {
        (None, _) => speech::Dead::NoLink,
        (_, None) => speech::Dead::NoTelemetry,
        _ if case.now.since(case.body.heard) > limit => speech::Dead::NoTelemetry,
        _ => return Vec::new(),
    };
    vec![Finding::refuse(
        "link",
        Reason::NoLink,
        speech::dead(case.lang, dead),
    )]
}

fn battery(case: &Case<'_>) -> Vec<Finding> {
    let Some(telemetry) = &case.body.telemetry else {
        return Vec::new();
    };
    let low = telemetry.battery >= 0.0 && telemetry.battery < case.world.robot.policy.min_battery;
    if case.dry_run || !low || !skills(case).any(Skill::drives) {
        return Vec::new();
    }
    vec![Finding::refuse(
        "battery",
        Reason::Unsafe,
        speech::low_battery(case.lang, telemetry.battery),
    )]
}

fn confirm(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in &case.world.robot.policy.confirm {
        for skill in skills(case) {
            let what = match skill {
                Skill::Take(t)
                | Skill::Give(t)
                | Skill::Approach(t)
                | Skill::Follow(t)
                | Skill::Place(Some(t)) => Some(t),
                _ => None,
            };
            let fits = rule.skill.is_none_or(|s| s == skill.name())
                && rule
                    .class
                    .as_ref()
                    .is_none_or(|c| what.is_some_and(|t| t.class == *c))
                && rule
                    .hazard
                    .is_none_or(|h| what.is_some_and(|t| t.hazards.contains(&h)));
            if fits {
                let what =
                    what.map_or_else(|| speech::skill(case.lang, skill), |t| speech::the(case.lang, t));
                found.push(Finding::ask(
                    &rule.name,
                    speech::confirm(case.lang, &what, &rule.because),
                ));
                break;
            }
        }
    }
    found
}

/// Whether a goal speaks of a speed beyond the limit.
pub(super) fn speed_asked(case_goals: &[crate::ground::Goal]) -> Option<f32> {
    case_goals
        .iter()
        .flat_map(|g| &g.roles)
        .find_map(|b| match (&b.filler.role, &b.filler.value) {
            (Role::Speed | Role::Manner, Some(crate::reading::Value::MetrePerSecond(v))) => Some(*v),
            _ => None,
        })
}
