//! Questions about the robot itself and about what it knows: "where are you", "why did you stop", "what is a latte".
//!
//! In: the words. Out: which [`Topic`] they ask for, or nothing. It knows the sentences, not the answers: those come from
//! the robot's state, which is not here.

use super::packs::pattern::{Part, find, parse};
use super::packs::slots::Slot;
use super::packs::spelling::spell;
use crate::reading::Span;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// What it can do.
    Skills,
    /// What it is called.
    Name,
    /// Where it is.
    Where,
    /// What it sees.
    Sees,
    /// Whether it sees something.
    SeesSome(String),
    /// What it is doing.
    Doing,
    /// What it has just done.
    Done,
    /// What it holds.
    Holds,
    /// What places, things and people it knows.
    Knows,
    /// Why it stopped, or does not move.
    WhyStopped,
    /// Why it did what it did last.
    WhyDone,
    /// Why it did not do what it was told last.
    WhyNot,
    /// What something is.
    WhatIs(String),
    /// Where something is.
    WhereIs(String),
    /// What is in a place.
    WhatIn(String),
    /// How many of something it sees.
    SeesMany(String),
    /// Whether something is a kind of something; `surely` where the words can mean nothing else ("is the door open" may ask for a look).
    IsA {
        /// What is asked about.
        subject: String,
        /// The kind.
        object: String,
        /// It is said with an article.
        surely: bool,
    },
}

/// Makes the topic of what stood in a sentence's open place; nothing where the sentence has none.
type Make = fn(String) -> Topic;

