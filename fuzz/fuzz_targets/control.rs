//! Any bytes on the control socket, in any pieces: requests, or words about what was no request.
#![no_main]

use coact::shell::socket::requests;
use libfuzzer_sys::fuzz_target;
use std::io::Read;

/// Gives its bytes in pieces, as a socket does.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.size.min(out.len()).min(self.rest.len());
        out[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        Ok(count)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let whole: Vec<_> = requests(bytes)
        .map(|request| request.expect("memory gives no errors"))
        .collect();
    let size = usize::from(bytes.first().copied().unwrap_or(0)) + 1;
    let pieces: Vec<_> = requests(Pieces { rest: bytes, size })
        .map(|request| request.expect("memory gives no errors"))
        .collect();
    assert_eq!(whole, pieces, "pieces of {size} bytes read otherwise");
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
    assert!(whole.len() <= lines.max(1));
});
