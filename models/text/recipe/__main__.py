"""`python -m recipe`: see run.sh and the README of the recipe for the steps."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

# Torch's two threads wait on one another badly on a shared machine; one at a time is the steady way there.
FULL = {
    "generated": {"en": 36000, "it": 18000, "zh": 20000}, "per_epoch": {"en": 9000, "it": 4500, "zh": 5000, "clinc": 2500},
    "repeats": {"huric": 4, "own": 3}, "layers": 6, "epochs": 12, "rate": 3e-4, "pieces": 800, "final": True, "average": 0.99,
}
SMALL = {
    **FULL, "generated": {"en": 13000, "it": 7000, "zh": 7000}, "per_epoch": {"en": 6500, "it": 3500, "zh": 3500, "clinc": 2500}, "epochs": 2,
}


def main():
    parser = argparse.ArgumentParser(prog="recipe", description="Build coact's text model, from corpora to measured ONNX file.")
    parser.add_argument("--corpora", type=Path, help="folder with the corpora (see corpora.py); own data alone without it")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "build", help="folder for what is built")
    parser.add_argument("--size", choices=["full", "small"], default="full")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", default="train", help="comma-separated steps")
    parser.add_argument("--minutes", type=float, default=0.0, help="end the training schedule by then (0: by its steps alone)")
    parser.add_argument("--start", type=Path, help="go on from the weights of an earlier run in this folder, or of this model.onnx")
    parser.add_argument("--hold", action="store_true", help="keep the learning rate at its peak, for runs that go on from this one")
    parser.add_argument("--rate", type=float, help="peak learning rate, where not the recipe's own")
    parser.add_argument("--ship", type=Path, default=Path(__file__).parent.parent, help="folder for what is shipped")
    parser.add_argument("--workers", type=int, default=1, help="processes that train together, one thread each")
    parser.add_argument("--rank", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    steps = given.steps.split(",")
    log = lambda text: print(text, flush=True)
    if "data" in steps:
        from .own import write_all

        write_all(log)
    if "sets" in steps:
        from .sets import write

        write(given.corpora, given.out / "sets", 20, log)
    if "folds" in steps:
        from .folds import cross_validate

        cross_validate(given.corpora, given.out, 20, threads=given.threads, log=log)
    if "search" in steps:
        from .search import search

        search(given.corpora, given.out, 20, threads=given.threads, log=log)
    if "train" in steps:
        from .pipeline import build

        settings = {**(FULL if given.size == "full" else SMALL), "threads": given.threads, "minutes": given.minutes, "start": given.start}
        settings["hold"] = given.hold
        if given.hold:
            settings["average"] = 0.0
        if given.rate:
            settings["rate"] = given.rate
        helpers = []
        if given.workers > 1:
            settings.update(threads=1, rank=given.rank, world=given.workers)
            if given.rank == 0:
                given.out.mkdir(parents=True, exist_ok=True)
                (given.out / "meet").unlink(missing_ok=True)
                for rank in range(1, given.workers):
                    helpers.append(subprocess.Popen([sys.executable, "-m", "recipe", *sys.argv[1:], "--rank", str(rank), "--steps", "train"]))
        build(given.corpora, given.out, settings, log)
        for helper in helpers:
            helper.wait()
    if "export" in steps:
        import json
        import shutil

        from . import export, package, prepare, report

        model_folder = given.ship
        model_folder.mkdir(parents=True, exist_ok=True)
        paths = export.write(given.out)
        ids = export.vocabulary(given.out)
        # `frame` and `act` are the plain decoding's; the rest was fitted with the runtime's own (`coact eval nlu --fit` on the sets of
        # `--steps sets`) and is to be fitted again after training.
        fitted = {"second_look": 0.08, "slope": 0.977, "offset": 0.193, "act_confidence": 0.64}
        thresholds = {"frame": 0.5, "act": 0.5, **fitted, "temperatures": {name: 1.0 for name in ("frames", "roles", "moods", "acts", "langs")}}
        if (given.out / "thresholds.json").exists():
            thresholds |= json.loads((given.out / "thresholds.json").read_text())
        data = prepare.prepare(given.corpora, 20, {"en": 10})
        cosine = given.out / "cosine.json"
        extra = {"cosine": json.loads(cosine.read_text())} if cosine.exists() else {}
        package.check_tokenizer(given.out / "tokenizer.json", ids, [line.text for lines in data.tests.values() for line in lines])
        gpsr = prepare.gpsr_lines(given.corpora)
        result = report.report(paths, ids, data.tests, thresholds, extra, gpsr)
        for name in ("model.onnx", "tokenizer.json"):
            shutil.copyfile(given.out / name, model_folder / name)
        report.write(result, model_folder, "the text model " + package.VERSION)
        package.golden(model_folder / "golden.jsonl", export.Onnx(paths["int8"], ids), thresholds["frame"])
        corpora_used = "HuRIC 2.1, CLINC150, own grammar and hand-written lines" if given.corpora else "own grammar and hand-written lines"
        package.manifest(model_folder, thresholds, corpora_used)
        log((model_folder / "EVALUATION.md").read_text()[:3500])
    return 0


if __name__ == "__main__":
    sys.exit(main())
