#!/usr/bin/env python3
"""How long a stop takes from the control socket to the stop frame on the wire, under full load.

    python3 tests/stop_time.py [TRIALS] [--coact target/release/coact] [--budget-ms 5] [--run=--rt]… [--svg OUT]

Every core runs the text model without a pause (as many `coact parse --stdin` as there are cores) while a daemon drives the
simulated robot over a pseudo-terminal. Each trial sends `stop` over the socket. Two figures: what the daemon measures
itself (from the latch's trip to the frame's last byte written) and what a relay on the line sees (from the request's write
to the frame's arrival, and with it the kernel's thread that carries bytes through a pseudo-terminal, which goes before
nobody). This script goes before all others where it is allowed to, and says where not. Prints both distributions; exits
0 when the first one's 99th percentile is within the budget.
"""

import argparse
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import time

from relay import finish, simulated


def load(coact):
    """One core's worth of reading. The lines come from a program of their own: nothing of it runs in this one."""
    lines = subprocess.Popen(["yes", "go to the kitchen and bring me the red cup"], stdout=subprocess.PIPE)
    reader = subprocess.Popen([*coact, "parse", "--stdin"], stdin=lines.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines.stdout.close()
    return reader, lines


def go_first():
    """This script's waiting for a core is no matter of coact's: it goes before everything, and what it starts does not."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(40))
        return True
    except PermissionError:
        return False


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r")

    def send(self, **request):
        self.socket.sendall((json.dumps(request) + "\n").encode())

    def ask(self, **request):
        self.send(**request)
        return json.loads(self.lines.readline())


def draw(title, times):
    """A histogram in text, with logarithmic bins from 31 µs up."""
    times = sorted(times)
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))]
    print(f"{title}: {len(times)} trials, median {at(0.5):.3f} ms, 90 % {at(0.9):.3f}, 99 % {at(0.99):.3f}, longest {times[-1]:.3f}")
    bins = [2.0**power for power in range(-5, 9)]
    for low, high in zip([0.0, *bins], bins):
        count = sum(low <= time < high for time in times)
        if count:
            print(f"  {low:8.3f} to {high:8.3f} ms {count:5} {'#' * max(1, round(60 * count / len(times)))}")
    return at(0.99)


def picture(curves, budget_ms):
    """Which share of the stops had gone out after which time, as SVG; time is logarithmic, from 10 µs to 1 s."""
    left, top, width, height = 60, 40, 620, 300
    x = lambda ms: left + width * min(1, max(0, (math.log10(ms) + 2) / 5))
    y = lambda share: top + height * (1 - share)
    parts = []
    for power in range(-2, 4):
        ms, label = 10.0**power, f"{10**power:g} ms" if power < 3 else "1 s"
        parts.append(f'<path d="M{x(ms):.1f} {top}v{height}" class="grid"/><text x="{x(ms):.1f}" y="{top + height + 18}">{label}</text>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{left} {y(share):.1f}h{width}" class="grid"/>')
        parts.append(f'<text x="{left - 8}" y="{y(share) + 4:.1f}" class="end">{share:.0%}</text>')
    parts.append(f'<path d="M{x(budget_ms):.1f} {top}v{height}" class="budget"/>')
    parts.append(f'<text x="{x(budget_ms):.1f}" y="{top - 6}">budget at 99 %: {budget_ms:g} ms</text>')
    for number, (title, times) in enumerate(curves):
        times = sorted(times)
        points = " ".join(f"{x(ms):.1f},{y((rank + 1) / len(times)):.1f}" for rank, ms in enumerate(times))
        dash = ' stroke-dasharray="5 3"' if number % 2 else ""
        color = ("#b03a2e", "#1f618d")[number // 2 % 2]
        parts.append(f'<polyline points="{points}" stroke="{color}"{dash} class="curve"/>')
        at = top + height + 44 + 18 * number
        parts.append(f'<path d="M{left} {at - 4}h28" stroke="{color}"{dash} class="curve"/><text x="{left + 36}" y="{at}" class="start">{title}</text>')
    style = (
        "text{font:12px sans-serif;text-anchor:middle;fill:#333}.end{text-anchor:end}.start{text-anchor:start}"
        ".grid{stroke:#ddd}.budget{stroke:#888;stroke-dasharray:2 3}.curve{fill:none;stroke-width:2}"
    )
    tall = top + height + 44 + 18 * len(curves)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 30} {tall}"><style>{style}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def measure(coact, trials, options):
    """Times in milliseconds of so many stops of a daemon with these options: as it measures them, and as the line sees them."""
    inside, outside, workers, first = [], [], [], False
    with tempfile.TemporaryDirectory() as folder, simulated(coact, folder, options=options, begin=go_first) as (relay, daemon):
        try:
            workers = [process for _ in range(os.cpu_count()) for process in load(coact)]
            time.sleep(2)
            client = Client(f"{folder}/state/coact.sock")
            first = go_first()
            for number in range(trials):
                if number % 50 == 0:
                    client.ask(do="resume")
                    daemon.tell("move forward two meters" if number % 100 else "turn around")
                seen = len(relay.stops)
                at = time.monotonic()
                client.ask(do="stop")
                relay.until("the stop frame", lambda: len(relay.stops) > seen, 10)
                outside.append((relay.stops[seen] - at) * 1000)
                time.sleep(0.01)
                inside.append(client.ask(do="status")["status"]["link"]["stop_ms"])
                client.ask(do="resume")
                time.sleep(0.03)
        finally:
            for process in workers:
                finish(process)
    if not first:
        print("this script may not go before others: what the relay sees includes its waiting for a core")
    return inside, outside


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", type=int, nargs="?", default=1000)
    parser.add_argument("--coact", default="target/release/coact", help="the program, and options of it")
    parser.add_argument("--budget-ms", type=float, default=5.0)
    parser.add_argument("--run", action="append", help="options of `coact run`; once for each run that is wanted")
    parser.add_argument("--svg", help="where to draw the distributions")
    args = parser.parse_args()
    curves, late = [], []
    for options in args.run or [""]:
        inside, outside = measure(args.coact.split(), args.trials, options.split())
        name = f"coact run {options}".strip()
        print(f"{name}: {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
        within = draw("latch to stop frame written, as the daemon measures it", inside)
        draw("request on the socket to stop frame at the relay", outside)
        curves += [(f"{name}: latch to stop frame written", inside), (f"{name}: request on the socket to frame at the relay", outside)]
        if within >= args.budget_ms:
            late.append(f"{name}: 99 % within {within:.3f} ms")
    if args.svg:
        with open(args.svg, "w") as file:
            file.write(picture(curves, args.budget_ms))
    assert not late, f"{'; '.join(late)}; the budget is {args.budget_ms} ms"


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
