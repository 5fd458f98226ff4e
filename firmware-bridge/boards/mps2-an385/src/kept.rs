//! What survives a reset: the count of boots and the newest fault, in memory that no start-up code clears.
//!
//! Power loss clears it. A board with flash or backup registers keeps it there.

use firmware_bridge::device::kept::{pack, unpack};
use firmware_bridge::message::{Fault, FaultCode};

/// PSRAM, which the linker does not know of: the count of boots and its complement; whether the watchdog barked; the
/// fault.
const PLACE: usize = 0x2100_0000;
const WORDS: usize = 7;

/// What was kept.
#[derive(Clone, Copy)]
pub struct Kept {
    /// Number of this boot.
    pub boot: u32,
    /// The newest fault.
    pub fault: Option<Fault>,
}

impl Kept {
    /// What the boot before left, with the next number; a watchdog that barked is the newest fault.
    pub fn next_boot() -> Self {
        let [boot, check, barked, fault @ ..] = load();
        let mut kept = Self {
            boot: if boot == !check { boot.wrapping_add(1) } else { 1 },
            fault: unpack(fault),
        };
        if kept.boot > 1 && barked != 0 {
            kept.fault = Some(Fault {
                code: FaultCode::WatchdogReset,
                boot,
                board_ms: barked,
            });
        }
        kept.store();
        kept
    }

    /// Keeps it.
    pub fn store(&self) {
        let [a, b, c, d] = self.fault.map(pack).unwrap_or_default();
        save([self.boot, !self.boot, 0, a, b, c, d]);
    }
}

/// The watchdog barked in this boot.
pub fn note_watchdog(now_ms: u32) {
    let mut words = load();
    words[2] = now_ms.max(1);
    save(words);
}

fn load() -> [u32; WORDS] {
    // SAFETY: aligned PSRAM that nothing else uses; any bits are sound words.
    unsafe { core::ptr::with_exposed_provenance::<[u32; WORDS]>(PLACE).read_volatile() }
}

fn save(words: [u32; WORDS]) {
    // SAFETY: as above. One loop and, when that hangs, the handler of the watchdog write it.
    unsafe { core::ptr::with_exposed_provenance_mut::<[u32; WORDS]>(PLACE).write_volatile(words) }
}
