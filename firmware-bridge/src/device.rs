//! The board's side of the line.

pub mod board;

pub use board::{Board, Drive, Notice, SafeReason, Senses};

use crate::envelope::HostMessage;
use crate::frame::{Decoder, HOST_FRAME};
use crate::message::{BoardState, Description};

/// Keeps a [`Board`] safe and in step with its host. `now_ms` is the board's clock: it may wrap.
///
/// Call [`Device::poll`] at least every 10 ms, [`Device::feed`] with whatever bytes came, and write what
/// [`Device::transmit`] gives to the line.
#[derive(Debug)]
pub struct Device<B> {
    board: B,
    description: Description,
    state: BoardState,
    session: Option<u32>,
    decoder: Decoder<HOST_FRAME>,
}

impl<B: Board> Device<B> {
    /// A device that has just booted.
    pub fn new(board: B, _now_ms: u32) -> Self {
        let description = board.describe();
        Self {
            board,
            description,
            state: BoardState::Boot,
            session: None,
            decoder: Decoder::default(),
        }
    }

    /// Takes bytes from the line, as many or as few as came.
    pub fn feed(&mut self, bytes: &[u8], _now_ms: u32) {
        for &byte in bytes {
            if let Some(Ok(payload)) = self.decoder.feed(byte) {
                let _message: Result<HostMessage, _> = postcard::from_bytes(payload);
            }
        }
    }

    /// Lets time pass: ramps, dead-man times, the stop input, faults.
    pub fn poll(&mut self, now_ms: u32) {
        let _ = now_ms;
    }

    /// Writes as much as there is to say, and as fits, into `out`; gives the number of bytes.
    pub fn transmit(&mut self, _out: &mut [u8], _now_ms: u32) -> usize {
        0
    }

    /// The line hung up (a USB unplug, a closed terminal): the session ends and every output becomes safe.
    pub fn hang_up(&mut self, now_ms: u32) {
        let _ = now_ms;
        self.session = None;
    }

    /// The hardware.
    pub fn board(&self) -> &B {
        &self.board
    }

    /// The hardware, to let its own time pass.
    pub fn board_mut(&mut self) -> &mut B {
        &mut self.board
    }

    /// State of the board.
    pub fn state(&self) -> BoardState {
        self.state
    }

    /// Number of the session that is open.
    pub fn session(&self) -> Option<u32> {
        self.session
    }

    /// The outputs as configured at present.
    pub fn description(&self) -> &Description {
        &self.description
    }
}
