//! Runs the program that records: `arecord`, `pw-record`, `parec`, or the user's own.
//!
//! In: the microphone's description. Out: mono samples at the rate it records, as they come. It waits no longer than it is
//! told to, and leaves no program behind.

use crate::speak::program::{filled, find, first};
use crate::wyoming::sound::{Format, samples};
use brain::config;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::Read;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Recording programs, in the order in which they are looked for.
const PROGRAMS: [&[&str]; 3] = [
    &[
        "arecord",
        "-q",
        "-t",
        "raw",
        "-f",
        "S16_LE",
        "-D",
        "{device}",
        "-r",
        "{rate}",
        "-c",
        "{channels}",
        "--buffer-time=200000",
        "-",
    ],
    &[
        "pw-record",
        "--target",
        "{device}",
        "--format",
        "s16",
        "--rate",
        "{rate}",
        "--channels",
        "{channels}",
        "-",
    ],
    &[
        "parec",
        "--raw",
        "--format=s16le",
        "--device={device}",
        "--rate={rate}",
        "--channels={channels}",
        "--latency-msec=30",
    ],
];

/// How the sound servers call the default device.
const DEFAULTS: [(&str, &str); 2] = [("pw-record", "auto"), ("parec", "@DEFAULT_SOURCE@")];

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// No program that records is installed.
    #[error(
        "nothing records sound: expected arecord (alsa-utils), pw-record or parec; install one, or name it as program in \
         [microphone] of the robot's description"
    )]
    None,
    /// It does not start.
    #[error("{program} does not start: {source}")]
    Start {
        /// Which.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended by itself: the device is gone, or was never there.
    #[error("{program} ended ({status}): {said}")]
    Ended {
        /// Which.
        program: String,
        /// How.
        status: String,
        /// Its last words.
        said: String,
    },
    /// It runs and gives nothing.
    #[error("nothing came for {} s", .0.as_secs())]
    Silent(Duration),
    /// Nobody wants to record any more.
    #[error("the recording is over")]
    Over,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorder {
    /// What `robot.toml` calls the device.
    pub device: String,
    /// Samples a second that it gives.
    pub rate: u32,
    channels: u16,
    line: Vec<String>,
}

impl Recorder {
    /// The program for this microphone.
    ///
    /// # Errors
    /// When none is installed.
    pub fn of(microphone: &config::Microphone) -> Result<Recorder, RecorderError> {
        let line: Vec<&str> = if microphone.program.is_empty() {
            first(&PROGRAMS).ok_or(RecorderError::None)?
        } else {
            microphone.program.iter().map(String::as_str).collect()
        };
        let program = line.first().copied().ok_or(RecorderError::None)?;
        find(program).ok_or_else(|| RecorderError::Start {
            program: program.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        let known = DEFAULTS.iter().find(|(name, _)| *name == program);
        let device = match known {
            Some((_, default)) if microphone.device == "default" => default,
            _ => microphone.device.as_str(),
        };
        let (rate, channels) = (microphone.rate.to_string(), microphone.channels.to_string());
        Ok(Recorder {
            device: microphone.device.clone(),
            rate: microphone.rate,
            channels: microphone.channels,
            line: filled(
                &line,
                &[("device", device), ("rate", &rate), ("channels", &channels)],
            ),
        })
    }

    /// The program's name.
    #[must_use]
    pub fn program(&self) -> &str {
        self.line.first().map_or("", String::as_str)
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self) -> Result<Recording, RecorderError> {
        let failed = |source| RecorderError::Start {
            program: self.program().to_owned(),
            source,
        };
        let mut child = Command::new(self.program())
            .args(&self.line[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| failed(std::io::ErrorKind::BrokenPipe.into()))?;
        Ok(Recording {
            program: self.program().to_owned(),
            child,
            stdout,
            format: Format {
                rate: self.rate,
                width: 2,
                channels: self.channels,
            },
            rest: Vec::new(),
        })
    }
}

/// A running recorder; dropping it ends the program.
#[derive(Debug)]
pub struct Recording {
    program: String,
    child: Child,
    stdout: ChildStdout,
    format: Format,
    /// Bytes of a sample that is not whole yet.
    rest: Vec<u8>,
}

impl Recording {
    /// What came, waiting for it at most so long; empty when nothing did.
    ///
    /// # Errors
    /// When the program ended.
    pub fn read(&mut self, patience: Duration) -> Result<Vec<f32>, RecorderError> {
        let patience = Timespec {
            tv_sec: i64::try_from(patience.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: patience.subsec_nanos().into(),
        };
        match poll(&mut [PollFd::new(&self.stdout, PollFlags::IN)], Some(&patience)) {
            Ok(ready) if ready > 0 => {}
            // An interrupted call only means that the next look comes early.
            Ok(_) | Err(_) => return Ok(Vec::new()),
        }
        let mut buffer = [0; 8192];
        let count = self.stdout.read(&mut buffer).unwrap_or(0);
        if count == 0 {
            return Err(self.ended());
        }
        self.rest.extend_from_slice(&buffer[..count]);
        let whole = self.rest.len() / self.format.frame() * self.format.frame();
        let heard = samples(self.format, &self.rest[..whole]);
        self.rest.drain(..whole);
        Ok(heard)
    }

    fn ended(&mut self) -> RecorderError {
        let _ = self.child.kill();
        let status = self
            .child
            .wait()
            .map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.by_ref().take(2048).read_to_string(&mut said);
        }
        RecorderError::Ended {
            program: self.program.clone(),
            status,
            said: said.trim().lines().last().unwrap_or("it said nothing").to_owned(),
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_chooses_the_program() {
        let check = |text: &str, expect: &str| {
            let microphone: config::Microphone = toml::from_str(text).expect("a microphone");
            let got = match Recorder::of(&microphone) {
                Ok(recorder) => recorder.line.join(" "),
                Err(error) => error.to_string(),
            };
            assert!(got.contains(expect), "{text}: {got}");
        };
        check(
            "device = \"hw:1\"\nrate = 48000\nchannels = 2\nprogram = [\"sh\", \"{device}\", \"{rate}\", \"{channels}\"]",
            "sh hw:1 48000 2",
        );
        check(
            "program = [\"no-such-recorder\"]",
            "no-such-recorder does not start",
        );
    }
}
