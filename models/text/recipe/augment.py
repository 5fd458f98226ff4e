"""Noise for training: what speech recognition, haste and politeness do to a line. All changes are on whole words."""

import random

from .examples import Example, join_clitic

ARTICLES = {"en": {"the", "a", "an"}, "it": {"il", "lo", "la", "i", "gli", "le", "un", "uno", "una", "l"}, "zh": set()}

FILLERS = {
    "en": [["um"], ["uh"], ["er"], ["please"], ["like"], ["well"], ["so"], ["okay"], ["hey"], ["now"], ["just"], ["you", "know"]],
    "it": [["ehm"], ["allora"], ["dunque"], ["per", "favore"], ["ecco"], ["senti"], ["dai"], ["ora"], ["cioe"]],
    "zh": [list("嗯"), list("那个"), list("请"), list("啊"), list("这个"), list("呃")],
}

OPENERS = {
    "en": [["robot"], ["please"], ["hey", "robot"], ["ok", "robot"], ["excuse", "me"], ["hey"], ["sorry"], ["listen"], ["robot", "please"]],
    "it": [["robot"], ["per", "favore"], ["hey", "robot"], ["scusa"], ["senti"], ["ascolta"]],
    "zh": [list("请"), list("机器人"), list("喂"), list("你好"), list("麻烦你")],
}

CLOSERS = {
    "en": [["please"], ["thanks"], ["now"], ["thank", "you"], ["robot"]],
    "it": [["per", "favore"], ["grazie"], ["adesso"]],
    "zh": [list("谢谢"), list("吧"), list("好吗")],
}

# Words that sound alike, as a recognizer confuses them; either side may become the other.
HOMOPHONES = [
    ("to", "two"), ("to", "too"), ("for", "four"), ("there", "their"), ("by", "buy"), ("right", "write"), ("see", "sea"),
    ("wait", "weight"), ("meet", "meat"), ("here", "hear"), ("through", "threw"), ("bring", "brink"), ("find", "fined"),
    ("cup", "cop"), ("mug", "mag"), ("glass", "class"), ("plate", "played"), ("bowl", "ball"), ("sofa", "so far"),
    ("the", "de"), ("kitchen", "chicken"), ("bed", "bad"), ("light", "lite"), ("chair", "share"), ("put", "but"),
    ("hall", "haul"), ("door", "dough"), ("pen", "pan"),
]
_SOUNDS: dict[str, list[str]] = {}
for _a, _b in HOMOPHONES:
    if " " not in _a + _b:
        _SOUNDS.setdefault(_a, []).append(_b)
        _SOUNDS.setdefault(_b, []).append(_a)


def noisy(example: Example, rng: random.Random, strength: float = 1.0) -> Example:
    """A changed copy of `example`. At strength 1 a bit more than half the lines change."""
    line = example.copy()
    lang = line.lang
    chance = lambda p: rng.random() < p * strength
    # Hints go first: a map is a luxury the model must do without, and names on it are missed now and then.
    if any(line.hints):
        if rng.random() < 0.35:
            line.hints = [0] * len(line.hints)
    if lang == "it" and chance(0.3):
        join_clitic(line, rng)
    if chance(0.12):
        drop = rng.random()
        for at in range(len(line.words) - 1, -1, -1):
            if line.words[at] in ARTICLES[lang] and rng.random() < drop and not _trigger(line, at):
                line.delete(at)
    if chance(0.05) and line.words:
        line.insert(_gap(line, rng), rng.choice(FILLERS[lang]))
    if chance(0.08):
        line.insert(0, rng.choice(OPENERS[lang]) + (["," if lang != "zh" else "，"] if rng.random() < 0.4 else []))
    if chance(0.06):
        line.insert(len(line.words), rng.choice(CLOSERS[lang]))
    if chance(0.25) and line.words and line.words[-1].isalnum():
        end = "?" if line.words[0] in ("can", "could", "would", "will", "what", "where", "how", "puoi", "potresti") and rng.random() < 0.7 else rng.choice("..!")
        line.insert(len(line.words), [end if lang != "zh" else {"?": "？", "!": "！"}.get(end, "。")])
    if chance(0.15) and len(line.tasks) > 1:
        _commas(line, rng)
    if chance(0.5):
        for at, word in enumerate(line.words):
            if rng.random() < 0.02 and len(word) > 3 and word.isalpha() and word.isascii():
                line.words[at] = _typo(word, rng)
                line.clean = False
            elif lang == "en" and word in _SOUNDS and rng.random() < 0.015:
                line.words[at] = rng.choice(_SOUNDS[word])
                line.clean = False
    if chance(0.02) and len(line.words) > 3:
        at = rng.randrange(len(line.words))
        if not _trigger(line, at):
            line.insert(at, [line.words[at]])
    return line


def _trigger(line: Example, at: int) -> bool:
    return any(task.start <= at < task.end for task in line.tasks)


def _gap(line: Example, rng: random.Random) -> int:
    """A place between two words, rather at the border of a span than in it."""
    places = {0, len(line.words)}
    for task in line.tasks:
        places.add(task.end)
        places.update(span[1] for span in task.roles)
    return rng.choice(sorted(places)) if rng.random() < 0.8 else rng.randrange(len(line.words) + 1)


def _commas(line: Example, rng: random.Random):
    """Commas before later tasks, with or without their joining word."""
    comma = "，" if line.lang == "zh" else ","
    for task in reversed(line.tasks[1:]):
        at = min([task.start] + [span[1] for span in task.roles if span[1] < task.start and span[0] == "agent"])
        if at > 0 and line.words[at - 1] in ("and", "then", "e", "poi"):
            at -= 1
        inside = any(start < at < end for other in line.tasks for _, start, end, _, _ in other.roles)
        if at > 0 and not inside and line.words[at - 1].isalnum() and rng.random() < 0.7:
            line.insert(at, [comma])


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]
