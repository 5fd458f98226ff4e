"""Write the ONNX files: float, weight-only int8 (shipped) and, for the engine's work, dynamic int8."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from . import batches, graph


def load_state(folder: Path) -> dict:
    """The trained weights as f32 arrays."""
    import torch

    return {name: value.float().numpy() for name, value in torch.load(folder / "model.pt", map_location="cpu").items()}


def write(folder: Path) -> dict[str, Path]:
    """model.f32.onnx, model.onnx (i8 weights) and model.dynamic.onnx in `folder`."""
    state = load_state(folder)
    paths = {"f32": folder / "model.f32.onnx", "int8": folder / "model.onnx", "dynamic": folder / "model.dynamic.onnx"}
    onnx.save(graph.build(state, int8=False), paths["f32"])
    onnx.save(graph.build(state, int8=True), paths["int8"])
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Seven-bit range, so that sums of pairs do not saturate on AVX2 without VNNI; a scale an output channel.
    quantize_dynamic(
        paths["f32"], paths["dynamic"], op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    return paths


class Onnx:
    """An ONNX file as a function from an example to logits. Graph optimizations stay off: onnxruntime would otherwise
    turn i8 weights into integer products with quantized activations, which is another arithmetic than the runtime's."""

    def __init__(self, path: Path, ids: dict[str, int]):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        self.encoder = batches.Encoder(ids)

    def inputs(self, example) -> dict:
        """The three inputs of one example."""
        ids, hints, first = self.encoder.line(example)
        as_row = lambda values: np.array([values], dtype=np.int64)
        return {"input_ids": as_row(ids), "hints": as_row(hints), "first": np.array(first, dtype=np.int64)}

    def __call__(self, example) -> dict:
        return dict(zip(self.names, self.session.run(None, self.inputs(example))))


def vocabulary(folder: Path) -> dict[str, int]:
    """The vocabulary a model was trained with."""
    return json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
