//! Lets other programs use coact's ears: `transcribe` with sound gives a `transcript`, `recognize` with text an `intent`.
//!
//! In: connections. Out: answers. Where other computers reach it, every client must first send the event `token` with the
//! token as its `text`; the published protocol has no such event, so others come through a tunnel. It never moves the robot, keeps no sound, takes at most [`LONGEST_S`] seconds of it and
//! at most [`CLIENTS`] clients.

use super::event::{Event, EventError};
use super::sound::{Format, samples};
use crate::hear::resample::Resampler;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Most clients at once; one more is turned away with an error.
pub const CLIENTS: usize = 4;
/// Most seconds of sound in one request; what comes after is passed over.
pub const LONGEST_S: usize = 60;
/// A client that sends nothing for so long is let go.
const IDLE: Duration = Duration::from_secs(300);
/// A client that does not read for so long is let go.
const STUCK: Duration = Duration::from_secs(5);

/// What is served.
pub trait Service: Send + Sync + 'static {
    /// Writes down 16 kHz samples; the language is what the client wishes.
    ///
    /// # Errors
    /// In words for people.
    fn transcribe(&self, samples: Vec<f32>, lang: Option<&str>) -> Result<String, String>;

    /// What a text asks for, as the data of an `intent` event (`name`, `entities`); `None` when it asks for nothing.
    fn recognize(&self, text: &str) -> Option<Value>;

    /// Name, version and languages of the transcriber.
    fn model(&self) -> (String, String, Vec<String>);
}

