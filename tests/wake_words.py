#!/usr/bin/env python3
"""How surely `coact hear --wake WORD` notices that the robot is called, and how often it thinks so when it is not.

    python3 tests/wake_words.py [--coact target/release/coact] [--others FOLDER …] [--chat SENTENCES.jsonl] [--json FILE]

Called: each word, alone, after "hey" and before a command, by voices of espeak-ng and, where `models/asr/recipe/voices.py`
finds it, a Piper voice. Not called: the recordings of folders with a `labels.jsonl`, and sentences of a file with "text" lines spoken by
espeak-ng. There all words are listened for at once. Half of the voices may be tuned on, the other half may not. Without espeak-ng it says so and exits 0.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = ["Coco", "robot", "computer", "Jarvis", "Marvin", "Bella", "Oscar", "Rosie", "Max", "Nestor"]
SAID = ["{}", "hey {}", "{}, go to the kitchen", "{}, what time is it", "okay {}, stop the music"]
TUNED = ["joe", "en-us", "en-gb-scotland", "en-us+f4"]
KEPT = ["joe_high", "en-gb", "en-us+f3", "en-gb-x-rp+m3"]


def speaker(name):
    """Speaks a text into a file, or None where the voice is not there."""
    if not name.startswith("joe"):
        return lambda text, path: subprocess.run(["espeak-ng", "-v", name, "-s", "150", "-w", str(path), text], check=True)
    try:
        sys.path.insert(0, str(ROOT / "models/asr/recipe"))
        import voices

        voice = voices.VOICES[name]()
    except ImportError:
        return None
    return lambda text, path: voices.write_wav(path, voices.with_pauses(voice(text)))


def hear(coact, words, paths):
    """Of each file, whether one of its utterances calls, and its seconds."""
    found = {}
    for first in range(0, len(paths), 400):
        line = [coact, "--json", "hear"] + [part for word in words for part in ("--wake", word)]
        heard = subprocess.run(line + list(map(str, paths[first : first + 400])), stdout=subprocess.PIPE, text=True, check=True)
        for event in map(json.loads, heard.stdout.splitlines()):
            called = any(segment["called"] for segment in event["segments"])
            found[event["wav"]] = (called, event["audio_s"], event["text"])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", default=str(ROOT / "target/release/coact"))
    parser.add_argument("--others", type=Path, action="append", default=[], help="a folder with labels.jsonl in which nobody calls")
    parser.add_argument("--chat", type=Path, help="sentences to be spoken in which nobody calls")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--words", type=int, default=len(WORDS), help="only so many words")
    arguments = parser.parse_args()
    if not shutil.which("espeak-ng"):
        print("skipped: espeak-ng is not installed")
        return
    report = {"called": {}, "missed": {}}
    words = WORDS[: arguments.words]
    with tempfile.TemporaryDirectory() as folder:
        folder, clips = Path(folder), {}
        for half, names in (("tuned", TUNED), ("kept", KEPT)):
            for name in names:
                speak = speaker(name)
                for word in words if speak else []:
                    for text in SAID:
                        path = folder / f"{len(clips)}.wav"
                        speak(text.format(word), path)
                        clips[str(path)] = (half, name, word, text)
        for word in words:
            mine = [path for path, (_, _, of, _) in clips.items() if of == word]
            for path, (called, _, text) in hear(arguments.coact, [word], mine).items():
                half, name, _, said = clips[path]
                for key in (half, name, word):
                    report["called"][key] = report["called"].get(key, 0) + 1
                    report["missed"][key] = report["missed"].get(key, 0) + (not called)
                if not called:
                    print(f"missed  {half:5} {name:16} {said.format(word)!r} heard as {text!r}")
        others = []
        for of in arguments.others:
            labels = map(json.loads, (of / "labels.jsonl").read_text().splitlines())
            others += [of / label["wav"] for label in labels]
        texts = [json.loads(line)["text"] for line in arguments.chat.read_text().splitlines()] if arguments.chat else []
        for number, text in enumerate(texts):
            others.append(folder / f"chat{number}.wav")
            speaker((TUNED + KEPT)[1:4][number % 3])(text, others[-1])
        found = hear(arguments.coact, words, others) if others else {}
        seconds = sum(length for _, length, _ in found.values())
        wrong = [text for called, _, text in found.values() if called]
        for text in wrong:
            print(f"false   {text!r}")
        report.update(hours=round(seconds / 3600, 2), false=len(wrong))
    for key, count in report["called"].items():
        print(f"{key:16} {report['missed'][key]:3} of {count} missed")
    if seconds:
        print(f"{len(wrong)} false accepts in {seconds / 3600:.2f} h of sound, listening for all {len(words)} words at once")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


main()
