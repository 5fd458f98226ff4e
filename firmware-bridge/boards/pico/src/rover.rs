//! Two wheels with encoders, a gripper's servo, a light and a buzzer on a Pico.

use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal::pwm::SetDutyCycle;
use firmware_bridge::device::kept::{pack, unpack};
use firmware_bridge::device::{Board, Drive, Senses};
use firmware_bridge::message::{Description, Fault, FaultCode, Output, OutputId};
use firmware_bridge::seal::Key;
use rp2040_hal::Watchdog;
use rp2040_hal::fugit::ExtU32;
use rp2040_hal::gpio::bank0::{Gpio22, Gpio25};
use rp2040_hal::gpio::{FunctionSioInput, FunctionSioOutput, Pin, Pins, PullDown, PullUp};
use rp2040_hal::pwm::{
    CountRisingEdge, FreeRunning, Pwm1, Pwm2, Pwm3, Pwm4, Pwm5, Pwm6, Slice, SliceId, Slices,
};
use rp2040_hal::watchdog::ScratchRegister;

/// The secret shared with the host, where one was given to the build: `COACT_KEY=$(cat board.key) cross/firmware.sh`.
const KEY: Option<Key> = match option_env!("COACT_KEY") {
    Some(digits) => Some(Key::from_hex(digits).expect("COACT_KEY must be 32 hexadecimal digits")),
    None => None,
};

const BASE: OutputId = OutputId(0);
const GRIPPER: OutputId = OutputId(1);
const LIGHT: OutputId = OutputId(2);
const BUZZER: OutputId = OutputId(3);

/// Distance between the wheels in metres.
const TRACK_M: f32 = 0.2;
/// Way of a wheel for one count of its encoder, in metres: 65 mm wheels, 11 counts a turn of the motor, geared 1:30.
const COUNT_M: f32 = 0.065 * core::f32::consts::PI / (11.0 * 30.0);
/// Speed of a wheel at full power in m/s.
const FULL_MPS: f32 = 0.7;
/// Power below which a motor does not turn.
const STICTION: f32 = 0.15;
/// Opening of the gripper in metres at the two ends of the servo's pulses.
const OPENING_M: f32 = 0.08;
/// The servo's pulses in microseconds, closed and open, 50 a second.
const PULSE_US: (f32, f32) = (1000.0, 2000.0);
/// The watchdog bites after this long without food.
const WATCHDOG_MS: u32 = 200;
/// Speed is measured over this long.
const MEASURE_MS: u32 = 50;

type Light = Pin<Gpio25, FunctionSioOutput, PullDown>;
type StopSwitch = Pin<Gpio22, FunctionSioInput, PullUp>;

/// One motor with its encoder.
struct Wheel<M: SliceId, E: SliceId> {
    motor: Slice<M, FreeRunning>,
    encoder: Slice<E, CountRisingEdge>,
    counted: u16,
    /// 1 forward, -1 backward: the encoder has one channel and does not tell.
    direction: f32,
    way_m: f32,
}

/// The robot.
pub struct Rover {
    left: Wheel<Pwm1, Pwm5>,
    right: Wheel<Pwm2, Pwm6>,
    servo: Slice<Pwm3, FreeRunning>,
    buzzer: Slice<Pwm4, FreeRunning>,
    light: Light,
    stop: StopSwitch,
    watchdog: Watchdog,
    boot: u32,
    fault: Option<Fault>,
    opening_m: f32,
    at: (f32, f32, f32),
    speed: (f32, f32),
    measured_ms: u32,
    since: (f32, f32),
    buzz_until: Option<u32>,
}

impl Rover {
    /// Sets up the pins. `bitten`: the last reset was the watchdog's.
    pub fn new(
        pins: Pins,
        slices: Slices,
        mut watchdog: Watchdog,
        boot: u32,
        bitten: bool,
        now: u32,
    ) -> Self {
        let mut left = slices.pwm1;
        left.output_to(pins.gpio2);
        left.output_to(pins.gpio3);
        let mut right = slices.pwm2;
        right.output_to(pins.gpio4);
        right.output_to(pins.gpio5);
        let mut servo = slices.pwm3;
        servo.output_to(pins.gpio6);
        // 125 MHz / 125 gives microseconds, 20000 of them a pulse.
        servo.set_div_int(125);
        servo.set_top(19_999);
        servo.enable();
        let mut buzzer = slices.pwm4;
        buzzer.output_to(pins.gpio8);
        buzzer.set_div_int(125);
        let mut left_encoder = slices.pwm5.into_mode::<CountRisingEdge>();
        left_encoder.channel_b.input_from(pins.gpio11);
        let mut right_encoder = slices.pwm6.into_mode::<CountRisingEdge>();
        right_encoder.channel_b.input_from(pins.gpio13);
        let words = [
            ScratchRegister::Scratch0,
            ScratchRegister::Scratch1,
            ScratchRegister::Scratch2,
            ScratchRegister::Scratch3,
        ]
        .map(|register| watchdog.read_scratch(register));
        let mut fault = unpack(words);
        if bitten {
            fault = Some(Fault {
                code: FaultCode::WatchdogReset,
                boot,
                board_ms: now,
            });
        }
        watchdog.pause_on_debug(true);
        watchdog.start(WATCHDOG_MS.millis());
        Self {
            left: Wheel::new(left, left_encoder),
            right: Wheel::new(right, right_encoder),
            servo,
            buzzer,
            light: pins.gpio25.reconfigure(),
            stop: pins.gpio22.reconfigure(),
            watchdog,
            boot,
            fault,
            opening_m: OPENING_M,
            at: (0.0, 0.0, 0.0),
            speed: (0.0, 0.0),
            measured_ms: now,
            since: (0.0, 0.0),
            buzz_until: None,
        }
    }

