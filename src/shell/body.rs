//! The robot's body: a board on a real port, or the simulated robot in this process.

use super::camera::rendered::Rendered;
use super::camera::{self, Camera, CameraError};
use super::clock::Clock;
use super::link::key::{self, KeyError};
use super::link::{PortError, SerialPort};
use crate::sim::camera::PhotoError;
use crate::sim::{self, Options, SimError, SimHandle, Simulation};
use brain::config::Robot;
use std::path::Path;
use std::time::Duration;

/// Name in `[board] port` of the simulated robot.
pub const SIM: &str = "sim";

/// The simulated camera takes a picture this often.
const SIM_FRAME: Duration = Duration::from_millis(200);

/// A board to talk to.
pub struct Body {
    /// Where it is.
    pub port: SerialPort,
    /// The simulated robot behind it; `None` for a real one.
    pub sim: Option<SimHandle>,
}

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The port cannot be opened.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The key shared with the board cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The simulation cannot start.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The camera cannot be opened.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// The simulated world's photos cannot be read.
    #[error(transparent)]
    Photo(#[from] PhotoError),
}

impl Body {
    /// The body of this robot: behind `port` where one is named, else behind the port of its description. The name
    /// `sim` starts the simulated robot. A real port is opened once, so that what is wrong with it is said at the start.
    ///
    /// # Errors
    /// When the port cannot be opened, the key not be used or the simulation not started.
    pub fn of(robot: &Robot, port: Option<&str>) -> Result<Body, BodyError> {
        let named = port.unwrap_or(&robot.board.port);
        let key = robot.board.key_file.as_ref();
        let key = key.map(|path| key::read(Path::new(path))).transpose()?;
        if named == SIM {
            let mut options = Options::new(robot.clone());
            options.key = key;
            return Body::simulated(&options);
        }
        let port = SerialPort::new(Path::new(named)).at(robot.board.baud).sealed(key);
        port.check()?;
        Ok(Body { port, sim: None })
    }

    /// The camera of this body, `None` where the robot has none. A simulated robot's shows its world; its photos lie
    /// beside the built-in demo robot.
    ///
    /// # Errors
    /// When the camera cannot be opened, or a photo of the simulated world not be read.
    pub fn camera(&self, options: &Options, clock: Clock) -> Result<Option<Box<dyn Camera>>, BodyError> {
        let Some(described) = &options.robot.camera else {
            return Ok(None);
        };
        let Some(sim) = self.sim.as_ref().filter(|_| described.source == SIM) else {
            return Ok(Some(camera::open(described, clock)?));
        };
        let Some(lens) = sim::Camera::demo(&options.robot, &options.world)? else {
            return Ok(None);
        };
        let viewer = sim.viewer(lens);
        let render = move || {
            viewer
                .look()
                .map(|shot| (shot.image, Some((shot.pan, shot.tilt))))
        };
        Ok(Some(Box::new(Rendered::new(SIM, SIM_FRAME, clock, render))))
    }

    /// A simulated robot behind a pseudo-terminal of its own.
    ///
    /// # Errors
    /// When the simulation cannot be started.
    pub fn simulated(options: &Options) -> Result<Body, BodyError> {
        let sim = Simulation::spawn(options)?;
        Ok(Body {
            port: SerialPort::new(sim.path()).sealed(options.key),
            sim: Some(sim),
        })
    }
}
