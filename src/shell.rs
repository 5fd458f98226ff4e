//! Threads, devices, clocks, files and every queue: the imperative shell around the pure brain.

pub mod queues;
pub mod clock;
pub mod state;
pub mod config;
pub mod latch;
pub mod body;
pub mod camera;
pub mod microphone;
pub mod link;
pub mod reports;
pub mod journal;
pub mod stage;
pub mod mind;
pub mod pins;
pub mod runtime;
pub mod listening;
pub mod voice;
pub mod heard;
pub mod keep;
pub mod socket;
pub mod replay;
pub mod realtime;
pub mod service;
pub mod sys;
