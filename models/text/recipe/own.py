"""The project's own lines: data/source/*.txt in the short notation become data/*.jsonl in HuRIC's form."""

import json
import re
from pathlib import Path

from . import labels
from .examples import example
from .markup import parse

DATA = Path(__file__).parent.parent / "data"
_LINE = re.compile(r"^(en|it|zh) ([a-z_]+)/([a-z]+): (.*)$")


def read_source(path: Path) -> list[dict]:
    """The lines of one source file. Raises ValueError with file and line number on a line that is not well formed."""
    result = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        where = f"{path.name}:{number}"
        if not match:
            raise ValueError(f"{where}: expected 'lang act/mood: text', found {line!r}")
        lang, act, mood, body = match.groups()
        if act not in labels.ACT_ID or mood not in labels.MOOD_ID:
            raise ValueError(f"{where}: unknown act or mood {act}/{mood}")
        marked = not body.startswith("~")
        try:
            parsed = parse(body.lstrip("~ "), lang)
        except (ValueError, IndexError) as problem:
            raise ValueError(f"{where}: {problem}") from problem
        for frame in parsed["frames"]:
            if frame["frame"] not in labels.FRAME_ID:
                raise ValueError(f"{where}: unknown frame {frame['frame']}")
            for element in frame["elements"]:
                if element["role"] not in labels.ROLE_ID:
                    raise ValueError(f"{where}: unknown role {element['role']}")
            description = frame["frame"] in ("being_located", "being_in_category") and mood == "command"
            frame["mood"] = frame["mood"] or ("description" if description else mood)
        entry = {
            "id": f"{path.stem}/{number}", "lang": lang, "text": parsed["text"], "act": act, "mood": mood,
            "marked": marked, "frames": parsed["frames"], "map": None,
        }
        example(entry)
        result.append(entry)
    return result


def write_all(log=print):
    """Write a .jsonl file beside the folder of each source file."""
    for path in sorted((DATA / "source").glob("*.txt")):
        lines = read_source(path)
        out = DATA / f"{path.stem}.jsonl"
        out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        log(f"{out.name}: {len(lines)} lines")
