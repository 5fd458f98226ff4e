"""Collect, generate, clean and split: everything the trainer and the evaluation need, deterministically."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from . import corpora, splits
from .examples import Example, example
from .generate import generate

DATA = Path(__file__).parent.parent / "data"
GLOSSES = Path(__file__).parent / "glosses.txt"

# Lines generated a language, under the recipe's seed.
GENERATED = {"en": 24000, "it": 11000, "zh": 12000}


@dataclass
class Prepared:
    """All lines as examples, by purpose."""

    huric: list[Example] = field(default_factory=list)
    clinc: list[Example] = field(default_factory=list)
    own: list[Example] = field(default_factory=list)
    generated: list[Example] = field(default_factory=list)
    dev: list[Example] = field(default_factory=list)
    tests: dict[str, list[Example]] = field(default_factory=dict)


def glosses() -> dict[str, str]:
    """The Chinese characters to know, each with English words for its meaning."""
    result = {}
    for line in GLOSSES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        for entry in line.split(";"):
            if entry.strip():
                character, meaning = entry.strip().split(" ", 1)
                result.setdefault(character, meaning)
    return result


def own_lines(name: str) -> list[dict]:
    """The committed lines of data/NAME.jsonl, none where the file is not there."""
    path = DATA / f"{name}.jsonl"
    return corpora.read(path) if path.exists() else []


def prepare(folder: Path | None, seed: int, generated: dict[str, int] = GENERATED, final: bool = True) -> Prepared:
    """Everything. `folder` holds the corpora (None: own data alone); with `final` the dev part is trained on too."""
    result = Prepared()
    there = corpora.verify(folder) if folder else {}
    tests: dict[str, list[dict]] = {
        "own_nocommand": own_lines("test_nocommand"), "own_zh": own_lines("test_zh"), "own_it": own_lines("test_it"), "own_en": own_lines("test_en"),
        "own_compose": own_lines("test_compose"), "own_gpsr": own_lines("test_gpsr"), "own_fresh": own_lines("test_fresh"),
        "own_later": own_lines("test_later"),
    }
    if there.get("huric_en_train.jsonl"):
        lines = corpora.huric(folder / "huric_en_train.jsonl") + corpora.huric(folder / "huric_it_train.jsonl")
        for line in lines:
            part = splits.part(line["text"])
            if part == "test":
                tests.setdefault(f"huric_{line['lang']}", []).append(line)
            else:
                if part == "dev":
                    result.dev.append(example(line))
                if part == "train" or final:
                    result.huric.append(example(line))
    if there.get("clinc_train.jsonl"):
        result.clinc = [example(line) for name in ("clinc_train.jsonl", "clinc_oos_train.jsonl") for line in corpora.clinc(folder / name)]
        tests["clinc"] = random.Random(seed).sample(corpora.clinc(folder / "clinc_val.jsonl"), 500)
        tests["clinc_oos"] = corpora.clinc(folder / "clinc_oos_val.jsonl")
    held = {splits.group(line["text"]) for lines in tests.values() for line in lines}
    texts = {line["text"] for lines in tests.values() for line in lines}
    shapes = {splits.shape(line) for name, lines in tests.items() if name.startswith("own") for line in lines if len(line["frames"]) > 1}
    for lang, count in generated.items():
        for line in generate(lang, count, seed, texts):
            # A short dialogue act may be a test line's twin; a command never is.
            if splits.shape(line) in shapes:
                continue
            if splits.group(line["text"]) not in held or len(line["text"]) < 12:
                result.generated.append(example(line))
    for line in own_lines("handwritten"):
        if splits.group(line["text"]) not in held and splits.shape(line) not in shapes:
            result.own.append(example(line))
    result.tests = {name: [example(line) for line in lines] for name, lines in tests.items() if lines}
    return result


def gpsr_lines(folder: Path | None) -> list[Example]:
    """GPSR commands paraphrased by people (validation part), as lines without marked tasks; never trained on."""
    path = folder / "gpsr_para_val.jsonl" if folder else None
    if not path or not path.exists():
        return []
    return [
        example({"text": line["text"], "lang": "en", "act": "command", "frames": [], "map": None, "marked": False, "set": "gpsr"})
        for line in corpora.read(path)
    ]


def epoch_maker(prepared: Prepared, per_epoch: dict[str, int], repeats: dict[str, int]):
    """A function that gives an epoch's examples: all of HuRIC and the own lines several times, a share of the rest."""
    by_lang: dict[str, list[Example]] = {}
    for line in prepared.generated:
        by_lang.setdefault(line.lang, []).append(line)
    orders: dict[str, list[Example]] = {}

    def share(name: str, lines: list[Example], count: int, rng: random.Random) -> list[Example]:
        """The next `count` of the lines in a random order that begins again when it is used up."""
        if not lines:
            return []
        taken: list[Example] = []
        while len(taken) < count:
            if not orders.get(name):
                orders[name] = rng.sample(lines, len(lines))
            need = count - len(taken)
            taken.extend(orders[name][:need])
            orders[name] = orders[name][need:]
        return taken

    def lines_of(epoch: int, rng: random.Random) -> list[Example]:
        result = []
        for lang, lines in by_lang.items():
            result += share(lang, lines, min(per_epoch[lang], len(lines)), rng)
        result += share("clinc", prepared.clinc, min(per_epoch["clinc"], len(prepared.clinc)), rng)
        result += prepared.huric * repeats["huric"]
        result += prepared.own * repeats["own"]
        return result

    return lines_of
