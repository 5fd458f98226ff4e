//! Faults of the line and of the board, put in on purpose and repeatable: what a bad cable, a noisy supply and a
//! tired board do, before hardware does it.
//!
//! Input: bytes on their way, the time, a seed. Output: the same bytes, damaged as told. It knows frames only by
//! the zero byte that ends each, and never looks inside one.

use brain::config::nearest;
use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

/// What goes wrong, and how often. The default is a perfect line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// Share of frames that are lost.
    pub drop: f64,
    /// Share of frames in which one bit is flipped.
    pub flip: f64,
    /// Share of frames that come twice.
    pub dup: f64,
    /// How long every frame is held up, in milliseconds.
    pub delay_ms: u64,
    /// Chance of a burst of up to 16 random bytes in every 5 ms.
    pub noise: f64,
    /// The board is reset this many milliseconds after the start.
    pub reset_ms: Option<u64>,
    /// The board's loop hangs for good this many milliseconds after the start.
    pub hang_ms: Option<u64>,
    /// Seed of the line's chances.
    pub seed: u64,
}

/// Keys of a fault specification.
const KEYS: [&str; 8] = ["drop", "flip", "dup", "delay", "reset", "hang", "noise", "seed"];

/// Why a fault specification was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such key.
    #[error("unknown fault {key:?}{}; the faults are {}", meant(.nearest), KEYS.join(", "))]
    Unknown {
        /// What was written.
        key: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// A key without a value.
    #[error("expected KEY=VALUE, got {0:?}; write for example drop=0.1,delay=20,seed=1")]
    NoValue(String),
    /// A value of the wrong form.
    #[error("fault {key}: expected {expected}, got {value:?}")]
    Value {
        /// The key.
        key: &'static str,
        /// What would have been right.
        expected: &'static str,
        /// What was written.
        value: String,
    },
}

fn meant(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |key| format!(", did you mean {key:?}?"))
}

impl FromStr for Faults {
    type Err = FaultError;

    /// Reads `drop=P,flip=P,dup=P,delay=MS,reset=S,hang=S,noise=P,seed=N`, each at most once, in any order.
    fn from_str(spec: &str) -> Result<Self, FaultError> {
        let mut faults = Faults::default();
        for part in spec.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| FaultError::NoValue(part.into()))?;
            let (key, value) = (key.trim(), value.trim());
            let known = KEYS
                .into_iter()
                .find(|known| *known == key)
                .ok_or_else(|| FaultError::Unknown {
                    key: key.into(),
                    nearest: nearest(key, KEYS).map(str::to_owned),
                })?;
            let wrong = |expected| FaultError::Value {
                key: known,
                expected,
                value: value.into(),
            };
            let share = || parse(value, 0.0..=1.0).ok_or_else(|| wrong("a share from 0 to 1"));
            let seconds = || {
                let seconds = parse(value, 0.0..=1e6).ok_or_else(|| wrong("seconds from 0 to 1000000"))?;
                Ok(Some((seconds * 1000.0).round() as u64))
            };
            match known {
                "drop" => faults.drop = share()?,
                "flip" => faults.flip = share()?,
                "dup" => faults.dup = share()?,
                "noise" => faults.noise = share()?,
                "delay" => {
                    let ms =
                        parse(value, 0.0..=60_000.0).ok_or_else(|| wrong("milliseconds from 0 to 60000"))?;
                    faults.delay_ms = ms.round() as u64;
                }
                "reset" => faults.reset_ms = seconds()?,
                "hang" => faults.hang_ms = seconds()?,
                _ => faults.seed = value.parse().map_err(|_| wrong("a whole number"))?,
            }
        }
        Ok(faults)
    }
}

fn parse(value: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
    value.parse().ok().filter(|number| range.contains(number))
}

