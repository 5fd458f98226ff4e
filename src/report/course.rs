//! The course of one utterance, gathered from what the daemon tells: the reply, what went to the board since, how its
//! plan ended. It waits for nothing and shows nothing.

use super::say::{Action, End, Said};
use crate::shell::reports::What;
use crate::sim::event::outcome_name;
use brain::act::Status;
use brain::reading::{Frame, Outcome};
use brain::units::UtteranceId;

/// One utterance, as far as it is told.
#[derive(Debug)]
pub struct Course {
    id: UtteranceId,
    reply: Option<Said>,
    actions: Vec<Action>,
    end: Option<End>,
}

impl Course {
    /// Nothing is known of it yet.
    #[must_use]
    pub fn of(id: UtteranceId) -> Self {
        Course {
            id,
            reply: None,
            actions: Vec::new(),
            end: None,
        }
    }

    /// Takes what was told; of other utterances only what goes to the board counts.
    pub fn take(&mut self, what: &What) {
        match what {
            What::Reply(reply, timing) if reply.utterance == self.id => {
                self.reply = Some(Said::new((**reply).clone(), *timing, Vec::new()));
            }
            What::Sent(ticket, command) => self.actions.push(Action::sent(ticket.0, *command)),
            What::Answered(ticket, outcome) => {
                for action in self.actions.iter_mut().filter(|action| action.seq == ticket.0) {
                    action.status = outcome_name(*outcome).to_owned();
                }
            }
            What::Progress(progress) if self.reply.is_some() && over(progress.status) => {
                self.end = Some(End {
                    status: progress.status,
                    why: progress.why.clone(),
                });
            }
            _ => {}
        }
    }

    /// What was answered, once it was.
    #[must_use]
    pub fn reply(&self) -> Option<&Said> {
        self.reply.as_ref()
    }

    /// What went to the board since, and what became of it.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// How its plan ended, once it has.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Its plan runs and the end is not yet known; of a dry run no end will ever be.
    #[must_use]
    pub fn runs(&self) -> bool {
        let plans = self.reply.as_ref().is_some_and(|said| {
            let stops = said.tasks.iter().any(|task| task.frame == Frame::Stopping.name());
            said.outcome == Outcome::Act && said.plan.is_some() && !stops
        });
        plans && self.end.is_none()
    }

    /// All of it; `None` when there was no answer.
    #[must_use]
    pub fn into_said(self) -> Option<Said> {
        let mut said = self.reply?;
        said.actions = self.actions;
        said.end = self.end;
        Some(said)
    }
}

/// The plan has ended, one way or another.
fn over(status: Status) -> bool {
    matches!(status, Status::Finished | Status::Failed | Status::Dropped)
}
