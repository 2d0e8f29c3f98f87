"""Values of ``wantui.toml`` change; every other byte stays."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.config import ConfigError
from wantui.config.edit import preview, write

ROOT = {"root": "/opt/musubi-tuner"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing but a comment",
        '[run]\nsuffix = "a"  # mine\n',
        '[trainer] # here\nkind = "musubi"\n\n[run]\nepochs = 3\n',
        '[trainer]\r\nkind = "musubi"\r\n# end\r\n',
        'trainer.kind = "musubi"\n[run]\nepochs = 3\n',
        'trainer = { kind = "musubi" }\n',
        '[trainer.env]\nA = "b"\n',
        "\ufeff[run]\nepochs = 3\n",
    ],
)
def test_a_value_is_added_and_nothing_else_changes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "wantui.toml"
    file.write_bytes(text.encode())
    content, config = preview(file, "trainer", ROOT, "found")
    assert str(config.trainer.root) == "/opt/musubi-tuner"
    assert file.read_bytes() == text.encode()
    before, after = text.splitlines(), content.decode().splitlines()
    gone = [line for line in difflib.ndiff(before, after) if line.startswith("- ")]
    assert gone == ([] if "{" not in text else ["- " + before[0]])
    assert b"\r\n" not in content or b"\n" not in content.replace(b"\r\n", b"")


def test_a_comment_of_the_persons_own_stays(tmp_path: Path) -> None:
    file = tmp_path / "wantui.toml"
    file.write_text('[trainer]\nroot = "old"   # why\n')
    content, _ = preview(file, "trainer", ROOT, "found")
    write(file, content)
    assert file.read_text() == '[trainer]\nroot = "/opt/musubi-tuner"   # why\n'


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda text: text.strip()))
def test_any_path_is_written_as_it_is(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    file = tmp_path_factory.mktemp("box") / "wantui.toml"
    _, config = preview(file, "trainer", {"root": f"/x/{name}"}, "found")
    assert config.trainer.root == Path(f"/x/{name}")


def test_what_is_no_toml_is_told(tmp_path: Path) -> None:
    file = tmp_path / "wantui.toml"
    file.write_text("[trainer\n")
    with pytest.raises(ConfigError, match=r"wantui\.toml"):
        preview(file, "trainer", ROOT, "found")
