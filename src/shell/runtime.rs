//! One running robot: the threads, wired together, from a line of text to the link.
//!
//! `coact run`, `say` and `demo` all start the same [`Runtime`]; they differ in the port, in who types and in who
//! watches.

use super::camera::feed::{Feed, Health};
use super::camera::{Camera, Frame, eyes};
use super::clock::Clock;
use super::journal::{Journal, JournalHealth, Limits, Tap};
use super::latch::StopLatch;
use super::link::{self, Link, LinkStatus, SerialPort};
use super::listening::Listening;
use super::microphone;
use super::mind::{HeadPose, Mind, Timings};
use super::pins::{Interlock, Panel, Stands};
use super::queues::{EVENTS, FRAMES, Gauge, Inlet, LINES, queue};
use super::reports::{self, Watch, Watchers, What};
use super::stage::{self, Stage};
use crate::hear::{self, MOST_ALTERNATIVES};
use crate::read::Reader;
use crate::see::Detector;
use brain::config::Robot;
use brain::message::{Alternative, Event, Heard, Latch, MapItem, Sight, Source, StopCause, Tags, Utterance};
use brain::step::{Knows, State};
use brain::understand::packs::Pack;
use brain::understand::stopword;
use brain::units::{Point, Score, UtteranceId};
use firmware_bridge::message::BoardState;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// What to run.
pub struct Setup {
    /// The run's clock; the camera dates its frames by it.
    pub clock: Clock,
    /// The robot.
    pub robot: Robot,
    /// The text model.
    pub reader: Arc<Reader>,
    /// The packs it has learnt.
    pub packs: Vec<Pack>,
    /// Where the board is.
    pub port: SerialPort,
    /// Camera and detector, where the robot sees.
    pub sight: Option<(Box<dyn Camera>, Arc<Detector>)>,
    /// Whether the map or only a picture tells what there is.
    pub knows: Knows,
    /// Folder of the journal; `None` keeps none.
    pub journal: Option<PathBuf>,
    /// How large the journal may grow.
    pub limits: Limits,
}

/// Why it cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal cannot be written.
    #[error("cannot write the journal to {folder}: {source}; name a folder that can be written with --state")]
    Journal {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Why a line was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Too many lines wait already.
    #[error("{} lines wait to be read already; say it again in a moment", LINES.capacity)]
    Full,
}

/// Why it may not go on yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the emergency stop of this computer is still pressed; pull it out first, then resume")]
pub struct StillPressed;

/// Why the daemon must end: nobody is left who decides, or who talks to the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} thread died; the board has taken its safe actions")]
pub struct Dead(&'static str);

/// A line on its way to the text model.
#[derive(Clone)]
struct Line {
    id: UtteranceId,
    text: String,
    dry_run: bool,
    heard: Option<Spoken>,
}

/// Something spoken, as it was transcribed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spoken {
    /// The words.
    pub text: String,
    /// How sure the transcriber is, 0 to 1.
    pub confidence: f32,
    /// What else it may have been, likeliest first, and how surely.
    pub alternatives: Vec<(String, f32)>,
}

impl From<&hear::Heard> for Spoken {
    fn from(heard: &hear::Heard) -> Self {
        let other = |other: &hear::Alternative| (other.text.clone(), other.confidence);
        Spoken {
            text: heard.text(),
            confidence: heard.confidence(),
            alternatives: heard.alternatives().iter().map(other).collect(),
        }
    }
}

/// One running robot, shared by all who talk to it. [`Runtime::shut_down`], or dropping it, stops the robot and ends the
/// threads in order.
pub struct Runtime {
    clock: Clock,
    // Emptied at the end: a thread ends when all who feed it are gone.
    lines: Mutex<Option<Inlet<Line>>>,
    events: Mutex<Option<Inlet<Event>>>,
    latch: StopLatch,
    interlock: Interlock,
    talks: AtomicBool,
    watchers: Watchers,
    timings: Timings,
    next: AtomicU64,
    stop_words: Vec<String>,
    threads: Mutex<Option<Threads>>,
    models: BTreeMap<String, String>,
    listening: Mutex<Option<Listening>>,
    calls: Mutex<Option<Call>>,
    /// The stage that hangs, and is told to.
    hangs: Mutex<Option<&'static str>>,
}

/// Opens the ears for one utterance.
type Call = Box<dyn Fn() + Send>;

