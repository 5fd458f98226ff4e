//! Made-up pins: levels that a test sets and reads.

use super::{Input, Output, PinError, Pins};
use brain::config::{Pin, Pull};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A chip with as many lines as are asked for. Clones share their levels.
#[derive(Debug, Clone, Default)]
pub struct FakePins(Arc<Mutex<Levels>>);

#[derive(Debug, Default)]
struct Levels {
    high: BTreeMap<u32, bool>,
    gone: bool,
}

impl FakePins {
    /// Pulls a line high or low from outside.
    pub fn drive(&self, line: u32, high: bool) {
        self.levels().high.insert(line, high);
    }

    /// Whether a line is high; `None` when nobody has opened or driven it.
    #[must_use]
    pub fn is_high(&self, line: u32) -> Option<bool> {
        self.levels().high.get(&line).copied()
    }

    /// The chip goes away: nothing can be read, switched or opened any more.
    pub fn unplug(&self) {
        self.levels().gone = true;
    }

    fn levels(&self) -> MutexGuard<'_, Levels> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn there(&self) -> Result<MutexGuard<'_, Levels>, PinError> {
        let levels = self.levels();
        if levels.gone {
            return Err(PinError::System("the chip is gone".to_owned()));
        }
        Ok(levels)
    }
}

impl Pins for FakePins {
    fn input(&self, pin: &Pin) -> Result<Box<dyn Input>, PinError> {
        let open = pin.pull == Pull::Up;
        self.there()?.high.entry(pin.line).or_insert(open);
        Ok(Box::new(FakeLine(self.clone(), pin.clone())))
    }

    fn output(&self, pin: &Pin) -> Result<Box<dyn Output>, PinError> {
        self.there()?.high.insert(pin.line, pin.active_low);
        Ok(Box::new(FakeLine(self.clone(), pin.clone())))
    }
}

struct FakeLine(FakePins, Pin);

impl Input for FakeLine {
    fn active(&mut self) -> Result<bool, PinError> {
        let high = self.0.there()?.high.get(&self.1.line).copied().unwrap_or(false);
        Ok(high != self.1.active_low)
    }
}

impl Output for FakeLine {
    fn set(&mut self, on: bool) -> Result<(), PinError> {
        self.0.there()?.high.insert(self.1.line, on != self.1.active_low);
        Ok(())
    }
}
