"""Other nouns for those of a line: a command means the same of a thing nobody has named before.

The nouns are those of the grammars, by the rule they stand in; one is swapped for another of its rule, so that rooms stay rooms and,
in Italian, gender stays gender.
"""

import random

from .examples import Example
from .generate import GRAMMARS
from .grammar import Grammar
from .words import split

RULES = {
    "en": ("obj", "objs", "mass", "room", "surf", "cont", "mark", "dev", "portal", "closable", "name"),
    "it": ("om", "of", "opm", "opf", "room_f", "room_m", "surf_m", "surf_f", "mk_m", "mk_f", "dev_f", "dev_m", "name"),
}


class Swapper:
    """Swaps nouns. `kept` holds the word sequences (joined by spaces) that must not come about: the lines tested on."""

    def __init__(self, kept: set[str]):
        self.kept = kept
        self.rules: dict[str, list[list[tuple[str, ...]]]] = {}
        self.rule_of: dict[str, dict[tuple[str, ...], list[int]]] = {}
        for lang, names in RULES.items():
            grammar = Grammar(GRAMMARS / f"{lang}.txt")
            self.rules[lang], self.rule_of[lang] = [], {}
            for index, name in enumerate(names):
                nouns = [tuple(word.text for word in split(text)) for text in grammar.rules[name][0] if not set(text) & set("$<>*(")]
                self.rules[lang].append(nouns)
                for noun in nouns:
                    self.rule_of[lang].setdefault(noun, []).append(index)

    def __call__(self, line: Example, rng: random.Random, share: float = 0.6) -> Example:
        """A copy of `line` in which about `share` of the nouns are others."""
        if line.lang not in self.rules:
            return line
        changed = line.copy()
        at = 0
        while at < len(changed.words):
            for size in range(min(4, len(changed.words) - at), 0, -1):
                rules = self.rule_of[changed.lang].get(tuple(changed.words[at : at + size]))
                if rules and _free(changed, at, at + size):
                    if rng.random() < share:
                        noun = rng.choice(self.rules[changed.lang][rng.choice(rules)])
                        _replace(changed, at, at + size, noun)
                        size = len(noun)
                    at += size
                    break
            else:
                at += 1
        return line if " ".join(changed.words) in self.kept else changed


def _free(line: Example, start: int, end: int) -> bool:
    """Whether no trigger lies in the words and no span begins or ends inside them."""
    inside = lambda place: start < place < end
    for task in line.tasks:
        if task.start < end and task.end > start:
            return False
        if any(inside(span[1]) or inside(span[2]) for span in task.roles):
            return False
    return True


def _replace(line: Example, start: int, end: int, noun: tuple[str, ...]):
    """Put `noun` in the place of the words [start, end)."""
    more = len(noun) - (end - start)
    hint = line.hints[start]
    line.words[start:end] = noun
    line.hints[start:end] = [hint] * len(noun)
    head = (start, start + 1) if line.lang == "it" else (start + len(noun) - 1, start + len(noun))
    shift = lambda place: place + more if place >= end else place
    for task in line.tasks:
        task.start, task.end = shift(task.start), shift(task.end)
        for span in task.roles:
            if span[3] >= 0 and span[3] < end and span[4] > start:
                span[3], span[4] = head
            elif span[3] >= 0:
                span[3], span[4] = shift(span[3]), shift(span[4])
            span[1], span[2] = shift(span[1]), shift(span[2])
    line.clean = False
