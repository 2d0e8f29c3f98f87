"""The person's token for the Hub, from where the Hub's own tools look for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def token(environment: Mapping[str, str]) -> str | None:
    """The token; None without one. It is never printed and never written.

    ``HF_TOKEN``, ``HUGGING_FACE_HUB_TOKEN``, then the file that ``hf auth login`` writes: ``HF_TOKEN_PATH``,
    ``$HF_HOME/token``, ``~/.cache/huggingface/token``.
    """
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if _usable(environment.get(name, "")):
            return environment[name].strip()
    try:
        found = _file(environment).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    return found.strip() if _usable(found) else None


def _file(environment: Mapping[str, str]) -> Path:
    if environment.get("HF_TOKEN_PATH"):
        return Path(environment["HF_TOKEN_PATH"]).expanduser()
    cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
    home = environment.get("HF_HOME") or f"{cache}/huggingface"
    return Path(home).expanduser() / "token"


def _usable(text: str) -> bool:
    """Whether a text can stand in a header."""
    bare = text.strip()
    return bool(bare) and bare.isascii() and bare.isprintable()
