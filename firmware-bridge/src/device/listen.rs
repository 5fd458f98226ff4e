//! What a board makes of a message. It trusts nothing: session, number, age, kind and limits are checked
//! here, whatever the host believes.

use super::board::{Board, Drive, Notice, SafeReason};
use super::session::{Session, Turn};
use super::{Device, LIFE_MS, actuator};
use crate::envelope::{HostMessage, bits};
use crate::message::{Command, Outcome, OutputId, OutputKind, PROTOCOL, SafeAction, Setpoint, StopKind};

/// Longest time a setpoint may ask to hold, in milliseconds.
pub const MAX_VALID_MS: u16 = 2000;

impl<B: Board> Device<B> {
    pub(super) fn take(&mut self, message: HostMessage, now: u64) {
        match message {
            HostMessage::Hello { version, nonce } if version.major == PROTOCOL.major => {
                self.greet(nonce, now)
            }
            HostMessage::Hello { nonce, .. } => self.due.refused = Some(nonce),
            HostMessage::Stop {
                session,
                number,
                kind,
            } => self.take_stop(session, number, kind),
            HostMessage::Heartbeat {
                session,
                alive,
                beat,
                heard_ms,
            } => {
                self.take_heartbeat(session, alive, beat, heard_ms, now);
            }
            HostMessage::Command {
                session,
                seq,
                stop,
                command,
            } => self.take_command(session, seq, stop, command, now),
            HostMessage::Setpoint {
                session,
                seq,
                stop,
                wished_ms,
                valid_ms,
                setpoint,
            } => {
                let Some(current) = self.enter(session, now) else {
                    return;
                };
                if stop != current.stop || !self.active {
                    self.stats.dropped += 1;
                } else {
                    self.take_setpoint(seq, wished_ms, valid_ms, setpoint, now);
                }
            }
            HostMessage::Describe { session, outputs } => {
                if self.enter(session, now).is_some() {
                    // Bits beyond the last output ask for nothing.
                    self.due.outputs |= outputs & bits(self.description.outputs.len());
                }
            }
            HostMessage::Bye { session } => {
                if self.enter(session, now).is_some() {
                    self.end_session();
                }
            }
        }
    }

    /// Offers a session; the one that is open goes on until the host takes the offer. So a Hello that was
    /// held up on the line does no harm.
    fn greet(&mut self, nonce: u32, now: u64) {
        let known = [&self.session, &self.offered]
            .into_iter()
            .flatten()
            .any(|session| session.nonce == nonce);
        if !known {
            self.sessions = self.sessions.wrapping_add(1);
            self.offered = Some(Session::offer(nonce, self.boot, self.sessions, now));
        }
        self.due.welcome = Some(nonce);
    }

    /// The open session, when it is the one named.
    fn enter(&mut self, id: u32, now: u64) -> Option<&mut Session> {
        let offered = self.offered.as_ref().is_some_and(|session| session.id == id);
        match &mut self.session {
            Some(session) if session.id == id => {
                session.heard = now;
                Some(session)
            }
            _ => {
                self.stats.dropped += 1;
                // What overtakes the heartbeat that opens a session is only early.
                if !offered {
                    self.due.unknown = Some(id);
                }
                None
            }
        }
    }

    fn take_stop(&mut self, id: u32, number: u32, kind: StopKind) {
        self.due.stopped = Some((id, number));
        let known = [&mut self.session, &mut self.offered]
            .into_iter()
            .flatten()
            .find(|session| session.id == id);
        if let Some(session) = known {
            if number <= session.stop {
                return;
            }
            session.stop = number;
        }
        self.stop(kind, SafeReason::Stop);
    }

    fn take_heartbeat(&mut self, id: u32, alive: bool, beat: u32, heard_ms: u32, now: u64) {
        if self.offered.as_ref().is_some_and(|session| session.id == id) {
            self.end_session();
            self.session = self.offered.take();
            for actuator in &mut self.actuators {
                actuator.seq = 0;
            }
            self.due.telemetry_at = now;
            self.due.stats_at = now + super::speak::STATS_MS;
            self.due.fault = self.board.last_fault();
            self.board.notice(Notice::Connected { session: id });
            self.tell_state(now);
        }
        let age = self.age_of(heard_ms, now);
        let Some(session) = self.enter(id, now) else {
            return;
        };
        if beat <= session.beat.0 {
            self.stats.stale += 1;
            return;
        }
        session.beat = (beat, now);
        match age {
            Some(age) if age <= LIFE_MS && alive => self.life = self.life.max(now - age),
            _ if alive => self.stats.stale += 1,
            _ => {}
        }
    }

    fn take_command(&mut self, id: u32, seq: u32, stop: u32, command: Command, now: u64) {
        let Some(session) = self.enter(id, now) else {
            return;
        };
        let turn = session.turn(seq);
        let newest_stop = session.stop;
        if stop > newest_stop {
            // The host stopped in between, and that frame has yet to arrive.
            self.stats.dropped += 1;
            return;
        }
        self.due.ack = true;
        if turn != Turn::Now {
            self.stats.dropped += 1;
            return;
        }
        let outcome = if stop < newest_stop {
            Outcome::Overtaken
        } else {
            self.execute(command, now)
        };
        if let Some(session) = &mut self.session {
            session.took(outcome);
        }
        self.board.notice(Notice::Executed {
            session: id,
            seq,
            command,
            outcome,
        });
        self.tell_state(now);
    }

