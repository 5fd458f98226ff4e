//! What the robot tells of itself when it is asked.

use super::{list, pick};
use crate::config::Robot;
use crate::ground::lexicon;

fn and(lang: &str) -> &'static str {
    pick(lang, " and ", " e ", "和")
}

fn listed(lang: &str, items: &[String]) -> String {
    let all = list(items, and(lang));
    if lang == "zh" {
        all.replace(", ", "、")
    } else {
        all
    }
}

/// What its parts let it do, and what its packs add.
#[must_use]
pub fn skills(lang: &str, robot: &Robot, packs: &[&str]) -> String {
    let mut can: Vec<String> = Vec::new();
    let mut add = |there: bool, en: &'static str, it: &'static str, zh: &'static str| {
        if there {
            can.push(pick(lang, en, it, zh).to_owned());
        }
    };
    let sees = robot.camera.is_some();
    add(
        robot.base.is_some(),
        "go places",
        "andare nei posti",
        "去某个地方",
    );
    add(
        robot.base.is_some() && sees,
        "follow and guide people",
        "seguire e guidare persone",
        "跟着人或带路",
    );
    add(
        robot.gripper.is_some(),
        "take, bring and put things",
        "prendere, portare e posare oggetti",
        "拿东西、送东西、放东西",
    );
    add(
        sees,
        "look for things and count them",
        "cercare e contare oggetti",
        "找东西、数东西",
    );
    add(
        !robot.switch.is_empty(),
        "switch things on and off",
        "accendere e spegnere",
        "开关电器",
    );
    add(true, "pass on messages", "riferire messaggi", "传话");
    add(true, "answer questions", "rispondere a domande", "回答问题");
    can.extend(packs.iter().map(|about| (*about).to_owned()));
    let all = listed(lang, &can);
    match lang {
        "it" => format!("So {all}."),
        "zh" => format!("我可以{all}。"),
        _ => format!("I can {all}."),
    }
}

/// In a place of the map.
#[must_use]
pub fn at_place(lang: &str, place: &str) -> String {
    match lang {
        "it" => format!("Sono qui: {place}."),
        "zh" => format!("我在{place}。"),
        _ => format!("I am in the {place}."),
    }
}

/// In no place of the map.
#[must_use]
pub fn at_point(lang: &str, x: f32, y: f32) -> String {
    // No "-0.0".
    let (x, y) = (
        libm::roundf(x * 10.0) / 10.0 + 0.0,
        libm::roundf(y * 10.0) / 10.0 + 0.0,
    );
    match lang {
        "it" => format!("Sono a x {x:.1} m, y {y:.1} m dalla partenza."),
        "zh" => format!("我在离起点 x {x:.1} 米、y {y:.1} 米的地方。"),
        _ => {
            let (along, side) = (
                if x < 0.0 { "behind" } else { "ahead of" },
                if y < 0.0 { "right" } else { "left" },
            );
            let (x, y) = (x.abs(), y.abs());
            match (x > 0.0, y > 0.0) {
                (false, false) => "I am where I started.".into(),
                (true, false) => format!("I am {x:.1} m {along} where I started."),
                (false, true) => format!("I am {y:.1} m to the {side} of where I started."),
                (true, true) => {
                    format!("I am {y:.1} m to the {side} of where I started and {x:.1} m {along} it.")
                }
            }
        }
    }
}

/// "A cup", "two chairs".
#[must_use]
pub fn some(lang: &str, class: &str, count: u32) -> String {
    match (lang, count) {
        ("zh", n) => format!("{n}个{}", lexicon::spoken(class, lang)),
        ("it", n) => format!("{n} {}", lexicon::spoken(class, lang)),
        (_, 1) => format!(
            "{} {class}",
            if class.starts_with(['a', 'e', 'i', 'o', 'u']) {
                "an"
            } else {
                "a"
            }
        ),
        (_, n) => format!("{n} {}", lexicon::plural(class, n)),
    }
}

/// What is in the picture.
#[must_use]
pub fn sees(lang: &str, seen: &[String]) -> String {
    let all = listed(lang, seen);
    match (lang, seen.is_empty()) {
        ("it", true) => "Non vedo niente che conosco.".to_owned(),
        ("zh", true) => "我没有看到认识的东西。".to_owned(),
        (_, true) => "I see nothing that I know.".to_owned(),
        ("it", _) => format!("Vedo {all}."),
        ("zh", _) => format!("我看到{all}。"),
        _ => format!("I see {all}."),
    }
}

