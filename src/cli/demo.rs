//! `coact demo`: the main job, shown and checked, on the built-in robot in a simulator behind a real pseudo-terminal.

use super::{Exit, Global, show};
use anstyle::{AnsiColor, Style};
use anyhow::Context;
use brain::step::Knows;
use coact::hear::wav::Wav;
use coact::hear::{Ears, OpenError};
use coact::scenario::{self, Played, Scenario, Scene, Summary};
use coact::shell::body::Body;
use coact::shell::clock::Clock;
use coact::shell::config;
use coact::shell::journal::Limits;
use coact::shell::reports::What;
use coact::shell::runtime::{Runtime, Setup};
use coact::sim::Options;
use engine::ManifestError;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What it plays.
const SCENARIO: &str = include_str!("../../packs/demo/scenario.toml");

/// A recording of it, by the name that it uses.
macro_rules! sound {
    ($name:literal) => {
        (
            concat!("sounds/", $name, ".wav"),
            include_bytes!(concat!("../../packs/demo/sounds/", $name, ".wav")),
        )
    };
}

/// Its recordings.
pub(super) const SOUNDS: &[(&str, &[u8])] = &[
    sound!("bring_me_the_red_cup"),
    sound!("dont_go_to_the_bedroom"),
    sound!("go_to_the_balcony"),
    sound!("go_to_the_bedroom_and_look_for_the_cat"),
    sound!("go_to_the_hall"),
    sound!("go_to_the_kitchen_and_switch_on_the_light"),
    sound!("look_for_the_laptop"),
    sound!("stop"),
    sound!("take_the_blue_cup"),
    sound!("take_the_cup"),
    sound!("the_one_on_the_left"),
    sound!("what_a_lovely_day_it_is_today"),
    sound!("yes"),
];

/// What is said in a recording: one of the built-in ones, or one beside the scenario. A recording that cannot be read, or
/// in which nothing is understood, gives an empty text, which fails the step.
fn heard(ears: &Ears, folder: Option<&Path>, wav: &Path) -> Option<String> {
    let listened = match folder {
        Some(folder) => super::hear::hear(ears, &[], &folder.join(wav)),
        None => {
            let (_, bytes) = SOUNDS.iter().find(|(name, _)| Path::new(name) == wav)?;
            Wav::new(wav, *bytes)
                .map_err(anyhow::Error::from)
                .and_then(|mut wav| Ok(ears.hear(&mut wav, &[])?))
        }
    };
    Some(match listened {
        Ok(heard) => heard.text(),
        Err(error) => {
            log::error!("{}", super::told(&error));
            String::new()
        }
    })
}

/// Arguments of `coact demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code 0 only if every step did what it should.\n\n\
    Examples:\n  coact demo\n  coact demo --json | jq .ok\n  coact demo --scenario mine.toml")]
