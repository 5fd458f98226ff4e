"""The word pieces, out of the published tokenizer.bin into pieces.json.

tokenizer.bin: each piece as its length and its bytes; a length of 128 or more takes two bytes, low seven bits first.
pieces.json: an array of 32,768 strings; the place is the piece's number. A space is U+2581. Pieces 3 to 258 are single
bytes, written <0x00> to <0xFF>; <unk>, <s>, </s> and <<ST_n>> are marks without text.
"""

import json
from pathlib import Path

FIRST_BYTE = 3


def unpack(data: bytes) -> list[bytes]:
    pieces, at = [], 0
    while at < len(data):
        length, at = data[at], at + 1
        if length >= 128:
            length, at = length - 128 + 128 * data[at], at + 1
        pieces.append(data[at : at + length])
        at += length
    return pieces


def convert(source: Path) -> str:
    """pieces.json, one piece a line."""
    pieces = unpack(source.read_bytes())
    for byte in range(256):
        assert pieces[FIRST_BYTE + byte] == bytes([byte]), f"piece {FIRST_BYTE + byte} is not byte {byte}"
        pieces[FIRST_BYTE + byte] = b"<0x%02X>" % byte
    lines = ",\n".join(json.dumps(piece.decode(), ensure_ascii=False) for piece in pieces)
    return f"[\n{lines}\n]\n"


def read(path: Path) -> list[bytes]:
    """The pieces' texts by number; empty for marks."""
    texts = []
    for number, piece in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        if FIRST_BYTE <= number < FIRST_BYTE + 256:
            texts.append(bytes([number - FIRST_BYTE]))
        elif number < FIRST_BYTE or piece.startswith("<<ST_"):
            texts.append(b"")
        else:
            texts.append(piece.replace("\u2581", " ").encode())
    return texts
