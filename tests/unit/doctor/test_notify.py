"""Whether anybody is told of the night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.doctor import notify
from wantui.doctor.model import Finding, Mark
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def found(folder: Path, text: str) -> Finding:
    (folder / "wantui.toml").write_text(text)
    return notify.addresses_told(configuration.load(Workspace(folder)))


def test_nobody_is_told(tmp_path: Path) -> None:
    finding = found(tmp_path, "")
    assert (finding.mark, "nobody" in finding.seen) == (Mark.GOOD, True)


def test_what_sends_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[notify]\nurls = ["ntfys://ntfy.sh/secret-topic"]\n'
    monkeypatch.setattr(notify, "missing_package", lambda: "it is not there")
    finding = found(tmp_path, text)
    assert finding.mark is Mark.CAUTION
    assert "apprise" in (finding.cure or "")
    assert "secret" not in f"{finding.seen} {finding.cure}"
    monkeypatch.setattr(notify, "missing_package", lambda: None)
    assert found(tmp_path, text).mark is Mark.GOOD


def test_the_file_of_addresses_is_gone(tmp_path: Path) -> None:
    finding = found(tmp_path, '[notify]\nurls_file = "gone.txt"\n')
    assert finding.mark is Mark.BAD
    assert "gone.txt" in finding.seen