/// Whether something is in the picture, and how many.
#[must_use]
pub fn sees_some(lang: &str, class: &str, count: u32) -> String {
    let name = lexicon::spoken(class, lang);
    match (lang, count) {
        ("it", 0) => format!("No, ora non vedo nulla che sia {name}."),
        ("zh", 0) => format!("没有，我现在没看到{name}。"),
        (_, 0) => format!("No, I see no {name} now."),
        ("it", n) => format!("Sì, vedo {}.", some(lang, class, n)),
        ("zh", n) => format!("看到了，我看到{}。", some(lang, class, n)),
        (_, n) => format!("Yes, I see {}.", some(lang, class, n)),
    }
}

/// Nothing was seen yet, or nothing can be.
#[must_use]
pub fn no_picture(lang: &str, camera: bool) -> &'static str {
    if camera {
        pick(
            lang,
            "I have not seen a picture yet.",
            "Non ho ancora visto un'immagine.",
            "我还没有看到画面。",
        )
    } else {
        pick(
            lang,
            "I have no camera.",
            "Non ho una telecamera.",
            "我没有摄像头。",
        )
    }
}

/// The step that is being done.
#[must_use]
pub fn doing(lang: &str, what: &str, step: usize, steps: usize) -> String {
    match lang {
        "it" => format!("Passo {step} di {steps}: {what}."),
        "zh" => format!("第{step}步，共{steps}步：{what}。"),
        _ => format!("Step {step} of {steps}: {what}."),
    }
}

/// Nothing is being done.
#[must_use]
pub fn idle(lang: &str) -> &'static str {
    pick(
        lang,
        "Nothing: I am waiting for you.",
        "Niente: aspetto te.",
        "没做什么，我在等你。",
    )
}

/// What was done last.
#[must_use]
pub fn done(lang: &str, steps: &[String]) -> String {
    let all = steps.join("; ");
    match lang {
        "it" => format!("Ho fatto questo: {all}."),
        "zh" => format!("我做了：{all}。"),
        _ => format!("I did this: {all}."),
    }
}

/// Nothing was done yet.
#[must_use]
pub fn nothing_done(lang: &str) -> &'static str {
    pick(
        lang,
        "I have not done anything yet.",
        "Non ho ancora fatto niente.",
        "我还没有做什么。",
    )
}

/// What it holds.
#[must_use]
pub fn holds(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Tengo {what}."),
        "zh" => format!("我拿着{what}。"),
        _ => format!("I am holding {what}."),
    }
}

/// It holds nothing.
#[must_use]
pub fn hands_are_empty(lang: &str) -> &'static str {
    pick(lang, "Nothing.", "Niente.", "什么也没拿。")
}

/// What it knows of its surroundings.
#[must_use]
pub fn knows(lang: &str, places: &[String], things: &[String], people: &[String]) -> String {
    const MOST: usize = 12;
    let some = |items: &[String]| {
        let mut unique: Vec<String> = Vec::new();
        for item in items {
            if !unique.contains(item) {
                unique.push(item.clone());
            }
        }
        unique.truncate(MOST);
        listed(lang, &unique)
    };
    let heads = match lang {
        "it" => ["Posti", "Cose", "Persone"],
        "zh" => ["地方", "东西", "人"],
        _ => ["Places", "Things", "People"],
    };
    let colon = if lang == "zh" { "：" } else { ": " };
    let end = if lang == "zh" { "。" } else { "." };
    let parts: Vec<String> = [places, things, people]
        .iter()
        .zip(heads)
        .filter(|(items, _)| !items.is_empty())
        .map(|(items, head)| format!("{head}{colon}{}{end}", some(items)))
        .collect();
    if parts.is_empty() {
        return pick(
            lang,
            "I know no place yet.",
            "Non conosco ancora nessun posto.",
            "我还不认识任何地方。",
        )
        .to_owned();
    }
    parts.join(if lang == "zh" { "" } else { " " })
}

/// Why it stands.
#[must_use]
pub fn because(lang: &str, cause: &str) -> String {
    match lang {
        "it" => format!("Perché: {cause}."),
        "zh" => format!("因为：{cause}。"),
        _ => format!("Because {cause}."),
    }
}

