//! The fault table: what each fault of a line or of either end costs, over the same drive in virtual time.
//!
//! Every row lives [`SEEDS`] lives of the same plan: connect, enable, drive, give a command every 50 ms; from
//! [`ONSET`] to [`END`] the fault; a stop at [`STOP`], while the fault still holds; then it is released and must drive
//! again. What must hold is asserted in each life, whatever the fault; the figures are kept as a snapshot.

use super::board::{BASE, DECEL, Recorder};
use super::exchange::{Bench, board_ms, drive};
use super::wire::{Faults, Rng};
use firmware_bridge::device::{Device, Notice};
use firmware_bridge::host::{HostEvent, Lost};
use firmware_bridge::message::{BoardState, Command, Outcome, SafeAction, StopKind};
use std::collections::BTreeMap;

const SEEDS: u64 = 40;
const ONSET: u64 = 1500;
const STOP: u64 = 3000;
const END: u64 = 3500;
/// A hung board is reset by its watchdog after this long.
const WATCHDOG_MS: u64 = 150;
/// The lowest dead-man time of the board's base, and what a turn of the loop adds.
const SAFE_MS: u64 = 250 + 1;
/// Until it must drive again: sessions time out after a second, hellos and enables are repeated.
const RECOVERED_MS: u64 = 3500;

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The line is like this.
    Line(Faults),
    /// The host's process stands still.
    StuckHost,
    /// The brain hangs, the link's thread goes on.
    StuckBrain,
    /// The board's program hangs until its watchdog resets it.
    StuckBoard,
    /// Nothing gets to the board.
    DeafBoard,
    /// Nothing gets to the host.
    DeafHost,
    /// Nothing gets through, and nobody is told.
    Silent,
    /// The plug is pulled in the middle of a frame; both ends are told.
    Unplugged,
    /// The board is reset while commands are under way.
    Reset,
}

impl Fault {
    /// It leaves nothing of the host for the board to hear.
    fn cuts(self) -> bool {
        match self {
            Self::Line(faults) => faults.garble == 1.0 || faults.flood > 10,
            _ => true,
        }
    }
}

/// What the lives of one row amounted to.
#[derive(Debug, Default)]
struct Row {
    asked: usize,
    done: usize,
    refused: usize,
    in_doubt: usize,
    /// Longest time from the onset to the base's safe action, where the board hears nothing more of the host.
    safe_ms: Option<u64>,
    /// Longest time from the stop to the base's safe action.
    stop_ms: Option<u64>,
    /// Longest time from the fault's end, or the release of the stop after it, until it moved again.
    recover_ms: u64,
    sessions: usize,
}

struct Life {
    name: &'static str,
    seed: u64,
    fault: Fault,
    bench: Bench,
    rng: Rng,
    boots: u32,
    asked: BTreeMap<u64, Command>,
    heard: BTreeMap<u64, Option<Outcome>>,
    notices: Vec<Notice>,
    wish_ends: u64,
    reconnect_at: Option<u64>,
    enable_at: u64,
    hung: bool,
    /// The base's way since it took its safe action for the stop, and the speed it had then.
    way: Option<(f32, f32)>,
    row: Row,
}

impl Life {
    fn new(name: &'static str, fault: Fault, seed: u64) -> Self {
        Self {
            name,
            seed,
            fault,
            bench: Bench::new(Faults::default(), seed),
            rng: Rng(seed ^ 0xFA17),
            boots: 7,
            asked: BTreeMap::new(),
            heard: BTreeMap::new(),
            notices: Vec::new(),
            wish_ends: 0,
            reconnect_at: None,
            enable_at: 0,
            hung: false,
            way: None,
            row: Row::default(),
        }
    }

    fn live(mut self) -> (Row, Vec<Notice>) {
        let mut released = None;
        let mut stopped = None;
        while self.row.recover_ms == 0 {
            let now = self.bench.now;
            match now {
                ONSET => self.begin(),
                END => self.mend(),
                STOP => {
                    self.bench.host.stop(StopKind::Halt, now);
                    stopped = (self.bench.device.board().speed > 0.0 && !self.safe()).then_some(now);
                    self.way = stopped.map(|_| (0.0, self.bench.device.board().speed));
                }
                _ => {}
            }
            // Past the stop and the fault a person says that it may go on.
            if now > END + 100 && released.is_none() && !self.bench.host.is_stopping() {
                self.bench.host.release();
                released = Some(now);
            }
            self.brain(stopped.is_some() || now >= STOP, released.is_some());
            self.tick();
            let fault = self.fault.cuts() && self.row.safe_ms.is_none() && (ONSET..STOP).contains(&now);
            if fault && self.safe() {
                self.row.safe_ms = Some(now + 1 - ONSET);
            }
            if let Some(at) = stopped.filter(|_| self.row.stop_ms.is_none() && self.safe()) {
                self.row.stop_ms = Some(now + 1 - at);
            }
            if let Some(at) = released.filter(|_| self.bench.device.board().speed > 0.05) {
                self.row.recover_ms = now - at;
            }
            assert!(now < END + 100 + RECOVERED_MS, "{}: never recovered", self.me());
        }
        self.balance()
    }

