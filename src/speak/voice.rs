//! What makes the sound of speech: espeak-ng, piper, a program of the user's own, or a Wyoming service.
//!
//! In: text and its language. Out: a running [`Sounding`] that can be waited for and cut short. The text goes in by
//! standard input, so that no word of it can be taken for an option.

use super::program::{filled, find, first};
use crate::wyoming::client;
use brain::config::{self, Robot, VoiceEngine};
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Programs that play raw sound, in the order in which they are looked for.
const PLAYERS: [&[&str]; 3] = [
    &[
        "aplay",
        "-q",
        "-t",
        "raw",
        "-f",
        "S16_LE",
        "-r",
        "{rate}",
        "-c",
        "{channels}",
        "-",
    ],
    &[
        "pw-play",
        "--format",
        "s16",
        "--rate",
        "{rate}",
        "--channels",
        "{channels}",
        "-",
    ],
    &[
        "pacat",
        "--playback",
        "--format=s16le",
        "--rate={rate}",
        "--channels={channels}",
    ],
];

/// Why the robot has no voice, or lost it for one saying.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// No program that speaks is installed.
    #[error(
        "no voice is installed: expected {0}; install it, or name a program in [voice] of the robot's description"
    )]
    None(&'static str),
    /// No program that plays sound is installed.
    #[error(
        "nothing plays sound: expected aplay, pw-play or pacat; install one, or name it as player in [voice]"
    )]
    NoPlayer,
    /// A program cannot be started.
    #[error("{program} does not start: {source}")]
    Start {
        /// Which.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program failed.
    #[error("{program} failed ({status}): {said}")]
    Failed {
        /// Which.
        program: String,
        /// How it ended.
        status: String,
        /// Its last words.
        said: String,
    },
    /// The Wyoming service failed.
    #[error(transparent)]
    Wyoming(#[from] client::ClientError),
}

/// The robot's voice.
#[derive(Debug, Clone, PartialEq)]
pub enum Voice {
    /// A program that speaks its standard input by itself; `{lang}` is filled in.
    Program(Vec<String>),
    /// A program that writes raw sound, played by another.
    Piped {
        /// Writes the sound.
        speaks: Vec<String>,
        /// Plays it.
        plays: Vec<String>,
    },
    /// A service that sends sound, played by a program.
    Service {
        /// Where.
        address: SocketAddr,
        /// Its voice's name.
        name: Option<String>,
        /// Plays it; `{rate}` and `{channels}` are filled in.
        plays: Vec<String>,
    },
}

impl Voice {
    /// The voice that the robot's description asks for; `None` where it asks for none.
    ///
    /// # Errors
    /// When the programs that it takes are not there.
    pub fn of(robot: &Robot) -> Result<Option<Voice>, VoiceError> {
        let wished = match &robot.voice {
            Some(voice) => voice.clone(),
            None if robot.microphone.is_some() => config::Voice::default(),
            None => return Ok(None),
        };
        let program = |name: &str| wished.program.first().map_or(name.to_owned(), Clone::clone);
        match wished.engine {
            VoiceEngine::None => Ok(None),
            VoiceEngine::Program => Ok(Some(Voice::Program(wished.program.clone()))),
            VoiceEngine::Wyoming => {
                let address = robot
                    .wyoming
                    .tts
                    .ok_or(VoiceError::None("the address wyoming.tts"))?;
                Ok(Some(Voice::Service {
                    address,
                    name: wished.name.clone(),
                    plays: player(&wished.player)?,
                }))
            }
            VoiceEngine::Piper => {
                Self::piper(&program("piper"), wished.name.as_deref(), &wished.player).map(Some)
            }
            VoiceEngine::EspeakNg => Self::espeak(&program("espeak-ng"), wished.name.as_deref()).map(Some),
            VoiceEngine::Auto => {
                if wished.name.as_deref().is_some_and(|name| name.ends_with(".onnx")) {
                    return Self::piper(&program("piper"), wished.name.as_deref(), &wished.player).map(Some);
                }
                Self::espeak(&program("espeak-ng"), wished.name.as_deref()).map(Some)
            }
        }
    }

    fn espeak(program: &str, name: Option<&str>) -> Result<Voice, VoiceError> {
        find(program).ok_or(VoiceError::None("espeak-ng"))?;
        let line = [program, "-v", name.unwrap_or("{lang}"), "--stdin"];
        Ok(Voice::Program(line.map(str::to_owned).to_vec()))
    }

    fn piper(program: &str, name: Option<&str>, plays: &[String]) -> Result<Voice, VoiceError> {
        find(program).ok_or(VoiceError::None("piper"))?;
        let model = name.ok_or(VoiceError::None("the file of a piper voice as voice.name"))?;
        // Its description lies beside it and tells the rate.
        let rate = std::fs::read_to_string(format!("{model}.json"))
            .ok()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .and_then(|voice| voice["audio"]["sample_rate"].as_u64())
            .unwrap_or(22_050);
        let plays = player(plays)?;
        Ok(Voice::Piped {
            speaks: [program, "--model", model, "--output-raw"]
                .map(str::to_owned)
                .to_vec(),
            plays: filled(&plays, &[("rate", &rate.to_string()), ("channels", "1")]),
        })
    }

    /// Begins to say it.
    ///
    /// # Errors
    /// When a program does not start.
    pub fn say(&self, text: &str, lang: &str) -> Result<Sounding, VoiceError> {
        match self {
            Voice::Program(line) => {
                // espeak-ng knows Mandarin Chinese by its ISO 639-3 code.
                let lang = if lang == "zh" { "cmn" } else { lang };
                let line = filled(line, &[("lang", lang)]);
                let mut child = start(&line, Stdio::piped(), Stdio::null())?;
                tell(&mut child, text);
                Ok(Sounding::Programs(vec![(line[0].clone(), child)]))
            }
            Voice::Piped { speaks, plays } => {
                let mut first = start(speaks, Stdio::piped(), Stdio::piped())?;
                let sound = first.stdout.take().map_or_else(Stdio::null, Stdio::from);
                let second = match start(plays, sound, Stdio::null()) {
                    Ok(second) => second,
                    Err(error) => {
                        end(&mut first);
                        return Err(error);
                    }
                };
                tell(&mut first, text);
                Ok(Sounding::Programs(vec![
                    (speaks[0].clone(), first),
                    (plays[0].clone(), second),
                ]))
            }
            Voice::Service { address, name, plays } => {
                Sounding::service(*address, name.clone(), plays, text, lang)
            }
        }
    }
}

/// The player that was named, or the first that is installed.
fn player(named: &[String]) -> Result<Vec<String>, VoiceError> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let line = first(&PLAYERS).ok_or(VoiceError::NoPlayer)?;
    Ok(line.into_iter().map(str::to_owned).collect())
}

