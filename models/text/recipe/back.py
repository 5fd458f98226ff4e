"""A shipped model.onnx with its tokenizer.json, back as weights and vocabulary to train on from."""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .model import WIDTH


def weights(path: Path) -> dict[str, torch.Tensor]:
    """The state dict in f32 of a file that graph.py wrote with i8 weights."""
    found, norms = {}, []
    for initializer in onnx.load(str(path)).graph.initializer:
        name, value = initializer.name.rsplit("_", 1)[0], numpy_helper.to_array(initializer)
        found[name] = value
        if name == "c" and value.shape == (WIDTH,):
            norms.append(value)
    for name in [name for name, value in found.items() if value.dtype == np.int8 and not name.endswith("_zero")]:
        scale = found[name + "_scale"]
        by_row = scale.ndim == 2 or name == "positions"
        found[name] = found[name].astype(np.float32) * (scale.reshape(-1, 1) if by_row else scale)
    state = {"words.weight": found["words"], "positions.weight": found["positions"], "hints.weight": found["hint_table"]}
    state |= {"frame_states.weight": found["frame_states"], "places": found["places"]}

    def linear(name: str, weight: np.ndarray, bias: np.ndarray | None):
        state[name + ".weight"] = weight.T
        if bias is not None:
            state[name + ".bias"] = bias

    pairs = iter(norms)
    state["norm.weight"], state["norm.bias"] = next(pairs), next(pairs)
    unfold = np.sqrt(np.float32(32))
    for layer in range(sum(name.startswith("up") and name[2:].isdigit() for name in found)):
        weight, bias = np.split(found[f"qkv{layer}"], 3, 1), np.split(found[f"qkv{layer}_bias"], 3)
        for index, part in enumerate(("query", "key", "value")):
            by = unfold if part == "query" else 1
            linear(f"layers.{layer}.{part}", weight[index] * by, bias[index] * by)
        for part in ("out", "up", "down"):
            linear(f"layers.{layer}.{part}", found[f"{part}{layer}"], found[f"{part}{layer}_bias"])
        for part in ("norm1", "norm2"):
            state[f"layers.{layer}.{part}.weight"], state[f"layers.{layer}.{part}.bias"] = next(pairs), next(pairs)
    for name in ("frames", "moods", "acts", "langs", "embedding"):
        linear(name, found[name + "_head"], found[name + "_head_bias"])
    for name in ("pair_word", "pair_trigger", "pair_word2", "pair_trigger2", "sentence"):
        linear(name, found[name], found.get(name + "_bias"))
    linear("tags", np.hstack([found["roles_head"], found["heads_head"]]), np.hstack([found["roles_head_bias"], found["heads_head_bias"]]))
    return {name: torch.from_numpy(np.array(value, order="C")) for name, value in state.items()}


def vocabulary(path: Path) -> dict[str, int]:
    """The word pieces of a tokenizer.json and their numbers."""
    return json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
