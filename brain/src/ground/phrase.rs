//! Takes the words of a role apart: noun, colour, size, side, relation to something else, or a pronoun.
//!
//! In: the words, in English, Italian or Chinese. Out: a [`Phrase`]. Never: looks at what there is.

use crate::ground::lexicon;

/// The words of a role, taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Phrase {
    /// The words of the noun, in lower case, without article, colour, size and side.
    pub noun: Vec<String>,
    /// The same with colour and size, as names may hold them ("red room").
    pub full: Vec<String>,
    /// Colour, as the eyes call it.
    pub color: Option<&'static str>,
    /// Largest or smallest.
    pub size: Option<Size>,
    /// Which one by its side or distance.
    pub side: Option<Side>,
    /// Where it is, told by something else.
    pub relation: Option<(Relation, String)>,
    /// How many are meant.
    pub number: Number,
    /// A word that points back, or at somebody present.
    pub pronoun: Option<Pronoun>,
}

/// Size told by comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// "big".
    Large,
    /// "small".
    Small,
}

/// Side or distance as seen by the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Leftmost.
    Left,
    /// Rightmost.
    Right,
    /// Between the others.
    Middle,
    /// Nearest to the robot.
    Near,
    /// Farthest from the robot.
    Far,
}

/// Where something is, told by something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// On or in it.
    At,
    /// Near it.
    Near,
    /// Under, behind or before it: near is all that can be checked.
    Around,
    /// Left of it.
    LeftOf,
    /// Right of it.
    RightOf,
}

/// How many are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Number {
    /// "the cup".
    #[default]
    Definite,
    /// "a cup", "some cup": any will do.
    Any,
    /// "all cups", "how many cups".
    All,
    /// "the other cup".
    Other,
}

/// A word that points back, or at somebody present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pronoun {
    /// The thing spoken of last.
    It,
    /// One of the kind spoken of last.
    One,
    /// Who speaks.
    Me,
    /// The robot.
    You,
    /// The person spoken of last.
    Them,
    /// The place spoken of last.
    There,
    /// Where the robot is.
    Here,
}

const ARTICLES: &[&str] = &[
    "the", "my", "your", "his", "her", "our", "their", "its", "il", "lo", "la", "l", "i", "gli", "le", "mio",
    "mia", "tuo", "tua", "suo", "sua", "please", "that", "this", "those", "these", "quel", "quella",
    "quello", "questo", "questa", "which", "is", "are", "located", "side", "hand", "lato",
];
const ANY: &[&str] = &["a", "an", "some", "any", "another", "un", "uno", "una", "qualche"];
const ALL: &[&str] = &[
    "all", "every", "each", "many", "how", "tutti", "tutte", "quanti", "quante", "number",
];
const PREPOSITIONS: &[&str] = &[
    "to", "towards", "toward", "into", "onto", "from", "for", "of", "with", "at", "in", "on", "inside",
    "out", "off", "by", "through", "along", "after", "over", "around", "up", "down", "about", "a", "ad",
    "al", "alla", "allo", "all", "ai", "agli", "alle", "in", "nel", "nella", "nello", "nell", "nei", "nelle",
    "su", "sul", "sulla", "sullo", "sull", "sui", "sulle", "da", "dal", "dalla", "dallo", "dall", "di",
    "del", "della", "dello", "dell", "dei", "con", "per", "verso", "dentro", "sopra",
];

