"""Noise under speech.

The ratio is that of the loudest windows of 2,048 samples, as in Picovoice's speech-to-intent benchmark; which part of the
noise is taken depends on the clip's place alone, so that everyone hears the same.
"""

import numpy as np

WINDOW = 2_048
STEP = 7 * 16_000


def loudest(sound: np.ndarray) -> float:
    """Power of the loudest window."""
    windows = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return float((windows**2).mean(1).max())


def with_noise(speech: np.ndarray, noise: np.ndarray, place: int, snr_db: float) -> np.ndarray:
    """The speech over a part of the noise, so many decibels below it."""
    begin = place * STEP % (len(noise) - len(speech))
    part = noise[begin : begin + len(speech)]
    return speech + part * np.float32(np.sqrt(loudest(speech) / loudest(part) / 10 ** (snr_db / 10)))
