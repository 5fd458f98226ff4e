//! `coact sim`.

use super::{Exit, Global};

/// Arguments of `coact sim`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `coact sim`.
pub fn run(_args: &Args, _global: &Global) -> anyhow::Result<Exit> {
    anyhow::bail!("coact sim is being built")
}
