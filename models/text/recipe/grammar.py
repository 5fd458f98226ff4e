"""A small context-free grammar, expanded at random under a seed into annotated lines (see markup.py).

A grammar file holds rules `name: alternative | alternative`, going on over indented lines. In an alternative `$name` is
another rule, `(a/b/)` a choice in place, and a leading `x3` makes the alternative three times as likely.
"""

import random
import re
from pathlib import Path

_RULE = re.compile(r"^([a-z_0-9]+):\s*(.*)$")


class Grammar:
    """The rules of one file."""

    def __init__(self, path: Path):
        self.rules: dict[str, tuple[list[str], list[float]]] = {}
        name, body = None, ""
        for line in path.read_text(encoding="utf-8").splitlines() + ["end:"]:
            if not line.strip() or line.startswith("#"):
                continue
            match = _RULE.match(line)
            if match:
                if name:
                    self._add(name, body, path)
                name, body = match.group(1), match.group(2)
            else:
                body += " " + line.strip()

    def _add(self, name: str, body: str, path: Path):
        if name in self.rules:
            raise ValueError(f"{path}: rule {name} is given twice")
        texts, weights = [], []
        for alternative in body.split("|"):
            alternative = alternative.strip()
            weight = 1.0
            match = re.match(r"x(\d+(?:\.\d+)?)(?:\s+(.*))?$", alternative)
            if match:
                weight, alternative = float(match.group(1)), match.group(2) or ""
            texts.append(alternative)
            weights.append(weight)
        self.rules[name] = (texts, weights)

    def check(self):
        """Raise when a rule refers to one that is not there."""
        for name, (texts, _) in self.rules.items():
            for text in texts:
                for used in re.findall(r"\$([a-z_0-9]+)", text):
                    if used not in self.rules:
                        raise ValueError(f"rule {name} uses ${used}, which is not there")

    def expand(self, name: str, rng: random.Random) -> str:
        """One random line of rule `name`, fully expanded."""
        texts, weights = self.rules[name]
        text = rng.choices(texts, weights)[0]
        while True:
            match = re.search(r"\(([^()]*)\)", text)
            if not match:
                break
            text = text[: match.start()] + rng.choice(match.group(1).split("/")) + text[match.end() :]
        return re.sub(r"\$([a-z_0-9]+)", lambda match: self.expand(match.group(1), rng), text)
