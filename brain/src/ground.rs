//! From words to things: binds the roles of a reading to the map, the scene and the speaker.
//!
//! In: a [`crate::reading::Reading`] and what the robot knows and sees. Out: [`Goal`]s whose roles point at real
//! things, or a [`Question`] that names the choices. Never: picks silently between equals.

pub mod bind;
pub mod candidates;
pub mod direction;
pub mod lexicon;
pub mod phrase;

use crate::config::Hazard;
use crate::config::Robot;
use crate::knowledge::Triple;
use crate::reading::{Filler, Frame, Mood, Reading, Reason, Role, Task};
use crate::scene::{Scene, TrackId};
use crate::speech;
use crate::step::Knows;
use crate::units::{Metres, Point, Radians};
pub use direction::{Direction, direction};

use bind::{Binding, Wants, bind};
use direction::is_direction;
use serde::{Deserialize, Serialize};

/// One task with its roles bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// Which task of the reading, from 0.
    pub task: u32,
    /// What is to be done.
    pub frame: Frame,
    /// Asked for, or told to be learnt.
    pub mood: Mood,
    /// The word that evoked the frame, in lower case: "open" or "close" tell tasks of one frame apart.
    pub trigger: String,
    /// The roles that were said, bound to something or left as words.
    pub roles: Vec<Bound>,
    /// It only looks whether what stands behind it is to be done.
    pub checks: bool,
}

impl Goal {
    /// The first of these roles that was said.
    #[must_use]
    pub fn role(&self, roles: &[Role]) -> Option<&Bound> {
        roles
            .iter()
            .find_map(|r| self.roles.iter().find(|b| b.filler.role == *r))
    }

    /// What the first of these roles was bound to.
    #[must_use]
    pub fn target(&self, roles: &[Role]) -> Option<&Target> {
        roles
            .iter()
            .find_map(|r| {
                self.roles
                    .iter()
                    .find(|b| b.filler.role == *r && b.target.is_some())
            })?
            .target
            .as_ref()
    }
}

/// One role and what it was bound to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The words.
    pub filler: Filler,
    /// What they point at; `None` where the words are no thing ("left", "slowly", a message).
    pub target: Option<Target>,
}

/// Something real that words point at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// What it is.
    pub kind: Kind,
    /// What to call it in replies: "the red cup" without the article.
    pub label: String,
    /// Its id in the map.
    pub id: Option<String>,
    /// Class: "cup", "kitchen".
    pub class: String,
    /// Colour, where it is told or seen.
    pub color: Option<String>,
    /// Position on the map.
    pub at: Option<Point>,
    /// Height above the floor.
    pub height: Option<Metres>,
    /// Place it is in, by id.
    pub place: Option<String>,
    /// The track it is seen as.
    pub track: Option<TrackId>,
    /// `[x, y, width, height]` in pixels, where it is seen.
    pub bbox: Option<[f32; 4]>,
    /// Direction from the robot, left positive.
    pub bearing: Option<Radians>,
    /// Distance from the robot.
    pub range: Option<Metres>,
    /// What makes it dangerous.
    pub hazards: Vec<Hazard>,
    /// The robot may take it along: told by the map, or by what its class is.
    pub movable: bool,
    /// Width where it is gripped.
    pub width: Option<Metres>,
    /// Weight in kilograms.
    pub weight: Option<f32>,
    /// Output that switches it.
    pub device: Option<String>,
    /// How it was chosen, for people: "the only cup that is red".
    pub chosen: String,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A room or spot of the map.
    Place,
    /// A thing of the map or of the scene.
    Thing,
    /// A person of the map or of the scene.
    Person,
    /// Who spoke.
    Speaker,
    /// The robot itself.
    Robot,
    /// Something that is switched.
    Device,
    /// Known by name only: it must be looked for first.
    Sought,
}

/// What the robot asks back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Why it asks.
    pub reason: Reason,
    /// Which task of the reading.
    pub task: u32,
    /// Which role is open; `None` when a yes is asked for.
    pub role: Option<Role>,
    /// What may be chosen from; empty when the answer is free.
    pub choices: Vec<Target>,
    /// The question, for people.
    pub say: String,
}

