"""What tests share lies beside them, in a conftest or a module of helpers: no test module needs another."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent


def modules_named(source: str, package: str) -> set[str]:
    """Each module that may be imported there: of ``from a import b`` it is a, and a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            found |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    return found


def test_no_test_module_is_imported_by_another() -> None:
    files = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in sorted(TESTS.rglob("*.py"))}
    tests = {name for file, name in files.items() if file.name.startswith("test_")}
    assert __name__ in tests
    imports = {name: modules_named(file.read_text(), name.rpartition(".")[0]) for file, name in files.items()}
    assert {name: found for name, modules in imports.items() if (found := modules & tests)} == {}


def test_every_way_to_import_one_is_seen() -> None:
    name = "test_locks"
    wanted = f"tests.unit.{name}"
    for source in (
        f"import tests.unit.{name}",
        f"import tests.unit.{name} as locks",
        f"from tests.unit.{name} import started",
        f"from tests.unit import {name}",
        f"from .{name} import started",
        f"from . import {name}",
        f"def late():\n    from ..unit.{name} import started",
    ):
        assert wanted in modules_named(source, "tests.unit"), source
    assert wanted not in modules_named("from tests.unit.made import row", "tests.unit")
