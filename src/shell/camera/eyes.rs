//! The thread that looks: newest frame in, [`Sight`] out to the brain.
//!
//! It waits for frames and for nothing else, and takes the next only when it is done with the last: a slow network sees
//! fewer frames, never older ones. A frame it cannot look at is named in the log.

use super::Frame;
use crate::see::{Detector, Lens};
use crate::shell::queues::Inlet;
use brain::config;
use brain::message::{Event, Sight};
use brain::units::Radians;
use crossbeam_channel::Receiver;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Where the head points: pan (left positive) and tilt (up positive).
pub type Head = (Radians, Radians);

/// Starts the thread. It ends when the queue of frames is closed and empty, or the brain's is closed.
///
/// `head` is asked once a frame, before it is looked at.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    detector: Arc<Detector>,
    camera: &config::Camera,
    frames: Receiver<Frame>,
    head: impl Fn() -> Head + Send + 'static,
    events: Inlet<Event>,
) -> io::Result<JoinHandle<()>> {
    let camera = camera.clone();
    std::thread::Builder::new()
        .name("eyes".to_owned())
        .spawn(move || {
            for frame in frames {
                let (pan, tilt) = head();
                match detector.look(&frame.picture, &Lens::of(&camera, tilt)) {
                    Ok(seen) => {
                        log::debug!(
                            "frame {}: {} things, {:?}",
                            frame.sequence,
                            seen.detections.len(),
                            seen.times
                        );
                        let sight = Sight {
                            taken: frame.taken,
                            size: seen.size,
                            pan,
                            tilt,
                            detections: seen.detections,
                        };
                        if !events.send(Event::Sight(sight)) {
                            return;
                        }
                    }
                    Err(error) => log::error!("frame {}: {error}", frame.sequence),
                }
            }
        })
}
