"""Measures coact against onnxruntime and rten on the same files with the same inputs, and writes BENCHMARKS.md.

    pip install -r models/bench/requirements.txt
    pip download --no-deps mediapipe==0.10.14
    python models/bench/compare.py --coact target/release/coact --mediapipe mediapipe-0.10.14-*.whl

All run in turns, round by round, so that what else the machine does meets both; the least of all runs counts. The
files that are not shipped are made in a temporary folder. --only WORD measures the files whose names or tables have the word, and
then nothing is written unless --write is given. rten runs in the small program of models/bench/rten, which cargo builds here where it
can (Rust 1.94); a dash stands where rten does not load a file.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime

from files import ROOT, Case, all_cases

# What one round of one engine should take.
ROUND_S = 0.6


@dataclass
class Result:
    case: Case
    coact: list[float] = field(default_factory=list)
    ort: list[float] = field(default_factory=list)
    ort_all: list[float] = field(default_factory=list)
    rten: list[float] = field(default_factory=list)
    rten_all: list[float] = field(default_factory=list)
    stock: float | None = None
    cosine: float = float("nan")
    argmax: float = float("nan")
    ort_cosine: float = float("nan")
    peak: int = 0
    fallbacks: int | None = None
    problem: str = ""


def session(file: Path, threads: int, optimized: bool = True) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def timed(run, runs: int) -> list[float]:
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1e3)
    return times


def coact(program: Path, case: Case, given: Path, runs: int, *more: str, output: Path | None = None) -> dict:
    command = [program, "bench", "model", case.file, "--input", given, "--runs", str(runs), "--json", *more]
    if output:
        command += ["--output", output]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"exit code {done.returncode}")
    return json.loads(done.stdout)


def agreement(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> tuple[float, float]:
    """The least cosine of an output, and the part of all last axes whose largest number is at the same place."""
    cosines, same = [], []
    for name, b in theirs.items():
        a = ours[name].astype(np.float64).reshape(b.shape)
        b = b.astype(np.float64)
        norm = np.linalg.norm(a) * np.linalg.norm(b)
        cosines.append(1.0 if norm == 0 else float((a * b).sum() / norm))
        if b.ndim and b.shape[-1] > 1:
            same.append((a.argmax(-1) == b.argmax(-1)).ravel())
    return min(cosines), float(np.concatenate(same).mean()) if same else 1.0


def measure(case: Case, args: argparse.Namespace, folder: Path) -> Result:
    result = Result(case)
    given, gave = folder / "in.npz", folder / "out.npz"
    np.savez(given, **case.inputs)
    one, every = session(case.file, 1), session(case.file, 0)
    names = [output.name for output in one.get_outputs()]
    plain = dict(zip(names, session(case.file, 1, optimized=False).run(None, case.inputs), strict=True))
    theirs = dict(zip(names, one.run(None, case.inputs), strict=True))
    result.ort_cosine, _ = agreement(theirs, plain)
    runs = max(3, min(500, int(ROUND_S * 1e3 / min(timed(lambda: one.run(None, case.inputs), 3)))))
    rten = Rten(args.rten, case, folder) if args.rten else None
    try:
        told = coact(args.coact, case, given, 1, output=gave)
        result.cosine, result.argmax = agreement(dict(np.load(gave)), plain)
        for _ in range(args.rounds):
            told = coact(args.coact, case, given, runs)
            result.coact.append(told["min_ms"])
            result.ort.append(min(timed(lambda: one.run(None, case.inputs), runs)))
            result.ort_all.append(min(timed(lambda: every.run(None, case.inputs), runs)))
            if rten:
                result.rten += rten.run(1, runs)
                result.rten_all += rten.run(0, runs)
        result.peak = told["peak_rss_bytes"] or 0
        if "fallbacks" in told:
            result.fallbacks = sum(one["count"] for one in told["fallbacks"])
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        result.problem = str(error).splitlines()[0][:160]
    if args.stock:
        # What stock tract cannot load stays without a time.
        with contextlib.suppress(RuntimeError, subprocess.TimeoutExpired):
            result.stock = coact(args.coact, case, given, 3, "--stock")["min_ms"]
    return result


def built_rten() -> Path | None:
    """The small program that runs a file with rten, if cargo can build it."""
    folder, target = ROOT / "models/bench/rten", ROOT / "target/rten"
    command = ["cargo", "build", "--release", "--locked", "--manifest-path", folder / "Cargo.toml", "--target-dir", target]
    with contextlib.suppress(FileNotFoundError, subprocess.CalledProcessError):
        subprocess.run(command, check=True)
        return target / "release/rten-bench"
    print("left out: rten, which cargo cannot build here", flush=True)
    return None


class Rten:
    """rten on one file."""

    def __init__(self, program: Path, case: Case, folder: Path) -> None:
        self.file = [str(program), str(case.file)]
        self.inputs: list[str] = []
        for index, (name, array) in enumerate(case.inputs.items()):
            path = folder / f"rten{index}"
            kind = "f32" if array.dtype.kind == "f" else "i32"
            array.astype(kind.replace("f32", "<f4").replace("i32", "<i4")).tofile(path)
            self.inputs += [name, kind, "x".join(map(str, array.shape)), str(path)]

    def run(self, threads: int, runs: int) -> list[float]:
        """The least time of some runs; nothing where rten fails. No threads are as many as it takes by itself."""
        command = [*self.file, str(threads), str(runs), *self.inputs]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        return [float(done.stdout)] if done.returncode == 0 else []


def row(result: Result, args: argparse.Namespace) -> list[str]:
    if result.problem:
        return [result.case.name, result.problem]
    ours, theirs = min(result.coact), min(result.ort)
    cells = [result.case.name, f"{ours:.2f}", f"{theirs:.2f}", f"**{ours / theirs:.2f}**", f"{min(result.ort_all):.2f}"]
    if args.stock:
        cells += [f"{result.stock:.2f}", f"{result.stock / ours:.1f}"] if result.stock else ["does not load", ""]
    if args.rten:
        cells += [f"{min(times):.2f}" if times else "–" for times in (result.rten, result.rten_all)]
    cells += [f"{result.cosine:.6f}", f"{result.ort_cosine:.6f}", f"{result.argmax * 100:.1f} %", f"{result.peak / 1e6:.0f}"]
    return cells


def heads(args: argparse.Namespace) -> list[str]:
    cells = ["file", "coact", "onnxruntime", "ratio", f"onnxruntime, {os.cpu_count()} threads"]
    if args.stock:
        cells += ["stock tract", "times slower than coact"]
    if args.rten:
        cells += ["rten", f"rten, {os.cpu_count()} threads"]
    return cells + ["cosine", "its own", "same argmax", "peak MB"]


def cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def flags() -> str:
    text = Path("/proc/cpuinfo").read_text()
    known = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimd", "asimddp", "i8mm"]
    return ", ".join(flag for flag in known if f" {flag} " in text.replace("\n", " \n"))


def rten_version() -> str:
    lock = tomllib.loads((ROOT / "models/bench/rten/Cargo.lock").read_text())
    return next(one["version"] for one in lock["package"] if one["name"] == "rten")


def page(results: list[Result], args: argparse.Namespace) -> str:
    version = subprocess.run([str(args.coact), "--version"], capture_output=True, text=True).stdout.strip()
    rten = f"rten {rten_version()}, " if args.rten else ""
    lines = [
        "## Models",
        "",
        "coact against onnxruntime: the same file, the same inputs, one thread, one run of the script, in turns. Milliseconds",
        "are the least of all runs; ratio is coact / onnxruntime, lower is better. Cosine (the least of all outputs) and argmax",
        "compare coact's outputs with onnxruntime's when it optimizes nothing, *its own* is the cosine of onnxruntime's optimized",
        "outputs with those. Where numbers are rounded to bytes, sums in another order can turn a byte, so both may differ: see",
        "[below](#against-an-exact-evaluation). A dash stands where rten does not load or run a file.",
        "",
        f"Machine: {cpu()}, {os.cpu_count()} cores, {flags()}; {platform.system()} {platform.machine()}.",
        f"{version}, onnxruntime {onnxruntime.__version__}, {rten}{time.strftime('%Y-%m-%d')}, {args.rounds} rounds.",
        "",
        "```",
        args.told,
        "```",
    ]
    for table in dict.fromkeys(result.case.table for result in results):
        cells = heads(args)
        lines += ["", f"### {table}", "", "| " + " | ".join(cells) + " |", "|---" + "|--:" * (len(cells) - 1) + "|"]
        for result in results:
            if result.case.table == table:
                lines.append("| " + " | ".join(row(result, args)) + " |")
    return "\n".join(lines) + "\n"


def write(section: str) -> None:
    """Puts the section between its marks in BENCHMARKS.md; what others measured there stays."""
    path = ROOT / "BENCHMARKS.md"
    begin, end = "<!-- models -->\n", "<!-- /models -->\n"
    text = path.read_text() if path.exists() else f"# Benchmarks\n\n{begin}{end}"
    before, rest = text.split(begin, 1)
    path.write_text(before + begin + section + end + rest.split(end, 1)[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", type=Path, default=ROOT / "target/release/coact", help="the built program")
    parser.add_argument("--mediapipe", type=Path, help="the wheel mediapipe-0.10.14")
    parser.add_argument("--rten", type=Path, help="the program of models/bench/rten, already built")
    parser.add_argument("--no-rten", action="store_true", help="leave rten out")
    parser.add_argument("--stock", action="store_true", help="measure tract without coact's rewrites, too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="a word of the names of the files to measure")
    parser.add_argument("--keep", type=Path, help="keep the made files in this folder")
    parser.add_argument("--write", action="store_true", help="write BENCHMARKS.md even with --only")
    args = parser.parse_args()
    args.told = "python models/bench/compare.py --coact target/release/coact"
    args.told += " --mediapipe mediapipe-0.10.14-*.whl" if args.mediapipe else ""
    if not args.rten and not args.no_rten:
        args.rten = built_rten()
    args.told += " --stock" if args.stock else ""
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(" | ".join(heads(args)), flush=True)
        for case in all_cases(folder, args.mediapipe):
            if args.only.lower() in f"{case.table} {case.name}".lower():
                results.append(measure(case, args, folder))
                print(" | ".join(row(results[-1], args)), flush=True)
    if args.write or not args.only:
        write(page(results, args))


if __name__ == "__main__":
    main()
