//! A verb and nothing else: "take". The model takes it for a name; it is a command that lacks what is to be taken.
//!
//! Input: the words. Output: the frame the verb evokes and where it stands. Only verbs that are nothing but verbs are here.

use super::words::{Cutter, Token};
use crate::reading::{Frame, Mood, Role, Span, Task};
use crate::units::Score;

const VERBS: &[(&[&str], Frame)] = &[
    (&["take"], Frame::Taking),
    (&["get"], Frame::Taking),
    (&["grab"], Frame::Taking),
    (&["pick", "up"], Frame::Taking),
    (&["bring"], Frame::Bringing),
    (&["fetch"], Frame::Bringing),
    (&["carry"], Frame::Bringing),
    (&["give"], Frame::Giving),
    (&["hand"], Frame::Giving),
    (&["put"], Frame::Placing),
    (&["place"], Frame::Placing),
    (&["find"], Frame::Locating),
    (&["search"], Frame::Locating),
    (&["look", "for"], Frame::Locating),
    (&["open"], Frame::Closure),
    (&["close"], Frame::Closure),
    (&["turn", "on"], Frame::ChangeOperationalState),
    (&["turn", "off"], Frame::ChangeOperationalState),
    (&["switch", "on"], Frame::ChangeOperationalState),
    (&["switch", "off"], Frame::ChangeOperationalState),
    (&["go", "to"], Frame::Motion),
    (&["guide"], Frame::Guiding),
    (&["pour"], Frame::Pouring),
    (&["prendi"], Frame::Taking),
    (&["porta"], Frame::Bringing),
    (&["metti"], Frame::Placing),
    (&["trova"], Frame::Locating),
    (&["cerca"], Frame::Locating),
    (&["apri"], Frame::Closure),
    (&["chiudi"], Frame::Closure),
    (&["accendi"], Frame::ChangeOperationalState),
    (&["spegni"], Frame::ChangeOperationalState),
    (&["拿"], Frame::Taking),
    (&["拿", "起"], Frame::Taking),
    (&["打", "开"], Frame::Closure),
    (&["关", "上"], Frame::Closure),
    (&["找"], Frame::Locating),
];

/// "lights off", "the radio on please": a device and how it is to be, without a verb.
pub(super) fn switched(tokens: &[Token], text: &str, lang: &str) -> Option<Task> {
    const SWITCHED: &[&str] = &[
        "light",
        "lights",
        "lamp",
        "lamps",
        "tv",
        "television",
        "radio",
        "music",
        "fan",
        "heating",
        "heater",
        "stereo",
        "telly",
        "computer",
        "oven",
        "stove",
    ];
    let said: Vec<&Token> = tokens
        .iter()
        .filter(|token| !token.is_mark() && !POLITE.contains(&token.text.as_str()))
        .collect();
    let (state, device) = said.split_last()?;
    let bare = match device {
        [the, rest @ ..] if the.text == "the" => rest,
        all => all,
    };
    let named = bare.len() <= 3
        && bare
            .last()
            .is_some_and(|word| SWITCHED.contains(&word.text.as_str()));
    if lang != "en" || !matches!(state.text.as_str(), "on" | "off") || !named {
        return None;
    }
    let cutter = Cutter::new(text);
    let whole = Span {
        start: device[0].span.start,
        end: device[device.len() - 1].span.end,
    };
    let role = |role: Role, span: Span| super::filler(role, span, &cutter, lang);
    Some(Task {
        frame: Frame::ChangeOperationalState,
        score: Score(1.0),
        trigger: cutter.cut(state.span).to_owned(),
        trigger_span: state.span,
        span: Span {
            start: whole.start,
            end: state.span.end,
        },
        mood: Mood::Command,
        roles: vec![
            role(Role::Device, whole),
            role(Role::OperationalState, state.span),
        ],
        condition: None,
    })
}

const POLITE: &[&str] = &["please", "robot", "per", "favore", "请"];

/// The frame of a text that is a verb alone, politeness aside.
pub(super) fn verb(tokens: &[Token]) -> Option<(Frame, Span)> {
    let said: Vec<&Token> = tokens
        .iter()
        .filter(|token| !token.is_mark() && !POLITE.contains(&token.text.as_str()))
        .collect();
    let is = |verb: &[&str]| verb.len() == said.len() && verb.iter().zip(&said).all(|(a, b)| *a == b.text);
    let (_, frame) = VERBS.iter().find(|(verb, _)| is(verb))?;
    let span = Span {
        start: said.first()?.span.start,
        end: said.last()?.span.end,
    };
    Some((frame.clone(), span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::words::tokens;

    #[test]
    fn a_device_and_its_state_are_a_command() {
        let told = |text: &str| {
            let task = switched(&tokens(text), text, "en")?;
            let roles = task.roles.iter().map(|filler| filler.text.clone());
            Some(roles.collect::<Vec<_>>().join(" | "))
        };
        assert_eq!(told("lights off please").as_deref(), Some("lights | off"));
        assert_eq!(
            told("The kitchen light on!").as_deref(),
            Some("The kitchen light | on")
        );
        assert_eq!(told("hands off"), None);
        assert_eq!(told("the light is off"), None);
        assert_eq!(told("off"), None);
    }

    #[test]
    fn a_verb_alone_is_a_command() {
        let frame = |text: &str| verb(&tokens(text)).map(|(frame, _)| frame);
        assert_eq!(frame("Take!"), Some(Frame::Taking));
        assert_eq!(frame("pick up, please"), Some(Frame::Taking));
        assert_eq!(frame("请打开"), Some(Frame::Closure));
        assert_eq!(frame("take it"), None);
        assert_eq!(frame(""), None);
    }
}
