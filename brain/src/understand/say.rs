//! What the robot says when it does not simply act, in the language it was spoken to.

use crate::reading::{Filler, Frame, Mood, Role, Task};

/// One of three texts.
fn pick<'a>(lang: &str, english: &'a str, italian: &'a str, chinese: &'a str) -> &'a str {
    match lang {
        "it" => italian,
        "zh" => chinese,
        _ => english,
    }
}

/// To a bare name.
#[must_use]
pub fn fragment(name: &str, lang: &str) -> String {
    let name = turned(name, lang);
    match lang {
        "it" => format!("Che cosa devo fare con {name}?"),
        "zh" => format!("我该拿{name}做什么？"),
        _ => format!("What should I do with {name}?"),
    }
}

/// To what no frame covers.
#[must_use]
pub fn out_of_scope(lang: &str) -> String {
    let sorry = pick(
        lang,
        "I cannot help with that. ",
        "In questo non posso aiutare. ",
        "这个我帮不上忙。",
    );
    format!("{sorry}{}", abilities(lang))
}

/// What the built-in frames can do: the answer to "what can you do" where no robot is there to say what it can.
#[must_use]
pub fn abilities(lang: &str) -> &'static str {
    pick(
        lang,
        "I can go places, look for things, fetch, take and put them, follow and guide people, open and close, switch things \
         on and off, look, count and pass on messages.",
        "Posso andare nei posti, cercare, portare, prendere e posare oggetti, seguire e guidare persone, aprire e chiudere, \
         accendere e spegnere, guardare, contare e riferire messaggi.",
        "我可以去某个地方，找东西，拿东西、放东西，跟着人或带路，开门关门，开关电器，看一看，数一数，传话。",
    )
}

/// To a thing that a pack does not know. `near` are the known ones most like it.
#[must_use]
pub fn no_such(said: &str, near: &[&str], lang: &str) -> String {
    let (nothing, rather) = match lang {
        "it" => (format!("Non conosco “{said}”."), "Conosco"),
        "zh" => (format!("我不知道“{said}”。"), "我知道的有"),
        _ => (format!("I do not know “{said}”."), "I know"),
    };
    if near.is_empty() {
        return nothing;
    }
    let (comma, space) = if lang == "zh" { ("、", "") } else { (", ", " ") };
    let end = if lang == "zh" { "。" } else { "." };
    format!("{nothing}{space}{rather}{space}{}{end}", near.join(comma))
}

/// To a prohibition.
#[must_use]
pub fn negated(lang: &str) -> String {
    pick(
        lang,
        "All right, I will not.",
        "Va bene, non lo faccio.",
        "好的，我不会。",
    )
    .to_owned()
}

/// When nothing waits for a yes, a no or a choice.
#[must_use]
pub fn nothing_open(lang: &str) -> String {
    pick(
        lang,
        "I did not ask anything.",
        "Non ho chiesto niente.",
        "我没有问什么。",
    )
    .to_owned()
}

/// When the model could not read the words.
#[must_use]
pub fn unread(lang: &str) -> String {
    pick(
        lang,
        "I cannot read that just now.",
        "Adesso non riesco a capire.",
        "我现在听不懂。",
    )
    .to_owned()
}

/// Asks whether `tasks` are to be done although `rest` was not understood.
#[must_use]
pub fn in_part(tasks: &[&Task], rest: &str, lang: &str) -> String {
    let space = if lang == "zh" { "" } else { " " };
    format!(
        "{}{space}{}",
        not_understood(rest, lang),
        unsure(tasks, rest, lang)
    )
}

/// Tells what of the words was not understood, beside what is done.
#[must_use]
pub fn not_understood(rest: &str, lang: &str) -> String {
    match lang {
        "it" => format!("Non so che cosa fare di “{rest}”."),
        "zh" => format!("我不明白“{rest}”。"),
        _ => format!("I do not know what to make of “{rest}”."),
    }
}

