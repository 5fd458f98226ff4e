#!/usr/bin/env python3
"""Real firmware on an emulated Cortex-M3: holds a conversation with it, then lets coact drive it through its worst day.

    python3 tests/qemu_board.py FIRMWARE [--coact target/release/coact] [--conversation-only] [--demo]

FIRMWARE is what cross/firmware.sh makes of firmware-bridge/boards/mps2-an385. Needs qemu-system-arm. Exits 0 when all
held. Checked: what PROTOCOL.md promises (by tests/board_client.py), how deep the stack goes; with coact: that it drives, stops,
that the board stops by itself when coact is frozen, that a reset of the board, a frozen board and its watchdog end in a safe
board, are told, and are recovered from without a restart of anything; with --demo, on a board of its own, the steps of `coact
demo` that need no camera and no cup, by what is answered, sent and driven.
"""

import argparse
import contextlib
import json
import math
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib

import board_client
from relay import ACTIVE, IDLE, driven, finish

RAM, STACK_TOP = 0x2000_0000, 0x2000_1000


class Qemu:
    """A board that is there until its process ends."""

    def __init__(self, firmware, folder):
        self.control_path = f"{folder}/qmp"
        self.log = open(f"{folder}/qemu.log", "w+")
        self.process = subprocess.Popen(
            ["qemu-system-arm", "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "pty"]
            + ["-qmp", f"unix:{self.control_path},server=on,wait=off", "-kernel", firmware],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        end = time.monotonic() + 20
        while not (found := re.search(r"/dev/pts/\d+", pathlib.Path(self.log.name).read_text())):
            assert time.monotonic() < end and self.process.poll() is None, self._said()
            time.sleep(0.05)
        self.port = found[0]
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(self.control_path)
        self.lines = self.control.makefile("rw")
        self.lines.readline()
        self.ask("qmp_capabilities")

    def _said(self):
        return "qemu-system-arm does not start: " + pathlib.Path(self.log.name).read_text()

    def ask(self, execute, **arguments):
        self.lines.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "event" not in answer:
                assert "return" in answer, answer
                return answer["return"]

    def stack(self, folder):
        """Bytes of stack that were ever used: memory is zero at power-on, and the stack grows down to the statics."""
        path = f"{folder}/ram"
        self.ask("pmemsave", val=RAM, size=STACK_TOP - RAM, filename=path)
        memory = pathlib.Path(path).read_bytes()
        static = static_memory(sys.argv[1])
        used = next((at for at in range(static, len(memory)) if memory[at]), len(memory))
        return static, len(memory) - used, used - static


def static_memory(firmware):
    sections = subprocess.run(["size", "-A", firmware], capture_output=True, text=True, check=True).stdout
    sizes = dict(line.split()[:2] for line in sections.splitlines() if line.startswith("."))
    return sum(int(sizes.get(name, 0)) for name in (".data", ".bss", ".uninit"))


def ok(what):
    print(f"ok  {what}", flush=True)


# What a step of the demo checks by the simulated world's people and things, or by its camera: a board alone has none.
OF_THE_WORLD = {"holding", "walks", "blocked_by"}
SWITCHES = {"light": 4}


def demo(daemon, relay):
    """The steps of `coact demo` that a board without a camera can take, with the same checks."""
    scenario = tomllib.loads((pathlib.Path(__file__).parent / "../packs/demo/scenario.toml").read_text())
    steps = [step for step in scenario["step"] if not OF_THE_WORLD & step.keys() and "locating" not in step.get("frames", [])]
    place = lambda: (relay.newest().x, relay.newest().y)
    away = lambda at, other: math.hypot(at[0] - other[0], at[1] - other[1])
    for step in steps:
        before, stops = place(), len(relay.stops)
        waits = step.get("wait", "end") == "end"
        answers = [json.loads(line) for line in daemon.ask("tell", *(["--follow"] if waits else []), step["say"]).stdout.splitlines()]
        reply = answers[0]["reply"]
        plan = [answer["progress"] for answer in answers if "progress" in answer]
        bound = [role["target"]["id"] for goal in reply["goals"] for role in goal["roles"] if role["target"]]
        checks = {
            "outcome": reply["outcome"] == step["outcome"],
            "reason": step.get("reason") in (None, reply["reason"]),
            "frames": step.get("frames") in (None, [task["frame"] for task in reply["tasks"]]),
            "targets": set(step.get("targets", [])) <= set(bound),
            "says": step.get("says", "") in (reply["say"] or ""),
        }
        if reply["plan"] and waits and not step.get("stops"):
            checks["finished"] = plan and plan[-1]["status"] == "finished"
        if not waits:
            relay.until("the robot drives", relay.moving)
        if step.get("stops"):
            relay.until("the robot stands", relay.stands, 3)
            checks["the stop frame is on the wire"] = len(relay.stops) > stops
        time.sleep(0.1)
        if "at" in step:
            checks["at"] = away(place(), step["at"]) < 0.5
        if step.get("moved") is False:
            checks["moved"] = away(place(), before) < 0.1
        for name, on in step.get("switches", {}).items():
            checks[name] = bool(relay.newest().switches >> SWITCHES[name] & 1) == on
        wrong = [name for name, holds in checks.items() if not holds]
        assert not wrong, f"\"{step['say']}\": {', '.join(wrong)}; at {place()}; {answers}"
    ok(f"{len(steps)} steps of the demo: {'; '.join(step['say'] for step in steps)}")


def worst_day(qemu, coact, folder):
    with driven(coact, qemu.port, folder) as (relay, daemon):
        is_up = lambda: daemon.link().get("up") is True
        ok("coact opens a session")

        def drive():
            answer = daemon.tell("move forward two meters")
            assert answer.get("outcome", answer.get("reply", {}).get("outcome")) == "act", answer
            relay.until("the motors turn", lambda: relay.moving() and relay.newest().state == ACTIVE)

        drive()
        start = relay.newest()
        relay.until("it stands", relay.stands, 20)
        rate = (relay.newest().board_ms - start.board_ms) / 1000 / (relay.newest().at - start.at)
        assert 0.95 < rate < 1.05, f"the board's clock runs {rate:.3f} times as fast as this computer's"
        way = math.hypot(relay.newest().x - start.x, relay.newest().y - start.y)
        assert 1.5 < way < 2.2, f"it went {way:.2f} m of two"
        ok("it drives two metres and stands")

        drive()
        daemon.ask("stop")
        relay.until("a stop ends it", relay.stands, 3)
        assert relay.newest().state != ACTIVE and relay.stops, "no stop frame was seen"
        ok("a stop over the socket ends the drive")
        daemon.ask("resume")

        drive()
        before = relay.newest()
        daemon.process.send_signal(signal.SIGSTOP)
        frozen = time.monotonic()
        relay.until("the dead man", lambda: relay.newest().state == IDLE, 2)
        told = relay.newest().at - frozen
        relay.until("it stands", relay.stands, 3)
        ramp = before.speed / 0.8 + 0.25
        assert told < 0.25 + 0.1 and relay.newest().at - frozen < told + ramp + 0.2, f"idle after {told:.3f} s"
        ok(f"a frozen coact: the board is idle {told * 1000:.0f} ms later, by itself")
        # Beyond the second after which each side takes the other for lost.
        time.sleep(max(0.0, frozen + 2.5 - time.monotonic()))
        daemon.process.send_signal(signal.SIGCONT)
        relay.until("coact is up again", is_up, 30)
        time.sleep(1)
        assert relay.stands(), "it moves again without having been told"
        ok("coact goes on: nothing moves by itself")

        drive()
        qemu.ask("system_reset")
        relay.until("it stands", relay.stands, 3)
        relay.until("coact says so", lambda: "it was reset" in daemon.said(), 20)
        relay.until("coact is up again", is_up, 30)
        assert relay.stands(), "it moves again without having been told"
        ok("a reset of the board in a drive: told, recovered from, nothing moves by itself")

        drive()
        qemu.process.send_signal(signal.SIGSTOP)
        relay.until("coact misses the board", lambda: "it fell silent" in daemon.said(), 20)
        qemu.process.send_signal(signal.SIGCONT)
        relay.until("coact is up again", is_up, 30)
        relay.until("it stands", relay.stands, 3)
        ok("a frozen board: missed, safe when it is back, and recovered from")

        # A pause for which the watchdog barks but does not bite yet; on a busy computer a pause may become too long.
        for _ in range(5):
            drive()
            qemu.process.send_signal(signal.SIGSTOP)
            time.sleep(0.2)
            qemu.process.send_signal(signal.SIGCONT)
            time.sleep(2)
            relay.until("coact is up again", is_up, 30)
            relay.until("it stands", relay.stands, 3)
            if "WatchdogReset" in daemon.said():
                break
        assert "WatchdogReset" in daemon.said(), "the fault that the board kept was not told"
        ok("a loop that hangs: reset by the watchdog, and the fault is kept over the reset and told")
        drive()
        ok("and it drives again, with nothing restarted")
        daemon.end()
        board_client.main(relay.path)
        ok("coact ends in order; the board stands until the next host enables it")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("firmware")
    parser.add_argument("--coact", default="target/release/coact", help="the program, and options of it")
    parser.add_argument("--conversation-only", action="store_true")
    parser.add_argument("--demo", action="store_true", help="play the steps of the demo, too")
    args = parser.parse_args()
    coact = args.coact.split()
    with board(args.firmware) as (qemu, folder):
        board_client.main(qemu.port)
        static, stack, free = qemu.stack(folder)
        print(f"memory {static + stack} of 4096 bytes: {static} static, {stack} of stack at its deepest, {free} free")
        assert free > 0, "the stack has reached the statics"
        if not args.conversation_only:
            worst_day(qemu, coact, folder)
    if args.demo:
        with board(args.firmware) as (qemu, folder), driven(coact, qemu.port, folder) as (relay, daemon):
            demo(daemon, relay)
            daemon.end()


@contextlib.contextmanager
def board(firmware):
    """A board at power-on, and a folder."""
    with tempfile.TemporaryDirectory() as folder:
        qemu = Qemu(firmware, folder)
        try:
            yield qemu, folder
        finally:
            finish(qemu.process)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
