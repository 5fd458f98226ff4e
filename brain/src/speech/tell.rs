//! What is told while and after something is done: progress, failures, findings.

use super::{article_or_name, pick};
use crate::config::Robot;
use crate::ground::{Kind, Target, lexicon};
use firmware_bridge::message::Outcome;

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

/// A plan that ended well.
#[must_use]
pub fn done(lang: &str) -> &'static str {
    pick(lang, "Done.", "Fatto.", "完成了。")
}

/// A step that took too long.
#[must_use]
pub fn took_too_long(lang: &str) -> &'static str {
    pick(lang, "it took too long", "ci è voluto troppo tempo", "用时太长")
}

/// A board that does not let the outputs move.
#[must_use]
pub fn not_enabled(lang: &str) -> &'static str {
    pick(
        lang,
        "my board does not let me move",
        "la mia scheda non mi lascia muovere",
        "控制板不让我动",
    )
}

/// Something in the way.
#[must_use]
pub fn blocked(lang: &str) -> &'static str {
    pick(
        lang,
        "something is in my way",
        "c'è qualcosa sulla mia strada",
        "有东西挡住了路",
    )
}

/// The gripper closed on nothing.
#[must_use]
pub fn gripped_nothing(lang: &str) -> &'static str {
    pick(
        lang,
        "I gripped nothing",
        "non ho afferrato niente",
        "没有抓到东西",
    )
}

/// The gripper does not move.
#[must_use]
pub fn gripper_stuck(lang: &str) -> &'static str {
    pick(
        lang,
        "my gripper does not move",
        "la mia pinza non si muove",
        "我的夹爪动不了",
    )
}

/// The board does not answer.
#[must_use]
pub fn no_answer(lang: &str) -> &'static str {
    pick(
        lang,
        "my board did not answer",
        "la mia scheda non ha risposto",
        "控制板没有回应",
    )
}

/// Handing over.
#[must_use]
pub fn here_you_are(lang: &str) -> &'static str {
    pick(lang, "Here you are.", "Ecco a te.", "给你。")
}

/// Resume without a stop.
#[must_use]
pub fn not_stopped(lang: &str) -> &'static str {
    pick(lang, "I am not stopped.", "Non sono fermo.", "我没有停下。")
}

/// The stop was cleared.
#[must_use]
pub fn go_on(lang: &str) -> &'static str {
    pick(
        lang,
        "I can go on; tell me what to do.",
        "Posso ripartire; dimmi che cosa fare.",
        "可以继续了；请告诉我做什么。",
    )
}

/// A spoken stop.
#[must_use]
pub fn halted(lang: &str) -> &'static str {
    pick(lang, "I have stopped.", "Mi sono fermato.", "我停下了。")
}

/// The plan was cancelled.
#[must_use]
pub fn cancelled(lang: &str) -> &'static str {
    pick(
        lang,
        "All right, I have stopped doing that.",
        "Va bene, ho smesso.",
        "好的，我不做了。",
    )
}

/// The link was lost in the middle of a plan.
#[must_use]
pub fn lost_link(lang: &str) -> &'static str {
    pick(
        lang,
        "I lost the link to my board, so I dropped what I was doing.",
        "Ho perso il contatto con la mia scheda e ho interrotto quello che facevo.",
        "我和控制板失去了连接，已放弃正在做的事。",
    )
}

/// A command in doubt.
#[must_use]
pub fn in_doubt(lang: &str) -> &'static str {
    pick(
        lang,
        "My board was reset; I do not know whether my last command was carried out.",
        "La mia scheda si è riavviata; non so se il mio ultimo comando è stato eseguito.",
        "控制板重启了；我不知道上一条命令是否执行了。",
    )
}

/// A plan that failed.
#[must_use]
pub fn failed(lang: &str, what: &str, why: &str) -> String {
    match lang {
        "it" => format!("Non ci sono riuscito ({what}): {why}."),
        "zh" => format!("没有做到（{what}）：{why}。"),
        _ => format!("I could not do it ({what}): {why}."),
    }
}

/// Looked for in vain.
#[must_use]
pub fn not_found(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("ho guardato intorno e non vedo {what}"),
        "zh" => format!("我到处看了，没看到{what}"),
        _ => format!("I looked around and see no {what}"),
    }
}

/// Followed and lost.
#[must_use]
pub fn lost(lang: &str, who: &str) -> String {
    match lang {
        "it" => format!("ho perso di vista {who}"),
        "zh" => format!("我看不到{who}了"),
        _ => format!("I lost sight of {who}"),
    }
}

/// Seen or named, but nobody knows how far away.
#[must_use]
pub fn no_position(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("non so dov'è {what}"),
        "zh" => format!("我不知道{what}在哪里"),
        _ => format!("I do not know where {what} is"),
    }
}

