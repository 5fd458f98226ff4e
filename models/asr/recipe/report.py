#!/usr/bin/env python3
"""Writes ../evaluation.json and ../EVALUATION.md from what evaluate.py measured.

    python report.py rows.json heard.jsonl

The transcripts give the figures of each voice.
"""
import json
import sys
from collections import defaultdict
from pathlib import Path

import references

HERE = Path(__file__).resolve().parent
NAMES = {
    "f32": "f32",
    "weights": "u8 weights, f32 arithmetic",
    "dynamic": "u8 weights and rows, i32 sums",
    "mixed": "**encoder u8 rows, decoder f32 arithmetic: what is shipped**",
}
PAGE = """\
# Evaluation of the transcriber

onnxruntime 1.32, one thread, greedy decoding (`recipe/transcribe.py`). Word errors are words put in, left out or changed; case,
punctuation, hyphens and the spelling of numbers do not count.

## People's orders

{orders} recordings of people ordering coffee, from Picovoice's speech-to-intent benchmark (Apache-2.0), with the noise of a kitchen put under
them (ratio of the loudest 2,048-sample windows). The recordings come with what was ordered, not with the words: every sentence of
the benchmark's grammar that orders this counts as a possible text, and the nearest is taken. So a word that changes nothing of the order
may count as an error where people did not keep to the grammar.

Word error rate, and in brackets the share of recordings with every word right, in percent:

| numbers | {heads} |
|---|{lines}
{table}

One wrong word is 0.07 points; differences under half a point between the rows mean nothing. The quantized rows of the encoder cost no accuracy and
save a quarter of its time in coact; the decoder stays in f32, because there the reading of the weights costs the time and not
the arithmetic, and because rows of several beginnings side by side would otherwise depend on each other.

What is misheard are near-homophones of words that can be ordered ("rose" for "roast", "ice moka" for "iced mocha"): free transcription alone
does not make an order. The search that knows a pack's words stands in `src/hear`.

## Robot commands from synthetic voices

`recipe/commands.txt`, {lines_of_commands} lines, spoken by `recipe/speak_commands.py`; {numbers_of_commands}.

| voice | word error rate | lines with every word right |
|---|---|---|
{voices}

joe is a Piper voice, joe_high the same at a higher pitch, the others are espeak-ng's. Of formant voices the model understands
little: they are the hardest case, not the usual one.

## Time

The network alone, on one core: BENCHMARKS.md. A whole `coact hear` of 14 seconds of recording with 4 to 5 seconds of speech in it takes .4 s
of CPU, loading included (x86-64, pinned to one core). Over 378 recordings heard with the pack of orders on a loaded machine the median is .06 s
of wall time a second of sound.

Written by `recipe/report.py`; all numbers are in `evaluation.json`.
"""


def main():
    rows = json.loads(Path(sys.argv[1]).read_text())
    heard = [json.loads(line) for line in Path(sys.argv[2]).read_text().splitlines()]
    texts = (HERE / "commands.txt").read_text().splitlines()
    voices = defaultdict(lambda: [0, 0, 0, 0])
    for line in heard:
        voice, _, number = line["wav"].removesuffix(".wav").rpartition("_")
        if line["variant"] == "mixed" and number.isdigit() and "/" not in line["wav"]:
            one = voices[voice]
            one[0] += line["errors"]
            one[1] += len(references.words(texts[int(number)]))
            one[2] += line["errors"] == 0
            one[3] += 1
    by_voice = [
        {"voice": name, "lines": n, "word_error_rate": round(100 * wrong / words, 1), "all_words_right": round(100 * right / n, 1)}
        for name, (wrong, words, right, n) in voices.items()
    ]
    orders = {(row["variant"], row["snr_db"]): row for row in rows if row["set"] == "orders"}
    levels = sorted({snr for _, snr in orders}, key=lambda snr: -(snr or 1000))

    def cell(row):
        return f"{row['word_error_rate']:.1f} ({row['all_words_right']:.0f})" if row else ""

    table = "\n".join(
        f"| {name} | " + " | ".join(cell(orders.get((variant, snr))) for snr in levels) + " |"
        for variant, name in NAMES.items()
    )
    commands = {row["variant"]: row for row in rows if row["set"] == "commands"}
    both = "; ".join(
        f"{name} gets {commands[v]['word_error_rate']:.1f} % of the words wrong and {commands[v]['all_words_right']:.0f} % of the lines wholly right"
        for v, name in (("f32", "f32"), ("mixed", "what is shipped")) if v in commands
    )
    page = PAGE.format(
        orders=next(iter(orders.values()))["clips"], heads=" | ".join("quiet" if s is None else f"{s:.0f} dB" for s in levels),
        lines="---|" * len(levels), table=table, lines_of_commands=len(texts), numbers_of_commands=both,
        voices="\n".join(f"| {v['voice']} | {v['word_error_rate']:.1f} % | {v['all_words_right']:.0f} % |" for v in by_voice),
    )
    (HERE.parent / "EVALUATION.md").write_text(page)
    result = {"orders_and_commands": rows, "commands_by_voice": by_voice}
    (HERE.parent / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    print(page)


if __name__ == "__main__":
    main()
