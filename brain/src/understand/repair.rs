//! Self-repair: "the red, no, the blue cup" means the blue one, "take, I mean, bring me the cup" means bring.
//!
//! Input: the tasks as the model tagged them and the words. Output: the same tasks without what the speaker took back.
//! Spans only shrink, move to words that nothing else claims, or go; offsets stay those of the text.

use super::words::{Cutter, Token};
use crate::reading::{Filler, Span, Task};
use std::ops::Range;

/// What people say between what they take back and what they mean. Longest first.
const TERMS: &[&[&str]] = &[
    &["no", "no", "wait"],
    &["no", "wait"],
    &["no", "sorry"],
    &["sorry", "no"],
    &["sorry", "i", "mean"],
    &["no", "i", "mean"],
    &["wait", "no"],
    &["oh", "no"],
    &["or", "rather"],
    &["scratch", "that"],
    &["i", "mean"],
    &["i", "meant"],
    &["make", "that"],
    &["no", "aspetta"],
    &["volevo", "dire"],
    &["no", "scusa"],
    &["anzi", "no"],
    &["no", "anzi"],
    &["anzi"],
    &["cioè"],
    &["不", "对"],
    &["不", "是"],
    &["我", "是", "说"],
    &["sorry"],
    &["no"],
    &["不"],
];
/// Words that a new name begins with.
const BEGINS: &[&str] = &[
    "the", "a", "an", "to", "my", "your", "his", "her", "this", "that", "in", "on", "into", "from", "at",
    "under", "il", "la", "lo", "i", "gli", "le", "un", "una", "nel", "nella", "sul", "sulla", "al", "alla",
    "quello", "quella", "l'",
];
/// Words that end what was taken back or what replaces it.
const ENDS: &[&str] = &["and", "then", "please", "e", "poi", "thanks", "grazie", "然"];

/// Takes back what the speaker took back.
pub(super) fn repair(tasks: &mut Vec<Task>, tokens: &[Token], cutter: &Cutter<'_>) {
    let mut at = 1;
    while at < tokens.len() {
        let Some(term) = term(tokens, at) else {
            at += 1;
            continue;
        };
        at = term.end;
        drop_editing(tasks, tokens, &term);
        if !take_back_task(tasks, tokens, &term) {
            take_back_words(tasks, tokens, &term, cutter);
        }
    }
    drop_repeats(tasks);
}

/// The editing term at word `at`, with the marks around it.
fn term(tokens: &[Token], at: usize) -> Option<Range<usize>> {
    let phrase = TERMS.iter().find(|phrase| {
        phrase.len() <= tokens.len() - at
            && phrase
                .iter()
                .enumerate()
                .all(|(n, word)| tokens[at + n].text == *word)
    })?;
    let mut range = at..at + phrase.len();
    let sides = [&tokens[at - 1], tokens.get(range.end)?].map(Token::is_mark);
    let marked = sides.contains(&true);
    let next = tokens[range.end..].iter().find(|token| !token.is_mark())?;
    // "with no sugar", "不是": alone these are common words; between marks or before an article they take back.
    let common = matches!(*phrase, ["no"] | ["sorry"] | ["不"] | ["不", "是"]);
    let begins = BEGINS.contains(&next.text.as_str());
    // "go there, sorry, robot" is politeness more often than "turn left, sorry, right" is none.
    let between = sides == [true, true] && next.span.end == tokens[tokens.len() - 1].span.end;
    if common && !(begins || (marked && *phrase != ["sorry"]) || between) {
        return None;
    }
    while range.start > 0 && tokens[range.start - 1].is_mark() {
        range.start -= 1;
    }
    while tokens.get(range.end).is_some_and(Token::is_mark) {
        range.end += 1;
    }
    (range.start > 0 && range.end < tokens.len()).then_some(range)
}

/// "go to the kitchen no wait to the hall": the "wait" of the term is no task where a name stands behind it.
fn drop_editing(tasks: &mut Vec<Task>, tokens: &[Token], term: &Range<usize>) {
    if !BEGINS.contains(&tokens[term.end].text.as_str()) {
        return;
    }
    let (start, end) = (tokens[term.start].span.start, tokens[term.end - 1].span.end);
    let inside = |task: &Task| task.trigger_span.start >= start && task.trigger_span.end <= end;
    if tasks.first().is_some_and(|first| !inside(first)) {
        tasks.retain(|task| !inside(task));
    }
}

/// A task begins right behind the term: the one before it was taken back.
fn take_back_task(tasks: &mut Vec<Task>, tokens: &[Token], term: &Range<usize>) -> bool {
    let behind = tokens[term.end].span.start;
    let Some(next) = tasks.iter().position(|task| task.trigger_span.start == behind) else {
        return false;
    };
    let before = next
        .checked_sub(1)
        .filter(|&n| tasks[n].span.end >= tokens[term.start - 1].span.start);
    if let Some(before) = before {
        tasks.remove(before);
    }
    before.is_some()
}

