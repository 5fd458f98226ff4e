//! Commands on their way: in order, a window of them at a time, repeated until they are answered.

use crate::envelope::WINDOW;
use crate::message::{Command, Outcome};
use heapless::Vec;

/// Most commands that wait or are under way.
pub const MAX_COMMANDS: usize = 24;

/// One command. `ticket` is the caller's number for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) ticket: u64,
    pub(super) command: Command,
    /// Number of the newest stop when it was given.
    pub(super) stop: u32,
    /// Its number in the session; 0 while it was never sent.
    pub(super) seq: u32,
    sent: u64,
    tries: u32,
}

/// The commands of one session.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    orders: Vec<Order, MAX_COMMANDS>,
    /// How many of them were sent in this round.
    under_way: usize,
    newest_seq: u32,
    /// When the timeout of this round began.
    since: u64,
}

impl Window {
    pub(super) fn is_full(&self) -> bool {
        self.orders.is_full()
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    pub(super) fn push(&mut self, ticket: u64, command: Command, stop: u32) {
        // The caller looked whether there is room.
        let _ = self.orders.push(Order {
            ticket,
            command,
            stop,
            seq: 0,
            sent: 0,
            tries: 0,
        });
    }

    /// The command to send next.
    pub(super) fn next(&self) -> Option<&Order> {
        (self.under_way < WINDOW)
            .then(|| self.orders.get(self.under_way))
            .flatten()
    }

    /// Counts the next command as sent now; gives it with its number, and whether it was sent before.
    pub(super) fn send(&mut self, now: u64) -> Option<(Order, bool)> {
        self.next()?;
        let order = &mut self.orders[self.under_way];
        if order.seq == 0 {
            self.newest_seq += 1;
            order.seq = self.newest_seq;
        }
        order.sent = now;
        order.tries += 1;
        if self.under_way == 0 {
            self.since = now;
        }
        self.under_way += 1;
        Some((*order, order.tries > 1))
    }

    /// Everything up to `seq` was taken. Calls `done` for each command with what became of it, or `None` where
    /// the board no longer knows; gives a round trip where one can be measured.
    pub(super) fn acked(
        &mut self,
        seq: u32,
        outcomes: &[Outcome],
        now: u64,
        mut done: impl FnMut(u64, Option<Outcome>),
    ) -> Option<u64> {
        let mut rtt = None;
        while seq <= self.newest_seq
            && let Some(order) = self
                .orders
                .first()
                .copied()
                .filter(|order| order.seq != 0 && order.seq <= seq)
        {
            self.orders.remove(0);
            self.under_way = self.under_way.saturating_sub(1);
            self.since = now;
            if order.tries == 1 {
                rtt = Some(now - order.sent);
            }
            let back = (seq - order.seq) as usize;
            let outcome = outcomes.len().checked_sub(back + 1).map(|index| outcomes[index]);
            done(order.ticket, outcome);
        }
        rtt
    }

    /// When the commands under way must be sent again, if they are not answered before.
    pub(super) fn deadline(&self, rto: u32) -> Option<u64> {
        (self.under_way > 0).then_some(self.since + u64::from(rto))
    }

    /// Begins a new round: what is not answered is sent again, in order.
    pub(super) fn rewind(&mut self) {
        self.under_way = 0;
    }

    /// Takes out commands that were never sent and that `drop` picks.
    pub(super) fn drop_unsent(&mut self, mut drop: impl FnMut(&Order) -> bool) {
        self.orders.retain(|order| order.seq != 0 || !drop(order));
    }

    /// Ends the session: gives every command left, and whether it may have been executed.
    pub(super) fn drain(&mut self, mut left: impl FnMut(u64, bool)) {
        for order in &self.orders {
            left(order.ticket, order.seq != 0);
        }
        *self = Self::default();
    }
}
