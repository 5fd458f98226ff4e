//! Decides what becomes of an utterance: act, ask, refuse or ignore, with the reason and what to say.
//!
//! Input: the tasks with their moods, the model's probabilities, the words. Output: outcome, reason, `say`. It acts only
//! on what is surely asked for, and says why when it does not. It never looks at the world.

use super::decode::Decoding;
use super::decode::gap::Sort;
use super::letters::sort;
use super::words::Token;
use super::{Context, Thresholds, frames, say};
use crate::message::Labels;
use crate::reading::{Act, Filler, Frame, Mood, Outcome, Reading, Reason, Rival, Role, Span, Task};
use crate::units::Score;

/// What is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) decoding: Option<&'a Decoding>,
    pub(super) labels: &'a Labels,
    pub(super) context: &'a Context<'a>,
    /// What the words alone say of a text without tasks.
    pub(super) mood: Option<Mood>,
    /// The words ask by supposing.
    pub(super) courteous: bool,
}

impl Evidence<'_> {
    /// The model's probability of the act called `name`.
    fn act(&self, name: &str) -> f32 {
        let Some(decoding) = self.decoding else { return 0.0 };
        self.labels
            .acts
            .iter()
            .zip(&decoding.acts)
            .filter(|(known, _)| *known == name)
            .map(|(_, p)| *p)
            .sum()
    }

    fn thresholds(&self) -> &Thresholds {
        &self.context.thresholds
    }
}

/// Whether a task is to be done.
#[must_use]
pub fn acted_on(task: &Task) -> bool {
    match task.mood {
        Mood::Command | Mood::Description => true,
        Mood::Question => frames::informs(&task.frame),
        Mood::Prohibition | Mood::Hypothesis | Mood::Report => false,
    }
}

/// Fills outcome, reason, say, confidence and rival of a reading that is no dialogue move.
pub(super) fn judge(reading: &mut Reading, evidence: &Evidence<'_>) {
    let lang = reading.lang.clone();
    let Some(decoding) = evidence.decoding else {
        return end(
            reading,
            Outcome::Ignore,
            Reason::LowConfidence,
            Some(say::unread(&lang)),
        );
    };
    reading.confidence = confidence(decoding, evidence.thresholds());
    reading.rival = rival(reading, decoding, evidence.labels);
    if reading.tasks.is_empty() {
        return without_tasks(reading, evidence);
    }
    if reading.tasks.iter().all(|task| !acted_on(task)) {
        return not_asked_for(reading, evidence);
    }
    let doubt: f32 = ["chat", "out_of_scope", "fragment", "question"]
        .iter()
        .map(|name| evidence.act(name))
        .sum();
    // A command that leads by little is asked about; one that is behind is not done.
    let shaky = doubt > evidence.thresholds().chat;
    let leads = ["chat", "out_of_scope", "fragment", "question"]
        .iter()
        .all(|name| evidence.act(name) < evidence.act("command"));
    // What is asked for out of politeness by supposing it looks like a question.
    let shaky = shaky && !(evidence.courteous && evidence.act("command") + evidence.act("question") > 0.5);
    if shaky && !leads {
        reading.tasks.clear();
        reading.rival = None;
        return without_tasks(reading, evidence);
    }
    if reading.confidence.0 < evidence.thresholds().ask_confidence && evidence.act("command") < 0.5 {
        return end(reading, Outcome::Ignore, Reason::LowConfidence, None);
    }
    if let Some((task, role)) = gap(&reading.tasks) {
        let text = say::missing(task, &role, &lang);
        return end(reading, Outcome::Ask, Reason::MissingRole, Some(text));
    }
    let rest = left_over(&reading.tasks, evidence.tokens, &lang);
    let rest = rest.map(|rest| super::words::Cutter::new(&reading.text).cut(rest).to_owned());
    // "bring anna the book then tom the pen": the verb was left out, or it is one that nobody knows.
    if let Some(rest) = &rest
        && reading.tasks.last().is_some_and(gives_by_name)
    {
        let meant: Vec<&Task> = reading.tasks.iter().filter(|task| acted_on(task)).collect();
        let text = say::in_part(&meant, rest, &lang);
        return end(reading, Outcome::Ask, Reason::LowConfidence, Some(text));
    }
    if let Some(rival) = &reading.rival
        && let Some(task) = reading
            .tasks
            .get(rival.task as usize)
            .filter(|task| acted_on(task))
        && task.score.0 - rival.score.0 < evidence.thresholds().tie
        && !frames::alike(&task.frame, &rival.frame)
    {
        let text = say::tie(task, &rival.frame, &lang);
        return end(reading, Outcome::Ask, Reason::NearTie, Some(text));
    }
    if shaky || reading.confidence.0 < evidence.thresholds().act_confidence {
        let meant: Vec<&Task> = reading.tasks.iter().filter(|task| acted_on(task)).collect();
        let text = say::unsure(&meant, &reading.text, &lang);
        return end(reading, Outcome::Ask, Reason::LowConfidence, Some(text));
    }
    reading.outcome = Outcome::Act;
    reading.reason = None;
    // What was not understood beside what is done is told.
    reading.say = rest.map(|rest| say::not_understood(&rest, &lang));
}

