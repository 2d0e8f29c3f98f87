r"""Windows paths in ``dataset.toml``: the backslash is named as the matter, wherever the reader stumbles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.dataset.backslashes import first_line, with_slashes
from wantui.dataset.blueprint import load
from wantui.dataset.errors import SettingsError
from wantui.fixes import carry_out, fixes_for
from wantui.journal.journal import Journal
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '[general]\ncaption_extension = ".txt"\n\n[[datasets]]\ncache_directory = "cache"\n'


def refusal(path: Path, text: str) -> SettingsError:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)
    return caught.value


@pytest.mark.parametrize(
    "written",
    [r"C:\data", r"images\train", r"images\new", r"C:\temp\data", "images\\", r"C:\Users\me", r"a\\b\train"],
)
def test_the_backslash_is_the_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    path = tmp_path / "dataset.toml"
    problem = refusal(path, f'{HEAD}image_directory = "{written}"  # mine\nbatch_size = 1\n').problem
    assert (problem.code, problem.line) == ("path-backslash", 6)
    assert "image_directory has a backslash" in problem.message
    assert problem.fix == "write / instead"
    (fix,) = tuple(fixes_for([problem], None).values())
    carry_out(Journal(Workspace(tmp_path)), None, [fix])
    slashes = written.replace("\\\\", "\\").replace("\\", "/")
    assert path.read_text() == f'{HEAD}image_directory = "{slashes}"  # mine\nbatch_size = 1\n'
    assert load(path).subsets[0].media_directory == tmp_path / slashes


@pytest.mark.parametrize(
    "text", ["image_directory = 'C:\\data'\n", 'image_directory = "caf\\u00e9"\n', "# C:\\data\n"]
)
def test_what_is_meant_stays(text: str) -> None:
    assert first_line(text) is None
    assert with_slashes(text) == text


def test_a_mistake_in_another_line_is_told_as_itself(tmp_path: Path) -> None:
    error = refusal(tmp_path / "dataset.toml", f'{HEAD}batch_size = = 1\nimage_directory = "C:\\data"\n')
    assert (error.problem.code, error.problem.line) == ("not-toml", 6)


def test_json_has_the_same_escapes(tmp_path: Path) -> None:
    text = '{"datasets": [{\n"image_directory": "C:\\data"}]}'
    assert refusal(tmp_path / "dataset.json", text).problem.code == "path-backslash"


@pytest.mark.parametrize("key", ["image_directory", "cache_directory", "control_directory"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_path_is_refused(tmp_path: Path, key: str, value: str) -> None:
    text = f'{HEAD}image_directory = "a"\ncontrol_directory = "c"\n'
    line = next(each for each in text.splitlines() if each.startswith(key))
    problem = refusal(tmp_path / "dataset.toml", text.replace(line, f'{key} = "{value}"')).problem
    assert (problem.code, problem.line) == ("empty-path", text.splitlines().index(line) + 1)
    assert problem.message == f"{key} is empty"


def test_a_byte_order_mark_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    path = tmp_path / "dataset.toml"
    text = f'{HEAD}image_directory = "images"\n'
    problem = refusal(path, f"\ufeff{text}").problem
    assert (problem.code, problem.line) == ("settings-byte-order-mark", 1)
    carry_out(Journal(Workspace(tmp_path)), None, tuple(fixes_for([problem], None).values()))
    assert path.read_text() == text


@given(st.text(max_size=40))
def test_any_text_keeps_its_length_or_loses_doubled_backslashes(text: str) -> None:
    line = f'image_directory = "{text}"'
    assert with_slashes(line).replace("/", "").replace("\\", "") == line.replace("/", "").replace("\\", "")
