//! `coact doctor`: looks at everything a run needs and says what is wrong and how to mend it.

use super::{Exit, Global};
use anstyle::{AnsiColor, Style};
use coact::read::Reader;
use coact::shell::clock::Clock;
use coact::shell::link::{self, SerialPort};
use coact::shell::microphone::Microphone;
use coact::shell::microphone::recorder::Recorder;
use coact::shell::queues::{SOUND, queue};
use coact::shell::{body, camera, config, journal, pins, socket};
use coact::speak::voice::Voice;
use engine::Manifest;
use engine::tune::Choices;
use serde::Serialize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Arguments of `coact doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 a robot can run here, 1 something needed is missing.")]
pub struct Args {
    /// Description of the robot [default: the built-in demo robot]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serial port of the board, instead of the one in the description
    #[arg(long, value_name = "DEVICE")]
    port: Option<String>,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Stands {
    Good,
    /// Worth knowing, but a robot runs without it.
    Note,
    Bad,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    stands: Stands,
    /// What was found and, where it is bad, what to do.
    tells: String,
}

fn finding(what: &'static str, result: Result<String, String>) -> Finding {
    match result {
        Ok(tells) => Finding {
            what,
            stands: Stands::Good,
            tells,
        },
        Err(tells) => Finding {
            what,
            stands: Stands::Bad,
            tells,
        },
    }
}

/// Runs `coact doctor`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let mut findings = Vec::new();
    let loaded = match &args.config {
        Some(path) => config::load(path),
        None => config::demo(),
    };
    let (robot, tells) = match loaded {
        Ok(robot) => {
            let tells = format!(
                "{}: {} places, {} things",
                robot.name,
                robot.place.len(),
                robot.thing.len()
            );
            (Some(robot), Ok(tells))
        }
        Err(error) => (None, Err(error.to_string())),
    };
    findings.push(finding("robot", tells));

    let began = Instant::now();
    let folders = super::installed(global);
    findings.push(finding(
        "text model",
        Reader::load(&folders)
            .map(|reader| format!("{} loads in {} ms", reader.version(), began.elapsed().as_millis()))
            .map_err(|error| error.to_string()),
    ));

    if let Ok(models) = folders.all() {
        let choices = Choices::read(&global.state_folder());
        let told = models
            .values()
            .flatten()
            .map(|manifest| tuned(manifest, &choices));
        findings.push(Finding {
            what: "tuning",
            stands: Stands::Note,
            tells: told.collect::<Vec<_>>().join("; "),
        });
    }

    if let Some((robot, camera)) = robot
        .as_ref()
        .and_then(|robot| Some((robot, robot.camera.as_ref()?)))
    {
        let began = Instant::now();
        let loaded = super::detector(global, robot, args.config.as_deref());
        findings.push(finding(
            "detector",
            loaded
                .map(|detector| format!("{} loads in {} ms", detector.name(), began.elapsed().as_millis()))
                .map_err(|error| super::told(&error)),
        ));
        let opened = match camera.source.as_str() {
            body::SIM => Ok("the simulated robot's".to_owned()),
            source => camera::open(camera, Clock::start())
                .map(|_| format!("{source} can be opened"))
                .map_err(|error| error.to_string()),
        };
        findings.push(finding("camera", opened));
    }

    if let Some(described) = robot.as_ref().and_then(|robot| robot.microphone.as_ref()) {
        findings.push(finding("microphone", recorded(described)));
    }
    if let Some(robot) = robot.as_ref() {
        let (stands, tells) = match Voice::of(robot) {
            Ok(Some(_)) => (Stands::Good, "answers are spoken".to_owned()),
            Ok(None) => (
                Stands::Note,
                "answers come as text; [voice] lets it speak".to_owned(),
            ),
            Err(error) => (Stands::Note, format!("answers come as text: {error}")),
        };
        findings.push(Finding {
            what: "voice",
            stands,
            tells,
        });
    }

    if let Some(robot) = &robot {
        let opened = pins::Wired::open(&*pins::of_this_computer(), robot);
        if let Some(opened) = opened.transpose() {
            let tells = opened.map(|_| "every line described can be opened".to_owned());
            findings.push(finding("pins", tells.map_err(|error| error.to_string())));
        }
    }

    let port = args
        .port
        .clone()
        .or_else(|| robot.as_ref().map(|robot| robot.board.port.clone()));
    if let Some(path) = robot.as_ref().and_then(|robot| robot.board.key_file.as_ref()) {
        let key = link::key::read(path.as_ref());
        let tells = key.map(|_| "what goes to the board and comes from it is sealed".to_owned());
        findings.push(finding("board's key", tells.map_err(|error| error.to_string())));
    }
    if let Some(port) = port {
        findings.push(if port == body::SIM {
            Finding {
                what: "board",
                stands: Stands::Good,
                tells: "the simulated robot; name a real one with --port".into(),
            }
        } else {
            let opened = SerialPort::new(&port).check();
            finding(
                "board",
                opened
                    .map(|()| format!("{port} can be opened"))
                    .map_err(|error| error.to_string()),
            )
        });
    }

    let folder = global.state_folder();
    findings.push(finding(
        "state folder",
        writable(&folder)
            .map(|()| format!("{} can be written", folder.display()))
            .map_err(|error| {
                format!(
                    "{} cannot be written: {error}; name another with --state",
                    folder.display()
                )
            }),
    ));
    let segments = std::fs::read_dir(folder.join("journal")).map_or(0, Iterator::count);
    findings.push(Finding {
        what: "journal",
        stands: Stands::Note,
        tells: format!("{segments} segments, format {}", journal::FORMAT),
    });
    let running = std::os::unix::net::UnixStream::connect(folder.join(socket::NAME)).is_ok();
    findings.push(Finding {
        what: "daemon",
        stands: Stands::Note,
        tells: if running {
            "runs; `coact status` tells more"
        } else {
            "does not run; start it with `coact run`"
        }
        .into(),
    });

    for finding in &findings {
        if global.json {
            anstream::println!("{}", serde_json::to_string(finding)?);
        } else {
            let (mark, style) = match finding.stands {
                Stands::Good => ("good", AnsiColor::Green.on_default()),
                Stands::Note => ("note", Style::new().dimmed()),
                Stands::Bad => ("bad ", AnsiColor::Red.on_default().bold()),
            };
            anstream::println!("{style}{mark}{style:#}  {:13} {}", finding.what, finding.tells);
        }
    }
    let bad = findings.iter().any(|finding| finding.stands == Stands::Bad);
    Ok(if bad { Exit::Failed } else { Exit::Done })
}

/// Which variant of a model runs here, and what it was chosen over.
fn tuned(manifest: &Manifest, choices: &Choices) -> String {
    let name = &manifest.name;
    let Some(choice) = choices.of(manifest) else {
        return format!("{name} as shipped, not tuned for this board (`coact models tune`)");
    };
    let each = choice
        .measured
        .iter()
        .map(|one| format!("{} {:.2} ms", one.variant.name(), one.ms));
    format!(
        "{name} {} of {}",
        choice.variant.name(),
        each.collect::<Vec<_>>().join(", ")
    )
}

/// Records for a second: by what, and how loud it is.
fn recorded(described: &brain::config::Microphone) -> Result<String, String> {
    let recorder = Recorder::of(described).map_err(|error| error.to_string())?;
    let (sound, _blocks) = queue(&SOUND);
    let microphone = Microphone::start(recorder, sound).map_err(|error| error.to_string())?;
    let begin = Instant::now();
    loop {
        let health = microphone.health();
        if let Some(trouble) = health.trouble {
            return Err(format!("{}: {trouble}", health.device));
        }
        if health.blocks >= 31 {
            return Ok(format!(
                "{} records from {}, {:.0} dB below full scale",
                health.program, health.device, -health.level_dbfs
            ));
        }
        if begin.elapsed() > Duration::from_secs(4) {
            return Err(format!(
                "{} records nothing from {}",
                health.program, health.device
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Makes the folder and a file in it, and takes the file away again.
fn writable(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(".doctor");
    std::fs::write(&probe, b"coact")?;
    std::fs::remove_file(probe)
}
