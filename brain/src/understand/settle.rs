//! What the marked corpora always do and the model sometimes does not: each role once, taps are devices, "say hello" says
//! hello.
//!
//! Input: the tasks after self-repair and the words. Output: the same tasks, brought in line. Each rule holds in the
//! training part of HuRIC and in the grammars without exception, or nearly; none looks at a map.

use super::words::{Cutter, Token};
use super::{frames, values};
use crate::reading::{Filler, Frame, Role, Span, Task, Value};
use crate::units::Score;

/// What is opened and closed as a device is switched: HuRIC marks "open the tap" as change_operational_state.
const FLOWS: &[&str] = &[
    "tap",
    "faucet",
    "water",
    "hose",
    "rubinetto",
    "acqua",
    "水龙头",
    "龙头",
];

/// Verbs whose first words, where nothing else claims them, are what is to be said.
const SAYS: &[&str] = &[
    "say", "announce", "shout", "whisper", "di", "dì", "annuncia", "说",
];

/// Words that end what is said.
const ENDS: &[&str] = &[
    "and", "then", "to", "please", "quietly", "loudly", "e", "poi", "a", "per",
];

/// Brings the tasks in line.
pub(super) fn settle(tasks: &mut Vec<Task>, tokens: &[Token], cutter: &Cutter<'_>, lang: &str) {
    sets_out(tasks, tokens);
    described(tasks, tokens, cutter);
    likewise(tasks, tokens);
    let measures: Vec<Span> = values::values(cutter.cut(ALL), lang)
        .into_iter()
        .filter(|(value, _)| matches!(value, Value::Metre(_) | Value::Degree(_) | Value::Second(_)))
        .map(|(_, span)| span)
        .collect();
    for at in 0..tasks.len() {
        there_is(&mut tasks[at], tokens, cutter);
        measured(tasks, at, &measures, cutter);
        held(tasks, at, tokens, cutter);
        if !frames::nests(&tasks[at].frame) {
            join(tasks, at, tokens, cutter);
            once(&mut tasks[at]);
        }
        trimmed(&mut tasks[at], cutter);
        switched(&mut tasks[at]);
        grasped(&mut tasks[at]);
        led(&mut tasks[at]);
        put_down(&mut tasks[at], cutter);
        said(tasks, at, tokens, cutter);
    }
}

/// "go and find anna", "go get the beer": who goes to do something is sent nowhere else.
fn sets_out(tasks: &mut Vec<Task>, tokens: &[Token]) {
    const GOES: &[&str] = &["go", "come", "vai", "vieni", "去", "来"];
    const AND: &[&str] = &["and", "to", "e", "a", "ad"];
    let mut at = 0;
    while at + 1 < tasks.len() {
        let (task, next) = (&tasks[at], &tasks[at + 1]);
        let bare = GOES.contains(&task.trigger.to_lowercase().as_str())
            && task.roles.iter().all(|filler| filler.role == Role::Agent);
        if bare
            && task.mood == next.mood
            && task.trigger_span != next.trigger_span
            && between(tokens, task.trigger_span, next.trigger_span)
                .all(|token| AND.contains(&token.text.as_str()))
        {
            let gone = tasks.remove(at);
            for agent in gone.roles {
                if !tasks[at].roles.iter().any(|filler| filler.role == Role::Agent) {
                    tasks[at].roles.insert(0, agent);
                }
            }
            extent(&mut tasks[at]);
        } else {
            at += 1;
        }
    }
    // "回充电站去": the second verb only says that it is away from here.
    let mut at = 1;
    while at < tasks.len() {
        let (before, task) = (&tasks[at - 1], &tasks[at]);
        let trails = matches!(task.trigger.as_str(), "去" | "来")
            && task.roles.is_empty()
            && before.frame == Frame::Motion
            && before
                .roles
                .iter()
                .any(|filler| filler.span.end == task.trigger_span.start);
        if trails {
            tasks.remove(at);
        } else {
            at += 1;
        }
    }
}

/// The words between two triggers.
fn between(tokens: &[Token], one: Span, two: Span) -> impl Iterator<Item = &Token> {
    tokens
        .iter()
        .filter(move |token| token.span.start >= one.end && token.span.end <= two.start)
}

