#!/usr/bin/env python3
"""Speaks commands.txt with several voices: a test set of robot commands, made when wanted.

    python speak_commands.py OUT [voice …]

Writes OUT/labels.jsonl and OUT/VOICE_NN.wav. voices.py names the voices.
"""
import json
import sys
from pathlib import Path

from voices import VOICES, with_pauses, write_wav


def main():
    out, names = Path(sys.argv[1]), sys.argv[2:] or list(VOICES)
    out.mkdir(parents=True, exist_ok=True)
    lines = (Path(__file__).parent / "commands.txt").read_text().splitlines()
    labels = []
    for name in names:
        speak = VOICES[name]()
        for number, text in enumerate(lines):
            wav = f"{name}_{number:02}.wav"
            write_wav(out / wav, with_pauses(speak(text)))
            labels.append(json.dumps({"wav": wav, "voice": name, "text": text}))
    (out / "labels.jsonl").write_text("\n".join(labels) + "\n")


if __name__ == "__main__":
    main()
