//! `coact demo`: the main job, shown and checked, on the built-in robot in a simulator behind a real pseudo-terminal.

use super::{Exit, Global, show};
use anstyle::{AnsiColor, Style};
use anyhow::Context;
use brain::step::Knows;
use coact::scenario::{self, Played, Scenario, Scene, Summary};
use coact::shell::body::Body;
use coact::shell::clock::Clock;
use coact::shell::journal::Limits;
use coact::shell::reports::What;
use coact::shell::runtime::{Runtime, Setup};
use coact::sim::Options;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// What it plays.
const SCENARIO: &str = include_str!("../../packs/demo/scenario.toml");

/// Arguments of `coact demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code 0 only if every step did what it should.\n\n\
    Examples:\n  coact demo\n  coact demo --json | jq .ok\n  coact demo --scenario mine.toml")]
pub struct Args {
    /// Play another conversation instead (the built-in one is packs/demo/scenario.toml)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
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
    let options = Options::demo()?;
    let (reader, detector) = super::senses(global, &options.robot, None, true)?;
    let reader = Arc::new(reader);
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
    let summary = scenario::play(&scenario, &runtime, sim, |scene| match scene {
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
