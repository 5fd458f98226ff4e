//! Is it meant for the robot? Its name, a wake word, a key, or the exchange that is going on.
//!
//! In: what was heard, with the time. Out: what of it is meant. Words that stop are always meant. It holds no sound.

use super::phonetic::Sounds;
use brain::config::{Listens, Microphone, Robot};
use brain::understand::stopword::stop_word;
use std::time::{Duration, Instant};

/// How alike words must sound to the name: "Kuko" is "Coco", "repeat" is not "robot". What is less alike is left to the search
/// in the sound, see [`super::Segment::called`].
const ALIKE: f32 = 0.88;

/// Most words that one name may be written as.
const MOST_WORDS: usize = 3;

/// Words that people put before a name.
const CALLS: [&str; 7] = ["hey", "hi", "hello", "ok", "okay", "oh", "please"];

/// What of an utterance is meant for the robot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// These words.
    Words(String),
    /// It was called and nothing else: it listens now.
    Called,
    /// Nothing.
    Nothing,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Attention {
    listens: Listens,
    names: Vec<String>,
    sounds: Vec<Sounds>,
    stop_words: Vec<String>,
    exchange: Duration,
    until: Option<Instant>,
    pushed: bool,
}

/// How long it waits for words after `coact listen` or its name alone.
const CALLED: Duration = Duration::from_secs(10);

impl Attention {
    /// As the robot's description wants it.
    #[must_use]
    pub fn new(robot: &Robot, microphone: &Microphone) -> Self {
        let mut names: Vec<String> = robot.wake.iter().map(|word| bare(word)).collect();
        names.push(bare(&robot.name));
        names.retain(|name| !name.is_empty());
        names.dedup();
        Attention {
            listens: microphone.listens,
            sounds: names.iter().map(|name| Sounds::of(name)).collect(),
            names,
            stop_words: robot.policy.stop_words.clone(),
            exchange: Duration::from_millis(microphone.attention_ms.into()),
            until: None,
            pushed: false,
        }
    }

    /// Whether this begins with a name or a wake word, or ends with one.
    #[must_use]
    pub fn is_called(&self, text: &str) -> bool {
        self.after_name(text).is_some()
    }

    /// What it is called.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// An exchange took place: what is said soon is meant, too.
    pub fn exchange(&mut self, now: Instant) {
        self.open(now, self.exchange);
    }

    /// It asked something, and waits so long for the answer.
    pub fn open(&mut self, now: Instant, long: Duration) {
        let until = now + long;
        self.until = Some(self.until.map_or(until, |before| before.max(until)));
    }

    /// The robot itself speaks: an exchange that goes on, goes on for a while after that.
    pub fn prolong(&mut self, now: Instant) {
        if self.until.is_some_and(|until| now <= until) {
            self.exchange(now);
        }
    }

    /// Somebody pressed the key, or a wake word was detected elsewhere.
    pub fn called(&mut self, now: Instant) {
        self.pushed = true;
        self.open(now, CALLED);
    }

    /// The exchange is over.
    pub fn close(&mut self) {
        self.until = None;
        self.pushed = false;
    }

    /// What of the words that were heard is meant. `began` is when they began; `called` says that the sound begins with a
    /// name, whether the text does or not.
    pub fn judge(&mut self, began: Instant, text: &str, called: bool) -> Meant {
        if stop_word(text, &self.stop_words).is_some() {
            return Meant::Words(text.to_owned());
        }
        let attentive = self.until.is_some_and(|until| began <= until);
        if let Some(rest) = self.after_name(text) {
            if bare(rest).is_empty() {
                self.called(began);
                return Meant::Called;
            }
            return Meant::Words(rest.to_owned());
        }
        if called {
            return Meant::Words(text.to_owned());
        }
        let meant = match self.listens {
            Listens::Always => true,
            Listens::Wake => attentive,
            Listens::Push => attentive || self.pushed,
        };
        if meant {
            self.pushed = false;
            Meant::Words(text.to_owned())
        } else {
            Meant::Nothing
        }
    }

