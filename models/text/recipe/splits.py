"""Splits that keep equal sentences together."""

import hashlib
import re

# What is left out when sentences are compared: they are the same command with and without these words.
_POLITE = re.compile(r"\b(please|robot|per favore|hey|thanks|could you|can you|may you|puoi|potresti)\b")


def group(text: str) -> str:
    """The key under which equal sentences meet."""
    return " ".join(re.sub(r"[^\w\s]", " ", _POLITE.sub(" ", text.lower())).split())


def part(text: str, test: float = 0.15, dev: float = 0.08, salt: str = "coact") -> str:
    """"test", "dev" or "train", decided by the sentence alone, so that it never changes."""
    number = int(hashlib.sha256(f"{salt}:{group(text)}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "test" if number < test else "dev" if number < test + dev else "train"


def shape(line: dict) -> str:
    """A line with its roles' heads left out: what stays the same when nouns are swapped."""
    cuts = {(e["head_start"], e["head_start"] + len(e["head"])) for f in line["frames"] for e in f["elements"] if e.get("head_start") is not None}
    text, at = "", 0
    for start, end in sorted(cuts):
        if start >= at:
            text, at = text + line["text"][at:start] + "_", end
    return group(text + line["text"][at:])
