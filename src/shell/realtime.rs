//! The threads on the way of a stop before others, and real time: before everything, with memory that is never swapped out.
//!
//! Input: the running program. Output: what the system allowed. Which threads, and how far before the others, stands in
//! one table. The networks never get a level: they may fill every core, and a stop still goes through.

use super::sys::priority::{first_in_first_out, in_turns_of};
use rustix::mm::{MlockAllFlags, mlockall};
use std::io;
use std::time::Duration;

/// Names of threads and their levels; the highest goes first. Interrupt threads of the kernel have 50.
const LEVELS: [(&str, i32); 5] = [
    ("link", 30),
    ("link-reader", 30),
    ("pins", 30),
    ("socket", 25),
    ("brain", 20),
];

/// Why it is not so.
#[derive(Debug, thiserror::Error)]
pub enum RealTimeError {
    /// Memory may be swapped out.
    #[error(
        "memory cannot be locked: {0}; allow it with `ulimit -l unlimited`, LimitMEMLOCK=infinity in the unit, or CAP_IPC_LOCK"
    )]
    Memory(io::Error),
    /// Threads wait like all others.
    #[error(
        "the thread {thread} cannot be put first: {source}; allow it with `ulimit -r {level}`, LimitRTPRIO={level} in the unit, or CAP_SYS_NICE"
    )]
    Priority {
        /// Its name.
        thread: String,
        /// The level it needs.
        level: i32,
        /// What the system said.
        source: io::Error,
    },
    /// The threads cannot be listed.
    #[error("the threads of this program cannot be listed in /proc/self/task: {0}")]
    Threads(io::Error),
}

/// The shortest turn that Linux grants.
const TURN: Duration = Duration::from_micros(100);

/// Lets the threads of the table ask for short turns, which anybody may; gives how many.
///
/// # Errors
/// [`RealTimeError`] says what the system did not grant.
pub fn short_turns() -> Result<usize, RealTimeError> {
    each(|thread, _| in_turns_of(thread, TURN))
}

/// Locks all memory, present and future, and raises the threads of the table that run; gives how many.
///
/// # Errors
/// [`RealTimeError`] says what was not allowed; what was stays in force.
pub fn start() -> Result<usize, RealTimeError> {
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE)
        .map_err(|error| RealTimeError::Memory(error.into()))?;
    each(first_in_first_out)
}

/// Does this with the number and the level of every thread of the table that runs.
fn each(put: impl Fn(i32, i32) -> io::Result<()>) -> Result<usize, RealTimeError> {
    let mut done = 0;
    for entry in std::fs::read_dir("/proc/self/task").map_err(RealTimeError::Threads)? {
        let task = entry.map_err(RealTimeError::Threads)?.path();
        let number = task.file_name().and_then(|name| name.to_str()?.parse().ok());
        // A thread that has just ended needs no level.
        let (Some(number), Ok(name)) = (number, std::fs::read_to_string(task.join("comm"))) else {
            continue;
        };
        let Some(&(_, level)) = LEVELS.iter().find(|(known, _)| *known == name.trim_end()) else {
            continue;
        };
        put(number, level).map_err(|source| RealTimeError::Priority {
            thread: name.trim_end().to_owned(),
            level,
            source,
        })?;
        done += 1;
    }
    Ok(done)
}
