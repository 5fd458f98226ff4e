#!/usr/bin/env python3
"""A microphone for tests: writes WAV files as raw 16-bit sound in real time, with silence between them, then silence for ever.

    python3 tests/fake_recorder.py [--pause S] [--rate N] [--fast] WAV…

Silence is a little noise: a microphone that gives exact zeros is a broken one. The files must hold 16-bit samples; those of another
rate than is wanted are converted to the nearest sample, which is fit for tests and not for measuring.
"""

import argparse
import random
import sys
import time
import wave



def samples(path, wanted):
    with wave.open(path) as file:
        rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
        data = file.readframes(file.getnframes())
    if width != 2:
        sys.exit(f"{path}: 16 bits are expected, {8 * width} came")
    if (rate, channels) == (wanted, 1):
        return data
    frame = 2 * channels
    count = len(data) // frame * wanted // rate
    return b"".join(data[frame * (n * rate // wanted) :][:2] for n in range(count))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pause", type=float, default=1.5, help="silence before, between and after, in seconds")
    parser.add_argument("--rate", type=int, default=16000, help="samples a second")
    parser.add_argument("--fast", action="store_true", help="as fast as it is read")
    parser.add_argument("wavs", nargs="+")
    arguments = parser.parse_args()
    noise = random.Random(1)
    rate, size = arguments.rate, arguments.rate * 32 // 1000

    def silence(seconds):
        count = int(seconds * rate)
        return b"".join(noise.randint(-20, 20).to_bytes(2, "little", signed=True) for _ in range(count))

    sound = silence(arguments.pause)
    for path in arguments.wavs:
        sound += samples(path, rate) + silence(arguments.pause)
    begin, sent = time.monotonic(), 0
    while True:
        block = sound[2 * sent : 2 * (sent + size)] or silence(size / rate)
        sent += size
        try:
            sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return
        late = sent / rate - (time.monotonic() - begin)
        if late > 0 and not arguments.fast:
            time.sleep(late)


main()
