"""Generated commands: grammar lines with synthetic maps that agree with their annotation.

A line's map holds the things it names (most of them, at times), laid out so that each `&near` and `&far` holds, and some
things it does not name, as HuRIC's maps do.
"""

import random
from pathlib import Path

from .grammar import Grammar
from .markup import parse

GRAMMARS = Path(__file__).parent / "grammars"

# The rules whose alternatives are names of things and places; what a line does not name comes from them.
NAMES = ("obj", "surf", "mark", "room", "om", "of", "mk_m", "mk_f", "room_f", "room_m")


def synthetic_map(line: dict, rng: random.Random, distractors: list[str]) -> list[dict] | None:
    """A map for a parsed line, or None where it stays without one.

    Where the annotation depends on a `&far` the map is nearly always there; HuRIC's own maps are 20 m across.
    """
    mentions = line["mentions"]
    bound = any(mention["relation"] for mention in mentions)
    if rng.random() > (0.9 if bound else 0.55):
        return None
    things = []
    place = (rng.uniform(0, 16), rng.uniform(0, 16))
    known = rng.random()
    for index, mention in enumerate(mentions):
        relation = mention["relation"] or ("near" if rng.random() < 0.3 else "far")
        if index:
            reach = rng.uniform(0, 2.8) if relation == "near" else rng.uniform(3.6, 14)
            sign = lambda: rng.choice((-1, 1))
            part = rng.random()
            place = (place[0] + sign() * reach * part, place[1] + sign() * reach * (1 - part * part) ** 0.5)
        if known < 0.15 and rng.random() < 0.4:
            continue
        name = mention["name"]
        things.append({"id": f"m{index}", "type": name, "names": [name], "x": round(place[0], 1), "y": round(place[1], 1), "z": 0.0})
    named = {thing["type"] for thing in things}
    for index in range(rng.randrange(2, 7)):
        name = rng.choice(distractors)
        if name not in named and not any(name in mention["name"] or mention["name"] in name for mention in mentions):
            x, y = rng.randrange(16), rng.randrange(16)
            things.append({"id": f"d{index}", "type": name, "names": [name], "x": float(x), "y": float(y), "z": 0.0})
    rng.shuffle(things)
    return things or None


def generate(lang: str, count: int, seed: int, taken: set[str] = frozenset()) -> list[dict]:
    """`count` different lines of one language. Lines whose text is in `taken` are left out, so that no line of a test
    set is ever generated."""
    grammar = Grammar(GRAMMARS / f"{lang}.txt")
    grammar.check()
    rng = random.Random(f"{lang}:{seed}")
    distractors = [text.strip() for rule in NAMES if rule in grammar.rules for text in grammar.rules[rule][0] if "$" not in text]
    seen: dict[str, int] = {}
    lines = []
    tries = 0
    while len(lines) < count and tries < count * 4:
        tries += 1
        raw = grammar.expand("root", rng)
        head, body = raw.split(" ", 1)
        act, mood = head[1:].split("/")
        line = parse(body, lang)
        # Short lines (stop words, dialogue acts, chat) may come again a few times; the rest once.
        limit = 8 if len(body) < 24 and not line["mentions"] else 3 if not line["frames"] else 1
        if seen.get(line["text"], 0) >= limit or line["text"] in taken:
            continue
        seen[line["text"]] = seen.get(line["text"], 0) + 1
        for frame in line["frames"]:
            frame["mood"] = frame["mood"] if frame["mood"] and mood == "command" else mood
        spatial = synthetic_map(line, rng, distractors)
        lines.append({"text": line["text"], "lang": lang, "act": act, "frames": line["frames"], "map": spatial, "set": "generated"})
    return lines
