#!/usr/bin/env python3
"""Holds coact's Wyoming server and clients against the published Python package `wyoming`.

    python3 tests/wyoming_peer.py [--coact target/release/coact]

As server: `coact wyoming` is asked by the package's own client for its info, for a transcript of a recording in two formats,
for an intent, and for a pong. As client: the package's own server answers a daemon whose description names it for
transcription, wake word and voice, with a fake recorder and a fake player. Prints what was seen; exits 0 when all of it is
right, and says so and exits 0 when the package is not installed (`pip install wyoming`).
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

try:
    from wyoming.asr import Transcribe, Transcript
    from wyoming.audio import AudioChunk, AudioStart, AudioStop, wav_to_chunks
    from wyoming.client import AsyncClient
    from wyoming.event import Event
    from wyoming.info import Describe, Info
    from wyoming.intent import Intent, NotRecognized, Recognize
    from wyoming.ping import Ping, Pong
    from wyoming.server import AsyncEventHandler, AsyncServer
    from wyoming.tts import Synthesize
    from wyoming.wake import Detect, Detection
except ImportError as missing:
    print(f"skipped: {missing}; `pip install wyoming` brings it")
    sys.exit(0)

ROOT = Path(__file__).resolve().parent.parent


def check(what, right, seen):
    print(f"{'ok   ' if right else 'WRONG'} {what}: {seen}")
    if not right:
        check.failed = True


check.failed = False


def converted(path, rate, channels):
    """The recording at another rate (nearest sample) and with more channels, as chunks' bytes."""
    with wave.open(str(path)) as file:
        own, data = file.getframerate(), file.readframes(file.getnframes())
    count = len(data) // 2 * rate // own
    frames = (data[2 * (n * own // rate) :][:2] * channels for n in range(count))
    return b"".join(frames)


async def ask(client, *events, until):
    for event in events:
        await client.write_event(event)
    while True:
        event = await asyncio.wait_for(client.read_event(), 60)
        if event is None:
            return Event("(the connection ended)")
        if event.type in until:
            return event


async def as_server(coact, wav, words):
    daemon = subprocess.Popen([*coact, "--json", "wyoming", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        host, port = json.loads(daemon.stdout.readline())["listen"].rsplit(":", 1)
        async with AsyncClient.from_uri(f"tcp://{host}:{port}") as client:
            info = Info.from_event(await ask(client, Describe().event(), until=["info"]))
            check("info", info.asr and info.asr[0].models[0].languages == ["en"], info.asr[0].models[0].name)
            pong = Pong.from_event(await ask(client, Ping(text="x").event(), until=["pong"]))
            check("pong", pong.text == "x", pong.text)
            with wave.open(str(wav)) as file:
                sound = [chunk.event() for chunk in wav_to_chunks(file, 1024, start_event=True, stop_event=True)]
            heard = Transcript.from_event(
                await ask(client, Transcribe(language="en").event(), *sound, until=["transcript", "error"])
            )
            check("transcript", heard.text.lower().strip(" .!?") == words, heard.text)
            data = converted(wav, 48000, 2)
            chunks = [
                AudioChunk(48000, 2, 2, data[at : at + 8192]).event() for at in range(0, len(data), 8192)
            ]
            heard = Transcript.from_event(
                await ask(
                    client,
                    Transcribe().event(),
                    AudioStart(48000, 2, 2).event(),
                    *chunks,
                    AudioStop().event(),
                    until=["transcript", "error"],
                )
            )
            check("transcript of stereo at 48 kHz", heard.text.lower().strip(" .!?") == words, heard.text)
            intent = await ask(client, Recognize("go to the kitchen").event(), until=["intent", "not-recognized"])
            intent = Intent.from_event(intent)
            entity = [(entity.name, entity.value) for entity in intent.entities]
            check("intent", intent.name == "motion" and entity == [("goal", "to the kitchen")], f"{intent.name} {entity}")
            none = await ask(client, Recognize("what a lovely day").event(), until=["intent", "not-recognized"])
            check("no intent", NotRecognized.is_type(none.type), none.type)
    finally:
        daemon.terminate()
        daemon.wait()


class Peer(AsyncEventHandler):
    """Transcribes everything as one command, hears its wake word at once, speaks in silence."""

    seen = []

    async def handle_event(self, event):
        if not AudioChunk.is_type(event.type):
            Peer.seen.append(event.type)
        if AudioStop.is_type(event.type):
            await self.write_event(Transcript(text="Go to the kitchen.").event())
        elif Detect.is_type(event.type):
            await self.write_event(Detection(name="ok_coco").event())
        elif Synthesize.is_type(event.type):
            Peer.seen.append(Synthesize.from_event(event).text)
            await self.write_event(AudioStart(22050, 2, 1).event())
            await self.write_event(AudioChunk(22050, 2, 1, bytes(22050)).event())
            await self.write_event(AudioStop().event())
        return True


async def as_client(coact, wav, folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = AsyncServer.from_uri(f"tcp://127.0.0.1:{port}")
    serving = asyncio.create_task(server.run(Peer))
    recorder = [sys.executable, str(ROOT / "tests/fake_recorder.py"), str(wav)]
    player = ["sh", "-c", f"cat > {folder}/played"]
    description = (ROOT / "packs/demo/robot.toml").read_text()
    tables = f"""
[microphone]
program = {json.dumps(recorder)}
listens = "wake"

[voice]
engine = "wyoming"
player = {json.dumps(player)}

[wyoming]
asr = "127.0.0.1:{port}"
wake = "127.0.0.1:{port}"
tts = "127.0.0.1:{port}"
"""
    robot = Path(folder) / "robot.toml"
    robot.write_text(description + tables)
    daemon = await asyncio.create_subprocess_exec(
        *coact, "--json", "--state", folder, "run", "--config", str(robot), stdout=subprocess.PIPE, limit=1 << 22
    )
    reply = None
    try:
        begin = time.monotonic()
        while time.monotonic() - begin < 60 and reply is None:
            line = await asyncio.wait_for(daemon.stdout.readline(), 60)
            if not line:
                break
            reply = json.loads(line).get("reply")
        check("a service transcribes, a service wakes", reply and reply["utterance"] == "Go to the kitchen.", reply and reply["outcome"])
        daemon.terminate()
        await daemon.wait()
        check("asked for", {"transcribe", "detect"} <= set(Peer.seen), sorted(set(Peer.seen)))
        daemon = await asyncio.create_subprocess_exec(
            *coact, "--json", "--state", folder, "run", "--config", str(robot), stdout=subprocess.PIPE, limit=1 << 22
        )
        await daemon.stdout.readline()
        told = await asyncio.create_subprocess_exec(*coact, "--state", folder, "tell", "take the kettle", stdout=subprocess.DEVNULL)
        await told.wait()
        begin = time.monotonic()
        while time.monotonic() - begin < 30 and not (Path(folder) / "played").exists():
            await asyncio.sleep(0.1)
        spoken = [text for text in Peer.seen if " " in text]
        check("a service speaks", spoken and (Path(folder) / "played").exists(), spoken[-1:])
    finally:
        if daemon.returncode is None:
            daemon.terminate()
            await daemon.wait()
        serving.cancel()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coact", default=str(ROOT / "target/release/coact"))
    parser.add_argument("--wav", default=str(ROOT / "packs/demo/sounds/go_to_the_hall.wav"), help="a 16-bit mono recording")
    parser.add_argument("--words", default="go to the hall", help="what is said in it")
    arguments = parser.parse_args()
    coact = [os.path.abspath(arguments.coact)]
    asyncio.run(as_server(coact, Path(arguments.wav), arguments.words))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(as_client(coact, Path(arguments.wav), folder))
    sys.exit(1 if check.failed else 0)


main()
