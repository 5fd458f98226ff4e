//! The words that begin a condition in English, Italian and Mandarin, and those that look like one.

use crate::reading::{Role, Under};
use crate::understand::words::Token;

/// What begins a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) under: Under,
    /// It stands behind what it says ("…的时候").
    pub(super) follows: bool,
}

type Phrases = &'static [&'static [&'static str]];

/// What one language says about conditions.
pub(super) struct Words {
    /// Markers, the longer ones first.
    markers: &'static [(&'static [&'static str], Under)],
    /// Markers behind their condition.
    following: Phrases,
    /// Words behind which "if" and "when" begin a question that is part of a task ("check if").
    inquiry: &'static [&'static str],
    /// What follows the marker where it is politeness ("if you can").
    courtesy: Phrases,
    /// What follows the marker where it only tells the order ("when you get there").
    order: Phrases,
    /// Words that end a condition.
    pub(super) then: &'static [&'static str],
    /// Words between a condition and its task that belong to neither.
    pub(super) leads: &'static [&'static str],
    /// Ways to say that something is seen, behind the marker.
    sees: Phrases,
    /// Words that end the name of what is seen.
    trails: &'static [&'static str],
    /// Words that begin no name: "if you see that …".
    pub(super) opens_clause: &'static [&'static str],
}

/// Roles whose words are the task's own, whatever is in them.
pub(super) fn speaks(role: &Role) -> bool {
    matches!(
        role,
        Role::Message | Role::Topic | Role::DesiredState | Role::Ground | Role::Purpose | Role::Category
    )
}

fn stands(tokens: &[Token], at: usize, phrase: &[&str]) -> bool {
    phrase.len() <= tokens.len().saturating_sub(at)
        && phrase
            .iter()
            .zip(&tokens[at..])
            .all(|(word, token)| token.text == *word)
}

impl Words {
    /// The marker at word `at`, and the first word behind it.
    pub(super) fn marker(&self, tokens: &[Token], at: usize) -> Option<(Marker, usize)> {
        let found = self
            .markers
            .iter()
            .find(|(phrase, _)| stands(tokens, at, phrase))
            .map(|(phrase, under)| (*under, false, phrase.len()))
            .or_else(|| {
                let behind = self.following.iter().find(|phrase| stands(tokens, at, phrase))?;
                (at > 0).then_some((Under::When, true, behind.len()))
            });
        let (under, follows, size) = found?;
        (at + size <= tokens.len()).then_some((Marker { under, follows }, at + size))
    }

    /// "check if", "tell me when": a question within a task.
    pub(super) fn embedded(&self, tokens: &[Token], at: usize, marker: Marker) -> bool {
        const AUXILIARIES: &[&str] = &[
            "is", "are", "was", "were", "did", "do", "does", "will", "should", "can", "è", "sono", "hai",
        ];
        let asks = at == 0
            && marker.under == Under::When
            && tokens
                .get(at + 1)
                .is_some_and(|next| AUXILIARIES.contains(&next.text.as_str()));
        let before = at.checked_sub(1).map(|n| tokens[n].text.as_str());
        let inquires = matches!(marker.under, Under::If | Under::When)
            && !marker.follows
            && before.is_some_and(|word| self.inquiry.contains(&word));
        asks || inquires
    }

    /// "if you can", "when you have time".
    pub(super) fn courtesy(&self, tokens: &[Token], at: usize, inside: usize) -> bool {
        // What stands behind its marker is looked at from the front.
        let from = if self.following.iter().any(|phrase| stands(tokens, at, phrase)) {
            (0..at).rev().find(|&n| tokens[n].is_mark()).map_or(0, |n| n + 1)
        } else {
            inside
        };
        // "如果方便的话" begins with a marker, too.
        let first = self
            .markers
            .iter()
            .find(|(phrase, _)| stands(tokens, from, phrase));
        let from = from + first.map_or(0, |(phrase, _)| phrase.len());
        self.courtesy.iter().any(|phrase| stands(tokens, from, phrase))
    }

    /// "…, and when you get there …": what comes next, not whether.
    pub(super) fn follows_on(&self, tokens: &[Token], at: usize, inside: usize) -> bool {
        let ordered = tokens[at].text != "unless" && tokens[at].text != "until";
        ordered && self.order.iter().any(|phrase| stands(tokens, inside, phrase))
    }

    /// First word of what is seen.
    pub(super) fn sees(&self, tokens: &[Token], from: usize, end: usize) -> Option<usize> {
        let phrase = self.sees.iter().find(|phrase| stands(tokens, from, phrase))?;
        let at = from + phrase.len();
        (at < end).then_some(at)
    }

