//! Thousands of short lives of a robot on a bad line, checked against what must hold whatever happens:
//! commands at most once, in order, none lost without a word; nothing moves on an old wish, in a stop, or
//! under a silent host. Every life is its seed.

use super::board::{BASE, DECEL, LIGHT, Recorder};
use super::exchange::{Bench, board_ms, drive};
use super::wire::{Faults, Rng};
use firmware_bridge::device::{Device, Notice, SafeReason};
use firmware_bridge::host::{CommandError, HostEvent};
use firmware_bridge::message::{BoardState, Command, Outcome, SafeAction, StopKind};
use std::collections::{BTreeMap, BTreeSet};

/// What a line of this seed suffers; every eighth is a good one.
fn faults(rng: &mut Rng) -> Faults {
    if rng.chance(0.125) {
        return Faults::default();
    }
    let part = |rng: &mut Rng, most: f64| most * rng.below(1000) as f64 / 1000.0;
    Faults {
        drop: if rng.chance(0.4) { part(rng, 0.02) } else { 0.0 },
        flip: if rng.chance(0.4) { part(rng, 0.01) } else { 0.0 },
        double: if rng.chance(0.4) { part(rng, 0.3) } else { 0.0 },
        reorder: if rng.chance(0.4) { part(rng, 0.3) } else { 0.0 },
        delay_ms: if rng.chance(0.5) { rng.below(60) } else { 0 },
        noise: if rng.chance(0.2) { part(rng, 0.01) } else { 0.0 },
        ..Faults::default()
    }
}

/// What one life amounted to.
#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    done: usize,
    refused: usize,
    in_doubt: usize,
    sessions: usize,
    moved: bool,
}

