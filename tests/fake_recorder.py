#!/usr/bin/env python3
"""A microphone for tests: writes WAV files as raw 16-bit sound in real time, with silence between them, then silence for ever.

    python3 tests/fake_recorder.py [--pause S] [--fast] WAV…

Silence is a little noise: a microphone that gives exact zeros is a broken one. The files must be 16-bit mono at 16 kHz; others
are converted to the nearest sample.
"""

import argparse
import random
import sys
import time
import wave

RATE = 16000
BLOCK = 512


def samples(path):
    with wave.open(path) as file:
        rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
        data = file.readframes(file.getnframes())
    if width != 2:
        sys.exit(f"{path}: 16 bits are expected, {8 * width} came")
    if (rate, channels) == (RATE, 1):
        return data
    frame = 2 * channels
    count = len(data) // frame * RATE // rate
    return b"".join(data[frame * (n * rate // RATE) :][:2] for n in range(count))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pause", type=float, default=1.5, help="silence before, between and after, in seconds")
    parser.add_argument("--fast", action="store_true", help="as fast as it is read")
    parser.add_argument("wavs", nargs="+")
    arguments = parser.parse_args()
    noise = random.Random(1)

    def silence(seconds):
        count = int(seconds * RATE)
        return b"".join(noise.randint(-20, 20).to_bytes(2, "little", signed=True) for _ in range(count))

    sound = silence(arguments.pause)
    for path in arguments.wavs:
        sound += samples(path) + silence(arguments.pause)
    begin, sent = time.monotonic(), 0
    while True:
        block = sound[2 * sent : 2 * (sent + BLOCK)] or silence(BLOCK / RATE)
        sent += BLOCK
        try:
            sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return
        late = sent / RATE - (time.monotonic() - begin)
        if late > 0 and not arguments.fast:
            time.sleep(late)


main()
