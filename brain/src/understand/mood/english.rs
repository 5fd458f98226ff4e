//! English: which words forbid, suppose, tell or ask.

use super::Site;
use crate::reading::{Frame, Mood};
use crate::understand::words::Token;

/// Words that begin a new clause.
const BORDER: &[&str] = &["then", "but", "afterwards", "because", "so", "instead"];
/// Words that carry a negation on.
const OR: &[&str] = &["or", "nor"];
/// Words that may stand between a negation and its verb.
const BETWEEN: &[&str] = &[
    "want",
    "you",
    "to",
    "ever",
    "please",
    "go",
    "try",
    "even",
    "dare",
    "need",
    "have",
    "yourself",
    "robot",
    "start",
    "begin",
    "be",
    "going",
    "me",
    "anyone",
    "just",
    "simply",
    "allowed",
    "supposed",
    "should",
    "come",
    "keep",
    "now",
    "under",
    "any",
    "circumstances",
    "again",
    "think",
    "about",
    "really",
    "must",
    "may",
    "by",
    "of",
];
const SUBJECTS: &[&str] = &[
    "i",
    "he",
    "she",
    "we",
    "they",
    "i've",
    "he's",
    "she's",
    "we've",
    "they've",
    "i'd",
    "someone",
    "somebody",
    "everyone",
    "i'm",
    "we're",
    "they're",
    "i'll",
    "we'll",
    "he'll",
    "she'll",
    "they'll",
    "he'd",
    "she'd",
    "they'd",
    "we'd",
    "who",
    "nobody",
    "everybody",
    "anna",
    "mum",
    "mom",
    "dad",
];
const ADVERBS: &[&str] = &[
    "already",
    "just",
    "also",
    "once",
    "always",
    "usually",
    "often",
    "never",
    "almost",
    "nearly",
    "only",
    "then",
    "both",
    "all",
    "recently",
    "finally",
    "accidentally",
    "sometimes",
    "really",
];
const AUXILIARIES: &[&str] = &[
    "have", "has", "had", "was", "were", "been", "am", "being", "will", "would", "might", "must", "did",
    "going", "to", "got", "can", "could", "are", "is", "used", "should",
];
const INQUIRY: &[&str] = &[
    "check",
    "see",
    "know",
    "ask",
    "look",
    "verify",
    "wonder",
    "tell",
    "me",
    "out",
    "him",
    "her",
    "them",
    "sure",
    "control",
    "inspect",
    "say",
    "understand",
    "determine",
    "test",
    "confirm",
    "whether",
];
/// Past forms that are no imperative.
const PAST: &[&str] = &[
    "took", "taken", "brought", "went", "gone", "found", "gave", "given", "came", "left", "got", "held",
    "saw", "seen", "told", "said", "asked", "met", "led", "hung", "drove", "driven", "spoke", "sought",
    "caught", "fetched", "ran", "stood", "kept", "sent", "made", "laid", "lost", "threw", "thrown", "broke",
    "broken", "drank", "ate", "bought", "forgot",
];

fn past(verb: &str) -> bool {
    PAST.contains(&verb)
        || (verb.len() > 4 && verb.ends_with("ed") && !matches!(verb, "need" | "feed" | "speed" | "proceed"))
}

/// What the words say of the trigger's mood.
pub(super) fn mood(site: &Site<'_>) -> Option<Mood> {
    let clause = site.clause(BORDER);
    reminded(site, clause)
        .or_else(|| negated(site, clause))
        .or_else(|| supposed(site, clause))
        .or_else(|| asked(site, clause))
        .or_else(|| told(site, clause))
}

/// "don't forget to close the door" asks for it.
fn reminded(site: &Site<'_>, clause: usize) -> Option<Mood> {
    const FORGET: &[&[&str]] = &[
        &["don't", "forget", "to"],
        &["not", "forget", "to"],
        &["never", "forget", "to"],
        &["don't", "hesitate", "to"],
        &["not", "fail", "to"],
        &["don't", "fail", "to"],
    ];
    if courteous(site.tokens) {
        return Some(Mood::Command);
    }
    FORGET
        .iter()
        .any(|phrase| site.earlier(clause, phrase).is_some())
        .then_some(Mood::Command)
}

