//! `coact parse`.

use super::{Exit, Global};

/// Arguments of `coact parse`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `coact parse`.
pub fn run(_args: &Args, _global: &Global) -> anyhow::Result<Exit> {
    anyhow::bail!("coact parse is being built")
}
