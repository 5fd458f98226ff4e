//! What a user of a board would see, one rule at a time, on a line without faults.

use super::board::{BASE, DECEL, GRIPPER, LIGHT, MAX_ACCEL, MAX_AMPS, MAX_SPEED, PAN, Recorder};
use super::wire::{Faults, Wire};
use firmware_bridge::device::{Device, Drive, Notice, SafeReason};
use firmware_bridge::frame::HOST_FRAME;
use firmware_bridge::host::{CommandError, Host, HostEvent, Lost};
use firmware_bridge::message::{BoardState, Command, FaultCode, Outcome, SafeAction, Setpoint, StopKind};

/// Both ends and the line between them. Time goes in milliseconds; the board's clock is about to wrap.
pub struct Bench {
    pub now: u64,
    pub host: Host,
    pub device: Device<Recorder>,
    pub up: Wire,
    pub down: Wire,
    pub host_runs: bool,
    pub brain_runs: bool,
    pub events: Vec<(u64, HostEvent)>,
}

pub fn board_ms(now: u64) -> u32 {
    (now as u32).wrapping_add(u32::MAX - 2000)
}

pub fn drive(linear_mps: f32) -> Setpoint {
    Setpoint::Base {
        output: BASE,
        linear_mps,
        angular_radps: 0.0,
    }
}

impl Bench {
    pub fn new(faults: Faults, seed: u64) -> Self {
        let board = Recorder {
            boot: 7,
            ..Recorder::default()
        };
        let mut host = Host::default();
        host.connect(0x1234 ^ seed as u32, 0);
        Self {
            now: 0,
            host,
            device: Device::new(board, board_ms(0)),
            down: Wire::new(seed ^ 1, faults),
            up: Wire::new(seed ^ 2, faults),
            host_runs: true,
            brain_runs: true,
            events: Vec::new(),
        }
    }

    /// A bench whose session is open.
    pub fn connected() -> Self {
        let mut bench = Self::new(Faults::default(), 0);
        bench.run(50);
        assert!(bench.host.session().is_some());
        bench
    }

    /// One whose outputs are enabled.
    pub fn enabled() -> Self {
        let mut bench = Self::connected();
        assert_eq!(bench.ask(Command::Enable), Outcome::Done);
        bench
    }

    pub fn tick(&mut self) {
        self.tick_without_fetching();
        self.fetch();
    }

    /// The board's program hangs: what comes meanwhile is lost.
    pub fn tick_with_a_hung_board(&mut self) {
        self.now += 1;
        drop(self.down.receive(self.now));
        self.tick_host();
        self.fetch();
    }

    fn fetch(&mut self) {
        while self.host_runs
            && let Some(event) = self.host.next_event()
        {
            self.events.push((self.now, event));
        }
    }

    fn tick_without_fetching(&mut self) {
        self.now += 1;
        let now = self.now;
        let bytes = self.down.receive(now);
        self.device.feed(&bytes, board_ms(now));
        self.device.poll(board_ms(now));
        let mut out = [0; 256];
        let count = self.device.transmit(&mut out, board_ms(now));
        self.up.send(&out[..count], now);
        self.tick_host();
    }

    fn tick_host(&mut self) {
        let now = self.now;
        if !self.host_runs {
            return;
        }
        let bytes = self.up.receive(now);
        if self.brain_runs {
            self.host.alive(now + 100);
        }
        self.host.feed(&bytes, now);
        self.host.poll(now);
        loop {
            let mut out = [0; HOST_FRAME];
            let count = self.host.transmit(&mut out, now);
            if count == 0 {
                break;
            }
            self.down.send(&out[..count], now);
        }
    }

    pub fn run(&mut self, ms: u64) {
        (0..ms).for_each(|_| self.tick());
    }

    /// Wishes a speed every 20 ms, as the brain does.
    fn drive(&mut self, speed: f32, ms: u64) {
        for _ in 0..ms / 20 {
            self.host.setpoint(drive(speed), 200, self.now);
            self.run(20);
        }
    }

    fn ask(&mut self, command: Command) -> Outcome {
        let ticket = 1000 + self.now;
        self.host.command(ticket, command).expect("taken over");
        self.run(100);
        let answer = self.events.iter().find_map(|(_, event)| match event {
            HostEvent::Answered {
                ticket: answered,
                outcome,
            } if *answered == ticket => Some(*outcome),
            _ => None,
        });
        answer.expect("answered")
    }

