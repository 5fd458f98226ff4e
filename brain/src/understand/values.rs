//! Numbers, angles, lengths, times, speeds, shares, ordinals and colours that words name, with their units.
//!
//! Input: the words of a role (or any text) and its language. Output: [`Value`]s in the units of the wire: metres,
//! degrees (positive to the left), seconds. A vague word gets a fixed amount ("a bit" is 0.2 m or 15 degrees), so
//! that the same words always mean the same motion. Never guesses a unit that neither words nor role give.

mod clock;
mod colors;
pub mod numbers;
mod units;

use super::words::{Token, tokens};
use crate::reading::{Filler, Role, Span, Value};
use units::Unit;

/// What "a bit" means for a distance, in metres.
const BIT_METRES: f32 = 0.2;
/// What "a bit" means for an angle, in degrees.
const BIT_DEGREES: f32 = 15.0;
/// What "a moment" means, in seconds.
const MOMENT_SECONDS: f32 = 5.0;
/// What "slowly" means, as a share of the usual speed.
const SLOW: f32 = 0.5;

/// All values in `text`, in order, with the characters that name each.
#[must_use]
pub fn values(text: &str, lang: &str) -> Vec<(Value, Span)> {
    let tokens = tokens(text);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = at_token(&tokens, at, lang);
        let next = found.as_ref().map_or(at + 1, |(_, next)| *next);
        if let Some((value, next)) = found {
            out.push((
                value,
                Span {
                    start: tokens[at].span.start,
                    end: tokens[next - 1].span.end,
                },
            ));
        }
        at = next;
    }
    out
}

/// The value that begins at token `at`, and the token after it.
pub(super) fn at_token(tokens: &[Token], at: usize, lang: &str) -> Option<(Value, usize)> {
    if let Some((number, next)) = decimal_metres(tokens, at, lang) {
        return Some((Value::Metre(number), next));
    }
    if let Some((value, next)) = measured(tokens, at, lang) {
        return Some((value, next));
    }
    if let Some((minutes, next)) = clock::time_of_day(tokens, at, lang) {
        return Some((Value::TimeOfDay(minutes), next));
    }
    if let Some((n, next)) = numbers::ordinal(tokens, at, lang) {
        return Some((Value::Ordinal(n), next));
    }
    if let Some((n, next)) = counted(tokens, at, lang) {
        return Some((Value::Count(n), next));
    }
    colors::color(tokens, at, lang).map(|(name, next)| (Value::Color(name.to_owned()), next))
}

/// A number with its unit: "two metres", "a metre and a half", "45°", "mezz'ora", "半小时".
fn measured(tokens: &[Token], at: usize, lang: &str) -> Option<(Value, usize)> {
    let text = tokens[at].text.as_str();
    match text {
        "mezz'ora" => return Some((Value::Second(1800.0), at + 1)),
        "un'ora" => {
            let (hours, next) = numbers::and_a_half(tokens, 1.0, at + 1);
            return Some((Value::Second(hours * 3600.0), next));
        }
        // "百分之五十" is 50 %.
        "百" if word(tokens, at + 1) == "分" && word(tokens, at + 2) == "之" => {
            let (number, next) = numbers::number(tokens, at + 3, lang)?;
            return Some((Unit::Share(0.01).value(number), next));
        }
        _ => {}
    }
    let (mut number, mut next) = match numbers::number(tokens, at, lang) {
        Some(found) => found,
        None if article(text, lang) => (1.0, at + 1),
        None => return None,
    };
    // "half of a metre", "a full turn", "un giro completo"
    if matches!(
        word(tokens, next),
        "full" | "complete" | "whole" | "more" | "half" | "quarter" | "quarters"
    ) && let Some((unit, after)) = units::unit(tokens, next + 1)
    {
        if word(tokens, next) == "half" {
            number = if article(text, lang) { 0.5 } else { number + 0.5 };
        } else if word(tokens, next).starts_with("quarter") {
            number *= 0.25;
        }
        return Some((unit.value(number), after));
    }
    let (unit, mut after) = units::unit(tokens, next)?;
    // "a second" is a time, "the second" is not, and "second" alone neither.
    (number, next) = numbers::and_a_half(tokens, number, after);
    after = next;
    if lang == "zh" && word(tokens, after) == "半" {
        number += 0.5;
        after += 1;
    }
    if let Unit::Time(factor) = unit
        && let Some((Value::Second(more), end)) = more_time(tokens, after, lang)
        && f64::from(more) < factor
    {
        return Some((Value::Second((f64::from(number) * factor) as f32 + more), end));
    }
    Some((unit.value(number), after))
}

