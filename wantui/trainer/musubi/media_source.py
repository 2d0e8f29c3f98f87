"""What a checkout does with media where its versions differ, read from its source.

Commits, not version numbers, are what people have checked out. Where the code says it in another way than is known
here, the answer is None, and lint says so before a run starts.
"""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.model import MediaRules
from wantui.trainer.musubi.checkout import SCRIPTS, script_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGEST = 4 << 20
"""Bytes of a source file; the largest of v0.3.4 that is read here has 45,000."""


def media_rules(root: Path) -> MediaRules:
    """What the checkout at `root` does; without one, what v0.3.4 does."""
    package = script_folder(root)
    datasets = sorted((package / "dataset").glob("*.py"))
    script = package / SCRIPTS["latents"]
    if not datasets or not script.is_file():
        return MediaRules()  # that there is no trainer is told by others
    try:
        stamps = [(path, path.stat().st_mtime_ns) for path in (script, *datasets)]
    except OSError:
        return MediaRules()  # it is being changed at this moment, or may not be looked at: the same
    return _rules(tuple(stamps[1:]), stamps[0])


@functools.lru_cache(maxsize=8)
def _rules(datasets: tuple[tuple[Path, int], ...], script: tuple[Path, int]) -> MediaRules:
    """Read the files; their times are there to read them anew once they have changed."""
    methods = (
        method
        for path, _ in datasets
        for each in _named(_tree(path), ast.ClassDef, "VideoDataset")
        for method in _named(each, ast.FunctionDef, "retrieve_latent_cache_batches")
    )
    encode = next(_named(_tree(script[0]), ast.FunctionDef, "encode_and_save_batch"), None)
    return MediaRules(
        clips_obey_buckets=_obeys(next(methods, None)),
        has_image_controls=None if encode is None else _takes_image_controls(encode),
    )


def _obeys(method: ast.AST | None) -> bool | None:
    """Whether each ``BucketSelector`` is made with the dataset's settings for buckets; None: that is not clear."""
    calls = [] if method is None else [node for node in ast.walk(method) if _is_call_of(node, "BucketSelector")]
    given = {frozenset(_attributes(call) & {"enable_bucket", "bucket_no_upscale"}) for call in calls}
    if given == {frozenset({"enable_bucket", "bucket_no_upscale"})}:
        return True
    return False if given == {frozenset()} else None


def _takes_image_controls(encode: ast.AST) -> bool:
    """Whether the first of an image's controls is taken from their list, as v0.3.4 does; a list is no array."""
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "control_content"
        for node in ast.walk(encode)
    )


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(reading.read_bytes(path, _LARGEST))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _named(tree: ast.AST, kind: type[ast.ClassDef | ast.FunctionDef], name: str) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, kind) and node.name == name)


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}


def _attributes(node: ast.AST) -> set[str]:
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
