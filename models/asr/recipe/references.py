"""What was said in the test recordings, and how far a transcript is from it.

Recordings of orders come with the slots that were said, not with the words: then every sentence of the grammar with just
these slots is a possible text, and the one nearest to the transcript counts.
"""

import itertools
import re

UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen " \
    "eighteen nineteen".split()
TENS = "x ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def number_in_words(digits: str) -> str:
    value = int(digits)
    if value < 20:
        return UNITS[value]
    if value < 100:
        return TENS[value // 10] + (f" {UNITS[value % 10]}" if value % 10 else "")
    return digits


def words(text: str) -> list[str]:
    """Lower case, no punctuation, hyphens apart, numbers in words: what no listener tells apart."""
    text = re.sub(r"\b(to)-(day|night|morrow)\b", r"\1\2", text, flags=re.IGNORECASE)
    text = re.sub(r"\d+", lambda found: f" {number_in_words(found[0])} ", text.lower().replace("%", " percent "))
    return re.sub(r"[^a-z0-9' ]", " ", text.replace("\u2019", "'")).split()


def errors(said: list[str], heard: list[str]) -> int:
    """Words put in, left out or changed (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def sentences(grammar: dict, slots: dict) -> list[list[str]]:
    """Every sentence of the grammar's expressions that fills just these slots."""
    found = []
    for expression in itertools.chain(*grammar["context"]["expressions"].values()):
        if sorted(re.findall(r"\$\w+:(\w+)", expression)) != sorted(slots):
            continue
        filled = re.sub(r"\$\w+:(\w+)", lambda match: slots[match[1]].strip(), expression)
        parts = [part.split(",") if i % 2 else [part] for i, part in enumerate(re.split(r"[\[\]]", filled))]
        found += [words(" ".join(choice)) for choice in itertools.product(*parts)]
    return found


def nearest(possible: list[list[str]], heard: list[str]) -> tuple[int, int]:
    """Errors against the nearest possible text, and its number of words."""
    return min((errors(text, heard), len(text)) for text in possible)
