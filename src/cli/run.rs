//! `coact run`: the daemon. Commands come line by line on standard input and on the local socket.

use super::packs::PackArgs;
use super::{Exit, Global, show, talk};
use anyhow::Context;
use brain::config::Robot;
use brain::message::StopCause;
use brain::step::Knows;
use coact::hear::Ears;
use coact::shell::body::Body;
use coact::shell::clock::Clock;
use coact::shell::config;
use coact::shell::journal::Limits;
use coact::shell::microphone::recorder::Recorder;
use coact::shell::pins::{self, Wired};
use coact::shell::realtime;
use coact::shell::reports::{Report, What};
use coact::shell::runtime::{Runtime, Setup};
use coact::shell::service::Manager;
use coact::shell::socket::{For, Socket};
use coact::sim::Options;
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `coact run`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Lines on standard input are commands; so is what `coact tell` sends. SIGHUP reads the \
    configuration again and says what of it needs a start, SIGTERM and Ctrl-C end in order, with the outputs safe.\n\n\
    Examples:\n  coact run                                  the demo robot, simulated\n  \
    coact run --config robot.toml              your robot\n  \
    coact run --port /dev/serial/by-id/usb-…   the demo robot's description on a real board"
)]
pub struct Args {
    /// Description of the robot [default: the built-in demo robot]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serial port of the board, instead of the one in the description; `sim` is the simulated robot
    #[arg(long, value_name = "DEVICE")]
    port: Option<String>,
    #[command(flatten)]
    packs: PackArgs,
    /// Lock all memory and put the threads on the way of a stop before everything else; says so where the system does not
    /// allow it, and runs without
    #[arg(long)]
    rt: bool,
    /// Let the group that the daemon runs in use its socket, too: `coact tell`, `status`, `stop` and `resume`
    #[arg(long)]
    group: bool,
}

/// Longest line on standard input in bytes; the rest of a longer one is passed over.
const LONGEST: u64 = 64 << 10;

/// The threads are looked after this often.
const SUPERVISE: std::time::Duration = std::time::Duration::from_secs(1);

/// Runs `coact run`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let load = || match &args.config {
        Some(path) => config::load(path),
        None => config::demo(),
    };
    let mut robot = load()?;
    if args.config.is_none()
        && args
            .port
            .as_deref()
            .is_some_and(|port| port != coact::shell::body::SIM)
    {
        // Only a board was named: there is no camera then, and none is missed.
        robot.camera = None;
    }
    let folder = global.state_folder();
    let wired = openable(&robot)?;
    let ((reader, detector), ears) = std::thread::scope(|scope| {
        let ears = talk::hears(&robot).then(|| scope.spawn(|| Ears::load(&super::folders(global, &robot))));
        let senses = super::senses(global, &robot, args.config.as_deref(), robot.camera.is_some())?;
        let ears = ears.map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        anyhow::Ok((senses, ears.transpose()?.map(Arc::new)))
    })?;
    let reader = Arc::new(reader);
    let packs = args.packs.learn(global, Some(&robot), &reader)?;
    let body = Body::of(&robot, args.port.as_deref())?;
    let clock = Clock::start();
    let options = Options::new(robot.clone());
    let sight = body.camera(&options, clock)?.zip(detector.map(Arc::new));
    let runtime = Arc::new(Runtime::start(Setup {
        clock,
        robot: robot.clone(),
        reader: Arc::clone(&reader),
        packs: packs.clone(),
        port: body.port.clone(),
        sight,
        knows: Knows::Map,
        journal: Some(folder.join("journal")),
        limits: Limits::default(),
    })?);
    let watching = match wired {
        Some(wired) => Some(wired.watch(Arc::clone(&runtime))?),
        None => None,
    };
    let watch = runtime.watch();
    let talk = talk::start(&runtime, &robot, ears, &reader, &packs, &folder)?;
    let whom = if args.group { For::Group } else { For::Owner };
    let socket = Socket::listen(&folder, whom, Arc::clone(&runtime))?;
    let mut signals =
        signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP]).context("cannot watch for signals")?;
    let (ended, end) = crossbeam_channel::bounded(1);
    {
        let (runtime, path) = (Arc::clone(&runtime), args.config.clone());
        let (args, global) = (args.packs.clone(), global.clone());
        let again = talk.again();
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                for signal in signals.forever() {
                    if signal != SIGHUP {
                        runtime.stop(StopCause::Halt);
                        let _ = ended.send(());
                        return;
                    }
                    match path.as_deref().map_or_else(config::demo, config::load) {
                        Ok(robot) => {
                            match args.learn(&global, Some(&robot), &reader) {
                                Ok(packs) => {
                                    again.read(&robot, &packs);
                                    runtime.learn(packs);
                                }
                                Err(error) => log::error!("the packs stay as they were: {error}"),
                            }
                            log::info!("the configuration was read again");
                            runtime.configure(robot);
                        }
                        Err(error) => log::error!("the configuration stays as it was: {error}"),
                    }
                }
            })?;
    }
    {
        let runtime = Arc::clone(&runtime);
        std::thread::Builder::new()
            .name("stdin".into())
            .spawn(move || type_lines(&runtime))?;
    }
    if !global.json {
        anstream::println!(
            "{} runs on {}{}; type a command, or use `coact tell` (socket {})",
            robot.name,
            body.port.path.display(),
            if body.sim.is_some() { ", simulated" } else { "" },
            socket.path().display()
        );
    }
    if args.rt {
        match realtime::start() {
            Ok(threads) => log::info!("memory is locked, {threads} threads go before all others"),
            Err(error) => log::error!("NOT IN REAL TIME: {error}"),
        }
    } else if let Err(error) = realtime::short_turns() {
        log::debug!("a stop waits its turn among the other threads: {error}");
    }
    let manager = match Manager::of_environment() {
        Some(manager) => {
            let runtime = Arc::clone(&runtime);
            Some(manager.serve(move || runtime.is_well())?)
        }
        None => None,
    };
    let rounds = crossbeam_channel::tick(SUPERVISE);
    loop {
        crossbeam_channel::select! {
            recv(end) -> _ => break,
            recv(watch.reports) -> report => match report {
                Ok(report) => tell(&report, global.json),
                Err(_) => break,
            },
            // A service manager starts the daemon again.
            recv(rounds) -> _ => runtime.supervise()?,
        }
    }
    drop(manager);
    drop(watching);
    drop(socket);
    drop(talk);
    if runtime.shut_down().is_none() {
        anyhow::bail!("the brain thread had died; the board has taken its safe actions");
    }
    Ok(Exit::Done)
}