/// "it would be nice if you could…" asks for it.
pub(super) fn courteous(tokens: &[Token]) -> bool {
    const KIND: &[&str] = &[
        "nice",
        "great",
        "good",
        "lovely",
        "kind",
        "helpful",
        "wonderful",
        "fantastic",
        "grateful",
        "appreciate",
        "happy",
        "glad",
        "perfect",
        "awesome",
    ];
    let words: Vec<&str> = tokens
        .iter()
        .filter(|token| !token.is_mark())
        .map(|token| token.text.as_str())
        .collect();
    let at = words
        .windows(3)
        .position(|three| matches!(three, ["if", "you", "could" | "would" | "can"]));
    let Some(before) = at.map(|at| &words[at.saturating_sub(6)..at]) else {
        return false;
    };
    let would = |word: &&str| matches!(*word, "would" | "it'd" | "i'd" | "we'd" | "be");
    before.iter().any(would) && before.iter().any(|word| KIND.contains(word)) && !before.contains(&"what")
}

fn negated(site: &Site<'_>, clause: usize) -> Option<Mood> {
    let t = site.trigger.start;
    let mut at = t;
    while at > clause {
        at -= 1;
        let word = site.word(at);
        let before = at.checked_sub(1).map_or("", |n| site.word(n));
        let after = site.word(at + 1);
        match word {
            // "why don't you…", "can't you…" ask for it.
            "don't" | "dont" | "not" if before == "why" => return Some(Mood::Command),
            "can't" | "couldn't" | "won't" | "wouldn't" if after == "you" && !SUBJECTS.contains(&before) => {
                return Some(Mood::Command);
            }
            "never" if after == "mind" => return None,
            "don't" | "dont" | "don" | "never" | "mustn't" | "shouldn't" | "needn't" | "doesn't"
            | "didn't" | "cannot" | "can't" | "couldn't" | "won't" | "wouldn't" | "isn't" | "aren't" => {
                return Some(Mood::Prohibition);
            }
            "not" => {
                let harmless = matches!(before, "or" | "if" | "why" | "whether");
                return (!harmless).then_some(Mood::Prohibition);
            }
            "without" | "avoid" | "stop" | "quit" | "cease" | "refrain" | "from" => {
                let right = match word {
                    "refrain" => true,
                    "from" => matches!(before, "refrain" | "yourself" | "you" | "keep"),
                    // "stop and take", "stop here, take" are two commands.
                    _ => site.verb().ends_with("ing"),
                };
                return (right && at + 1 >= t.saturating_sub(1)).then_some(Mood::Prohibition);
            }
            "of" | "than" if matches!(before, "instead" | "rather") => return Some(Mood::Prohibition),
            "no" if at + 1 == t && site.verb().ends_with("ing") => return Some(Mood::Prohibition),
            "and" if at > clause && matches!(before, "go" | "try" | "come") => {}
            "or" | "nor" => return site.spread(OR, BORDER),
            _ if BETWEEN.contains(&word) => {}
            _ => break,
        }
    }
    // "don't touch the vase or move it"
    site.spread(OR, BORDER)
}

