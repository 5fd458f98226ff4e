//! `coact see`.

use super::{Exit, Global};

/// Arguments of `coact see`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `coact see`.
pub fn run(_args: &Args, _global: &Global) -> anyhow::Result<Exit> {
    anyhow::bail!("coact see is being built")
}
