"""Turns the network part of CenterNet (TensorFlow.js, NHWC) into ONNX (NCHW) for one fixed input size.

The decoding part of the original graph (top-k, gather) is left out: it is done in Rust (src/see/decode). What stays
are the outputs `keypoints` [1, 80, H/4, W/4], scores from 0 to 1, and `wh` [1, 4, H/4, W/4], distances in input pixels.

Written so that an inference engine finds what it can fuse: hard-swish and hard-sigmoid, spelled out in the original as
`x / 6 * relu6(x + 3)`, become one operation each; every shape is a constant; padding is explicit.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tfjs_graph import strip

INPUT = "tower_0/images"
OUTPUTS = {"keypoints": "tower_0/keypoints", "wh": "tower_0/wh"}
CONVOLUTIONS = ("_FusedConv2D", "Conv2D", "FusedDepthwiseConv2dNative", "DepthwiseConv2dNative")


class Converter:
    def __init__(self, graph, height, width):
        self.graph = graph
        self.nodes, self.initializers = [], []
        self.done = {INPUT: "images"}  # name there -> name here
        self.shape = {"images": (3, height, width)}  # name here -> channels, height, width

    def constant(self, values, name):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def emit(self, op, inputs, name, shape, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        self.shape[name] = shape
        return name

    def scalar(self, name):
        """The value of a constant that is one number, else None."""
        weight = self.graph.weights.get(strip(name))
        return float(weight) if weight is not None and weight.size == 1 else None

    def hard(self, node):
        """`x / 6 * relu6(x + 3)` -> ("HardSwish", x); `relu6(x + 3) / 6` -> ("HardSigmoid", x); else None."""

        def shifted(name):  # relu6(x + 3) -> x
            relu = self.graph.nodes.get(strip(name))
            add = self.graph.nodes.get(strip(relu.inputs[0])) if relu and relu.op == "Relu6" else None
            if add is None or not add.op.startswith("Add"):
                return None
            rest = [i for i in add.inputs if self.scalar(i) is None]
            return strip(rest[0]) if len(rest) == 1 and any(self.scalar(i) == 3 for i in add.inputs) else None

        def sixth(name):
            value = self.scalar(name)
            return value is not None and abs(value - 1 / 6) < 1e-3

        for a, b in (node.inputs, node.inputs[::-1]):
            x = shifted(b)
            if x is None:
                continue
            if sixth(a):
                return "HardSigmoid", x
            scale = self.graph.nodes.get(strip(a))
            if scale and scale.op == "Mul" and any(map(sixth, scale.inputs)) and x in map(strip, scale.inputs):
                return "HardSwish", x
        return None

    def convolution(self, node):
        kernel = self.graph.weights[strip(node.inputs[1])]
        stride = node.ints("strides")[1:3]
        dilation = node.ints("dilations", [1, 1, 1, 1])[1:3]
        source = self.convert(node.inputs[0])
        channels, *size = self.shape[source]
        if "Depthwise" in node.op:
            kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
            group = channels
        else:
            kernel = kernel.transpose(3, 2, 0, 1)
            group = 1
        before, after, out = [], [], []
        for extent, k, s, d in zip(size, kernel.shape[2:], stride, dilation):
            if node.text("padding") == "SAME":
                steps = -(-extent // s)
                missing = max((steps - 1) * s + (k - 1) * d + 1 - extent, 0)
            else:
                steps, missing = (extent - (k - 1) * d - 1) // s + 1, 0
            out.append(steps)
            before.append(missing // 2)
            after.append(missing - missing // 2)
        fused = node.texts("fused_ops")
        inputs = [source, self.constant(kernel, node.name + "/weight")]
        if "BiasAdd" in fused:
            inputs.append(self.constant(self.graph.weights[strip(node.inputs[2])].reshape(-1), node.name + "/bias"))
        shape = (kernel.shape[0], *out)
        result = self.emit(
            "Conv", inputs, node.name, shape, strides=stride, dilations=dilation, group=group,
            pads=before + after, kernel_shape=list(kernel.shape[2:]),
        )
        for activation in fused:
            if activation == "Relu":
                result = self.emit("Relu", [result], node.name + "/relu", shape)
            elif activation == "Relu6":
                result = self.clip6(result, node.name + "/relu6")
            elif activation != "BiasAdd":
                raise ValueError(f"{node.name}: cannot fuse {activation}")
        return result

    def clip6(self, source, name):
        low = self.constant(np.float32(0), name + "/low")
        high = self.constant(np.float32(6), name + "/high")
        return self.emit("Clip", [source, low, high], name, self.shape[source])

    def doubled(self, source, axis, name):
        """Twice as long along `axis`: every value, and after it the mean of it and the next (the last: itself)."""
        name = f"{name}/{'hw'[axis - 2]}"
        shape = self.shape[source]
        length = shape[axis - 1]
        ints = lambda what, *values: self.constant(np.array(values, np.int64), f"{name}/{what}")
        along = ints("axis", axis)
        rest_shape = tuple(v - (i == axis - 1) for i, v in enumerate(shape))
        rest = self.emit("Slice", [source, ints("one", 1), ints("end", length), along], name + "/rest", rest_shape)
        last = self.emit("Slice", [source, ints("last", length - 1), ints("end2", length), along], name + "/tail", shape)
        following = self.emit("Concat", [rest, last], name + "/following", shape, axis=axis)
        total = self.emit("Add", [source, following], name + "/total", shape)
        mean = self.emit("Mul", [total, self.constant(np.float32(0.5), name + "/half")], name + "/mean", shape)
        after = ints("after", axis + 1)
        pair = [self.emit("Unsqueeze", [v, after], f"{name}/{k}", shape) for k, v in (("even", source), ("odd", mean))]
        both = self.emit("Concat", pair, name + "/both", shape, axis=axis + 1)
        new = tuple(v * (1 + (i == axis - 1)) for i, v in enumerate(shape))
        return self.emit("Reshape", [both, ints("shape", 1, *new)], name, new)

    def elementwise(self, node):
        inputs, shapes = [], []
        for name in node.inputs:
            weight = self.graph.weights.get(strip(name))
            if weight is None:
                inputs.append(self.convert(name))
                shapes.append(self.shape[inputs[-1]])
            else:
                if weight.ndim == 1 and weight.size > 1:
                    weight = weight.reshape(1, -1, 1, 1)
                elif weight.ndim == 4:
                    weight = weight.transpose(0, 3, 1, 2)
                inputs.append(self.constant(weight, f"{node.name}/{strip(name)}"))
        shape = tuple(map(max, *shapes)) if len(shapes) == 2 else shapes[0]
        return self.emit({"AddV2": "Add"}.get(node.op, node.op), inputs, node.name, shape)

    def convert(self, name):
        name = strip(name)
        if name not in self.done:
            self.done[name] = self.convert_node(self.graph.nodes[name])
        return self.done[name]

    def convert_node(self, node):
        if node.op in CONVOLUTIONS:
            return self.convolution(node)
        if node.op in ("Mul", "Add", "AddV2", "Sub"):
            found = self.hard(node) if node.op == "Mul" else None
            if found:
                op, x = found
                source = self.convert(x)
                attributes = {"alpha": 1 / 6, "beta": 0.5} if op == "HardSigmoid" else {}
                return self.emit(op, [source], node.name, self.shape[source], **attributes)
            return self.elementwise(node)
        source = self.convert(node.inputs[0])
        channels, height, width = self.shape[source]
        if node.op == "Relu6":
            return self.clip6(source, node.name)
        if node.op in ("Relu", "Sigmoid", "Identity"):
            return self.emit(node.op, [source], node.name, self.shape[source])
        if node.op == "Mean":
            return self.emit("GlobalAveragePool", [source], node.name, (channels, 1, 1))
        if node.op == "ResizeBilinear":  # always by two here, without half-pixel centres
            assert not node.flag("half_pixel_centers") and not node.flag("align_corners"), node.name
            return self.doubled(self.doubled(source, 2, node.name), 3, node.name)
        if node.op == "ConcatV2":
            inputs = [self.convert(i) for i in node.inputs[:-1]]
            return self.emit("Concat", inputs, node.name, (sum(self.shape[i][0] for i in inputs), height, width), axis=1)
        raise ValueError(f"{node.name}: operation {node.op} is not known to this recipe")


def convert(graph, height, width):
    """The ONNX model for RGB input [1, 3, height, width], values 0 to 255; both sizes multiples of 32."""
    assert height % 32 == 0 and width % 32 == 0, (height, width)
    converter = Converter(graph, height, width)
    outputs = []
    for here, there in OUTPUTS.items():
        source = converter.convert(there)
        converter.nodes.append(helper.make_node("Identity", [source], [here], name=here))
        outputs.append(helper.make_tensor_value_info(here, TensorProto.FLOAT, [1, *converter.shape[source]]))
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width])
    body = helper.make_graph(converter.nodes, "centernet", [images], outputs, converter.initializers)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="coact")
    onnx.checker.check_model(model, full_check=True)
    return model