fn supposed(site: &Site<'_>, clause: usize) -> Option<Mood> {
    const WHAT_IF: &[&[&str]] = &[
        &["what", "happens", "if"],
        &["what", "happens", "when"],
        &["what", "would", "happen"],
        &["what", "will", "happen"],
        &["what", "if"],
        &["what", "happened"],
        &["how", "would"],
        &["what", "would", "you", "do"],
        &["what", "would", "be"],
        &["what", "do", "you", "do", "if"],
        &["what", "could", "happen"],
        &["what's", "going", "to", "happen"],
    ];
    if WHAT_IF.iter().any(|phrase| site.earlier(0, phrase).is_some()) {
        return Some(Mood::Hypothesis);
    }
    const SUPPOSE: &[&[&str]] = &[
        &["suppose"],
        &["supposing"],
        &["imagine"],
        &["assume"],
        &["assuming"],
        &["let's", "say"],
        &["hypothetically"],
        &["in", "theory"],
        &["pretend"],
        &["wish"],
        &["if", "only"],
    ];
    if SUPPOSE.iter().any(|phrase| site.earlier(0, phrase).is_some()) {
        return Some(Mood::Hypothesis);
    }
    let (at, _) = site
        .earlier(clause, &["if"])
        .or_else(|| site.earlier(clause, &["unless"]))?;
    if at > 0 && INQUIRY.contains(&site.word(at - 1)) {
        return None;
    }
    // "if you drop it", "if he takes it": the verb right behind its subject. What comes later may be the command.
    let between: Vec<&str> = (at + 1..site.trigger.start)
        .map(|n| site.word(n))
        .filter(|w| !ADVERBS.contains(w))
        .collect();
    let subject = |word: &str| {
        matches!(
            word,
            "you" | "it" | "i" | "he" | "she" | "we" | "they" | "anyone" | "someone"
        )
    };
    match between.as_slice() {
        [one] if subject(one) => Some(Mood::Hypothesis),
        [one, aux]
            if subject(one) && matches!(*aux, "did" | "ever" | "had" | "should" | "don't" | "didn't") =>
        {
            Some(Mood::Hypothesis)
        }
        [one, "were", "to"] if subject(one) => Some(Mood::Hypothesis),
        ["i", "told" | "asked" | "ordered", "you", "to"] => Some(Mood::Hypothesis),
        _ => None,
    }
}

fn asked(site: &Site<'_>, clause: usize) -> Option<Mood> {
    let t = site.trigger.start;
    let words: Vec<&str> = (clause..t)
        .map(|n| site.word(n))
        .filter(|w| !ADVERBS.contains(w))
        .collect();
    let mut words = words.as_slice();
    while let [first, rest @ ..] = words
        && matches!(
            *first,
            "hey" | "robot" | "so" | "and" | "well" | "uh" | "um" | "please" | "ok" | "okay" | "hi" | "hello"
        )
    {
        words = rest;
    }
    let person = |word: &str| matches!(word, "i" | "we" | "he" | "she" | "they" | "anyone" | "someone");
    match words {
        ["let", "me" | "us"] if !matches!(site.verb(), "have" | "know" | "see" | "go") => Some(Mood::Report),
        ["can" | "could", "you", "actually" | "even", ..] => Some(Mood::Question),
        // "should I take the cup", but "could I have a coffee" asks for it.
        [
            "can" | "could" | "may" | "should" | "shall" | "must" | "do" | "would" | "will",
            who,
            ..,
        ] if person(who) && words.len() <= 3 && !matches!(site.verb(), "have" | "get" | "ask") => {
            Some(Mood::Question)
        }
        ["did" | "had" | "have" | "has" | "were" | "was", ..] if words.len() >= 2 && words.len() <= 4 => {
            (site.verb() != "seen" && !copula(site)).then_some(Mood::Question)
        }
        ["are" | "aren't", "you", ..] if words.len() <= 3 && site.verb().ends_with("ing") => {
            Some(Mood::Question)
        }
        [
            "do" | "don't",
            "you",
            "ever" | "like" | "usually" | "often" | "always" | "want",
            ..,
        ] => Some(Mood::Question),
        ["do", "you"] => Some(Mood::Question),
        [
            "how",
            "do" | "can" | "could" | "should" | "would" | "to" | "did" | "does" | "is",
            ..,
        ] => Some(Mood::Question),
        ["why", second, ..] if !matches!(*second, "don't" | "not") => Some(Mood::Question),
        ["why"] => Some(Mood::Question),
        [
            "when" | "where" | "what" | "who" | "which",
            "did" | "do" | "does" | "will" | "should" | "have" | "has",
            ..,
        ] => (!copula(site)).then_some(Mood::Question),
        ["who"] if past(site.verb()) || matches!(site.verb(), "put") => Some(Mood::Question),
        _ => None,
    }
}

