"""Compares coact and onnxruntime with an exact evaluation of a dynamically quantized graph.

    pip install -r models/bench/requirements.txt
    python models/bench/exact.py FILE IN.npz [--coact target/release/coact]

Exact means: integers are integers, all else is computed in 64-bit floats with numpy. A byte that another order of f32
sums has rounded to its neighbour is multiplied by a whole column of weights, and may turn the bytes after it; so the
second evaluation is the same with 32-bit floats, and shows how far an evaluation as good as any other may be off.
Operators that none of the project's own graphs and MiniLM has end with an error.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from compare import ROOT, agreement, session

Values = dict[str, np.ndarray]


def erf(x: np.ndarray) -> np.ndarray:
    """The error function in 64 bits, by its series and its continued fraction (to 1e-12)."""
    x = x.astype(np.float64)
    a = np.abs(x)
    small, tail = np.minimum(a, 3.0), np.maximum(a, 2.0)
    term, total = small.copy(), small.copy()
    for n in range(1, 80):
        term = term * -small * small / n
        total = total + term / (2 * n + 1)
    fraction = tail.copy()
    for n in range(80, 0, -1):
        fraction = tail + n / 2 / fraction
    far = 1 - np.exp(-tail * tail) / np.sqrt(np.pi) / fraction
    return np.sign(x) * np.where(a < 2.5, 2 / np.sqrt(np.pi) * total, far)


def axes(value: np.ndarray) -> tuple[int, ...]:
    return tuple(int(axis) for axis in np.atleast_1d(value))


def conv(x: np.ndarray, w: np.ndarray, bias: np.ndarray | None, given: dict) -> np.ndarray:
    """Along one axis, in one group."""
    if w.ndim != 3 or given.get("group", 1) != 1 or given.get("dilations", [1]) != [1]:
        raise NotImplementedError("Conv along one axis, in one group, is all there is")
    x = np.pad(x, ((0, 0), (0, 0), tuple(given.get("pads", [0, 0]))))
    seen = np.lib.stride_tricks.sliding_window_view(x, w.shape[2], axis=2)[:, :, :: given.get("strides", [1])[0]]
    y = np.einsum("bctk,ock->bot", seen, w, optimize=True)
    return y if bias is None else y + bias[:, None]


def quantized(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """DynamicQuantizeLinear."""
    low, high = min(x.min(), 0), max(x.max(), 0)
    scale = x.dtype.type((high - low) / 255) or x.dtype.type(1)
    zero = np.clip(np.round(-low / scale), 0, 255)
    return np.clip(np.round(x / scale) + zero, 0, 255).astype(np.uint8), np.array(scale), np.array(zero, np.uint8)


def layer_norm(x: np.ndarray, gain: np.ndarray, shift: np.ndarray | None, epsilon: float) -> np.ndarray:
    mean = x.mean(-1, keepdims=True)
    y = (x - mean) / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + epsilon) * gain
    return y if shift is None else y + shift


def softmax(x: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def mean_or_sum(kind: str, ins: list, given: dict) -> np.ndarray:
    over = given.get("axes", ins[1] if len(ins) > 1 else None)
    how = np.mean if kind == "ReduceMean" else np.sum
    return how(ins[0], axis=None if over is None else axes(over), keepdims=bool(given.get("keepdims", 1)))


def cut(ins: list) -> np.ndarray:
    data, starts, ends, *more = ins
    along = more[0] if more else range(len(starts))
    steps = more[1] if len(more) > 1 else [1] * len(starts)
    where = [slice(None)] * data.ndim
    for start, end, axis, step in zip(starts, ends, along, steps, strict=True):
        where[axis] = slice(int(start), int(end) if abs(int(end)) < 1 << 31 - 1 else None, int(step))
    return data[tuple(where)]


def evaluate(model: onnx.ModelProto, inputs: Values, real: type) -> Values:
    """All values of the graph, floats computed as `real`."""

    def as_real(x: np.ndarray) -> np.ndarray:
        return x.astype(real) if x.dtype.kind == "f" else x

    values = {one.name: as_real(numpy_helper.to_array(one)) for one in model.graph.initializer}
    values |= {name: as_real(x) for name, x in inputs.items()}
    simple = {
        "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power, "MatMul": np.matmul,
        "Sqrt": np.sqrt, "Tanh": np.tanh, "Sin": np.sin, "Cos": np.cos, "Identity": lambda x: x, "Erf": erf,
        "Range": np.arange, "Where": np.where, "Equal": np.equal,
        "Expand": lambda x, shape: x * np.ones(shape, x.dtype),
        "Unsqueeze": lambda x, at: np.expand_dims(x, axes(at)),
        "Squeeze": lambda x, at: np.squeeze(x, axes(at)),
        "Reshape": lambda x, to: x.reshape([x.shape[i] if n == 0 else int(n) for i, n in enumerate(to)]),
    }  # fmt: skip
    for node in model.graph.node:
        given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        ins = [values[name] if name else None for name in node.input]
        kind = node.op_type
        if kind == "DynamicQuantizeLinear":
            outs = quantized(ins[0])
        elif kind == "Split":
            outs = np.split(ins[0], np.cumsum(ins[1])[:-1], given.get("axis", 0))
        elif kind in simple:
            outs = [simple[kind](*ins)]
        elif kind == "MatMulInteger":
            zeros = [np.int64(0) if x is None else x.astype(np.int64) for x in [*ins[2:], None, None][:2]]
            outs = [(ins[0].astype(np.int64) - zeros[0]) @ (ins[1].astype(np.int64) - zeros[1])]
        elif kind == "Constant":
            outs = [as_real(numpy_helper.to_array(given["value"]))]
        elif kind == "Conv":
            outs = [conv(ins[0], ins[1], ins[2] if len(ins) > 2 else None, given)]
        elif kind in ("ReduceMean", "ReduceSum"):
            outs = [mean_or_sum(kind, ins, given)]
        elif kind == "Shape":
            outs = [np.array(ins[0].shape[given.get("start", 0) : given.get("end", ins[0].ndim)])]
        elif kind == "Transpose":
            outs = [ins[0].transpose(given["perm"])]
        elif kind == "Slice":
            outs = [cut(ins)]
        elif kind == "Concat":
            outs = [np.concatenate(ins, given["axis"])]
        elif kind == "Gather":
            outs = [np.take(ins[0], ins[1], given.get("axis", 0))]
        elif kind == "Cast":
            outs = [ins[0].astype(real if given["to"] == 1 else helper.tensor_dtype_to_np_dtype(given["to"]))]
        elif kind == "LayerNormalization":
            outs = [layer_norm(ins[0], ins[1], ins[2] if len(ins) > 2 else None, given.get("epsilon", 1e-5))]
        elif kind == "Softmax":
            outs = [softmax(ins[0], given.get("axis", -1))]
        elif kind == "DequantizeLinear":
            zero = ins[2].astype(np.int64) if len(ins) > 2 else np.int64(0)
            scale, axis = ins[1], given.get("axis", 1)
            if scale.ndim:
                along = [1] * ins[0].ndim
                along[axis] = -1
                scale, zero = scale.reshape(along), np.asarray(zero).reshape(along if np.ndim(zero) else [1] * ins[0].ndim)
            outs = [(ins[0].astype(np.int64) - zero) * scale]
        else:
            raise NotImplementedError(kind)
        # Scalars of numpy would turn their neighbours back to 64 bits.
        values |= {name: as_real(np.asarray(out)) for name, out in zip(node.output, outs, strict=True) if name}
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("input", type=Path, help="inputs by name")
    parser.add_argument("--coact", type=Path, default=ROOT / "target/release/coact", help="the built program")
    args = parser.parse_args()
    inputs = dict(np.load(args.input))
    model = onnx.load(args.file)
    names = [one.name for one in model.graph.output]
    exact, single = (evaluate(model, inputs, real) for real in (np.float64, np.float32))
    exact = {name: exact[name] for name in names}
    given = {"exact, 32-bit floats": single}
    for label, optimized in {"onnxruntime unoptimized": False, "onnxruntime optimized": True}.items():
        outputs = session(args.file, 1, optimized).run(names, inputs)
        given[label] = dict(zip(names, outputs, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.npz"
        command = [args.coact, "bench", "model", args.file, "--input", args.input, "--runs", "1", "--output", out]
        subprocess.run(command, check=True, capture_output=True)
        given["coact"] = dict(np.load(out))
    for label, values in given.items():
        cosine, same = agreement(values, exact)
        print(f"{label:26} cosine {cosine:.6f}, same argmax {same * 100:.1f} %")


if __name__ == "__main__":
    main()
