//! Short utterances that live from what was said before: yes, no, never mind, the left one, put it back, say that again.
//!
//! Input: the words, the question that waits for an answer (if one does), and the model's acts. Output: a [`Move`]. Exact
//! phrases count alone; the model's acts count where no phrase fits. Which thing "the other one" is, and what "it" was,
//! is for whoever remembers the dialogue.

use super::Open;
use super::words::{Token, is_han, tokens};
use crate::reading::{Act, Span};

/// What a short utterance does in the dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which act.
    pub act: Act,
    /// Which of the offered choices, where one is meant.
    pub choice: Option<u32>,
    /// The words that name a thing ("the other one", "the blue cup"), where some do.
    pub named: Option<Span>,
}

/// Phrases that are an act by themselves, without marks, in lower case.
const PHRASES: &[(Act, &str)] = &[
    (
        Act::Confirm,
        "yes|yeah|yep|yup|yea|ya|ok|okay|sure|of course|correct|right|exactly|that's right|that is right|that's correct",
    ),
    (
        Act::Confirm,
        "that is correct|go ahead|do it|please do|affirmative|sounds good|absolutely|definitely|fine|alright|all right",
    ),
    (
        Act::Confirm,
        "yes do it|yes go ahead|yes i do|yes i am|yes it is|yes that's right|yes that is right|sure go ahead|ok go ahead|ok do it",
    ),
    (
        Act::Confirm,
        "yes you can|yes you may|you may|i do|i confirm|confirm|confirmed|yes please do|why not|by all means|that's it|yes exactly|yes correct|yes sure|yes of course|yes ok|ok yes|yes yes|uh huh|mhm",
    ),
    (
        Act::Confirm,
        "sì|si|certo|certamente|va bene|esatto|giusto|procedi|fallo|confermo|d'accordo|perfetto|ok va bene|sì certo|sì fallo|sì va bene|certo che sì|vai pure|corretto|proprio così|sì esatto",
    ),
    (
        Act::Confirm,
        "是|是的|对|对的|好|好的|可以|行|嗯|没错|确定|确认|当然|好啊|可以的|去吧|好吧|正确|没问题|对没错|对对|对啊|是啊|行啊|嗯嗯|就这样|当然可以",
    ),
    (
        Act::Deny,
        "no|nope|nah|no thanks|no thank you|wrong|that's wrong|that is wrong|not that|negative|don't|do not|don't do it|don't do that",
    ),
    (
        Act::Deny,
        "no way|of course not|certainly not|i don't think so|not really|no don't|no do not|no i don't|no it isn't|no you may not|no that's wrong|no no|absolutely not|incorrect|not now|no it's not|do not do it|no that is not right|that's not right|please don't",
    ),
    (
        Act::Deny,
        "no grazie|sbagliato|per niente|assolutamente no|non farlo|certo che no|no non farlo|no no|direi di no|non è giusto|non va bene",
    ),
    (
        Act::Deny,
        "不|不是|不对|不行|不用|不了|不可以|没有|错了|不用了|不好|不是的|不要|不谢谢|别这样|不不|当然不",
    ),
    (
        Act::Cancel,
        "never mind|nevermind|cancel|cancel that|cancel it|forget it|forget that|forget about it|leave it|call it off|scratch that",
    ),
    (
        Act::Cancel,
        "don't bother|it doesn't matter|doesn't matter|cancel the task|cancel the command|cancel the order|drop the task|no never mind|no cancel|cancel everything|forget what i said|no forget it|cancel please|i changed my mind|abort mission",
    ),
    (
        Act::Cancel,
        "annulla|lascia stare|lascia perdere|non importa|niente|fa niente|non fa niente|cancella|annulla tutto|no lascia stare|come non detto|annulla il comando|ho cambiato idea|lascia stare grazie",
    ),
    (
        Act::Cancel,
        "算了|取消|没事了|不要了|当我没说|取消吧|算了吧|不用管了|取消任务|取消命令|别管了|没关系了",
    ),
    (
        Act::Undo,
        "undo|undo that|undo it|undo the last command|put it back|put that back|put them back|put it back where it was|take it back|bring it back",
    ),
    (
        Act::Undo,
        "put it back where you found it|revert|revert that|put it back please|no put it back|put it where it was|put it back there|undo the last action",
    ),
    (
        Act::Undo,
        "rimettilo a posto|rimettila a posto|rimettilo dov'era|rimettila dov'era|annulla l'ultimo comando|rimetti a posto|riportalo indietro|riportala indietro|rimettilo dove era|rimettili a posto",
    ),
    (
        Act::Undo,
        "放回去|放回原处|撤销|把它放回去|放回原位|还原|把它放回原处|放回原来的地方|把它放回原位|撤销上一步",
    ),
    (
        Act::Repeat,
        "say that again|repeat|repeat that|say it again|what did you say|pardon|come again|can you repeat that|could you repeat that|say again",
    ),
    (
        Act::Repeat,
        "i didn't hear you|i didn't hear that|once more please|repeat please|sorry what|what was that|can you say that again|could you say that again|please repeat|pardon me|excuse me what did you say|can you repeat|repeat what you said|what was that again|i did not hear you|could you repeat",
    ),
    (
        Act::Repeat,
        "ripeti|puoi ripetere|come hai detto|cosa hai detto|dillo di nuovo|non ho capito|ripeti per favore|puoi ripeterlo|potresti ripetere|ripetilo|come scusa|non ho sentito|che hai detto",
    ),
    (
        Act::Repeat,
        "再说一遍|再说一次|重复一遍|你说什么|请重复|你刚才说什么|再讲一遍|能再说一遍吗|我没听清|请再说一遍|没听清楚|可以再说一遍吗",
    ),
    (
        Act::Correct,
        "the other one|not that one|not this one|wrong one|the wrong one|that's the wrong one|that is the wrong one|no the other one|no not that one|not that one the other one",
    ),
    (
        Act::Correct,
        "no the other|the other|no that's not it|no not that|no the other one please|that's not what i meant|that's not what i said|no that's not what i meant|not the one i meant|no wrong one|no this one|no that one",
    ),
    (
        Act::Correct,
        "l'altro|l'altra|quell'altro|quell'altra|no l'altro|no l'altra|non quello|non quella|non questo|non questa|no non quello|no non quella|no quell'altro|no quell'altra|non è quello",
    ),
    (
        Act::Correct,
        "另一个|不是这个|不是那个|不另一个|另外一个|不是这个是另一个|不是那个是另一个|不是另一个|错了另一个|不对另一个",
    ),
];
/// Words that change nothing.
const FILLER: &[&str] = &[
    "please", "uh", "um", "uhm", "er", "hmm", "well", "oh", "robot", "thanks", "thank", "you", "hey", "so",
    "grazie", "per", "favore", "ehm", "beh", "ah", "coact", "actually", "sorry", "scusa",
];
/// Words that name things without being the thing: determiners and the like.
const GRAMMAR: &[&str] = &[
    "the", "a", "an", "one", "ones", "of", "that", "this", "i", "mean", "meant", "no", "yes", "on", "in",
    "to", "it", "is", "with", "and", "take", "want", "at", "il", "la", "lo", "i", "gli", "le", "un", "una",
    "quello", "quella", "di", "a", "sul", "sulla", "的", "那", "个", "这", "是", "要", "把", "在", "上",
    "please", "than", "del", "della", "my", "cup's",
];