/// "bring anna the book": who gets it is called by a bare name.
fn gives_by_name(task: &Task) -> bool {
    let who = |filler: &Filler| matches!(filler.role, Role::Beneficiary | Role::Recipient);
    task.roles.iter().any(|filler| {
        who(filler)
            && !filler.text.contains(' ')
            && !matches!(
                filler.text.as_str(),
                "me" | "him" | "her" | "them" | "us" | "it" | "you" | "mi" | "ci" | "gli" | "le"
            )
    })
}

fn end(reading: &mut Reading, outcome: Outcome, reason: Reason, say: Option<String>) {
    reading.outcome = outcome;
    reading.reason = Some(reason);
    reading.say = say;
}

/// Tasks were found, but none of them is asked for.
fn not_asked_for(reading: &mut Reading, evidence: &Evidence<'_>) {
    let lang = reading.lang.clone();
    let asks = evidence.act("question") > evidence.act("chat");
    match reading.tasks.first().map(|task| task.mood) {
        Some(Mood::Prohibition) => end(
            reading,
            Outcome::Ignore,
            Reason::Negated,
            Some(say::negated(&lang)),
        ),
        Some(Mood::Hypothesis) => {
            reading.act = if asks { Act::Question } else { Act::Chat };
            end(
                reading,
                Outcome::Ignore,
                Reason::Hypothetical,
                asks.then(|| say::unknown_answer(&lang)),
            );
        }
        Some(Mood::Report) => {
            reading.act = Act::Chat;
            end(reading, Outcome::Ignore, Reason::Reported, None);
        }
        _ => {
            reading.act = Act::Question;
            end(
                reading,
                Outcome::Ignore,
                Reason::NotACommand,
                Some(say::unknown_answer(&lang)),
            );
        }
    }
}

