//! PROTOCOL.md is true: its bytes are what the code writes and reads, its exchange is one that took place.

use firmware_bridge::device::{Board, Device, Drive, Senses};
use firmware_bridge::envelope::{BoardMessage, HostMessage};
use firmware_bridge::frame::{BOARD_FRAME, Decoder, HOST_FRAME, encode};
use firmware_bridge::host::Host;
use firmware_bridge::message::{
    BoardState, Command, Description, Fault, FaultCode, Outcome, Output, OutputId, OutputKind, SafeAction,
    Setpoint, Stats, StopKind, Telemetry, Version,
};
use firmware_bridge::seal::{Key, Seal, Speaker};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

const PAGE: &str = include_str!("../PROTOCOL.md");
const VERSION: Version = Version { major: 1, minor: 0 };
const SESSION: u32 = 300;

/// Fenced blocks of one language, by the name behind it.
fn blocks(language: &str) -> BTreeMap<&'static str, &'static str> {
    let open = format!("```{language} ");
    PAGE.split(open.as_str())
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once('\n').expect("a name");
            (name, rest.split("```").next().expect("an end").trim())
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        let gap = if index == 0 {
            ""
        } else if index % 24 == 0 {
            "\n"
        } else {
            " "
        };
        write!(text, "{gap}{byte:02x}").expect("a string takes all");
    }
    text
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, message: &T) {
    let page = blocks("hex");
    let mut frame = [0; BOARD_FRAME];
    let count = encode(message, &Seal::NONE, &mut frame).expect("fits");
    assert_eq!(
        page.get(name).copied().unwrap_or("(not on the page)"),
        hex(&frame[..count]),
        "{name}"
    );
    let mut decoder = Decoder::<BOARD_FRAME>::default();
    let payload = frame[..count].iter().find_map(|byte| match decoder.feed(*byte) {
        Some(Ok(payload)) => Some(payload.to_vec()),
        Some(Err(error)) => panic!("{error:?}"),
        None => None,
    });
    let payload = payload.expect("a frame");
    assert_eq!(&postcard::from_bytes::<T>(&payload).expect("a message"), message);
    // A newer minor version may append fields.
    let longer = [payload, vec![7, 7]].concat();
    assert_eq!(
        &postcard::take_from_bytes::<T>(&longer).expect("a message").0,
        message
    );
}

fn wheels() -> Description {
    let output = |name: &str, kind, min, max, safe| Output {
        name: name.try_into().expect("short"),
        kind,
        min,
        max,
        max_rate: 0.5,
        max_turn: if kind == OutputKind::Base { 2.0 } else { 0.0 },
        max_turn_rate: if kind == OutputKind::Base { 4.0 } else { 0.0 },
        safe,
        dead_man_ms: 250,
    };
    let outputs = [
        output(
            "base",
            OutputKind::Base,
            -0.25,
            0.5,
            SafeAction::Ramp { decel: 1.0 },
        ),
        output("gripper", OutputKind::Gripper, 0.0, 0.0625, SafeAction::Hold),
    ];
    Description {
        firmware: "wheels".try_into().expect("short"),
        outputs: outputs.into_iter().collect(),
    }
}

fn telemetry() -> Telemetry {
    Telemetry {
        board_ms: 5000,
        state: BoardState::Active,
        x_m: 1.5,
        y_m: 0.0,
        heading_rad: 0.25,
        linear_mps: 0.5,
        angular_radps: 0.0,
        joints_rad: [0.0].into_iter().collect(),
        gripper_m: 0.0625,
        holding: true,
        bumper: false,
        clearance_m: 2.0,
        switches: 0,
        battery: 0.75,
        stop_input: false,
        safe: 0b10,
    }
}

fn output(id: u8) -> BoardMessage {
    BoardMessage::Output {
        session: SESSION,
        id: OutputId(id),
        output: wheels().outputs[usize::from(id)].clone(),
    }
}