/// The dialogue act of `text`, where it is one. `model` is the model's act and its probability.
#[must_use]
pub fn dialogue(text: &str, open: Option<Open<'_>>, model: Option<(Act, f32)>) -> Option<Move> {
    let all = tokens(text);
    let words: Vec<&Token> = all.iter().filter(|token| !token.is_mark()).collect();
    if words.is_empty() || words.len() > 14 {
        return None;
    }
    let bare = stripped(&words);
    if let Some(open) = open
        && let Some(found) = answer(&bare, open)
    {
        return Some(found);
    }
    if let Some(act) = phrase(&bare).or_else(|| phrase(&words)) {
        let named = (act == Act::Correct).then(|| behind_no(&words)).flatten();
        return Some(Move {
            act,
            choice: None,
            named,
        });
    }
    if let Some(found) = correction(&words) {
        return Some(found);
    }
    let (act, p) = model?;
    let talk = matches!(
        act,
        Act::Confirm | Act::Deny | Act::Cancel | Act::Correct | Act::Undo | Act::Repeat | Act::Choose
    );
    (talk && p > 0.6).then(|| Move {
        act,
        choice: None,
        named: if matches!(act, Act::Correct | Act::Choose) {
            behind_no(&words)
        } else {
            None
        },
    })
}

/// "do it again", "rifallo", "再做一次": the command before once more.
#[must_use]
pub fn again(text: &str) -> bool {
    const SAID: &[&str] = &[
        "do it again",
        "do that again",
        "do this again",
        "and again",
        "again",
        "do it once more",
        "do that once more",
        "one more time",
        "rifallo",
        "fallo di nuovo",
        "fallo ancora",
        "di nuovo",
        "ancora una volta",
        "再 做 一 次",
        "再 来 一 次",
    ];
    let all = tokens(text);
    let words: Vec<&Token> = all.iter().filter(|token| !token.is_mark()).collect();
    let said: Vec<&str> = stripped(&words).iter().map(|token| token.text.as_str()).collect();
    SAID.contains(&said.join(" ").as_str())
}

