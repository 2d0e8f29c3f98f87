"""docs/lint.md names every code that there is, and none that there is not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = (*(ROOT / "wantui/dataset").rglob("*.py"), ROOT / "wantui/captions/lint.py")
MAKERS = {"error", "warning", "_error", "_warning", "_problem", "problem"}
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def codes_in(source: Path) -> set[str]:
    """What is given as a problem's code: to a maker, as `code`, or as a constant of that name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[1:2] if name == "Problem" else node.args[:1] if name in MAKERS else []
            given = [*first, *(each.value for each in node.keywords if each.arg in ("code", "problem_code"))]
            found |= {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {code for code in found if (CODE.fullmatch(code) and "-" in code) or code == "upscaled"}


def test_the_table_names_every_code_that_is_told() -> None:
    text = (ROOT / "docs/lint.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    told: set[str] = set().union(*map(codes_in, SOURCES))
    written = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    assert len(told) > 30, "the sources are not read as they are written"
    assert told - named == set()
    assert {code for code in named if f'"{code}"' not in written} == set()
