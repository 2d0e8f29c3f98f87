"""The keys of ``dataset.toml`` that a checkout knows, by its own source; it refuses all others."""

from __future__ import annotations

import ast
import functools
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset import blueprint
from wantui.dataset.keys import VIDEO_SOURCES
from wantui.dataset.model import DatasetError, Problem, Severity
from wantui.toml_positions import key_lines
from wantui.trainer.musubi.checkout import script_folder
from wantui.trainer.musubi.flag_source import LARGEST_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = "dataset/config_utils.py"
"""Below the scripts: `ConfigSanitizer` holds the schemas that `sanitize_user_config` refuses other keys by."""
_GENERAL, _IMAGE, _VIDEO = (
    "DATASET_ASCENDABLE_SCHEMA",
    "IMAGE_DATASET_DISTINCT_SCHEMA",
    "VIDEO_DATASET_DISTINCT_SCHEMA",
)


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What a checkout takes."""

    general: frozenset[str]
    image: frozenset[str]
    video: frozenset[str]


def known_keys(root: Path) -> KnownKeys | None:
    """The keys that the checkout at `root` knows; None where its source cannot be read as expected."""
    source = script_folder(root) / SOURCE
    try:
        return _keys_in(source, source.stat().st_mtime_ns)
    except OSError:
        return None


def key_problems(root: Path, dataset: Path) -> Iterator[Problem]:
    """Keys of a dataset file that wantui knows and the checkout at `root` does not; it would end with an error.

    Nothing is said where either cannot be read: others tell of that.
    """
    known = known_keys(root)
    if known is None or dataset.suffix.lower() != ".toml":
        return
    try:
        text = blueprint.read_text(dataset)
        document = reading.parse_toml(text)
    except (DatasetError, tomllib.TOMLDecodeError):
        return
    lines = key_lines(text)
    for where, key in _unknown(document, known):
        message = f"the trainer at {root} knows no {key}, which other commits do: it ends with an error"
        fix = "remove the key, or take a commit of musubi-tuner that knows it"
        yield Problem(Severity.ERROR, "key-of-another-commit", dataset, message, fix, lines.find(*where, key))


def _unknown(document: dict[str, Any], known: KnownKeys) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Tables and keys in them."""
    general, sections = document.get("general"), document.get("datasets")
    if isinstance(general, dict):
        yield from ((("general",), key) for key in general if key not in known.general)
    for index, section in enumerate(sections if isinstance(sections, list) else []):
        if isinstance(section, dict):
            taken = known.video if any(key in section for key in VIDEO_SOURCES) else known.image
            yield from ((("datasets", index), key) for key in section if key not in known.general | taken)


@functools.lru_cache(maxsize=16)
def _keys_in(source: Path, _modified_ns: int) -> KnownKeys | None:
    """The keys in a source file; `_modified_ns` is there to read it anew once it has changed."""
    try:
        tree = ast.parse(reading.read_bytes(source, LARGEST_SOURCE))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = {name: keys for node in ast.walk(tree) for name, keys in _schemas(node)}
    if not {_GENERAL, _IMAGE, _VIDEO} <= found.keys():
        return None
    return KnownKeys(found[_GENERAL], found[_IMAGE], found[_VIDEO])


def _schemas(node: ast.AST) -> Iterator[tuple[str, frozenset[str]]]:
    """A schema that a statement defines, with its keys; none where one of them is no plain text."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
        keys = [
            each.value for each in node.value.keys if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if len(keys) == len(node.value.keys):
            yield from ((each.id, frozenset(keys)) for each in node.targets if isinstance(each, ast.Name))