/// A configured device that cannot be opened stops the start: above all an emergency stop that nobody watches.
fn openable(robot: &Robot) -> anyhow::Result<Option<Wired>> {
    let wired = Wired::open(&*pins::of_this_computer(), robot)?;
    if let Some(microphone) = &robot.microphone {
        Recorder::of(microphone)?;
    }
    Ok(wired)
}

/// Types the lines of standard input, until it ends. Its end does not end the daemon: services have none.
fn type_lines(runtime: &Runtime) {
    let mut input = BufReader::new(std::io::stdin());
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if !line.ends_with(b"\n") && line.len() as u64 == LONGEST {
            let mut rest = Vec::new();
            let _ = input.read_until(b'\n', &mut rest);
            log::warn!("a line of more than {LONGEST} bytes was passed over: a command is a sentence");
            continue;
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            log::warn!("a line was passed over: it is not UTF-8");
            continue;
        };
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        if let Err(busy) = runtime.tell(text, false) {
            log::warn!("{busy}");
        }
    }
}

fn tell(report: &Report, json: bool) {
    let line = match &report.what {
        What::Reply(reply, timing) => {
            json!({"reply": coact::report::say::Said::new((**reply).clone(), *timing, Vec::new())})
        }
        What::Say(words) => json!({"say": words}),
        What::Progress(progress) => json!({"progress": progress}),
        What::Board(Ok(session)) => json!({"board": {"up": true, "session": session}}),
        What::Board(Err(why)) => json!({"board": {"up": false, "why": why}}),
        What::Latch(latch) => json!({"latch": latch}),
        What::Heard(heard) => {
            json!({"heard": {"text": heard.text, "confidence": heard.confidence, "meant": heard.meant}})
        }
        What::Sent(..) | What::Answered(..) => Value::Null,
    };
    if line.is_null() {
        return;
    }
    if json {
        show::json(&line);
        return;
    }
    match &report.what {
        What::Board(Ok(_)) => anstream::println!("board     connected"),
        What::Board(Err(why)) => anstream::println!("board     {why}"),
        What::Latch(latch) => anstream::println!("latch     {latch:?}"),
        What::Heard(heard) if heard.meant => {}
        What::Heard(heard) => {
            let dim = anstyle::Style::new().dimmed();
            anstream::println!("{dim}(heard, not meant for the robot: {}){dim:#}", heard.text);
        }
        What::Reply(reply, _) => {
            anstream::println!("\n\"{}\"", reply.reading.text);
            show::answer(&line);
        }
        _ => show::answer(&line),
    }
}
