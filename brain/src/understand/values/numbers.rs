//! Numbers in words and digits: English, Italian, Mandarin.

use crate::understand::words::Token;

/// The number that begins at token `at`, and the token after it. Bare articles ("a", "un") are no numbers here.
#[must_use]
pub fn number(tokens: &[Token], at: usize, lang: &str) -> Option<(f32, usize)> {
    let text = tokens.get(at)?.text.as_str();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let (value, next) = (digits(text, lang)?, at + 1);
        return Some(and_a_half(tokens, value, next));
    }
    if let Some(part) = match text {
        "½" => Some(0.5),
        "¼" => Some(0.25),
        "¾" => Some(0.75),
        _ => None,
    } {
        return Some((part, at + 1));
    }
    match lang {
        "zh" => chinese(tokens, at),
        "it" => italian(tokens, at),
        _ => english(tokens, at),
    }
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

/// "1.5", "1,5" (in Italian, or with other than three digits behind), "1,000"; "10:30" is no number.
fn digits(text: &str, lang: &str) -> Option<f32> {
    if text.contains(':') {
        return None;
    }
    let tail = text.rsplit_once(',').map(|(_, tail)| tail.len());
    let decimal = match tail {
        Some(3) if lang != "it" => text.replace(',', ""),
        Some(_) => text.replace(',', "."),
        None => text.to_owned(),
    };
    decimal.parse().ok().filter(|x: &f32| x.is_finite())
}

/// Takes up "and a half", "e mezzo", "e mezza" behind a number.
#[must_use]
pub fn and_a_half(tokens: &[Token], value: f32, next: usize) -> (f32, usize) {
    match (word(tokens, next), word(tokens, next + 1), word(tokens, next + 2)) {
        ("and", "a", "half") => (value + 0.5, next + 3),
        ("and", "a", "quarter") => (value + 0.25, next + 3),
        ("e", "mezzo" | "mezza", _) => (value + 0.5, next + 2),
        ("e", "un", "quarto") => (value + 0.25, next + 3),
        _ => (value, next),
    }
}

/// English words of the numbers from 0 to 19.
pub const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
/// English words of the tens from 20 to 90.
pub const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

fn english_small(text: &str) -> Option<f32> {
    if let Some(n) = SMALL.iter().position(|w| *w == text) {
        return Some(n as f32);
    }
    if text == "fourty" {
        return Some(40.0);
    }
    TENS.iter()
        .position(|w| *w == text)
        .map(|n| (n as f32 + 2.0) * 10.0)
}

fn english(tokens: &[Token], at: usize) -> Option<(f32, usize)> {
    match (word(tokens, at), word(tokens, at + 1), word(tokens, at + 2)) {
        ("half", "a" | "an", _) => return Some((0.5, at + 2)),
        ("a", "half" | "quarter" | "third", next) => {
            let part = match word(tokens, at + 1) {
                "half" => 0.5,
                "quarter" => 0.25,
                _ => 1.0 / 3.0,
            };
            let skip = match (next, word(tokens, at + 3)) {
                ("of", "a" | "an") => 2,
                ("of", _) => 1,
                _ => 0,
            };
            return Some((part, at + 2 + skip));
        }
        ("half", _, _) => return Some((0.5, at + 1)),
        ("quarter", "of", "a" | "an") => return Some((0.25, at + 3)),
        ("quarter", _, _) => return Some((0.25, at + 1)),
        ("three", "quarters", next) => {
            let skip = match (next, word(tokens, at + 3)) {
                ("of", "a" | "an") => 2,
                ("of", _) => 1,
                _ => 0,
            };
            return Some((0.75, at + 2 + skip));
        }
        ("a", "couple", "of") => return Some((2.0, at + 3)),
        ("a", "couple", _) => return Some((2.0, at + 2)),
        ("couple", "of", _) => return Some((2.0, at + 2)),
        ("a", "few", _) => return Some((3.0, at + 2)),
        ("few", _, _) => return Some((3.0, at + 1)),
        ("a", "dozen", _) => return Some((12.0, at + 2)),
        ("dozen", _, _) => return Some((12.0, at + 1)),
        _ => {}
    }
    let mut next = at;
    let (mut total, mut current, mut last) = (0.0f32, 0.0f32, f32::MAX);
    if matches!(word(tokens, at), "a" | "an") && matches!(word(tokens, at + 1), "hundred" | "thousand") {
        next += 1;
    }
    let first = next;
    loop {
        let text = word(tokens, next);
        match text {
            "hundred" => {
                current = current.max(1.0) * 100.0;
                last = 100.0;
            }
            "thousand" => {
                total += current.max(1.0) * 1000.0;
                current = 0.0;
                last = 1000.0;
            }
            // "one hundred and five", "twenty-five"
            "and" if current >= 100.0 && last >= 100.0 && english_small(word(tokens, next + 1)).is_some() => {
            }
            "-" if next > first && english_small(word(tokens, next + 1)).is_some_and(|n| n < 10.0) => {}
            _ => match english_small(text) {
                // "twenty five" is one number, "two three" is not.
                Some(n) if n < last && (last >= 100.0 || (last >= 20.0 && n < 10.0)) => {
                    current += n;
                    last = n;
                }
                _ => break,
            },
        }
        next += 1;
    }
    if next == first {
        return None;
    }
    let mut value = total + current;
    if word(tokens, next) == "point" {
        let mut scale = 0.1;
        let mut after = next + 1;
        while let Some(n) = english_small(word(tokens, after)).filter(|n| *n < 10.0) {
            value += n * scale;
            scale /= 10.0;
            after += 1;
        }
        if after > next + 1 {
            next = after;
        }
    }
    Some(and_a_half(tokens, value, next))
}

