//! firmware-bridge on a Raspberry Pi Pico: two motors with encoders, a gripper's servo, a light, a buzzer, an
//! emergency stop, over USB serial.
//!
//! | pins | what is connected |
//! |---|---|
//! | GP2, GP3 | left motor's driver, forward and backward (DRV8833, TB6612 or the like) |
//! | GP4, GP5 | right motor's driver, forward and backward |
//! | GP6 | the gripper's hobby servo |
//! | GP8 | buzzer |
//! | GP11, GP13 | left and right wheel's encoder, one channel, rising edges are counted |
//! | GP22 | emergency stop: a switch to ground that opens when it is pushed, so that a broken wire stops, too |
//! | GP25 | the light on the board |
//!
//! Without an emergency stop connect GP22 to ground. Sizes of wheels and gears stand in [`rover`]. `COACT_SERIAL`
//! at build time sets the USB serial number, by which coact finds this board again in whatever socket it is plugged.
#![no_std]
#![no_main]

mod rover;

use core::panic::PanicInfo;
use cortex_m_rt::entry;
use firmware_bridge::device::Device;
use rover::Rover;
use rp2040_hal::clocks::init_clocks_and_plls;
use rp2040_hal::usb::UsbBus;
use rp2040_hal::{Sio, Timer, Watchdog, gpio, pac, pwm};
use usb_device::bus::UsbBusAllocator;
use usb_device::device::{StringDescriptors, UsbDeviceBuilder, UsbDeviceState, UsbVidPid};
use usbd_serial::{SerialPort, USB_CLASS_CDC};

/// The second stage of the boot loader, for the flash chip of the Pico.
// SAFETY: the section that memory.x puts where the chip's first stage looks for it, with the bytes made for it.
#[unsafe(link_section = ".boot2")]
#[used]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// The crystal of the Pico.
const CRYSTAL_HZ: u32 = 12_000_000;
/// The number pid.codes gives for tests. Firmware that is sold needs its own.
const USB_ID: UsbVidPid = UsbVidPid(0x1209, 0x0001);
/// By which the computer tells boards apart.
const SERIAL: &str = match option_env!("COACT_SERIAL") {
    Some(serial) => serial,
    None => "1",
};

#[entry]
fn main() -> ! {
    let (Some(mut chip), Some(_core)) = (pac::Peripherals::take(), pac::CorePeripherals::take()) else {
        halt()
    };
    let reason = chip.WATCHDOG.reason().read().bits();
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let Ok(clocks) = init_clocks_and_plls(
        CRYSTAL_HZ,
        chip.XOSC,
        chip.CLOCKS,
        chip.PLL_SYS,
        chip.PLL_USB,
        &mut chip.RESETS,
        &mut watchdog,
    ) else {
        halt()
    };
    let timer = Timer::new(chip.TIMER, &mut chip.RESETS, &clocks);
    let millis = || (timer.get_counter().ticks() / 1000) as u32;
    let sio = Sio::new(chip.SIO);
    let pins = gpio::Pins::new(chip.IO_BANK0, chip.PADS_BANK0, sio.gpio_bank0, &mut chip.RESETS);
    let slices = pwm::Slices::new(chip.PWM, &mut chip.RESETS);
    let boot = random(&chip.ROSC);
    let rover = Rover::new(pins, slices, watchdog, boot, reason != 0, millis());
    let now = millis();
    let Some(device) = cortex_m::singleton!(: Device<Rover> = Device::new(rover, now)) else {
        halt()
    };

    let bus = UsbBus::new(
        chip.USBCTRL_REGS,
        chip.USBCTRL_DPRAM,
        clocks.usb_clock,
        true,
        &mut chip.RESETS,
    );
    let Some(bus) = cortex_m::singleton!(: UsbBusAllocator<UsbBus> = UsbBusAllocator::new(bus)) else {
        halt()
    };
    let mut serial = SerialPort::new(bus);
    let words = StringDescriptors::default()
        .manufacturer("coact")
        .product("firmware-bridge on Pico")
        .serial_number(SERIAL);
    let Ok(builder) = UsbDeviceBuilder::new(bus, USB_ID)
        .device_class(USB_CLASS_CDC)
        .strings(&[words])
    else {
        halt()
    };
    let mut usb = builder.build();

    let mut plugged = false;
    let mut rest = Rest::default();
    loop {
        let now = millis();
        if usb.poll(&mut [&mut serial]) {
            let mut bytes = [0; 64];
            if let Ok(count) = serial.read(&mut bytes) {
                device.feed(bytes.get(..count).unwrap_or_default(), now);
            }
        }
        let is_plugged = usb.state() == UsbDeviceState::Configured && serial.dtr();
        if plugged && !is_plugged {
            device.hang_up(now);
            rest = Rest::default();
        }
        plugged = is_plugged;
        device.poll(now);
        device.board_mut().turn(now);
        if rest.is_empty() {
            rest.fill(|room| device.transmit(room, now));
        }
        rest.write(|bytes| serial.write(bytes).unwrap_or(0));
    }
}

/// Bytes that USB has not yet taken.
struct Rest {
    bytes: [u8; 64],
    from: usize,
    to: usize,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            bytes: [0; 64],
            from: 0,
            to: 0,
        }
    }
}

impl Rest {
    fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    fn fill(&mut self, source: impl FnOnce(&mut [u8]) -> usize) {
        (self.from, self.to) = (0, source(&mut self.bytes));
    }

    fn write(&mut self, sink: impl FnOnce(&[u8]) -> usize) {
        if let Some(bytes) = self
            .bytes
            .get(self.from..self.to)
            .filter(|bytes| !bytes.is_empty())
        {
            self.from += sink(bytes);
        }
    }
}

/// 32 bits of the ring oscillator, which no two boots share (RP2040 datasheet, 2.17.5).
fn random(oscillator: &pac::ROSC) -> u32 {
    (0..32).fold(0, |bits, _| {
        cortex_m::asm::delay(100);
        bits << 1 | u32::from(oscillator.randombit().read().randombit().bit())
    })
}

/// A bug. The watchdog is no longer fed and resets the chip, and a chip that was reset drives nothing.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    halt()
}

fn halt() -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