/// No task: a bare name, a question, something beyond the robot, or talk.
fn without_tasks(reading: &mut Reading, evidence: &Evidence<'_>) {
    let lang = reading.lang.clone();
    if let Some((frame, span)) = super::bare::verb(evidence.tokens) {
        let task = Task {
            frame,
            score: reading.confidence,
            trigger: super::words::Cutter::new(&reading.text).cut(span).to_owned(),
            trigger_span: span,
            span,
            mood: Mood::Command,
            roles: Vec::new(),
            condition: None,
        };
        if let Some((task, role)) = gap(std::slice::from_ref(&task)) {
            let text = say::missing(task, &role, &lang);
            reading.act = Act::Command;
            reading.tasks = vec![task.clone()];
            return end(reading, Outcome::Ask, Reason::MissingRole, Some(text));
        }
    }
    if let Some(task) = super::bare::switched(evidence.tokens, &reading.text, &lang) {
        reading.act = Act::Command;
        reading.tasks = vec![task];
        reading.outcome = Outcome::Act;
        reading.reason = None;
        return;
    }
    let by_words = match evidence.mood {
        Some(Mood::Prohibition) => Some((Act::Command, Reason::Negated, Some(say::negated(&lang)))),
        Some(Mood::Hypothesis) => Some((
            Act::Question,
            Reason::Hypothetical,
            Some(say::unknown_answer(&lang)),
        )),
        Some(Mood::Question) => Some((
            Act::Question,
            Reason::NotACommand,
            Some(say::unknown_answer(&lang)),
        )),
        Some(Mood::Report) => Some((Act::Chat, Reason::Reported, None)),
        _ => None,
    };
    if let Some((act, reason, text)) = by_words {
        reading.act = act;
        return end(reading, Outcome::Ignore, reason, text);
    }
    let names = ["command", "question", "chat", "fragment", "out_of_scope"];
    let scores = names.map(|name| evidence.act(name));
    let best = super::decode::argmax(&scores)
        .filter(|&at| scores[at] > 0.0)
        .map(|at| names[at]);
    let bare = evidence.act("fragment") > BARE && is_bare_name(evidence.tokens);
    if best == Some("fragment") || bare || is_known_name(reading, evidence) {
        let named = named(reading, evidence.tokens);
        let text = say::fragment(&named.text, &lang);
        reading.act = Act::Chat;
        reading.named = Some(named);
        return end(reading, Outcome::Ask, Reason::Fragment, Some(text));
    }
    match best {
        Some("question") => {
            reading.act = Act::Question;
            end(
                reading,
                Outcome::Refuse,
                Reason::OutOfScope,
                Some(say::unknown_answer(&lang)),
            );
        }
        Some("command" | "out_of_scope") if evidence.act("command") + evidence.act("out_of_scope") > 0.5 => {
            end(
                reading,
                Outcome::Refuse,
                Reason::OutOfScope,
                Some(say::out_of_scope(&lang)),
            );
        }
        _ => {
            reading.act = Act::Chat;
            end(reading, Outcome::Ignore, Reason::NotACommand, None);
        }
    }
}

/// A text that looks like a bare name is one when the model gives that at least this much.
const BARE: f32 = 0.1;

/// Whether the words look like a name without a verb: an article or "my" first, and nothing that makes a sentence of it.
fn is_bare_name(tokens: &[Token]) -> bool {
    const VERBS: &[&str] = &[
        "is", "are", "was", "were", "has", "have", "am", "will", "can", "è", "sono", "era", "ha", "hanno",
    ];
    let words: Vec<&str> = tokens
        .iter()
        .filter(|t| !t.is_mark())
        .map(|t| t.text.as_str())
        .collect();
    words.len() <= 9
        && words.first().is_some_and(|first| article(first))
        && !words
            .iter()
            .any(|word| VERBS.contains(word) || word.ends_with("'s"))
}

/// Whether the whole text is a name from the map or of something the robot knows, with or without an article.
fn is_known_name(reading: &Reading, evidence: &Evidence<'_>) -> bool {
    let said: Vec<&str> = evidence
        .tokens
        .iter()
        .filter(|t| !t.is_mark())
        .map(|t| t.text.as_str())
        .skip_while(|w| article(w))
        .collect();
    let is = |name: &str| {
        let words = super::words::tokens(name);
        !words.is_empty()
            && words.len() == said.len()
            && words.iter().zip(&said).all(|(token, word)| token.text == *word)
    };
    !said.is_empty()
        && reading.text.len() < 200
        && (evidence.context.known.iter().any(|name| is(name))
            || evidence
                .context
                .map
                .iter()
                .any(|item| is(&item.class) || item.names.iter().any(|name| is(name))))
}

fn article(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "my"
            | "your"
            | "this"
            | "that"
            | "il"
            | "la"
            | "lo"
            | "i"
            | "gli"
            | "le"
            | "un"
            | "una"
            | "uno"
    )
}

