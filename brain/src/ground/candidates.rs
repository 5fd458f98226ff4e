//! Everything words may point at: places, things, people and devices of the map, what the camera sees, and who speaks.

use crate::config::{Names, Robot, Thing};
use crate::ground::{Kind, Target, World, lexicon, phrase};
use crate::scene::{Track, Whereabouts};
use crate::step::Knows;
use crate::units::{Metres, Point, Pose};

/// Something words may point at, with everything it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub target: Target,
    /// What people call it, each name as its words.
    pub names: Vec<Vec<String>>,
    /// Thing it stands on or in, by id.
    pub on: Option<String>,
}

/// Farthest that a thing seen may be from where the map has it and still be the same one, metres, at 2 m range.
const SAME_THING_M: f32 = 0.8;

/// So near to where the map has a thing that a wrong colour does not count, metres.
const VERY_PLACE_M: f32 = 0.3;

/// Frames from which on something seen counts beside what the map has.
const SURE_FRAMES: u32 = 2;

/// A blank target of this kind.
#[must_use]
pub fn blank(kind: Kind, label: &str) -> Target {
    Target {
        kind,
        label: label.to_owned(),
        id: None,
        class: String::new(),
        color: None,
        at: None,
        height: None,
        place: None,
        track: None,
        bbox: None,
        bearing: None,
        range: None,
        hazards: Vec::new(),
        movable: false,
        width: None,
        weight: None,
        device: None,
        chosen: String::new(),
    }
}

/// All candidates, in the order of the map, then of the scene.
#[must_use]
pub fn all(world: &World<'_>, lang: &str) -> Vec<Candidate> {
    let robot = world.robot;
    let mut found = Vec::new();
    for place in &robot.place {
        let mut target = blank(Kind::Place, &spoken(&place.names, lang, &place.id));
        target.id = Some(place.id.clone());
        target.class.clone_from(&place.class);
        target.place = Some(place.id.clone());
        locate(&mut target, place.at(), None, world.scene.pose);
        found.push(Candidate {
            target,
            names: names(&place.names, &place.id),
            on: None,
        });
    }
    if world.knows == Knows::Map {
        for thing in &robot.thing {
            found.push(known_thing(world, thing, lang));
        }
    }
    for switch in &robot.switch {
        let mut target = blank(Kind::Device, &spoken(&switch.names, lang, &switch.output));
        target.id = Some(switch.output.clone());
        target.class = "light".to_owned();
        target.device = Some(switch.output.clone());
        found.push(Candidate {
            target,
            names: names(&switch.names, &switch.output),
            on: None,
        });
    }
    for person in &robot.person {
        if person.speaker && person.names.is_empty() {
            continue;
        }
        let mut target = blank(Kind::Person, &spoken(&person.names, lang, &person.id));
        target.id = Some(person.id.clone());
        target.class = if person.child { "child" } else { "person" }.to_owned();
        if let Some([x, y]) = person.at {
            locate(&mut target, Point { x, y }, None, world.scene.pose);
        }
        found.push(Candidate {
            target,
            names: names(&person.names, &person.id),
            on: None,
        });
    }
    let known = found.len();
    for track in &world.scene.tracks {
        // The picture counts as it is; in a map one frame proves nothing yet.
        let counts = match world.knows {
            Knows::Picture => track.visible,
            Knows::Map => track.frames >= SURE_FRAMES,
        };
        if counts {
            see(&mut found, known, track, world.scene.pose, lang);
        }
    }
    found
}

/// The one who speaks.
#[must_use]
pub fn speaker(world: &World<'_>) -> Target {
    let person = world.robot.person.iter().find(|p| p.speaker);
    let mut target = blank(Kind::Speaker, "you");
    target.class = if person.is_some_and(|p| p.child) {
        "child"
    } else {
        "person"
    }
    .to_owned();
    target.id = person.map(|p| p.id.clone());
    target.chosen = "whoever speaks".to_owned();
    if let Some([x, y]) = person.and_then(|p| p.at) {
        locate(&mut target, Point { x, y }, None, world.scene.pose);
    }
    target
}

/// The place that a point lies in, the nearest where several hold it.
#[must_use]
pub fn place_at(robot: &Robot, at: Point) -> Option<String> {
    robot
        .place
        .iter()
        .map(|p| (p.at().distance(at).0, p))
        .filter(|(d, p)| *d <= p.radius_m.0)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, p)| p.id.clone())
}

