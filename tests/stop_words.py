#!/usr/bin/env python3
"""How surely and how soon words that stop are heard in the sound, by `coact hear --live` on a microphone that plays files.

    python3 tests/stop_words.py [--coact target/release/coact] [--orders FOLDER] [--json FILE]

Positive: "stop", "halt" and "freeze", alone and with a word or two around them, by voices of espeak-ng that differ in accent,
pitch and speed. Negative: words that sound like them, robot commands, sentences with "stop" in them that stop nothing (by
espeak-ng), and recordings of people who order coffee where a folder with `labels.jsonl` is given. Everything is played in
real time. The latency is from the word's last sound (the last sample above a fiftieth of its loudest) to the moment at which
the spotter has spoken. Without espeak-ng it says so and exits 0.
"""

import argparse
import array
import concurrent.futures
import json
import random
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAUSE = 1.5
ACCENTS = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-gb-x-gbclan"]
VARIANTS = ["", "+m1", "+m3", "+m5", "+m7", "+f1", "+f2", "+f4", "+f5", "+klatt2"]
SAID = {
    "stop": ["stop", "stop!", "stop, stop!", "stop it", "stop now", "please stop", "no, stop", "robot, stop"],
    "freeze": ["freeze", "freeze!", "please freeze"],
    "halt": ["halt", "halt!", "robot, halt"],
    "near": "shop step top stock drop spot stuff store start hall salt hold fault hot fries please cheese stamp chop help".split(),
    "commands": [
        "go to the kitchen",
        "bring me the red cup",
        "turn left ninety degrees",
        "take the bottle from the table",
        "put the book on the shelf",
        "where is the knife",
        "what can you do",
        "follow me to the bedroom",
        "turn on the light",
        "drive forward two metres",
        "how many cups are there",
        "please give anna the cup",
        "the weather is nice today",
        "we went to the shop for some cheese",
        "come here please",
        "show me the top shelf",
        "start the engine please",
        "hold on to the cup",
    ],
    "not stops": ["the bus stop is over there", "we stopped at the shop", "a nonstop flight", "the train stops at the station"],
}
REPEATS = {"stop": 8, "freeze": 8, "halt": 8, "near": 3, "commands": 2, "not stops": 4}
POSITIVE = ["stop", "freeze", "halt"]


def read(path):
    """The rate and its mono 16-bit samples."""
    with wave.open(str(path)) as file:
        data = array.array("h", file.readframes(file.getnframes()))[:: file.getnchannels()]
        return file.getframerate(), data


def clips(folder, orders):
    chance = random.Random(7)
    found = []
    for kind, texts in SAID.items():
        for text in texts:
            for _ in range(REPEATS[kind]):
                voice, speed = chance.choice(ACCENTS) + chance.choice(VARIANTS), chance.choice([130, 155, 180, 205])
                path = folder / f"{len(found)}.wav"
                subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(path), text], check=True)
                found.append((kind, f"{text} ({voice}, {speed})", path))
    if orders:
        labels = [json.loads(line) for line in open(orders / "labels.jsonl")]
        found += [("people", label["wav"], orders / label["wav"]) for label in labels[:40]]
    chance.shuffle(found)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", default=str(ROOT / "target/release/coact"))
    parser.add_argument("--orders", type=Path, help="a folder with labels.jsonl and clips")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--most", type=int, default=10**6, help="at most so many clips")
    arguments = parser.parse_args()
    if not shutil.which("espeak-ng"):
        print("skipped: espeak-ng is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # Each rate is a microphone of its own, so that the program converts and not this script.
        rates = {}
        for kind, name, path in clips(folder, arguments.orders)[: arguments.most]:
            rate, samples = read(path)
            rates.setdefault(rate, []).append((kind, name, samples))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = [pool.submit(listen, arguments.coact, folder, rate, found) for rate, found in rates.items()]
            runs = [run.result() for run in runs]
    report = {"clips": {}, "stopped": {}, "seconds": round(sum(seconds for seconds, _, _ in runs))}
    late, compute = [], []
    for _, spans, stops in runs:
        compute += [stop["ms"] for stop in stops]
        for kind, name, start, end in spans:
            hit = [stop for stop in stops if start <= stop["at_s"] <= end + PAUSE - 0.1]
            report["clips"][kind] = report["clips"].get(kind, 0) + 1
            report["stopped"][kind] = report["stopped"].get(kind, 0) + bool(hit)
            if hit and kind in POSITIVE:
                late.append(round(1000 * (hit[0]["at_s"] - end) + hit[0]["ms"]))
            if bool(hit) != (kind in POSITIVE):
                print(f"{'missed' if kind in POSITIVE else 'false '}  {name} {[stop['stop'] for stop in hit]}")
    at = lambda values, share: values[min(len(values) - 1, int(share * len(values)))]
    late, compute = sorted(late) or [0], sorted(compute) or [0]
    report["latency_ms"] = {"median": at(late, 0.5), "p90": at(late, 0.9), "p99": at(late, 0.99), "most": late[-1]}
    report["spotter_ms"] = {"median": at(compute, 0.5), "p90": at(compute, 0.9)}
    for kind, count in report["clips"].items():
        print(f"{kind:10} {report['stopped'][kind]:4} of {count:4} stopped")
    print("latency from the last sound of the word, ms:", report["latency_ms"], "of it the spotter:", report["spotter_ms"])
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


def listen(coact, folder, rate, found):
    """Plays all to one microphone: how many seconds, where each clip lies, and every stop."""
    noise, sound, spans = random.Random(1), array.array("h"), []
    silence = lambda seconds: array.array("h", (noise.randint(-20, 20) for _ in range(int(seconds * rate))))
    sound += silence(PAUSE)
    for kind, name, samples in found:
        loud = max(abs(sample) for sample in samples) / 50
        last = max(n for n, sample in enumerate(samples) if abs(sample) > loud)
        spans.append((kind, name, len(sound) / rate, (len(sound) + last) / rate))
        sound += samples + silence(PAUSE)
    sound += silence(2)
    path = folder / f"all-{rate}.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(sound.tobytes())
    recorder = [sys.executable, str(ROOT / "tests/fake_recorder.py"), "--pause", "0", "--rate", str(rate), str(path)]
    microphone = f"\n[microphone]\nrate = {rate}\nprogram = {json.dumps(recorder)}\n"
    robot = folder / f"robot-{rate}.toml"
    robot.write_text((ROOT / "packs/demo/robot.toml").read_text() + microphone)
    line = [coact, "--json", "hear", "--live", "--config", str(robot), "--seconds", str(len(sound) / rate + 4)]
    heard = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True)
    events = map(json.loads, heard.stdout.splitlines())
    return len(sound) / rate, spans, [event for event in events if "stop" in event]


main()
