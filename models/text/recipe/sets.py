"""Writes the kept-aside lines as files that `coact eval nlu` scores, and the lines its thresholds are fitted on."""

from __future__ import annotations

import json
import random
from pathlib import Path

from . import corpora, prepare, splits
from .generate import generate

# Seed of the grammar lines for fitting: none of the training's.
FIT_SEED = 991
FIT_LINES = {"en": 500, "it": 250, "zh": 250}


def write(folder: Path | None, out: Path, seed: int, log=print) -> None:
    """Files of OUT: the kept-aside part of HuRIC, CLINC150's validation parts, GPSR's, and `fit_*` for fitting.

    What is fitted on was neither trained on nor is tested on: grammar lines of another seed, CLINC150's in-scope
    validation lines beside the 500 that are tested on, and people's GPSR commands of the training part.
    """
    out.mkdir(parents=True, exist_ok=True)

    def save(name: str, lines: list[dict]):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (out / f"{name}.jsonl").write_text(text, encoding="utf-8")
        log(f"{name}: {len(lines)} lines")

    there = corpora.verify(folder) if folder else {}
    held: set[str] = set()
    if there.get("huric_en_train.jsonl"):
        for lang in ("en", "it"):
            kept = [line for line in corpora.huric(folder / f"huric_{lang}_train.jsonl") if splits.part(line["text"]) == "test"]
            held |= {line["text"] for line in kept}
            save(f"huric_{lang}_test", kept)
    if there.get("clinc_val.jsonl"):
        lines = corpora.clinc(folder / "clinc_val.jsonl")
        tested = random.Random(seed).sample(lines, 500)
        texts = {line["text"] for line in tested}
        brief = lambda lines: [{"text": line["text"], "intent": line["intent"], "lang": "en"} for line in lines]
        save("clinc_oos_test", brief(corpora.clinc(folder / "clinc_oos_val.jsonl")))
        save("clinc_test", brief(tested))
        save("fit_clinc", brief([line for line in lines if line["text"] not in texts]))
    if there.get("gpsr_para_val.jsonl"):
        for name, part in (("gpsr_test", "val"), ("fit_gpsr", "train")):
            lines = corpora.read(folder / f"gpsr_para_{part}.jsonl")
            save(name, [{"text": line["text"], "logical": line["logical"], "lang": "en"} for line in lines])
    for name in ("test_en", "test_it", "test_zh", "test_nocommand", "test_compose", "test_gpsr", "test_fresh", "test_later"):
        held |= {line["text"] for line in prepare.own_lines(name)}
    for lang, count in FIT_LINES.items():
        save(f"fit_{lang}", list(generate(lang, count, FIT_SEED, held)))
