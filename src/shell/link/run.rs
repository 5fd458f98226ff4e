//! The link's thread: opens the port, serves it until it ends, waits, opens it again.
//!
//! A second thread only reads, so that this one can wait for bytes, orders and the latch at once.

use super::port::{Line, Port};
use super::words::{self, End};
use super::{Order, Shared, Stamped};
use crate::shell::latch::{StopLatch, View};
use brain::message::{Event, Latch, Ticket};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, never, select_biased};
use firmware_bridge::frame::HOST_FRAME;
use firmware_bridge::host::{CommandError, Host, HostEvent, Lost};
use firmware_bridge::message::{BoardState, Outcome, StopKind, Telemetry};
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

/// Pauses between two tries to open the port, in milliseconds.
const FIRST_PAUSE_MS: u64 = 100;
const LONGEST_PAUSE_MS: u64 = 2000;
/// A board that answers no hello for this long is reported, in milliseconds.
const UNANSWERED_MS: u64 = 2000;
/// After this long without an answer the port is opened anew, in milliseconds.
const REOPEN_MS: u64 = 6000;
/// Chunks of bytes that wait for this thread; then the reader waits, and after it the kernel.
const CHUNKS: usize = 64;
/// How long bytes may stick in the line before it counts as dead, in milliseconds.
const STUCK_MS: u64 = 1000;

type Chunk = Result<Vec<u8>, std::io::Error>;

/// Why serving a line ended.
enum Served {
    /// The program ends.
    Ended,
    /// Open the port again.
    Again,
}

pub(super) struct Runner {
    port: Box<dyn Port>,
    name: String,
    latch: StopLatch,
    woken: Receiver<()>,
    orders: Receiver<Stamped>,
    /// Orders that wait until the board has confirmed a stop.
    waiting: VecDeque<Stamped>,
    events: Sender<Event>,
    /// Events for which the brain had no room yet.
    backlog: VecDeque<Event>,
    telemetry: Option<Telemetry>,
    /// State of the board, as it told last.
    board: Option<BoardState>,
    ended: Receiver<()>,
    shared: Arc<Shared>,
    host: Host,
    /// Trips of the latch that the host knows of.
    trips: u32,
    /// Stop frames sent when the latch tripped last.
    stops: u32,
    /// What was told to be wrong, so that it is told once.
    told: Option<String>,
    config: Option<u32>,
    up: bool,
}

