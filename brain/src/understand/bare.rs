//! A verb and nothing else: "take". The model takes it for a name; it is a command that lacks what is to be taken.
//!
//! Input: the words. Output: the frame the verb evokes and where it stands. Only verbs that are nothing but verbs are here.

use super::words::Token;
use crate::reading::{Frame, Span};

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
    fn a_verb_alone_is_a_command() {
        let frame = |text: &str| verb(&tokens(text)).map(|(frame, _)| frame);
        assert_eq!(frame("Take!"), Some(Frame::Taking));
        assert_eq!(frame("pick up, please"), Some(Frame::Taking));
        assert_eq!(frame("请打开"), Some(Frame::Closure));
        assert_eq!(frame("take it"), None);
        assert_eq!(frame(""), None);
    }
}
