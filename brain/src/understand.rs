//! From what the text model says of an utterance to a [`Reading`]: what is asked for, and whether to act on it.
//!
//! ```text
//! text ──> stop words, exact phrases ─┐
//! Tags ──> decode ──> tasks, roles ───┼──> moods ──> values ──> judge ──> Reading
//! ```
//!
//! It judges the words alone. Whether the things exist, whether the robot can and may, is for grounding, planning
//! and the guard. It needs the model only for tasks: a stop word, "yes" and "never mind" are known without.

pub mod about;
pub mod names;
mod chinese;
pub mod choose;
pub mod clitic;
mod letters;
pub mod decode;
pub mod frames;
pub mod dialogue;
pub mod judge;
pub mod language;
pub mod mood;
pub mod packs;
mod bare;
pub mod conditions;
pub mod ellipsis;
mod repair;
mod settle;
pub mod say;
#[cfg(test)]
pub(crate) mod sketch;
pub mod stopword;
pub mod values;
pub mod words;

use crate::message::{Labels, MapItem, Tags};
use crate::reading::{Act, Filler, Frame, Mood, Outcome, Reading, Reason, Role, Span, Task};
use crate::units::Score;
use serde::{Deserialize, Serialize};
use words::Cutter;

/// What is known beside the words when an utterance is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The semantic map that came with the text, where one did.
    pub map: &'a [MapItem],
    /// Names of places, things and persons the robot knows.
    pub known: &'a [String],
    /// The question that waits for an answer, where one does.
    pub open: Option<Open<'a>>,
    /// What was learnt beside the built-in frames.
    pub packs: &'a [packs::Pack],
    /// Words that stop the robot, beside the built-in ones.
    pub stop_words: &'a [String],
    /// What the model's probabilities are compared with.
    pub thresholds: Thresholds,
}

/// A question that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub struct Open<'a> {
    /// The offered answers, as they were said ("the red cup", "the blue cup"); empty for a yes-or-no question.
    pub choices: &'a [String],
}

/// What the model's probabilities are compared with. The shipped values stand in the model's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// Divides the frame logits before the softmax (temperature scaling, Guo et al. 2017).
    pub frame_temperature: f32,
    /// The same for the role tags.
    pub role_temperature: f32,
    /// The same for the moods.
    pub mood_temperature: f32,
    /// The same for the acts.
    pub act_temperature: f32,
    /// A word is a trigger when its frames together are likelier than this.
    pub trigger: f32,
    /// Where nothing is sure, the likeliest trigger or needed role still counts when it is likelier than this.
    pub second_look: f32,
    /// Roles that a frame cannot have count this much of what the model gives them.
    pub foreign_role: f32,
    /// A reading is acted on from this confidence on; below it is asked about.
    pub act_confidence: f32,
    /// Below this confidence nothing is asked either: it was hardly meant for the robot.
    pub ask_confidence: f32,
    /// Two frames tie when the first is less than this ahead.
    pub tie: f32,
    /// A task is no command when its moods other than command are together likelier than this.
    pub mood: f32,
    /// An utterance is chat or out of scope when the model gives these more than this.
    pub chat: f32,
    /// Slope of the confidence in log odds (Platt 1999), fitted on lines kept aside from training.
    pub slope: f32,
    /// Offset of the confidence in log odds.
    pub offset: f32,
}

/// Fitted on grammar lines of another seed than the training's (slope and offset by logistic regression of "wholly right" on
/// the log odds; expected calibration error .13 before, .04 after) and read off own lines, never on the test sets.
impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            frame_temperature: 1.0,
            role_temperature: 1.0,
            mood_temperature: 1.0,
            act_temperature: 1.0,
            trigger: 0.5,
            second_look: 0.15,
            foreign_role: 0.02,
            act_confidence: 0.65,
            ask_confidence: 0.2,
            tie: 0.15,
            mood: 0.5,
            chat: 0.5,
            slope: 1.0,
            offset: 0.7,
        }
    }
}

