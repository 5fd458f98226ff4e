//! Any payload in a frame with the right checksum: what a peer that knows the protocol can send.
//!
//! In: a script of payloads, each with a length byte and a wait before it. Holds: a message that decodes encodes to
//! one that decodes to the same; a board never drives faster than it may, and is at rest when the host is silent.
#![no_main]

use firmware_bridge::device::{Board, Device, Drive, Senses};
use firmware_bridge::envelope::{BoardMessage, HostMessage};
use firmware_bridge::frame::crc32;
use firmware_bridge::host::Host;
use firmware_bridge::message::{Description, Output, OutputId};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

const TOP_MPS: f32 = 0.5;

/// Remembers how fast it goes.
#[derive(Default)]
struct Wheels {
    speed: f32,
}

impl Board for Wheels {
    fn boot_id(&mut self) -> u32 {
        7
    }

    fn describe(&self) -> Description {
        Description::new(
            "fuzz",
            [
                Output::base("base", -0.3..=TOP_MPS, 0.8, 2.0, 4.0),
                Output::gripper("gripper", 0.0..=0.08, 0.1),
            ],
        )
    }

    fn drive(&mut self, _: OutputId, drive: Drive) {
        match drive {
            Drive::Velocity { linear_mps, .. } => {
                assert!(
                    (-0.3 - 1e-3..=TOP_MPS + 1e-3).contains(&linear_mps),
                    "driven at {linear_mps} m/s"
                );
                self.speed = linear_mps;
            }
            Drive::Opening(opening) => {
                assert!((-1e-3..=0.08 + 1e-3).contains(&opening), "opened to {opening} m");
            }
            Drive::Off => self.speed = 0.0,
            _ => {}
        }
    }

    fn sense(&mut self) -> Senses {
        Senses {
            linear_mps: self.speed,
            ..Senses::default()
        }
    }
}

/// What decodes encodes to bytes that decode to the same.
fn round<T: Serialize + DeserializeOwned>(payload: &[u8]) {
    if let Ok(message) = postcard::from_bytes::<T>(payload) {
        let bytes = postcard::to_stdvec(&message).expect("a message always encodes");
        let again: T = postcard::from_bytes(&bytes).expect("what was encoded decodes");
        // Compared as bytes: a NaN is not equal to itself.
        assert_eq!(
            postcard::to_stdvec(&again).expect("a message always encodes"),
            bytes
        );
    }
}

/// A payload as it stands on the line.
fn framed(payload: &[u8]) -> Vec<u8> {
    let mut body = payload.to_vec();
    body.extend_from_slice(&crc32(payload).to_le_bytes());
    let mut out = Vec::new();
    for run in body.split(|byte| *byte == 0) {
        // Payloads here are shorter than the longest run of COBS.
        out.push(run.len() as u8 + 1);
        out.extend_from_slice(run);
    }
    out.push(0);
    out
}

fuzz_target!(|script: &[u8]| {
    let mut device = Device::new(Wheels::default(), 0);
    let mut host = Host::default();
    host.connect(1, 0);
    let mut now = 0u32;
    let mut room = [0; 256];
    let mut rest = script;
    while let [wait, length, after @ ..] = rest {
        let (payload, next) = after.split_at(after.len().min(usize::from(*length % 120)));
        rest = next;
        round::<HostMessage>(payload);
        round::<BoardMessage>(payload);
        let frame = framed(payload);
        for _ in 0..=*wait % 64 {
            now += 5;
            device.poll(now);
            let count = device.transmit(&mut room, now);
            host.feed(&room[..count], u64::from(now));
            host.poll(u64::from(now));
            host.transmit(&mut room, u64::from(now));
        }
        device.feed(&frame, now);
        host.feed(&frame, u64::from(now));
        while host.next_event().is_some() {}
        let _ = host.take_telemetry();
    }
    // Silence: within its time everything that moved stands.
    for _ in 0..600 {
        now += 5;
        device.poll(now);
        device.transmit(&mut room, now);
    }
    assert!(
        device.board().speed.abs() < 1e-3,
        "drives on at {} m/s",
        device.board().speed
    );
});