    fn execute(&mut self, command: Command, now: u64) -> Outcome {
        match command {
            Command::Enable => {
                let well = !self.stop_latched && self.fault.is_none() && !self.stop_input;
                if !well || now > self.life + LIFE_MS {
                    return Outcome::WrongState;
                }
                if !self.active {
                    self.active = true;
                    self.actuators.iter_mut().for_each(actuator::Actuator::ready);
                }
                Outcome::Done
            }
            Command::Disable => {
                self.active = false;
                self.make_all_safe(SafeReason::Stop);
                Outcome::Done
            }
            Command::EmergencyStop => {
                self.stop(StopKind::Emergency, SafeReason::Stop);
                Outcome::Done
            }
            Command::Clear if self.cause_remains() => Outcome::CauseRemains,
            Command::Clear => {
                self.stop_latched = false;
                self.fault = None;
                Outcome::Done
            }
            Command::Configure {
                output,
                safe,
                dead_man_ms,
            } => self.configure(output, safe, dead_man_ms),
            Command::Gripper { output, opening_m } => self.act(
                output,
                OutputKind::Gripper,
                Drive::Opening(opening_m),
                Some(opening_m),
            ),
            Command::Switch { output, on } => self.act(output, OutputKind::Switch, Drive::Switch(on), None),
            Command::Play { output, tone } => match self.description.outputs.get(usize::from(output.0)) {
                Some(spec) if spec.kind == OutputKind::Tone => {
                    self.board.drive(output, Drive::Tone(tone));
                    Outcome::Done
                }
                _ => Outcome::NoSuchOutput,
            },
        }
    }

    /// A gripper or a switch.
    fn act(&mut self, output: OutputId, kind: OutputKind, drive: Drive, value: Option<f32>) -> Outcome {
        let index = usize::from(output.0);
        let (Some(spec), Some(actuator)) =
            (self.description.outputs.get(index), self.actuators.get_mut(index))
        else {
            return Outcome::NoSuchOutput;
        };
        if spec.kind != kind {
            return Outcome::NoSuchOutput;
        }
        if !self.active {
            return Outcome::WrongState;
        }
        // A NaN is in no range.
        if value.is_some_and(|value| !(spec.min..=spec.max).contains(&value)) {
            return Outcome::OutOfRange;
        }
        actuator.command(drive);
        self.board.drive(output, drive);
        self.board.notice(Notice::Wished {
            output,
            target: drive,
        });
        Outcome::Done
    }

    fn configure(&mut self, output: OutputId, safe: SafeAction, dead_man_ms: u16) -> Outcome {
        let Some(spec) = self.description.outputs.get_mut(usize::from(output.0)) else {
            return Outcome::NoSuchOutput;
        };
        let sound = match safe {
            // A base that keeps its speed is not safe.
            SafeAction::Hold => spec.kind != OutputKind::Base,
            SafeAction::Ramp { decel } => decel.is_finite() && decel > 0.0,
            SafeAction::Off | SafeAction::Release => true,
        };
        if !sound || !actuator::DEAD_MAN_MS.contains(&dead_man_ms) {
            return Outcome::OutOfRange;
        }
        spec.safe = safe;
        spec.dead_man_ms = dead_man_ms;
        Outcome::Done
    }

    fn take_setpoint(&mut self, seq: u32, wished_ms: u32, valid_ms: u16, setpoint: Setpoint, now: u64) {
        let (output, wish, kind) = match setpoint {
            Setpoint::Base {
                output,
                linear_mps,
                angular_radps,
            } => (output, (linear_mps, angular_radps), OutputKind::Base),
            Setpoint::Joint { output, angle_rad } => (output, (angle_rad, 0.0), OutputKind::Joint),
        };
        let index = usize::from(output.0);
        let age = self
            .age_of(wished_ms, now)
            .filter(|&age| age < u64::from(valid_ms.min(MAX_VALID_MS)));
        let (Some(spec), Some(actuator)) =
            (self.description.outputs.get(index), self.actuators.get_mut(index))
        else {
            self.stats.dropped += 1;
            return;
        };
        if spec.kind != kind || !wish.0.is_finite() || !wish.1.is_finite() {
            self.stats.dropped += 1;
            return;
        }
        let Some(age) = age.filter(|_| seq > actuator.seq) else {
            self.stats.stale += 1;
            return;
        };
        actuator.seq = seq;
        let wished = now - age;
        let until = wished + u64::from(valid_ms.min(MAX_VALID_MS));
        let measured = match kind {
            OutputKind::Joint => {
                let joint = self.description.outputs[..index]
                    .iter()
                    .filter(|spec| spec.kind == OutputKind::Joint)
                    .count();
                self.board.sense().joints_rad.get(joint).copied()
            }
            _ => None,
        };
        if let Some(target) = actuator.wish(spec, wish, (wished, until), measured) {
            self.board.notice(Notice::Wished { output, target });
        }
    }
}
