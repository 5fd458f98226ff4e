//! Which of the things that may have been said was meant: what stops, else the first that makes sense.
//!
//! Input: the reading of what was heard best, and what else it may have been, each with how surely it was heard. Output:
//! another reading, where that is to be taken. It reads only what it needs. What was heard unsurely and would be remembered is
//! asked about.

use super::say;
use crate::reading::{Act, Frame, Mood, Outcome, Reading, Reason, Task};

/// Another thing that may have been said counts when it was heard at least this nearly as well.
const NEARLY: f32 = 0.6;

/// A description that was heard less surely is asked about before it is remembered.
const REMEMBERED: f32 = 0.6;

/// What a reading comes to, as far as choosing needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sense {
    /// It is acted on.
    pub acts: bool,
    /// A task is asked for.
    pub asks: bool,
    /// It stops the robot.
    pub stops: bool,
}

impl From<&Reading> for Sense {
    fn from(reading: &Reading) -> Self {
        Sense {
            acts: reading.outcome == Outcome::Act,
            asks: reading.act == Act::Command && !reading.tasks.is_empty(),
            stops: reading.tasks.iter().any(|task| task.frame == Frame::Stopping),
        }
    }
}

/// The one of `others` to be taken in place of `first`, with its reading: what stops, else the first that asks for something
/// that the robot can do, if `first` does not make sense. `None` where `first` it is.
pub fn choose<T, R>(
    first: Sense,
    confidence: f32,
    others: impl IntoIterator<Item = (f32, T)>,
    read: impl Fn(&T) -> R,
) -> Option<(T, R)>
where
    for<'a> Sense: From<&'a R>,
{
    let mut best = None;
    for (sure, other) in others {
        if sure < NEARLY * confidence {
            continue;
        }
        let reading = read(&other);
        let sense = Sense::from(&reading);
        if sense.acts && sense.stops && !first.stops {
            return Some((other, reading));
        }
        if sense.acts && sense.asks && !first.acts && best.is_none() {
            best = Some((other, reading));
        }
    }
    best
}

/// The reading of what was heard this surely: a description of the place is not learnt from words that may be others.
#[must_use]
pub fn doubted(mut reading: Reading, confidence: f32) -> Reading {
    let describes = reading.tasks.iter().all(|task| task.mood == Mood::Description);
    if reading.outcome == Outcome::Act && !reading.tasks.is_empty() && describes && confidence < REMEMBERED {
        let tasks: Vec<&Task> = reading.tasks.iter().collect();
        reading.say = Some(say::unsure(&tasks, &reading.text, &reading.lang));
        reading.outcome = Outcome::Ask;
        reading.reason = Some(Reason::LowConfidence);
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_comes_first_then_what_makes_sense() {
        let sense = |text: &str| Sense {
            acts: text != "noise",
            asks: text != "noise" && text != "hello",
            stops: text == "stop",
        };
        #[derive(Debug, PartialEq)]
        struct Read(Sense);
        impl From<&Read> for Sense {
            fn from(read: &Read) -> Self {
                read.0
            }
        }
        let check = |first: &str, others: &[(f32, &'static str)], expect: Option<&str>| {
            let found = choose(sense(first), 0.9, others.iter().copied(), |text| {
                Read(sense(text))
            });
            assert_eq!(found.map(|(text, _)| text), expect, "{first} {others:?}");
        };
        check("go", &[(0.8, "come")], None);
        check(
            "noise",
            &[(0.8, "hello"), (0.7, "come"), (0.6, "go")],
            Some("come"),
        );
        check("noise", &[(0.5, "come")], None);
        check("go", &[(0.8, "come"), (0.6, "stop")], Some("stop"));
        check("stop", &[(0.8, "stop")], None);
        check("noise", &[(0.8, "noise")], None);
    }
}