    fn notices(&self, pick: impl Fn(&Notice) -> bool) -> usize {
        self.device
            .board()
            .notices
            .iter()
            .filter(|notice| pick(notice))
            .count()
    }

    /// Runs until the base begins its safe action; gives how long that took.
    fn until_safe(&mut self, reason: SafeReason) -> u64 {
        let start = self.now;
        let is_safe = |notice: &Notice| *notice == Notice::Safe { output: BASE, reason };
        let before = self.notices(is_safe);
        while self.notices(is_safe) == before {
            assert!(self.now < start + 3000, "never became safe");
            self.tick();
        }
        self.now - start
    }
}

#[test]
fn nothing_moves_before_enable() {
    let mut bench = Bench::connected();
    bench.drive(0.5, 200);
    assert_eq!(
        bench.ask(Command::Gripper {
            output: GRIPPER,
            opening_m: 0.05
        }),
        Outcome::WrongState
    );
    assert_eq!(bench.device.board().drives, []);
    assert_eq!(bench.ask(Command::Enable), Outcome::Done);
    bench.drive(0.5, 1000);
    assert_eq!(bench.device.board().speed, 0.5);
}

#[test]
fn limits_are_kept_whatever_is_wished() {
    let mut bench = Bench::enabled();
    let mut before = 0.0;
    for round in 0..100 {
        bench
            .host
            .setpoint(drive(if round < 70 { 9.0 } else { -9.0 }), 200, bench.now);
        for _ in 0..20 {
            bench.tick();
            let speed = bench.device.board().speed;
            assert!(
                (-0.5..=MAX_SPEED).contains(&speed) && (speed - before).abs() <= MAX_ACCEL * 0.001 + 1e-6,
                "{speed}"
            );
            before = speed;
        }
    }
    bench.host.setpoint(drive(f32::NAN), 200, bench.now);
    bench.host.setpoint(
        Setpoint::Joint {
            output: BASE,
            angle_rad: 0.1,
        },
        200,
        bench.now,
    );
    bench.run(300);
    assert_eq!(bench.device.board().speed, 0.0);
    assert_eq!(
        bench.ask(Command::Gripper {
            output: GRIPPER,
            opening_m: 0.2
        }),
        Outcome::OutOfRange
    );
    assert_eq!(
        bench.ask(Command::Gripper {
            output: GRIPPER,
            opening_m: f32::NAN
        }),
        Outcome::OutOfRange
    );
    assert_eq!(
        bench.ask(Command::Gripper {
            output: BASE,
            opening_m: 0.05
        }),
        Outcome::NoSuchOutput
    );
    assert_eq!(
        bench.ask(Command::Switch {
            output: LIGHT,
            on: true
        }),
        Outcome::Done
    );
}

#[test]
fn a_joint_starts_from_where_it_is() {
    let mut bench = Bench::enabled();
    bench.device.board_mut().angle = 0.8;
    bench.host.setpoint(
        Setpoint::Joint {
            output: PAN,
            angle_rad: -1.0,
        },
        200,
        bench.now,
    );
    bench.run(10);
    assert!(
        (0.75..0.8).contains(&bench.device.board().angle),
        "{}",
        bench.device.board().angle
    );
}

#[test]
fn a_silent_host_leaves_a_safe_robot() {
    let mut bench = Bench::enabled();
    bench.drive(0.8, 1500);
    bench.host_runs = false;
    let took = bench.until_safe(SafeReason::DeadMan);
    assert!(took <= 250, "{took} ms");
    let (speed, start) = (bench.device.board().speed, bench.now);
    while bench.device.board().speed > 0.0 {
        bench.tick();
    }
    let stopped = (bench.now - start) as f32 / 1000.0;
    assert!(
        (stopped - speed / DECEL).abs() < 0.01,
        "the ramp takes as long as declared: {stopped} s"
    );
    bench.run(300);
    assert_eq!(bench.device.state(), BoardState::Idle);
    bench.host_runs = true;
    bench.drive(0.8, 200);
    assert_eq!(bench.device.board().speed, 0.0, "it must be enabled again");
    assert_eq!(bench.ask(Command::Enable), Outcome::Done);
    bench.drive(0.8, 200);
    assert!(bench.device.board().speed > 0.1);
}

