"""The two graphs of Moonshine tiny: the encoder, and the decoder that goes on from what it has said.

Sizes: width 288, 8 heads of 36, 6 layers each, 32,768 word pieces. Method: Jeffries et al., "Moonshine: Speech
Recognition for Live Transcription and Voice Commands", arXiv:2410.15608.

What differs from the published graphs, with the same result:
- queries, keys and values are one product; the 1/sqrt(36) stands in the scale of the queries' weights;
- the rotary embedding turns halves of a head instead of neighbours, the weights' columns put in that order;
- keys and values that the decoder needs of the sound are made once, at the end of the encoder;
- one decoder graph serves the first word, the next, several words at once (the caller gives the mask) and several
  beginnings side by side (b).
"""

import numpy as np

from graph import Builder
from weights import LAYERS, beside

WIDTH, HEADS, HEAD = 288, 8, 36
TURNED = 32  # numbers of a head that the rotary embedding turns, the rest stay
BASE = 10_000.0
EPSILON = 1e-5
VOCABULARY = 32_768

HALF = HEAD // 2
# Of a head: even numbers and two that stay, then odd numbers and two that stay.
ORDER = [*range(0, TURNED, 2), 32, 33, *range(1, TURNED, 2), 34, 35]
BY_HEAD = [head * HEAD + i for head in range(HEADS) for i in ORDER]


class Layers(Builder):
    """The parts that both graphs are made of."""

    def norm(self, x: str, weight: np.ndarray) -> str:
        zeros = self.constant(np.zeros(WIDTH, np.float32))
        return self.op("LayerNormalization", x, self.constant(weight), zeros, axis=-1, epsilon=EPSILON)

    def gelu(self, x: str) -> str:
        bell = self.op("Erf", self.op("Mul", x, self.number(np.sqrt(0.5))))
        return self.op("Mul", self.op("Mul", x, self.number(0.5)), self.op("Add", bell, self.number(1.0)))

    def angles(self, positions: str) -> tuple[str, str]:
        """Cosines and signed sines [positions, 1, 36] of the rotary embedding, from positions [n]."""
        frequency = np.zeros(HALF, np.float32)
        frequency[: TURNED // 2] = BASE ** (-np.arange(0, TURNED, 2) / TURNED)
        both = np.concatenate([frequency, frequency]).reshape(1, 1, HEAD)
        angle = self.op("Mul", self.op("Unsqueeze", self.op("Cast", positions, to=1), self.ints(1, 2)), self.constant(both))
        sign = np.repeat(np.float32([-1, 1]), HALF)
        return self.op("Cos", angle), self.op("Mul", self.op("Sin", angle), self.constant(sign))

    def turn(self, x: str, angles: tuple[str, str]) -> str:
        first = self.op("Slice", x, self.ints(0), self.ints(HALF), self.ints(3))
        second = self.op("Slice", x, self.ints(HALF), self.ints(HEAD), self.ints(3))
        swapped = self.op("Concat", second, first, axis=3)
        return self.op("Add", self.op("Mul", x, angles[0]), self.op("Mul", swapped, angles[1]))

    def heads(self, x: str, count: int) -> str:
        """[b, s, count * 36] to [b, s, count, 36]."""
        return self.op("Reshape", x, self.ints(0, 0, count, HEAD))

    def part(self, x: str, index: int) -> str:
        """The eight heads from 8 * index of [b, s, n, 36], as [b, 8, s, 36]."""
        some = self.op("Slice", x, self.ints(index * HEADS), self.ints((index + 1) * HEADS), self.ints(2))
        return self.op("Transpose", some, perm=[0, 2, 1, 3])

    def queries_keys_values(self, x: str, layer: str, weights: dict, angles) -> tuple[str, str, str]:
        queries, keys, values = (weights[f"{layer}.self_attn.{p}_proj"] for p in "qkv")
        matrix = beside(queries.columns(BY_HEAD).times(HEAD**-0.5), keys.columns(BY_HEAD), values)
        all_heads = self.heads(self.product(x, matrix), 3 * HEADS)
        turning = self.op("Slice", all_heads, self.ints(0), self.ints(2 * HEADS), self.ints(2))
        turned = self.turn(turning, angles)
        return self.part(turned, 0), self.part(turned, 1), self.part(all_heads, 2)

    def attention(self, queries: str, keys: str, values: str, mask: str | None = None) -> str:
        """[b, 8, s, 36] attending to [b, 8, t, 36]; back as [b, s, 288]."""
        scores = self.op("MatMul", queries, self.op("Transpose", keys, perm=[0, 1, 3, 2]))
        if mask:
            scores = self.op("Add", scores, mask)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), values)
        return self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), self.ints(0, 0, WIDTH))


