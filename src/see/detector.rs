//! A detector: one network with all that its manifest says of it.
//!
//! In: a picture and a lens. Out: [`Seen`]. It is loaded from a folder with a manifest, or from a bare ONNX file whose
//! outputs show what it is; a file that shows nothing needs a manifest, and the error says what to write.

use super::boxes::{Overlaps, suppress};
use super::color::colors;
use super::decode::{DecodeError, Family, centernet, yolox};
use super::lens::Lens;
use super::picture::Picture;
use super::prepare::{Input, letterbox};
use brain::message::Detection;
use brain::units::Score;
use engine::{Array, ArrayError, Folders, LoadError, Manifest, ManifestError, Model, RunError};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Why a detector cannot be loaded or does not work.
#[derive(Debug, thiserror::Error)]
pub enum DetectorError {
    /// Its file cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The folder's manifest is not in order.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Nothing there.
    #[error("{}: no detector there; give an ONNX file, or a folder with manifest.toml", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A bare file that does not show what it is.
    #[error(
        "{}: {why}, so coact cannot tell how to read this detector. Write a manifest.toml beside it that says so: \
         [decoder] with family = \"centernet\" or \"yolox\", size = [width, height] and channels = \"rgb\" or \"bgr\", \
         and [labels] with classes", path.display()
    )]
    Unknown {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// The prepared picture does not fill the input.
    #[error(transparent)]
    Input(#[from] ArrayError),
    /// The network failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its outputs are not what the decoder reads.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The picture has no pixels.
    #[error("a picture of {width} x {height} pixels cannot be looked at")]
    NoPixels {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
}

const MANIFEST: &str = "manifest.toml";

/// The ONNX file of a folder that holds exactly one.
fn only_network(folder: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let mut networks = files.filter(|path| path.extension().is_some_and(|end| end == "onnx"));
    let first = networks.next()?;
    networks.next().is_none().then_some(first)
}

/// What was seen in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
    /// What was detected, best first, in pixels of the picture.
    pub detections: Vec<Detection>,
    /// How long it took.
    pub times: Times,
}

/// How long each part of looking took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Times {
    /// Scaling the picture.
    pub prepare: Duration,
    /// The network.
    pub network: Duration,
    /// Boxes, colours, directions.
    pub decode: Duration,
}

/// `[decoder]` of a detector's manifest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    family: Family,
    /// Width and height of the input.
    size: [usize; 2],
    channels: Channels,
    #[serde(default = "one")]
    scale: f32,
    #[serde(default = "grey")]
    pad: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Channels {
    Rgb,
    Bgr,
}

fn one() -> f32 {
    1.0
}

fn grey() -> u8 {
    114
}

/// `[thresholds]` of a detector's manifest.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Thresholds {
    score: f32,
    overlap: f32,
    overlap_other: f32,
    overlap_part: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            score: 0.25,
            overlap: 0.5,
            overlap_other: 0.8,
            overlap_part: 0.9,
        }
    }
}

/// A network that finds things, ready to look. Looking does not change it, so it may be shared between threads.
#[derive(Debug)]
pub struct Detector {
    model: Model,
    name: String,
    spec: Spec,
    thresholds: Thresholds,
    labels: Vec<String>,
}

impl Detector {
    /// The detector that `robot.toml` or an option names: a file or folder, seen from `base`, or the name of an installed
    /// one; without a name the one that comes with coact.
    ///
    /// # Errors
    /// When nothing is there, or it is no detector that coact can read.
    pub fn named(folders: &Folders, name: Option<&str>, base: &Path) -> Result<Self, DetectorError> {
        let name = name.unwrap_or(super::NAME);
        let path = base.join(name);
        if path.is_file() || path.join(MANIFEST).is_file() || only_network(&path).is_some() {
            Self::open(&path)
        } else if Path::new(name).components().count() > 1 {
            Err(DetectorError::Missing { path })
        } else {
            Self::load(&folders.find(name)?)
        }
    }

    /// Loads what `path` is: a folder with `manifest.toml`, an ONNX file that such a folder lists, a bare ONNX file, or
    /// a folder with nothing but one.
    ///
    /// # Errors
    /// When nothing is there, or it is no detector that coact can read.
    pub fn open(path: &Path) -> Result<Self, DetectorError> {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        if let Some(folder) = folder.filter(|folder| folder.join(MANIFEST).is_file()) {
            let manifest = Manifest::read(folder)?;
            if path.is_dir()
                || path
                    .file_name()
                    .is_some_and(|name| name == manifest.graph.as_str())
            {
                return Self::load(&manifest);
            }
        }
        let file = if path.is_file() {
            Some(path.to_owned())
        } else {
            only_network(path)
        };
        Self::bare(&file.ok_or_else(|| DetectorError::Missing {
            path: path.to_owned(),
        })?)
    }

    /// Loads the detector that a manifest describes, its checksum verified first.
    ///
    /// # Errors
    /// When its file is not the listed one, or the manifest lacks what a detector needs.
    pub fn load(manifest: &Manifest) -> Result<Self, DetectorError> {
        let spec: Spec = manifest.decoder()?;
        let thresholds = manifest.thresholds()?;
        let labels = manifest.names("classes")?.to_vec();
        let model = Model::load(manifest)?;
        Detector {
            model,
            name: manifest.name.clone(),
            spec,
            thresholds,
            labels,
        }
        .rehearsed()
    }