    /// What follows a name at the beginning, or stands before one at the end.
    fn after_name<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text.trim_start();
        while let Some((first, after)) = split(rest)
            && CALLS.contains(&bare(first).as_str())
        {
            rest = after;
        }
        // A name may have been written as several words: "co co". The likest counts.
        let (mut said, mut after) = (String::new(), rest);
        let mut best: Option<(f32, &str)> = None;
        for _ in 0..MOST_WORDS {
            let Some((word, behind)) = split(after) else { break };
            said += &bare(word);
            after = behind;
            let likeness = self.likeness(&said);
            if likeness > best.map_or(0.0, |(best, _)| best) {
                best = Some((likeness, after));
            }
        }
        if let Some((_, after)) = best {
            return Some(after);
        }
        let last = text.trim_end().rfind(char::is_whitespace)?;
        let (before, name) = text.split_at(last);
        // At the end, where other words are likelier than a name, only the name itself counts.
        self.names.contains(&bare(name)).then_some(before)
    }

    /// How alike these words sound to the likest name; 0 where that is not enough.
    fn likeness(&self, said: &str) -> f32 {
        let said = Sounds::of(said);
        let alike = self.sounds.iter().map(|name| name.likeness(&said));
        let alike = alike.filter(|likeness| *likeness >= ALIKE);
        alike.fold(0.0, f32::max)
    }
}

/// The first word and what follows it.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| (&text[..end], text[end..].trim_start()))
}

/// Letters and digits in lower case.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attention(listens: Listens) -> Attention {
        let robot: Robot = toml::from_str("name = \"Coco\"\nwake = [\"robot\"]").expect("a robot");
        let microphone = Microphone {
            listens,
            ..toml::from_str("").expect("a microphone of defaults")
        };
        Attention::new(&robot, &microphone)
    }

    #[test]
    fn its_name_wakes_it_however_it_is_written() {
        let check = |text: &str, expect: &str| {
            let meant = match attention(Listens::Wake).judge(Instant::now(), text, false) {
                Meant::Words(words) => words,
                Meant::Called => "(called)".to_owned(),
                Meant::Nothing => "(nothing)".to_owned(),
            };
            assert_eq!(meant, expect, "{text}");
        };
        check("Coco, go to the kitchen.", "go to the kitchen.");
        check("Hey Cocoa, go to the kitchen.", "go to the kitchen.");
        check("Okay, robot. Turn left", "Turn left");
        check("Co-co turn left", "turn left");
        check("Co co turn left", "turn left");
        check("Turn left, Coco.", "Turn left,");
        check("Coco?", "(called)");
        check("Go to the kitchen.", "(nothing)");
        check("About the kitchen.", "(nothing)");
        check("I like cocoa.", "(nothing)");
        check("Stop!", "Stop!");
        check("", "(nothing)");
    }

    #[test]
    fn an_exchange_goes_on_without_the_name_and_ends() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let check = |attention: &mut Attention, at: u64, expect: bool| {
            let meant = attention.judge(later(at), "Go to the kitchen.", false);
            assert_eq!(meant != Meant::Nothing, expect, "after {at} s");
        };
        let mut waked = attention(Listens::Wake);
        check(&mut waked, 0, false);
        waked.exchange(now);
        check(&mut waked, 7, true);
        check(&mut waked, 9, false);
        waked.open(now, Duration::from_secs(30));
        check(&mut waked, 29, true);
        waked.close();
        check(&mut waked, 1, false);
        assert_eq!(waked.judge(later(1), "Coco", false), Meant::Called);
        check(&mut waked, 2, true);

        let mut pushed = attention(Listens::Push);
        check(&mut pushed, 0, false);
        pushed.called(now);
        check(&mut pushed, 1, true);
        check(&mut attention(Listens::Always), 0, true);
        let missed = attention(Listens::Wake).judge(now, "Oh no, go to the kitchen.", true);
        assert_eq!(missed, Meant::Words("Oh no, go to the kitchen.".to_owned()));
    }
}
