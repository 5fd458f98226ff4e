#!/usr/bin/env python3
"""A second implementation of the wire, written from firmware-bridge/PROTOCOL.md alone.

    python3 tests/board_client.py PORT [KEY]      (for example what `coact sim --pty` printed, and the file of its key)

It opens a session, asks what the board is, drives a little, halts, sends a command twice and a damaged one, and
checks at each step what the page promises. Needs nothing but Python's own library. Exits 0 when all held.
"""

import os
import random
import select
import struct
import sys
import termios
import time
import tty
import zlib

HELLO, STOP, HEARTBEAT, COMMAND, SETPOINT, BYE, DESCRIBE = range(7)
WELCOME, REFUSED, ACK, STOPPED, TELEMETRY, STATS, FAULT, UNKNOWN, OUTPUT = range(9)
ENABLE = BASE = DONE = 0
IDLE = 1


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def siphash(key, data):
    """SipHash-2-4 with a tag of 64 bits (Aumasson and Bernstein, 2012)."""
    mask = (1 << 64) - 1
    turn = lambda value, bits: (value << bits | value >> (64 - bits)) & mask
    low, high = struct.unpack("<QQ", key)
    v0, v1 = low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D
    v2, v3 = low ^ 0x6C7967656E657261, high ^ 0x7465646279746573
    data += bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for word in [*struct.unpack(f"<{len(data) // 8}Q", data), None]:
        if word is None:
            v2 ^= 0xFF
        else:
            v3 ^= word
        for _ in range(4 if word is None else 2):
            v0, v2 = (v0 + v1) & mask, (v2 + v3) & mask
            v1, v3 = turn(v1, 13) ^ v0, turn(v3, 16) ^ v2
            v0, v2 = (turn(v0, 32) + v3) & mask, (v2 + v1) & mask
            v1, v3 = turn(v1, 17) ^ v2, turn(v3, 21) ^ v0
            v2 = turn(v2, 32)
        if word is not None:
            v0 ^= word
    return struct.pack("<Q", v0 ^ v1 ^ v2 ^ v3)


def frame(payload, key=None):
    if key:
        payload += siphash(key, b"h" + payload)
    body = payload + struct.pack("<I", zlib.crc32(payload))
    out, run = bytearray(), bytearray()
    for byte in body + b"\0":
        if byte:
            run.append(byte)
            if len(run) < 254:
                continue
        out += bytes([len(run) + 1]) + run
        run.clear()
    return b"\0" + bytes(out) + b"\0"


def unframe(data, key=None):
    body, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        body += data[at + 1 : at + code]
        at += code
        if code < 255 and at < len(data):
            body.append(0)
    payload, crc = bytes(body[:-4]), bytes(body[-4:])
    if len(crc) != 4 or struct.pack("<I", zlib.crc32(payload)) != crc:
        return None
    if key is None:
        return payload
    payload, tag = payload[:-8], payload[-8:]
    return payload if siphash(key, b"b" + payload) == tag else None


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        assert self.at <= len(self.data), "a message shorter than the page says"
        return self.data[self.at - count : self.at]

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        value, shift = 0, 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def f32(self):
        return struct.unpack("<f", self.take(4))[0]

    def text(self):
        return self.take(self.u32()).decode()


class Client:
    def __init__(self, port, key=None):
        self.key = key
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.port, termios.TCSANOW)
        self.buffer = b""
        self.session = self.heard_ms = self.beat = self.stop = self.seq = 0
        self.heard_at = self.beat_at = 0.0
        self.state = self.speed = self.echo = None
        self.acks, self.outputs, self.welcome, self.stopped, self.unknown = [], {}, None, None, None

    def send(self, *parts):
        payload = b"".join(part if isinstance(part, bytes) else varint(part) for part in parts)
        os.write(self.port, frame(payload, self.key))

    def read(self):
        if select.select([self.port], [], [], 0.005)[0]:
            self.buffer += os.read(self.port, 4096)
        *frames, self.buffer = self.buffer.split(b"\0")
        for data in filter(None, frames):
            payload = unframe(data, self.key)
            if payload is not None:
                self.take(Reader(payload))

    def take(self, message):
        kind = message.u32()
        if kind == WELCOME:
            version, nonce = (message.u8(), message.u8()), message.u32()
            boot, session, board_ms = message.u32(), message.u32(), message.u32()
            self.welcome = (version, nonce, boot, session, message.u32(), message.text(), message.u8())
            self.heard_ms, self.heard_at = board_ms, time.monotonic()
            return
        session = message.u32()
        if kind == UNKNOWN:
            self.unknown = session
        if session != self.session:
            return
        if kind == ACK:
            self.acks.append((message.u32(), list(message.take(message.u32()))))
        elif kind == STOPPED:
            self.stopped = message.u32()
        elif kind == TELEMETRY:
            self.echo, _held = message.u32(), message.u32()
            self.heard_ms, self.heard_at, self.state = message.u32(), time.monotonic(), message.u8()
            _x, _y, _heading, self.speed = (message.f32() for _ in range(4))
        elif kind == OUTPUT:
            number, start = message.u8(), message.at
            name, what = message.text(), message.u8()
            limits = [message.f32() for _ in range(5)]
            if message.u8() == 2:
                message.f32()
            message.u32()
            self.outputs[number] = (name, what, limits, message.data[start : message.at])

    def until(self, what, true, seconds=5.0, often=None):
        end, next_time = time.monotonic() + seconds, 0.0
        while not true():
            now = time.monotonic()
            assert now < end, f"{what}: not within {seconds} s"
            if often and now >= next_time:
                often()
                next_time = now + 0.02
            if self.session and now >= self.beat_at:
                self.beat += 1
                self.send(HEARTBEAT, self.session, b"\1", self.beat, self.heard_ms)
                self.beat_at = now + 0.025
            self.read()
        print(f"ok  {what}")

    def command(self, seq, *command):
        self.send(COMMAND, self.session, seq, self.stop, *command)

    def enable(self):
        """Asks anew once the last answer is there: a busy computer may have been silent for too long."""
        self.seq += bool(self.acked(self.seq)) or self.seq == 0
        self.command(self.seq, ENABLE)

    def acked(self, seq):
        return [outcomes[-1] for newest, outcomes in self.acks if newest == seq]

    def drive(self, seq, speed):
        now_ms = self.heard_ms + int((time.monotonic() - self.heard_at) * 1000)
        wish = struct.pack("<ff", speed, 0.0)
        self.send(SETPOINT, self.session, seq, self.stop, now_ms, 200, 0, bytes([BASE]), wish)


