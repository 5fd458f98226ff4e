"""Map hints: one small number a word that says what the robot's semantic map knows about it.

0 no map was given; 1 a map was given and the word names nothing on it; 2 the word belongs to the first thing named;
3 it belongs to a thing near the one named before it; 4 to a thing far from the one named before it.
The last two are what settles "take the book on the table": near, and the table says which book; far, and the table
is where the book should go (Vanzo et al., "Grounded language interpretation of robotic commands", 2020).

The rule is kept simple so that the runtime does the very same (see DECODING.md).
"""

import math
import re

from .words import Word

# Things count as near when they are at most this far apart on the map (metres).
NEAR = 3.0

# Names that stand for people in the talk, not for things to be found by their place.
_PRONOUNS = {
    "you", "me", "i", "him", "her", "it", "them", "us", "this", "that", "here", "there", "one", "robot", "person",
    "mi", "me", "ti", "te", "lo", "la", "li", "le", "qui", "questo", "questa",
}


def stem(word: str) -> str:
    """A crude stem that lets singular meet plural in English and Italian; Chinese is left alone."""
    if len(word) > 4 and word.endswith("es") and word[-3] in "sxzh":
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 3 and word[-1] in "aeio":
        return word[:-1]
    return word


def _name_words(name: str) -> tuple[str, ...]:
    from .words import split

    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return tuple(stem(word.text) for word in split(spaced))


def mentions(words: list[Word], things: list[dict]) -> list[tuple[int, int, list[tuple[float, float]]]]:
    """Where the text names things of the map: (first word, word after the last, places of all things so named).

    At each word the longest name wins; names never overlap. Both the names and the type of a thing count.
    """
    names: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for thing in things:
        for name in {thing["type"], *thing["names"]}:
            key = _name_words(name)
            if key and not (len(key) == 1 and name.lower() in _PRONOUNS):
                places = names.setdefault(key, [])
                place = (float(thing["x"]), float(thing["y"]))
                if place not in places:
                    places.append(place)
    longest = max((len(key) for key in names), default=0)
    stems = [stem(word.text) for word in words]
    found = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            places = names.get(tuple(stems[at : at + size]))
            if places is not None:
                found.append((at, at + size, places))
                at += size
                break
        else:
            at += 1
    return found


def hints(words: list[Word], things: list[dict] | None) -> list[int]:
    """One hint a word. `things` is the map (objects with type, names, x, y), or None when there is none."""
    if not things:
        return [0] * len(words)
    result = [1] * len(words)
    before = None
    for start, end, places in mentions(words, things):
        if before is None:
            value = 2
        else:
            distance = min(math.dist(a, b) for a in before for b in places)
            value = 3 if distance <= NEAR else 4
        result[start:end] = [value] * (end - start)
        before = places
    return result
