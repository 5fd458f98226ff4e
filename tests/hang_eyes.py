#!/usr/bin/env python3
"""Lets the network that looks at pictures hang in mid-run, and looks at coact.

    python3 tests/hang_eyes.py [--coact target/release/coact]

coact runs the demo robot with its camera. Its thread `eyes` alone is held (ptrace) while it works on a picture, as a network
would that never ends. What moves must stop; after ten seconds coact must name the thread as hanging, latch a protective
stop and no longer feed its service manager's watchdog, and it must still answer. Let go, it must see again and be fed, and
drive once a person has resumed it; its journal must replay.
"""

import argparse
import ctypes
import errno
import glob
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from relay import finish

ATTACH, DETACH = 16, 17
PTRACE = ctypes.CDLL(None, use_errno=True).ptrace
PTRACE.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


# The demo robot stands by the time its picture is stale, a second; a picture may have been under way.
STANDS_MS = 2500


def moving(show, journals):
    """The moments at which the board said that it moved, in milliseconds since the start."""
    for journal in journals:
        shown = subprocess.run([*show, "--json", journal], capture_output=True, text=True, check=True)
        for record in map(json.loads, shown.stdout.splitlines()):
            event = record.get("event")
            telemetry = event.get("Telemetry") if isinstance(event, dict) else None
            if telemetry and abs(telemetry["linear_mps"]) + abs(telemetry["angular_radps"]) > 0.01:
                yield record["now_ms"]


def let_go_of(thread):
    assert PTRACE(DETACH, thread, None, None) == 0, os.strerror(ctypes.get_errno())


class Coact:
    def __init__(self, coact, folder):
        self.coact = [*coact, "--state", f"{folder}/state"]
        self.log = open(f"{folder}/log", "w+")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(f"{folder}/notify")
        self.manager.setblocking(False)
        environment = {**os.environ, "NOTIFY_SOCKET": f"{folder}/notify", "WATCHDOG_USEC": "800000"}
        self.process = subprocess.Popen(
            [*self.coact, "run"], stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT, env=environment
        )

    def ask(self, *arguments):
        answer = subprocess.run([*self.coact, "--json", *arguments], capture_output=True, text=True, timeout=60)
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def status(self):
        answers = self.ask("status")
        return answers[-1].get("status", {}) if answers else {}

    def eyes(self):
        return next((stage for stage in self.status().get("stages", []) if stage["name"] == "eyes"), {})

    def meals(self, seconds):
        """How often its watchdog is fed within so many seconds."""
        # Meals that waited because the queue of the socket was full come as soon as it is not.
        for pause in (0.5, seconds):
            self.drain()
            time.sleep(pause)
        return self.drain().count(b"WATCHDOG=1")

    def drain(self):
        told = []
        while True:
            try:
                told.append(self.manager.recv(100))
            except BlockingIOError:
                return told

    def thread(self, name):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return next(int(task.name) for task in tasks if (task / "comm").read_text().strip() == name)

    def until(self, what, true, seconds):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: not within {seconds} s; {self.status()}"
            time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", default="target/release/coact", help="the program, and options of it")
    coact = parser.parse_args().coact.split()
    with tempfile.TemporaryDirectory() as folder:
        daemon = Coact(coact, folder)
        active = lambda: daemon.status().get("link", {}).get("board") == "Active"
        try:
            daemon.until("the board is up and pictures come", lambda: (daemon.status().get("frame_age_ms") or 9999) < 2000, 60)
            daemon.until("the eyes are at work", lambda: daemon.eyes().get("busy_ms") is not None, 30)
            daemon.until("its watchdog is fed", lambda: daemon.meals(1) > 0, 20)
            daemon.ask("tell", "go to the kitchen")
            daemon.until("it drives", active, 20)
            time.sleep(1.5)
            eyes = daemon.thread("eyes")
            for _ in range(50):
                if PTRACE(ATTACH, eyes, None, None) != 0 and ctypes.get_errno() == errno.EPERM:
                    print("skipped: this system lets no program hold another's thread (ptrace)")
                    return
                os.waitpid(eyes, 0x40000000)
                if daemon.eyes()["busy_ms"] is not None:
                    break
                let_go_of(eyes)
                time.sleep(0.013)
            held = daemon.status()["up_ms"]
            daemon.until("the eyes are said to hang", lambda: "it hangs" in pathlib.Path(daemon.log.name).read_text(), 20)
            assert daemon.status()["latch"] != "Open", daemon.status()
            assert daemon.eyes()["busy_ms"] > 10_000, daemon.eyes()
            print("ok  after ten seconds it says that they hang, and latches a stop")
            assert daemon.meals(3) == 0, "its watchdog is fed all the same"
            print("ok  its watchdog is fed no longer: a service manager would start it again")
            assert daemon.ask("tell", "go to the hall"), "it no longer answers"
            let_go = daemon.status()["up_ms"]
            let_go_of(eyes)
            daemon.until("it is well again", lambda: daemon.meals(1) > 0, 30)
            daemon.ask("resume")
            daemon.until("it sees", lambda: (daemon.status().get("frame_age_ms") or 9999) < 2000, 30)
            daemon.ask("tell", "go to the kitchen")
            daemon.until("it drives again", active, 20)
            print("ok  let go, it sees, is fed, and drives once it was resumed")
            daemon.process.terminate()
            assert daemon.process.wait(20) == 0, "it does not end in order"
            journals = sorted(glob.glob(f"{folder}/state/journal/*.coact"))
            replayed = subprocess.run([*coact, "replay", *journals], capture_output=True, text=True)
            assert journals and replayed.returncode == 0, f"a journal does not replay: {replayed.stdout}{replayed.stderr}"
            print("ok  it ends in order, and its journal replays")
            moved = list(moving([*coact, "journal", "show"], journals))
            assert any(held - 1000 < at < held for at in moved), "it did not move when its eyes were held"
            last = max(at for at in moved if at < let_go) - held
            assert last < STANDS_MS, f"it still moved {last} ms after its eyes were held"
            print(f"ok  it stood {last} ms after its eyes were held, and until it was resumed")
        except BaseException:
            print(pathlib.Path(daemon.log.name).read_text()[-3000:], file=sys.stderr)
            raise
        finally:
            finish(daemon.process)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