/// To a question that the words alone do not answer.
#[must_use]
pub fn unknown_answer(lang: &str) -> String {
    pick(lang, "I do not know that.", "Non lo so.", "这个我不知道。").to_owned()
}

/// To a question that the words alone cannot answer: the robot's state does.
#[must_use]
pub fn from_state(lang: &str) -> String {
    pick(
        lang,
        "That I can tell only while I run: from what I see, do and know then.",
        "Questo lo so dire solo quando sono in funzione: da quello che vedo, faccio e so.",
        "这个只有我运行时才能回答：要看我那时看到、在做和知道的。",
    )
    .to_owned()
}

/// Asks whether `tasks` are meant. `text` is what was said.
#[must_use]
pub fn unsure(tasks: &[&Task], text: &str, lang: &str) -> String {
    if tasks.iter().all(|task| task.mood == Mood::Question) {
        return match lang {
            "it" => format!("Devo scoprire: {text}"),
            "zh" => format!("你是要我弄清楚“{text}”吗？"),
            _ => format!("Do you want me to find out: {text}"),
        };
    }
    let parts: Vec<String> = tasks.iter().map(|task| told(task, lang)).collect();
    match lang {
        "it" => format!("Ho capito bene: {}?", parts.join(", poi ")),
        "zh" => format!("你是要我{}吗？", parts.join("，然后")),
        _ => format!("Do you want me to {}?", parts.join(", then ")),
    }
}

/// Asks between two frames for the same words.
#[must_use]
pub fn tie(task: &Task, other: &Frame, lang: &str) -> String {
    let one = match task.frame {
        Frame::Stopping => stand_still(lang).to_owned(),
        _ => told(task, lang),
    };
    let two = match other {
        Frame::Stopping => stand_still(lang).to_owned(),
        _ => as_frame(other, &task.roles, lang),
    };
    // The speaker's verb may be the other frame's own.
    let one = if one == two {
        as_frame(&task.frame, &task.roles, lang)
    } else {
        one
    };
    if one == two {
        return unsure(&[task], &task.trigger, lang);
    }
    match lang {
        "it" => format!("Devo {one} oppure {two}?"),
        "zh" => format!("你是要我{one}，还是{two}？"),
        _ => format!("Do you want me to {one}, or to {two}?"),
    }
}

/// What stopping is, told apart from switching something off: "stop the music" may be either.
fn stand_still(lang: &str) -> &'static str {
    pick(lang, "stop moving", "fermarmi", "停下不动")
}

/// Asks for a role that was not said.
#[must_use]
pub fn missing(task: &Task, role: &Role, lang: &str) -> String {
    let verb = verb(&task.frame, lang);
    let place = matches!(role, Role::Goal | Role::Ground | Role::Location | Role::Direction);
    let person = matches!(role, Role::Cotheme | Role::Recipient | Role::Beneficiary)
        || (matches!(task.frame, Frame::Guiding) && matches!(role, Role::Theme));
    let text = matches!(role, Role::Message | Role::Topic);
    match lang {
        "it" if place => format!("Dove devo {verb}?"),
        "it" if person => format!("Chi devo {verb}?"),
        "it" => format!("Che cosa devo {verb}?"),
        "zh" if place => format!("要我{verb}到哪里？"),
        "zh" if person => format!("要我{verb}谁？"),
        "zh" => format!("要我{verb}什么？"),
        _ if place && matches!(task.frame, Frame::Placing) => "Where should I put it?".to_owned(),
        _ if place && matches!(task.frame, Frame::Guiding) => "Where should I lead to?".to_owned(),
        _ if matches!(task.frame, Frame::ChangeDirection) => "Which way should I turn?".to_owned(),
        _ if place => format!("Where should I {verb}?"),
        _ if person => format!("Whom should I {verb}?"),
        _ if text => format!("What should I {verb}?"),
        _ => format!("What should I {verb}?"),
    }
}

