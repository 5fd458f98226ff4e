//! A simulation in real time behind a pseudo-terminal.
//!
//! Input: bytes that a host writes to the terminal, and the steady clock. Output: bytes to the host, and events on
//! a bounded queue. One thread: it sleeps until bytes come or the next step of 5 ms is due, so a stop is taken at
//! once and an idle robot costs next to nothing. It never waits for a host or an observer: what a full terminal
//! does not take is lost, as on a wire, and events that find the queue full are counted.

use super::camera::{Camera, Shot};
use super::robot::STEP_MS;
use super::{Event, Options, Simulation};
use crate::shell::queues::{Inlet, SIM_EVENTS, queue};
use crossbeam_channel::Receiver;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How far the simulation may lag behind the clock before its time is paused instead: the machine slept, or the
/// process was stopped.
const LAG: Duration = Duration::from_millis(500);

/// Why a simulation could not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// No pseudo-terminal.
    #[error(
        "cannot open a pseudo-terminal ({step}): {source}; is /dev/pts mounted, and are any terminals left?"
    )]
    Pty {
        /// The call that failed.
        step: &'static str,
        /// Its reason.
        source: std::io::Error,
    },
    /// No thread.
    #[error("cannot start the simulator's thread: {0}")]
    Thread(std::io::Error),
}

/// A simulation that runs in real time until it is dropped.
#[derive(Debug)]
pub struct SimHandle {
    path: PathBuf,
    shared: Arc<Shared>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    simulation: Mutex<Simulation>,
    stop: AtomicBool,
    lost: AtomicU64,
}

impl Shared {
    fn simulation(&self) -> MutexGuard<'_, Simulation> {
        self.simulation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulation {
    /// Runs a simulation on a thread of its own behind a new pseudo-terminal.
    ///
    /// # Errors
    /// [`SimError`] when there is no pseudo-terminal or no thread to be had.
    pub fn spawn(options: &Options) -> Result<SimHandle, SimError> {
        let (line, path) = Line::open()?;
        let (inlet, events) = queue(&SIM_EVENTS);
        let shared = Arc::new(Shared {
            simulation: Mutex::new(Simulation::new(options)),
            stop: AtomicBool::new(false),
            lost: AtomicU64::new(0),
        });
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("sim".into())
            .spawn(move || run(line, &for_thread, &inlet))
            .map_err(SimError::Thread)?;
        Ok(SimHandle {
            path,
            shared,
            events,
            thread: Some(thread),
        })
    }
}

impl SimHandle {
    /// The terminal to open as the robot's serial port.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What happens, in order. It ends when the simulation does.
    #[must_use]
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// Events that were lost because nobody took them.
    #[must_use]
    pub fn lost_events(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Looks at the simulation, or changes it: moves a person, pushes the stop button. It stands still meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&mut Simulation) -> T) -> T {
        look(&mut self.shared.simulation())
    }

    /// An eye for this camera, for a thread of its own.
    #[must_use]
    pub fn viewer(&self, camera: Camera) -> Viewer {
        Viewer {
            shared: Arc::clone(&self.shared),
            camera,
        }
    }
}

/// Looks at a running simulation through a camera.
#[derive(Debug)]
pub struct Viewer {
    shared: Arc<Shared>,
    camera: Camera,
}

impl Viewer {
    /// What the camera sees now; `None` when the simulation has ended. The simulation goes on meanwhile.
    #[must_use]
    pub fn look(&self) -> Option<Shot> {
        if self.shared.stop.load(Ordering::Relaxed) {
            return None;
        }
        let board = self.shared.simulation().board().clone();
        Some(self.camera.look(&board))
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic, if it had one, was printed already.
            let _ = thread.join();
        }
    }
}

/// Moves bytes and time until told to stop.
fn run(mut line: Line, shared: &Shared, events: &Inlet<Event>) {
    let mut start = Instant::now();
    let mut next = Duration::ZERO;
    let (mut input, mut output) = (Vec::new(), Vec::new());
    while !shared.stop.load(Ordering::Relaxed) {
        line.wait((start + next).saturating_duration_since(Instant::now()));
        input.clear();
        let hung_up = line.read(&mut input);
        let mut now = start.elapsed();
        if now > next + LAG {
            log::warn!(
                "the simulator was held up for {} ms; its time stood still",
                (now - next).as_millis()
            );
            start += now - next;
            now = next;
        }
        let mut simulation = shared.simulation();
        simulation.advance(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        if !input.is_empty() {
            simulation.receive(&input);
        }
        if hung_up {
            simulation.hang_up();
        }
        simulation.transmit(&mut output);
        for event in simulation.take_events() {
            events.send(event);
        }
        shared.lost.store(events.gauge().dropped, Ordering::Relaxed);
        let step = Duration::from_millis(STEP_MS);
        while next <= now {
            next += step;
        }
        drop(simulation);
        line.write(&output);
        output.clear();
    }
}

/// The board's end of a pseudo-terminal.
#[derive(Debug)]
struct Line {
    master: OwnedFd,
    /// Nobody has the other end open. Before the first host comes the terminal only seems silent.
    hung_up: bool,
}

impl Line {
    /// A new terminal in raw mode, and the path a host opens.
    fn open() -> Result<(Self, PathBuf), SimError> {
        let fail = |step| {
            move |errno: Errno| SimError::Pty {
                step,
                source: errno.into(),
            }
        };
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).map_err(fail("open"))?;
        grantpt(&master).map_err(fail("grant"))?;
        unlockpt(&master).map_err(fail("unlock"))?;
        let name = ptsname(&master, Vec::new()).map_err(fail("name"))?;
        // Bytes must pass as they are, also before the host sets the mode itself.
        let mut mode = tcgetattr(&master).map_err(fail("read mode"))?;
        mode.make_raw();
        tcsetattr(&master, OptionalActions::Now, &mode).map_err(fail("set raw mode"))?;
        let flags = fcntl_getfl(&master).map_err(fail("read flags"))?;
        fcntl_setfl(&master, flags | OFlags::NONBLOCK).map_err(fail("set non-blocking"))?;
        let path = PathBuf::from(OsString::from_vec(name.into_bytes()));
        Ok((
            Line {
                master,
                hung_up: false,
            },
            path,
        ))
    }

    /// Sleeps until bytes come, the host hangs up, or the time is over.
    fn wait(&self, time: Duration) {
        if self.hung_up {
            // A terminal without a host is always "ready" with its hang-up.
            return thread::sleep(time);
        }
        let Ok(timeout) = Timespec::try_from(time) else {
            return;
        };
        // An error (an interrupted call) only means that the next look comes early.
        let _ = poll(&mut [PollFd::new(&self.master, PollFlags::IN)], Some(&timeout));
    }

    /// Takes what came; true when the host has just hung up.
    fn read(&mut self, into: &mut Vec<u8>) -> bool {
        let mut buffer = [0; 1024];
        loop {
            match rustix::io::read(&self.master, &mut buffer) {
                Ok(length) if length > 0 => {
                    self.hung_up = false;
                    into.extend_from_slice(&buffer[..length]);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    self.hung_up = false;
                    return false;
                }
                // Linux answers EIO, others the end of the file, while nobody has the other end open.
                Ok(_) | Err(_) => return !std::mem::replace(&mut self.hung_up, true),
            }
        }
    }

    /// Writes what the terminal takes; the rest is lost, as on a wire.
    fn write(&self, mut bytes: &[u8]) {
        while !self.hung_up && !bytes.is_empty() {
            match rustix::io::write(&self.master, bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
