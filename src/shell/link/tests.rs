//! The link over a real pseudo-terminal, with the device side of the wire on its other end.

use super::{Link, Order, Orders, SerialPort, start};
use crate::shell::latch::StopLatch;
use brain::message::{Event, Latch, Ticket};
use crossbeam_channel::{Receiver, bounded};
use firmware_bridge::device::{Board, Device, Drive, Notice};
use firmware_bridge::message::{
    BoardState, Command, Description, Outcome, Output, OutputId, OutputKind, SafeAction, Setpoint,
};
use serialport::TTYPort;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Patience of a test: only a test that fails needs all of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A base that writes down what it was told.
#[derive(Default)]
struct Wheels {
    boot: u32,
    log: Arc<Mutex<Vec<Notice>>>,
}

impl Board for Wheels {
    fn boot_id(&mut self) -> u32 {
        self.boot
    }

    fn describe(&self) -> Description {
        let base = Output {
            name: "base".try_into().expect("short"),
            kind: OutputKind::Base,
            min: -0.5,
            max: 0.5,
            max_rate: 1.0,
            max_turn: 1.0,
            max_turn_rate: 2.0,
            safe: SafeAction::Ramp { decel: 1.0 },
            dead_man_ms: 250,
        };
        Description {
            firmware: "wheels".try_into().expect("short"),
            outputs: [base].into_iter().collect(),
        }
    }

    fn drive(&mut self, _output: OutputId, _drive: Drive) {}

    fn sense(&mut self) -> firmware_bridge::device::Senses {
        firmware_bridge::device::Senses::default()
    }

    fn notice(&mut self, notice: Notice) {
        self.log.lock().expect("whole").push(notice);
    }
}

/// A board on the other end of a pseudo-terminal, and the link to it.
struct Bench {
    path: PathBuf,
    log: Arc<Mutex<Vec<Notice>>>,
    /// The board swallows what it hears and says nothing.
    mute: Arc<AtomicBool>,
    reset: Arc<AtomicBool>,
    end: Arc<AtomicBool>,
    board: Option<JoinHandle<()>>,
}

impl Bench {
    fn new(mut talk: impl FnMut(&mut TTYPort) + Send + 'static) -> Self {
        let (mut master, slave) = TTYPort::pair().expect("a pseudo-terminal");
        let path = PathBuf::from(serialport::SerialPort::name(&slave).expect("a name"));
        serialport::SerialPort::set_timeout(&mut master, Duration::from_millis(1)).expect("set");
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let board = std::thread::spawn(move || {
            // Kept open, so that the terminal does not hang up while nobody has it.
            let _slave = slave;
            while !ended.load(Ordering::Relaxed) {
                talk(&mut master);
            }
        });
        Self {
            path,
            log: Arc::default(),
            mute: Arc::default(),
            reset: Arc::default(),
            end,
            board: Some(board),
        }
    }

    fn with_device() -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let mute = Arc::new(AtomicBool::new(false));
        let reset = Arc::new(AtomicBool::new(false));
        let (logged, muted, resets) = (Arc::clone(&log), Arc::clone(&mute), Arc::clone(&reset));
        let epoch = Instant::now();
        let mut boot = 1;
        let mut device = Device::new(
            Wheels {
                boot,
                log: Arc::clone(&log),
            },
            0,
        );
        let mut bench = Self::new(move |port| {
            let mut buffer = [0; 512];
            let now = epoch.elapsed().as_millis() as u32;
            let heard = port.read(&mut buffer).unwrap_or(0);
            if muted.load(Ordering::Relaxed) {
                return;
            }
            if resets.swap(false, Ordering::Relaxed) {
                boot += 1;
                device = Device::new(
                    Wheels {
                        boot,
                        log: Arc::clone(&logged),
                    },
                    now,
                );
            }
            device.feed(&buffer[..heard], now);
            device.poll(now);
            let count = device.transmit(&mut buffer, now);
            let _ = port.write_all(&buffer[..count]);
        });
        bench.log = log;
        bench.mute = mute;
        bench.reset = reset;
        bench
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(board) = self.board.take() {
            let _ = board.join();
        }
    }
}

/// The brain's end.
struct Brain {
    link: Link,
    orders: Orders,
    events: Receiver<Event>,
    latch: StopLatch,
    tickets: u64,
}