#[test]
fn a_sick_brain_is_a_silent_host() {
    let mut bench = Bench::enabled();
    bench.drive(0.8, 1000);
    bench.brain_runs = false;
    let mut moving = 0;
    // A lone thread goes on wishing.
    while bench.device.state() == BoardState::Active {
        bench.drive(0.8, 20);
        moving += 20;
    }
    assert!(moving <= 100 + 250 + 20, "{moving} ms");
    bench.run(1500);
    assert_eq!(bench.device.board().speed, 0.0);
    assert!(bench.host.session().is_some(), "the line itself is well");
    assert_eq!(bench.ask(Command::Enable), Outcome::WrongState);
}

#[test]
fn a_wish_ends_with_its_validity() {
    let mut bench = Bench::enabled();
    bench.drive(0.5, 1000);
    bench.host.setpoint(drive(0.5), 80, bench.now);
    let took = bench.until_safe(SafeReason::DeadMan);
    assert!(took <= 81, "{took} ms");
    assert_eq!(
        bench.device.state(),
        BoardState::Active,
        "the host lives; the next wish counts"
    );
    bench.drive(0.5, 1000);
    assert_eq!(bench.device.board().speed, 0.5);
}

#[test]
fn a_halt_overtakes_everything_and_is_cleared_by_enable() {
    let mut bench = Bench::enabled();
    bench.drive(0.8, 1000);
    bench
        .host
        .command(
            1,
            Command::Gripper {
                output: GRIPPER,
                opening_m: 0.05,
            },
        )
        .expect("taken over");
    bench.host.setpoint(drive(0.8), 200, bench.now);
    bench.host.stop(StopKind::Halt, bench.now);
    assert_eq!(bench.host.command(2, Command::Enable), Err(CommandError::Stopped));
    let took = bench.until_safe(SafeReason::Stop);
    assert!(took <= 2, "{took} ms");
    assert!(bench.events.iter().any(|(_, event)| *event
        == HostEvent::Answered {
            ticket: 1,
            outcome: Outcome::Overtaken
        }));
    bench.run(600);
    assert_eq!(
        (bench.device.board().speed, bench.device.state()),
        (0.0, BoardState::Idle)
    );
    assert!(!bench.host.is_stopping());
    bench.host.release();
    assert_eq!(bench.ask(Command::Enable), Outcome::Done);
}

#[test]
fn an_emergency_stop_stays_until_its_cause_is_gone() {
    let mut bench = Bench::enabled();
    bench.drive(0.8, 1000);
    bench.device.board_mut().stop_input = true;
    let took = bench.until_safe(SafeReason::Stop);
    assert!(took <= 1, "{took} ms");
    assert_eq!(bench.ask(Command::Enable), Outcome::WrongState);
    assert_eq!(bench.ask(Command::Clear), Outcome::CauseRemains);
    bench.device.board_mut().stop_input = false;
    bench.run(10);
    assert_eq!(bench.device.state(), BoardState::Stopped);
    assert_eq!(bench.ask(Command::Clear), Outcome::Done);
    assert_eq!(bench.device.state(), BoardState::Idle);
    bench.host.stop(StopKind::Emergency, bench.now);
    bench.run(10);
    assert_eq!(bench.device.state(), BoardState::Stopped);
    bench.host.release();
    assert_eq!(bench.ask(Command::Disable), Outcome::Done);
    assert_eq!(bench.device.state(), BoardState::Stopped);
}

#[test]
fn a_host_that_stood_still_does_not_go_on_where_it_was() {
    for (pause, goes_on) in [(900, true), (1000, false), (4000, false), (60_000, false)] {
        let mut bench = Bench::enabled();
        bench.drive(0.8, 1000);
        let order = Command::Switch {
            output: LIGHT,
            on: true,
        };
        bench.host.command(7, order).expect("taken over");
        bench.host_runs = false;
        bench.run(pause);
        assert_eq!(
            (
                bench.device.board().speed,
                bench.device.state() == BoardState::Active
            ),
            (0.0, false)
        );
        bench.host_runs = true;
        bench.tick();
        let ended = bench
            .events
            .iter()
            .any(|(_, event)| *event == HostEvent::Down(Lost::Paused));
        assert_eq!(ended, !goes_on, "after {pause} ms");
        assert_eq!(bench.host.session().is_some(), goes_on);
        let told = bench
            .events
            .iter()
            .any(|(_, event)| *event == HostEvent::InDoubt { ticket: 7 });
        assert!(!told, "it was never sent: after {pause} ms");
    }
}

