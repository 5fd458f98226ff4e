//! Any bytes as a segment of the journal: whole records up to the damage, and where the damage is.
//!
//! What is whole goes on to the brain's own decoders, as `coact replay` would hand it to them.
#![no_main]

use brain::message::Event;
use coact::shell::journal::{Record, parse, seal};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    // A file as it is, and one of records behind their lengths, to which the right checksums are given: a fuzzer
    // cannot guess those.
    let _ = parse(bytes, Path::new("any.coact"));
    let mut sealed = Vec::new();
    let mut rest = bytes;
    while let [low, high, after @ ..] = rest {
        let (record, next) = after.split_at(after.len().min(usize::from(u16::from_le_bytes([*low, *high]))));
        sealed.extend(seal(record));
        rest = next;
    }
    let Ok(found) = parse(&sealed, Path::new("sealed.coact")) else {
        return;
    };
    assert!(found.torn <= sealed.len());
    for record in &found.records {
        if let Record::Step(step) = record
            && let Ok(event) = postcard::from_bytes::<Event>(&step.event)
        {
            postcard::to_stdvec(&event).expect("what was decoded encodes");
        }
    }
});
