//! The thread that fetches frames: it waits for the camera so that nobody else has to.
//!
//! In: a [`Camera`]. Out: frames into the queue "frames", where the newest replaces what waits; and [`Health`], from
//! which age and trouble of the camera are read. It ends when it is dropped, whatever the camera does.

use super::{Camera, Frame};
use crate::shell::queues::Inlet;
use crate::shell::stage::contain;
use brain::units::Now;
use serde::Serialize;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How the camera fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// What `robot.toml` calls it.
    pub source: String,
    /// Frames since the start.
    pub frames: u64,
    /// When the newest was taken.
    pub newest: Option<Now>,
    /// What is wrong with it; `None` when it answers.
    pub trouble: Option<String>,
}

impl Health {
    /// Age of the newest frame in milliseconds; `None` before the first.
    #[must_use]
    pub fn age_ms(&self, now: Now) -> Option<u64> {
        self.newest.map(|newest| now.since(newest))
    }
}

/// See the module.
#[derive(Debug)]
pub struct Feed {
    health: Arc<Mutex<Health>>,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The thread looks this often whether it shall end.
const WAIT: Duration = Duration::from_millis(100);
/// After an error the camera is left alone for so long.
const PAUSE: Duration = Duration::from_millis(100);

impl Feed {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(mut camera: Box<dyn Camera>, frames: Inlet<Frame>) -> io::Result<Self> {
        let health = Health {
            source: camera.source().to_owned(),
            frames: 0,
            newest: None,
            trouble: None,
        };
        let health = Arc::new(Mutex::new(health));
        let ending = Arc::new(AtomicBool::new(false));
        let (shared, end) = (Arc::clone(&health), Arc::clone(&ending));
        let run = move || {
            while !end.load(Ordering::Relaxed) {
                // A camera whose driver or decoder fails is in trouble like one that says so.
                let newest = contain(|| camera.newest(WAIT).map_err(|error| error.to_string()));
                match newest.flatten() {
                    Ok(Some(frame)) => {
                        let mut health = lock(&shared);
                        health.frames += 1;
                        health.newest = Some(frame.taken);
                        health.trouble = None;
                        drop(health);
                        frames.send(frame);
                    }
                    Ok(None) => {}
                    Err(trouble) => {
                        let mut health = lock(&shared);
                        if health.trouble.as_ref() != Some(&trouble) {
                            log::warn!("{trouble}");
                        }
                        health.trouble = Some(trouble);
                        drop(health);
                        std::thread::sleep(PAUSE);
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("camera".to_owned()).spawn(run)?;
        Ok(Feed {
            health,
            ending,
            thread: Some(thread),
        })
    }

    /// How the camera fares.
    #[must_use]
    pub fn health(&self) -> Health {
        lock(&self.health).clone()
    }
}

/// A thread that died while it held the lock leaves numbers that are still true.
fn lock(health: &Mutex<Health>) -> MutexGuard<'_, Health> {
    health.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the camera thread had died");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::see::Picture;
    use crate::shell::camera::rendered::Rendered;
    use crate::shell::clock::Clock;
    use crate::shell::queues::{FRAMES, queue};

    /// Waits until something holds; a test that would wait for ever is ended by its runner.
    fn until(holds: impl Fn() -> bool) {
        while !holds() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_slow_reader_gets_the_newest_and_trouble_comes_and_goes() {
        let plugged = Arc::new(AtomicBool::new(true));
        let (plug, mut width) = (Arc::clone(&plugged), 0);
        let render = move || {
            width += 1;
            plug.load(Ordering::Relaxed)
                .then(|| (Picture::new(width, 1), None))
        };
        let camera = Rendered::new("fake", Duration::from_millis(1), Clock::start(), render);
        let (inlet, outlet) = queue(&FRAMES);
        let feed = Feed::start(Box::new(camera), inlet.clone()).unwrap();
        until(|| inlet.gauge().dropped >= 3);
        let frame = outlet.recv().unwrap();
        assert!(frame.sequence > 3, "the first frames were replaced, not kept");
        assert_eq!(feed.health().trouble, None);

        plugged.store(false, Ordering::Relaxed);
        until(|| feed.health().trouble.is_some());
        assert!(feed.health().trouble.unwrap().contains("unplugged"));
        plugged.store(true, Ordering::Relaxed);
        until(|| feed.health().trouble.is_none());
        let health = feed.health();
        assert!(health.frames > 3 && health.age_ms(Now(u64::MAX)).is_some());
    }

    #[test]
    fn a_camera_that_fails_is_in_trouble_and_asked_again() {
        let broken = Arc::new(AtomicBool::new(true));
        let breaks = Arc::clone(&broken);
        let render = move || {
            assert!(!breaks.load(Ordering::Relaxed), "a decoder with a hole");
            Some((Picture::new(1, 1), None))
        };
        let camera = Rendered::new("fake", Duration::from_millis(1), Clock::start(), render);
        let (inlet, outlet) = queue(&FRAMES);
        let feed = Feed::start(Box::new(camera), inlet).unwrap();
        until(|| feed.health().trouble.as_deref() == Some("a decoder with a hole"));
        broken.store(false, Ordering::Relaxed);
        outlet.recv().unwrap();
        until(|| feed.health().trouble.is_none());
    }
}
