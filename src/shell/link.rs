//! The link: the thread that talks to the board.
//!
//! Input: orders of the brain ([`Orders`]) and the stop latch. Output: events for the brain. It owns the port and the
//! host's end of the protocol ([`firmware_bridge::host::Host`]), looks at the latch before every frame, and connects
//! again by itself. It never decides anything, never sends an order of an older session or from before a stop, and
//! never blocks on the brain.

pub mod key;
mod port;
mod run;
mod usb;
mod words;
#[cfg(test)]
mod tests;

pub use port::{Line, Port, PortError, SerialPort};

use super::latch::StopLatch;
use super::queues::{Inlet, ORDERS, queue};
use brain::message::{Event, Ticket};
use crossbeam_channel::Sender;
use firmware_bridge::host::LinkStats;
use firmware_bridge::message::{BoardState, Command, Setpoint};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Instant;

/// A brain that was not heard of for this long counts as unwell: heartbeats no longer prove life, in milliseconds.
pub const BRAIN_MS: u64 = 250;

/// Something the brain wants from the board.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// A reliable command. It is answered by exactly one `Answered` or `InDoubt`.
    Command(Ticket, Command),
    /// A wish, and for how many milliseconds it holds.
    Setpoint(Setpoint, u16),
}

/// An order, and what the one who gave it knew.
#[derive(Debug, Clone, Copy)]
struct Stamped {
    order: Order,
    trips: u32,
    session: u32,
}

/// The brain's end of the link.
#[derive(Debug, Clone)]
pub struct Orders {
    inlet: Inlet<Stamped>,
    latch: StopLatch,
    session: u32,
    shared: Arc<Shared>,
}

impl Orders {
    /// Must see every event before the brain does: orders belong to the session that the brain knows of, so that
    /// what it wanted from an older one is never done in a newer.
    pub fn heed(&mut self, event: &Event) {
        match event {
            Event::BoardUp { session, .. } => self.session = *session,
            Event::BoardDown(_) => self.session = 0,
            _ => {}
        }
    }

    /// Gives an order. False when the queue is full: a fault that must stop the robot.
    #[must_use]
    pub fn send(&self, order: Order) -> bool {
        self.inlet.send(Stamped {
            order,
            trips: self.latch.view().trips,
            session: self.session,
        })
    }

    /// The brain is well: call it after every step, at least every 200 ms.
    pub fn alive(&self) {
        self.shared
            .alive_until
            .store(self.shared.now() + BRAIN_MS, Ordering::Release);
    }

    /// Counters of both sides of the line; `None` without a board, and while the link is busy telling somebody else.
    #[must_use]
    pub fn stats(&self) -> Option<LinkStats> {
        let status = self.shared.try_status()?;
        status.up.then_some(status.stats)
    }

    /// The queue to the link.
    #[must_use]
    pub fn gauge(&self) -> super::queues::Gauge {
        self.inlet.gauge()
    }
}

/// What `coact status` shows of the link.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LinkStatus {
    /// Name of the port.
    pub port: String,
    /// A session is open.
    pub up: bool,
    /// Why not.
    pub trouble: Option<String>,
    /// What the board calls its firmware.
    pub firmware: Option<String>,
    /// CRC-32 of the board's configuration.
    pub config: Option<u32>,
    /// State of the board.
    pub board: Option<BoardState>,
    /// Sessions opened since the start.
    pub sessions: u32,
    /// Milliseconds since the board was heard last.
    pub heard_ms_ago: Option<u64>,
    /// Milliseconds from the newest trip of the stop latch to its stop frame being written.
    pub stop_ms: Option<f64>,
    /// Counters of both sides.
    pub stats: LinkStats,
}

#[derive(Debug)]
struct Shared {
    epoch: Instant,
    alive_until: AtomicU64,
    status: Mutex<LinkStatus>,
}

impl Shared {
    /// The link's clock, in milliseconds.
    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn status(&self) -> MutexGuard<'_, LinkStatus> {
        // The status is plain data: what a panicking thread left of it can still be shown.
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_status(&self) -> Option<MutexGuard<'_, LinkStatus>> {
        match self.status.try_lock() {
            Ok(status) => Some(status),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// A running link. Dropping it makes the board safe and ends the thread.
#[derive(Debug)]
pub struct Link {
    shared: Arc<Shared>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the link over `port`. Events go to `events`, which may be full for a while.
///
/// # Errors
/// When the system has no thread left.
pub fn start(
    port: impl Port + 'static,
    latch: StopLatch,
    events: Sender<Event>,
) -> std::io::Result<(Link, Orders)> {
    let (inlet, outlet) = queue(&ORDERS);
    let (end, ended) = crossbeam_channel::bounded(0);
    let status = LinkStatus {
        port: port.name(),
        ..LinkStatus::default()
    };
    let shared = Arc::new(Shared {
        epoch: Instant::now(),
        alive_until: AtomicU64::new(0),
        status: Mutex::new(status),
    });
    let orders = Orders {
        inlet,
        latch: latch.clone(),
        session: 0,
        shared: Arc::clone(&shared),
    };
    let runner = run::Runner::new(Box::new(port), latch, outlet, events, ended, Arc::clone(&shared));
    let thread = std::thread::Builder::new()
        .name("link".into())
        .spawn(move || runner.run())?;
    Ok((
        Link {
            shared,
            end: Some(end),
            thread: Some(thread),
        },
        orders,
    ))
}

impl Link {
    /// What it is doing.
    #[must_use]
    pub fn status(&self) -> LinkStatus {
        self.shared.status().clone()
    }

    /// Its thread has ended, which it does by itself only when it fails.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// The brain's pulse is fresh: it was heard of within [`BRAIN_MS`].
    #[must_use]
    pub fn brain_is_well(&self) -> bool {
        self.shared.now() < self.shared.alive_until.load(Ordering::Acquire)
    }

    /// Something that can be asked for the status from another thread.
    #[must_use]
    pub fn watcher(&self) -> Watcher {
        Watcher(Arc::clone(&self.shared))
    }
}

/// Sees the status of a link.
#[derive(Debug, Clone)]
pub struct Watcher(Arc<Shared>);

impl Watcher {
    /// What the link is doing.
    #[must_use]
    pub fn status(&self) -> LinkStatus {
        self.0.status().clone()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the link's thread panicked; the board is safe by its dead-man times");
        }
    }
}