/// It is under way.
#[must_use]
pub fn not_stopped(lang: &str) -> &'static str {
    pick(
        lang,
        "I have not stopped: I am under way.",
        "Non mi sono fermato: sto andando.",
        "我没有停，正在进行。",
    )
}

/// What ended before its end, and why.
#[must_use]
pub fn ended_because(lang: &str, what: &str, why: &str) -> String {
    match lang {
        "it" => format!("Non ho finito ({what}) perché: {why}."),
        "zh" => format!("我没有完成（{what}），因为：{why}。"),
        _ => format!("I did not finish ({what}) because {why}."),
    }
}

/// It stopped because it was ready.
#[must_use]
pub fn was_done(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Perché avevo finito: {what}."),
        "zh" => format!("因为做完了：{what}。"),
        _ => format!("Because I was done: {what}."),
    }
}

/// Whose wish it was.
#[must_use]
pub fn because_you_said(lang: &str, said: &str) -> String {
    match lang {
        "it" => format!("Perché hai detto: “{said}”."),
        "zh" => format!("因为你说了：“{said}”。"),
        _ => format!("Because you said: “{said}”."),
    }
}

/// Nothing was refused.
#[must_use]
pub fn nothing_refused(lang: &str) -> &'static str {
    pick(
        lang,
        "I have not refused anything.",
        "Non ho rifiutato niente.",
        "我没有拒绝什么。",
    )
}

/// What something is.
#[must_use]
pub fn is_a(lang: &str, thing: &str, kinds: &[String]) -> String {
    let all = listed(lang, kinds);
    match lang {
        "it" => format!("{thing}: {all}."),
        "zh" => format!("{thing}是{all}。"),
        _ => format!("{}: a kind of {all}.", capital(thing)),
    }
}

/// What is known to be of a kind.
#[must_use]
pub fn kinds_of(lang: &str, kind: &str, known: &[String]) -> String {
    let all = listed(lang, known);
    match lang {
        "it" => format!("{}, per quanto ne so: {all}.", capital(kind)),
        "zh" => format!("我知道的{kind}有：{all}。"),
        _ => format!("{}, as far as I know: {all}.", capital(kind)),
    }
}

/// Where something is, from the nearest place to the widest.
#[must_use]
pub fn is_in(lang: &str, thing: &str, places: &[String]) -> String {
    match lang {
        "it" => format!("{}: {}.", capital(thing), places.join(", ")),
        "zh" => format!("{thing}在{}。", places.join("，")),
        _ => {
            let places: Vec<String> = places.iter().map(|place| format!("in the {place}")).collect();
            format!("The {thing} is {}.", places.join(", "))
        }
    }
}

/// What is in a place.
#[must_use]
pub fn holds_things(lang: &str, place: &str, things: &[String]) -> String {
    let all = listed(lang, things);
    match lang {
        "it" => format!("{}: {all}.", capital(place)),
        "zh" => format!("{place}里有{all}。"),
        _ => format!("In the {place}: {all}."),
    }
}

/// Nothing is known to be in a place.
#[must_use]
pub fn holds_nothing(lang: &str, place: &str) -> String {
    match lang {
        "it" => format!("{}: niente che io sappia.", capital(place)),
        "zh" => format!("据我所知，{place}里什么也没有。"),
        _ => format!("Nothing that I know of is in the {place}."),
    }
}

/// Yes, or not that it knows.
#[must_use]
pub fn yes_or_no(lang: &str, yes: bool) -> &'static str {
    if yes {
        pick(lang, "Yes.", "Sì.", "是的。")
    } else {
        pick(lang, "Not that I know.", "Non che io sappia.", "据我所知不是。")
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::at_point;

    #[test]
    fn a_point_is_told_by_what_it_is_away_from_the_start() {
        assert_eq!(at_point("en", 4.5, -0.02), "I am 4.5 m ahead of where I started.");
        assert_eq!(
            at_point("en", 0.0, -1.2),
            "I am 1.2 m to the right of where I started."
        );
        assert_eq!(
            at_point("en", -2.0, 1.0),
            "I am 1.0 m to the left of where I started and 2.0 m behind it."
        );
        assert_eq!(at_point("en", 0.04, 0.0), "I am where I started.");
    }
}