struct Life {
    seed: u64,
    rng: Rng,
    bench: Bench,
    tickets: u64,
    /// Every command taken over, by ticket.
    asked: BTreeMap<u64, Command>,
    /// What was heard of it.
    heard: BTreeMap<u64, Option<Outcome>>,
    /// The board's notices, over all boots.
    notices: Vec<Notice>,
    /// When the newest wish to move ends to hold.
    wish_ends: u64,
    wished: f32,
    /// Since when the host says nothing.
    silent_since: Option<u64>,
    held: Option<StopKind>,
    boots: u32,
    tally: Tally,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let faults = faults(&mut rng);
        Self {
            seed,
            bench: Bench::new(faults, seed),
            rng,
            tickets: 0,
            asked: BTreeMap::new(),
            heard: BTreeMap::new(),
            notices: Vec::new(),
            wish_ends: 0,
            wished: 0.0,
            silent_since: None,
            held: None,
            boots: 7,
            tally: Tally::default(),
        }
    }

    fn ask(&mut self, command: Command) {
        self.tickets += 1;
        match self.bench.host.command(self.tickets, command) {
            Ok(()) => drop(self.asked.insert(self.tickets, command)),
            Err(CommandError::Stopped) => assert!(self.held.is_some(), "seed {}", self.seed),
            Err(CommandError::Full | CommandError::NoSession) => {}
        }
    }

    /// Something a brain, a person or fate does now and then.
    fn act(&mut self) {
        let now = self.bench.now;
        match self.rng.below(1000) {
            // The number of the ticket hides in the deceleration, so that the board's log tells commands apart.
            0..30 => {
                let safe = SafeAction::Ramp {
                    decel: DECEL + self.tickets as f32 / 1000.0,
                };
                self.ask(Command::Configure {
                    output: BASE,
                    safe,
                    dead_man_ms: 250,
                });
            }
            30..40 => {
                let on = self.rng.chance(0.5);
                self.ask(Command::Switch { output: LIGHT, on });
            }
            40..60 if self.bench.device.state() != BoardState::Active => self.ask(Command::Enable),
            60..62 => self.ask(Command::Disable),
            62..64 => {
                let kind = if self.rng.chance(0.5) {
                    StopKind::Halt
                } else {
                    StopKind::Emergency
                };
                self.bench.host.stop(kind, now);
                self.held = Some(kind);
            }
            64..80 if self.held.is_some() && !self.bench.host.is_stopping() => {
                self.bench.host.release();
                self.held = None;
            }
            80..90 if self.held.is_none() => self.ask(Command::Clear),
            90..91 if self.silent_since.is_none() => {
                self.bench.host_runs = false;
                self.silent_since = Some(now);
            }
            91..96 if self.silent_since.is_some() => {
                self.bench.host_runs = true;
                self.silent_since = None;
            }
            96 if self.rng.chance(0.5) => {
                self.boots += 1;
                self.collect();
                let board = Recorder {
                    boot: self.boots,
                    ..Recorder::default()
                };
                self.bench.device = Device::new(board, board_ms(now));
            }
            97 if self.rng.chance(0.5) => {
                self.bench.up.cut = self.rng.chance(0.5);
                self.bench.down.cut = self.rng.chance(0.5);
            }
            98..100 => (self.bench.up.cut, self.bench.down.cut) = (false, false),
            100..150 if self.held.is_none() && self.silent_since.is_none() => {
                self.wished = self.rng.below(100) as f32 / 100.0;
                let valid_ms = 20 + self.rng.below(200) as u16;
                self.bench.host.setpoint(drive(self.wished), valid_ms, now);
                // A later wish may get lost, and then the earlier one holds.
                self.wish_ends = self.wish_ends.max(now + u64::from(valid_ms));
            }
            _ => {}
        }
    }

    fn tick(&mut self) {
        let before = self.bench.device.board().speed;
        let boot = self.boots;
        self.act();
        self.bench.tick();
        let seed = self.seed;
        let (now, speed) = (self.bench.now, self.bench.device.board().speed);
        if boot == self.boots {
            self.tally.moved |= speed > 0.0;
            assert!(
                (0.0..=1.0).contains(&speed) && speed - before <= 0.0011,
                "seed {seed} at {now}: {before} to {speed}"
            );
            // Two milliseconds for the turn of the loop in which it ends, and the drift of nothing.
            if speed > 0.0 && now > self.wish_ends + 2 {
                assert!(
                    speed <= before - DECEL * 0.00099,
                    "seed {seed} at {now}: moves on an old wish, {before} to {speed}"
                );
            }
            if self.bench.device.state() != BoardState::Active {
                assert!(
                    speed <= before,
                    "seed {seed} at {now}: speeds up while not active"
                );
            }
        }
        let silent = self
            .silent_since
            .is_some_and(|since| now > since + 250 + self.bench.down.faults.delay_ms + 400);
        if silent {
            assert!(
                self.bench.device.state() != BoardState::Active,
                "seed {seed} at {now}: active under a silent host"
            );
        }
        for (_, event) in std::mem::take(&mut self.bench.events) {
            match event {
                HostEvent::Answered { ticket, outcome } => self.hear(ticket, Some(outcome)),
                HostEvent::InDoubt { ticket } => self.hear(ticket, None),
                HostEvent::Up { .. } => self.tally.sessions += 1,
                HostEvent::Down(_) => {
                    let nonce = self.rng.next() as u32;
                    self.bench.host.connect(nonce, now);
                }
                HostEvent::Refused { .. } => panic!("seed {seed}: refused"),
                HostEvent::Fault(_) => {}
            }
        }
    }

    fn hear(&mut self, ticket: u64, outcome: Option<Outcome>) {
        assert!(
            self.heard.insert(ticket, outcome).is_none(),
            "seed {}: ticket {ticket} was answered twice",
            self.seed
        );
    }

    fn collect(&mut self) {
        self.notices.append(&mut self.bench.device.board_mut().notices);
    }

    /// The line is mended; everything must come to an end. Then the books must balance.
    fn end(mut self) -> Tally {
        let seed = self.seed;
        (self.bench.up.faults, self.bench.down.faults) = (Faults::default(), Faults::default());
        (self.bench.up.cut, self.bench.down.cut) = (false, false);
        self.bench.host_runs = true;
        let end = self.bench.now + 8000;
        while self.bench.now < end
            && (self.bench.host.session().is_none() || self.heard.len() < self.asked.len())
        {
            self.tick_quietly();
        }
        assert!(
            self.bench.host.session().is_some(),
            "seed {seed}: never recovered"
        );
        self.collect();
        let mut places = BTreeSet::new();
        let mut last = BTreeMap::new();
        let mut executed = BTreeMap::<String, usize>::new();
        for notice in &self.notices {
            let Notice::Executed {
                session,
                seq,
                command,
                outcome,
            } = notice
            else {
                continue;
            };
            assert!(
                places.insert((*session, *seq)),
                "seed {seed}: {session}/{seq} twice"
            );
            assert_eq!(
                last.insert(*session, *seq).unwrap_or(0) + 1,
                *seq,
                "seed {seed}: out of order"
            );
            if *outcome == Outcome::Done {
                *executed.entry(format!("{command:?}")).or_default() += 1;
            }
        }
        for (ticket, command) in &self.asked {
            let heard = self.heard.get(ticket);
            assert!(
                heard.is_some(),
                "seed {seed}: ticket {ticket} was lost without a word"
            );
            let Command::Configure { .. } = command else {
                continue;
            };
            let times = executed.get(&format!("{command:?}")).copied().unwrap_or(0);
            match heard {
                Some(Some(Outcome::Done)) => assert_eq!(times, 1, "seed {seed}: {command:?} told as done"),
                Some(Some(_)) => assert_eq!(times, 0, "seed {seed}: {command:?} told as not done"),
                _ => assert!(times <= 1, "seed {seed}: {command:?} in doubt"),
            }
        }
        for (ticket, outcome) in &self.heard {
            assert!(
                self.asked.contains_key(ticket),
                "seed {seed}: ticket {ticket} was never asked"
            );
            match outcome {
                Some(Outcome::Done) => self.tally.done += 1,
                Some(_) => self.tally.refused += 1,
                None => self.tally.in_doubt += 1,
            }
        }
        self.tally.asked = self.asked.len();
        self.tally
    }

    fn tick_quietly(&mut self) {
        let act = self.rng.clone();
        self.bench.tick();
        self.rng = act;
        for (now, event) in std::mem::take(&mut self.bench.events) {
            match event {
                HostEvent::Answered { ticket, outcome } => self.hear(ticket, Some(outcome)),
                HostEvent::InDoubt { ticket } => self.hear(ticket, None),
                HostEvent::Down(_) => {
                    let nonce = self.rng.next() as u32;
                    self.bench.host.connect(nonce, now);
                }
                _ => {}
            }
        }
    }
}

