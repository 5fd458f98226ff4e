//! A camera that asks a function for its pictures: the simulated robot's, and the fakes of tests.

use super::{Camera, CameraError, Frame, Head};
use crate::see::Picture;
use crate::shell::clock::Clock;
use brain::units::Now;
use std::time::Duration;

/// See the module.
pub struct Rendered<F> {
    source: String,
    every: Duration,
    render: F,
    clock: Clock,
    due: Now,
    sequence: u64,
}

impl<F: FnMut() -> Option<(Picture, Option<Head>)> + Send> Rendered<F> {
    /// A camera called `source` that takes a picture every `every`. `render` gives the picture and, where it
    /// knows it, where the head points; `None` while the camera is unplugged.
    pub fn new(source: &str, every: Duration, clock: Clock, render: F) -> Self {
        Rendered {
            source: source.to_owned(),
            every,
            render,
            clock,
            due: clock.now(),
            sequence: 0,
        }
    }
}

impl<F: FnMut() -> Option<(Picture, Option<Head>)> + Send> Camera for Rendered<F> {
    fn newest(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let left = self.clock.until(self.due);
        std::thread::sleep(left.min(wait));
        if left > wait {
            return Ok(None);
        }
        let taken = self.clock.now();
        self.due = Now(taken.0 + self.every.as_millis() as u64);
        let lost = || CameraError::Lost {
            at: self.source.clone(),
            why: "it was unplugged".to_owned(),
        };
        let (picture, head) = (self.render)().ok_or_else(lost)?;
        self.sequence += 1;
        Ok(Some(Frame {
            picture,
            taken,
            sequence: self.sequence,
            head,
        }))
    }

    fn source(&self) -> &str {
        &self.source
    }
}