/// Why it cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not of this computer alone, and no token is asked for.
    #[error(
        "{0} is reached by other computers; serve on 127.0.0.1 (and let others come through a tunnel, `ssh -L`), or name the \
         file of a token that clients must send: `token_file` of [wyoming], --token-file"
    )]
    Open(SocketAddr),
    /// The system refuses.
    #[error("cannot listen on {address}: {source}; choose another address or port")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running server; dropping it ends it, once the answers that are under way are given.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens there; port 0 lets the system choose. An address that other computers reach needs a `token`.
    ///
    /// # Errors
    /// When the address is not allowed or cannot be had.
    pub fn start(
        address: SocketAddr,
        token: Option<&str>,
        service: Arc<dyn Service>,
    ) -> Result<Server, ServeError> {
        if !address.ip().is_loopback() && token.is_none() {
            return Err(ServeError::Open(address));
        }
        let failed = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let ends = Arc::new(AtomicBool::new(false));
        let clients = Arc::new(AtomicUsize::new(0));
        let ended = Arc::clone(&ends);
        let token = token.map(seen);
        let thread = std::thread::Builder::new()
            .name("wyoming".into())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    serve(stream, token, &service, &clients);
                }
            })
            .map_err(failed)?;
        Ok(Server {
            address,
            ends,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // The thread waits for a connection: this one wakes it.
        let mut own = self.address;
        if own.ip().is_unspecified() {
            own.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let woken = TcpStream::connect_timeout(&own, Duration::from_secs(1)).is_ok();
        if let Some(thread) = self.thread.take()
            && woken
        {
            let _ = thread.join();
        }
    }
}

/// A token as it is compared: how far two digests are alike says nothing of how far two tokens are.
type Seen = [u8; 32];

fn seen(token: &str) -> Seen {
    Sha256::digest(token.trim().as_bytes()).into()
}

fn serve(mut stream: TcpStream, token: Option<Seen>, service: &Arc<dyn Service>, clients: &Arc<AtomicUsize>) {
    let _ = stream.set_read_timeout(Some(IDLE));
    let _ = stream.set_write_timeout(Some(STUCK));
    let _ = stream.set_nodelay(true);
    if clients.fetch_add(1, Ordering::Relaxed) >= CLIENTS {
        clients.fetch_sub(1, Ordering::Relaxed);
        let _ = error(&format!("{CLIENTS} clients are connected already")).write(&mut stream);
        return;
    }
    let (service, counted) = (Arc::clone(service), Arc::clone(clients));
    let spawned = std::thread::Builder::new()
        .name("wyoming client".into())
        .spawn(move || {
            if let Err(why) = converse(&stream, token, service.as_ref()) {
                log::debug!("a Wyoming client: {why}");
                let _ = error(&why.to_string()).write(&mut &stream);
            }
            counted.fetch_sub(1, Ordering::Relaxed);
        });
    if spawned.is_err() {
        clients.fetch_sub(1, Ordering::Relaxed);
    }
}

fn error(text: &str) -> Event {
    Event::new("error", json!({"text": text, "code": null}))
}

/// Sound that is coming in.
struct Incoming {
    format: Format,
    resampler: Resampler,
    samples: Vec<f32>,
}

fn converse(stream: &TcpStream, token: Option<Seen>, service: &dyn Service) -> Result<(), EventError> {
    let mut out = stream;
    let mut reader = BufReader::new(stream);
    let mut lang: Option<String> = None;
    let mut incoming: Option<Incoming> = None;
    if let Some(token) = token {
        let first = Event::read(&mut reader)?;
        let given = first.filter(|event| event.kind == "token");
        if given.and_then(|event| event.text("text").map(seen)) != Some(token) {
            error("this service wants the event token with the right token first").write(&mut out)?;
            return Ok(());
        }
    }
    while let Some(event) = Event::read(&mut reader)? {
        match event.kind.as_str() {
            "describe" => Event::new("info", info(service)).write(&mut out)?,
            "ping" => Event::new("pong", json!({"text": event.text("text")})).write(&mut out)?,
            "transcribe" => lang = event.text("language").map(str::to_owned),
            "audio-start" => incoming = Format::of(&event).map(Incoming::new),
            "audio-chunk" => {
                let Some(format) = Format::of(&event) else {
                    return Err(EventError::Foreign(
                        "a chunk of sound without its rate, width and channels".into(),
                    ));
                };
                let incoming = incoming.get_or_insert_with(|| Incoming::new(format));
                if incoming.format != format {
                    incoming.change(format);
                }
                incoming.take(&event.payload);
            }
            "audio-stop" => {
                let heard = incoming.take().map(Incoming::end).unwrap_or_default();
                match service.transcribe(heard, lang.as_deref()) {
                    Ok(text) => {
                        let (_, _, langs) = service.model();
                        let lang = langs.first().cloned();
                        Event::new("transcript", json!({"text": text, "language": lang})).write(&mut out)?;
                    }
                    Err(why) => error(&why).write(&mut out)?,
                }
            }
            "recognize" => {
                let text = event.text("text").unwrap_or_default();
                match service.recognize(text) {
                    Some(intent) => Event::new("intent", intent).write(&mut out)?,
                    None => Event::new("not-recognized", json!({"text": "no task was understood"}))
                        .write(&mut out)?,
                }
            }
            // What a newer version says is passed over, as the protocol asks.
            other => log::debug!("a Wyoming client sends {other}, which is not served"),
        }
    }
    Ok(())
}

impl Incoming {
    fn new(format: Format) -> Self {
        Incoming {
            format,
            resampler: Resampler::new(format.rate),
            samples: Vec::new(),
        }
    }

    fn change(&mut self, format: Format) {
        self.samples.extend(self.resampler.end());
        self.format = format;
        self.resampler = Resampler::new(format.rate);
    }

    fn take(&mut self, bytes: &[u8]) {
        let most = LONGEST_S * crate::hear::resample::RATE as usize;
        if self.samples.len() < most {
            let fresh = self.resampler.feed(&samples(self.format, bytes));
            self.samples.extend(fresh);
            self.samples.truncate(most);
        }
    }

    fn end(mut self) -> Vec<f32> {
        self.samples.extend(self.resampler.end());
        self.samples
    }
}

/// What is served, as clients ask for it.
fn info(service: &dyn Service) -> Value {
    let (name, version, languages) = service.model();
    let by = json!({"name": "coact", "url": "https://docs.rs/coact"});
    let artifact = |name: &str, what: &str, version: &str| json!({"name": name, "description": what, "attribution": by, "installed": true, "version": version});
    let with = |mut artifact: Value, more: Value| {
        if let (Some(map), Value::Object(more)) = (artifact.as_object_mut(), more) {
            map.extend(more);
        }
        artifact
    };
    let model = with(
        artifact(&name, "the robot's own ears", &version),
        json!({"languages": languages}),
    );
    let program = artifact("coact", "offline ears of a robot", crate::VERSION);
    let asr = with(
        program.clone(),
        json!({"models": [model], "supports_transcript_streaming": false, "requires_external_vad": false,
            "prefers_auto_gain_enabled": false, "prefers_noise_reduction_enabled": false}),
    );
    let reads = with(
        artifact("text", "task frames and roles", crate::VERSION),
        json!({"languages": ["en", "it", "zh"]}),
    );
    let intent = with(program, json!({"models": [reads]}));
    json!({"asr": [asr], "intent": [intent], "tts": [], "handle": [], "wake": [], "mic": [], "snd": []})
}

#[cfg(test)]
mod tests;
