//! The drive controller: turns to a bearing, drives to points, slows down in time.
//!
//! Velocities follow a trapezoid: within the acceleration up, and never faster than one can still brake before the
//! point ahead (v² = 2 a d). Nothing here decides where to go.

use crate::act::{Ended, Phase, Run, SETPOINT_VALID_MS, output};
use crate::config::ZoneRule;
use crate::message::Effect;
use crate::plan::Skill;
use crate::speech;
use crate::step::State;
use crate::units::{Now, Point, Radians};
use firmware_bridge::message::{OutputKind, Setpoint};

/// A point is reached within this distance, metres.
pub(super) const REACHED_M: f32 = 0.05;

/// An angle is reached within this, radians.
pub(super) const TURNED_RAD: f32 = 0.03;

/// Above this error of the bearing it turns on the spot, radians.
const SPOT_RAD: f32 = 0.35;

/// Two legs with less of a corner than this are driven as one, radians.
const CORNER_RAD: f32 = 0.25;

/// Turning acceleration, rad/s².
const TURN_ACCEL: f32 = 1.5;

/// Share of the braking ability that is planned with: the rest is for delays.
const BRAKE_SHARE: f32 = 0.6;

/// Speed at which the last centimetres are driven, m/s.
const CREEP_MPS: f32 = 0.04;

/// Below these speeds it stands.
const STANDS: (f32, f32) = (0.02, 0.05);

/// Longest time between two ticks that counts, seconds.
const LONGEST_TICK_S: f32 = 0.1;

/// How long something may be in the way before the step fails.
const BLOCKED_MS: u64 = 4000;

/// A person seen longer ago than this is not reckoned with any more.
const PERSON_MS: u64 = 1500;

/// What limits the speeds now.
pub(super) struct Limits {
    pub linear: f32,
    pub accel: f32,
    pub angular: f32,
}

/// The limits of base, board and policy, where it is and with what it holds.
pub(super) fn limits(state: &State, run: &Run, now: Now) -> Option<Limits> {
    let base = state.robot.base.as_ref()?;
    let policy = &state.robot.policy;
    let mut linear = base.max_speed_mps.0.min(policy.max_speed_mps.0);
    let mut angular = base.max_turn_dps.radians().0;
    if let Some(board) = &state.body.board
        && let Some(on_board) = board.outputs.iter().find(|o| o.name.as_str() == base.output)
    {
        linear = linear.min(on_board.max);
        if on_board.max_turn > 0.0 {
            angular = angular.min(on_board.max_turn);
        }
    }
    if let Some(asked) = run.plan.speed {
        linear = linear.min(asked.0.max(CREEP_MPS));
    }
    if state.held.is_some() {
        linear = linear.min(policy.max_speed_holding_mps.0);
    }
    let at = state.scene.pose.at;
    let inside =
        |min: [f32; 2], max: [f32; 2]| (min[0]..=max[0]).contains(&at.x) && (min[1]..=max[1]).contains(&at.y);
    let slow_zone = policy
        .zone
        .iter()
        .any(|z| z.rule == ZoneRule::Slow && inside(z.min, z.max));
    let near = nearest_person(state, now).is_some_and(|d| d < policy.person_slow_m.0);
    if slow_zone || near {
        linear = linear.min(policy.slow_speed_mps.0);
        angular = angular.min(0.6);
    }
    let fresh = freshness(state, now);
    linear *= fresh;
    angular *= fresh;
    Some(Limits {
        linear,
        accel: base.max_accel_mps2,
        angular,
    })
}

/// How far the newest picture can be trusted, 1 to 0: a robot whose camera falls behind slows down, and stands before
/// the picture is stale. It goes on when pictures come again. A robot without a camera does not miss them.
fn freshness(state: &State, now: Now) -> f32 {
    let (Some(camera), Some(frame)) = (&state.robot.camera, state.watched()) else {
        return 1.0;
    };
    if state.scene.frame.is_none() {
        return 0.0;
    }
    let age = now.since(frame) as f32 / camera.max_age_ms.max(1) as f32;
    ((BLIND_SHARE - age) / (BLIND_SHARE - TRUSTED_SHARE)).clamp(0.0, 1.0)
}

/// Up to this share of the camera's highest age a picture is trusted fully …
const TRUSTED_SHARE: f32 = 0.5;

/// … and from this one on not at all.
const BLIND_SHARE: f32 = 0.85;

/// Distance of the nearest person seen just now who is not behind the robot.
pub(super) fn nearest_person(state: &State, now: Now) -> Option<f32> {
    state
        .scene
        .tracks
        .iter()
        .filter(|t| t.label == "person" && now.since(t.last) <= PERSON_MS)
        .filter_map(|t| {
            let (bearing, range) = match t.at {
                Some(at) => state.scene.pose.sight(at),
                None => (t.bearing, t.range?),
            };
            (bearing.0.abs() < 1.7).then_some(range.0)
        })
        .min_by(f32::total_cmp)
}

