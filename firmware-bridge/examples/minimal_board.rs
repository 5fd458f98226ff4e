//! A board for two wheels and a gripper, and a host that drives it: `cargo run -p firmware-bridge --example minimal_board`.
//!
//! On a real board the `impl Board` talks to timers and pins, the loop at the end to a UART; nothing else changes.

use firmware_bridge::device::{Board, Device, Drive, Notice, Senses};
use firmware_bridge::frame::HOST_FRAME;
use firmware_bridge::host::Host;
use firmware_bridge::message::{Command, Description, Output, OutputId, Setpoint};

const BASE: OutputId = OutputId(0);
const GRIPPER: OutputId = OutputId(1);
/// Distance between the wheels in metres.
const TRACK: f32 = 0.2;

/// Two wheels and a gripper.
#[derive(Default)]
struct Rover {
    /// Speeds of the left and right wheel in m/s: on a real board, two PWM channels.
    wheels: (f32, f32),
    /// Opening of the gripper in metres: on a real board, a servo.
    opening: f32,
    /// Distance driven in metres: on a real board, encoder counts.
    odometer: f32,
}

impl Board for Rover {
    fn boot_id(&mut self) -> u32 {
        // On a real board a counter in flash, or the random number generator.
        1
    }

    fn describe(&self) -> Description {
        let base = Output::base("base", -0.3..=0.5, 0.8, 2.0, 4.0);
        // It holds when it must be safe: what it carries may be over somebody's lap.
        let gripper = Output::gripper("gripper", 0.0..=0.08, 0.1);
        Description::new("rover 1", [base, gripper])
    }

    fn drive(&mut self, output: OutputId, drive: Drive) {
        match (output, drive) {
            (
                BASE,
                Drive::Velocity {
                    linear_mps,
                    angular_radps,
                },
            ) => {
                let turn = angular_radps * TRACK / 2.0;
                self.wheels = (linear_mps - turn, linear_mps + turn);
            }
            (BASE, _) => self.wheels = (0.0, 0.0),
            (GRIPPER, Drive::Opening(opening)) => self.opening = opening,
            _ => {}
        }
    }

    fn sense(&mut self) -> Senses {
        Senses {
            x_m: self.odometer,
            linear_mps: (self.wheels.0 + self.wheels.1) / 2.0,
            gripper_m: self.opening,
            ..Senses::default()
        }
    }

    fn notice(&mut self, notice: Notice) {
        // On a real board, a light.
        println!("  board: {notice:?}");
    }
}

fn main() {
    let mut device = Device::new(Rover::default(), 0);
    let mut host = Host::default();
    host.connect(0x5EED, 0);
    for now in 0..2000u32 {
        // The host's side: a brain that wants to drive for a second and grip, then dies.
        let alive = now < 1200;
        if alive {
            host.alive(u64::from(now) + 100);
            if now == 100 {
                host.command(1, Command::Enable).expect("a session is open");
                host.command(
                    2,
                    Command::Gripper {
                        output: GRIPPER,
                        opening_m: 0.02,
                    },
                )
                .expect("there is room");
            }
            if now >= 200 && now % 20 == 0 {
                let forward = Setpoint::Base {
                    output: BASE,
                    linear_mps: 0.4,
                    angular_radps: 0.0,
                };
                host.setpoint(forward, 200, u64::from(now));
            }
            host.poll(u64::from(now));
            let mut frame = [0; HOST_FRAME];
            while let count @ 1.. = host.transmit(&mut frame, u64::from(now)) {
                device.feed(&frame[..count], now);
            }
        }

        // The board's side: this is the whole loop of a firmware, once a millisecond.
        device.poll(now);
        let mut bytes = [0; 128];
        let count = device.transmit(&mut bytes, now);
        let rover = device.board_mut();
        rover.odometer += (rover.wheels.0 + rover.wheels.1) / 2.0 * 0.001;

        if alive {
            host.feed(&bytes[..count], u64::from(now));
            while let Some(event) = host.next_event() {
                println!("{now:>5} ms host: {event:?}");
            }
        }
    }
    let rover = device.board();
    println!(
        "driven {:.2} m, wheels {:?}, gripper at {} m",
        rover.odometer, rover.wheels, rover.opening
    );
}
