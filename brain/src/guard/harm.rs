//! Judges the words before any question is asked: what policy refuses is refused, whichever cup was meant.
//!
//! The table follows the kinds of hazard that SafeAgentBench (Yin et al. 2024) and RoboGuard (Ravichandran et al.
//! 2025) try robots with: harm to people and animals, blades, heat, fire, poison, liquids on electronics, metal in the
//! microwave, breaking things, and switching off what keeps people safe.

use crate::config::Hazard;
use crate::config::ZoneRule;
use crate::ground::candidates::all;
use crate::ground::phrase::{Pronoun, phrase, words};
use crate::ground::{Goal, Kind, World, lexicon};
use crate::guard::rules::{crosses, speed_asked};
use crate::guard::{Finding, Verdict, names};
use crate::reading::{Mood, Outcome, Reading, Reason, Role, Value};
use crate::speech;

/// What the words of one role speak of.
#[derive(Debug, Clone, PartialEq, Default)]
struct Traits {
    role: Option<Role>,
    hazards: Vec<Hazard>,
    person: bool,
    child: bool,
    animal: bool,
    electronics: bool,
    metal: bool,
    heats: bool,
    edible: bool,
}

const CHILDREN: &[&str] = &[
    "child", "children", "kid", "kids", "baby", "toddler", "infant", "boy", "girl", "son", "daughter",
    "bambino", "bambina", "bambini", "neonato", "孩子", "小孩", "宝宝", "婴儿",
];
const PEOPLE: &[&str] = &[
    "person",
    "people",
    "man",
    "woman",
    "guest",
    "visitor",
    "grandma",
    "grandpa",
    "mother",
    "father",
    "mom",
    "dad",
    "husband",
    "wife",
    "friend",
    "neighbor",
    "neighbour",
    "lap",
    "head",
    "face",
    "hand",
    "eye",
    "eyes",
    "leg",
    "foot",
    "feet",
    "persona",
    "uomo",
    "donna",
    "ospite",
    "nonna",
    "nonno",
    "faccia",
    "mano",
    "人",
    "奶奶",
    "爷爷",
    "客人",
    "脸",
];
const METAL: &[&str] = &[
    "fork",
    "knife",
    "spoon",
    "scissors",
    "foil",
    "metal",
    "can",
    "pan",
    "coin",
    "forchetta",
    "coltello",
    "cucchiaio",
    "metallo",
];
const HURTING: &[&str] = &[
    "hit",
    "kick",
    "punch",
    "stab",
    "slap",
    "hurt",
    "kill",
    "attack",
    "shoot",
    "strangle",
    "choke",
    "burn",
    "cut",
    "poison",
    "bite",
    "ram",
    "crush",
    "injure",
    "wound",
    "beat",
    "smack",
    "drown",
    "electrocute",
    "trip",
    "colpisci",
    "picchia",
    "ferisci",
    "uccidi",
    "brucia",
    "taglia",
    "attacca",
    "investi",
    "打",
    "杀",
    "踢",
    "伤害",
    "撞",
];
const BREAKING: &[&str] = &[
    "smash",
    "break",
    "destroy",
    "shatter",
    "wreck",
    "rompi",
    "distruggi",
    "spacca",
    "砸",
    "打碎",
    "摔",
];
const THROWING: &[&str] = &["throw", "toss", "hurl", "fling", "lancia", "getta", "扔", "丢"];
const BURNING: &[&str] = &["burn", "ignite", "incinerate", "brucia", "incendia", "烧", "点燃"];
const POURING: &[&str] = &[
    "pour", "spill", "splash", "spray", "versa", "rovescia", "spruzza", "倒", "洒", "泼",
];
const DISABLING: &[&str] = &[
    "disable",
    "ignore",
    "bypass",
    "override",
    "deactivate",
    "remove",
    "skip",
    "forget",
    "disabilita",
    "ignora",
    "disattiva",
    "禁用",
    "忽略",
    "关闭",
];
const SAFEGUARDS: &[&str] = &[
    "safety",
    "emergency",
    "bumper",
    "guard",
    "limit",
    "limits",
    "rules",
    "watchdog",
    "sicurezza",
    "emergenza",
    "limiti",
    "regole",
    "安全",
    "急停",
    "限制",
];

/// Judges a reading's words. `goals` are its tasks as far as they could be bound. `None`: nothing speaks against it.
#[must_use]
pub fn judge_words(reading: &Reading, goals: &[Goal], world: &World<'_>) -> Option<Verdict> {
    let lang = reading.lang.as_str();
    let asked = reading.tasks.is_empty()
        || reading
            .tasks
            .iter()
            .any(|t| matches!(t.mood, Mood::Command | Mood::Question));
    if !asked || matches!(reading.outcome, Outcome::Ignore) {
        return None;
    }
    let mut found = Vec::new();
    for (goal, task) in goals
        .iter()
        .zip(&reading.tasks)
        .filter(|(_, t)| t.mood == Mood::Command)
    {
        found.extend(task_harms(goal, &words(&task.trigger), &task.trigger, world));
    }
    let text = words(&reading.text);
    if says(&text, &reading.text, HURTING)
        && text_traits(&reading.text, world)
            .iter()
            .any(|t| t.person || t.animal)
    {
        found.push("harm_to_person");
    }
    if says(&text, &reading.text, DISABLING) && says(&text, &reading.text, SAFEGUARDS) {
        found.push("disable_safety");
    }
    let mut findings: Vec<Finding> = found
        .into_iter()
        .map(|rule| Finding::refuse(rule, Reason::Unsafe, speech::harm(lang, rule).to_owned()))
        .collect();
    findings.extend(zone_named(goals, world, lang));
    findings.extend(pairs_named(goals, world, lang));
    findings.extend(limits_named(goals, world, lang));
    let first = findings.first()?;
    Some(Verdict {
        outcome: Outcome::Refuse,
        reason: Some(first.reason),
        say: Some(first.say.clone()),
        rules: names(&findings),
    })
}

