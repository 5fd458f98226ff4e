//! Italian: which words forbid, suppose, tell or ask.

use super::Site;
use crate::reading::{Frame, Mood};

const BORDER: &[&str] = &["poi", "ma", "però", "quindi", "perché", "dopo", "invece"];
/// Words that carry a negation on.
const OR: &[&str] = &["o", "né"];
/// Words that may stand between a negation and its verb.
const BETWEEN: &[&str] = &[
    "mi",
    "ti",
    "lo",
    "la",
    "li",
    "le",
    "gli",
    "ci",
    "vi",
    "ne",
    "si",
    "me",
    "te",
    "se",
    "devi",
    "deve",
    "dovete",
    "dovresti",
    "voglio",
    "vorrei",
    "che",
    "tu",
    "bisogna",
    "puoi",
    "può",
    "andare",
    "a",
    "ad",
    "provare",
    "provarci",
    "osare",
    "azzardarti",
    "assolutamente",
    "più",
    "mai",
    "neanche",
    "per",
    "favore",
    "di",
    "affatto",
    "robot",
    "stare",
];
const AVERE: &[&str] = &[
    "ho", "hai", "ha", "abbiamo", "avete", "hanno", "avevo", "avevi", "aveva", "l'ho", "l'ha", "l'hai",
];
const ESSERE: &[&str] = &["sono", "sei", "è", "siamo", "siete", "ero", "era"];
const ADVERBS: &[&str] = &[
    "già", "appena", "sempre", "mai", "anche", "ancora", "solo", "quasi", "non",
];
const INQUIRY: &[&str] = &[
    "controlla",
    "controllare",
    "verifica",
    "verificare",
    "guarda",
    "guardare",
    "vedi",
    "vedere",
    "dimmi",
    "dirmi",
    "chiedi",
    "chiedigli",
    "chiedile",
    "sai",
    "sapere",
    "ispeziona",
    "digli",
    "dille",
    "capire",
];
const FIRST_PERSON: &[&str] = &[
    "vado", "prendo", "metto", "cerco", "apro", "chiudo", "accendo", "spengo", "trovo", "seguo", "lascio",
    "porto", "entro",
];

fn participle(verb: &str) -> bool {
    let Some(stem) = verb.strip_suffix(['o', 'a', 'i', 'e']) else {
        return false;
    };
    stem.chars().count() >= 3 && (stem.ends_with('t') || stem.ends_with('s'))
}

fn imperfect(verb: &str) -> bool {
    [
        "avo", "ava", "avi", "avano", "evo", "eva", "evano", "ivo", "iva", "ivano",
    ]
    .iter()
    .any(|ending| verb.ends_with(ending))
}

/// What the words say of the trigger's mood.
pub(super) fn mood(site: &Site<'_>) -> Option<Mood> {
    let clause = site.clause(BORDER);
    negated(site, clause)
        .or_else(|| supposed(site, clause))
        .or_else(|| told(site, clause))
        .or_else(|| asked(site, clause))
}

fn negated(site: &Site<'_>, clause: usize) -> Option<Mood> {
    let t = site.trigger.start;
    let remind = [
        &["non", "dimenticare", "di"][..],
        &["non", "dimenticarti", "di"],
        &["non", "scordare", "di"],
    ];
    if remind
        .iter()
        .any(|phrase| site.earlier(0, phrase).is_some_and(|(_, next)| next == t))
    {
        return Some(Mood::Command);
    }
    let mut at = t;
    while at > clause {
        at -= 1;
        let before = at.checked_sub(1).map_or("", |n| site.word(n));
        match site.word(at) {
            "non" => {
                // "perché non mi porti…", "non potresti portarmi…" ask for it.
                let polite = before == "perché"
                    || matches!(site.word(at + 1), "potresti" | "potreste" | "vuoi" | "vorresti");
                return Some(if polite { Mood::Command } else { Mood::Prohibition });
            }
            "mai" if at + 1 == t => return Some(Mood::Prohibition),
            "senza" | "anziché" if at + 1 == t => return Some(Mood::Prohibition),
            "di" if matches!(
                before,
                "evita" | "evitare" | "smetti" | "smettila" | "invece" | "smettere" | "prima"
            ) =>
            {
                return (before != "prima").then_some(Mood::Prohibition);
            }
            "o" | "né" => return site.spread(OR, BORDER),
            word if BETWEEN.contains(&word) => {}
            _ => break,
        }
    }
    if site.word(site.trigger.end) == "mai" && t > clause && site.word(t - 1) == "non" {
        return Some(Mood::Prohibition);
    }
    site.spread(OR, BORDER)
}

