//! The microphone: a recording program of the system, started again whenever it ends, its sound at 16 kHz.
//!
//! In: what `robot.toml` says of the microphone. Out: [`Block`]s of 32 ms into the queue "sound", where the oldest is dropped
//! when nobody listens, and [`Health`]: level, trouble, zeros. A device that was unplugged comes back by itself; the build
//! needs no library of the system for it.

pub mod recorder;

use super::queues::Inlet;
use crate::hear::level::{self, Level};
use crate::hear::resample::Resampler;
use recorder::{Recorder, RecorderError, Recording};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Samples of a block at 16 kHz: 32 ms.
pub const BLOCK: usize = 512;

/// A recorder that gives nothing for so long is started again.
const SILENT: Duration = Duration::from_secs(3);

/// Pauses before the recorder is started again: the first, and the longest.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

/// How often the thread looks whether it shall end.
const LOOK: Duration = Duration::from_millis(100);

/// Blocks of exact zeros after which the microphone is said to give none but those: two seconds.
const ZEROS: u32 = 62;

/// Some sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Samples at 16 kHz.
    pub samples: Vec<f32>,
    /// Its number since the start, gaps not counted.
    pub number: u64,
    /// When the last of them was there.
    pub taken: Instant,
    /// How loud it is.
    pub level: Level,
    /// Sound was lost before it: the recorder was started anew.
    pub gap: bool,
}

/// How the microphone fares.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Health {
    /// What `robot.toml` calls it.
    pub device: String,
    /// The program that records.
    pub program: String,
    /// Blocks of 32 ms since the start.
    pub blocks: u64,
    /// Level of the newest, root mean square, in decibels below full scale.
    pub level_dbfs: f32,
    /// How often the recorder had to be started again.
    pub restarts: u64,
    /// It gives nothing but zeros: muted, or the wrong device.
    pub zeros: bool,
    /// What is wrong with it; `None` when it records.
    pub trouble: Option<String>,
}

/// See the module. Dropping it ends the recorder.
#[derive(Debug)]
pub struct Microphone {
    health: Arc<Mutex<Health>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Microphone {
    /// Starts to record.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(recorder: Recorder, sound: Inlet<Block>) -> std::io::Result<Microphone> {
        let health = Arc::new(Mutex::new(Health {
            device: recorder.device.clone(),
            program: recorder.program().to_owned(),
            level_dbfs: level::FLOOR,
            ..Health::default()
        }));
        let ends = Arc::new(AtomicBool::new(false));
        let mut listener = Listener {
            recorder,
            sound,
            health: Arc::clone(&health),
            ends: Arc::clone(&ends),
            zeros: 0,
            began: false,
        };
        let thread = std::thread::Builder::new()
            .name("microphone".into())
            .spawn(move || listener.run())?;
        Ok(Microphone {
            health,
            ends,
            thread: Some(thread),
        })
    }

    /// How it fares.
    #[must_use]
    pub fn health(&self) -> Health {
        lock(&self.health).clone()
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the microphone thread had died");
        }
    }
}

fn lock(health: &Mutex<Health>) -> MutexGuard<'_, Health> {
    health.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Listener {
    recorder: Recorder,
    sound: Inlet<Block>,
    health: Arc<Mutex<Health>>,
    ends: Arc<AtomicBool>,
    zeros: u32,
    /// A recorder has given sound before.
    began: bool,
}

impl Listener {
    fn run(&mut self) {
        let mut pause = BACK_OFF[0];
        while !self.ended() {
            let (blocks, why) = match self.recorder.start() {
                Ok(mut recording) => self.record(&mut recording),
                Err(error) => (0, error),
            };
            if self.ended() {
                return;
            }
            // One that recorded for a while was unplugged; one that never did will not do so in a moment.
            pause = if blocks > 30 {
                BACK_OFF[0]
            } else {
                (pause * 2).min(BACK_OFF[1])
            };
            self.trouble(&why);
            let until = Instant::now() + pause;
            while Instant::now() < until && !self.ended() {
                std::thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
            }
        }
    }

    fn ended(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    /// Takes sound until the recorder ends; gives how many blocks came and why no more do.
    fn record(&mut self, recording: &mut Recording) -> (u64, RecorderError) {
        let mut resampler = Resampler::new(self.recorder.rate);
        let mut waiting: Vec<f32> = Vec::with_capacity(2 * BLOCK);
        let (mut blocks, mut last) = (0, Instant::now());
        loop {
            if self.ended() {
                return (blocks, RecorderError::Over);
            }
            match recording.read(LOOK) {
                Ok(samples) if samples.is_empty() => {
                    if last.elapsed() >= SILENT {
                        return (blocks, RecorderError::Silent(SILENT));
                    }
                }
                Ok(samples) => {
                    last = Instant::now();
                    waiting.extend(resampler.feed(&samples));
                    while waiting.len() >= BLOCK {
                        let samples = waiting.drain(..BLOCK).collect();
                        let gap = blocks == 0 && self.began;
                        self.block(samples, last, gap);
                        self.began = true;
                        blocks += 1;
                    }
                }
                Err(error) => return (blocks, error),
            }
        }
    }

    fn block(&mut self, samples: Vec<f32>, taken: Instant, gap: bool) {
        let level = Level::of(&samples);
        self.zeros = if level.peak == 0.0 {
            self.zeros.saturating_add(1)
        } else {
            0
        };
        let mut health = lock(&self.health);
        let number = health.blocks;
        health.blocks += 1;
        health.level_dbfs = level.dbfs();
        if health.trouble.take().is_some() {
            log::info!("the microphone {} records again", health.device);
        }
        let zeros = self.zeros >= ZEROS;
        if zeros && !health.zeros {
            log::warn!(
                "the microphone {} gives nothing but zeros: is it muted, or another device meant? `arecord -L` lists them",
                health.device
            );
        }
        health.zeros = zeros;
        drop(health);
        self.sound.send(Block {
            samples,
            number,
            taken,
            level,
            gap,
        });
    }

    fn trouble(&self, why: &RecorderError) {
        let trouble = why.to_string();
        let mut health = lock(&self.health);
        health.restarts += 1;
        health.level_dbfs = level::FLOOR;
        if health.trouble.as_ref() != Some(&trouble) {
            log::warn!(
                "the microphone {}: {trouble}; it is tried again and again",
                health.device
            );
        }
        health.trouble = Some(trouble);
    }
}

#[cfg(test)]
mod tests;
