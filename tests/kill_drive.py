#!/usr/bin/env python3
"""Kills or freezes coact at random moments of a drive, and looks at the board.

    python3 tests/kill_drive.py ROUNDS [--coact target/release/coact] [--seed N]

Each round: the simulated robot behind a relay that keeps the line open, so that the board sees silence and not a
hang-up; coact drives; after a random time it gets SIGKILL or SIGSTOP. The board must be idle by its dead-man time and
stand by its declared ramp. A frozen coact that goes on must not move the robot by itself, and must end in order; all
journals must replay to the same bytes; the next start, in the same state folder, must drive again.
"""

import argparse
import glob
import random
import signal
import subprocess
import sys
import tempfile
import time

from relay import ACTIVE, simulated

DEAD_MAN_S = 0.25
# What a busy computer may add before a script sees what a board did.
SLACK_S = 0.25
RAMP_MPS2 = 0.8


def round_of(coact, folder, dice):
    with simulated(coact, folder) as (relay, daemon):
        daemon.tell("move forward two meters")
        relay.until("the motors turn", lambda: relay.moving() and relay.newest().state == ACTIVE, 20)
        time.sleep(dice.uniform(0.0, 3.0))
        freezes = dice.random() < 0.5
        before = relay.newest()
        daemon.process.send_signal(signal.SIGSTOP if freezes else signal.SIGKILL)
        ended = time.monotonic()
        relay.until("the board takes its safe action", lambda: relay.newest().state != ACTIVE, 5)
        idle = max(0.0, relay.newest().at - ended)
        relay.until("it stands", relay.stands, 5)
        stood = max(0.0, relay.newest().at - ended)
        assert idle < DEAD_MAN_S + SLACK_S, f"idle only after {idle:.3f} s"
        assert stood < idle + before.speed / RAMP_MPS2 + SLACK_S, f"it stood only after {stood:.3f} s"
        if freezes:
            time.sleep(max(0.0, ended + 1.3 - time.monotonic()))
            daemon.process.send_signal(signal.SIGCONT)
            relay.until("coact is up again", lambda: "this program stood still" in daemon.said(), 20)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                assert relay.stands(), "it moves without having been told"
                time.sleep(0.01)
            daemon.end()
        return "frozen" if freezes else "killed", idle, stood


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", type=int)
    parser.add_argument("--coact", default="target/release/coact", help="the program, and options of it")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    coact, dice = args.coact.split(), random.Random(args.seed)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, args.rounds + 1):
            how, idle, stood = round_of(coact, folder, dice)
            results.append((how, idle, stood))
            print(f"{number:4} {how}: idle after {idle * 1000:4.0f} ms, stood after {stood * 1000:4.0f} ms", flush=True)
        journals = sorted(glob.glob(f"{folder}/state/journal/*.coact"))
        replayed = subprocess.run([*coact, "replay", *journals], capture_output=True, text=True)
        assert replayed.returncode == 0, f"a journal does not replay: {replayed.stdout}{replayed.stderr}"
    for what in ("killed", "frozen"):
        idle = sorted(idle for how, idle, _ in results if how == what)
        if idle:
            print(f"{what} {len(idle)} times: idle after {idle[len(idle) // 2] * 1000:.0f} ms in the median, {idle[-1] * 1000:.0f} ms at most")
    print(f"the board was safe each time, {len(journals)} journal segments replay to the same bytes, every start was clean")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
