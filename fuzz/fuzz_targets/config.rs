//! Any text as `robot.toml`: a robot that can be used, or words about what is wrong.
#![no_main]

use coact::shell::config::parse;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    match parse(text, Path::new("robot.toml")) {
        Ok(robot) => assert!(robot.validate().is_empty(), "a robot with problems was taken"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