/// Reads one utterance. `tags` is `None` when the model could not run: then only stop words and exact phrases count.
#[must_use]
pub fn understand(text: &str, tags: Option<&Tags>, labels: &Labels, context: &Context<'_>) -> Reading {
    let cutter = Cutter::new(text);
    let tokens = words::tokens(text);
    let mut reading = blank(text);
    if let Some(stop) = stopword::stop_word(text, context.stop_words) {
        return stopped(reading, &stop, &tokens, &cutter);
    }
    let tags = tags.filter(|tags| !tags.words.is_empty());
    let langs = tags.map_or_else(Vec::new, |tags| decode::softmax(&tags.langs, 1.0));
    reading.lang = language::language(&tokens, &langs, labels);
    let decoding = tags.and_then(|tags| {
        let letters = letters::letters(tags, &cutter, &reading.lang, context.map);
        decode::decode(tags, labels, &context.thresholds, &|at| letters[at])
    });
    if let (Some(decoding), Some(tags)) = (&decoding, tags) {
        reading.tasks = tasks(decoding, tags, labels, context, &tokens, &cutter, &reading.lang);
    }
    if let Some(found) = packs::exactly(text, context.packs) {
        return found.reading(reading);
    }
    let model = decoding
        .as_ref()
        .and_then(|decoding| strongest_act(decoding, labels));
    if let Some(found) = dialogue::dialogue(text, context.open, model)
        && (model.is_none_or(|(act, _)| act != found.act) || !overruled(&found, &reading))
    {
        return moved(reading, &found, context, &cutter);
    }
    let evidence = judge::Evidence {
        tokens: &tokens,
        decoding: decoding.as_ref(),
        labels,
        context,
        mood: mood::of_text(&tokens, &reading.lang),
        courteous: mood::courteous(&tokens, &reading.lang),
    };
    judge::judge(&mut reading, &evidence);
    let embedding = tags.map_or(&[][..], |tags| &tags.embedding);
    ask(&mut reading, embedding, context);
    if reading.answer.is_some() {
        return reading;
    }
    if let Some(found) = packs::nearly(text, embedding, context, &reading).filter(|_| evidence.mood.is_none())
    {
        return found.reading(reading);
    }
    reading
}

/// A question: answered where a pack knows the answer; told from a remark where it asks for the robot itself.
fn ask(reading: &mut Reading, embedding: &[f32], context: &Context<'_>) {
    let asks = |task: &Task| task.mood == Mood::Question;
    let command = reading
        .tasks
        .iter()
        .any(|task| !asks(task) && judge::acted_on(task));
    // What the built-in frames would do must be passed over for good reason only.
    let enough = if reading.act == Act::Question && reading.tasks.is_empty() {
        packs::answers::SURE
    } else {
        packs::answers::VERY_SURE
    };
    let found = packs::answers::answer(&reading.text, embedding, context.packs);
    if let Some((answer, same)) = found
        && (same || (!command && answer.score.0 >= enough))
    {
        reading.act = Act::Question;
        reading.outcome = Outcome::Act;
        reading.reason = None;
        reading.say = Some(answer.text.clone());
        reading.confidence = answer.score;
        reading.rival = None;
        reading.named = None;
        reading.tasks.clear();
        reading.answer = Some(answer);
        return;
    }
    if reading.outcome != Outcome::Act && !command && about::topic(&reading.text).is_some() {
        reading.act = Act::Question;
        reading.named = None;
        reading.outcome = Outcome::Ignore;
        reading.reason = Some(Reason::NotACommand);
        reading.say = Some(say::from_state(&reading.lang));
        reading.tasks.clear();
    }
}

/// The decoded tasks with their moods and values.
fn tasks(
    decoding: &decode::Decoding,
    tags: &Tags,
    labels: &Labels,
    context: &Context<'_>,
    tokens: &[words::Token],
    cutter: &Cutter<'_>,
    lang: &str,
) -> Vec<Task> {
    let mut tasks: Vec<Task> = decoding
        .tasks
        .iter()
        .map(|task| task_of(task, tags, labels, cutter))
        .collect();
    let lexical = mood::lexical(tokens, &tasks, lang);
    for ((task, decoded), lexical) in tasks.iter_mut().zip(&decoding.tasks).zip(lexical) {
        task.mood = mood::decide(
            &decoded.moods,
            &labels.moods,
            lexical,
            &task.frame,
            context.thresholds.mood,
        );
    }
    repair::repair(&mut tasks, tokens, cutter);
    settle::settle(&mut tasks, tokens, cutter, lang);
    conditions::note(&mut tasks, tokens, cutter, lang);
    for task in &mut tasks {
        let text = cutter.cut(task.span).to_owned();
        values::fill(&mut task.roles, &text, lang);
    }
    tasks
}

/// The model's likeliest act where it is one of the dialogue's, and its probability.
fn strongest_act(decoding: &decode::Decoding, labels: &Labels) -> Option<(Act, f32)> {
    let at = decode::argmax(&decoding.acts)?;
    let act = match labels.acts.get(at)?.as_str() {
        "confirm" => Act::Confirm,
        "deny" => Act::Deny,
        "cancel" => Act::Cancel,
        "correct" => Act::Correct,
        "undo" => Act::Undo,
        "repeat" => Act::Repeat,
        "choose" => Act::Choose,
        _ => return None,
    };
    Some((act, decoding.acts[at]))
}

/// "yes, and go to the kitchen": a task beside a yes is a command, whatever the model calls the whole.
fn overruled(found: &dialogue::Move, reading: &Reading) -> bool {
    let names_task = reading.tasks.iter().any(judge::acted_on);
    names_task
        && matches!(
            found.act,
            Act::Confirm | Act::Deny | Act::Cancel | Act::Repeat | Act::Choose
        )
}

