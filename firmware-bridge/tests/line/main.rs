//! Host and device on one line, in virtual time, under every fault that a line can have. Nothing here waits for
//! a real clock: a history is a seed, and a failing seed, which every
//! message names, replays: `Life::new(…, SEED)` lives the same life again.

mod board;
mod exchange;
mod histories;
mod table;
mod wire;
