#!/usr/bin/env python3
"""Measures in onnxruntime how well the voice detector tells speech from noise; writes evaluation.json and EVALUATION.md.

    python evaluate.py CLIPS_FOLDER NOISE.wav

CLIPS_FOLDER holds WAVs with one spoken order each, NOISE.wav noise without speech; all 16 kHz, mono, 16 bit. What the
detector marks in a quiet clip is taken for the truth of the same clip under noise. Noise is mixed in as in
models/asr/recipe/evaluate.py, from which this takes it.
"""
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "asr/recipe"))
from mixing import with_noise  # noqa: E402
from transcribe import RATE, read_wav  # noqa: E402

FRAME, BEFORE, MEMORY = 512, 64, 128
THRESHOLDS = (0.3, 0.5, 0.7)
SNR_DB = (24, 18, 12, 6, 0)
LONG = 8  # frames, 0.26 s: what is shorter is no word
PAGE = """\
# Evaluation of the voice detector

{clips} clips of people ordering coffee ({seconds:.0f} s), and the noise of a kitchen ({noise_s:.0f} s), in onnxruntime, one
thread. A frame is 32 ms. Frames that are marked in the quiet clip (probability of 0.5 and more) count as speech.
Written by `recipe/evaluate.py`; all numbers are in `evaluation.json`.

| noise below speech | frames of speech found | other frames marked | clips without any speech found |
|---|---|---|---|
{rows}

At threshold 0.5. The kitchen's own noise: {frames_of_noise}. Other sounds: {others}.

One frame takes {micro:.0f} µs.
"""


class Detector:
    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """A probability for each frame."""
        count = len(sound) // FRAME
        padded = np.concatenate([np.zeros(BEFORE, np.float32), sound])
        rows = np.stack([padded[i * FRAME : i * FRAME + BEFORE + FRAME] for i in range(count)])
        zeros = np.zeros((1, 1, MEMORY), np.float32)
        return self.session.run(["speech_probs"], {"input": rows, "h": zeros, "c": zeros})[0]


def long_runs(marked: np.ndarray) -> int:
    """How often LONG frames and more in a row are marked."""
    padded = np.concatenate([[0], marked.astype(np.int8), [0]])
    begins, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    return int((ends - begins >= LONG).sum())


def sounds_without_speech() -> dict:
    """A minute of each, made here."""
    random, n = np.random.default_rng(1), 60 * RATE
    brown = np.cumsum(random.normal(size=n))
    brown -= np.convolve(brown, np.ones(RATE) / RATE, "same")
    t = np.arange(n) / RATE
    scale = 220 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12])[(t * 2).astype(int) % 8] / 12)
    tune = sum(np.sin(2 * np.pi * np.cumsum(scale) / RATE * k) / k for k in (1, 2, 3)) * np.exp(-(t * 2 % 1) * 3)
    sounds = {
        "silence": np.zeros(n), "white noise": random.normal(size=n), "brown noise": brown,
        "mains hum": np.sin(2 * np.pi * 50 * t) + 0.5 * np.sin(2 * np.pi * 150 * t), "a tune": tune,
    }
    return {name: (sound / max(np.abs(sound).max(), 1e-9) * 0.3).astype(np.float32) for name, sound in sounds.items()}


def main():
    detect = Detector(HERE.parent / "model.onnx")
    clips = [read_wav(path) for path in sorted(Path(sys.argv[1]).glob("*.wav"))]
    noise = read_wav(Path(sys.argv[2]))
    begun = time.process_time()
    quiet = [detect(clip) for clip in clips]
    micro = (time.process_time() - begun) / sum(map(len, quiet)) * 1e6
    result = {"clips": len(clips), "micro_s_per_frame": round(micro, 1), "with_noise": [], "without_speech": []}
    for snr in (None, *SNR_DB):
        noisy = [detect(with_noise(clip, noise, i, snr)) if snr is not None else quiet[i] for i, clip in enumerate(clips)]
        for threshold in THRESHOLDS:
            truth = np.concatenate(quiet) >= 0.5
            marked = np.concatenate(noisy) >= threshold
            result["with_noise"].append({
                "snr_db": snr, "threshold": threshold,
                "found": round(float(marked[truth].mean()), 4), "wrong": round(float(marked[~truth].mean()), 4),
                "clips_missed": sum(long_runs(p >= threshold) == 0 for p in noisy),
            })
    for name, sound in {"kitchen": noise, **sounds_without_speech()}.items():
        probabilities = detect(sound)
        for threshold in THRESHOLDS:
            marked = probabilities >= threshold
            result["without_speech"].append({
                "sound": name, "seconds": round(len(sound) / RATE), "threshold": threshold,
                "frames_marked": round(float(marked.mean()), 4), "runs_of_a_quarter_second": long_runs(marked),
            })
    (HERE.parent / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")

    def row(r):
        name = "none" if r["snr_db"] is None else f"{r['snr_db']} dB"
        return f"| {name} | {100 * r['found']:.1f} % | {100 * r['wrong']:.1f} % | {r['clips_missed']} |"

    def marks(r):
        return f"{100 * r['frames_marked']:.1f} % of frames, {r['runs_of_a_quarter_second']} times for a quarter of a second or longer"

    at_half = [r for r in result["without_speech"] if r["threshold"] == 0.5]
    page = PAGE.format(
        clips=len(clips), seconds=sum(map(len, clips)) / RATE, noise_s=len(noise) / RATE,
        rows="\n".join(row(r) for r in result["with_noise"] if r["threshold"] == 0.5),
        frames_of_noise=marks(at_half[0]),
        others="; ".join(f"a minute of {r['sound'].removeprefix('a ')}: {marks(r)}" for r in at_half[1:]), micro=micro,
    )
    (HERE.parent / "EVALUATION.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
