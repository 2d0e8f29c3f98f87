"""Which words are English: a list of 74,835 American and British ones with their forms and common names.

It is SCOWL's, the list that spell checkers use (``english-copyright.txt``). A list that is kept here needs no
dictionary on the rented box, and 700 kB of memory once it has been asked. Words of captions that it lacks are many,
``bokeh`` for one: that a word is not in it says little alone.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("english.txt.gz")
_WORD = re.compile(r"[^\W\d_]+")


def words_in(text: str) -> tuple[str, ...]:
    """The runs of letters of a text, in lower case; ``woman's`` counts as ``woman``."""
    return tuple(_WORD.findall(re.sub(r"['\u2019]s\b", "", text.casefold())))


def is_english(word: str) -> bool:
    """Whether a word in lower case is in the list; of fewer than three letters every word is taken to be."""
    return len(word) < 3 or f"\n{word}\n".encode(errors="replace") in _listed()  # noqa: PLR2004  as the list was made


@cache
def _listed() -> bytes:
    """The words, each between two line ends."""
    return gzip.decompress(_FILE.read_bytes())