#[test]
fn the_bytes_on_the_page_are_the_bytes_on_the_line() {
    let host: &[(&str, HostMessage)] = &[
        (
            "hello",
            HostMessage::Hello {
                version: VERSION,
                nonce: 0xC0FFEE,
            },
        ),
        (
            "stop",
            HostMessage::Stop {
                session: SESSION,
                number: 1,
                kind: StopKind::Emergency,
            },
        ),
        (
            "heartbeat",
            HostMessage::Heartbeat {
                session: SESSION,
                alive: true,
                beat: 7,
                heard_ms: 5000,
            },
        ),
        (
            "command",
            HostMessage::Command {
                session: SESSION,
                seq: 1,
                stop: 0,
                command: Command::Enable,
            },
        ),
        (
            "command-gripper",
            HostMessage::Command {
                session: SESSION,
                seq: 2,
                stop: 0,
                command: Command::Gripper {
                    output: OutputId(1),
                    opening_m: 0.0625,
                },
            },
        ),
        (
            "command-configure",
            HostMessage::Command {
                session: SESSION,
                seq: 3,
                stop: 0,
                command: Command::Configure {
                    output: OutputId(0),
                    safe: SafeAction::Ramp { decel: 0.5 },
                    dead_man_ms: 200,
                },
            },
        ),
        (
            "setpoint",
            HostMessage::Setpoint {
                session: SESSION,
                seq: 12,
                stop: 0,
                wished_ms: 4990,
                valid_ms: 200,
                setpoint: Setpoint::Base {
                    output: OutputId(0),
                    linear_mps: 0.5,
                    angular_radps: -1.0,
                },
            },
        ),
        ("bye", HostMessage::Bye { session: SESSION }),
        (
            "describe",
            HostMessage::Describe {
                session: SESSION,
                outputs: 0b11,
            },
        ),
    ];
    let board: &[(&str, BoardMessage)] = &[
        (
            "welcome",
            BoardMessage::Welcome {
                version: VERSION,
                nonce: 0xC0FFEE,
                boot: 9,
                session: SESSION,
                board_ms: 4000,
                config: 0x1234_5678,
                firmware: "wheels".try_into().expect("short"),
                outputs: 2,
            },
        ),
        (
            "refused",
            BoardMessage::Refused {
                version: Version { major: 2, minor: 0 },
                nonce: 0xC0FFEE,
            },
        ),
        (
            "ack",
            BoardMessage::Ack {
                session: SESSION,
                seq: 2,
                outcomes: [Outcome::Done, Outcome::OutOfRange].into_iter().collect(),
            },
        ),
        (
            "stopped",
            BoardMessage::Stopped {
                session: SESSION,
                number: 1,
            },
        ),
        (
            "telemetry",
            BoardMessage::Telemetry {
                session: SESSION,
                beat: 7,
                held_ms: 12,
                telemetry: telemetry(),
            },
        ),
        (
            "stats",
            BoardMessage::Stats {
                session: SESSION,
                stats: Stats {
                    frames: 1000,
                    damaged: 2,
                    dropped: 1,
                    stale: 0,
                    load: 30,
                    slowest_ms: 4,
                },
            },
        ),
        (
            "fault",
            BoardMessage::Fault {
                session: SESSION,
                fault: Fault {
                    code: FaultCode::OverCurrent,
                    boot: 9,
                    board_ms: 4321,
                },
            },
        ),
        ("output-base", output(0)),
        ("output-gripper", output(1)),
        (
            "unknown",
            BoardMessage::Unknown {
                session: SESSION,
                boot: 10,
            },
        ),
    ];
    host.iter().for_each(|(name, message)| check(name, message));
    board.iter().for_each(|(name, message)| check(name, message));
    let shown: Vec<_> = blocks("hex").into_keys().collect();
    let mut known: Vec<_> = host
        .iter()
        .map(|(name, _)| *name)
        .chain(board.iter().map(|(name, _)| *name))
        .collect();
    known.sort_unstable();
    assert_eq!(shown, known, "every block of the page is checked");
}

