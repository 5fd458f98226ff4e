//! What is done and why it ends, as words inside a sentence, in the language it was spoken to.

use super::{pick, the};
use crate::ground::lexicon;
use crate::plan::{Fact, Skill};

/// A skill as something to do: "go to the kitchen", "andare: la cucina", "去厨房".
#[must_use]
pub fn skill(lang: &str, skill: &Skill) -> String {
    let of = |en: &str, it: &str, zh: &str, what: &str| match lang {
        "it" => format!("{it} {what}"),
        "zh" => format!("{zh}{what}"),
        _ => format!("{en} {what}"),
    };
    match skill {
        Skill::Go { to, .. } => match lang {
            "it" => format!("andare verso {to}"),
            "zh" => format!("去{to}"),
            _ => format!("go to {to}"),
        },
        Skill::Drive(by) => {
            let ahead = by.0 >= 0.0;
            let metres = super::metres(lang, by.0.abs());
            match (lang, ahead) {
                ("it", true) => format!("andare avanti di {metres}"),
                ("it", false) => format!("andare indietro di {metres}"),
                ("zh", true) => format!("前进{metres}"),
                ("zh", false) => format!("后退{metres}"),
                (_, true) => format!("drive {metres} ahead"),
                (_, false) => format!("drive {metres} back"),
            }
        }
        Skill::Turn(by) => {
            let degrees = by.degrees();
            let (left, degrees) = (degrees >= 0.0, degrees.abs());
            match (lang, left) {
                ("it", true) => format!("girare a sinistra di {degrees:.0} gradi"),
                ("it", false) => format!("girare a destra di {degrees:.0} gradi"),
                ("zh", true) => format!("左转{degrees:.0}度"),
                ("zh", false) => format!("右转{degrees:.0}度"),
                (_, true) => format!("turn left by {degrees:.0} degrees"),
                (_, false) => format!("turn right by {degrees:.0} degrees"),
            }
        }
        Skill::Face { to, .. } => of("turn to", "girarmi verso", "转向", to),
        Skill::Look(..) => pick(lang, "look around", "guardare intorno", "看看周围").to_owned(),
        Skill::LookFor { what, .. } => of("look for", "cercare", "找", &named(lang, what)),
        Skill::Approach(to) => of("go up to", "avvicinarmi a", "靠近", &named(lang, to)),
        Skill::Take(what) => of("take", "prendere", "拿起", &named(lang, what)),
        Skill::Give(to) => match lang {
            "it" => format!("consegnarlo a {}", named(lang, to)),
            "zh" => format!("交给{}", named(lang, to)),
            _ => format!("hand it to {}", named(lang, to)),
        },
        Skill::Place(Some(on)) => match lang {
            "it" => format!("posarlo su {}", named(lang, on)),
            "zh" => format!("放到{}上", named(lang, on)),
            _ => format!("put it on {}", named(lang, on)),
        },
        Skill::Place(None) => pick(lang, "put it down", "posarlo", "放下").to_owned(),
        Skill::Follow(who) => of("follow", "seguire", "跟着", &named(lang, who)),
        Skill::Stop => pick(lang, "stop", "fermarmi", "停下").to_owned(),
        Skill::Switch { on, what, .. } => match (lang, on) {
            ("it", true) => format!("accendere {what}"),
            ("it", false) => format!("spegnere {what}"),
            ("zh", true) => format!("打开{what}"),
            ("zh", false) => format!("关掉{what}"),
            (_, true) => format!("switch on {what}"),
            (_, false) => format!("switch off {what}"),
        },
        Skill::Say(text) => match lang {
            "it" => format!("dire “{text}”"),
            "zh" => format!("说“{text}”"),
            _ => format!("say “{text}”"),
        },
        Skill::Report(what) => of("tell about", "riferire su", "报告", &named(lang, what)),
        Skill::Wait(ms) => {
            let seconds = *ms as f32 / 1000.0;
            match lang {
                "it" => format!("aspettare {seconds:.0} secondi"),
                "zh" => format!("等{seconds:.0}秒"),
                _ => format!("wait for {seconds:.0} seconds"),
            }
        }
        Skill::Learn(Fact::Located { theme, .. }) => {
            of("remember where this is:", "ricordare dov'è:", "记住位置：", theme)
        }
        Skill::Learn(Fact::Called { item, .. }) => {
            of("remember what this is:", "ricordare che cos'è:", "记住：", item)
        }
    }
}

