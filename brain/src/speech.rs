//! What the robot says: short, friendly and precise, in English, Italian and Chinese.
//!
//! In: what is to be told. Out: one or two sentences in the language it was spoken to. Never: decides anything.

mod ask;
mod doing;
pub mod facts;
mod refuse;
mod tell;

pub use ask::*;
pub use doing::*;
pub use refuse::*;
pub use tell::*;

use crate::config::Robot;
use crate::ground::{Kind, Target};

/// A target with its article, as the object of a sentence: "the red cup", "Anna", "you".
#[must_use]
pub fn the(lang: &str, target: &Target) -> String {
    match (target.kind, lang) {
        (Kind::Speaker, "it") => "te".to_owned(),
        (Kind::Speaker, "zh") => "你".to_owned(),
        (Kind::Speaker, _) => "you".to_owned(),
        (Kind::Person, _) if target.id.is_some() => target.label.clone(),
        (Kind::Robot, _) => target.label.clone(),
        (Kind::Place, _) if target.id.is_none() => target.label.clone(),
        _ => article(lang, &target.label),
    }
}

/// A name with its definite article.
#[must_use]
pub fn article(lang: &str, label: &str) -> String {
    let vowel = label.starts_with(['a', 'e', 'i', 'o', 'u', 'à', 'è']);
    let first = label.split(' ').next().unwrap_or(label);
    match lang {
        "zh" => label.to_owned(),
        "it" if vowel => format!("l'{label}"),
        "it" if first.ends_with('a') => format!("la {label}"),
        "it" if first.ends_with("ione") => format!("la {label}"),
        "it" if label.starts_with(['z', 'x'])
            || label.starts_with('s') && !label[1..].starts_with(['a', 'e', 'i', 'o', 'u']) =>
        {
            format!("lo {label}")
        }
        "it" => format!("il {label}"),
        _ => format!("the {label}"),
    }
}

/// "a, b or c" in the language; `last` is the word before the last one.
pub(crate) fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., end] => format!("{}{last}{end}", all.join(", ")),
    }
}

pub(crate) fn or(lang: &str) -> &'static str {
    match lang {
        "it" => " o ",
        "zh" => "还是",
        _ => " or ",
    }
}

/// Makes the labels of choices differ: by place, else by side.
pub fn tell_apart(choices: &mut [Target], robot: &Robot, lang: &str) {
    let labels: Vec<String> = choices.iter().map(|c| c.label.clone()).collect();
    let twice = |i: usize| labels.iter().filter(|l| **l == labels[i]).count() > 1;
    let places: Vec<Option<String>> = choices.iter().map(|c| c.place.clone()).collect();
    let mut by_bearing: Vec<usize> = (0..choices.len()).filter(|i| twice(*i)).collect();
    let bearing = |c: &Target| c.bearing.map_or(0.0, |b| b.0);
    by_bearing.sort_by(|a, b| bearing(&choices[*b]).total_cmp(&bearing(&choices[*a])));
    for i in 0..choices.len() {
        if !twice(i) {
            continue;
        }
        let here = places[i].as_ref();
        let unique = here.is_some()
            && places
                .iter()
                .enumerate()
                .all(|(j, p)| j == i || labels[j] != labels[i] || p.as_ref() != here);
        if let (true, Some(place)) = (unique, here.and_then(|p| robot.place(p))) {
            let name = place
                .names
                .get(lang)
                .or_else(|| place.names.get("en"))
                .and_then(|n| n.first())
                .unwrap_or(&place.id);
            choices[i].label = match lang {
                "it" => format!("{} in {name}", labels[i]),
                "zh" => format!("{name}里的{}", labels[i]),
                _ => format!("{} in the {name}", labels[i]),
            };
            continue;
        }
        let rank = by_bearing.iter().position(|j| *j == i).unwrap_or(0);
        let (first, last) = (rank == 0, rank + 1 == by_bearing.len());
        let side = match (lang, first, last) {
            ("it", true, _) => "a sinistra",
            ("it", _, true) => "a destra",
            ("it", ..) => "in mezzo",
            ("zh", true, _) => "左边的",
            ("zh", _, true) => "右边的",
            ("zh", ..) => "中间的",
            (_, true, _) => "on the left",
            (_, _, true) => "on the right",
            _ => "in the middle",
        };
        choices[i].label = if lang == "zh" {
            format!("{side}{}", labels[i])
        } else {
            format!("{} {side}", labels[i])
        };
    }
}

pub(crate) fn pick(lang: &str, en: &'static str, it: &'static str, zh: &'static str) -> &'static str {
    match lang {
        "it" => it,
        "zh" => zh,
        _ => en,
    }
}

pub(crate) fn article_or_name(lang: &str, what: &Target) -> String {
    if what.kind == Kind::Sought && lang == "en" {
        let an = if what.label.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        };
        return format!("{an} {}", what.label);
    }
    the(lang, what)
}
