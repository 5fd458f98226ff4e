//! Reads `robot.toml`: the file as text in, a whole and valid [`Robot`] out, or every problem with what to do.

use brain::config::Robot;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The built-in demo robot, described as any other.
pub const DEMO_ROBOT: &str = include_str!("../../packs/demo/robot.toml");

/// Why a robot description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "cannot read the robot description {path}: {source}; name one with --config, or leave it out for the built-in demo robot"
    )]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no TOML, has a key that is not known, or a value of another type.
    #[error("{path}: {message}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, column and what was expected; the nearest key where one is not known.
        message: String,
    },
    /// It can be read, but parts of it do not fit together.
    #[error("{path} cannot be used:{problems}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Every problem, one a line.
        problems: String,
    },
}

/// Reads and checks a robot description.
///
/// # Errors
/// When the file cannot be read, parsed, or used; the error says all that is wrong at once.
pub fn load(path: &Path) -> Result<Robot, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut robot = parse(&text, path)?;
    // Packs and secrets are named as they lie beside the description.
    let folder = path.parent().unwrap_or(Path::new("."));
    for pack in &mut robot.packs {
        *pack = folder.join(&*pack).display().to_string();
    }
    let secrets = [&mut robot.board.key_file, &mut robot.wyoming.token_file];
    for secret in secrets.into_iter().flatten() {
        *secret = folder.join(&*secret).display().to_string();
    }
    Ok(robot)
}

/// The built-in demo robot.
///
/// # Errors
/// Never, unless the file in the source tree is broken; a test keeps it whole.
pub fn demo() -> Result<Robot, ConfigError> {
    parse(DEMO_ROBOT, Path::new("the built-in demo robot"))
}

/// Parses and checks a robot description; `path` is named in errors.
///
/// # Errors
/// See [`load`].
pub fn parse(text: &str, path: &Path) -> Result<Robot, ConfigError> {
    let robot: Robot = toml::from_str(text).map_err(|error| ConfigError::Parse {
        path: path.to_owned(),
        message: explain(&error),
    })?;
    let found = robot.validate();
    if found.is_empty() {
        return Ok(robot);
    }
    let mut problems = String::new();
    for problem in found {
        let _ = write!(problems, "\n  - {problem}");
    }
    Err(ConfigError::Invalid {
        path: path.to_owned(),
        problems,
    })
}

/// Line, column and what was expected; the nearest key where one is not known.
pub(crate) fn explain(error: &toml::de::Error) -> String {
    let mut message = error.to_string().trim_end().to_owned();
    if let Some(hint) = nearest_key(error.message()) {
        let _ = write!(message, "\n{hint}");
    }
    message
}

/// For serde's "unknown field `x`, expected one of `a`, `b`": the known name nearest to the one that came.
fn nearest_key(message: &str) -> Option<String> {
    let mut names = message
        .strip_prefix("unknown field ")?
        .split('`')
        .skip(1)
        .step_by(2);
    let came = names.next()?;
    let best =
        names.max_by(|a, b| strsim::jaro_winkler(came, a).total_cmp(&strsim::jaro_winkler(came, b)))?;
    Some(format!("did you mean `{best}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_robot_is_valid() {
        demo().unwrap();
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let text = DEMO_ROBOT.replacen("name", "nmae", 1);
        let error = parse(&text, Path::new("robot.toml")).unwrap_err().to_string();
        assert!(
            error.contains("unknown field `nmae`") && error.contains("did you mean `name`?"),
            "{error}"
        );
    }
}