impl fmt::Display for Faults {
    /// As [`Faults::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Faults {
            drop,
            flip,
            dup,
            noise,
            delay_ms,
            seed,
            ..
        } = self;
        write!(
            f,
            "drop={drop},flip={flip},dup={dup},noise={noise},delay={delay_ms},seed={seed}"
        )?;
        for (key, ms) in [("reset", self.reset_ms), ("hang", self.hang_ms)] {
            if let Some(ms) = ms {
                write!(f, ",{key}={}", ms as f64 / 1000.0)?;
            }
        }
        Ok(())
    }
}

/// One direction of a line with faults.
#[derive(Debug)]
pub struct FaultyLine {
    faults: Faults,
    chance: fastrand::Rng,
    frame: Vec<u8>,
    under_way: VecDeque<(u64, Vec<u8>)>,
    noise_at_ms: u64,
}

/// Longest run of bytes without a zero that is still taken for one frame.
const LONGEST_FRAME: usize = 1024;

/// How often the chance of noise is drawn.
const NOISE_EVERY_MS: u64 = 5;

impl FaultyLine {
    /// A line with these faults; `direction` makes the two directions of one line differ.
    #[must_use]
    pub fn new(faults: Faults, direction: u64) -> Self {
        let chance = fastrand::Rng::with_seed(faults.seed.wrapping_mul(2).wrapping_add(direction));
        FaultyLine {
            faults,
            chance,
            frame: Vec::new(),
            under_way: VecDeque::new(),
            noise_at_ms: 0,
        }
    }

    /// Bytes go in.
    pub fn send(&mut self, bytes: &[u8], now_ms: u64) {
        for &byte in bytes {
            self.frame.push(byte);
            if byte == 0 && self.frame.len() > 1 || self.frame.len() >= LONGEST_FRAME {
                let frame = std::mem::take(&mut self.frame);
                self.send_frame(frame, now_ms);
            }
        }
    }

