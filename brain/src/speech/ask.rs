//! Questions: what was meant, what was not said, and whether it is really wanted.

use super::{list, or, pick, the};
use crate::ground::Target;
use crate::step::Knows;

/// Which of these is meant?
#[must_use]
pub fn which(lang: &str, _said: &str, choices: &[Target]) -> String {
    let names: Vec<String> = choices.iter().map(|c| the(lang, c)).collect();
    let names = list(&names, or(lang));
    match lang {
        "it" => format!("Quale intendi: {names}?"),
        "zh" => format!("你指的是哪一个：{names}？"),
        _ => format!("Which one do you mean: {names}?"),
    }
}

/// Nothing known is called that.
#[must_use]
pub fn unknown(lang: &str, words: &str, near: &[Target], known: &[String], knows: Knows) -> String {
    let names: Vec<String> = near.iter().map(|c| the(lang, c)).collect();
    let mean = match (lang, names.is_empty()) {
        (_, true) => String::new(),
        ("it", _) => format!(" Intendi {}?", list(&names, or(lang))),
        ("zh", _) => format!("你是说{}吗？", list(&names, or(lang))),
        _ => format!(" Do you mean {}?", list(&names, or(lang))),
    };
    // Nothing is called alike: then what there is.
    let offer = match (lang, known.is_empty()) {
        ("it", true) => " Puoi dirlo in un altro modo?".to_owned(),
        ("it", _) => format!(" Conosco {}.", list(known, pick(lang, " and ", " e ", "和"))),
        ("zh", true) => "能换个说法吗？".to_owned(),
        ("zh", _) => format!("我认识{}。", list(known, pick(lang, " and ", " e ", "和"))),
        (_, true) => " Can you call it something else?".to_owned(),
        _ => format!(" I know {}.", list(known, pick(lang, " and ", " e ", "和"))),
    };
    let help = match (knows, names.is_empty()) {
        (_, false) => mean,
        (Knows::Picture, true) => String::new(),
        (Knows::Map, true) => offer,
    };
    match (lang, knows) {
        ("it", Knows::Picture) => format!("Non vedo \"{words}\" nell'immagine.{help}"),
        ("it", Knows::Map) => format!("Non conosco \"{words}\".{help}"),
        ("zh", Knows::Picture) => format!("我在图片里没看到“{words}”。{help}"),
        ("zh", Knows::Map) => format!("我不认识“{words}”。{help}"),
        (_, Knows::Picture) => format!("I do not see any \"{words}\" in the picture.{help}"),
        (_, Knows::Map) => format!("I do not know any \"{words}\".{help}"),
    }
}

/// A word that points back at nothing.
#[must_use]
pub fn dangling(lang: &str, words: &str) -> String {
    match lang {
        "it" => format!("A cosa si riferisce \"{words}\"?"),
        "zh" => format!("“{words}”指的是什么？"),
        _ => format!("What do you mean by \"{words}\"?"),
    }
}

/// What was not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// To bring.
    Bring,
    /// To take.
    Take,
    /// To give.
    Give,
    /// To put somewhere.
    Place,
    /// Where to put it.
    Where,
    /// Where to go.
    WhereTo,
    /// Which way to turn.
    WhichWay,
    /// To find.
    Find,
    /// To check.
    Inspect,
    /// To look at.
    LookAt,
    /// To count.
    Count,
    /// To switch.
    Switch,
    /// Whether on or off.
    OnOrOff,
    /// To say.
    Say,
    /// To remember.
    Learn,
}

/// Asks for what was not said.
#[must_use]
pub fn what(lang: &str, what: What) -> String {
    let (en, it, zh) = match what {
        What::Bring => ("What shall I bring?", "Che cosa devo portare?", "要我拿什么？"),
        What::Take => ("What shall I take?", "Che cosa devo prendere?", "要我拿什么？"),
        What::Give => ("What shall I give?", "Che cosa devo dare?", "要我给什么？"),
        What::Place => (
            "What shall I put there?",
            "Che cosa devo mettere?",
            "要我放什么？",
        ),
        What::Where => ("Where shall I put it?", "Dove devo metterlo?", "要我放在哪里？"),
        What::WhereTo => ("Where to?", "Dove devo andare?", "去哪里？"),
        What::WhichWay => ("Which way?", "Da che parte?", "往哪边？"),
        What::Find => ("What shall I look for?", "Che cosa devo cercare?", "要我找什么？"),
        What::Inspect => (
            "What shall I check?",
            "Che cosa devo controllare?",
            "要我检查什么？",
        ),
        What::LookAt => ("What shall I look at?", "Che cosa devo guardare?", "要我看什么？"),
        What::Count => ("What shall I count?", "Che cosa devo contare?", "要我数什么？"),
        What::Switch => (
            "What shall I switch?",
            "Che cosa devo accendere o spegnere?",
            "要我开关什么？",
        ),
        What::OnOrOff => ("On or off?", "Acceso o spento?", "开还是关？"),
        What::Say => ("What shall I say?", "Che cosa devo dire?", "要我说什么？"),
        What::Learn => (
            "What shall I remember?",
            "Che cosa devo ricordare?",
            "要我记住什么？",
        ),
    };
    pick(lang, en, it, zh).to_owned()
}

/// Asks for a yes, with what makes it special.
#[must_use]
pub fn sure(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Sei sicuro ({what})?"),
        "zh" => format!("你确定吗（{what}）？"),
        _ => format!("Are you sure ({what})?"),
    }
}

/// Asks for a yes to touching something.
#[must_use]
pub fn confirm(lang: &str, what: &str, because: &str) -> String {
    match lang {
        "it" => format!("Devo davvero prendere {what}? ({because})"),
        "zh" => format!("真的要拿{what}吗？（{because}）"),
        _ => format!("Shall I really handle {what}? ({because})"),
    }
}

/// Nothing was asked.
#[must_use]
pub fn nothing_open(lang: &str) -> &'static str {
    pick(
        lang,
        "I did not ask anything.",
        "Non ho chiesto niente.",
        "我没有问什么。",
    )
}

/// A question was denied.
#[must_use]
pub fn left_it(lang: &str) -> &'static str {
    pick(
        lang,
        "All right, I will leave it.",
        "Va bene, lascio stare.",
        "好的，那就算了。",
    )
}

/// A question nobody answered.
#[must_use]
pub fn question_dropped(lang: &str) -> &'static str {
    pick(
        lang,
        "Nobody answered, so I will leave it.",
        "Nessuno ha risposto, quindi lascio stare.",
        "没有人回答，那就算了。",
    )
}

/// Names what was picked where any would do.
#[must_use]
pub fn picked(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Scelgo il più vicino: {what}."),
        "zh" => format!("我选最近的：{what}。"),
        _ => format!("I pick the nearest: {what}."),
    }
}