/// "their is a box" says once that there is one; "the person raising their arm" is nobody's task.
fn described(tasks: &mut Vec<Task>, tokens: &[Token], cutter: &Cutter<'_>) {
    let mut at = 1;
    while at < tasks.len() {
        let (before, task) = (&tasks[at - 1], &tasks[at]);
        let there = before.frame == Frame::BeingLocated
            && matches!(
                before.trigger.to_lowercase().as_str(),
                "there" | "their" | "they're"
            )
            && task.frame == Frame::BeingInCategory
            && task.trigger_span.start <= before.trigger_span.end + 1;
        if there {
            let verb = tasks.remove(at).trigger_span;
            let task = &mut tasks[at - 1];
            task.trigger_span.end = verb.end;
            task.trigger = cutter.cut(task.trigger_span).to_owned();
            extent(task);
        } else {
            at += 1;
        }
    }
    // A participle right behind a name, of a task or at the beginning of the sentence.
    let participle = |task: &Task| -> bool {
        const STARTS: &[&str] = &[
            "start", "begin", "keep", "mind", "by", "you", "please", "of", "stop", "try", "before", "after",
            "while", "without", "to",
        ];
        let Some(before) = tokens
            .iter()
            .rev()
            .find(|token| token.span.end <= task.trigger_span.start)
        else {
            return false;
        };
        let verb = task.trigger.to_lowercase();
        verb.strip_suffix("ing")
            .is_some_and(|stem| stem.contains(['a', 'e', 'i', 'o', 'u', 'y']))
            && !before.is_mark()
            && !super::words::parts_commands(&before.text)
            && !STARTS.contains(&before.text.as_str())
            && tokens
                .first()
                .is_some_and(|first| first.span.end <= before.span.start)
    };
    let others = tasks.iter().filter(|task| !participle(task)).count();
    if others > 0 {
        tasks.retain(|task| !participle(task));
    }
}

/// "find and follow tracy": what the second verb does it to, the first does it to.
fn likewise(tasks: &mut [Task], tokens: &[Token]) {
    for at in (1..tasks.len()).rev() {
        let (head, tail) = tasks.split_at_mut(at);
        let (Some(task), Some(next)) = (head.last_mut(), tail.first()) else {
            return;
        };
        let lacks = match task.frame {
            Frame::Taking | Frame::Bringing | Frame::Giving => Role::Theme,
            Frame::Locating => Role::SoughtEntity,
            Frame::Cotheme => Role::Cotheme,
            Frame::Greeting => Role::Recipient,
            _ => continue,
        };
        let linked: Vec<&Token> = between(tokens, task.trigger_span, next.trigger_span).collect();
        let joined = !linked.is_empty()
            && linked
                .iter()
                .all(|token| super::words::parts_commands(&token.text) || token.text == "up");
        let bare = task.roles.iter().all(|filler| filler.role == Role::Agent);
        let object = next.roles.iter().find(|filler| {
            matches!(
                filler.role,
                Role::Theme | Role::SoughtEntity | Role::Cotheme | Role::Recipient | Role::Ground
            )
        });
        if let (true, true, Some(object)) = (joined, bare && task.mood == next.mood, object) {
            task.roles.push(Filler {
                role: lacks,
                ..object.clone()
            });
        }
    }
}

/// All of a text, however long.
const ALL: Span = Span {
    start: 0,
    end: u32::MAX,
};

/// "ci sono due tazze", "c'è una tazza": HuRIC marks the verb alone.
fn there_is(task: &mut Task, tokens: &[Token], cutter: &Cutter<'_>) {
    const VERBS: &[&str] = &["sono", "è", "era", "erano"];
    let (Some(first), Some(verb)) = (
        tokens
            .iter()
            .find(|token| token.span.end > task.trigger_span.start),
        tokens
            .iter()
            .find(|token| token.span.start > task.trigger_span.start && VERBS.contains(&token.text.as_str())),
    ) else {
        return;
    };
    let next = verb.span.start <= first.span.end + 1;
    if task.frame == Frame::BeingLocated && matches!(first.text.as_str(), "ci" | "c'") && next {
        task.trigger_span = verb.span;
        task.trigger = cutter.cut(verb.span).to_owned();
        extent(task);
    }
}

/// "one and a half metres", "mezz'ora": a role that has a part of a measure has all of it.
fn measured(tasks: &mut [Task], at: usize, measures: &[Span], cutter: &Cutter<'_>) {
    for n in 0..tasks[at].roles.len() {
        let filler = &tasks[at].roles[n];
        if !matches!(filler.role, Role::Distance | Role::Angle | Role::Duration) {
            continue;
        }
        let span = filler.span;
        let Some(whole) = measures.iter().find(|m| m.start < span.end && span.start < m.end) else {
            continue;
        };
        let wider = Span {
            start: span.start.min(whole.start),
            end: span.end.max(whole.end),
        };
        let before = Span {
            start: wider.start,
            end: span.start,
        };
        let behind = Span {
            start: span.end,
            end: wider.end,
        };
        if wider != span && !claimed(tasks, before) && !claimed(tasks, behind) {
            let filler = &mut tasks[at].roles[n];
            filler.span = wider;
            filler.text = cutter.cut(wider).to_owned();
            extent(&mut tasks[at]);
        }
    }
}

