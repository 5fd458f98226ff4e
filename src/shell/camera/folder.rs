//! A folder of pictures as a camera: each in the order of the names, again from the first after the last.
//!
//! For trying things out and for recordings. A picture that cannot be read is named in the log and passed over.

use super::{Camera, CameraError, Frame};
use crate::see::picture;
use crate::shell::clock::Clock;
use brain::units::Now;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A picture every 200 ms.
const EVERY: Duration = Duration::from_millis(200);

/// See the module.
pub struct Folder {
    source: String,
    pictures: Vec<PathBuf>,
    clock: Clock,
    due: Now,
    sequence: u64,
}

impl Folder {
    /// Lists the folder; pictures that are added later are not shown.
    ///
    /// # Errors
    /// When it cannot be read or holds no picture.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, CameraError> {
        let source = folder.display().to_string();
        let entries = std::fs::read_dir(folder).map_err(|error| CameraError::opening(&source, &error))?;
        let mut pictures: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|p| is_picture(p))
            .collect();
        pictures.sort();
        if pictures.is_empty() {
            return Err(CameraError::NoPictures { at: source });
        }
        Ok(Folder {
            source,
            pictures,
            clock,
            due: clock.now(),
            sequence: 0,
        })
    }
}

fn is_picture(path: &Path) -> bool {
    let end = path
        .extension()
        .and_then(|end| end.to_str())
        .map(str::to_ascii_lowercase);
    path.is_file() && end.is_some_and(|end| ["jpg", "jpeg", "png"].contains(&end.as_str()))
}

impl Camera for Folder {
    fn newest(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let left = self.clock.until(self.due);
        std::thread::sleep(left.min(wait));
        if left > wait {
            return Ok(None);
        }
        let path = &self.pictures[(self.sequence % self.pictures.len() as u64) as usize];
        let taken = self.clock.now();
        self.sequence += 1;
        self.due = Now(taken.0 + EVERY.as_millis() as u64);
        match picture::read(path) {
            Ok(picture) => Ok(Some(Frame {
                picture,
                taken,
                sequence: self.sequence,
                head: None,
            })),
            Err(error) => {
                log::warn!("{}: {error}", path.display());
                Ok(None)
            }
        }
    }

    fn source(&self) -> &str {
        &self.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::see::Picture;

    #[test]
    fn pictures_come_in_order_again_and_again_and_bad_ones_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for (name, width) in [("b.png", 2), ("a.PNG", 1)] {
            let path = folder.path().join(name);
            Picture::new(width, 1)
                .save_with_format(path, image::ImageFormat::Png)
                .unwrap();
        }
        std::fs::write(folder.path().join("c.jpg"), b"damaged").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"no picture").unwrap();
        let mut camera = Folder::open(folder.path(), Clock::start()).unwrap();
        let mut shown = Vec::new();
        while shown.len() < 4 {
            if let Some(frame) = camera.newest(Duration::from_secs(5)).unwrap() {
                shown.push((frame.picture.width(), frame.sequence));
            }
        }
        assert_eq!(shown, [(1, 1), (2, 2), (1, 4), (2, 5)]);
    }
}