/// A task in the speaker's own words, without who is to act; where their verb cannot stand behind "to", in the frame's.
fn told(task: &Task, lang: &str) -> String {
    let first = task
        .roles
        .iter()
        .filter(|f| f.role != Role::Agent)
        .all(|f| f.span.start > task.trigger_span.start);
    let verb =
        !(task.trigger.ends_with("ing") || task.trigger.ends_with("ed") || task.trigger.starts_with("how"));
    let plain = lang == "en" && first && verb && task.mood == Mood::Command;
    if !plain && (lang != "zh" || task.frame == Frame::Counting) {
        return as_frame(&task.frame, &task.roles, lang);
    }
    let mut pieces: Vec<(u32, &str)> = vec![(task.trigger_span.start, &task.trigger)];
    pieces.extend(
        task.roles
            .iter()
            .filter(|f| f.role != Role::Agent)
            .map(|f| (f.span.start, f.text.as_str())),
    );
    pieces.sort();
    let pieces: Vec<String> = pieces.into_iter().map(|(_, text)| turned(text, lang)).collect();
    pieces.join(if lang == "zh" { "" } else { " " })
}

/// The verb of a frame and its roles in order.
fn as_frame(frame: &Frame, roles: &[Filler], lang: &str) -> String {
    let space = if lang == "zh" { "" } else { " " };
    let mut out = verb(frame, lang).to_owned();
    for filler in roles.iter().filter(|filler| filler.role != Role::Agent) {
        out.push_str(space);
        out.push_str(&turned(&filler.text, lang));
    }
    out
}

/// The speaker's words from the robot's mouth: "my cup" becomes "your cup".
fn turned(text: &str, lang: &str) -> String {
    match lang {
        "zh" => text.replace('我', "你"),
        "it" => text.to_owned(),
        _ => text
            .split(' ')
            .map(|word| match word {
                "me" | "Me" => "you",
                "my" | "My" => "your",
                "your" => "my",
                "mine" => "yours",
                "yourself" => "myself",
                other => other,
            })
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// What the robot calls doing a frame.
#[must_use]
pub fn verb<'a>(frame: &'a Frame, lang: &str) -> &'a str {
    let (english, italian, chinese) = match frame {
        Frame::Motion => ("go", "andare", "去"),
        Frame::Bringing => ("bring", "portare", "拿"),
        Frame::Cotheme => ("follow", "seguire", "跟着"),
        Frame::Locating => ("look for", "cercare", "找"),
        Frame::Inspecting => ("check", "controllare", "检查"),
        Frame::Taking => ("take", "prendere", "拿起"),
        Frame::ChangeDirection => ("turn", "girare", "转"),
        Frame::Arriving => ("enter", "entrare", "进入"),
        Frame::Giving => ("give", "dare", "给"),
        Frame::Placing => ("put", "mettere", "放"),
        Frame::Closure => ("open or close", "aprire o chiudere", "开关"),
        Frame::ChangeOperationalState => ("switch", "accendere o spegnere", "开关"),
        Frame::BeingLocated => ("remember where it is:", "ricordare dov'è:", "记住位置："),
        Frame::Attaching => ("connect or disconnect", "collegare o scollegare", "连接"),
        Frame::Releasing => ("let go of", "lasciare", "松开"),
        Frame::PerceptionActive => ("look at", "guardare", "看"),
        Frame::BeingInCategory => ("remember what it is:", "ricordare che cos'è:", "记住："),
        Frame::Manipulation => ("grasp", "afferrare", "抓住"),
        Frame::Stopping => ("stop", "fermarmi", "停下"),
        Frame::Statement => ("say", "dire", "说"),
        Frame::Questioning => ("ask", "chiedere", "问"),
        Frame::Counting => ("count", "contare", "数"),
        Frame::Guiding => ("lead", "guidare", "带领"),
        Frame::Greeting => ("greet", "salutare", "问候"),
        Frame::Waiting => ("wait", "aspettare", "等待"),
        Frame::Pouring => ("pour", "versare", "倒"),
        Frame::Custom(name) => (name.as_str(), name.as_str(), name.as_str()),
    };
    pick(lang, english, italian, chinese)
}