/// Relations of English and Italian, the longest first; each is followed by what it relates to.
const RELATIONS: &[(&[&str], Relation)] = &[
    (&["to", "the", "left", "of"], Relation::LeftOf),
    (&["on", "the", "left", "of"], Relation::LeftOf),
    (&["left", "of"], Relation::LeftOf),
    (&["a", "sinistra", "di"], Relation::LeftOf),
    (&["a", "sinistra", "del"], Relation::LeftOf),
    (&["a", "sinistra", "della"], Relation::LeftOf),
    (&["to", "the", "right", "of"], Relation::RightOf),
    (&["on", "the", "right", "of"], Relation::RightOf),
    (&["right", "of"], Relation::RightOf),
    (&["a", "destra", "di"], Relation::RightOf),
    (&["a", "destra", "del"], Relation::RightOf),
    (&["a", "destra", "della"], Relation::RightOf),
    (&["on", "top", "of"], Relation::At),
    (&["in", "front", "of"], Relation::Around),
    (&["nearest", "to"], Relation::Near),
    (&["closest", "to"], Relation::Near),
    (&["next", "to"], Relation::Near),
    (&["close", "to"], Relation::Near),
    (&["near", "to"], Relation::Near),
    (&["vicino"], Relation::Near),
    (&["accanto"], Relation::Near),
    (&["near"], Relation::Near),
    (&["beside"], Relation::Near),
    (&["by"], Relation::Near),
    (&["under"], Relation::Around),
    (&["below"], Relation::Around),
    (&["behind"], Relation::Around),
    (&["sotto"], Relation::Around),
    (&["dietro"], Relation::Around),
    (&["davanti"], Relation::Around),
    (&["on"], Relation::At),
    (&["in"], Relation::At),
    (&["inside"], Relation::At),
    (&["at"], Relation::At),
    (&["from"], Relation::At),
    (&["sopra"], Relation::At),
    (&["dentro"], Relation::At),
    (&["su"], Relation::At),
    (&["sul"], Relation::At),
    (&["sulla"], Relation::At),
    (&["sullo"], Relation::At),
    (&["sull"], Relation::At),
    (&["nel"], Relation::At),
    (&["nella"], Relation::At),
    (&["nello"], Relation::At),
    (&["nell"], Relation::At),
    (&["dal"], Relation::At),
    (&["dalla"], Relation::At),
];

const CHINESE_RELATIONS: &[(&str, Relation)] = &[
    ("左边", Relation::LeftOf),
    ("右边", Relation::RightOf),
    ("旁边", Relation::Near),
    ("附近", Relation::Near),
    ("下面", Relation::Around),
    ("后面", Relation::Around),
    ("前面", Relation::Around),
    ("上面", Relation::At),
    ("里面", Relation::At),
    ("上", Relation::At),
    ("里", Relation::At),
];

/// Words in lower case: cut at everything that is no letter or digit.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Takes the words of a role apart.
#[must_use]
pub fn phrase(text: &str) -> Phrase {
    if text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return chinese(text);
    }
    let mut words = words(text);
    // "near the table", "into the kitchen": a leading preposition tells the role, not the thing.
    loop {
        if let Some((relation, _)) = RELATIONS.iter().find(|(r, _)| r.len() > 1 && starts(&words, r))
            && words.len() > relation.len()
        {
            words.drain(..relation.len());
        } else if words.len() > 1
            && (PREPOSITIONS.contains(&words[0].as_str()) || is_near(&words[0]))
            && !side_follows(&words)
        {
            // "a" is an Italian preposition and an English article.
            if words[0] == "a" {
                break;
            }
            words.remove(0);
        } else {
            break;
        }
    }
    let mut phrase = Phrase::default();
    if let Some(pronoun) = pronoun(&words) {
        phrase.pronoun = Some(pronoun);
        return phrase;
    }
    let mut i = 0;
    while i < words.len() {
        if i > 0
            && let Some((relation, kind)) = RELATIONS.iter().find(|(r, _)| starts(&words[i..], r))
            && words.len() > i + relation.len()
            && !side_follows(&words[i..])
        {
            phrase.relation = Some((*kind, words[i + relation.len()..].join(" ")));
            break;
        }
        phrase.word(&words[i], i);
        i += 1;
    }
    phrase.settle();
    phrase
}

fn is_near(word: &str) -> bool {
    [
        "near", "beside", "behind", "under", "vicino", "accanto", "dietro", "sotto", "davanti",
    ]
    .contains(&word)
}

fn starts(words: &[String], with: &[&str]) -> bool {
    words.len() >= with.len() && words.iter().zip(with).all(|(a, b)| a == b)
}

/// "on the left", "a destra": the words go on with a side and nothing it would belong to.
fn side_follows(words: &[String]) -> bool {
    let rest: Vec<&str> = words
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|w| !ARTICLES.contains(w))
        .collect();
    matches!(rest.as_slice(), [one] if side(one).is_some())
}

