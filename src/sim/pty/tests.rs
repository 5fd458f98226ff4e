//! The simulated robot in real time, behind a real pseudo-terminal.

use super::*;
use crate::sim::What;
use firmware_bridge::host::Host;
use firmware_bridge::message::{Command, OutputId, Setpoint};
use std::fs::File;
use std::io::{Read, Write};

/// Lets a host drive until `done`, or for ten seconds at most. Gives the events until then.
fn drive(robot: &SimHandle, nonce: u32, done: impl Fn(&What) -> bool) -> Vec<What> {
    let mut line = File::options().read(true).write(true).open(robot.path()).unwrap();
    let flags = fcntl_getfl(&line).unwrap();
    fcntl_setfl(&line, flags | OFlags::NONBLOCK).unwrap();
    let (mut host, start, mut events) = (Host::default(), Instant::now(), Vec::new());
    host.connect(nonce, 0);
    while start.elapsed() < Duration::from_secs(10) {
        let now = start.elapsed().as_millis() as u64;
        let mut buffer = [0; 512];
        if let Ok(length) = line.read(&mut buffer) {
            host.feed(&buffer[..length], now);
        }
        while let Some(event) = host.next_event() {
            if matches!(event, firmware_bridge::host::HostEvent::Up { .. }) {
                host.command(1, Command::Enable).unwrap();
            }
        }
        host.alive(now + 100);
        host.poll(now);
        host.setpoint(
            Setpoint::Base {
                output: OutputId(0),
                linear_mps: 0.3,
                angular_radps: 0.0,
            },
            200,
            now,
        );
        loop {
            let length = host.transmit(&mut buffer, now);
            if length == 0 {
                break;
            }
            line.write_all(&buffer[..length]).unwrap();
        }
        while let Ok(event) = robot.events().try_recv() {
            events.push(event.what);
            if done(&events[events.len() - 1]) {
                return events;
            }
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("it did not come; events so far: {events:#?}");
}

#[test]
fn a_host_comes_drives_hangs_up_and_another_comes() {
    let robot = match Simulation::spawn(&Options::demo().unwrap()) {
        Ok(robot) => robot,
        Err(error @ SimError::Pty { .. }) => return println!("skipped: {error}"),
        Err(error) => panic!("{error}"),
    };
    let moved = |what: &What| matches!(what, What::Pose { x_m, .. } if *x_m > 0.02);
    let events = drive(&robot, 1, moved);
    let place = |wanted: fn(&What) -> bool| events.iter().position(wanted);
    let connected = place(|what| matches!(what, What::Connected { .. }));
    let enabled = place(|what| {
        matches!(
            what,
            What::Command {
                seq: 1,
                name: "enable",
                outcome: "done",
                ..
            }
        )
    });
    let driven = place(|what| matches!(what, What::Output { name, .. } if name == "base"));
    assert!(
        connected.is_some() && connected < enabled && enabled < driven,
        "{events:#?}"
    );

    // The host has closed its end: the robot notices it and does not wait for a dead-man time.
    let safe = |what: &What| matches!(what, What::Safe { output, reason: "disconnect" } if output == "base");
    let rest = |what: &What| matches!(what, What::Output { value, .. } if !value.ramping());
    let timeout = Duration::from_secs(10);
    for (what, happened) in [("safe", &safe as &dyn Fn(&What) -> bool), ("rest", &rest)] {
        while !happened(
            &robot
                .events()
                .recv_timeout(timeout)
                .unwrap_or_else(|_| panic!("no {what}"))
                .what,
        ) {}
    }

    // The next host finds the same terminal working, and its session is a new one.
    let x = robot.with(|simulation| simulation.board().robot.frame().x);
    let further = move |what: &What| matches!(what, What::Pose { x_m, .. } if *x_m > x + 0.02);
    let events = drive(&robot, 2, further);
    assert!(
        events.iter().any(|what| matches!(what, What::Connected { .. })),
        "{events:#?}"
    );
}

#[test]
fn bytes_pass_the_terminal_as_they_are() {
    let (mut board, path) = Line::open().unwrap();
    let mut host = File::options().read(true).write(true).open(path).unwrap();
    let all: Vec<u8> = (0..=255).collect();
    host.write_all(&all).unwrap();
    let mut came = Vec::new();
    board.wait(Duration::from_secs(1));
    assert!(!board.read(&mut came));
    assert_eq!(came, all);
    board.write(&all);
    let mut back = vec![0; all.len()];
    host.read_exact(&mut back).unwrap();
    assert_eq!(back, all);
    drop(host);
    assert!(board.read(&mut came), "a hang-up is told once");
    assert!(!board.read(&mut came));
}