/// What words may be bound to.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The robot and its map.
    pub robot: &'a Robot,
    /// What is around.
    pub scene: &'a Scene,
    /// Whether the map or only the picture tells what there is.
    pub knows: Knows,
    /// What was spoken of last.
    pub memory: &'a Memory,
    /// What the gripper holds.
    pub held: Option<&'a Target>,
    /// What an open question offers: "the red one" is one of these.
    pub choices: &'a [Target],
    /// What is known of kinds of things beside the built-in words.
    pub facts: &'a [Triple],
    /// Where the plan before began, or the one that is carried out: "come back" goes there.
    pub began: Point,
}

/// What was spoken of last, for pronouns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// "it".
    pub thing: Option<Target>,
    /// "him", "her".
    pub person: Option<Target>,
    /// "there".
    pub place: Option<Target>,
}

impl Memory {
    /// Remembers what these goals spoke of.
    pub fn note(&mut self, goals: &[Goal]) {
        for target in goals
            .iter()
            .flat_map(|g| &g.roles)
            .filter_map(|b| b.target.as_ref())
        {
            match target.kind {
                Kind::Place if target.id.is_some() => self.place = Some(target.clone()),
                Kind::Person => self.person = Some(target.clone()),
                Kind::Thing | Kind::Device | Kind::Sought => self.thing = Some(target.clone()),
                Kind::Place | Kind::Speaker | Kind::Robot => {}
            }
        }
    }
}

/// An answer to a question: this role of this task is this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// Which task of the reading.
    pub task: u32,
    /// Which role.
    pub role: Role,
    /// What it is.
    pub target: Target,
}

/// What became of a reading's words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grounding {
    /// One a task, with what could be bound.
    pub goals: Vec<Goal>,
    /// What is open, in the order of the text.
    pub questions: Vec<Question>,
}

/// Binds every role of a reading. `settled` are answers to earlier questions.
#[must_use]
pub fn ground(reading: &Reading, world: &World<'_>, settled: &[Settled]) -> Grounding {
    let mut grounding = Grounding::default();
    // "go to the kitchen and bring it there": later tasks may point back at earlier ones.
    let mut memory = world.memory.clone();
    for (index, task) in reading.tasks.iter().enumerate() {
        let world = World {
            memory: &memory,
            ..*world
        };
        let goal = ground_task(
            index as u32,
            task,
            reading,
            &world,
            settled,
            &mut grounding.questions,
        );
        memory.note(std::slice::from_ref(&goal));
        grounding.goals.push(goal);
    }
    grounding
}

/// Whether a role's words must point at something real, and at what.
fn wants(frame: &Frame, role: &Role) -> Option<Wants> {
    let wants = match role {
        Role::Beneficiary | Role::Recipient | Role::Cotheme => Wants::Person,
        Role::Device => Wants::Device,
        Role::Theme if *frame == Frame::Guiding => Wants::Person,
        Role::Theme | Role::Item | Role::Entity | Role::ContainingObject | Role::ContainerPortal => {
            Wants::Thing
        }
        Role::Goal
        | Role::Source
        | Role::Location
        | Role::Ground
        | Role::SoughtEntity
        | Role::Phenomenon
        | Role::Area => Wants::Any,
        _ => return None,
    };
    match frame {
        // Told, asked or spoken: the words are what counts.
        Frame::BeingInCategory | Frame::Waiting | Frame::Stopping => None,
        Frame::Statement | Frame::Questioning | Frame::Greeting => (wants == Wants::Person).then_some(wants),
        Frame::ChangeDirection if *role == Role::Theme => None,
        _ => Some(wants),
    }
}

/// What of the sort that is asked for is known, what is called most alike first: offered where nothing is near.
fn known(words: &str, wants: Wants, role: &Role, world: &World<'_>, lang: &str) -> Vec<String> {
    const MOST: usize = 4;
    let kind = match (wants, role) {
        (Wants::Person, _) => Kind::Person,
        (Wants::Device, _) => return Vec::new(),
        (_, Role::Goal | Role::Area | Role::Location | Role::Source) => Kind::Place,
        _ => Kind::Thing,
    };
    let mut names: Vec<String> = candidates::all(world, lang)
        .iter()
        .filter(|candidate| candidate.target.kind == kind)
        .map(|candidate| speech::the(lang, &candidate.target))
        .collect();
    names.sort();
    names.dedup();
    let alike = |name: &str| strsim::normalized_damerau_levenshtein(name, words);
    names.sort_by(|a, b| alike(b).total_cmp(&alike(a)));
    names.truncate(MOST);
    names
}