impl Brain {
    fn on(path: &std::path::Path) -> Self {
        Self::with(SerialPort::new(path))
    }

    fn with(port: SerialPort) -> Self {
        let (sender, events) = bounded(256);
        let latch = StopLatch::default();
        let (link, orders) = start(port, latch.clone(), sender).expect("a thread");
        Self {
            link,
            orders,
            events,
            latch,
            tickets: 0,
        }
    }

    /// Waits for an event, as a living brain.
    fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.orders.alive();
            let Ok(event) = self.events.recv_timeout(Duration::from_millis(20)) else {
                continue;
            };
            self.orders.heed(&event);
            if let Some(found) = pick(&event) {
                return found;
            }
        }
        panic!("no {what} came; {:?}", self.link.status());
    }

    fn wait_up(&mut self) -> u32 {
        self.wait("board", |event| match event {
            Event::BoardUp { session, .. } => Some(*session),
            _ => None,
        })
    }

    fn wait_down(&mut self) -> String {
        self.wait("trouble", |event| match event {
            Event::BoardDown(reason) => Some(reason.clone()),
            _ => None,
        })
    }

    fn wait_state(&mut self, state: BoardState) {
        self.wait("state", |event| match event {
            Event::Telemetry(telemetry) => (telemetry.state == state).then_some(()),
            _ => None,
        });
    }

    fn give(&mut self, command: Command) -> Ticket {
        self.tickets += 1;
        self.orders.alive();
        assert!(self.orders.send(Order::Command(Ticket(self.tickets), command)));
        Ticket(self.tickets)
    }

    /// Enables the outputs: the board takes it only while life is fresh, which a busy computer may miss at first.
    fn enable(&mut self) {
        let done = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            self.ask(Command::Enable) == Outcome::Done
        });
        assert!(done, "the board does not take enable");
    }

    fn ask(&mut self, command: Command) -> Outcome {
        let asked = self.give(command);
        self.wait("answer", |event| match event {
            Event::Answered { ticket, outcome } => (*ticket == asked).then_some(*outcome),
            _ => None,
        })
    }
}

fn drive() -> Order {
    Order::Setpoint(
        Setpoint::Base {
            output: OutputId(0),
            linear_mps: 0.4,
            angular_radps: 0.0,
        },
        200,
    )
}

#[test]
fn commands_are_answered_and_a_tripped_latch_stops_at_once() {
    let bench = Bench::with_device();
    let mut brain = Brain::on(&bench.path);
    brain.wait_up();
    assert_eq!(brain.ask(Command::Enable), Outcome::Done);
    assert!(brain.orders.send(drive()));
    brain.wait_state(BoardState::Active);
    brain.latch.set(Latch::Halt);
    assert_eq!(
        brain.ask(Command::Enable),
        Outcome::Overtaken,
        "while the latch is tripped"
    );
    brain.wait_state(BoardState::Idle);
    assert!(brain.link.status().stop_ms.is_some());
    // Orders that come right behind the opening wait for the board's confirmation.
    for _ in 0..20 {
        brain.latch.set(Latch::Halt);
        let early = brain.give(Command::Enable);
        brain.latch.set(Latch::Open);
        assert_eq!(brain.ask(Command::Enable), Outcome::Done);
        let _ = early;
    }
    brain.latch.set(Latch::Emergency);
    brain.wait_state(BoardState::Stopped);
    brain.latch.set(Latch::Open);
    assert_eq!(brain.ask(Command::Enable), Outcome::WrongState);
    assert_eq!(brain.ask(Command::Clear), Outcome::Done);
    assert_eq!(brain.ask(Command::Enable), Outcome::Done);
    drop(brain);
    let log = bench.log.lock().expect("whole");
    assert!(log.iter().any(|notice| matches!(
        notice,
        Notice::Safe {
            reason: firmware_bridge::device::SafeReason::Disconnect,
            ..
        }
    )));
}

