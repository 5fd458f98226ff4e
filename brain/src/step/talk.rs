//! One utterance: what it does to the dialogue, and what is answered.

use crate::act::{self, stop};
use crate::ground::bind::{Binding, Wants, bind};
use crate::ground::{Kind, Memory, Question, Settled, Target, World};
use crate::message::{Effect, Latch, Utterance};
use crate::plan::{Plan, Skill, Step};
use crate::reading::{Act, Answer, Filler, Frame, Outcome, Reading, Reason, Role};
use crate::reply::Reply;
use crate::speech;
use crate::step::decide::{Decision, Manner, decide};
use crate::step::dialogue::{Last, Next, Open};
use crate::step::{State, about, undo};
use crate::understand::about::topic;
use crate::understand::dialogue::{again, also};
use crate::understand::judge::acted_on;
use crate::understand::say::unknown_answer;
use crate::understand::words::{Cutter, tokens};
use crate::understand::{filler, packs};
use crate::units::{Now, Score};

/// Takes one utterance with its reading.
pub(super) fn hear(state: &mut State, now: Now, utterance: &Utterance, reading: Reading) -> Vec<Effect> {
    let stops = reading.outcome == Outcome::Act && reading.tasks.iter().any(|t| t.frame == Frame::Stopping);
    if stops {
        return halt(state, utterance, reading);
    }
    if !utterance.dry_run {
        state.dialogue.lang.clone_from(&reading.lang);
    }
    if let Some(reading) = told(state, &reading) {
        let decision = Decision {
            outcome: Some(Outcome::Act),
            say: reading.answer.as_ref().map(|answer| answer.text.clone()),
            ..Decision::default()
        };
        return vec![reply(state, utterance, reading, decision)];
    }
    let reading = unanswered(reading);
    let open = state.dialogue.open.clone();
    if let Some(open) = &open
        && let Some(whole) = amended(state, open, &utterance.text)
    {
        let asked_by = Utterance {
            source: open.source,
            ..utterance.clone()
        };
        return command(state, now, &asked_by, whole, &open.settled, false);
    }
    if open.is_none()
        && again(&utterance.text)
        && let Some(last) = state.dialogue.last.clone()
    {
        return command(state, now, utterance, last.reading, &last.settled, false);
    }
    if open.is_none()
        && state.dialogue.last.is_some()
        && let Some(span) = also(&utterance.text)
    {
        let cutter = Cutter::new(&utterance.text);
        let named = filler(Role::Theme, span, &cutter, &reading.lang);
        let reading = Reading {
            act: Act::Command,
            named: Some(named),
            tasks: Vec::new(),
            ..reading
        };
        return corrected(state, now, utterance, reading);
    }
    match (reading.act, open) {
        (Act::Confirm | Act::Deny | Act::Choose | Act::Correct, Some(open)) if reading.tasks.is_empty() => {
            answer(state, now, utterance, reading, open)
        }
        (Act::Cancel, open) => cancel(state, utterance, reading, open.is_some()),
        (Act::Confirm, None) if state.body.latch == Latch::Protective => {
            // A spoken yes may end a protective stop, never an emergency stop.
            let mut effects = stop::resume(state, now);
            let say = effects.iter().find_map(|e| match e {
                Effect::Say(text) => Some(text.clone()),
                _ => None,
            });
            effects.retain(|e| !matches!(e, Effect::Say(_)));
            let decision = Decision {
                outcome: Some(Outcome::Act),
                say,
                ..Decision::default()
            };
            effects.insert(0, reply(state, utterance, reading, decision));
            effects
        }
        (Act::Repeat, _) if reading.tasks.is_empty() => {
            let say = state.dialogue.said.clone();
            let decision = match say {
                Some(say) => Decision {
                    outcome: Some(Outcome::Act),
                    say: Some(say),
                    ..Decision::default()
                },
                None => nothing_open(&reading),
            };
            vec![reply(state, utterance, reading, decision)]
        }
        (Act::Correct, None) if reading.tasks.is_empty() => corrected(state, now, utterance, reading),
        (Act::Undo, _) => undone(state, now, utterance, reading),
        (Act::Confirm | Act::Deny | Act::Choose, None) => {
            let decision = nothing_open(&reading);
            vec![reply(state, utterance, reading, decision)]
        }
        (_, Some(open)) if reading.named.is_some() && reading.tasks.is_empty() => {
            answer(state, now, utterance, reading, open)
        }
        _ => command(state, now, utterance, reading, &[], false),
    }
}