/// The minutes behind the hours, the seconds behind the minutes: "one minute and thirty seconds", "两分三十秒".
fn more_time(tokens: &[Token], at: usize, lang: &str) -> Option<(Value, usize)> {
    let at = if matches!(word(tokens, at), "and" | "e") {
        at + 1
    } else {
        at
    };
    if at >= tokens.len() || article(word(tokens, at), lang) {
        return None;
    }
    measured(tokens, at, lang).filter(|(value, _)| matches!(value, Value::Second(_)))
}

/// "一米五" is 1.5 m.
fn decimal_metres(tokens: &[Token], at: usize, lang: &str) -> Option<(f32, usize)> {
    if lang != "zh" {
        return None;
    }
    let (metres, next) = numbers::number(tokens, at, lang)?;
    if word(tokens, next) != "米" {
        return None;
    }
    let (tenths, after) = numbers::number(tokens, next + 1, lang)?;
    ((1.0..10.0).contains(&tenths) && libm::truncf(tenths) == tenths && units::unit(tokens, after).is_none())
        .then_some((metres + tenths / 10.0, after))
}

/// A number of things: a whole number before a noun.
fn counted(tokens: &[Token], at: usize, lang: &str) -> Option<(u32, usize)> {
    let (number, next) = numbers::number(tokens, at, lang)?;
    if !(0.0..1e6).contains(&number) || libm::truncf(number) != number {
        return None;
    }
    let after = tokens.get(next)?;
    if after.is_mark() {
        return None;
    }
    if lang == "zh" {
        const MEASURES: &str = "个只瓶杯张把本块条双件支台盒包袋盘片根位名罐碗份朵棵听颗人";
        // 一下, 一点, 一起, 一直, 一样 are other words.
        return MEASURES
            .contains(after.text.as_str())
            .then_some((number as u32, next + 1));
    }
    // "one of them", "the red one on the table"
    let bare = matches!(
        after.text.as_str(),
        "of" | "on" | "in" | "from" | "to" | "at" | "and" | "di" | "e" | "is"
    );
    let pronoun = matches!(
        tokens[at].text.as_str(),
        "one" | "uno" | "half" | "mezzo" | "mezza" | "quarter"
    );
    if (pronoun && (bare || at > 0 && colored_or_pointed(tokens, at, lang)))
        || (lang == "it" && tokens[at].text == "sei" && at == 0)
    {
        return None;
    }
    Some((number as u32, next))
}

fn colored_or_pointed(tokens: &[Token], at: usize, lang: &str) -> bool {
    matches!(
        tokens[at - 1].text.as_str(),
        "the" | "this" | "that" | "other" | "left" | "right" | "which" | "no" | "any"
    ) || colors::color(tokens, at - 1, lang).is_some()
}