impl Runner {
    pub(super) fn new(
        port: Box<dyn Port>,
        latch: StopLatch,
        orders: Receiver<Stamped>,
        events: Sender<Event>,
        ended: Receiver<()>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            name: port.name(),
            host: Host::sealed(port.key()),
            port,
            woken: latch.woken(),
            latch,
            orders,
            waiting: VecDeque::new(),
            events,
            backlog: VecDeque::new(),
            telemetry: None,
            board: None,
            ended,
            shared,
            trips: 0,
            stops: 0,
            told: None,
            config: None,
            up: false,
        }
    }

    pub(super) fn run(mut self) {
        let mut pause = FIRST_PAUSE_MS;
        loop {
            match self.port.open() {
                Ok(line) => {
                    let sessions = self.shared.status().sessions;
                    if let Served::Ended = self.serve(line) {
                        return;
                    }
                    if self.shared.status().sessions > sessions {
                        pause = FIRST_PAUSE_MS;
                    }
                }
                Err(error) => self.down(error.to_string()),
            }
            if self.rest(pause) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE_MS);
        }
    }

    /// Waits before the next try; true when the program ends.
    fn rest(&mut self, pause: u64) -> bool {
        let until = self.shared.now() + pause;
        loop {
            self.take_orders();
            self.heed_latch();
            self.tell_brain();
            let left = until.saturating_sub(self.shared.now());
            if left == 0 {
                return false;
            }
            match self.ended.recv_timeout(Duration::from_millis(left.min(20))) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => return true,
            }
        }
    }

    fn serve(&mut self, line: Line) -> Served {
        let (sender, chunks) = bounded(CHUNKS);
        let reader = std::thread::Builder::new()
            .name("link-reader".into())
            .spawn(move || read(line.reader, &sender));
        let reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                self.down(format!(
                    "the system has no thread left to read {}: {error}",
                    self.name
                ));
                return Served::Again;
            }
        };
        let served = self.converse(Writer::new(line.writer), &chunks);
        // The reader ends when nobody takes its bytes; the port is free only then.
        drop(chunks);
        if reader.join().is_err() {
            log::error!("the link's reader panicked");
        }
        served
    }

    fn converse(&mut self, mut writer: Writer, chunks: &Receiver<Chunk>) -> Served {
        let mut since = self.shared.now();
        self.host.connect(nonce(), since);
        loop {
            let now = self.shared.now();
            self.host
                .alive(self.shared.alive_until.load(std::sync::atomic::Ordering::Acquire));
            self.host.poll(now);
            self.take_orders();
            if let Some(lost) = self.take_events(now) {
                self.down(words::lost(
                    &self.name,
                    End::Lost(lost),
                    self.host.last_heard(),
                    now,
                ));
                self.host.connect(nonce(), now);
                since = now;
            }
            self.tell_brain();
            if !self.up && now >= since + UNANSWERED_MS {
                let heard = self
                    .host
                    .last_heard()
                    .filter(|(_, at)| *at >= since)
                    .map(|(heard, _)| heard);
                self.down(words::unanswered(&self.name, self.port.key().is_some(), heard));
                if now >= since + REOPEN_MS {
                    return Served::Again;
                }
            }
            if self.up {
                since = now;
            }
            if let Err(error) = self.send_frames(&mut writer) {
                return self.hung_up(&error);
            }
            self.show(now);

            let deadline = self.host.next_deadline().unwrap_or(now + 50);
            let busy = writer.is_stuck() || !self.backlog.is_empty() || !self.waiting.is_empty();
            let wait = if busy {
                2
            } else {
                deadline.saturating_sub(self.shared.now()).min(50)
            };
            let idle = crossbeam_channel::after(Duration::from_millis(wait));
            select_biased! {
                recv(self.woken) -> _ => {}
                recv(self.ended) -> _ => {
                    let mut out = [0; HOST_FRAME];
                    let count = self.host.close(&mut out);
                    let _ = writer.write(&out[..count], self.shared.now());
                    return Served::Ended;
                }
                recv(chunks) -> chunk => match chunk {
                    Ok(Ok(bytes)) => {
                        let now = self.shared.now();
                        self.host.feed(&bytes, now);
                        for bytes in chunks.try_iter().flatten() {
                            self.host.feed(&bytes, now);
                        }
                    }
                    Ok(Err(error)) => return self.hung_up(&error),
                    Err(_) => return self.hung_up(&ErrorKind::UnexpectedEof.into()),
                },
                recv(self.orders) -> order => match order {
                    Ok(order) => self.take_order(order),
                    // The brain is gone. The board notices by its heartbeats; here nothing more will come.
                    Err(_) => self.orders = never(),
                },
                recv(idle) -> _ => {}
            }
        }
    }

    fn hung_up(&mut self, error: &std::io::Error) -> Served {
        let now = self.shared.now();
        log::warn!("{} failed: {error}", self.name);
        let heard = self.host.last_heard();
        // The board makes itself safe; here the session is over.
        self.host.close(&mut [0; HOST_FRAME]);
        self.take_events(now);
        self.down(words::lost(&self.name, End::HungUp, heard, now));
        Served::Again
    }

    /// Sends what is due, frame by frame, and looks at the latch before each.
    fn send_frames(&mut self, writer: &mut Writer) -> std::io::Result<()> {
        loop {
            self.heed_latch();
            let now = self.shared.now();
            if !writer.flush(now)? {
                return Ok(());
            }
            let mut frame = [0; HOST_FRAME];
            let count = self.host.transmit(&mut frame, now);
            if count == 0 {
                return Ok(());
            }
            writer.write(&frame[..count], now)?;
            if self.host.stats().stops > self.stops {
                self.stops = u32::MAX;
                let took = self.latch.since_trip_ms();
                self.shared.status().stop_ms = Some(took);
                log::info!("stop frame written {took:.3} ms after the latch tripped");
            }
        }
    }

    /// Brings the host in step with the latch.
    fn heed_latch(&mut self) {
        let View { latch, newest, trips } = self.latch.view();
        if trips != self.trips {
            self.trips = trips;
            self.stops = self.host.stats().stops;
            let hard = latch == Latch::Emergency || newest == Latch::Emergency;
            self.host.stop(
                if hard { StopKind::Emergency } else { StopKind::Halt },
                self.shared.now(),
            );
        }
        if latch == Latch::Open {
            self.host.release();
        }
    }

    fn take_orders(&mut self) {
        self.heed_latch();
        if !self.host.is_stopping() || self.host.session().is_none() {
            while let Some(order) = self.waiting.pop_front() {
                self.take_order(order);
            }
        }
        while let Ok(order) = self.orders.try_recv() {
            self.take_order(order);
        }
    }

    fn take_order(&mut self, stamped: Stamped) {
        let Stamped {
            order,
            trips,
            session,
        } = stamped;
        let View {
            latch, trips: newest, ..
        } = self.latch.view();
        self.heed_latch();
        let current = self.host.session() == Some(session);
        match order {
            Order::Setpoint(setpoint, valid_ms) if current && trips == newest => {
                self.host.setpoint(setpoint, valid_ms, self.shared.now());
            }
            Order::Setpoint(..) => {}
            Order::Command(Ticket(ticket), command) => {
                let overtaken = trips != newest && command.moves();
                if current && !overtaken && latch == Latch::Open && self.host.is_stopping() {
                    self.waiting.push_back(stamped);
                    return;
                }
                let taken = if current && !overtaken {
                    self.host.command(ticket, command)
                } else {
                    Err(CommandError::NoSession)
                };
                if let Err(error) = taken {
                    log::info!("{command:?} was not sent: {error:?}");
                    self.backlog.push_back(Event::Answered {
                        ticket: Ticket(ticket),
                        outcome: Outcome::Overtaken,
                    });
                }
            }
        }
    }

    /// What the host has to tell; gives why the session ended, where it did.
    fn take_events(&mut self, now: u64) -> Option<Lost> {
        let mut lost = None;
        while let Some(event) = self.host.next_event() {
            match event {
                HostEvent::Up { session, config, .. } => self.came_up(session, config),
                HostEvent::Refused { version } => {
                    self.down(words::refused(&self.name, version));
                    // It may be flashed meanwhile.
                    self.host.connect(nonce(), now + UNANSWERED_MS);
                }
                HostEvent::Down(why) => lost = Some(why),
                HostEvent::Answered { ticket, outcome } => {
                    self.backlog.push_back(Event::Answered {
                        ticket: Ticket(ticket),
                        outcome,
                    });
                }
                HostEvent::InDoubt { ticket } => self.backlog.push_back(Event::InDoubt(Ticket(ticket))),
                HostEvent::Fault(fault) => log::warn!(
                    "the board reports a fault: {:?} in its boot {} at {} ms",
                    fault.code,
                    fault.boot,
                    fault.board_ms
                ),
            }
        }
        if let Some(telemetry) = self.host.take_telemetry() {
            self.board = Some(telemetry.state);
            self.telemetry = Some(telemetry);
        }
        lost
    }

    fn came_up(&mut self, session: u32, config: u32) {
        let description = self.host.description().clone();
        if self.config.is_some_and(|known| known != config) {
            log::warn!("the board's configuration is another one than before ({config:08x})");
        }
        self.config = Some(config);
        self.up = true;
        self.told = None;
        {
            let mut status = self.shared.status();
            status.up = true;
            status.trouble = None;
            status.sessions += 1;
            status.firmware = Some(description.firmware.as_str().to_owned());
            status.config = Some(config);
        }
        log::info!(
            "the board on {} is up: {}, session {session:08x}",
            self.name,
            description.firmware
        );
        self.backlog.push_back(Event::BoardUp {
            description: Box::new(description),
            session,
        });
    }

    /// The board is out of reach; tells each reason once.
    fn down(&mut self, reason: String) {
        self.telemetry = None;
        self.board = None;
        if !self.up && self.told.as_ref() == Some(&reason) {
            return;
        }
        self.up = false;
        log::warn!("{reason}");
        {
            let mut status = self.shared.status();
            status.up = false;
            status.board = None;
            status.trouble = Some(reason.clone());
        }
        self.told = Some(reason.clone());
        self.backlog.push_back(Event::BoardDown(reason));
    }

    /// Hands events to the brain as far as it has room; the link never waits for it.
    fn tell_brain(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
                self.backlog.push_front(event);
                return;
            }
        }
        if let Some(telemetry) = self.telemetry.take()
            && let Err(TrySendError::Full(Event::Telemetry(telemetry))) =
                self.events.try_send(Event::Telemetry(telemetry))
        {
            self.telemetry = Some(telemetry);
        }
    }

    /// Shows how it fares, unless somebody looks just now: on the way of a stop nobody is waited for, least of all a thread
    /// that has the lock and no core.
    fn show(&mut self, now: u64) {
        let Some(mut status) = self.shared.try_status() else {
            return;
        };
        status.board = self.board;
        status.stats = self.host.stats();
        status.heard_ms_ago = self.host.last_heard().map(|(_, at)| now.saturating_sub(at));
    }
}