/// The reading of a question that a pack or the robot's own state answers. A question that waits for an answer stays open.
fn told(state: &State, reading: &Reading) -> Option<Reading> {
    let mut reading = reading.clone();
    if reading.answer.is_none() {
        let topic = topic(&reading.text)?;
        let means_more = reading.outcome == Outcome::Act && reading.tasks.iter().any(acted_on);
        if (means_more && about::yields(&topic))
            || (reading.act == Act::Confirm && state.dialogue.open.is_some())
        {
            return None;
        }
        let text = about::answer(state, &topic, &reading.lang)?;
        reading.answer = Some(Answer {
            text,
            source: "the robot's own state".to_owned(),
            score: Score(1.0),
        });
    }
    reading.act = Act::Question;
    reading.outcome = Outcome::Act;
    reading.reason = None;
    reading.say = None;
    reading.tasks = Vec::new();
    reading.named = None;
    Some(reading)
}

/// Where the state has no answer, none is promised from it.
fn unanswered(mut reading: Reading) -> Reading {
    if reading.act == Act::Question && reading.outcome == Outcome::Ignore && topic(&reading.text).is_some() {
        reading.say = Some(unknown_answer(&reading.lang));
    }
    reading
}

/// The reading that an open question is about, with its answer in it: a value for a pack's slot, or which of two frames.
fn amended(state: &State, open: &Open, text: &str) -> Option<Reading> {
    if open.question.reason != Reason::NearTie {
        return packs::amended(&open.reading, text, &state.packs);
    }
    let words = tokens(text);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.text.as_str()));
    if words.len() > 6 || says(&["no", "neither", "nessuno"]) {
        return None;
    }
    let first = says(&["first", "former", "prima", "primo"]);
    let second = says(&[
        "second", "latter", "last", "other", "seconda", "secondo", "altra", "altro",
    ]);
    let mut whole = open.reading.clone();
    if second && !first {
        let rival = whole.rival.take()?;
        whole.tasks.get_mut(rival.task as usize)?.frame = rival.frame;
    } else if !first {
        return None;
    }
    whole.outcome = Outcome::Act;
    (whole.reason, whole.say) = (None, None);
    Some(whole)
}

/// Begins the command that waited for the plan before it, when that ended well; drops it when it did not.
pub(super) fn next(state: &mut State, now: Now) -> Vec<Effect> {
    if state.run.is_some() {
        return Vec::new();
    }
    let Some(next) = state.dialogue.next.take() else {
        return Vec::new();
    };
    if !matches!(state.dialogue.account.ended, Some((_, None))) {
        return Vec::new();
    }
    let Next {
        utterance,
        reading,
        settled,
    } = *next;
    let effects = command(state, now, &utterance, reading, &settled, false);
    // It was replied to when it was said.
    let spoken = |effect: Effect| match effect {
        Effect::Reply(reply) => reply.say.map(Effect::Say),
        other => Some(other),
    };
    effects.into_iter().filter_map(spoken).collect()
}

/// A stop word: nothing comes before it.
fn halt(state: &mut State, utterance: &Utterance, reading: Reading) -> Vec<Effect> {
    let mut effects = if utterance.dry_run {
        Vec::new()
    } else {
        state.dialogue.open = None;
        stop::trip(state, Latch::Halt, "you said stop")
    };
    let step = Skill::Stop.step(0, crate::units::Metres(0.0));
    let decision = Decision {
        outcome: Some(Outcome::Act),
        say: Some(speech::halted(&reading.lang).to_owned()),
        plan: Some(Plan {
            steps: vec![step],
            speed: None,
        }),
        ..Decision::default()
    };
    effects.push(reply(state, utterance, reading, decision));
    effects
}

fn nothing_open(reading: &Reading) -> Decision {
    Decision {
        outcome: Some(Outcome::Ignore),
        reason: Some(Reason::NothingOpen),
        say: Some(
            reading
                .say
                .clone()
                .unwrap_or_else(|| speech::nothing_open(&reading.lang).to_owned()),
        ),
        ..Decision::default()
    }
}