fn start(line: &[String], stdin: Stdio, stdout: Stdio) -> Result<Child, VoiceError> {
    let (program, arguments) = line.split_first().ok_or(VoiceError::None("a command line"))?;
    Command::new(program)
        .args(arguments)
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| VoiceError::Start {
            program: program.clone(),
            source,
        })
}

/// Gives the program its words, all at once: they are a sentence, and the pipe holds 64 KiB.
fn tell(child: &mut Child, text: &str) {
    if let Some(mut input) = child.stdin.take() {
        let text: String = text.chars().take(4096).collect();
        // A program that died already is found out when its end is looked at.
        let _ = writeln!(input, "{}", text.replace('\n', " "));
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Something that is being said.
#[derive(Debug)]
pub enum Sounding {
    /// By programs, with their names; over when the last one ends.
    Programs(Vec<(String, Child)>),
    /// By a service, whose sound a thread passes on to a player.
    Service {
        /// Gives how it ended.
        thread: Option<JoinHandle<Result<(), VoiceError>>>,
        /// The connection, closed to cut it short.
        stream: Arc<Mutex<Option<TcpStream>>>,
        /// The player, killed to cut it short.
        player: Arc<Mutex<Option<Child>>>,
    },
}

impl Sounding {
    fn service(
        address: SocketAddr,
        name: Option<String>,
        plays: &[String],
        text: &str,
        lang: &str,
    ) -> Result<Self, VoiceError> {
        let stream = client::connect(address)?;
        let kept = stream
            .try_clone()
            .map_err(|source| client::ClientError::Gone { address, source })?;
        let (connection, player) = (Arc::new(Mutex::new(Some(kept))), Arc::new(Mutex::new(None)));
        let (playing, plays, text, lang) = (
            Arc::clone(&player),
            plays.to_vec(),
            text.to_owned(),
            lang.to_owned(),
        );
        let thread = std::thread::Builder::new()
            .name("synthesis".into())
            .spawn(move || {
                let mut sink = None;
                client::synthesize(stream, address, &text, name.as_deref(), &lang, |format, sound| {
                    if sink.is_none() {
                        let rate = format.rate.to_string();
                        let channels = format.channels.to_string();
                        let line = filled(&plays, &[("rate", &rate), ("channels", &channels)]);
                        if let Ok(mut child) = start(&line, Stdio::piped(), Stdio::null()) {
                            sink = child.stdin.take();
                            *playing.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
                        }
                    }
                    sink.as_mut().is_some_and(|sink| sink.write_all(sound).is_ok())
                })?;
                drop(sink);
                loop {
                    // Looked at again and again: whoever cuts it short needs the player, too.
                    let ended = match playing.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                        Some(child) => child.try_wait().map_or(true, |status| status.is_some()),
                        None => true,
                    };
                    if ended {
                        return Ok(());
                    }
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
            });
        let thread = thread.map_err(|source| client::ClientError::Gone { address, source })?;
        Ok(Sounding::Service {
            thread: Some(thread),
            stream: connection,
            player,
        })
    }

    /// Whether it is over.
    ///
    /// # Errors
    /// When it ended badly.
    pub fn over(&mut self) -> Result<bool, VoiceError> {
        match self {
            Sounding::Programs(programs) => {
                let mut over = true;
                for (program, child) in programs {
                    match child.try_wait() {
                        Ok(Some(status)) if !status.success() => {
                            let program = program.clone();
                            return Err(failed(program, child, &status.to_string()));
                        }
                        Ok(Some(_)) => {}
                        Ok(None) => over = false,
                        Err(source) => {
                            let program = program.clone();
                            return Err(VoiceError::Start { program, source });
                        }
                    }
                }
                Ok(over)
            }
            Sounding::Service { thread, .. } => match thread.take_if(|thread| thread.is_finished()) {
                Some(ended) => ended.join().unwrap_or(Ok(())).map(|()| true),
                None => Ok(thread.is_none()),
            },
        }
    }

    /// Ends it at once.
    pub fn cut(&mut self) {
        match self {
            Sounding::Programs(programs) => programs.iter_mut().for_each(|(_, child)| end(child)),
            Sounding::Service {
                thread,
                stream,
                player,
            } => {
                if let Some(stream) = stream.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    let _ = stream.shutdown(Shutdown::Both);
                }
                if let Some(child) = player.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                    end(child);
                }
                if let Some(thread) = thread.take() {
                    let _ = thread.join();
                }
            }
        }
    }
}

