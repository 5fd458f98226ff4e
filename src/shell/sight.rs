//! The see thread: takes the newest frame from an eye, lets the detector look at it, and tells the brain.
//!
//! In: an [`Eye`] (a camera, a folder, the simulator's) and a [`Detector`]. Out: [`Event::Sight`] with the time the
//! frame was taken, so that the brain knows how old what it sees is. It keeps no queue: a frame that came while the
//! detector was busy is the eye's to drop. It never judges what it sees.

use super::clock::Clock;
use crate::see::{Detector, Lens, Picture};
use crate::sim::Viewer;
use brain::config::Robot;
use brain::message::{Event, Sight};
use brain::units::{Now, Radians};
use crossbeam_channel::{Receiver, Sender};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the eye is asked, in milliseconds: four looks a second leave three quarters of a small core for the rest.
const LOOK_MS: u64 = 250;

/// One frame and when and where to it was taken.
pub struct Frame {
    /// The pixels.
    pub picture: Picture,
    /// When it was taken.
    pub taken: Now,
    /// Where the camera pointed: pan of the head, left positive.
    pub pan: Radians,
    /// Tilt of the head, up positive.
    pub tilt: Radians,
}

/// Something that gives frames: only ever the newest.
pub trait Eye: Send {
    /// The newest frame, or why there is none.
    ///
    /// # Errors
    /// When the camera is gone or gives nothing; it is asked again, and may come back.
    fn look(&mut self, clock: Clock) -> Result<Frame, String>;

    /// Name for people.
    fn name(&self) -> String;
}

/// How seeing fares, for `coact status`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SightStatus {
    /// Name of the camera.
    pub camera: String,
    /// Name of the detector.
    pub detector: String,
    /// Frames that were looked at.
    pub frames: u64,
    /// Milliseconds for the last one.
    pub ms: f64,
    /// Things found in it.
    pub found: usize,
    /// Why there is no frame at present.
    pub trouble: Option<String>,
}

/// What the thread shares with `coact status`.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<SightStatus>>);

impl Shared {
    /// How seeing fares.
    #[must_use]
    pub fn status(&self) -> SightStatus {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut SightStatus)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The lens that the robot's description gives its camera, with the head's tilt at the moment.
#[must_use]
pub fn lens(robot: &Robot, tilt: Radians) -> Lens {
    robot.camera.as_ref().map_or_else(Lens::default, |camera| Lens {
        view: camera.hfov_deg.radians(),
        height: Some(camera.height_m),
        tilt: Radians(camera.tilt_deg.radians().0 + tilt.0),
    })
}

/// Looks until `end` closes.
pub fn run(
    mut eye: Box<dyn Eye>,
    detector: &Detector,
    robot: &Robot,
    clock: Clock,
    events: &Sender<Event>,
    shared: &Shared,
    end: &Receiver<()>,
) {
    shared.update(|status| {
        status.camera = eye.name();
        status.detector = detector.name().to_owned();
    });
    let mut next = clock.now();
    while end.recv_timeout(clock.until(next)) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
        next = Now(clock.now().0 + LOOK_MS);
        let seen = eye.look(clock).and_then(|frame| {
            let seen = detector
                .look(&frame.picture, &lens(robot, frame.tilt))
                .map_err(|error| error.to_string())?;
            Ok((frame, seen))
        });
        match seen {
            Ok((frame, seen)) => {
                let ms = (seen.times.prepare + seen.times.network + seen.times.decode).as_secs_f64() * 1e3;
                shared.update(|status| {
                    status.frames += 1;
                    status.ms = (ms * 10.0).round() / 10.0;
                    status.found = seen.detections.len();
                    status.trouble = None;
                });
                let sight = Sight {
                    taken: frame.taken,
                    size: seen.size,
                    pan: frame.pan,
                    tilt: frame.tilt,
                    detections: seen.detections,
                };
                if events.send(Event::Sight(sight)).is_err() {
                    return;
                }
            }
            Err(trouble) => {
                shared.update(|status| {
                    if status.trouble.as_ref() != Some(&trouble) {
                        log::warn!("no picture: {trouble}");
                    }
                    status.trouble = Some(trouble);
                });
                next = Now(next.0 + Duration::from_millis(LOOK_MS).as_millis() as u64);
            }
        }
    }
}

/// The simulated robot's eye.
pub struct Simulated(pub Viewer);

impl Eye for Simulated {
    fn look(&mut self, clock: Clock) -> Result<Frame, String> {
        let taken = clock.now();
        let shot = self.0.look().ok_or("the simulation has ended")?;
        Ok(Frame {
            picture: shot.image,
            taken,
            pan: shot.pan,
            tilt: shot.tilt,
        })
    }

    fn name(&self) -> String {
        "the simulated camera".to_owned()
    }
}
