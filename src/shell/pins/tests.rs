use super::fake::FakePins;
use super::*;
use brain::config::Pull;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A daemon that only remembers.
struct Toy {
    interlock: Interlock,
    latch: Arc<Mutex<Latch>>,
    tells: Sender<Told>,
}

#[derive(Debug, PartialEq)]
enum Told {
    Stop(StopCause),
    Talk(bool),
}

impl Panel for Toy {
    fn stop(&self, cause: StopCause) {
        *self.latch.lock().unwrap() = Latch::Emergency;
        self.tells.send(Told::Stop(cause)).unwrap();
    }

    fn latch(&self) -> Latch {
        *self.latch.lock().unwrap()
    }

    fn stands(&self) -> Stands {
        Stands {
            latch: self.latch(),
            up: true,
            active: false,
        }
    }

    fn interlock(&self) -> &Interlock {
        &self.interlock
    }

    fn talk(&self, held: bool) {
        self.tells.send(Told::Talk(held)).unwrap();
    }
}

struct Bench {
    pins: FakePins,
    interlock: Interlock,
    latch: Arc<Mutex<Latch>>,
    told: Receiver<Told>,
    watching: Watching,
}

const STOP: u32 = 17;
const TALK: u32 = 23;
const LIGHT: u32 = 27;
const BUZZER: u32 = 22;

fn pin(line: u32, active_low: bool) -> Option<Pin> {
    Some(Pin {
        chip: "/dev/gpiochip0".into(),
        line,
        active_low,
        pull: Pull::Up,
    })
}

/// A robot whose stop button opens a contact to ground, and which is not pressed.
fn bench() -> Bench {
    let pins = FakePins::default();
    pins.drive(STOP, false);
    let robot = Robot {
        emergency_stop: pin(STOP, false),
        push_to_talk: pin(TALK, true),
        status_light: pin(LIGHT, true),
        buzzer: pin(BUZZER, false),
        ..Robot::default()
    };
    let (tells, told) = channel();
    let (interlock, latch) = (Interlock::default(), Arc::new(Mutex::new(Latch::Open)));
    let wired = Wired::open(&pins, &robot).unwrap().unwrap();
    let watching = wired
        .watch(Toy {
            interlock: interlock.clone(),
            latch: Arc::clone(&latch),
            tells,
        })
        .unwrap();
    Bench {
        pins,
        interlock,
        latch,
        told,
        watching,
    }
}

impl Bench {
    fn hear(&self) -> Told {
        self.told
            .recv_timeout(Duration::from_secs(20))
            .expect("something is told")
    }

    fn until(&self, holds: impl Fn(&Bench) -> bool) {
        assert!(
            (0..2000).any(|_| {
                std::thread::sleep(Duration::from_millis(10));
                holds(self)
            }),
            "never came true"
        );
    }
}

#[test]
fn a_pressed_button_stops_and_keeps_the_stop() {
    let bench = bench();
    bench.until(|bench| bench.pins.is_high(LIGHT) == Some(false));
    bench.pins.drive(STOP, true);
    let pressed = || Told::Stop(StopCause::Emergency("the emergency stop is pressed".into()));
    assert_eq!(bench.hear(), pressed());
    assert!(bench.interlock.is_asserted());
    // Whoever opens the latch while it is pressed does so in vain.
    *bench.latch.lock().unwrap() = Latch::Open;
    assert_eq!(bench.hear(), pressed());
    bench.until(|bench| bench.pins.is_high(BUZZER) == Some(true));
    bench.pins.drive(STOP, false);
    bench.until(|bench| !bench.interlock.is_asserted());
    *bench.latch.lock().unwrap() = Latch::Open;
    bench.until(|bench| bench.pins.is_high(BUZZER) == Some(false));
    assert!(bench.told.try_recv().is_err(), "released, it stops nothing");
    let pins = bench.pins.clone();
    drop(bench.watching);
    assert_eq!(
        pins.is_high(LIGHT),
        Some(true),
        "the light goes out with the daemon"
    );
}

#[test]
fn a_broken_wire_and_a_chip_that_is_gone_stop() {
    // Nothing drives the line: the resistor pulls it up.
    let pins = FakePins::default();
    let robot = Robot {
        emergency_stop: pin(STOP, false),
        ..Robot::default()
    };
    let mut wired = Wired::open(&pins, &robot).unwrap().unwrap();
    assert_eq!(wired.stop.as_mut().unwrap().1.active(), Ok(true));

    let bench = bench();
    bench.pins.unplug();
    let Told::Stop(StopCause::Emergency(why)) = bench.hear() else {
        panic!("no emergency stop");
    };
    assert_eq!(
        why,
        "the emergency stop on /dev/gpiochip0 line 17 can no longer be read: the chip is gone"
    );
    assert!(bench.interlock.is_asserted());
}

#[test]
fn the_button_to_talk_is_held_and_let_go() {
    let bench = bench();
    bench.pins.drive(TALK, false);
    assert_eq!(bench.hear(), Told::Talk(true));
    bench.pins.drive(TALK, true);
    assert_eq!(bench.hear(), Told::Talk(false));
}

#[test]
fn what_cannot_be_opened_is_named_with_what_to_do() {
    let check = |robot: Robot, told: &str| {
        let error = Wired::open(&NoPins, &robot).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(told));
    };
    let none = Robot::default();
    assert!(Wired::open(&NoPins, &none).is_ok_and(|wired| wired.is_none()));
    check(
        Robot {
            emergency_stop: pin(STOP, true),
            ..Robot::default()
        },
        "the emergency stop on /dev/gpiochip0 line 17 cannot be opened: coact opens pins on ARM computers with Linux \
         alone, and this is none; wire the button to the board's own stop input, or take [emergency_stop] out of the \
         description",
    );
    check(
        Robot {
            buzzer: pin(BUZZER, true),
            ..Robot::default()
        },
        "the buzzer on /dev/gpiochip0 line 22 cannot be opened: coact opens pins on ARM computers with Linux alone, and \
         this is none; see that the line is free (`gpioinfo`) and that this user may open its chip (group gpio), or take \
         [buzzer] out of the description",
    );
}
