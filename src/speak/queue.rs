//! What waits to be said, and what is said next.
//!
//! Safety before questions before replies before chatter; among equals the older first. It holds few sayings: what was
//! not said in time is no longer worth saying. Pure: time is a parameter.

/// How much it matters that something is said now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A greeting, a remark.
    Chatter,
    /// An answer, what became of a command.
    Reply,
    /// The robot waits for the answer.
    Question,
    /// A stop, a refusal to endanger somebody, a lost link.
    Safety,
}

impl Priority {
    /// Milliseconds after which it is no longer worth saying.
    #[must_use]
    pub fn worth_ms(self) -> u64 {
        match self {
            Priority::Chatter => 4_000,
            Priority::Reply => 15_000,
            Priority::Question => 20_000,
            Priority::Safety => 30_000,
        }
    }
}

/// Something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    /// How much it matters.
    pub priority: Priority,
    /// The words.
    pub text: String,
    /// Their language, ISO 639-1.
    pub lang: String,
}

/// Most sayings that wait.
pub const CAPACITY: usize = 8;

/// What waits to be said.
#[derive(Debug, Default)]
pub struct Queue {
    /// In the order in which they came, with when.
    waiting: Vec<(u64, Saying)>,
}

impl Queue {
    /// Takes something to say. What waits already is not taken twice; when it is full, what matters least is dropped.
    pub fn push(&mut self, now_ms: u64, saying: Saying) {
        if saying.text.trim().is_empty() || self.waiting.iter().any(|(_, other)| *other == saying) {
            return;
        }
        self.waiting.push((now_ms, saying));
        if self.waiting.len() > CAPACITY
            && let Some((least, _)) = self
                .waiting
                .iter()
                .enumerate()
                .min_by_key(|(_, (_, saying))| saying.priority)
        {
            let (_, dropped) = self.waiting.remove(least);
            log::debug!("not said, too much waits: {:?}", dropped.text);
        }
    }

    /// What is to be said next. In quiet hours that is safety alone; what is passed over then is dropped.
    pub fn pop(&mut self, now_ms: u64, quiet: bool) -> Option<Saying> {
        self.waiting.retain(|(since, saying)| {
            now_ms.saturating_sub(*since) <= saying.priority.worth_ms()
                && (!quiet || saying.priority == Priority::Safety)
        });
        // The first of those that matter most.
        let most = self.waiting.iter().map(|(_, saying)| saying.priority).max()?;
        let at = self
            .waiting
            .iter()
            .position(|(_, saying)| saying.priority == most)?;
        Some(self.waiting.remove(at).1)
    }

    /// Somebody speaks to the robot: what it was about to say is overtaken, but for safety.
    pub fn spoken_to(&mut self) {
        self.waiting
            .retain(|(_, saying)| saying.priority == Priority::Safety);
    }

    /// Whether something waits that is worth cutting this short for.
    #[must_use]
    pub fn cuts(&self, sounding: Priority) -> bool {
        let most = self.waiting.iter().map(|(_, saying)| saying.priority).max();
        match most {
            Some(Priority::Safety) => sounding < Priority::Safety,
            Some(Priority::Question | Priority::Reply) => sounding == Priority::Chatter,
            Some(Priority::Chatter) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(text: &str) -> Saying {
        let priority = match text.as_bytes().first() {
            Some(b's') => Priority::Safety,
            Some(b'q') => Priority::Question,
            Some(b'r') => Priority::Reply,
            _ => Priority::Chatter,
        };
        Saying {
            priority,
            text: text.to_owned(),
            lang: "en".to_owned(),
        }
    }

    /// What is said of these, which all came at 0, in this order.
    fn said(texts: &[&str], now_ms: u64, quiet: bool) -> String {
        let mut queue = Queue::default();
        for text in texts {
            queue.push(0, saying(text));
        }
        let mut said = Vec::new();
        while let Some(saying) = queue.pop(now_ms, quiet) {
            said.push(saying.text);
        }
        said.join(" ")
    }

    #[test]
    fn what_matters_most_is_said_first() {
        let check = |texts: &[&str], expect: &str| assert_eq!(said(texts, 0, false), expect, "{texts:?}");
        check(&["c1", "r1", "q1", "s1"], "s1 q1 r1 c1");
        check(&["r1", "r2", "r1", "r3"], "r1 r2 r3");
        check(&["", "r1"], "r1");
        check(
            &["c1", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "s1"],
            "s1 r1 r2 r3 r4 r5 r6 r7",
        );
    }

    #[test]
    fn quiet_hours_and_age_leave_what_still_matters() {
        assert_eq!(said(&["c1", "q1", "s1", "r1"], 0, true), "s1");
        assert_eq!(said(&["c1", "q1", "s1", "r1"], 10_000, false), "s1 q1 r1");
        assert_eq!(said(&["c1", "q1", "s1", "r1"], 25_000, false), "s1");
    }

    #[test]
    fn safety_cuts_short_and_being_spoken_to_overtakes() {
        let mut queue = Queue::default();
        queue.push(0, saying("c1"));
        queue.push(0, saying("r1"));
        assert!(queue.cuts(Priority::Chatter) && !queue.cuts(Priority::Reply));
        queue.push(0, saying("s1"));
        assert!(queue.cuts(Priority::Question) && !queue.cuts(Priority::Safety));
        queue.spoken_to();
        assert_eq!(queue.pop(0, false), Some(saying("s1")));
        assert_eq!(queue.pop(0, false), None);
    }
}
