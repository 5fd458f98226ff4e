//! Arguments, output and exit codes; one file a command.
//!
//! Exit codes: 0 done (or would be done, with `--dry-run`), 1 error or wrong usage, 2 it asks, 3 it refuses,
//! 4 it ignores.

pub mod demo;
pub mod run;
pub mod talk;
pub mod tell;
pub mod say;
pub mod parse;
pub mod hear;
pub mod wyoming;
pub mod see;
pub mod sim;
pub mod teach;
pub mod models;
pub mod bench;
pub mod explain;
pub mod eval;
pub mod journal;
pub mod doctor;
pub mod packs;
pub mod show;

use brain::config::Robot;
use clap::{CommandFactory, Parser, Subcommand};
use coact::read::Reader;
use coact::see::Detector;
use engine::Folders;
use engine::tune::Choices;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Ears, eyes and judgement for robots, offline.
///
/// coact turns what people say and what a camera sees into guarded actions on a robot, on the robot's own board.
#[derive(Debug, Parser)]
#[command(name = "coact", version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 done, 1 error or wrong usage, 2 it asks, 3 it refuses, 4 it ignores.\n\n\
    Examples:\n  coact demo                              see everything work, in a simulator\n  \
    coact parse \"bring me the red cup\"      what would be understood\n  \
    coact say \"go to the kitchen\" --dry-run what would be done\n  \
    coact run --config robot.toml           the daemon on your robot"
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Report as JSON (JSON Lines where there are several results)
    #[arg(long, global = true)]
    pub json: bool,
    /// Folder with the models [default: beside the program, /usr/share/coact/models, the source tree]
    #[arg(long, global = true, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Folder for state and journals [default: $COACT_STATE, $XDG_STATE_HOME/coact, ~/.local/state/coact]
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Say more: -v what happens, -vv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Global {
    /// The one folder where coact writes.
    pub fn state_folder(&self) -> PathBuf {
        coact::shell::state::folder(self.state.clone())
    }

    /// The folder of the daemon to talk to.
    pub fn daemon_folder(&self) -> PathBuf {
        coact::shell::state::of_daemon(self.state.clone())
    }
}

/// Where models are looked for: the folder of the command line, then the robot's, then the installed ones; in the
/// variants that `coact models tune` chose for this board.
pub fn folders(global: &Global, robot: &Robot) -> Folders {
    let configured = robot.models.folder.as_deref().map(Path::new);
    Folders::new(global.models.as_deref(), configured).tuned(Choices::read(&global.state_folder()))
}

/// The same without a robot.
pub fn installed(global: &Global) -> Folders {
    Folders::new(global.models.as_deref(), None).tuned(Choices::read(&global.state_folder()))
}

/// The reader and, for a robot that `sees`, its detector. They load side by side.
///
/// # Errors
/// When one is missing, damaged, or of another kind.
pub fn senses(
    global: &Global,
    robot: &Robot,
    config: Option<&Path>,
    sees: bool,
) -> anyhow::Result<(Reader, Option<Detector>)> {
    coact::shell::sys::memory::keep_apart();
    std::thread::scope(|scope| {
        let detector = sees.then(|| scope.spawn(|| detector(global, robot, config)));
        let reader = Reader::load(&folders(global, robot));
        let detector = detector.map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let senses = (reader?, detector.transpose()?);
        coact::shell::sys::memory::give_back();
        Ok(senses)
    })
}

/// The detector that the robot's description names (an ONNX file or its folder, seen from the description's own folder,
/// or an installed one), else the shipped one. `config` is where the description lies.
///
/// # Errors
/// When it is missing, damaged, or no detector.
pub fn detector(global: &Global, robot: &Robot, config: Option<&Path>) -> anyhow::Result<Detector> {
    let base = config.and_then(Path::parent).unwrap_or(Path::new(""));
    Ok(Detector::named(
        &folders(global, robot),
        robot.models.detector.as_deref(),
        base,
    )?)
}