    fn me(&self) -> String {
        format!("{:?}, seed {} at {} ms", self.name, self.seed, self.bench.now)
    }

    fn safe(&self) -> bool {
        self.bench.device.state() != BoardState::Active || self.hung && self.bench.device.board().speed == 0.0
    }

    fn begin(&mut self) {
        match self.fault {
            Fault::Line(faults) => (self.bench.up.faults, self.bench.down.faults) = (faults, faults),
            Fault::StuckHost => self.bench.host_runs = false,
            Fault::StuckBrain => self.bench.brain_runs = false,
            Fault::StuckBoard => self.hung = true,
            Fault::DeafBoard => self.bench.down.cut = true,
            Fault::DeafHost => self.bench.up.cut = true,
            Fault::Silent => (self.bench.up.cut, self.bench.down.cut) = (true, true),
            Fault::Unplugged => {
                // Half a frame, then nothing.
                let mut out = [0; 64];
                self.bench.host.command(0, Command::Enable).expect("taken over");
                self.asked.insert(0, Command::Enable);
                let now = self.bench.now;
                let count = self.bench.host.transmit(&mut out, now);
                self.bench.device.feed(&out[..count / 2], board_ms(now));
                self.bench.device.hang_up(board_ms(now));
                self.bench.host.close(&mut out);
                (self.bench.up.cut, self.bench.down.cut) = (true, true);
            }
            Fault::Reset => {
                self.reset();
            }
        }
    }

    fn reset(&mut self) {
        self.collect();
        self.boots += 1;
        let board = Recorder {
            boot: self.boots,
            ..Recorder::default()
        };
        self.bench.device = Device::new(board, board_ms(self.bench.now));
    }

    fn mend(&mut self) {
        (self.bench.up.faults, self.bench.down.faults) = (Faults::default(), Faults::default());
        (self.bench.up.cut, self.bench.down.cut) = (false, false);
        (self.bench.host_runs, self.bench.brain_runs) = (true, true);
        self.hung = false;
    }

    /// What a brain wishes, as long as it runs: drive, and now and then something else.
    fn brain(&mut self, stop_given: bool, released: bool) {
        let now = self.bench.now;
        if !self.bench.host_runs || !self.bench.brain_runs {
            return;
        }
        if self.reconnect_at.is_some_and(|at| now >= at) {
            self.reconnect_at = None;
            self.bench.host.connect(self.rng.next() as u32, now);
        }
        if now.is_multiple_of(50) {
            // The ticket hides in the deceleration, so that the board's log tells commands apart.
            let decel = DECEL + now as f32 / 10_000.0;
            self.ask(
                now,
                Command::Configure {
                    output: BASE,
                    safe: SafeAction::Ramp { decel },
                    dead_man_ms: 250,
                },
            );
        }
        if stop_given && !released {
            return;
        }
        if now >= self.enable_at && self.bench.device.state() != BoardState::Active {
            self.enable_at = now + 200;
            self.ask(now * 1000, Command::Enable);
        }
        if now.is_multiple_of(20) {
            self.bench.host.setpoint(drive(0.5), 200, now);
            if self.bench.host.session().is_some() {
                self.wish_ends = now + 200;
            }
        }
    }

    fn ask(&mut self, ticket: u64, command: Command) {
        if self.bench.host.command(ticket, command).is_ok() {
            self.asked.insert(ticket, command);
        }
    }

