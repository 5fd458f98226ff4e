//! Binds the words of one role: which of the candidates fit, and why the one was chosen.

use crate::config::nearest;
use crate::ground::candidates::{self, Candidate, blank};
use crate::ground::lexicon;
use crate::ground::phrase::{Number, Phrase, Pronoun, Relation, Side, Size, phrase};
use crate::ground::{Kind, Target, World};
use crate::knowledge::{self, IS_A, Triple};
use crate::step::Knows;

/// What became of the words of one role.
#[derive(Debug, Clone, PartialEq)]
pub enum Binding {
    /// They point at this.
    One(Box<Target>),
    /// They fit these equally well.
    Many(Vec<Target>),
    /// They fit nothing: what was said, and what is known that comes near.
    Unknown {
        /// The words that fit nothing.
        words: String,
        /// Other things that may be meant; may be empty.
        near: Vec<Target>,
    },
    /// They name no thing: a pronoun without anything it could point back at.
    Dangling,
}

/// What a role can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Anything.
    Any,
    /// Somebody.
    Person,
    /// A thing.
    Thing,
    /// Something that is switched.
    Device,
}

/// Largest distance between two things that are near each other, metres.
const NEAR_M: f32 = 1.5;

/// Largest distance between a thing and what it is on, where the map does not say it, metres.
const ON_M: f32 = 0.6;

/// A name at least this alike may be what was meant (normalized Damerau-Levenshtein).
const MISSPELT: f64 = 0.72;

/// Of several things near another, the nearest is meant when the next is at least this many times as far.
const NEARER: f32 = 1.5;

/// What is nearer than this is around, metres.
const AROUND_M: f32 = 4.0;

/// Two directions closer than this are no left and right, radians.
const SIDE_RAD: f32 = 0.03;

/// Binds these words. `anchors` narrow the choice: where another role of the task says the thing is.
#[must_use]
pub fn bind(text: &str, wants: Wants, anchors: &[Target], world: &World<'_>, lang: &str) -> Binding {
    let phrase = phrase(text);
    match phrase.pronoun {
        Some(Pronoun::Me) => return Binding::One(Box::new(candidates::speaker(world))),
        Some(Pronoun::You) => return one(blank(Kind::Robot, &world.robot.name), "the robot itself"),
        Some(Pronoun::Here) => {
            let mut here = blank(Kind::Place, "here");
            here.at = Some(world.scene.pose.at);
            here.place = candidates::place_at(world.robot, world.scene.pose.at);
            return one(here, "where the robot is");
        }
        Some(Pronoun::It) => {
            return back(
                world.memory.thing.as_ref().or(world.held),
                "the thing spoken of last",
                world,
                lang,
            );
        }
        Some(Pronoun::Them) => {
            return back(
                world.memory.person.as_ref(),
                "the person spoken of last",
                world,
                lang,
            );
        }
        Some(Pronoun::There) => {
            return back(
                world.memory.place.as_ref(),
                "the place spoken of last",
                world,
                lang,
            );
        }
        Some(Pronoun::One) if world.memory.thing.is_none() && world.choices.is_empty() => {
            return Binding::Dangling;
        }
        Some(Pronoun::One) | None => {}
    }
    let all = candidates::all(world, lang);
    let fitting = by_name(&phrase, wants, &all, world);
    if fitting.is_empty() {
        return unknown(&phrase, text, wants, anchors, &all, world, lang);
    }
    narrow(&phrase, text, wants, anchors, fitting, &all, world, lang)
}

fn one(mut target: Target, chosen: &str) -> Binding {
    target.chosen = chosen.to_owned();
    Binding::One(Box::new(target))
}

/// The thing pointed back at, as it is known now.
fn back(target: Option<&Target>, chosen: &str, world: &World<'_>, lang: &str) -> Binding {
    let Some(target) = target else {
        return Binding::Dangling;
    };
    let now = candidates::all(world, lang)
        .into_iter()
        .map(|c| c.target)
        .find(|t| same(t, target));
    one(now.unwrap_or_else(|| target.clone()), chosen)
}

/// Whether two targets are the same thing.
#[must_use]
pub fn same(a: &Target, b: &Target) -> bool {
    match (&a.id, &b.id) {
        (Some(x), Some(y)) => x == y,
        _ => a.track.is_some() && a.track == b.track,
    }
}

