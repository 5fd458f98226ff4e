//! Prototypes: a text means what the nearest example phrase means, when it is near enough and no other frame is as near
//! (nearest neighbour in a frozen encoder's space, as in few-shot intent work; Snell et al. 2017 use the mean instead).
//!
//! It compares unit vectors with the cosine. It never runs the encoder.

use super::{Pack, PackFrame};

/// From this similarity on a phrase counts as the same sentence.
pub const SAME: f32 = 0.92;
/// From this similarity on a text without any word of the pack is taken for its frame.
pub const NEAR: f32 = 0.80;
/// From this on, when what the frame needs was said.
pub const SO_SO: f32 = 0.60;
/// From this on, when more of the pack's values were said.
pub const FAR: f32 = 0.45;
/// Two frames tie when they are less than this apart.
pub const TIE: f32 = 0.03;

/// Cosine of two unit vectors; 0 where one is missing.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Similarity of a text to the nearest of a frame's examples.
#[must_use]
pub fn similarity(embedding: &[f32], frame: &PackFrame) -> f32 {
    frame
        .phrases
        .iter()
        .map(|phrase| cosine(embedding, &phrase.embedding))
        .fold(0.0, f32::max)
}

/// The frame with the nearest example.
#[derive(Debug, Clone, Copy)]
pub struct Nearest<'a> {
    /// Its pack.
    pub pack: &'a Pack,
    /// The frame.
    pub frame: &'a PackFrame,
    /// How near.
    pub similarity: f32,
    /// The next frame of another name, and how near that is.
    pub rival: Option<(&'a PackFrame, f32)>,
}

/// The frame with the example nearest to `embedding`.
#[must_use]
pub fn nearest<'a>(embedding: &[f32], packs: &'a [Pack]) -> Option<Nearest<'a>> {
    let frames = packs
        .iter()
        .flat_map(|pack| pack.frames.iter().map(move |frame| (pack, frame)));
    let mut all: Vec<(&Pack, &PackFrame, f32)> = frames
        .map(|(pack, frame)| (pack, frame, similarity(embedding, frame)))
        .collect();
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    let (pack, frame, similarity) = *all.first()?;
    let rival = all
        .iter()
        .find(|(_, other, _)| other.name != frame.name)
        .map(|(_, other, p)| (*other, *p));
    Some(Nearest {
        pack,
        frame,
        similarity,
        rival,
    })
}
