"""Detection in Python, as src/see does it in Rust: the reference the evaluation compares against.

`Detector(path, decoder).detect(image)` gives [(class index, score, [x, y, width, height])], boxes in image pixels.
"""
import time

import numpy as np
import onnxruntime
from PIL import Image

OVERLAP = 0.5  # intersection over union above which the weaker of two boxes of one class goes
OVERLAP_OTHER = 0.8  # the same for boxes of different classes: one thing shall have one name
OVERLAP_PART = 0.9  # share of the smaller in the larger above which, of one class, it is a part of it


def letterbox(image, height, width, pad):
    """The image scaled to fit, in the top left corner of a canvas of colour `pad`; float32 HWC RGB, and the scale."""
    scale = min(width / image.width, height / image.height)
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    canvas = np.full((height, width, 3), pad, np.float32)
    canvas[: size[1], : size[0]] = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
    return canvas, scale


def suppress(found):
    """Non-maximum suppression, best first."""
    kept = []
    for c, score, box in sorted(found, key=lambda f: -f[1]):
        if not any(one_thing(box, b, c == other) for other, _, b in kept):
            kept.append((c, score, box))
    return kept


def one_thing(a, b, same_class):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return False
    both, first, second = w * h, a[2] * a[3], b[2] * b[3]
    overlap, part = both / (first + second - both), both / min(first, second)
    return overlap > OVERLAP or part > OVERLAP_PART if same_class else overlap > OVERLAP_OTHER


def centernet(outputs, threshold):
    """Peaks of the score maps: a cell that is the highest of its 3x3 neighbourhood. Boxes in input pixels."""
    scores, wh = outputs["keypoints"][0], outputs["wh"][0]
    padded = np.pad(scores, ((0, 0), (1, 1), (1, 1)))
    h, w = scores.shape[1:]
    highest = np.max([padded[:, y : y + h, x : x + w] for y in range(3) for x in range(3)], axis=0)
    for c, y, x in np.argwhere((scores == highest) & (scores >= threshold)):
        left, top, right, bottom = wh[:, y, x]
        yield int(c), float(scores[c, y, x]), [4 * x - left, 4 * y - top, left + right, top + bottom]


def yolox(outputs, threshold, height, width):
    """Grids of stride 8, 16, 32; a row is centre, log size, objectness, class scores."""
    rows = next(iter(outputs.values()))[0]
    start = 0
    for stride in (8, 16, 32):
        gw, gh = width // stride, height // stride
        part = rows[start : start + gw * gh]
        start += gw * gh
        scores = part[:, 4:5] * part[:, 5:]
        for i, c in np.argwhere(scores >= threshold):
            cx, cy = (part[i, 0] + i % gw) * stride, (part[i, 1] + i // gw) * stride
            w, h = np.exp(part[i, 2:4]) * stride
            yield int(c), float(scores[i, c]), [cx - w / 2, cy - h / 2, w, h]


class Detector:
    def __init__(self, path, decoder, stretch=False):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.height, self.width = self.input.shape[2:]
        self.outputs = [o.name for o in self.session.get_outputs()]
        self.decoder, self.stretch, self.ms = decoder, stretch, []

    def detect(self, image, threshold):
        image = image.convert("RGB")
        if self.stretch:
            pixels = np.asarray(image.resize((self.width, self.height), Image.Resampling.BILINEAR), np.float32)
            sx, sy = self.width / image.width, self.height / image.height
        else:
            pixels, sx = letterbox(image, self.height, self.width, 114)
            sy = sx
        if self.decoder == "yolox":
            pixels = pixels[:, :, ::-1]  # BGR
        data = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        begin = time.perf_counter()
        outputs = dict(zip(self.outputs, self.session.run(None, {self.input.name: data})))
        self.ms.append((time.perf_counter() - begin) * 1e3)
        found = centernet(outputs, threshold) if self.decoder == "centernet" else yolox(
            outputs, threshold, self.height, self.width)
        scaled = [(c, s, [b[0] / sx, b[1] / sy, b[2] / sx, b[3] / sy]) for c, s, b in found]
        return suppress(scaled)
