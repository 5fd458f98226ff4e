//! What a robot was taught: phrases in a pack of its own, and whole packs, in the state folder.
//!
//! Every change of the phrases is a new version; the one before is kept beside it. It only reads and writes files: whether
//! a phrase may be learnt is found out by learning it.

use super::{FILE, PackError, Source, folder, source};
use brain::understand::packs::file::{FrameFile, PackFile};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the pack that taught phrases are kept in.
pub const NAME: &str = "taught";

/// Most versions that are kept.
const MOST_VERSIONS: u32 = 20;

/// Why something was not taught.
#[derive(Debug, thiserror::Error)]
pub enum LessonError {
    /// A pack cannot be read.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A file cannot be written.
    #[error("cannot write to {path}: {source}; name a folder that can be written with --state")]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It was taught already.
    #[error("“{phrase}” was taught already, for the frame {frame}: forget it first")]
    Known {
        /// The phrase.
        phrase: String,
        /// Its frame.
        frame: String,
    },
    /// A phrase without a meaning.
    #[error(
        "what does “{0}” mean? Name a frame that exists with --frame, or say what to do with --does or --says"
    )]
    Meaningless(String),
    /// A frame has its meaning already.
    #[error("the frame {0} has a meaning already: add a phrase to it with --frame alone, or forget it first")]
    Settled(String),
    /// There is no older version.
    #[error("there is no version before this one")]
    First,
}

fn place(state: &Path) -> PathBuf {
    folder(state).join(NAME).join(FILE)
}

/// The taught phrases; an empty pack where nothing was taught.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read(state: &Path) -> Result<PackFile, LessonError> {
    let path = place(state);
    if path.is_file() {
        return Ok(source(&path)?.file);
    }
    Ok(PackFile {
        name: NAME.to_owned(),
        ..PackFile::default()
    })
}

/// Adds a phrase; gives the name of its frame.
///
/// # Errors
/// When it is there already, or means nothing.
pub fn add(
    file: &mut PackFile,
    phrase: &str,
    frame: Option<&str>,
    says: Option<&str>,
    does: &[String],
) -> Result<String, LessonError> {
    let same = |known: &String| known.eq_ignore_ascii_case(phrase);
    if let Some(known) = file.frame.iter().find(|known| known.phrases.iter().any(same)) {
        return Err(LessonError::Known {
            phrase: phrase.to_owned(),
            frame: known.name.clone(),
        });
    }
    let meaning = says.is_some() || !does.is_empty();
    if frame.is_none() && !meaning {
        return Err(LessonError::Meaningless(phrase.to_owned()));
    }
    let name = frame.map_or_else(|| slug(phrase), str::to_owned);
    match file.frame.iter_mut().find(|known| known.name == name) {
        Some(_) if meaning => return Err(LessonError::Settled(name)),
        Some(known) => known.phrases.push(phrase.to_owned()),
        None => file.frame.push(FrameFile {
            name: name.clone(),
            phrases: vec![phrase.to_owned()],
            says: says.map(str::to_owned),
            does: does.to_vec(),
            ..FrameFile::default()
        }),
    }
    Ok(name)
}

/// A name made of a phrase.
fn slug(phrase: &str) -> String {
    let plain: String = phrase
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().take(4).collect();
    format!("taught_{}", words.join("_"))
}

/// Takes a phrase out; a frame without phrases goes with its last one. Whether it was there.
pub fn remove(file: &mut PackFile, phrase: &str) -> bool {
    let mut found = false;
    for frame in &mut file.frame {
        let before = frame.phrases.len();
        frame.phrases.retain(|known| !known.eq_ignore_ascii_case(phrase));
        found |= frame.phrases.len() < before;
    }
    file.frame
        .retain(|frame| !frame.phrases.is_empty() || !frame.templates.is_empty());
    found
}

/// Writes the taught phrases as a new version; gives its number.
///
/// # Errors
/// When a file cannot be written.
pub fn write(state: &Path, file: &PackFile) -> Result<u32, LessonError> {
    let path = place(state);
    let put = || -> io::Result<u32> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let version = newest(&path) + 1;
        if path.is_file() {
            std::fs::copy(&path, old(&path, version))?;
        } else {
            std::fs::write(old(&path, version), "")?;
        }
        let _ = std::fs::remove_file(old(&path, version.saturating_sub(MOST_VERSIONS)));
        if file.frame.is_empty() {
            let _ = std::fs::remove_file(&path);
            return Ok(version);
        }
        let text = toml::to_string_pretty(file).map_err(io::Error::other)?;
        let draft = path.with_extension("draft");
        std::fs::write(&draft, text)?;
        std::fs::rename(&draft, &path)?;
        Ok(version)
    };
    put().map_err(|source| LessonError::Write {
        path: path.clone(),
        source,
    })
}

/// Goes back to the version before; gives the number of the one that counts now.
///
/// # Errors
/// When there is none, or a file cannot be written.
pub fn undo(state: &Path) -> Result<u32, LessonError> {
    let path = place(state);
    let version = newest(&path);
    let before = old(&path, version);
    if version == 0 || !before.is_file() {
        return Err(LessonError::First);
    }
    let put = || -> io::Result<()> {
        if std::fs::metadata(&before)?.len() == 0 {
            std::fs::remove_file(&before)?;
            return std::fs::remove_file(&path).or(Ok(()));
        }
        std::fs::rename(&before, &path)
    };
    put().map_err(|source| LessonError::Write {
        path: path.clone(),
        source,
    })?;
    Ok(version - 1)
}

