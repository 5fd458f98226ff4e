//! The simulated robot with a scripted host, in virtual time: what a host does, and the events an observer sees.

use super::*;
use firmware_bridge::host::{Host, HostEvent};
use firmware_bridge::message::{Command, OutputId, Setpoint, StopKind};
use insta::assert_snapshot;
use proptest::prelude::*;

/// A host and a robot with a line between them.
struct Bench {
    host: Host,
    robot: Simulation,
    now_ms: u64,
    /// The host's process lives, and its brain is well.
    alive: bool,
    wish: Option<Setpoint>,
    events: Vec<Event>,
    answers: Vec<HostEvent>,
    sessions: Vec<u32>,
}

const BASE: OutputId = OutputId(0);
const GRIPPER: OutputId = OutputId(3);
const LIGHT: OutputId = OutputId(4);

/// Leaves out what moves: sessions, commands, stops and faults remain.
const QUIET: &[&str] = &[r#""event":"output""#, r#""event":"pose""#];

fn drive(linear_mps: f32, angular_radps: f32) -> Option<Setpoint> {
    Some(Setpoint::Base {
        output: BASE,
        linear_mps,
        angular_radps,
    })
}

impl Bench {
    fn new(faults: &str) -> Self {
        let mut options = Options::demo().unwrap();
        options.faults = faults.parse().unwrap();
        let mut bench = Bench {
            host: Host::default(),
            robot: Simulation::new(&options),
            now_ms: 0,
            alive: true,
            wish: None,
            events: Vec::new(),
            answers: Vec::new(),
            sessions: Vec::new(),
        };
        bench.host.connect(1, 0);
        bench
    }

    /// Lets both sides run.
    fn run(&mut self, ms: u64) -> &mut Self {
        for _ in 0..ms {
            self.now_ms += 1;
            let now = self.now_ms;
            self.robot.advance(now);
            if self.alive {
                let mut bytes = Vec::new();
                self.robot.transmit(&mut bytes);
                self.host.feed(&bytes, now);
                self.host.alive(now + 100);
                self.host.poll(now);
                if now.is_multiple_of(50)
                    && let Some(wish) = self.wish
                {
                    self.host.setpoint(wish, 200, now);
                }
                let mut frame = [0; 512];
                loop {
                    let length = self.host.transmit(&mut frame, now);
                    if length == 0 {
                        break;
                    }
                    self.robot.receive(&frame[..length]);
                }
                while let Some(event) = self.host.next_event() {
                    self.answers.push(event);
                }
            }
            self.events.extend(self.robot.take_events());
        }
        self
    }

    fn command(&mut self, command: Command) -> &mut Self {
        self.host.command(self.now_ms, command).unwrap();
        self.run(50)
    }

    /// The events so far, a line each, without those that `skip` names. Sessions are counted from 1.
    fn told(&mut self, skip: &[&str]) -> String {
        let mut lines = Vec::new();
        for mut event in self.events.drain(..) {
            if let What::Connected { session } | What::Command { session, .. } = &mut event.what {
                if !self.sessions.contains(session) {
                    self.sessions.push(*session);
                }
                *session = self
                    .sessions
                    .iter()
                    .position(|seen| seen == session)
                    .map_or(0, |nth| nth as u32 + 1);
            }
            let line = serde_json::to_string(&event).unwrap();
            if !skip.iter().any(|skip| line.contains(skip)) {
                lines.push(line);
            }
        }
        lines.join("\n")
    }

    fn x(&self) -> f64 {
        self.robot.board().robot.frame().x
    }
}

#[test]
fn a_drive_is_told_from_the_first_session_to_rest() {
    let mut bench = Bench::new("");
    bench.run(100).command(Command::Enable);
    bench.wish = drive(0.2, 0.0);
    bench.run(250);
    bench.wish = drive(0.0, 0.0);
    bench.run(600);
    bench.command(Command::Gripper {
        output: GRIPPER,
        opening_m: 0.04,
    });
    assert_snapshot!(bench.told(&[]), @r#"
{"t_ms":2,"event":"connected","session":1}
{"t_ms":5,"event":"pose","x_m":0.0,"y_m":0.0,"heading_deg":0.0}
{"t_ms":101,"event":"command","session":1,"seq":1,"name":"enable","outcome":"done"}
{"t_ms":205,"event":"output","name":"base","value":{"linear_mps":0.004,"angular_radps":0.0}}
{"t_ms":205,"event":"pose","x_m":0.0,"y_m":0.0,"heading_deg":0.0}
{"t_ms":255,"event":"output","name":"base","value":{"linear_mps":0.044,"angular_radps":0.0}}
{"t_ms":305,"event":"output","name":"base","value":{"linear_mps":0.084,"angular_radps":0.0}}
{"t_ms":305,"event":"pose","x_m":0.0044,"y_m":0.0,"heading_deg":0.0}
{"t_ms":355,"event":"output","name":"base","value":{"linear_mps":0.124,"angular_radps":0.0}}
{"t_ms":405,"event":"output","name":"base","value":{"linear_mps":0.164,"angular_radps":0.0}}
{"t_ms":405,"event":"pose","x_m":0.0168,"y_m":0.0,"heading_deg":0.0}
{"t_ms":455,"event":"output","name":"base","value":{"linear_mps":0.196,"angular_radps":0.0}}
{"t_ms":505,"event":"output","name":"base","value":{"linear_mps":0.156,"angular_radps":0.0}}
{"t_ms":505,"event":"pose","x_m":0.0348,"y_m":0.0,"heading_deg":0.0}
{"t_ms":555,"event":"output","name":"base","value":{"linear_mps":0.116,"angular_radps":0.0}}
{"t_ms":605,"event":"output","name":"base","value":{"linear_mps":0.076,"angular_radps":0.0}}
{"t_ms":605,"event":"pose","x_m":0.0464,"y_m":0.0,"heading_deg":0.0}
{"t_ms":655,"event":"output","name":"base","value":{"linear_mps":0.036,"angular_radps":0.0}}
{"t_ms":700,"event":"output","name":"base","value":{"linear_mps":0.0,"angular_radps":0.0}}
{"t_ms":700,"event":"pose","x_m":0.05,"y_m":0.0,"heading_deg":0.0}
{"t_ms":1001,"event":"command","session":1,"seq":2,"name":"gripper","outcome":"done"}
{"t_ms":1005,"event":"output","name":"gripper","value":0.04}
"#);
}

#[test]
fn silence_makes_safe_within_its_time() {
    let mut bench = Bench::new("");
    bench.run(100).command(Command::Enable);
    bench.wish = drive(0.4, 0.0);
    bench.run(1000).told(&[]);
    bench.alive = false;
    let silent_from = bench.now_ms;
    bench.run(1500);
    let safe = bench
        .events
        .iter()
        .find(|event| matches!(&event.what, What::Safe { output, .. } if output == "base"));
    assert!(
        safe.is_some_and(|safe| safe.t_ms <= silent_from + 250),
        "silent from {silent_from}, safe: {safe:?}"
    );
    assert_eq!(bench.robot.board().robot.velocity(), (0.0, 0.0));
    assert!(bench.told(&[]).contains(r#""reason":"dead_man""#));
}

#[test]
fn a_host_that_hangs_up_is_no_silent_host() {
    let mut bench = Bench::new("");
    bench.run(100).command(Command::Enable);
    bench.wish = drive(0.4, 0.0);
    bench.run(1000).told(&[]);
    bench.alive = false;
    bench.robot.hang_up();
    bench.run(1500);
    assert_snapshot!(bench.told(QUIET), @r#"
{"t_ms":1150,"event":"safe","output":"base","reason":"disconnect"}
{"t_ms":1150,"event":"safe","output":"pan","reason":"disconnect"}
{"t_ms":1150,"event":"safe","output":"tilt","reason":"disconnect"}
{"t_ms":1150,"event":"safe","output":"gripper","reason":"disconnect"}
{"t_ms":1150,"event":"safe","output":"light","reason":"disconnect"}
{"t_ms":1150,"event":"safe","output":"buzzer","reason":"disconnect"}
"#);
    // Another one comes: a new session, and nothing moves before it enables.
    let before = bench.x();
    bench.alive = true;
    bench.host.connect(2, bench.now_ms);
    bench.run(500);
    assert_eq!(bench.x(), before);
    assert_snapshot!(bench.told(QUIET), @r#"{"t_ms":2652,"event":"connected","session":2}"#);
}

#[test]
fn stops_are_told_and_latched_ones_hold() {
    let check = |kind: StopKind| {
        let mut bench = Bench::new("");
        bench.run(100).command(Command::Enable);
        bench.wish = drive(0.4, 0.0);
        bench.run(1000).told(&[]);
        let (asked, before) = (bench.now_ms, bench.x());
        bench.host.stop(kind, asked);
        bench.run(1500);
        let stopping = bench.x() - before;
        // v²/2a at the declared 0.8 m/s², and two steps of delay.
        assert!(
            stopping <= 0.4 * 0.4 / (2.0 * 0.8) + 0.4 * 0.01,
            "{stopping} m to stop"
        );
        assert!(bench.events.iter().all(|event| event.t_ms >= asked));
        bench.told(QUIET)
    };
    assert_snapshot!(check(StopKind::Halt), @r#"
{"t_ms":1151,"event":"safe","output":"base","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"pan","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"tilt","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"gripper","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"light","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"buzzer","reason":"stop"}
{"t_ms":1151,"event":"stopped","latched":false}
"#);
    assert_snapshot!(check(StopKind::Emergency), @r#"
{"t_ms":1151,"event":"safe","output":"base","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"pan","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"tilt","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"gripper","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"light","reason":"stop"}
{"t_ms":1151,"event":"safe","output":"buzzer","reason":"stop"}
{"t_ms":1151,"event":"stopped","latched":true}
"#);
}

#[test]
fn the_button_stops_and_holds_while_it_is_pushed() {
    let mut bench = Bench::new("");
    bench.run(100).command(Command::Enable);
    bench.robot.board_mut().stop_input = true;
    bench.run(50).command(Command::Clear);
    bench.robot.board_mut().stop_input = false;
    bench.command(Command::Clear).command(Command::Enable);
    assert_snapshot!(bench.told(QUIET), @r#"
{"t_ms":2,"event":"connected","session":1}
{"t_ms":101,"event":"command","session":1,"seq":1,"name":"enable","outcome":"done"}
{"t_ms":151,"event":"safe","output":"base","reason":"stop"}
{"t_ms":151,"event":"safe","output":"pan","reason":"stop"}
{"t_ms":151,"event":"safe","output":"tilt","reason":"stop"}
{"t_ms":151,"event":"safe","output":"gripper","reason":"stop"}
{"t_ms":151,"event":"safe","output":"light","reason":"stop"}
{"t_ms":151,"event":"safe","output":"buzzer","reason":"stop"}
{"t_ms":151,"event":"stopped","latched":true}
{"t_ms":201,"event":"command","session":1,"seq":2,"name":"clear","outcome":"cause_remains"}
{"t_ms":251,"event":"command","session":1,"seq":3,"name":"clear","outcome":"done"}
{"t_ms":301,"event":"command","session":1,"seq":4,"name":"enable","outcome":"done"}
"#);
}

#[test]
fn a_light_stays_on_when_the_robot_is_stopped() {
    let mut bench = Bench::new("");
    bench.run(100).command(Command::Enable).command(Command::Switch {
        output: LIGHT,
        on: true,
    });
    bench.host.stop(StopKind::Emergency, bench.now_ms);
    bench.run(500);
    assert_eq!(bench.robot.board().switches().get("light"), Some(&true));
    assert!(!bench.told(&[]).contains(r#""name":"light","value":false"#));
}

#[test]
fn a_reset_and_a_hang_end_in_safety() {
    let check = |faults: &str| {
        let mut bench = Bench::new(faults);
        bench.run(100).command(Command::Enable);
        bench.wish = drive(0.4, 0.0);
        bench.run(3000);
        assert_eq!(bench.robot.board().robot.velocity(), (0.0, 0.0), "{faults}");
        assert!(
            bench
                .answers
                .iter()
                .any(|answer| matches!(answer, HostEvent::Down(_))),
            "{faults}: the host must know"
        );
        bench.told(QUIET)
    };
    assert_snapshot!(check("reset=1"), @r#"
{"t_ms":2,"event":"connected","session":1}
{"t_ms":101,"event":"command","session":1,"seq":1,"name":"enable","outcome":"done"}
{"t_ms":1000,"event":"fault","code":"reset"}
{"t_ms":1000,"event":"safe","output":"base","reason":"disconnect"}
"#);
    assert_snapshot!(check("hang=1"), @r#"
{"t_ms":2,"event":"connected","session":1}
{"t_ms":101,"event":"command","session":1,"seq":1,"name":"enable","outcome":"done"}
{"t_ms":1000,"event":"fault","code":"hang"}
{"t_ms":1095,"event":"safe","output":"base","reason":"dead_man"}
"#);
}

/// Opens and closes the gripper and drives a little over a bad line, and tells what was executed.
fn on_a_bad_line(faults: &str) -> (Vec<(u32, u32)>, Vec<Event>) {
    let mut bench = Bench::new(faults);
    let enabled = |bench: &Bench| bench.robot.board().state() == firmware_bridge::message::BoardState::Active;
    for _ in 0..100 {
        if enabled(&bench) {
            break;
        }
        let _ = bench.host.command(0, Command::Enable);
        bench.run(100);
    }
    bench.wish = drive(0.2, 0.3);
    for opening in 0..20u8 {
        let opening_m = f32::from(opening) / 200.0;
        let _ = bench.host.command(
            opening.into(),
            Command::Gripper {
                output: GRIPPER,
                opening_m,
            },
        );
        bench.run(100);
    }
    bench.run(2000);
    let executed = bench.events.iter().filter_map(|event| match event.what {
        What::Command { session, seq, .. } => Some((session, seq)),
        _ => None,
    });
    (executed.collect(), bench.events)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// On any line: each command is executed at most once and in order, and the same seed gives the same run.
    #[test]
    fn a_bad_line_never_executes_twice(
        drop in 0.0..0.4f64, flip in 0.0..0.3f64, dup in 0.0..0.8f64, noise in 0.0..0.1f64, delay in 0..60u64,
        seed in any::<u32>(),
    ) {
        let spec = format!("drop={drop},flip={flip},dup={dup},noise={noise},delay={delay},seed={seed}");
        let (executed, events) = on_a_bad_line(&spec);
        prop_assert!(executed.len() > 1, "{}: nothing was executed", spec);
        let mut sorted = executed.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(&executed, &sorted, "{}", spec);
        prop_assert_eq!(events, on_a_bad_line(&spec).1);
    }
}
