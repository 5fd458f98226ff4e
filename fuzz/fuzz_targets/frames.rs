//! Any bytes on the line: the decoder finds frames and nothing else, and both sides live on in safety.
//!
//! In: a stream of bytes, as noise or a hostile peer would send it. Holds: a payload that is found encodes to a
//! frame that gives it again; a board that never had a session moves nothing, whatever comes.
#![no_main]

use firmware_bridge::device::{Board, Device, Drive, Senses};
use firmware_bridge::frame::{ANY_FRAME, Decoder, MAX_PAYLOAD};
use firmware_bridge::host::Host;
use firmware_bridge::message::{Description, Output, OutputId};
use firmware_bridge::seal::Key;
use libfuzzer_sys::fuzz_target;

/// Remembers the fastest it was ever told to go.
#[derive(Default)]
struct Wheels {
    fastest: f32,
    key: Option<Key>,
}

impl Board for Wheels {
    fn boot_id(&mut self) -> u32 {
        7
    }

    fn describe(&self) -> Description {
        Description::new(
            "fuzz",
            [
                Output::base("base", -0.3..=0.5, 0.8, 2.0, 4.0),
                Output::switch("light"),
            ],
        )
    }

    fn key(&self) -> Option<Key> {
        self.key
    }

    fn drive(&mut self, _: OutputId, drive: Drive) {
        if let Drive::Velocity { linear_mps, .. } = drive {
            assert!(linear_mps.is_finite());
            self.fastest = self.fastest.max(linear_mps.abs());
        }
    }

    fn sense(&mut self) -> Senses {
        Senses::default()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::<ANY_FRAME>::default();
    for byte in bytes {
        if let Some(Ok(payload)) = decoder.feed(*byte) {
            assert!(payload.len() <= ANY_FRAME);
            let mut body = payload.to_vec();
            body.extend_from_slice(&firmware_bridge::frame::crc32(payload).to_le_bytes());
            if payload.len() <= MAX_PAYLOAD {
                let framed = cobs_of(&body);
                let mut again = Decoder::<ANY_FRAME>::default();
                let found = framed
                    .iter()
                    .find_map(|byte| again.feed(*byte).map(|found| found.map(<[u8]>::to_vec)));
                assert_eq!(found, Some(Ok(payload.to_vec())));
            }
        }
    }

    let mut device = Device::new(Wheels::default(), 0);
    // No bytes of a stranger open a session with a board that has a key.
    let key = Some(Key::new(*b"nobody knows it!"));
    let wheels = Wheels {
        key,
        ..Wheels::default()
    };
    let mut sealed = Device::new(wheels, 0);
    let mut host = Host::default();
    host.connect(1, 0);
    let mut room = [0; 256];
    for (turn, chunk) in bytes.chunks(16).enumerate() {
        let now = turn as u32 * 5;
        device.feed(chunk, now);
        device.poll(now);
        device.transmit(&mut room, now);
        sealed.feed(chunk, now);
        sealed.poll(now);
        assert_eq!(sealed.session(), None);
        host.feed(chunk, u64::from(now));
        host.poll(u64::from(now));
        host.transmit(&mut room, u64::from(now));
        while host.next_event().is_some() {}
        let _ = host.take_telemetry();
    }
    assert!(
        device.board().fastest <= 0.5,
        "driven at {} m/s",
        device.board().fastest
    );
});

/// COBS by the book, so that the crate that decodes is checked against another hand.
fn cobs_of(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = body;
    loop {
        let run = rest.iter().take(254).take_while(|byte| **byte != 0).count();
        out.push(run as u8 + 1);
        out.extend_from_slice(&rest[..run]);
        rest = &rest[run..];
        match rest.split_first() {
            Some((0, after)) if run < 254 => rest = after,
            Some(_) => {}
            None => break,
        }
    }
    out.push(0);
    out
}
