//! Times of day: "half past three", "5 pm", "alle sette e mezza", "下午三点半".

use super::numbers::number;
use crate::understand::words::Token;

/// Minutes after midnight of the time that begins at token `at`, and the token after it.
#[must_use]
pub fn time_of_day(tokens: &[Token], at: usize, lang: &str) -> Option<(u16, usize)> {
    match lang {
        "zh" => chinese(tokens, at),
        "it" => italian(tokens, at),
        _ => english(tokens, at),
    }
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn whole(tokens: &[Token], at: usize, lang: &str, limit: u16) -> Option<(u16, usize)> {
    let (value, next) = number(tokens, at, lang)?;
    (value >= 0.0 && value < f32::from(limit) && libm::truncf(value) == value).then_some((value as u16, next))
}

/// "10:30", also "10.30" where `dot` says so.
fn digital(text: &str, dot: bool) -> Option<(u16, u16)> {
    let (hours, minutes) = text
        .split_once(':')
        .or_else(|| text.split_once('.').filter(|_| dot))?;
    let (hours, minutes) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60 && text.len() <= 5).then_some((hours, minutes))
}

/// "pm", "p.m." behind a time: minutes to add for the hour, and the tokens used.
fn half_day(tokens: &[Token], at: usize, hour: u16) -> Option<(u16, usize)> {
    let (letter, used) = match word(tokens, at) {
        "am" => ('a', 1),
        "pm" => ('p', 1),
        "a" | "p" if word(tokens, at + 1) == "." && word(tokens, at + 2) == "m" => (
            word(tokens, at).chars().next()?,
            3 + usize::from(word(tokens, at + 3) == "."),
        ),
        _ => return None,
    };
    let hour = match (letter, hour) {
        ('a', 12) => 0,
        ('p', 1..=11) => hour + 12,
        _ => hour,
    };
    Some((hour, used))
}

fn english(tokens: &[Token], at: usize) -> Option<(u16, usize)> {
    let before = at.checked_sub(1).map_or("", |n| word(tokens, n));
    match word(tokens, at) {
        "noon" | "midday" => return Some((12 * 60, at + 1)),
        "midnight" => return Some((0, at + 1)),
        "half" | "quarter" => {
            let minutes: u16 = if word(tokens, at) == "half" { 30 } else { 15 };
            let (sign, skip) = match word(tokens, at + 1) {
                "past" | "after" => (1, 2),
                "to" | "before" => (-1, 2),
                _ => return None,
            };
            let (hour, next) = whole(tokens, at + skip, "en", 25)?;
            let (hour, next) =
                half_day(tokens, next, hour).map_or((hour, next), |(h, used)| (h, next + used));
            let total = i32::from(hour) * 60 + sign * i32::from(minutes);
            return Some((total.rem_euclid(24 * 60) as u16, next));
        }
        _ => {}
    }
    if let Some((hours, minutes)) = digital(word(tokens, at), false) {
        let (hours, used) = half_day(tokens, at + 1, hours).unwrap_or((hours, 0));
        return Some((hours * 60 + minutes, at + 1 + used));
    }
    let (hour, next) = whole(tokens, at, "en", 24)?;
    if word(tokens, next) == "o'clock" {
        let after = next + 1;
        let (hour, used) = half_day(tokens, after, hour).unwrap_or((hour, 0));
        return Some((hour * 60, after + used));
    }
    if let Some((hour, used)) = half_day(tokens, next, hour) {
        return Some((hour * 60, next + used));
    }
    if matches!(before, "at" | "by" | "until" | "till") && super::units::unit(tokens, next).is_none() {
        // "at ten thirty", "until five"
        let minutes = whole(tokens, next, "en", 60).filter(|(m, _)| *m >= 10);
        let (minutes, next) = minutes.unwrap_or((0, next));
        let (hour, used) = half_day(tokens, next, hour).unwrap_or((hour, 0));
        let ends = next + used >= tokens.len() || tokens[next + used].is_mark();
        return ends.then_some((hour * 60 + minutes, next + used));
    }
    None
}

