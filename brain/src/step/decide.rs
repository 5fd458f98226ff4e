//! From a reading to a decision: the guard's word on the words, grounding, planning, the guard's word on the plan.

use crate::ground::{Goal, Question, Settled, ground};
use crate::guard::{Approved, Case, Verdict, judge, judge_words};
use crate::message::Source;
use crate::plan::{Plan, plan};
use crate::reading::{Mood, Outcome, Reading, Reason};
use crate::speech;
use crate::step::State;
use crate::understand::packs::fill;
use crate::understand::{conditions, ellipsis};
use crate::units::Now;

/// What was decided about one reading.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub outcome: Option<Outcome>,
    pub reason: Option<Reason>,
    pub say: Option<String>,
    pub goals: Vec<Goal>,
    pub plan: Option<Plan>,
    pub verdict: Option<Verdict>,
    pub question: Option<Question>,
    pub approved: Option<Approved>,
}

/// How a reading came, beside its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner<'a> {
    pub now: Now,
    pub source: Source,
    pub dry_run: bool,
    /// A person said yes to what was asked.
    pub confirmed: bool,
    /// What was answered to earlier questions.
    pub settled: &'a [Settled],
}

/// Decides about a reading. Pure: nothing is begun.
pub(super) fn decide(state: &State, reading: &Reading, manner: Manner<'_>) -> Decision {
    let carried = fill::carried_out(reading, &state.packs);
    let reading = carried.as_ref().unwrap_or(reading);
    let supplied = ellipsis::supplied(reading);
    let reading = supplied.as_ref().unwrap_or(reading);
    let looked = conditions::carried_out(reading);
    let reading = looked.as_ref().unwrap_or(reading);
    let world = state.world(&[]);
    let grounding = ground(reading, &world, manner.settled);
    let mut decision = Decision {
        goals: grounding.goals,
        ..Decision::default()
    };
    if let Some(verdict) = judge_words(reading, &decision.goals, &world) {
        decision.outcome = Some(verdict.outcome);
        decision.reason = verdict.reason;
        decision.say.clone_from(&verdict.say);
        decision.verdict = Some(verdict);
        return decision;
    }
    if reading.outcome != Outcome::Act {
        decision.outcome = Some(reading.outcome);
        decision.reason = reading.reason;
        decision.say.clone_from(&reading.say);
        if reading.outcome == Outcome::Ask {
            decision.question = Some(open_words(reading));
        }
        return decision;
    }
    if let Some(condition) = conditions::beyond(reading) {
        let say = speech::cannot_tell(&reading.lang, &condition.text);
        decision.outcome = Some(Outcome::Refuse);
        decision.reason = Some(Reason::NotCapable);
        decision.say = Some(say.clone());
        decision.verdict = Some(Verdict {
            outcome: Outcome::Refuse,
            reason: Some(Reason::NotCapable),
            rules: vec!["condition".to_owned()],
            say: Some(say),
        });
        return decision;
    }
    let doable = |mood: Mood| matches!(mood, Mood::Command | Mood::Description | Mood::Question);
    let goals: Vec<Goal> = decision
        .goals
        .iter()
        .filter(|g| doable(g.mood))
        .cloned()
        .collect();
    if goals.is_empty() {
        decision.outcome = Some(if reading.answer.is_some() {
            Outcome::Act
        } else {
            reading.outcome
        });
        decision.reason = reading.reason;
        decision.say = reading
            .answer
            .as_ref()
            .map(|a| a.text.clone())
            .or_else(|| reading.say.clone());
        return decision;
    }
    if let Some(question) = grounding
        .questions
        .into_iter()
        .find(|q| goals.iter().any(|g| g.task == q.task))
    {
        decision.outcome = Some(Outcome::Ask);
        decision.reason = Some(question.reason);
        decision.say = Some(question.say.clone());
        decision.question = Some(question);
        return decision;
    }
    let plan = match plan(&goals, &world, &reading.lang) {
        Ok(plan) => plan,
        Err(refusal) => {
            let asks = refusal.reason == Reason::MissingRole;
            decision.outcome = Some(if asks { Outcome::Ask } else { Outcome::Refuse });
            decision.reason = Some(refusal.reason);
            decision.say = Some(refusal.say.clone());
            if asks {
                let mut question = open_words(reading);
                question.say.clone_from(&refusal.say);
                question.reason = refusal.reason;
                decision.question = Some(question);
            } else {
                decision.verdict = Some(Verdict {
                    outcome: Outcome::Refuse,
                    reason: Some(refusal.reason),
                    rules: refusal.rules,
                    say: Some(refusal.say),
                });
            }
            return decision;
        }
    };
    let case = Case {
        plan: &plan,
        goals: &goals,
        world,
        body: &state.body,
        now: manner.now,
        source: manner.source,
        dry_run: manner.dry_run,
        confirmed: manner.confirmed,
        lang: &reading.lang,
    };
    match judge(&case) {
        Ok((approved, verdict)) => {
            decision.outcome = Some(Outcome::Act);
            decision.say = reading
                .say
                .clone()
                .or_else(|| any_taken(&decision.goals, &reading.lang));
            decision.approved = Some(approved);
            decision.verdict = Some(verdict);
        }
        Err(verdict) => {
            decision.outcome = Some(verdict.outcome);
            decision.reason = verdict.reason;
            decision.say.clone_from(&verdict.say);
            if verdict.outcome == Outcome::Ask {
                decision.question = Some(Question {
                    reason: Reason::NeedsConfirmation,
                    task: 0,
                    role: None,
                    choices: Vec::new(),
                    say: verdict.say.clone().unwrap_or_default(),
                });
            }
            decision.verdict = Some(verdict);
        }
    }
    decision.plan = Some(plan);
    decision
}

/// Names what was picked where any would do.
fn any_taken(goals: &[Goal], lang: &str) -> Option<String> {
    let targets = goals
        .iter()
        .flat_map(|g| &g.roles)
        .filter_map(|b| b.target.as_ref());
    let any = targets.into_iter().find(|t| t.chosen.starts_with("any "))?;
    Some(speech::picked(lang, &speech::the(lang, any)))
}

/// The question that the words alone raise: a missing role, a near tie, little confidence.
fn open_words(reading: &Reading) -> Question {
    let task = reading.tasks.len().saturating_sub(1) as u32;
    let role = reading
        .tasks
        .last()
        .filter(|_| reading.reason.is_none_or(|r| r == Reason::MissingRole))
        .map(|t| crate::step::missing_role(&t.frame, &t.roles));
    Question {
        reason: reading.reason.unwrap_or(Reason::LowConfidence),
        task,
        role,
        choices: Vec::new(),
        say: reading.say.clone().unwrap_or_default(),
    }
}
