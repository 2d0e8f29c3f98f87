"""The flags that a checkout's scripts take, read from their source: what argparse would refuse is known beforehand.

A training refuses its command line only after the caches are encoded, hours into the night.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.trainer.musubi.checkout import SAMPLE_SCRIPT, script_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

SOURCES = {
    "latents": ("wan_cache_latents.py", "cache_latents.py"),
    "text": ("wan_cache_text_encoder_outputs.py", "cache_text_encoder_outputs.py"),
    "train": ("wan_train_network.py", "hv_train_network.py", "training/parser_common.py"),
    "sample": (SAMPLE_SCRIPT,),
}
"""The files of a checkout that define each script's flags; the last one is younger than the workflow's commit."""

LARGEST_SOURCE = 4 << 20
"""Bytes of a script of the trainer; the longest has 0.2 MB."""
ATTENTION_FLAGS = ("sdpa", "flash_attn", "flash3", "sage_attn", "xformers")
"""The trainer wants exactly one of these."""

_SURE = {"dataset_config", "save_path"}
"""Each script has one of these flags: without it the source is not what is expected."""

OTHER_MODEL = "hv_setup_parser"
"""Function that adds the flags of another model's script, in the same files."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One ``add_argument``; what cannot be read from the source is None, and is not checked."""

    name: str
    """Without dashes."""
    kind: str | None = None
    """``int``, ``float``, ``str``; ``bare`` for one without a value; None: its own function judges."""
    choices: tuple[str, ...] | None = None
    is_list: bool = False
    """Whether it takes any number of values."""

    def refuses(self, value: Any) -> str | None:
        """What argparse would accept in place of a value that it does not; None: it does."""
        if value is False or value is None:
            return None  # it is left out
        if self.kind == "bare":
            return None if value is True else "true or false: it takes no value"
        if value is True:
            return None if self.is_list else "a value"
        values = tuple(value) if isinstance(value, list | tuple) else (value,)
        return self._refuses_of(tuple(map(str, values)))

    def _refuses_of(self, words: tuple[str, ...]) -> str | None:
        if len(words) != 1 and not self.is_list:
            return "one value"
        if self.choices is not None and not set(words) <= set(self.choices):
            return " or ".join(self.choices)
        if self.kind == "int" and not all(_is(int, word) for word in words):
            return "a whole number"
        if self.kind == "float" and not all(_is(float, word) for word in words):
            return "a number"
        return None


def _is(kind: Callable[[str], object], word: str) -> bool:
    try:
        kind(word)
    except ValueError:
        return False
    return True


def flags_of(root: Path, script: str) -> Mapping[str, Flag]:
    """The flags that a script of the checkout at `root` takes, by name.

    Args:
        root: the checkout.
        script: ``latents``, ``text``, ``train`` or ``sample``.

    Returns:
        Nothing when the source cannot be read as expected.
    """
    folder = script_folder(root)
    found: dict[str, Flag] = {}
    for name in SOURCES[script]:
        try:
            found.update(_flags_in(folder / name, (folder / name).stat().st_mtime_ns))
        except OSError:
            continue  # not every commit has every file
    return found if found.keys() & _SURE else {}


@functools.lru_cache(maxsize=64)
def _flags_in(source: Path, _modified_ns: int) -> dict[str, Flag]:
    """The flags that a file defines; `_modified_ns` is there to read it anew once it has changed."""
    try:
        tree = ast.parse(reading.read_bytes(source, LARGEST_SOURCE))
    except (OSError, SyntaxError, ValueError):
        return {}
    return {flag.name: flag for flag in _flags_below(tree)}


def _flags_below(node: ast.AST) -> Iterator[Flag]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and child.name == OTHER_MODEL:
            continue
        if (
            isinstance(child, ast.Call)
            and isinstance(child.func, ast.Attribute)
            and child.func.attr == "add_argument"
        ):
            name = next((each for each in map(_literal, child.args) if str(each).startswith("--")), None)
            if name is not None:
                yield _flag(str(name).lstrip("-"), {each.arg: each.value for each in child.keywords if each.arg})
        yield from _flags_below(child)


def _flag(name: str, keywords: dict[str, ast.expr]) -> Flag:
    action, kind = _literal(keywords.get("action")), keywords.get("type")
    if action is not None:
        return Flag(name, "bare" if action in ("store_true", "store_false") else None)
    choices = _literal(keywords.get("choices"))
    is_list = _literal(keywords.get("nargs")) in ("*", "+")
    is_plain = is_list or "nargs" not in keywords
    return Flag(
        name,
        kind.id if isinstance(kind, ast.Name) and kind.id in ("int", "float", "str") and is_plain else None,
        tuple(map(str, choices)) if isinstance(choices, list | tuple) else None,
        is_list or not is_plain,
    )


def _literal(node: ast.expr | None) -> Any:
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return None


if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def known_flags(root: Path, script: str) -> frozenset[str]:
    """The names of the flags that a script of the checkout at `root` takes; empty where its source cannot be read."""
    return frozenset(flags_of(root, script))