fn article(text: &str, lang: &str) -> bool {
    match lang {
        "it" => matches!(text, "un" | "una" | "un'" | "uno"),
        "zh" => false,
        _ => matches!(text, "a" | "an"),
    }
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

/// The whole number that one word says, in any of the languages.
#[must_use]
pub fn whole_number(word: &str) -> Option<u32> {
    let tokens = tokens(word);
    ["en", "it", "zh"]
        .iter()
        .find_map(|lang| numbers::number(&tokens, 0, lang).filter(|(_, next)| *next == tokens.len()))
        .map(|(number, _)| number)
        .filter(|n| (0.0..1e6).contains(n) && libm::truncf(*n) == *n)
        .map(|n| n as u32)
}

/// The first bare number of `text`: "ninety" where the role says that it is an angle.
fn bare_number(text: &str, lang: &str) -> Option<f32> {
    let tokens = tokens(text);
    (0..tokens.len())
        .find_map(|at| numbers::number(&tokens, at, lang))
        .map(|(value, _)| value)
}

/// Whether `text` holds one of `phrases`, at the borders of words (anywhere in Chinese).
fn says(text: &str, phrases: &[&str]) -> bool {
    let tokens = tokens(text);
    phrases.iter().any(|phrase| {
        let wanted = super::words::tokens(phrase);
        !wanted.is_empty()
            && tokens
                .windows(wanted.len())
                .any(|window| window.iter().zip(&wanted).all(|(a, b)| a.text == b.text))
    })
}

const LEFT: &[&str] = &[
    "left",
    "leftward",
    "leftwards",
    "counterclockwise",
    "anticlockwise",
    "sinistra",
    "左",
];
const RIGHT: &[&str] = &[
    "right",
    "write",
    "rite",
    "rightward",
    "rightwards",
    "clockwise",
    "destra",
    "右",
];

/// Bearing in degrees that direction words name: left 90, right -90, forward 0, back 180.
#[must_use]
pub fn bearing(text: &str) -> Option<f32> {
    const AHEAD: &[&str] = &[
        "forward",
        "forwards",
        "ahead",
        "straight",
        "avanti",
        "dritto",
        "diritto",
        "前",
        "straight on",
    ];
    const BACK: &[&str] = &[
        "back",
        "backward",
        "backwards",
        "behind",
        "around",
        "indietro",
        "dietro",
        "后",
        "reverse",
        "round",
    ];
    // "right behind you", "right ahead" are no sides; "to the right" is.
    if says(text, LEFT) {
        return Some(90.0);
    }
    if says(text, BACK) {
        return Some(180.0);
    }
    if says(text, AHEAD) {
        return Some(0.0);
    }
    says(text, RIGHT).then_some(-90.0)
}

/// The value of the words of one role, where they have one.
#[must_use]
pub fn of_role(role: &Role, text: &str, lang: &str) -> Option<Value> {
    let bit = || {
        says(
            text,
            &[
                "a bit",
                "a little",
                "little",
                "slightly",
                "a touch",
                "un po'",
                "un po",
                "un poco",
                "poco",
                "leggermente",
                "一点",
                "一些",
                "稍微",
                "一下",
            ],
        )
    };
    let found = values(text, lang);
    let first = |wanted: fn(&Value) -> bool| {
        found
            .iter()
            .map(|(value, _)| value)
            .find(|value| wanted(value))
            .cloned()
    };
    match role {
        Role::Angle => first(|v| matches!(v, Value::Degree(_)))
            .or_else(|| {
                says(
                    text,
                    &["all the way around", "full circle", "giro completo", "一圈"],
                )
                .then_some(Value::Degree(360.0))
            })
            .or_else(|| {
                says(text, &["around", "halfway", "mezzo giro", "半圈"]).then_some(Value::Degree(180.0))
            })
            .or_else(|| bit().then_some(Value::Degree(BIT_DEGREES)))
            .or_else(|| bare_number(text, lang).map(Value::Degree))
            .map(|value| signed(value, text)),
        Role::Direction => match first(|v| matches!(v, Value::Degree(_))) {
            Some(value) => Some(signed(value, text)),
            None => bearing(text).map(Value::Degree),
        },
        Role::Distance => first(|v| matches!(v, Value::Metre(_)))
            .or_else(|| bit().then_some(Value::Metre(BIT_METRES)))
            .or_else(|| bare_number(text, lang).map(Value::Metre)),
        Role::Duration => first(|v| matches!(v, Value::Second(_) | Value::TimeOfDay(_)))
            .or_else(|| {
                says(
                    text,
                    &[
                        "moment",
                        "a bit",
                        "a while",
                        "little while",
                        "un attimo",
                        "un momento",
                        "un po'",
                        "一下",
                        "一会",
                        "片刻",
                    ],
                )
                .then_some(Value::Second(MOMENT_SECONDS))
            })
            .or_else(|| bare_number(text, lang).map(Value::Second)),
        Role::Speed | Role::Manner => first(|v| matches!(v, Value::MetrePerSecond(_) | Value::Share(_)))
            .or_else(|| {
                says(
                    text,
                    &[
                        "half speed",
                        "slowly",
                        "slow",
                        "slower",
                        "gently",
                        "carefully",
                        "lentamente",
                        "piano",
                        "adagio",
                        "慢",
                    ],
                )
                .then_some(Value::Share(SLOW))
            })
            .or_else(|| {
                says(
                    text,
                    &[
                        "fast",
                        "quickly",
                        "quick",
                        "full speed",
                        "velocemente",
                        "veloce",
                        "in fretta",
                        "rapidamente",
                        "快",
                    ],
                )
                .then_some(Value::Share(1.0))
            }),
        Role::Degree => first(|v| matches!(v, Value::Share(_)))
            .or_else(|| {
                says(text, &["half", "halfway", "half way", "a metà", "metà", "一半"])
                    .then_some(Value::Share(0.5))
            })
            .or_else(|| {
                says(
                    text,
                    &[
                        "fully",
                        "completely",
                        "all the way",
                        "wide",
                        "totally",
                        "completamente",
                        "del tutto",
                        "全",
                        "完全",
                    ],
                )
                .then_some(Value::Share(1.0))
            }),
        Role::Quantity => first(|v| !matches!(v, Value::Color(_))).or_else(|| {
            let whole = |n: &f32| (0.0..1e6).contains(n) && libm::truncf(*n) == *n;
            bare_number(text, lang)
                .filter(whole)
                .map(|n| Value::Count(n as u32))
        }),
        Role::OperationalState | Role::DesiredState => first(|v| {
            matches!(
                v,
                Value::Share(_)
                    | Value::Celsius(_)
                    | Value::Color(_)
                    | Value::Degree(_)
                    | Value::TimeOfDay(_)
            )
        })
        .map(|value| match value {
            // What is set to "180 degrees" is hot, not turned.
            Value::Degree(degrees) => Value::Celsius(degrees),
            value => value,
        }),
        Role::Message | Role::Topic | Role::Purpose | Role::Reason => None,
        _ => first(|v| {
            matches!(
                v,
                Value::Ordinal(_) | Value::Count(_) | Value::Color(_) | Value::Slot(_)
            )
        }),
    }
}

/// Degrees get the sign of the side that `text` names.
fn signed(value: Value, text: &str) -> Value {
    match value {
        Value::Degree(degrees) if degrees > 0.0 && says(text, RIGHT) && !says(text, LEFT) => {
            Value::Degree(-degrees)
        }
        value => value,
    }
}

/// Gives every role of one task its value; an angle takes its sign from the direction beside it.
pub fn fill(roles: &mut [Filler], task_text: &str, lang: &str) {
    for filler in roles.iter_mut() {
        filler.value = of_role(&filler.role, &filler.text, lang);
    }
    let side = roles
        .iter()
        .find(|filler| filler.role == Role::Direction)
        .map_or(task_text, |filler| &filler.text)
        .to_owned();
    for filler in roles.iter_mut().filter(|filler| filler.role == Role::Angle) {
        if !says(&filler.text, LEFT) && !says(&filler.text, RIGHT) {
            filler.value = filler.value.take().map(|value| signed(value, &side));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a case: language, role, words, the value as JSON's `unit value`, or `-` for none.
    const CASES: &str = "
en|distance|two metres|metre 2
en|distance|2 meters|metre 2
en|distance|by 2m|metre 2
en|distance|1.5 m|metre 1.5
en|distance|half a metre|metre 0.5
en|distance|half a meter|metre 0.5
en|distance|a metre|metre 1
en|distance|a meter and a half|metre 1.5
en|distance|one and a half metres|metre 1.5
en|distance|two and a half meters|metre 2.5
en|distance|two point five metres|metre 2.5
en|distance|a quarter of a metre|metre 0.25
en|distance|three quarters of a meter|metre 0.75
en|distance|50 centimetres|metre 0.5
en|distance|thirty cm|metre 0.3
en|distance|a couple of metres|metre 2
en|distance|a few metres|metre 3
en|distance|twenty five centimeters|metre 0.25
en|distance|twenty-five centimeters|metre 0.25
en|distance|one hundred and twenty centimetres|metre 1.2
en|distance|a hundred metres|metre 100
en|distance|ten feet|metre 3.048
en|distance|three steps|metre 1.5
en|distance|a bit|metre 0.2
en|distance|a little bit|metre 0.2
en|distance|slightly|metre 0.2
en|distance|3|metre 3
en|distance|up to the wall|-
en|angle|ninety degrees|degree 90
en|angle|90 degrees left|degree 90
en|angle|90 degrees to the right|degree -90
en|angle|by 45°|degree 45
en|angle|by almost 90 degrees|degree 90
en|angle|a hundred and eighty degrees|degree 180
en|angle|180 deg|degree 180
en|angle|around|degree 180
en|angle|half a turn|degree 180
en|angle|a quarter turn|degree 90
en|angle|a full turn|degree 360
en|angle|three hundred sixty degrees|degree 360
en|angle|a bit|degree 15
en|angle|forty five|degree 45
en|direction|to the left|degree 90
en|direction|to your right|degree -90
en|direction|forward|degree 0
en|direction|straight ahead|degree 0
en|direction|backwards|degree 180
en|direction|right|degree -90
en|direction|thirty degrees to the right|degree -30
en|direction|towards the door|-
en|duration|for two minutes|second 120
en|duration|for ten seconds|second 10
en|duration|a second|second 1
en|duration|half an hour|second 1800
en|duration|an hour and a half|second 5400
en|duration|one minute and thirty seconds|second 90
en|duration|two hours|second 7200
en|duration|a moment|second 5
en|duration|for 5|second 5
en|duration|until five pm|time_of_day 1020
en|duration|until half past three|time_of_day 210
en|duration|till noon|time_of_day 720
en|duration|until a quarter to six|time_of_day 345
en|duration|until 10:30|time_of_day 630
en|duration|until ten thirty|time_of_day 630
en|duration|at 7 o'clock|time_of_day 420
en|duration|at 7 p.m.|time_of_day 1140
en|speed|at half a metre per second|metre_per_second 0.5
en|speed|at 0.2 m/s|metre_per_second 0.2
en|speed|at two kilometres per hour|metre_per_second 0.5555556
en|speed|slowly|share 0.5
en|speed|at half speed|share 0.5
en|speed|as fast as you can|share 1
en|manner|slowly|share 0.5
en|manner|with care|-
en|degree|halfway|share 0.5
en|degree|all the way down|share 1
en|degree|by 30 percent|share 0.3
en|degree|30 %|share 0.3
en|operational_state|to fifty per cent|share 0.5
en|operational_state|to 180 degrees|celsius 180
en|operational_state|to 21 degrees celsius|celsius 21
en|operational_state|blue|color blue
en|operational_state|on|-
en|theme|the second one|ordinal 2
en|theme|the first cup on the left|ordinal 1
en|theme|the 3rd bottle|ordinal 3
en|theme|three apples|count 3
en|theme|one apple|count 1
en|theme|a dozen eggs|count 12
en|theme|2 cups|count 2
en|theme|the red cup|color red
en|theme|the red one|color red
en|theme|the grey mug|color gray
en|theme|the orange juice|-
en|theme|an orange|-
en|theme|the orange ball|color orange
en|theme|a bottle of red wine|-
en|theme|one of them|-
en|theme|the cup|-
en|quantity|two|count 2
en|quantity|twelve|count 12
en|quantity|half a glass|-
en|message|I need two cups|-
it|distance|due metri|metre 2
it|distance|di 2 metri|metre 2
it|distance|di un metro|metre 1
it|distance|un metro e mezzo|metre 1.5
it|distance|mezzo metro|metre 0.5
it|distance|di due metri e mezzo|metre 2.5
it|distance|1,5 metri|metre 1.5
it|distance|trenta centimetri|metre 0.3
it|distance|un po'|metre 0.2
it|distance|tre passi|metre 1.5
it|angle|di 45 gradi|degree 45
it|angle|di quasi 90 gradi|degree 90
it|angle|di novanta gradi a destra|degree -90
it|angle|di quarantacinque gradi|degree 45
it|angle|centottanta gradi|degree 180
it|angle|di trentatré gradi|degree 33
it|duration|un'ora e mezza|second 5400
it|angle|di mezzo giro|degree 180
it|direction|a sinistra|degree 90
it|direction|a destra|degree -90
it|direction|indietro|degree 180
it|direction|dritto|degree 0
it|duration|per due minuti|second 120
it|duration|un secondo|second 1
it|duration|mezz'ora|second 1800
it|duration|un'ora|second 3600
it|duration|un minuto e mezzo|second 90
it|duration|un attimo|second 5
it|duration|fino alle sette e mezza|time_of_day 450
it|duration|alle 15:30|time_of_day 930
it|duration|fino a mezzogiorno|time_of_day 720
it|duration|alle otto di sera|time_of_day 1200
it|duration|alle sei meno un quarto|time_of_day 345
it|speed|lentamente|share 0.5
it|speed|molto velocemente|share 1
it|theme|la seconda bottiglia|ordinal 2
it|theme|tre mele|count 3
it|theme|la tazza rossa|color red
it|theme|il libro blu|color blue
it|theme|venticinque sedie|count 25
it|operational_state|al cinquanta per cento|share 0.5
zh|distance|一米|metre 1
zh|distance|两米|metre 2
zh|distance|半米|metre 0.5
zh|distance|一米五|metre 1.5
zh|distance|一米半|metre 1.5
zh|distance|一点五米|metre 1.5
zh|distance|三十厘米|metre 0.3
zh|distance|2米|metre 2
zh|distance|一点|metre 0.2
zh|distance|三步|metre 1.5
zh|angle|九十度|degree 90
zh|angle|向右转九十度|degree -90
zh|angle|一百八十度|degree 180
zh|angle|45度|degree 45
zh|angle|半圈|degree 180
zh|angle|一圈|degree 360
zh|direction|向左|degree 90
zh|direction|往右|degree -90
zh|direction|向前|degree 0
zh|direction|向后|degree 180
zh|duration|两分钟|second 120
zh|duration|十秒|second 10
zh|duration|半小时|second 1800
zh|duration|半个小时|second 1800
zh|duration|一个半小时|second 5400
zh|duration|两分三十秒|second 150
zh|duration|一会儿|second 5
zh|duration|到下午三点|time_of_day 900
zh|duration|三点半|time_of_day 210
zh|duration|晚上八点一刻|time_of_day 1215
zh|duration|中午|time_of_day 720
zh|speed|慢慢地|share 0.5
zh|speed|每秒|-
zh|speed|零点五米每秒|metre_per_second 0.5
zh|theme|第二个|ordinal 2
zh|theme|第三瓶水|ordinal 3
zh|theme|两个苹果|count 2
zh|theme|十二瓶水|count 12
zh|theme|红色的杯子|color red
zh|theme|红杯子|color red
zh|theme|黄瓜|-
zh|theme|红茶|-
zh|theme|蓝色的书|color blue
zh|operational_state|百分之五十|share 0.5
zh|operational_state|二十六摄氏度|celsius 26
";

    fn shown(value: Option<Value>) -> String {
        let Some(value) = value else { return "-".to_owned() };
        let json = serde_json::to_value(&value).expect("a value is JSON");
        let unit = json["unit"].as_str().unwrap_or_default().to_owned();
        let value = &json["value"];
        match value.as_f64() {
            Some(number) => format!("{unit} {}", number as f32),
            None => format!("{unit} {}", value.as_str().unwrap_or_default()),
        }
    }

    #[test]
    fn words_have_values() {
        let mut wrong = Vec::new();
        for line in CASES.lines().filter(|line| !line.is_empty()) {
            let fields: Vec<&str> = line.split('|').collect();
            let got = shown(of_role(&Role::from(fields[1]), fields[2], fields[0]));
            if got != fields[3] {
                wrong.push(format!("{line}: got {got}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