impl Drop for Sounding {
    fn drop(&mut self) {
        self.cut();
    }
}

fn failed(program: String, child: &mut Child, status: &str) -> VoiceError {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        use std::io::Read;
        let _ = stderr.by_ref().take(2048).read_to_string(&mut said);
    }
    VoiceError::Failed {
        program,
        status: status.to_owned(),
        said: said.trim().lines().last().unwrap_or("it said nothing").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_chooses_the_voice() {
        let check = |text: &str, expect: &str| {
            let robot: Robot = toml::from_str(&format!("name = \"Coco\"\n{text}")).expect("a description");
            let voice = match Voice::of(&robot) {
                Ok(voice) => format!("{voice:?}"),
                Err(error) => error.to_string(),
            };
            assert!(voice.contains(expect), "{text}: {voice}");
        };
        check("[voice]\nengine = \"none\"", "None");
        check(
            "[voice]\nengine = \"program\"\nprogram = [\"sh\", \"x\"]",
            r#"Program(["sh", "x"])"#,
        );
        check(
            "[voice]\nengine = \"espeak-ng\"\nprogram = [\"sh\"]",
            r#"Program(["sh", "-v", "{lang}", "--stdin"])"#,
        );
        check(
            "[voice]\nprogram = [\"sh\"]\nname = \"a.onnx\"\nplayer = [\"play\", \"{rate}\"]",
            r#"speaks: ["sh", "--model", "a.onnx", "--output-raw"], plays: ["play", "22050"]"#,
        );
        check(
            "[voice]\nprogram = [\"no-such-program\"]",
            "no voice is installed",
        );
        check(
            "[voice]\nengine = \"wyoming\"\nplayer = [\"play\"]\n[wyoming]\ntts = \"127.0.0.1:10200\"",
            "Service { address: 127.0.0.1:10200",
        );
    }
}