    /// Measures what the wheels did.
    pub fn turn(&mut self, now: u32) {
        let (left, right) = (self.left.measure(), self.right.measure());
        let (way, turn) = ((left + right) / 2.0, (right - left) / TRACK_M);
        // From the middle of the arc; a count is 0.6 mm, so that the arc is short.
        let heading = self.at.2 + turn / 2.0;
        let (sin, cos) = (libm::sinf(heading), libm::cosf(heading));
        self.at = (self.at.0 + way * cos, self.at.1 + way * sin, self.at.2 + turn);
        self.since = (self.since.0 + way, self.since.1 + turn);
        let elapsed = now.wrapping_sub(self.measured_ms);
        if elapsed >= MEASURE_MS {
            let seconds = elapsed as f32 / 1000.0;
            self.speed = (self.since.0 / seconds, self.since.1 / seconds);
            (self.since, self.measured_ms) = ((0.0, 0.0), now);
        }
        if self
            .buzz_until
            .is_some_and(|until| now.wrapping_sub(until) < u32::MAX / 2)
        {
            self.buzz_until = None;
            self.buzzer.disable();
        }
    }

    fn grip(&mut self, opening_m: f32) {
        self.opening_m = opening_m;
        let share = (opening_m / OPENING_M).clamp(0.0, 1.0);
        let pulse = PULSE_US.0 + (PULSE_US.1 - PULSE_US.0) * share;
        // The channel cannot refuse: the pulse is shorter than the period.
        let _ = self.servo.channel_a.set_duty_cycle(pulse as u16);
    }
}

impl<M: SliceId, E: SliceId> Wheel<M, E> {
    fn new(mut motor: Slice<M, FreeRunning>, mut encoder: Slice<E, CountRisingEdge>) -> Self {
        // 125 MHz / 6250: 20 kHz, which nobody hears.
        motor.set_top(6249);
        motor.enable();
        encoder.enable();
        Self {
            motor,
            encoder,
            counted: 0,
            direction: 1.0,
            way_m: 0.0,
        }
    }

    /// Sets the power for a speed.
    fn drive(&mut self, mps: f32) {
        let share = (mps.abs() / FULL_MPS).min(1.0);
        let power = if share > 0.0 {
            STICTION + (1.0 - STICTION) * share
        } else {
            0.0
        };
        let duty = (power * 6250.0) as u16;
        let (forward, backward) = if mps >= 0.0 { (duty, 0) } else { (0, duty) };
        if mps != 0.0 {
            self.direction = 1.0_f32.copysign(mps);
        }
        // A channel refuses only what is above its period.
        let _ = self.motor.channel_a.set_duty_cycle(forward);
        let _ = self.motor.channel_b.set_duty_cycle(backward);
    }

    /// Metres since the last call.
    fn measure(&mut self) -> f32 {
        let count = self.encoder.get_counter();
        let way = f32::from(count.wrapping_sub(self.counted)) * COUNT_M * self.direction;
        self.counted = count;
        self.way_m += way;
        way
    }
}

impl Board for Rover {
    fn boot_id(&mut self) -> u32 {
        self.boot
    }

    fn key(&self) -> Option<Key> {
        KEY
    }

    fn describe(&self) -> Description {
        Description::new(
            "pico rover",
            [
                Output::base("base", -0.5..=0.5, 0.8, 1.396, 2.234),
                Output::gripper("gripper", 0.0..=OPENING_M, 0.1),
                Output::switch("light"),
                Output::tone("buzzer"),
            ],
        )
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
                let turn = angular_radps * TRACK_M / 2.0;
                self.left.drive(linear_mps - turn);
                self.right.drive(linear_mps + turn);
            }
            (BASE, _) => {
                self.left.drive(0.0);
                self.right.drive(0.0);
            }
            (GRIPPER, Drive::Opening(opening_m)) => self.grip(opening_m),
            (GRIPPER, Drive::Release) => self.grip(OPENING_M),
            // The light's pin cannot fail.
            (LIGHT, Drive::Switch(on)) => drop(self.light.set_state(on.into())),
            (BUZZER, Drive::Tone(tone)) => {
                // Two octaves: acknowledge, question, refusal, alarm.
                let period_us = [2272u16, 1515, 4545, 1136][usize::from(tone.min(3))];
                self.buzzer.set_top(period_us);
                let _ = self.buzzer.channel_a.set_duty_cycle(period_us / 2);
                self.buzzer.enable();
                self.buzz_until = Some(self.measured_ms.wrapping_add(300));
            }
            (BUZZER, _) => self.buzzer.disable(),
            _ => {}
        }
    }

    fn sense(&mut self) -> Senses {
        Senses {
            x_m: self.at.0,
            y_m: self.at.1,
            heading_rad: self.at.2,
            linear_mps: self.speed.0,
            angular_radps: self.speed.1,
            gripper_m: self.opening_m,
            ..Senses::default()
        }
    }

    fn stop_input(&mut self) -> bool {
        // Open, or not to be read: asserted.
        self.stop.is_high().unwrap_or(true)
    }

    fn record_fault(&mut self, fault: Fault) {
        self.fault = Some(fault);
        let [a, b, c, d] = pack(fault);
        self.watchdog.write_scratch(ScratchRegister::Scratch0, a);
        self.watchdog.write_scratch(ScratchRegister::Scratch1, b);
        self.watchdog.write_scratch(ScratchRegister::Scratch2, c);
        self.watchdog.write_scratch(ScratchRegister::Scratch3, d);
    }

    fn last_fault(&mut self) -> Option<Fault> {
        self.fault
    }

    fn feed_watchdog(&mut self) {
        self.watchdog.feed();
    }
}
