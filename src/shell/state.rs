//! The state folder: the one place where coact writes.

use std::path::PathBuf;

/// The folder named by `--state`, else `$COACT_STATE`, else `$XDG_STATE_HOME/coact`, else `~/.local/state/coact`; for the
/// service, which has no home, `/var/lib/coact`.
#[must_use]
pub fn folder(named: Option<PathBuf>) -> PathBuf {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    named
        .or_else(|| variable("COACT_STATE"))
        .or_else(|| variable("XDG_STATE_HOME").map(|home| home.join("coact")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/state/coact")))
        .unwrap_or_else(|| PathBuf::from("/var/lib/coact"))
}