fn side(word: &str) -> Option<Side> {
    Some(match word {
        "left" | "leftmost" | "sinistra" | "sinistro" => Side::Left,
        "right" | "rightmost" | "destra" | "destro" => Side::Right,
        "middle" | "center" | "centre" | "central" | "centro" | "mezzo" => Side::Middle,
        "nearest" | "closest" | "nearer" | "closer" => Side::Near,
        "farthest" | "furthest" | "farther" | "further" => Side::Far,
        _ => return None,
    })
}

fn size(word: &str) -> Option<Size> {
    Some(match word {
        "big" | "bigger" | "biggest" | "large" | "larger" | "largest" | "grande" | "grandi" => Size::Large,
        "small" | "smaller" | "smallest" | "little" | "tiny" | "piccolo" | "piccola" => Size::Small,
        _ => return None,
    })
}

fn pronoun(words: &[String]) -> Option<Pronoun> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        [
            "it" | "this" | "that" | "these" | "those" | "lo" | "la" | "li" | "le" | "questo" | "quello"
            | "questa" | "quella" | "esso",
        ] => Pronoun::It,
        ["me" | "us" | "myself" | "mi" | "i" | "noi" | "ci"] => Pronoun::Me,
        ["you" | "yourself" | "te" | "ti"] => Pronoun::You,
        ["him" | "her" | "them" | "lui" | "lei" | "gli" | "loro"] => Pronoun::Them,
        ["there" | "là" | "lì"] | ["over", "there"] => Pronoun::There,
        ["here" | "qui" | "qua"] | ["over", "here"] => Pronoun::Here,
        _ => return None,
    })
}

impl Phrase {
    fn word(&mut self, word: &str, position: usize) {
        if ALL.contains(&word) {
            self.number = Number::All;
        } else if word == "other" || word == "altro" || word == "altra" {
            self.number = Number::Other;
        } else if ANY.contains(&word) && position == 0 {
            self.number = Number::Any;
        } else if let Some(side) = side(word) {
            self.side = Some(side);
        } else if let Some(size) = size(word) {
            self.size = Some(size);
            self.full.push(word.to_owned());
        } else if let Some(color) = lexicon::color(word) {
            self.color = Some(color);
            self.full.push(word.to_owned());
        } else if !ARTICLES.contains(&word) && (position == 0 || !PREPOSITIONS.contains(&word)) {
            self.noun.push(word.to_owned());
            self.full.push(word.to_owned());
        }
    }

    /// "the orange" is a fruit, not a colour; "one" stands for the kind spoken of before.
    fn settle(&mut self) {
        if self.noun.is_empty() && self.full == ["orange"] {
            self.noun = std::mem::take(&mut self.full);
            self.full.clone_from(&self.noun);
            self.color = None;
        }
        self.noun.retain(|w| w != "ones");
        if self.noun.iter().any(|w| w == "one") && self.noun.len() == 1 {
            self.noun.clear();
        }
        let tells = self.color.is_some()
            || self.side.is_some()
            || self.size.is_some()
            || self.relation.is_some()
            || self.number == Number::Other;
        if self.noun.is_empty() && tells {
            self.pronoun = Some(Pronoun::One);
        }
    }
}

