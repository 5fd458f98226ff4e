//! Secrets in files: the key that the link shares with the board, the token that clients on other computers must have. They
//! are never printed and never kept in a journal; a file that others can read is refused.

use firmware_bridge::seal::Key;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error(
        "cannot read the key {path}: {source}; make one with `(umask 077; openssl rand -hex 16 > {path})`"
    )]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others than its owner may use the file.
    #[error("the key {path} has mode {mode:03o}, others could read it: `chmod 600 {path}`")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds something else.
    #[error(
        "{path} holds no key: expected 32 hexadecimal digits, came {came} characters; make one with `(umask 077; openssl rand -hex 16 > {path})`"
    )]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// How many characters it has.
        came: usize,
    },
}

/// Reads a key file: 32 hexadecimal digits, readable by its owner alone.
///
/// # Errors
/// [`KeyError`] says what is wrong with it and what to do.
pub fn read(path: &Path) -> Result<Key, KeyError> {
    secret(path).map(|(key, _)| key)
}

/// The digits of a key file, as they stand there.
///
/// # Errors
/// See [`read`].
pub fn digits(path: &Path) -> Result<String, KeyError> {
    secret(path).map(|(_, digits)| digits)
}

fn secret(path: &Path) -> Result<(Key, String), KeyError> {
    let failed = |source| KeyError::Read {
        path: path.to_owned(),
        source,
    };
    let mode = path.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let text = std::fs::read(path).map_err(failed)?;
    let text = text.trim_ascii();
    let digits = str::from_utf8(text).ok();
    let key = digits.and_then(|digits| Some((Key::from_hex(digits)?, digits.to_owned())));
    key.ok_or_else(|| KeyError::Malformed {
        path: path.to_owned(),
        came: text.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions, write};

    #[test]
    fn a_key_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("board.key");
        let told = |mode: u32, text: &str| {
            write(&path, text).expect("written");
            set_permissions(&path, Permissions::from_mode(mode)).expect("its owner may");
            read(&path).map_err(|error| error.to_string())
        };
        let digits = "000102030405060708090a0b0c0d0e0f";
        assert_eq!(
            told(0o600, &format!("{digits}\n")),
            Ok(Key::new(std::array::from_fn(|byte| byte as u8)))
        );
        let refused = |mode, text: &str| told(mode, text).expect_err("refused");
        assert!(refused(0o640, digits).contains("has mode 640, others could read it"));
        assert!(refused(0o600, "secret").contains("expected 32 hexadecimal digits, came 6 characters"));
        let missing = read(&folder.path().join("none"))
            .expect_err("is not there")
            .to_string();
        assert!(missing.contains("openssl rand -hex 16"), "{missing}");
    }
}