/// Sentences, in the form of a pack's templates; `{thing}` is what they ask about.
const SENTENCES: &[(&str, Make, &str)] = &[
    (
        "en",
        |_| Topic::Skills,
        "[and|so|ok|robot] what (can|could) you do [for me|for us|here|now]",
    ),
    (
        "en",
        |_| Topic::Skills,
        "what (are you able to do|are your skills|are your abilities|do you know how to do|are you good at|can I (ask|tell) you [to do])",
    ),
    (
        "en",
        |_| Topic::Skills,
        "(how can you help [me|us]|what can you help [me|us] with|tell me what you can do|what do you understand)",
    ),
    (
        "it",
        |_| Topic::Skills,
        "[e|allora] (cosa|che cosa|che) (sai|puoi|sei capace di|potresti) fare [per me|per noi|qui]",
    ),
    (
        "it",
        |_| Topic::Skills,
        "(come puoi aiutarmi|in cosa puoi aiutarmi|dimmi cosa sai fare|cosa posso chiederti)",
    ),
    (
        "zh",
        |_| Topic::Skills,
        "你(都会|都能|会|能|可以)(做|干|帮我做)(什么|些什么|什么事)",
    ),
    ("en", |_| Topic::Name, "(what is|what's) your name"),
    (
        "en",
        |_| Topic::Name,
        "(who are you|what are you called|how are you called|what should I call you)",
    ),
    (
        "it",
        |_| Topic::Name,
        "(come ti chiami|chi sei|qual è il tuo nome)",
    ),
    ("zh", |_| Topic::Name, "(你叫什么[名字]|你是谁|你的名字是什么)"),
    (
        "en",
        |_| Topic::Where,
        "where are you [now|right now|at the moment|at]",
    ),
    (
        "en",
        |_| Topic::Where,
        "(in which|which|what|in what) (room|place) are you [in] [now|right now]",
    ),
    (
        "en",
        |_| Topic::Where,
        "(what is|what's) your (position|location)",
    ),
    ("it", |_| Topic::Where, "dove (sei|ti trovi|stai) [ora|adesso]"),
    (
        "it",
        |_| Topic::Where,
        "in (che|quale) stanza (sei|ti trovi) [ora|adesso]",
    ),
    (
        "zh",
        |_| Topic::Where,
        "你[现在|正]在(哪里|哪儿|哪|哪个房间|什么地方)",
    ),
    (
        "en",
        |_| Topic::Sees,
        "what (can|do) you see [now|right now|there|here|around you|in front of you|around]",
    ),
    (
        "en",
        |_| Topic::Sees,
        "(what are you (seeing|looking at)|tell me what you see|what is in front of you|what's in front of you)",
    ),
    (
        "it",
        |_| Topic::Sees,
        "[dimmi] (cosa|che cosa|che) (vedi|stai vedendo|stai guardando) [ora|adesso|lì|davanti a te]",
    ),
    (
        "zh",
        |_| Topic::Sees,
        "你[现在](看到|看见|能看到|能看见)[了]什么[了]",
    ),
    (
        "en",
        Topic::SeesSome,
        "(do|can) you see [a|an|the|any|my|some] {thing} [now|right now|there|here|anywhere]",
    ),
    (
        "it",
        Topic::SeesSome,
        "(vedi|riesci a vedere) [un|una|uno|il|la|lo|i|gli|le|qualche] {thing} [ora|adesso]",
    ),
    (
        "zh",
        Topic::SeesSome,
        "你[现在](看到|看见|看得到|看得见|能看到|能看见)[了]{thing}[了]吗",
    ),
    (
        "en",
        Topic::SeesMany,
        "how many {thing} (do|can) you see [now|right now|there|here]",
    ),
    (
        "it",
        Topic::SeesMany,
        "(quanti|quante) {thing} vedi [ora|adesso|lì|qui]",
    ),
    (
        "zh",
        Topic::SeesMany,
        "你[现在](看到|看见|能看到|能看见)[了]多少[个]{thing}",
    ),
    (
        "en",
        |_| Topic::Doing,
        "what are you (doing|up to|working on) [now|right now|at the moment|there]",
    ),
    (
        "en",
        |_| Topic::Doing,
        "(are you busy|where are you going|what are you going to do)",
    ),
    (
        "it",
        |_| Topic::Doing,
        "(cosa|che cosa|che) (stai facendo|fai) [ora|adesso]",
    ),
    (
        "it",
        |_| Topic::Doing,
        "(sei (occupato|occupata)|dove stai andando|dove vai)",
    ),
    (
        "zh",
        |_| Topic::Doing,
        "(你[现在|正]在(做|干)什么|你忙吗|你要去哪里|你在忙什么)",
    ),
    (
        "en",
        |_| Topic::Done,
        "what (did you [just] do|have you [just] done|were you doing) [last|before|just now]",
    ),
    (
        "it",
        |_| Topic::Done,
        "(cosa|che cosa) (hai [appena] fatto|facevi) [prima]",
    ),
    ("zh", |_| Topic::Done, "你(刚才|刚刚)[都](做|干)了(什么|些什么)"),
    (
        "en",
        |_| Topic::Holds,
        "what (are you (holding|carrying)|do you hold|do you carry) [now|right now]",
    ),
    (
        "en",
        |_| Topic::Holds,
        "what (do you have|have you got|is|'s) in your (gripper|hand|hands|claw)",
    ),
    (
        "it",
        |_| Topic::Holds,
        "(cosa|che cosa) (tieni [in mano]|hai in mano|stai portando|hai nella pinza)",
    ),
    ("zh", |_| Topic::Holds, "你[手里|手上](拿着|有|抓着)什么"),
    (
        "en",
        |_| Topic::Knows,
        "(what|which) (places|rooms|things|objects|people|persons|locations) do you know [of|about|here]",
    ),
    (
        "en",
        |_| Topic::Knows,
        "(what do you know [about (this place|the place|here|the flat|the house)]|who do you know|whom do you know)",
    ),
    (
        "it",
        |_| Topic::Knows,
        "(cosa|che cosa|chi|quali (posti|stanze|cose|oggetti|persone)|che (posti|stanze|cose|oggetti|persone)) conosci",
    ),
    (
        "it",
        |_| Topic::Knows,
        "(cosa|che cosa) sai [di (qui|questo posto)]",
    ),
    (
        "zh",
        |_| Topic::Knows,
        "你(知道|认识)(什么|哪些(地方|房间|东西|人)|谁)",
    ),
    (
        "en",
        |_| Topic::WhyStopped,
        "why (did|have|had) you (stop|stopped|halt|halted|stop moving|stopped moving) [there|here|just now|now]",
    ),
    (
        "en",
        |_| Topic::WhyStopped,
        "why (are|were) you (stopped|stopping|standing still|not moving|not driving|waiting|blocked|stuck) [there|here|now]",
    ),
    (
        "en",
        |_| Topic::WhyStopped,
        "(why (don't|do not|aren't|won't) you (move|moving|drive|driving|go on)|what stopped you|what made you stop|why can't you move)",
    ),
    (
        "it",
        |_| Topic::WhyStopped,
        "perché (ti sei (fermato|fermata)|sei (fermo|ferma)|non ti muovi|stai (fermo|ferma)) [lì|qui]",
    ),
    (
        "it",
        |_| Topic::WhyStopped,
        "(cosa|che cosa) ti ha (fermato|fermata)",
    ),
    (
        "zh",
        |_| Topic::WhyStopped,
        "[你]为什么[你](停下|停下了|停下来|停下来了|停了|停|不动|不动了|不走了|不走)[了]",
    ),
    (
        "en",
        |_| Topic::WhyDone,
        "why (did|do|are|have) you (do|doing|done) (that|this|it|so)",
    ),
    (
        "en",
        |_| Topic::WhyDone,
        "why (did you (go|drive|turn|take|bring|put|move)|are you going) [there|it|that|here|this] [there|here|down]",
    ),
    (
        "en",
        |_| Topic::WhyDone,
        "(why that|why did that happen|what was that for|explain yourself|explain that)",
    ),
    (
        "it",
        |_| Topic::WhyDone,
        "perché (l'hai fatto|lo fai|hai fatto (questo|così)|lo stai facendo|ci sei (andato|andata))",
    ),
    (
        "zh",
        |_| Topic::WhyDone,
        "[你]为什么[你](这样做|这么做|那样做|那么做|做这个)[呢|了]",
    ),
    (
        "en",
        |_| Topic::WhyNot,
        "why (don't|didn't|won't|can't|wouldn't|couldn't|do not|did not|will not|can not|cannot) you [do] [it|that|this|so]",
    ),
    (
        "en",
        |_| Topic::WhyNot,
        "(why|why not|why did you (refuse|say no|not do (it|that))|why do you refuse|why are you refusing|what is wrong|what's wrong|what is the problem|what's the problem)",
    ),
    (
        "it",
        |_| Topic::WhyNot,
        "perché [no|non (lo fai|l'hai fatto|puoi|vuoi)|hai rifiutato|ti rifiuti]",
    ),
    (
        "it",
        |_| Topic::WhyNot,
        "(qual è il problema|cosa c'è che non va)",
    ),
    (
        "zh",
        |_| Topic::WhyNot,
        "([你]为什么[你]不(行|可以|能|做|去|肯)|有什么问题|怎么了)",
    ),
    (
        "en",
        Topic::WhatIn,
        "(what is|what's|what are|what do you know to be) (in|on|inside|at) [the|my] {thing}",
    ),
    (
        "it",
        Topic::WhatIn,
        "(cosa|che cosa) c'è (in|nel|nella|sul|sulla|nello) [il|la] {thing}",
    ),
    ("zh", Topic::WhatIn, "{thing}(里面|里|上|上面)有(什么|哪些东西)"),
    (
        "en",
        Topic::WhatIs,
        "(what is|what's|what are|what kind of thing is) [a|an|the] {thing}",
    ),
    (
        "it",
        Topic::WhatIs,
        "(cos'è|cosa è|che cos'è|cosa sono|che cosa sono|che cosa è) [un|una|uno|il|la|lo|i|gli|le] {thing}",
    ),
    (
        "zh",
        Topic::WhatIs,
        "(什么是{thing}|{thing}是什么|{thing}是什么东西)",
    ),
    (
        "en",
        Topic::WhereIs,
        "(where is|where's|where are|where do I find|where can I find) [a|an|the|my|your] {thing}",
    ),
    (
        "it",
        Topic::WhereIs,
        "(dov'è|dove è|dove sono|dove trovo|dove si trova|dove si trovano) [un|una|uno|il|la|lo|i|gli|le] {thing}",
    ),
    ("zh", Topic::WhereIs, "{thing}在(哪里|哪儿|哪|什么地方)"),
];

