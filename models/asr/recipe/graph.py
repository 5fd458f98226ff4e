"""ONNX graphs written node by node, so that they hold plain operators only (opset 17).

A product with a weight matrix is written in one of three ways, chosen once for a graph:

- `float`: MatMul with f32 weights;
- `weights`: MatMul with uint8 weights behind a DequantizeLinear: the same numbers from a quarter of the bytes;
- `dynamic`: what onnxruntime's quantize_dynamic writes: rows quantized as they come, MatMulInteger, Cast, Mul.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from weights import Matrix

OPSET = 17
PRECISIONS = ("float", "weights", "dynamic")


class Builder:
    """Collects nodes and constants; each method adds one step and returns the name of its result."""

    def __init__(self, precision: str):
        self.precision = precision
        self.nodes, self.constants = [], {}
        self.inputs, self.outputs = [], []
        self.quantized = {}
        self.count = 0

    def constant(self, value: np.ndarray) -> str:
        value = np.asarray(value, order="C")
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(value, f"c{len(self.constants)}")
        return self.constants[key].name

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.float32(value))

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes):
        self.count += 1
        names = [f"{kind.lower()}{self.count}" + (f"_{i}" if i else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=names[0], **attributes))
        return names[0] if outputs == 1 else names

    def input(self, name: str, shape: list, integers: bool = False) -> str:
        kind = TensorProto.INT64 if integers else TensorProto.FLOAT
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value: str, name: str, shape: list):
        self.nodes.append(helper.make_node("Identity", [value], [name], name=name))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def product(self, x: str, matrix: Matrix, bias: np.ndarray | None = None) -> str:
        """x times the matrix, and the bias."""
        if self.precision == "dynamic":
            out = self.integer_product(x, matrix)
        else:
            out = self.op("MatMul", x, self.dequantized(matrix))
        return out if bias is None else self.op("Add", out, self.constant(bias))

    def integer_product(self, x: str, matrix: Matrix) -> str:
        if x not in self.quantized:
            self.quantized[x] = self.op("DynamicQuantizeLinear", x, outputs=3)
        values, scale, zero = self.quantized[x]
        sums = self.op(
            "MatMulInteger", values, self.constant(matrix.values), zero, self.constant(matrix.short().zero)
        )
        factor = self.op("Mul", scale, self.constant(matrix.short().scale))
        return self.op("Mul", self.op("Cast", sums, to=TensorProto.FLOAT), factor)

    def dequantized(self, matrix: Matrix) -> str:
        if self.precision == "float":
            return self.constant(matrix.floats())
        return self.dequantize(self.constant(matrix.values), matrix, axis=1)

    def dequantize(self, values: str, matrix: Matrix, **axis) -> str:
        numbers = matrix.short()
        return self.op("DequantizeLinear", values, self.constant(numbers.scale), self.constant(numbers.zero), **axis)

    def columns_of(self, matrix: Matrix, index: str) -> str:
        """The columns that `index` [b, s] names, as [b, s, in]: the output layer read as a table of word vectors, so
        that it is stored once and in the order in which a product reads it."""
        assert matrix.short().scale.ndim == 0, "an output layer with one scale is expected"
        if self.precision == "float":
            return self.op("Transpose", self.op("Gather", self.dequantized(matrix), index, axis=1), perm=[1, 2, 0])
        columns = self.op("Gather", self.constant(matrix.values), index, axis=1)
        return self.dequantize(self.op("Transpose", columns, perm=[1, 2, 0]), matrix)

    def model(self, about: str) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, "graph", self.inputs, self.outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        model.producer_name, model.doc_string = "coact", about
        onnx.checker.check_model(model)
        return model
