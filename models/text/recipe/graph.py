"""The ONNX graph of the model, written node by node so that it holds plain operators only (opset 17).

The batch is one line, without padding and mask: n pieces, w words. See manifest.toml for the inputs and outputs.
Weights are f32, or i8 with one symmetric scale an output channel (rows for the word table): the file then holds i8 and
DequantizeLinear, which an engine may fold to f32 at load or keep for an integer kernel.
"""

import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from . import labels
from .model import HEADS, WIDTH

# Matrices smaller than this stay f32: their size does not matter and their rounding would.
SMALLEST = 30_000


def quantize(matrix: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """i8 values and f32 scales, symmetric, one scale for each index of `axis` of a matrix."""
    other = 1 - axis
    scale = np.maximum(np.abs(matrix).max(other, keepdims=True), 1e-8) / 127.0
    values = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
    return values, scale.squeeze(other).astype(np.float32)


class Builder:
    """Collects nodes and initializers; each method adds one step and returns the name of its result."""

    def __init__(self, int8: bool):
        self.int8 = int8
        self.nodes, self.initializers = [], []
        self.count = 0

    def name(self, hint: str) -> str:
        self.count += 1
        return f"{hint}_{self.count}"

    def constant(self, value: np.ndarray, hint: str = "c") -> str:
        name = self.name(hint)
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, *inputs: str, **attributes) -> str:
        out = self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, **attributes))
        return out

    def matrix(self, value: np.ndarray, hint: str, axis: int = 1) -> str:
        """A weight matrix [in, out] (axis 1: a scale an output channel), dequantized where the file holds i8."""
        if not self.int8 or value.size < SMALLEST:
            return self.constant(value.astype(np.float32), hint)
        values, scale = quantize(value, axis)
        zero = np.zeros(scale.shape, dtype=np.int8)
        return self.op(
            "DequantizeLinear", self.constant(values, hint), self.constant(scale, hint + "_scale"),
            self.constant(zero, hint + "_zero"), axis=axis,
        )

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray | None, hint: str) -> str:
        """x [.., in] times weight [in, out] plus bias [out]."""
        out = self.op("MatMul", x, self.matrix(weight, hint))
        return out if bias is None else self.op("Add", out, self.constant(bias.astype(np.float32), hint + "_bias"))

    def norm(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """Layer normalization over the last axis, epsilon 1e-12 as BERT has it."""
        centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1], keepdims=1))
        variance = self.op("ReduceMean", self.op("Mul", centred, centred), axes=[-1], keepdims=1)
        deviation = self.op("Sqrt", self.op("Add", variance, self.constant(np.float32(1e-12))))
        scaled = self.op("Mul", self.op("Div", centred, deviation), self.constant(weight))
        return self.op("Add", scaled, self.constant(bias))

    def gelu(self, x: str) -> str:
        """x / 2 (1 + erf(x / sqrt 2))."""
        inner = self.op("Erf", self.op("Mul", x, self.constant(np.float32(1 / math.sqrt(2)))))
        gate = self.op("Add", inner, self.constant(np.float32(1)))
        return self.op("Mul", self.op("Mul", x, gate), self.constant(np.float32(0.5)))