/// The candidates that the noun names, each with how well: 5 whole name with colour, 4 name or class, 3 synonym,
/// 2 part of a name, 1 kind.
fn by_name(phrase: &Phrase, wants: Wants, all: &[Candidate], world: &World<'_>) -> Vec<(u8, Candidate)> {
    if phrase.pronoun == Some(Pronoun::One) {
        if !world.choices.is_empty() {
            let chosen = |c: &&Candidate| world.choices.iter().any(|t| same(t, &c.target));
            return all.iter().filter(chosen).map(|c| (4, c.clone())).collect();
        }
        let class = world
            .memory
            .thing
            .as_ref()
            .map(|t| t.class.clone())
            .unwrap_or_default();
        let alike = |c: &&Candidate| {
            c.target.class == class
                && !(phrase.number == Number::Other
                    && world.memory.thing.as_ref().is_some_and(|t| same(t, &c.target)))
        };
        return all.iter().filter(alike).map(|c| (4, c.clone())).collect();
    }
    let mut fitting: Vec<(u8, Candidate)> = all
        .iter()
        .map(|c| (level(phrase, c, world.facts), c.clone()))
        .filter(|(level, _)| *level > 0)
        .collect();
    let wanted = |t: &Target| match wants {
        Wants::Any => true,
        Wants::Person => matches!(t.kind, Kind::Person | Kind::Speaker),
        Wants::Thing => matches!(t.kind, Kind::Thing | Kind::Device),
        Wants::Device => t.device.is_some(),
    };
    if wants != Wants::Any && fitting.iter().any(|(_, c)| wanted(&c.target)) {
        fitting.retain(|(_, c)| wanted(&c.target));
    }
    if phrase.number == Number::Other {
        fitting.retain(|(_, c)| !world.memory.thing.as_ref().is_some_and(|t| same(t, &c.target)));
    }
    fitting
}

fn level(phrase: &Phrase, candidate: &Candidate, facts: &[Triple]) -> u8 {
    let fold = |words: &[String]| words.iter().map(|w| lexicon::singular(w)).collect::<Vec<_>>();
    let noun = fold(&phrase.noun);
    let full = fold(&phrase.full);
    if noun.is_empty() {
        return 0;
    }
    let names: Vec<Vec<String>> = candidate.names.iter().map(|n| fold(n)).collect();
    if full.len() > noun.len() && names.contains(&full) {
        return 5;
    }
    if names.contains(&noun) {
        return 4;
    }
    let target = &candidate.target;
    let class = (target.kind == Kind::Thing || target.kind == Kind::Person).then_some(target.class.as_str());
    let said = lexicon::entry(&noun.join(" "));
    if said.is_some() && said.map(|e| e.class) == class.and_then(lexicon::entry).map(|e| e.class) {
        return 3;
    }
    let ends = |long: &[String], short: &[String]| long.len() > short.len() && long.ends_with(short);
    let chinese = |a: &[String], b: &[String]| match (a, b) {
        ([a], [b]) => !a.is_ascii() && !b.is_empty() && a.ends_with(b.as_str()),
        _ => false,
    };
    if names
        .iter()
        .any(|n| ends(&noun, n) || ends(n, &noun) || chinese(&noun, n) || chinese(n, &noun))
    {
        return 2;
    }
    let last = &noun[noun.len() - 1];
    if let Some(class) = class
        && (lexicon::is_a(class, last)
            || knowledge::holds(facts, class, IS_A, &noun.join(" "))
            || names
                .iter()
                .any(|name| knowledge::holds(facts, &name.join(" "), IS_A, &noun.join(" ")))
            || noun.len() > 1
                && lexicon::entry(last)
                    .is_some_and(|e| Some(e.class) == lexicon::entry(class).map(|c| c.class)))
    {
        return 1;
    }
    0
}