def main(port, key=None):
    board = Client(port, key)
    nonce = random.getrandbits(32)
    hello = lambda: board.send(HELLO, b"\1\0", nonce)
    board.until("a hello is answered", lambda: board.welcome and board.welcome[1] == nonce, often=hello)
    version, _, boot, session, config, firmware, count = board.welcome
    assert version[0] == 1, f"another version: {version}"
    board.session = session
    board.until("a heartbeat opens the session", lambda: board.state == IDLE)
    everything = (1 << count) - 1
    ask = lambda: board.send(DESCRIBE, session, bytes([everything]))
    board.until("each output describes itself", lambda: len(board.outputs) == count, often=ask)
    encoded = varint(len(firmware)) + firmware.encode() + varint(count)
    encoded += b"".join(board.outputs[number][3] for number in range(count))
    assert zlib.crc32(encoded) == config, "the configuration's CRC is that of the description"
    print(f"    {firmware}, boot {boot}: {', '.join(output[0] for output in board.outputs.values())}")
    assert board.outputs[BASE][1] == 0, "the first output is a base"

    counter = iter(range(1, 100000))
    forward = lambda: board.drive(next(counter), 0.2)
    end = time.monotonic() + 0.3
    board.until("nothing moves before it is enabled", lambda: time.monotonic() > end, often=forward)
    assert board.speed == 0.0 and board.state == IDLE, "it moves"

    board.until("enable is done", lambda: DONE in board.acked(board.seq), often=board.enable)
    go_on = lambda: (forward(), board.state == IDLE and board.enable())
    board.until("it drives", lambda: board.speed > 0.15, often=go_on)
    before = len(board.acks)
    repeat = lambda: board.command(1, ENABLE)
    board.until("a repeated command is only acknowledged", lambda: len(board.acks) > before, often=repeat)
    assert board.acks[-1][0] == board.seq, "a repetition counts for nothing"

    board.until("a wish ends with its validity", lambda: board.speed < 0.01)
    board.until("it drives again", lambda: board.speed > 0.15, often=go_on)
    board.stop = 1
    halt = lambda: board.send(STOP, session, 1, 0)
    board.until("a halt is answered", lambda: board.stopped == 1, often=halt)
    board.until("it is idle", lambda: board.state == IDLE)
    board.until("it stands", lambda: abs(board.speed) < 0.01)

    before = (board.echo, len(board.acks))
    wish = varint(COMMAND) + varint(session) + varint(board.seq + 1) + varint(1) + varint(ENABLE)
    damaged = bytearray(frame(wish, key))
    damaged[4] ^= 0x10
    os.write(board.port, damaged)
    board.until("a damaged frame is passed over", lambda: board.echo > before[0] + 3)
    assert len(board.acks) == before[1] and board.state == IDLE, "damage was taken for a command"
    if key:
        before = (board.echo, len(board.acks))
        for stranger in (None, bytes(16)):
            os.write(board.port, frame(wish, stranger))
        board.until("what a stranger says is passed over", lambda: board.echo > before[0] + 3)
        assert len(board.acks) == before[1] and board.state == IDLE, "a stranger was obeyed"
    board.send(HEARTBEAT, session ^ 1, b"\1", 1, board.heard_ms)
    board.until("a session that is not known is told", lambda: board.unknown == session ^ 1)
    board.send(BYE, session)
    print("all that the page promises held")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        with_key = [bytes.fromhex(open(path).read().strip()) for path in sys.argv[2:]]
        main(sys.argv[1], *with_key)
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
