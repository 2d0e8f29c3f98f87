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
    wanted = "tests.unit.test_locks"
    for source in (
        "import tests.unit.test_locks",
        "import tests.unit.test_locks as locks",
        "from tests.unit.test_locks import started",
        "from tests.unit import test_locks",
        "from .test_locks import started",
        "from . import test_locks",
        "def late():\n    from ..unit.test_locks import started",
    ):
        assert wanted in modules_named(source, "tests.unit"), source
    assert wanted not in modules_named("from tests.unit.made import row", "tests.unit")
