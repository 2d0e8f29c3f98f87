"""``check`` and ``fix``: what is wrong, shown in groups, and fixed as far as that goes without a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def codes(shell: Shell) -> list[str]:
    return [problem["code"] for problem in shell.json("check")["problems"]]


def test_fix_says_then_does_then_undoes(shell: Shell) -> None:
    images = shell.folder / "dataset/images"
    assert codes(shell) == []
    media = next(images.glob("*.jpg"), None) or next(images.glob("*.png"))
    media.rename(media.with_suffix(media.suffix.title()))
    (images / "lone.txt").write_text("nobody's")
    assert sorted(codes(shell)) == ["caption-without-media", "mixed-case-suffix"]
    dry = shell.run("fix", "mixed-case-suffix", "--dry-run")
    assert dry.stdout.startswith(f"would rename {media.stem}.")
    assert not media.exists()
    waiting = shell.json("fix")
    assert [each["says"] for each in waiting["waiting"]] == ["move lone.txt to the trash"]
    assert len(waiting["mends"]) == 1
    assert media.exists()
    assert (images / "lone.txt").exists()
    assert len(shell.json("fix", "--yes")["mends"]) == 1
    assert codes(shell) == []
    assert shell.run("captions", "undo").returncode == 0
    assert (images / "lone.txt").exists()
    unknown = shell.run("mend", "nonsense")  # its name in wantui 0.1
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "caption-without-media" in unknown.stderr


def test_a_guess_about_words_waits_for_yes_and_words_are_no_slips(shell: Shell) -> None:
    captions = sorted((shell.folder / "dataset/images").glob("*.txt"))
    picture = captions[0].with_suffix(".jpg") if captions[0].with_suffix(".jpg").exists() else None
    media = picture or next(captions[0].parent.glob(f"{captions[0].stem}.*g"))
    for caption in captions:
        caption.write_text("ohwx, portrait, beach")
    for number in range(10):
        (media.parent / f"more_{number}{media.suffix}").write_bytes(media.read_bytes())
        (media.parent / f"more_{number}.txt").write_text(f"ohwx, portrait, beach, take {number}")
    captions[0].write_text("ohwx, portrat, bench")
    captions[1].write_text("portrait, beach, late")
    done = shell.run("fix")
    assert (done.returncode, done.stderr) == (0, "")
    assert '? rename the tag "portrat" to "portrait" in 1 caption (with --yes)' in done.stdout
    assert f'? put "ohwx" in front of the caption of {captions[1].stem}' in done.stdout
    assert captions[0].read_text() == "ohwx, portrat, bench"
    assert shell.run("fix", "misspelt-tag", "--yes").returncode == 0
    assert captions[0].read_text() == "ohwx, portrait, bench"


def test_what_asks_waits_for_yes(shell: Shell) -> None:
    (shell.folder / "dataset/images/broken.png").write_bytes(b"no image")
    waiting = shell.run("fix")
    assert "? move broken.png and its caption to the trash (with --yes)" in waiting.stdout
    assert (shell.folder / "dataset/images/broken.png").exists()
    assert shell.run("fix", "--yes").returncode == 0
    assert not (shell.folder / "dataset/images/broken.png").exists()


def test_settings_that_the_trainer_refuses_are_a_problem_with_a_fix(shell: Shell) -> None:
    before = (shell.folder / "dataset/dataset.toml").read_text()
    shell.replace("dataset/dataset.toml", "num_repeats", "num_repeat")
    (problem,) = shell.json("check")["problems"]
    assert (problem["code"], problem["severity"]) == ("unknown-key", "error")
    assert problem["line"] is not None
    checked = shell.run("check")
    assert checked.returncode == 2
    assert "[unknown-key]" in checked.stdout
    assert shell.run("fix").returncode == 0
    assert (shell.folder / "dataset/dataset.toml").read_text() == before
    assert shell.run("check").returncode == 0


def test_many_problems_of_one_code_are_counted(shell: Shell) -> None:
    for number in range(8):
        (shell.folder / f"dataset/images/lone_{number}.txt").write_text(str(number))
    checked = shell.run("check")
    assert checked.stdout.count("[caption-without-media]") == 5
    assert "and 3 more of caption-without-media: wantui check --all" in checked.stdout
    assert shell.run("check", "--all").stdout.count("[caption-without-media]") == 8
