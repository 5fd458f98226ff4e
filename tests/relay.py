"""A relay between a host and a board, for the scripts beside it: it keeps the line open whatever the host does, and
sees what goes over it.

    relay = Relay("/dev/pts/4")     the board's end
    relay.path                      the end for the host
    relay.seen                      telemetry: Seen(at, boot-relative board_ms, state, speed, safe, pose), oldest first

A host that is killed or frozen is then silence for the board, not a hang-up.
"""

import collections
import os
import select
import threading
import time
import tty
import termios

from board_client import Reader, STOP, TELEMETRY, unframe

BOOT, IDLE, ACTIVE, STOPPED, FAULT = range(5)
Seen = collections.namedtuple("Seen", "at board_ms state x y heading speed turning")


class Relay:
    def __init__(self, board):
        self.board = os.open(board, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.board, termios.TCSANOW)
        self.host, self.slave = os.openpty()
        tty.setraw(self.slave, termios.TCSANOW)
        os.set_blocking(self.host, False)
        self.path = os.ttyname(self.slave)
        self.seen = collections.deque(maxlen=100_000)
        self.stops = []
        self.from_host_at = 0.0
        self._rests = {self.board: b"", self.host: b""}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            for end in select.select([self.board, self.host], [], [])[0]:
                try:
                    data = os.read(end, 4096)
                except (BlockingIOError, OSError):
                    time.sleep(0.01)
                    continue
                at = time.monotonic()
                other = self.board if end == self.host else self.host
                try:
                    os.write(other, data)
                except BlockingIOError:
                    pass  # A host that does not read: what a full line does not take is lost, as on a wire.
                *frames, self._rests[end] = (self._rests[end] + data).split(b"\0")
                for payload in filter(None, map(_open, frames)):
                    self._look(end, Reader(payload), at)

    def _look(self, end, message, at):
        kind = message.u32()
        if end == self.host:
            self.from_host_at = at
            if kind == STOP:
                self.stops.append(at)
        elif kind == TELEMETRY:
            for _ in range(3):
                message.u32()
            board_ms, state = message.u32(), message.u8()
            self.seen.append(Seen(at, board_ms, state, *(message.f32() for _ in range(5))))

    def newest(self):
        return self.seen[-1] if self.seen else None

    def moving(self):
        newest = self.newest()
        return newest is not None and time.monotonic() - newest.at < 0.2 and abs(newest.speed) > 0.05

    def until(self, what, true, seconds=10.0):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: not within {seconds} s; newest of the board: {self.newest()}"
            time.sleep(0.005)


def _open(data):
    try:
        return unframe(data)
    except (IndexError, ValueError):
        return None
