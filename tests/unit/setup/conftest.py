"""Setups of workspaces in which a person has begun one: their trainer may be asked."""

from __future__ import annotations

import pytest

from wantui.jobs import trust


@pytest.fixture(autouse=True)
def _used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "why_not_used", lambda _config: None)