/// The bare name as a filler without its marks.
fn named(reading: &Reading, tokens: &[Token]) -> Filler {
    let cutter = super::words::Cutter::new(&reading.text);
    let words: Vec<&Token> = tokens.iter().filter(|token| !token.is_mark()).collect();
    let span = match (words.first(), words.last()) {
        (Some(first), Some(last)) => Span {
            start: first.span.start,
            end: last.span.end,
        },
        _ => Span {
            start: 0,
            end: cutter.len(),
        },
    };
    super::filler(Role::Theme, span, &cutter, &reading.lang)
}

/// What stands behind "and" or "then" as a command would ("then wash the plates") and no task has.
fn left_over(tasks: &[Task], tokens: &[Token], lang: &str) -> Option<Span> {
    let said: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let sorts: Vec<Sort> = (0..said.len()).map(|at| sort(&said, at, lang)).collect();
    let end = tasks.iter().map(|task| task.span.end).max()?;
    let parts = |at: usize| matches!(sorts[at], Sort::And | Sort::Then);
    let from =
        (0..said.len()).find(|&at| tokens[at].span.start >= end && !parts(at) && sorts[at] != Sort::Aside)?;
    let linked = (0..from)
        .rev()
        .take_while(|&at| parts(at) || sorts[at] == Sort::Aside);
    let linked = linked.filter(|&at| !tokens[at].is_mark()).any(parts);
    let command = sorts[from] == Sort::Other
        && sorts
            .get(from + 1)
            .is_some_and(|next| matches!(next, Sort::Opens | Sort::Pronoun));
    let told = tasks.iter().any(|task| task.condition.is_some());
    let to = (from..said.len())
        .find(|&at| parts(at) || tokens[at].is_mark())
        .unwrap_or(said.len());
    let clear = !sorts[from..to].contains(&Sort::Breaks);
    (linked && command && clear && !told).then(|| Span {
        start: tokens[from].span.start,
        end: tokens[to - 1].span.end,
    })
}

const ANSWERS: &[&str] = &["answer", "rispondi", "回答"];

/// The first role that a task to be done needs and lacks.
fn gap(tasks: &[Task]) -> Option<(&Task, Role)> {
    let mut asked = tasks.iter().enumerate().filter(|(_, task)| acted_on(task));
    asked.find_map(|(at, task)| {
        let has = |role: &Role| task.roles.iter().any(|filler| filler.role == *role);
        // "find tom and answer": what is to be answered, he says.
        if task.frame == Frame::Statement && ANSWERS.contains(&task.trigger.to_lowercase().as_str()) {
            return None;
        }
        // "过来", "回去" say where to.
        if task.frame == Frame::Motion
            && task.trigger.ends_with(['来', '去'])
            && task.trigger.chars().count() > 1
        {
            return None;
        }
        let group = frames::required(&task.frame)
            .iter()
            .filter(|group| !(group.contains(&Role::Theme) && super::ellipsis::left_out(tasks, at).is_some()))
            .find(|group| !group.iter().any(has))?;
        Some((task, group.first()?.clone()))
    })
}

/// Probability that the whole reading is right: all triggers, frames and role sequences, calibrated in log odds.
fn confidence(decoding: &Decoding, thresholds: &Thresholds) -> Score {
    let raw: f32 = decoding.triggers * decoding.tasks.iter().map(|task| task.sequence).product::<f32>();
    let raw = raw.clamp(1e-6, 1.0 - 1e-6);
    let odds = libm::logf(raw / (1.0 - raw));
    Score(1.0 / (1.0 + libm::expf(-(thresholds.slope * odds + thresholds.offset))))
}

/// The frame that came closest to being chosen instead.
fn rival(reading: &Reading, decoding: &Decoding, labels: &Labels) -> Option<Rival> {
    let close = decoding
        .tasks
        .iter()
        .enumerate()
        .filter_map(|(at, task)| task.second.map(|(frame, p)| (at, frame, p)));
    let (at, frame, p) = close.max_by(|a, b| a.2.total_cmp(&b.2).then(b.0.cmp(&a.0)))?;
    (p > 0.01 && at < reading.tasks.len()).then(|| Rival {
        task: at as u32,
        frame: Frame::from(labels.frames[frame].as_str()),
        score: Score(p),
    })
}