/// Of the candidates that fit by name, those that fit by everything else.
#[allow(clippy::too_many_arguments)]
fn narrow(
    phrase: &Phrase,
    text: &str,
    wants: Wants,
    anchors: &[Target],
    mut left: Vec<(u8, Candidate)>,
    all: &[Candidate],
    world: &World<'_>,
    lang: &str,
) -> Binding {
    let mut because = Vec::new();
    let named = left.clone();
    let fail = |named: Vec<(u8, Candidate)>| match sought(phrase, anchors, world, lang) {
        Some(target) => Binding::One(Box::new(target)),
        None => Binding::Unknown {
            words: said(text),
            near: top(named).into_iter().map(|c| c.target).collect(),
        },
    };
    if let Some(color) = phrase.color
        && !left.iter().any(|(level, _)| *level == 5)
    {
        let exact: Vec<_> = left
            .iter()
            .filter(|(_, c)| c.target.color.as_deref() == Some(color))
            .cloned()
            .collect();
        if exact.is_empty() {
            left.retain(|(_, c)| c.target.color.is_none());
        } else {
            left = exact;
        }
        if left.is_empty() {
            return fail(named);
        }
        because.push(format!("that is {color}"));
    }
    let mut related =
        |left: &mut Vec<(u8, Candidate)>, relation: Relation, anchors: &[Target], words: &str| {
            let kept: Vec<_> = left
                .iter()
                .filter(|(_, c)| anchors.iter().any(|a| holds(relation, c, a)))
                .cloned()
                .collect();
            let any = !kept.is_empty();
            if any {
                *left = if relation == Relation::Near {
                    nearest_to(kept, anchors)
                } else {
                    kept
                };
                because.push(words.to_owned());
            }
            any
        };
    if let Some((relation, of)) = &phrase.relation {
        let anchors = match bind(of, Wants::Any, &[], world, lang) {
            Binding::One(anchor) => vec![*anchor],
            Binding::Many(anchors) => anchors,
            Binding::Unknown { words, near } => return Binding::Unknown { words, near },
            Binding::Dangling => Vec::new(),
        };
        let words = format!("{} {of}", relation_words(*relation));
        if !anchors.is_empty() && !related(&mut left, *relation, &anchors, &words) {
            return match sought(phrase, &anchors, world, lang) {
                Some(target) => Binding::One(Box::new(target)),
                None => Binding::Unknown {
                    words: said(text),
                    near: top(named).into_iter().map(|c| c.target).collect(),
                },
            };
        }
    }
    if !anchors.is_empty() {
        let words = format!("at the {}", anchors[0].label);
        if !related(&mut left, Relation::At, anchors, &words) && wants != Wants::Person {
            return fail(named);
        }
    }
    let mut left = top(left);
    if let Some(words) = by_size(phrase.size, &mut left) {
        because.push(words);
    }
    if let Some(words) = by_side(phrase.side, &mut left) {
        because.push(words);
    }
    // A lamp and the switch it hangs on are one thing.
    if left.len() > 1
        && let Some(device) = left[0].target.device.clone()
        && left.iter().all(|c| c.target.device.as_ref() == Some(&device))
    {
        left.truncate(1);
    }
    if left.len() > 1 && phrase.number == Number::Any {
        left.sort_by(|a, b| range(a).total_cmp(&range(b)));
        left.truncate(1);
        let noun = phrase.noun.join(" ");
        return one(
            left.remove(0).target,
            &format!("any {noun} will do, and this is the nearest"),
        );
    }
    let exact = left.iter().any(|c| c.names.contains(&phrase.full));
    let kind = left.iter().all(|c| level(phrase, c, world.facts) == 1);
    let words = match (exact, kind) {
        (true, _) => &phrase.full[..],
        (false, true) => &phrase.noun[phrase.noun.len().saturating_sub(1)..],
        _ => &phrase.noun[..],
    };
    let named = left
        .first()
        .map(|c| &c.target)
        .filter(|t| matches!(t.kind, Kind::Person | Kind::Place));
    let noun = if let Some(target) = named {
        target.label.clone()
    } else if words.is_empty() {
        "one".to_owned()
    } else {
        words.join(" ")
    };
    match left.len() {
        0 => unknown(phrase, text, wants, anchors, all, world, lang),
        1 => {
            let because = if because.is_empty() {
                String::new()
            } else {
                format!(" {}", because.join(", "))
            };
            one(left.remove(0).target, &format!("the only {noun}{because}"))
        }
        _ => Binding::Many(left.into_iter().map(|c| c.target).collect()),
    }
}

fn relation_words(relation: Relation) -> &'static str {
    match relation {
        Relation::At => "at",
        Relation::Near | Relation::Around => "near",
        Relation::LeftOf => "left of",
        Relation::RightOf => "right of",
    }
}

/// The candidates whose names fit best.
fn top(candidates: Vec<(u8, Candidate)>) -> Vec<Candidate> {
    let best = candidates.iter().map(|(level, _)| *level).max().unwrap_or(0);
    candidates
        .into_iter()
        .filter(|(level, _)| *level == best)
        .map(|(_, c)| c)
        .collect()
}

