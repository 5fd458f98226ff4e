"""The network: a MiniLM encoder with a hint embedding, and one small head a question. Shapes: b lines, n pieces, w words.

The encoder is BERT (Devlin et al. 2019) in the size of all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019):
6 layers, 384 wide, 12 heads. The role head scores a word for one trigger at a time, from both words' states
(after Dozat and Manning, "Deep biaffine attention", 2017), so that roles of different tasks may overlap.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from . import labels

WIDTH = 384
HEADS = 12
PAIR = 192
SENTENCE = 192
PLACES = 32


def place_waves(count: int, width: int = PLACES) -> torch.Tensor:
    """Sines and cosines of a word's index, [count, width], as in Vaswani et al. 2017 with periods from 4 to 128 words.
    Their products in the pair head tell how far a word is from a trigger."""
    half = width // 2
    rates = 2 * math.pi / 4 * (1 / 32) ** (torch.arange(half) / (half - 1))
    angles = torch.arange(count)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Layer(nn.Module):
    """One post-norm transformer layer of BERT: [b, n, 384] to [b, n, 384]."""

    def __init__(self, width: int = WIDTH, inner: int = 4 * WIDTH, dropout: float = 0.1):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask):
        b, n, width = x.shape
        shape = (b, n, HEADS, width // HEADS)
        query, key, value = (f(x).view(shape).transpose(1, 2) for f in (self.query, self.key, self.value))
        # Written out: the fused attention of torch is several times slower on lines this short.
        weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width // HEADS) + mask, -1).to(value.dtype)
        mixed = (weights @ value).transpose(1, 2).reshape(b, n, width)
        x = self.norm1(x + self.dropout(self.out(mixed)))
        return self.norm2(x + self.dropout(self.down(F.gelu(self.up(x)))))


class TextModel(nn.Module):
    """All outputs in one pass; `forward` returns logits."""

    def __init__(self, vocabulary: int, layers: int = 6, positions: int = 256, dropout: float = 0.1):
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.hints = nn.Embedding(len(labels.HINTS), WIDTH)
        nn.init.normal_(self.hints.weight, std=0.03)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout=dropout) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        self.frames = nn.Linear(WIDTH, len(labels.FRAMES))
        self.moods = nn.Linear(WIDTH, len(labels.MOODS))
        self.frame_states = nn.Embedding(len(labels.FRAMES), WIDTH)
        nn.init.normal_(self.frame_states.weight, std=0.02)
        self.pair_word = nn.Linear(WIDTH + PLACES, PAIR)
        self.pair_trigger = nn.Linear(WIDTH + PLACES, PAIR, bias=False)
        self.pair_word2 = nn.Linear(WIDTH + PLACES, PAIR, bias=False)
        self.pair_trigger2 = nn.Linear(WIDTH + PLACES, PAIR, bias=False)
        self.register_buffer("places", place_waves(positions))
        self.tags = nn.Linear(PAIR, len(labels.TAGS) + 1)  # the last column says "head of a role"
        self.sentence = nn.Linear(2 * WIDTH, SENTENCE)
        self.acts = nn.Linear(SENTENCE, len(labels.ACTS))
        self.langs = nn.Linear(WIDTH, len(labels.LANGS))
        self.embedding = nn.Linear(WIDTH, WIDTH)
        with torch.no_grad():
            self.embedding.weight.copy_(torch.eye(WIDTH))
            self.embedding.bias.zero_()

    def encode(self, ids, hints, mask):
        """ids, hints, mask [b, n] to states [b, n, 384]."""
        place = torch.arange(ids.shape[1])
        x = self.words(ids) + self.positions(place) + self.hints(hints)
        x = self.dropout(self.norm(x))
        bias = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias.to(x.dtype))
        return x

    def pairs(self, word, trigger):
        """Tag and head logits of every word for every trigger: word [b, w, 416], trigger [b, t, 416] to [b, t, w, T+1]."""
        sums = self.pair_word(word)[:, None] + self.pair_trigger(trigger)[:, :, None]
        product = self.pair_word2(word)[:, None] * self.pair_trigger2(trigger)[:, :, None]
        return self.tags(self.dropout(F.gelu(sums + product)))

    def forward(self, ids, hints, mask, first, triggers=None, frames_given=None):
        """first [b, w] (index of each word's first piece), triggers [b, t] word indexes (None: every word).

        `frames_given` [b, t]: the frame of each trigger where training tells it, -1 where the model's own guess counts.
        """
        x = self.encode(ids, hints, mask)
        word = torch.gather(x, 1, first[..., None].expand(-1, -1, WIDTH))
        frames = self.frames(word)
        trigger = word
        guess = frames
        if triggers is not None:
            trigger = torch.gather(word, 1, triggers[..., None].expand(-1, -1, WIDTH))
            guess = torch.gather(frames, 1, triggers[..., None].expand(-1, -1, frames.shape[-1]))
        state = torch.softmax(guess.float(), -1).to(x.dtype) @ self.frame_states.weight.to(x.dtype)
        if frames_given is not None:
            told = self.frame_states(frames_given.clamp(min=0)).to(x.dtype)
            state = torch.where((frames_given >= 0)[..., None], told, state)
        wave = self.places[: word.shape[1]].to(x.dtype).expand(x.shape[0], -1, -1)
        at = wave
        if triggers is not None:
            at = torch.gather(wave, 1, triggers[..., None].expand(-1, -1, wave.shape[-1]))
        pairs = self.pairs(torch.cat([word, wave], -1), torch.cat([trigger + state, at], -1))
        weight = mask[..., None].to(x.dtype)
        mean = (x * weight).sum(1) / weight.sum(1)
        sentence = F.gelu(self.sentence(torch.cat([x[:, 0], mean], -1)))
        return {
            "frames": frames,
            "moods": self.moods(trigger),
            "roles": pairs[..., :-1],
            "heads": pairs[..., -1],
            "acts": self.acts(sentence),
            "langs": self.langs(mean),
            "embedding": F.normalize(self.embedding(mean).float(), dim=-1),
        }


def load_minilm(model: TextModel, tensors: dict, kept_rows: list[int]):
    """Copy all-MiniLM-L6-v2 into `model`: `tensors` as in its model.safetensors, `kept_rows` the old index of each piece
    that has one (the first len(kept_rows) pieces of the new vocabulary)."""
    with torch.no_grad():
        # Type embedding 0 is added to every position, so it is folded into the positions.
        model.words.weight[: len(kept_rows)] = tensors["embeddings.word_embeddings.weight"][kept_rows]
        count = model.positions.weight.shape[0]
        model.positions.weight.copy_(
            tensors["embeddings.position_embeddings.weight"][:count] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        copy = {"norm.weight": "embeddings.LayerNorm.weight", "norm.bias": "embeddings.LayerNorm.bias"}
        parts = {
            "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
            "out": "attention.output.dense", "norm1": "attention.output.LayerNorm", "up": "intermediate.dense",
            "down": "output.dense", "norm2": "output.LayerNorm",
        }
        for index in range(len(model.layers)):
            for ours, theirs in parts.items():
                for kind in ("weight", "bias"):
                    copy[f"layers.{index}.{ours}.{kind}"] = f"encoder.layer.{index}.{theirs}.{kind}"
        state = model.state_dict()
        for ours, theirs in copy.items():
            state[ours].copy_(tensors[theirs])
