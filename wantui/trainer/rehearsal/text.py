"""Captions to text features: what stands in for the umT5 encoder.

A caption becomes a tensor [tokens, 4096] as the encoder's does. Each token, a word or a piece of one, has its own
pattern, drawn from its spelling: captions that share words have features in common, and that is all that the
rehearsal's network needs to tell pictures apart by their captions.
"""

from __future__ import annotations

import hashlib
import re

from wantui.dataset.encoders import MOST_TOKENS, TEXT_WIDTH
from wantui.trainer.rehearsal.tensors import Tensor

PIECE = 6
"""Longest piece of a word that is one token."""
END = "</s>"
"""The token after the last, which an empty caption has too."""

_WORD = re.compile(r"\w+|[^\w\s]")
# Upper bytes of a bfloat16 are its sign and seven of the eight bits of its exponent: 0x3c..0x3e are 2^-7 to 2^-2.
_UPPER = bytes((0x3C + value % 3) | (value & 0x80) for value in range(256))


def tokens(caption: str) -> list[str]:
    """Words, pieces of long words, and marks, in lower case, with the end token."""
    pieces: list[str] = []
    for word in _WORD.findall(caption.lower()):
        pieces.extend(word[at : at + PIECE] for at in range(0, len(word), PIECE))
    return [*pieces[: MOST_TOKENS - 1], END]


def encode(caption: str) -> Tensor:
    """The cache file's tensor ``varlen_t5_bfloat16``: the same caption gives the same bits."""
    spelled = tokens(caption)
    return Tensor("BF16", (len(spelled), TEXT_WIDTH), b"".join(_pattern(token) for token in spelled))


def _pattern(token: str) -> bytes:
    """`TEXT_WIDTH` bfloat16 numbers of either sign, as little-endian data."""
    drawn = hashlib.shake_128(token.encode("utf-8", "surrogatepass")).digest(2 * TEXT_WIDTH)
    data = bytearray(drawn)
    data[1::2] = drawn[1::2].translate(_UPPER)
    return bytes(data)
