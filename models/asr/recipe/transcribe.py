"""The reference: what the graphs say in onnxruntime, decoded greedily.

    python transcribe.py FOLDER CLIP.wav …

FOLDER holds encoder.onnx, decoder.onnx and pieces.json. Clips are 16 kHz, mono, 16 bit.
"""

import sys
import time
import wave
from pathlib import Path

import numpy as np
import onnxruntime

import pieces

RATE = 16_000
LAYERS, HEADS, HEAD = 6, 8, 36
START, END = 1, 2
PIECES_A_SECOND = 6.5  # more than this in a second is invented, not heard


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path)) as clip:
        if (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) != (RATE, 1, 2):
            raise SystemExit(f"{path}: 16 kHz, mono, 16 bit expected, {clip.getparams()} came")
        return np.frombuffer(clip.readframes(clip.getnframes()), np.int16).astype(np.float32) / 32_768


class Transcriber:
    def __init__(self, folder: Path, threads: int = 1):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
            for name in ("encoder.onnx", "decoder.onnx")
        )
        self.pieces = pieces.read(folder / "pieces.json")
        self.seconds = 0.0

    def tokens(self, audio: np.ndarray) -> list[int]:
        begun = time.process_time()
        names = [output.name for output in self.encoder.get_outputs()]
        given = dict(zip(names, self.encoder.run(None, {"audio": audio[None]})))
        nothing = np.zeros((1, HEADS, 0, HEAD), np.float32)
        for i in range(LAYERS):
            given[f"keys.{i}"], given[f"values.{i}"] = nothing, nothing
        names = [output.name for output in self.decoder.get_outputs()]
        said, last = [], START
        for step in range(1 + int(len(audio) / RATE * PIECES_A_SECOND)):
            given["tokens"], given["positions"] = np.array([[last]]), np.array([step])
            given["mask"] = np.zeros((1, step + 1), np.float32)
            out = dict(zip(names, self.decoder.run(None, given)))
            last = int(out["logits"][0, -1].argmax())
            if last == END:
                break
            said.append(last)
            given.update({name.removeprefix("next_"): value for name, value in out.items() if name != "logits"})
        self.seconds += time.process_time() - begun
        return said

    def text(self, tokens: list[int]) -> str:
        return b"".join(self.pieces[token] for token in tokens).decode(errors="replace").strip()

    def __call__(self, audio: np.ndarray) -> str:
        return self.text(self.tokens(audio))


if __name__ == "__main__":
    transcribe = Transcriber(Path(sys.argv[1]))
    for clip in sys.argv[2:]:
        print(f"{Path(clip).name}: {transcribe(read_wav(Path(clip)))}")
