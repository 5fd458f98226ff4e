"""The field's cross-validation: ten folds over HuRIC, each read by a model trained on the other nine alone.

Nothing but HuRIC and MiniLM goes in (no grammar, no own lines, no CLINC150), so that the figures say what the network and its
hints make of the corpus; so that ten trainings take minutes, MiniLM's lower layers stay as they are. Equal sentences are in one
fold. Decoded by the recipe's own plain decoding.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import torch

from . import batches, corpora, evaluate, prepare, splits, train, vocabulary
from .examples import example
from .model import TextModel, load_minilm
from .pipeline import runner, without_map

FOLDS = 10
EPOCHS = 12
# Layers of the encoder that are not trained, from below.
FROZEN = 4
RATE = 3e-4


def fold_of(text: str) -> int:
    """The fold of a sentence, decided by the sentence alone."""
    return int(hashlib.sha256(f"fold:{splits.group(text)}".encode()).hexdigest()[:8], 16) % FOLDS


def cross_validate(folder: Path, out: Path, seed: int, epochs: int = EPOCHS, threads: int = 1, log=print) -> dict:
    """Ten trainings; the figures over all held-out lines, a language and way with the map each, to OUT/folds.json."""
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    corpora.verify(folder)
    lines = [line for lang in ("en", "it") for line in corpora.huric(folder / f"huric_{lang}_train.jsonl")]
    marked = [(fold_of(line["text"]), example(line)) for line in lines]
    glosses = prepare.glosses()
    ids, rows = vocabulary.prune({word for _, one in marked for word in one.words}, glosses)
    tensors = vocabulary.minilm_tensors()
    encoder = batches.Encoder(ids)
    held: dict[str, tuple[list, list]] = {}
    begun = time.time()
    for fold in range(FOLDS):
        learnt = [one for at, one in marked if at != fold]
        torch.manual_seed(seed + fold)
        model = TextModel(len(ids))
        load_minilm(model, tensors, rows)
        for part in (model.words, model.positions, model.norm, *model.layers[:FROZEN]):
            part.requires_grad_(False)
        quiet = lambda *_: None
        train.train(model, encoder, lambda epoch, rng: learnt, epochs, seed + fold, None, RATE, quiet, strength=0.3, average=0.99, pieces=400)
        run = runner(model, encoder)
        for lang in ("en", "it"):
            kept = [one for at, one in marked if at == fold and one.lang == lang]
            for way, given in (("map", kept), ("no map", without_map(kept))):
                examples, readings = held.setdefault(f"{lang}, {way}", ([], []))
                examples += given
                readings += evaluate.read_all(run, given)
        figures = {name: evaluate.score(*all_held, samples=1) for name, all_held in held.items()}
        brief = {name: [round(f["frame"]["f1"], 3), round(f["role"]["f1"], 3), round(f["whole"]["accuracy"], 3)] for name, f in figures.items()}
        log(f"fold {fold}, {time.time() - begun:.0f} s: {brief}")
    result = {
        "folds": FOLDS, "epochs": epochs, "rate": RATE, "frozen_layers": FROZEN,
        "sets": {name: evaluate.score(*all_held) for name, all_held in held.items()},
    }
    (out / "folds.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    return result