/// A command, a question, a remark.
fn command(
    state: &mut State,
    now: Now,
    utterance: &Utterance,
    reading: Reading,
    settled: &[Settled],
    confirmed: bool,
) -> Vec<Effect> {
    let manner = Manner {
        now,
        source: utterance.source,
        dry_run: utterance.dry_run,
        confirmed,
        settled,
    };
    let mut decision = decide(state, &reading, manner);
    let approved = decision.approved.take();
    if utterance.dry_run {
        return vec![reply(state, utterance, reading, decision)];
    }
    match (approved.is_some(), decision.outcome) {
        (true, _) => {
            state.dialogue.account.did = Some(utterance.text.clone());
            state.dialogue.account.refused = None;
            state.dialogue.next = None;
        }
        (false, Some(Outcome::Refuse | Outcome::Ask)) => {
            state.dialogue.account.refused.clone_from(&decision.say);
        }
        _ => {}
    }
    if !decision.goals.is_empty() && decision.outcome != Some(Outcome::Ignore) {
        state.dialogue.memory.note(&decision.goals);
        state.dialogue.last = Some(Last {
            reading: reading.clone(),
            goals: decision.goals.clone(),
            settled: settled.to_vec(),
        });
    }
    if let Some(question) = decision.question.clone() {
        state.dialogue.open = Some(Open {
            question,
            reading: reading.clone(),
            settled: settled.to_vec(),
            asked: now,
            utterance: utterance.id,
            source: utterance.source,
        });
    } else if decision.outcome != Some(Outcome::Ignore) {
        state.dialogue.open = None;
    }
    let lang = reading.lang.clone();
    let mut effects = vec![reply(state, utterance, reading, decision)];
    if let Some(approved) = approved {
        effects.extend(act::start(state, now, approved, utterance.id, &lang));
    }
    effects
}

/// An answer to the open question.
fn answer(state: &mut State, now: Now, utterance: &Utterance, reading: Reading, open: Open) -> Vec<Effect> {
    let question = &open.question;
    let offered = question.choices.len();
    let no = reading.act == Act::Deny && reading.named.is_none() && reading.choice.is_none();
    if no {
        return cancel(state, utterance, reading, true);
    }
    let chosen = match (reading.choice, &reading.named, reading.act) {
        (Some(choice), _, _) => question.choices.get(choice as usize).cloned().map(chose),
        // "Do you mean the cup?" "Yes."
        (None, None, Act::Confirm) if offered == 1 => question.choices.first().cloned().map(chose),
        (None, Some(named), _) => match named_choice(state, &reading, named, &open, None) {
            Ok(target) => Some(target),
            Err(say) => return ask_again(state, now, utterance, reading, open, say),
        },
        _ => None,
    };
    // The answer is about what was asked: its words are the new reading's, its task the old one's.
    let mut whole = open.reading.clone();
    let mut settled = open.settled.clone();
    let yes = reading.act == Act::Confirm && question.role.is_none();
    // A yes to "did you mean …?" is no yes to what the policy wants confirmed.
    let confirmed = yes && question.reason == Reason::NeedsConfirmation;
    match (chosen, &question.role) {
        (Some(target), Some(role)) => {
            settled.retain(|s| !(s.task == question.task && s.role == *role));
            settled.push(Settled {
                task: question.task,
                role: role.clone(),
                target,
            });
            whole.outcome = Outcome::Act;
            whole.reason = None;
            whole.say = None;
        }
        (Some(_), None) => {}
        (None, _) if yes => {
            whole.outcome = Outcome::Act;
            whole.reason = None;
            whole.say = None;
        }
        (None, _) => {
            let say = question.say.clone();
            return ask_again(state, now, utterance, reading, open, say);
        }
    }
    if !utterance.dry_run {
        state.dialogue.open = None;
    }
    let asked_by = Utterance {
        source: open.source,
        ..utterance.clone()
    };
    command(state, now, &asked_by, whole, &settled, confirmed)
}

fn chose(mut target: Target) -> Target {
    target.chosen = "you chose it".to_owned();
    target
}

/// The thing that an answer names: among the choices first, then among everything. "The other one" is other than the thing
/// `than`, or than what was spoken of last.
fn named_choice(
    state: &State,
    reading: &Reading,
    named: &Filler,
    open: &Open,
    than: Option<&Target>,
) -> Result<Target, String> {
    let lang = reading.lang.as_str();
    let choices = &open.question.choices;
    let memory = Memory {
        thing: than.or(state.dialogue.memory.thing.as_ref()).cloned(),
        ..state.dialogue.memory.clone()
    };
    let world = World {
        memory: &memory,
        ..state.world(choices)
    };
    let mut bound = bind(&named.text, Wants::Any, &[], &world, lang);
    if let Binding::Many(many) = &bound {
        let offered: Vec<Target> = many
            .iter()
            .filter(|t| choices.iter().any(|c| crate::ground::bind::same(c, t)))
            .cloned()
            .collect();
        if offered.len() == 1 {
            bound = Binding::One(Box::new(offered[0].clone()));
        }
    }
    match bound {
        Binding::One(target) => Ok(chose(*target)),
        Binding::Many(mut many) => {
            speech::tell_apart(&mut many, &state.robot, lang);
            Err(speech::which(lang, &named.text, &many))
        }
        Binding::Unknown { words, near } => Err(speech::unknown(lang, &words, &near, &[], state.knows)),
        Binding::Dangling => Err(open.question.say.clone()),
    }
}