/// The exit code of an outcome's stable name.
pub fn outcome_exit(outcome: Option<&str>) -> Exit {
    match outcome {
        Some("act") => Exit::Done,
        Some("ask") => Exit::Asks,
        Some("refuse") => Exit::Refuses,
        Some("ignore") => Exit::Ignores,
        _ => Exit::Failed,
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything at work: a conversation with a simulated robot, every step checked
    Demo(demo::Args),
    /// The daemon: commands on standard input and on the local socket
    Run(run::Args),
    /// Tell the running daemon something
    Tell(tell::TellArgs),
    /// How the running daemon fares
    Status,
    /// Stop the robot of the running daemon
    Stop(tell::StopArgs),
    /// Let it go on after a stop
    Resume,
    /// Let it listen to one utterance without its wake word
    Listen,
    /// One utterance through the whole pipeline, on the simulated robot
    Say(say::Args),
    /// What the words mean: task frames, roles, outcome
    Parse(parse::Args),
    /// What is said in a recording: text, times, confidence
    Hear(hear::Args),
    /// What is in a picture: labels, boxes, bearings
    See(see::Args),
    /// Let other programs use coact's ears, by the Wyoming protocol
    Wyoming(wyoming::Args),
    /// A simulated robot behind a pseudo-terminal
    Sim(sim::Args),
    /// Phrases and packs for this robot to learn: teach, list, forget, undo
    Teach(teach::Args),
    /// The models: list them, verify them
    Models(models::Args),
    /// How fast this board is; with `model FILE`, how fast it runs one ONNX file
    Bench(bench::Args),
    /// Why a text is read as it is: which words carried it, what came second
    Explain(explain::Args),
    /// What the models reach on marked data, with intervals and plots
    Eval(eval::Args),
    /// What was recorded: segments, steps
    Journal(journal::Args),
    /// Run the brain again over a journal and compare byte for byte
    Replay(journal::ReplayArgs),
    /// What is wrong with this set-up, and how to mend it
    Doctor(doctor::Args),
    /// Shell completion: prints a script for your shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// How a command ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or would be done with `--dry-run`.
    Done = 0,
    /// Something went wrong that has been reported already.
    Failed = 1,
    /// The robot asks.
    Asks = 2,
    /// The robot refuses.
    Refuses = 3,
    /// The robot ignores it.
    Ignores = 4,
}

/// Parses the arguments, runs the command, turns its end into an exit code.
pub fn main() -> ExitCode {
    coact::shell::sys::memory::share_heaps();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap's own code for wrong usage is 2, which here means "it asks".
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    let level = match arguments.global.verbose {
        0 => log::LevelFilter::Warn,
        1 => log::LevelFilter::Info,
        _ => log::LevelFilter::Debug,
    };
    env_logger::Builder::new()
        .filter_level(level)
        // All of tract's crates: they tell each step of every rewrite.
        .filter_module("tract", log::LevelFilter::Error)
        .format_target(false)
        .init();
    match dispatch(arguments) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => {
            // A reader that went away (`coact … | head`) is no failure worth words.
            let gone = error
                .chain()
                .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
                .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe);
            if !gone {
                anstream::eprintln!("coact: {}", told(&error));
            }
            ExitCode::FAILURE
        }
    }
}

/// An error in one line: what failed and why, but no cause whose words stand there already.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !told.contains(&cause) {
            if !told.is_empty() {
                told.push_str(": ");
            }
            told.push_str(&cause);
        }
    }
    told
}

fn dispatch(arguments: Arguments) -> anyhow::Result<Exit> {
    let global = &arguments.global;
    match arguments.command {
        Command::Demo(args) => demo::run(&args, global),
        Command::Run(args) => run::run(&args, global),
        Command::Tell(args) => tell::tell(&args, global),
        Command::Status => tell::status(global),
        Command::Stop(args) => tell::stop(&args, global),
        Command::Resume => tell::resume(global),
        Command::Listen => tell::listen(global),
        Command::Wyoming(args) => wyoming::run(&args, global),
        Command::Say(args) => say::run(&args, global),
        Command::Parse(args) => parse::run(&args, global),
        Command::Hear(args) => hear::run(&args, global),
        Command::See(args) => see::run(&args, global),
        Command::Sim(args) => sim::run(&args, global),
        Command::Teach(args) => teach::run(&args, global),
        Command::Models(args) => models::run(&args, global),
        Command::Bench(args) => bench::run(&args, global),
        Command::Explain(args) => explain::run(&args, global),
        Command::Eval(args) => eval::run(&args, global),
        Command::Journal(args) => journal::run(&args, global),
        Command::Replay(args) => journal::run_replay(&args, global),
        Command::Doctor(args) => doctor::run(&args, global),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "coact", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_cause_is_told_once() {
        let check = |error: anyhow::Error, expected: &str| assert_eq!(told(&error), expected);
        let cause = || anyhow::anyhow!("no such file");
        check(
            cause().context("cannot read a.wav"),
            "cannot read a.wav: no such file",
        );
        check(
            cause().context("cannot read a.wav (no such file); check the path"),
            "cannot read a.wav (no such file); check the path",
        );
    }
}
