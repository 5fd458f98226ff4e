//! Packs: from a folder with a `pack.toml` to what the brain takes.
//!
//! ```text
//! pack.toml, documents ──> PackFile ──> Pack ──> embeddings (text model) ──> collisions? ──> learnt
//! ```
//!
//! In: folders. Out: [`Pack`]s with embeddings, free of collisions, or an error that says what to change. What was learnt
//! is kept in the state folder and read again from there as long as neither the pack nor the text model changed. It
//! judges nothing: what collides is the brain's to say.

pub mod lessons;

use crate::read::{ReadError, Reader};
use crate::shell::config::explain;
use brain::reading::{Outcome, Reading};
use brain::understand::packs::collide::{Collision, collisions};
use brain::understand::packs::file::PackFile;
use brain::understand::packs::{EmbeddingsError, Pack};
use brain::understand::{Context, judge, understand};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Name of a pack's file in its folder.
pub const FILE: &str = "pack.toml";

/// Longest file of a pack, in bytes.
const LONGEST: u64 = 4 << 20;

/// Why a pack was not learnt.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}; name a folder that holds a {FILE}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no TOML, or has a key that is not known.
    #[error("{path}: {message}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, column and what was expected.
        message: String,
    },
    /// It can be read, but cannot be used.
    #[error("pack {name} cannot be learnt:{problems}")]
    Invalid {
        /// Which pack.
        name: String,
        /// Every problem, one a line.
        problems: String,
    },
    /// The text model cannot read one of its sentences.
    #[error("pack {name}: {text:?} cannot be read: {why}")]
    Unreadable {
        /// Which pack.
        name: String,
        /// The sentence.
        text: String,
        /// What the model says.
        why: ReadError,
    },
    /// The text model gives no sentence embeddings.
    #[error(transparent)]
    Embeddings(#[from] EmbeddingsError),
    /// A command that a frame stands for is not understood.
    #[error(
        "pack {name}, frame {frame}: the command {text:?} is not understood; say it in words that `coact parse` takes"
    )]
    Command {
        /// Which pack.
        name: String,
        /// Which frame.
        frame: String,
        /// The command.
        text: String,
    },
}

/// A pack's files.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where they are.
    pub path: PathBuf,
    /// What they say.
    pub file: PackFile,
    /// Checksum of all of them.
    digest: [u8; 32],
}

/// Reads the files of the pack in a folder; a path to the file itself will do.
///
/// # Errors
/// When a file cannot be read or parsed.
pub fn source(path: &Path) -> Result<Source, PackError> {
    let file_path = if path.is_dir() {
        path.join(FILE)
    } else {
        path.to_owned()
    };
    let text = read_text(&file_path)?;
    let mut hash = Sha256::new();
    hash.update(&text);
    let mut file = parse(&text, &file_path)?;
    let folder = file_path.parent().unwrap_or(Path::new(".")).to_owned();
    for document in &mut file.document {
        if let Some(name) = &document.file {
            let text = read_text(&folder.join(name))?;
            hash.update(&text);
            document.passages.extend(paragraphs(&text));
        }
    }
    Ok(Source {
        path: file_path,
        file,
        digest: hash.finalize().into(),
    })
}

/// Parses the file of a pack; `path` is named in errors.
///
/// # Errors
/// When it is no TOML or has keys that a pack has not.
pub fn parse(text: &str, path: &Path) -> Result<PackFile, PackError> {
    toml::from_str(text).map_err(|error| PackError::Parse {
        path: path.to_owned(),
        message: explain(&error),
    })
}

/// The paragraphs of a text: what stands between empty lines. Headings are no paragraphs.
fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    let plain = text.replace("\r\n", "\n");
    let parts: Vec<String> = plain.split("\n\n").map(|part| part.trim().to_owned()).collect();
    parts
        .into_iter()
        .filter(|part| !part.is_empty() && !part.starts_with('#'))
}

fn read_text(path: &Path) -> Result<String, PackError> {
    let read = || {
        let length = std::fs::metadata(path)?.len();
        if length > LONGEST {
            let why = format!("it has {length} bytes, at most {LONGEST} are taken");
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, why));
        }
        std::fs::read_to_string(path)
    };
    read().map_err(|source| PackError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Where the learnt packs of a state folder are.
#[must_use]
pub fn folder(state: &Path) -> PathBuf {
    state.join("packs")
}

/// The packs that were taught to this robot: the folders in the state folder, by name.
#[must_use]
pub fn taught(state: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(state)).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.join(FILE).is_file())
        .collect();
    folders.sort();
    folders
}

