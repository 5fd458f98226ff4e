"""Evaluation of the ONNX files on every test set, written as evaluation.json and EVALUATION.md."""

from __future__ import annotations

import json
from pathlib import Path

from . import evaluate, labels
from .export import Onnx
from .pipeline import without_map

# The sets whose lines are commands, those where none is, and what the report calls them.
COMMANDS = {
    "huric_en": "HuRIC English, kept aside", "huric_it": "HuRIC Italian, kept aside", "own_en": "own English: other frames, several tasks, noise",
    "own_it": "own Italian: other frames", "own_zh": "own Mandarin Chinese", "own_compose": "own composition: several tasks, conditions, self-repair, values",
    "own_gpsr": "own, like GPSR, three to five tasks", "own_fresh": "own English and Italian in HuRIC's manner, over other things",
    "own_later": "own, written later by a stranger to the rules: commands and what is none",
}
OTHERS = {
    "own_nocommand": "own lines that are no commands", "clinc_oos": "CLINC150 out of scope (validation)", "clinc": "CLINC150 in scope, for us no commands (500 of validation)",
}


# The sets on which the float and the dynamic file are compared with the shipped one.
COMPARED = ("huric_en", "huric_it", "own_zh")


def of_set(readings, examples, thresholds) -> dict:
    """Figures of one set of commands."""
    figures = evaluate.score(examples, readings)
    figures["accepted"] = sum(evaluate.accepted(r, thresholds["act"], thresholds["frame"]) for r in readings) / max(len(readings), 1)
    return figures


def of_negatives(run, examples, thresholds) -> dict:
    """How many lines of a set that holds no command would be acted on, and which."""
    readings = evaluate.read_all(run, examples, thresholds["frame"])
    taken = [e.text for e, r in zip(examples, readings) if evaluate.accepted(r, thresholds["act"], thresholds["frame"])]
    acts = sum(r["act"] == e.act for e, r in zip(examples, readings))
    return {"lines": len(examples), "acted_on": len(taken) / len(examples), "act_accuracy": acts / len(examples), "wrongly": taken[:40]}


def report(paths: dict[str, Path], ids: dict, tests: dict, thresholds: dict, extra: dict, gpsr: list | None) -> dict:
    """All figures: the shipped file in full, the float and dynamic files in brief."""
    run = Onnx(paths["int8"], ids)
    result = {"thresholds": thresholds, **extra, "commands": {}, "no_commands": {}, "other_precisions": {}, "tables": {}}
    for name, title in COMMANDS.items():
        if name not in tests:
            continue
        readings = evaluate.read_all(run, tests[name], thresholds["frame"])
        result["commands"][name] = {"title": title, **of_set(readings, tests[name], thresholds)}
        result["tables"][name] = evaluate.tables(tests[name], readings)
        if name.startswith("huric"):
            result["commands"][name + "_no_map"] = {
                "title": title + ", no map given",
                **of_set(evaluate.read_all(run, without_map(tests[name]), thresholds["frame"]), tests[name], thresholds),
            }
    for name, title in OTHERS.items():
        if name in tests:
            result["no_commands"][name] = {"title": title, **of_negatives(run, tests[name], thresholds)}
    if gpsr:
        readings = evaluate.read_all(run, gpsr, thresholds["frame"])
        accepted = [evaluate.accepted(r, thresholds["act"], thresholds["frame"]) for r in readings]
        result["gpsr_paraphrased"] = {"lines": len(gpsr), "accepted": sum(accepted) / len(gpsr)}
    for kind in ("f32", "dynamic"):
        if kind not in paths or not paths[kind].exists():
            continue
        other = Onnx(paths[kind], ids)
        result["other_precisions"][kind] = {
            name: of_set(evaluate.read_all(other, tests[name], thresholds["frame"]), tests[name], thresholds)
            for name in COMPARED if name in tests
        }
    return result


def percent(value) -> str:
    """.945 for 0.9449."""
    return "–" if value is None else f"{value:.3f}".lstrip("0") if value < 1 else "1.0"


