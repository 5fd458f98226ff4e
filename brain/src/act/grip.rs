//! The gripper: opens, closes, and believes only what the board feels.

use crate::act::{Ended, Phase, Run, output, send};
use crate::ground::Target;
use crate::message::Effect;
use crate::scene::Whereabouts;
use crate::speech;
use crate::step::State;
use crate::units::{Metres, Now, Radians};
use firmware_bridge::message::{Command, Outcome, OutputKind};

/// How much wider than the thing it opens.
const MARGIN_M: f32 = 0.03;

/// Longest time for the fingers to move.
const MOVE_MS: u64 = 5000;

/// Time after which fingers that stand still have closed on nothing.
const SETTLE_MS: u64 = 700;

/// One tick of taking: opens, then closes until something is felt.
pub(super) fn take(
    state: &mut State,
    run: &mut Run,
    now: Now,
    what: &Target,
    effects: &mut Vec<Effect>,
) -> Ended {
    let Some(gripper) = state.robot.gripper.clone() else {
        return Ended::Badly(speech::lacks(&run.lang, "gripper"));
    };
    let Some(id) = output(state, &gripper.output, OutputKind::Gripper) else {
        return Ended::Badly(speech::lacks(&run.lang, "gripper"));
    };
    let [narrow, wide] = gripper.width_m;
    let open = what.width.map_or(wide.0, |w| (w.0 + MARGIN_M).min(wide.0));
    let Phase::Grip { closing } = run.phase else {
        run.phase = Phase::Grip { closing: false };
        effects.push(send(
            state,
            run,
            now,
            Command::Gripper {
                output: id,
                opening_m: open,
            },
        ));
        return Ended::Not;
    };
    if let Some(refused) = refused(run) {
        return refused;
    }
    let (Some(awaited), Some(telemetry)) = (run.awaited, state.body.telemetry.as_ref()) else {
        return Ended::Not;
    };
    let (opening, holding) = (telemetry.gripper_m, telemetry.holding);
    let (done, age) = (awaited.outcome == Some(Outcome::Done), now.since(awaited.sent));
    if closing {
        if done && holding {
            state.held = Some(what.clone());
            if let Some(id) = &what.id {
                state.scene.moved.insert(id.clone(), Whereabouts::Held);
            }
            return Ended::Well;
        }
        let shut = opening <= narrow.0 + 0.004;
        if done && shut && age > SETTLE_MS || age > MOVE_MS {
            return Ended::Badly(speech::gripped_nothing(&run.lang).to_owned());
        }
    } else if done && (opening >= open - 0.006 || opening < 0.0) {
        run.phase = Phase::Grip { closing: true };
        effects.push(send(
            state,
            run,
            now,
            Command::Gripper {
                output: id,
                opening_m: narrow.0,
            },
        ));
    } else if age > MOVE_MS {
        return Ended::Badly(speech::gripper_stuck(&run.lang).to_owned());
    }
    Ended::Not
}

/// One tick of letting go; `to` is who or what receives it.
pub(super) fn release(
    state: &mut State,
    run: &mut Run,
    now: Now,
    to: Option<&Target>,
    handed: bool,
    effects: &mut Vec<Effect>,
) -> Ended {
    let Some(gripper) = state.robot.gripper.clone() else {
        return Ended::Badly(speech::lacks(&run.lang, "gripper"));
    };
    let Some(id) = output(state, &gripper.output, OutputKind::Gripper) else {
        return Ended::Badly(speech::lacks(&run.lang, "gripper"));
    };
    if !matches!(run.phase, Phase::Grip { .. }) {
        run.phase = Phase::Grip { closing: false };
        effects.push(send(
            state,
            run,
            now,
            Command::Gripper {
                output: id,
                opening_m: gripper.width_m[1].0,
            },
        ));
        return Ended::Not;
    }
    if let Some(refused) = refused(run) {
        return refused;
    }
    let (Some(awaited), Some(telemetry)) = (run.awaited, state.body.telemetry.as_ref()) else {
        return Ended::Not;
    };
    if awaited.outcome == Some(Outcome::Done) && !telemetry.holding {
        let thing = state.held.take();
        if let Some(id) = thing.and_then(|t| t.id) {
            let at = state.scene.pose.point(Radians(0.0), gripper.reach_m);
            let place = to.and_then(|t| t.id.clone());
            let whereabouts = match (handed, place) {
                (true, Some(person)) => Whereabouts::With(person),
                (_, place) => {
                    let height = to.and_then(|t| t.height).unwrap_or(Metres(0.0));
                    Whereabouts::At { at, height, place }
                }
            };
            state.scene.moved.insert(id, whereabouts);
        }
        return Ended::Well;
    }
    if now.since(awaited.sent) > MOVE_MS {
        return Ended::Badly(speech::gripper_stuck(&run.lang).to_owned());
    }
    Ended::Not
}

/// A failure where the board would not carry out the command.
pub(super) fn refused(run: &Run) -> Option<Ended> {
    match run.awaited.and_then(|a| a.outcome) {
        None | Some(Outcome::Done) => None,
        Some(other) => Some(Ended::Badly(speech::board_refused(&run.lang, other))),
    }
}
