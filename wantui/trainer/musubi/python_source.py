"""Reads Python source that is somebody else's, and runs none of it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST_SOURCE = 4 << 20
"""Bytes; the trainer's longest file has 150 kB."""

LONGEST_LITERAL = 1 << 16
"""Characters of a value that a person gives, such as ``betas=(0.9, 0.99)``."""

_UNPARSABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
"""What `ast` raises for text that is no Python, or nested too deeply for its parser."""


class LiteralValueError(ValueError):
    """Text that `ast.literal_eval` refuses; the message says why, without a final stop."""


def parsed(source: Path) -> ast.Module | None:
    """The syntax tree of a file; None where it cannot be read, or is no Python of this version."""
    try:
        return ast.parse(reading.read_bytes(source, LARGEST_SOURCE))
    except (OSError, *_UNPARSABLE):
        return None


def literal(node: ast.expr | None) -> Any:
    """The value of a literal; None where it is none."""
    try:
        return None if node is None else ast.literal_eval(node)
    except _UNPARSABLE:
        return None


def evaluated(text: str) -> Any:
    """The value of a literal that is given as text.

    Raises:
        LiteralValueError: it is none.
    """
    if len(text) > LONGEST_LITERAL:
        raise LiteralValueError("it is too long")
    try:
        return ast.literal_eval(text)
    except SyntaxError as error:
        raise LiteralValueError(error.msg) from None
    except _UNPARSABLE:
        raise LiteralValueError("it is no Python literal") from None


def bound_names(tree: ast.Module) -> frozenset[str] | None:
    """The names that a module has once it is imported; None where the source does not tell all of them."""
    names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            if any(alias.name == "*" for alias in node.names):
                return None
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            if node.name == "__getattr__":
                return None
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                names.update(each.id for each in ast.walk(target) if isinstance(each, ast.Name))
        elif isinstance(node, ast.Delete):
            names.difference_update(each.id for each in node.targets if isinstance(each, ast.Name))
        if _may_bind_unseen(node):
            return None
    return frozenset(names)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """What runs at import, in order: bodies of functions and classes left out."""
    waiting = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        below = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            below += branch.body
        waiting += reversed(below)


def _may_bind_unseen(node: ast.stmt) -> bool:
    """Whether a statement at the top of a module may make names that are not written there."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return any(
        isinstance(each, ast.Name) and each.id in {"globals", "setattr", "exec", "vars"} for each in ast.walk(node)
    )


@dataclass(frozen=True, slots=True)
class Signature:
    """What a class is called with."""

    names: frozenset[str]
    """Of its arguments."""
    required: tuple[str, ...]
    """Those without a default, ``self`` left out."""
    is_open: bool
    """Whether it takes others as well."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a module's source tells about its names."""

    names: frozenset[str] | None
    """All that it binds; None where the source does not tell all of them."""
    classes: Mapping[str, Signature]
    """Its own classes that say themselves what they are called with."""
    imports: Mapping[str, tuple[int, str, str]]
    """Names from ``from`` imports: how many levels up, the module, the name there."""


def outline(module: Path) -> Outline | None:
    """What the source of a module tells; None where it cannot be read."""
    try:
        return _outline(module, module.stat().st_mtime_ns)
    except OSError:
        return None


@functools.lru_cache(maxsize=64)
def _outline(module: Path, _modified_ns: int) -> Outline | None:
    """As `outline`; `_modified_ns` is there to read it anew once it has changed."""
    tree = parsed(module)
    if tree is None:
        return None
    classes: dict[str, Signature] = {}
    imports: dict[str, tuple[int, str, str]] = {}
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom):
            imports |= {each.asname or each.name: (node.level, node.module or "", each.name) for each in node.names}
        elif isinstance(node, ast.ClassDef):
            signature = next((_signature(each) for each in node.body if _is_init(each)), None)
            if signature is not None:
                classes[node.name] = signature
    return Outline(bound_names(tree), classes, imports)


def _is_init(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _signature(function: ast.stmt) -> Signature | None:
    if not isinstance(function, ast.FunctionDef):
        return None
    arguments = function.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    without = positional[1 : len(positional) - len(arguments.defaults)]
    without += [
        each.arg for each, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if given is None
    ]
    names = {*positional, *(each.arg for each in arguments.kwonlyargs)}
    return Signature(frozenset(names), tuple(without), arguments.kwarg is not None or not function.args.args)