/// The version before the one of this number.
fn old(path: &Path, version: u32) -> PathBuf {
    path.with_extension(format!("before-{version}"))
}

/// The number of the newest version; 0 before the first.
fn newest(path: &Path) -> u32 {
    let entries = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let names = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let numbers = names.filter_map(|path| path.extension()?.to_str()?.strip_prefix("before-")?.parse().ok());
    numbers.max().unwrap_or(0)
}

/// Keeps a pack in the state folder: its file, with the documents' passages in it.
///
/// # Errors
/// When it cannot be written.
pub fn keep_pack(state: &Path, source: &Source) -> Result<(), LessonError> {
    let mut file = source.file.clone();
    for document in &mut file.document {
        // The passages were read out of it already.
        document.file = None;
    }
    let path = folder(state).join(&file.name).join(FILE);
    let put = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = toml::to_string_pretty(&file).map_err(io::Error::other)?;
        let draft = path.with_extension("draft");
        std::fs::write(&draft, text)?;
        std::fs::rename(&draft, &path)
    };
    put().map_err(|source| LessonError::Write {
        path: path.clone(),
        source,
    })
}

/// Forgets a pack that was taught; whether there was one.
///
/// # Errors
/// When its file cannot be taken away.
pub fn forget_pack(state: &Path, name: &str) -> Result<bool, LessonError> {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let path = folder(state).join(name).join(FILE);
    if !plain || name == NAME || !path.is_file() {
        return Ok(false);
    }
    std::fs::remove_file(&path).map_err(|source| LessonError::Write {
        path: path.clone(),
        source,
    })?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> PackFile {
        PackFile {
            name: NAME.to_owned(),
            ..PackFile::default()
        }
    }

    #[test]
    fn what_is_taught_is_kept_and_can_be_taken_back() {
        let state = tempfile::tempdir().unwrap();
        let mut lessons = read(state.path()).unwrap();
        assert_eq!(lessons, file());
        assert_eq!(
            add(&mut lessons, "make me happy", Some("greeting"), None, &[]).unwrap(),
            "greeting"
        );
        assert_eq!(write(state.path(), &lessons).unwrap(), 1);
        let does = ["switch off the light".to_owned()];
        let frame = add(&mut lessons, "Good night!", None, Some("Sleep well."), &does).unwrap();
        assert_eq!(frame, "taught_good_night");
        assert_eq!(write(state.path(), &lessons).unwrap(), 2);
        assert_eq!(read(state.path()).unwrap(), lessons);
        assert_eq!(undo(state.path()).unwrap(), 1);
        assert_eq!(read(state.path()).unwrap().frame.len(), 1);
        assert_eq!(undo(state.path()).unwrap(), 0);
        assert_eq!(read(state.path()).unwrap(), file());
        assert!(matches!(undo(state.path()), Err(LessonError::First)));
    }

    #[test]
    fn what_cannot_be_taught_is_said() {
        let mut lessons = file();
        let told = |result: Result<String, LessonError>| result.unwrap_err().to_string();
        assert_eq!(
            told(add(&mut lessons, "hop", None, None, &[])),
            "what does “hop” mean? Name a frame that exists with --frame, or say what to do with --does or --says"
        );
        add(&mut lessons, "hop", Some("jump"), Some("Hop."), &[]).unwrap();
        assert_eq!(
            told(add(&mut lessons, "Hop", Some("jump"), None, &[])),
            "“Hop” was taught already, for the frame jump: forget it first"
        );
        assert_eq!(
            told(add(&mut lessons, "skip", Some("jump"), Some("Skip."), &[])),
            "the frame jump has a meaning already: add a phrase to it with --frame alone, or forget it first"
        );
        assert!(remove(&mut lessons, "HOP") && lessons.frame.is_empty());
        assert!(!remove(&mut lessons, "hop"));
    }

    #[test]
    fn a_pack_is_kept_with_what_its_documents_say() {
        let state = tempfile::tempdir().unwrap();
        let from = tempfile::tempdir().unwrap();
        std::fs::write(
            from.path().join("manual.txt"),
            "# Manual\n\nFill the tank.\n\nEmpty\nthe tray.\n",
        )
        .unwrap();
        let text = "name = \"cafe\"\n[[document]]\ntitle = \"manual\"\nfile = \"manual.txt\"\n";
        std::fs::write(from.path().join(FILE), text).unwrap();
        keep_pack(state.path(), &source(from.path()).unwrap()).unwrap();
        let kept = super::super::taught(state.path());
        assert_eq!(kept.len(), 1);
        let kept = source(&kept[0]).unwrap().file;
        assert_eq!(kept.document[0].passages, ["Fill the tank.", "Empty\nthe tray."]);
        assert!(!forget_pack(state.path(), "../cafe").unwrap());
        assert!(forget_pack(state.path(), "cafe").unwrap() && super::super::taught(state.path()).is_empty());
    }
}
