//! Words that stop the robot, found without the model: "stop", "freeze!", "fermati subito", "停下".
//!
//! Input: the text and the user's own stop words. Output: the words that say stop, or nothing. Punctuation, case, drawn
//! out letters ("stooop") and what people shout around it ("no no stop", "robot, stop please") do not matter. What
//! stops at a place or a thing ("stop at the kitchen", "stop the music", "the bus stop") and what says not to stop
//! is no stop word: those go through the model.

use super::words::{Token, is_han, tokens};
use crate::reading::Span;

/// A stop word found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopWord {
    /// The words that say stop.
    pub span: Span,
    /// Their language; `None` for the user's own.
    pub lang: Option<&'static str>,
}

/// Phrases that stop when nothing else is said.
const PHRASES: &[(&str, &str)] = &[
    (
        "en",
        "stop|halt|freeze|stop it|stop that|stop this|stop moving|stop there|stop right there|stop here|stop everything",
    ),
    (
        "en",
        "emergency stop|emergency|e stop|estop|e-stop|hold it|stand still|stay still|cease|whoa|stop all|stop motion",
    ),
    (
        "en",
        "don't move|do not move|dont move|stop the robot|stop the motors|stop driving|stop turning|stop going|hold still",
    ),
    (
        "en",
        "stop what you're doing|stop what you are doing|stop working|stop doing that|kill the motors|full stop|all stop|abort",
    ),
    (
        "it",
        "fermati|ferma|fermo|alt|basta|fermatevi|ferma tutto|arrestati|arresto|non muoverti|non ti muovere|stai fermo|stop",
    ),
    (
        "it",
        "arresto di emergenza|fermo lì|fermati lì|fermati qui|emergenza|ferma il robot|sta fermo|stai ferma|fermatelo|altolà",
    ),
    (
        "zh",
        "停|停下|停下来|停止|停住|站住|别动|不要动|不许动|停一下|停车|急停|紧急停止|住手|停手|立即停止|停止移动|停止运动|刹车|打住",
    ),
];
/// Words people put around a stop word.
const AROUND: &[&str] = &[
    "please",
    "now",
    "robot",
    "hey",
    "oh",
    "no",
    "ok",
    "okay",
    "immediately",
    "right",
    "away",
    "just",
    "god",
    "wait",
    "i",
    "said",
    "ah",
    "ahh",
    "yes",
    "at",
    "once",
    "everybody",
    "everyone",
    "all",
    "quick",
    "quickly",
    "then",
    "and",
    "so",
    "careful",
    "watch",
    "out",
    "help",
    "thanks",
    "thank",
    "you",
    "must",
    "should",
    "can",
    "could",
    "would",
    "will",
    "need",
    "to",
    "have",
    "want",
    "instantly",
    "dear",
    "my",
    "subito",
    "adesso",
    "ora",
    "per",
    "favore",
    "dai",
    "ehi",
    "ti",
    "prego",
    "aiuto",
    "ho",
    "detto",
    "immediatamente",
    "attento",
    "oddio",
    "ok",
    "uh",
    "um",
    "coact",
    "moving",
];
const AROUND_HAN: &str = "请快马上立刻立即机器人现在啊吧呀喂嘿别了给我我说你赶紧";
/// What follows a first "stop" when it is not about the robot's motion as a whole.
const BOUND: &[&str] = &[
    "at",
    "by",
    "in",
    "near",
    "next",
    "when",
    "if",
    "before",
    "after",
    "until",
    "on",
    "beside",
    "behind",
    "between",
    "under",
    "over",
    "where",
    "the",
    "a",
    "an",
    "that",
    "this",
    "those",
    "these",
    "my",
    "your",
    "his",
    "her",
    "following",
    "sign",
    "to",
    "button",
    "watch",
    "looking",
    "searching",
    "for",
    "from",
    "with",
    "talking",
    "playing",
    "counting",
    "recording",
    "once",
    "as",
    "another",
    "any",
    "asking",
    "saying",
    "pouring",
    "one",
    "two",
    "ten",
    "half",
    "close",
    "or",
    "words",
    "word",
    "and",
    "then",
    "charging",
    "waiting",
    "listening",
    "in",
    "alla",
    "al",
    "allo",
    "davanti",
    "in",
    "nel",
    "nella",
    "quando",
    "se",
    "vicino",
    "il",
    "la",
    "lo",
    "i",
    "gli",
    "le",
    "un",
    "una",
    "di",
    "prima",
    "dopo",
    "accanto",
    "dove",
    "e",
    "a",
    "con",
    "così",
];