#[test]
fn an_answer_is_never_lost_however_late_it_is_fetched() {
    let mut bench = Bench::enabled();
    let mut taken = 0;
    // Nobody fetches events; sessions come and go, each with as many commands as are taken over.
    for round in 0..8 {
        while bench.host.command(
            5000 + taken,
            Command::Play {
                output: LIGHT,
                tone: 0,
            },
        ) != Err(CommandError::Full)
        {
            taken += 1;
            assert!(taken < 1000, "there is an end to what waits");
        }
        bench.host.connect(100 + round, bench.now);
        while bench.host.session().is_none() {
            bench.tick_without_fetching();
        }
    }
    bench.run(10);
    let mut answers = bench
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            HostEvent::Answered { ticket, .. } | HostEvent::InDoubt { ticket } if *ticket >= 5000 => {
                Some(*ticket)
            }
            _ => None,
        })
        .collect::<Vec<_>>();
    answers.sort_unstable();
    assert_eq!(answers, (5000..5000 + taken).collect::<Vec<_>>());
    assert!(
        bench
            .events
            .iter()
            .any(|(_, event)| matches!(event, HostEvent::Up { .. }))
    );
}

#[test]
fn a_stop_is_taken_without_a_session() {
    let mut bench = Bench::new(Faults::default(), 3);
    bench.host = Host::default();
    bench.host.stop(StopKind::Emergency, 0);
    bench.run(30);
    assert_eq!(bench.device.state(), BoardState::Stopped);
    assert!(!bench.host.is_stopping());
    bench.host.connect(5, bench.now);
    bench.run(50);
    assert_eq!(bench.device.state(), BoardState::Stopped);
    assert!(!bench.host.is_stopping(), "taken in the new session, too");
}

#[test]
fn a_fault_is_latched_told_and_kept() {
    let mut bench = Bench::enabled();
    bench.drive(0.8, 500);
    bench.device.board_mut().fault = Some(FaultCode::OverCurrent);
    assert!(bench.until_safe(SafeReason::Stop) <= 1);
    bench.run(50);
    assert!(
        bench.events.iter().any(
            |(_, event)| matches!(event, HostEvent::Fault(fault) if fault.code == FaultCode::OverCurrent)
        )
    );
    assert!(bench.device.board().kept.is_some());
    assert_eq!(bench.ask(Command::Clear), Outcome::CauseRemains);
    bench.device.board_mut().fault = None;
    assert_eq!(bench.ask(Command::Clear), Outcome::Done);
}

#[test]
fn an_output_that_draws_too_much_is_cut_off() {
    let mut bench = Bench::enabled();
    // As a motor that starts: too short to count.
    bench.device.board_mut().amps = -9.0;
    bench.drive(0.8, 80);
    bench.device.board_mut().amps = MAX_AMPS;
    bench.drive(0.8, 1000);
    assert_eq!(bench.device.state(), BoardState::Active);
    // As one that stands against a wall, whatever is wished meanwhile: no ramp, the drive is cut.
    for amps in [9.0, -9.0, f32::NAN] {
        bench.device.board_mut().amps = amps;
        bench.drive(0.8, 120);
        assert_eq!(bench.device.state(), BoardState::Fault);
        assert_eq!(bench.device.board().drives.last(), Some(&(BASE, Drive::Off)));
        assert_eq!(bench.ask(Command::Clear), Outcome::CauseRemains);
        let kept = bench.device.board().kept.expect("kept");
        assert_eq!(kept.code, FaultCode::OverCurrent);
        bench.device.board_mut().amps = 0.0;
        bench.run(10);
        assert_eq!(bench.ask(Command::Clear), Outcome::Done);
        bench.drive(0.8, 100);
        assert_eq!(
            bench.device.board().speed,
            0.0,
            "only what was enabled anew moves"
        );
        assert_eq!(bench.ask(Command::Enable), Outcome::Done);
        bench.drive(0.8, 1000);
        assert_eq!(bench.device.board().speed, 0.8);
    }
}