/// What ends with the run.
struct Threads {
    link: Link,
    journal: Option<Journal>,
    mind: JoinHandle<State>,
    reader: Stage,
    seeing: Option<Seeing>,
}

impl Threads {
    fn stages(&self) -> impl Iterator<Item = stage::Health> {
        let eyes = self.seeing.as_ref().map(|seeing| seeing.eyes.health());
        std::iter::once(self.reader.health()).chain(eyes)
    }
}

/// The threads that fetch frames and look at them.
struct Seeing {
    feed: Feed,
    frames: Inlet<Frame>,
    eyes: Stage,
}

/// How it fares, for `coact status`.
#[derive(Debug, Serialize)]
pub struct Status {
    /// Milliseconds since the start.
    pub up_ms: u64,
    /// The stop latch.
    pub latch: Latch,
    /// The emergency stop of this computer is pressed.
    pub stop_pressed: bool,
    /// The button to talk is held.
    pub talk_held: bool,
    /// The link and its counters.
    pub link: LinkStatus,
    /// The camera; `null` where the robot has none.
    pub camera: Option<Health>,
    /// Milliseconds since its newest frame.
    pub frame_age_ms: Option<u64>,
    /// Versions of the models in use, by name.
    pub models: BTreeMap<String, String>,
    /// Degrees Celsius of the board's thermal zones, by name; empty where the system tells none.
    pub temperatures_c: BTreeMap<String, f32>,
    /// The stages that run networks: how often they failed, and for how long they have been busy with one thing.
    pub stages: Vec<stage::Health>,
    /// The queues of the table that are in use.
    pub queues: Vec<Gauge>,
    /// The microphone; `null` where the robot has none.
    pub microphone: Option<microphone::Health>,
    /// The journal.
    pub journal: Option<JournalHealth>,
}

impl Runtime {
    /// Opens the port and the journal and starts the threads.
    ///
    /// # Errors
    /// When the port cannot be opened, the journal not written, or no thread be had.
    pub fn start(setup: Setup) -> Result<Runtime, StartError> {
        let clock = setup.clock;
        let mut state = State::new(
            setup.robot.clone(),
            setup.reader.labels().clone(),
            *setup.reader.thresholds(),
            setup.robot.seed,
        );
        state.knows = setup.knows;
        state.watches = setup.sight.is_some();
        state.learn(setup.packs);
        let mut models = BTreeMap::from([("text".to_owned(), setup.reader.version().to_owned())]);
        if let Some((_, detector)) = &setup.sight {
            models.insert("detector".to_owned(), detector.name().to_owned());
        }
        let head = HeadPose::default();
        let (journal, tap) = open_journal(setup.journal, setup.limits, &setup.robot, &setup.reader)?;
        let (events, event_outlet) = queue(&EVENTS);
        let (lines, line_outlet) = queue::<Line>(&LINES);
        let latch = StopLatch::default();
        let watchers = Watchers::default();
        let timings = Timings::default();

        let (link, orders) = link::start(setup.port, latch.clone(), events.sender())?;
        let mind = Mind {
            state,
            clock,
            events: event_outlet,
            orders,
            latch: latch.clone(),
            watchers: watchers.clone(),
            timings: timings.clone(),
            head: head.clone(),
            tap,
        };
        let mind = std::thread::Builder::new()
            .name("brain".into())
            .spawn(move || mind.run())?;

        let failed = {
            let (latch, events) = (latch.clone(), events.clone());
            move |name: &str, why: String| protect(&latch, &events, format!("the {name} failed: {why}"))
        };
        let reader = {
            let (timings, reader, map) = (timings.clone(), setup.reader, map_items(&setup.robot));
            let read = move |text: &str| {
                let tags = reader.read(text, Some(&map));
                tags.inspect_err(|error| log::warn!("{error}")).ok()
            };
            let done = events.clone();
            let work = move |line: &Line| {
                let began = Instant::now();
                let tags = read(&line.text);
                let heard = line.heard.as_ref().map(|spoken| heard(spoken, &read));
                timings.encoded(line.id, began.elapsed().as_secs_f64() * 1e3);
                done.send(Event::Utterance(utterance(line.clone(), tags, heard)));
            };
            let (events, failed) = (events.clone(), failed.clone());
            // Whoever said it gets an answer all the same.
            Stage::start("reader", line_outlet, work, move |line, why| {
                failed("reader", why);
                events.send(Event::Utterance(utterance(line, None, None)));
            })?
        };
        let seeing = match (setup.sight, &setup.robot.camera) {
            (Some((camera, detector)), Some(described)) => {
                let (frames, frame_outlet) = queue(&FRAMES);
                let looks = move || head.get();
                let eyes = eyes::start(detector, described, frame_outlet, looks, events.clone(), failed)?;
                Some(Seeing {
                    feed: Feed::start(camera, frames.clone())?,
                    frames,
                    eyes,
                })
            }
            _ => None,
        };
        Ok(Runtime {
            models,
            clock,
            lines: Mutex::new(Some(lines)),
            events: Mutex::new(Some(events)),
            latch,
            interlock: Interlock::default(),
            talks: AtomicBool::new(false),
            watchers,
            timings,
            next: AtomicU64::new(1),
            stop_words: setup.robot.policy.stop_words.clone(),
            listening: Mutex::new(None),
            calls: Mutex::new(None),
            hangs: Mutex::new(None),
            threads: Mutex::new(Some(Threads {
                link,
                journal,
                mind,
                reader,
                seeing,
            })),
        })
    }

