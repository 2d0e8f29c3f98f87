"""Broken input: a sentence that says what to do, the exit code of the contract, nothing started, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell


def nothing_started(shell: Shell) -> bool:
    return not shell.json("jobs")


def test_no_dataset_toml(in_folder: Callable[[Path], Shell], tmp_path: Path) -> None:
    shell = in_folder(tmp_path / "empty")
    done = shell.run("train")
    assert done.returncode == 2
    assert "dataset/dataset.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert nothing_started(shell)


def test_no_images_is_an_error_before_the_trainer_deletes_every_cache(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    cached = sorted((shell.folder / "dataset/cache").iterdir())
    (shell.folder / "dataset/images").rename(shell.folder / "dataset/elsewhere")
    for verb in ("train", "cache"):
        done = shell.run(verb)
        assert done.returncode in (1, 2)
        assert "dataset/images" in done.stderr
        assert "nothing was started" in done.stderr
    assert sorted((shell.folder / "dataset/cache").iterdir()) == cached
    assert len(shell.json("jobs")) == 2


def test_broken_dataset_toml(shell: Shell) -> None:
    shell.write("dataset/dataset.toml", "[general\nresolution = 1\n")
    done = shell.run("check")
    assert done.returncode == 2
    assert "dataset.toml, line 1" in done.stderr


def test_unknown_key_in_dataset_toml_names_the_nearest(shell: Shell) -> None:
    shell.replace("dataset/dataset.toml", "num_repeats", "num_repeat")
    done = shell.run("train")
    assert done.returncode == 2
    assert "num_repeats" in done.stderr
    assert nothing_started(shell)


def test_unknown_key_in_wantui_toml_names_file_line_and_nearest(shell: Shell) -> None:
    shell.replace("wantui.toml", "suffix =", "sufix =")
    for verb in ("train", "config", "gpus"):
        done = shell.run(verb)
        assert done.returncode == 2
        assert "wantui.toml:8" in done.stderr
        assert "suffix" in done.stderr


def test_unwritable_output_folder(shell: Shell) -> None:
    shell.write("output", "a file where a folder should be")
    done = shell.run("train")
    assert done.returncode == 1
    assert "output" in done.stderr
    assert nothing_started(shell)


def test_a_trainer_that_is_not_there(shell: Shell) -> None:
    shell.replace("wantui.toml", 'kind = "rehearsal"', 'root = "nowhere"')
    done = shell.run("train")
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert nothing_started(shell)


def test_missing_caption_stops_a_run_and_names_the_file(shell: Shell) -> None:
    caption = next((shell.folder / "dataset/images").glob("*.txt"))
    caption.unlink()
    done = shell.run("train")
    assert done.returncode == 1
    assert caption.stem in done.stderr
    problems = shell.json("check")["problems"]
    assert [(problem["code"], problem["severity"]) for problem in problems] == [("missing-caption", "error")]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("train", "--epochs", "0"), 2, "whole number from 1"),
        (("train", "--set", "novalue"), 2, "KEY=VALUE"),
        (("train", "--suffix", "a/b"), 2, "suffix"),
        (("stop", "99"), 1, "no run 99"),
        (("logs", "nonsense"), 1, "names no run or job"),
        (("retry", "1.high"), 1, "no run 1"),
        (("wait", "3"), 1, "no run 3"),
        (("frobnicate",), 2, "invalid choice"),
        (("train", "--preset", "mine"), 2, "a preset of your own is given to --load"),
        (("--workspace", "/no/such/folder", "jobs"), 2, "no such folder"),
        ((), 2, "needs a terminal"),
    ],
)
def test_bad_usage(shell: Shell, words: tuple[str, ...], code: int, said: str) -> None:
    done = shell.run(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "verb",
    [
        "demo",
        "train",
        "cache",
        "check",
        "jobs",
        "status",
        "logs",
        "stop",
        "retry",
        "wait",
        "gpus",
        "config",
        "supervisor",
    ],
)
def test_every_verb_has_help(shell: Shell, verb: str) -> None:
    done = shell.run(verb, "-h")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: wantui {verb}")


def test_reading_verbs_write_nothing(in_folder: Callable[[Path], Shell], tmp_path: Path) -> None:
    shell = in_folder(tmp_path / "empty")
    for words in (("jobs",), ("gpus",), ("config",), ("status",), ("supervisor", "status")):
        shell.run(*words)
    assert list(shell.folder.iterdir()) == []