/// "No, the blue one": the last command again, with another thing, place or person.
fn corrected(state: &mut State, now: Now, utterance: &Utterance, reading: Reading) -> Vec<Effect> {
    let last = state.dialogue.last.clone();
    let (Some(last), Some(named)) = (last, reading.named.clone()) else {
        let decision = nothing_open(&reading);
        return vec![reply(state, utterance, reading, decision)];
    };
    // What was meant instead is of the kind of something that was spoken of.
    let open = Open {
        question: Question {
            reason: Reason::UnknownEntity,
            task: 0,
            role: None,
            choices: Vec::new(),
            say: speech::dangling(&reading.lang, &named.text),
        },
        reading: last.reading.clone(),
        settled: last.settled.clone(),
        asked: now,
        utterance: utterance.id,
        source: utterance.source,
    };
    // "the other one" is other than the thing that was to be moved, rather than than where it was to go.
    let moved = last
        .goals
        .iter()
        .flat_map(|goal| &goal.roles)
        .find(|bound| bound.filler.role == Role::Theme);
    let other = tokens(&named.text)
        .iter()
        .any(|word| matches!(word.text.as_str(), "other" | "altro" | "altra"));
    let than = moved.and_then(|bound| bound.target.as_ref()).filter(|_| other);
    let target = match named_choice(state, &reading, &named, &open, than) {
        Ok(target) => target,
        Err(say) => {
            let decision = Decision {
                outcome: Some(Outcome::Ask),
                reason: Some(Reason::UnknownEntity),
                say: Some(say),
                ..Decision::default()
            };
            return vec![reply(state, utterance, reading, decision)];
        }
    };
    let bound = last
        .goals
        .iter()
        .flat_map(|g| g.roles.iter().map(move |b| (g.task, b)));
    // A cup stands in for a cup before it does for the table that the cup was to go to.
    let kin = |class: bool| {
        let fits = |t: &Target| alike(t, &target) && (!class || t.class == target.class);
        bound
            .clone()
            .rev()
            .find(|(_, b)| b.target.as_ref().is_some_and(fits))
    };
    let place = kin(true).or_else(|| kin(false));
    let Some((task, role)) = place.map(|(task, b)| (task, b.filler.role.clone())) else {
        let decision = nothing_open(&reading);
        return vec![reply(state, utterance, reading, decision)];
    };
    let mut settled = last.settled;
    settled.retain(|s| !(s.task == task && s.role == role));
    settled.push(Settled { task, role, target });
    // Another thing for the same command waits for its turn; another thing instead does not.
    if reading.act == Act::Command && state.run.is_some() && !utterance.dry_run {
        let decision = Decision {
            outcome: Some(Outcome::Act),
            say: Some(speech::after_this(&reading.lang).to_owned()),
            ..Decision::default()
        };
        state.dialogue.next = Some(Box::new(Next {
            utterance: utterance.clone(),
            reading: last.reading,
            settled,
        }));
        return vec![reply(state, utterance, reading, decision)];
    }
    command(state, now, utterance, last.reading, &settled, false)
}

/// Whether one may stand in for the other in a command.
fn alike(a: &Target, b: &Target) -> bool {
    let sort = |kind: Kind| match kind {
        Kind::Person | Kind::Speaker => 0,
        Kind::Place => 1,
        Kind::Thing | Kind::Sought => 2,
        Kind::Device => 3,
        Kind::Robot => 4,
    };
    sort(a.kind) == sort(b.kind)
}

/// The question stays open; it is asked once more.
fn ask_again(
    state: &mut State,
    now: Now,
    utterance: &Utterance,
    reading: Reading,
    mut open: Open,
    say: String,
) -> Vec<Effect> {
    let reason = open.question.reason;
    open.asked = now;
    if !utterance.dry_run {
        state.dialogue.open = Some(open);
    }
    let decision = Decision {
        outcome: Some(Outcome::Ask),
        reason: Some(reason),
        say: Some(say),
        ..Decision::default()
    };
    vec![reply(state, utterance, reading, decision)]
}

