"""Sentence embeddings of the unchanged all-MiniLM-L6-v2, which the model's own are taught to follow."""

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from .model import WIDTH, TextModel, load_minilm
from .vocabulary import minilm_folder, minilm_tensors


def embed(texts: list[str], log=print) -> dict[str, torch.Tensor]:
    """Mean pooled and normalized embeddings, f16 [384] each, by text."""
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tensors = minilm_tensors()
    rows = tensors["embeddings.word_embeddings.weight"].shape[0]
    model = TextModel(rows, positions=128)
    load_minilm(model, tensors, list(range(rows)))
    model.eval()
    coded = sorted(((tokenizer.encode(text).ids[:128], text) for text in set(texts)), key=lambda item: (len(item[0]), item[1]))
    result = {}
    for begin in range(0, len(coded), 64):
        part = coded[begin : begin + 64]
        size = max(len(ids) for ids, _ in part)
        ids = torch.tensor([ids + [0] * (size - len(ids)) for ids, _ in part])
        mask = torch.tensor([[True] * len(ids) + [False] * (size - len(ids)) for ids, _ in part])
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            states = model.encode(ids, torch.zeros_like(ids), mask).float()
        weight = mask[..., None].float()
        mean = F.normalize((states * weight).sum(1) / weight.sum(1), dim=-1).half()
        for (_, text), vector in zip(part, mean):
            result[text] = vector
    log(f"teacher: {len(result)} sentences")
    return result