def build(state: dict, int8: bool) -> onnx.ModelProto:
    """The graph of a model whose state dict is `state` (numpy arrays)."""
    g = Builder(int8)
    layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
    i64 = lambda *values: np.array(values, dtype=np.int64)
    w = lambda name: state[name + ".weight"].T.astype(np.float32)
    b = lambda name: state[name + ".bias"].astype(np.float32)

    # Embeddings. The word table is gathered as i8 and only the rows in use are scaled.
    ids = g.op("Squeeze", "input_ids", g.constant(i64(0)))
    table = state["words.weight"].astype(np.float32)
    if int8:
        values, scale = quantize(table, 0)
        rows = g.op("Cast", g.op("Gather", g.constant(values, "words"), ids, axis=0), to=TensorProto.FLOAT)
        scales = g.op("Gather", g.constant(scale[:, None], "words_scale"), ids, axis=0)
        x = g.op("Mul", rows, scales)
    else:
        x = g.op("Gather", g.constant(table, "words"), ids, axis=0)
    length = g.op("Shape", ids)
    places = g.matrix(state["positions.weight"].astype(np.float32), "positions", axis=0)
    x = g.op("Add", x, g.op("Slice", places, g.constant(i64(0)), length, g.constant(i64(0))))
    hints = g.op("Squeeze", "hints", g.constant(i64(0)))
    x = g.op("Add", x, g.op("Gather", g.constant(state["hints.weight"].astype(np.float32), "hint_table"), hints, axis=0))
    x = g.norm(x, state["norm.weight"], b("norm"))

    # Encoder. The 1 / sqrt(32) of attention is folded into the query.
    size = WIDTH // HEADS
    split = g.constant(i64(-1, HEADS, size))
    merge = g.constant(i64(-1, WIDTH))
    for layer in range(layers):
        p = f"layers.{layer}."
        fold = 1 / math.sqrt(size)
        weight = np.concatenate([w(p + "query") * fold, w(p + "key"), w(p + "value")], 1)
        bias = np.concatenate([b(p + "query") * fold, b(p + "key"), b(p + "value")])
        joined = g.linear(x, weight, bias, f"qkv{layer}")
        parts = [g.name("part") for _ in range(3)]
        g.nodes.append(
            helper.make_node("Split", [joined, g.constant(i64(WIDTH, WIDTH, WIDTH))], parts, name=g.name("split"), axis=1)
        )
        query, key, value = (g.op("Reshape", part, split) for part in parts)
        query = g.op("Transpose", query, perm=[1, 0, 2])
        key = g.op("Transpose", key, perm=[1, 2, 0])
        value = g.op("Transpose", value, perm=[1, 0, 2])
        weights = g.op("Softmax", g.op("MatMul", query, key), axis=-1)
        mixed = g.op("Reshape", g.op("Transpose", g.op("MatMul", weights, value), perm=[1, 0, 2]), merge)
        x = g.op("Add", x, g.linear(mixed, w(p + "out"), b(p + "out"), f"out{layer}"))
        x = g.norm(x, state[p + "norm1.weight"], b(p + "norm1"))
        inner = g.gelu(g.linear(x, w(p + "up"), b(p + "up"), f"up{layer}"))
        x = g.op("Add", x, g.linear(inner, w(p + "down"), b(p + "down"), f"down{layer}"))
        x = g.norm(x, state[p + "norm2.weight"], b(p + "norm2"))

    # Word heads.
    word = g.op("Gather", x, "first", axis=0)
    frames = g.linear(word, w("frames"), b("frames"), "frames_head")
    moods = g.linear(word, w("moods"), b("moods"), "moods_head")
    told = g.op("MatMul", g.op("Softmax", frames, axis=-1), g.constant(state["frame_states.weight"].astype(np.float32), "frame_states"))
    trigger = g.op("Add", word, told)
    count = g.op("Shape", "first")
    wave = g.op("Slice", g.constant(state["places"].astype(np.float32), "places"), g.constant(i64(0)), count, g.constant(i64(0)))
    word, trigger = g.op("Concat", word, wave, axis=1), g.op("Concat", trigger, wave, axis=1)
    first_axis, second_axis = g.constant(i64(0)), g.constant(i64(1))
    a = g.op("Unsqueeze", g.linear(word, w("pair_word"), b("pair_word"), "pair_word"), first_axis)
    c = g.op("Unsqueeze", g.linear(trigger, w("pair_trigger"), None, "pair_trigger"), second_axis)
    d = g.op("Unsqueeze", g.linear(word, w("pair_word2"), None, "pair_word2"), first_axis)
    e = g.op("Unsqueeze", g.linear(trigger, w("pair_trigger2"), None, "pair_trigger2"), second_axis)
    pair = g.gelu(g.op("Add", g.op("Add", a, c), g.op("Mul", d, e)))
    tags = w("tags")
    roles = g.linear(pair, tags[:, :-1], b("tags")[:-1], "roles_head")
    heads = g.op("Squeeze", g.linear(pair, tags[:, -1:], b("tags")[-1:], "heads_head"), g.constant(i64(2)))

    # Sentence heads.
    mean = g.op("ReduceMean", x, axes=[0], keepdims=1)
    start = g.op("Slice", x, g.constant(i64(0)), g.constant(i64(1)), g.constant(i64(0)))
    sentence = g.gelu(g.linear(g.op("Concat", start, mean, axis=1), w("sentence"), b("sentence"), "sentence"))
    one = g.constant(i64(0))
    acts = g.op("Squeeze", g.linear(sentence, w("acts"), b("acts"), "acts_head"), one)
    langs = g.op("Squeeze", g.linear(mean, w("langs"), b("langs"), "langs_head"), one)
    vector = g.linear(mean, w("embedding"), b("embedding"), "embedding_head")
    square = g.op("ReduceSum", g.op("Mul", vector, vector), g.constant(i64(1)), keepdims=1)
    length_of = g.op("Sqrt", g.op("Add", square, g.constant(np.float32(1e-12))))
    embedding = g.op("Squeeze", g.op("Div", vector, length_of), one)

    results = {
        "frames": (frames, ["w", len(labels.FRAMES)]), "roles": (roles, ["w", "w", len(labels.TAGS)]),
        "heads": (heads, ["w", "w"]), "moods": (moods, ["w", len(labels.MOODS)]), "acts": (acts, [len(labels.ACTS)]),
        "langs": (langs, [len(labels.LANGS)]), "embedding": (embedding, [WIDTH]),
    }
    for name, (source, _) in results.items():
        for node in g.nodes:
            node.output[:] = [name if output == source else output for output in node.output]
            node.input[:] = [name if value == source else value for value in node.input]
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("hints", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("first", TensorProto.INT64, ["w"]),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, (_, shape) in results.items()]
    graph = helper.make_graph(g.nodes, "coact_text", inputs, outputs, g.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="coact models/text/recipe")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model
