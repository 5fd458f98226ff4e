"""Reads a TensorFlow.js graph model (model.json beside its weight shards) into plain Python objects.

Input: the path of the .json file. Output: `Graph` with the nodes by name and the weights by name, as float32 or int32.
Only what image networks of @vladmandic/human use is understood: weights stored as float32, int32 or float16.
"""
import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Node:
    """One operation: its name, its kind ("_FusedConv2D"), the names of its inputs, its raw attributes."""

    name: str
    op: str
    inputs: list[str]
    attributes: dict

    def ints(self, key, default=None):
        """A list-of-integers attribute."""
        value = self.attributes.get(key, {}).get("list", {}).get("i")
        return [int(v) for v in value] if value else default

    def text(self, key, default=None):
        """A string attribute (base64 in the file)."""
        value = self.attributes.get(key, {}).get("s")
        return base64.b64decode(value).decode() if value else default

    def texts(self, key):
        """A list-of-strings attribute."""
        return [base64.b64decode(v).decode() for v in self.attributes.get(key, {}).get("list", {}).get("s", [])]

    def flag(self, key):
        """A boolean attribute, false where absent."""
        return bool(self.attributes.get(key, {}).get("b", False))


@dataclass
class Graph:
    nodes: dict[str, Node]
    weights: dict[str, np.ndarray]


def strip(name):
    """"node:0" and "^node" to "node"."""
    return name.split(":")[0].lstrip("^")


def read(path):
    """Reads nodes and weights; raises ValueError where the weights do not fill their file exactly."""
    path = Path(path)
    model = json.loads(path.read_text())
    weights = {}
    for group in model["weightsManifest"]:
        blob = b"".join((path.parent / shard).read_bytes() for shard in group["paths"])
        offset = 0
        for entry in group["weights"]:
            stored = entry.get("quantization", {}).get("dtype", entry["dtype"])
            if stored not in ("float32", "float16", "int32"):
                raise ValueError(f"{entry['name']}: weights stored as {stored}, expected float32, float16 or int32")
            count = int(np.prod(entry["shape"], dtype=np.int64))
            values = np.frombuffer(blob, stored, count, offset).reshape(entry["shape"])
            offset += values.nbytes
            weights[entry["name"]] = values.astype(entry["dtype"])
        if offset != len(blob):
            raise ValueError(f"{path}: weights fill {offset} bytes of {len(blob)}")
    nodes = {
        n["name"]: Node(n["name"], n["op"], n.get("input", []), n.get("attr", {}))
        for n in model["modelTopology"]["node"]
    }
    return Graph(nodes, weights)