fn italian(tokens: &[Token], at: usize) -> Option<(u16, usize)> {
    let before = at.checked_sub(1).map_or("", |n| word(tokens, n));
    let dated = matches!(before, "alle" | "le" | "dalle" | "ore");
    match word(tokens, at) {
        "mezzogiorno" => return Some((12 * 60, at + 1)),
        "mezzanotte" => return Some((0, at + 1)),
        "all'una" => return Some((60, at + 1)),
        _ => {}
    }
    if let Some((hours, minutes)) = digital(word(tokens, at), dated) {
        return Some((hours * 60 + minutes, at + 1));
    }
    if !dated {
        return None;
    }
    let (value, mut next) = number(tokens, at, "it")?;
    if !(0.0..24.0).contains(&value) {
        return None;
    }
    let mut minutes = (value * 60.0) as i32;
    match (word(tokens, next), word(tokens, next + 1)) {
        ("meno", "un") if word(tokens, next + 2) == "quarto" => {
            minutes -= 15;
            next += 3;
        }
        ("e" | "meno", _) => {
            if let Some((more, after)) = whole(tokens, next + 1, "it", 60) {
                minutes += if word(tokens, next) == "e" {
                    i32::from(more)
                } else {
                    -i32::from(more)
                };
                next = after;
            }
        }
        _ => {}
    }
    if word(tokens, next) == "di"
        && matches!(
            word(tokens, next + 1),
            "sera" | "pomeriggio" | "mattina" | "notte"
        )
    {
        if matches!(word(tokens, next + 1), "sera" | "pomeriggio") && minutes < 12 * 60 {
            minutes += 12 * 60;
        }
        next += 2;
    } else if word(tokens, next) == "del" && matches!(word(tokens, next + 1), "pomeriggio" | "mattino") {
        if word(tokens, next + 1) == "pomeriggio" && minutes < 12 * 60 {
            minutes += 12 * 60;
        }
        next += 2;
    }
    Some((minutes.rem_euclid(24 * 60) as u16, next))
}

fn chinese(tokens: &[Token], at: usize) -> Option<(u16, usize)> {
    let (part, mut next) = match (word(tokens, at), word(tokens, at + 1)) {
        ("上", "午") | ("早", "上") | ("凌", "晨") => (Some('a'), at + 2),
        ("下", "午") | ("晚", "上") | ("傍", "晚") => (Some('p'), at + 2),
        ("中", "午") => (Some('n'), at + 2),
        ("半", "夜") | ("午", "夜") => return Some((0, at + 2)),
        _ => (None, at),
    };
    if let Some((hours, minutes)) = digital(word(tokens, next), false) {
        let hours = if part == Some('p') && hours < 12 {
            hours + 12
        } else {
            hours
        };
        return Some((hours * 60 + minutes, next + 1));
    }
    let hour = whole(tokens, next, "zh", 25).filter(|(_, after)| word(tokens, *after) == "点");
    let Some((mut hour, after)) = hour else {
        return (part == Some('n')).then_some((12 * 60, next));
    };
    next = after + 1;
    // "一点" alone is "a bit".
    let marked = part.is_some()
        || matches!(word(tokens, next), "钟" | "半")
        || whole(tokens, next, "zh", 60).is_some()
        || hour > 1;
    if !marked {
        return None;
    }
    let mut minutes = 0;
    match (word(tokens, next), word(tokens, next + 1)) {
        ("钟" | "整", _) => next += 1,
        ("半", _) => {
            minutes = 30;
            next += 1;
        }
        ("一", "刻") => {
            minutes = 15;
            next += 2;
        }
        ("三", "刻") => {
            minutes = 45;
            next += 2;
        }
        _ => {
            if let Some((m, after)) = whole(tokens, next, "zh", 60) {
                minutes = m;
                next = after + usize::from(word(tokens, after) == "分");
            }
        }
    }
    if part == Some('p') && hour < 12 || part == Some('n') && hour < 3 {
        hour += 12;
    }
    Some(((hour * 60 + minutes) % (24 * 60), next))
}
