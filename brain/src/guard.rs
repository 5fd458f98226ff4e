//! The judge between a plan and the motors.
//!
//! In: a reading or a plan, the policy and the robot's state. Out: a [`Verdict`] that names the rules that spoke, and,
//! where it is "act", an [`Approved`]. Nothing else can build one, and [`crate::act`] takes nothing else. Never: is
//! skipped, or loosened by anything but `robot.toml`.

use crate::plan::Plan;
use crate::reading::{Outcome, Reason};
use serde::{Deserialize, Serialize};

/// What the guard decided, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Act, ask or refuse.
    pub outcome: Outcome,
    /// The code of the rule that weighed most; `None` when it may act.
    pub reason: Option<Reason>,
    /// Names of the rules that spoke, the heaviest first.
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