/// A command that the board would not carry out.
#[must_use]
pub fn board_refused(lang: &str, outcome: Outcome) -> String {
    let (en, it, zh) = match outcome {
        Outcome::WrongState => (
            "its state does not allow it",
            "il suo stato non lo permette",
            "当前状态不允许",
        ),
        Outcome::NoSuchOutput => ("it has no such output", "non ha questa uscita", "没有这个输出"),
        Outcome::OutOfRange => (
            "the value is outside its limits",
            "il valore è fuori dai suoi limiti",
            "数值超出范围",
        ),
        Outcome::CauseRemains => (
            "a stop is still in force",
            "uno stop è ancora attivo",
            "仍处于停止状态",
        ),
        _ => (
            "it was overtaken by a stop",
            "uno stop l'ha preceduto",
            "被停止命令取代",
        ),
    };
    match lang {
        "it" => format!("la mia scheda ha rifiutato: {it}"),
        "zh" => format!("控制板拒绝了：{zh}"),
        _ => format!("my board refused: {en}"),
    }
}

/// What was learnt of where something is.
#[must_use]
pub fn learned_located(lang: &str, theme: &str, location: &str) -> String {
    match lang {
        "it" => format!("Va bene, ricorderò: {theme}, {location}."),
        "zh" => format!("好的，我记住了：{theme}，{location}。"),
        _ => format!("All right, I will remember: {theme} is {location}."),
    }
}

/// What was learnt of what something is.
#[must_use]
pub fn learned_called(lang: &str, item: &str, category: &str) -> String {
    match lang {
        "it" => format!("Va bene, ricorderò: {item} è {category}."),
        "zh" => format!("好的，我记住了：{item}是{category}。"),
        _ => format!("All right, I will remember: {item} is {category}."),
    }
}

/// What was found, counted or is known of something.
#[must_use]
pub fn report(
    lang: &str,
    what: &Target,
    found: Option<&Target>,
    counted: Option<u32>,
    robot: &Robot,
) -> String {
    if let Some(count) = counted {
        let name = &what.class;
        return match lang {
            "it" => format!("Ne conto {count} ({name})."),
            "zh" => format!("我数到{count}个（{name}）。"),
            _ => format!("I count {count} {}.", lexicon::plural(name, count)),
        };
    }
    let the = article_or_name(lang, what);
    let side = |t: &Target| t.bearing.zip(t.range);
    if let Some((bearing, range)) = found.and_then(side) {
        let (degrees, metres) = (bearing.degrees(), range.0);
        return match lang {
            "it" => format!("Vedo {the}: a {metres:.1} m, {degrees:.0} gradi."),
            "zh" => format!("我看到{the}：距离{metres:.1}米，方向{degrees:.0}度。"),
            _ => {
                let hand = if degrees < -5.0 {
                    "to the right"
                } else if degrees > 5.0 {
                    "to the left"
                } else {
                    "ahead"
                };
                format!("I see {the}: {metres:.1} m away, {hand}.")
            }
        };
    }
    if found.is_some() {
        return match lang {
            "it" => format!("Vedo {the}."),
            "zh" => format!("我看到{the}。"),
            _ => format!("I see {the}."),
        };
    }
    let place = what.place.as_ref().and_then(|id| robot.place(id));
    let place = place.map(|p| {
        p.names
            .get(lang)
            .or_else(|| p.names.get("en"))
            .and_then(|n| n.first())
            .unwrap_or(&p.id)
            .clone()
    });
    match (lang, place) {
        ("it", Some(place)) => format!("{the}: {place}."),
        ("zh", Some(place)) => format!("{the}在{place}。"),
        (_, Some(place)) if what.kind == Kind::Place => format!("I am in the {place}."),
        (_, Some(place)) => {
            let mut text = format!("{the} is in the {place}.");
            if let Some(first) = text.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            text
        }
        ("it", None) => format!("Ecco {the}."),
        ("zh", None) => format!("{the}在这里。"),
        (_, None) => format!("Here is {the}."),
    }
}

/// The gripper is full although it should be free.
#[must_use]
pub fn hands_busy(lang: &str) -> &'static str {
    pick(
        lang,
        "my gripper is not free",
        "la mia pinza non è libera",
        "我的夹爪里有东西",
    )
}

/// The gripper is empty although it should hold something.
#[must_use]
pub fn hands_empty(lang: &str) -> &'static str {
    pick(
        lang,
        "I am not holding anything",
        "non ho niente in mano",
        "我手里没有东西",
    )
}

/// What was held fell.
#[must_use]
pub fn fell(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Mi è caduto: {what}."),
        "zh" => format!("我把{what}弄掉了。"),
        _ => format!("I lost hold of {what}."),
    }
}

/// Another command that waits for its turn.
#[must_use]
pub fn after_this(lang: &str) -> &'static str {
    pick(lang, "After this.", "Dopo questo.", "做完这个就去。")
}
