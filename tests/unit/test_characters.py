"""Which characters a terminal is drawn with."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wantui.terminal.characters import encoding_of, named


@pytest.mark.parametrize(
    ("given", "expected"), [("UTF8", "utf-8"), ("ANSI_X3.4-1968", "ascii"), ("nonsense", "ascii")]
)
def test_an_encoding_has_one_name(given: str, expected: str) -> None:
    assert named(given) == expected


def test_plain_signs_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "UTF-8")
    assert encoding_of({"WANTUI_ASCII": "1"}) == "ascii"
    assert encoding_of({"WANTUI_ASCII": "0"}) == encoding_of({}) == "utf-8"


@pytest.mark.parametrize(("locale", "expected"), [("C", "ascii"), ("C.UTF-8", "utf-8")])
def test_the_locale_decides_though_python_speaks_utf8_in_any_case(locale: str, expected: str) -> None:
    """In a process of its own, for a locale is set once."""
    plain = {
        key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON", "WANTUI"))
    }
    words = [sys.executable, "-c", "from wantui.terminal.characters import encoding_of; print(encoding_of())"]
    assert subprocess.check_output(words, env={**plain, "LC_ALL": locale}, text=True) == f"{expected}\n"
