//! Text in, tag scores and embedding out: tokenizer, map hints, encoder with all heads in one pass.
//!
//! In: one text, perhaps a semantic map. Out: [`Tags`], logits a word, a pair of words and a text, with the words'
//! places in the text. It never decides what the logits mean; that is the brain's `understand`.

mod hints;
mod words;

pub use words::{Cut, MAX_PIECES, MAX_WORDS, Words};

use brain::message::{Labels, MapItem, Tags};
use brain::understand::Thresholds;
use engine::{Array, ArrayError, Folders, LoadError, Manifest, ManifestError, Model, RunError};

/// The model that reads texts.
pub const NAME: &str = "text";

/// Why the reader could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or its manifest is not in order.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The network cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The tokenizer's file cannot be parsed.
    #[error("{path}: a tokenizer.json of the tokenizers library is expected: {why}")]
    Tokenizer {
        /// Which file.
        path: String,
        /// What the parser says.
        why: String,
    },
    /// The network is no text model.
    #[error(
        "model {name}: a text model takes input_ids and first, perhaps hints and position_ids; this one takes {came}"
    )]
    Inputs {
        /// Which model.
        name: String,
        /// Its inputs.
        came: String,
    },
}

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// There is no word in it.
    #[error("there is no word in the text")]
    Empty,
    /// It is longer than any command.
    #[error(
        "the text is too long: at most {MAX_WORDS} words of {MAX_PIECES} word pieces are read at once; \
         say it in shorter sentences"
    )]
    TooLong,
    /// The network or the tokenizer failed, or the network's outputs do not fit its labels.
    #[error("the text could not be read: {0}")]
    Failed(String),
}

impl From<RunError> for ReadError {
    fn from(error: RunError) -> Self {
        ReadError::Failed(error.to_string())
    }
}

impl From<ArrayError> for ReadError {
    fn from(error: ArrayError) -> Self {
        ReadError::Failed(error.to_string())
    }
}

/// The text model and its tokenizer, ready to read. May be shared between threads.
#[derive(Debug)]
pub struct Reader {
    cut: Cut,
    model: Model,
    version: String,
    labels: Labels,
    thresholds: Thresholds,
    near: f64,
    takes_hints: bool,
    takes_positions: bool,
}

impl Reader {
    /// Loads the model [`NAME`] from the first of `folders` that has it. Network and tokenizer load side by side.
    ///
    /// # Errors
    /// When it is missing, damaged, or no text model.
    pub fn load(folders: &Folders) -> Result<Self, OpenError> {
        Self::open(&folders.find(NAME)?)
    }

    /// Loads the text model that `manifest` describes.
    ///
    /// # Errors
    /// When it is damaged or no text model.
    pub fn open(manifest: &Manifest) -> Result<Self, OpenError> {
        let (cut, model) = std::thread::scope(|scope| {
            let cut = scope.spawn(|| Self::cutter(manifest));
            let model = Model::load(manifest);
            let cut = cut
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (cut, model)
        });
        let (cut, model) = (cut?, model?);
        let takes = |name: &str| model.inputs().iter().any(|input| input == name);
        let known = ["input_ids", "first", "hints", "position_ids"];
        let strange = model
            .inputs()
            .iter()
            .any(|input| !known.contains(&input.as_str()));
        if strange || !takes("input_ids") || !takes("first") {
            return Err(OpenError::Inputs {
                name: manifest.name.clone(),
                came: model.inputs().join(", "),
            });
        }
        let names = |list: &str| manifest.names(list).map(<[String]>::to_vec);
        let labels = Labels {
            frames: names("frames")?,
            roles: names("roles")?,
            moods: names("moods")?,
            acts: names("acts")?,
            langs: names("langs")?,
        };
        let near = manifest.thresholds::<Near>()?.near_metres;
        let mut thresholds: Thresholds = manifest.thresholds()?;
        let temperature = |output: &str| manifest.temperatures.get(output).copied().unwrap_or(1.0);
        thresholds.frame_temperature = temperature("frames");
        thresholds.role_temperature = temperature("roles");
        thresholds.mood_temperature = temperature("moods");
        thresholds.act_temperature = temperature("acts");
        let (takes_hints, takes_positions) = (takes("hints"), takes("position_ids"));
        Ok(Reader {
            cut,
            model,
            version: manifest.version.clone(),
            labels,
            thresholds,
            near,
            takes_hints,
            takes_positions,
        })
    }

