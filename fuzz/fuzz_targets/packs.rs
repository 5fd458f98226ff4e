//! Any text as the file of a pack: a pack, or every problem of it with a name.
#![no_main]

use coact::packs::parse;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    match parse(text, Path::new("pack.toml")) {
        Ok(file) => match file.pack() {
            Ok(pack) => assert_eq!(pack.name, file.name),
            Err(problems) => assert!(!problems.is_empty(), "refused without a reason"),
        },
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
