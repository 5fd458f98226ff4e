//! A line with a key: both ends understand each other, and nobody else moves anything, not even by saying again what
//! the host said.

use firmware_bridge::device::{Board, Device, Drive, Senses};
use firmware_bridge::envelope::HostMessage;
use firmware_bridge::frame::{Decoder, HOST_FRAME, encode};
use firmware_bridge::host::{Heard, Host, HostEvent};
use firmware_bridge::message::{BoardState, Command, Description, Outcome, Output, OutputId, Setpoint};
use firmware_bridge::seal::{Key, Seal, Speaker};
use proptest::prelude::*;

const KEY: Key = Key::new(*b"sixteen of these");
const OTHER: Key = Key::new(*b"sixteen of those");

/// A base with a lamp that counts how often it was switched.
struct Rover {
    key: Option<Key>,
    boot: u32,
    speed: f32,
    switched: u32,
}

impl Board for Rover {
    fn boot_id(&mut self) -> u32 {
        self.boot
    }

    fn describe(&self) -> Description {
        let base = Output::base("base", -0.5..=0.5, 1.0, 2.0, 4.0);
        Description::new("sealed", [base, Output::switch("lamp")])
    }

    fn drive(&mut self, _: OutputId, drive: Drive) {
        match drive {
            Drive::Velocity { linear_mps, .. } => self.speed = linear_mps,
            Drive::Switch(_) => self.switched += 1,
            _ => self.speed = 0.0,
        }
    }

    fn sense(&mut self) -> Senses {
        Senses::default()
    }

    fn key(&self) -> Option<Key> {
        self.key
    }
}

/// Both ends, and somebody between them who writes down everything.
struct Line {
    host: Host,
    device: Device<Rover>,
    now: u64,
    said: Vec<(u64, Vec<u8>)>,
    answered: Vec<u8>,
    events: Vec<HostEvent>,
}

impl Line {
    fn new(host: Option<Key>, board: Option<Key>) -> Self {
        let mut line = Self {
            host: Host::sealed(host),
            device: Self::board(board, 7),
            now: 0,
            said: Vec::new(),
            answered: Vec::new(),
            events: Vec::new(),
        };
        line.host.connect(1, 0);
        line
    }

    fn board(key: Option<Key>, boot: u32) -> Device<Rover> {
        let rover = Rover {
            key,
            boot,
            speed: 0.0,
            switched: 0,
        };
        Device::new(rover, 0)
    }

    fn run(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            self.now += 1;
            self.host.alive(self.now + 100);
            self.host.poll(self.now);
            let mut frame = [0; HOST_FRAME];
            while let count @ 1.. = self.host.transmit(&mut frame, self.now) {
                self.said.push((self.now, frame[..count].to_vec()));
                self.device.feed(&frame[..count], self.now as u32);
            }
            let answer = self.turn_board();
            self.host.feed(&answer, self.now);
            self.answered.extend(answer);
            self.events.extend(std::iter::from_fn(|| self.host.next_event()));
        }
    }

    fn turn_board(&mut self) -> Vec<u8> {
        self.device.poll(self.now as u32);
        let mut out = [0; 256];
        let count = self.device.transmit(&mut out, self.now as u32);
        out[..count].to_vec()
    }

    /// Enables, switches the lamp and drives.
    fn drive(&mut self) {
        self.run(50);
        let lamp = Command::Switch {
            output: OutputId(1),
            on: true,
        };
        for (ticket, command) in [(1, Command::Enable), (2, lamp)] {
            self.host.command(ticket, command).expect("a session is open");
            self.run(50);
        }
        let setpoint = Setpoint::Base {
            output: OutputId(0),
            linear_mps: 0.5,
            angular_radps: 0.0,
        };
        self.host.setpoint(setpoint, 500, self.now);
        self.run(200);
    }
}

#[test]
fn both_ends_with_the_key_understand_each_other() {
    let mut line = Line::new(Some(KEY), Some(KEY));
    line.drive();
    let done = HostEvent::Answered {
        ticket: 2,
        outcome: Outcome::Done,
    };
    assert!(line.events.contains(&done), "{:?}", line.events);
    assert_eq!(line.device.board().switched, 1);
    assert!(line.device.board().speed > 0.1);
    assert_eq!((line.device.stats().damaged, line.host.stats().damaged), (0, 0));
}

