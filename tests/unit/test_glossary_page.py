"""``docs/glossary.md`` has each word once; what it and the pages for whoever changes wantui name is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {entry.name.removesuffix(".py") for entry in (ROOT / "wantui").iterdir()}


def is_module(name: str) -> bool:
    path = ROOT.joinpath("wantui", *name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def is_named_in(name: str) -> bool:
    """Whether it is a module, or one that has something of that name."""
    module, _, last = name.rpartition(".")
    if is_module(name):
        return True
    source = ROOT.joinpath("wantui", *module.split(".")).with_suffix(".py")
    return source.is_file() and re.search(rf"\b{last}\b", source.read_text(encoding="utf-8")) is not None


def rows() -> list[tuple[str, str]]:
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    return re.findall(r"^\| ([^|]+) \| [^|]+ \| `([\w.]+)` \|$", page, re.MULTILINE)


def test_each_word_is_there_once_with_a_module_that_is_there() -> None:
    assert len(rows()) > 60
    assert [word for word, count in Counter(word.lower() for word, _ in rows()).items() if count > 1] == []
    assert [(word, module) for word, module in rows() if not is_module(module)] == []


def test_every_line_of_the_tables_is_a_word_with_its_module() -> None:
    lines = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    tables = [
        line
        for line in lines
        if line.startswith("|") and line not in {"| word | what it is | module |", "|---|---|---|"}
    ]
    assert len(tables) == len(rows())


def test_what_the_pages_on_the_design_name_is_there() -> None:
    pages = [ROOT / "docs/architecture.md", *(ROOT / "docs/inside").glob("*.md")]
    page = "\n".join(each.read_text(encoding="utf-8") for each in pages)
    named = [name.removeprefix("wantui.") for name in re.findall(r"`((?:\w+\.)+\w+)`", page)]
    ours = [name for name in named if name.partition(".")[0] in PACKAGES and not name.endswith((".json", ".toml"))]
    assert len(ours) > 100
    assert [name for name in ours if not is_named_in(name)] == []


def test_the_files_that_the_page_for_contributors_names_are_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:wantui|tests|docs)/[\w./]+)`", page.replace("/PACKAGE`", "`"))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []
