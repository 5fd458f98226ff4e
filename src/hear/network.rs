//! The two networks of the transcriber: sound to what the decoder looks at, and one token after the other.
//!
//! In: 16 kHz samples; then, for each hypothesis of a beam, the last token and what was kept of the tokens before. Out:
//! logits for the next token. The encoder runs once a segment; all hypotheses of a step run together and share what it
//! gave.

use super::HearError;
use super::tokens::Token;
use engine::{Array, Model, RunError};

/// Both networks and the names of their inputs.
#[derive(Debug)]
pub struct Network {
    encoder: Model,
    decoder: Model,
    /// Inputs of the decoder that come from the encoder, under the same names.
    cross: Vec<String>,
    /// Inputs of the decoder that come from the step before, with the name of the output they come from.
    past: Vec<(String, String)>,
    heads: usize,
    width: usize,
    vocabulary: usize,
}

/// What the encoder made of one segment.
#[derive(Debug)]
pub struct Sound(Vec<Array>);

/// What the decoder keeps of the tokens so far, one row a hypothesis.
#[derive(Debug, Clone)]
pub struct Past(Vec<Array>);

/// Why two networks do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no encoder and decoder as Moonshine's: {1}")]
pub struct NoNetwork(pub String, pub String);

impl Network {
    /// Puts two networks together. `vocabulary` is how many tokens there are.
    ///
    /// # Errors
    /// When their inputs and outputs do not fit.
    pub fn new(name: &str, encoder: Model, decoder: Model, vocabulary: usize) -> Result<Self, NoNetwork> {
        let no = |why: String| NoNetwork(name.to_owned(), why);
        let (mut cross, mut past, mut shape) = (Vec::new(), Vec::new(), None);
        for (index, input) in decoder.inputs().iter().enumerate() {
            if input.starts_with("sound_") {
                if !encoder.outputs().contains(input) {
                    return Err(no(format!("the encoder does not give {input}")));
                }
                cross.push(input.clone());
            } else if input.starts_with("keys.") || input.starts_with("values.") {
                let source = format!("next_{input}");
                if !decoder.outputs().contains(&source) {
                    return Err(no(format!("the decoder does not give {source}")));
                }
                shape = Some(decoder.input_shape(index));
                past.push((input.clone(), source));
            } else if !["tokens", "positions", "mask"].contains(&input.as_str()) {
                return Err(no(format!("the decoder takes {input}, which nothing gives")));
            }
        }
        if encoder.inputs() != ["audio"] {
            let came = encoder.inputs().join(", ");
            return Err(no(format!("the encoder takes {came}; audio is expected")));
        }
        match shape.as_deref() {
            Some([_, Some(heads), _, Some(width)]) => Ok(Network {
                encoder,
                decoder,
                cross,
                past,
                heads: *heads,
                width: *width,
                vocabulary,
            }),
            _ => Err(no(
                "keys and values must be [hypotheses, heads, tokens, width]".to_owned()
            )),
        }
    }

    /// Looks at one segment.
    ///
    /// # Errors
    /// When the network fails.
    pub fn encode(&self, samples: &[f32]) -> Result<Sound, HearError> {
        let input = Array::f32(&[1, samples.len()], samples.to_vec())?;
        let outputs = self.encoder.run(vec![("audio", input)])?;
        let arrays = self.cross.iter().map(|source| outputs.get(source).cloned());
        let arrays: Option<Vec<Array>> = arrays.collect();
        arrays
            .map(Sound)
            .ok_or_else(|| HearError::Output("the encoder".to_owned()))
    }

    /// Nothing said yet, by one hypothesis.
    ///
    /// # Errors
    /// Never: no numbers fill an empty array.
    pub fn nothing(&self) -> Result<Past, HearError> {
        let empty = || Array::f32(&[1, self.heads, 0, self.width], Vec::new());
        Ok(Past(self.past.iter().map(|_| empty()).collect::<Result<_, _>>()?))
    }

    /// One step: `last[n]` is the last token of hypothesis n. Gives its logits, one row a hypothesis.
    ///
    /// # Errors
    /// When the network fails.
    pub fn step(&self, sound: &Sound, past: &mut Past, last: &[Token]) -> Result<Vec<f32>, HearError> {
        let ids = last.iter().map(|token| i64::from(*token)).collect();
        let before = past
            .0
            .first()
            .and_then(|array| array.shape().get(2).copied())
            .unwrap_or(0);
        let mut inputs = vec![
            ("tokens", Array::i64(&[last.len(), 1], ids)?),
            ("positions", Array::i64(&[1], vec![before as i64])?),
            ("mask", Array::f32(&[1, before + 1], vec![0.0; before + 1])?),
        ];
        let names = self.cross.iter().map(String::as_str);
        inputs.extend(names.zip(sound.0.iter().cloned()));
        let names = self.past.iter().map(|(name, _)| name.as_str());
        inputs.extend(names.zip(past.0.drain(..)));
        let outputs = self.decoder.run(inputs)?;
        let arrays = self.past.iter().map(|(_, source)| outputs.get(source).cloned());
        let arrays: Option<Vec<Array>> = arrays.collect();
        past.0 = arrays.ok_or_else(|| HearError::Output("the decoder".to_owned()))?;
        let logits = outputs.f32("logits")?;
        if logits.len() == last.len() * self.vocabulary {
            return Ok(logits.to_vec());
        }
        Err(HearError::Output("the decoder".to_owned()))
    }

    /// Keeps these rows of the past, in this order; a row may be kept more than once.
    ///
    /// # Errors
    /// When the past is not in floats.
    pub fn keep(&self, past: &mut Past, rows: &[usize]) -> Result<(), HearError> {
        for array in &mut past.0 {
            let shape = array.shape().to_vec();
            if shape.first() == Some(&rows.len()) && rows.iter().enumerate().all(|(n, row)| n == *row) {
                continue;
            }
            let size: usize = shape[1..].iter().product();
            let values = array
                .as_f32()
                .ok_or_else(|| HearError::Output("the decoder".to_owned()))?;
            let kept = rows
                .iter()
                .flat_map(|row| &values[row * size..][..size])
                .copied()
                .collect();
            *array = Array::f32(&[&[rows.len()], &shape[1..]].concat(), kept)?;
        }
        Ok(())
    }

    /// How many tokens there are.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }
}

impl From<RunError> for HearError {
    fn from(error: RunError) -> Self {
        HearError::Failed(error.to_string())
    }
}
