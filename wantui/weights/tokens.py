"""The person's token for the Hub, from where the Hub's own tools look for it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from huggingface_hub import get_token
from huggingface_hub.errors import OIDCError

if TYPE_CHECKING:
    from collections.abc import Mapping


def token(environment: Mapping[str, str]) -> str | None:
    """The token; None without one. It is never printed and never written.

    ``HF_TOKEN`` and ``HUGGING_FACE_HUB_TOKEN`` of `environment`, which may be those of ``[trainer] env``, then what
    huggingface_hub finds for this process, such as the file that ``hf auth login`` writes.
    """
    found = [environment.get("HF_TOKEN"), environment.get("HUGGING_FACE_HUB_TOKEN")]
    with suppress(OSError, ValueError, OIDCError):
        found.append(get_token())
    return next((each.strip() for each in found if each is not None and _usable(each)), None)


def _usable(text: str) -> bool:
    """Whether a text can stand in a header."""
    bare = text.strip()
    return bool(bare) and bare.isascii() and bare.isprintable()