/// An Italian number written as one word, 0 to 999 999.
fn italian_word(text: &str) -> Option<u32> {
    const SMALL: [&str; 20] = [
        "zero",
        "uno",
        "due",
        "tre",
        "quattro",
        "cinque",
        "sei",
        "sette",
        "otto",
        "nove",
        "dieci",
        "undici",
        "dodici",
        "tredici",
        "quattordici",
        "quindici",
        "sedici",
        "diciassette",
        "diciotto",
        "diciannove",
    ];
    const TENS: [&str; 8] = [
        "vent", "trent", "quarant", "cinquant", "sessant", "settant", "ottant", "novant",
    ];
    if text.is_empty() {
        return None;
    }
    if let Some(n) = SMALL.iter().position(|w| *w == text) {
        return Some(n as u32);
    }
    if let Some((head, rest)) = text.split_once("mila").or_else(|| text.split_once("mille")) {
        let thousands = if head.is_empty() {
            1
        } else {
            italian_word(head).filter(|n| *n < 1000)?
        };
        let rest = if rest.is_empty() {
            0
        } else {
            italian_word(rest).filter(|n| *n < 1000)?
        };
        return Some(thousands * 1000 + rest);
    }
    if let Some((head, rest)) = text.split_once("cent") {
        let hundreds = if head.is_empty() {
            1
        } else {
            italian_word(head).filter(|n| (2..10).contains(n))?
        };
        // "cento", "centodieci", "centottanta"
        let rest = match rest {
            "" | "o" => 0,
            rest => italian_word(rest).or_else(|| italian_word(rest.strip_prefix('o')?))?,
        };
        return (rest < 100).then_some(hundreds * 100 + rest);
    }
    for (at, stem) in TENS.iter().enumerate() {
        let Some(rest) = text.strip_prefix(stem) else {
            continue;
        };
        let tens = (at as u32 + 2) * 10;
        let unit = match rest {
            "i" | "a" => 0,
            "uno" | "un" => 1,
            "otto" => 8,
            _ => {
                let unit = rest.strip_prefix(['i', 'a'])?;
                match unit {
                    "tré" => 3,
                    _ => SMALL
                        .iter()
                        .position(|w| *w == unit)
                        .filter(|n| (1..10).contains(n))? as u32,
                }
            }
        };
        return Some(tens + unit);
    }
    None
}

fn italian(tokens: &[Token], at: usize) -> Option<(f32, usize)> {
    match (word(tokens, at), word(tokens, at + 1), word(tokens, at + 2)) {
        ("mezzo" | "mezza" | "mezz'ora", _, _) => return Some((0.5, at + 1)),
        ("un", "paio", "di") => return Some((2.0, at + 3)),
        ("un", "quarto", "di" | "d'") => return Some((0.25, at + 3)),
        ("tre", "quarti", "di" | "d'") => return Some((0.75, at + 3)),
        ("un", "terzo", "di") => return Some((1.0 / 3.0, at + 3)),
        ("qualche", _, _) => return Some((3.0, at + 1)),
        ("una", "dozzina", "di") => return Some((12.0, at + 3)),
        _ => {}
    }
    let mut value = italian_word(word(tokens, at))? as f32;
    let mut next = at + 1;
    if matches!(word(tokens, next), "virgola" | "punto")
        && let Some(part) = italian_word(word(tokens, next + 1)).filter(|n| *n < 10)
    {
        value += part as f32 / 10.0;
        next += 2;
    }
    Some(and_a_half(tokens, value, next))
}

