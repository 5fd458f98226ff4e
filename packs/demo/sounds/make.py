#!/usr/bin/env python3
"""Makes the demo's sounds: the English sentences of ../scenario.toml, spoken by synthetic voices, noise under two of them.

    apt-get install espeak-ng
    python -m venv .venv && .venv/bin/pip install -r ../../../models/asr/recipe/requirements.txt && .venv/bin/python make.py

A sentence's file is named by its words. After making it, each is transcribed by models/asr in onnxruntime; one that is not
understood word for word is spoken by the next voice.
"""
import re
import sys
import tomllib
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "models/asr"
sys.path.insert(0, str(MODEL / "recipe"))
import references  # noqa: E402
from mixing import with_noise  # noqa: E402
from transcribe import Transcriber  # noqa: E402
from voices import RATE, VOICES, with_pauses, write_wav  # noqa: E402

OTHER_LANGUAGES = {"vai in soggiorno"}
OTHERS = ["joe", "joe_high", "woman", "british", "american"]
VOICE = {  # who speaks first; joe what is not here
    "take the cup": "joe_high",
    "don't go to the bedroom": "joe_high",
    "go to the balcony": "joe_high",
    "stop": "joe_high",
    "bring me the red cup": "woman",
    "look for the laptop": "joe_high",
}
NOISE = {  # what is under it, in decibels below the loudest part of the speech
    "take the blue cup": ("babble", 12),
    "go to the bedroom and look for the cat": ("brown", 12),
}
SMALL_TALK = [
    "have you seen my umbrella this morning, I must have left it in the office again",
    "the train was twenty minutes late and then there was no seat left",
    "we could go to the seaside on Saturday if the weather stays like this",
    "she said that the shop closes at six but they let me in anyway",
]


def babble(seconds: float) -> np.ndarray:
    """Four people talking at once."""
    total = np.zeros(int(seconds * RATE), np.float32)
    for name, text in zip(("joe", "british", "joe_high", "american"), SMALL_TALK):
        talk = VOICES[name]()(text)
        total += np.resize(talk / np.abs(talk).max(), len(total))
    return total


def brown(seconds: float) -> np.ndarray:
    """A fan: noise that falls by 6 dB an octave."""
    steps = np.random.default_rng(1).normal(size=int(seconds * RATE) + RATE)
    walk = np.zeros_like(steps)
    for i in range(1, len(steps)):
        walk[i] = 0.99 * walk[i - 1] + steps[i]
    return walk[RATE:].astype(np.float32)


def spoken(text: str, voice: str) -> np.ndarray:
    sound = with_pauses(VOICES[voice]()(text))
    if text in NOISE:
        kind, snr_db = NOISE[text]
        sound = with_noise(sound, {"babble": babble, "brown": brown}[kind](len(sound) / RATE + 1), 0, snr_db)
    return sound * (0.5 / np.abs(sound).max())


def main():
    transcribe = Transcriber(MODEL)
    steps = tomllib.loads((HERE.parent / "scenario.toml").read_text())["step"]
    for text in dict.fromkeys(step["say"] for step in steps):
        if text in OTHER_LANGUAGES:
            continue
        name = re.sub(r"[^a-z]+", "_", text.replace("'", "")) + ".wav"
        for voice in dict.fromkeys([VOICE.get(text, "joe"), *OTHERS]):
            sound = spoken(text, voice)
            heard = transcribe(sound)
            if references.words(heard) == references.words(text):
                print(f"| `{name}` | {voice} | {'%s %s dB' % NOISE[text] if text in NOISE else ''} | {heard} |", flush=True)
                write_wav(HERE / name, sound)
                break
        else:
            raise SystemExit(f"{text!r} is not understood from any voice, last as {heard!r}")


if __name__ == "__main__":
    main()
