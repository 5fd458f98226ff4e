//! Looking around: pans the head over a sweep, then turns the body and sweeps again.

use crate::act::{Ended, Phase, Run, SETPOINT_VALID_MS, drive, joint, output};
use crate::ground::{Kind, Target, lexicon};
use crate::message::Effect;
use crate::plan::Skill;
use crate::scene::Track;
use crate::speech;
use crate::step::{Knows, State};
use crate::units::{Now, Radians};
use firmware_bridge::message::{OutputKind, Setpoint};

/// Where the head looks in one sweep, degrees, left positive.
const SWEEP_DEG: [f32; 5] = [0.0, 45.0, -45.0, 85.0, -85.0];

/// Spots without a head: the body turns by this at each, degrees.
const BODY_DEG: f32 = 45.0;

/// The head is where it was sent within this, radians.
const AT_REST_RAD: f32 = 0.06;

/// Longest wait for the head, then for a frame, at one spot.
const SPOT_MS: u64 = 2500;

/// Whether a track is what is sought.
pub(super) fn matches(track: &Track, what: &Target) -> bool {
    let person = matches!(what.kind, Kind::Person | Kind::Speaker);
    let class = if person {
        "person"
    } else {
        lexicon::entry(&what.class).map_or(what.class.as_str(), |e| e.class)
    };
    track.label == class
        && what
            .color
            .as_ref()
            .is_none_or(|c| person || track.colors.contains(c))
}

/// Wishes the head to look there.
pub(super) fn head(state: &State, run: &mut Run, pan: Radians, tilt: Radians, effects: &mut Vec<Effect>) {
    let Some(head) = &state.robot.head else { return };
    let clamp = |angle: Radians, [low, high]: [crate::units::Degrees; 2]| {
        angle
            .0
            .clamp(low.radians().0, high.radians().0.max(low.radians().0))
    };
    let pan = clamp(pan, head.pan_range_deg);
    let tilt = clamp(tilt, head.tilt_range_deg);
    run.head = Some((Radians(pan), Radians(tilt)));
    let joints = [(Some(&head.pan), pan), (head.tilt.as_ref(), tilt)];
    for (name, angle_rad) in joints {
        if let Some(output) = name.and_then(|n| output(state, n, OutputKind::Joint)) {
            effects.push(Effect::Setpoint(
                Setpoint::Joint { output, angle_rad },
                SETPOINT_VALID_MS,
            ));
        }
    }
}

/// Whether the head is where it was last sent.
pub(super) fn head_rests(state: &State, run: &Run) -> bool {
    let (Some(head), Some((pan, _))) = (&state.robot.head, run.head) else {
        return true;
    };
    joint(state, &head.pan).is_none_or(|angle| (angle - pan.0).abs() <= AT_REST_RAD)
}

/// One tick of looking. Phase [`Phase::Look`].
pub(super) fn tick(
    state: &State,
    run: &mut Run,
    now: Now,
    what: &Target,
    all: bool,
    effects: &mut Vec<Effect>,
) -> Ended {
    let Phase::Look {
        mut spot,
        mut rest,
        mut turn,
        mut seen,
        then,
    } = std::mem::replace(&mut run.phase, Phase::Begin)
    else {
        return Ended::Badly(String::new());
    };
    // The picture is all there is: what is in it counts, whenever it was taken.
    let picture = state.knows == Knows::Picture;
    for track in state
        .scene
        .tracks
        .iter()
        .filter(|t| (picture && t.visible || t.last >= run.began) && matches(t, what))
    {
        if !all {
            run.found = Some(found(track, what));
            run.phase = *then;
            drive::wish(state, run, now, 0.0, 0.0, effects);
            return Ended::Well;
        }
        if !seen.contains(&track.id.0) {
            run.found.get_or_insert_with(|| found(track, what));
            seen.push(track.id.0);
        }
    }
    let ended = if picture {
        Ended::Badly(speech::not_found(&run.lang, &what.label))
    } else {
        spot_tick(state, run, now, &mut spot, &mut rest, &mut turn, effects)
    };
    if let Ended::Badly(_) = ended
        && all
    {
        run.counted = Some(seen.len() as u32);
        run.phase = *then;
        return Ended::Well;
    }
    run.phase = Phase::Look {
        spot,
        rest,
        turn,
        seen,
        then,
    };
    ended
}

/// Moves the sweep on; `Badly` when it is through and nothing was found.
fn spot_tick(
    state: &State,
    run: &mut Run,
    now: Now,
    spot: &mut usize,
    rest: &mut Option<Now>,
    turn: &mut Option<(f32, f32)>,
    effects: &mut Vec<Effect>,
) -> Ended {
    let has_head = state.robot.head.is_some();
    let has_base = state.robot.base.is_some();
    let sweep = if has_head { SWEEP_DEG.len() } else { 1 };
    let turns = match (has_base, has_head) {
        (true, true) => 2,
        (true, false) => (360.0 / BODY_DEG) as usize,
        _ => 1,
    };
    if *spot >= sweep * turns {
        head(state, run, Radians(0.0), Radians(0.0), effects);
        let what = match run.skill() {
            Some(Skill::LookFor { what, .. } | Skill::Approach(what) | Skill::Follow(what)) => {
                what.label.clone()
            }
            _ => String::new(),
        };
        return Ended::Badly(speech::not_found(&run.lang, &what));
    }
    if let Some((left, heading)) = turn {
        let at = state.scene.pose.heading.0;
        *left -= Radians(at - *heading).wrapped().0;
        *heading = at;
        if left.abs() > drive::TURNED_RAD {
            let left = *left;
            drive::spin(state, run, now, left, effects);
            return Ended::Not;
        }
        drive::wish(state, run, now, 0.0, 0.0, effects);
        if drive::stands(state) {
            *turn = None;
        }
        return Ended::Not;
    }
    if has_head {
        head(
            state,
            run,
            Radians::from_degrees(SWEEP_DEG[*spot % sweep]),
            Radians(0.0),
            effects,
        );
    }
    let since = match *rest {
        Some(since) => since,
        None if head_rests(state, run) => *rest.insert(now),
        None => return Ended::Not,
    };
    // A frame taken after the head came to rest has been looked at, or none comes.
    let looked = state.scene.frame.is_some_and(|f| f > since);
    if looked || now.since(since) > SPOT_MS {
        *spot += 1;
        *rest = None;
        if spot.is_multiple_of(sweep) && *spot < sweep * turns {
            let by = if has_head {
                core::f32::consts::PI
            } else {
                Radians::from_degrees(BODY_DEG).0
            };
            *turn = Some((by, state.scene.pose.heading.0));
        }
    }
    Ended::Not
}

/// What is sought, with where it was seen.
pub(super) fn found(track: &Track, what: &Target) -> Target {
    let mut target = what.clone();
    if target.kind == Kind::Sought {
        target.kind = if track.label == "person" {
            Kind::Person
        } else {
            Kind::Thing
        };
    }
    target.track = Some(track.id);
    target.bbox = Some(track.bbox);
    target.bearing = Some(track.bearing);
    target.range = track.range.or(target.range);
    target.at = track.at.or(target.at);
    target
}
