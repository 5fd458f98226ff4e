//! The option `--pack`, shared by all commands that understand texts.

use super::Global;
use brain::config::Robot;
use brain::understand::packs::Pack;
use coact::packs;
use coact::read::Reader;
use std::path::PathBuf;

/// Packs named on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PackArgs {
    /// Folder of a pack to understand with, beside those the robot was taught; may be given several times
    #[arg(long = "pack", value_name = "DIR")]
    pub packs: Vec<PathBuf>,
}

impl PackArgs {
    /// The packs that the robot was taught, those of its description, and those named.
    ///
    /// # Errors
    /// When one cannot be learnt.
    pub fn learn(
        &self,
        global: &Global,
        robot: Option<&Robot>,
        reader: &Reader,
    ) -> Result<Vec<Pack>, packs::PackError> {
        let state = global.state_folder();
        let described = robot
            .map_or(&[][..], |robot| &robot.packs)
            .iter()
            .map(PathBuf::from);
        let mut paths: Vec<PathBuf> = described.chain(self.packs.iter().cloned()).collect();
        paths.extend(packs::taught(&state));
        packs::learn(&paths, reader, Some(&packs::folder(&state).join("learnt")))
    }
}