    /// Looks at nothing once, so that a manifest that does not fit its network is found at the start and not in a task.
    fn rehearsed(self) -> Result<Self, DetectorError> {
        self.look(&Picture::new(1, 1), &Lens::default())?;
        Ok(self)
    }

    /// A file without a manifest: the shapes of its input and outputs tell the family, 80 classes are those of COCO.
    fn bare(path: &Path) -> Result<Self, DetectorError> {
        let model = Model::open(path)?;
        let unknown = |why: String| DetectorError::Unknown {
            path: path.to_owned(),
            why,
        };
        let &[Some(1), Some(3), Some(height), Some(width)] = model.input_shape(0).as_slice() else {
            return Err(unknown(
                "its input is not [1, 3, height, width] with fixed numbers".to_owned(),
            ));
        };
        let outputs = model.probe(1)?;
        let shapes: Vec<(&str, &[usize])> = outputs
            .iter()
            .map(|(name, array)| (name, array.shape()))
            .collect();
        let shape = |wanted: &str| {
            shapes
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, shape)| *shape)
        };
        let (family, channels, classes) = match (
            shapes.as_slice(),
            shape(centernet::SCORES),
            shape(centernet::EDGES),
        ) {
            ([(_, [1, rows, columns])], ..) if *rows == yolox::rows(width, height) && *columns > 5 => {
                (Family::Yolox, Channels::Bgr, columns - 5)
            }
            (_, Some([1, classes, ..]), Some([1, 4, ..])) => (Family::Centernet, Channels::Rgb, *classes),
            _ => {
                let all: Vec<String> = shapes
                    .iter()
                    .map(|(name, shape)| format!("{name} {shape:?}"))
                    .collect();
                return Err(unknown(format!("its outputs are {}", all.join(", "))));
            }
        };
        if classes != COCO.len() {
            return Err(unknown(format!(
                "it has {classes} classes and their names are not known"
            )));
        }
        let spec = Spec {
            family,
            size: [width, height],
            channels,
            scale: one(),
            pad: grey(),
        };
        let name = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let labels = COCO.iter().map(|&label| label.to_owned()).collect();
        Ok(Detector {
            model,
            name,
            spec,
            thresholds: Thresholds::default(),
            labels,
        })
    }

    /// Reports only what scores at least `score`, instead of the manifest's threshold.
    #[must_use]
    pub fn at_least(mut self, score: Score) -> Self {
        self.thresholds.score = score.0;
        self
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The classes it knows, by index.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Looks at one picture, taken through `lens`.
    ///
    /// # Errors
    /// When the picture is empty or the network fails; a picture in which nothing is found is no error.
    pub fn look(&self, picture: &Picture, lens: &Lens) -> Result<Seen, DetectorError> {
        let size @ (width, height) = picture.dimensions();
        if width == 0 || height == 0 {
            return Err(DetectorError::NoPixels { width, height });
        }
        let mut clock = Instant::now();
        let mut lap = move || std::mem::replace(&mut clock, Instant::now()).elapsed();
        let [across, down] = self.spec.size;
        let input = Input {
            width: across,
            height: down,
            bgr: self.spec.channels == Channels::Bgr,
            scale: self.spec.scale,
            pad: self.spec.pad,
        };
        let prepared = letterbox(picture, input).map_err(|_| DetectorError::NoPixels { width, height })?;
        let values = Array::f32(&[1, 3, down, across], prepared.values)?;
        let prepare = lap();
        let input = self.model.inputs().first().map_or("", String::as_str);
        let outputs = self.model.run(vec![(input, values)])?;
        let network = lap();
        let mut found =
            self.spec
                .family
                .decode(&outputs, self.labels.len(), (across, down), self.thresholds.score)?;
        for one in &mut found {
            let rect = &mut one.rect;
            [rect.x, rect.y, rect.w, rect.h] = [rect.x, rect.y, rect.w, rect.h].map(|v| v / prepared.scale);
        }
        let Thresholds {
            overlap: same,
            overlap_other: other,
            overlap_part: part,
            ..
        } = self.thresholds;
        let overlaps = Overlaps { same, other, part };
        let detections = suppress(found, overlaps)
            .into_iter()
            .filter_map(|one| {
                let rect = one.rect.inside(width as f32, height as f32)?;
                let label = self.labels[one.class].as_str();
                let to = lens.direction(rect.x + rect.w / 2.0, rect.y + rect.h / 2.0, size);
                Some(Detection {
                    label: label.to_owned(),
                    score: Score(one.score),
                    bbox: [rect.x, rect.y, rect.w, rect.h],
                    colors: colors(picture, rect).into_iter().map(str::to_owned).collect(),
                    bearing: to.bearing,
                    elevation: to.elevation,
                    range: lens.range(label, rect, size),
                })
            })
            .collect();
        Ok(Seen {
            size,
            detections,
            times: Times {
                prepare,
                network,
                decode: lap(),
            },
        })
    }
}

/// The 80 classes of COCO (Lin et al. 2014), in the order in which detectors number them.
#[rustfmt::skip]
pub const COCO: [&str; 80] = [
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
    "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
    "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven",
    "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
];

#[cfg(test)]
mod tests;
