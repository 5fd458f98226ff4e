"""Moonshine's weights out of the published files, under the names of its layers.

The `.ort` files hold graphs whose operators onnxruntime has fused and quantized. onnxruntime writes them back as ONNX;
of that only the constants are taken: matrices as the uint8 values, scale and zero point that were published, so that
nothing is rounded a second time, and the float vectors and convolutions beside them.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

LAYERS = 6
PRODUCTS = {  # where (x's matrix, its scale, its zero point) stand among the inputs
    "DynamicQuantizeMatMul": (1, 2, 3),
    "MatMulIntegerToFloat": (1, 3, 5),
}


@dataclass
class Matrix:
    """`values` [in, out] uint8; `scale` and `zero` one number a column: (values - zero) * scale."""

    values: np.ndarray
    scale: np.ndarray
    zero: np.ndarray

    def columns(self, order) -> "Matrix":
        return Matrix(self.values[:, order], self.scale[order], self.zero[order])

    def times(self, factor: float) -> "Matrix":
        return Matrix(self.values, (self.scale * factor).astype(np.float32), self.zero)

    def short(self) -> "Matrix":
        """With one scale and one zero point where all columns have the same."""
        same = (self.scale == self.scale[0]).all() and (self.zero == self.zero[0]).all()
        return Matrix(self.values, self.scale[0], self.zero[0]) if same else self

    def floats(self) -> np.ndarray:
        return (self.values.astype(np.float32) - self.zero.astype(np.float32)) * self.scale


def beside(*matrices: Matrix) -> Matrix:
    """The matrices' columns one after another."""
    return Matrix(*(np.concatenate([getattr(m, f) for m in matrices], -1) for f in ("values", "scale", "zero")))


def graph_of(ort_file: Path) -> onnx.GraphProto:
    """The graph in a `.ort` file."""
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.optimized_model_filepath = str(Path(folder) / "graph.onnx")
        options.add_session_config_entry("session.save_model_format", "ONNX")
        onnxruntime.InferenceSession(str(ort_file), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath).graph


def collect(graph: onnx.GraphProto, outer=None) -> dict:
    """Every constant of the graph and of the branches in it, under the layer's name without the wrappings."""
    constants = dict(outer or {})
    constants.update({i.name: numpy_helper.to_array(i) for i in graph.initializer})
    found = {}
    for name, value in constants.items():
        found[re.sub(r"^model\.decoder\.|_merged_0$|_add_tensor$", "", name)] = value
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                inner = collect(helper.get_attribute_value(attribute), constants)
                found.update({k: v for k, v in inner.items() if isinstance(v, Matrix) or k not in found})
        if node.op_type in PRODUCTS:
            values, scale, zero = (constants[node.input[i]] for i in PRODUCTS[node.op_type])
            name = node.output[0].removeprefix("/model/decoder").strip("/").replace("/", ".")
            name = re.sub(r"\.(MatMul|Add)_output_0$", "", name)
            found[name] = Matrix(values, np.full(values.shape[1], scale), np.full(values.shape[1], zero))
    return found


def read(folder: Path) -> tuple[dict, dict]:
    """Weights of the encoder and of the decoder, from the folder with the `.ort` files."""
    encoder = graph_of(folder / "encoder_model.ort")
    weights = collect(encoder)
    # The one normalization whose weights went into a product and a sum: nameless, so found by where they are used.
    for node in encoder.node:
        if node.output[0] == "/groupnorm/Mul_output_0":
            weights["groupnorm.weight"] = weights[node.input[1]].reshape(-1)
        if node.output[0] == "/groupnorm/Add_output_0":
            weights["groupnorm.bias"] = weights[node.input[1]].reshape(-1)
    return weights, collect(graph_of(folder / "decoder_model_merged.ort"))
