//! The registers of the board: UART, clock, watchdog. All `unsafe` of this firmware is here and in [`crate::kept`].
//!
//! Addresses: ARM DAI 0385 (application note 385), "FPGA system overview"; registers: ARM DDI 0479 (CMSDK).

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SCB};
use cortex_m::{Peripherals, interrupt::InterruptNumber};

/// The processor's clock in hertz.
const CLOCK_HZ: u32 = 25_000_000;
/// Speed of the line.
const BAUD: u32 = 115_200;

/// CMSDK UART 0: data, state, control, interrupts, baud divider.
const UART_DATA: usize = 0x4000_4000;
const UART_STATE: usize = 0x4000_4004;
const UART_CONTROL: usize = 0x4000_4008;
const UART_INTERRUPTS: usize = 0x4000_400C;
const UART_DIVIDER: usize = 0x4000_4010;
/// Bits of state and control.
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 1 << 1;
const TX_ON: u32 = 1;
const RX_ON: u32 = 1 << 1;
const RX_INTERRUPT: u32 = 1 << 3;

/// CMSDK watchdog: load, control, feed, lock.
const DOG_LOAD: usize = 0x4000_8000;
const DOG_CONTROL: usize = 0x4000_8008;
const DOG_CLEAR: usize = 0x4000_800C;
const DOG_LOCK: usize = 0x4000_8C00;
const DOG_UNLOCKED: u32 = 0x1ACC_E551;
/// The first bark raises the non-maskable interrupt, the second resets.
const BARK_AND_BITE: u32 = 0b11;
/// A bark after this many milliseconds without food, a bite after as many again.
const DOG_MS: u32 = 150;

/// FPGA IO: a counter that goes up by one every `prescale + 1` cycles.
const COUNTER: usize = 0x4002_8018;
const PRESCALE: usize = 0x4002_801C;

/// UART 0 received something.
#[derive(Clone, Copy)]
struct UartReceives;

// SAFETY: number 0 of the table of interrupts of AN385; it is never handled, only waited for.
unsafe impl InterruptNumber for UartReceives {
    fn number(self) -> u16 {
        0
    }
}

/// The table of interrupts. They are masked from the first instruction of this firmware on.
// SAFETY: the section of the vector table that cortex-m-rt leaves to the device; the type is what the processor reads.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [extern "C" fn() -> !; INTERRUPTS] = [unexpected; INTERRUPTS];
/// Interrupts of AN385.
const INTERRUPTS: usize = 32;

extern "C" fn unexpected() -> ! {
    crate::halt()
}

fn read(register: usize) -> u32 {
    // SAFETY: only called with the addresses above, which are aligned registers of this board; reading has no effect
    // on memory.
    unsafe { core::ptr::with_exposed_provenance::<u32>(register).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as for `read`; no register above makes the hardware write to memory.
    unsafe { core::ptr::with_exposed_provenance_mut::<u32>(register).write_volatile(value) }
}

/// The board's clock in milliseconds; it wraps.
pub fn millis() -> u32 {
    read(COUNTER)
}

/// Keeps the watchdog quiet.
pub fn feed_watchdog() {
    write(DOG_CLEAR, 1);
}

/// What wakes the loop.
pub struct Hardware(());

impl Hardware {
    /// Starts clock and watchdog. Gives nothing when it was started before.
    pub fn start() -> Option<Self> {
        let mut core = Peripherals::take()?;
        // Nothing is handled by interrupts; what is pending only wakes the processor.
        cortex_m::interrupt::disable();
        write(PRESCALE, CLOCK_HZ / 1000 - 1);
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(CLOCK_HZ / 1000 - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
        // SAFETY: no handler of this interrupt runs, as interrupts are masked.
        unsafe { NVIC::unmask(UartReceives) };
        write(DOG_LOCK, DOG_UNLOCKED);
        write(DOG_LOAD, DOG_MS * (CLOCK_HZ / 1000));
        write(DOG_CONTROL, BARK_AND_BITE);
        Some(Self(()))
    }

    /// Sleeps until the next millisecond or byte.
    pub fn wait(&self) {
        cortex_m::asm::wfi();
        if SCB::is_pendst_pending() {
            SCB::clear_pendst();
        }
        write(UART_INTERRUPTS, 0b1111);
        NVIC::unpend(UartReceives);
    }
}

/// The line to the host.
pub struct Uart(());

impl Uart {
    /// Switches it on.
    pub fn start() -> Self {
        write(UART_DIVIDER, CLOCK_HZ / BAUD);
        write(UART_CONTROL, TX_ON | RX_ON | RX_INTERRUPT);
        Self(())
    }

    /// The next byte that came.
    pub fn read(&self) -> Option<u8> {
        (read(UART_STATE) & RX_FULL != 0).then(|| read(UART_DATA) as u8)
    }

    /// There is room for a byte.
    pub fn has_room(&self) -> bool {
        read(UART_STATE) & TX_FULL == 0
    }

    /// Sends a byte, for which there must be room.
    pub fn write(&self, byte: u8) {
        write(UART_DATA, byte.into());
    }
}
