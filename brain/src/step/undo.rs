//! Undo: the plan that takes back what was done last. It goes through the guard like any other.

use crate::guard::{Approved, Case, judge};
use crate::message::Utterance;
use crate::plan::route::{length, route};
use crate::plan::{Plan, Skill, Step};
use crate::reading::{Outcome, Reading};
use crate::scene::Whereabouts;
use crate::speech;
use crate::step::State;
use crate::step::decide::Decision;
use crate::step::talk::undoable;
use crate::units::{Metres, Now, Radians};

/// So near to where a plan began there is no way back to go, metres.
const NEAR_M: f32 = 0.1;

/// The steps that undo the last plan; `None` where nothing of it can be undone.
pub(super) fn plan(state: &State, lang: &str) -> Option<Vec<Step>> {
    let here = state.scene.pose.at;
    for skill in undoable(&state.dialogue.done) {
        let step = |s: Skill, way: Metres| s.step(0, way);
        match skill {
            // What was taken goes back to where the map had it.
            Skill::Take(what) if state.held.is_some() => {
                let at = what.at?;
                let mut way = route(&state.robot, here, at);
                way.pop();
                let mut steps = Vec::new();
                if !way.is_empty() {
                    let far = length(here, &way);
                    steps.push(step(
                        Skill::Go {
                            to: speech::the(lang, what),
                            route: way,
                        },
                        far,
                    ));
                }
                steps.push(step(Skill::Approach(what.clone()), Metres(5.0)));
                steps.push(step(Skill::Place(None), Metres(0.0)));
                return Some(steps);
            }
            Skill::Switch { output, on, what } => {
                let back = Skill::Switch {
                    output: output.clone(),
                    on: !on,
                    what: what.clone(),
                };
                return Some(vec![step(back, Metres(0.0))]);
            }
            // Back to where the plan began.
            Skill::Go { .. } | Skill::Approach(_) => {
                let from = state.dialogue.account.from?;
                let way = route(&state.robot, here, from.at);
                let far = length(here, &way);
                if far < Metres(NEAR_M) {
                    return None;
                }
                let to = speech::where_it_began(lang).to_owned();
                return Some(vec![step(Skill::Go { to, route: way }, far)]);
            }
            // What was handed over is the other's now.
            Skill::Give(_) => return None,
            Skill::Turn(Radians(by)) => return Some(vec![step(Skill::Turn(Radians(-by)), Metres(0.0))]),
            Skill::Drive(Metres(by)) => return Some(vec![step(Skill::Drive(Metres(-by)), Metres(by.abs()))]),
            // What was put down is picked up again.
            Skill::Place(_) => {
                let (id, _) = state
                    .scene
                    .moved
                    .iter()
                    .rev()
                    .find(|(_, w)| matches!(w, Whereabouts::At { .. }))?;
                let world = state.world(&[]);
                let thing = crate::ground::candidates::all(&world, lang)
                    .into_iter()
                    .find(|c| c.target.id.as_ref() == Some(id))?
                    .target;
                return Some(vec![
                    step(Skill::Approach(thing.clone()), Metres(5.0)),
                    step(Skill::Take(thing), Metres(0.0)),
                ]);
            }
            _ => {}
        }
    }
    None
}

/// The guard's word on it.
pub(super) fn decide(
    state: &State,
    now: Now,
    utterance: &Utterance,
    reading: &Reading,
    plan: Plan,
) -> (Decision, Option<Approved>) {
    let case = Case {
        plan: &plan,
        goals: &[],
        world: state.world(&[]),
        body: &state.body,
        now,
        source: utterance.source,
        dry_run: utterance.dry_run,
        // Who undoes has just had it done: it is not asked a second time.
        confirmed: true,
        lang: &reading.lang,
    };
    let mut decision = Decision {
        plan: Some(plan.clone()),
        ..Decision::default()
    };
    match judge(&case) {
        Ok((approved, verdict)) => {
            decision.outcome = Some(Outcome::Act);
            decision.verdict = Some(verdict);
            (decision, Some(approved))
        }
        Err(verdict) => {
            decision.outcome = Some(verdict.outcome);
            decision.reason = verdict.reason;
            decision.say.clone_from(&verdict.say);
            decision.verdict = Some(verdict);
            (decision, None)
        }
    }
}