/// "and the bottle too", "anche la bottiglia", "还有瓶子": another thing for the command before; its words.
#[must_use]
pub fn also(text: &str) -> Option<Span> {
    const BEFORE: &[&str] = &[
        "and", "also", "plus", "then", "e", "ed", "anche", "pure", "还", "有", "要",
    ];
    const BEHIND: &[&str] = &["too", "also", "as", "well", "please", "anche", "pure", "也", "要"];
    const SENTENCE: &[&str] = &[
        "is", "are", "was", "were", "i", "you", "he", "she", "it", "è", "sono", "是",
    ];
    const DETERMINER: &[&str] = &[
        "the", "a", "an", "my", "your", "some", "this", "that", "these", "those", "il", "lo", "la", "i",
        "gli", "le", "un", "uno", "una",
    ];
    let all = tokens(text);
    let words: Vec<&Token> = all.iter().filter(|token| !token.is_mark()).collect();
    let is = |list: &[&str], token: &Token| list.contains(&token.text.as_str());
    let before = words.iter().take_while(|token| is(BEFORE, token)).count();
    let behind = words.iter().rev().take_while(|token| is(BEHIND, token)).count();
    let inner = words.get(before..words.len().checked_sub(behind)?)?;
    let first = inner.first()?;
    let named = is(DETERMINER, first) || first.text.starts_with("l'") || first.text.chars().all(is_han);
    // "and" alone may begin anything: with "too", or with nothing but a name behind it.
    let plain = before > 0 || behind > 0 && words[words.len() - behind].text != "please";
    let name = inner.len() <= 6 && !inner.iter().skip(1).any(|token| is(SENTENCE, token));
    (plain && named && name).then(|| Span {
        start: first.span.start,
        end: inner[inner.len() - 1].span.end,
    })
}

/// Without politeness and filler at both ends; never empty.
fn stripped<'a>(words: &[&'a Token]) -> Vec<&'a Token> {
    let filler = |token: &&&Token| FILLER.contains(&token.text.as_str());
    let start = words.iter().take_while(filler).count();
    let end = words.len()
        - words[start.min(words.len())..]
            .iter()
            .rev()
            .take_while(filler)
            .count();
    if start >= end {
        words.to_vec()
    } else {
        words[start..end].to_vec()
    }
}

fn phrase(words: &[&Token]) -> Option<Act> {
    let said = spoken(words);
    PHRASES
        .iter()
        .find(|(_, list)| list.split('|').any(|phrase| phrase == said))
        .map(|(act, _)| *act)
}

/// The words as the phrases are written: a space between Latin words, none beside Chinese ones.
fn spoken(words: &[&Token]) -> String {
    let mut out = String::new();
    for token in words {
        let han = token.text.chars().all(is_han);
        let joined = out.is_empty() || (han && out.ends_with(is_han));
        if !joined {
            out.push(' ');
        }
        out.push_str(&token.text);
    }
    out
}

