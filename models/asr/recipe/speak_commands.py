#!/usr/bin/env python3
"""Speaks commands with several voices: a test set of robot commands, made when wanted.

    python speak_commands.py OUT [voice …]
    python speak_commands.py OUT --lines commands_kept.txt [voice …]

Writes OUT/labels.jsonl and OUT/VOICE_NN.wav. voices.py names the voices. commands.txt may be looked at when hearing is made
better; commands_kept.txt is only measured, and three voices more speak it.
"""
import argparse
import json
from pathlib import Path

from voices import KEPT_VOICES, VOICES, with_pauses, write_wav

FOLDER = Path(__file__).parent
KEPT = "commands_kept.txt"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("voices", nargs="*")
    parser.add_argument("--lines", default="commands.txt", help="a file beside this one")
    args = parser.parse_args()
    all_voices = VOICES | (KEPT_VOICES if args.lines == KEPT else {})
    args.out.mkdir(parents=True, exist_ok=True)
    lines = (FOLDER / args.lines).read_text().splitlines()
    labels = []
    for name in args.voices or list(all_voices):
        speak = all_voices[name]()
        for number, text in enumerate(lines):
            wav = f"{name}_{number:02}.wav"
            write_wav(args.out / wav, with_pauses(speak(text)))
            labels.append(json.dumps({"wav": wav, "voice": name, "text": text}))
    (args.out / "labels.jsonl").write_text("\n".join(labels) + "\n")


if __name__ == "__main__":
    main()
