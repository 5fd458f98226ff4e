//! What the robot was told of the place and remembers.

use crate::config::Place;
use crate::ground::bind::{Binding, Wants, bind};
use crate::ground::phrase::phrase;
use crate::ground::{Kind, candidates};
use crate::plan::Fact;
use crate::scene::Whereabouts;
use crate::speech;
use crate::step::State;
use crate::units::Metres;

/// Most facts that are kept.
const MOST_FACTS: usize = 256;

/// Takes a fact in, and says what was made of it.
pub fn take(state: &mut State, fact: &Fact, lang: &str) -> String {
    if !state.learned.contains(fact) && state.learned.len() < MOST_FACTS {
        state.learned.push(fact.clone());
    }
    apply(state, fact, lang)
}

/// Puts what was learnt into a map that was loaded anew.
pub fn reapply(state: &mut State) {
    for fact in state.learned.clone() {
        apply(state, &fact, "en");
    }
}

fn apply(state: &mut State, fact: &Fact, lang: &str) -> String {
    match fact {
        Fact::Located { theme, location } => {
            let (thing, place) = {
                let world = state.world(&[]);
                (
                    bind(theme, Wants::Thing, &[], &world, lang),
                    bind(location, Wants::Any, &[], &world, lang),
                )
            };
            if let (Binding::One(thing), Binding::One(place)) = (thing, place)
                && let (Some(id), Some(at)) = (thing.id, place.at)
                && thing.kind == Kind::Thing
            {
                let height = place.height.unwrap_or(Metres(0.0));
                state.scene.moved.insert(
                    id,
                    Whereabouts::At {
                        at,
                        height,
                        place: place.id,
                    },
                );
            }
            speech::learned_located(lang, theme, location)
        }
        Fact::Called { item, category, at } => {
            let name = phrase(category).full.join(" ");
            let here = [
                "this", "here", "it", "questo", "questa", "qui", "这", "这里", "这是",
            ];
            let of_place = here.iter().any(|h| item.to_lowercase().contains(h));
            let known = state.robot.names().any(|(n, _)| n.to_lowercase() == name);
            if of_place && !known && !name.is_empty() {
                let id = format!("told_{}", state.robot.place.len());
                // A new place is reached the way its surroundings are.
                let connects = candidates::place_at(&state.robot, *at).into_iter().collect();
                state.robot.place.push(Place {
                    id,
                    class: name.clone(),
                    names: [(lang.to_owned(), vec![name])].into(),
                    x: at.x,
                    y: at.y,
                    radius_m: Metres(1.0),
                    connects,
                });
            }
            speech::learned_called(lang, item, category)
        }
    }
}
