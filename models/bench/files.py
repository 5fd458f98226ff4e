"""The ONNX files that compare.py measures, each with inputs to run it on.

What the project ships is taken as it is; the rest is made in a folder of its own from public packages. A file whose package
or folder is not there is left out, and the reason printed.
"""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
LENGTHS = (8, 16, 32)


@dataclass
class Case:
    """One file with inputs for one run."""

    table: str
    name: str
    file: Path
    inputs: dict[str, np.ndarray]


def all_cases(folder: Path, mediapipe: Path | None) -> Iterator[Case]:
    for make in (text, minilm, speech, detector, yolox, lambda f: hands_and_faces(f, mediapipe)):
        try:
            yield from make(folder)
        except (ImportError, FileNotFoundError) as error:
            print(f"left out: {error}", flush=True)


# --- text ---------------------------------------------------------------------------------------------------------------


def text(_: Path) -> Iterator[Case]:
    """The shipped text model: n word pieces, one word a piece."""
    file = ROOT / "models/text/model.onnx"
    rng = np.random.default_rng(1)
    names = [one.name for one in onnx.load(file, load_external_data=False).graph.input]
    for n in LENGTHS:
        inputs = {
            "input_ids": rng.integers(1000, 5000, (1, n)),
            "hints": np.zeros((1, n), np.int64),
            "position_ids": np.arange(n)[None],
            "first": np.arange(1, n - 1),
        }
        yield Case("Text", f"text model as shipped, {n} tokens", file, {k: v for k, v in inputs.items() if k in names})


