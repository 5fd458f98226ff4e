//! What is known of the world in general: subject, relation, object. Two relations are followed along: a latte is a coffee
//! and a coffee is a drink, so a latte is a drink; the fridge is in the kitchen and the kitchen in the flat.
//!
//! In: [`Triple`]s of packs, of the map and of the built-in words. Out: what follows from them. It never guesses: what
//! does not follow is not known, which is another thing than not so.

use serde::{Deserialize, Serialize};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Triple {
    /// Of what.
    pub subject: String,
    /// What is said of it: `is_a`, `located_in`, or any other relation.
    pub relation: String,
    /// Of which other thing.
    pub object: String,
}

/// "A latte is a drink."
pub const IS_A: &str = "is_a";
/// "The fridge is in the kitchen."
pub const LOCATED_IN: &str = "located_in";

impl Triple {
    /// A fact; words are compared in lower case.
    #[must_use]
    pub fn new(subject: &str, relation: &str, object: &str) -> Self {
        let plain = |text: &str| text.trim().to_lowercase();
        Triple {
            subject: plain(subject),
            relation: plain(relation).replace(['-', ' '], "_"),
            object: plain(object),
        }
    }
}

/// Everything that `subject` reaches by `relation`, nearest first, itself not. What is a kind of a thing shares its place,
/// so `located_in` also follows `is_a` upwards.
#[must_use]
pub fn reached<'a>(facts: &'a [Triple], subject: &str, relation: &str) -> Vec<&'a str> {
    let subject = subject.trim().to_lowercase();
    let mut found: Vec<&str> = Vec::new();
    let mut edge = vec![subject.clone()];
    let mut seen = vec![subject];
    while let Some(at) = (!edge.is_empty()).then(|| edge.remove(0)) {
        for fact in facts.iter().filter(|fact| fact.subject == at) {
            let follows = fact.relation == relation;
            let kind = relation == LOCATED_IN && fact.relation == IS_A;
            if (!follows && !kind) || seen.contains(&fact.object) {
                continue;
            }
            seen.push(fact.object.clone());
            edge.push(fact.object.clone());
            if follows {
                found.push(&fact.object);
            }
        }
    }
    found
}

/// Whether `subject relation object` follows from the facts.
#[must_use]
pub fn holds(facts: &[Triple], subject: &str, relation: &str, object: &str) -> bool {
    let object = object.trim().to_lowercase();
    reached(facts, subject, relation)
        .iter()
        .any(|known| *known == object)
}

/// Everything of which `relation object` follows: the drinks, what is in the kitchen.
#[must_use]
pub fn subjects<'a>(facts: &'a [Triple], relation: &str, object: &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = facts.iter().map(|fact| fact.subject.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| holds(facts, name, relation, object));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Vec<Triple> {
        [
            ("latte", "is-a", "coffee"),
            ("Coffee", "is a", "drink"),
            ("juice", "is_a", "drink"),
            ("fridge", "located_in", "kitchen"),
            ("kitchen", "located_in", "flat"),
            ("juice", "located_in", "fridge"),
            ("orange juice", "is_a", "juice"),
            ("coffee", "price", "two euros"),
        ]
        .map(|(a, b, c)| Triple::new(a, b, c))
        .to_vec()
    }

    #[test]
    fn kinds_and_places_are_followed_along() {
        let facts = facts();
        assert!(holds(&facts, "Latte", IS_A, "drink"));
        assert!(!holds(&facts, "drink", IS_A, "latte"));
        assert_eq!(
            reached(&facts, "orange juice", LOCATED_IN),
            ["fridge", "kitchen", "flat"]
        );
        assert_eq!(
            subjects(&facts, IS_A, "drink"),
            ["coffee", "juice", "latte", "orange juice"]
        );
        assert_eq!(reached(&facts, "coffee", "price"), ["two euros"]);
        assert!(reached(&facts, "tea", IS_A).is_empty());
    }

    #[test]
    fn facts_that_run_in_a_circle_end() {
        let facts = [Triple::new("a", IS_A, "b"), Triple::new("b", IS_A, "a")];
        assert_eq!(reached(&facts, "a", IS_A), ["b"]);
    }
}
