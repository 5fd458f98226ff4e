//! One tick of one skill.

use crate::act::{Ended, Phase, Run, drive, grip, look, output, send};
use crate::ground::{Kind, Target};
use crate::message::Effect;
use crate::plan::Skill;
use crate::speech;
use crate::step::{State, learn};
use crate::units::{Metres, Now, Point};
use firmware_bridge::message::{Command, Outcome, OutputKind};

/// Distance kept from a thing that is not to be gripped, metres.
const BESIDE_M: f32 = 0.7;

/// Distance kept from a person beyond that at which the robot must stop, metres.
const POLITE_M: f32 = 0.3;

/// How far from furniture one may be stopped by it and still be there, metres.
const LENIENT_M: f32 = 1.2;

/// Distance kept when following, metres.
const FOLLOW_M: f32 = 1.2;

/// How long the person followed may be out of sight.
const LOST_MS: u64 = 3000;

/// How far it backs off before gripping again, metres.
const BACK_M: f32 = 0.15;

/// Longest wait for a switch to show in the telemetry.
const SWITCH_MS: u64 = 1000;

pub(super) fn tick(state: &mut State, run: &mut Run, now: Now, effects: &mut Vec<Effect>) -> Ended {
    let Some(skill) = run.skill().cloned() else {
        return Ended::Well;
    };
    // Once moved, the head is told where to look with every tick; driving, it looks ahead.
    if run.head.is_some() && !matches!(run.phase, Phase::Look { .. }) && skill.drives() {
        look::head(
            state,
            run,
            crate::units::Radians(0.0),
            crate::units::Radians(0.0),
            effects,
        );
    }
    match &skill {
        Skill::Go { .. } => {
            if run.phase == Phase::Begin {
                run.phase = Phase::Route {
                    next: 0,
                    from: state.scene.pose.at,
                };
            }
            drive::route(state, run, now, effects)
        }
        Skill::Drive(Metres(by)) => {
            if run.phase == Phase::Begin {
                run.phase = Phase::Straight {
                    from: state.scene.pose,
                };
            }
            drive::straight(state, run, now, *by, effects)
        }
        Skill::Turn(by) => {
            if run.phase == Phase::Begin {
                run.phase = Phase::Turn {
                    by: by.0,
                    done: 0.0,
                    heading: state.scene.pose.heading.0,
                };
            }
            drive::turn(state, run, now, effects)
        }
        Skill::Face { at, .. } => {
            if run.phase == Phase::Begin {
                let (by, range) = state.scene.pose.sight(*at);
                if range.0 < 0.05 {
                    return Ended::Well;
                }
                run.phase = Phase::Turn {
                    by: by.0,
                    done: 0.0,
                    heading: state.scene.pose.heading.0,
                };
            }
            drive::turn(state, run, now, effects)
        }
        Skill::Look(pan, tilt) => {
            look::head(state, run, *pan, *tilt, effects);
            if look::head_rests(state, run) && now.since(run.began) > 200 {
                Ended::Well
            } else {
                Ended::Not
            }
        }
        Skill::LookFor { what, all } => {
            if run.phase == Phase::Begin {
                run.phase = Phase::Look {
                    spot: 0,
                    rest: None,
                    turn: None,
                    seen: Vec::new(),
                    then: Box::new(Phase::Begin),
                };
            }
            look::tick(state, run, now, what, *all, effects)
        }
        Skill::Approach(target) => approach(state, run, now, target, effects),
        Skill::Take(what) => {
            if let Phase::Back { from } = run.phase {
                return back(state, run, now, from, effects);
            }
            if !matches!(run.phase, Phase::Grip { .. }) && run.recovered {
                match approach(state, run, now, what, effects) {
                    Ended::Well => run.phase = Phase::Begin,
                    other => return other,
                }
            }
            grip::take(state, run, now, what, effects)
        }
        Skill::Give(to) => {
            if run.phase == Phase::Begin && !run.recovered {
                effects.push(Effect::Say(speech::here_you_are(&run.lang).to_owned()));
            }
            grip::release(state, run, now, Some(to), true, effects)
        }
        Skill::Place(on) => grip::release(state, run, now, on.as_ref(), false, effects),
        Skill::Follow(who) => follow(state, run, now, who, effects),
        Skill::Stop => {
            drive::wish(state, run, now, 0.0, 0.0, effects);
            Ended::Well
        }
        Skill::Switch { output, on, .. } => switch(state, run, now, output, *on, effects),
        Skill::Say(text) => {
            effects.push(Effect::Say(text.clone()));
            Ended::Well
        }
        Skill::Report(what) => {
            let found = run.found.clone();
            effects.push(Effect::Say(speech::report(
                &run.lang,
                what,
                found.as_ref(),
                run.counted,
                &state.robot,
            )));
            Ended::Well
        }
        Skill::Wait(ms) => {
            let until = match run.phase {
                Phase::Wait { until } => until,
                _ => Now(now.0 + u64::from(*ms)),
            };
            run.phase = Phase::Wait { until };
            if now >= until { Ended::Well } else { Ended::Not }
        }
        Skill::Learn(fact) => {
            effects.push(Effect::Say(learn::take(state, fact, &run.lang)));
            Ended::Well
        }
    }
}

