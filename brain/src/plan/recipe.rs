//! One recipe a frame: which skills, in which order, serve a goal.

use crate::config::Robot;
use crate::ground::candidates::{blank, speaker};
use crate::ground::phrase::{Pronoun, phrase, words};
use crate::ground::{Direction, Goal, Kind, Target, World, bind, direction};
use crate::plan::route::{length, route};
use crate::plan::{Fact, Plan, Refusal, Skill, Step};
use crate::reading::{Frame, Mood, Reason, Role, Value};
use crate::speech;
use crate::units::{Metres, MetresPerSecond, Point, Radians};

/// How far "go forward" goes when nothing is said.
const DEFAULT_DRIVE_M: f32 = 1.0;

/// How far "turn left" turns when nothing is said.
const DEFAULT_TURN_DEG: f32 = 90.0;

/// How far "look left" pans the head when nothing is said.
const DEFAULT_LOOK_DEG: f32 = 60.0;

/// Share of the highest speed that "slowly" means.
const SLOW_SHARE: f32 = 0.4;

/// Makes the plan for these goals, or says what is lacking. `lang` is the language to speak.
///
/// # Errors
///
/// A [`Refusal`] where a frame has no recipe on this robot, or a role it needs was not said.
pub fn plan(goals: &[Goal], world: &World<'_>, lang: &str) -> Result<Plan, Refusal> {
    let mut cook = Cook {
        world: *world,
        lang,
        here: world.scene.pose.at,
        held: world.held.cloned(),
        steps: Vec::new(),
        task: 0,
    };
    for goal in goals {
        cook.task = goal.task;
        cook.goal(goal)?;
    }
    let speed = goals.iter().find_map(|g| speed(g, world));
    Ok(Plan {
        steps: cook.steps,
        speed,
    })
}

/// The speed that was asked for: in numbers, or as a share of what is allowed.
fn speed(goal: &Goal, world: &World<'_>) -> Option<MetresPerSecond> {
    const SLOW: &[&str] = &[
        "slowly",
        "slow",
        "carefully",
        "gently",
        "careful",
        "piano",
        "lentamente",
        "attentamente",
        "adagio",
    ];
    let manners = goal
        .roles
        .iter()
        .filter(|b| matches!(b.filler.role, Role::Speed | Role::Manner));
    manners.into_iter().find_map(|b| match &b.filler.value {
        Some(Value::MetrePerSecond(v)) => Some(MetresPerSecond(*v)),
        _ => {
            let slow = words(&b.filler.text).iter().any(|w| SLOW.contains(&w.as_str()));
            let slow = slow || ["慢", "小心"].iter().any(|w| b.filler.text.contains(w));
            slow.then_some(MetresPerSecond(world.robot.policy.max_speed_mps.0 * SLOW_SHARE))
        }
    })
}

struct Cook<'a> {
    world: World<'a>,
    lang: &'a str,
    /// Where the robot will be after the steps so far.
    here: Point,
    /// What it will hold after the steps so far.
    held: Option<Target>,
    steps: Vec<Step>,
    task: u32,
}

type Cooked = Result<(), Refusal>;

fn missing(say: String) -> Refusal {
    Refusal {
        reason: Reason::MissingRole,
        say,
        rules: Vec::new(),
    }
}

fn not_capable(say: String) -> Refusal {
    Refusal {
        reason: Reason::NotCapable,
        say,
        rules: vec!["recipe".to_owned()],
    }
}

