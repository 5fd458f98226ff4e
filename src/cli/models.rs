//! `coact models`.

use super::{Exit, Global};

/// Arguments of `coact models`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `coact models`.
pub fn run(_args: &Args, _global: &Global) -> anyhow::Result<Exit> {
    anyhow::bail!("coact models is being built")
}
