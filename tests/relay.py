"""For the scripts beside it: a relay between a host and a board, which keeps the line open whatever the host does and
sees what goes over it; and coact as the host.

    relay = Relay("/dev/pts/4")     the board's end
    relay.path                      the end for the host
    relay.seen                      telemetry, oldest first; `at` is this computer's clock in seconds

    with simulated(coact, folder) as (relay, daemon):       coact drives the simulated robot through a relay

A host that is killed or frozen is then silence for the board, not a hang-up.
"""

import collections
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import termios
import threading
import time
import tty

from board_client import Reader, STOP, TELEMETRY, unframe

BOOT, IDLE, ACTIVE, STOPPED, FAULT = range(5)
Seen = collections.namedtuple("Seen", "at board_ms state x y heading speed turning switches")


class Relay:
    def __init__(self, board, begin=None):
        """`begin` is called at the start of the relay's thread."""
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
        self._ends, self._ended = os.pipe()
        self._begin = begin or (lambda: None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        """Hangs up on both ends."""
        os.close(self._ended)
        self._thread.join()
        for end in (self.board, self.host, self.slave, self._ends):
            os.close(end)

    def _run(self):
        self._begin()
        while True:
            for end in select.select([self._ends, self.board, self.host], [], [])[0]:
                if end == self._ends:
                    return
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
            moves = [message.f32() for _ in range(5)]
            joints = [message.f32() for _ in range(message.u32())]
            message.f32(), message.u8(), message.u8(), message.f32()
            self.seen.append(Seen(at, board_ms, state, *moves, message.u8()))

    def newest(self):
        return self.seen[-1] if self.seen else None

    def moving(self):
        newest = self.newest()
        return newest is not None and time.monotonic() - newest.at < 0.2 and abs(newest.speed) > 0.05

    def stands(self):
        newest = self.newest()
        return newest is not None and abs(newest.speed) < 0.01 and abs(newest.turning) < 0.01

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


class Daemon:
    """coact on a port."""

    def __init__(self, coact, port, folder, options=()):
        self.coact = [*coact, "--state", f"{folder}/state"]
        self.log = open(f"{folder}/coact.log", "w+")
        self.process = subprocess.Popen(
            [*self.coact, "run", "--port", port, *options],
            stdin=subprocess.PIPE,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def ask(self, *arguments):
        command = [*self.coact, "--json", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def tell(self, text):
        return json.loads(self.ask("tell", text).stdout.splitlines()[0])

    def link(self):
        answer = self.ask("status")
        try:
            found = json.loads(answer.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            return {}
        return found.get("status", found).get("link", {})

    def said(self):
        return pathlib.Path(self.log.name).read_text()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=20) == 0, f"coact does not end in order: {self.said()}"


@contextlib.contextmanager
def driven(coact, board, folder, options=(), before=(), begin=None):
    """coact drives the board at this port: a relay between them that has a session, and the daemon.

    `options` are those of `coact run`, `before` stands before the daemon's program, `begin` is the relay's. Ends both
    in the end; when something failed, the end of what the daemon said goes first.
    """
    relay = Relay(board, begin)
    daemon = Daemon([*before, *coact], relay.path, folder, options)
    try:
        relay.until("coact opens a session", lambda: daemon.link().get("up") is True, 60)
        yield relay, daemon
    except BaseException:
        print(daemon.said()[-3000:], file=sys.stderr)
        raise
    finally:
        finish(daemon.process)
        relay.close()


@contextlib.contextmanager
def simulated(coact, folder, **more):
    """The same with the simulated robot as the board."""
    sim = subprocess.Popen([*coact, "sim", "--pty"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = json.loads(sim.stdout.readline())["pty"]
    # What it tells is not needed; a full pipe must not hold it up.
    drain = subprocess.Popen(["cat"], stdin=sim.stdout, stdout=subprocess.DEVNULL)
    try:
        with driven(coact, port, folder, **more) as both:
            yield both
    finally:
        finish(sim)
        finish(drain)


def finish(process):
    """Kills it if it still runs, stopped or not, and waits for its end."""
    if process.poll() is None:
        process.kill()
    process.wait()
