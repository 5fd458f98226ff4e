//! The control socket: `coact tell`, `status`, `stop` and `resume` talk to the running daemon through it.
//!
//! A Unix socket in the state folder, for the user that the daemon runs as or for its group, too ([`For`]). One JSON
//! object a line: a [`Request`] in, [`Answer`]s out. Lines are bounded, clients are few, and none can make the brain wait.

use super::reports::{Watch, What};
use super::runtime::{Runtime, Status};
use crate::report::course::Course;
use crate::report::say;
use brain::act::Progress;
use brain::message::StopCause;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Name of the socket in the state folder.
pub const NAME: &str = "coact.sock";
/// Longest request in bytes; a longer one is answered with an error.
const LONGEST: u64 = 64 << 10;
/// Most clients at once; one more is turned away with an error.
const CLIENTS: usize = 16;
/// A client that sends nothing for so long is let go.
const IDLE: Duration = Duration::from_secs(600);
/// A client that does not read for so long is let go.
const STUCK: Duration = Duration::from_secs(2);

/// Who may use the socket. The system checks it; root always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// The user that the daemon runs as.
    Owner,
    /// The members of the group that it runs in, too.
    Group,
}

impl For {
    fn mode(self) -> u32 {
        match self {
            For::Owner => 0o600,
            For::Group => 0o660,
        }
    }
}

/// What a client may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Says something to the robot.
    Tell {
        /// The words.
        text: String,
        /// Only say what would be done.
        #[serde(default)]
        dry_run: bool,
        /// Go on reporting until the plan has ended.
        #[serde(default)]
        follow: bool,
    },
    /// How it fares.
    Status,
    /// Halt: ramp down.
    Stop,
    /// Emergency stop, latched on the board.
    EmergencyStop,
    /// A person says that it may go on.
    Resume,
    /// Listen for one utterance without the wake word.
    Listen,
}

/// What the daemon answers, one or more for each request; the last says so.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The reply to what was told.
    Reply(Box<say::Said>),
    /// Something the robot says meanwhile.
    Say(String),
    /// How far the plan is.
    Progress(Progress),
    /// How it fares.
    Status(Box<Status>),
    /// Done.
    Ok(&'static str),
    /// Not done, and why.
    Error(String),
}

/// Why the socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another daemon listens there.
    #[error(
        "a daemon is running already on {0}; stop it first, or give this one a folder of its own with --state"
    )]
    Taken(PathBuf),
    /// The system refuses.
    #[error(
        "cannot listen on {path}: {source}; name a folder that can be written, and not too long a path, with --state"
    )]
    Listen {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A listening socket; dropping it removes the file.
pub struct Socket {
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Socket {
    /// Listens in the state folder and serves those it is for, each on a thread of its own.
    ///
    /// # Errors
    /// When another daemon listens there or the system refuses.
    pub fn listen(folder: &Path, whom: For, runtime: Arc<Runtime>) -> Result<Socket, SocketError> {
        let path = folder.join(NAME);
        let failed = |source| SocketError::Listen {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        if UnixStream::connect(&path).is_ok() {
            return Err(SocketError::Taken(path));
        }
        // What is left of a daemon that was killed.
        if path.exists() {
            std::fs::remove_file(&path).map_err(failed)?;
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(whom.mode())).map_err(failed)?;
        let clients = Arc::new(AtomicUsize::new(0));
        std::thread::Builder::new()
            .name("socket".into())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    serve(stream, &runtime, &clients);
                }
            })
            .map_err(failed)?;
        Ok(Socket { path })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn serve(mut stream: UnixStream, runtime: &Arc<Runtime>, clients: &Arc<AtomicUsize>) {
    let _ = stream.set_read_timeout(Some(IDLE));
    let _ = stream.set_write_timeout(Some(STUCK));
    if clients.fetch_add(1, Ordering::Relaxed) >= CLIENTS {
        clients.fetch_sub(1, Ordering::Relaxed);
        let _ = send(
            &mut stream,
            &Answer::Error(format!("{CLIENTS} clients are connected already")),
        );
        return;
    }
    let (runtime, counted) = (Arc::clone(runtime), Arc::clone(clients));
    let spawned = std::thread::Builder::new().name("client".into()).spawn(move || {
        // A client that goes away in the middle is no matter of ours.
        let _ = converse(&stream, &runtime);
        counted.fetch_sub(1, Ordering::Relaxed);
    });
    if spawned.is_err() {
        clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The requests in what a client sends, one a line; a line that is none gives the words to answer it with.
///
/// Ends with the input, with its first error, and after a line that is too long: what follows it may be anything.
pub fn requests(input: impl Read) -> impl Iterator<Item = std::io::Result<Result<Request, String>>> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut over = false;
    std::iter::from_fn(move || {
        line.clear();
        if over {
            return None;
        }
        match input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) if !line.ends_with(b"\n") && line.len() as u64 == LONGEST => {
                over = true;
                Some(Ok(Err(format!(
                    "a request is one line of at most {LONGEST} bytes"
                ))))
            }
            Ok(_) => {
                let request = serde_json::from_slice(&line);
                Some(Ok(request.map_err(|error| format!("not a request: {error}"))))
            }
            Err(error) => {
                over = true;
                Some(Err(error))
            }
        }
    })
}

fn converse(stream: &UnixStream, runtime: &Runtime) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    for request in requests(stream) {
        match request? {
            Ok(request) => answer(&mut out, runtime, request)?,
            Err(why) => send(&mut out, &Answer::Error(why))?,
        }
    }
    Ok(())
}