/// A name is said anew behind the term.
fn take_back_words(tasks: &mut [Task], tokens: &[Token], term: &Range<usize>, cutter: &Cutter<'_>) {
    let (left, right) = (tokens[term.start - 1].span, tokens[term.end].span);
    let claimed = |at: usize, tasks: &[Task]| {
        let span = tokens[at].span;
        let meets = |other: Span| other.start < span.end && span.start < other.end;
        tasks
            .iter()
            .any(|task| meets(task.trigger_span) || task.roles.iter().any(|filler| meets(filler.span)))
    };
    // The words behind the term that no task has.
    let free = (term.end..tokens.len())
        .take_while(|&at| {
            !tokens[at].is_mark() && !ENDS.contains(&tokens[at].text.as_str()) && !claimed(at, tasks)
        })
        .last();
    for task in tasks.iter_mut() {
        if let Some(filler) = task
            .roles
            .iter_mut()
            .find(|f| f.span.start <= left.start && f.span.end > right.start)
        {
            reset(
                filler,
                Span {
                    start: right.start,
                    end: filler.span.end,
                },
                cutter,
            );
        } else if let Some(before) = task.roles.iter().position(|filler| filler.span.end == left.end) {
            let role = task.roles[before].role.clone();
            if task
                .roles
                .iter()
                .any(|filler| filler.role == role && filler.span.start >= right.start)
            {
                task.roles.remove(before);
            } else if let Some(last) = free {
                reset(
                    &mut task.roles[before],
                    Span {
                        start: right.start,
                        end: tokens[last].span.end,
                    },
                    cutter,
                );
            } else {
                continue;
            }
        } else {
            continue;
        }
        task.roles.sort_by_key(|filler| filler.span.start);
        task.span = task.roles.iter().fold(task.trigger_span, |all, filler| Span {
            start: all.start.min(filler.span.start),
            end: all.end.max(filler.span.end),
        });
        return;
    }
}

/// Moves a filler to `span`; its head stays where the span still holds it, else it is the last word.
fn reset(filler: &mut Filler, span: Span, cutter: &Cutter<'_>) {
    filler.span = span;
    filler.text = cutter.cut(span).to_owned();
    let words = super::words::tokens(&filler.text);
    let kept = filler
        .head
        .as_ref()
        .is_some_and(|head| words.iter().any(|word| word.text == head.to_lowercase()));
    if !kept {
        filler.head = words
            .iter()
            .rev()
            .find(|word| !word.is_mark())
            .map(|word| Cutter::new(&filler.text).cut(word.span).to_owned());
    }
}

/// "bring me bring me the cup": a task whose roles are all said again by the next of its frame goes.
fn drop_repeats(tasks: &mut Vec<Task>) {
    let mut at = 1;
    while at < tasks.len() {
        let (before, here) = (&tasks[at - 1], &tasks[at]);
        let again = before.frame == here.frame
            && before.mood == here.mood
            && before.trigger.eq_ignore_ascii_case(&here.trigger)
            && before.roles.iter().all(|old| {
                here.roles
                    .iter()
                    .any(|new| new.role == old.role && new.text.eq_ignore_ascii_case(&old.text))
            });
        if again {
            tasks.remove(at - 1);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::sketch::{sketch, told};
    use crate::understand::words::tokens;

    fn check(annotated: &str, expected: &str) {
        let drawn = sketch(annotated);
        let mut tasks = drawn.tasks();
        repair(&mut tasks, &tokens(&drawn.text), &Cutter::new(&drawn.text));
        assert_eq!(told(&tasks, true), expected, "{annotated}");
    }

    #[test]
    fn what_is_taken_back_goes() {
        check(
            "[taking take] [theme the red, no, the blue *cup]",
            "taking theme=the blue cup/cup",
        );
        check(
            "[taking take] [theme the red cup] no [theme the blue *cup]",
            "taking theme=the blue cup/cup",
        );
        check(
            "[motion go] [goal to the *kitchen], no, to the bedroom",
            "motion goal=to the bedroom/bedroom",
        );
        check(
            "[motion go] [goal to the *kitchen] no wait the bedroom please",
            "motion goal=the bedroom/bedroom",
        );
        check(
            "[taking take], no, [bringing bring] [beneficiary me] [theme the *cup]",
            "bringing beneficiary=me/me theme=the cup/cup",
        );
        check(
            "[motion go] [goal to the *kitchen] I mean [motion go] [goal to the *hall]",
            "motion goal=to the hall/hall",
        );
        check(
            "[bringing bring] [beneficiary me] [bringing bring] [beneficiary me] [theme a *cup]",
            "bringing beneficiary=me/me theme=a cup/cup",
        );
        check(
            "[motion vai] [goal in *cucina] anzi in salotto",
            "motion goal=in salotto/salotto",
        );
        check(
            "[taking prendi] [theme la *tazza rossa], anzi no, quella blu",
            "taking theme=quella blu/blu",
        );
        check(
            "[motion go] [goal to the *kitchen] no [waiting wait] [location to the *bathroom]",
            "motion goal=to the bathroom/bathroom",
        );
        check(
            "[motion go] [goal to the *kitchen], no, [waiting wait] [location in the *hall]",
            "waiting location=in the hall/hall",
        );
    }

    #[test]
    fn other_uses_of_the_words_stay() {
        check(
            "[bringing bring] [beneficiary me] [theme a *coffee with no sugar]",
            "bringing beneficiary=me/me theme=a coffee with no sugar/coffee",
        );
        check(
            "[motion go] [goal to the *kitchen] and [taking take] [theme the *cup]",
            "motion goal=to the kitchen/kitchen; taking theme=the cup/cup",
        );
        check("[motion go] [goal there], sorry", "motion goal=there/there");
        check(
            "[change_direction turn] [direction left], sorry, right",
            "change_direction direction=right/right",
        );
    }
}