    fn send_frame(&mut self, mut frame: Vec<u8>, now_ms: u64) {
        if self.happens(self.faults.drop) {
            return;
        }
        if self.happens(self.faults.flip) {
            let bit = self.chance.usize(..frame.len() * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        let due = now_ms + self.faults.delay_ms;
        if self.happens(self.faults.dup) {
            self.under_way.push_back((due, frame.clone()));
        }
        self.under_way.push_back((due, frame));
    }

    /// Appends to `out` what comes out by now.
    pub fn receive(&mut self, now_ms: u64, out: &mut Vec<u8>) {
        while self.noise_at_ms <= now_ms {
            self.noise_at_ms += NOISE_EVERY_MS;
            if self.happens(self.faults.noise) {
                let length = self.chance.usize(1..=16);
                out.extend((0..length).map(|_| self.chance.u8(..)));
            }
        }
        while self.under_way.front().is_some_and(|(due, _)| *due <= now_ms) {
            out.extend(
                self.under_way
                    .pop_front()
                    .into_iter()
                    .flat_map(|(_, frame)| frame),
            );
        }
    }

    /// Forgets what is under way: the line hung up.
    pub fn clear(&mut self) {
        self.frame.clear();
        self.under_way.clear();
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.chance.f64() < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    #[test]
    fn specifications_are_read_or_explained() {
        let check = |spec: &str| match spec.parse::<Faults>() {
            Ok(faults) => faults.to_string(),
            Err(error) => error.to_string(),
        };
        assert_snapshot!(check(""), @"drop=0,flip=0,dup=0,noise=0,delay=0,seed=0");
        assert_snapshot!(check("drop=0.1, delay=20,seed=7,reset=1.5,hang=3,flip=.5,dup=1,noise=0"),
            @"drop=0.1,flip=0.5,dup=1,noise=0,delay=20,seed=7,reset=1.5,hang=3");
        assert_snapshot!(check("drp=0.1"), @r#"unknown fault "drp", did you mean "drop"?; the faults are drop, flip, dup, delay, reset, hang, noise, seed"#);
        assert_snapshot!(check("wibble=1"), @r#"unknown fault "wibble"; the faults are drop, flip, dup, delay, reset, hang, noise, seed"#);
        assert_snapshot!(check("drop"), @r#"expected KEY=VALUE, got "drop"; write for example drop=0.1,delay=20,seed=1"#);
        assert_snapshot!(check("drop=10"), @r#"fault drop: expected a share from 0 to 1, got "10""#);
        assert_snapshot!(check("flip=NaN"), @r#"fault flip: expected a share from 0 to 1, got "NaN""#);
        assert_snapshot!(check("delay=-3"), @r#"fault delay: expected milliseconds from 0 to 60000, got "-3""#);
        assert_snapshot!(check("hang=soon"), @r#"fault hang: expected seconds from 0 to 1000000, got "soon""#);
        assert_snapshot!(check("seed=0.5"), @r#"fault seed: expected a whole number, got "0.5""#);
    }

    /// A thousand frames of four bytes, one a millisecond, and what comes out of them.
    fn through(faults: Faults) -> Vec<u8> {
        let mut line = FaultyLine::new(faults, 0);
        let mut out = Vec::new();
        for now in 0..1000 {
            line.send(&[0, 1 + (now % 250) as u8, 99, 0], now);
            line.receive(now, &mut out);
        }
        line.receive(10_000, &mut out);
        out
    }

    #[test]
    fn shares_are_kept_and_seeds_repeat() {
        let check = |faults: Faults, bytes: std::ops::Range<usize>| {
            let out = through(faults);
            assert!(bytes.contains(&out.len()), "{faults}: {} bytes", out.len());
            assert_eq!(out, through(faults), "{faults}: another run");
            assert_ne!(
                out,
                through(Faults { seed: 99, ..faults }),
                "{faults}: another seed"
            );
        };
        let line = Faults {
            seed: 1,
            ..Faults::default()
        };
        check(Faults { drop: 0.3, ..line }, 2600..3000);
        check(Faults { dup: 0.3, ..line }, 5000..5400);
        check(Faults { flip: 0.3, ..line }, 4000..4001);
        check(Faults { noise: 0.3, ..line }, 4200..25_000);
    }

    #[test]
    fn frames_are_held_up_and_forgotten_when_the_line_hangs_up() {
        let mut line = FaultyLine::new(
            Faults {
                delay_ms: 20,
                ..Faults::default()
            },
            0,
        );
        let mut out = Vec::new();
        line.send(&[0, 5, 0], 100);
        line.receive(119, &mut out);
        assert!(out.is_empty());
        line.receive(120, &mut out);
        assert_eq!(out, [0, 5, 0]);
        line.send(&[0, 6, 0], 130);
        line.clear();
        line.receive(200, &mut out);
        assert_eq!(out, [0, 5, 0]);
    }

    proptest! {
        /// Without faults every frame comes out as it went in, however it was cut.
        #[test]
        fn a_perfect_line_changes_nothing(frames in prop::collection::vec(prop::collection::vec(1..=255u8, 1..40), 0..20), cut in 1..50usize) {
            let sent: Vec<u8> = frames.iter().flat_map(|frame| frame.iter().copied().chain([0])).collect();
            let mut line = FaultyLine::new(Faults::default(), 0);
            let mut out = Vec::new();
            for part in sent.chunks(cut) {
                line.send(part, 0);
                line.receive(0, &mut out);
            }
            prop_assert_eq!(out, sent);
        }

        /// No specification makes it panic, and what it prints it reads again.
        #[test]
        fn any_specification_is_read_or_refused(spec in "([a-z]{0,6}=?[0-9.e-]{0,6},?){0,4}") {
            if let Ok(faults) = spec.parse::<Faults>() {
                prop_assert_eq!(faults.to_string().parse::<Faults>(), Ok(faults));
            }
        }
    }
}
