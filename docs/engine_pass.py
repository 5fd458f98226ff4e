#!/usr/bin/env python3
"""Draws docs/engine_pass.svg: a dynamically quantized product as the file has it, and as the engine runs it.

Run from the project's root: python3 docs/engine_pass.py
"""

from pathlib import Path

BOX_W, BOX_H, STEP = 168, 30, 46
BEFORE = ["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul (scales)", "Add (bias)"]
NOTES = ["rows to bytes: one pass", "i32 sums: one pass, weights unpacked", "one pass", "one pass", "one pass"]
parts: list[str] = []


def text(x: float, y: float, words: str, anchor: str = "middle", size: int = 13, fill: str = "#222") -> None:
    parts.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{words}</text>')


def box(x: float, y: float, words: str, fill: str, height: float = BOX_H) -> None:
    parts.append(f'<rect x="{x}" y="{y}" width="{BOX_W}" height="{height}" rx="5" fill="{fill}" stroke="#555"/>')
    text(x + BOX_W / 2, y + height / 2 + 5, words)


def arrow(x: float, top: float, bottom: float) -> None:
    parts.append(f'<path d="M{x} {top} V{bottom - 1}" stroke="#555" fill="none" marker-end="url(#tip)"/>')


def main() -> None:
    left, right, top = 20, 470, 70
    text(left + BOX_W / 2, 24, "as the file has it", size=15)
    text(right + BOX_W / 2, 24, "as it runs", size=15)
    text(left + BOX_W / 2, 48, "x, f32 [rows, k]")
    text(right + BOX_W / 2, 48, "x, f32 [rows, k]")
    for index, (name, note) in enumerate(zip(BEFORE, NOTES)):
        y = top + index * STEP
        arrow(left + BOX_W / 2, y - STEP + BOX_H if index else 53, y)
        box(left, y, name, "#f3e3d3")
        text(left + BOX_W + 10, y + 20, note, anchor="start", size=12, fill="#666")
    bottom = top + (len(BEFORE) - 1) * STEP + BOX_H
    arrow(left + BOX_W / 2, bottom, bottom + 16)
    text(left + BOX_W / 2, bottom + 32, "y, f32 [rows, n]")
    arrow(right + BOX_W / 2, 53, top)
    box(right, top, "DynamicInt8MatMul", "#d3e7d8", bottom - top)
    arrow(right + BOX_W / 2, bottom, bottom + 16)
    text(right + BOX_W / 2, bottom + 32, "y, f32 [rows, n]")
    for index, words in enumerate(["weights packed once, at load", "bytes made as rows are packed", "scales, bias, GELU in the store"]):
        text(right + BOX_W + 10, top + 60 + index * 22, words, anchor="start", size=12, fill="#666")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="850" height="{bottom + 44}" font-family="sans-serif">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#555"/></marker></defs><rect width="100%" height="100%" fill="white"/>'
    )
    Path("docs/engine_pass.svg").write_text(head + "\n" + "\n".join(parts) + "\n</svg>\n")


main()