/// The reading of a stop word.
fn stopped(
    mut reading: Reading,
    stop: &stopword::StopWord,
    tokens: &[words::Token],
    cutter: &Cutter<'_>,
) -> Reading {
    reading.lang = stop.lang.map_or_else(
        || language::language(tokens, &[], &Labels::default()),
        str::to_owned,
    );
    reading.confidence = Score(1.0);
    reading.tasks = vec![Task {
        frame: Frame::Stopping,
        score: Score(1.0),
        trigger: cutter.cut(stop.span).to_owned(),
        trigger_span: stop.span,
        span: stop.span,
        mood: Mood::Command,
        roles: Vec::new(),
        condition: None,
    }];
    reading
}

/// The reading of a move in the dialogue.
fn moved(
    mut reading: Reading,
    found: &dialogue::Move,
    context: &Context<'_>,
    cutter: &Cutter<'_>,
) -> Reading {
    reading.act = found.act;
    reading.choice = found.choice;
    reading.confidence = Score(1.0);
    reading.named = found
        .named
        .map(|span| filler(Role::Theme, span, cutter, &reading.lang));
    // Without an open question there is nothing to answer. Whether there is something to undo, repeat, correct or cancel
    // is for the dialogue's memory.
    if context.open.is_none() && matches!(found.act, Act::Confirm | Act::Deny | Act::Choose) {
        reading.outcome = Outcome::Ignore;
        reading.reason = Some(Reason::NothingOpen);
        reading.say = Some(say::nothing_open(&reading.lang));
    }
    if matches!(
        found.act,
        Act::Confirm | Act::Deny | Act::Cancel | Act::Repeat | Act::Choose
    ) {
        reading.tasks.clear();
    }
    reading
}

/// A filler cut out of the text without the model: its head is the last word, in Chinese what stands behind "的".
pub(crate) fn filler(role: Role, span: Span, cutter: &Cutter<'_>, lang: &str) -> Filler {
    let text = cutter.cut(span);
    let head = if lang == "zh" {
        text.rsplit('的')
            .next()
            .filter(|rest| !rest.is_empty())
            .map(str::to_owned)
    } else {
        words::tokens(text)
            .iter()
            .rev()
            .find(|token| !token.is_mark())
            .map(|token| Cutter::new(text).cut(token.span).to_owned())
    };
    Filler {
        value: values::of_role(&role, text, lang),
        role,
        text: text.to_owned(),
        head,
        span,
        score: Score(1.0),
    }
}

/// A reading in which nothing was understood yet.
fn blank(text: &str) -> Reading {
    Reading {
        text: text.to_owned(),
        lang: "en".to_owned(),
        act: Act::Command,
        outcome: Outcome::Act,
        reason: None,
        say: None,
        tasks: Vec::new(),
        answer: None,
        confidence: Score(0.0),
        rival: None,
        named: None,
        choice: None,
    }
}

/// A decoded task in the words of the text.
fn task_of(task: &decode::Decoded, tags: &Tags, labels: &Labels, cutter: &Cutter<'_>) -> Task {
    let span_of = |words: &std::ops::Range<usize>| Span {
        start: tags.words[words.start].start.min(cutter.len()),
        end: tags.words[words.end - 1].end.min(cutter.len()),
    };
    let trigger_span = span_of(&task.trigger);
    let frame = Frame::from(labels.frames[task.frame].as_str());
    let filler = |role: Role, span: Span, head: Span, score: f32| Filler {
        role,
        text: cutter.cut(span).to_owned(),
        head: Some(cutter.cut(head).to_owned()),
        span,
        score: Score(score),
        value: None,
    };
    let mut roles: Vec<Filler> = Vec::new();
    for found in &task.roles {
        // A role of marks alone ("let's" is cut into three) names nothing.
        if !cutter
            .cut(span_of(&found.words))
            .chars()
            .any(char::is_alphanumeric)
        {
            continue;
        }
        let role = Role::from(labels.roles[found.role].as_str());
        let span = span_of(&found.words);
        if task.trigger.contains(&found.words.start) {
            for (role, letters) in clitic::roles(cutter.cut(span), &frame, &role) {
                let part = Span {
                    start: span.start + letters.start as u32,
                    end: span.start + letters.end as u32,
                };
                roles.push(filler(role, part, part, found.score));
            }
            continue;
        }
        roles.push(filler(
            role,
            span,
            found.head.as_ref().map_or(span, span_of),
            found.score,
        ));
    }
    let span = roles.iter().fold(trigger_span, |all, role| Span {
        start: all.start.min(role.span.start),
        end: all.end.max(role.span.end),
    });
    Task {
        frame,
        score: Score(task.score),
        trigger: cutter.cut(trigger_span).to_owned(),
        trigger_span,
        span,
        mood: Mood::Command,
        roles,
        condition: None,
    }
}

#[cfg(test)]
mod tests;
