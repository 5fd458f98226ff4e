"""Weights of convolutions to int8 on disk: symmetric, one scale an output channel, DequantizeLinear in the graph.

An engine that folds constants turns them back into float at load, so the file shrinks and nothing gets slower. Biases and
weights too small to matter stay float.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper

SMALLEST = 256  # values; below this the scales would cost what the int8 saves


def quantize(model, keep=()):
    """A copy of `model` with int8 weights; convolutions whose name contains one of `keep` stay float."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    weights = {i.name: i for i in graph.initializer}
    nodes = []
    for node in graph.node:
        initializer = weights.get(node.input[1]) if node.op_type == "Conv" else None
        if initializer is not None and not any(k in node.name for k in keep):
            values = numpy_helper.to_array(initializer)
            if values.size >= SMALLEST:
                name = initializer.name
                flat = np.abs(values).reshape(values.shape[0], -1).max(axis=1)
                scale = np.maximum(flat / 127, 1e-12).astype(np.float32)
                codes = np.rint(values / scale.reshape(-1, 1, 1, 1)).clip(-127, 127).astype(np.int8)
                graph.initializer.remove(initializer)
                graph.initializer.extend([
                    numpy_helper.from_array(codes, name + "/int8"),
                    numpy_helper.from_array(scale, name + "/scale"),
                    numpy_helper.from_array(np.zeros(len(scale), np.int8), name + "/zero"),
                ])
                nodes.append(helper.make_node(
                    "DequantizeLinear", [name + "/int8", name + "/scale", name + "/zero"], [name], name=name, axis=0))
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(result, full_check=True)
    return result
