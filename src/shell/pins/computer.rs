//! The pins of an ARM computer: rppal on a Raspberry Pi's header, the kernel's character device on every other chip.

use super::{Input, Output, PinError, Pins};
use brain::config::{Pin, Pull};
use gpiocdev::line::{Bias, Value};
use rppal::gpio::{Gpio, InputPin, OutputPin};
use rppal::system::DeviceInfo;

/// The chip that is the header on a Raspberry Pi. Kernels have numbered it otherwise; rppal finds it.
const HEADER: &str = "/dev/gpiochip0";

/// This computer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Computer;

impl Pins for Computer {
    fn input(&self, pin: &Pin) -> Result<Box<dyn Input>, PinError> {
        if is_header(pin) {
            let line = header(pin)?;
            let line = match pin.pull {
                Pull::Up => line.into_input_pullup(),
                Pull::Down => line.into_input_pulldown(),
                Pull::None => line.into_input(),
            };
            return Ok(Box::new((line, pin.active_low)));
        }
        let bias = match pin.pull {
            Pull::Up => Bias::PullUp,
            Pull::Down => Bias::PullDown,
            Pull::None => Bias::Disabled,
        };
        let mut request = gpiocdev::Request::builder();
        request
            .on_chip(&pin.chip)
            .with_line(pin.line)
            .as_input()
            .with_bias(bias);
        Ok(Box::new(Requested::of(&mut request, pin)?))
    }

    fn output(&self, pin: &Pin) -> Result<Box<dyn Output>, PinError> {
        if is_header(pin) {
            let line = header(pin)?;
            let off = match pin.active_low {
                true => line.into_output_high(),
                false => line.into_output_low(),
            };
            return Ok(Box::new((off, pin.active_low)));
        }
        let mut request = gpiocdev::Request::builder();
        request
            .on_chip(&pin.chip)
            .with_line(pin.line)
            .as_output(Value::from(pin.active_low));
        Ok(Box::new(Requested::of(&mut request, pin)?))
    }
}

fn is_header(pin: &Pin) -> bool {
    pin.chip == HEADER && DeviceInfo::new().is_ok()
}

fn header(pin: &Pin) -> Result<rppal::gpio::Pin, PinError> {
    let line = u8::try_from(pin.line)
        .map_err(|_| PinError::System(format!("the header has no line {}", pin.line)))?;
    Gpio::new()
        .and_then(|gpio| gpio.get(line))
        .map_err(|error| PinError::System(error.to_string()))
}

impl Input for (InputPin, bool) {
    fn active(&mut self) -> Result<bool, PinError> {
        Ok(self.0.is_high() != self.1)
    }
}

impl Output for (OutputPin, bool) {
    fn set(&mut self, on: bool) -> Result<(), PinError> {
        self.0.write((on != self.1).into());
        Ok(())
    }
}

/// A line of the kernel's character device.
struct Requested {
    line: gpiocdev::Request,
    active_low: bool,
}

impl Requested {
    fn of(request: &mut gpiocdev::request::Builder, pin: &Pin) -> Result<Self, PinError> {
        let line = request.with_consumer("coact").request().map_err(system)?;
        Ok(Self {
            line,
            active_low: pin.active_low,
        })
    }
}

fn system(error: gpiocdev::Error) -> PinError {
    PinError::System(error.to_string())
}

impl Input for Requested {
    fn active(&mut self) -> Result<bool, PinError> {
        let high = self.line.lone_value().map_err(system)? == Value::Active;
        Ok(high != self.active_low)
    }
}

impl Output for Requested {
    fn set(&mut self, on: bool) -> Result<(), PinError> {
        let level = Value::from(on != self.active_low);
        self.line.set_lone_value(level).map(drop).map_err(system)
    }
}