pub struct Args {
    /// Play another conversation instead (the built-in one is packs/demo/scenario.toml)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Play it with this robot, simulated, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs `coact demo`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let scenario: Scenario = match &args.scenario {
        None => toml::from_str(SCENARIO)?,
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            toml::from_str(&text).with_context(|| format!("{} is no scenario", path.display()))?
        }
    };
    let options = match &args.config {
        None => Options::demo()?,
        Some(path) => Options::new(config::load(path)?),
    };
    let sees = options.robot.camera.is_some();
    let (reader, detector) = super::senses(global, &options.robot, args.config.as_deref(), sees)?;
    let reader = Arc::new(reader);
    let speaks = scenario.step.iter().any(|step| step.wav.is_some());
    let ears = speaks.then(|| Ears::load(&super::folders(global, &options.robot)));
    let ears = match ears.transpose() {
        Ok(ears) => ears,
        // Without the models of hearing the same words are typed.
        Err(OpenError::Manifest(ManifestError::NotFound { .. })) => None,
        Err(error) => return Err(error.into()),
    };
    let body = Body::simulated(&options)?;
    let clock = Clock::start();
    let sight = body.camera(&options, clock)?.zip(detector.map(Arc::new));
    let sim = body.sim.as_ref().context("the demo runs in the simulator")?;
    let journal = global.state_folder().join("journal");
    if !global.json {
        let bold = Style::new().bold();
        anstream::println!("{bold}{}{bold:#}: {} steps", scenario.name, scenario.step.len());
        anstream::println!(
            "  robot     {} in a simulated flat, behind {}",
            options.robot.name,
            body.port.path.display()
        );
        anstream::println!("  journal   {}\n", journal.display());
    }
    let runtime = Runtime::start(Setup {
        clock,
        robot: options.robot.clone(),
        reader,
        port: body.port.clone(),
        sight,
        packs: Vec::new(),
        knows: Knows::Map,
        journal: Some(journal),
        limits: Limits::default(),
    })?;
    let folder = args.scenario.as_deref().and_then(Path::parent);
    let hear = |wav: &Path| heard(ears.as_ref()?, folder, wav);
    let summary = scenario::play(&scenario, &runtime, sim, hear, |scene| match scene {
        _ if global.json => {
            if let Scene::Over(played) = scene {
                show::json(&json!(played));
            }
        }
        Scene::Begins(number, step) => {
            let bold = Style::new().bold();
            let dim = Style::new().dimmed();
            anstream::println!(
                "{bold}{number:>2}  \"{}\"{bold:#}  {dim}{}{dim:#}",
                step.say,
                step.shows
            );
        }
        Scene::Heard(words) => anstream::println!("  heard     {words}"),
        Scene::Reply(said) => show::said(&json!(said)),
        Scene::Report(What::Progress(progress)) => show::step(&json!(progress)),
        Scene::Report(What::Say(words)) => show::answer(&json!({ "say": words })),
        Scene::Report(What::Sent(_, command)) => {
            let dim = Style::new().dimmed();
            anstream::println!(
                "  {dim}sends     {}{dim:#}",
                coact::sim::event::command_name(command)
            );
        }
        Scene::Report(_) => {}
        Scene::Over(played) => checks(played),
    })?;
    let alive = runtime.shut_down().is_some();
    if global.json {
        show::json(&json!(summary));
    } else {
        end(&summary);
    }
    Ok(if summary.ok && alive {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn checks(played: &Played) {
    let green = AnsiColor::Green.on_default();
    let red = AnsiColor::Red.on_default().bold();
    let held: Vec<&str> = played
        .what
        .iter()
        .filter(|check| check.ok)
        .map(|check| check.what.as_str())
        .collect();
    if !held.is_empty() {
        anstream::println!("  {green}checked{green:#}   {}", held.join(", "));
    }
    for check in played.what.iter().filter(|check| !check.ok) {
        let came = check.came.as_deref().unwrap_or("nothing");
        anstream::println!("  {red}expected{red:#}  {}, but came: {came}", check.what);
    }
    if let Some(ms) = played.stop_ms {
        anstream::println!("  stop      frame on the wire after {ms:.2} ms");
    }
    anstream::println!();
}

fn end(summary: &Summary) {
    let pose = summary.pose;
    anstream::println!(
        "The robot is at {:.2}, {:.2} m, facing {:.0}°; its gripper {}; {}.",
        pose.x_m,
        pose.y_m,
        pose.heading_deg,
        if summary.holding {
            "holds something"
        } else {
            "is empty"
        },
        summary
            .switches
            .iter()
            .map(|(name, on)| format!("{name} {}", if *on { "on" } else { "off" }))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let (style, word) = if summary.ok {
        (
            AnsiColor::Green.on_default().bold(),
            "every step did what it should",
        )
    } else {
        (
            AnsiColor::Red.on_default().bold(),
            "not every step did what it should",
        )
    };
    anstream::println!("{style}{} steps, {word}{style:#}", summary.steps);
}