fn known_thing(world: &World<'_>, thing: &Thing, lang: &str) -> Candidate {
    let entry = lexicon::entry(&thing.class);
    let name = spoken(&thing.names, lang, &thing.class);
    let label = match &thing.color {
        Some(color) => lexicon::colored(&name, color, lang),
        None => name,
    };
    let mut target = blank(Kind::Thing, &label);
    target.id = Some(thing.id.clone());
    target.class.clone_from(&thing.class);
    target.color.clone_from(&thing.color);
    target.hazards.clone_from(&thing.hazards);
    if let Some(entry) = entry {
        target
            .hazards
            .extend(entry.hazards.iter().filter(|h| !thing.hazards.contains(h)));
    }
    target.movable = thing.movable;
    target.width = thing.width_m;
    target.weight = thing.weight_kg;
    target.device.clone_from(&thing.device);
    let mut on = thing.on.clone();
    match world.scene.moved.get(&thing.id) {
        Some(Whereabouts::Held) => on = None,
        Some(Whereabouts::With(person)) => {
            on = None;
            if let Some([x, y]) = world.robot.person(person).and_then(|p| p.at) {
                locate(&mut target, Point { x, y }, None, world.scene.pose);
            }
        }
        Some(Whereabouts::At { at, height, place }) => {
            on.clone_from(place);
            locate(&mut target, *at, Some(*height), world.scene.pose);
            target.place = place_at(world.robot, *at);
        }
        None => {
            target.place.clone_from(&thing.place);
            let under = thing
                .on
                .as_ref()
                .and_then(|id| world.robot.thing(id))
                .and_then(|t| t.at);
            if let Some([x, y, z]) = thing.at.or(under) {
                locate(&mut target, Point { x, y }, Some(Metres(z)), world.scene.pose);
            }
        }
    }
    let mut all = names(&thing.names, &thing.id);
    all.push(phrase::words(&thing.class));
    Candidate {
        target,
        names: all,
        on,
    }
}

/// Adds a track: to the thing or person of the map that it shows, or as something of its own. The first `known`
/// candidates are those of the map.
fn see(found: &mut Vec<Candidate>, known: usize, track: &Track, pose: Pose, lang: &str) {
    let same = found[..known]
        .iter()
        .enumerate()
        .filter(|(_, c)| shows(track, &c.target))
        .map(|(i, c)| (distance(track, &c.target), i))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, i)) = same {
        let target = &mut found[i].target;
        if target.track.is_none() {
            target.track = Some(track.id);
            if track.visible {
                target.bbox = Some(track.bbox);
                target.bearing = Some(track.bearing);
                target.range = track.range.or(target.range);
            }
            return;
        }
        // Two of them in one frame are two things; an older track in the same place is the same thing seen badly.
        if target.bbox.is_none() || !track.visible {
            return;
        }
    }
    let entry = lexicon::entry(&track.label);
    let color = track.colors.first().cloned();
    let name = lexicon::spoken(&track.label, lang);
    let label = match &color {
        Some(color) if track.label != "person" => lexicon::colored(&name, color, lang),
        _ => name,
    };
    let kind = if track.label == "person" {
        Kind::Person
    } else {
        Kind::Thing
    };
    let mut target = blank(kind, &label);
    target.class.clone_from(&track.label);
    target.color = color;
    target.at = track.at;
    target.track = Some(track.id);
    target.bbox = track.visible.then_some(track.bbox);
    // Where it was seen stays; its direction changes as the robot moves.
    let (bearing, range) = match track.at {
        Some(at) if !track.visible => {
            let (bearing, range) = pose.sight(at);
            (bearing, Some(range))
        }
        _ => (track.bearing, track.range),
    };
    target.bearing = Some(bearing);
    target.range = range;
    if let Some(entry) = entry {
        target.hazards = entry.hazards.to_vec();
        target.movable = entry.movable;
    }
    found.push(Candidate {
        target,
        names: vec![phrase::words(&track.label)],
        on: None,
    });
}

/// Whether a track may be this known thing or person.
fn shows(track: &Track, known: &Target) -> bool {
    let person = matches!(known.kind, Kind::Person) && track.label == "person";
    let thing = known.kind == Kind::Thing && known.class == track.label;
    if !(person || thing) {
        return false;
    }
    let gap = track.at.zip(known.at).map(|(seen, at)| seen.distance(at).0);
    // Colours are easily seen wrongly: what stands in the very place is it all the same.
    if let (Some(color), false) = (&known.color, track.colors.is_empty())
        && !track.colors.contains(color)
        && gap.is_none_or(|gap| gap > VERY_PLACE_M)
    {
        return false;
    }
    match gap {
        Some(gap) => {
            let slack = SAME_THING_M * track.range.map_or(1.0, |r| (r.0 / 2.0).max(1.0));
            gap <= slack
        }
        None => match known.bearing {
            Some(bearing) => (bearing.0 - track.bearing.0).abs() <= 0.2,
            None => false,
        },
    }
}

fn distance(track: &Track, known: &Target) -> f32 {
    match (track.at, known.at) {
        (Some(a), Some(b)) => a.distance(b).0,
        _ => known.bearing.map_or(f32::MAX, |b| (b.0 - track.bearing.0).abs()),
    }
}

fn locate(target: &mut Target, at: Point, height: Option<Metres>, from: Pose) {
    let (bearing, range) = from.sight(at);
    target.at = Some(at);
    target.height = height;
    target.bearing = Some(bearing);
    target.range = Some(range);
}

fn spoken(names: &Names, lang: &str, fallback: &str) -> String {
    names
        .get(lang)
        .or_else(|| names.get("en"))
        .or_else(|| names.values().next())
        .and_then(|n| n.first())
        .cloned()
        .unwrap_or_else(|| fallback.replace('_', " "))
}

fn names(names: &Names, id: &str) -> Vec<Vec<String>> {
    let id = id.replace('_', " ");
    names
        .values()
        .flatten()
        .chain([&id])
        .map(|n| phrase::words(n))
        .collect()
}
