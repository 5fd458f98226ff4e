//! Mandarin: which words forbid, suppose, tell or ask. Each character is a word here.

use super::Site;
use crate::reading::{Frame, Mood};

const BORDER: &[&str] = &["但"];
const NEVER: &[&[&str]] = &[
    &["不", "要"],
    &["不", "许"],
    &["不", "准"],
    &["不", "能"],
    &["不", "可", "以"],
    &["不", "用"],
    &["不", "必"],
    &["不", "该"],
    &["不", "应", "该"],
    &["禁", "止"],
    &["请", "勿"],
    &["切", "勿"],
    &["别"],
    &["勿"],
    &["莫"],
    &["不", "想", "让", "你"],
    &["不", "想", "你"],
    &["从", "不"],
    &["没", "让", "你"],
    &["不", "得"],
    &["避", "免"],
];
const SUBJECTS: &[&str] = &["我", "他", "她", "们"];

/// What the words say of the trigger's mood.
pub(super) fn mood(site: &Site<'_>) -> Option<Mood> {
    let clause = site.clause(BORDER);
    // "谢谢你给我拿水" thanks for what was done.
    if site.at(clause, &["谢", "谢", "你"]) || site.at(clause, &["多", "谢", "你"]) {
        return Some(Mood::Report);
    }
    negated(site, clause)
        .or_else(|| supposed(site, clause))
        .or_else(|| asked(site, clause))
        .or_else(|| told(site, clause))
}

fn negated(site: &Site<'_>, clause: usize) -> Option<Mood> {
    // A later task in the same clause ("别碰杯子去厨房" has no mark) keeps the negation only over 或, 也, 和.
    let from = match &site.before {
        Some((trigger, mood)) if trigger.end > clause => {
            let joined =
                (trigger.end..site.trigger.start).any(|n| matches!(site.word(n), "或" | "和" | "也"));
            if joined && *mood == Some(Mood::Prohibition) {
                return Some(Mood::Prohibition);
            }
            if *mood == Some(Mood::Prohibition) {
                trigger.end
            } else {
                clause
            }
        }
        _ => clause,
    };
    for phrase in NEVER {
        let Some((at, next)) = site.earlier(from, phrase) else {
            continue;
        };
        let before = at.checked_sub(1).map_or("", |n| site.word(n));
        let after = site.word(next);
        let one = phrase.len() == 1;
        // 别的 (other), 特别, 分别, 级别, 识别; 要不要, 能不能, 可不可以; 别忘了, 不要忘记.
        let other_word = one
            && (matches!(after, "的" | "人" | "墅")
                || matches!(before, "特" | "分" | "级" | "识" | "告" | "区" | "性"));
        let choice = !one
            && matches!(
                (before, phrase[1]),
                ("要", "要") | ("能", "能") | ("可", "可") | ("想", "想")
            );
        let remind = after == "忘";
        let other_word = other_word || matches!(after, "客" | "担" | "紧" | "急" | "怕");
        if remind || choice {
            return Some(Mood::Command);
        }
        if !other_word {
            return Some(Mood::Prohibition);
        }
    }
    None
}

fn supposed(site: &Site<'_>, clause: usize) -> Option<Mood> {
    let text: Vec<&str> = site.tokens.iter().map(|token| token.text.as_str()).collect();
    let holds = |phrase: &[&str]| text.windows(phrase.len()).any(|window| window == phrase);
    let what: &[&[&str]] = &[
        &["会", "怎"],
        &["会", "发", "生", "什"],
        &["怎", "么", "办"],
        &["会", "如", "何"],
        &["有", "什", "么", "后", "果"],
        &["会", "不", "会"],
    ];
    if what.iter().any(|phrase| holds(phrase)) {
        return Some(Mood::Hypothesis);
    }
    const IF: &[&[&str]] = &[
        &["如", "果"],
        &["要", "是"],
        &["假", "如"],
        &["假", "设"],
        &["万", "一"],
        &["倘", "若"],
        &["假", "使"],
        &["若", "是"],
        &["若"],
    ];
    let (_, next) = IF.iter().find_map(|phrase| site.earlier(clause, phrase))?;
    // "如果看到安娜就告诉她": what stands behind 就 is the command; 如果可以的话, 如果方便 are politeness.
    if (next..site.trigger.start).any(|n| matches!(site.word(n), "就" | "请" | "话")) {
        return None;
    }
    Some(Mood::Hypothesis)
}

