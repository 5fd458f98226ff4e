//! `coact eval`: what the models reach on marked data. One file a subject.

pub mod intent;
pub mod nlu;

use super::{Exit, Global};

/// Arguments of `coact eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Packs: intents with their slots wholly right, of texts or recordings, in noise
    Intent(intent::Args),
    /// Understanding: frames, roles, whole commands, acceptance, confidence
    Nlu(nlu::Args),
}

/// Runs `coact eval`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.what {
        What::Intent(args) => intent::run(args, global),
        What::Nlu(args) => nlu::run(args, global),
    }
}
