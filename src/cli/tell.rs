//! `coact tell`, `status`, `stop` and `resume`: talk to the running daemon over its socket.

use super::{Exit, Global, outcome_exit};
use crate::cli::show;
use anyhow::bail;
use coact::shell::socket::{self, Request};
use serde_json::Value;

/// Arguments of `coact tell`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 done (or begun), 2 it asks, 3 it refuses, 4 it ignores, 1 error.\n\n\
    Examples:\n  coact tell go to the kitchen\n  coact tell --follow bring me the red cup\n  coact tell --dry-run take the knife"
)]
pub struct TellArgs {
    /// What to say; several words need no quotes
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Report until the plan has ended; then the exit code is 1 when it failed
    #[arg(long)]
    follow: bool,
}

/// Arguments of `coact stop`.
#[derive(Debug, clap::Args)]
pub struct StopArgs {
    /// Emergency stop: latched on the board until `coact resume` and nothing asserts it any more
    #[arg(long)]
    emergency: bool,
}

/// Runs `coact tell`.
pub fn tell(args: &TellArgs, global: &Global) -> anyhow::Result<Exit> {
    let request = Request::Tell {
        text: args.text.join(" "),
        dry_run: args.dry_run,
        follow: args.follow,
    };
    let mut exit = None;
    let mut failed = None;
    socket::ask(&global.daemon_folder(), &request, |answer| {
        if global.json {
            show::json(&answer);
        } else {
            show::answer(&answer);
        }
        if let Some(reply) = answer.get("reply") {
            exit = Some(outcome_exit(reply["outcome"].as_str()));
            return args.follow && !args.dry_run && exit == Some(Exit::Done) && !reply["plan"].is_null();
        }
        if let Some(error) = answer.get("error") {
            failed = Some(error.as_str().unwrap_or("unknown").to_owned());
            return false;
        }
        if let Some(progress) = answer.get("progress") {
            match progress["status"].as_str() {
                Some("failed" | "dropped") => exit = Some(Exit::Failed),
                Some("finished") => {}
                _ => return true,
            }
            return false;
        }
        true
    })?;
    match (failed, exit) {
        (Some(error), _) => bail!("the daemon says: {error}"),
        (None, Some(exit)) => Ok(exit),
        (None, None) => bail!("the daemon went away without an answer"),
    }
}

/// Runs `coact status`.
pub fn status(global: &Global) -> anyhow::Result<Exit> {
    one(global, &Request::Status)
}

/// Runs `coact stop`.
pub fn stop(args: &StopArgs, global: &Global) -> anyhow::Result<Exit> {
    one(
        global,
        if args.emergency {
            &Request::EmergencyStop
        } else {
            &Request::Stop
        },
    )
}

/// Runs `coact resume`.
pub fn resume(global: &Global) -> anyhow::Result<Exit> {
    one(global, &Request::Resume)
}

/// Runs `coact listen`.
pub fn listen(global: &Global) -> anyhow::Result<Exit> {
    one(global, &Request::Listen)
}

fn one(global: &Global, request: &Request) -> anyhow::Result<Exit> {
    let mut last = Value::Null;
    socket::ask(&global.daemon_folder(), request, |answer| {
        last = answer;
        false
    })?;
    if global.json {
        show::json(&last);
    } else {
        show::answer(&last);
    }
    if last.is_null() {
        bail!("the daemon went away without an answer");
    }
    Ok(if last.get("error").is_some() {
        Exit::Failed
    } else {
        Exit::Done
    })
}
