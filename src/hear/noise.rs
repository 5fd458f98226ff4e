//! Noise mixed into speech at a measured ratio, so that hearing can be tested in a loud room.
//!
//! In: 16 kHz samples of both. Out: their sum. The ratio is that of the loudest window of 2048 samples of the speech to that
//! of the noise, as in Picovoice's published speech-to-intent benchmark, so that figures can be compared.

/// Samples of one window.
const WINDOW: usize = 2048;

/// Speech with noise from sample `from` on (repeated where it is too short), `snr_db` decibels below it.
#[must_use]
pub fn mix(speech: &[f32], noise: &[f32], from: usize, snr_db: f32) -> Vec<f32> {
    if noise.is_empty() {
        return speech.to_vec();
    }
    let noise: Vec<f32> = (0..speech.len())
        .map(|n| noise[(from + n) % noise.len()])
        .collect();
    let (loud, noisy) = (loudest(speech), loudest(&noise));
    if noisy == 0.0 {
        return speech.to_vec();
    }
    let scale = (loud / (noisy * 10f32.powf(snr_db / 10.0))).sqrt();
    let mixed: Vec<f32> = speech.iter().zip(&noise).map(|(s, n)| s + scale * n).collect();
    // Softer rather than clipped.
    let most = mixed.iter().fold(1.0, |most: f32, sample| most.max(sample.abs()));
    mixed.into_iter().map(|sample| sample / most).collect()
}

/// Whether there is nothing to mix in.
#[must_use]
pub fn is_silent(noise: &[f32]) -> bool {
    loudest(noise) == 0.0
}

/// Power of the loudest window.
fn loudest(samples: &[f32]) -> f32 {
    let power =
        |window: &[f32]| window.iter().map(|sample| sample * sample).sum::<f32>() / window.len() as f32;
    samples.chunks(WINDOW).map(power).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_loudest_windows() {
        let speech: Vec<f32> = (0..8192)
            .map(|n| if n / WINDOW == 1 { 0.1 } else { 0.01 })
            .collect();
        let noise: Vec<f32> = (0..3000).map(|n| if n % 2 == 0 { 0.3 } else { -0.3 }).collect();
        for snr in [0.0, 6.0, 20.0] {
            let mixed = mix(&speech, &noise, 1234, snr);
            let added: Vec<f32> = mixed.iter().zip(&speech).map(|(m, s)| m - s).collect();
            let ratio = 10.0 * (loudest(&speech) / loudest(&added)).log10();
            assert!((ratio - snr).abs() < 0.01, "{snr} dB became {ratio}");
        }
        assert_eq!(mix(&speech, &[], 0, 6.0), speech);
        assert!(
            mix(&vec![0.9; 4096], &noise, 0, 0.0)
                .iter()
                .all(|sample| sample.abs() <= 1.0)
        );
    }
}