/// The stop word of `text`, where it has one. `own` are the user's own words, each taken as a whole phrase.
#[must_use]
pub fn stop_word(text: &str, own: &[String]) -> Option<StopWord> {
    // A shout is short; a long text is a case for the model.
    if text.len() > 400 {
        return None;
    }
    let tokens: Vec<Token> = tokens(text)
        .into_iter()
        .filter(|token| !token.is_mark())
        .collect();
    let words: Vec<String> = tokens.iter().map(|token| squeezed(&token.text)).collect();
    for phrase in own {
        let wanted = phrase_words(phrase);
        if let Some(at) = alone(&words, &wanted) {
            return Some(StopWord {
                span: span(&tokens, at, wanted.len()),
                lang: None,
            });
        }
    }
    // Cutting every phrase into words for every text would cost more than the rest of understanding.
    let close = words.concat();
    for (lang, phrase) in PHRASES
        .iter()
        .flat_map(|(lang, list)| list.split('|').map(move |phrase| (*lang, phrase)))
    {
        if !close.contains(&squeezed(phrase.split([' ', '-']).next().unwrap_or(phrase))) {
            continue;
        }
        let wanted = phrase_words(phrase);
        if let Some(at) = alone(&words, &wanted) {
            return Some(StopWord {
                span: span(&tokens, at, wanted.len()),
                lang: Some(lang),
            });
        }
    }
    first_shout(&tokens, &words).or_else(|| last_shout(text, &tokens, &words))
}

/// A text that ends in a shout: "you are too close, stop!", "turn left no stop stop".
fn last_shout(text: &str, tokens: &[Token], words: &[String]) -> Option<StopWord> {
    let (last, earlier) = words.split_last()?;
    let lang = match last.as_str() {
        "stop" | "halt" | "freze" => "en",
        "fermati" | "alt" => "it",
        _ => return None,
    };
    let before = earlier.last()?;
    let shouted = text.trim_end().ends_with(['!', '！']) && {
        let (end, start) = (
            tokens[tokens.len() - 2].span.end,
            tokens[tokens.len() - 1].span.start,
        );
        text.chars()
            .skip(end as usize)
            .take(start.saturating_sub(end) as usize)
            .any(|c| !c.is_whitespace())
    };
    let unless = earlier
        .iter()
        .any(|word| matches!(word.as_str(), "don't" | "never" | "not" | "non"));
    (!unless && (before == last || shouted)).then(|| StopWord {
        span: span(tokens, words.len() - 1, 1),
        lang: Some(lang),
    })
}

fn span(tokens: &[Token], at: usize, count: usize) -> Span {
    Span {
        start: tokens[at].span.start,
        end: tokens[at + count - 1].span.end,
    }
}

fn phrase_words(phrase: &str) -> Vec<String> {
    tokens(phrase)
        .into_iter()
        .filter(|token| !token.is_mark())
        .map(|token| squeezed(&token.text))
        .collect()
}

/// Letters drawn out count once: "stooop" is "stop", "halllt" is "halt".
fn squeezed(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if !(c.is_ascii_alphabetic() && out.ends_with(c)) {
            out.push(c);
        }
    }
    out
}

/// Where `wanted` stands when the text holds nothing else but itself again and words that go around it.
fn alone(words: &[String], wanted: &[String]) -> Option<usize> {
    if wanted.is_empty() || words.len() < wanted.len() {
        return None;
    }
    let mut found = None;
    let mut at = 0;
    while at < words.len() {
        if words[at..].starts_with(wanted) {
            found = found.or(Some(at));
            at += wanted.len();
        } else if around(&words[at]) {
            at += 1;
        } else {
            return None;
        }
    }
    found.filter(|at| !forbids(&words[..*at]))
}

fn around(word: &str) -> bool {
    AROUND.iter().any(|known| squeezed(known) == word)
        || (word.chars().all(is_han) && AROUND_HAN.contains(word))
}

/// "you can't stop", "别停": what stands before says not to.
fn forbids(before: &[String]) -> bool {
    before
        .iter()
        .enumerate()
        .any(|(at, word)| word == "别" || (word == "no" && before.get(at + 1).is_some_and(|w| w == "need")))
}