#[test]
fn a_host_without_the_key_is_not_answered() {
    for key in [None, Some(OTHER)] {
        let mut line = Line::new(key, Some(KEY));
        line.run(500);
        assert_eq!(line.host.session(), None);
        assert_eq!(line.device.state(), BoardState::Boot);
        assert!(line.device.stats().damaged > 0);
        assert!(line.answered.is_empty(), "it tells strangers nothing");
    }
}

#[test]
fn a_board_without_the_key_is_not_believed() {
    // What a stranger says that poses as the board: sealed with another key, not sealed, or our own words sent back.
    let mut honest = Line::new(Some(OTHER), Some(OTHER));
    honest.run(100);
    let mut open = Line::new(None, None);
    open.run(100);
    let mut mine = Line::new(Some(KEY), Some(KEY));
    mine.run(100);
    let sent_back = mine.said.into_iter().flat_map(|(_, frame)| frame).collect();
    for bytes in [honest.answered, open.answered, sent_back] {
        let mut host = Host::sealed(Some(KEY));
        host.connect(1, 0);
        host.feed(&bytes, 10);
        assert_eq!(host.session(), None);
        assert_eq!(host.last_heard(), Some((Heard::Foreign, 10)));
    }
}

#[test]
fn what_was_said_once_counts_once() {
    let mut line = Line::new(Some(KEY), Some(KEY));
    line.drive();
    let recorded = line.said.clone();
    // The host is cut off; a stranger says all of it again, as it came, into the session that is still open.
    for (_, frame) in &recorded {
        line.now += 5;
        line.device.feed(frame, line.now as u32);
        line.turn_board();
    }
    assert_eq!(line.device.board().switched, 1, "no command is executed again");
    line.now += 500;
    line.turn_board();
    assert_eq!(
        line.device.state(),
        BoardState::Idle,
        "old heartbeats prove no life"
    );
    line.now += 1000;
    line.turn_board();
    assert_eq!(line.device.board().speed, 0.0);

    // The same to a board that has been switched on anew, in time with its clock.
    line.device = Line::board(Some(KEY), 8);
    for (at, frame) in &recorded {
        line.now = *at;
        line.device.feed(frame, line.now as u32);
        line.turn_board();
        assert_eq!(
            (line.device.session(), line.device.state()),
            (None, BoardState::Boot)
        );
    }
    assert_eq!(line.device.board().switched, 0);
}

#[test]
fn a_key_is_read_and_never_printed() {
    let key = Key::from_hex("000102030405060708090a0b0c0d0e0F").expect("32 digits");
    assert_eq!(key, Key::new(std::array::from_fn(|byte| byte as u8)));
    assert_eq!(format!("{key:?}"), "Key(..)");
    for wrong in [
        "",
        "00",
        "000102030405060708090a0b0c0d0e0f0",
        "g00102030405060708090a0b0c0d0e0f",
    ] {
        assert_eq!(Key::from_hex(wrong), None, "{wrong:?}");
    }
}

proptest! {
    /// With the CRC mended behind every change, as somebody would who does it on purpose.
    #[test]
    fn a_changed_frame_is_somebody_elses(
        session in any::<u32>(),
        place in any::<prop::sample::Index>(),
        flip in 1u8..=255,
        speaker in prop_oneof![Just(Speaker::Host), Just(Speaker::Board)],
    ) {
        let seal = Seal::new(Some(KEY), speaker);
        let mut frame = [0; HOST_FRAME];
        let count = encode(&HostMessage::Bye { session }, &seal, &mut frame).expect("fits");
        let mut decoder = Decoder::<HOST_FRAME>::default();
        let sealed = frame[..count].iter().find_map(|byte| decoder.feed(*byte).map(|found| found.map(<[u8]>::to_vec)));
        let sealed = sealed.expect("a frame").expect("a sound one");
        let payload = seal.open(&sealed).map(postcard::from_bytes::<HostMessage>);
        prop_assert_eq!(payload, Some(Ok(HostMessage::Bye { session })));
        let mut changed = sealed.clone();
        let place = place.index(changed.len());
        changed[place] ^= flip;
        prop_assert_eq!(seal.open(&changed), None);
        let opposite = if speaker == Speaker::Host { Speaker::Board } else { Speaker::Host };
        prop_assert_eq!(Seal::new(Some(KEY), opposite).open(&sealed), None);
        prop_assert_eq!(Seal::new(Some(OTHER), speaker).open(&sealed), None);
    }
}
