//! Italian pronouns written together with their verb: "portami", "daglielo", "seguimi".
//!
//! The model sees whole words, so a role filled by such a pronoun stands on the trigger itself. Here it is cut to its
//! letters; of two pronouns the model names one and the other follows.

use crate::reading::{Frame, Role};
use std::ops::Range;

/// Two pronouns: the person, then the thing. Longest first.
const PAIRS: &[(&str, &str)] = &[
    ("glie", "lo"),
    ("glie", "la"),
    ("glie", "li"),
    ("glie", "le"),
    ("glie", "ne"),
    ("me", "lo"),
    ("me", "la"),
    ("me", "li"),
    ("me", "le"),
    ("me", "ne"),
    ("te", "lo"),
    ("te", "la"),
    ("ce", "lo"),
    ("ce", "la"),
];
const SINGLES: &[&str] = &["gli", "mi", "ti", "ci", "vi", "si", "lo", "la", "li", "le", "ne"];

/// The pronouns at the end of a verb, as ranges of its characters: the person's or only one, and the thing's of a pair.
#[must_use]
pub fn clitics(word: &str) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // A verb without its pronoun keeps two letters at least: "da", "di", "fa".
    let fits = |suffix: usize| length >= suffix + 2;
    for (person, thing) in PAIRS {
        let both = person.len() + thing.len();
        if fits(both)
            && word
                .strip_suffix(thing)
                .is_some_and(|rest| rest.ends_with(person))
        {
            let middle = length - thing.len();
            return Some((length - both..middle, Some(middle..length)));
        }
    }
    SINGLES
        .iter()
        .find(|single| fits(single.len()) && word.ends_with(**single))
        .map(|single| (length - single.len()..length, None))
}

/// Where the roles of a verb's pronouns stand among its characters, when the model says that one of them fills `role`.
#[must_use]
pub fn roles(word: &str, frame: &Frame, role: &Role) -> Vec<(Role, Range<usize>)> {
    let Some((first, second)) = clitics(word) else {
        return Vec::new();
    };
    let Some(second) = second else {
        return vec![(role.clone(), first)];
    };
    let person = match frame {
        Frame::Giving | Frame::Statement | Frame::Questioning => Role::Recipient,
        _ => Role::Beneficiary,
    };
    let thing = match role {
        Role::Beneficiary | Role::Recipient => Role::Theme,
        thing => thing.clone(),
    };
    vec![(person, first), (thing, second)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pronouns_are_cut_off_their_verbs() {
        let check = |word: &str, frame: Frame, role: Role, expected: &str| {
            let found: Vec<String> = roles(word, &frame, &role)
                .into_iter()
                .map(|(role, range)| {
                    let text: String = word.chars().skip(range.start).take(range.len()).collect();
                    format!("{} {text}", role.name())
                })
                .collect();
            assert_eq!(found.join(", "), expected, "{word}");
        };
        check("portami", Frame::Bringing, Role::Beneficiary, "beneficiary mi");
        check("Seguimi", Frame::Cotheme, Role::Cotheme, "cotheme mi");
        check("prendilo", Frame::Taking, Role::Theme, "theme lo");
        check(
            "portamelo",
            Frame::Bringing,
            Role::Theme,
            "beneficiary me, theme lo",
        );
        check(
            "daglielo",
            Frame::Giving,
            Role::Recipient,
            "recipient glie, theme lo",
        );
        check("dammi", Frame::Giving, Role::Recipient, "recipient mi");
        check("vai", Frame::Motion, Role::Goal, "");
        check("la", Frame::Taking, Role::Theme, "");
    }
}