/// Wishes these velocities, within the accelerations.
pub(super) fn wish(
    state: &State,
    run: &mut Run,
    now: Now,
    linear: f32,
    angular: f32,
    effects: &mut Vec<Effect>,
) {
    let (Some(base), Some(limits)) = (&state.robot.base, limits(state, run, now)) else {
        return;
    };
    let Some(output) = output(state, &base.output, OutputKind::Base) else {
        return;
    };
    let dt = (now.since(run.ticked) as f32 / 1000.0).clamp(0.0, LONGEST_TICK_S);
    let towards = |from: f32, to: f32, rate: f32| from + (to - from).clamp(-rate * dt, rate * dt);
    let linear = linear.clamp(-limits.linear, limits.linear);
    let angular = angular.clamp(-limits.angular, limits.angular);
    // Speeding up is gentle, slowing down may use all the base has.
    let accel = if linear.abs() < run.wished.0.abs() {
        limits.accel * 1.5
    } else {
        limits.accel
    };
    run.wished = (
        towards(run.wished.0, linear, accel),
        towards(run.wished.1, angular, TURN_ACCEL * 2.0),
    );
    let setpoint = Setpoint::Base {
        output,
        linear_mps: run.wished.0,
        angular_radps: run.wished.1,
    };
    effects.push(Effect::Setpoint(setpoint, SETPOINT_VALID_MS));
}

/// Highest speed from which one stops within this distance.
fn braking(distance: f32, accel: f32) -> f32 {
    libm::sqrtf(2.0 * accel * BRAKE_SHARE * distance.max(0.0))
}

pub(super) fn stands(state: &State) -> bool {
    state
        .body
        .telemetry
        .as_ref()
        .is_none_or(|t| t.linear_mps.abs() < STANDS.0 && t.angular_radps.abs() < STANDS.1)
}

/// Free space ahead, where it is measured.
fn clearance(state: &State) -> Option<f32> {
    state
        .body
        .telemetry
        .as_ref()
        .map(|t| t.clearance_m)
        .filter(|c| *c >= 0.0)
}

/// Speed that the free space ahead allows, and whether that is none.
fn free(state: &State, keep: f32, accel: f32) -> (f32, bool) {
    match clearance(state) {
        Some(clear) => (braking(clear - keep, accel), clear <= keep),
        None => (f32::INFINITY, false),
    }
}

/// Keeps account of something in the way; after a while it is a failure.
fn blocked(run: &mut Run, now: Now, is: bool) -> Ended {
    if !is {
        run.blocked = None;
        return Ended::Not;
    }
    let since = *run.blocked.get_or_insert(now);
    if now.since(since) > BLOCKED_MS {
        Ended::Badly(speech::blocked(&run.lang).to_owned())
    } else {
        Ended::Not
    }
}

/// One tick of turning on the spot. Phase [`Phase::Turn`].
pub(super) fn turn(state: &State, run: &mut Run, now: Now, effects: &mut Vec<Effect>) -> Ended {
    let heading = state.scene.pose.heading.0;
    let Phase::Turn {
        by,
        done,
        heading: before,
    } = &mut run.phase
    else {
        return Ended::Well;
    };
    *done += Radians(heading - *before).wrapped().0;
    *before = heading;
    let left = *by - *done;
    if left.abs() <= TURNED_RAD {
        wish(state, run, now, 0.0, 0.0, effects);
        return if stands(state) { Ended::Well } else { Ended::Not };
    }
    spin(state, run, now, left, effects);
    Ended::Not
}

/// Wishes to turn on the spot by what is left.
pub(super) fn spin(state: &State, run: &mut Run, now: Now, left: f32, effects: &mut Vec<Effect>) {
    let speed = libm::sqrtf(2.0 * TURN_ACCEL * BRAKE_SHARE * left.abs()).max(0.06);
    wish(state, run, now, 0.0, speed.copysign(left), effects);
}

/// One tick of driving straight. Phase [`Phase::Straight`].
pub(super) fn straight(state: &State, run: &mut Run, now: Now, by: f32, effects: &mut Vec<Effect>) -> Ended {
    let (Phase::Straight { from }, Some(limits)) = (&run.phase, limits(state, run, now)) else {
        return Ended::Well;
    };
    let from = *from;
    let pose = state.scene.pose;
    let (sin, cos) = (libm::sinf(from.heading.0), libm::cosf(from.heading.0));
    let (dx, dy) = (pose.at.x - from.at.x, pose.at.y - from.at.y);
    let (along, aside) = (dx * cos + dy * sin, dy * cos - dx * sin);
    let left = (by.abs() - along * by.signum()).max(0.0);
    if left <= 0.015 {
        wish(state, run, now, 0.0, 0.0, effects);
        return if stands(state) { Ended::Well } else { Ended::Not };
    }
    let keep = state.robot.base.as_ref().map_or(0.0, |b| b.stop_distance_m.0);
    let (free, is_blocked) = if by > 0.0 {
        free(state, keep, limits.accel)
    } else {
        (f32::INFINITY, false)
    };
    let speed = braking(left, limits.accel)
        .max(CREEP_MPS)
        .min(limits.linear)
        .min(free);
    let error = Radians(from.heading.0 - pose.heading.0).wrapped().0;
    let steer = (1.5 * error - 0.8 * aside * by.signum()).clamp(-0.5, 0.5);
    let speed = if is_blocked { 0.0 } else { speed };
    wish(
        state,
        run,
        now,
        speed.copysign(by) * f32::from(u8::from(speed > 0.0)),
        if is_blocked { 0.0 } else { steer },
        effects,
    );
    blocked(run, now, is_blocked)
}