/// The words behind a leading "no", "not … but": what is meant instead.
fn behind_no(words: &[&Token]) -> Option<Span> {
    let text = |at: usize| words.get(at).map_or("", |token| token.text.as_str());
    let mut at = 0;
    while matches!(
        text(at),
        "no" | "nope"
            | "wrong"
            | "sorry"
            | "actually"
            | "不"
            | "错"
            | "对"
            | "了"
            | "i"
            | "said"
            | "meant"
            | "mean"
            | "intendevo"
            | "dicevo"
            | "volevo"
            | "dire"
            | "我"
            | "说"
            | "是"
            | "uh"
            | "um"
            | "oh"
    ) {
        at += 1;
    }
    // "not the red one, the blue one"
    if matches!(text(at), "not" | "non")
        && let Some(gap) = (at + 1..words.len()).rev().find(|&n| {
            matches!(
                text(n),
                "the" | "il" | "la" | "l'altro" | "but" | "quello" | "quella"
            )
        })
        && gap > at + 1
    {
        at = if text(gap) == "but" { gap + 1 } else { gap };
    }
    (at < words.len()).then(|| Span {
        start: words[at].span.start,
        end: words[words.len() - 1].span.end,
    })
}

/// "no, the blue cup", "I meant the kitchen", "not the red one, the blue one": a name and no verb.
fn correction(words: &[&Token]) -> Option<Move> {
    let text = |at: usize| words.get(at).map_or("", |token| token.text.as_str());
    let starts = |phrase: &[&str]| phrase.iter().enumerate().all(|(n, word)| text(n) == *word);
    let determiner = |at: usize| {
        matches!(
            text(at),
            "the"
                | "this"
                | "that"
                | "my"
                | "your"
                | "a"
                | "an"
                | "il"
                | "la"
                | "lo"
                | "l'altro"
                | "l'altra"
                | "quello"
                | "quella"
                | "un"
                | "una"
                | "i"
                | "le"
                | "gli"
        ) && !(text(at) == "i" && matches!(text(at + 1), "said" | "meant" | "mean" | "want" | "don't"))
    };
    const INTRO: &[&[&str]] = &[
        &["i", "meant"],
        &["no", "i", "meant"],
        &["no", "i", "mean"],
        &["i", "said"],
        &["no", "i", "said"],
        &["intendevo"],
        &["no", "intendevo"],
        &["volevo", "dire"],
        &["no", "volevo", "dire"],
        &["dicevo"],
        &["no", "dicevo"],
        &["我", "是", "说"],
        &["不", "我", "是", "说"],
        &["不", "是"],
        &["不", "对", "是"],
        &["我", "说", "的", "是"],
    ];
    let intro = INTRO
        .iter()
        .filter(|phrase| starts(phrase) && words.len() > phrase.len())
        .map(|phrase| phrase.len())
        .max();
    let negative = matches!(text(0), "no" | "nope" | "wrong" | "actually") && determiner(1);
    let instead = text(0) == "not" && determiner(1) && (3..words.len()).any(determiner);
    let instead_it = text(0) == "non" && determiner(1) && (3..words.len()).any(determiner);
    let named_only = intro.is_none_or(|n| determiner(n) || text(n) == "to" || text(n).chars().all(is_han));
    ((intro.is_some() && named_only) || negative || instead || instead_it).then(|| Move {
        act: Act::Correct,
        choice: None,
        named: behind_no(words),
    })
}

