//! What the robot says: short, friendly and precise, in English, Italian and Chinese.
//!
//! In: what is to be told. Out: one or two sentences in the language it was spoken to. Never: decides anything.

use crate::config::Robot;
use crate::ground::{Kind, Target};
use crate::step::Knows;

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
fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., end] => format!("{}{last}{end}", all.join(", ")),
    }
}

fn or(lang: &str) -> &'static str {
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
pub fn unknown(lang: &str, words: &str, near: &[Target], knows: Knows) -> String {
    let names: Vec<String> = near.iter().map(|c| the(lang, c)).collect();
    let names = list(&names, or(lang));
    match (lang, knows, near.is_empty()) {
        ("it", Knows::Picture, true) => format!("Non vedo \"{words}\" nell'immagine."),
        ("it", Knows::Picture, false) => format!("Non vedo \"{words}\" nell'immagine. Intendi {names}?"),
        ("it", Knows::Map, true) => format!("Non conosco \"{words}\". Puoi dirlo in un altro modo?"),
        ("it", Knows::Map, false) => format!("Non conosco \"{words}\". Intendi {names}?"),
        ("zh", Knows::Picture, true) => format!("我在图片里没看到“{words}”。"),
        ("zh", Knows::Picture, false) => format!("我在图片里没看到“{words}”。你是说{names}吗？"),
        ("zh", Knows::Map, true) => format!("我不认识“{words}”。能换个说法吗？"),
        ("zh", Knows::Map, false) => format!("我不认识“{words}”。你是说{names}吗？"),
        (_, Knows::Picture, true) => format!("I do not see any \"{words}\" in the picture."),
        (_, Knows::Picture, false) => {
            format!("I do not see any \"{words}\" in the picture. Do you mean {names}?")
        }
        (_, Knows::Map, true) => format!("I do not know any \"{words}\". Can you call it something else?"),
        (_, Knows::Map, false) => format!("I do not know any \"{words}\". Do you mean {names}?"),
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

fn pick<'a>(lang: &str, en: &'a str, it: &'a str, zh: &'a str) -> &'a str {
    match lang {
        "it" => it,
        "zh" => zh,
        _ => en,
    }
}

/// No recipe for this.
#[must_use]
pub fn cannot(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Mi dispiace, non so fare questo ({what})."),
        "zh" => format!("抱歉，我不会这个（{what}）。"),
        _ => format!("Sorry, I cannot do that ({what})."),
    }
}

/// Doors and drawers.
#[must_use]
pub fn no_arm(lang: &str) -> String {
    pick(
        lang,
        "Sorry, I have no arm to open or close things.",
        "Mi dispiace, non ho un braccio per aprire o chiudere.",
        "抱歉，我没有手臂，不能开门或关门。",
    )
    .to_owned()
}

/// A device that hangs on no output.
#[must_use]
pub fn no_output(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Non posso accendere o spegnere {what}: non è collegato a me."),
        "zh" => format!("我不能开关{what}：它没有连接到我。"),
        _ => format!("I cannot switch {what}: it is not connected to me."),
    }
}

/// Nothing in the gripper.
#[must_use]
pub fn hold_nothing(lang: &str) -> String {
    pick(
        lang,
        "I am not holding anything.",
        "Non ho niente in mano.",
        "我手里没有东西。",
    )
    .to_owned()
}

/// A greeting.
#[must_use]
pub fn hello(lang: &str, name: Option<&str>) -> String {
    match (lang, name) {
        ("it", Some(name)) => format!("Ciao, {name}!"),
        ("it", None) => "Ciao!".to_owned(),
        ("zh", Some(name)) => format!("你好，{name}！"),
        ("zh", None) => "你好！".to_owned(),
        (_, Some(name)) => format!("Hello, {name}!"),
        (_, None) => "Hello!".to_owned(),
    }
}

/// Said before leading somebody.
#[must_use]
pub fn follow_me(lang: &str) -> String {
    pick(lang, "Please follow me.", "Seguimi, per favore.", "请跟我来。").to_owned()
}

/// Said after leading somebody.
#[must_use]
pub fn here_we_are(lang: &str) -> String {
    pick(lang, "Here we are.", "Eccoci.", "到了。").to_owned()
}

/// The robot's name.
#[must_use]
pub fn my_name(lang: &str, name: &str) -> String {
    match lang {
        "it" => format!("Mi chiamo {name}."),
        "zh" => format!("我叫{name}。"),
        _ => format!("My name is {name}."),
    }
}

/// A topic it knows nothing of.
#[must_use]
pub fn nothing_to_tell(lang: &str, topic: &str) -> String {
    match lang {
        "it" => format!("Non so nulla su \"{topic}\"; dimmi che cosa devo dire."),
        "zh" => format!("关于“{topic}”我不了解；请告诉我该说什么。"),
        _ => format!("I know nothing of \"{topic}\"; tell me what to say."),
    }
}
