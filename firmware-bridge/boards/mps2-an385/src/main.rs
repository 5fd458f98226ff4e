//! firmware-bridge on a Cortex-M3: ARM's MPS2 board with image AN385, as `qemu-system-arm -M mps2-an385` models it.
//!
//! The line is UART 0, time is the board's own counter, the motors are a model ([`rover`]). No interrupt handler
//! runs: one loop, woken by the clock and by bytes, does everything.
#![no_std]
#![no_main]

mod bytes;
mod hardware;
mod kept;
mod rover;

use core::panic::PanicInfo;
use cortex_m_rt::{entry, exception};
use firmware_bridge::device::Device;
use hardware::{Hardware, Uart};
use rover::Rover;

/// Most bytes taken in one turn, so that no flood keeps the loop from its other duties.
const BYTES_A_TURN: usize = 64;

#[entry]
fn main() -> ! {
    let Some(hardware) = Hardware::start() else { halt() };
    let now = hardware::millis();
    let Some(device) = cortex_m::singleton!(: Device<Rover> = Device::new(Rover::new(now), now)) else {
        halt()
    };
    let uart = Uart::start();
    loop {
        let now = hardware::millis();
        for byte in core::iter::from_fn(|| uart.read()).take(BYTES_A_TURN) {
            device.feed(&[byte], now);
        }
        device.poll(now);
        device.board_mut().turn(now);
        let mut byte = [0];
        while uart.has_room() && device.transmit(&mut byte, now) == 1 {
            uart.write(byte[0]);
        }
        hardware.wait();
    }
}

/// The watchdog barks: the loop hangs. It is noted, and the second bark resets the board.
#[exception]
unsafe fn NonMaskableInt() {
    kept::note_watchdog(hardware::millis());
    halt()
}

/// A bug. The watchdog is no longer fed and resets the board, and a board that was reset drives nothing.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    halt()
}

fn halt() -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