/// A short answer to the open question.
fn answer(words: &[&Token], open: Open<'_>) -> Option<Move> {
    let done = |act, choice, named| Some(Move { act, choice, named });
    let span = Span {
        start: words[0].span.start,
        end: words[words.len() - 1].span.end,
    };
    let one = |word: &str| words.iter().any(|token| token.text == word);
    if open.choices.is_empty() {
        // A yes-or-no question: the first word counts, whatever politeness follows.
        if let Some(act) = phrase(words) {
            return done(act, None, None);
        }
        return match words[0].text.as_str() {
            "yes" | "yeah" | "yep" | "sure" | "sì" if words.len() <= 4 && !one("but") && !one("not") => {
                done(Act::Confirm, None, None)
            }
            "no" | "nope" if words.len() <= 2 => done(Act::Deny, None, None),
            _ => None,
        };
    }
    if one("neither") || one("none") || one("nessuno") || one("nessuna") || says(words, "都不") {
        return done(Act::Deny, None, None);
    }
    if let Some(act @ (Act::Cancel | Act::Repeat | Act::Deny)) = phrase(words) {
        return done(act, None, None);
    }
    if (one("either")
        || one("any")
        || one("whichever")
        || one("uguale")
        || says(words, "随便")
        || says(words, "都行"))
        && words.len() <= 5
    {
        return done(Act::Choose, Some(0), Some(span));
    }
    if let Some(at) = matched(words, open.choices).or_else(|| counted(words, open.choices.len())) {
        return done(Act::Choose, Some(at), Some(span));
    }
    // "that one", "the big one": a choice, but which is for eyes or memory.
    let pointing = words.len() <= 5
        && (one("one") || one("quello") || one("quella") || says(words, "那个") || says(words, "这个"))
        && !words
            .iter()
            .any(|token| matches!(token.text.as_str(), "take" | "bring" | "go" | "find" | "put"));
    if pointing {
        done(Act::Choose, None, Some(span))
    } else {
        None
    }
}

fn says(words: &[&Token], phrase: &str) -> bool {
    let wanted = tokens(phrase);
    words
        .windows(wanted.len())
        .any(|window| window.iter().zip(&wanted).all(|(a, b)| a.text == b.text))
}

