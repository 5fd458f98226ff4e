//! Threads, devices, clocks, files and every queue: the imperative shell around the pure brain.

pub mod config;
pub mod queues;
pub mod journal;