    /// "tell her and then come back": the "then" at word `at` joins two tasks and ends no condition.
    pub(super) fn joined(&self, tokens: &[Token], at: usize) -> bool {
        at > 0 && matches!(tokens[at - 1].text.as_str(), "and" | "e")
    }

    /// Whether the name of what is seen ends before word `at`.
    pub(super) fn trails(&self, tokens: &[Token], at: usize) -> bool {
        tokens[at].is_mark() || self.trails.contains(&tokens[at].text.as_str())
    }
}

/// The words of a language; English where it is none of the three.
pub(super) fn of(lang: &str) -> &'static Words {
    match lang {
        "it" => &ITALIAN,
        "zh" => &CHINESE,
        _ => &ENGLISH,
    }
}

const ENGLISH: Words = Words {
    markers: &[
        (&["only", "if"], Under::If),
        (&["even", "if"], Under::If),
        (&["if"], Under::If),
        (&["in", "case"], Under::If),
        (&["provided"], Under::If),
        (&["as", "long", "as"], Under::If),
        (&["as", "soon", "as"], Under::When),
        (&["whenever"], Under::When),
        (&["when"], Under::When),
        (&["once", "you"], Under::When),
        (&["once", "i"], Under::When),
        (&["once", "he"], Under::When),
        (&["once", "she"], Under::When),
        (&["once", "it"], Under::When),
        (&["once", "they"], Under::When),
        (&["once", "we"], Under::When),
        (&["once", "the"], Under::When),
        (&["once", "everybody"], Under::When),
        (&["once", "everyone"], Under::When),
        (&["after", "i"], Under::When),
        (&["after", "he"], Under::When),
        (&["after", "she"], Under::When),
        (&["after", "they"], Under::When),
        (&["after", "everybody"], Under::When),
        (&["after", "everyone"], Under::When),
        (&["unless"], Under::Unless),
        (&["otherwise"], Under::Unless),
        (&["or", "else"], Under::Unless),
        (&["until"], Under::Until),
        (&["till"], Under::Until),
    ],
    following: &[],
    inquiry: &[
        "check",
        "see",
        "know",
        "ask",
        "look",
        "verify",
        "wonder",
        "out",
        "me",
        "him",
        "her",
        "them",
        "us",
        "sure",
        "inspect",
        "say",
        "tell",
        "understand",
        "determine",
        "test",
        "confirm",
        "what",
        "remember",
        "happens",
        "happen",
        "as",
    ],
    courtesy: &[
        &["you", "can"],
        &["you", "could"],
        &["you", "would"],
        &["you", "may"],
        &["you", "don't", "mind"],
        &["you", "do", "not", "mind"],
        &["you", "please"],
        &["you", "like"],
        &["you", "want"],
        &["you", "wish"],
        &["you", "have", "time"],
        &["you", "have", "a", "moment"],
        &["you", "have", "a", "minute"],
        &["you", "get", "a", "chance"],
        &["you", "get", "a", "moment"],
        &["you", "are", "free"],
        &["you're", "free"],
        &["possible"],
        &["it", "is", "possible"],
        &["it's", "possible"],
        &["it", "is", "ok"],
        &["necessary"],
        &["so"],
    ],
    order: &[
        &["you", "get"],
        &["you", "are"],
        &["you're"],
        &["you", "arrive"],
        &["you", "reach"],
        &["you", "come"],
        &["you", "have", "it"],
        &["you", "have", "them"],
        &["you", "have", "found"],
        &["you", "find", "it"],
        &["you", "find", "them"],
        &["you", "find", "him"],
        &["you", "find", "her"],
        &["you", "see", "it"],
        &["you", "see", "him"],
        &["you", "see", "her"],
        &["you", "see", "them"],
        &["you", "finish"],
        &["there"],
        &["get", "there"],
        &["are", "there"],
        &["arrive"],
        &["done"],
        &["finished"],
    ],
    then: &["then"],
    leads: &["then", "please", "and", "robot", "just", "you", "could", "can"],
    sees: &[
        &["you", "see"],
        &["you", "find"],
        &["you", "meet"],
        &["you", "spot"],
        &["you", "notice"],
        &["you", "encounter"],
        &["you", "run", "into"],
        &["you", "come", "across"],
        &["you", "happen", "to", "see"],
        &["you", "ever", "see"],
        &["you", "should", "see"],
        &["you", "can", "see"],
        &["there's"],
        &["there", "is"],
        &["there", "are"],
    ],
    trails: &["then", "please", "and", "or", "who", "that", "which"],
    opens_clause: &[
        "that", "how", "if", "whether", "no", "nobody", "nothing", "any", "anything", "someone", "somebody",
        "anyone", "anybody", "it", "him", "her", "them", "what",
    ],
};

