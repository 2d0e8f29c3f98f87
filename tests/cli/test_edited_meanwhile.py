"""Captions that are edited while they are encoded: a night of training does not end for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.supervisor.conftest import until

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_a_caption_edited_while_it_is_encoded_is_encoded_once_more(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    for encoded in (shell.folder / "dataset").rglob("*_te.safetensors"):
        encoded.unlink()
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "6"')  # 3 s for each of three captions
    shell.run("cache")
    caption = min((shell.folder / "dataset/images").glob("*.txt"))
    until(lambda: next((shell.folder / "dataset").rglob(f"{caption.stem}*_te.safetensors"), None), "its cache")
    caption.write_text("something else, seen too late")
    done = shell.run("wait", "2")
    assert done.returncode == 0, done.stdout
    text = next(job for job in shell.jobs() if job["id"] == "2.text")
    assert (text["state"], text["log"].endswith("/text.2.log")) == ("succeeded", True)


def test_what_the_trainer_does_not_encode_though_nobody_edits_fails(shell: Shell) -> None:
    """A trainer that leaves something out will do so again."""
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0", WANTUI_REHEARSAL_FAIL = "text@2:exit=0"')
    assert shell.run("cache", "--wait").returncode == 1
    text = next(job for job in shell.jobs() if job["kind"] == "text")
    assert "the trainer ended well, but" in text["reason"]
    assert text["log"].endswith("/text.log")
