//! A fault as four words, for memory that survives a reset: backup registers, scratch registers of a watchdog, flash.
//!
//! The last word is a checksum over the others, so that what a power loss left there is not taken for a fault.

use crate::frame::crc32;
use crate::message::{Fault, FaultCode};

/// Added to the number of [`FaultCode::Other`], to tell it from the others.
const OTHER: u32 = 0x100;

/// A fault as words to keep.
pub fn pack(fault: Fault) -> [u32; 4] {
    let code = match fault.code {
        FaultCode::OverCurrent => 0,
        FaultCode::OverTemperature => 1,
        FaultCode::UnderVoltage => 2,
        FaultCode::Sensor => 3,
        FaultCode::WatchdogReset => 4,
        FaultCode::SlowLoop => 5,
        FaultCode::Other(number) => OTHER + u32::from(number),
    };
    let words = [code, fault.boot, fault.board_ms];
    [words[0], words[1], words[2], sum(words)]
}

/// The fault that was kept; nothing when the words are not what [`pack`] gave.
pub fn unpack(words: [u32; 4]) -> Option<Fault> {
    let [word, boot, board_ms, check] = words;
    let code = match word {
        0 => FaultCode::OverCurrent,
        1 => FaultCode::OverTemperature,
        2 => FaultCode::UnderVoltage,
        3 => FaultCode::Sensor,
        4 => FaultCode::WatchdogReset,
        5 => FaultCode::SlowLoop,
        _ => FaultCode::Other(u8::try_from(word.checked_sub(OTHER)?).ok()?),
    };
    (sum([word, boot, board_ms]) == check).then_some(Fault { code, boot, board_ms })
}

fn sum(words: [u32; 3]) -> u32 {
    let mut bytes = [0; 12];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    crc32(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_damage_does_not() {
        for code in [
            FaultCode::OverCurrent,
            FaultCode::OverTemperature,
            FaultCode::UnderVoltage,
            FaultCode::Sensor,
            FaultCode::WatchdogReset,
            FaultCode::SlowLoop,
            FaultCode::Other(0),
            FaultCode::Other(255),
        ] {
            let fault = Fault {
                code,
                boot: 77,
                board_ms: u32::MAX - 3,
            };
            let words = pack(fault);
            assert_eq!(unpack(words), Some(fault));
            for word in 0..4 {
                for bit in 0..32 {
                    let mut damaged = words;
                    damaged[word] ^= 1 << bit;
                    assert_eq!(unpack(damaged), None, "{code:?}, bit {bit} of word {word}");
                }
            }
        }
        assert_eq!(unpack([0; 4]), None, "cleared memory is no fault");
        assert_eq!(unpack([u32::MAX; 4]), None, "erased flash is no fault");
    }
}
