"""Compares coact with stock tract, and int8 with f32, on 64-bit ARM by the instructions that one run takes under qemu.

    cross/linux.sh aarch64 measure
    python models/bench/arm.py --mediapipe mediapipe-0.10.14-*.whl

Instructions and not time: qemu computes f32 in software and runs beside other programs, but what it executes is always the same.
Of two programs the one with fewer instructions need not be the faster one on a board; it is the less work. Processors:
Cortex-A72 (Raspberry Pi 4) has no dot product, Cortex-A76 (Raspberry Pi 5) has. Writes the table into BENCHMARKS.md.

Needs a qemu-aarch64 that was built with plugins (Debian 12's is) and a C library for it (--library).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from files import ROOT, all_cases

CPUS = {"cortex-a76": "with dot product", "cortex-a72": "without"}
# Instructions up to which a run is counted REPEATED times more.
SMALL, REPEATED = 100_000_000, 20
# Name of a case, and of the case or file in f32 that it is compared with.
WANTED = {
    "text model as shipped, 8 tokens": "text model in f32",
    "MiniLM dynamic int8, 8 tokens": "MiniLM f32, 8 tokens",
    "MiniLM f32, 8 tokens": None,
    "YOLOX-nano f32": None,
    "YOLOX-nano QDQ int8": "YOLOX-nano f32",
    "YOLOX-nano QOperator int8": "YOLOX-nano f32",
    "palm detection": None,
    "hand landmarks": None,
    "face detection": None,
    "pose detection": None,
    "pose landmarks": None,
}


def in_floats(file: Path, to: Path) -> None:
    """The same model with its int8 weights written out as f32."""
    model = onnx.load(file)
    constants = {one.name: one for one in model.graph.initializer}
    for node in list(model.graph.node):
        if node.op_type != "DequantizeLinear" or not all(name in constants for name in node.input):
            continue
        q, scale, *zero = [numpy_helper.to_array(constants[name]) for name in node.input]
        axis = next((one.i for one in node.attribute if one.name == "axis"), 1)
        shape = [-1 if at == axis % q.ndim else 1 for at in range(q.ndim)] if scale.size > 1 else [1] * q.ndim
        value = q.astype(np.float32) - (zero[0].astype(np.float32).reshape(shape) if zero else 0)
        model.graph.initializer.append(numpy_helper.from_array((value * scale.reshape(shape)).astype(np.float32), node.output[0]))
        model.graph.node.remove(node)
    onnx.save(model, to)


class Counter:
    """Instructions of one run of a file."""

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.args, self.plugin = args, folder / "insns.so"
        source = ROOT / "models/bench/insns.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(self.plugin), str(source)], check=True)

    def whole(self, cpu: str, file: Path, given: Path, runs: int, stock: bool) -> int | None:
        command = ["qemu-aarch64", "-cpu", cpu, "-L", self.args.library, "-plugin", self.plugin, self.args.measure]
        command += [file, runs, "--bare", "--input", given] + (["--stock"] if stock else [])
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        found = re.search(r"insns: (\d+)", done.stderr)
        return int(found[1]) if done.returncode == 0 and found else None

    def run(self, cpu: str, file: Path, given: Path, stock: bool) -> int | None:
        loads, both = (self.whole(cpu, file, given, runs, stock) for runs in (0, 1))
        if not (loads and both):
            return None
        if both - loads > SMALL:
            return both - loads
        # Loading is not always the same work, give or take some millions.
        more = self.whole(cpu, file, given, 1 + REPEATED, stock)
        return (more - both) // REPEATED if more else None


def row(name: str, counts: dict, floats: str | None) -> str:
    cells = [name]
    for cpu in CPUS:
        ours, stock = counts[name].get(cpu, (None, None))
        wide = counts.get(floats, {}).get(cpu, (None, None))[0]
        cells += [f"{ours / 1e6:.1f}" if ours else "fails", f"{stock / 1e6:.1f}" if stock else "does not load"]
        cells += [f"**{ours / stock:.2f}**" if ours and stock else "", f"**{ours / wide:.2f}**" if ours and wide else ""]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", type=Path, default=ROOT / "target/linux/aarch64/measure", help="the built program")
    parser.add_argument("--library", type=Path, default=Path("/usr/aarch64-linux-gnu"), help="where its C library lies")
    parser.add_argument("--mediapipe", type=Path, help="the wheel mediapipe-0.10.14")
    parser.add_argument("--only", default="", help="a word of the names of the files; then nothing is written")
    parser.add_argument("--keep", type=Path, help="keep the made files, and what was counted, in this folder")
    args = parser.parse_args()
    counts: dict[str, dict[str, tuple]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        counter = Counter(args, folder)
        known = folder / "counts.json"
        counts = json.loads(known.read_text()) if known.exists() else {}
        for case in all_cases(folder, args.mediapipe):
            if case.name not in WANTED or args.only.lower() not in case.name.lower():
                continue
            given = folder / "in.npz"
            np.savez(given, **case.inputs)
            files = {case.name: case.file}
            if case.name.startswith("text"):
                files["text model in f32"] = folder / "text_f32.onnx"
                in_floats(case.file, files["text model in f32"])
            for name, file in files.items():
                of = counts.setdefault(name, {})
                for cpu in CPUS:
                    if cpu not in of:
                        of[cpu] = tuple(counter.run(cpu, file, given, stock) for stock in (False, True))
                        known.write_text(json.dumps(counts))
                print(row(name, counts, WANTED.get(name)), flush=True)
    if args.only:
        return
    heads = ["file"]
    for cpu, what in CPUS.items():
        heads += [f"{cpu}, {what}: coact", "stock tract", "coact / stock", "int8 / f32"]
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    lines += [row(name, counts, WANTED.get(name)) for name in counts]
    path = ROOT / "BENCHMARKS.md"
    before, rest = path.read_text().split("<!-- arm -->\n", 1)
    path.write_text(before + "<!-- arm -->\n" + "\n".join(lines) + "\n" + "<!-- /arm -->\n" + rest.split("<!-- /arm -->\n", 1)[1])


if __name__ == "__main__":
    main()
