//! Cameras: where frames come from, and the threads that fetch them and look at them.
//!
//! ```text
//! V4L2 device, folder, simulator ──Camera──> Feed ──queue "frames": newest only──> Eyes ──Sight──> brain
//! ```
//!
//! In: a source as `robot.toml` names it. Out: [`Frame`]s, each with the moment it was taken, so that its age is known
//! everywhere. Only the newest frame counts: a slow reader misses frames, it never gets old ones. A camera that is
//! unplugged is an error while it is away, and is taken up again by itself. Nothing here knows what is in a picture.

pub mod eyes;
pub mod feed;
pub mod folder;
pub mod pixels;
pub mod rendered;
pub mod v4l2;

use super::clock::Clock;
use crate::see::Picture;
use brain::config;
use brain::units::{Now, Radians};
use std::io;
use std::path::Path;
use std::time::Duration;

/// One picture and when it was taken.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The picture, RGB.
    pub picture: Picture,
    /// When it was taken.
    pub taken: Now,
    /// Counts the frames of this camera since the start, from 1; a gap is a frame nobody saw.
    pub sequence: u64,
    /// Where the head pointed then, from a camera that knows: the simulated one.
    pub head: Option<Head>,
}

/// Where a head points: pan (left positive) and tilt (up positive).
pub type Head = (Radians, Radians);

/// Something that takes pictures.
pub trait Camera: Send {
    /// The newest frame that was not given before; waits for one at most `wait`, then gives `None`.
    ///
    /// # Errors
    /// When the camera does not answer. Asked again it tries to reach it again.
    fn newest(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError>;

    /// What `robot.toml` calls it, for people.
    fn source(&self) -> &str;
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// Nothing is there.
    #[error(
        "camera {at}: nothing there. Is it plugged in? `ls /dev/video*` shows what the system sees; \
         then set [camera] source in robot.toml"
    )]
    Missing {
        /// The source.
        at: String,
    },
    /// It may not be opened.
    #[error(
        "camera {at}: no permission to open it. Add the user to its group: sudo usermod -aG video $USER, then log in again"
    )]
    Denied {
        /// The source.
        at: String,
    },
    /// Somebody else has it.
    #[error("camera {at}: another program is using it; `fuser -v {at}` names it. End it and start again")]
    Busy {
        /// The source.
        at: String,
    },
    /// It is something else.
    #[error(
        "camera {at}: takes no pictures ({why}). A camera often has several devices: try the next number"
    )]
    NotACamera {
        /// The source.
        at: String,
        /// What it is instead.
        why: String,
    },
    /// It gives no format that is understood.
    #[error("camera {at}: gives {offers}, but MJPEG or YUYV is needed")]
    NoFormat {
        /// The source.
        at: String,
        /// The formats it has, by their four letters.
        offers: String,
    },
    /// It answered before and does so no more.
    #[error("camera {at}: lost ({why}). When it is back it is taken up by itself")]
    Lost {
        /// The source.
        at: String,
        /// What the system says.
        why: String,
    },
    /// A folder without pictures.
    #[error("camera {at}: no .jpg, .jpeg or .png picture in this folder")]
    NoPictures {
        /// The folder.
        at: String,
    },
    /// The simulated robot's camera without the simulated robot.
    #[error(
        "camera \"sim\" is the simulated robot's and is there only with it; set [camera] source to a device such as /dev/video0"
    )]
    Simulated,
}

impl CameraError {
    /// What an error at opening `source` means for the user.
    #[must_use]
    pub fn opening(source: &str, error: &io::Error) -> Self {
        let at = source.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => CameraError::Missing { at },
            io::ErrorKind::PermissionDenied => CameraError::Denied { at },
            io::ErrorKind::ResourceBusy => CameraError::Busy { at },
            _ => CameraError::NotACamera {
                at,
                why: error.to_string(),
            },
        }
    }
}

/// Opens the camera that `robot.toml` describes: a device, or a folder of pictures shown one after the other.
///
/// # Errors
/// When it cannot be opened; "sim" is opened by whoever runs the simulated robot (see [`rendered::Rendered`]).
pub fn open(camera: &config::Camera, clock: Clock) -> Result<Box<dyn Camera>, CameraError> {
    let source = camera.source.as_str();
    let path = Path::new(source);
    if source == "sim" {
        Err(CameraError::Simulated)
    } else if path.is_dir() {
        Ok(Box::new(folder::Folder::open(path, clock)?))
    } else if path.exists() {
        Ok(Box::new(v4l2::V4l2::open(
            source,
            (camera.width, camera.height),
            clock,
        )?))
    } else {
        Err(CameraError::Missing {
            at: source.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let message = |source: &str| {
            let camera: config::Camera = toml::from_str(&format!("source = {source:?}")).unwrap();
            open(&camera, Clock::start())
                .err()
                .map(|e| e.to_string().replace(folder.path().to_str().unwrap(), "DIR"))
        };
        insta::assert_snapshot!(message("/dev/video99").unwrap(), @r"camera /dev/video99: nothing there. Is it plugged in? `ls /dev/video*` shows what the system sees; then set [camera] source in robot.toml");
        insta::assert_snapshot!(message(folder.path().to_str().unwrap()).unwrap(), @"camera DIR: no .jpg, .jpeg or .png picture in this folder");
        insta::assert_snapshot!(message("/dev/null").unwrap(), @"camera /dev/null: takes no pictures (it is no video device). A camera often has several devices: try the next number");
        let told =
            |code| CameraError::opening("/dev/video0", &io::Error::from_raw_os_error(code)).to_string();
        assert!(told(13).contains("usermod"), "EACCES: {}", told(13));
        assert!(told(16).contains("fuser"), "EBUSY: {}", told(16));
        insta::assert_snapshot!(message("sim").unwrap(), @r#"camera "sim" is the simulated robot's and is there only with it; set [camera] source to a device such as /dev/video0"#);
    }
}
