#!/usr/bin/env python3
"""Writes THIRD_PARTY.md: every crate in the program, with version and licence, from `cargo metadata`.

Run from the project's root: python3 docs/third_party.py
"""

import json
import subprocess

metadata = json.loads(
    subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"],
        check=True, capture_output=True, text=True,
    ).stdout
)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
ours = set(metadata["workspace_members"])
# What the program is linked from: normal dependencies only, no build or test tools.
found, waiting = set(), list(ours)
while waiting:
    at = waiting.pop()
    if at in found:
        continue
    found.add(at)
    for dependency in nodes[at]["deps"]:
        if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])
rows = sorted((packages[at]["name"], packages[at]["version"], packages[at]["license"] or "see its repository",
               packages[at]["repository"] or "") for at in found - ours)
with open("THIRD_PARTY.md", "w", encoding="utf-8") as out:
    out.write("# Third-party notices\n\n")
    out.write("Models and photos carry their notices beside them (`models/*/CARD.md`, `packs/demo/photos/LICENCES.md`).\n")
    out.write("The program is linked from these crates; the table is written by `docs/third_party.py`.\n\n")
    out.write("| crate | version | licence | source |\n|---|---|---|---|\n")
    for row in rows:
        out.write("| " + " | ".join(row) + " |\n")
print(f"{len(rows)} crates")
