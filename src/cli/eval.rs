//! `coact eval`: what the models reach on marked data. One file a subject.

pub mod asr;
pub mod intent;
pub mod nlu;

use super::{Exit, Global};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Arguments of `coact eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Transcription: word errors on recordings, and whether what was heard is understood as what was said
    Asr(asr::Args),
    /// Packs: intents with their slots wholly right, of texts or recordings, in noise
    Intent(intent::Args),
    /// Understanding: frames, roles, whole commands, acceptance, confidence
    Nlu(nlu::Args),
}

/// Runs `coact eval`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.what {
        What::Asr(args) => asr::run(args, global),
        What::Intent(args) => intent::run(args, global),
        What::Nlu(args) => nlu::run(args, global),
    }
}

/// What `work` makes of each, in order, on all cores.
fn on_all_cores<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return anyhow::Ok(done);
            };
            done.push((number, work(item)?));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for handle in handles {
            all.extend(
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
            );
        }
        anyhow::Ok(all)
    })?;
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, done)| done).collect())
}
