//! How loud sound is, and how much louder it should be.
//!
//! In: samples. Out: [`Level`]s in decibels below full scale, a [`Gain`] that brings speech to a steady level. Pure.

/// What silence measures: the noise of 16 bits.
pub const FLOOR: f32 = -96.0;

/// Loudness of some samples, as shares of full scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// The loudest sample.
    pub peak: f32,
    /// Root mean square.
    pub rms: f32,
}

impl Level {
    /// Measures.
    #[must_use]
    pub fn of(samples: &[f32]) -> Level {
        let peak = samples
            .iter()
            .fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
        let power: f32 = samples.iter().map(|sample| sample * sample).sum();
        Level {
            peak,
            rms: (power / samples.len().max(1) as f32).sqrt(),
        }
    }

    /// Root mean square in decibels below full scale.
    #[must_use]
    pub fn dbfs(self) -> f32 {
        (20.0 * self.rms.max(1e-9).log10()).max(FLOOR)
    }
}

/// Level that speech is brought to.
const WISHED: f32 = -24.0;
/// Most decibels that are added: more would only lift noise.
const MOST: f32 = 30.0;
/// Decibels by which the gain may change in one block of 32 ms of speech.
const STEP: f32 = 0.5;

/// Automatic gain: follows the level of speech slowly, never makes it louder than full scale, and leaves it as it is while
/// nobody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gain {
    decibels: f32,
}

impl Gain {
    /// What is added now.
    #[must_use]
    pub fn decibels(self) -> f32 {
        self.decibels
    }

    /// Makes a block louder or not; `speech` says whether somebody speaks in it.
    pub fn apply(&mut self, samples: &mut [f32], speech: bool) {
        let level = Level::of(samples);
        if speech {
            let wished = (WISHED - level.dbfs()).clamp(0.0, MOST);
            self.decibels += (wished - self.decibels).clamp(-STEP, STEP);
        }
        // Above all nothing is clipped: 1 dB of room.
        let room = -20.0 * level.peak.max(1e-9).log10() - 1.0;
        self.decibels = self.decibels.min(room.max(0.0));
        let factor = 10f32.powf(self.decibels / 20.0);
        samples.iter_mut().for_each(|sample| *sample *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32) -> Vec<f32> {
        (0..512).map(|n| amplitude * (n as f32 * 0.4).sin()).collect()
    }

    #[test]
    fn levels_are_in_decibels_below_full_scale() {
        let check = |samples: &[f32], expect: f32| {
            let level = Level::of(samples).dbfs();
            assert!((level - expect).abs() < 0.1, "{level} is not {expect}");
        };
        check(&[], FLOOR);
        check(&[0.0; 512], FLOOR);
        check(&[1.0; 512], 0.0);
        check(&tone(0.1), -23.0);
    }

    #[test]
    fn quiet_speech_becomes_louder_and_nothing_is_clipped() {
        let level_after = |amplitude: f32, blocks: usize, speech: bool| {
            let mut gain = Gain::default();
            let mut samples = Vec::new();
            for _ in 0..blocks {
                samples = tone(amplitude);
                gain.apply(&mut samples, speech);
            }
            Level::of(&samples).dbfs()
        };
        assert!((level_after(0.01, 100, true) - WISHED).abs() < 1.0);
        assert!(level_after(0.01, 100, false) < -42.0);
        assert!(level_after(0.001, 100, true) < -30.0, "at most 30 dB are added");
        let mut gain = Gain { decibels: 30.0 };
        let mut shout = tone(0.9);
        gain.apply(&mut shout, true);
        assert!(Level::of(&shout).peak <= 1.0 && gain.decibels() < 1.0);
    }
}
