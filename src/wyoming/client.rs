//! Uses others' services: transcription, speech, wake words.
//!
//! In: samples or text. Out: what the service says. A service that is silent is given up after [`PATIENCE`].

use super::event::{Event, EventError};
use super::sound::{self, Format};
use serde_json::json;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a connection may take to come about: it is this computer or one beside it.
const REACH: Duration = Duration::from_secs(2);

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Samples of one chunk: 64 ms.
const CHUNK: usize = 1024;

/// Why a service gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error(
        "no Wyoming service at {address}: {source}; start it, or take it out of [wyoming] in the robot's description"
    )]
    Nobody {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The connection broke, or no answer came.
    #[error("the Wyoming service at {address} went away: {source}")]
    Gone {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// It does not speak the protocol.
    #[error("the Wyoming service at {address} cannot be understood: {source}")]
    Foreign {
        /// Where.
        address: SocketAddr,
        /// What came.
        source: EventError,
    },
    /// It said that it cannot.
    #[error("the Wyoming service at {address} failed: {said}")]
    Failed {
        /// Where.
        address: SocketAddr,
        /// Its words.
        said: String,
    },
}

/// Connects, with limits on how long anything may take.
///
/// # Errors
/// When nobody listens there.
pub fn connect(address: SocketAddr) -> Result<TcpStream, ClientError> {
    let nobody = |source| ClientError::Nobody { address, source };
    let stream = TcpStream::connect_timeout(&address, REACH).map_err(nobody)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(nobody)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(nobody)?;
    stream.set_nodelay(true).map_err(nobody)?;
    Ok(stream)
}

/// What a service can do: its `info`.
///
/// # Errors
/// When it gives no answer.
pub fn describe(address: SocketAddr) -> Result<Event, ClientError> {
    let mut stream = connect(address)?;
    send(&mut stream, address, &Event::new("describe", json!({})))?;
    let mut reader = BufReader::new(stream);
    loop {
        let event = next(&mut reader, address)?;
        if event.kind == "info" {
            return Ok(event);
        }
    }
}

/// Has 16 kHz samples written down.
///
/// # Errors
/// When the service gives no transcript.
pub fn transcribe(address: SocketAddr, samples: &[f32], lang: Option<&str>) -> Result<String, ClientError> {
    let mut stream = connect(address)?;
    let data = lang.map_or(json!({}), |lang| json!({"language": lang}));
    send(&mut stream, address, &Event::new("transcribe", data))?;
    stream_sound(&mut stream, address, samples)?;
    let mut reader = BufReader::new(stream);
    loop {
        let event = next(&mut reader, address)?;
        if event.kind == "transcript" {
            return Ok(event.text("text").unwrap_or_default().trim().to_owned());
        }
    }
}

/// Sends samples as a whole stream: start, chunks, stop.
fn stream_sound(stream: &mut TcpStream, address: SocketAddr, samples: &[f32]) -> Result<(), ClientError> {
    send(stream, address, &Event::new("audio-start", Format::OWN.data()))?;
    for chunk in samples.chunks(CHUNK) {
        send(stream, address, &chunk_of(chunk))?;
    }
    send(stream, address, &Event::new("audio-stop", json!({})))
}

fn chunk_of(samples: &[f32]) -> Event {
    Event {
        payload: sound::bytes(samples),
        ..Event::new("audio-chunk", Format::OWN.data())
    }
}

/// Has a text spoken: `take` gets the sound as it comes, with its format, as signed 16-bit samples, and says whether it
/// wants more.
///
/// # Errors
/// When the service fails before it has said all.
pub fn synthesize(
    mut stream: TcpStream,
    address: SocketAddr,
    text: &str,
    voice: Option<&str>,
    lang: &str,
    mut take: impl FnMut(Format, &[u8]) -> bool,
) -> Result<(), ClientError> {
    let voice = match voice {
        Some(name) => json!({"name": name}),
        None => json!({"language": lang}),
    };
    let wish = Event::new("synthesize", json!({"text": text, "voice": voice}));
    send(&mut stream, address, &wish)?;
    let mut reader = BufReader::new(stream);
    loop {
        let event = next(&mut reader, address)?;
        match event.kind.as_str() {
            "audio-chunk" => {
                let Some(format) = Format::of(&event) else {
                    continue;
                };
                let more = if format.width == 2 {
                    take(format, &event.payload)
                } else {
                    let mono = Format {
                        channels: 1,
                        width: 2,
                        ..format
                    };
                    take(mono, &sound::bytes(&sound::samples(format, &event.payload)))
                };
                if !more {
                    return Ok(());
                }
            }
            "audio-stop" => return Ok(()),
            _ => {}
        }
    }
}

/// A service that listens for a wake word, stream by stream.
#[derive(Debug)]
pub struct Waker {
    stream: TcpStream,
    address: SocketAddr,
    detections: crossbeam_channel::Receiver<String>,
}

impl Waker {
    /// Connects and begins to listen. Detections are gathered by a thread that ends with the connection.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(address: SocketAddr) -> Result<Waker, ClientError> {
        let mut stream = connect(address)?;
        let gone = |source| ClientError::Gone { address, source };
        let reading = stream.try_clone().map_err(gone)?;
        // A wake word may not come for hours.
        reading.set_read_timeout(None).map_err(gone)?;
        send(&mut stream, address, &Event::new("detect", json!({})))?;
        send(
            &mut stream,
            address,
            &Event::new("audio-start", Format::OWN.data()),
        )?;
        let (sender, detections) = crossbeam_channel::bounded(4);
        std::thread::Builder::new()
            .name("wake".into())
            .spawn(move || {
                let mut reader = BufReader::new(reading);
                while let Ok(Some(event)) = Event::read(&mut reader) {
                    if event.kind == "detection" {
                        let name = event.text("name").unwrap_or("wake word").to_owned();
                        // One that nobody has looked at yet is as good as two.
                        let _ = sender.try_send(name);
                    }
                }
            })
            .map_err(gone)?;
        Ok(Waker {
            stream,
            address,
            detections,
        })
    }

    /// Lets it hear 16 kHz samples; gives the name of the word that was detected lately.
    ///
    /// # Errors
    /// When the service went away.
    pub fn hear(&mut self, samples: &[f32]) -> Result<Option<String>, ClientError> {
        send(&mut self.stream, self.address, &chunk_of(samples))?;
        match self.detections.try_recv() {
            Ok(name) => Ok(Some(name)),
            Err(crossbeam_channel::TryRecvError::Empty) => Ok(None),
            Err(crossbeam_channel::TryRecvError::Disconnected) => Err(ClientError::Gone {
                address: self.address,
                source: std::io::ErrorKind::UnexpectedEof.into(),
            }),
        }
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        // Its thread reads from the same connection and ends with it.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

fn send(stream: &mut impl Write, address: SocketAddr, event: &Event) -> Result<(), ClientError> {
    event
        .write(stream)
        .map_err(|source| ClientError::Gone { address, source })
}

fn next(reader: &mut BufReader<TcpStream>, address: SocketAddr) -> Result<Event, ClientError> {
    match Event::read(reader) {
        Ok(Some(event)) if event.kind == "error" => Err(ClientError::Failed {
            address,
            said: event.text("text").unwrap_or("it does not say why").to_owned(),
        }),
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(ClientError::Gone {
            address,
            source: std::io::ErrorKind::UnexpectedEof.into(),
        }),
        Err(EventError::Broken(source)) => Err(ClientError::Gone { address, source }),
        Err(source) => Err(ClientError::Foreign { address, source }),
    }
}
