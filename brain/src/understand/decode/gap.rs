//! A verb that is not said again: "bring Anna the book, then Tom the pen" is two tasks of one verb.
//!
//! Input: what sort of word each word is, and the roles of the verb's first clause. Output: the roles of each further
//! clause, where its phrases answer to those roles one by one. It looks at the order and the kind of phrases alone.

use super::DecodedRole;
use std::ops::Range;

/// What a word does in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// A noun, an adjective, a name, or anything else.
    #[default]
    Other,
    /// "the", "my": opens a name.
    Opens,
    /// "to", "into": says where something goes.
    Aims,
    /// "from", "off": says where it comes from.
    Leaves,
    /// "on", "under": says where it is, or is put.
    Lies,
    /// "back", "left": a place in one word.
    There,
    /// "me", "it".
    Pronoun,
    /// "of", "with": goes on with the name before.
    Joins,
    /// A mark, or "and".
    And,
    /// "then".
    Then,
    /// "please": says nothing of the task.
    Aside,
    /// What no such clause has: "no", "that", "is".
    Breaks,
}

impl Sort {
    /// Whether it opens a phrase of place.
    #[must_use]
    pub fn leads(self) -> bool {
        matches!(self, Sort::Aims | Sort::Leaves | Sort::Lies)
    }

    fn parts(self) -> bool {
        matches!(self, Sort::And | Sort::Then)
    }
}

/// A phrase and what it begins with: [`Sort::Other`] where it is a name.
type Phrase = (Sort, Range<usize>);

/// The first word behind the first clause, where the verb is not said again; `end` is where the next task begins.
pub(super) fn border(sorts: &[Sort], behind: usize, end: usize) -> impl Iterator<Item = usize> + '_ {
    (behind + 1..end).filter(|&at| sorts[at].parts() && !sorts[at - 1].parts())
}

/// The roles of each clause from `border` on, which lacks its verb: those that its phrases name anew, the rest as in `first`.
/// Nothing where a phrase answers to no role of `first`. `lasting` tells of a role's number whether it says where to.
pub(super) fn clauses(
    sorts: &[Sort],
    border: usize,
    end: usize,
    first: &[DecodedRole],
    lasting: impl Fn(usize) -> bool,
) -> Option<Vec<Vec<DecodedRole>>> {
    let mut found = Vec::new();
    let mut at = border;
    while at < end {
        let from = (at..end).find(|&n| !sorts[n].parts()).unwrap_or(end);
        let to = (from..end).find(|&n| sorts[n].parts()).unwrap_or(end);
        let link = &sorts[at..from];
        let said = phrases(sorts, from..to)?;
        if !said.is_empty() {
            found.push(answer(sorts, link, &said, first, &lasting)?);
        }
        at = to;
    }
    (!found.is_empty()).then_some(found)
}

/// The roles of the first clause, from `behind` its verb to `border`, after those of the one clause behind it (`last`): the same
/// as [`clauses`], from the other side.
pub(super) fn mirrored(
    sorts: &[Sort],
    behind: usize,
    border: usize,
    end: usize,
    last: &[DecodedRole],
) -> Option<Vec<DecodedRole>> {
    let from = (border..end).find(|&n| !sorts[n].parts())?;
    let (one, two) = (phrases(sorts, behind..border)?, phrases(sorts, from..end)?);
    let then = sorts[border..from].contains(&Sort::Then);
    let told = one.len() == two.len()
        && two.len() == last.len()
        && (two.len() > 1 || (then && two[0].0 != Sort::Other))
        && two
            .iter()
            .zip(last)
            .all(|((_, words), role)| *words == role.words);
    let alike = one
        .iter()
        .zip(&two)
        .all(|((a, _), (b, _))| a == b || (two.len() == 1 && a.leads() && b.leads()));
    (told && alike).then(|| {
        let anew = |(phrase, role): (&Phrase, &DecodedRole)| DecodedRole {
            words: phrase.1.clone(),
            head: None,
            ..role.clone()
        };
        one.iter().zip(last).map(anew).collect()
    })
}

/// Cuts a clause into its phrases.
fn phrases(sorts: &[Sort], words: Range<usize>) -> Option<Vec<Phrase>> {
    let mut found: Vec<Phrase> = Vec::new();
    // Whether the phrase so far has a word that something can be called by.
    let mut named = true;
    let mut before = Sort::And;
    for at in words {
        let sort = sorts[at];
        let begins = match sort {
            Sort::Breaks => return None,
            Sort::Aside => continue,
            Sort::Aims | Sort::Leaves | Sort::Lies => {
                let within = found
                    .last()
                    .is_some_and(|(sort, words)| sort.leads() && words.end == at);
                !within && !before.leads()
            }
            Sort::There => !before.leads(),
            Sort::Pronoun => !before.leads(),
            Sort::Opens => named && before != Sort::Joins,
            Sort::Other => found.is_empty() || before == Sort::Pronoun,
            Sort::Joins | Sort::And | Sort::Then => false,
        };
        if begins || found.is_empty() {
            if !named || sort == Sort::Joins {
                return None;
            }
            let kind = if sort.leads() || sort == Sort::There {
                sort
            } else {
                Sort::Other
            };
            found.push((kind, at..at + 1));
            named = false;
        } else if let Some((_, words)) = found.last_mut() {
            if words.end != at {
                return None;
            }
            words.end = at + 1;
        }
        named |= matches!(sort, Sort::Other | Sort::There | Sort::Pronoun);
        before = sort;
    }
    named.then_some(found)
}

