//! Where an utterance begins and ends: probabilities of speech become spans of frames.
//!
//! In: one probability a frame. Out: [`Span`]s with some sound before and after, none longer than [`Rules::longest`]. A
//! pause shorter than [`Rules::pause`] does not end an utterance; where it grows too long, it is cut at its quietest
//! place. It counts frames and keeps no sound.

use super::voice::FRAME;
use std::ops::Range;

/// Frames from the first to before the last.
pub type Span = Range<usize>;

/// When an utterance begins and ends. Lengths are in frames of 32 ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Speech begins where the probability is at least this.
    pub begins: f32,
    /// It goes on while it is at least this.
    pub goes_on: f32,
    /// So many frames below end it: people pause within a sentence.
    pub pause: usize,
    /// Frames taken in before the first one of speech, whose soft beginning was missed.
    pub before: usize,
    /// Frames taken in after the last one of speech.
    pub after: usize,
    /// Shorter bursts of speech are a click or a cough.
    pub shortest: usize,
    /// Longest span.
    pub longest: usize,
}

/// Frames in a time.
const fn frames(milliseconds: usize) -> usize {
    milliseconds * 16 / FRAME
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            begins: 0.5,
            goes_on: 0.35,
            pause: frames(700),
            before: frames(320),
            after: frames(320),
            shortest: frames(130),
            longest: frames(30_000),
        }
    }
}

/// Finds utterances in a stream of probabilities.
#[derive(Debug)]
pub struct Endpointer {
    rules: Rules,
    frame: usize,
    /// First frame that no span has taken.
    free: usize,
    speech: Option<Speech>,
}

#[derive(Debug)]
struct Speech {
    /// First frame, with what is taken in before.
    start: usize,
    /// After the last frame of speech.
    end: usize,
    /// How many frames of speech.
    voiced: usize,
    /// The probabilities since the start, for the quietest place.
    probabilities: Vec<f32>,
}

impl Endpointer {
    /// Begins at frame 0.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Endpointer {
            rules,
            frame: 0,
            free: 0,
            speech: None,
        }
    }

    /// The first frame that may still become part of a span: what lies before may be forgotten.
    #[must_use]
    pub fn needed_from(&self) -> usize {
        match &self.speech {
            Some(speech) => speech.start,
            None => self.free.max(self.frame.saturating_sub(self.rules.before)),
        }
    }

    /// Where the utterance that goes on began.
    #[must_use]
    pub fn start(&self) -> Option<usize> {
        self.speech.as_ref().map(|speech| speech.start)
    }

    /// Takes the next frame; gives the span that ends with it, if one does.
    pub fn feed(&mut self, probability: f32) -> Option<Span> {
        let (at, rules) = (self.frame, self.rules);
        self.frame += 1;
        let Some(speech) = &mut self.speech else {
            if probability >= rules.begins {
                let start = at.saturating_sub(rules.before).max(self.free);
                self.speech = Some(Speech {
                    start,
                    end: at + 1,
                    voiced: 1,
                    probabilities: vec![1.0; at - start],
                });
                if let Some(speech) = &mut self.speech {
                    speech.probabilities.push(probability);
                }
            }
            return None;
        };
        speech.probabilities.push(probability);
        if probability >= rules.goes_on {
            speech.end = at + 1;
            speech.voiced += 1;
        }
        if at + 1 - speech.end >= rules.pause {
            return self.end();
        }
        (at + 1 - speech.start >= rules.longest).then(|| self.cut())
    }

    /// The span that is open when nothing more comes.
    pub fn end(&mut self) -> Option<Span> {
        let speech = self.speech.take()?;
        if speech.voiced < self.rules.shortest {
            return None;
        }
        let end = (speech.end + self.rules.after).min(self.frame);
        self.free = end;
        Some(speech.start..end)
    }

    /// Cuts a span that grew too long at the quietest place of its second half; the rest goes on.
    fn cut(&mut self) -> Span {
        let Some(speech) = &mut self.speech else {
            return self.frame..self.frame;
        };
        let length = speech.probabilities.len();
        // The mean over three frames: a single quiet frame is a stop consonant.
        let quiet = |n: &usize| -speech.probabilities[n - 1..=n + 1].iter().sum::<f32>();
        let within = (length / 2).max(1)..length.saturating_sub(1).max(2).min(length - 1);
        let at = within
            .max_by(|a, b| quiet(a).total_cmp(&quiet(b)))
            .unwrap_or(length);
        let span = speech.start..speech.start + at;
        speech.probabilities.drain(..at);
        speech.start = span.end;
        speech.end = speech.end.max(span.end);
        let goes_on = self.rules.goes_on;
        speech.voiced = speech.probabilities.iter().filter(|p| **p >= goes_on).count();
        self.free = span.end;
        span
    }
}

#[cfg(test)]
// One span is one span here, not a mistake for all that lies in it.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Spans of a stream written as text: `#` speech, `.` silence, `-` hardly any.
    fn spans(text: &str, rules: Rules) -> Vec<Span> {
        let mut endpointer = Endpointer::new(rules);
        let probability = |c| match c {
            '#' => 0.9,
            '-' => 0.4,
            _ => 0.05,
        };
        let mut all: Vec<Span> = text
            .chars()
            .filter_map(|c| endpointer.feed(probability(c)))
            .collect();
        all.extend(endpointer.end());
        all
    }

    const SHORT: Rules = Rules {
        begins: 0.5,
        goes_on: 0.35,
        pause: 4,
        before: 2,
        after: 1,
        shortest: 2,
        longest: 12,
    };

    #[test]
    fn utterances_begin_a_little_before_and_tolerate_a_pause() {
        let check = |text: &str, expected: &[Span]| assert_eq!(spans(text, SHORT), expected, "{text}");
        check("............", &[]);
        check("....###.....", &[2..8]);
        check("....##..##........", &[2..11]);
        check("....##....##......", &[2..7, 8..13]);
        check("....#.......", &[]);
        check("....-----...", &[]);
        check("....#--.....", &[2..8]);
        check("###", &[0..3]);
    }

    #[test]
    fn what_grows_too_long_is_cut_where_it_is_quietest() {
        assert_eq!(spans("########...#######....", SHORT), [0..9, 9..19]);
    }

    proptest! {
        #[test]
        fn spans_do_not_overlap_and_are_bounded(probabilities in proptest::collection::vec(0.0f32..1.0, 0..400)) {
            let mut endpointer = Endpointer::new(SHORT);
            let mut last = 0;
            let mut all = Vec::new();
            for (n, probability) in probabilities.iter().enumerate() {
                let needed = endpointer.needed_from();
                prop_assert!(n - needed.min(n) <= SHORT.longest);
                if let Some(span) = endpointer.feed(*probability) {
                    prop_assert!(span.start >= needed);
                    all.push(span);
                }
            }
            all.extend(endpointer.end());
            for span in all {
                prop_assert!(last <= span.start && span.start < span.end && span.end <= probabilities.len());
                prop_assert!(span.len() <= SHORT.longest + SHORT.after);
                last = span.end;
            }
        }
    }
}
