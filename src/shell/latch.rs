//! The stop latch: the one thing that does not go through a queue. Whoever must stop the robot trips it; the link
//! looks at it before every frame that it sends, and is woken when it trips.
//!
//! A trip is never missed, even when the latch is opened again before anybody looked: trips are counted, and
//! orders carry the count of the time they were given.

use brain::message::Latch;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// Shared by all who may stop the robot. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StopLatch {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Bits 0 and 1: how it stands. Bits 2 and 3: how hard the newest trip was. The rest: number of trips.
    word: AtomicU32,
    epoch: Instant,
    /// When it tripped last, in microseconds since the epoch.
    tripped_us: AtomicU64,
    wake: Sender<()>,
    woken: Receiver<()>,
}

/// How the latch stood at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// How it stands.
    pub latch: Latch,
    /// How hard the newest trip was.
    pub newest: Latch,
    /// How often it has tripped.
    pub trips: u32,
}

impl Default for StopLatch {
    /// An open latch that never tripped.
    fn default() -> Self {
        let (wake, woken) = bounded(1);
        let inner = Inner {
            word: AtomicU32::new(0),
            epoch: Instant::now(),
            tripped_us: AtomicU64::new(0),
            wake,
            woken,
        };
        Self {
            inner: Arc::new(inner),
        }
    }
}

impl StopLatch {
    /// Trips or opens it, as the brain wishes. A trip never makes it weaker than it stands.
    pub fn set(&self, latch: Latch) {
        if latch == Latch::Open {
            self.update(|word| word & !0b11);
            return;
        }
        let now = self.inner.epoch.elapsed().as_micros();
        self.inner
            .tripped_us
            .store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Release);
        self.update(|word| {
            let stands = (word & 0b11).max(level(latch));
            (word & !0b1111).wrapping_add(1 << 4) | level(latch) << 2 | stands
        });
        // When the waker is full, the link is about to look anyway.
        let _ = self.inner.wake.try_send(());
    }

    fn update(&self, change: impl Fn(u32) -> u32) {
        let _ = self
            .inner
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| Some(change(word)));
    }

    /// How it stands now.
    #[must_use]
    pub fn view(&self) -> View {
        let word = self.inner.word.load(Ordering::Acquire);
        View {
            latch: latch(word),
            newest: latch(word >> 2),
            trips: word >> 4,
        }
    }

    /// Gets an item whenever it trips. There is one link, and only it listens.
    #[must_use]
    pub fn woken(&self) -> Receiver<()> {
        self.inner.woken.clone()
    }

    /// Milliseconds since it tripped last.
    #[must_use]
    pub fn since_trip_ms(&self) -> f64 {
        let now = self.inner.epoch.elapsed().as_secs_f64() * 1e3;
        now - self.inner.tripped_us.load(Ordering::Acquire) as f64 / 1e3
    }
}

fn level(latch: Latch) -> u32 {
    match latch {
        Latch::Open => 0,
        Latch::Halt => 1,
        Latch::Protective => 2,
        Latch::Emergency => 3,
    }
}

fn latch(word: u32) -> Latch {
    [Latch::Open, Latch::Halt, Latch::Protective, Latch::Emergency][(word & 0b11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trip_is_never_missed_and_never_weakened() {
        let latch = StopLatch::default();
        let woken = latch.woken();
        assert_eq!(
            latch.view(),
            View {
                latch: Latch::Open,
                newest: Latch::Open,
                trips: 0
            }
        );
        latch.set(Latch::Emergency);
        latch.set(Latch::Halt);
        assert_eq!(
            latch.view(),
            View {
                latch: Latch::Emergency,
                newest: Latch::Halt,
                trips: 2
            }
        );
        latch.set(Latch::Open);
        assert_eq!(
            latch.view(),
            View {
                latch: Latch::Open,
                newest: Latch::Halt,
                trips: 2
            }
        );
        assert_eq!(
            (woken.try_recv().is_ok(), woken.try_recv().is_ok()),
            (true, false)
        );
    }
}
