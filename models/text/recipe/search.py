"""A small search over what the training is tuned by: short runs from MiniLM on the same lines, scored on lines of their own.

Scored on HuRIC's dev part, which these runs do not learn from, and on grammar lines of another seed; the kept-aside lines take no
part. Each run is one line of search.jsonl.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import torch

from . import batches, evaluate, prepare, train, vocabulary
from .examples import example
from .generate import generate
from .model import TextModel, load_minilm
from .pipeline import runner

LINES = {"en": 3600, "it": 2000, "zh": 2400}
BASE = {"rate": 2e-4, "pieces": 800, "layers": 6, "strength": 1.0}
TRIED = [{}, {"rate": 1e-4}, {"rate": 4e-4}, {"rate": 4e-4, "pieces": 1600}, {"rate": 8e-4, "pieces": 1600}, {"layers": 4}]


def search(folder: Path | None, out: Path, seed: int, threads: int, log=print) -> None:
    """Train and score each setting of TRIED; the figures go to OUT/search.jsonl as they come."""
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    data = prepare.prepare(folder, seed, LINES, final=False)
    dev = {"huric": data.dev} if data.dev else {}
    for lang, count in (("en", 150), ("it", 75), ("zh", 75)):
        dev[lang] = [example(line) for line in generate(lang, count, seed + 500, {one.text for one in data.generated})]
    learnt = data.huric * 2 + data.own * 2 + data.generated + data.clinc[:1500]
    ids, rows = vocabulary.prune({word for one in learnt for word in one.words}, prepare.glosses())
    encoder = batches.Encoder(ids)
    tensors = vocabulary.minilm_tensors()
    log(f"{len(learnt)} lines to learn, dev " + " ".join(f"{name} {len(lines)}" for name, lines in dev.items()))
    for change in TRIED:
        setting = BASE | change
        torch.manual_seed(seed)
        model = TextModel(len(ids), layers=setting["layers"])
        load_minilm(model, tensors, rows)
        with torch.no_grad():
            vocabulary.fill_added(model.words.weight, ids, rows, prepare.glosses(), seed)
        begun = time.time()
        train.train(
            model, encoder, lambda epoch, rng: learnt, 1, seed, None, setting["rate"], lambda *_: None,
            strength=setting["strength"], average=0.99, pieces=setting["pieces"],
        )
        row = setting | {"seconds": round(time.time() - begun)}
        for name, lines in dev.items():
            figures = evaluate.score(lines, evaluate.read_all(runner(model, encoder), lines), samples=1)
            row[name] = {
                "frame_f1": round(figures["frame"]["f1"], 3), "role_f1": round(figures["role"]["f1"], 3),
                "whole": round(figures["whole"]["accuracy"], 3), "act": round(figures["act_accuracy"], 3),
            }
        with (out / "search.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        log(json.dumps(row))