/// A text that begins with a shouted stop and goes on: "stop you will break it", "停停停要撞了".
fn first_shout(tokens: &[Token], words: &[String]) -> Option<StopWord> {
    let lead = words
        .iter()
        .take_while(|word| {
            matches!(
                word.as_str(),
                "no" | "oh" | "hey" | "wait" | "robot" | "ok" | "please"
            )
        })
        .count();
    let first = words.get(lead)?;
    let lang = match first.as_str() {
        "stop" | "halt" | "freze" => "en",
        "fermati" | "alt" => "it",
        "停" if words.get(lead + 1).is_some_and(|next| next == "停") => "zh",
        "站" if words.get(lead + 1).is_some_and(|next| next == "住") => "zh",
        _ => return None,
    };
    let count = if first == "站" { 2 } else { 1 };
    let said = span(tokens, lead, count);
    let again = words.get(lead + 1) == Some(first);
    let next = words.get(lead + count)?;
    // "stop, you will…": a pause right behind the word says that it stands alone, unless "then" carries it on.
    // "stop following me": what it does now is what it stops.
    let moving = matches!(
        next.as_str(),
        "folowing"
            | "moving"
            | "driving"
            | "turning"
            | "going"
            | "spining"
            | "rotating"
            | "walking"
            | "runing"
            | "coming"
            | "chasing"
    );
    if moving && lang == "en" {
        return Some(StopWord {
            span: said,
            lang: Some(lang),
        });
    }
    let thing = BOUND.iter().any(|known| squeezed(known) == *next)
        || next.ends_with("ing")
        || next.chars().all(|c| c.is_ascii_digit());
    let person = matches!(
        next.as_str(),
        "you"
            | "you're"
            | "it's"
            | "there's"
            | "there"
            | "i"
            | "we"
            | "he"
            | "she"
            | "don't"
            | "that's"
            | "what"
            | "i'm"
            | "your"
            | "ti"
            | "stai"
            | "sta"
            | "c'è"
    );
    (again || lang == "zh" || (person && !thing) || (person && next == "i" && lang == "en")).then_some(
        StopWord {
            span: said,
            lang: Some(lang),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &str, stops: bool) {
        let wrong: Vec<&str> = texts
            .lines()
            .map(str::trim)
            .filter(|t| !t.is_empty() && stop_word(t, &["banana".to_owned()]).is_some() != stops)
            .collect();
        assert!(wrong.is_empty(), "expected stop = {stops} for: {wrong:#?}");
    }

    #[test]
    fn stop_is_heard_in_many_forms() {
        check(
            "stop
            STOP!
            Stop.
            stop stop stop
            stoooop
            robot stop
            robot, stop please
            please stop
            stop now
            stop right now!
            stop immediately
            no stop
            oh no, stop!
            ok stop
            stop it
            stop moving
            Stop what you're doing
            halt
            freeze!
            emergency stop
            e-stop
            don't move
            can you stop
            you must stop
            I said stop
            I want you to stop
            stop you will hit the wall
            stop, you're hurting me
            stop there's a child
            stop following me
            stop turning around
            hold it
            fermati
            Fermati subito!
            alt
            basta
            ferma tutto
            per favore fermati
            non muoverti
            停
            停!
            停下
            停下来
            快停下
            站住
            别动
            请停止
            马上停下来
            停停停
            停停停要撞了
            机器人停下
            you are too close, stop!
            turn left no stop stop
            banana
            Banana!",
            true,
        );
    }

    #[test]
    fn other_stops_are_for_the_model() {
        check(
            "stop at the kitchen
            stop in front of the door
            stop the music
            go to the bus stop
            the bus stop
            where is the bus stop
            don't stop
            never stop
            do not stop
            go to the kitchen and stop at the table
            stop when you see Anna
            stop by the office
            turn left and stop
            fermati davanti alla porta
            non fermarti
            别停
            不要停
            在桌子旁边停下
            eat a banana
            hello
            pick up the stop sign
            ",
            false,
        );
    }

    #[test]
    fn the_words_that_say_it_are_marked() {
        let found = stop_word("Robot, please STOP!", &[]).expect("a stop word");
        assert_eq!(
            found,
            StopWord {
                span: Span { start: 14, end: 18 },
                lang: Some("en")
            }
        );
    }
}