/// "Never mind", or a no to a question.
fn cancel(state: &mut State, utterance: &Utterance, reading: Reading, was_open: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut decision = Decision {
        outcome: Some(Outcome::Act),
        ..Decision::default()
    };
    if was_open {
        decision.say = Some(speech::left_it(&reading.lang).to_owned());
    } else if state.run.is_some() {
        decision.say = Some(speech::cancelled(&reading.lang).to_owned());
        if !utterance.dry_run {
            effects = act::abandon(state, "cancelled");
        }
    } else {
        decision = nothing_open(&reading);
    }
    if !utterance.dry_run {
        state.dialogue.open = None;
    }
    effects.push(reply(state, utterance, reading, decision));
    effects
}

/// "Put it back": the plan that undoes what was done last, through the guard like any other.
///
/// What runs is meant before what has ended: as far as it has come, it is taken back.
fn undone(state: &mut State, now: Now, utterance: &Utterance, reading: Reading) -> Vec<Effect> {
    let before = (state.dialogue.done.clone(), state.dialogue.account.from);
    if let Some(run) = &state.run {
        let begun = run.plan().steps.iter().take(run.step() + 1);
        state.dialogue.done = begun.cloned().collect();
        state.dialogue.account.from = Some(state.dialogue.account.began);
    }
    let planned = undo::plan(state, &reading.lang);
    if planned.is_none() || utterance.dry_run {
        (state.dialogue.done, state.dialogue.account.from) = before;
    }
    let Some(steps) = planned else {
        let decision = Decision {
            outcome: Some(Outcome::Ignore),
            reason: Some(Reason::NothingOpen),
            say: Some(speech::nothing_to_undo(&reading.lang).to_owned()),
            ..Decision::default()
        };
        return vec![reply(state, utterance, reading, decision)];
    };
    let (mut decision, approved) = undo::decide(state, now, utterance, &reading, Plan { steps, speed: None });
    let lang = reading.lang.clone();
    decision.goals = Vec::new();
    let mut effects = vec![reply(state, utterance, reading, decision)];
    if let (Some(approved), false) = (approved, utterance.dry_run) {
        effects.extend(act::start(state, now, approved, utterance.id, &lang));
    }
    effects
}

fn reply(state: &mut State, utterance: &Utterance, reading: Reading, decision: Decision) -> Effect {
    if let (Some(say), false) = (&decision.say, utterance.dry_run) {
        state.dialogue.said = Some(say.clone());
    }
    Effect::Reply(Box::new(Reply {
        utterance: utterance.id,
        said: utterance.text.clone(),
        outcome: decision.outcome.unwrap_or(reading.outcome),
        reason: decision.reason,
        say: decision.say,
        reading,
        scene: state.scene.clone(),
        goals: decision.goals,
        plan: decision.plan,
        verdict: decision.verdict,
    }))
}

/// Drops a question nobody answered, and says so.
pub(super) fn expire(state: &mut State, now: Now) -> Vec<Effect> {
    let timeout = u64::from(state.robot.policy.question_timeout_ms);
    match &state.dialogue.open {
        Some(open) if now.since(open.asked) > timeout => {
            let say = speech::question_dropped(&open.reading.lang).to_owned();
            state.dialogue.open = None;
            vec![Effect::Say(say)]
        }
        _ => Vec::new(),
    }
}

/// The role that a frame needs most and that was not said.
#[must_use]
pub fn missing_role(frame: &Frame, roles: &[Filler]) -> Role {
    let needs: &[Role] = match frame {
        Frame::Bringing | Frame::Taking | Frame::Giving | Frame::Guiding => &[Role::Theme, Role::Goal],
        Frame::Placing => &[Role::Theme, Role::Goal],
        Frame::Locating => &[Role::SoughtEntity],
        Frame::Inspecting => &[Role::Ground],
        Frame::PerceptionActive => &[Role::Phenomenon],
        Frame::ChangeOperationalState => &[Role::Device],
        Frame::Cotheme => &[Role::Cotheme],
        Frame::Counting | Frame::BeingLocated => &[Role::Theme],
        Frame::Statement | Frame::Questioning => &[Role::Message],
        Frame::Manipulation => &[Role::Entity],
        _ => &[Role::Goal],
    };
    let open = needs.iter().find(|r| !roles.iter().any(|f| f.role == **r));
    open.or(needs.first()).cloned().unwrap_or(Role::Goal)
}

/// Kept for undo: which steps may be undone.
pub(super) fn undoable(steps: &[Step]) -> impl Iterator<Item = &Skill> {
    steps.iter().rev().map(|s| &s.skill)
}