    fn cutter(manifest: &Manifest) -> Result<Cut, OpenError> {
        let name = manifest.tokenizer.as_deref().unwrap_or("tokenizer.json");
        let bytes = manifest.bytes(name)?;
        Cut::from_bytes(&bytes).map_err(|why| OpenError::Tokenizer {
            path: manifest.path(name).display().to_string(),
            why,
        })
    }

    /// Version of the model, from its manifest.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What the rows of the [`Tags`] mean.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What the brain compares this model's probabilities with, from its manifest.
    #[must_use]
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The network.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Everything before the network: the words of a text, their pieces, and what the map knows of them.
    ///
    /// # Errors
    /// When the text has no word or is too long.
    pub fn prepare(&self, text: &str, map: Option<&[MapItem]>) -> Result<Prepared, ReadError> {
        let words = self.cut.words(unmarked(text))?;
        let hints = if self.takes_hints {
            let told = hints::hints(&self.cut, &words.texts, map.unwrap_or_default(), self.near);
            words.spread(&told)
        } else {
            Vec::new()
        };
        Ok(Prepared { words, hints })
    }

    /// Reads one text against a semantic map, if there is one.
    ///
    /// # Errors
    /// When the text has no word, is too long, or the network fails. Stop words are the brain's to find in the text
    /// itself, so an error here never hides one.
    pub fn read(&self, text: &str, map: Option<&[MapItem]>) -> Result<Tags, ReadError> {
        let Prepared { words, hints } = self.prepare(text, map)?;
        let (pieces, count) = (words.ids.len(), words.places.len());
        let mut inputs = Vec::with_capacity(4);
        if self.takes_hints {
            inputs.push(("hints", Array::i64(&[1, pieces], hints)?));
        }
        if self.takes_positions {
            inputs.push((
                "position_ids",
                Array::i64(&[1, pieces], (0..pieces as i64).collect())?,
            ));
        }
        inputs.push(("input_ids", Array::i64(&[1, pieces], words.ids)?));
        inputs.push(("first", Array::i64(&[count], words.first)?));
        let outputs = self.model.run(inputs)?;
        let take = |name: &str, length: usize| {
            let values = outputs.f32(name)?;
            if values.len() == length {
                return Ok(values.to_vec());
            }
            let came = values.len();
            Err(ReadError::Failed(format!(
                "output {name} should hold {length} numbers by the manifest's labels, but holds {came}"
            )))
        };
        let labels = &self.labels;
        Ok(Tags {
            frames: take("frames", count * labels.frames.len())?,
            roles: take("roles", count * count * (1 + 2 * labels.roles.len()))?,
            heads: take("heads", count * count)?,
            moods: take("moods", count * labels.moods.len())?,
            acts: take("acts", labels.acts.len())?,
            langs: take("langs", labels.langs.len())?,
            embedding: outputs.f32("embedding").map(<[f32]>::to_vec).unwrap_or_default(),
            words: words.places,
        })
    }
}

/// Without the mark that ends a sentence: a transcriber writes it, nobody says it, and of those who type few do.
fn unmarked(text: &str) -> &str {
    let text = text.trim_end();
    let bare = text.strip_suffix(['.', '!']).unwrap_or(text);
    // "e.g.", "3 p.m." and "wait ..." are no ends of sentences.
    let last = bare.rsplit(char::is_whitespace).next().unwrap_or_default();
    if last.contains('.') || last.is_empty() {
        text
    } else {
        bare
    }
}

/// What the network is given of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    words: words::Words,
    /// One a piece; none where the network takes none.
    hints: Vec<i64>,
}

/// The threshold that the map hints need.
#[derive(serde::Deserialize)]
struct Near {
    /// Things count as near when they are at most this far apart on the map, in metres.
    #[serde(default = "near_metres")]
    near_metres: f64,
}

fn near_metres() -> f64 {
    3.0
}

#[cfg(test)]
mod tests;