static TEMPLATES: LazyLock<Vec<(&'static str, Make, Part)>> = LazyLock::new(|| {
    let none = BTreeMap::new();
    let parsed = SENTENCES
        .iter()
        .filter_map(|(lang, make, text)| Some((*lang, *make, parse(text, &none, lang).ok()?)));
    parsed.collect()
});

/// What a text asks for, where it asks for the robot itself or for what it knows.
#[must_use]
pub fn topic(text: &str) -> Option<Topic> {
    // A question of a few words; long texts are not looked through.
    if text.len() > 200 {
        return None;
    }
    let things = [Slot {
        name: "thing".to_owned(),
        values: Vec::new(),
        kind: None,
    }];
    let mut spelled = ("", Vec::new());
    for (lang, make, part) in TEMPLATES.iter() {
        if spelled.0 != *lang {
            spelled = (lang, spell(text, lang));
        }
        let words = &spelled.1;
        if words.is_empty() || words.len() > 16 {
            return None;
        }
        let Some(captures) = find(part, words, &things, true) else {
            continue;
        };
        let thing = captures.first().map(|capture| {
            let (first, last) = (capture.words.start, capture.words.end - 1);
            let span = Span {
                start: words[first].span.start,
                end: words[last].span.end,
            };
            super::words::Cutter::new(text).cut(span).to_lowercase()
        });
        return Some(make(thing.unwrap_or_default()));
    }
    kind_question(text)
}

