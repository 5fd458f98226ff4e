"""Examples become padded tensors. Lines of like length go together, which halves the work on a CPU."""

import random

import torch

from . import labels
from .examples import Example, tags_of
from .vocabulary import word_pieces

IGNORE = -100


class Encoder:
    """Turns examples into tensors with one vocabulary; the pieces of each word are remembered."""

    def __init__(self, ids: dict[str, int]):
        self.ids = ids
        self.cache: dict[str, list[int]] = {}

    def pieces(self, word: str) -> list[int]:
        """The piece ids of one normalized word."""
        found = self.cache.get(word)
        if found is None:
            found = self.cache[word] = word_pieces(word, self.ids)
        return found

    def line(self, example: Example, unknown: float = 0.0, rng: random.Random | None = None):
        """(input ids with [CLS] and [SEP], hint of each piece, first piece of each word)."""
        ids, hints, first = [self.ids["[CLS]"]], [0], []
        for word, hint in zip(example.words, example.hints):
            pieces = self.pieces(word)
            if unknown and rng.random() < unknown:
                pieces = [self.ids["[UNK]" if rng.random() < 0.5 else "[MASK]"]]
            first.append(len(ids))
            ids.extend(pieces)
            hints.extend([hint] * len(pieces))
        return ids + [self.ids["[SEP]"]], hints + [0], first

    def batch(self, lines: list[Example], unknown: float = 0.0, rng: random.Random | None = None, teach: float = 0.5) -> dict:
        """Tensors of a batch of b lines with n pieces, w words and t tasks at most; padded labels are IGNORE."""
        coded = [self.line(line, unknown, rng) for line in lines]
        b = len(lines)
        n = max(len(ids) for ids, _, _ in coded)
        w = max(len(first) for _, _, first in coded)
        t = max(max(len(line.tasks) for line in lines), 1)
        out = {
            "ids": torch.zeros(b, n, dtype=torch.long),
            "hints": torch.zeros(b, n, dtype=torch.long),
            "mask": torch.zeros(b, n, dtype=torch.bool),
            "first": torch.zeros(b, w, dtype=torch.long),
            "triggers": torch.zeros(b, t, dtype=torch.long),
            "frames_given": torch.full((b, t), -1, dtype=torch.long),
            "frames": torch.full((b, w), IGNORE, dtype=torch.long),
            "moods": torch.full((b, t), IGNORE, dtype=torch.long),
            "roles": torch.full((b, t, w), IGNORE, dtype=torch.long),
            "heads": torch.full((b, t, w), IGNORE, dtype=torch.long),
            "acts": torch.tensor([labels.ACT_ID[line.act] for line in lines]),
            "langs": torch.tensor([labels.LANG_ID[line.lang] for line in lines]),
        }
        for row, (line, (ids, hints, first)) in enumerate(zip(lines, coded)):
            out["ids"][row, : len(ids)] = torch.tensor(ids)
            out["hints"][row, : len(ids)] = torch.tensor(hints)
            out["mask"][row, : len(ids)] = True
            count = len(first)
            out["first"][row, :count] = torch.tensor(first)
            frames = [0] * count
            for index, task in enumerate(line.tasks):
                frames[task.start] = labels.FRAME_ID[task.frame]
                for at in range(task.start + 1, task.end):
                    frames[at] = labels.FRAME_ID[labels.CONTINUES]
                out["triggers"][row, index] = task.start
                if rng is not None and rng.random() < teach:
                    out["frames_given"][row, index] = labels.FRAME_ID[task.frame]
                out["moods"][row, index] = labels.MOOD_ID[task.mood]
                out["roles"][row, index, :count] = torch.tensor(tags_of(task, count))
                for _, start, end, head, head_end in task.roles:
                    if head >= 0:
                        out["heads"][row, index, start:end] = 0
                        out["heads"][row, index, head:head_end] = 1
            if line.marked:
                out["frames"][row, :count] = torch.tensor(frames)
        return out


def batches(lines: list[Example], rng: random.Random, pieces: int = 1100) -> list[list[Example]]:
    """Batches of about `pieces` words each, of lines of like length, in random order."""
    order = sorted(lines, key=lambda line: len(line.words) + rng.random() * 2)
    result, current = [], []
    for line in order:
        if current and (len(current) + 1) * (len(line.words) + 4) > pieces:
            result.append(current)
            current = []
        current.append(line)
    if current:
        result.append(current)
    rng.shuffle(result)
    return result