/// Whether one of these words is said; Chinese ones anywhere in the text.
fn says(words: &[String], text: &str, list: &[&str]) -> bool {
    list.iter().any(|w| {
        if w.is_ascii() {
            words.iter().any(|x| x == w)
        } else {
            text.contains(w)
        }
    })
}

/// Names of the harms that one task would do.
fn task_harms(goal: &Goal, trigger: &[String], trigger_text: &str, world: &World<'_>) -> Vec<&'static str> {
    let roles: Vec<Traits> = goal
        .roles
        .iter()
        .map(|b| traits(&b.filler.text, Some(b.filler.role.clone()), world))
        .collect();
    let is = |list: &[&str]| says(trigger, trigger_text, list);
    let moved = |t: &&Traits| {
        matches!(
            t.role,
            Some(Role::Theme | Role::Entity | Role::Item | Role::Instrument | Role::Device)
        )
    };
    let target = |t: &&Traits| !moved(t);
    let theme_has = |h: Hazard| roles.iter().filter(moved).any(|t| t.hazards.contains(&h));
    let onto = |f: fn(&Traits) -> bool| roles.iter().filter(target).any(f);
    let any = |f: fn(&Traits) -> bool| roles.iter().any(f);
    let mut harms = Vec::new();
    if is(HURTING) && any(|t| t.person || t.animal) {
        harms.push("harm_to_person");
    }
    if roles
        .iter()
        .any(|t| t.hazards.contains(&Hazard::Sharp) && t.hazards.contains(&Hazard::Flammable))
    {
        harms.push("weapon");
    }
    if is(THROWING)
        && (any(|t| {
            t.hazards.contains(&Hazard::Fragile)
                || t.hazards.contains(&Hazard::Sharp)
                || t.electronics
                || t.person
        }) || onto(|t| t.animal))
    {
        harms.push("throwing");
    }
    if is(BREAKING) && !roles.is_empty() {
        harms.push("breaking");
    }
    if (theme_has(Hazard::Hot) || is(POURING) && theme_has(Hazard::Liquid))
        && is(POURING)
        && onto(|t| t.person)
    {
        harms.push("hot_over_person");
    }
    if theme_has(Hazard::Liquid) && onto(|t| t.electronics) {
        harms.push("liquid_on_electronics");
    }
    if theme_has(Hazard::Sharp) && onto(|t| t.child) {
        harms.push("sharp_to_child");
    }
    if theme_has(Hazard::Hot) && onto(|t| t.child) {
        harms.push("hot_to_child");
    }
    if theme_has(Hazard::Poisonous) && (onto(|t| t.child || t.animal) || onto(|t| t.edible)) {
        harms.push("poison");
    }
    let heats = |t: &Traits| t.heats;
    if roles
        .iter()
        .filter(moved)
        .any(|t| t.metal || t.electronics && !t.heats)
        && onto(heats)
    {
        harms.push("metal_in_microwave");
    }
    if theme_has(Hazard::Flammable) && onto(|t| t.heats || t.hazards.contains(&Hazard::Hot))
        || is(BURNING) && !roles.is_empty()
    {
        harms.push("fire");
    }
    harms
}

fn text_traits(text: &str, world: &World<'_>) -> Vec<Traits> {
    let mut all: Vec<Traits> = words(text).iter().map(|w| traits(w, None, world)).collect();
    all.push(traits(text, None, world));
    all
}

/// What these words speak of, by the lexicon and by the names of the map.
fn traits(text: &str, role: Option<Role>, world: &World<'_>) -> Traits {
    let phrase = phrase(text);
    let said = words(text);
    let mut traits = Traits {
        role,
        ..Traits::default()
    };
    if matches!(phrase.pronoun, Some(Pronoun::Me | Pronoun::Them)) {
        traits.person = true;
    }
    let list = |list: &[&str]| {
        list.iter().any(|w| {
            if w.is_ascii() {
                said.iter().any(|x| x == w || lexicon::singular(x) == *w)
            } else {
                text.contains(w)
            }
        })
    };
    traits.child = list(CHILDREN);
    traits.person |= traits.child || list(PEOPLE);
    traits.metal = list(METAL);
    let noun = phrase.noun.join(" ");
    let entries = [
        lexicon::entry(&noun),
        phrase.noun.last().and_then(|w| lexicon::entry(w)),
        phrase.noun.first().and_then(|w| lexicon::entry(w)),
    ];
    for entry in entries.into_iter().flatten() {
        traits.hazards.extend(entry.hazards);
        traits.person |= entry.class == "person";
        traits.animal |= entry.is_a.contains(&"animal");
        traits.electronics |= entry.is_a.contains(&"electronics");
        traits.heats |= matches!(entry.class, "microwave" | "oven" | "toaster" | "match");
        traits.edible |= entry.is_a.contains(&"food")
            || entry.is_a.contains(&"drink")
            || entry.class == "cup"
            || entry.class == "bowl";
    }
    if said
        .iter()
        .any(|w| ["hot", "boiling", "caldo", "calda", "bollente"].contains(&w.as_str()))
        || text.contains('热')
    {
        traits.hazards.push(Hazard::Hot);
    }
    // Things of the map by that name: what all of them share.
    let named: Vec<_> = all(world, "en")
        .into_iter()
        .filter(|c| !phrase.noun.is_empty() && c.names.contains(&phrase.noun))
        .map(|c| c.target)
        .collect();
    if let Some((first, rest)) = named.split_first() {
        traits.hazards.extend(
            first
                .hazards
                .iter()
                .filter(|h| rest.iter().all(|t| t.hazards.contains(h))),
        );
        traits.person |= named.iter().all(|t| t.kind == Kind::Person);
        traits.child |= named.iter().all(|t| t.class == "child");
    }
    traits
}

/// A goal that was bound to a place in a forbidden zone.
fn zone_named(goals: &[Goal], world: &World<'_>, lang: &str) -> Vec<Finding> {
    let going = |role: &Role| {
        matches!(
            role,
            Role::Goal | Role::Location | Role::Ground | Role::Area | Role::SoughtEntity
        )
    };
    let bound = goals
        .iter()
        .filter(|g| g.mood == Mood::Command)
        .flat_map(|g| &g.roles)
        .filter(|b| going(&b.filler.role))
        .filter_map(|b| b.target.as_ref()?.at);
    let zones = &world.robot.policy.zone;
    bound
        .flat_map(|at| {
            zones
                .iter()
                .filter(move |z| z.rule == ZoneRule::Forbidden && crosses(at, at, z.min, z.max))
        })
        .map(|z| Finding::refuse("forbidden_zone", Reason::Unsafe, speech::forbidden(lang, &z.name)))
        .collect()
}

/// A hazardous pair of the policy that the words name, whichever of several things is meant.
fn pairs_named(goals: &[Goal], world: &World<'_>, lang: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for goal in goals.iter().filter(|g| g.mood == Mood::Command) {
        let of = |roles: &[Role]| {
            goal.roles
                .iter()
                .filter(|b| roles.contains(&b.filler.role))
                .map(|b| (b, traits(&b.filler.text, None, world)))
                .collect::<Vec<_>>()
        };
        for (theme, what) in of(&[Role::Theme, Role::Entity]) {
            for (to, who) in of(&[Role::Beneficiary, Role::Recipient, Role::Goal]) {
                for pair in &world.robot.policy.hazardous_pair {
                    let with = match pair.with.as_str() {
                        "child" => who.child || to.target.as_ref().is_some_and(|t| t.class == "child"),
                        "person" => {
                            who.person
                                || to
                                    .target
                                    .as_ref()
                                    .is_some_and(|t| matches!(t.kind, Kind::Person | Kind::Speaker))
                        }
                        other => {
                            let head = phrase(&to.filler.text).noun.join(" ");
                            lexicon::entry(&head).is_some_and(|e| e.class == other)
                                || to.target.as_ref().is_some_and(|t| t.id.as_deref() == Some(other))
                        }
                    };
                    if with && what.hazards.contains(&pair.hazard) {
                        found.push(Finding::refuse(
                            &pair.name,
                            Reason::Unsafe,
                            speech::unsafe_pair(lang, &theme.filler.text, &to.filler.text, &pair.because),
                        ));
                    }
                }
            }
        }
    }
    found
}

/// A speed or distance beyond the limits, said in numbers.
fn limits_named(goals: &[Goal], world: &World<'_>, lang: &str) -> Vec<Finding> {
    let policy = &world.robot.policy;
    let mut found = Vec::new();
    if let Some(speed) = speed_asked(goals)
        && (speed.is_nan() || speed > policy.max_speed_mps.0)
    {
        found.push(Finding::refuse(
            "speed_limit",
            Reason::Unsafe,
            speech::too_fast(lang, speed, policy.max_speed_mps.0),
        ));
    }
    let far = goals
        .iter()
        .flat_map(|g| &g.roles)
        .find_map(|b| match (&b.filler.role, &b.filler.value) {
            (Role::Distance, Some(Value::Metre(m))) if m.is_nan() || m.abs() > policy.max_distance_m.0 => {
                Some(*m)
            }
            _ => None,
        });
    if let Some(far) = far {
        found.push(Finding::refuse(
            "distance_limit",
            Reason::Unsafe,
            speech::too_far(lang, far, policy.max_distance_m.0),
        ));
    }
    found
}
