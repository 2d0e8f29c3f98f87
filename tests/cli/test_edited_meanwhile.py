"""Captions that are edited while they are encoded: a night of training does not end for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.supervisor.conftest import until

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_a_caption_edited_while_it_is_encoded_is_encoded_once_more(shell: Shell) -> None:
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "1"')
    shell.run("cache")
    log = shell.folder / ".wantui/runs/1/text.log"
    caption = min((shell.folder / "dataset/images").glob("*.txt"))
    first = next((shell.folder / "dataset").rglob(f"{caption.stem}*_te.safetensors"), None)
    assert first is None
    until(lambda: next((shell.folder / "dataset").rglob(f"{caption.stem}*_te.safetensors"), None), "its cache")
    caption.write_text("something else, seen too late")
    assert log.exists()
    done = shell.run("wait", "1")
    assert done.returncode == 0, done.stdout
    text = next(job for job in shell.json("jobs") if job["kind"] == "text")
    assert (text["state"], text["log"].endswith("/text.2.log")) == ("succeeded", True)


def test_what_the_trainer_does_not_encode_though_nobody_edits_fails(shell: Shell) -> None:
    """A trainer that leaves something out will do so again."""
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0", WANTUI_REHEARSAL_FAIL = "text@2:exit=0"')
    assert shell.run("cache", "--wait").returncode == 1
    text = next(job for job in shell.json("jobs") if job["kind"] == "text")
    assert "the trainer ended well, but" in text["reason"]
    assert text["log"].endswith("/text.log")