def encoder(weights: dict, decoder_weights: dict, precision: str):
    """`audio` [1, n] at 16 kHz to the keys and values [1, 8, frames, 36] of each decoder layer; 41.7 frames a second."""
    g = Layers(precision)
    audio = g.input("audio", [1, "n"])
    x = g.op("Unsqueeze", audio, g.ints(1))
    x = g.op("Tanh", g.op("Conv", x, g.constant(weights["conv1.weight"]), kernel_shape=[127], strides=[64]))
    # One mean and one deviation of everything that was heard.
    centred = g.op("Sub", x, g.op("ReduceMean", x, axes=[1, 2]))
    variance = g.op("ReduceMean", g.op("Mul", centred, centred), axes=[1, 2])
    deviation = g.op("Sqrt", g.op("Add", variance, g.number(EPSILON)))
    x = g.op("Mul", g.op("Div", centred, deviation), g.constant(weights["groupnorm.weight"].reshape(1, -1, 1)))
    x = g.op("Add", x, g.constant(weights["groupnorm.bias"].reshape(1, -1, 1)))
    for name, kernel, stride in (("conv2", 7, 3), ("conv3", 3, 2)):
        kernels, bias = g.constant(weights[f"{name}.weight"]), g.constant(weights[f"{name}.bias"])
        x = g.gelu(g.op("Conv", x, kernels, bias, kernel_shape=[kernel], strides=[stride]))
    x = g.op("Transpose", x, perm=[0, 2, 1])
    frames = g.op("Squeeze", g.op("Slice", g.op("Shape", x), g.ints(1), g.ints(2)), g.ints(0))
    zero, one = g.constant(np.int64(0)), g.constant(np.int64(1))
    angles = g.angles(g.op("Range", zero, frames, one))
    for i in range(LAYERS):
        layer = f"layers.{i}"
        normed = g.norm(x, weights[f"{layer}.input_layernorm.weight"])
        attended = g.attention(*g.queries_keys_values(normed, layer, weights, angles))
        x = g.op("Add", x, g.product(attended, weights[f"{layer}.self_attn.o_proj"]))
        normed = g.norm(x, weights[f"{layer}.post_attention_layernorm.weight"])
        wide = g.gelu(g.product(normed, weights[f"{layer}.mlp.fc1"], weights[f"{layer}.mlp.fc1.bias"]))
        x = g.op("Add", x, g.product(wide, weights[f"{layer}.mlp.fc2"], weights[f"{layer}.mlp.fc2.bias"]))
    x = g.norm(x, weights["layer_norm.weight"])
    for i in range(LAYERS):
        keys, values = (decoder_weights[f"layers.{i}.encoder_attn.{p}_proj"] for p in "kv")
        both = g.heads(g.product(x, beside(keys, values)), 2 * HEADS)
        g.output(g.part(both, 0), f"sound_keys.{i}", [1, HEADS, "frames", HEAD])
        g.output(g.part(both, 1), f"sound_values.{i}", [1, HEADS, "frames", HEAD])
    return g.model("Moonshine tiny-en: encoder, with the decoder's keys and values of the sound")


def decoder(weights: dict, precision: str):
    """Pieces [b, s] after p earlier ones to the logits of what follows each, [b, s, 32768]."""
    g = Layers(precision)
    tokens = g.input("tokens", ["b", "s"], integers=True)
    positions = g.input("positions", ["s"], integers=True)
    mask = g.input("mask", ["s", "p+s"])
    output_layer = weights["logits"]
    x = g.columns_of(output_layer, tokens)
    angles = g.angles(positions)
    for i in range(LAYERS):
        layer = f"layers.{i}"
        normed = g.norm(x, weights[f"{layer}.input_layernorm.weight"])
        queries, keys, values = g.queries_keys_values(normed, layer, weights, angles)
        said = {}
        for name, new in (("keys", keys), ("values", values)):
            past = g.input(f"{name}.{i}", ["b", HEADS, "p", HEAD])
            said[name] = g.op("Concat", past, new, axis=2)
            g.output(said[name], f"next_{name}.{i}", ["b", HEADS, "p+s", HEAD])
        attended = g.attention(queries, said["keys"], said["values"], mask)
        x = g.op("Add", x, g.product(attended, weights[f"{layer}.self_attn.o_proj"]))
        normed = g.norm(x, weights[f"{layer}.post_attention_layernorm.weight"])
        matrix = weights[f"{layer}.encoder_attn.q_proj"].times(HEAD**-0.5)
        queries = g.op("Transpose", g.heads(g.product(normed, matrix), HEADS), perm=[0, 2, 1, 3])
        heard = [g.input(f"sound_{name}.{i}", [1, HEADS, "frames", HEAD]) for name in ("keys", "values")]
        x = g.op("Add", x, g.product(g.attention(queries, *heard), weights[f"{layer}.encoder_attn.o_proj"]))
        normed = g.norm(x, weights[f"{layer}.final_layernorm.weight"])
        wide = g.product(normed, weights[f"{layer}.mlp.fc1"], weights[f"{layer}.mlp.fc1.bias"])
        value = g.op("Slice", wide, g.ints(0), g.ints(4 * WIDTH), g.ints(2))
        gate = g.op("Slice", wide, g.ints(4 * WIDTH), g.ints(8 * WIDTH), g.ints(2))
        gated = g.op("Mul", g.op("Mul", gate, g.op("Sigmoid", gate)), value)
        x = g.op("Add", x, g.product(gated, weights[f"{layer}.mlp.fc2"], weights[f"{layer}.mlp.fc2.bias"]))
    x = g.norm(x, weights["norm.weight"])
    logits = g.product(x, output_layer)
    g.output(logits, "logits", ["b", "s", VOCABULARY])
    return g.model("Moonshine tiny-en: decoder, one or more pieces after those whose keys and values are given")
