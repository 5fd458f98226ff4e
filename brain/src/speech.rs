//! What the robot says: short, friendly and precise, in English, Italian and Chinese.
//!
//! In: what is to be told. Out: one or two sentences in the language it was spoken to. Never: decides anything.

use crate::config::Robot;
use crate::ground::{Kind, Target};
use crate::step::Knows;
use firmware_bridge::message::Outcome;

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

fn pick(lang: &str, en: &'static str, it: &'static str, zh: &'static str) -> &'static str {
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

/// A latched stop.
#[must_use]
pub fn stopped(lang: &str, cause: &str) -> String {
    match lang {
        "it" => format!("Sono fermo: {cause}. Quando è sicuro, fammi ripartire con \"coact resume\"."),
        "zh" => format!("我已停止：{cause}。确认安全后请用“coact resume”让我继续。"),
        _ => format!("I am stopped: {cause}. When it is safe, let me go on with \"coact resume\"."),
    }
}

/// A zone it must not enter.
#[must_use]
pub fn forbidden(lang: &str, zone: &str) -> String {
    match lang {
        "it" => format!("Non posso: {zone} è una zona vietata per me."),
        "zh" => format!("不行：我不能进入{zone}。"),
        _ => format!("I must not: {zone} is off limits for me."),
    }
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

/// Two things that must not meet.
#[must_use]
pub fn unsafe_pair(lang: &str, what: &str, with: &str, because: &str) -> String {
    match lang {
        "it" => format!("Questo non lo faccio ({what}, {with}): {because}."),
        "zh" => format!("这个我不做（{what}，{with}）：{because}。"),
        _ => format!("I will not do that ({what}, {with}): {because}."),
    }
}

/// A distance in words.
#[must_use]
pub fn metres(lang: &str, m: f32) -> String {
    match lang {
        "it" => format!("{m:.1} metri"),
        "zh" => format!("{m:.1}米"),
        _ => format!("{m:.1} metres"),
    }
}

/// A drive beyond the limit.
#[must_use]
pub fn too_far(lang: &str, asked: f32, limit: f32) -> String {
    match lang {
        "it" => format!("{asked:.1} metri sono troppi: il mio limite è {limit:.1}."),
        "zh" => format!("{asked:.1}米太远了：我的上限是{limit:.1}米。"),
        _ => format!("{asked:.1} metres is too far: my limit is {limit:.1}."),
    }
}

/// A speed beyond the limit.
#[must_use]
pub fn too_fast(lang: &str, asked: f32, limit: f32) -> String {
    match lang {
        "it" => format!("{asked:.1} m/s è troppo veloce: il mio limite è {limit:.1}."),
        "zh" => format!("每秒{asked:.1}米太快了：我的上限是{limit:.1}。"),
        _ => format!("{asked:.1} m/s is too fast: my limit is {limit:.1}."),
    }
}

/// A part the robot does not have.
#[must_use]
pub fn lacks(lang: &str, part: &str) -> String {
    match lang {
        "it" => format!("Non posso: mi manca {part}."),
        "zh" => format!("做不到：我没有{part}。"),
        _ => format!("I cannot: I have no {part}."),
    }
}

/// The name of a part.
#[must_use]
pub fn part_name(lang: &str, part: &'static str) -> &'static str {
    match (lang, part) {
        ("it", "base") => "una base mobile",
        ("it", "gripper") => "una pinza",
        ("it", "head") => "una testa mobile",
        ("it", "camera") => "una telecamera",
        ("zh", "base") => "移动底盘",
        ("zh", "gripper") => "夹爪",
        ("zh", "head") => "可动的头",
        ("zh", "camera") => "摄像头",
        (_, "base") => "drive base",
        (_, "head") => "head to move",
        (_, other) => other,
    }
}

/// Why something cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeProblem {
    /// It is furniture, a person, a place.
    NotMovable,
    /// Too high or too low.
    Height,
    /// Too wide for the gripper.
    Width,
    /// Too heavy for the gripper.
    Weight,
}

/// Something that cannot be taken.
#[must_use]
pub fn cannot_take(lang: &str, what: &str, why: TakeProblem) -> String {
    let (en, it, zh) = match why {
        TakeProblem::NotMovable => (
            "it is nothing I can carry",
            "non è una cosa che posso portare",
            "它不是我能搬的东西",
        ),
        TakeProblem::Height => ("it is out of my reach", "è fuori dalla mia portata", "我够不着"),
        TakeProblem::Width => (
            "it is too wide for my gripper",
            "è troppo largo per la mia pinza",
            "它对我的夹爪来说太宽",
        ),
        TakeProblem::Weight => (
            "it is too heavy for me",
            "è troppo pesante per me",
            "它对我来说太重",
        ),
    };
    match lang {
        "it" => format!("Non posso prendere {what}: {it}."),
        "zh" => format!("我不能拿{what}：{zh}。"),
        _ => format!("I cannot take {what}: {en}."),
    }
}

/// The gripper is not free.
#[must_use]
pub fn hands_full(lang: &str, held: &str) -> String {
    match lang {
        "it" => format!("Ho già in mano {held}."),
        "zh" => format!("我手里已经拿着{held}。"),
        _ => format!("I am already holding {held}."),
    }
}

/// What is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// No board.
    NoLink,
    /// A board that says nothing.
    NoTelemetry,
}

/// No link to the board.
#[must_use]
pub fn dead(lang: &str, what: Dead) -> String {
    match what {
        Dead::NoLink => pick(
            lang,
            "I have no link to my board; check the cable, then \"coact doctor\".",
            "Non ho contatto con la mia scheda; controlla il cavo, poi \"coact doctor\".",
            "我连不上控制板；请检查线缆，然后运行“coact doctor”。",
        ),
        Dead::NoTelemetry => pick(
            lang,
            "My board is connected but reports nothing; I do not move without hearing from it.",
            "La mia scheda è collegata ma non risponde; senza notizie da lei non mi muovo.",
            "控制板已连接但没有报告；收不到它的消息我不会动。",
        ),
    }
    .to_owned()
}

/// Too little charge.
#[must_use]
pub fn low_battery(lang: &str, charge: f32) -> String {
    let percent = charge * 100.0;
    match lang {
        "it" => format!("La mia batteria è al {percent:.0} %: prima devo ricaricarmi."),
        "zh" => format!("我的电量只有{percent:.0}%，需要先充电。"),
        _ => format!("My battery is at {percent:.0} %; I must charge first."),
    }
}

/// Why a rule against harm refuses.
#[must_use]
pub fn harm(lang: &str, rule: &str) -> &'static str {
    let (en, it, zh) = match rule {
        "harm_to_person" => (
            "I will not do that: somebody could get hurt.",
            "Questo non lo faccio: qualcuno potrebbe farsi male.",
            "我不会这么做：会伤到人或动物。",
        ),
        "weapon" => ("I do not handle weapons.", "Non tocco armi.", "我不碰武器。"),
        "throwing" => (
            "I will not throw that: it is dangerous.",
            "Non lo lancio: è pericoloso.",
            "我不会扔：很危险。",
        ),
        "breaking" => ("I do not break things.", "Non rompo le cose.", "我不会弄坏东西。"),
        "hot_over_person" => (
            "I will not pour that over anybody.",
            "Non lo verso addosso a nessuno.",
            "我不会把它倒在人身上。",
        ),
        "liquid_on_electronics" => (
            "I will not do that: liquids and electronics do not go together.",
            "Non lo faccio: liquidi ed elettronica non vanno insieme.",
            "我不会这么做：液体和电器不能碰到一起。",
        ),
        "sharp_to_child" => (
            "I do not give anything sharp to a child.",
            "Non do niente di affilato a un bambino.",
            "我不会把尖锐的东西给孩子。",
        ),
        "hot_to_child" => (
            "I do not give anything hot to a child.",
            "Non do niente di bollente a un bambino.",
            "我不会把烫的东西给孩子。",
        ),
        "poison" => (
            "I will not do that: it is poisonous.",
            "Non lo faccio: è velenoso.",
            "我不会这么做：有毒。",
        ),
        "metal_in_microwave" => (
            "I will not do that: it could start a fire.",
            "Non lo faccio: potrebbe incendiarsi.",
            "我不会这么做：可能着火。",
        ),
        "fire" => (
            "I do not burn things or bring them near a flame.",
            "Non brucio niente e non lo avvicino al fuoco.",
            "我不会点火，也不会把东西靠近火。",
        ),
        "disable_safety" => (
            "I do not switch off what keeps people safe.",
            "Non disattivo le protezioni.",
            "我不会关闭安全保护。",
        ),
        _ => (
            "I will not do that: it is not safe.",
            "Non lo faccio: non è sicuro.",
            "我不会这么做：不安全。",
        ),
    };
    match lang {
        "it" => it,
        "zh" => zh,
        _ => en,
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

/// Nothing can be undone.
#[must_use]
pub fn nothing_to_undo(lang: &str) -> &'static str {
    pick(
        lang,
        "There is nothing I could undo.",
        "Non c'è niente da annullare.",
        "没有可以撤销的。",
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

/// A stop whose cause is still there.
#[must_use]
pub fn cause_remains(lang: &str, cause: &str) -> String {
    match lang {
        "it" => format!("Non posso ancora ripartire: {cause}."),
        "zh" => format!("还不能继续：{cause}。"),
        _ => format!("I cannot go on yet: {cause}."),
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
        return match (lang, count) {
            ("it", _) => format!("Ne vedo {count} ({name})."),
            ("zh", _) => format!("我看到{count}个（{name}）。"),
            (_, 1) => format!("I count 1 {name}."),
            (_, _) => format!("I count {count} of kind {name}."),
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

fn article_or_name(lang: &str, what: &Target) -> String {
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

/// Names what was picked where any would do.
#[must_use]
pub fn picked(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Scelgo il più vicino: {what}."),
        "zh" => format!("我选最近的：{what}。"),
        _ => format!("I pick the nearest: {what}."),
    }
}