/// "把它拿来": what is held by "把" stands behind it.
fn held(tasks: &mut [Task], at: usize, tokens: &[Token], cutter: &Cutter<'_>) {
    for n in 0..tasks[at].roles.len() {
        let span = tasks[at].roles[n].span;
        if cutter.cut(span) != "把" {
            continue;
        }
        let pronoun: Vec<&Token> = tokens
            .iter()
            .filter(|token| token.span.start >= span.end)
            .take(2)
            .collect();
        let end = match pronoun.as_slice() {
            [it, many, ..] if PRONOUNS.contains(&it.text.as_str()) && many.text == "们" => many.span.end,
            [it, ..] if PRONOUNS.contains(&it.text.as_str()) => it.span.end,
            _ => continue,
        };
        let rest = Span { start: span.end, end };
        if !claimed(tasks, rest) {
            let filler = &mut tasks[at].roles[n];
            filler.span.end = end;
            filler.text = cutter.cut(filler.span).to_owned();
            filler.head = Some(cutter.cut(rest).to_owned());
            extent(&mut tasks[at]);
        }
    }
}

const PRONOUNS: &[&str] = &["它", "他", "她"];

/// Two spans of one role with a word or two between them that nothing claims are one span ("all the" and "down" of "all the way down").
fn join(tasks: &mut [Task], at: usize, tokens: &[Token], cutter: &Cutter<'_>) {
    let mut n = 1;
    while n < tasks[at].roles.len() {
        let (one, two) = (&tasks[at].roles[n - 1], &tasks[at].roles[n]);
        let gap = Span {
            start: one.span.end,
            end: two.span.start,
        };
        let between: Vec<&Token> = tokens
            .iter()
            .filter(|token| token.span.start >= gap.start && token.span.end <= gap.end)
            .collect();
        let joined = one.role == two.role
            && one.role != Role::Agent
            && (1..=2).contains(&between.len())
            && between
                .iter()
                .all(|token| !token.is_mark() && !super::words::parts_commands(&token.text))
            && !claimed(tasks, gap);
        if joined {
            let two = tasks[at].roles.remove(n);
            let one = &mut tasks[at].roles[n - 1];
            one.span.end = two.span.end;
            one.text = cutter.cut(one.span).to_owned();
            one.score = Score(one.score.0.min(two.score.0));
        } else {
            n += 1;
        }
    }
}

/// Of several spans with one role the surest stays, the first of equals.
fn once(task: &mut Task) {
    let all = task.roles.clone();
    let mut n = 0;
    task.roles.retain(|filler| {
        let here = n;
        n += 1;
        !all.iter().enumerate().any(|(other, rival)| {
            other != here
                && rival.role == filler.role
                && (rival.score.0 > filler.score.0 || (rival.score.0 == filler.score.0 && other < here))
        })
    });
    extent(task);
}

/// "open the tap": a device, not a door.
fn switched(task: &mut Task) {
    let door = |role: &Role| matches!(role, Role::ContainingObject | Role::ContainerPortal);
    let flows = task.frame == Frame::Closure
        && task.roles.iter().any(|filler| {
            let head = filler.head.as_deref().unwrap_or_default().to_lowercase();
            door(&filler.role) && FLOWS.contains(&head.as_str())
        });
    if !flows {
        return;
    }
    task.frame = Frame::ChangeOperationalState;
    for filler in task.roles.iter_mut().filter(|filler| door(&filler.role)) {
        filler.role = Role::Device;
    }
}

/// "hold the door": it is held, neither opened nor closed.
fn grasped(task: &mut Task) {
    const HOLDS: &[&str] = &["hold", "holding", "tieni", "tenere", "tenete"];
    if task.frame != Frame::Closure || !HOLDS.contains(&task.trigger.to_lowercase().as_str()) {
        return;
    }
    task.frame = Frame::Manipulation;
    for filler in &mut task.roles {
        if matches!(filler.role, Role::ContainingObject | Role::ContainerPortal) {
            filler.role = Role::Entity;
        }
    }
}