/// The roles of one clause whose phrases answer to the last roles of `first`.
fn answer(
    sorts: &[Sort],
    link: &[Sort],
    said: &[Phrase],
    first: &[DecodedRole],
    lasting: &impl Fn(usize) -> bool,
) -> Option<Vec<DecodedRole>> {
    let shape = |role: &DecodedRole| match sorts[role.words.start] {
        sort if sort.leads() => sort,
        // Where one goes is a place, with or without "to".
        _ if lasting(role.role) => Sort::There,
        _ => Sort::Other,
    };
    let fits = |phrase: &Phrase, role: &DecodedRole| match (phrase.0, shape(role)) {
        (Sort::There, shape) => shape == Sort::There || lasting(role.role),
        (Sort::Lies | Sort::Aims, Sort::There) => true,
        (one, other) => one == other || (said.len() == 1 && lasting(role.role) && one != Sort::Leaves),
    };
    let aligned: Vec<(&Phrase, &DecodedRole)> = match said {
        [] => return None,
        // One phrase alone is more often one name of two than a clause: "the cup and the plate".
        [one] => {
            let role = first.iter().rev().find(|role| fits(one, role))?;
            let opened = matches!(sorts[one.1.start], Sort::Opens | Sort::Pronoun) || one.0 != Sort::Other;
            let then = link.contains(&Sort::Then) && opened;
            let goes_on = link.contains(&Sort::And) && one.0 == Sort::Aims && shape(role) == Sort::Aims;
            if !(then || goes_on && sorts[one.1.start - 1] == Sort::And) {
                return None;
            }
            vec![(one, role)]
        }
        many => {
            let last = first.len().checked_sub(many.len())?;
            let pairs: Vec<(&Phrase, &DecodedRole)> = many.iter().zip(&first[last..]).collect();
            pairs
                .iter()
                .all(|(phrase, role)| fits(phrase, role))
                .then_some(pairs)?
        }
    };
    let anew = |role: &DecodedRole| {
        let phrase = aligned.iter().find(|(_, other)| std::ptr::eq(*other, role))?.0;
        Some(DecodedRole {
            words: phrase.1.clone(),
            head: None,
            ..role.clone()
        })
    };
    Some(
        first
            .iter()
            .map(|role| anew(role).unwrap_or_else(|| role.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roles are numbered: 0 is a thing, 1 who gets it, 2 where to.
    fn check(words: &str, first: &[(usize, Range<usize>)], expected: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        let sorts: Vec<Sort> = (0..words.len())
            .map(|at| crate::understand::letters::sort(&words, at, "en"))
            .collect();
        let roles: Vec<DecodedRole> = first
            .iter()
            .map(|(role, words)| DecodedRole {
                role: *role,
                words: words.clone(),
                head: None,
                score: 1.0,
            })
            .collect();
        let behind = first.last().map_or(1, |(_, words)| words.end - 1);
        let told = border(&sorts, behind, words.len())
            .next()
            .and_then(|border| clauses(&sorts, border, words.len(), &roles, |role| role == 2))
            .unwrap_or_default();
        let clause = |roles: &Vec<DecodedRole>| {
            let role = |role: &DecodedRole| format!("{}={}", role.role, words[role.words.clone()].join(" "));
            roles.iter().map(role).collect::<Vec<_>>().join(" ")
        };
        let told: Vec<String> = told.iter().map(clause).collect();
        assert_eq!(told.join("; "), expected, "{}", words.join(" "));
    }

    #[test]
    fn phrases_answer_to_the_roles_of_the_first_clause() {
        check(
            "bring anna the book , then tom the pen",
            &[(1, 1..2), (0, 2..4)],
            "1=tom 0=the pen",
        );
        check(
            "give anna the book , tom the pen and her the cup",
            &[(1, 1..2), (0, 2..4)],
            "1=tom 0=the pen; 1=her 0=the cup",
        );
        check(
            "put the fork in the drawer and the plate on the shelf",
            &[(0, 1..3), (2, 3..6)],
            "0=the plate 2=on the shelf",
        );
        check(
            "take me the cup to the hall and the plate to the door",
            &[(1, 1..2), (0, 2..4), (2, 4..7)],
            "1=me 0=the plate 2=to the door",
        );
        check(
            "go to the kitchen and then in the bathroom",
            &[(2, 1..4)],
            "2=in the bathroom",
        );
        check("go to the kitchen , then the hall", &[(2, 1..4)], "2=the hall");
        check("turn left and then right", &[(2, 1..2)], "2=right");
        check(
            "take the cup and then the plate please",
            &[(0, 1..3)],
            "0=the plate",
        );
    }

    #[test]
    fn what_is_one_name_or_taken_back_is_no_clause() {
        check("take the cup and the plate", &[(0, 1..3)], "");
        check("go to the kitchen and the hall", &[(2, 1..4)], "");
        check("take the cup , please robot", &[(0, 1..3)], "");
        check(
            "put the keys in the drawer , no , on the shelf",
            &[(0, 1..3), (2, 3..6)],
            "",
        );
        check("bring me the cup , i am thirsty", &[(1, 1..2), (0, 2..4)], "");
        check(
            "take the cup on the table and the plate on the shelf",
            &[(0, 1..6)],
            "",
        );
        check("go to the kitchen then quickly", &[(2, 1..4)], "");
    }
}
