"""Keys of ``dataset.toml`` are judged by the checkout that will read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wantui.trainer.musubi.dataset_keys import SOURCE, key_problems, known_keys

if TYPE_CHECKING:
    from pathlib import Path

SCHEMAS = """\
class ConfigSanitizer:
    DATASET_ASCENDABLE_SCHEMA = {"caption_extension": str, "resolution": partial(check, int)}
    IMAGE_DATASET_DISTINCT_SCHEMA = {"image_directory": str, "multiple_target": bool}
    VIDEO_DATASET_DISTINCT_SCHEMA = {"video_directory": str, "target_frames": [int]}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    source = tmp_path / "checkout/src/musubi_tuner" / SOURCE
    source.parent.mkdir(parents=True)
    source.write_text(SCHEMAS)
    return tmp_path / "checkout"


def told(root: Path, text: str) -> list[tuple[str, int | None]]:
    dataset = root / "dataset.toml"
    dataset.write_text(text)
    return [
        (problem.message.split(" knows no ")[1].partition(",")[0], problem.line)
        for problem in key_problems(root, dataset)
    ]


def test_a_key_that_the_checkout_lacks_is_an_error_with_its_line(root: Path) -> None:
    text = (
        '[general]\nresolution = 64\nbatch_size = 1\n\n[[datasets]]\nimage_directory = "a"\nmultiple_target = true\n'
    )
    assert told(root, text) == [("batch_size", 3)]
    assert told(root, text.replace("multiple_target", "no_resize_control")) == [
        ("batch_size", 3),
        ("no_resize_control", 7),
    ]
    assert told(root, text)
    (problem,) = key_problems(root, root / "dataset.toml")
    assert (problem.code, problem.severity) == ("key-of-another-commit", "error")
    other = text.replace("multiple_target", "no_resize_control")
    assert told(root, other) == [("batch_size", 3), ("no_resize_control", 7)]


def test_clips_have_keys_of_their_own(root: Path) -> None:
    text = '[[datasets]]\nvideo_directory = "a"\ntarget_frames = [1]\nmultiple_target = true\n'
    assert told(root, text) == [("multiple_target", 4)]


def test_where_the_source_is_another_one_nothing_is_said(root: Path) -> None:
    source = root / "src/musubi_tuner" / SOURCE
    for other in ("", "nonsense(", SCHEMAS.replace("VIDEO_", "CLIP_"), SCHEMAS.replace('"multiple_target"', "NAME")):
        source.unlink()
        source.write_text(other)
        assert known_keys(root) is None, other
        assert told(root, '[[datasets]]\nimage_directory = "a"\nodd = 1\n') == []


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_no_text_is_too_odd(root: Path, text: str) -> None:
    (root / "dataset.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    list(key_problems(root, root / "dataset.toml"))
