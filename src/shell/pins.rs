//! Pins of this computer (GPIO): an emergency stop and a button to talk come in, a status light and a buzzer go out.
//!
//! Input: which lines the robot's description names, and how the daemon stands. Output: stops, through the one way that
//! every stop takes, and lit lines. Lines are read every [`READ`]: a level cannot be missed as an edge can, a bounce does
//! no harm, and a chip that goes away is seen at once. A stop that cannot be read counts as pressed.

#[cfg(all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm")))]
mod computer;
pub mod fake;
mod light;
#[cfg(test)]
mod tests;

use brain::config::{Pin, Robot};
use brain::message::{Latch, StopCause};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time between two looks at a stop button.
pub const READ: Duration = Duration::from_millis(2);
/// Time between two looks where there is only a button to talk.
const READ_TALK: Duration = Duration::from_millis(20);

/// Where lines are opened: those of this computer, or made-up ones.
pub trait Pins {
    /// Opens a line to read it.
    ///
    /// # Errors
    /// When there is no such line, it is in use, or it is not allowed.
    fn input(&self, pin: &Pin) -> Result<Box<dyn Input>, PinError>;

    /// Opens a line to switch it; it begins off.
    ///
    /// # Errors
    /// See [`Pins::input`].
    fn output(&self, pin: &Pin) -> Result<Box<dyn Output>, PinError>;
}

/// A line that is read.
pub trait Input: Send {
    /// It is pressed, by the polarity described.
    ///
    /// # Errors
    /// When its chip is gone.
    fn active(&mut self) -> Result<bool, PinError>;
}

/// A line that is switched.
pub trait Output: Send {
    /// Switches it, by the polarity described.
    ///
    /// # Errors
    /// When its chip is gone.
    fn set(&mut self, on: bool) -> Result<(), PinError>;
}

/// Why a line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Nothing here has pins.
    #[error("coact opens pins on ARM computers with Linux alone, and this is none")]
    NoPins,
    /// The system says no.
    #[error("{0}")]
    System(String),
}

/// A described line that cannot be opened stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} on {} line {} cannot be opened: {source}; {}", .pin.chip, .pin.line, remedy(.key))]
pub struct OpenError {
    what: &'static str,
    key: &'static str,
    pin: Pin,
    source: PinError,
}

fn remedy(key: &str) -> String {
    let wire = match key {
        "emergency_stop" => "wire the button to the board's own stop input",
        _ => "see that the line is free (`gpioinfo`) and that this user may open its chip (group gpio)",
    };
    format!("{wire}, or take [{key}] out of the description")
}

/// The lines of this computer.
#[must_use]
pub fn of_this_computer() -> Box<dyn Pins> {
    #[cfg(all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm")))]
    return Box::new(computer::Computer);
    #[cfg(not(all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm"))))]
    return Box::new(NoPins);
}

/// A computer without pins.
#[derive(Debug, Clone, Copy)]
pub struct NoPins;

impl Pins for NoPins {
    fn input(&self, _: &Pin) -> Result<Box<dyn Input>, PinError> {
        Err(PinError::NoPins)
    }

    fn output(&self, _: &Pin) -> Result<Box<dyn Output>, PinError> {
        Err(PinError::NoPins)
    }
}

/// Keeps an emergency stop from being cleared while its button is pressed. Shared by those who press and those who clear.
#[derive(Debug, Clone, Default)]
pub struct Interlock(Arc<AtomicBool>);

impl Interlock {
    /// A stop button of this computer is pressed, or cannot be read.
    #[must_use]
    pub fn is_asserted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn assert(&self, pressed: bool) {
        self.0.store(pressed, Ordering::Release);
    }
}

/// How the daemon stands, for the light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// The stop latch.
    pub latch: Latch,
    /// The board is in reach.
    pub up: bool,
    /// The outputs are enabled: it may move.
    pub active: bool,
}

/// What the pins have to do with the daemon.
pub trait Panel: Send + 'static {
    /// Stops, as everybody does who stops.
    fn stop(&self, cause: StopCause);
    /// The latch alone: asked at every look.
    fn latch(&self) -> Latch;
    /// How it stands.
    fn stands(&self) -> Stands;
    /// What keeps a stop from being cleared.
    fn interlock(&self) -> &Interlock;
    /// The button to talk went down (true) or up.
    fn talk(&self, held: bool);
}

