"""Counting tokens in a process of another interpreter: what answers, what hangs up, what is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.supervisor.conftest import PATIENCE_S, until
from wantui.trainer.musubi.tokens import TokenizerProcess

PYTHON = os.environ.get("WANTUI_TEST_MUSUBI_PYTHON")


def interpreter(folder: Path, code: str) -> Path:
    """What runs `code` instead of the script."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(0o755)
    return path


def test_each_text_is_asked_for_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"""
import json, sys
for line in sys.stdin:
    open({str(log)!r}, "a").write("x")
    print(len(json.loads(line).split()) + 1, flush=True)
"""
    counter = TokenizerProcess(interpreter(tmp_path, code), {})
    assert counter.count("a dog") == 3
    assert counter.count("ein\nHund, größer") == 4
    assert counter.count("a dog") == 3
    assert log.read_text() == "xx"
    counter.close()


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "print('no number', flush=True); input()"])
def test_where_nothing_sensible_answers_nothing_is_known(tmp_path: Path, code: str) -> None:
    counter = TokenizerProcess(interpreter(tmp_path, code), {})
    assert counter.count("a dog") is None
    assert counter.count("a cat") is None
    counter.close()


def test_without_an_interpreter_nothing_is_known(tmp_path: Path) -> None:
    counter = TokenizerProcess(tmp_path / "python", {})
    assert counter.count("a dog") is None


def test_without_a_tokenizer_at_hand_nothing_is_known(tmp_path: Path) -> None:
    counter = TokenizerProcess(Path(sys.executable), {"HF_HOME": str(tmp_path)})
    assert counter.count("a dog") is None


@pytest.mark.musubi
@pytest.mark.skipif(PYTHON is None, reason="needs WANTUI_TEST_MUSUBI_PYTHON")
def test_the_trainers_environment_counts_with_the_tokenizer_in_the_hubs_cache(tmp_path: Path) -> None:
    """A tokenizer of whole words with an end token, in the place where the Hub keeps the trainer's."""
    folder = tmp_path / "hub/models--Wan-AI--Wan2.1-T2V-14B/snapshots/abc/google/umt5-xxl"
    folder.mkdir(parents=True)
    make = f"""
from tokenizers import Tokenizer, models, pre_tokenizers, processors
made = Tokenizer(models.WordLevel({{"</s>": 0, "dog": 1, "?": 2}}, unk_token="?"))
made.pre_tokenizer = pre_tokenizers.Whitespace()
made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 0)])
made.save({json.dumps(str(folder / "tokenizer.json"))})
"""
    subprocess.run([str(PYTHON), "-c", make], check=True)
    counter = TokenizerProcess(Path(str(PYTHON)), {"HF_HOME": str(tmp_path)})
    assert counter.count("a  dog &amp; a cat\n") == 6
    counter.close()


def test_closing_does_not_wait_for_a_tokenizer_that_is_still_loading(tmp_path: Path) -> None:
    """The process has been asked, and would answer when its input ends, which it does not."""
    began = tmp_path / "began"
    code = f"import pathlib, sys\nsys.stdin.readline()\npathlib.Path({str(began)!r}).touch()\nsys.stdin.read()"
    counter = TokenizerProcess(interpreter(tmp_path, code), {})
    answers: list[int | None] = []
    asking = threading.Thread(target=lambda: answers.append(counter.count("a dog")), daemon=True)
    asking.start()
    until(began.exists, "the question")
    counter.close()
    asking.join(PATIENCE_S)
    assert answers == [None]
    assert counter.count("a cat") is None


@pytest.mark.musubi
@pytest.mark.skipif(PYTHON is None, reason="needs WANTUI_TEST_MUSUBI_PYTHON")
def test_the_version_that_the_trainer_loads_counts_to_the_end(tmp_path: Path) -> None:
    """Two versions in the Hub's cache, of which ``main`` is the later one, made to cut off after two tokens."""
    model = tmp_path / "hub/models--Wan-AI--Wan2.1-T2V-14B"
    for version, pieces in (("aaa", "Whitespace"), ("bbb", "CharDelimiterSplit")):
        folder = model / "snapshots" / version / "google/umt5-xxl"
        folder.mkdir(parents=True)
        argument = "','" if pieces == "CharDelimiterSplit" else ""
        make = f"""
from tokenizers import Tokenizer, models, pre_tokenizers
made = Tokenizer(models.WordLevel({{"?": 0}}, unk_token="?"))
made.pre_tokenizer = pre_tokenizers.{pieces}({argument})
made.enable_truncation(2)
made.enable_padding(length=2)
made.save({json.dumps(str(folder / "tokenizer.json"))})
"""
        subprocess.run([str(PYTHON), "-c", make], check=True)
    (model / "refs").mkdir()
    (model / "refs/main").write_text("bbb\n")
    counter = TokenizerProcess(Path(str(PYTHON)), {"HF_HOME": str(tmp_path)})
    assert counter.count("a red dog,a cat,a bird") == 3
    counter.close()
