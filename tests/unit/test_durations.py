"""How long something took, where the clock may have been set back meanwhile."""

from __future__ import annotations

import pytest

from wantui import formatting


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (-1.0, ""), (-3700.0, ""), (0.0, "0:00"), (123.0, "2:03"), (3723.0, "1:02:03")]
)
def test_what_is_not_known_is_not_said(seconds: float | None, words: str) -> None:
    assert formatting.duration_in_hours(seconds) == formatting.duration(seconds) == words
