"""The short notation in which the grammars and the hand-written lines are annotated.

    could {agent> you} [bringing bring] {beneficiary me} {theme the red <cup>} {source from the <kitchen>}

* `[frame words]` is a trigger; `[frame!mood words]` gives its mood (else that of the line, else "command").
* `{role words}` is a role of the trigger before it (of the one after it, where none came before). `{role> ...}` belongs to
  the trigger after it, `{role>> ...}` to the two after it, `{role< ...}` to the last trigger but one.
* `{role=unit:value words}` says what the words mean, as the brain writes it ({"unit": "metre", "value": 0.5}); only tests use it.
* `*word` is the head of the role; `<red cup>` is something a map may know, and is a head too when no star came first.
* `&near` and `&far` say how the thing named before and the one named after lie on the map.

Roles may hold triggers and roles ("my towel that is in the bathroom"). Spaces are squeezed; none stays before a comma.
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"\[(?P<frame>[a-z_]+)(?:!(?P<mood>[a-z]+))?\s*|\{(?P<role>[a-z_]+)(?:=(?P<value>[a-z_]+:\S+))?(?P<which>>>|>|<)?\s|&(?P<rel>near|far)\b"
    r"|(?P<close>[\]}])|(?P<name><)|(?P<unname>>)|(?P<star>\*)|(?P<space>\s+)|(?P<char>.)"
)


@dataclass
class _Trigger:
    frame: str
    mood: str | None
    start: int
    end: int = 0
    elements: list = field(default_factory=list)


@dataclass
class _Role:
    role: str
    owners: list  # indexes of triggers, made absolute when the role opens
    start: int
    end: int = 0
    head: tuple[int, int] | None = None
    star: bool = False
    value: dict | None = None


class _Text:
    """Text that is put together piece by piece, without doubled spaces."""

    def __init__(self, spaced: bool):
        self.out: list[str] = []
        self.spaced = spaced
        self.pending = False

    def space(self):
        self.pending = bool(self.out)

    def put(self, character: str):
        if self.pending:
            last = self.out[-1] if self.out else ""
            wide = self.spaced or (_latin(last) and _latin(character))
            if wide and character not in ",.?!;:，。？！":
                self.out.append(" ")
            self.pending = False
        self.out.append(character)

    def here(self) -> int:
        """Where the next character will stand, a pending space counted."""
        return len(self.out)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def default_head(element: dict, lang: str) -> tuple[int, int] | None:
    """The head where the line marks none: of an angle its number, else the last word; nothing for whole clauses."""
    if element["role"] in ("message", "topic", "duration"):
        return None
    if lang == "zh":
        coverb = len(element["text"]) > 1 and element["text"][0] in "把给到在从对跟和向往去来为替帮同与朝"
        return element["start"] + coverb, element["end"]
    words = list(re.finditer(r"\S+", element["text"]))
    if element["role"] == "angle":
        words = [word for word in words if word.group().isdigit()] or words
        chosen = words[0] if words[0].group().isdigit() else words[-1]
    else:
        chosen = words[-1]
    return element["start"] + chosen.start(), element["start"] + chosen.end()


def _value(written: str | None) -> dict | None:
    """{"unit", "value"} of "metre:0.5"."""
    if not written:
        return None
    unit, value = written.split(":", 1)
    number = value.replace(".", "", 1).isdigit()
    return {"unit": unit, "value": (int(value) if value.isdigit() else float(value)) if number else value}


def parse(line: str, lang: str) -> dict:
    """Turn one annotated line into {text, lang, frames, mentions}.

    `frames` is in HuRIC's form with the trigger's offsets and mood added; `mentions` lists what a map may know:
    {"name", "start", "relation"} where relation ("near", "far" or None) is to the mention before it.
    """
    text = _Text(spaced=lang != "zh")
    triggers: list[_Trigger] = []
    stack: list = []
    roles: list[_Role] = []
    mentions: list[dict] = []
    relation = None
    naming: int | None = None
    star_from: int | None = None
    fresh: list = []  # spans opened whose first character has not come yet

    def end_star():
        nonlocal star_from
        if star_from is not None:
            for role in reversed([item for item in stack if isinstance(item, _Role)]):
                if not role.star:
                    role.head, role.star = (star_from, text.here()), True
                break
            star_from = None

    for match in _TOKEN.finditer(line.strip()):
        kind = match.lastgroup
        if match["frame"]:
            end_star()
            trigger = _Trigger(match["frame"], match["mood"], -1)
            triggers.append(trigger)
            stack.append(trigger)
            fresh.append(trigger)
        elif match["role"]:
            end_star()
            count = len(triggers)
            which = match["which"]
            if which == ">":
                owners = [count]
            elif which == ">>":
                owners = [count, count + 1]
            elif which == "<":
                owners = [count - 2]
            else:
                owners = [max(count - 1, 0)]
            role = _Role(match["role"], owners, -1, value=_value(match["value"]))
            roles.append(role)
            stack.append(role)
            fresh.append(role)
        elif kind == "close":
            end_star()
            item = stack.pop()
            item.end = text.here()
            if item in fresh:
                raise ValueError(f"an empty span in: {line}")
        elif kind == "rel":
            relation = match["rel"]
        elif kind == "name":
            naming = -1
        elif kind == "unname":
            end_star()
            start = mentions[-1]["start"]
            mentions[-1]["name"] = "".join(text.out[start:])
            # The head of a named thing is its last word (the last two characters in Chinese: see heads there).
            name = mentions[-1]["name"]
            last = start + (name.rfind(" ") + 1 if lang != "zh" else 0)
            if lang == "it":
                last = start
                name_words = name.split(" ")
                last_end = start + len(name_words[0])
            else:
                last_end = text.here()
            holders = [item for item in stack if isinstance(item, _Role)]
            # Chinese phrases end in their head ("桌子上的杯子"), so there the last name wins.
            if holders and (holders[-1].head is None or (lang == "zh" and not holders[-1].star)):
                holders[-1].head = (last, last_end)
            naming = None
        elif kind == "star":
            end_star()
            star_from = -1
        elif kind == "space":
            end_star()
            text.space()
        else:
            character = match["char"]
            text.put(character)
            at = text.here() - 1
            for item in fresh:
                item.start = at
            fresh.clear()
            if naming == -1:
                naming = at
                mentions.append({"name": "", "start": at, "relation": relation})
                relation = None
            if star_from == -1:
                star_from = at
    end_star()
    if stack:
        raise ValueError(f"an unclosed bracket in: {line}")
    written = "".join(text.out)
    for role in roles:
        for owner in role.owners:
            if not 0 <= owner < len(triggers):
                if len(role.owners) == 2:
                    continue
                raise ValueError(f"role {role.role} has no trigger in: {line}")
            element = {"role": role.role, "start": role.start, "end": role.end, "text": written[role.start : role.end]}
            element["head"] = None
            if role.head is None and " " not in element["text"] and lang != "zh":
                role.head = (role.start, role.end)
            if role.head is None:
                role.head = default_head(element, lang)
            if role.head:
                element["head"] = written[role.head[0] : role.head[1]]
                element["head_start"] = role.head[0]
            if role.value:
                element["value"] = role.value
            triggers[owner].elements.append(element)
    frames = []
    for trigger in triggers:
        trigger.elements.sort(key=lambda element: element["start"])
        frames.append(
            {
                "frame": trigger.frame,
                "lexical_unit": written[trigger.start : trigger.end],
                "start": trigger.start,
                "end": trigger.end,
                "mood": trigger.mood,
                "elements": trigger.elements,
            }
        )
    return {"text": written, "lang": lang, "frames": frames, "mentions": mentions}
