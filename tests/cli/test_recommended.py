"""What messages tell people to type can be typed: the command exists, and the setting is one of its section."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import wantui
from wantui.cli.parser import build
from wantui.config import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(wantui.__file__).parent
ROOMS = ("doctor", "models", "setup", "trainer/musubi", "gpus", "pipeline", "supervisor")
COMMAND = re.compile(r"`wantui ([a-z][^`]*)`")
SETTING = re.compile(r"[Ss]et `?(\w+)(?: = [^\]]*?)? in \[(\w+)\]")
SECTIONS = {
    "trainer": schema.TrainerConfig,
    "models": schema.ModelsConfig,
    "run": schema.RunConfig,
    "gpus": schema.GpusConfig,
    "watch": schema.WatchConfig,
}
"""Of the others, ``[training]`` and ``[caching]``, the trainer's own flags are the keys."""


def texts() -> Iterator[str]:
    """Every text in the source that may be part of a message, with ``1`` for what is put in."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    yield "".join(str(each.value) if isinstance(each, ast.Constant) else "1" for each in node.values)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def commands() -> list[str]:
    found = {command for text in texts() for command in COMMAND.findall(text)}
    return sorted(command.replace("--task 1", "--task t2v") for command in found)


def test_there_are_commands_to_look_at() -> None:
    assert {"setup", "models download", "gpus", "doctor --smoke"} <= set(commands())


@pytest.mark.parametrize("command", commands())
def test_a_command_that_is_recommended_can_be_typed(command: str) -> None:
    build().parse_args(shlex.split(command))


def test_a_setting_that_is_recommended_is_one_of_its_section() -> None:
    found = {pair for text in texts() for pair in SETTING.findall(text) if pair[1] in SECTIONS and pair[0] != "1"}
    assert ("root", "trainer") in found
    assert ("polling", "watch") in found
    for key, section in found:
        assert key in {each.name for each in fields(SECTIONS[section])}, f"{key} in [{section}]"
