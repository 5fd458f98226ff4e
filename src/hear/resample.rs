//! Any rate becomes 16 kHz: a windowed sinc, one table of weights for each phase.
//!
//! In: blocks of samples at one rate. Out: blocks at [`RATE`]. What lies above half the lower of the two rates is kept out
//! (Blackman window, transition of a tenth of the band). It holds one filter length of the past and nothing else.
//!
//! Source of the method: J. O. Smith, Digital Audio Resampling Home Page, CCRMA.

use std::f64::consts::PI;

/// Samples a second that all networks of hearing take.
pub const RATE: u32 = 16_000;

/// Zero crossings of the sinc on each side.
const CROSSINGS: usize = 16;

/// Makes 16 kHz of a stream.
#[derive(Debug)]
pub struct Resampler {
    /// Rate in and rate out, without their common divisor.
    step: usize,
    phases: usize,
    /// Weights, one row of `taps` for each phase.
    table: Vec<f32>,
    taps: usize,
    past: Vec<f32>,
    /// Where the next sample stands, in steps of one input sample divided by `phases`, from the start of `past`.
    at: usize,
}

impl Resampler {
    /// From `rate` samples a second.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        let divisor = gcd(rate, RATE);
        let (step, phases) = ((rate / divisor) as usize, (RATE / divisor) as usize);
        // The pass band as a share of the input's.
        let band = (f64::from(RATE) / f64::from(rate)).min(1.0) * 0.95;
        let half = (CROSSINGS as f64 / band).ceil() as usize;
        let taps = 2 * half;
        let mut table = Vec::with_capacity(phases * taps);
        for phase in 0..phases {
            let shift = phase as f64 / phases as f64;
            let row = (0..taps).map(|tap| {
                let x = tap as f64 - (half as f64 - 1.0) - shift;
                let window = x / half as f64;
                let window = 0.42 + 0.5 * (PI * window).cos() + 0.08 * (2.0 * PI * window).cos();
                let sinc = if x == 0.0 {
                    1.0
                } else {
                    (PI * x * band).sin() / (PI * x * band)
                };
                band * sinc * window.max(0.0)
            });
            table.extend(row.map(|weight| weight as f32));
        }
        Resampler {
            step,
            phases,
            table,
            taps,
            past: vec![0.0; half - 1],
            at: 0,
        }
    }

    /// The samples that `block` makes known.
    pub fn feed(&mut self, block: &[f32]) -> Vec<f32> {
        if self.step == self.phases {
            return block.to_vec();
        }
        self.past.extend_from_slice(block);
        let mut out = Vec::with_capacity(block.len() * self.phases / self.step + 1);
        while self.at / self.phases + self.taps <= self.past.len() {
            let (first, phase) = (self.at / self.phases, self.at % self.phases);
            let weights = &self.table[phase * self.taps..][..self.taps];
            let samples = &self.past[first..][..self.taps];
            out.push(samples.iter().zip(weights).map(|(a, b)| a * b).sum());
            self.at += self.step;
        }
        let done = (self.at / self.phases).min(self.past.len());
        self.past.drain(..done);
        self.at -= done * self.phases;
        out
    }

    /// What is left when nothing more comes.
    pub fn end(&mut self) -> Vec<f32> {
        if self.step == self.phases {
            return Vec::new();
        }
        self.feed(&vec![0.0; self.taps / 2])
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as usize;
        let sample = |n: usize| (2.0 * PI * hertz * n as f64 / f64::from(rate)).sin() as f32;
        (0..count).map(sample).collect()
    }

    fn resampled(rate: u32, samples: &[f32], block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate);
        let mut out: Vec<f32> = samples
            .chunks(block)
            .flat_map(|block| resampler.feed(block))
            .collect();
        out.extend(resampler.end());
        out
    }

    #[test]
    fn a_tone_stays_the_tone_it_was() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
            let out = resampled(rate, &tone(rate, 1_000.0, 0.5), 1_000);
            let expected = tone(RATE, 1_000.0, 0.5);
            assert!(
                out.len().abs_diff(expected.len()) <= 2,
                "{rate}: {} samples",
                out.len()
            );
            let middle = 500..7_000;
            let worst = middle.map(|n| (out[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.01, "{rate}: off by {worst}");
        }
    }

    #[test]
    fn what_16_khz_cannot_hold_is_kept_out() {
        let out = resampled(48_000, &tone(48_000, 12_000.0, 0.5), 777);
        let loudest = out[500..7_000].iter().fold(0.0, |a: f32, b| a.max(b.abs()));
        assert!(loudest < 0.01, "{loudest}");
    }

    #[test]
    fn blocks_do_not_matter() {
        let samples = tone(44_100, 440.0, 0.3);
        assert_eq!(
            resampled(44_100, &samples, 13),
            resampled(44_100, &samples, 5_000)
        );
    }
}
