//! `coact say`: one utterance through the whole pipeline, on the simulated robot.

use super::packs::PackArgs;
use super::{Exit, Global, outcome_exit, show};
use anyhow::Context;
use brain::act::Status;
use brain::config::Robot;
use brain::message::Sight;
use brain::step::Knows;
use brain::units::{Now, Radians};
use coact::hear::{Ears, spoken};
use coact::read::Reader;
use coact::report::course::Course;
use coact::scenario::wait_for_board;
use coact::see::{Lens, picture};
use coact::shell::body::Body;
use coact::shell::clock::Clock;
use coact::shell::config;
use coact::shell::journal::Limits;
use coact::shell::reports::What;
use coact::shell::runtime::{Runtime, Setup, Spoken};
use coact::sim::Options;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Arguments of `coact say`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 done (or would be done), 2 it asks, 3 it refuses, 4 it ignores, 1 error.\n\n\
    Examples:\n  coact say go to the kitchen\n  coact say --dry-run --json take the cup\n  \
    coact say --config robot.toml bring me the bottle\n  \
    coact say --image desk.jpg --dry-run take the cup on the left\n  coact say --wav order.wav"
)]
pub struct Args {
    /// What to say; several words need no quotes
    #[arg(required_unless_present = "wav", conflicts_with = "wav", value_name = "TEXT")]
    text: Vec<String>,
    /// Say what is said in this recording
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// A picture that is all the robot sees: things are bound to what is in it, and nothing else is known of things
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    #[command(flatten)]
    packs: PackArgs,
    /// Another robot than the built-in demo robot, simulated
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Longest wait for an answer and for a plan to end.
const ANSWER: Duration = Duration::from_secs(20);
const PLAN: Duration = Duration::from_secs(180);

/// Runs `coact say`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let options = match &args.config {
        Some(path) => Options::new(config::load(path)?),
        None => Options::demo()?,
    };
    let reader = Arc::new(Reader::load(&super::folders(global, &options.robot))?);
    let packs = args.packs.learn(global, Some(&options.robot), &reader)?;
    let sight = args
        .image
        .as_deref()
        .map(|path| look(path, &options.robot, args.config.as_deref(), global))
        .transpose()?;
    let (text, heard) = match &args.wav {
        None => (args.text.join(" "), None),
        Some(path) => {
            let ears = Ears::load(&super::folders(global, &options.robot))?;
            let sayable = spoken::grammars(&packs, Some(&options.robot), ears.tokens());
            let heard = super::hear::hear(&ears, &sayable, path)?;
            let text = heard.text();
            if !global.json {
                let heard = if text.is_empty() { "nothing" } else { &text };
                anstream::println!("  heard     {heard}");
            }
            (text, Some(Spoken::from(&heard)))
        }
    };
    let body = Body::simulated(&options)?;
    let runtime = Runtime::start(Setup {
        clock: Clock::start(),
        robot: options.robot,
        reader,
        packs,
        port: body.port.clone(),
        sight: None,
        knows: if sight.is_some() {
            Knows::Picture
        } else {
            Knows::Map
        },
        journal: None,
        limits: Limits::default(),
    })?;
    wait_for_board(&runtime)?;
    let watch = runtime.watch();
    if let Some(sight) = sight {
        runtime.see(Sight {
            taken: runtime.clock().now(),
            ..sight
        });
    }
    let id = match heard {
        None => runtime.tell(&text, args.dry_run)?,
        Some(spoken) => runtime.hear(spoken, args.dry_run)?,
    };
    let mut course = Course::of(id);
    while course.reply().is_none() || (course.runs() && !args.dry_run) {
        let patience = if course.reply().is_some() { PLAN } else { ANSWER };
        let report = watch
            .reports
            .recv_timeout(patience)
            .context("no answer came in time")?;
        let answered = course.reply().is_some();
        course.take(&report.what);
        if global.json {
            continue;
        }
        match (&report.what, course.reply()) {
            (_, Some(said)) if !answered => show::said(&json!(said)),
            (What::Say(words), _) => show::answer(&json!({ "say": words })),
            (What::Progress(progress), _) => show::step(&json!(progress)),
            _ => {}
        }
    }
    runtime.shut_down();
    let failed = course.end().is_some_and(|end| end.status != Status::Finished);
    let said = course.into_said().context("no answer came")?;
    if global.json {
        show::json(&json!(said));
    }
    Ok(if failed {
        Exit::Failed
    } else {
        outcome_exit(json!(said.outcome).as_str())
    })
}

/// What the detector finds in a picture, as the robot's camera would have taken it straight ahead.
fn look(path: &Path, robot: &Robot, config: Option<&Path>, global: &Global) -> anyhow::Result<Sight> {
    let picture = picture::read(path).with_context(|| path.display().to_string())?;
    let lens = robot
        .camera
        .as_ref()
        .map_or_else(Lens::default, |camera| Lens::of(camera, Radians(0.0)));
    let seen = super::detector(global, robot, config)?.look(&picture, &lens)?;
    Ok(Sight {
        taken: Now(0),
        size: seen.size,
        pan: Radians(0.0),
        tilt: Radians(0.0),
        detections: seen.detections,
    })
}