fn ground_task(
    index: u32,
    task: &Task,
    reading: &Reading,
    world: &World<'_>,
    settled: &[Settled],
    questions: &mut Vec<Question>,
) -> Goal {
    let lang = reading.lang.as_str();
    let mut roles: Vec<Bound> = task
        .roles
        .iter()
        .map(|filler| Bound {
            filler: filler.clone(),
            target: None,
        })
        .collect();
    // Where something is narrows down which one it is: bind the places first.
    let mut order: Vec<usize> = (0..roles.len()).collect();
    order.sort_by_key(|i| {
        !matches!(
            roles[*i].filler.role,
            Role::Source | Role::Location | Role::Ground | Role::Area
        )
    });
    let mut anchors: Vec<Target> = Vec::new();
    for i in order {
        let filler = &roles[i].filler;
        if let Some(answer) = settled.iter().find(|s| s.task == index && s.role == filler.role) {
            roles[i].target = Some(answer.target.clone());
            continue;
        }
        let Some(wants) = wants(&task.frame, &filler.role) else {
            continue;
        };
        if is_direction(&filler.text)
            && matches!(
                filler.role,
                Role::Goal | Role::Area | Role::Location | Role::Phenomenon
            )
        {
            continue;
        }
        let narrows = matches!(
            filler.role,
            Role::Source | Role::Location | Role::Ground | Role::Area
        );
        let anchors_here: &[Target] = if narrows
            || !matches!(
                filler.role,
                Role::Theme | Role::SoughtEntity | Role::Entity | Role::Phenomenon | Role::Device
            ) {
            &[]
        } else {
            &anchors
        };
        let counting =
            task.frame == Frame::Counting && matches!(filler.role, Role::Theme | Role::SoughtEntity);
        match bind(&filler.text, wants, anchors_here, world, lang) {
            Binding::One(target) if counting => {
                roles[i].target = Some(any_of(*target, &filler.text));
            }
            Binding::One(target) => {
                if narrows {
                    anchors.push((*target).clone());
                }
                roles[i].target = Some(*target);
            }
            Binding::Many(mut choices) if counting => {
                roles[i].target = Some(any_of(choices.swap_remove(0), &filler.text));
            }
            Binding::Many(mut choices) => {
                speech::tell_apart(&mut choices, world.robot, lang);
                questions.push(Question {
                    reason: Reason::AmbiguousTarget,
                    task: index,
                    role: Some(filler.role.clone()),
                    say: speech::which(lang, &filler.text, &choices),
                    choices,
                });
            }
            Binding::Unknown { .. } if task.mood == Mood::Description => {}
            Binding::Unknown { words, mut near } => {
                speech::tell_apart(&mut near, world.robot, lang);
                let known = known(&words, wants, &filler.role, world, lang);
                questions.push(Question {
                    reason: Reason::UnknownEntity,
                    task: index,
                    role: Some(filler.role.clone()),
                    say: speech::unknown(lang, &words, &near, &known, world.knows),
                    choices: near,
                });
            }
            Binding::Dangling if task.mood == Mood::Description => {}
            Binding::Dangling => questions.push(Question {
                reason: Reason::UnknownEntity,
                task: index,
                role: Some(filler.role.clone()),
                say: speech::dangling(lang, &filler.text),
                choices: Vec::new(),
            }),
        }
    }
    // An answer may fill a role that was not said at all.
    for answer in settled.iter().filter(|s| s.task == index) {
        if !roles.iter().any(|b| b.filler.role == answer.role) {
            let filler = Filler {
                role: answer.role.clone(),
                text: answer.target.label.clone(),
                head: None,
                span: crate::reading::Span::default(),
                score: crate::units::Score(1.0),
                value: None,
            };
            roles.push(Bound {
                filler,
                target: Some(answer.target.clone()),
            });
        }
    }
    Goal {
        task: index,
        frame: task.frame.clone(),
        mood: task.mood,
        trigger: task.trigger.to_lowercase(),
        roles,
        checks: task.condition.is_some(),
    }
}

/// All of a kind, for counting: the class, and the colour where one was said.
fn any_of(one: Target, text: &str) -> Target {
    let phrase = phrase::phrase(text);
    let mut kind = candidates::blank(Kind::Sought, &one.class);
    if let Some(color) = phrase.color {
        kind.label = lexicon::colored(&one.class, color, "en");
        kind.color = Some(color.to_owned());
    }
    kind.class = one.class;
    kind.chosen = "all of them are meant".to_owned();
    kind
}