def interval(figures: dict, key: str = "f1") -> str:
    """A figure with its 95 % bootstrap interval."""
    low, high = figures.get("ci95", (None, None))
    text = percent(figures[key])
    return text if low is None else f"{text} ({percent(low)} to {percent(high)})"


def markdown(result: dict, name: str) -> str:
    """The report as a page."""
    out = [f"# Evaluation of {name}", ""]
    out += [
        "Every figure is of the shipped file (i8 weights), decoded as DECODING.md says, on lines that were not trained on.",
        "Intervals are 95 % bootstrap intervals over lines. Frames count when name and trigger word are right; roles exactly when",
        "frame, role and span are; by head when frame, role and head word are (where the line gives one); whole means everything right.",
        "", "## Commands", "",
        "| set | lines | frame F1 | role exact F1 | role head F1 | whole | acted on | mood | language |", "|---|---|---|---|---|---|---|---|---|",
    ]
    for figures in result["commands"].values():
        head = interval(figures["head"]) if figures["head"]["n"] else "–"
        out.append(
            f"| {figures['title']} | {figures['lines']} | {interval(figures['frame'])} | {interval(figures['role'])} | {head} | "
            f"{interval(figures['whole'], 'accuracy')} | {percent(figures['accepted'])} | {percent(figures['mood_accuracy'])} | {percent(figures['lang_accuracy'])} |"
        )
    out += ["", "## Lines that are no commands", "", "| set | lines | acted on | act right |", "|---|---|---|---|"]
    for figures in result["no_commands"].values():
        out.append(f"| {figures['title']} | {figures['lines']} | {percent(figures['acted_on'])} | {percent(figures['act_accuracy'])} |")
    if "gpsr_paraphrased" in result:
        g = result["gpsr_paraphrased"]
        out += ["", f"GPSR commands paraphrased by people, never trained on: {g['lines']} lines, {percent(g['accepted'])} acted on (their tasks are not marked in HuRIC's form)."]
    out += ["", "## Before and after quantization", "", "| weights | set | frame F1 | role exact F1 | whole |", "|---|---|---|---|---|"]
    titles = {"f32": "f32", "dynamic": "dynamic int8 (not shipped)"}
    rows = [("i8, f32 arithmetic (shipped)", {k: v for k, v in result["commands"].items() if k in COMPARED})]
    rows += [(titles[kind], sets) for kind, sets in result["other_precisions"].items()]
    for title, sets in rows:
        for name, figures in sets.items():
            out.append(f"| {title} | {name} | {percent(figures['frame']['f1'])} | {percent(figures['role']['f1'])} | {percent(figures['whole']['accuracy'])} |")
    if "cosine" in result:
        out += ["", "Sentence embedding, mean cosine to all-MiniLM-L6-v2's own: " + ", ".join(f"{k} {v:.3f}" for k, v in result["cosine"].items()) + "."]
    for name, tables in result["tables"].items():
        out += ["", f"## {COMMANDS[name]}: frame by frame", "", "| frame | lines | P | R | F1 |", "|---|---|---|---|---|"]
        out += [f"| {k} | {v['n']} | {percent(v['p'])} | {percent(v['r'])} | {percent(v['f1'])} |" for k, v in tables["frames"].items()]
        out += ["", "| role | spans | P | R | F1 |", "|---|---|---|---|---|"]
        out += [f"| {k} | {v['n']} | {percent(v['p'])} | {percent(v['r'])} | {percent(v['f1'])} |" for k, v in tables["roles"].items()]
        wrong = [(g, f, n) for g, row in tables["confusion"].items() for f, n in row.items() if g != f]
        if wrong:
            out += ["", "Confusions (marked, found, times): " + "; ".join(f"{g} as {f} {n}" for g, f, n in sorted(wrong, key=lambda x: -x[2])) + "."]
    return "\n".join(out) + "\n"


def write(result: dict, folder: Path, name: str):
    """evaluation.json and EVALUATION.md in `folder`."""
    (folder / "evaluation.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "EVALUATION.md").write_text(markdown(result, name), encoding="utf-8")