/// Whether a candidate stands in this relation to an anchor.
fn holds(relation: Relation, candidate: &Candidate, anchor: &Target) -> bool {
    let target = &candidate.target;
    if same(target, anchor) {
        return false;
    }
    let gap = match (target.at, anchor.at) {
        (Some(a), Some(b)) => Some(a.distance(b).0),
        _ => None,
    };
    let bearings = target.bearing.zip(anchor.bearing).map(|(a, b)| a.0 - b.0);
    match relation {
        Relation::At => {
            let told = anchor.id.is_some() && (candidate.on == anchor.id || target.place == anchor.id);
            let over = target.bbox.zip(anchor.bbox).map(|(a, b)| rests_on(a, b));
            let there =
                anchor.kind != Kind::Place && gap.is_some_and(|g| g <= ON_M) && candidate.on.is_none();
            told || over.unwrap_or(there)
        }
        Relation::Near | Relation::Around => match (target.bbox, anchor.bbox, gap) {
            (_, _, Some(gap)) => gap <= NEAR_M,
            (Some(a), Some(b), None) => apart(a, b) <= (a[2] + b[2]) / 2.0,
            _ => false,
        },
        Relation::LeftOf => bearings.is_some_and(|d| d > SIDE_RAD),
        Relation::RightOf => bearings.is_some_and(|d| d < -SIDE_RAD),
    }
}

/// The one that is clearly nearest to an anchor, else all.
fn nearest_to(mut kept: Vec<(u8, Candidate)>, anchors: &[Target]) -> Vec<(u8, Candidate)> {
    let gap = |c: &Candidate| {
        let to = |a: &Target| match (c.target.bbox, a.bbox, c.target.at, a.at) {
            (Some(x), Some(y), ..) => apart(x, y),
            (_, _, Some(x), Some(y)) => x.distance(y).0,
            _ => f32::MAX,
        };
        anchors.iter().map(to).fold(f32::MAX, f32::min)
    };
    kept.sort_by(|a, b| gap(&a.1).total_cmp(&gap(&b.1)));
    if kept.len() > 1 && gap(&kept[1].1) > NEARER * gap(&kept[0].1) {
        kept.truncate(1);
    }
    kept
}

/// In the picture, the upper box stands on the lower: its foot lies within it, and its middle above it.
fn rests_on(a: [f32; 4], b: [f32; 4]) -> bool {
    let foot = (a[0] + a[2] / 2.0, a[1] + a[3]);
    let slack = b[3] * 0.1;
    foot.0 >= b[0] && foot.0 <= b[0] + b[2] && foot.1 >= b[1] - slack && foot.1 <= b[1] + b[3] + slack
}

/// In the picture, the gap between two boxes.
fn apart(a: [f32; 4], b: [f32; 4]) -> f32 {
    let gap = |a0: f32, aw: f32, b0: f32, bw: f32| (b0 - (a0 + aw)).max(a0 - (b0 + bw)).max(0.0);
    libm::hypotf(gap(a[0], a[2], b[0], b[2]), gap(a[1], a[3], b[1], b[3]))
}

fn by_size(size: Option<Size>, left: &mut Vec<Candidate>) -> Option<String> {
    let size = size?;
    let area = |c: &Candidate| c.target.bbox.map(|b| b[2] * b[3]).or(c.target.width.map(|w| w.0));
    if left.len() < 2 || left.iter().any(|c| area(c).is_none()) {
        return None;
    }
    left.sort_by(|a, b| area(b).unwrap_or(0.0).total_cmp(&area(a).unwrap_or(0.0)));
    if size == Size::Small {
        left.reverse();
    }
    let (first, second) = (area(&left[0]).unwrap_or(0.0), area(&left[1]).unwrap_or(0.0));
    if (first - second).abs() < 0.15 * first.max(second) {
        return None;
    }
    left.truncate(1);
    Some(
        if size == Size::Large {
            "that is the largest"
        } else {
            "that is the smallest"
        }
        .to_owned(),
    )
}

fn range(candidate: &Candidate) -> f32 {
    candidate.target.range.map_or(f32::MAX, |r| r.0)
}