fn copula(site: &Site<'_>) -> bool {
    matches!(
        site.frame,
        Frame::BeingLocated | Frame::BeingInCategory | Frame::Counting | Frame::Questioning
    )
}

fn told(site: &Site<'_>, clause: usize) -> Option<Mood> {
    if copula(site) {
        return None;
    }
    let t = site.trigger.start;
    let mut at = t;
    let mut helped = false;
    while at > clause && (ADVERBS.contains(&site.word(at - 1)) || AUXILIARIES.contains(&site.word(at - 1))) {
        at -= 1;
        helped |= AUXILIARIES.contains(&site.word(at));
    }
    let subject = if at > clause { site.word(at - 1) } else { "" };
    let inverted = at >= clause + 2 && AUXILIARIES.contains(&site.word(at - 2))
        || (at >= 2 && site.word(at - 2) == "do");
    // "I took", "she has brought", "we will go", "I'm going to take"; not "so that I can", "the cup I want".
    let relative = at >= clause + 2 && {
        let word = site.word(at - 2);
        !matches!(
            word,
            "and"
                | "robot"
                | "hey"
                | "yesterday"
                | "today"
                | "earlier"
                | "yes"
                | "no"
                | "when"
                | "well"
                | "morning"
        )
    };
    if SUBJECTS.contains(&subject)
        && subject != "who"
        && !inverted
        && !relative
        && !(helped && site.word(at) == "to")
    {
        return Some(Mood::Report);
    }
    if past(site.verb()) && !relative {
        // "you brought me the wrong cup"; "Anna put…" only with a past form.
        if subject == "you" && !inverted {
            return Some(Mood::Report);
        }
        if helped && matches!(site.word(at), "have" | "has" | "had" | "did") {
            return Some(Mood::Report);
        }
    }
    let yesterday = [
        &["yesterday"][..],
        &["last", "night"],
        &["last", "week"],
        &["ago"],
        &["this", "morning"],
        &["earlier"],
    ];
    let dated = yesterday
        .iter()
        .any(|phrase| (0..site.tokens.len()).any(|n| site.at(n, phrase)));
    let first = t == clause
        || (clause..t).all(|n| matches!(site.word(n), "please" | "robot" | "hey" | "and" | "now" | "just"));
    if dated && !first && !helped && !matches!(subject, "you" | "to" | "and") {
        let named = at > clause && (past(site.verb()) || site.verb() == "put") && !relative_head(site, at);
        return named.then_some(Mood::Report);
    }
    None
}

/// Whether the word before the verb belongs to a thing, as in "bring me the book Anna bought".
fn relative_head(site: &Site<'_>, at: usize) -> bool {
    site.before.is_some() && at >= 2
}

/// What the beginning of a text without tasks says.
pub(super) fn of_text(words: &[&str]) -> Option<Mood> {
    let words = match words {
        [
            "please" | "hey" | "robot" | "ok" | "okay" | "so" | "and",
            rest @ ..,
        ] => rest,
        all => all,
    };
    match words {
        ["never", "mind", ..] => None,
        ["don't", "worry" | "know" | "care" | "mind", ..] => None,
        ["don't" | "never" | "dont", ..] | ["do" | "please", "not", ..] => Some(Mood::Prohibition),
        ["what", "if", ..] | ["what", "happens" | "would" | "will", ..] => Some(Mood::Hypothesis),
        ["if", ..] | ["suppose" | "imagine" | "assume", ..] => Some(Mood::Hypothesis),
        [subject, verb, ..] if SUBJECTS.contains(subject) && past(verb) => Some(Mood::Report),
        [subject, "have" | "has" | "had" | "already", verb, ..]
            if SUBJECTS.contains(subject) && past(verb) =>
        {
            Some(Mood::Report)
        }
        _ => None,
    }
}