/// "拿一下杯子": what softens the verb is no part of the thing.
fn trimmed(task: &mut Task, cutter: &Cutter<'_>) {
    const SOFT: &[&str] = &["一下", "一趟", "一声"];
    let behind = task.trigger_span.end;
    for filler in &mut task.roles {
        let soft = SOFT
            .iter()
            .any(|soft| filler.text.starts_with(soft) && filler.text.chars().count() > 2);
        if soft && filler.span.start == behind && filler.role != Role::Duration {
            filler.span.start += 2;
            filler.text = cutter.cut(filler.span).to_owned();
        }
    }
    extent(task);
}

/// "take grandma to the bathroom": people are led, not carried.
fn led(task: &mut Task) {
    const LEADS: &[&str] = &["take", "taking", "带", "送", "领"];
    const PEOPLE: &[&str] = &[
        "him",
        "her",
        "grandma",
        "grandpa",
        "grandmother",
        "grandfather",
        "mum",
        "mom",
        "dad",
        "mother",
        "father",
        "guest",
        "guests",
        "visitor",
        "visitors",
        "man",
        "woman",
        "boy",
        "girl",
        "lady",
        "child",
        "children",
        "kids",
        "person",
        "people",
        "客人",
        "客人们",
        "奶奶",
        "爷爷",
        "妈妈",
        "爸爸",
        "孩子",
        "孩子们",
        "他",
        "她",
        "他们",
        "她们",
        "老师",
        "医生",
        "朋友",
        "女士",
        "先生",
    ];
    let has = |role: &Role| task.roles.iter().any(|filler| filler.role == *role);
    let person = task.roles.iter().any(|filler| {
        let head = filler.head.as_deref().unwrap_or(&filler.text).to_lowercase();
        filler.role == Role::Theme && PEOPLE.contains(&head.trim_start_matches('把'))
    });
    if task.frame == Frame::Bringing
        && LEADS.contains(&task.trigger.to_lowercase().as_str())
        && person
        && has(&Role::Goal)
        && !has(&Role::Beneficiary)
    {
        task.frame = Frame::Guiding;
    }
}

/// "放下杯子" lets go of it; "把杯子放在桌上" puts it somewhere.
fn put_down(task: &mut Task, cutter: &Cutter<'_>) {
    let here = Span {
        start: task.trigger_span.start,
        end: task.trigger_span.start + 2,
    };
    let somewhere = task
        .roles
        .iter()
        .any(|filler| matches!(filler.role, Role::Goal | Role::Area));
    if task.frame == Frame::Placing && cutter.cut(here) == "放下" && !somewhere {
        task.frame = Frame::Releasing;
    }
}

/// "say hello to anna": the words behind the verb that no role has are the message.
fn said(tasks: &mut [Task], at: usize, tokens: &[Token], cutter: &Cutter<'_>) {
    // "say hello" says hello.
    let task = &mut tasks[at];
    let verb = task.trigger.split(' ').next().unwrap_or_default();
    if task.frame == Frame::Statement && SAYS.contains(&verb.to_lowercase().as_str()) {
        task.trigger_span.end = task.trigger_span.start + verb.chars().count() as u32;
        task.trigger = verb.to_owned();
    }
    let task = &tasks[at];
    let says = task.frame == Frame::Statement
        && SAYS.contains(&task.trigger.to_lowercase().as_str())
        && !task
            .roles
            .iter()
            .any(|filler| matches!(filler.role, Role::Message | Role::Topic));
    if !says {
        return;
    }
    let words: Vec<Span> = tokens
        .iter()
        .skip_while(|token| token.span.start < task.trigger_span.end)
        .take_while(|token| {
            !token.is_mark() && !ENDS.contains(&token.text.as_str()) && !claimed(tasks, token.span)
        })
        .map(|token| token.span)
        .collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return;
    };
    let span = Span {
        start: first.start,
        end: last.end,
    };
    // Nothing but the words themselves speaks for it: as sure as the task at most, and half of that.
    let score = Score(tasks[at].score.0 * 0.5);
    let task = &mut tasks[at];
    task.roles.push(Filler {
        role: Role::Message,
        text: cutter.cut(span).to_owned(),
        head: None,
        span,
        score,
        value: None,
    });
    task.roles.sort_by_key(|filler| filler.span.start);
    extent(task);
}

/// Whether a trigger or role of any task has some of these characters.
fn claimed(tasks: &[Task], span: Span) -> bool {
    let meets = |other: Span| other.start < span.end && span.start < other.end;
    tasks
        .iter()
        .any(|task| meets(task.trigger_span) || task.roles.iter().any(|filler| meets(filler.span)))
}