def minilm(folder: Path) -> Iterator[Case]:
    """all-MiniLM-L6-v2, quantized as onnxruntime's quantize_dynamic does by default, and by channel in 7 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    import minilm as graph

    floats = folder / "minilm_f32.onnx"
    if not floats.exists():
        graph.write(floats)
    files = {"MiniLM f32": floats}
    for name, how in {
        "MiniLM dynamic int8": {"weight_type": QuantType.QInt8},
        "MiniLM dynamic uint8": {"weight_type": QuantType.QUInt8},
        "MiniLM dynamic int8, by channel, 7 bits": {
            "weight_type": QuantType.QInt8,
            "per_channel": True,
            "reduce_range": True,
        },
    }.items():
        file = folder / (name.lower().replace(" ", "_").replace(",", "") + ".onnx")
        if not file.exists():
            quantize_dynamic(floats, file, **how)
        files[name] = file
    rng = np.random.default_rng(2)
    for name, file in files.items():
        for n in LENGTHS:
            ids = rng.integers(1000, 30000, (1, n))
            ids[0, 0], ids[0, -1] = 101, 102
            inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            yield Case("Text", f"{name}, {n} tokens", file, inputs)


# --- speech -------------------------------------------------------------------------------------------------------------


def speech(_: Path) -> Iterator[Case]:
    """The shipped transcriber, on noise as loud as speech, and the detector of voices, on one frame of it."""
    rng = np.random.default_rng(3)
    encoder, decoder = ROOT / "models/asr/encoder.onnx", ROOT / "models/asr/decoder.onnx"
    if not encoder.exists():
        raise FileNotFoundError(f"the transcriber: {encoder} is not there")
    for seconds in (1, 3, 10):
        audio = rng.normal(0, 0.1, (1, seconds * 16000)).astype(np.float32)
        yield Case("Speech", f"transcriber's encoder, {seconds} s", encoder, {"audio": audio})
    lengths = {"b": 1, "s": 1, "p": 12, "p+s": 13, "frames": 123}
    inputs = {}
    for one in onnx.load(decoder, load_external_data=False).graph.input:
        shape = [axis.dim_value or lengths[axis.dim_param] for axis in one.type.tensor_type.shape.dim]
        inputs[one.name] = rng.normal(0, 1, shape).astype(np.float32)
    inputs |= {"tokens": np.array([[42]]), "positions": np.array([12]), "mask": np.zeros((1, 13), np.float32)}
    yield Case("Speech", "transcriber's decoder, one step", decoder, inputs)
    state = np.zeros((1, 1, 128), np.float32)
    frame = rng.normal(0, 0.1, (1, 576)).astype(np.float32)
    yield Case("Speech", "voice detector, one frame", ROOT / "models/vad/model.onnx", {"input": frame, "h": state, "c": state})


# --- pictures -----------------------------------------------------------------------------------------------------------


def photos(width: int, height: int, bgr: bool) -> list[np.ndarray]:
    """Real photos as [1, 3, height, width], 0 to 255, stretched to the size."""
    from PIL import Image

    paths = sorted((SHARED / "data/photos").glob("**/*.jpg"))[:24] or sorted((ROOT / "packs/demo/photos").glob("*.jpg"))
    result = []
    for path in paths:
        pixels = np.asarray(Image.open(path).convert("RGB").resize((width, height)), np.float32).transpose(2, 0, 1)
        result.append(np.ascontiguousarray(pixels[::-1] if bgr else pixels)[None])
    return result


def picture_input(file: Path) -> tuple[str, int, int]:
    one = onnx.load(file, load_external_data=False).graph.input[0]
    *_, height, width = [axis.dim_value for axis in one.type.tensor_type.shape.dim]
    return one.name, height, width


def detector(_: Path) -> Iterator[Case]:
    file = ROOT / "models/detector/model.onnx"
    name, height, width = picture_input(file)
    yield Case("Detectors", f"detector as shipped, {width} pixels", file, {name: photos(width, height, bgr=False)[0]})


def yolox(folder: Path) -> Iterator[Case]:
    """YOLOX-nano as it is, quantized as QDQ and as QOperator with the depthwise convolutions, the heads and the first
    convolution left in float (quantizing them breaks the detector), and with weights alone quantized."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    file = SHARED / "models/yolox_nano.onnx"
    if not file.exists():
        raise FileNotFoundError(f"YOLOX-nano: {file} is not there")
    name, height, width = picture_input(file)
    pictures = photos(width, height, bgr=True)

    class Photos(CalibrationDataReader):
        def __init__(self) -> None:
            self.rest = iter(pictures)

        def get_next(self) -> dict[str, np.ndarray] | None:
            picture = next(self.rest, None)
            return None if picture is None else {name: picture}

    # Scales by channel came with version 13 of the operators.
    floats = folder / "yolox_nano.onnx"
    onnx.save(onnx.version_converter.convert_version(onnx.load(file), 13), floats)
    graph = onnx.load(floats).graph
    shapes = {one.name: one.dims for one in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    wide = [
        node.name
        for node in convolutions
        if any(a.name == "group" and a.i > 1 for a in node.attribute) or shapes[node.input[1]][0] in (1, 4, 80)
    ]
    files = {"YOLOX-nano f32": file}
    for kind, form in {"QDQ": QuantFormat.QDQ, "QOperator": QuantFormat.QOperator}.items():
        quantized = folder / f"yolox_nano_{kind.lower()}.onnx"
        files[f"YOLOX-nano {kind} int8"] = quantized
        if quantized.exists():
            continue
        quantize_static(
            floats,
            quantized,
            Photos(),
            quant_format=form,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=[convolutions[0].name, *wide],
        )
    everything = folder / "yolox_nano_all.onnx"
    if not everything.exists():
        quantize_static(
            floats,
            everything,
            Photos(),
            quant_format=QuantFormat.QOperator,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    files["YOLOX-nano QOperator int8, every operator"] = everything
    for label, one in files.items():
        yield Case("Detectors", label, one, {name: pictures[0]})


def hands_and_faces(folder: Path, mediapipe: Path | None) -> Iterator[Case]:
    """The networks of MediaPipe's wheel, converted to ONNX."""
    tool = SHARED / "tools/tfl2onnx.py"
    if not tool.exists():
        raise FileNotFoundError(f"hands, faces and poses: {tool} is not there")
    if mediapipe is None or not mediapipe.exists():
        raise FileNotFoundError("hands, faces and poses: name MediaPipe's wheel with --mediapipe")
    spec = importlib.util.spec_from_file_location("tfl2onnx", tool)
    assert spec and spec.loader
    converter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(converter)
    wanted = {
        "palm_detection_lite": "palm detection",
        "hand_landmark_lite": "hand landmarks",
        "face_detection_short_range": "face detection",
        "pose_detection": "pose detection",
        "pose_landmark_full": "pose landmarks",
    }
    with zipfile.ZipFile(mediapipe) as wheel:
        for entry in sorted(wheel.namelist()):
            stem = Path(entry).stem
            if not entry.endswith(".tflite") or stem not in wanted:
                continue
            source, file = folder / f"{stem}.tflite", folder / f"{stem}.onnx"
            source.write_bytes(wheel.read(entry))
            drop = ("Identity_2", "Identity_3") if "pose_landmark" in stem else ()
            converter.convert(str(source), str(file), drop_outputs=drop)
            name, height, width = picture_input(file)
            picture = photos(width, height, bgr=False)[0] / np.float32(255)
            yield Case("Hands, faces and poses", wanted.pop(stem), file, {name: picture})
