//! Directions: words that say where to, but name nothing.

use crate::ground::phrase::words;
use serde::{Deserialize, Serialize};

/// Words that tell a direction and no thing.
#[must_use]
pub fn is_direction(text: &str) -> bool {
    direction(text).is_some()
}

/// A direction of movement or of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Ahead.
    Forward,
    /// Back.
    Backward,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Half a turn.
    Around,
}

/// The direction that words tell, where they tell nothing else.
#[must_use]
pub fn direction(text: &str) -> Option<Direction> {
    const FILLING: &[&str] = &[
        "to", "the", "your", "on", "a", "bit", "little", "straight", "side", "hand", "di", "in", "verso",
        "un", "po", "slightly", "alla", "tua",
    ];
    let lower = text.to_lowercase();
    let chinese = [
        ("左", Direction::Left),
        ("右", Direction::Right),
        ("前", Direction::Forward),
        ("后", Direction::Backward),
        ("上", Direction::Up),
        ("下", Direction::Down),
    ];
    if !lower.is_ascii()
        && let Some((_, direction)) = chinese.iter().find(|(word, _)| {
            let short = lower.chars().count() <= 3;
            short && lower.contains(word)
        })
    {
        return Some(*direction);
    }
    let all = words(&lower);
    let words: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|w| !FILLING.contains(w))
        .collect();
    Some(match words.as_slice() {
        [] if all.iter().any(|w| w == "straight") => Direction::Forward,
        ["forward" | "forwards" | "ahead" | "avanti" | "dritto"] => Direction::Forward,
        ["back" | "backward" | "backwards" | "indietro"] => Direction::Backward,
        ["left" | "leftward" | "leftwards" | "sinistra"] => Direction::Left,
        ["right" | "rightward" | "rightwards" | "destra"] => Direction::Right,
        ["up" | "upward" | "upwards" | "su" | "alto"] => Direction::Up,
        ["down" | "downward" | "downwards" | "giù" | "basso"] => Direction::Down,
        ["around" | "round" | "about" | "intorno"] | ["dietro"] => Direction::Around,
        _ => return None,
    })
}