fn extent(task: &mut Task) {
    task.span = task.roles.iter().fold(task.trigger_span, |all, filler| Span {
        start: all.start.min(filler.span.start),
        end: all.end.max(filler.span.end),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::sketch::{sketch, told};
    use crate::understand::words::tokens;

    fn check(annotated: &str, expected: &str) {
        check_in("en", annotated, expected);
    }

    fn check_in(lang: &str, annotated: &str, expected: &str) {
        let drawn = sketch(annotated);
        let mut tasks = drawn.tasks();
        settle(&mut tasks, &tokens(&drawn.text), &Cutter::new(&drawn.text), lang);
        assert_eq!(told(&tasks, false), expected, "{annotated}");
    }

    #[test]
    fn tasks_are_brought_in_line() {
        check(
            "[closure put] [container_portal the *blinds] [degree all the] way [degree down]",
            "closure container_portal=the blinds degree=all the way down",
        );
        check(
            "[closure open] [containing_object the cold *tap]",
            "change_operational_state device=the cold tap",
        );
        check(
            "[closure open] [container_portal the *door]",
            "closure container_portal=the door",
        );
        check(
            "[closure hold] [container_portal the *door]",
            "manipulation entity=the door",
        );
        check(
            "[statement say] hello [recipient to *anna]",
            "statement message=hello recipient=to anna",
        );
        check(
            "[statement say] good evening and [motion go] [goal home]",
            "statement message=good evening; motion goal=home",
        );
        check("[statement tell] [recipient *anna]", "statement recipient=anna");
        check(
            "[taking take] [theme the *cup] and [theme the *mug]",
            "taking theme=the cup",
        );
    }
    #[test]
    fn what_only_leads_to_a_task_is_none() {
        check(
            "[motion go] and [locating find] [sought_entity *anna]",
            "locating sought_entity=anna",
        );
        check(
            "can [agent> you] [motion go] [bringing get] [theme the *beer]",
            "bringing agent=you theme=the beer",
        );
        check(
            "[motion go] [goal to the *hall] and [locating find] [sought_entity *anna]",
            "motion goal=to the hall; locating sought_entity=anna",
        );
        check_in("zh", "[motion 回][goal *充电站][motion 去]", "motion goal=充电站");
        check(
            "[being_located their] [being_in_category is] [category a *box]",
            "being_located ",
        );
        check(
            "[locating find] [sought_entity the *person] [manipulation raising] [entity their *arm] and [giving give] [recipient them] \
             [theme the *cup]",
            "locating sought_entity=the person; giving recipient=them theme=the cup",
        );
        check(
            "please [bringing bring] [theme the *cup]",
            "bringing theme=the cup",
        );
        check(
            "would you mind [closure opening] [container_portal the *door]",
            "closure container_portal=the door",
        );
    }

    #[test]
    fn two_verbs_may_share_what_they_are_done_to() {
        check(
            "[locating find] and [guiding guide] [theme *tracy] [goal home]",
            "locating sought_entity=tracy; guiding theme=tracy goal=home",
        );
        check(
            "[taking take] now and [giving give] [theme the *cup]",
            "taking ; giving theme=the cup",
        );
    }

    #[test]
    fn measures_are_taken_whole() {
        check(
            "[motion go] [direction back] one and [distance a half metres]",
            "motion direction=back distance=one and a half metres",
        );
        check_in(
            "it",
            "[waiting aspetta] per [duration venti] minuti",
            "waiting duration=venti minuti",
        );
    }

    #[test]
    fn what_the_corpora_mark_otherwise_than_the_model() {
        check_in(
            "it",
            "[being_located ci sono] [theme due *tazze]",
            "being_located theme=due tazze",
        );
        check_in(
            "zh",
            "[theme> 把]它[bringing 拿][goal 来]",
            "bringing theme=把它 goal=来",
        );
    }
    #[test]
    fn people_are_led_and_things_let_go() {
        check(
            "[bringing take] [theme *grandma] [goal to the *bathroom]",
            "guiding theme=grandma goal=to the bathroom",
        );
        check(
            "[bringing take] [theme her *bag] [goal to the *bathroom]",
            "bringing theme=her bag goal=to the bathroom",
        );
        check_in("zh", "[placing 放下][theme 杯子]", "releasing theme=杯子");
        check_in(
            "zh",
            "[placing 放下]一[theme 杯子][goal 在桌上]",
            "placing theme=杯子 goal=在桌上",
        );
        check_in("zh", "[taking 取][theme 一下快递]", "taking theme=快递");
        check(
            "[statement say hello] [recipient to *anna]",
            "statement message=hello recipient=to anna",
        );
    }
}
