//! Stages: threads that work off a queue and may fail without taking anybody with them.
//!
//! In: a queue, and what is to be done with each item. Out: whatever the work gives, and [`Health`] for `coact status`.
//! Work that panics costs its item and nothing else: the failure is named, whoever must know is told, and after a pause
//! that doubles with each failure in a row the next item is taken. Work that hangs cannot be ended from outside; it is seen
//! by how long it has been busy.

use crossbeam_channel::Receiver;
use serde::Serialize;
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A stage that has been busy with one item for longer hangs.
pub const HANGS: Duration = Duration::from_secs(10);
/// Pauses after failures in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How a stage fares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// What it is called.
    pub name: &'static str,
    /// Items it failed on since the start.
    pub failures: u32,
    /// How it failed last; `null` since it has done an item again.
    pub trouble: Option<String>,
    /// Milliseconds since it took the item it is busy with.
    pub busy_ms: Option<u64>,
}

impl Health {
    /// It has been busy with one item for longer than any item should take.
    #[must_use]
    pub fn hangs(&self) -> bool {
        self.busy_ms.is_some_and(|ms| u128::from(ms) > HANGS.as_millis())
    }
}

/// A thread that works off a queue.
#[derive(Debug)]
pub struct Stage {
    name: &'static str,
    shared: Arc<Mutex<Shared>>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    failures: u32,
    trouble: Option<String>,
    busy: Option<Instant>,
}

impl Stage {
    /// Starts the thread; it ends when the queue is closed and empty. `work` is given each item; when it panics, `failed` is
    /// given the item and what happened.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start<T: Send + 'static>(
        name: &'static str,
        queue: Receiver<T>,
        mut work: impl FnMut(&T) + Send + 'static,
        mut failed: impl FnMut(T, String) + Send + 'static,
    ) -> io::Result<Stage> {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let told = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            let mut pause = FIRST_PAUSE;
            for item in queue {
                lock(&told).busy = Some(Instant::now());
                let done = contain(|| work(&item));
                let mut health = lock(&told);
                health.busy = None;
                match done {
                    Ok(()) => {
                        health.trouble = None;
                        pause = FIRST_PAUSE;
                    }
                    Err(why) => {
                        log::error!("the {name} failed: {why}");
                        health.failures += 1;
                        health.trouble = Some(why.clone());
                        drop(health);
                        failed(item, why);
                        std::thread::sleep(pause);
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
        })?;
        Ok(Stage { name, shared, thread })
    }

    /// How it fares.
    #[must_use]
    pub fn health(&self) -> Health {
        let shared = lock(&self.shared);
        Health {
            name: self.name,
            failures: shared.failures,
            trouble: shared.trouble.clone(),
            busy_ms: shared
                .busy
                .map(|since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// Waits until it has ended.
    pub fn join(self) {
        if self.thread.join().is_err() {
            log::error!("the {} ended by a failure in telling of a failure", self.name);
        }
    }
}

/// Does something that may panic; gives what it said then.
///
/// # Errors
/// With the words of the panic.
pub fn contain<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words(&*panic))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it panicked without words".to_owned())
}

/// What a thread that failed left behind is plain data and can still be used.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::unbounded;

    #[test]
    fn a_failure_costs_its_item_alone_and_is_told() {
        let (items, queue) = unbounded();
        let (done, results) = unbounded();
        let lost = done.clone();
        let work = move |item: &u32| {
            assert!(*item != 3, "{item} cannot be done");
            done.send(Ok(*item)).expect("somebody listens");
        };
        let failed = move |item, why| lost.send(Err((item, why))).expect("somebody listens");
        let stage = Stage::start("stage", queue, work, failed).expect("a thread");
        for item in 1..=4 {
            items.send(item).expect("it lives");
        }
        let told: Vec<_> = results.iter().take(4).collect();
        let lost = Err((3, "3 cannot be done".to_owned()));
        assert_eq!(told, [Ok(1), Ok(2), lost, Ok(4)]);
        drop(items);
        let shared = Arc::clone(&stage.shared);
        stage.join();
        let shared = lock(&shared);
        assert_eq!(
            (shared.failures, shared.trouble.as_ref(), shared.busy),
            (1, None, None)
        );
    }

    #[test]
    fn work_that_hangs_is_seen_and_a_failure_stands_until_the_next_success() {
        let (items, queue) = unbounded();
        let (go, wait) = unbounded::<()>();
        let work = move |hang: &bool| match hang {
            true => drop(wait.recv()),
            false => panic!("a network with a hole"),
        };
        let stage = Stage::start("stage", queue, work, |_, _| ()).expect("a thread");
        let until = |what: fn(&Health) -> bool| {
            while !what(&stage.health()) {
                std::thread::yield_now();
            }
            stage.health()
        };
        items.send(false).expect("it lives");
        let health = until(|health| health.failures == 1);
        assert_eq!(health.trouble.as_deref(), Some("a network with a hole"));
        items.send(true).expect("it lives");
        let health = until(|health| health.busy_ms.is_some_and(|ms| ms > 1));
        assert!(!health.hangs() && health.trouble.is_some());
        let busy_ms = Some(10_001);
        assert!(Health { busy_ms, ..health }.hangs());
        drop((go, items));
        let health = until(|health| health.trouble.is_none());
        assert_eq!((health.failures, health.busy_ms), (1, None));
        stage.join();
    }
}