/// One tick towards a point. `along` is the way that remains until it has to stop (several legs in one line count as
/// one), `keep` the free space it leaves ahead.
pub(super) fn towards(
    state: &State,
    run: &mut Run,
    now: Now,
    to: Point,
    along: f32,
    keep: f32,
    effects: &mut Vec<Effect>,
) -> bool {
    let Some(limits) = limits(state, run, now) else {
        return false;
    };
    let (bearing, _) = state.scene.pose.sight(to);
    let error = bearing.0;
    if error.abs() > SPOT_RAD {
        if run.wished.0.abs() > 0.03 {
            wish(state, run, now, 0.0, 0.0, effects);
        } else {
            spin(state, run, now, error, effects);
        }
        return false;
    }
    let (free, is_blocked) = free(state, keep, limits.accel);
    let ahead = braking(along, limits.accel)
        .max(CREEP_MPS)
        .min(limits.linear)
        .min(free);
    let speed = if is_blocked {
        0.0
    } else {
        ahead * (1.0 - error.abs() / SPOT_RAD)
    };
    wish(
        state,
        run,
        now,
        speed,
        if is_blocked { 0.0 } else { 2.0 * error },
        effects,
    );
    is_blocked
}

/// One tick of driving a route. Phase [`Phase::Route`].
pub(super) fn route(state: &State, run: &mut Run, now: Now, effects: &mut Vec<Effect>) -> Ended {
    let Some(Skill::Go { route, .. }) = run.skill() else {
        return Ended::Well;
    };
    let Phase::Route { next, from } = &run.phase else {
        return Ended::Well;
    };
    let (mut next, mut from, here) = (*next, *from, state.scene.pose.at);
    while let Some(to) = route.get(next) {
        let last = next + 1 == route.len();
        let close = here.distance(*to).0;
        // Past it, and not far beside: no turning back for centimetres.
        let past =
            (here.x - to.x) * (to.x - from.x) + (here.y - to.y) * (to.y - from.y) > 0.0 && close < 0.25;
        let reached = close <= REACHED_M || past && (!last || close < 2.0 * REACHED_M);
        if !reached {
            break;
        }
        from = *to;
        next += 1;
    }
    let Some(to) = route.get(next).copied() else {
        wish(state, run, now, 0.0, 0.0, effects);
        return if stands(state) { Ended::Well } else { Ended::Not };
    };
    let mut along = here.distance(to).0;
    let mut leg = direction(here, to);
    for pair in route[next..].windows(2) {
        let following = direction(pair[0], pair[1]);
        if Radians(following - leg).wrapped().0.abs() > CORNER_RAD {
            break;
        }
        along += pair[0].distance(pair[1]).0;
        leg = following;
    }
    run.phase = Phase::Route { next, from };
    let keep = state.robot.base.as_ref().map_or(0.0, |b| b.stop_distance_m.0);
    let is_blocked = towards(state, run, now, to, along, keep, effects);
    blocked(run, now, is_blocked)
}

fn direction(a: Point, b: Point) -> f32 {
    libm::atan2f(b.y - a.y, b.x - a.x)
}

/// One tick of driving up to a point until `standoff` is left, then facing it. `lenient` is how far off it may still be
/// when something solid (what it stands on) is in the way.
pub(super) fn near(
    state: &State,
    run: &mut Run,
    now: Now,
    to: Point,
    standoff: f32,
    lenient: f32,
    effects: &mut Vec<Effect>,
) -> Ended {
    let (bearing, range) = state.scene.pose.sight(to);
    let left = range.0 - standoff;
    let blocked_here = clearance(state).is_some_and(|c| c <= NEAR_KEEP_M);
    if left > REACHED_M && !(blocked_here && left <= lenient && bearing.0.abs() < SPOT_RAD) {
        let is_blocked = towards(state, run, now, to, left, NEAR_KEEP_M, effects);
        return blocked(run, now, is_blocked);
    }
    if bearing.0.abs() > 2.0 * TURNED_RAD && range.0 > 0.1 {
        spin(state, run, now, bearing.0, effects);
        return Ended::Not;
    }
    wish(state, run, now, 0.0, 0.0, effects);
    if stands(state) { Ended::Well } else { Ended::Not }
}

/// Free space kept ahead while driving up to something on purpose, metres.
const NEAR_KEEP_M: f32 = 0.06;
