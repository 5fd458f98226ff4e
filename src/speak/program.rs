//! Finds programs of the system and fills in their command lines.
//!
//! In: names, templates of command lines. Out: paths, arguments. It starts nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where the program lies: a path as it is, a name in the folders of `PATH`. `None` when there is none that can be run.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let runs = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| runs(path));
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| runs(path))
}

/// The first of these programs that is installed, with its arguments.
#[must_use]
pub fn first<'a>(lines: &[&[&'a str]]) -> Option<Vec<&'a str>> {
    lines
        .iter()
        .find(|line| line.first().is_some_and(|name| find(name).is_some()))
        .map(|line| line.to_vec())
}

/// A command line with `{name}` replaced by its value, word by word.
#[must_use]
pub fn filled<S: AsRef<str>>(line: &[S], values: &[(&str, &str)]) -> Vec<String> {
    line.iter()
        .map(|word| {
            values
                .iter()
                .fold(word.as_ref().to_owned(), |word, (name, value)| {
                    word.replace(&format!("{{{name}}}"), value)
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_where_they_can_be_run() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("/etc/passwd"), None);
        assert_eq!(find("no-such-program-at-all"), None);
        assert_eq!(
            first(&[&["no-such-program-at-all"], &["sh", "-c"]]),
            Some(vec!["sh", "-c"])
        );
    }

    #[test]
    fn command_lines_are_filled_in() {
        let line = filled(
            &["arecord", "-r", "{rate}", "-D{device}"],
            &[("rate", "16000"), ("device", "hw:1")],
        );
        assert_eq!(line, ["arecord", "-r", "16000", "-Dhw:1"]);
    }
}
