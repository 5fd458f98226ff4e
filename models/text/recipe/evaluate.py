"""Scores: frames, roles, whole commands, acts, moods and acceptance, from any function that gives logits for a line."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

from . import decode, labels
from .examples import Example


def gold_of(example: Example) -> list[dict]:
    """The tasks a line is marked with, in the form decode gives."""
    return [
        {
            "frame": task.frame, "start": task.start, "end": task.end, "mood": task.mood,
            "roles": [{"role": r, "start": s, "end": e, "head": (h, he)} for r, s, e, h, he in task.roles],
        }
        for task in example.tasks
    ]


def count_line(gold: list[dict], found: list[dict]) -> dict:
    """Counts of one line: for frames and roles the gold, found and right ones, as multisets.

    A frame is right when its name and the first word of its trigger are; a role exactly when role, span and frame are;
    by head when role, frame and head word are (only roles whose head the line gives count there).
    """
    result = {}
    keys = {
        "frame": lambda tasks: Counter((t["frame"], t["start"]) for t in tasks),
        "frame_name": lambda tasks: Counter((t["frame"],) for t in tasks),
        "role": lambda tasks: Counter((t["frame"], r["role"], r["start"], r["end"]) for t in tasks for r in t["roles"]),
    }
    for name, key in keys.items():
        wanted, got = key(gold), key(found)
        result[name] = (sum(wanted.values()), sum(got.values()), sum((wanted & got).values()))
    known = Counter()
    for task in gold:
        for role in task["roles"]:
            if role["head"][0] >= 0:
                known[(task["frame"], role["role"], role["head"][0])] += 1
    got = Counter((t["frame"], r["role"], r["head"][0]) for t in found for r in t["roles"])
    right = sum((known & got).values())
    # A found role counts against precision only where gold heads are known at all.
    result["head"] = (sum(known.values()), sum(got.values()) if known else 0, right)
    result["whole"] = (1, 1, int(keys["role"](gold) == keys["role"](found) and keys["frame"](gold) == keys["frame"](found)))
    return result


def prf(wanted: int, got: int, right: int) -> dict:
    """Precision, recall and F1 from counts."""
    precision = right / got if got else 0.0
    recall = right / wanted if wanted else 0.0
    return {"p": precision, "r": recall, "f1": 2 * right / (wanted + got) if wanted + got else 0.0, "n": wanted}


def accepted(reading: dict, act_at: float = 0.5, frame_at: float = 0.5) -> bool:
    """Whether the words alone would be acted on: a command by act, and a task that is
    asked for, told, or a question to go and look."""
    command = reading["acts"][labels.ACT_ID["command"]]
    return command >= act_at and any(
        task["mood"] in ("command", "description", "question") and task["score"] >= frame_at for task in reading["tasks"]
    )


def score(examples: list[Example], readings: list[dict], samples: int = 1000, seed: int = 1) -> dict:
    """All figures of a set, the main ones with 95 % bootstrap intervals over lines."""
    counts = [count_line(gold_of(example), reading["tasks"]) for example, reading in zip(examples, readings)]
    names = ["frame", "frame_name", "role", "head", "whole"]

    def total(indexes):
        return {name: tuple(sum(counts[i][name][k] for i in indexes) for k in range(3)) for name in names}

    everything = total(range(len(counts)))
    result = {"lines": len(examples)}
    for name in names:
        result[name] = prf(*everything[name])
    result["whole"] = {"accuracy": result["whole"]["r"]}
    rng = random.Random(seed)
    draws = defaultdict(list)
    for _ in range(samples):
        sums = total([rng.randrange(len(counts)) for _ in counts])
        for name in names:
            draws[name].append(prf(*sums[name])["f1" if name != "whole" else "r"])
    for name in names:
        ordered = sorted(draws[name])
        if ordered:
            result[name]["ci95"] = [ordered[int(0.025 * samples)], ordered[int(0.975 * samples) - 1]]
    result["act_accuracy"] = sum(r["act"] == e.act for e, r in zip(examples, readings)) / max(len(examples), 1)
    result["lang_accuracy"] = sum(r["lang"] == e.lang for e, r in zip(examples, readings)) / max(len(examples), 1)
    result["accepted"] = sum(accepted(r) for r in readings) / max(len(examples), 1)
    moods = [0, 0]
    for example, reading in zip(examples, readings):
        by_place = {task["start"]: task["mood"] for task in reading["tasks"]}
        for task in example.tasks:
            if task.start in by_place:
                moods[1] += 1
                moods[0] += by_place[task.start] == task.mood
    result["mood_accuracy"] = moods[0] / moods[1] if moods[1] else None
    return result


def tables(examples: list[Example], readings: list[dict]) -> dict:
    """Per frame and per role precision, recall and F1, and the confusion of frames on trigger words."""
    frames, roles = defaultdict(lambda: [0, 0, 0]), defaultdict(lambda: [0, 0, 0])
    confusion: dict[str, Counter] = defaultdict(Counter)
    for example, reading in zip(examples, readings):
        gold, found = gold_of(example), reading["tasks"]
        for name, table, items in (
            ("frame", frames, lambda tasks: Counter((t["frame"], t["start"]) for t in tasks)),
            ("role", roles, lambda tasks: Counter((r["role"], t["frame"], r["start"], r["end"]) for t in tasks for r in t["roles"])),
        ):
            wanted, got = items(gold), items(found)
            for key, value in wanted.items():
                table[key[0]][0] += value
            for key, value in got.items():
                table[key[0]][1] += value
            for key, value in (wanted & got).items():
                table[key[0]][2] += value
        at = {task["start"]: task["frame"] for task in found}
        for task in gold:
            confusion[task["frame"]][at.pop(task["start"], labels.NONE)] += 1
        for frame in at.values():
            confusion[labels.NONE][frame] += 1
    return {
        "frames": {name: prf(*value) for name, value in sorted(frames.items())},
        "roles": {name: prf(*value) for name, value in sorted(roles.items())},
        "confusion": {name: dict(value) for name, value in sorted(confusion.items())},
    }


def read_all(run, examples: list[Example], threshold: float = 0.5) -> list[dict]:
    """Decode every example with `run(example) -> logits`."""
    return [decode.decode(run(example), threshold) for example in examples]
