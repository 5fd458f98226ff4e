//! The judge between a plan and the motors.
//!
//! In: a reading or a plan, the policy and the robot's state. Out: a [`Verdict`] that names the rules that spoke, and,
//! where it is "act", an [`Approved`]. Nothing else can build one, and [`crate::act`] takes nothing else. Never: is
//! skipped, or loosened by anything but `robot.toml`.
//!
//! ```compile_fail
//! // Its field is private: no code outside the guard can approve a plan.
//! let approved = brain::guard::Approved { plan: brain::plan::Plan::default() };
//! ```

mod harm;
mod rules;

pub use harm::judge_words;
pub use rules::RULES;

use crate::ground::{Goal, Target, World};
use crate::message::Source;
use crate::plan::Plan;
use crate::reading::{Outcome, Reason};
use crate::step::Body;
use crate::units::Now;
use serde::{Deserialize, Serialize};

/// What the guard decided, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Act, ask or refuse.
    pub outcome: Outcome,
    /// The code of the rule that weighed most; `None` when it may act.
    pub reason: Option<Reason>,
    /// Names of the rules that spoke, the heaviest first; when it may act, those that a person's yes satisfied.
    pub rules: Vec<String>,
    /// What to say; `None` when it may act.
    pub say: Option<String>,
}

/// A plan that may be carried out. Only the guard builds one.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved {
    plan: Plan,
}

impl Approved {
    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan, to be run.
    #[must_use]
    pub fn into_plan(self) -> Plan {
        self.plan
    }
}

/// Everything a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What is planned.
    pub plan: &'a Plan,
    /// What it is for.
    pub goals: &'a [Goal],
    /// The robot, its policy, and what is around.
    pub world: World<'a>,
    /// The board and the stop latch.
    pub body: &'a Body,
    /// The time.
    pub now: Now,
    /// Typed or spoken.
    pub source: Source,
    /// Only asked what would be done: the state of the board does not matter.
    pub dry_run: bool,
    /// A person said yes to what the rules ask.
    pub confirmed: bool,
    /// The language to speak.
    pub lang: &'a str,
}

/// What one rule found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Ask or refuse.
    pub outcome: Outcome,
    /// Name of the rule: its own, or that of the policy's line it applied.
    pub rule: String,
    /// The stable code.
    pub reason: Reason,
    /// For people.
    pub say: String,
}

impl Finding {
    fn refuse(rule: &str, reason: Reason, say: String) -> Self {
        Finding {
            outcome: Outcome::Refuse,
            rule: rule.to_owned(),
            reason,
            say,
        }
    }

    fn ask(rule: &str, say: String) -> Self {
        Finding {
            outcome: Outcome::Ask,
            rule: rule.to_owned(),
            reason: Reason::NeedsConfirmation,
            say,
        }
    }
}

/// Judges a plan.
///
/// # Errors
///
/// The verdict, where it is to refuse or to ask first.
pub fn judge(case: &Case<'_>) -> Result<(Approved, Verdict), Verdict> {
    let mut found: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.judge)(case)).collect();
    let mut satisfied = Vec::new();
    if case.confirmed {
        found.retain(|f| {
            let asked = f.outcome == Outcome::Ask;
            if asked {
                satisfied.push(f.rule.clone());
            }
            !asked
        });
    }
    // A refusal weighs more than a question; among equals the table's order tells.
    found.sort_by_key(|f| f.outcome == Outcome::Ask);
    match found.first() {
        Some(heaviest) => Err(Verdict {
            outcome: heaviest.outcome,
            reason: Some(heaviest.reason),
            say: Some(heaviest.say.clone()),
            rules: names(&found),
        }),
        None => Ok((
            Approved {
                plan: case.plan.clone(),
            },
            Verdict {
                outcome: Outcome::Act,
                reason: None,
                rules: satisfied,
                say: None,
            },
        )),
    }
}

fn names(found: &[Finding]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for finding in found {
        if !names.contains(&finding.rule) {
            names.push(finding.rule.clone());
        }
    }
    names
}

/// Whether somebody is a child, as far as the map tells.
fn is_child(target: &Target) -> bool {
    target.class == "child"
}
