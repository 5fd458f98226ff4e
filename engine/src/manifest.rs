//! Models on disk: where they are looked for, and what a model's `manifest.toml` says.
//!
//! ```toml
//! name = "text"                  # the folder's name
//! version = "0.1.0"
//! kind = "text"                  # or "detector", "speech", "voice"
//! about = "Task frames and roles of spoken commands"
//! licence = "Apache-2.0"
//! origin = "all-MiniLM-L6-v2, fine-tuned by models/text/recipe"
//! model = "model.onnx"           # which of the files is the network
//! tokenizer = "tokenizer.json"   # text only
//! float16 = "model_f16.onnx"     # perhaps: the same network in 16-bit floats
//!
//! [[files]]                      # every file that is read at run time
//! name = "model.onnx"
//! sha256 = "…"
//! bytes = 12345678
//!
//! [labels]                       # names in the order of the network's outputs
//! frames = ["none", "motion"]
//!
//! [decoder]                      # keys of the kind: how outputs become detections
//! [thresholds]                   # numbers of the kind
//! [temperatures]                 # what divides the logits of an output before the softmax
//! ```
//!
//! Other keys tell people more (what it was trained on, what the inputs mean) and are not read.
//! It never opens a network; [`super::Model`] does.

use super::tune::{Choices, Variant};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is wrong with a model's folder or one of its files.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No folder holds the model.
    #[error(
        "no model {name:?}: looked for {name}/manifest.toml in {}. \
         Give the folder that holds the models with --models DIR, or install the package's models",
        list(looked)
    )]
    NotFound {
        /// Which model.
        name: String,
        /// Where it was looked for, in order.
        looked: Vec<PathBuf>,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}. The model in this folder is not whole: fetch it again", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The manifest does not say what it has to.
    #[error("{}: {why}", path.display())]
    Invalid {
        /// Which manifest.
        path: PathBuf,
        /// What is wrong, with its place.
        why: String,
    },
    /// A file that the manifest does not list.
    #[error("{} lists no file {name:?}; add it under [[files]] with its sha256 and bytes", path.display())]
    Unlisted {
        /// Which manifest.
        path: PathBuf,
        /// Which file.
        name: String,
    },
    /// A file is shorter or longer than listed.
    #[error(
        "{}: {expected} bytes expected, {came} came: the file is cut off or of another version. Fetch the model again",
        path.display()
    )]
    Size {
        /// Which file.
        path: PathBuf,
        /// Bytes that the manifest lists.
        expected: u64,
        /// Bytes on disk.
        came: u64,
    },
    /// A file's checksum is not the listed one.
    #[error(
        "{}: wrong checksum: expected sha256 {expected}, came {came}. \
         The file was changed or damaged: fetch the model again, or mend manifest.toml if the change was meant",
        path.display()
    )]
    Checksum {
        /// Which file.
        path: PathBuf,
        /// SHA-256 that the manifest lists.
        expected: String,
        /// SHA-256 of the file.
        came: String,
    },
}

fn list(folders: &[PathBuf]) -> String {
    folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Where models are looked for, in order, and which of their variants are taken.
#[derive(Debug, Clone)]
pub struct Folders {
    looked: Vec<PathBuf>,
    choices: Choices,
}

impl Folders {
    /// `explicit` is `--models DIR`: then only there. Otherwise `configured` (`robot.toml` `[models] folder`), beside
    /// the program (`../share/coact/models`), `/usr/share/coact/models` and the source tree it was built from.
    #[must_use]
    pub fn new(explicit: Option<&Path>, configured: Option<&Path>) -> Self {
        if let Some(folder) = explicit {
            return Self::among(vec![folder.to_owned()]);
        }
        let mut folders: Vec<PathBuf> = configured.map(Path::to_owned).into_iter().collect();
        if let Ok(program) = std::env::current_exe()
            && let Some(prefix) = program.parent().and_then(Path::parent)
        {
            folders.push(prefix.join("share/coact/models"));
        }
        folders.push(PathBuf::from("/usr/share/coact/models"));
        // Where it was built: models/ lies beside this crate.
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        folders.extend(built.map(|root| root.join("models")));
        folders.dedup();
        Self::among(folders)
    }

    fn among(looked: Vec<PathBuf>) -> Self {
        Folders {
            looked,
            choices: Choices::default(),
        }
    }

    /// Models found from now on are taken in the variants that were chosen for this board.
    #[must_use]
    pub fn tuned(self, choices: Choices) -> Self {
        Folders { choices, ..self }
    }

    fn read(&self, folder: &Path) -> Result<Manifest, ManifestError> {
        let mut manifest = Manifest::read(folder)?;
        manifest.variant = self
            .choices
            .of(&manifest)
            .map(|choice| choice.variant)
            .unwrap_or_default();
        Ok(manifest)
    }

    /// The manifest of the model `name`, from the first folder that has it.
    ///
    /// # Errors
    /// When no folder has it, or its manifest is invalid.
    pub fn find(&self, name: &str) -> Result<Manifest, ManifestError> {
        let folder = self
            .looked
            .iter()
            .map(|folder| folder.join(name))
            .find(|folder| folder.join(FILE).is_file());
        match folder {
            Some(folder) => self.read(&folder),
            None => Err(ManifestError::NotFound {
                name: name.to_owned(),
                looked: self.looked.clone(),
            }),
        }
    }

    /// The models by name, each with its manifest or what is wrong with it; of several with one name the first
    /// counts, as in [`Folders::find`].
    ///
    /// # Errors
    /// When no folder holds any model.
    pub fn all(&self) -> Result<BTreeMap<String, Result<Manifest, ManifestError>>, ManifestError> {
        let mut found = BTreeMap::new();
        for folder in &self.looked {
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue;
            };
            for entry in entries
                .flatten()
                .filter(|entry| entry.path().join(FILE).is_file())
            {
                let name = entry.file_name().to_string_lossy().into_owned();
                found.entry(name).or_insert_with(|| self.read(&entry.path()));
            }
        }
        if found.is_empty() {
            return Err(ManifestError::NotFound {
                name: "*".to_owned(),
                looked: self.looked.clone(),
            });
        }
        Ok(found)
    }
}

