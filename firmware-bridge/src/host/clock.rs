//! What time it is on the board. Stamps of the board reach the host late by what the line takes; the newest
//! stamps with the least delay give the best idea, which is never ahead of the board's own clock but for drift.

/// Stamps are compared over this time, in milliseconds; longer, and two clocks drift apart.
const SPAN_MS: u64 = 4000;

/// An idea of the board's clock that is late by the shortest way over the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoardClock {
    /// Board time less host time, wrapping: best of this span and of the one before.
    best: u32,
    before: u32,
    since: u64,
}

impl BoardClock {
    pub(super) fn new(board_ms: u32, now: u64) -> Self {
        let offset = board_ms.wrapping_sub(wrap(now));
        Self {
            best: offset,
            before: offset,
            since: now,
        }
    }

    /// Takes a stamp of the board that has just arrived.
    pub(super) fn heard(&mut self, board_ms: u32, now: u64) {
        let offset = board_ms.wrapping_sub(wrap(now));
        if now >= self.since + SPAN_MS {
            (self.before, self.best, self.since) = (self.best, offset, now);
        } else {
            self.best = later(self.best, offset);
        }
    }

    /// The board's clock at a time of the host.
    pub(super) fn at(&self, time: u64) -> u32 {
        wrap(time).wrapping_add(later(self.best, self.before))
    }
}

fn wrap(time: u64) -> u32 {
    (time & u64::from(u32::MAX)) as u32
}

/// The offset with the shorter delay.
fn later(a: u32, b: u32) -> u32 {
    if a.wrapping_sub(b).cast_signed() >= 0 {
        a
    } else {
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_delayed_stamp_wins_and_is_forgotten_in_time() {
        // The board's clock is 1000 ahead and about to wrap; delays of 30, 5 and 80 ms.
        let board = |now: u64| wrap(now).wrapping_add(u32::MAX - 1000);
        let mut clock = BoardClock::new(board(100 - 30), 100);
        assert_eq!(board(200).wrapping_sub(clock.at(200)), 30);
        clock.heard(board(200 - 5), 200);
        clock.heard(board(300 - 80), 300);
        assert_eq!(board(2000).wrapping_sub(clock.at(2000)), 5);
        clock.heard(board(5000 - 80), 5000);
        assert_eq!(
            board(5000).wrapping_sub(clock.at(5000)),
            5,
            "the span before still counts"
        );
        clock.heard(board(9500 - 80), 9500);
        assert_eq!(
            board(9500).wrapping_sub(clock.at(9500)),
            80,
            "the old stamp no longer does"
        );
    }
}
