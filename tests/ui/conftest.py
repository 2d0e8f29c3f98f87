"""The screen held still: fixed colours, clock and home folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.fake import NOON, FakeBackend, make_backend
from wantui.ui.runs.job_table import JobTable
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for widget in (TopLine, JobTable):
        monkeypatch.setattr(widget, "now", lambda _self: NOON)


@pytest.fixture
def backend(tmp_path: Path) -> FakeBackend:
    """Everything as in the design pictures."""
    return make_backend(tmp_path)