/// "the first", "number two", "the last one", "il secondo", "第一个": by place in the list.
fn counted(words: &[&Token], choices: usize) -> Option<u32> {
    if words.len() > 6 {
        return None;
    }
    let text: String = words
        .iter()
        .map(|token| token.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let last = ["last", "latter", "ultimo", "ultima", "最后"]
        .iter()
        .any(|word| says(words, word));
    if last {
        return Some(choices as u32 - 1);
    }
    if ["former"].iter().any(|word| says(words, word)) {
        return Some(0);
    }
    let lang = if text.chars().any(is_han) { "zh" } else { "en" };
    let ordinal = [lang, "it"].iter().find_map(|lang| {
        super::values::values(&text.replace(' ', if *lang == "zh" { "" } else { " " }), lang)
            .into_iter()
            .find_map(|(value, _)| match value {
                crate::reading::Value::Ordinal(n) => Some(n),
                _ => None,
            })
    });
    let cardinal = || match words {
        [one] | [_, one]
            if matches!(words[0].text.as_str(), "number" | "option" | "numero") || words.len() == 1 =>
        {
            let number = super::values::whole_number(&one.text);
            number.filter(|_| one.text != "one" || words.len() == 2)
        }
        _ => None,
    };
    let n = ordinal.or_else(cardinal)?;
    (1..=choices as u32).contains(&n).then(|| n - 1)
}

/// The choice whose words the answer names, when it is the only one that fits best.
fn matched(words: &[&Token], choices: &[String]) -> Option<u32> {
    let content: Vec<&str> = words
        .iter()
        .map(|token| token.text.as_str())
        .filter(|word| !GRAMMAR.contains(word) && !FILLER.contains(word))
        .collect();
    if content.is_empty() || content.len() > 8 {
        return None;
    }
    let fits: Vec<usize> = choices
        .iter()
        .map(|choice| {
            let offered = tokens(choice);
            let hits = content
                .iter()
                .filter(|word| offered.iter().any(|token| alike(&token.text, word)))
                .count();
            // Every word of the answer must be found: "the blue book" is no answer to "red cup or blue cup".
            if hits == content.len() { hits } else { 0 }
        })
        .collect();
    let best = fits.iter().copied().max().filter(|best| *best > 0)?;
    let mut at = (0..fits.len()).filter(|&n| fits[n] == best);
    let first = at.next()?;
    if at.next().is_none() {
        return Some(first as u32);
    }
    // "the cup" fits "the cup" better than "the cup on the table".
    let exact: Vec<usize> = (0..fits.len())
        .filter(|&n| {
            fits[n] == best
                && tokens(&choices[n])
                    .iter()
                    .filter(|t| !GRAMMAR.contains(&t.text.as_str()))
                    .count()
                    == best
        })
        .collect();
    match exact.as_slice() {
        [one] => Some(*one as u32),
        _ => None,
    }
}

fn alike(a: &str, b: &str) -> bool {
    a == b || a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cases: &str, choices: Option<&[&str]>) {
        let owned: Vec<String> = choices
            .unwrap_or_default()
            .iter()
            .map(|c| (*c).to_owned())
            .collect();
        let open = choices.map(|_| Open { choices: &owned });
        let mut wrong = Vec::new();
        for line in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (text, expected) = line.split_once(" => ").expect("a case");
            let got = dialogue(text, open, None).map_or("-".to_owned(), |found| {
                let act = serde_json::to_value(found.act)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default();
                let named: String = found.named.map_or(String::new(), |span| {
                    format!(
                        " [{}]",
                        text.chars()
                            .skip(span.start as usize)
                            .take((span.end - span.start) as usize)
                            .collect::<String>()
                    )
                });
                match found.choice {
                    Some(n) => format!("{act} {n}"),
                    None => act + &named,
                }
            });
            if got != expected {
                wrong.push(format!("{line}: got {got}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn phrases_are_acts_without_a_question() {
        check(
            "yes => confirm
            Yes, please. => confirm
            yeah => confirm
            ok => confirm
            OK robot => confirm
            sì => confirm
            va bene => confirm
            好的 => confirm
            对，没错 => confirm
            no => deny
            No, thank you. => deny
            nope => deny
            no grazie => deny
            不 => deny
            不是 => deny
            never mind => cancel
            oh never mind => cancel
            forget it => cancel
            annulla => cancel
            lascia perdere => cancel
            算了 => cancel
            put it back => undo
            put it back please => undo
            rimettilo a posto => undo
            放回去 => undo
            say that again => repeat
            could you say that again please => repeat
            puoi ripetere? => repeat
            再说一遍 => repeat
            no, the other one => correct [the other one]
            the other one => correct [the other one]
            no, the blue cup => correct [the blue cup]
            I meant the kitchen => correct [the kitchen]
            no, I meant the red one => correct [the red one]
            not the red one, the blue one => correct [the blue one]
            no, quello blu => correct [quello blu]
            no l'altro => correct [l'altro]
            不，另一个 => correct [另一个]
            我是说厨房 => correct [厨房]
            no, bring me the cup => -
            bring me the cup => -
            the red cup => -
            yesterday => -",
            None,
        );
    }

    #[test]
    fn another_thing_is_told_from_another_command() {
        let check = |text: &str, expected: Option<&str>| {
            let found = also(text).map(|span| super::super::words::Cutter::new(text).cut(span));
            assert_eq!(found, expected, "{text}");
        };
        check("and the bottle too", Some("the bottle"));
        check("And the blue cup.", Some("the blue cup"));
        check("the bottle as well, please", Some("the bottle"));
        check("e anche la bottiglia", Some("la bottiglia"));
        check("anche l'acqua", Some("l'acqua"));
        check("还有瓶子", Some("瓶子"));
        check("the bottle please", None);
        check("and the bottle is empty", None);
        check("and go to the kitchen", None);
        check("the bottle", None);
        check("and", None);
    }

    #[test]
    fn an_answer_chooses() {
        check(
            "the red one => choose 0
            red => choose 0
            the blue cup please => choose 1
            the first one => choose 0
            the second => choose 1
            number two => choose 1
            2 => choose 1
            the last one => choose 1
            il secondo => choose 1
            第二个 => choose 1
            either => choose 0
            that one => choose [that one]
            the cup => -
            the blue book => -
            neither => deny
            no => deny
            never mind => cancel
            what did you say => repeat
            bring me the bottle => -",
            Some(&["the red cup", "the blue cup"]),
        );
        check(
            "the left one => choose 0\non the right => choose 1\nleft => choose 0",
            Some(&["the cup on the left", "the cup on the right"]),
        );
        check(
            "红色的 => choose 0\n蓝色的那个 => choose 1\n第一个 => choose 0",
            Some(&["红色的杯子", "蓝色的杯子"]),
        );
        check(
            "quello rosso => choose 0\nla blu => choose 1",
            Some(&["quello rosso", "quello blu"]),
        );
        check(
            "yes => confirm\nyes go ahead => confirm\nno => deny\nbring me tea => -",
            Some(&[]),
        );
    }
}