fn live(seed: u64) -> Tally {
    let mut life = Life::new(seed);
    for _ in 0..3000 {
        life.tick();
    }
    life.end()
}

fn live_all(seeds: std::ops::Range<u64>) {
    let count = seeds.end - seeds.start;
    let tallies: Vec<Tally> = seeds.map(live).collect();
    let sum = |pick: fn(&Tally) -> usize| tallies.iter().map(pick).sum::<usize>();
    println!(
        "{count} lives: {} commands, {} done once, {} told as not done, {} in doubt, {} sessions, {} lives in motion",
        sum(|tally| tally.asked),
        sum(|tally| tally.done),
        sum(|tally| tally.refused),
        sum(|tally| tally.in_doubt),
        sum(|tally| tally.sessions),
        sum(|tally| usize::from(tally.moved)),
    );
    assert!(
        sum(|tally| tally.done) > count as usize
            && sum(|tally| usize::from(tally.moved)) > count as usize / 3
    );
}

#[test]
fn a_hundred_lives_on_bad_lines() {
    live_all(0..100);
}

#[test]
fn ten_thousand_lives_on_bad_lines() {
    live_all(100..10_100);
}

#[test]
fn a_stop_ends_motion_within_the_declared_distance() {
    for seed in 0..40 {
        let mut rng = Rng(seed);
        let mut bench = Bench::new(faults(&mut rng), seed);
        for step in 0..150 {
            if bench.host.session().is_none() && step % 50 == 49 {
                bench.host.connect(rng.next() as u32, bench.now);
            }
            if bench.device.state() != BoardState::Active && step % 10 == 0 {
                let _ = bench.host.command(step, Command::Enable);
            }
            bench.host.setpoint(drive(1.0), 200, bench.now);
            bench.run(20);
        }
        bench.host.stop(StopKind::Emergency, bench.now);
        let safe = |notice: &Notice| {
            matches!(
                notice,
                Notice::Safe {
                    output: BASE,
                    reason: SafeReason::Stop | SafeReason::DeadMan
                }
            )
        };
        let before = bench
            .device
            .board()
            .notices
            .iter()
            .filter(|notice| safe(notice))
            .count();
        // What ramps down already takes its safe action.
        let moved = bench.device.state() == BoardState::Active && bench.device.board().speed > 0.0;
        while moved
            && bench
                .device
                .board()
                .notices
                .iter()
                .filter(|notice| safe(notice))
                .count()
                == before
        {
            bench.tick();
        }
        let (speed, mut way) = (bench.device.board().speed, 0.0);
        while bench.device.board().speed > 0.0 {
            bench.tick();
            way += bench.device.board().speed * 0.001;
        }
        assert!(
            way <= speed * speed / (2.0 * DECEL) + 0.002,
            "seed {seed}: {way} m from {speed} m/s"
        );
    }
}