impl Cook<'_> {
    fn robot(&self) -> &Robot {
        self.world.robot
    }

    fn push(&mut self, skill: Skill) {
        let way = match &skill {
            Skill::Go { route, .. } => length(self.here, route),
            Skill::Drive(by) => Metres(by.0.abs()),
            Skill::Approach(target) => target.at.map_or(Metres(5.0), |at| self.here.distance(at)),
            _ => Metres(0.0),
        };
        self.steps.push(skill.step(self.task, way));
    }

    fn say(&mut self, text: String) {
        self.push(Skill::Say(text));
    }

    fn the(&self, target: &Target) -> String {
        speech::the(self.lang, target)
    }

    fn goal(&mut self, goal: &Goal) -> Cooked {
        use Role::{
            Area, Beneficiary, Cotheme, Entity, Goal as To, Ground, Location, Path, Phenomenon, Recipient,
            SoughtEntity, Source, Theme,
        };
        match &goal.frame {
            Frame::Motion | Frame::Arriving => self.motion(goal),
            Frame::ChangeDirection => self.change_direction(goal),
            Frame::Bringing => {
                let theme = self.theme(goal, &[Theme], speech::What::Bring)?;
                self.fetch(&theme);
                match goal.target(&[Beneficiary, Recipient]) {
                    Some(person) => self.hand_over(&person.clone()),
                    None => match goal.target(&[To]) {
                        Some(to) => self.deliver(&to.clone()),
                        None => {
                            let to = speaker(&self.world);
                            self.hand_over(&to);
                        }
                    },
                }
                Ok(())
            }
            Frame::Taking => {
                let theme = self.theme(goal, &[Theme], speech::What::Take)?;
                self.fetch(&theme);
                Ok(())
            }
            Frame::Manipulation => {
                const GRIPPING: &[&str] = &[
                    "grab", "grasp", "grip", "hold", "catch", "clasp", "clutch", "seize", "afferra", "tieni",
                    "stringi", "抓", "握", "拿",
                ];
                if !GRIPPING.iter().any(|g| goal.trigger.starts_with(g)) {
                    return Err(not_capable(speech::cannot(self.lang, &goal.trigger)));
                }
                let theme = self.theme(goal, &[Entity, Theme], speech::What::Take)?;
                self.fetch(&theme);
                Ok(())
            }
            Frame::Giving => {
                let theme = match (goal.target(&[Theme]), &self.held) {
                    (Some(theme), _) => theme.clone(),
                    (None, Some(held)) => held.clone(),
                    (None, None) => return Err(missing(speech::what(self.lang, speech::What::Give))),
                };
                self.fetch(&theme);
                let to = goal
                    .target(&[Recipient, Beneficiary, To])
                    .cloned()
                    .unwrap_or_else(|| speaker(&self.world));
                self.hand_over(&to);
                Ok(())
            }
            Frame::Placing => {
                let theme = match (goal.target(&[Theme]), &self.held) {
                    (Some(theme), _) => theme.clone(),
                    (None, Some(held)) => held.clone(),
                    (None, None) => return Err(missing(speech::what(self.lang, speech::What::Place))),
                };
                let Some(to) = goal.target(&[To, Location, Area]).cloned() else {
                    return match goal.role(&[To, Location, Area]) {
                        Some(_) => {
                            self.fetch(&theme);
                            self.put_down(None);
                            Ok(())
                        }
                        None => Err(missing(speech::what(self.lang, speech::What::Where))),
                    };
                };
                self.fetch(&theme);
                self.deliver(&to);
                Ok(())
            }
            Frame::Releasing => {
                if self.held.is_none() {
                    return Err(not_capable(speech::hold_nothing(self.lang)));
                }
                if let Some(to) = goal.target(&[To, Location, Recipient]).cloned() {
                    self.deliver(&to);
                } else {
                    self.put_down(None);
                }
                Ok(())
            }
            Frame::ChangeOperationalState => self.switch(goal),
            Frame::Cotheme => {
                let who = goal
                    .target(&[Cotheme, Theme])
                    .cloned()
                    .unwrap_or_else(|| speaker(&self.world));
                if !matches!(
                    who.kind,
                    Kind::Person | Kind::Speaker | Kind::Sought | Kind::Thing
                ) {
                    return Err(not_capable(speech::cannot(self.lang, &goal.trigger)));
                }
                self.push(Skill::Follow(who));
                Ok(())
            }
            Frame::Locating => {
                let what = self.theme(goal, &[SoughtEntity, Theme, Phenomenon], speech::What::Find)?;
                if goal.checks {
                    // Where it is not seen, the plan ends here.
                    self.push(Skill::LookFor { what, all: false });
                    return Ok(());
                }
                self.visit(goal, &[Ground, Location, Area]);
                self.find(&what);
                Ok(())
            }
            Frame::Inspecting => {
                let what = goal
                    .target(&[Ground, Phenomenon, SoughtEntity, Theme, Location])
                    .cloned();
                let what = what.ok_or_else(|| missing(speech::what(self.lang, speech::What::Inspect)))?;
                if let Some(sought) = goal.target(&[SoughtEntity, Phenomenon]).filter(|s| **s != what) {
                    let sought = sought.clone();
                    self.go_to(&what);
                    self.find(&sought);
                } else {
                    self.find(&what);
                }
                Ok(())
            }
            Frame::PerceptionActive => self.perceive(goal),
            Frame::BeingLocated if goal.mood == Mood::Description => {
                let theme = text_of(goal, &[Theme])
                    .ok_or_else(|| missing(speech::what(self.lang, speech::What::Learn)))?;
                let location = text_of(goal, &[Location, To, Ground, Area])
                    .ok_or_else(|| missing(speech::what(self.lang, speech::What::Learn)))?;
                self.push(Skill::Learn(Fact::Located { theme, location }));
                Ok(())
            }
            // "what is on the table": it goes there and looks.
            Frame::BeingLocated
                if goal.target(&[Theme, SoughtEntity]).is_none() && goal.target(&[Location]).is_some() =>
            {
                let place = self.theme(goal, &[Location], speech::What::Inspect)?;
                self.find(&place);
                Ok(())
            }
            Frame::BeingLocated => {
                let what = self.theme(goal, &[Theme, SoughtEntity], speech::What::Find)?;
                if what.kind == Kind::Sought {
                    self.visit(goal, &[Location, Ground]);
                    self.find(&what);
                } else {
                    self.push(Skill::Report(what));
                }
                Ok(())
            }
            Frame::BeingInCategory => {
                let item = text_of(goal, &[Role::Item, Theme]).unwrap_or_else(|| "this".to_owned());
                let category = text_of(goal, &[Role::Category])
                    .ok_or_else(|| missing(speech::what(self.lang, speech::What::Learn)))?;
                if goal.mood == Mood::Question {
                    return Err(not_capable(speech::cannot(self.lang, &goal.trigger)));
                }
                self.push(Skill::Learn(Fact::Called {
                    item,
                    category,
                    at: self.here,
                }));
                Ok(())
            }
            Frame::Counting => {
                let what = self.theme(goal, &[Theme, SoughtEntity], speech::What::Count)?;
                self.visit(goal, &[Ground, Location, Area, To, Source]);
                self.push(Skill::LookFor {
                    what: what.clone(),
                    all: true,
                });
                self.push(Skill::Report(what));
                Ok(())
            }
            Frame::Greeting => {
                let who = goal.target(&[Recipient, Theme, Beneficiary]).cloned();
                self.visit(goal, &[Location, Ground, To]);
                let name = who
                    .as_ref()
                    .filter(|w| w.kind == Kind::Person)
                    .map(|w| w.label.clone());
                if let Some(who) = who.filter(|w| w.kind == Kind::Person) {
                    self.approach(&who);
                }
                self.say(speech::hello(self.lang, name.as_deref()));
                Ok(())
            }
            Frame::Statement => self.tell(goal, false),
            Frame::Questioning => self.tell(goal, true),
            Frame::Guiding => {
                let who = goal
                    .target(&[Theme, Cotheme, Beneficiary])
                    .cloned()
                    .unwrap_or_else(|| speaker(&self.world));
                let to = goal.target(&[To, Location, Path]).cloned();
                let to = to.ok_or_else(|| missing(speech::what(self.lang, speech::What::WhereTo)))?;
                if let Some(from) = goal.target(&[Source]).cloned() {
                    self.go_to(&from);
                }
                if who.kind == Kind::Person {
                    self.approach(&who);
                }
                self.say(speech::follow_me(self.lang));
                self.go_to(&to);
                self.say(speech::here_we_are(self.lang));
                Ok(())
            }
            Frame::Waiting => {
                self.visit(goal, &[Location, To]);
                match goal.roles.iter().find_map(|b| b.filler.value.as_ref()) {
                    Some(Value::Second(s)) if *s > 0.0 => {
                        self.push(Skill::Wait((s.min(86_400.0) * 1000.0) as u32))
                    }
                    _ => self.push(Skill::Stop),
                }
                Ok(())
            }
            Frame::Stopping => {
                self.push(Skill::Stop);
                Ok(())
            }
            Frame::Closure => Err(not_capable(speech::no_arm(self.lang))),
            Frame::Pouring | Frame::Attaching => Err(not_capable(speech::cannot(self.lang, &goal.trigger))),
            Frame::Custom(name) => Err(not_capable(speech::cannot(self.lang, &name.replace('_', " ")))),
        }
    }

    fn theme(&self, goal: &Goal, roles: &[Role], what: speech::What) -> Result<Target, Refusal> {
        goal.target(roles)
            .cloned()
            .ok_or_else(|| missing(speech::what(self.lang, what)))
    }

    fn motion(&mut self, goal: &Goal) -> Cooked {
        let to = goal.role(&[
            Role::Goal,
            Role::Direction,
            Role::Path,
            Role::Location,
            Role::Area,
        ]);
        let come = ["come", "vieni", "过来", "get"]
            .iter()
            .any(|c| goal.trigger.starts_with(c));
        if let Some(target) = goal.target(&[Role::Goal, Role::Location, Role::Area]).cloned() {
            let here = goal
                .role(&[Role::Goal, Role::Location, Role::Area])
                .is_some_and(|b| phrase(&b.filler.text).pronoun == Some(Pronoun::Here));
            if here && come {
                let to = speaker(&self.world);
                self.approach(&to);
            } else {
                self.go_to(&target);
            }
            return Ok(());
        }
        let distance = goal.roles.iter().find_map(|b| match b.filler.value {
            Some(Value::Metre(m)) => Some(m),
            _ => None,
        });
        let way = to
            .and_then(|b| direction(&b.filler.text))
            .or_else(|| goal.roles.iter().find_map(|b| direction(&b.filler.text)))
            .or_else(|| words(&goal.trigger).iter().skip(1).find_map(|w| direction(w)))
            .or_else(|| {
                ["back", "reverse", "retreat", "indietreggia", "后退"]
                    .iter()
                    .any(|b| goal.trigger.contains(b))
                    .then_some(Direction::Backward)
            })
            .or_else(|| {
                ["advance", "avanza", "前进"]
                    .iter()
                    .any(|b| goal.trigger.contains(b))
                    .then_some(Direction::Forward)
            });
        if distance.is_none() && returns(&goal.trigger, way) {
            self.go_back();
            return Ok(());
        }
        let ahead = distance.unwrap_or(DEFAULT_DRIVE_M);
        match (way, distance) {
            (Some(Direction::Forward), _) | (None, Some(_)) => self.push(Skill::Drive(Metres(ahead))),
            (Some(Direction::Backward), _) => self.push(Skill::Drive(Metres(-ahead))),
            (Some(side @ (Direction::Left | Direction::Right | Direction::Around)), _) => {
                self.turn(side, DEFAULT_TURN_DEG);
                self.push(Skill::Drive(Metres(ahead)));
            }
            (Some(Direction::Up | Direction::Down), _) => {
                return Err(not_capable(speech::cannot(self.lang, &goal.trigger)));
            }
            (None, None) if come => {
                let to = speaker(&self.world);
                self.approach(&to);
            }
            (None, None) => return Err(missing(speech::what(self.lang, speech::What::WhereTo))),
        }
        Ok(())
    }

    /// Back to where this plan begins, or where the one before began; to the speaker where nothing was driven.
    fn go_back(&mut self) {
        const NEAR_M: f32 = 0.1;
        let begins = self.world.scene.pose.at;
        let to = [begins, self.world.began]
            .into_iter()
            .find(|at| self.here.distance(*at).0 > NEAR_M);
        match to {
            Some(at) => {
                self.push(Skill::Go {
                    to: speech::where_it_began(self.lang).to_owned(),
                    route: route(self.robot(), self.here, at),
                });
                self.here = at;
            }
            None => self.approach(&speaker(&self.world)),
        }
    }

    fn turn(&mut self, way: Direction, degrees: f32) {
        let by = match way {
            Direction::Right => -degrees,
            Direction::Around | Direction::Backward => 180.0,
            _ => degrees,
        };
        self.push(Skill::Turn(Radians::from_degrees(by)));
    }

    fn change_direction(&mut self, goal: &Goal) -> Cooked {
        if let Some(target) = goal
            .target(&[Role::Goal, Role::Location, Role::Direction])
            .cloned()
        {
            self.face(&target);
            return Ok(());
        }
        let angle = goal.roles.iter().find_map(|b| match b.filler.value {
            Some(Value::Degree(d)) => Some(d),
            _ => None,
        });
        let way = goal
            .roles
            .iter()
            .find_map(|b| direction(&b.filler.text))
            .or_else(|| words(&goal.trigger).iter().skip(1).find_map(|w| direction(w)));
        match (way, angle) {
            (Some(Direction::Forward), None) => {}
            (Some(way), angle) => self.turn(way, angle.map_or(DEFAULT_TURN_DEG, f32::abs)),
            (None, Some(angle)) => self.push(Skill::Turn(Radians::from_degrees(angle))),
            (None, None) => return Err(missing(speech::what(self.lang, speech::What::WhichWay))),
        }
        Ok(())
    }

    fn perceive(&mut self, goal: &Goal) -> Cooked {
        if let Some(what) = goal
            .target(&[
                Role::Phenomenon,
                Role::SoughtEntity,
                Role::Theme,
                Role::Ground,
                Role::Goal,
                Role::Area,
            ])
            .cloned()
        {
            if what.kind == Kind::Sought || what.at.is_none() && what.bearing.is_none() {
                self.push(Skill::LookFor {
                    what: what.clone(),
                    all: false,
                });
            }
            self.face(&what);
            return Ok(());
        }
        let Some(way) = goal.roles.iter().find_map(|b| direction(&b.filler.text)) else {
            return Err(missing(speech::what(self.lang, speech::What::LookAt)));
        };
        if self.robot().head.is_none() || way == Direction::Around || way == Direction::Backward {
            self.turn(way, DEFAULT_LOOK_DEG);
            return Ok(());
        }
        let (pan, tilt) = match way {
            Direction::Left => (DEFAULT_LOOK_DEG, 0.0),
            Direction::Right => (-DEFAULT_LOOK_DEG, 0.0),
            Direction::Up => (0.0, 25.0),
            Direction::Down => (0.0, -25.0),
            _ => (0.0, 0.0),
        };
        self.push(Skill::Look(
            Radians::from_degrees(pan),
            Radians::from_degrees(tilt),
        ));
        Ok(())
    }

    fn switch(&mut self, goal: &Goal) -> Cooked {
        let target = self.theme(
            goal,
            &[Role::Device, Role::Theme, Role::Entity],
            speech::What::Switch,
        )?;
        let said = goal
            .roles
            .iter()
            .filter(|b| matches!(b.filler.role, Role::OperationalState | Role::DesiredState))
            .map(|b| b.filler.text.clone())
            .chain([goal.trigger.clone()])
            .chain(goal.roles.iter().map(|b| b.filler.text.clone()));
        let on = said.into_iter().find_map(|text| on_or_off(&text));
        let on = on.ok_or_else(|| missing(speech::what(self.lang, speech::What::OnOrOff)))?;
        let Some(output) = target.device.clone() else {
            return Err(not_capable(speech::no_output(self.lang, &self.the(&target))));
        };
        self.push(Skill::Switch {
            output,
            on,
            what: target.label,
        });
        Ok(())
    }

    fn tell(&mut self, goal: &Goal, ask: bool) -> Cooked {
        let who = goal.target(&[Role::Recipient, Role::Beneficiary]).cloned();
        let message = text_of(goal, &[Role::Message]);
        let topic = text_of(goal, &[Role::Topic, Role::Theme]);
        let text = match (message, topic) {
            (Some(message), _) => strip_that(&message),
            (None, Some(topic))
                if words(&topic)
                    .iter()
                    .any(|w| w == "name" || w == "nome" || w == "名字") =>
            {
                speech::my_name(self.lang, &self.robot().name)
            }
            (None, Some(topic)) if ask => topic,
            (None, Some(topic)) => return Err(not_capable(speech::nothing_to_tell(self.lang, &topic))),
            (None, None) => return Err(missing(speech::what(self.lang, speech::What::Say))),
        };
        self.visit(goal, &[Role::Location, Role::Goal]);
        if let Some(who) = who.filter(|w| matches!(w.kind, Kind::Person | Kind::Sought)) {
            self.approach(&who);
        }
        self.say(text);
        Ok(())
    }

    /// Goes where the task is to be done, where that was said.
    fn visit(&mut self, goal: &Goal, roles: &[Role]) {
        if let Some(place) = goal.target(roles).cloned() {
            self.go_to(&place);
        }
    }

    /// Drives to a place, or up to a thing or person.
    fn go_to(&mut self, target: &Target) {
        match (target.kind, target.at) {
            (Kind::Place, Some(at)) => {
                if self.here.distance(at).0 > 0.05 {
                    let route = route(self.robot(), self.here, at);
                    self.push(Skill::Go {
                        to: self.the(target),
                        route,
                    });
                    self.here = at;
                }
            }
            (Kind::Robot | Kind::Device, _) => {}
            _ => self.approach(target),
        }
    }

    /// Drives until a thing or person is near, looking for it first when nobody knows where it is.
    fn approach(&mut self, target: &Target) {
        let robot = self.world.robot;
        let Some(at) = target.at else {
            // Who speaks stands where the command was given.
            if target.kind == Kind::Speaker {
                let back = self.world.scene.pose.at;
                if self.here.distance(back).0 > 0.05 {
                    self.push(Skill::Go {
                        to: self.the(target),
                        route: route(robot, self.here, back),
                    });
                    self.here = back;
                }
                return;
            }
            if let Some(place) = target.place.as_ref().and_then(|id| robot.place(id))
                && place.at().distance(self.here) > place.radius_m
            {
                let mut there = blank(Kind::Place, &place.id.replace('_', " "));
                there.at = Some(place.at());
                there.id = Some(place.id.clone());
                self.go_to(&there);
            }
            self.push(Skill::LookFor {
                what: target.clone(),
                all: false,
            });
            self.push(Skill::Approach(target.clone()));
            return;
        };
        let mut way = route(robot, self.here, at);
        way.pop();
        if let Some(last) = way.last().copied() {
            self.push(Skill::Go {
                to: self.the(target),
                route: way,
            });
            self.here = last;
        }
        self.push(Skill::Approach(target.clone()));
        self.here = at;
    }

    fn face(&mut self, target: &Target) {
        let to = self.the(target);
        match (target.at, target.bearing) {
            (Some(at), _) => self.push(Skill::Face { to, at }),
            (None, Some(bearing)) => self.push(Skill::Turn(bearing)),
            (None, None) => {}
        }
    }

    /// Gets something into the gripper.
    fn fetch(&mut self, theme: &Target) {
        if self
            .held
            .as_ref()
            .is_some_and(|h| bind::same(h, theme) || h == theme)
        {
            return;
        }
        self.approach(theme);
        self.push(Skill::Take(theme.clone()));
        self.held = Some(theme.clone());
    }

    fn hand_over(&mut self, to: &Target) {
        if matches!(to.kind, Kind::Person | Kind::Speaker | Kind::Sought) {
            self.approach(to);
            self.push(Skill::Give(to.clone()));
            self.held = None;
        } else {
            self.deliver(to);
        }
    }

    /// Brings what is held to a place, onto a thing, or to a person.
    fn deliver(&mut self, to: &Target) {
        if matches!(to.kind, Kind::Person | Kind::Speaker) {
            self.hand_over(to);
            return;
        }
        self.go_to(to);
        self.put_down((to.kind == Kind::Thing || to.kind == Kind::Sought).then(|| to.clone()));
    }

    fn put_down(&mut self, on: Option<Target>) {
        self.push(Skill::Place(on));
        self.held = None;
    }

    /// Goes and sees, then tells.
    fn find(&mut self, what: &Target) {
        match what.kind {
            Kind::Place => {
                self.go_to(what);
                self.push(Skill::Report(what.clone()));
            }
            Kind::Sought => {
                if let Some(place) = what.place.as_ref().and_then(|id| self.robot().place(id)) {
                    let (at, id) = (place.at(), place.id.clone());
                    let mut there = blank(Kind::Place, &id.replace('_', " "));
                    there.at = Some(at);
                    self.go_to(&there);
                }
                self.push(Skill::LookFor {
                    what: what.clone(),
                    all: false,
                });
                self.push(Skill::Report(what.clone()));
            }
            Kind::Speaker | Kind::Robot => self.push(Skill::Report(what.clone())),
            _ => {
                self.approach(what);
                self.push(Skill::Report(what.clone()));
            }
        }
    }
}

