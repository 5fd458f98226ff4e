//! `coact wyoming`: lets other programs use coact's ears and its understanding, by the Wyoming protocol.

use super::packs::PackArgs;
use super::{Exit, Global, parse};
use anyhow::Context;
use brain::config::Robot;
use brain::understand::packs::Pack;
use coact::hear::grammar::Grammar;
use coact::hear::{Ears, spoken};
use coact::read::Reader;
use coact::shell::link::key;
use coact::wyoming::server::{Server, Service};
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Where Wyoming speech recognizers listen by custom.
const CUSTOM: &str = "127.0.0.1:10300";

/// Arguments of `coact wyoming`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Speech comes as transcribe, audio-start, audio-chunk …, audio-stop and gives a transcript; text comes as \
    recognize and gives an intent. Nothing that comes in moves a robot. It listens on this computer alone unless \
    there is a token, which every client must then send first: {\"type\": \"token\", \"data\": {\"text\": \"…\"}}.\n\n\
    Examples:\n  coact wyoming\n  coact wyoming --listen 0.0.0.0:10300 --token-file wyoming.token\n  coact wyoming --pack packs/barista"
)]
pub struct Args {
    /// Address to listen on; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = CUSTOM)]
    listen: SocketAddr,
    /// Clients must have this token, and may then be on other computers; 32 hexadecimal digits, readable by you alone
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    packs: PackArgs,
}

/// Runs `coact wyoming`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let token = args.token_file.as_deref().map(key::digits).transpose()?;
    let folders = super::installed(global);
    let ears = Arc::new(Ears::load(&folders)?);
    let reader = Arc::new(Reader::load(&folders)?);
    let packs = args.packs.learn(global, None, &reader)?;
    let server = Server::start(
        args.listen,
        token.as_deref(),
        Arc::new(Own::new(ears, reader, packs, None)),
    )?;
    if global.json {
        anstream::println!("{}", json!({"listen": server.address()}));
    } else {
        anstream::println!("serves Wyoming on {}; Ctrl-C ends it", server.address());
    }
    let mut signals =
        signal_hook::iterator::Signals::new([SIGTERM, SIGINT]).context("cannot watch for signals")?;
    signals.forever().next();
    Ok(Exit::Done)
}

/// The robot's own ears and understanding, as others may use them.
pub struct Own {
    ears: Arc<Ears>,
    sayable: Vec<Grammar>,
    reader: Arc<Reader>,
    packs: Vec<Pack>,
}

impl Own {
    /// With these packs, and what this robot knows by name.
    pub fn new(ears: Arc<Ears>, reader: Arc<Reader>, packs: Vec<Pack>, robot: Option<&Robot>) -> Self {
        Own {
            sayable: spoken::grammars(&packs, robot, ears.tokens()),
            ears,
            reader,
            packs,
        }
    }
}

impl Service for Own {
    fn transcribe(&self, samples: Vec<f32>, _lang: Option<&str>) -> Result<String, String> {
        let mut whole = Some(samples);
        let heard = self.ears.listen(&self.sayable, || whole.take());
        heard.map(|heard| heard.text()).map_err(|error| error.to_string())
    }

    fn recognize(&self, text: &str) -> Option<Value> {
        let reading = json!(parse::parse(&self.reader, &self.packs, text, &[]));
        let task = reading["tasks"].get(0)?;
        let roles = task["roles"].as_array()?;
        let entities: Vec<Value> = roles
            .iter()
            .map(|role| json!({"name": role["role"], "value": role["text"]}))
            .collect();
        Some(json!({"name": task["frame"], "entities": entities, "text": reading["say"]}))
    }

    fn model(&self) -> (String, String, Vec<String>) {
        (
            "moonshine-tiny-en".to_owned(),
            self.ears.version().to_owned(),
            vec!["en".to_owned()],
        )
    }
}
