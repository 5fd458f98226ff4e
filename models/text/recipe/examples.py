"""Lines become examples: words with labels on them, which augmentation may change and batches are made of."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from . import labels
from .hints import hints
from .words import cover, split


@dataclass
class Task:
    """One frame: its trigger words [start, end), its mood, and its roles over words."""

    frame: str
    mood: str
    start: int
    end: int
    roles: list[list] = field(default_factory=list)  # [role, start, end, head start, head end]; head -1 when unknown


@dataclass
class Example:
    """One line, word by word."""

    words: list[str]
    hints: list[int]
    tasks: list[Task]
    act: str
    lang: str
    text: str
    set: str
    marked: bool = True  # whether its tasks are marked; where not, only act and language are learnt and scored
    clean: bool = True  # not yet changed by augmentation: its sentence embedding may be learnt

    def copy(self) -> "Example":
        return copy.deepcopy(self)

    def delete(self, at: int):
        """Take word `at` out; spans shrink, and those left empty go."""
        del self.words[at], self.hints[at]
        shift = lambda place: place - 1 if place > at else place
        for task in self.tasks:
            task.start, task.end = shift(task.start), shift(task.end)
            kept = []
            for role, start, end, head, head_end in task.roles:
                start, end = shift(start), shift(end)
                head, head_end = shift(head), shift(head_end)
                if head >= head_end:
                    head = head_end = -1
                if start < end:
                    kept.append([role, start, end, head, head_end])
            task.roles = kept
        self.tasks = [task for task in self.tasks if task.start < task.end]
        self.clean = False

    def insert(self, at: int, words: list[str]):
        """Put words before word `at`; a span that is cut by the place grows, one that begins or ends there does not."""
        size = len(words)
        self.words[at:at] = words
        self.hints[at:at] = [1 if any(self.hints) else 0] * size
        left = lambda place: place + size if place >= at else place
        right = lambda place: place + size if place > at else place
        for task in self.tasks:
            task.start, task.end = left(task.start), right(task.end)
            for span in task.roles:
                span[1], span[2] = left(span[1]), right(span[2])
                if span[3] >= 0:
                    span[3], span[4] = left(span[3]), right(span[4])
        self.clean = False


def example(line: dict, with_map: bool = True) -> Example:
    """The example of one line; raises ValueError where a span covers no word."""
    words = split(line["text"])
    tasks = []
    for frame in line["frames"]:
        span = cover(words, frame["start"], frame["end"])
        if span is None:
            raise ValueError(f"a trigger covers no word in {line['text']!r}")
        task = Task(frame["frame"], frame.get("mood") or "command", *span)
        for element in frame["elements"]:
            place = cover(words, element["start"], element["end"])
            if place is None:
                raise ValueError(f"a role covers no word in {line['text']!r}")
            head = head_place(words, place, element)
            task.roles.append([element["role"], *place, *head])
        tasks.append(task)
    tasks.sort(key=lambda task: task.start)
    given = hints(words, line.get("map")) if with_map else [0] * len(words)
    return Example([word.text for word in words], given, tasks, line["act"], line["lang"], line["text"], line.get("set", ""), line.get("marked", True))


def join_clitic(line: Example, rng) -> None:
    """Write an Italian clitic together with its verb ("porta mi" to "portami"), as people do and HuRIC does not.

    The clitic's role then stands on the trigger word itself.
    """
    for task in line.tasks:
        at = task.end
        if task.end - task.start != 1 or at >= len(line.words):
            continue
        span = next((span for span in task.roles if span[1] == at and span[2] == at + 1), None)
        if span is None:
            continue
        thing = None
        if line.words[at] in PERSONS and line.words[at + 1 : at + 2] and line.words[at + 1] in THINGS:
            thing = next((other for other in task.roles if other[1] == at + 1 and other[2] == at + 2), None)
        if thing is not None:
            # "porta me lo": the role of the person stands for both, as the runtime reads "portamelo".
            task.roles.remove(thing)
            line.words[at : at + 2] = [line.words[at] + line.words[at + 1]]
            del line.hints[at + 1]
            for other in line.tasks:
                shift = lambda place: place - 1 if place > at + 1 else place
                other.start, other.end = shift(other.start), shift(other.end)
                for one in other.roles:
                    one[1], one[2] = shift(one[1]), shift(one[2])
                    if one[3] >= 0:
                        one[3], one[4] = shift(one[3]), shift(one[4])
        elif line.words[at] not in CLITICS:
            continue
        others = any(at in range(s, e) for other in line.tasks if other is not task for _, s, e, _, _ in other.roles)
        if others:
            continue
        verb, clitic = line.words[task.start], line.words[at]
        role = span[0]
        line.delete(at)
        line.words[task.start] = verb + (clitic[0] if verb in ("da", "di", "fa") else "") + clitic
        task.roles.append([role, task.start, task.end, task.start, task.end])


# A person's pronoun before that of a thing.
PERSONS, THINGS = {"me", "te", "ce"}, {"lo", "la", "li", "le", "ne"}
CLITICS = {"mi", "ti", "lo", "la", "li", "le", "ci", "gli", "ne"}


def head_place(words, place, element) -> tuple[int, int]:
    """The words of a role's head, or (-1, -1) when the line does not say."""
    head = element.get("head")
    if not head:
        return (-1, -1)
    if "head_start" in element:
        return cover(words, element["head_start"], element["head_start"] + len(head)) or (-1, -1)
    wanted = [word.text for word in split(head)]
    for start in range(place[0], place[1] - len(wanted) + 1):
        if [word.text for word in words[start : start + len(wanted)]] == wanted:
            return (start, start + len(wanted))
    return (-1, -1)


def tags_of(task: Task, count: int) -> list[int]:
    """The BIO tags of one task over `count` words; of two roles on one word the earlier keeps it."""
    tags = [0] * count
    for role, start, end, _, _ in task.roles:
        if any(tags[start:end]):
            continue
        tags[start:end] = [labels.inside(role)] * (end - start)
        tags[start] = labels.begin(role)
    return tags
