//! Slots: the values a pack's roles can take, and the words for each.
//!
//! A value is written as people say it; a short pattern may stand for many ("[a bit of|some] (milk|cream)"). What the pack
//! gives back as the value is its own text, whatever words were said for it.

use super::spelling::{Same, Spelled, replace, words};
use serde::{Deserialize, Serialize};

/// A role of a pack's frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name, which is the role's.
    pub name: String,
    /// Its values, those of most words first.
    pub values: Vec<Value>,
    /// What its values are kinds of ("drink"): other things of the kind are known to be not among them.
    pub kind: Option<String>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// As the pack writes it.
    pub text: String,
    /// The words that are looked for, in the common spelling.
    pub said: Vec<String>,
}

impl Slot {
    /// A slot with these values and the words for them.
    #[must_use]
    pub fn new(
        name: &str,
        kind: Option<String>,
        values: &[(String, Vec<String>)],
        same: &[Same],
        lang: &str,
    ) -> Self {
        let spelled = |text: &str| {
            let spelled = words(text, lang).into_iter().map(|text| Spelled {
                text,
                span: Default::default(),
            });
            replace(spelled.collect(), same)
                .into_iter()
                .map(|word| word.text)
                .collect()
        };
        let mut all: Vec<Value> = Vec::new();
        for (text, others) in values {
            for said in std::iter::once(text).chain(others) {
                all.push(Value {
                    text: text.clone(),
                    said: spelled(said),
                });
            }
        }
        all.retain(|value| !value.said.is_empty());
        // Stable: of values of equal length the pack's order counts.
        all.sort_by_key(|value| std::cmp::Reverse(value.said.len()));
        Slot {
            name: name.to_owned(),
            values: all,
            kind,
        }
    }

    /// The values most like these words, best first: for "did you mean".
    #[must_use]
    pub fn nearest(&self, said: &str, most: usize) -> Vec<&str> {
        let mut texts: Vec<&str> = Vec::new();
        for value in &self.values {
            if !texts.contains(&value.text.as_str()) {
                texts.push(&value.text);
            }
        }
        texts.sort_by(|a, b| likeness(b, said).total_cmp(&likeness(a, said)).then(a.cmp(b)));
        texts.truncate(most);
        texts
    }

    /// How like its most like value these words are.
    #[must_use]
    pub fn likeness(&self, said: &str) -> f64 {
        let all = self.values.iter().map(|value| likeness(&value.text, said));
        all.fold(f64::MIN, f64::max)
    }
}

/// "oat milk" is as long as "soy milk" and ends like it; "a lot of soy milk" says more than was asked.
fn likeness(value: &str, said: &str) -> f64 {
    let last = |text: &str| text.rsplit(' ').next().unwrap_or_default().to_owned();
    let length = |text: &str| text.split(' ').count();
    let shared = f64::from(u8::from(last(value) == last(said)));
    let apart = length(value).abs_diff(length(said)) as f64;
    strsim::jaro_winkler(&value.to_lowercase(), &said.to_lowercase()) + shared - 0.3 * apart
}