fn answer(out: &mut UnixStream, runtime: &Runtime, request: Request) -> std::io::Result<()> {
    match request {
        Request::Tell {
            text,
            dry_run,
            follow,
        } => {
            let watch = runtime.watch();
            match runtime.tell(&text, dry_run) {
                Ok(id) => report(out, &watch, id, follow && !dry_run),
                Err(busy) => send(out, &Answer::Error(busy.to_string())),
            }
        }
        Request::Status => send(out, &Answer::Status(Box::new(runtime.status()))),
        Request::Stop => {
            runtime.stop(StopCause::Halt);
            send(out, &Answer::Ok("stopped"))
        }
        Request::EmergencyStop => {
            runtime.stop(StopCause::Emergency("a person asked for it".into()));
            send(out, &Answer::Ok("emergency stop"))
        }
        Request::Resume => {
            let resumed = runtime.resume();
            send(
                out,
                &resumed.map_or_else(|why| Answer::Error(why.to_string()), |()| Answer::Ok("resumed")),
            )
        }
        Request::Listen if runtime.listen() => send(out, &Answer::Ok("listening")),
        Request::Listen => send(
            out,
            &Answer::Error("this robot does not listen: its description has no [microphone]".into()),
        ),
    }
}

/// Sends the reply and, when asked, everything until the plan has ended.
fn report(
    out: &mut UnixStream,
    watch: &Watch,
    id: brain::units::UtteranceId,
    follow: bool,
) -> std::io::Result<()> {
    let mut course = Course::of(id);
    while course.reply().is_none() || (follow && course.runs()) {
        let answered = course.reply().is_some();
        let patience = if answered { IDLE } else { Duration::from_secs(30) };
        let Ok(report) = watch.reports.recv_timeout(patience) else {
            let nothing = "no answer came; `coact status` tells how the robot fares";
            return send(out, &Answer::Error(nothing.into()));
        };
        course.take(&report.what);
        match (report.what, course.reply()) {
            (_, Some(said)) if !answered => send(out, &Answer::Reply(Box::new(said.clone())))?,
            (What::Say(text), Some(_)) => send(out, &Answer::Say(text))?,
            (What::Progress(progress), Some(_)) => send(out, &Answer::Progress(progress))?,
            _ => {}
        }
    }
    Ok(())
}

fn send(out: &mut UnixStream, answer: &Answer) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// Sends one request to the daemon in `folder` and hands each answer to `take` until it says `false` or none comes.
///
/// # Errors
/// When no daemon listens there, or the line breaks.
pub fn ask(
    folder: &Path,
    request: &Request,
    mut take: impl FnMut(serde_json::Value) -> bool,
) -> Result<(), AskError> {
    let path = folder.join(NAME);
    let mut stream = UnixStream::connect(&path).map_err(|source| match source.kind() {
        ErrorKind::PermissionDenied => AskError::Closed(path.clone()),
        _ => AskError::Nobody {
            path: path.clone(),
            source,
        },
    })?;
    let mut line = serde_json::to_vec(request).map_err(std::io::Error::from)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    // No request follows: the daemon hangs up once it has answered this one, whatever is still waited for here.
    stream.shutdown(std::net::Shutdown::Write)?;
    for line in BufReader::new(stream).lines() {
        let answer = serde_json::from_str(&line?).map_err(std::io::Error::from)?;
        if !take(answer) {
            break;
        }
    }
    Ok(())
}

/// Why the daemon gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No daemon listens.
    #[error(
        "no daemon listens on {path} ({source}); start one with `coact run`, or name its folder with --state"
    )]
    Nobody {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not for this user.
    #[error(
        "the daemon on {0} is not for you: it serves the user it runs as and, with `coact run --group`, that user's group; \
        `sudo usermod -aG coact $USER` lets you in where it is the installed service"
    )]
    Closed(PathBuf),
    /// The line broke.
    #[error("the daemon went away: {0}; its last words are in its own output")]
    Gone(#[from] std::io::Error),
}
