"""The packages of the trainer's environment, read from its files: its interpreter is not run."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.trainer.musubi import python_source
from wantui.trainer.musubi.checkout import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wantui.trainer.model import RunSettings
    from wantui.trainer.musubi.python_source import Signature

_LARGEST = 1 << 20
"""Bytes of ``pyvenv.cfg``, of a ``.pth`` and of an editable package's finder; they have a few hundred."""

_MOST_IMPORTS = 5
"""How often a class may be handed on from one module to the next."""

_LONGEST_NAME = 200
"""Characters of a module's name: file systems take 255 bytes with the ending."""

_FINDER = re.compile(r"import (__editable___\w+_finder)\b")
_ADDS_NO_MODULES = re.compile(r"distutils|_virtualenv|nspkg|has_mfs|coverage")
"""What lines of ``.pth`` that run code name when they bring no packages: setuptools, virtualenv, namespace packages
and coverage."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an interpreter finds modules."""

    folders: tuple[Path, ...]
    """In its order, the standard library left out."""
    editable: Mapping[str, Path]
    """Packages that were installed as editable, by name: the folder or file that is imported."""
    is_complete: bool
    """Whether these are all places that it looks in; False where that is not to be seen from files."""

    def within(self, *folders: Path) -> Environment:
        """This environment with `folders` looked in first."""
        return Environment((*folders, *self.folders), self.editable, self.is_complete)

    def module(self, name: str) -> Path | None:
        """The file of a module by its dotted name, or its folder where it has no ``__init__.py``; None: not found."""
        first, *rest = parts = name.split(".")
        if not all(part.isidentifier() and len(part) <= _LONGEST_NAME for part in parts):
            return None
        places = [self.editable[first]] if first in self.editable else [folder / first for folder in self.folders]
        return next((found for place in places if (found := _module_at(place, rest)) is not None), None)

    def signature(self, module: str, name: str) -> Signature | None:
        """What the class `name` of a module is called with; None where the sources do not tell."""
        found = self.module(module)
        for _ in range(_MOST_IMPORTS):
            outline = None if found is None else python_source.outline(found)
            if outline is None or found is None:
                return None
            if name in outline.classes:
                return outline.classes[name]
            if name not in outline.imports:
                return None
            level, module, name = outline.imports[name]
            if level:
                folder = found.parents[level - 1]
                found = _module_at(folder, module.split(".")) if module else _module_at(folder, [])
            else:
                found = self.module(module)
        return None

    def lacks(self, name: str) -> bool:
        """Whether there surely is no such module."""
        return self.is_complete and self.module(name) is None


def _module_at(place: Path, rest: list[str]) -> Path | None:
    """The module that `place`, which may lack its suffix, and the names below it lead to."""
    if rest:
        folder = place.parent if place.name == "__init__.py" else place
        return _module_at(folder / rest[0], rest[1:])
    if place.suffix == ".py" and is_file(place):
        return place
    if is_file(place / "__init__.py"):
        return place / "__init__.py"
    if is_file(source := place.with_name(f"{place.name}.py")):
        return source
    compiled = next(iter(sorted(place.parent.glob(f"{_as_pattern(place.name)}.*so"))), None)
    if compiled is not None:
        return compiled
    return place if is_folder(place) else None


def is_file(path: Path) -> bool:
    """Whether there is a file that can be seen; False, too, where its folder must not be searched."""
    return os.path.isfile(path)  # noqa: PTH113  Path.is_file raises what this one answers False for


def is_folder(path: Path) -> bool:
    """Whether there is a folder that can be seen."""
    return os.path.isdir(path)  # noqa: PTH112  as above


def _as_pattern(name: str) -> str:
    """`name` as a pattern that matches it alone."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def environment_of(settings: RunSettings) -> Environment:
    """The environment of the trainer's interpreter, ``PYTHONPATH`` of its processes included.

    Reads ``pyvenv.cfg`` (PEP 405), the places of Python's `site` module and the ``.pth`` files there.
    """
    inherited = settings.trainer_env.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    given = tuple(Path(folder) for folder in inherited.split(os.pathsep) if folder)
    return _environment(absolute(settings.trainer_python), given)


def _environment(python: Path, given: tuple[Path, ...]) -> Environment:
    prefix = python.parent.parent
    try:
        told = _pyvenv(reading.read_text(prefix / "pyvenv.cfg", _LARGEST))
    except FileNotFoundError:
        places = _base_places(python)
    except (OSError, UnicodeDecodeError):
        places = None
    else:
        own = tuple(prefix.glob("lib/python3*/site-packages"))
        if told.get("include-system-site-packages") != "true":
            places = own or None
        else:
            home = _base_places(Path(told.get("home", "")) / python.name)
            places = None if home is None else (*own, *home)
            given = given if places is not None else (*given, *own)
    if places is None:
        return Environment(given, {}, is_complete=False)
    return _with_path_files(given, places)


def _pyvenv(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): _value(value.strip()) for key, _, value in pairs}


def _value(text: str) -> str:
    return text.lower() if text.lower() in {"true", "false"} else text


def _base_places(python: Path) -> tuple[Path, ...] | None:
    """Where an interpreter that is no virtual environment's keeps packages; None: it is none that is known.

    Debian's has ``dist-packages`` in three places; a package may be the user's own as well.
    """
    try:
        python = python.resolve()
    except (OSError, RuntimeError):
        return None
    prefix = python.parent.parent
    libraries = [folder for folder in prefix.glob("lib/python3.*") if is_file(folder / "os.py")]
    library = next((each for each in libraries if each.name == python.name), None)
    if library is None:
        if len(libraries) != 1:
            return None
        library = libraries[0]
    version = library.name
    local = prefix / "local" / "lib" / version
    user = Path.home() / ".local" / "lib" / version / "site-packages"
    every = (
        *(user, local / "dist-packages", local / "site-packages"),
        *(library / "site-packages", library / "dist-packages", prefix / "lib" / "python3" / "dist-packages"),
    )
    return tuple(folder for folder in every if is_folder(folder))


def _with_path_files(given: tuple[Path, ...], places: tuple[Path, ...]) -> Environment:
    """The environment with what the ``.pth`` files of its `places` add."""
    folders, editable, is_complete = [*given, *places], dict[str, Path](), True
    for place in places:
        for line in _path_lines(place):
            finder = _FINDER.search(line)
            if finder is not None:
                mapping = _mapping(place / f"{finder[1]}.py")
                editable |= mapping or {}
                is_complete = is_complete and mapping is not None
            elif line.startswith(("import ", "import\t")):
                is_complete = is_complete and _ADDS_NO_MODULES.search(line) is not None
            elif is_folder(place / line):
                folders.append(place / line)
    return Environment(tuple(folders), editable, is_complete)


def _path_lines(place: Path) -> Iterator[str]:
    for file in sorted(place.glob("*.pth")):
        try:
            text = reading.read_text(file, _LARGEST)
        except (OSError, UnicodeDecodeError):
            continue
        yield from (line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _mapping(finder: Path) -> dict[str, Path] | None:
    """The packages that a finder written by setuptools knows: its ``MAPPING``; None where that cannot be read."""
    tree = python_source.parsed(finder)
    for node in tree.body if tree is not None else ():
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == "MAPPING" and isinstance(node, ast.AnnAssign):
            found = python_source.literal(node.value)
            if isinstance(found, dict):
                return {str(name): Path(str(path)) for name, path in found.items()}
    return None
