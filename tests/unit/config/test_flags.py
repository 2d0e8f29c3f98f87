"""``--set KEY=VALUE``: what is read, and how it lies over the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.config import ConfigError, apply_sets, effective, load, parse_set
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("learning_rate=1e-4", "learning_rate", 1e-4),
        (" network_dim = 32 ", "network_dim", 32),
        ("high.network_dim=32", "high.network_dim", 32),
        ("text.fp8_t5=true", "text.fp8_t5", True),
        ("sdpa=false", "sdpa", False),
        ("optimizer_args=weight_decay=0.1", "optimizer_args", "weight_decay=0.1"),
        ('optimizer_args=["a=1", "b=2"]', "optimizer_args", ("a=1", "b=2")),
        ('x=""', "x", ""),
        ("x=True", "x", "True"),
        ("x=2024-01-01", "x", "2024-01-01"),
        ("x=5 # five", "x", "5 # five"),
        ("x=1,", "x", "1,"),
        ("x=1, 2", "x", "1, 2"),
        ("lr_scheduler=cosine", "lr_scheduler", "cosine"),
        ("path=/data/über/x.toml", "path", "/data/über/x.toml"),
    ],
)
def test_keys_and_values(text: str, key: str, value: object) -> None:
    assert parse_set(text) == (key, value)
    assert type(parse_set(text)[1]) is type(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sdpa", "write KEY=VALUE; a flag without a value is sdpa=true"),
        ("", "a flag without a value is KEY=true"),
        ("=5", "the key before = is missing"),
        ("x=", 'x=false leaves the flag out, x="" is empty text'),
        ("--learning_rate=5", "write the flag without its dashes: learning_rate"),
        ("a b=5", '"a b" is no name of a flag'),
        ("hgih.x=5", '"hgih." is no prefix; did you mean "high."?'),
        ("zzz.x=5", "known are high., low., latents., text."),
        ("high.=5", '"" is no name of a flag'),
        ("high.low.x=5", '"low.x" is no name of a flag'),
        ("x=[1, 2", "the value begins like TOML but is none"),
        ("x='a", "the value begins like TOML but is none"),
        ("x={ a = 1 }", "allowed: text, a number"),
        ("x=[[1]]", "allowed: text, a number"),
        *((f"learning_rate={number}", "a finite number") for number in ("nan", "-inf", "1e999", "[1.0, nan]")),
    ],
)
def test_errors_say_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_set(text)
    assert str(caught.value).startswith(f"--set {text}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["x=1\ny=2", "x=\udcff", "x=a\tb"])
def test_values_that_are_no_line_of_text(text: str) -> None:
    with pytest.raises(ConfigError, match="line ends or bytes that are no text") as caught:
        parse_set(text)
    assert str(caught.value).isprintable()


@given(st.text())
def test_any_text_is_a_pair_or_an_error(text: str) -> None:
    try:
        key, value = parse_set(text)
    except ConfigError as error:
        assert error.problems  # noqa: PT017  either way is right; anything else fails
    else:
        assert text.strip().startswith(key)
        assert isinstance(value, (str, int, float, bool, tuple))


def sources(folder: Path, *sets: str) -> dict[str, tuple[Any, str]]:
    config = apply_sets(load(Workspace(folder)), sets)
    return {value.key: (value.value, value.source) for value in effective(config) if "ing." in value.key}


def test_sets_lie_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").write_text("training.a = 1\ntraining.high.a = 2\ntraining.b = 3\n", encoding="utf-8")
    assert sources(tmp_path) == {
        "training.a": (1, "wantui.toml:1"),
        "training.high.a": (2, "wantui.toml:2"),
        "training.b": (3, "wantui.toml:3"),
    }
    assert sources(tmp_path, "low.a=5", "low.a=6", "latents.batch_size=2") == {
        "training.a": (1, "wantui.toml:1"),
        "training.b": (3, "wantui.toml:3"),
        "training.high.a": (2, "wantui.toml:2"),
        "training.low.a": (6, "--set"),
        "caching.latents.batch_size": (2, "--set"),
    }


def test_a_set_without_prefix_is_for_both_experts(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").write_text("training.high.a = 2\ntraining.high.b = 3\n", encoding="utf-8")
    assert sources(tmp_path, "a=9") == {
        "training.a": (9, "--set"),
        "training.high.b": (3, "wantui.toml:2"),
    }
    assert sources(tmp_path, "a=9", "high.a=8") == {
        "training.a": (9, "--set"),
        "training.high.a": (8, "--set"),
        "training.high.b": (3, "wantui.toml:2"),
    }
