//! The wire between a robot's computer and its microcontroller: compiled into both sides.
#![no_std]
#![forbid(unsafe_code)]

pub mod message;
