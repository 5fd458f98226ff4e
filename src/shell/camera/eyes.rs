//! The thread that looks: newest frame in, [`Sight`] out to the brain.
//!
//! It waits for frames and for nothing else, and takes the next only when it is done with the last: a slow network sees
//! fewer frames, never older ones. A frame it cannot look at is named in the log; one on which it fails is told to `failed`.

use super::{Frame, Head};
use crate::see::{Detector, Lens};
use crate::shell::queues::Inlet;
use crate::shell::stage::Stage;
use brain::config;
use brain::message::{Event, Sight};
use crossbeam_channel::Receiver;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// It looks at most this often: five looks a second are enough for a slow robot, and leave the core to others.
const EVERY: Duration = Duration::from_millis(200);

/// Starts the thread. It ends when the queue of frames is closed and empty.
///
/// `head` is asked where the head points, once for each frame that does not know it, before it is looked at.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    detector: Arc<Detector>,
    camera: &config::Camera,
    frames: Receiver<Frame>,
    head: impl Fn() -> Head + Send + 'static,
    events: Inlet<Event>,
    failed: impl Fn(&str, String) + Send + 'static,
) -> io::Result<Stage> {
    let camera = camera.clone();
    let look = move |frame: &Frame| {
        let next = Instant::now() + EVERY;
        let (pan, tilt) = frame.head.unwrap_or_else(&head);
        match detector.look(&frame.picture, &Lens::of(&camera, tilt)) {
            Ok(seen) => {
                log::debug!(
                    "frame {}: {} things, {:?}",
                    frame.sequence,
                    seen.detections.len(),
                    seen.times
                );
                events.send(Event::Sight(Sight {
                    taken: frame.taken,
                    size: seen.size,
                    pan,
                    tilt,
                    detections: seen.detections,
                }));
            }
            Err(error) => log::error!("frame {}: {error}", frame.sequence),
        }
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    };
    Stage::start("eyes", frames, look, move |_, why| failed("eyes", why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::see::picture;
    use crate::shell::camera::feed::Feed;
    use crate::shell::camera::rendered::Rendered;
    use crate::shell::clock::Clock;
    use crate::shell::queues::{EVENTS, FRAMES, queue};
    use brain::units::Radians;
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    #[test]
    fn what_the_camera_shows_reaches_the_brain() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let photo = picture::read(&root.join("packs/demo/photos/two_cups.jpg")).unwrap();
        let detector = Arc::new(Detector::open(&root.join("models/detector")).unwrap());
        let camera: config::Camera = toml::from_str("source = \"sim\"\ntilt_deg = -10").unwrap();
        let shown = (Radians(0.5), Radians(-0.1));
        let eyes_of_head = (Radians(9.0), Radians(9.0));

        let (frames, frame_outlet) = queue(&FRAMES);
        let (events, event_outlet) = queue(&EVENTS);
        let mut count = 0u32;
        let render = move || {
            count += 1; // some frames know the head, without a rhythm
            Some((
                photo.clone(),
                (count.wrapping_mul(0x9e37_79b9) >> 31 == 0).then_some(shown),
            ))
        };
        let source = Rendered::new("sim", Duration::from_millis(20), Clock::start(), render);
        let feed = Feed::start(Box::new(source), frames).unwrap();
        let looks = Arc::new(AtomicU32::new(0));
        let looked = Arc::clone(&looks);
        let head = move || {
            assert!(looked.fetch_add(1, Ordering::Relaxed) > 0, "the first look fails");
            eyes_of_head
        };
        let (failed, failures) = crossbeam_channel::unbounded();
        let tell = move |name: &str, why| failed.send(format!("{name}: {why}")).unwrap();
        let eyes = start(detector, &camera, frame_outlet, head, events, tell).unwrap();
        let mut sights = event_outlet.iter().map(|event| match event {
            Event::Sight(sight) => sight,
            other => panic!("{other:?}"),
        });
        // Which frames are replaced before they are looked at is up to the machine.
        let known = sights.find(|sight| (sight.pan, sight.tilt) == shown).unwrap();
        let asked = sights
            .find(|sight| (sight.pan, sight.tilt) == eyes_of_head)
            .unwrap();
        assert!(asked.taken > known.taken);
        let cups = known.detections.iter().filter(|d| d.label == "cup").count();
        assert_eq!((cups, known.size), (2, (1060, 400)));
        drop((feed, sights));
        drop(event_outlet);
        assert_eq!(eyes.health().failures, 1);
        eyes.join();
        assert_eq!(
            failures.try_iter().collect::<Vec<_>>(),
            ["eyes: the first look fails"]
        );
    }
}