    fn tick(&mut self) {
        let before = self.bench.device.board().speed;
        if self.hung {
            self.bench.tick_with_a_hung_board();
            if self.bench.now == ONSET + WATCHDOG_MS {
                self.reset();
            }
        } else {
            self.bench.tick();
        }
        let (now, speed) = (self.bench.now, self.bench.device.board().speed);
        assert!((0.0..=0.5).contains(&speed), "{}: {speed} m/s", self.me());
        if speed > 0.0 && now > self.wish_ends + 2 && !self.hung {
            assert!(
                speed < before,
                "{}: moves on an old wish, {before} to {speed}",
                self.me()
            );
        }
        if let Some((way, from)) = self.way.as_mut().filter(|_| now < END) {
            if self.bench.device.state() == BoardState::Active {
                *from = speed;
            } else {
                assert!(
                    speed <= before,
                    "{name:?}: speeds up after a stop",
                    name = self.name
                );
                *way += speed * 0.001;
                assert!(
                    *way <= *from * *from / (2.0 * DECEL) + 0.002,
                    "{:?}, seed {}: {way} m from {from} m/s",
                    self.name,
                    self.seed
                );
            }
        }
        for (at, event) in std::mem::take(&mut self.bench.events) {
            match event {
                HostEvent::Answered { ticket, outcome } => self.hear(ticket, Some(outcome)),
                HostEvent::InDoubt { ticket } => self.hear(ticket, None),
                HostEvent::Up { .. } => self.row.sessions += 1,
                // An unplugged port cannot be opened until it is back.
                HostEvent::Down(Lost::Closed) => self.reconnect_at = Some(END),
                HostEvent::Down(_) => self.reconnect_at = Some(at + 100),
                HostEvent::Refused { .. } | HostEvent::Fault(_) => {}
            }
        }
    }

    fn hear(&mut self, ticket: u64, outcome: Option<Outcome>) {
        let before = self.heard.insert(ticket, outcome);
        assert!(before.is_none(), "{}: {ticket} was answered twice", self.me());
    }

    fn collect(&mut self) {
        self.notices.append(&mut self.bench.device.board_mut().notices);
    }

    /// The books must balance: each command once, in order, none lost without a word.
    fn balance(mut self) -> (Row, Vec<Notice>) {
        self.bench.run(500);
        for (_, event) in std::mem::take(&mut self.bench.events) {
            match event {
                HostEvent::Answered { ticket, outcome } => self.hear(ticket, Some(outcome)),
                HostEvent::InDoubt { ticket } => self.hear(ticket, None),
                _ => {}
            }
        }
        self.collect();
        let mut newest = BTreeMap::new();
        let mut executed = BTreeMap::<String, usize>::new();
        for notice in &self.notices {
            if let Notice::Executed {
                session,
                seq,
                command,
                outcome,
            } = notice
            {
                let before = newest.insert(*session, *seq).unwrap_or(0);
                assert_eq!(before + 1, *seq, "{}: out of order, or twice", self.me());
                *executed.entry(format!("{command:?}")).or_default() +=
                    usize::from(*outcome == Outcome::Done);
            }
        }
        for (ticket, command) in &self.asked {
            let Some(heard) = self.heard.get(ticket) else {
                panic!("{}: {ticket} was lost without a word", self.me());
            };
            match heard {
                Some(Outcome::Done) => self.row.done += 1,
                Some(_) => self.row.refused += 1,
                None => self.row.in_doubt += 1,
            }
            if let Command::Configure { .. } = command {
                let times = executed.get(&format!("{command:?}")).copied().unwrap_or(0);
                let told = match heard {
                    Some(Outcome::Done) => times == 1,
                    Some(_) => times == 0,
                    None => times <= 1,
                };
                assert!(
                    told,
                    "{}: {command:?} executed {times} times, told as {heard:?}",
                    self.me()
                );
            }
        }
        self.row.asked = self.asked.len();
        (self.row, self.notices)
    }
}

/// All lives of a row.
fn live(name: &'static str, fault: Fault) -> Row {
    (0..SEEDS)
        .map(|seed| Life::new(name, fault, seed).live().0)
        .fold(Row::default(), |sum, life| Row {
            asked: sum.asked + life.asked,
            done: sum.done + life.done,
            refused: sum.refused + life.refused,
            in_doubt: sum.in_doubt + life.in_doubt,
            safe_ms: sum.safe_ms.max(life.safe_ms),
            stop_ms: sum.stop_ms.max(life.stop_ms),
            recover_ms: sum.recover_ms.max(life.recover_ms),
            sessions: sum.sessions + life.sessions,
        })
}

fn line(change: impl FnOnce(&mut Faults)) -> Fault {
    let mut faults = Faults::default();
    change(&mut faults);
    Fault::Line(faults)
}

/// A bit error rate as a chance per byte, of which one bit is flipped.
fn bits(rate: f64) -> Fault {
    line(|faults| faults.flip = 8.0 * rate)
}

