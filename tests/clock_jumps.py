#!/usr/bin/env python3
"""Lets the wall clock jump while coact drives, and looks at the board.

    python3 tests/clock_jumps.py [--coact target/release/coact]

A small library (made with cc, put before the C library by LD_PRELOAD) gives coact another wall clock at every look: a day
ahead, a day back, 1970, 2037. The steady clock stays as it is, as it does on a computer whose time is set. Two drives must
be as long as they were told, a stop must end a third, coact must not lose the board once, and its journal must replay.
"""

import argparse
import glob
import os
import subprocess
import sys
import tempfile
import time

from relay import ACTIVE, simulated

CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static const long jumps[] = {93600, -93600, 86400 * 365, -86400 * 365, 864000};
static unsigned looks;
static void jump(struct timespec *at) {
    unsigned look = __atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED);
    if (look % 7 == 5) at->tv_sec = 1;
    else if (look % 7 == 6) at->tv_sec = 2145916800;
    else at->tv_sec += jumps[look % 7];
}
int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) jump(at);
    return failed;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return failed;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", default="target/release/coact", help="the program, and options of it")
    coact = parser.parse_args().coact.split()
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, "-xc", "-"], input=CLOCK, text=True, check=True)
        preload = ["env", f"LD_PRELOAD={library}"]
        today = time.strftime("%Y%m%dT", time.gmtime())
        with simulated(coact, folder, before=preload) as (relay, daemon):

            def drive():
                daemon.tell("move forward two meters")
                relay.until("the motors turn", lambda: relay.moving() and relay.newest().state == ACTIVE, 20)

            for _ in range(2):
                start = relay.newest()
                drive()
                relay.until("it stands", relay.stands, 20)
                way = ((relay.newest().x - start.x) ** 2 + (relay.newest().y - start.y) ** 2) ** 0.5
                assert 1.5 < way < 2.2, f"it went {way:.2f} m of two"
                daemon.ask("stop")
                daemon.ask("resume")
            drive()
            daemon.ask("stop")
            relay.until("a stop ends it", relay.stands, 3)
            link = daemon.link()
            assert link["sessions"] == 1 and link["up"], f"the board was lost: {link}"
            daemon.end()
        journals = sorted(glob.glob(f"{folder}/state/journal/*.coact"))
        replayed = subprocess.run([*coact, "replay", *journals], capture_output=True, text=True)
        assert not any(today in journal for journal in journals), "the library was not asked for the time"
        assert journals and replayed.returncode == 0, f"a journal does not replay: {replayed.stdout}{replayed.stderr}"
    print("driven twice and stopped in a third drive while the wall clock jumped; the board was never lost, the journal replays")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