    /// The run's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Watches everything from now on.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watchers.watch()
    }

    /// Takes a line of text. The answer comes as a report with the number given here. A stop word trips the latch
    /// before anything else is done with it.
    ///
    /// # Errors
    /// When too many lines wait already.
    pub fn tell(&self, text: &str, dry_run: bool) -> Result<UtteranceId, Busy> {
        self.line(text.to_owned(), dry_run, None)
    }

    /// Takes something spoken, as [`Runtime::tell`] takes something typed.
    ///
    /// # Errors
    /// When too many lines wait already.
    pub fn hear(&self, spoken: Spoken, dry_run: bool) -> Result<UtteranceId, Busy> {
        self.line(spoken.text.clone(), dry_run, Some(spoken))
    }

    /// Tells all who watch that something was heard.
    pub fn heard(&self, heard: reports::Heard) {
        self.watchers.tell(self.clock.now(), &What::Heard(heard));
    }

    fn line(&self, text: String, dry_run: bool, spoken: Option<Spoken>) -> Result<UtteranceId, Busy> {
        let id = UtteranceId(self.next.fetch_add(1, Ordering::Relaxed));
        self.timings.begin(id);
        let stops = !dry_run && stopword::stop_word(&text, &self.stop_words).is_some();
        let line = Line {
            id,
            text,
            dry_run,
            heard: spoken,
        };
        if stops {
            self.latch.set(Latch::Halt);
            let heard = line.heard.as_ref().map(|spoken| heard(spoken, |_| None));
            self.send(Event::Utterance(utterance(line, None, heard)));
            return Ok(id);
        }
        let taken = taken(&self.lines).is_some_and(|lines| lines.send(line));
        if taken { Ok(id) } else { Err(Busy::Full) }
    }

    /// The ears that listen for this robot, and how to open them for one utterance. They end with it.
    pub fn listen_with(&self, listening: Listening, call: impl Fn() + Send + 'static) {
        *lock(&self.listening) = Some(listening);
        *lock(&self.calls) = Some(Box::new(call));
    }

    /// Listens for one utterance without the wake word; false where nothing listens.
    #[must_use]
    pub fn listen(&self) -> bool {
        match lock(&self.calls).as_ref() {
            Some(call) => {
                call();
                true
            }
            None => false,
        }
    }

    /// Stops, beside the language model and before everything that waits.
    pub fn stop(&self, cause: StopCause) {
        self.latch.set(match cause {
            StopCause::Halt => Latch::Halt,
            StopCause::StaleCamera | StopCause::Fault(_) => Latch::Protective,
            StopCause::Emergency(_) => Latch::Emergency,
        });
        self.send(Event::Stop(cause));
    }

    /// Something was seen beside the camera: a picture that came with a command.
    pub fn see(&self, sight: Sight) {
        self.send(Event::Sight(sight));
    }

    /// A person says that it may go on.
    ///
    /// # Errors
    /// While the emergency stop of this computer is pressed.
    pub fn resume(&self) -> Result<(), StillPressed> {
        if self.interlock.is_asserted() {
            return Err(StillPressed);
        }
        self.send(Event::Resume);
        Ok(())
    }

    /// A new configuration, already checked.
    pub fn configure(&self, robot: Robot) {
        self.send(Event::Configure(Box::new(robot)));
    }

    /// The packs that count from now on, learnt already.
    pub fn learn(&self, packs: Vec<Pack>) {
        self.send(Event::Packs(packs));
    }

    /// The latch, to see when the stop frame went out.
    #[must_use]
    pub fn latch(&self) -> &StopLatch {
        &self.latch
    }

    /// The brain thread turns, and no stage hangs.
    #[must_use]
    pub fn is_well(&self) -> bool {
        lock(&self.threads).as_ref().is_some_and(|threads| {
            threads.link.brain_is_well() && !threads.stages().any(|stage| stage.hangs())
        })
    }

    /// Looks after the threads; to be called about once a second. A stage that hangs stops the robot.
    ///
    /// # Errors
    /// [`Dead`] when nobody is left who decides or who talks to the board.
    pub fn supervise(&self) -> Result<(), Dead> {
        let hangs = {
            let threads = lock(&self.threads);
            let Some(threads) = threads.as_ref() else {
                return Ok(());
            };
            if threads.mind.is_finished() {
                return Err(Dead("brain"));
            }
            if threads.link.is_finished() {
                return Err(Dead("link"));
            }
            threads.stages().find(stage::Health::hangs)
        };
        let name = hangs.as_ref().map(|stage| stage.name);
        let known = std::mem::replace(&mut *lock(&self.hangs), name);
        let Some(stage) = hangs else { return Ok(()) };
        if known != name {
            let seconds = stage.busy_ms.unwrap_or_default() / 1000;
            log::error!(
                "the {} has been busy with one thing for {seconds} s: it hangs",
                stage.name
            );
        }
        // Told even to a robot that is stopped already, so that it knows why; and whoever resumed it did so in vain.
        if known != name || self.latch.view().latch == Latch::Open {
            self.stop(StopCause::Fault(format!("the {} hangs", stage.name)));
        }
        Ok(())
    }

    /// How it fares.
    #[must_use]
    pub fn status(&self) -> Status {
        let lines = taken(&self.lines).map(|inlet| inlet.gauge());
        let events = taken(&self.events).map(|inlet| inlet.gauge());
        let listening = lock(&self.listening);
        let threads = lock(&self.threads);
        let seeing = threads.as_ref().and_then(|threads| threads.seeing.as_ref());
        let camera = seeing.map(|seeing| seeing.feed.health());
        let frames = seeing.map(|seeing| seeing.frames.gauge());
        Status {
            up_ms: self.clock.now().0,
            latch: self.latch.view().latch,
            stop_pressed: self.interlock.is_asserted(),
            talk_held: self.talks.load(Ordering::Relaxed),
            link: threads
                .as_ref()
                .map(|threads| threads.link.status())
                .unwrap_or_default(),
            frame_age_ms: camera.as_ref().and_then(|camera| camera.age_ms(self.clock.now())),
            camera,
            models: self.models.clone(),
            temperatures_c: temperatures(),
            stages: threads.iter().flat_map(Threads::stages).collect(),
            queues: [lines, frames]
                .into_iter()
                .flatten()
                .chain(listening.iter().flat_map(Listening::gauges))
                .chain([events, self.watchers.gauge()].into_iter().flatten())
                .collect(),
            microphone: listening.as_ref().map(Listening::health),
            journal: threads
                .as_ref()
                .and_then(|threads| threads.journal.as_ref()?.health()),
        }
    }

    fn send(&self, event: Event) {
        if let Some(events) = taken(&self.events) {
            events.send(event);
        }
    }

    /// Stops the robot, lets the board become safe, ends the threads and closes the journal. Gives the brain's last
    /// state; `None` when it was shut down before or the brain thread had died. Lines told afterwards are refused.
    pub fn shut_down(&self) -> Option<State> {
        // The ears first: they tell this robot things. They are dropped outside the lock.
        let listening = lock(&self.listening).take();
        drop(listening);
        lock(&self.calls).take();
        let Threads {
            link,
            journal,
            mind,
            reader,
            seeing,
        } = lock(&self.threads).take()?;
        self.stop(StopCause::Halt);
        // Each thread ends when those that feed it are gone: the reader, the link, then the brain.
        *lock(&self.lines) = None;
        reader.join();
        if let Some(Seeing { feed, frames, eyes }) = seeing {
            drop(feed);
            drop(frames);
            eyes.join();
        }
        drop(link);
        *lock(&self.events) = None;
        let state = mind.join().ok();
        drop(journal);
        state
    }
}