#[test]
fn the_sealed_bytes_on_the_page_are_those_on_a_line_with_a_key() {
    let key = Key::from_hex("000102030405060708090a0b0c0d0e0f").expect("32 digits");
    let bye = HostMessage::Bye { session: SESSION };
    let unknown = BoardMessage::Unknown {
        session: SESSION,
        boot: 10,
    };
    let mut frame = [0; BOARD_FRAME];
    let seal = |speaker| Seal::new(Some(key), speaker);
    let count = encode(&bye, &seal(Speaker::Host), &mut frame).expect("fits");
    let page = blocks("sealed");
    assert_eq!(page.get("bye"), Some(&hex(&frame[..count]).as_str()));
    let count = encode(&unknown, &seal(Speaker::Board), &mut frame).expect("fits");
    assert_eq!(page.get("unknown"), Some(&hex(&frame[..count]).as_str()));
}

/// A base and a gripper without anything behind them.
struct Bare;

impl Board for Bare {
    fn boot_id(&mut self) -> u32 {
        9
    }
    fn describe(&self) -> Description {
        wheels()
    }
    fn drive(&mut self, _: OutputId, _: Drive) {}
    fn sense(&mut self) -> Senses {
        Senses::default()
    }
}

/// One line of the exchange, as short as it can be told.
fn tell(message: &str) -> String {
    let short = message.split(", output: Output").next().unwrap_or(message);
    let (short, measured) = short.split_once("telemetry: Telemetry").unwrap_or((short, ""));
    let state = measured
        .split(", ")
        .find(|field| field.starts_with("state"))
        .unwrap_or_default();
    format!("{short}{state}").trim_end_matches([' ', ',']).to_owned()
}

fn messages<T: DeserializeOwned + Debug>(bytes: &[u8]) -> Vec<String> {
    let mut decoder = Decoder::<BOARD_FRAME>::default();
    let mut found = Vec::new();
    for byte in bytes {
        if let Some(Ok(payload)) = decoder.feed(*byte) {
            found.push(tell(&format!(
                "{:?}",
                postcard::from_bytes::<T>(payload).expect("a message")
            )));
        }
    }
    found
}

#[test]
fn the_exchange_on_the_page_took_place() {
    let (mut host, mut device) = (Host::default(), Device::new(Bare, 1000));
    host.connect(0xC0FFEE, 0);
    host.alive(u64::MAX);
    let mut text = String::new();
    for now in 0..150u64 {
        match now {
            40 => host.command(1, Command::Enable).expect("taken over"),
            60 => host.setpoint(
                Setpoint::Base {
                    output: OutputId(0),
                    linear_mps: 0.5,
                    angular_radps: 0.0,
                },
                200,
                now,
            ),
            90 => host.stop(StopKind::Halt, now),
            _ => {}
        }
        host.poll(now);
        let board_ms = 1000 + now as u32;
        loop {
            let mut frame = [0; HOST_FRAME];
            let count = host.transmit(&mut frame, now);
            if count == 0 {
                break;
            }
            for message in messages::<HostMessage>(&frame[..count]) {
                writeln!(text, "{now:>4} ms  host   {message}").expect("a string takes all");
            }
            device.feed(&frame[..count], board_ms);
        }
        device.poll(board_ms);
        let mut out = [0; 2 * BOARD_FRAME];
        let count = device.transmit(&mut out, board_ms);
        for message in messages::<BoardMessage>(&out[..count]) {
            writeln!(text, "{now:>4} ms  board  {message}").expect("a string takes all");
        }
        host.feed(&out[..count], now);
    }
    assert_eq!(
        blocks("text")
            .get("exchange")
            .copied()
            .unwrap_or("(not on the page)"),
        text.trim()
    );
}