const ITALIAN: Words = Words {
    markers: &[
        (&["solo", "se"], Under::If),
        (&["anche", "se"], Under::If),
        (&["se"], Under::If),
        (&["qualora"], Under::If),
        (&["nel", "caso"], Under::If),
        (&["purché"], Under::If),
        (&["non", "appena"], Under::When),
        (&["appena"], Under::When),
        (&["una", "volta", "che"], Under::When),
        (&["dopo", "che"], Under::When),
        (&["quando"], Under::When),
        (&["a", "meno", "che"], Under::Unless),
        (&["altrimenti"], Under::Unless),
        (&["fino", "a", "quando"], Under::Until),
        (&["fin", "quando"], Under::Until),
        (&["finché"], Under::Until),
        (&["finche"], Under::Until),
    ],
    following: &[],
    inquiry: &[
        "controlla",
        "controllare",
        "verifica",
        "verificare",
        "guarda",
        "guardare",
        "vedi",
        "vedere",
        "dimmi",
        "dirmi",
        "chiedi",
        "chiedigli",
        "chiedile",
        "chiedere",
        "sai",
        "sapere",
        "ispeziona",
        "digli",
        "dille",
        "capire",
        "succede",
        "succederebbe",
        "come",
        "da",
    ],
    courtesy: &[
        &["puoi"],
        &["potresti"],
        &["vuoi"],
        &["riesci"],
        &["non", "ti", "dispiace"],
        &["ti", "va"],
        &["hai", "tempo"],
        &["hai", "un", "momento"],
        &["possibile"],
        &["è", "possibile"],
        &["sei", "libero"],
    ],
    order: &[
        &["arrivi"],
        &["sei", "lì"],
        &["sei", "arrivato"],
        &["sei", "là"],
        &["lo", "trovi"],
        &["la", "trovi"],
        &["li", "trovi"],
        &["le", "trovi"],
        &["lo", "vedi"],
        &["la", "vedi"],
        &["hai", "finito"],
        &["torni"],
    ],
    then: &["allora"],
    leads: &["allora", "e", "per", "favore", "robot", "puoi", "potresti"],
    sees: &[
        &["vedi"],
        &["trovi"],
        &["incontri"],
        &["incroci"],
        &["noti"],
        &["tu", "vedi"],
        &["tu", "trovi"],
        &["dovessi", "vedere"],
        &["dovessi", "trovare"],
        &["c'è"],
        &["c'", "è"],
        &["ci", "sono"],
    ],
    trails: &["allora", "e", "che", "per"],
    opens_clause: &[
        "che", "se", "come", "nessuno", "niente", "qualcuno", "qualcosa", "lo", "la", "li", "le",
    ],
};

const CHINESE: Words = Words {
    markers: &[
        (&["如", "果"], Under::If),
        (&["要", "是"], Under::If),
        (&["假", "如"], Under::If),
        (&["假", "使"], Under::If),
        (&["倘", "若"], Under::If),
        (&["万", "一"], Under::If),
        (&["只", "要"], Under::If),
        (&["若"], Under::If),
        (&["一", "旦"], Under::When),
        (&["每", "当"], Under::When),
        (&["当"], Under::When),
        (&["除", "非"], Under::Unless),
        (&["否", "则"], Under::Unless),
        (&["不", "然"], Under::Unless),
        (&["直", "到"], Under::Until),
    ],
    following: &[
        &["的", "时", "候"],
        &["之", "后", "就"],
        &["以", "后", "就"],
        &["了", "就"],
        &["了", "再"],
        &["的", "话"],
    ],
    inquiry: &["知", "问", "问", "看"],
    courtesy: &[
        &["可", "以"],
        &["你", "可", "以"],
        &["方", "便"],
        &["你", "方", "便"],
        &["能"],
        &["你", "能"],
        &["你", "愿", "意"],
        &["你", "有", "空"],
        &["有", "空"],
        &["有", "时", "间"],
        &["行"],
    ],
    order: &[
        &["到", "了"],
        &["你", "到"],
        &["找", "到", "它"],
        &["找", "到", "他"],
        &["找", "到", "她"],
    ],
    then: &["就"],
    leads: &["就", "请", "再", "你", "那", "么"],
    sees: &[
        &["你", "看", "到", "了"],
        &["你", "看", "到"],
        &["你", "看", "见"],
        &["你", "见", "到"],
        &["你", "找", "到"],
        &["你", "遇", "到"],
        &["你", "碰", "到"],
        &["你", "发", "现"],
        &["看", "到", "了"],
        &["看", "到"],
        &["看", "见"],
        &["见", "到"],
        &["找", "到"],
        &["遇", "到"],
        &["碰", "到"],
        &["发", "现"],
    ],
    trails: &["就", "的", "请", "时"],
    opens_clause: &["它", "他", "她", "有", "没", "是"],
};