fn by_side(side: Option<Side>, left: &mut Vec<Candidate>) -> Option<String> {
    let side = side?;
    // Left and right are said of what is around: what stands in another room is not meant when something is near.
    let around = |c: &Candidate| range(c) < AROUND_M;
    if left.iter().any(around) {
        left.retain(around);
    }
    // What is seen has a left and a right; what is only known is there when nothing is seen.
    if left.iter().any(|c| c.target.bbox.is_some()) {
        left.retain(|c| c.target.bbox.is_some());
    }
    let bearing = |c: &Candidate| c.target.bearing.map_or(0.0, |b| b.0);
    let words = match side {
        Side::Left => "on the left",
        Side::Right => "on the right",
        Side::Middle => "in the middle",
        Side::Near => "that is nearest",
        Side::Far => "that is farthest",
    };
    if left.len() > 1 {
        match side {
            Side::Left => left.sort_by(|a, b| bearing(b).total_cmp(&bearing(a))),
            Side::Right => left.sort_by(|a, b| bearing(a).total_cmp(&bearing(b))),
            Side::Near => left.sort_by(|a, b| range(a).total_cmp(&range(b))),
            Side::Far => left.sort_by(|a, b| range(b).total_cmp(&range(a))),
            Side::Middle => {
                left.sort_by(|a, b| bearing(a).total_cmp(&bearing(b)));
                if left.len().is_multiple_of(2) {
                    return None;
                }
                let middle = left.len() / 2;
                left.swap(0, middle);
                left.truncate(1);
            }
        }
        let clear = match side {
            Side::Left | Side::Right => {
                left.len() < 2 || (bearing(&left[0]) - bearing(&left[1])).abs() > SIDE_RAD
            }
            Side::Near | Side::Far => left.len() < 2 || (range(&left[0]) - range(&left[1])).abs() > 0.1,
            Side::Middle => true,
        };
        if !clear {
            return None;
        }
        left.truncate(1);
    }
    Some(words.to_owned())
}

/// Nothing known is called that: it is looked for where the camera could see it, or it is unknown.
fn unknown(
    phrase: &Phrase,
    text: &str,
    wants: Wants,
    anchors: &[Target],
    all: &[Candidate],
    world: &World<'_>,
    lang: &str,
) -> Binding {
    if phrase.noun.is_empty() {
        return Binding::Dangling;
    }
    let mut at = anchors.to_vec();
    if let Some((_, of)) = &phrase.relation {
        match bind(of, Wants::Any, &[], world, lang) {
            Binding::One(anchor) => at.push(*anchor),
            Binding::Unknown { words, near } => return Binding::Unknown { words, near },
            Binding::Many(_) | Binding::Dangling => {}
        }
    }
    if wants != Wants::Person
        && wants != Wants::Device
        && let Some(target) = sought(phrase, &at, world, lang)
    {
        return Binding::One(Box::new(target));
    }
    let noun = phrase.noun.join(" ");
    let known = all
        .iter()
        .flat_map(|c| c.names.iter().map(move |n| (n.join(" "), c)));
    let known: Vec<(String, &Candidate)> = known.collect();
    let near = nearest(&noun, known.iter().map(|(name, _)| name.as_str()))
        .filter(|name| strsim::normalized_damerau_levenshtein(name, &noun) >= MISSPELT)
        .and_then(|name| known.iter().find(|(n, _)| n == name))
        .map(|(_, c)| vec![c.target.clone()])
        .unwrap_or_default();
    Binding::Unknown {
        words: said(text),
        near,
    }
}

/// The words as they are named back: without article and preposition, with colour.
fn said(text: &str) -> String {
    let phrase = phrase(text);
    if phrase.full.is_empty() {
        text.trim().to_lowercase()
    } else {
        phrase.full.join(" ")
    }
}

/// A thing known by its kind only, to be looked for: the camera must be able to see it and be there to look.
fn sought(phrase: &Phrase, anchors: &[Target], world: &World<'_>, lang: &str) -> Option<Target> {
    if world.knows == Knows::Picture || world.robot.camera.is_none() || phrase.noun.is_empty() {
        return None;
    }
    if world.robot.head.is_none() && world.robot.base.is_none() {
        return None;
    }
    let noun = phrase.noun.join(" ");
    let entry = lexicon::entry(&noun)
        .or_else(|| lexicon::entry(phrase.noun.last()?))
        .filter(|e| e.visible)?;
    let name = lexicon::spoken(entry.class, lang);
    let label = phrase
        .color
        .map_or(name.clone(), |color| lexicon::colored(&name, color, lang));
    let mut target = blank(Kind::Sought, &label);
    target.class = entry.class.to_owned();
    target.color = phrase.color.map(str::to_owned);
    target.hazards = entry.hazards.to_vec();
    target.movable = entry.movable;
    let anchor = anchors.first();
    target.place = anchor.and_then(|a| {
        a.place
            .clone()
            .or_else(|| candidates::place_at(world.robot, a.at?))
    });
    target.chosen = "not known yet: it must be looked for".to_owned();
    Some(target)
}
