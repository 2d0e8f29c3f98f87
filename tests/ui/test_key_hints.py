from __future__ import annotations

import pytest

from wantui.ui.drawing.key_hints import key_hints, sentence_parts
from wantui.ui.drawing.styles import TextStyles
from wantui.ui.drawing.themes import DARK

STYLES = TextStyles.from_variables({**DARK.to_color_system().generate(), **DARK.variables})


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("enter start  f2 save as preset  tab next field  esc close", ["enter", "f2", "tab", "esc"]),
        ("J K move  h holds, releases  esc", ["J K", "h", "esc"]),
        ("u undo and ctrl+r redo, after leaving this list", ["u", "ctrl+r"]),
        ("f follows · 11 lines", ["f"]),
        ("3 marked · y copies · esc", ["y", "esc"]),
        ("3 marked - y copies - esc", ["y", "esc"]),
        ("n problem · + - size · esc", ["n", "+ -", "esc"]),
        ("n problem - + - size - esc", ["n", "+ -", "esc"]),
        ("following · 11 lines", []),
        ("the last 1,000 lines of each job", []),
        ("[link] x none", []),
    ],
)
def test_keys_are_found_where_a_hint_begins(text: str, keys: list[str]) -> None:
    content = key_hints(text)
    assert content.plain == text
    assert [text[span.start : span.end] for span in content.spans] == keys


def test_keys_in_a_sentence_are_those_in_backticks() -> None:
    parts = sentence_parts("No jobs yet: `t` opens the form; see `wantui jobs`.", STYLES)
    assert "".join(text for text, _ in parts) == "No jobs yet: t opens the form; see `wantui jobs`."
    assert [text for text, style in parts if style == STYLES.accent] == ["t"]