fn chinese_digit(text: &str) -> Option<f32> {
    Some(match text {
        "零" | "〇" => 0.0,
        "一" | "壹" => 1.0,
        "二" | "两" | "俩" => 2.0,
        "三" => 3.0,
        "四" => 4.0,
        "五" => 5.0,
        "六" => 6.0,
        "七" => 7.0,
        "八" => 8.0,
        "九" => 9.0,
        _ => return None,
    })
}

fn chinese(tokens: &[Token], at: usize) -> Option<(f32, usize)> {
    if word(tokens, at) == "半" {
        return Some((
            0.5,
            if word(tokens, at + 1) == "个" {
                at + 2
            } else {
                at + 1
            },
        ));
    }
    if word(tokens, at) == "几" {
        return Some((3.0, at + 1));
    }
    let (mut total, mut current, mut next) = (0.0f32, None, at);
    loop {
        let text = word(tokens, next);
        let times = match text {
            "十" => 10.0,
            "百" => 100.0,
            "千" => 1000.0,
            "万" => 10_000.0,
            _ => {
                let Some(digit) = chinese_digit(text) else { break };
                // "一五" is said digit by digit; "二十五" is not.
                current = Some(current.map_or(digit, |c: f32| c * 10.0 + digit));
                next += 1;
                continue;
            }
        };
        total += current.take().unwrap_or(1.0) * times;
        next += 1;
    }
    if next == at {
        return None;
    }
    let mut value = total + current.unwrap_or(0.0);
    // "一点五米" is a metre and a half; "三点十五分" is a time of day and not for here.
    if word(tokens, next) == "点" {
        let mut after = next + 1;
        let mut scale = 0.1;
        let mut part = 0.0;
        while let Some(digit) = chinese_digit(word(tokens, after)) {
            part += digit * scale;
            scale /= 10.0;
            after += 1;
        }
        if after > next + 1
            && matches!(
                word(tokens, after),
                "米" | "公" | "厘" | "度" | "秒" | "倍" | "个" | "小"
            )
        {
            value += part;
            next = after;
        }
    }
    if word(tokens, next) == "个" && word(tokens, next + 1) == "半" {
        return Some((value + 0.5, next + 2));
    }
    Some((value, next))
}

/// The ordinal at token `at` and the token after it: "second", "2nd", "terza", "第三".
#[must_use]
pub fn ordinal(tokens: &[Token], at: usize, lang: &str) -> Option<(u32, usize)> {
    const ENGLISH: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
        "eleventh", "twelfth",
    ];
    const ITALIAN: [&str; 10] = [
        "prim", "second", "terz", "quart", "quint", "sest", "settim", "ottav", "non", "decim",
    ];
    let text = word(tokens, at);
    if lang == "zh" {
        let (value, next) = (text == "第").then(|| number(tokens, at + 1, lang)).flatten()?;
        return (value >= 1.0).then_some((value as u32, next));
    }
    let joined = tokens
        .get(at + 1)
        .is_some_and(|next| tokens[at].span.end == next.span.start);
    if text.chars().all(|c| c.is_ascii_digit()) && joined {
        let suffix = word(tokens, at + 1);
        if matches!(suffix, "st" | "nd" | "rd" | "th" | "°" | "º" | "ª")
            && (suffix.is_ascii() || lang == "it")
        {
            return text.parse().ok().filter(|n| *n > 0).map(|n| (n, at + 2));
        }
    }
    if lang == "it" {
        let stem = text.strip_suffix(['o', 'a', 'i', 'e'])?;
        // "non" itself is the negation; only "nono", "nona" reach here.
        return ITALIAN
            .iter()
            .position(|w| *w == stem)
            .map(|n| (n as u32 + 1, at + 1));
    }
    ENGLISH
        .iter()
        .position(|w| *w == text)
        .map(|n| (n as u32 + 1, at + 1))
}
