//! What the robot hears with, speaks with, and shares with other voice programs.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The microphone: a recording program of the system that writes raw sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microphone {
    /// Device as the recording program names it (`arecord -L`, `pactl list sources`); "default" is the system's.
    #[serde(default = "default_device")]
    pub device: String,
    /// Command line that writes raw signed 16-bit little-endian sound to its standard output; `{device}`, `{rate}` and
    /// `{channels}` are filled in. Empty: `arecord`, `pw-record` or `parec`, whichever is installed.
    #[serde(default)]
    pub program: Vec<String>,
    /// Samples a second that it records; 16000 needs no conversion.
    #[serde(default = "rate")]
    pub rate: u32,
    /// Channels that it records; they are mixed.
    #[serde(default = "one")]
    pub channels: u16,
    /// When speech is meant for the robot.
    #[serde(default)]
    pub listens: Listens,
    /// How long after an exchange it listens on without its wake word.
    #[serde(default = "attention")]
    pub attention_ms: u32,
    /// After "I did not understand" it listens on without its wake word, too.
    #[serde(default)]
    pub listen_again: bool,
    /// It can be heard while the robot speaks: for microphones that take the robot's own voice out of the sound.
    /// Otherwise only words that stop are heard meanwhile.
    #[serde(default)]
    pub cancels_echo: bool,
    /// Words that stop are looked for in the sound itself, beside transcription.
    #[serde(default = "yes")]
    pub spots_stop: bool,
    /// Megabytes of what was heard that are kept as WAV files; 0 keeps none.
    #[serde(default)]
    pub keep_audio_mb: u32,
}

/// When speech is meant for the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listens {
    /// Whatever is said.
    Always,
    /// What begins with its name or a wake word, and what is said soon after an exchange.
    #[default]
    Wake,
    /// The next utterance after `coact listen`.
    Push,
}

/// How the robot speaks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// What makes the sound.
    #[serde(default)]
    pub engine: VoiceEngine,
    /// The program, where it is not on the path; with `engine = "program"` a command line that speaks its standard input,
    /// in which `{lang}` is filled in.
    #[serde(default)]
    pub program: Vec<String>,
    /// The voice: a file for piper, a name for espeak-ng or Wyoming.
    #[serde(default)]
    pub name: Option<String>,
    /// Command line that plays raw signed 16-bit sound from its standard input; `{rate}` and `{channels}` are filled in.
    /// Empty: `aplay`, `pw-play` or `pacat`, whichever is installed.
    #[serde(default)]
    pub player: Vec<String>,
    /// From when to when only safety is spoken aloud: ["22:00", "07:00"].
    #[serde(default)]
    pub quiet: Option<[Daytime; 2]>,
}

/// What makes the sound of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoiceEngine {
    /// piper where a voice file is named, else espeak-ng; text alone where neither is installed.
    #[default]
    Auto,
    /// espeak-ng.
    EspeakNg,
    /// piper.
    Piper,
    /// The service that `wyoming.tts` names.
    Wyoming,
    /// The command line in `program`.
    Program,
    /// Text alone.
    None,
}

/// A time of day, "HH:MM".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Daytime {
    /// Minutes since midnight.
    pub minute: u16,
}

impl TryFrom<String> for Daytime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        });
        parsed
            .map(|minute| Daytime { minute })
            .ok_or_else(|| format!("expected a time of day such as \"22:00\", got {text:?}"))
    }
}

impl From<Daytime> for String {
    fn from(time: Daytime) -> String {
        format!("{:02}:{:02}", time.minute / 60, time.minute % 60)
    }
}

/// Voice programs that speak the Wyoming protocol.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wyoming {
    /// Address at which coact transcribes for others; absent: it does not.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// File of the token (32 hexadecimal digits, mode 600) that every client must send first. Without one, `listen` must be
    /// an address of this computer alone. Beside the description, unless its name begins with `/`.
    #[serde(default)]
    pub token_file: Option<String>,
    /// A service that transcribes instead of the shipped model.
    #[serde(default)]
    pub asr: Option<SocketAddr>,
    /// A service that listens for wake words.
    #[serde(default)]
    pub wake: Option<SocketAddr>,
    /// A service that speaks.
    #[serde(default)]
    pub tts: Option<SocketAddr>,
}

fn default_device() -> String {
    "default".to_owned()
}
fn rate() -> u32 {
    16_000
}
fn one() -> u16 {
    1
}
fn attention() -> u32 {
    8_000
}
fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_and_written() {
        let check = |text: &str, minute: Option<u16>| {
            let read = Daytime::try_from(text.to_owned());
            assert_eq!(read.as_ref().ok().map(|time| time.minute), minute, "{text}");
            if let Ok(time) = read {
                assert_eq!(String::from(time), text);
            }
        };
        check("22:00", Some(1320));
        check("07:05", Some(425));
        check("24:00", None);
        check("7", None);
        check("12:60", None);
    }
}