fn rows() -> Vec<(&'static str, Fault)> {
    vec![
        ("no fault", line(|_| {})),
        ("1 % of bytes lost", line(|faults| faults.drop = 0.01)),
        ("5 % of bytes lost", line(|faults| faults.drop = 0.05)),
        ("10 % of bytes lost", line(|faults| faults.drop = 0.1)),
        ("bit errors 1e-5", bits(1e-5)),
        ("bit errors 1e-4", bits(1e-4)),
        ("bit errors 1e-3", bits(1e-3)),
        ("20 % of chunks doubled", line(|faults| faults.double = 0.2)),
        ("20 % of chunks reordered", line(|faults| faults.reorder = 0.2)),
        ("delays up to 60 ms", line(|faults| faults.delay_ms = 60)),
        ("delays up to 400 ms", line(|faults| faults.delay_ms = 400)),
        ("baud mismatch", line(|faults| faults.garble = 1.0)),
        ("noise flood", line(|faults| faults.flood = 12)),
        ("stuck host", Fault::StuckHost),
        ("stuck brain", Fault::StuckBrain),
        ("stuck board", Fault::StuckBoard),
        ("half open, board deaf", Fault::DeafBoard),
        ("half open, host deaf", Fault::DeafHost),
        ("line falls silent", Fault::Silent),
        ("unplugged in mid-frame", Fault::Unplugged),
        ("board reset in mid-command", Fault::Reset),
    ]
}

#[test]
fn every_fault_has_its_price_and_none_hurts() {
    let mut text = format!(
        "{:28}{:>6} {:>6} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}\n",
        "fault", "asked", "done", "not done", "in doubt", "sessions", "safe ms", "stop ms", "again ms"
    );
    for (name, fault) in rows() {
        let row = live(name, fault);
        let ms = |time: Option<u64>| time.map_or("-".to_owned(), |ms| ms.to_string());
        text += &format!(
            "{name:28}{:>6} {:>6} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}\n",
            row.asked,
            row.done,
            row.refused,
            row.in_doubt,
            row.sessions,
            ms(row.safe_ms),
            ms(row.stop_ms),
            row.recover_ms
        );
        assert_eq!(row.asked, row.done + row.refused + row.in_doubt, "{name}");
        // Held-up bytes prove no more life than they are old; a sick brain is given 100 ms by its pulse here.
        let pulse = if matches!(fault, Fault::StuckBrain) {
            100
        } else {
            0
        };
        assert_eq!(fault.cuts(), row.safe_ms.is_some(), "{name}");
        assert!(
            row.safe_ms.is_none_or(|ms| ms <= SAFE_MS + pulse),
            "{name}: {:?}",
            row.safe_ms
        );
        assert!(
            row.stop_ms.is_none_or(|ms| ms <= SAFE_MS),
            "{name}: {:?}",
            row.stop_ms
        );
    }
    insta::assert_snapshot!(text, @r"
    fault                        asked   done not done  in doubt sessions  safe ms  stop ms again ms
    no fault                      3000   3000        0         0       40        -        2       70
    1 % of bytes lost             3004   3001        3         0       40        -       22       70
    5 % of bytes lost             2672   1754      798       120       55        -       42      270
    10 % of bytes lost            2339   1374      653       312       79        -        -      270
    bit errors 1e-5               3000   3000        0         0       40        -        2       70
    bit errors 1e-4               3000   3000        0         0       40        -       22       70
    bit errors 1e-3               3003   3002        1         0       40        -       22       70
    20 % of chunks doubled        3000   3000        0         0       40        -        2       70
    20 % of chunks reordered      3016   2990       26         0       40        -       42       70
    delays up to 60 ms            3000   3000        0         0       40        -       60       70
    delays up to 400 ms           3138   2421      717         0       40        -        -      469
    baud mismatch                 2280   1320      640       320       80      192        -       70
    noise flood                   2286   1326      640       320       80      217        -      270
    stuck host                    1480   1440       40         0       80      192        -      270
    stuck brain                   1400   1400        0         0       40      292        -       70
    stuck board                   2280   1320      640       320       80      150        -       70
    half open, board deaf         2400   1440      640       320       80      192        -      270
    half open, host deaf          2280   1320      640       320       80      217        -       70
    line falls silent             2280   1320      640       320       80      192        -       70
    unplugged in mid-frame        1400   1360       40         0       80        1        -       70
    board reset in mid-command    3000   2920        0        80       80        1        2       70
    ");
}

#[test]
fn a_seed_lives_the_same_life_again() {
    let fault = line(|faults| (faults.drop, faults.delay_ms, faults.reorder) = (0.05, 60, 0.2));
    let life = |seed| format!("{:?}", Life::new("again", fault, seed).live());
    assert_eq!(life(3), life(3));
    assert_ne!(life(3), life(4));
}