#[test]
fn safe_actions_are_configured_within_bounds() {
    let mut bench = Bench::connected();
    let base = |safe, dead_man_ms| Command::Configure {
        output: BASE,
        safe,
        dead_man_ms,
    };
    for (command, expected) in [
        (base(SafeAction::Hold, 250), Outcome::OutOfRange),
        (base(SafeAction::Off, 49), Outcome::OutOfRange),
        (base(SafeAction::Off, 2001), Outcome::OutOfRange),
        (base(SafeAction::Ramp { decel: 0.0 }, 100), Outcome::OutOfRange),
        (base(SafeAction::Off, 100), Outcome::Done),
    ] {
        assert_eq!(bench.ask(command), expected, "{command:?}");
    }
    assert_eq!(bench.ask(Command::Enable), Outcome::Done);
    bench.drive(0.5, 800);
    bench.host_runs = false;
    assert!(bench.until_safe(SafeReason::DeadMan) <= 100);
    bench.tick();
    assert_eq!(bench.device.board().speed, 0.0, "cut at once");
}

#[test]
fn lines_that_die_are_told_apart() {
    let mut silent = Bench::enabled();
    (silent.up.cut, silent.down.cut) = (true, true);
    silent.run(1200);
    assert_eq!(
        silent.events.last().map(|(_, event)| *event),
        Some(HostEvent::Down(Lost::Silent))
    );

    let mut deaf = Bench::enabled();
    deaf.down.cut = true;
    deaf.host.command(9, Command::Disable).expect("taken over");
    deaf.run(1200);
    let last: Vec<_> = deaf
        .events
        .iter()
        .rev()
        .take(2)
        .map(|(_, event)| *event)
        .collect();
    assert_eq!(
        last,
        [HostEvent::Down(Lost::Deaf), HostEvent::InDoubt { ticket: 9 }]
    );

    let mut reset = Bench::enabled();
    reset.device = Device::new(
        Recorder {
            boot: 8,
            ..Recorder::default()
        },
        0,
    );
    reset.run(60);
    assert_eq!(
        reset.events.last().map(|(_, event)| *event),
        Some(HostEvent::Down(Lost::Reset))
    );
    reset.host.connect(77, reset.now);
    reset.run(60);
    assert!(matches!(
        reset.events.last(),
        Some((_, HostEvent::Up { boot: 8, .. }))
    ));
}

#[test]
fn leaving_and_hanging_up_make_safe_at_once() {
    let mut bench = Bench::enabled();
    bench.drive(0.5, 500);
    let mut out = [0; HOST_FRAME];
    let count = bench.host.close(&mut out);
    bench.device.feed(&out[..count], board_ms(bench.now));
    let disconnected = |notice: &Notice| {
        *notice
            == Notice::Safe {
                output: BASE,
                reason: SafeReason::Disconnect,
            }
    };
    assert_eq!(bench.notices(disconnected), 1);
    let mut bench = Bench::enabled();
    bench.drive(0.5, 500);
    bench.device.hang_up(board_ms(bench.now));
    assert_eq!(bench.notices(disconnected), 1);
}

#[test]
fn a_hello_held_up_on_the_line_does_no_harm() {
    let mut bench = Bench::enabled();
    let mut other = Host::default();
    other.connect(99, 0);
    let mut out = [0; HOST_FRAME];
    let count = other.transmit(&mut out, 0);
    bench.down.send(&out[..count], bench.now);
    bench.drive(0.5, 1000);
    assert_eq!(bench.device.board().speed, 0.5);
}

#[test]
fn the_watchdog_is_fed_by_a_whole_loop_only() {
    let mut bench = Bench::connected();
    let fed = bench.device.board().fed;
    bench.run(10);
    assert_eq!(bench.device.board().fed, fed + 10);
    // A loop that forgot the line.
    for ms in 0..300 {
        bench.device.poll(board_ms(bench.now + ms));
    }
    assert!(bench.device.board().fed < fed + 10 + 110);
    assert!(
        bench
            .device
            .board()
            .drives
            .iter()
            .all(|(_, drive)| *drive != Drive::Release)
    );
}

#[test]
fn any_bytes_leave_both_sides_whole() {
    let mut rng = super::wire::Rng(1);
    let mut bench = Bench::enabled();
    for _ in 0..2000 {
        let noise: Vec<u8> = (0..rng.below(90))
            .map(|_| if rng.chance(0.1) { 0 } else { rng.next() as u8 })
            .collect();
        bench.device.feed(&noise, board_ms(bench.now));
        bench.host.feed(&noise, bench.now);
        bench.tick();
    }
    bench.run(100);
    assert_eq!(bench.ask(Command::Disable), Outcome::Done);
}