/// "Is a latte a drink?", "are apples fruit?"
fn kind_question(text: &str) -> Option<Topic> {
    let words: Vec<String> = spell(text, "en").into_iter().map(|word| word.text).collect();
    let article = |word: &str| matches!(word, "a" | "an" | "the");
    let rest = match words.split_first() {
        Some((first, rest)) if matches!(first.as_str(), "is" | "are") && rest.len() <= 6 => rest,
        _ => return None,
    };
    let rest = rest
        .strip_prefix(&["a".to_owned()])
        .or(rest.strip_prefix(&["an".to_owned()]))
        .unwrap_or(rest);
    let parted = rest
        .iter()
        .skip(1)
        .position(|word| article(word))
        .map(|at| at + 1);
    // "Is the bottle a drink"; without a second article it is no question of kinds: "is the door open".
    let (rest, parted) = match (rest.strip_prefix(&["the".to_owned()]), parted) {
        (Some(rest), Some(at)) if at > 1 => (rest, Some(at - 1)),
        _ => (rest, parted),
    };
    let (subject, object) = match parted {
        Some(at) => (&rest[..at], rest.get(at + 1..)?),
        None if rest.len() == 2 => rest.split_at(1),
        None => return None,
    };
    (!object.is_empty() && words[0] != "are" || parted.is_none() && words[0] == "are").then(|| Topic::IsA {
        subject: subject.join(" "),
        object: object.join(" "),
        surely: words
            .iter()
            .skip(2)
            .any(|word| matches!(word.as_str(), "a" | "an")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_a_template() {
        assert_eq!(TEMPLATES.len(), SENTENCES.len());
    }

    #[test]
    fn questions_and_what_they_are_about() {
        let check = |text: &str, expected: Option<Topic>| assert_eq!(topic(text), expected, "{text}");
        let thing = |thing: &str| thing.to_owned();
        let is_a = |subject: &str, object: &str, surely: bool| Topic::IsA {
            subject: thing(subject),
            object: thing(object),
            surely,
        };
        check("why?", Some(Topic::WhyNot));
        check("perché", Some(Topic::WhyNot));
        check("how many cups do you see", Some(Topic::SeesMany(thing("cups"))));
        check("quante tazze vedi", Some(Topic::SeesMany(thing("tazze"))));
        check("What can you do?", Some(Topic::Skills));
        check("che cosa sai fare", Some(Topic::Skills));
        check("你会做什么？", Some(Topic::Skills));
        check("what's your name", Some(Topic::Name));
        check("Where are you now?", Some(Topic::Where));
        check("dove sei", Some(Topic::Where));
        check("你在哪里", Some(Topic::Where));
        check("what do you see", Some(Topic::Sees));
        check("Can you see any cups?", Some(Topic::SeesSome(thing("cups"))));
        check("vedi una bottiglia", Some(Topic::SeesSome(thing("bottiglia"))));
        check("你看到杯子了吗", Some(Topic::SeesSome(thing("杯子"))));
        check("what are you doing right now", Some(Topic::Doing));
        check("what did you just do", Some(Topic::Done));
        check("what are you holding", Some(Topic::Holds));
        check("which rooms do you know", Some(Topic::Knows));
        check("why did you stop?", Some(Topic::WhyStopped));
        check("perché ti sei fermato?", Some(Topic::WhyStopped));
        check("你为什么停下来了", Some(Topic::WhyStopped));
        check("why did you do that", Some(Topic::WhyDone));
        check("why didn't you do it", Some(Topic::WhyNot));
        check("what is an Iced Mocha?", Some(Topic::WhatIs(thing("iced mocha"))));
        check(
            "where is the coffee machine",
            Some(Topic::WhereIs(thing("coffee machine"))),
        );
        check("冰箱在哪里", Some(Topic::WhereIs(thing("冰箱"))));
        check("what is in the kitchen", Some(Topic::WhatIn(thing("kitchen"))));
        check("is a latte a drink", Some(is_a("latte", "drink", true)));
        check("are apples fruit", Some(is_a("apples", "fruit", false)));
        check("is the bottle a drink", Some(is_a("bottle", "drink", true)));
        check("go to the kitchen", None);
        check("is the door open", None);
        check("where are you going to put the cup that I gave you", None);
        check("stop", None);
        check("", None);
    }
}