fn supposed(site: &Site<'_>, clause: usize) -> Option<Mood> {
    const WHAT_IF: &[&[&str]] = &[
        &["cosa", "succede", "se"],
        &["che", "succede", "se"],
        &["cosa", "succederebbe"],
        &["cosa", "accade", "se"],
        &["che", "cosa", "succede"],
        &["che", "succederebbe"],
        &["cosa", "succede", "quando"],
        &["cosa", "accadrebbe"],
        &["che", "cosa", "succederebbe"],
        &["cosa", "faresti", "se"],
    ];
    if WHAT_IF.iter().any(|phrase| site.earlier(0, phrase).is_some()) {
        return Some(Mood::Hypothesis);
    }
    if site.at(0, &["e", "se"]) {
        return Some(Mood::Hypothesis);
    }
    let suppose = [
        &["supponi"][..],
        &["supponiamo"],
        &["immagina"],
        &["metti", "che"],
        &["ammettiamo"],
        &["magari"],
    ];
    if suppose.iter().any(|phrase| site.earlier(0, phrase).is_some()) {
        return Some(Mood::Hypothesis);
    }
    let (at, _) = site.earlier(clause, &["se"])?;
    if at > 0 && INQUIRY.contains(&site.word(at - 1)) {
        return None;
    }
    let near = (at + 1..site.trigger.start).all(|n| {
        matches!(
            site.word(n),
            "tu" | "io"
                | "lo"
                | "la"
                | "li"
                | "le"
                | "mi"
                | "ti"
                | "lui"
                | "lei"
                | "non"
                | "gli"
                | "ci"
                | "si"
        )
    });
    near.then_some(Mood::Hypothesis)
}

fn told(site: &Site<'_>, clause: usize) -> Option<Mood> {
    if matches!(site.frame, Frame::BeingLocated | Frame::BeingInCategory) {
        return None;
    }
    let mut at = site.trigger.start;
    while at > clause && ADVERBS.contains(&site.word(at - 1)) {
        at -= 1;
    }
    let helper = if at > clause { site.word(at - 1) } else { "" };
    // "the book I bought" belongs to another task.
    let relative = (clause..at).any(|n| matches!(site.word(n), "che" | "cui" | "dove"));
    if relative {
        return None;
    }
    if participle(site.verb()) && (AVERE.contains(&helper) || ESSERE.contains(&helper)) {
        return Some(Mood::Report);
    }
    if imperfect(site.verb()) || (helper == "io" && !participle(site.verb())) {
        return Some(Mood::Report);
    }
    let alone = at == clause || matches!(helper, "io" | "ora" | "adesso" | "ieri" | "oggi" | "la" | "lo");
    (FIRST_PERSON.contains(&site.verb()) && alone).then_some(Mood::Report)
}

fn asked(site: &Site<'_>, clause: usize) -> Option<Mood> {
    let words: Vec<&str> = (clause..site.trigger.start).map(|n| site.word(n)).collect();
    match words.as_slice() {
        ["posso" | "dovrei" | "devo" | "possiamo" | "dobbiamo"] if site.verb() != "avere" => {
            Some(Mood::Question)
        }
        ["come", "si" | "faccio" | "posso" | "potrei" | "hai" | "ha", ..] | ["come"] => Some(Mood::Question),
        ["quando" | "dove" | "chi", "hai" | "ha" | "hanno" | "è", ..] => {
            (!matches!(site.frame, Frame::BeingLocated | Frame::BeingInCategory)).then_some(Mood::Question)
        }
        _ => None,
    }
}

/// What the beginning of a text without tasks says.
pub(super) fn of_text(words: &[&str]) -> Option<Mood> {
    match words {
        ["non", "importa" | "so" | "fa" | "preoccuparti" | "ti", ..] => None,
        ["non", ..] | ["mai", ..] => Some(Mood::Prohibition),
        ["cosa" | "che", "succede" | "succederebbe" | "accade", ..] => Some(Mood::Hypothesis),
        ["se", ..] | ["e", "se", ..] => Some(Mood::Hypothesis),
        [helper, verb, ..] if AVERE.contains(helper) && participle(verb) => Some(Mood::Report),
        ["io", helper, verb, ..] if AVERE.contains(helper) && participle(verb) => Some(Mood::Report),
        _ => None,
    }
}