/// A fresh random number for a session. `RandomState` is seeded by the system.
fn nonce() -> u32 {
    let random = std::hash::RandomState::new().build_hasher().finish();
    (random ^ random >> 32) as u32
}

/// Reads until the line ends or nobody listens.
fn read(mut port: Box<dyn Read + Send>, chunks: &Sender<Chunk>) {
    let mut buffer = [0; 1024];
    loop {
        let chunk = match port.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock
                ) =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        };
        let ends = chunk.is_err();
        if chunks.send(chunk).is_err() || ends {
            return;
        }
    }
}

/// Writes frames to a line that may be slow or stuck.
struct Writer {
    port: Box<dyn Write + Send>,
    rest: Vec<u8>,
    stuck_since: u64,
}

impl Writer {
    fn new(port: Box<dyn Write + Send>) -> Self {
        Self {
            port,
            rest: Vec::new(),
            stuck_since: 0,
        }
    }

    fn is_stuck(&self) -> bool {
        !self.rest.is_empty()
    }

    fn write(&mut self, frame: &[u8], now: u64) -> std::io::Result<()> {
        if self.rest.is_empty() {
            self.stuck_since = now;
        }
        self.rest.extend_from_slice(frame);
        self.flush(now).map(drop)
    }

    /// Writes what is left of the last frame; true when nothing is.
    fn flush(&mut self, now: u64) -> std::io::Result<bool> {
        while !self.rest.is_empty() {
            match self.port.write(&self.rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.rest.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                    return if now >= self.stuck_since + STUCK_MS {
                        Err(error)
                    } else {
                        Ok(false)
                    };
                }
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
