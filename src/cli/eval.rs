//! `coact eval`: what the models reach on marked data. One file a subject.

pub mod intent;

use super::{Exit, Global};

/// Arguments of `coact eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A pack: intents with their slots, wholly right
    Intent(intent::Args),
}

/// Runs `coact eval`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.what {
        What::Intent(args) => intent::run(args, global),
    }
}
