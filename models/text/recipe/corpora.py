"""The public corpora, by origin, commit and checksum, and how each becomes lines of one form.

A line is {"text", "lang", "act", "frames", "map", "set"}: HuRIC's form (frames with trigger and elements, offsets in
characters) plus the act of the whole line and the mood of each frame. The corpora are not part of the project; they are
looked for in a folder given to the recipe, and what is not there is left out.
"""

import hashlib
import json
import re
from pathlib import Path

HURIC = "https://github.com/crux82/huric at 685c87c8 (Apache-2.0)"
CLINC = "https://github.com/clinc/oos-eval at 828f8093 (CC BY 3.0)"
GPSR = "https://github.com/nickswalker/gpsr-commands-dataset at 8d64152c (licence file empty: tested on, never trained on)"

# The files as brought into JSON Lines with the role names of the project: name, origin, sha256.
FILES = {
    "huric_en_train.jsonl": (HURIC, "60076432ad6265092010266ded169faf76738970942ec8ac38b0606a47601ef1"),
    "huric_it_train.jsonl": (HURIC, "ed3204badbd58cd2f00ddb2e9cf6592964a67ec77a02933db56a3ca412654e62"),
    "clinc_train.jsonl": (CLINC, "a72e8f5e66164a3f9a2699c84c83270f6fd84c817a053a92180541309f721b5b"),
    "clinc_val.jsonl": (CLINC, "06f97ba3cbfafe01cac99b04f4df0a32c0eef754b55685bb3fd17dc66d241227"),
    "clinc_oos_train.jsonl": (CLINC, "7eb306a54c517822adae0b22e09c74ce01f7d9df1ff374e2050fd5a646b26999"),
    "clinc_oos_val.jsonl": (CLINC, "54ac326d10c26cbd75481f40d2069ccafe6c65aee714673f651d12ad22cb4872"),
    "gpsr_gen_train.jsonl": (GPSR, "5edb006d213ef2165922b5ec41b301746c416001e0494721cb70ed21bb4f0957"),
    "gpsr_gen_val.jsonl": (GPSR, "783c692dff7fcb2beac80b876529f1e3acb00e74d33faefce348f1370fa74f82"),
    "gpsr_para_train.jsonl": (GPSR, "2cf02c7ec6076e446352aacd835b4825feeb2e54696b269f3eca3c28cbf0f23f"),
    "gpsr_para_val.jsonl": (GPSR, "5fd1be8cb912a539c4b9cf6c410c2f5a81955cd690dc8cf8b9349fba6b72e0f6"),
}

# CLINC150 intents that are dialogue acts or questions to the robot itself; all others are out of its scope.
INTENT_ACTS = {
    "yes": "confirm", "no": "deny", "repeat": "repeat", "cancel": "cancel",
    "maybe": "chat", "greeting": "chat", "goodbye": "chat", "thank_you": "chat",
    "current_location": "question", "what_can_i_ask_you": "question", "what_is_your_name": "question",
    "time": "question", "date": "question", "are_you_a_bot": "question", "how_old_are_you": "question",
    "who_made_you": "question", "where_are_you_from": "question", "what_are_your_hobbies": "question",
    "who_do_you_work_for": "question", "do_you_have_pets": "question", "meaning_of_life": "question",
}

# Intents some of whose lines are commands of ours ("turn on the light", "tell me a joke", "find my phone").
INTENTS_LEFT_OUT = {
    "smart_home", "find_phone", "tell_joke", "fun_fact", "whisper_mode", "change_volume", "change_speed", "sync_device",
    "reset_settings", "timer", "user_name", "change_ai_name",
}

DESCRIPTIONS = {"being_located", "being_in_category"}


def verify(folder: Path) -> dict[str, bool]:
    """Which corpora are there, their checksums verified; raises ValueError on a file that is not what was named."""
    there = {}
    for name, (origin, expected) in FILES.items():
        path = folder / name
        there[name] = path.exists()
        if path.exists():
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found != expected:
                raise ValueError(f"{name}: expected sha256 {expected}, found {found}; get it from {origin}")
    return there


def read(path: Path) -> list[dict]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def locate_triggers(line: dict) -> dict:
    """HuRIC names a frame's lexical unit but not where it stands: find each one's place in the text.

    Among the places not yet taken, the one nearest before the frame's first element (other than the agent) wins.
    """
    taken: set[int] = set()
    frames = []
    order = sorted(
        line["frames"],
        key=lambda frame: min([e["start"] for e in frame["elements"] if e["role"] != "agent"] or [0]),
    )
    for frame in order:
        unit = frame["lexical_unit"]
        places = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(unit)}(?!\w)", line["text"])]
        places = [place for place in places if place not in taken] or places
        if not places:
            raise ValueError(f"{line['id']}: trigger {unit!r} is not in the text")
        spans = [(e["start"], e["end"]) for e in frame["elements"] if e["role"] != "agent"]
        anchor = min((start for start, _ in spans), default=0)
        inside = lambda place: any(start <= place < end for start, end in spans)
        place = min(places, key=lambda place: (inside(place), place > anchor, abs(anchor - place)))
        taken.add(place)
        frames.append({**frame, "start": place, "end": place + len(unit)})
    frames.sort(key=lambda frame: frame["start"])
    return {**line, "frames": frames}


def huric(path: Path) -> list[dict]:
    """HuRIC lines with trigger places, moods and acts."""
    lines = []
    for line in read(path):
        line = locate_triggers(line)
        for frame in line["frames"]:
            frame["mood"] = "description" if frame["frame"] in DESCRIPTIONS else "command"
        lines.append({**line, "act": "command", "set": "huric"})
    return lines


def clinc(path: Path) -> list[dict]:
    """CLINC150 lines with the act each intent stands for; they hold no task."""
    lines = []
    for line in read(path):
        intent = line["intent"]
        if intent in INTENTS_LEFT_OUT:
            continue
        act = INTENT_ACTS.get(intent, "out_of_scope")
        kind = "clinc_oos" if intent == "oos" else "clinc"
        lines.append({"text": line["text"], "lang": "en", "act": act, "frames": [], "map": None, "set": kind, "intent": intent})
    return lines
