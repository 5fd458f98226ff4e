#!/usr/bin/env python3
"""The same recordings, the same model, greedily: what coact writes down beside what onnxruntime does.

    python compare.py --coact coact --labels labels.jsonl [--grammar coffee_maker.yaml] [--out compare.json]

A line of labels.jsonl has "wav" (beside the file) and "text", or "slots" that fill a sentence of the grammar. Both take each
recording for one utterance (`coact eval asr --whole`). Gives both word error rates and how many transcripts are equal.
"""
import argparse
import json
import subprocess
from pathlib import Path

import yaml

import references
from transcribe import Transcriber, read_wav

FOLDER = Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", default="coact")
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--grammar", type=Path)
    parser.add_argument("--out", type=Path, help="write the figures there")
    args = parser.parse_args()
    grammar = yaml.safe_load(args.grammar.read_text()) if args.grammar else None
    labels = [json.loads(line) for line in args.labels.read_text().splitlines()]
    line = [args.coact, "--models", str(FOLDER.parent), "--json", "eval", "asr", "--data", str(args.labels), "--whole", "--each"]
    ours = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    ours = {row["wav"]: row["heard"] for row in map(json.loads, ours) if "heard" in row}
    transcribe = Transcriber(FOLDER)
    errors, words, same = {"coact": 0, "onnxruntime": 0}, {"coact": 0, "onnxruntime": 0}, 0
    for label in labels:
        said = [references.words(label["text"])] if "text" in label else references.sentences(grammar, label["slots"])
        heard = {"coact": ours[label["wav"]], "onnxruntime": transcribe(read_wav(args.labels.parent / label["wav"]))}
        same += heard["coact"] == heard["onnxruntime"]
        if heard["coact"] != heard["onnxruntime"]:
            print(f"{label['wav']}: coact {heard['coact']!r}, onnxruntime {heard['onnxruntime']!r}")
        for name, text in heard.items():
            missed, length = references.nearest(said, references.words(text))
            errors[name], words[name] = errors[name] + missed, words[name] + length
    rates = {name: round(100 * errors[name] / words[name], 2) for name in errors}
    result = {"recordings": len(labels), "word_error_rate": rates, "equal_transcripts": round(100 * same / len(labels), 1)}
    print(json.dumps(result))
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
