//! Which variant of a model this board runs: the fastest of those whose answers hold.
//!
//! In: what was [`Measured`] of each [`Variant`] on this very board. Out: a [`Choice`], kept in the state folder as
//! `tune.toml` until the model, the program or the processor changes:
//!
//! ```toml
//! [text]
//! sha256 = "…"                                       # of the network that was measured
//! machine = "coact 0.1.0 x86_64 avx512 avx512vnni"   # a choice from elsewhere does not count
//! variant = "shipped"
//!
//! [[text.measured]]
//! variant = "shipped"
//! ms = 3.1
//! agreement = 1.0
//! ```
//!
//! It never measures, and a file that is missing, damaged or stale only means that models run as they are shipped.

use super::manifest::Manifest;
use super::profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a model's weights are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// As the file has them: int8 stays int8.
    #[default]
    Shipped,
    /// Quantized weights become 32-bit floats while loading: four times the memory, no integer arithmetic.
    #[serde(rename = "f32")]
    Float32,
    /// The file that the manifest names as `float16`.
    #[serde(rename = "f16")]
    Float16,
}

impl Variant {
    /// Those that `manifest` has, as shipped first.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Vec<Variant> {
        let mut variants = vec![Variant::Shipped, Variant::Float32];
        variants.extend(manifest.float16.is_some().then_some(Variant::Float16));
        variants
    }

    /// Its name in reports and in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Variant::Shipped => "shipped",
            Variant::Float32 => "f32",
            Variant::Float16 => "f16",
        }
    }
}

/// What one variant did on this board.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Which.
    pub variant: Variant,
    /// One run, in milliseconds.
    pub ms: f64,
    /// The part of the golden answers that it gives, 0 to 1.
    pub agreement: f64,
}

/// The least part of the golden answers that a variant must give.
pub const LEAST_AGREEMENT: f64 = 0.98;
/// How much faster than as shipped a variant must be, as a part of its time: less is what measuring again may undo.
pub const LEAST_GAIN: f64 = 0.05;

/// The fastest variant whose answers hold. As shipped stays where nothing is surely faster, and where nothing holds.
#[must_use]
pub fn choose(measured: &[Measured]) -> Variant {
    let holds = |one: &&Measured| one.agreement >= LEAST_AGREEMENT;
    let shipped = measured.iter().find(|one| one.variant == Variant::Shipped);
    let fastest = measured.iter().filter(holds).min_by(|a, b| a.ms.total_cmp(&b.ms));
    match (shipped.filter(holds), fastest) {
        (Some(shipped), Some(fastest)) if fastest.ms <= shipped.ms * (1.0 - LEAST_GAIN) => fastest.variant,
        (Some(_), _) | (_, None) => Variant::Shipped,
        (None, Some(fastest)) => fastest.variant,
    }
}

/// Why the choices could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; name another state folder with --state", path.display())]
pub struct TuneError {
    path: PathBuf,
    source: std::io::Error,
}

/// What was chosen for one model, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    sha256: String,
    machine: String,
    /// What runs.
    pub variant: Variant,
    /// What each variant did.
    pub measured: Vec<Measured>,
}

/// The choices for all models of this board, by the model's name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choices(BTreeMap<String, Choice>);

const FILE: &str = "tune.toml";

impl Choices {
    /// Those kept in the state folder; none when there is no file, or it is damaged, which is told in the log.
    #[must_use]
    pub fn read(state: &Path) -> Self {
        let path = state.join(FILE);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Self::default();
        };
        toml::from_str(&text).unwrap_or_else(|error| {
            log::warn!(
                "{} is passed over, models run as shipped: {error}; mend it with `coact models tune`",
                path.display()
            );
            Self::default()
        })
    }

    /// Keeps them: a whole new file takes the old one's place, so that a lost supply leaves one or the other.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn write(&self, state: &Path) -> Result<PathBuf, TuneError> {
        let path = state.join(FILE);
        let put = || -> std::io::Result<()> {
            std::fs::create_dir_all(state)?;
            let text = toml::to_string(self).map_err(std::io::Error::other)?;
            let new = state.join(format!(".{FILE}.new"));
            let mut file = std::fs::File::create(&new)?;
            file.write_all(
                b"# Written by `coact models tune`: which variant of each model this board runs.\n\n",
            )?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(new, &path)
        };
        match put() {
            Ok(()) => Ok(path),
            Err(source) => Err(TuneError { path, source }),
        }
    }

    /// The choice for a model, if it was made for this very network on this very machine.
    #[must_use]
    pub fn of(&self, manifest: &Manifest) -> Option<&Choice> {
        let choice = self.0.get(&manifest.name)?;
        let listed = manifest.listed(&manifest.graph).ok()?;
        let has = Variant::of(manifest).contains(&choice.variant);
        (choice.sha256 == listed.sha256 && choice.machine == machine() && has).then_some(choice)
    }

    /// Chooses among what was measured of a model.
    pub fn choose(&mut self, manifest: &Manifest, measured: Vec<Measured>) -> Variant {
        let variant = choose(&measured);
        let listed = manifest.listed(&manifest.graph);
        let choice = Choice {
            sha256: listed.map_or_else(|_| String::new(), |file| file.sha256.clone()),
            machine: machine(),
            variant,
            measured,
        };
        self.0.insert(manifest.name.clone(), choice);
        variant
    }
}

/// What a measurement is true of: the kernels of this version, and what they found in the processor.
fn machine() -> String {
    let (floats, integers) = profile::instructions();
    format!(
        "coact {} {} {floats} {integers}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH
    )
}

#[cfg(test)]
mod tests;
