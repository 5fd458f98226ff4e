//! What was heard, kept as WAV files when the user wants it: in one folder, of bounded size, the oldest going first.
//!
//! In: utterances. Out: `heard/*.wav` in the state folder. Nothing is kept unless `keep_audio_mb` is set, and
//! `coact journal heard --wipe-audio` removes all of it.

use crate::hear::resample::RATE;
use crate::hear::segment::Clip;
use crate::wyoming::sound;
use std::path::{Path, PathBuf};

/// Its name in the state folder.
pub const FOLDER: &str = "heard";

/// Why sound was not kept.
#[derive(Debug, thiserror::Error)]
#[error("what was heard cannot be kept in {folder}: {source}; make room there, or set keep_audio_mb = 0")]
pub struct KeepError {
    /// Where.
    pub folder: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// Keeps sound.
#[derive(Debug, Clone)]
pub struct Keep {
    folder: PathBuf,
    most: u64,
}

impl Keep {
    /// Keeps at most so many megabytes.
    #[must_use]
    pub fn new(state: &Path, megabytes: u32) -> Self {
        Keep {
            folder: state.join(FOLDER),
            most: u64::from(megabytes) << 20,
        }
    }

    /// Keeps one utterance; older ones go where it needs room.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn keep(&self, clip: &Clip) -> Result<PathBuf, KeepError> {
        let failed = |source| KeepError {
            folder: self.folder.clone(),
            source,
        };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let bytes = wav(&clip.samples);
        let mut files = files(&self.folder);
        let mut sum: u64 = files.iter().map(|(_, size)| size).sum();
        while sum + bytes.len() as u64 > self.most && !files.is_empty() {
            let (oldest, size) = files.remove(0);
            std::fs::remove_file(oldest).map_err(failed)?;
            sum -= size;
        }
        let name = jiff::Timestamp::now()
            .strftime("%Y%m%dT%H%M%S%.3fZ.wav")
            .to_string();
        let path = self.folder.join(name);
        if bytes.len() as u64 <= self.most {
            std::fs::write(&path, bytes).map_err(failed)?;
        }
        Ok(path)
    }
}

/// The kept files with their sizes, oldest first: their names are times.
#[must_use]
pub fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(PathBuf, u64)> = entries
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "wav")
        })
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.len())))
        .collect();
    files.sort();
    files
}

/// Removes all that was kept; gives how many files.
///
/// # Errors
/// When one cannot be removed.
pub fn wipe(state: &Path) -> Result<usize, KeepError> {
    let folder = state.join(FOLDER);
    let files = files(&folder);
    for (file, _) in &files {
        std::fs::remove_file(file).map_err(|source| KeepError {
            folder: folder.clone(),
            source,
        })?;
    }
    Ok(files.len())
}

/// A WAV file: 16 bits, mono, 16 kHz.
fn wav(samples: &[f32]) -> Vec<u8> {
    let data = sound::bytes(samples);
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX - 36);
    let mut bytes = Vec::with_capacity(44 + data.len());
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    // PCM, one channel; rate, bytes a second, bytes a frame, bits.
    bytes.extend([1u8, 0, 1, 0]);
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend([2u8, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(data);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hear::wav::Wav;

    fn clip(samples: usize) -> Clip {
        Clip {
            start_s: 0.0,
            samples: vec![0.5; samples],
        }
    }

    #[test]
    fn the_newest_is_kept_within_bounds_and_all_can_be_wiped() {
        let state = tempfile::tempdir().unwrap();
        // One megabyte holds 32 s: three of these, not four.
        let keep = Keep::new(state.path(), 1);
        let mut paths = Vec::new();
        for _ in 0..4 {
            paths.push(keep.keep(&clip(160_000)).unwrap());
            std::thread::sleep(std::time::Duration::from_millis(3));
        }
        let kept: Vec<PathBuf> = files(&state.path().join(FOLDER))
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(kept, paths[1..]);
        let mut wav = Wav::open(&kept[0]).unwrap();
        assert_eq!(wav.rate(), RATE);
        assert!((wav.block()[0] - 0.5).abs() < 1e-3);
        assert_eq!(wipe(state.path()).unwrap(), 3);
        assert_eq!(wipe(state.path()).unwrap(), 0);
    }
}
