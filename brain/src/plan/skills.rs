//! What each skill needs before, promises after, tries when it fails, and how it is told in one line.

use crate::plan::{Condition, Fact, Plan, Recovery, Skill, SkillName, Step};
use crate::units::{Metres, Radians};
use std::fmt;

/// Slowest average speed a drive is given time for, m/s.
const SLOWEST_MPS: f32 = 0.1;

/// Longest that the robot follows somebody.
const FOLLOW_MS: u32 = 600_000;

impl Skill {
    /// Its name in `robot.toml` and in replies.
    #[must_use]
    pub fn name(&self) -> SkillName {
        match self {
            Skill::Go { .. } | Skill::Drive(_) => SkillName::Go,
            Skill::Turn(_) | Skill::Face { .. } | Skill::Look(..) => SkillName::Turn,
            Skill::LookFor { .. } => SkillName::LookFor,
            Skill::Approach(_) => SkillName::Approach,
            Skill::Take(_) => SkillName::Take,
            Skill::Give(_) => SkillName::Give,
            Skill::Place(_) => SkillName::Place,
            Skill::Follow(_) => SkillName::Follow,
            Skill::Stop => SkillName::Stop,
            Skill::Switch { .. } => SkillName::Switch,
            Skill::Say(_) | Skill::Report(_) => SkillName::Say,
            Skill::Wait(_) => SkillName::Wait,
            Skill::Learn(_) => SkillName::Learn,
        }
    }

    /// Whether it needs the board.
    #[must_use]
    pub fn needs_board(&self) -> bool {
        !matches!(
            self,
            Skill::Say(_) | Skill::Report(_) | Skill::Wait(_) | Skill::Learn(_) | Skill::Stop
        )
    }

    /// Whether it drives or turns the base.
    #[must_use]
    pub fn drives(&self) -> bool {
        matches!(
            self,
            Skill::Go { .. }
                | Skill::Drive(_)
                | Skill::Turn(_)
                | Skill::Face { .. }
                | Skill::Approach(_)
                | Skill::Follow(_)
        )
    }

    /// This skill as a step of a plan, with its contract. `length` is how far it drives at most.
    #[must_use]
    pub fn step(self, task: u32, length: Metres) -> Step {
        use Condition::{HandsFree, Holding, Live, Near, Seen};
        let drive_ms = 15_000 + (length.0.max(0.0) / SLOWEST_MPS * 1000.0) as u32;
        let (before, after, recovery, timeout_ms): (&[Condition], &[Condition], Recovery, u32) = match &self {
            Skill::Go { .. } => (&[Live], &[Near], Recovery::Retry, drive_ms),
            Skill::Drive(_) => (&[Live], &[], Recovery::None, drive_ms),
            Skill::Turn(_) | Skill::Face { .. } => (&[Live], &[], Recovery::Retry, 20_000),
            Skill::Look(..) => (&[Live], &[], Recovery::None, 5_000),
            Skill::LookFor { .. } => (&[Live], &[Seen], Recovery::LookAgain, 60_000),
            Skill::Approach(_) => (&[Live], &[Near], Recovery::LookAgain, drive_ms),
            Skill::Take(_) => (&[Live, HandsFree, Near], &[Holding], Recovery::BackOff, 15_000),
            Skill::Give(_) => (&[Live, Holding, Near], &[HandsFree], Recovery::Retry, 15_000),
            Skill::Place(_) => (&[Live, Holding], &[HandsFree], Recovery::Retry, 15_000),
            Skill::Follow(_) => (&[Live], &[], Recovery::LookAgain, FOLLOW_MS),
            Skill::Switch { .. } => (&[Live], &[], Recovery::Retry, 3_000),
            Skill::Wait(ms) => (&[], &[], Recovery::None, ms.saturating_add(1000)),
            Skill::Stop | Skill::Say(_) | Skill::Report(_) | Skill::Learn(_) => {
                (&[], &[], Recovery::None, 3_000)
            }
        };
        Step {
            task,
            before: before.to_vec(),
            after: after.to_vec(),
            recovery,
            timeout_ms,
            skill: self,
        }
    }
}

impl fmt::Display for Skill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Skill::Go { to, route } => write!(f, "go to {to} ({})", points(route.len())),
            Skill::Drive(Metres(m)) if *m < 0.0 => write!(f, "drive back {:.2} m", -m),
            Skill::Drive(Metres(m)) => write!(f, "drive ahead {m:.2} m"),
            Skill::Turn(by) => write!(f, "turn {}", side(*by)),
            Skill::Face { to, .. } => write!(f, "turn to {to}"),
            Skill::Look(pan, _) => write!(f, "look {}", side(*pan)),
            Skill::LookFor { what, all: false } => write!(f, "look for {}", what.label),
            Skill::LookFor { what, all: true } => write!(f, "look all around for {}", what.label),
            Skill::Approach(to) => write!(f, "approach {}", to.label),
            Skill::Take(what) => write!(f, "take {}", what.label),
            Skill::Give(to) => write!(f, "give it to {}", to.label),
            Skill::Place(Some(on)) => write!(f, "put it on {}", on.label),
            Skill::Place(None) => write!(f, "put it down"),
            Skill::Follow(who) => write!(f, "follow {}", who.label),
            Skill::Stop => write!(f, "stop"),
            Skill::Switch { on, what, .. } => write!(f, "switch {what} {}", if *on { "on" } else { "off" }),
            Skill::Say(text) => write!(f, "say \"{text}\""),
            Skill::Report(what) => write!(f, "tell about {}", what.label),
            Skill::Wait(ms) => write!(f, "wait {:.1} s", *ms as f32 / 1000.0),
            Skill::Learn(Fact::Located { theme, location }) => {
                write!(f, "remember that {theme} is {location}")
            }
            Skill::Learn(Fact::Called { item, category, .. }) => {
                write!(f, "remember that {item} is {category}")
            }
        }
    }
}

fn points(n: usize) -> String {
    if n == 1 {
        "1 point".to_owned()
    } else {
        format!("{n} points")
    }
}

fn side(by: Radians) -> String {
    let degrees = by.degrees();
    format!(
        "{} by {:.0} degrees",
        if degrees < 0.0 { "right" } else { "left" },
        degrees.abs()
    )
}

impl fmt::Display for Plan {
    /// One line a skill.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}. {}", i + 1, step.skill)?;
        }
        Ok(())
    }
}