/// Whether a verb of motion sends the robot back to where it was, rather than backwards: "come back", "return", "torna".
fn returns(trigger: &str, way: Option<Direction>) -> bool {
    let first = words(trigger).into_iter().next().unwrap_or_default();
    match first.as_str() {
        "come" => way == Some(Direction::Backward),
        "return" | "torna" | "ritorna" | "tornare" | "ritornare" => {
            matches!(way, None | Some(Direction::Backward))
        }
        _ => trigger.starts_with(['回', '返']),
    }
}

fn text_of(goal: &Goal, roles: &[Role]) -> Option<String> {
    goal.role(roles).map(|b| b.filler.text.clone())
}

/// "that dinner is ready" is told as "dinner is ready".
fn strip_that(message: &str) -> String {
    let message = message.trim().trim_matches('"');
    for that in ["that ", "che "] {
        if let Some(rest) = message.strip_prefix(that) {
            return rest.to_owned();
        }
    }
    message.to_owned()
}

fn on_or_off(text: &str) -> Option<bool> {
    const ON: &[&str] = &[
        "on",
        "activate",
        "start",
        "enable",
        "accendi",
        "accendere",
        "attiva",
        "accesa",
        "acceso",
    ];
    const OFF: &[&str] = &[
        "off",
        "deactivate",
        "disable",
        "shut",
        "spegni",
        "spegnere",
        "disattiva",
        "spenta",
        "spento",
        "kill",
    ];
    let words = words(text);
    if words.iter().any(|w| OFF.contains(&w.as_str())) || text.contains('关') {
        return Some(false);
    }
    (words.iter().any(|w| ON.contains(&w.as_str())) || text.contains('开')).then_some(true)
}
