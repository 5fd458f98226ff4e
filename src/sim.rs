//! The simulated robot: the same device-side code that runs on a microcontroller, moving a body in a small world
//! instead of motors.
//!
//! ```text
//! bytes of the host ──> FaultyLine ──> Device ──> SimBoard ──> Robot in World ──> Event, Camera
//! bytes to the host <── FaultyLine <────┘
//! ```
//!
//! [`Simulation`] is the robot in virtual time: it takes bytes and milliseconds and gives bytes and [`Event`]s,
//! without threads, clock or devices, and repeats exactly with the same seed. [`SimHandle`] runs one in real time
//! on a thread behind a pseudo-terminal. Nothing here knows the host or the brain.

pub mod board;
pub mod camera;
pub mod description;
pub mod event;
pub mod fault;
pub mod pty;
pub mod robot;
pub mod world;

pub use camera::{Camera, Shot};
pub use event::{Event, What};
pub use fault::Faults;
pub use pty::{SimError, SimHandle, Viewer};
pub use world::World;

use board::SimBoard;
use brain::config;
use fault::FaultyLine;
use firmware_bridge::device::Device;
use firmware_bridge::frame::BOARD_FRAME;
use firmware_bridge::seal::Key;
use robot::{Robot, STEP_MS};

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The robot: its parts and their limits.
    pub robot: config::Robot,
    /// The place around it.
    pub world: World,
    /// What goes wrong.
    pub faults: Faults,
    /// Seed of the odometry's noise and of the board's boot numbers.
    pub seed: u64,
    /// The secret that its board shares with the host.
    pub key: Option<Key>,
}

impl Options {
    /// This robot in the world that its own map describes, on a perfect line. A robot with the demo robot's map stands
    /// in the demo robot's flat; any other on an open floor with the things and persons it knows.
    #[must_use]
    pub fn new(robot: config::Robot) -> Self {
        let at_home = crate::shell::config::demo()
            .is_ok_and(|demo| demo.place == robot.place && demo.thing == robot.thing);
        let mut world = World::of(&robot);
        if at_home {
            world = world.with(World::demo().unwrap_or_default());
        }
        let seed = robot.seed;
        Options {
            robot,
            world,
            faults: Faults::default(),
            seed,
            key: None,
        }
    }

    /// The built-in demo robot in its flat.
    ///
    /// # Errors
    /// Never, unless a file in the source tree is broken.
    pub fn demo() -> Result<Self, DemoError> {
        World::demo()?;
        Ok(Self::new(crate::shell::config::demo()?))
    }
}

/// The demo robot's files are broken.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its description.
    #[error(transparent)]
    Robot(#[from] crate::shell::config::ConfigError),
    /// Its flat.
    #[error(transparent)]
    World(#[from] world::WorldError),
}

/// A robot in virtual time.
#[derive(Debug)]
pub struct Simulation {
    device: Device<SimBoard>,
    faults: Faults,
    to_board: FaultyLine,
    to_host: FaultyLine,
    /// Simulated time, and the part of it whose steps are done.
    now_ms: u64,
    stepped_ms: u64,
    booted_ms: u64,
    hung: bool,
    events: Vec<Event>,
}

impl Simulation {
    /// A robot that has just been switched on.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        let body = description::body(&options.robot);
        let robot = Robot::new(body, options.robot.start.pose(), options.seed);
        let outputs = description::outputs(&options.robot);
        let board = SimBoard::new(outputs, robot, options.world.clone(), options.seed).sealed(options.key);
        Simulation {
            device: Device::new(board, 0),
            faults: options.faults,
            to_board: FaultyLine::new(options.faults, 0),
            to_host: FaultyLine::new(options.faults, 1),
            now_ms: 0,
            stepped_ms: 0,
            booted_ms: 0,
            hung: false,
            events: Vec::new(),
        }
    }

    /// Bytes of the host arrive.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.to_board.send(bytes, self.now_ms);
        self.turn();
    }

    /// The host hung up. Bytes under way are lost.
    pub fn hang_up(&mut self) {
        self.to_board.clear();
        self.to_host.clear();
        if !self.hung {
            self.device.hang_up(self.board_ms());
            self.collect();
        }
    }

    /// Lets time pass until `now_ms`, step by step.
    pub fn advance(&mut self, now_ms: u64) {
        while self.stepped_ms + STEP_MS <= now_ms {
            self.stepped_ms += STEP_MS;
            self.now_ms = self.stepped_ms;
            self.break_down();
            self.turn();
            self.device.board_mut().step();
            self.collect();
        }
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// Appends to `out` what the host hears by now.
    pub fn transmit(&mut self, out: &mut Vec<u8>) {
        self.to_host.receive(self.now_ms, out);
    }

    /// Takes what happened since the last call.
    pub fn take_events(&mut self) -> std::vec::Drain<'_, Event> {
        self.events.drain(..)
    }

    /// Simulated time in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// The robot, its surroundings and its sensors.
    #[must_use]
    pub fn board(&self) -> &SimBoard {
        self.device.board()
    }

    /// The same, to move a person or push the stop button.
    pub fn board_mut(&mut self) -> &mut SimBoard {
        self.device.board_mut()
    }

    /// One turn of the board's loop.
    fn turn(&mut self) {
        let mut bytes = Vec::new();
        self.to_board.receive(self.now_ms, &mut bytes);
        if self.hung {
            return;
        }
        let now = self.board_ms();
        self.device.feed(&bytes, now);
        self.device.poll(now);
        let mut out = [0; BOARD_FRAME];
        loop {
            let length = self.device.transmit(&mut out, now);
            if length == 0 {
                break;
            }
            self.to_host.send(&out[..length], self.now_ms);
        }
        self.collect();
    }

    /// The faults of the board itself, when their time has come.
    fn break_down(&mut self) {
        if self.faults.reset_ms.is_some_and(|at| at <= self.now_ms) {
            self.faults.reset_ms = None;
            self.booted_ms = self.now_ms;
            self.device = Device::new(self.device.board().clone().reset(), 0);
        }
        if !self.hung && self.faults.hang_ms.is_some_and(|at| at <= self.now_ms) {
            self.hung = true;
            self.device.board_mut().tell(What::Fault { code: "hang" });
        }
    }

    /// The board's clock: it starts at its boot and wraps after 49 days.
    fn board_ms(&self) -> u32 {
        (self.now_ms - self.booted_ms) as u32
    }

    fn collect(&mut self) {
        let t_ms = self.now_ms;
        let events = self.device.board_mut().take_events();
        self.events.extend(events.map(|what| Event { t_ms, what }));
    }
}

#[cfg(test)]
mod tests;