/// Learns packs one after the other; none may collide with those before it. `cache` is a folder for what was learnt.
///
/// # Errors
/// The first pack that cannot be learnt, with all that is wrong with it.
pub fn learn(paths: &[PathBuf], reader: &Reader, cache: Option<&Path>) -> Result<Vec<Pack>, PackError> {
    let mut packs: Vec<Pack> = Vec::new();
    let mut before = [0; 32];
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in paths {
        let place = path.canonicalize().unwrap_or_else(|_| path.clone());
        if seen.contains(&place) {
            continue;
        }
        seen.push(place);
        let source = source(path)?;
        // What a pack may be depends on the packs before it and on the model, so the key does, too.
        let mut key = Sha256::new();
        key.update(before);
        key.update(source.digest);
        key.update(reader.version());
        key.update(crate::VERSION);
        before = key.finalize().into();
        let kept = cache.map(|folder| folder.join(format!("{}.learnt", hex(&before[..12]))));
        if let Some(pack) = kept.as_deref().and_then(recall) {
            packs.push(pack);
            continue;
        }
        let pack = fresh(&source.file, &packs, reader)?;
        if let Some(path) = &kept {
            keep(path, &pack);
        }
        packs.push(pack);
    }
    Ok(packs)
}

/// Learns one pack beside those there are.
///
/// # Errors
/// All that is wrong with it.
pub fn fresh(file: &PackFile, packs: &[Pack], reader: &Reader) -> Result<Pack, PackError> {
    let mut pack = file.pack().map_err(|problems| invalid(&file.name, &problems))?;
    let mut embeddings = Vec::new();
    for text in pack.texts() {
        let tags = reader.read(text, None).map_err(|why| PackError::Unreadable {
            name: pack.name.clone(),
            text: text.to_owned(),
            why,
        })?;
        if tags.embedding.is_empty() {
            return Err(EmbeddingsError {
                name: pack.name.clone(),
                expected: 1,
                came: 0,
            }
            .into());
        }
        embeddings.push(tags.embedding);
    }
    pack.embed(embeddings)?;
    for frame in &mut pack.frames {
        for step in &mut frame.does {
            let reading = plainly(&step.text, reader);
            if reading.outcome != Outcome::Act || !reading.tasks.iter().all(judge::acted_on) {
                return Err(PackError::Command {
                    name: file.name.clone(),
                    frame: frame.name.clone(),
                    text: step.text.clone(),
                });
            }
            step.tasks = reading.tasks;
        }
    }
    let mut found: Vec<Collision> = Vec::new();
    if packs.iter().any(|other| other.name == pack.name) {
        found.push(Collision::Name(pack.name.clone()));
    }
    found.extend(collisions(&pack, packs, |text| plainly(text, reader)));
    if found.is_empty() {
        Ok(pack)
    } else {
        Err(invalid(&file.name, &found))
    }
}

/// What a sentence means without packs.
fn plainly(text: &str, reader: &Reader) -> Reading {
    let tags = reader.read(text, None).ok();
    let context = Context {
        thresholds: *reader.thresholds(),
        ..Context::default()
    };
    understand(text, tags.as_ref(), reader.labels(), &context)
}

fn invalid(name: &str, found: &[impl std::fmt::Display]) -> PackError {
    let mut problems = String::new();
    for problem in found {
        let _ = write!(problems, "\n  - {problem}");
    }
    PackError::Invalid {
        name: name.to_owned(),
        problems,
    }
}

/// What was learnt earlier; nothing where it was not, or where it cannot be read any more.
fn recall(path: &Path) -> Option<Pack> {
    postcard::from_bytes(&std::fs::read(path).ok()?).ok()
}

/// Keeps what was learnt. Where nothing can be written it is learnt anew the next time.
fn keep(path: &Path, pack: &Pack) {
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let bytes = postcard::to_stdvec(pack).unwrap_or_default();
        let draft = path.with_extension("draft");
        std::fs::write(&draft, bytes)?;
        std::fs::rename(&draft, path)
    };
    if let Err(error) = write() {
        log::debug!("what was learnt is not kept at {}: {error}", path.display());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
