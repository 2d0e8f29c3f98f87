"""Names of files: bytes to the system, text to people; one look, several spellings.

Linux takes any bytes for a name, and Python turns those that are not UTF-8 into lone surrogates, which the trainer's
tokenizer and safetensors libraries refuse. And what looks like one name may be two: ``é`` is one character (NFC, as
most programs write it) or ``e`` with an accent (NFD, as macOS has written it).
"""

from __future__ import annotations

import unicodedata


def is_utf8(name: str) -> bool:
    """Whether the bytes of a name are UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def composed(text: str) -> str:
    """A text in NFC, as most keyboards and programs write it: texts that look alike are equal then."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
