//! The state folder: the one place where coact writes.

use super::socket;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The state folder of the installed service.
const SERVICE: &str = "/var/lib/coact";

/// The folder named by `--state`, else `$COACT_STATE`, else `$XDG_STATE_HOME/coact`, else `~/.local/state/coact`; for the
/// a user without a home, `/var/lib/coact`.
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
        .unwrap_or_else(|| PathBuf::from(SERVICE))
}

/// The folder of the daemon to talk to: the user's own state folder or, where none was named and no daemon listens there,
/// that of the installed service, if it runs.
#[must_use]
pub fn of_daemon(named: Option<PathBuf>) -> PathBuf {
    let chosen = named.is_some() || std::env::var_os("COACT_STATE").is_some_and(|value| !value.is_empty());
    either(folder(named), chosen, Path::new(SERVICE))
}

fn either(own: PathBuf, chosen: bool, service: &Path) -> PathBuf {
    let socket = |folder: &Path| folder.join(socket::NAME).symlink_metadata();
    let serves = match socket(service) {
        Ok(_) => true,
        // It is there, and not for this user; asking it says so.
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    };
    if serves && !chosen && socket(&own).is_err() {
        service.to_owned()
    } else {
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_asked_where_no_other_daemon_is() {
        let folders = tempfile::tempdir().expect("a folder");
        let [own, service] = ["own", "service"].map(|name| folders.path().join(name));
        for folder in [&own, &service] {
            std::fs::create_dir(folder).expect("a folder");
        }
        let check = |chosen, expected: &Path| assert_eq!(either(own.clone(), chosen, &service), expected);
        check(false, &own);
        std::fs::write(service.join(socket::NAME), []).expect("a socket of the service");
        check(false, &service);
        check(true, &own);
        std::fs::write(own.join(socket::NAME), []).expect("a socket of one's own");
        check(false, &own);
    }
}