#[test]
fn an_order_from_before_a_stop_is_void() {
    let bench = Bench::with_device();
    let mut brain = Brain::on(&bench.path);
    brain.wait_up();
    assert_eq!(brain.ask(Command::Enable), Outcome::Done);
    let mut stale = brain.orders.clone();
    // What another thread saw before the latch tripped and was opened again.
    let stamped = super::Stamped {
        order: Order::Command(Ticket(900), Command::Enable),
        trips: 0,
        session: stale.session,
    };
    brain.latch.set(Latch::Halt);
    brain.latch.set(Latch::Open);
    assert!(stale.inlet.send(stamped));
    stale.session = 1;
    assert!(stale.send(Order::Command(Ticket(901), Command::Clear)));
    let mut outcomes = Vec::new();
    brain.wait("two answers", |event| {
        if let Event::Answered { ticket, outcome } = event {
            outcomes.push((ticket.0, *outcome));
        }
        (outcomes.len() == 2).then_some(())
    });
    outcomes.sort_by_key(|(ticket, _)| *ticket);
    assert_eq!(outcomes, [(900, Outcome::Overtaken), (901, Outcome::Overtaken)]);
}

#[test]
fn a_reset_board_comes_back_idle_and_what_was_in_doubt_is_told() {
    let bench = Bench::with_device();
    let mut brain = Brain::on(&bench.path);
    let first = brain.wait_up();
    brain.enable();
    bench.reset.store(true, Ordering::Relaxed);
    assert!(brain.wait_down().contains("it was reset"));
    let second = brain.wait_up();
    assert_ne!(first, second);
    brain.wait_state(BoardState::Idle);

    bench.mute.store(true, Ordering::Relaxed);
    let given = brain.give(Command::Disable);
    let doubtful = brain.wait("doubt", |event| match event {
        Event::InDoubt(ticket) => Some(*ticket),
        _ => None,
    });
    assert_eq!(doubtful, given);
    let reason = brain.wait_down();
    assert!(
        reason.contains("fell silent. Last heard: ") && reason.contains("(3)"),
        "{reason}"
    );
    bench.mute.store(false, Ordering::Relaxed);
    brain.wait_up();
}

#[test]
fn a_stop_reaches_a_board_that_has_no_session() {
    let bench = Bench::with_device();
    bench.mute.store(true, Ordering::Relaxed);
    let mut brain = Brain::on(&bench.path);
    brain.latch.set(Latch::Emergency);
    bench.mute.store(false, Ordering::Relaxed);
    brain.wait_up();
    brain.wait_state(BoardState::Stopped);
}

#[test]
fn ports_that_give_no_board_say_why() {
    let silent = Bench::new(|port| drop(port.read(&mut [0; 64])));
    assert!(
        Brain::on(&silent.path)
            .wait_down()
            .starts_with("Nothing answers on ")
    );

    let mut n = 0u32;
    let noisy = Bench::new(move |port| {
        n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let _ = port.write(&n.to_be_bytes());
        let _ = port.read(&mut [0; 64]);
    });
    assert!(
        Brain::on(&noisy.path)
            .wait_down()
            .contains("gives bytes, but they make no sense")
    );

    let keyless = Bench::with_device();
    let key = firmware_bridge::seal::Key::new([7; 16]);
    assert!(
        Brain::with(SerialPort::new(&keyless.path).sealed(Some(key)))
            .wait_down()
            .contains("does not have our key")
    );

    let missing = std::path::Path::new("/dev/ttyNOSUCHPORT");
    assert!(Brain::on(missing).wait_down().contains("is the board plugged in"));
}

#[test]
fn a_board_of_another_version_is_named() {
    use firmware_bridge::envelope::{BoardMessage, HostMessage};
    use firmware_bridge::frame::{Decoder, HOST_FRAME, encode};
    use firmware_bridge::message::Version;
    use firmware_bridge::seal::Seal;
    let mut decoder = Decoder::<HOST_FRAME>::default();
    let foreign = Bench::new(move |port| {
        let mut buffer = [0; 64];
        let count = port.read(&mut buffer).unwrap_or(0);
        for byte in &buffer[..count] {
            let Some(Ok(payload)) = decoder.feed(*byte) else {
                continue;
            };
            if let Ok(HostMessage::Hello { nonce, .. }) = postcard::from_bytes(payload) {
                let mut frame = [0; 64];
                let refused = BoardMessage::Refused {
                    version: Version { major: 2, minor: 3 },
                    nonce,
                };
                let count = encode(&refused, &Seal::NONE, &mut frame).expect("fits");
                let _ = port.write_all(&frame[..count]);
            }
        }
    });
    assert!(
        Brain::on(&foreign.path)
            .wait_down()
            .contains("speaks version 2.3 of the wire")
    );
}
