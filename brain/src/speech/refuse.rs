//! Refusals, each with its reason.

use super::pick;

/// No recipe for this.
#[must_use]
pub fn cannot(lang: &str, what: &str) -> String {
    match lang {
        "it" => format!("Mi dispiace, non so fare questo ({what})."),
        "zh" => format!("抱歉，我不会这个（{what}）。"),
        _ => format!("Sorry, I cannot do that ({what})."),
    }
}

/// A condition that it cannot look at.
#[must_use]
pub fn cannot_tell(lang: &str, condition: &str) -> String {
    match lang {
        "it" => format!("Non posso sapere da solo: “{condition}”. Dimmelo quando è il momento."),
        "zh" => format!("“{condition}”，这个我自己看不出来。到时候请告诉我。"),
        _ => format!("I cannot tell by myself: “{condition}”. Tell me when it is time."),
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
    let cause = super::cause(lang, cause);
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

/// A stop whose cause is still there.
#[must_use]
pub fn cause_remains(lang: &str, cause: &str) -> String {
    let cause = super::cause(lang, cause);
    match lang {
        "it" => format!("Non posso ancora ripartire: {cause}."),
        "zh" => format!("还不能继续：{cause}。"),
        _ => format!("I cannot go on yet: {cause}."),
    }
}

/// Where the last plan began.
#[must_use]
pub fn where_it_began(lang: &str) -> &'static str {
    pick(lang, "where I was", "dove ero prima", "刚才的地方")
}