fn asked(site: &Site<'_>, clause: usize) -> Option<Mood> {
    let place = matches!(
        site.frame,
        Frame::BeingLocated
            | Frame::BeingInCategory
            | Frame::Counting
            | Frame::Questioning
            | Frame::Locating
            | Frame::Inspecting
    );
    if place {
        return None;
    }
    let before: Vec<&str> = (clause..site.trigger.start).map(|n| site.word(n)).collect();
    let begins = |phrase: &[&str]| before.windows(phrase.len()).any(|window| window == phrase);
    let asks = begins(&["怎", "么"])
        || begins(&["为", "什", "么"])
        || begins(&["我", "应", "该"])
        || begins(&["我", "可", "以"])
        || begins(&["我", "能"])
        || begins(&["谁"]);
    let why_not = begins(&["怎", "么", "不"]) || begins(&["为", "什", "么", "不"]);
    if asks && !why_not {
        return Some(Mood::Question);
    }
    // 你拿了杯子吗
    let last = site
        .tokens
        .iter()
        .rev()
        .find(|token| !token.is_mark())
        .map_or("", |token| token.text.as_str());
    let done = (site.trigger.end..(site.trigger.end + 2).min(site.tokens.len()))
        .any(|n| matches!(site.word(n), "了" | "过"));
    (matches!(last, "吗" | "没" | "么") && done && !before.contains(&"能")).then_some(Mood::Question)
}

fn told(site: &Site<'_>, clause: usize) -> Option<Mood> {
    if matches!(site.frame, Frame::BeingLocated | Frame::BeingInCategory) {
        return None;
    }
    let first = site.word(clause);
    let subject = SUBJECTS.contains(&first);
    // 我想要, 我要, 我需要, 我想让你, 我希望: wishes, not reports.
    let wish = subject
        && matches!(
            site.word(clause + 1),
            "想" | "要" | "需" | "希" | "命" | "让" | "请" | "叫"
        );
    let done = (site.trigger.end..site.tokens.len())
        .take_while(|&n| !site.tokens[n].is_mark())
        .any(|n| matches!(site.word(n), "了" | "过"));
    const PAST: &[&[&str]] = &[
        &["昨", "天"],
        &["昨", "晚"],
        &["刚", "才"],
        &["刚", "刚"],
        &["上", "周"],
        &["前", "天"],
        &["已", "经"],
        &["以", "前"],
    ];
    let dated = PAST.iter().any(|phrase| site.earlier(clause, phrase).is_some());
    // 把我昨天买的书拿来: what stands before 的 tells of a thing.
    let of_thing = (clause..site.trigger.start).any(|n| site.word(n) == "的");
    if subject && !wish && (done || dated) && !of_thing {
        return Some(Mood::Report);
    }
    (dated && !of_thing && !wish).then_some(Mood::Report)
}

/// What the beginning of a text without tasks says.
pub(super) fn of_text(words: &[&str]) -> Option<Mood> {
    let words = match words {
        ["请", rest @ ..] => rest,
        all => all,
    };
    match words {
        ["不", "要", "紧", ..] | ["别", "的", ..] => None,
        ["不", "要" | "许" | "准", _, ..] | ["别" | "勿", _, ..] => Some(Mood::Prohibition),
        ["如", "果", ..] | ["要", "是", ..] | ["假", ..] => Some(Mood::Hypothesis),
        _ => None,
    }
}