/// The lines that a robot's description names, open.
pub struct Wired {
    stop: Option<(Pin, Box<dyn Input>)>,
    talk: Option<Box<dyn Input>>,
    light: Option<Box<dyn Output>>,
    buzzer: Option<Box<dyn Output>>,
}

impl Wired {
    /// Opens them all; `None` when there are none.
    ///
    /// # Errors
    /// The first that cannot be opened.
    pub fn open(pins: &dyn Pins, robot: &Robot) -> Result<Option<Wired>, OpenError> {
        let input = |what, key, pin: &Option<Pin>| open(what, key, pin, |pin| pins.input(pin));
        let output = |what, key, pin: &Option<Pin>| open(what, key, pin, |pin| pins.output(pin));
        let wired = Wired {
            stop: robot.emergency_stop.clone().zip(input(
                "emergency stop",
                "emergency_stop",
                &robot.emergency_stop,
            )?),
            talk: input("button to talk", "push_to_talk", &robot.push_to_talk)?,
            light: output("status light", "status_light", &robot.status_light)?,
            buzzer: output("buzzer", "buzzer", &robot.buzzer)?,
        };
        let any =
            wired.stop.is_some() || wired.talk.is_some() || wired.light.is_some() || wired.buzzer.is_some();
        Ok(any.then_some(wired))
    }

    /// Watches and lights them on a thread of its own until the watch is dropped.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn watch(self, panel: impl Panel) -> io::Result<Watching> {
        let end = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&end);
        let thread = std::thread::Builder::new().name("pins".into()).spawn(move || {
            let stops = self.stop.is_some();
            let ran = catch_unwind(AssertUnwindSafe(|| self.run(&panel, &ends)));
            // A stop that nobody watches any more is pressed.
            if ran.is_err() && stops {
                panel.interlock().assert(true);
                panel.stop(StopCause::Emergency(
                    "nobody watches the emergency stop any more: its thread failed".to_owned(),
                ));
            }
        })?;
        Ok(Watching {
            end,
            thread: Some(thread),
        })
    }

    fn run(mut self, panel: &impl Panel, end: &AtomicBool) {
        let began = Instant::now();
        let pause = if self.stop.is_some() { READ } else { READ_TALK };
        let mut held = false;
        let mut shown = light::Shown::default();
        while !end.load(Ordering::Acquire) {
            self.heed_stop(panel);
            if let Some(talk) = &mut self.talk {
                // A button that cannot be read is not held.
                let now_held = talk.active().unwrap_or(false);
                if now_held != held {
                    held = now_held;
                    panel.talk(held);
                }
            }
            if self.light.is_some() || self.buzzer.is_some() {
                shown.show(panel, began.elapsed(), &mut self.light, &mut self.buzzer);
            }
            std::thread::sleep(pause);
        }
        // A light that is on says that the daemon runs.
        for output in [&mut self.light, &mut self.buzzer].into_iter().flatten() {
            let _ = output.set(false);
        }
    }

    fn heed_stop(&mut self, panel: &impl Panel) {
        let Some((pin, input)) = &mut self.stop else {
            return;
        };
        let read = input.active();
        let pressed = *read.as_ref().unwrap_or(&true);
        panel.interlock().assert(pressed);
        // As long as it is pressed, whatever opened the latch meanwhile did so in vain.
        if pressed && panel.latch() != Latch::Emergency {
            panel.stop(StopCause::Emergency(match read {
                Ok(_) => "the emergency stop is pressed".to_owned(),
                Err(error) => format!(
                    "the emergency stop on {} line {} can no longer be read: {error}",
                    pin.chip, pin.line
                ),
            }));
        }
    }
}

fn open<T>(
    what: &'static str,
    key: &'static str,
    pin: &Option<Pin>,
    open: impl FnOnce(&Pin) -> Result<T, PinError>,
) -> Result<Option<T>, OpenError> {
    let Some(pin) = pin else { return Ok(None) };
    open(pin).map(Some).map_err(|source| OpenError {
        what,
        key,
        pin: pin.clone(),
        source,
    })
}

/// Lines that are being watched. Dropping it lets them go; the light goes out.
#[derive(Debug)]
pub struct Watching {
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