/// A stage failed: what moves stops, and a person must say that it may go on.
fn protect(latch: &StopLatch, events: &Inlet<Event>, why: String) {
    latch.set(Latch::Protective);
    events.send(Event::Stop(StopCause::Fault(why)));
}

/// What a thread that panicked left behind is plain data and can still be used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sending end of one's own, so that nobody waits while the lock is held.
fn taken<T>(inlet: &Mutex<Option<Inlet<T>>>) -> Option<Inlet<T>> {
    lock(inlet).clone()
}

impl Panel for Arc<Runtime> {
    fn stop(&self, cause: StopCause) {
        Runtime::stop(self, cause);
    }

    fn latch(&self) -> Latch {
        self.latch.view().latch
    }

    fn stands(&self) -> Stands {
        let threads = lock(&self.threads);
        let link = threads
            .as_ref()
            .map(|threads| threads.link.status())
            .unwrap_or_default();
        Stands {
            latch: Panel::latch(self),
            up: link.up,
            active: link.board == Some(BoardState::Active),
        }
    }

    fn interlock(&self) -> &Interlock {
        &self.interlock
    }

    fn talk(&self, held: bool) {
        self.talks.store(held, Ordering::Relaxed);
        if held && !self.listen() {
            log::warn!("the button to talk was pressed, but nothing listens: describe a [microphone]");
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn utterance(line: Line, tags: Option<Tags>, heard: Option<Heard>) -> Utterance {
    Utterance {
        id: line.id,
        text: line.text,
        source: if line.heard.is_some() {
            Source::Spoken
        } else {
            Source::Typed
        },
        tags,
        dry_run: line.dry_run,
        heard: heard.map(Box::new),
    }
}

/// How something was heard, with each alternative read.
fn heard(spoken: &Spoken, read: impl Fn(&str) -> Option<Tags>) -> Heard {
    let alternatives = spoken.alternatives.iter().take(MOST_ALTERNATIVES);
    Heard {
        confidence: Score(spoken.confidence),
        alternatives: alternatives
            .map(|(text, confidence)| Alternative {
                text: text.clone(),
                confidence: Score(*confidence),
                tags: read(text),
            })
            .collect(),
    }
}

fn open_journal(
    folder: Option<PathBuf>,
    limits: Limits,
    robot: &Robot,
    reader: &Reader,
) -> Result<(Option<Journal>, Option<Tap>), StartError> {
    let Some(folder) = folder else {
        return Ok((None, None));
    };
    let robot = postcard::to_stdvec(robot).unwrap_or_default();
    let configuration = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&robot);
    let versions = vec![
        ("code".to_owned(), crate::VERSION.to_owned()),
        ("configuration".to_owned(), format!("{configuration:08x}")),
        ("text model".to_owned(), reader.version().to_owned()),
    ];
    let (journal, tap) =
        Journal::open(&folder, limits, versions).map_err(|source| StartError::Journal { folder, source })?;
    Ok((Some(journal), Some(tap)))
}

/// The robot's map in the form the reader takes: what people call the places and things it knows.
fn map_items(robot: &Robot) -> Vec<MapItem> {
    let names = |names: &brain::config::Names| names.values().flatten().cloned().collect();
    let places = robot.place.iter().map(|place| MapItem {
        id: place.id.clone(),
        class: place.class.clone(),
        names: names(&place.names),
        at: place.at(),
    });
    let things = robot.thing.iter().map(|thing| MapItem {
        id: thing.id.clone(),
        class: thing.class.clone(),
        names: names(&thing.names),
        at: thing.at.map_or_else(Point::default, |[x, y, _]| Point { x, y }),
    });
    places.chain(things).collect()
}

/// The thermal zones that Linux tells of, in degrees Celsius.
fn temperatures() -> BTreeMap<String, f32> {
    let zones = std::fs::read_dir("/sys/class/thermal")
        .into_iter()
        .flatten()
        .flatten();
    zones
        .filter_map(|zone| {
            let read = |file: &str| std::fs::read_to_string(zone.path().join(file)).ok();
            let millidegrees: f32 = read("temp")?.trim().parse().ok()?;
            Some((read("type")?.trim().to_owned(), millidegrees / 1000.0))
        })
        .collect()
}
