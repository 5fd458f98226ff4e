"""Words and their places in the text, exactly as the shipped tokenizer cuts them.

A word is what BERT's pre-tokenizer makes: runs between white space, each punctuation mark by itself, each Chinese
character by itself. Offsets count Unicode characters.
"""

from dataclasses import dataclass

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

_NORMALIZER = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
_PRE = BertPreTokenizer()


@dataclass
class Word:
    """One word: its normalized text and the half-open range of characters it covers."""

    text: str
    start: int
    end: int


def is_han(character: str) -> bool:
    """Whether a character is one BERT cuts off as a word of its own (CJK ideographs)."""
    code = ord(character)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF


def split(text: str) -> list[Word]:
    """Cut `text` into words with the offsets of the original text.

    Normalizing character by character keeps the offsets exact: accents are stripped and case folded without
    moving anything else, which is what the tokenizers crate reports as well.
    """
    pieces: list[tuple[str, int, int]] = []
    for position, character in enumerate(text):
        normal = _NORMALIZER.normalize_str(character)
        if is_han(character):
            pieces.append((normal.strip(), position, position + 1))
            pieces.append((" ", position, position + 1))
            if len(pieces) > 2:
                pieces.insert(-2, (" ", position, position))
            continue
        pieces.append((normal, position, position + 1))
    flat = "".join(piece for piece, _, _ in pieces)
    owner: list[tuple[int, int]] = []
    for piece, start, end in pieces:
        owner.extend([(start, end)] * len(piece))
    words = []
    for token, (start, end) in _PRE.pre_tokenize_str(flat):
        words.append(Word(token, owner[start][0], owner[end - 1][1]))
    return words


def cover(words: list[Word], start: int, end: int) -> tuple[int, int] | None:
    """The half-open range of words that lie in the characters [start, end), or None when no word does."""
    inside = [index for index, word in enumerate(words) if word.start < end and word.end > start]
    if not inside:
        return None
    return inside[0], inside[-1] + 1