const FILE: &str = "manifest.toml";

/// One model: what it is, its files, its labels.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    /// The folder's name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// What it is for.
    pub kind: Kind,
    /// One sentence for people.
    #[serde(default)]
    pub about: String,
    /// SPDX name of the weights' licence.
    pub licence: String,
    /// Where weights and data come from.
    pub origin: String,
    /// The file with the network.
    #[serde(rename = "model", alias = "graph")]
    pub graph: String,
    /// The file with the tokenizer (kind text).
    pub tokenizer: Option<String>,
    /// Every file that is read at run time.
    pub files: Vec<Listed>,
    /// Lists of names in the order of the network's outputs: "frames", "roles", … or "classes".
    #[serde(default)]
    pub labels: BTreeMap<String, Vec<String>>,
    /// How outputs are decoded; each kind has its own keys.
    #[serde(default)]
    pub decoder: toml::Table,
    /// Numbers of the kind.
    #[serde(default)]
    pub thresholds: toml::Table,
    /// Divisors of the logits of each output before the softmax, by the output's name; 1 where absent.
    #[serde(default)]
    pub temperatures: BTreeMap<String, f32>,
    /// A file with the same network in 16-bit floats, which `coact models tune` tries.
    pub float16: Option<String>,
    /// Which variant is loaded.
    #[serde(skip)]
    pub variant: Variant,
    /// The folder it was read from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Texts: frames, roles, acts, embedding.
    Text,
    /// Pictures: objects with boxes.
    Detector,
    /// Sound: what was said.
    Speech,
    /// Sound: whether somebody speaks.
    Voice,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Name in the model's folder.
    #[serde(rename = "name", alias = "path")]
    pub path: String,
    /// SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
}

impl Manifest {
    /// Reads `folder/manifest.toml`.
    ///
    /// # Errors
    /// When it cannot be read, or does not say what it has to.
    pub fn read(folder: &Path) -> Result<Self, ManifestError> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|source| ManifestError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let mut manifest: Manifest = toml::from_str(&text).map_err(|error| ManifestError::Invalid {
            path: path.clone(),
            why: error.to_string(),
        })?;
        manifest.folder = folder.to_owned();
        if manifest.kind == Kind::Text && manifest.tokenizer.is_none() {
            let why = "a model of kind \"text\" needs tokenizer = \"tokenizer.json\"".to_owned();
            return Err(ManifestError::Invalid { path, why });
        }
        let float16 = manifest.float16.as_ref();
        for name in [Some(&manifest.graph), manifest.tokenizer.as_ref(), float16]
            .into_iter()
            .flatten()
        {
            manifest.listed(name)?;
        }
        Ok(manifest)
    }

    /// Path of one of its files.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What the manifest lists of the file `name`.
    ///
    /// # Errors
    /// When it lists no such file.
    pub fn listed(&self, name: &str) -> Result<&Listed, ManifestError> {
        self.files
            .iter()
            .find(|file| file.path == name)
            .ok_or_else(|| ManifestError::Unlisted {
                path: self.path(FILE),
                name: name.to_owned(),
            })
    }

    /// The bytes of a listed file, its length and checksum verified.
    ///
    /// # Errors
    /// When it is not listed, cannot be read, or is not the listed one.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, ManifestError> {
        let listed = self.listed(name)?;
        let path = self.path(name);
        let bytes = std::fs::read(&path).map_err(|source| ManifestError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let came = bytes.len() as u64;
        if came != listed.bytes {
            return Err(ManifestError::Size {
                path,
                expected: listed.bytes,
                came,
            });
        }
        let came: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if came != listed.sha256 {
            return Err(ManifestError::Checksum {
                path,
                expected: listed.sha256.clone(),
                came,
            });
        }
        Ok(bytes)
    }

    /// The decoder's keys as a type of the caller's.
    ///
    /// # Errors
    /// When a key is missing, unknown to `T` or of another type.
    pub fn decoder<T: DeserializeOwned>(&self) -> Result<T, ManifestError> {
        self.part("decoder", &self.decoder)
    }

    /// The thresholds as a type of the caller's.
    ///
    /// # Errors
    /// When a key is missing, unknown to `T` or of another type.
    pub fn thresholds<T: DeserializeOwned>(&self) -> Result<T, ManifestError> {
        self.part("thresholds", &self.thresholds)
    }

    fn part<T: DeserializeOwned>(&self, name: &str, table: &toml::Table) -> Result<T, ManifestError> {
        table.clone().try_into().map_err(|error| {
            let why = format!("[{name}]: {error}");
            ManifestError::Invalid {
                path: self.path(FILE),
                why,
            }
        })
    }

    /// A list of labels.
    ///
    /// # Errors
    /// When the manifest has none of that name, or an empty one.
    pub fn names(&self, list: &str) -> Result<&[String], ManifestError> {
        self.labels
            .get(list)
            .filter(|names| !names.is_empty())
            .map(Vec::as_slice)
            .ok_or_else(|| {
                let why = format!("[labels] needs a list {list:?} in the order of the network's outputs");
                ManifestError::Invalid {
                    path: self.path(FILE),
                    why,
                }
            })
    }

    /// Length of all its files together.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

#[cfg(test)]
mod tests;
