//! Round trip and retransmission timeout, measured as RFC 6298 does, in whole milliseconds.

/// Shortest timeout: below it the loop of a busy computer would be measured, not the line.
pub const MIN_RTO_MS: u32 = 25;
/// Longest timeout, reached by doubling.
pub const MAX_RTO_MS: u32 = 1000;
/// Timeout before anything was measured.
const FIRST_RTO_MS: u32 = 200;

/// Smoothed round trip (in eighths of a millisecond) and its variation (in quarters), as in the RFC's appendix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rtt {
    smoothed: Option<(u32, u32)>,
    rto: u32,
}

impl Rtt {
    pub(super) fn new() -> Self {
        Self {
            smoothed: None,
            rto: FIRST_RTO_MS,
        }
    }

    /// Takes one measurement. Messages that were sent twice must not be measured (Karn).
    pub(super) fn measure(&mut self, ms: u32) {
        let ms = ms.min(60_000);
        let (smoothed, variation) = match self.smoothed {
            None => (ms * 8, ms * 2),
            Some((smoothed, variation)) => {
                let error = (smoothed / 8).abs_diff(ms);
                (smoothed - smoothed / 8 + ms, variation - variation / 4 + error)
            }
        };
        self.smoothed = Some((smoothed, variation));
        self.rto = (smoothed / 8 + variation.max(1)).clamp(MIN_RTO_MS, MAX_RTO_MS);
    }

    /// Nothing came in time: wait twice as long.
    pub(super) fn back_off(&mut self) {
        self.rto = (self.rto * 2).min(MAX_RTO_MS);
    }

    pub(super) fn rto_ms(&self) -> u32 {
        self.rto
    }

    pub(super) fn rtt_ms(&self) -> Option<u32> {
        self.smoothed.map(|(smoothed, _)| smoothed / 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_line() {
        let mut rtt = Rtt::new();
        assert_eq!((rtt.rtt_ms(), rtt.rto_ms()), (None, 200));
        rtt.measure(40);
        assert_eq!((rtt.rtt_ms(), rtt.rto_ms()), (Some(40), 40 + 4 * 20));
        (0..50).for_each(|_| rtt.measure(40));
        assert_eq!(rtt.rtt_ms(), Some(40));
        assert!(
            rtt.rto_ms() < 50,
            "a steady line needs little patience: {}",
            rtt.rto_ms()
        );
        (0..8).for_each(|_| rtt.back_off());
        assert_eq!(rtt.rto_ms(), MAX_RTO_MS);
        rtt.measure(40);
        assert!(
            rtt.rto_ms() < 60,
            "one good measurement ends the back-off: {}",
            rtt.rto_ms()
        );
        (0..50).for_each(|_| rtt.measure(0));
        assert_eq!(rtt.rto_ms(), MIN_RTO_MS);
    }
}
