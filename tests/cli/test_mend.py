"""``check`` and ``mend``: what is wrong, shown in groups, and mended as far as that goes without a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def codes(shell: Shell) -> list[str]:
    return [problem["code"] for problem in shell.json("check")["problems"]]


def test_mend_says_then_does_then_undoes(shell: Shell) -> None:
    images = shell.folder / "dataset/images"
    assert codes(shell) == []
    media = next(images.glob("*.jpg"), None) or next(images.glob("*.png"))
    media.rename(media.with_suffix(media.suffix.title()))
    (images / "lone.txt").write_text("nobody's")
    assert sorted(codes(shell)) == ["caption-without-media", "mixed-case-suffix"]
    dry = shell.run("mend", "mixed-case-suffix", "--dry-run")
    assert dry.stdout.startswith(f"would rename {media.stem}.")
    assert not media.exists()
    done = shell.json("mend")
    assert len(done["mends"]) == 2
    assert media.exists()
    assert codes(shell) == []
    assert shell.run("captions", "undo").returncode == 0
    assert (images / "lone.txt").exists()
    unknown = shell.run("mend", "nonsense")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "caption-without-media" in unknown.stderr


def test_what_asks_waits_for_yes(shell: Shell) -> None:
    (shell.folder / "dataset/images/broken.png").write_bytes(b"no image")
    waiting = shell.run("mend")
    assert "? move broken.png and its caption to the trash (with --yes)" in waiting.stdout
    assert (shell.folder / "dataset/images/broken.png").exists()
    assert shell.run("mend", "--yes").returncode == 0
    assert not (shell.folder / "dataset/images/broken.png").exists()


def test_settings_that_the_trainer_refuses_are_a_problem_with_a_mend(shell: Shell) -> None:
    before = (shell.folder / "dataset/dataset.toml").read_text()
    shell.replace("dataset/dataset.toml", "num_repeats", "num_repeat")
    (problem,) = shell.json("check")["problems"]
    assert (problem["code"], problem["severity"]) == ("unknown-key", "error")
    assert problem["line"] is not None
    checked = shell.run("check")
    assert checked.returncode == 2
    assert "[unknown-key]" in checked.stdout
    assert shell.run("mend").returncode == 0
    assert (shell.folder / "dataset/dataset.toml").read_text() == before
    assert shell.run("check").returncode == 0


def test_many_problems_of_one_code_are_counted(shell: Shell) -> None:
    for number in range(8):
        (shell.folder / f"dataset/images/lone_{number}.txt").write_text(str(number))
    checked = shell.run("check")
    assert checked.stdout.count("[caption-without-media]") == 5
    assert "and 3 more of caption-without-media: wantui check --all" in checked.stdout
    assert shell.run("check", "--all").stdout.count("[caption-without-media]") == 8
