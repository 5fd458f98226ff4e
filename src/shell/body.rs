//! The robot's body: a board on a real port, or the simulated robot in this process.

use super::link::{PortError, SerialPort};
use super::sight::{Eye, Simulated};
use crate::sim::camera::PhotoError;
use crate::sim::{Camera, Options, SimError, SimHandle, Simulation};
use brain::config::Robot;
use std::path::Path;

/// Name in `[board] port` of the simulated robot.
pub const SIM: &str = "sim";

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
    /// The simulation cannot start.
    #[error(transparent)]
    Sim(#[from] SimError),
}

impl Body {
    /// The body of this robot: behind `port` where one is named, else behind the port of its description. The name
    /// `sim` starts the simulated robot. A real port is opened once, so that what is wrong with it is said at the start.
    ///
    /// # Errors
    /// When the port cannot be opened or the simulation not started.
    pub fn of(robot: &Robot, port: Option<&str>) -> Result<Body, BodyError> {
        let named = port.unwrap_or(&robot.board.port);
        if named == SIM {
            return Body::simulated(&Options::new(robot.clone()));
        }
        let port = SerialPort {
            path: Path::new(named).to_owned(),
            baud: robot.board.baud,
        };
        port.check()?;
        Ok(Body { port, sim: None })
    }

    /// The simulated robot's eye; `None` for a real robot and for one without a camera. Its photos lie beside the built-in
    /// demo robot.
    ///
    /// # Errors
    /// When a photo of its world cannot be read.
    pub fn eye(&self, options: &Options) -> Result<Option<Box<dyn Eye>>, PhotoError> {
        let Some(sim) = &self.sim else { return Ok(None) };
        let camera = Camera::demo(&options.robot, &options.world)?;
        Ok(camera.map(|camera| Box::new(Simulated(sim.viewer(camera))) as Box<dyn Eye>))
    }

    /// A simulated robot behind a pseudo-terminal of its own.
    ///
    /// # Errors
    /// When the simulation cannot be started.
    pub fn simulated(options: &Options) -> Result<Body, BodyError> {
        let sim = Simulation::spawn(options)?;
        Ok(Body {
            port: SerialPort::new(sim.path()),
            sim: Some(sim),
        })
    }
}
