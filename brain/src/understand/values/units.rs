//! Units behind a number, in three languages.

use crate::reading::Value;
use crate::understand::words::Token;

/// What a number is a number of; the factor brings it to the unit of [`Value`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// To metres.
    Length(f64),
    /// To degrees.
    Angle(f64),
    /// To seconds.
    Time(f64),
    /// To metres a second.
    Speed(f64),
    /// To a share of 1.
    Share(f64),
    /// Degrees Celsius.
    Celsius,
}

impl Unit {
    /// `number` of this unit.
    #[must_use]
    pub fn value(self, number: f32) -> Value {
        // In f64, so that thirty centimetres are 0.3 m and not 0.29999998.
        let times = |factor: f64| (f64::from(number) * factor) as f32;
        match self {
            Unit::Length(factor) => Value::Metre(times(factor)),
            Unit::Angle(factor) => Value::Degree(times(factor)),
            Unit::Time(factor) => Value::Second(times(factor)),
            Unit::Speed(factor) => Value::MetrePerSecond(times(factor)),
            Unit::Share(factor) => Value::Share(times(factor).clamp(0.0, 1.0)),
            Unit::Celsius => Value::Celsius(number),
        }
    }
}

/// A step of a robot that is told "two steps forward": half a metre.
const STEP: f64 = 0.5;

/// The unit that begins at token `at`, and the token after it.
#[must_use]
pub fn unit(tokens: &[Token], at: usize) -> Option<(Unit, usize)> {
    let word = |n: usize| tokens.get(at + n).map_or("", |token| token.text.as_str());
    let (unit, used) = match word(0) {
        "metre" | "metres" | "meter" | "meters" | "m" | "metro" | "metri" | "mt" => (Unit::Length(1.0), 1),
        "centimetre" | "centimetres" | "centimeter" | "centimeters" | "cm" | "centimetro" | "centimetri" => {
            (Unit::Length(0.01), 1)
        }
        "millimetre" | "millimetres" | "millimeter" | "millimeters" | "mm" | "millimetro" | "millimetri" => {
            (Unit::Length(0.001), 1)
        }
        "kilometre" | "kilometres" | "kilometer" | "kilometers" | "km" | "chilometro" | "chilometri" => {
            (Unit::Length(1000.0), 1)
        }
        "foot" | "feet" | "ft" | "piede" | "piedi" => (Unit::Length(0.3048), 1),
        "inch" | "inches" | "pollice" | "pollici" => (Unit::Length(0.0254), 1),
        "yard" | "yards" => (Unit::Length(0.9144), 1),
        "step" | "steps" | "pace" | "paces" | "passo" | "passi" | "步" => (Unit::Length(STEP), 1),
        "°" if matches!(word(1), "c" | "celsius") => (Unit::Celsius, 2),
        "degree" | "degrees" if matches!(word(1), "celsius" | "centigrade" | "c") => (Unit::Celsius, 2),
        "grado" | "gradi" if matches!(word(1), "celsius" | "centigradi") => (Unit::Celsius, 2),
        "celsius" => (Unit::Celsius, 1),
        "摄" if word(1) == "氏" && word(2) == "度" => (Unit::Celsius, 3),
        "degree" | "degrees" | "deg" | "°" | "grado" | "gradi" | "度" => (Unit::Angle(1.0), 1),
        "radian" | "radians" | "rad" | "radianti" => (Unit::Angle(180.0 / core::f64::consts::PI), 1),
        "turn" | "turns" | "rotation" | "rotations" | "revolution" | "giro" | "giri" | "圈" => {
            (Unit::Angle(360.0), 1)
        }
        "second" | "seconds" | "sec" | "secs" | "s" | "secondo" | "secondi" | "秒" => (
            Unit::Time(1.0),
            if word(0) == "秒" && word(1) == "钟" {
                2
            } else {
                1
            },
        ),
        "millisecond" | "milliseconds" | "ms" | "millisecondi" => (Unit::Time(0.001), 1),
        "minute" | "minutes" | "min" | "mins" | "minuto" | "minuti" => (Unit::Time(60.0), 1),
        "hour" | "hours" | "hr" | "hrs" | "h" | "ora" | "ore" | "mezz'ora" => (Unit::Time(3600.0), 1),
        "分" if word(1) == "钟" => (Unit::Time(60.0), 2),
        "分" => (Unit::Time(60.0), 1),
        "小" if word(1) == "时" => (Unit::Time(3600.0), 2),
        "个" if word(1) == "小" && word(2) == "时" => (Unit::Time(3600.0), 3),
        "个" if word(1) == "钟" && word(2) == "头" => (Unit::Time(3600.0), 3),
        "percent" | "%" => (Unit::Share(0.01), 1),
        "per" if matches!(word(1), "cent" | "cento") => (Unit::Share(0.01), 2),
        "米" => (Unit::Length(1.0), 1),
        "公" if word(1) == "尺" => (Unit::Length(1.0), 2),
        "厘" if word(1) == "米" => (Unit::Length(0.01), 2),
        "公" if word(1) == "分" => (Unit::Length(0.01), 2),
        "毫" if word(1) == "米" => (Unit::Length(0.001), 2),
        "公" if word(1) == "里" => (Unit::Length(1000.0), 2),
        _ => return None,
    };
    let Unit::Length(metres) = unit else {
        return Some((unit, at + used));
    };
    // A length each time: "metres per second", "m/s", "km/h", "metri al secondo", "米每秒".
    let (per, time) = (word(used), word(used + 1));
    let seconds = match (per, time) {
        (
            "per" | "a" | "an" | "/" | "al" | "all'" | "每" | "each",
            "second" | "s" | "sec" | "secondo" | "秒",
        ) => 1.0,
        ("per" | "a" | "/" | "al" | "每", "minute" | "min" | "minuto" | "分") => 60.0,
        ("per" | "an" | "/" | "每", "hour" | "h" | "小") => 3600.0,
        ("all'ora", _) => return Some((Unit::Speed(metres / 3600.0), at + used + 1)),
        _ => return Some((unit, at + used)),
    };
    let clock_tail = usize::from(matches!(time, "小" | "分") && matches!(word(used + 2), "时" | "钟"));
    Some((Unit::Speed(metres / seconds), at + used + 2 + clock_tail))
}