/// Where a target is now: what is seen of it counts more than what was known.
fn position(state: &State, run: &Run, target: &Target) -> Option<Point> {
    let found = run.found.as_ref().filter(|f| f.label == target.label);
    let track = found.and_then(|f| f.track).or(target.track);
    let seen = state
        .scene
        .tracks
        .iter()
        .find(|t| Some(t.id) == track && t.visible)
        .and_then(|t| t.at);
    // A person of the map may have moved; a thing of the map stands where the map says unless it was looked for.
    let seen = if target.id.is_some() && target.kind == Kind::Thing && found.is_none() {
        None
    } else {
        seen
    };
    seen.or_else(|| found.and_then(|f| f.at)).or(target.at)
}

fn approach(state: &State, run: &mut Run, now: Now, target: &Target, effects: &mut Vec<Effect>) -> Ended {
    if matches!(run.phase, Phase::Look { .. }) {
        return match look::tick(state, run, now, target, false, effects) {
            Ended::Well => {
                run.phase = Phase::Near;
                Ended::Not
            }
            other => other,
        };
    }
    run.phase = Phase::Near;
    let Some(at) = position(state, run, target) else {
        return Ended::Badly(speech::no_position(&run.lang, &target.label));
    };
    let policy = &state.robot.policy;
    let (standoff, lenient) = match (target.kind, &state.robot.gripper) {
        (Kind::Person | Kind::Speaker, _) => (policy.person_stop_m.0 + POLITE_M, 0.3),
        (_, Some(gripper)) if target.movable => (gripper.reach_m.0, 0.25),
        _ => (BESIDE_M, LENIENT_M),
    };
    drive::near(state, run, now, at, standoff, lenient, effects)
}

fn back(state: &State, run: &mut Run, now: Now, from: Point, effects: &mut Vec<Effect>) -> Ended {
    if state.scene.pose.at.distance(from).0 < BACK_M && now.since(run.began) < 3000 {
        drive::wish(state, run, now, -0.1, 0.0, effects);
    } else {
        drive::wish(state, run, now, 0.0, 0.0, effects);
        if drive::stands(state) {
            run.phase = Phase::Begin;
        }
    }
    Ended::Not
}

fn follow(state: &State, run: &mut Run, now: Now, who: &Target, effects: &mut Vec<Effect>) -> Ended {
    if matches!(run.phase, Phase::Look { .. }) {
        return match look::tick(state, run, now, who, false, effects) {
            Ended::Well => {
                run.phase = Phase::Follow { lost: None };
                Ended::Not
            }
            other => other,
        };
    }
    let Phase::Follow { lost } = run.phase else {
        run.phase = Phase::Look {
            spot: 0,
            rest: None,
            turn: None,
            seen: Vec::new(),
            then: Box::new(Phase::Follow { lost: None }),
        };
        return Ended::Not;
    };
    let last = run.found.as_ref().and_then(|f| f.track);
    let seen = state
        .scene
        .tracks
        .iter()
        .filter(|t| t.visible && look::matches(t, who));
    let track = seen.min_by_key(|t| (Some(t.id) != last, t.id)).cloned();
    let Some(track) = track else {
        drive::wish(state, run, now, 0.0, 0.0, effects);
        let since = lost.unwrap_or(now);
        run.phase = Phase::Follow { lost: Some(since) };
        if now.since(since) > LOST_MS {
            return Ended::Badly(speech::lost(&run.lang, &speech::the(&run.lang, who)));
        }
        return Ended::Not;
    };
    run.found = Some(look::found(&track, who));
    run.phase = Phase::Follow { lost: None };
    match track.at {
        Some(at) => {
            let left = state.scene.pose.at.distance(at).0 - FOLLOW_M;
            if left > 0.1 {
                drive::towards(state, run, now, at, left, 0.2, effects);
            } else {
                let (bearing, _) = state.scene.pose.sight(at);
                if bearing.0.abs() > 0.15 {
                    drive::spin(state, run, now, bearing.0, effects);
                } else {
                    drive::wish(state, run, now, 0.0, 0.0, effects);
                }
            }
        }
        None => drive::spin(state, run, now, track.bearing.0, effects),
    }
    Ended::Not
}

fn switch(
    state: &mut State,
    run: &mut Run,
    now: Now,
    name: &str,
    on: bool,
    effects: &mut Vec<Effect>,
) -> Ended {
    let Some(id) = output(state, name, OutputKind::Switch) else {
        return Ended::Badly(speech::lacks(&run.lang, name));
    };
    if run.phase != Phase::Switch {
        run.phase = Phase::Switch;
        effects.push(send(state, run, now, Command::Switch { output: id, on }));
        return Ended::Not;
    }
    if let Some(refused) = grip::refused(run) {
        return refused;
    }
    let (Some(awaited), Some(telemetry)) = (run.awaited, state.body.telemetry.as_ref()) else {
        return Ended::Not;
    };
    let is = telemetry.switches & (1 << id.0.min(7)) != 0;
    if awaited.outcome == Some(Outcome::Done) && is == on {
        return Ended::Well;
    }
    if now.since(awaited.sent) > SWITCH_MS {
        return Ended::Badly(speech::no_answer(&run.lang).to_owned());
    }
    Ended::Not
}
