//! `coact sim`: the simulated robot behind a pseudo-terminal, one event a line.

use super::{Exit, Global};
use anyhow::Context;
use coact::shell::link::key;
use coact::sim::{Faults, Options, Simulation, World};
use crossbeam_channel::RecvTimeoutError;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Arguments of `coact sim`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  coact sim --pty                          the demo robot on a perfect line\n  \
    coact sim --pty --fault drop=0.1,flip=0.05,seed=3   the same on a bad one\n  \
    coact run --port /dev/pts/7               the daemon, on the terminal that `coact sim` printed\n\n\
    The first line is {\"pty\": …}; every other one is an event: connected, command, output, pose, safe, stopped \
    or fault, with t_ms of simulated time."
)]
pub struct Args {
    /// Open a new pseudo-terminal and print its name
    #[arg(long, required = true)]
    pty: bool,
    /// What goes wrong: drop=P,flip=P,dup=P (share of frames), noise=P, delay=MS, reset=S, hang=S, seed=N
    #[arg(long, value_name = "SPEC")]
    fault: Option<Faults>,
    /// Seed of the odometry's noise and the board's boot numbers [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The robot to simulate [default: the built-in demo robot]
    #[arg(long, value_name = "FILE")]
    robot: Option<PathBuf>,
    /// The secret it shares with its host, as `key_file` of [board] [default: the one of the robot, if any]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Walls, furniture, things and persons around it [default: what the robot's map tells]
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
}

/// Runs `coact sim`.
pub fn run(args: &Args, _global: &Global) -> anyhow::Result<Exit> {
    let mut options = match &args.robot {
        Some(path) => Options::new(coact::shell::config::load(path)?),
        None => Options::demo()?,
    };
    if let Some(path) = &args.world {
        options.world = World::of(&options.robot).with(World::load(path)?);
    }
    let described = options.robot.board.key_file.as_ref().map(PathBuf::from);
    if let Some(path) = args.key.clone().or(described) {
        options.key = Some(key::read(&path)?);
    }
    options.faults = args.fault.unwrap_or_default();
    options.seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot watch for signals")?;
    }
    let robot = Simulation::spawn(&options)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({ "pty": robot.path() }))?;
    out.flush()?;
    while !stop.load(Ordering::Relaxed) {
        match robot.events().recv_timeout(Duration::from_millis(50)) {
            Ok(event) => {
                writeln!(out, "{}", serde_json::to_string(&event)?)?;
                out.flush()?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the simulator ended by itself"),
        }
    }
    if robot.lost_events() > 0 {
        log::warn!(
            "{} events were lost because nobody read them",
            robot.lost_events()
        );
    }
    Ok(Exit::Done)
}
