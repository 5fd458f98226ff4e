#!/usr/bin/env python3
"""Measures word error rates and times of the graphs in onnxruntime; writes rows into a JSON file.

    python evaluate.py --variant weights=DIR --labels labels.jsonl --grammar coffee_maker.yaml --out rows.json
                       [--noise kitchen_noise.wav --snr 6,12,18,24] [--set name]

A line of labels.jsonl has "wav" (beside the file) and "text", or "slots" that fill a sentence of the grammar. mixing.py
tells how noise is put under it.
"""
import argparse
import json
from pathlib import Path

import yaml

import references
from mixing import with_noise
from transcribe import RATE, Transcriber, read_wav


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", action="append", required=True, help="NAME=FOLDER with the graphs")
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--grammar", type=Path)
    parser.add_argument("--noise", type=Path)
    parser.add_argument("--snr", default="", help="decibels, with commas between")
    parser.add_argument("--set", default="clips", help="name of the set in the rows")
    parser.add_argument("--heard", type=Path, help="write each transcript here, as JSON lines")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    grammar = yaml.safe_load(args.grammar.read_text()) if args.grammar else None
    noise = read_wav(args.noise) if args.noise else None
    labels = [json.loads(line) for line in args.labels.read_text().splitlines()]
    possible = [
        [references.words(label["text"])] if "text" in label else references.sentences(grammar, label["slots"])
        for label in labels
    ]
    clips = [read_wav(args.labels.parent / label["wav"]) for label in labels]
    rows = json.loads(args.out.read_text()) if args.out.exists() else []
    for snr in [None] + [float(value) for value in args.snr.split(",") if value]:
        for variant in args.variant:
            name, folder = variant.split("=")
            transcribe = Transcriber(Path(folder))
            wrong = spoken = right = 0
            for place, (label, clip, texts) in enumerate(zip(labels, clips, possible)):
                heard = transcribe(clip if snr is None else with_noise(clip, noise, place, snr))
                missed, length = references.nearest(texts, references.words(heard))
                wrong, spoken, right = wrong + missed, spoken + length, right + (missed == 0)
                if args.heard:
                    line = {"variant": name, "snr": snr, "wav": label["wav"], "heard": heard, "errors": missed}
                    with args.heard.open("a") as file:
                        print(json.dumps(line), file=file)
            row = {
                "set": args.set, "variant": name, "snr_db": snr, "clips": len(labels), "words": spoken,
                "word_error_rate": round(100 * wrong / spoken, 2), "all_words_right": round(100 * right / len(labels), 1),
                "real_time_factor": round(transcribe.seconds / sum(len(clip) / RATE for clip in clips), 4),
            }
            print(json.dumps(row), flush=True)
            rows.append(row)
            args.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