/// A target in the words of the language, where only its class is known.
fn named(lang: &str, target: &crate::ground::Target) -> String {
    if lang != "en" && target.id.is_none() && target.label == target.class {
        return lexicon::spoken(&target.class, lang);
    }
    the(lang, target)
}

/// English causes with their Italian and Chinese.
const CAUSES: &[(&str, &str, &str)] = &[
    ("you said stop", "hai detto stop", "你说了停"),
    (
        "somebody asked me to stop",
        "qualcuno mi ha chiesto di fermarmi",
        "有人让我停下",
    ),
    (
        "the camera has no fresh picture",
        "la camera non ha un'immagine recente",
        "摄像头没有新画面",
    ),
    (
        "the emergency stop is pressed",
        "l'arresto di emergenza è premuto",
        "急停按钮被按下了",
    ),
    ("I touched something", "ho toccato qualcosa", "我碰到了东西"),
    (
        "somebody is too close",
        "qualcuno è troppo vicino",
        "有人离得太近",
    ),
    (
        "a newer command came",
        "è arrivato un comando più recente",
        "有了新的命令",
    ),
    ("the board was reset", "la scheda si è riavviata", "控制板重启了"),
    (
        "the board was reset in the middle of a command",
        "la scheda si è riavviata durante un comando",
        "控制板在执行命令时重启了",
    ),
    (
        "there is a new configuration",
        "c'è una nuova configurazione",
        "配置更新了",
    ),
    ("you cancelled it", "l'hai annullato", "你取消了"),
];

/// Short causes as they stand in the progress of a plan, and what they are in a sentence.
const SHORT: &[(&str, &str)] = &[
    ("a newer command", "a newer command came"),
    ("a new configuration", "there is a new configuration"),
    ("cancelled", "you cancelled it"),
];

/// Why something ended, in the language; a cause that is not known stays as it is.
#[must_use]
pub fn cause(lang: &str, cause: &str) -> String {
    let cause = SHORT
        .iter()
        .find(|(short, _)| *short == cause)
        .map_or(cause, |(_, whole)| whole);
    if let Some(why) = cause.strip_prefix("the link was lost") {
        return match lang {
            "it" => format!("il collegamento con la scheda si è interrotto{why}"),
            "zh" => format!("与控制板的连接断了{why}"),
            _ => cause.to_owned(),
        };
    }
    let known = CAUSES.iter().find(|(en, ..)| *en == cause);
    known
        .map_or(cause, |(en, it, zh)| pick(lang, en, it, zh))
        .to_owned()
}

/// Where a way leads, for a question.
#[must_use]
pub fn way_through(lang: &str, zone: &str) -> String {
    match lang {
        "it" => format!("la strada passa per {zone}"),
        "zh" => format!("路线经过{zone}"),
        _ => format!("the way leads through {zone}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Metres, Radians};

    #[test]
    fn what_is_done_is_told_in_the_language_it_was_asked_in() {
        let go = Skill::Go {
            to: "la cucina".to_owned(),
            route: Vec::new(),
        };
        assert_eq!(skill("it", &go), "andare verso la cucina");
        assert_eq!(
            skill("zh", &Skill::Turn(Radians(-core::f32::consts::FRAC_PI_2))),
            "右转90度"
        );
        assert_eq!(skill("en", &Skill::Drive(Metres(-0.5))), "drive 0.5 metres back");
        let light = Skill::Switch {
            output: "light".to_owned(),
            on: false,
            what: "la luce".to_owned(),
        };
        assert_eq!(skill("it", &light), "spegnere la luce");
        assert_eq!(cause("it", "somebody is too close"), "qualcuno è troppo vicino");
        assert_eq!(cause("en", "a newer command"), "a newer command came");
        assert_eq!(cause("zh", "the link was lost: gone"), "与控制板的连接断了: gone");
        assert_eq!(cause("it", "a fault of its own"), "a fault of its own");
    }
}