fn chinese(text: &str) -> Phrase {
    let mut phrase = Phrase::default();
    let mut text: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    for lead in [
        "请", "把", "将", "到", "去", "给", "往", "从", "在", "向", "跟着", "对",
    ] {
        if text.chars().count() > lead.chars().count()
            && let Some(rest) = text.strip_prefix(lead)
        {
            text = rest.to_owned();
        }
    }
    phrase.pronoun = match text.as_str() {
        "它" | "这个" | "那个" | "这" | "那" => Some(Pronoun::It),
        "我" | "我们" => Some(Pronoun::Me),
        "你" | "你自己" => Some(Pronoun::You),
        "他" | "她" | "他们" => Some(Pronoun::Them),
        "那里" | "那儿" => Some(Pronoun::There),
        "这里" | "这儿" => Some(Pronoun::Here),
        _ => None,
    };
    if phrase.pronoun.is_some() {
        return phrase;
    }
    for any in ["一个", "一只", "一杯", "一瓶", "一本"] {
        if let Some(rest) = text.strip_prefix(any) {
            phrase.number = Number::Any;
            text = rest.to_owned();
        }
    }
    for all in ["所有的", "所有", "多少个", "多少", "几个"] {
        if let Some(rest) = text.strip_prefix(all) {
            phrase.number = Number::All;
            text = rest.to_owned();
        }
    }
    let parts: Vec<String> = text.split('的').map(str::to_owned).collect();
    let (modifiers, noun) = parts.split_at(parts.len() - 1);
    let mut noun = noun.first().cloned().unwrap_or_default();
    for modifier in modifiers {
        let relation = CHINESE_RELATIONS
            .iter()
            .find_map(|(word, kind)| Some((*kind, modifier.strip_suffix(word)?)));
        match relation {
            Some((Relation::LeftOf, "")) => phrase.side = Some(Side::Left),
            Some((Relation::RightOf, "")) => phrase.side = Some(Side::Right),
            Some((kind, anchor)) if !anchor.is_empty() => phrase.relation = Some((kind, anchor.to_owned())),
            _ => noun = format!("{modifier}{noun}"),
        }
    }
    // "桌子上" as a goal: on the table.
    for (word, _) in CHINESE_RELATIONS {
        if let Some(rest) = noun.strip_suffix(word)
            && !rest.is_empty()
        {
            noun = rest.to_owned();
        }
    }
    phrase.full = vec![noun.clone()];
    for (word, name) in lexicon::chinese_colors() {
        if let Some(rest) = noun.strip_prefix(word) {
            phrase.color = Some(name);
            noun = rest.to_owned();
            break;
        }
    }
    for (word, size) in [("大", Size::Large), ("小", Size::Small)] {
        if noun.chars().count() > 2
            && let Some(rest) = noun.strip_prefix(word)
        {
            phrase.size = Some(size);
            noun = rest.to_owned();
        }
    }
    if noun.is_empty() {
        phrase.pronoun = Some(Pronoun::One);
    } else {
        phrase.noun = vec![noun];
    }
    phrase
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_taken_apart() {
        let check = |text: &str, expect: &str| {
            let p = phrase(text);
            let mut got = p.noun.join(" ");
            for part in [
                p.color.map(str::to_owned),
                p.size.map(|s| format!("{s:?}")),
                p.side.map(|s| format!("{s:?}")),
                p.relation.map(|(r, of)| format!("{r:?}({of})")),
                (p.number != Number::Definite).then(|| format!("{:?}", p.number)),
                p.pronoun.map(|p| format!("<{p:?}>")),
            ]
            .into_iter()
            .flatten()
            {
                got.push_str(" | ");
                got.push_str(&part);
            }
            assert_eq!(got, expect, "{text}");
        };
        check("to the kitchen", "kitchen");
        check("the red cup", "cup | red");
        check("the cup on the left", "cup | Left");
        check("the left cup", "cup | Left");
        check(
            "the cup on the table in the kitchen",
            "cup | At(the table in the kitchen)",
        );
        check("the mug next to the tv", "mug | Near(the tv)");
        check("the cup to the left of the bottle", "cup | LeftOf(the bottle)");
        check("next to the table", "table");
        check("on the table", "table");
        check("a bottle of water", "bottle water | Any");
        check("me", " | <Me>");
        check("to me", " | <Me>");
        check("it", " | <It>");
        check("the red one", " | red | <One>");
        check("the one on the left", " | Left | <One>");
        check("the other one", " | Other | <One>");
        check("the orange", "orange");
        check("an orange cup", "cup | orange | Any");
        check("over there", " | <There>");
        check("the living room", "living room");
        check("the biggest book", "book | Large");
        check("how many cups", "cups | All");
        check("la tazza rossa sul tavolo", "tazza | red | At(tavolo)");
        check("in cucina", "cucina");
        check("la tazza a sinistra", "tazza | Left");
        check("dell'acqua", "acqua");
        check("红色的杯子", "杯子 | red");
        check("桌子上的杯子", "杯子 | At(桌子)");
        check("左边的杯子", "杯子 | Left");
        check("去厨房", "厨房");
        check("我", " | <Me>");
    }
}
